//! What could not be read, so that an audit says nothing of it.

use crate::model::{Desired, Finding, Looked, Observed, Plan, Presence, Reading};

use super::rules::{INCOMPLETE, NOT_READ};

pub(super) fn findings(plan: &Plan, desired: &Desired, observed: &Observed) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, reading) in &plan.connections {
        for gap in &reading.incomplete {
            findings.push(Finding {
                rule: INCOMPLETE.id,
                severity: INCOMPLETE.severity,
                object: None,
                message: format!("{} on {name} could not be read: {}", gap.collection, gap.reason),
                declared: None,
                remote: None,
                at: desired.connections.get(name).and_then(|spec| spec.at.clone()),
            });
        }
    }
    for (object, wish) in &desired.objects {
        if wish.presence == Presence::Absent || !plan.connections.contains_key(&object.connection) {
            continue;
        }
        let Looked::Present(there) = observed.look(&object.connection, &object.identity) else {
            continue;
        };
        for (field, declared) in wish.fields.iter() {
            if let Some(Reading::NotRead(reason)) = there.fields.get(field) {
                findings.push(Finding {
                    rule: NOT_READ.id,
                    severity: NOT_READ.severity,
                    object: Some(object.clone()),
                    message: format!("{field} could not be read: {reason}"),
                    declared: Some(declared.to_string()),
                    remote: None,
                    at: wish.field_at.get(field).or(wish.at.as_ref()).cloned(),
                });
            }
        }
    }
    findings
}
