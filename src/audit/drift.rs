//! What the plan would change, read as what is not as declared. A brake that holds a change back does not
//! matter here, the service differs all the same; what rests on an incomplete reading is not known to differ.

use std::collections::BTreeMap;

use crate::model::{
    BlockCode, Change, ConnectionName, Desired, Field, Finding, Identity, Leaving, ObjectRef, Plan, Presence,
    Status, Value, Verb, Wish,
};

use super::rules::{CLOSED, FIELD, LEAVING, MISSING, RENAME, Rule, TOMBSTONE};

pub(super) fn findings(plan: &Plan, desired: &Desired) -> Vec<Finding> {
    let mut objects: BTreeMap<(&ConnectionName, &Identity), Vec<&Change>> = BTreeMap::new();
    for change in &plan.changes {
        if !rests_on_a_gap(change) {
            objects.entry((&change.connection, &change.identity)).or_default().push(change);
        }
    }
    objects.into_values().flat_map(|changes| of_object(&changes, desired)).collect()
}

/// True where what the change rests on was not read: then nobody knows whether the service differs.
fn rests_on_a_gap(change: &Change) -> bool {
    match &change.status {
        Status::Blocked(blocks) => blocks.iter().any(|block| block.code == BlockCode::IncompleteRead),
        Status::Ready | Status::WaitsFor(_) => false,
    }
}

fn of_object(changes: &[&Change], desired: &Desired) -> Vec<Finding> {
    let find = |verb| changes.iter().copied().find(|change| change.verb == verb);
    let (create, delete, rename) = (find(Verb::Create), find(Verb::Delete), find(Verb::Rename));
    match (create, delete) {
        // What cannot be updated is deleted and made anew: the object is there and differs.
        (Some(create), Some(delete)) => replaced(create, delete, desired),
        (Some(create), None) => vec![found(&MISSING, create, desired, "is declared and is not there")],
        (None, Some(delete)) => vec![gone(delete, desired)],
        (None, None) => {
            let mut all: Vec<Finding> = rename
                .map(|change| {
                    let old = change.before_identity.as_ref().map_or_else(String::new, ToString::to_string);
                    let mut finding = found(&RENAME, change, desired, &format!("is still there as {old}"));
                    finding.declared = Some(change.identity.to_string());
                    finding.remote = Some(old);
                    finding
                })
                .into_iter()
                .collect();
            for change in changes {
                for field in &change.fields {
                    let before = change.before.as_ref().and_then(|before| before.get(field));
                    all.push(differs(change, field, before, change.after.get(field), desired));
                }
            }
            all
        }
    }
}

fn replaced(create: &Change, delete: &Change, desired: &Desired) -> Vec<Finding> {
    let before = delete.before.as_ref();
    create
        .after
        .iter()
        .filter_map(|(field, new)| {
            let old = before.and_then(|before| before.get(field));
            (old.is_some() && old != Some(new)).then(|| differs(create, field, old, Some(new), desired))
        })
        .collect()
}

fn gone(change: &Change, desired: &Desired) -> Finding {
    let declared_absent = wish(change, desired).is_some_and(|wish| wish.presence == Presence::Absent);
    if declared_absent {
        return found(&TOMBSTONE, change, desired, "is declared absent and is there");
    }
    let leaves = change
        .identity
        .domain()
        .and_then(|domain| desired.domains.get(domain))
        .is_some_and(|domain| domain.leaving.get(&change.connection) == Some(&Leaving::Remove));
    if leaves {
        return found(&LEAVING, change, desired, "is still at a store that its domain leaves");
    }
    found(&CLOSED, change, desired, "is not declared, and its list is closed")
}

fn differs(
    change: &Change,
    field: &Field,
    remote: Option<&Value>,
    declared: Option<&Value>,
    desired: &Desired,
) -> Finding {
    let word = |value: Option<&Value>| {
        value.map_or_else(
            || "nothing".to_owned(),
            |value| match value.to_string() {
                text if text.is_empty() => "empty".to_owned(),
                text => text,
            },
        )
    };
    let message = match remote {
        Some(_) => format!("{field} is {}, declared {}", word(remote), word(declared)),
        None => format!("{field} is not {}", word(declared)),
    };
    let mut finding = found(&FIELD, change, desired, &message);
    finding.declared = declared.map(ToString::to_string);
    finding.remote = remote.map(ToString::to_string);
    if let Some(at) = wish(change, desired).and_then(|wish| wish.field_at.get(field)) {
        finding.at = Some(at.clone());
    }
    finding
}

fn wish<'a>(change: &Change, desired: &'a Desired) -> Option<&'a Wish> {
    desired.objects.get(&object(change))
}

fn object(change: &Change) -> ObjectRef {
    ObjectRef { connection: change.connection.clone(), identity: change.identity.clone() }
}

fn found(rule: &Rule, change: &Change, desired: &Desired, message: &str) -> Finding {
    Finding {
        rule: rule.id,
        severity: rule.severity,
        fingerprint: String::new(),
        object: Some(object(change)),
        message: message.to_owned(),
        declared: None,
        remote: None,
        at: change.at.clone().or_else(|| wish(change, desired).and_then(|wish| wish.at.clone())),
    }
}
