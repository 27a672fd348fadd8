//! Entries under `external` whose last day has passed.

use crate::model::{Desired, Finding, Plan};

use super::rules::EXPIRED;

pub(super) fn findings(plan: &Plan, desired: &Desired) -> Vec<Finding> {
    desired
        .external
        .iter()
        .filter_map(|(address, entry)| {
            let last = entry.expires.filter(|last| *last < plan.today)?;
            let owner =
                entry.owner.as_ref().map_or_else(String::new, |owner| format!("; {owner} answers for it"));
            Some(Finding {
                rule: EXPIRED.id,
                severity: EXPIRED.severity,
                object: None,
                message: format!("mail may go to {address} until {last}, which has passed{owner}"),
                declared: Some(last.to_string()),
                remote: None,
                at: entry.at.clone(),
            })
        })
        .collect()
}
