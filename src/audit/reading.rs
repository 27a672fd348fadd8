//! What could not be read, so that an audit says nothing of it.

use crate::model::{BlockCode, Finding, Looked, ObjectRef, Presence, Reading, Status};

use super::live::{Live, found};
use super::rules::{INCOMPLETE, NOT_READ, UNKNOWN};

pub(super) fn findings(live: &Live<'_>) -> Vec<Finding> {
    let (plan, desired) = (live.plan, live.desired);
    let mut findings = Vec::new();
    for (name, reading) in &plan.connections {
        for gap in &reading.incomplete {
            let message = format!("{} on {name} could not be read: {}", gap.collection, gap.reason);
            let at = desired.connections.get(name).and_then(|spec| spec.at.clone());
            findings.push(Finding { at, ..found(&INCOMPLETE, None, message) });
        }
    }
    for (object, wish) in &desired.objects {
        if !plan.connections.contains_key(&object.connection) {
            continue;
        }
        let unknown = live.observed.connections.get(&object.connection);
        let unknown = unknown.and_then(|state| state.unknown.get(&object.identity));
        if let Some(reason) = unknown.filter(|_| live.looks_at(object)) {
            let message = format!("whether it is there could not be read: {reason}");
            findings.push(Finding { at: wish.at.clone(), ..found(&UNKNOWN, Some(object.clone()), message) });
        }
        let Looked::Present(there) = live.observed.look(&object.connection, &object.identity) else {
            continue;
        };
        for (field, declared) in wish.fields.iter().filter(|_| wish.presence == Presence::Present) {
            if let Some(Reading::NotRead(reason)) = there.fields.get(field) {
                let message = format!("{field} could not be read: {reason}");
                findings.push(Finding {
                    declared: Some(declared.to_string()),
                    at: wish.field_at.get(field).or(wish.at.as_ref()).cloned(),
                    ..found(&NOT_READ, Some(object.clone()), message)
                });
            }
        }
    }
    findings.extend(resting_on_gaps(live, &findings));
    findings
}

/// Changes that rest on something that was not read, where nothing else says so: their objects may differ or not.
fn resting_on_gaps(live: &Live<'_>, told: &[Finding]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for change in &live.plan.changes {
        let Status::Blocked(blocks) = &change.status else { continue };
        let reading = live.plan.connections.get(&change.connection);
        let is_of_a_collection = reading.is_some_and(|reading| !reading.incomplete.is_empty());
        let object = ObjectRef { connection: change.connection.clone(), identity: change.identity.clone() };
        if is_of_a_collection || told.iter().any(|finding| finding.object.as_ref() == Some(&object)) {
            continue;
        }
        for block in blocks.iter().filter(|block| block.code == BlockCode::IncompleteRead) {
            let message = format!("whether it is as declared could not be read: {}", block.reason);
            let at = live.place(&object, None);
            findings.push(Finding { at, ..found(&UNKNOWN, Some(object.clone()), message) });
        }
    }
    findings
}
