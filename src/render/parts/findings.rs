//! Findings in the order in which people read them, and their totals.

use crate::model::{AuditReport, Finding, Severity};

use super::words::counted;

/// The gravest first, then by rule and object.
pub(in crate::render) fn sorted(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.object.cmp(&b.object))
            .then_with(|| a.message.cmp(&b.message))
            .then_with(|| a.at.cmp(&b.at))
    });
    sorted
}

/// How many findings are as grave as this.
pub(in crate::render) fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}

/// The severity as SARIF and people call it.
pub(in crate::render) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The closing sentence, without what a baseline hides.
pub(in crate::render) fn sentence(report: &AuditReport) -> String {
    let count = |severity| count(&report.findings, severity);
    let counts: Vec<String> = [
        (count(Severity::Error), "error", "errors"),
        (count(Severity::Warning), "warning", "warnings"),
        (count(Severity::Note), "note", "notes"),
    ]
    .into_iter()
    .filter(|(number, _, _)| *number > 0)
    .map(|(number, one, many)| counted(number, one, many))
    .collect();
    if !counts.is_empty() {
        return format!("{}.", counts.join(", "));
    }
    if report.connections.is_empty() {
        return "Nothing was read, so that nothing could be found.".to_owned();
    }
    let incomplete = report.connections.values().any(|reading| !reading.incomplete.is_empty());
    let word = match (report.known > 0, incomplete, report.narrowing.is_whole()) {
        (true, _, _) => "Nothing new found.",
        (false, true, _) => "Nothing found: what could be read is as declared, the rest is not known.",
        (false, false, true) => "Nothing found: everything is as declared.",
        (false, false, false) => "Nothing found: what was looked at is as declared.",
    };
    word.to_owned()
}

/// What the baseline hides and what of it is no more; none without one, or where it says nothing.
pub(in crate::render) fn baseline(report: &AuditReport) -> Option<String> {
    let known = match report.known {
        0 => None,
        1 => Some("1 known finding is not shown".to_owned()),
        number => Some(format!("{number} known findings are not shown")),
    };
    let gone = match report.gone {
        0 => None,
        1 => Some("1 is gone".to_owned()),
        number => Some(format!("{number} are gone")),
    };
    let words: Vec<String> = known.into_iter().chain(gone).collect();
    (!words.is_empty()).then(|| format!("Against the baseline: {}.", words.join(", ")))
}
