//! The next full administrator can log in before another one ceases to be one, however that comes about.

use std::collections::BTreeMap;

use crate::model::{AccountState, Address, Change, Field, Identity, Kind, NeedKind, Value, Verb};
use crate::plan::Input;
use crate::plan::draft::Drafts;
use crate::plan::guard::{can_log_in_alone, suspends};
use crate::provider::StoredIn;

use super::Edges;

/// Lets what takes a full administrator away wait for what makes one.
pub(super) fn last_after_next(input: &Input<'_>, drafts: &Drafts, edges: &mut Edges) {
    let changes = || drafts.changes.iter().map(|draft| &draft.change).enumerate();
    let mut makes: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (number, change) in changes().filter(|(_, change)| makes_one(input, change)) {
        makes.entry(&change.connection).or_default().push(number);
    }
    for (number, change) in changes().filter(|(_, change)| takes_one(input, change)) {
        for &on in makes.get(&change.connection).into_iter().flatten().filter(|&&on| on != number) {
            edges[number].entry(on).or_insert(NeedKind::Soft);
        }
    }
}

fn makes_one(input: &Input<'_>, change: &Change) -> bool {
    match &change.identity {
        Identity::Administrator(_) => {
            let writes = change.verb == Verb::Create || change.fields.contains(&Field::Full);
            writes && change.after.get(&Field::Full) == Some(&Value::Bool(true))
        }
        Identity::Mailbox(address) => {
            let active = Some(&Value::State(AccountState::Active));
            let lets_in = change.fields.contains(&Field::State) && change.after.get(&Field::State) == active;
            lets_in && is_full(input, change, address)
        }
        _ => false,
    }
}

fn takes_one(input: &Input<'_>, change: &Change) -> bool {
    let former = change.before_identity.as_ref().unwrap_or(&change.identity);
    match (former, change.verb) {
        (Identity::Administrator(_), Verb::Delete) => true,
        (Identity::Administrator(_), Verb::Update) => {
            change.fields.contains(&Field::Full) && change.after.get(&Field::Full) != Some(&Value::Bool(true))
        }
        (Identity::Mailbox(address), Verb::Delete) => is_full(input, change, address),
        (Identity::Mailbox(address), Verb::Rename) => {
            // Where it is a mark in the record of the mailbox, it moves along.
            let can =
                input.capabilities.get(&change.connection).and_then(|can| can.kind(Kind::Administrator));
            can.is_some_and(|can| can.stored_in == StoredIn::Own) && is_full(input, change, address)
        }
        (Identity::Mailbox(address), _) => suspends(change) && is_full(input, change, address),
        _ => false,
    }
}

/// True where the mailbox was read to be a full administrator that logs in with it.
fn is_full(input: &Input<'_>, change: &Change, mailbox: &Address) -> bool {
    let administrator = Identity::administrator(mailbox.as_str());
    let state = input.observed.connections.get(&change.connection);
    let object = state.and_then(|state| state.objects.get(&administrator));
    object.is_some_and(|object| object.fields.value(&Field::Full) == Some(&Value::Bool(true)))
        && !can_log_in_alone(input, &change.connection)
}
