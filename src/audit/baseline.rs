//! What was known before: a report without the findings of an earlier one.

use std::collections::BTreeMap;

use crate::model::{AuditReport, Narrowing};

/// The findings of an earlier audit, and what it looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baseline {
    /// How often each fingerprint stands in it.
    pub fingerprints: BTreeMap<String, usize>,
    /// What that audit was narrowed to.
    pub narrowing: Narrowing,
}

/// Takes what the baseline holds out of a report and counts it. A fingerprint that stands there twice takes out two.
///
/// What is gone is counted only where this audit looked at what that one did, and could read it: what nobody looked
/// at is not gone. [`knows_gone`] tells.
pub fn compare(mut report: AuditReport, baseline: &Baseline) -> AuditReport {
    let mut left = baseline.fingerprints.clone();
    let before = report.findings.len();
    let knows_gone = knows_gone(&report, baseline);
    report.findings.retain(|finding| match left.get_mut(&finding.fingerprint) {
        Some(number) if *number > 0 => {
            *number -= 1;
            false
        }
        _ => true,
    });
    report.known = before - report.findings.len();
    report.gone = if knows_gone { left.values().sum() } else { 0 };
    report
}

/// True where this report, before it is compared, can tell what of the baseline is gone.
pub fn knows_gone(report: &AuditReport, baseline: &Baseline) -> bool {
    report.narrowing == baseline.narrowing && !super::has_gaps(&report.findings)
}
