//! An audit for those who answer for the configuration.

use crate::model::{AuditReport, Finding, Severity};
use crate::render::parts::findings::{baseline, sentence, sorted};
use crate::render::parts::header::Basis;
use crate::render::parts::words::counted;

use super::inline::{code, prose};
use super::page::{Fold, Page, Section, Shape, Weight};
use super::shared::{limits, place, read};

/// An audit as a comment, the gravest findings first.
pub fn audit(report: &AuditReport) -> String {
    let basis = Basis::of_audit(report);
    let baseline = baseline(report).map_or_else(String::new, |text| format!(" {text}"));
    let sentences = format!("**{}**{baseline}", sentence(report));
    let mut page = Page::new(super::AUDIT, "Mail audit", &sentences, "see the audit's text or JSON.");
    limits(&mut page, &basis);
    for (severity, weight, fold, one, many) in [
        (Severity::Error, Weight::Gravest, Fold::Open, "error", "errors"),
        (Severity::Warning, Weight::Looked, Fold::Open, "warning", "warnings"),
        (Severity::Note, Weight::Background, Fold::Closed, "note", "notes"),
    ] {
        let of_severity: Vec<String> = sorted(&report.findings)
            .into_iter()
            .filter(|finding| finding.severity == severity)
            .map(told)
            .collect();
        let title = counted(of_severity.len(), one, many);
        page.push(Section::new(weight, Shape::Lines, fold, &title).with(of_severity));
    }
    read(&mut page, &basis);
    page.render()
}

fn told(finding: &Finding) -> String {
    let object = finding.object.as_ref().map_or_else(String::new, |object| {
        format!(
            " {} {} on {}:",
            object.identity.kind().singular().replace('_', " "),
            code(&object.identity.to_string()),
            code(object.connection.as_str())
        )
    });
    format!("- {}{object} {}{}", code(finding.rule.0), prose(&finding.message), place(finding.at.as_ref()))
}
