//! What a plan says that it read: of each object that it speaks of what was there, and of everything else nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Change, Collection, Completeness, ConnectionName, ConnectionState, Field, Fields, Ground, Identity, Kind,
    Observed, ObservedObject, Plan, Reading, Readings, RecordId, Value, Verb,
};
use crate::plan::rename::ReadAs;
use crate::provider::{Capabilities, StoredIn};

use super::{is_inside, lone_target};

/// What the plan read, as far as it tells. What it does not speak of was not there.
pub(super) fn observed(plan: &Plan, capabilities: &BTreeMap<ConnectionName, Capabilities>) -> Observed {
    let mut observed = Observed::default();
    let read = ReadAs::new(plan);
    for (connection, can) in capabilities {
        let state = observed.connections.entry(connection.clone()).or_default();
        for kind in can.kinds.keys() {
            state.end(Collection::everything(*kind), &Completeness::Complete);
        }
        let changes = || plan.changes.iter().filter(|change| change.connection == *connection);
        for change in changes() {
            own(state, change, &read.name(change), can);
        }
        for change in changes() {
            beside(state, change);
        }
        let made = changes().filter(|change| matches!(change.verb, Verb::Create | Verb::Rename));
        let made: BTreeSet<&Identity> = made.map(|change| &change.identity).collect();
        for change in changes() {
            home(state, change, can, &made);
        }
    }
    for object in plan.changes.iter().flat_map(|change| &change.present) {
        if let Some(state) = observed.connections.get_mut(&object.connection) {
            put(state, ObservedObject::plain(object.identity.clone(), Readings::new()));
        }
    }
    observed
}

/// What a change rests on.
fn own(state: &mut ConnectionState, change: &Change, read: &Identity, can: &Capabilities) {
    let is_there = matches!(change.ground, Ground::Present { .. }) || *read != change.identity;
    match (&change.before, &change.ground) {
        (_, Ground::Unknown) => {
            let reason = "the plan could not read it";
            state.unknown.entry(read.clone()).or_insert_with(|| reason.into());
        }
        (Some(before), _) if is_there => {
            let mut fields = Readings::from(before.clone());
            let known = can.kind(read.kind()).into_iter().flat_map(|kind| kind.fields.keys());
            for field in known.filter(|field| before.get(field).is_none()) {
                // Nothing that runs rests on it.
                fields.set(field.clone(), Reading::Untold("the plan does not tell it".into()));
            }
            let (record, remote) = (change.record.clone(), change.remote.clone());
            put(state, ObservedObject { record, remote, ..ObservedObject::plain(read.clone(), fields) });
        }
        _ => {}
    }
}

/// What goes with a mailbox.
fn beside(state: &mut ConnectionState, change: &Change) {
    let Some(mailbox) = change.identity.address() else { return };
    for part in change.parts.values().flatten() {
        let mut fields = Fields::new();
        if part.kind() == Kind::Alias {
            fields.set(Field::Targets, Value::Addresses([mailbox.clone()].into()));
        }
        let record = change.record.clone();
        put(state, ObservedObject { record, ..ObservedObject::plain(part.clone(), fields.into()) });
    }
}

/// The mailbox in whose record an alias is to be made, where nothing else of the plan speaks of it.
fn home(state: &mut ConnectionState, change: &Change, can: &Capabilities, made: &BTreeSet<&Identity>) {
    let stored_in = can.kind(change.identity.kind()).map(|kind| kind.stored_in);
    if change.verb != Verb::Create
        || change.identity.kind() != Kind::Alias
        || stored_in != Some(StoredIn::LoneTarget)
        || !is_inside(change)
    {
        return;
    }
    if let Some(mailbox) = lone_target(&change.after) {
        let identity = Identity::Mailbox(mailbox.clone());
        let record: RecordId = change.record.clone();
        if !made.contains(&identity) {
            put(state, ObservedObject { record, ..ObservedObject::plain(identity, Readings::new()) });
        }
    }
}

fn put(state: &mut ConnectionState, object: ObservedObject) {
    state.unknown.remove(&object.identity);
    state.objects.entry(object.identity.clone()).or_insert_with(|| Box::new(object));
}
