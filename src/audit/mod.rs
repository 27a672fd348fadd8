//! From a plan and what was read to findings, each with a stable rule.
//!
//! An audit of drift is the plan read differently: what apply would do is what is not as declared. Beside the
//! plan it looks at what is there and nobody declared, at the way of mail, at the ledger of external forwards and at
//! rights, whether their kinds are pruned or not. Pure: reads no service and no clock.
//!
//! [`RULES`] lists the rules; [`Rule::page`] is what `--explain` prints. Only what was read completely is judged: what
//! was not is told by rules of its own.

mod access;
mod baseline;
mod drift;
mod external;
mod fingerprint;
mod live;
mod mail;
mod reading;
mod rights;
mod rules;
mod undeclared;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::model::{AuditReport, ConnectionName, Desired, Finding, Observed, Plan, Severity};
use crate::provider::Capabilities;

pub use access::access_review;
pub use baseline::{Baseline, compare, knows_gone};
pub use rules::{RULES, Rule, rule};

use live::Live;
use rules::{INCOMPLETE, NOT_READ, UNKNOWN};

/// Everything that is not as declared, and what a reader should know beside it; in the order of rules and objects.
///
/// `observed` is what was read over [`audit_scopes`](crate::plan::audit_scopes), and `plan` is made from it.
pub fn audit(
    plan: &Plan,
    desired: &Desired,
    observed: &Observed,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
) -> AuditReport {
    let live = Live::new(plan, desired, observed, capabilities);
    let mut findings = drift::findings(plan, desired);
    findings.extend(reading::findings(&live));
    findings.extend(undeclared::findings(&live));
    findings.extend(external::findings(&live));
    findings.extend(mail::findings(&live));
    findings.extend(rights::findings(&live));
    for finding in &mut findings {
        finding.fingerprint = fingerprint::fingerprint(finding);
    }
    let key = |finding: &Finding| {
        let Finding { rule, severity: _, fingerprint, object, message, declared: _, remote: _, at } = finding;
        (*rule, object.clone(), message.clone(), at.clone(), fingerprint.clone())
    };
    findings.sort_by_cached_key(key);
    findings.dedup();
    AuditReport {
        narrowing: plan.narrowing.clone(),
        left_out: plan.left_out.clone(),
        connections: plan.connections.clone(),
        findings,
        known: 0,
        gone: 0,
    }
}

/// True where something is not as declared: an object or a field drifted, a closed world holds what nobody declared, or
/// mail leaves past what the ledger and the policy allow. Exit code 2.
pub fn has_drift(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

/// True where some finding says that something could not be read.
pub fn has_gaps(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| [INCOMPLETE.id, NOT_READ.id, UNKNOWN.id].contains(&finding.rule))
}
