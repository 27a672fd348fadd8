//! The view of an audit.

use crate::model::{AuditReport, Finding, Severity};
use crate::render::line::Line;
use crate::render::parts::findings::{baseline, sentence, sorted, word};
use crate::render::parts::header::{Basis, header};
use crate::render::style::{Ink, Style};

use super::blocks;

/// Subjects wider than this push the rest of their own line to the right instead of all lines.
const WIDEST_SUBJECT: usize = 56;

/// What was read, the findings with the gravest first, and their totals.
pub fn audit(report: &AuditReport, style: Style) -> String {
    let end = std::iter::once(sentence(report)).chain(baseline(report));
    blocks(
        vec![
            header("Audit", &Basis::of_audit(report)),
            findings(&report.findings, style),
            end.map(|text| Line::plain(&text)).collect(),
        ],
        style,
    )
}

fn findings(findings: &[Finding], style: Style) -> Vec<Line> {
    let sorted = sorted(findings);
    let subjects: Vec<Line> = sorted.iter().map(|finding| subject(finding)).collect();
    let widest = subjects.iter().map(Line::width).filter(|width| *width <= WIDEST_SUBJECT).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (finding, subject) in sorted.iter().zip(subjects) {
        let mut line = Line::of(ink(finding.severity), &format!("{:<8}", word(finding.severity)))
            .then(Ink::Faint, finding.rule.0);
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
            lines.push(std::mem::take(&mut line));
        }
    }
    lines
}

fn subject(finding: &Finding) -> Line {
    finding.object.as_ref().map_or_else(Line::new, |object| {
        Line::plain(&format!("{} ", object.identity.kind()))
            .then(Ink::Strong, &object.identity.to_string())
            .then(Ink::Faint, &format!(" on {}", object.connection))
    })
}

fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Note => Ink::Faint,
        Severity::Warning => Ink::Changed,
        Severity::Error => Ink::Alarm,
    }
}
