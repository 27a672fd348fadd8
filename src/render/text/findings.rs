//! The view of an audit.

use crate::model::{Finding, Severity};
use crate::render::line::Line;
use crate::render::style::{Ink, Style};

use super::words::counted;

/// Findings, the gravest first, and their totals.
pub fn findings(findings: &[Finding], style: Style) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.object.cmp(&b.object))
            .then_with(|| a.message.cmp(&b.message))
    });
    let subjects: Vec<Line> = sorted.iter().map(|finding| subject(finding)).collect();
    let widest = subjects.iter().map(Line::width).filter(|width| *width <= 56).max().unwrap_or(0);
    let mut out = String::new();
    for (finding, subject) in sorted.iter().zip(subjects) {
        let (word, ink) = severity(finding.severity);
        let mut line = Line::of(ink, &format!("{word:<8}")).then(Ink::Faint, finding.rule.0);
        line.push(Ink::Plain, "  ");
        let start = line.width();
        line.append(subject);
        line.pad_to(start + widest);
        line.push(Ink::Plain, "  ");
        let text_at = line.width();
        let mut message = Line::plain(&finding.message);
        if let Some(at) = &finding.at {
            message.push(Ink::Faint, &format!("  {at}"));
        }
        for (index, part) in message.wrap(style.width.saturating_sub(text_at).max(40)).into_iter().enumerate()
        {
            if index > 0 {
                line = Line::plain(&" ".repeat(text_at));
            }
            line.append(part);
            out.push_str(&line.render(style));
            out.push('\n');
        }
    }
    if !findings.is_empty() {
        out.push('\n');
    }
    out.push_str(&sentence(findings));
    out.push('\n');
    out
}

fn subject(finding: &Finding) -> Line {
    finding.object.as_ref().map_or_else(Line::new, |object| {
        Line::plain(&format!("{} ", object.identity.kind()))
            .then(Ink::Strong, &object.identity.to_string())
            .then(Ink::Faint, &format!(" on {}", object.connection))
    })
}

fn severity(severity: Severity) -> (&'static str, Ink) {
    match severity {
        Severity::Note => ("note", Ink::Faint),
        Severity::Warning => ("warning", Ink::Changed),
        Severity::Error => ("error", Ink::Alarm),
    }
}

fn sentence(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counts: Vec<String> = [
        (count(Severity::Error), "error", "errors"),
        (count(Severity::Warning), "warning", "warnings"),
        (count(Severity::Note), "note", "notes"),
    ]
    .into_iter()
    .filter(|(number, _, _)| *number > 0)
    .map(|(number, one, many)| counted(number, one, many))
    .collect();
    if counts.is_empty() {
        "Nothing found: everything is as declared.".to_owned()
    } else {
        format!("{}.", counts.join(", "))
    }
}
