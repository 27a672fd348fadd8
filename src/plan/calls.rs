//! How many calls a change takes, and what it does besides where a service would let people go on.

use crate::model::{AccountState, Change, Field, Ground, Kind, Value, Verb};
use crate::provider::KindCapabilities;

use super::Input;
use super::draft::Drafts;

/// Says of each change what it does besides, and how many calls it takes.
pub(super) fn count(input: &Input<'_>, drafts: &mut Drafts) {
    for change in drafts.changes.iter_mut().map(|draft| &mut draft.change) {
        let can = input.capabilities.get(&change.connection);
        let Some(kind) = can.and_then(|can| can.kind(change.identity.kind())) else { continue };
        if kind.call_per_member {
            change.calls = members(change).max(1);
        }
        if let Some(effect) = kind.logs_out.filter(|_| takes_access(change, kind)) {
            change.effects.push(effect.to_owned());
            change.calls += 1;
        }
    }
}

/// True where the owner of a mailbox can no longer use it, or some of what it offers, as before.
fn takes_access(change: &Change, kind: &KindCapabilities) -> bool {
    let loses = |field: &Field| {
        let of = |fields: &crate::model::Fields| fields.get(field).map(Value::members).unwrap_or_default();
        let after = of(&change.after);
        change.before.as_ref().is_some_and(|before| of(before).iter().any(|member| !after.contains(member)))
    };
    change.identity.kind() == Kind::Mailbox
        && match change.verb {
            Verb::Create => false,
            Verb::Delete | Verb::Rename => true,
            // Nobody is logged in to what this plan makes; a rename has closed them before.
            Verb::Update if change.ground == Ground::Absent => false,
            Verb::Update => change.fields.iter().any(|field| match change.after.get(field) {
                Some(Value::State(state)) => *state == AccountState::Suspended,
                _ => kind.fields.get(field).is_some_and(|can| can.access) && loses(field),
            }),
        }
}

/// The members that a change adds to the sets that it carries, and those that it takes from them.
fn members(change: &Change) -> u32 {
    let deleted = change.verb == Verb::Delete;
    let before = change.before.as_ref();
    let fields: Vec<&Field> = match before {
        Some(before) if deleted => before.iter().map(|(field, _)| field).collect(),
        _ => change.fields.iter().collect(),
    };
    let of =
        |value: Option<&Value>| value.filter(|value| value.is_set()).map(Value::members).unwrap_or_default();
    let number: usize = fields
        .into_iter()
        .map(|field| {
            let before = of(before.and_then(|before| before.get(field)));
            let after = if deleted { Vec::new() } else { of(change.after.get(field)) };
            let gone = before.iter().filter(|member| !after.contains(member)).count();
            gone + after.iter().filter(|member| !before.contains(member)).count()
        })
        .sum();
    u32::try_from(number).unwrap_or(u32::MAX)
}
