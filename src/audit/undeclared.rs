//! What is there and nobody declared, in kinds that are not pruned.

use std::collections::BTreeSet;

use crate::model::{Finding, Identity, Standing};

use super::live::{Live, found};
use super::rules::UNDECLARED;

pub(super) fn findings(live: &Live<'_>) -> Vec<Finding> {
    let touched: BTreeSet<(&str, &Identity)> = live
        .plan
        .changes
        .iter()
        .flat_map(|change| {
            std::iter::once(&change.identity)
                .chain(change.before_identity.as_ref())
                .map(|identity| (change.connection.as_str(), identity))
        })
        .collect();
    let mut findings = Vec::new();
    for (object, there) in live.objects() {
        let domain = object.identity.domain().and_then(|name| live.desired.domains.get(name));
        let Some(domain) = domain else { continue };
        let passed_over = there.standing != Standing::Plain
            || !live.plan.connections.contains_key(&object.connection)
            || live.desired.objects.contains_key(&object)
            || touched.contains(&(object.connection.as_str(), &object.identity))
            || !domain.connections().any(|connection| *connection == object.connection)
            // A domain that moves away from a store declares nothing there any more; what stays is what was asked for.
            || domain.leaving.contains_key(&object.connection)
            || !live.looks_at(&object);
        if !passed_over {
            let at = domain.at.clone();
            findings.push(Finding { at, ..found(&UNDECLARED, Some(object), "is not declared") });
        }
    }
    findings
}
