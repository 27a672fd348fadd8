//! What is there and nobody declared, in kinds that are not pruned.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::{Desired, DomainWish, Finding, Identity, ObjectRef, Observed, Plan, Standing};

use super::rules::UNDECLARED;

pub(super) fn findings(plan: &Plan, desired: &Desired, observed: &Observed) -> Vec<Finding> {
    let touched: BTreeSet<(&str, &Identity)> = plan
        .changes
        .iter()
        .flat_map(|change| {
            std::iter::once(&change.identity)
                .chain(change.before_identity.as_ref())
                .map(|identity| (change.connection.as_str(), identity))
        })
        .collect();
    let only = globs(&plan.narrowing.only);
    let mut findings = Vec::new();
    for (name, domain) in &desired.domains {
        if !plan.narrowing.domains.is_empty()
            && !plan.narrowing.domains.iter().any(|narrowed| narrowed.eq_ignore_ascii_case(name.as_str()))
        {
            continue;
        }
        let ignored = globs(&domain.ignore);
        for connection in domain.connections().filter(|connection| plan.connections.contains_key(*connection))
        {
            let Some(state) = observed.connections.get(connection) else {
                continue;
            };
            for (identity, there) in &state.objects {
                let object = ObjectRef { connection: connection.clone(), identity: identity.clone() };
                let address = identity.address().map(crate::model::Address::as_str);
                let passed_over = identity.domain() != Some(name.as_str())
                    || there.standing != Standing::Plain
                    || desired.objects.contains_key(&object)
                    || touched.contains(&(connection.as_str(), identity))
                    || leaves(domain, &object)
                    || address.is_some_and(|address| ignored.is_match(address))
                    || (!plan.narrowing.only.is_empty()
                        && !address.is_some_and(|address| only.is_match(address)));
                if !passed_over {
                    findings.push(Finding {
                        rule: UNDECLARED.id,
                        severity: UNDECLARED.severity,
                        object: Some(object),
                        message: "is not declared".to_owned(),
                        declared: None,
                        remote: None,
                        at: domain.at.clone(),
                    });
                }
            }
        }
    }
    findings
}

/// A domain that moves away from a store declares nothing there any more; what stays is what was asked for.
fn leaves(domain: &DomainWish, object: &ObjectRef) -> bool {
    domain.leaving.contains_key(&object.connection)
}

/// The globs that are valid; the configuration's own checks name those that are not.
fn globs(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        if let Ok(glob) = GlobBuilder::new(pattern).case_insensitive(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}
