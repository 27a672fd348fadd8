//! From a plan to findings: where the services are not as declared, each with a stable rule.
//!
//! An audit of drift is the plan read differently: what apply would do is what is not as declared. Beside the
//! plan it looks at what is there and nobody declared. Pure: reads no service and no clock.

mod drift;
mod ledger;
mod reading;
mod rules;
mod undeclared;

#[cfg(test)]
mod tests;

use crate::model::{Desired, Finding, Observed, Plan};

pub use rules::{RULES, Rule, rule};

/// Everything that is not as declared, and what a reader should know beside it; in the order of rules and objects.
pub fn audit(plan: &Plan, desired: &Desired, observed: &Observed) -> Vec<Finding> {
    let mut findings = drift::findings(plan, desired);
    findings.extend(reading::findings(plan, desired, observed));
    findings.extend(undeclared::findings(plan, desired, observed));
    findings.extend(ledger::findings(plan, desired));
    findings
        .sort_by(|a, b| (a.rule, &a.object, &a.message, &a.at).cmp(&(b.rule, &b.object, &b.message, &b.at)));
    findings.dedup();
    findings
}

/// True where declared state drifted, or a closed world holds what nobody declared: exit code 2.
pub fn has_drift(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| rule(finding.rule).is_some_and(|rule| rule.drift == rules::Drift::Yes))
}
