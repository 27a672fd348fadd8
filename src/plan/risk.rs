//! What a change may cost.

use crate::model::{
    AccountState, Address, Change, Desired, Field, Fields, Identity, Kind, Risk, Value, Verb,
};
use crate::provider::{Deletion, KindCapabilities};

use super::draft::Draft;
use super::reference::new_references;

/// The risk of one change.
pub(super) fn assess(draft: &Draft, desired: &Desired, kind: Option<&KindCapabilities>) -> Risk {
    let change = &draft.change;
    match change.verb {
        Verb::Delete => delete(change, kind),
        Verb::Rename => Risk::Disruptive,
        Verb::Create => create(draft, desired),
        Verb::Update => update(change),
    }
}

fn delete(change: &Change, kind: Option<&KindCapabilities>) -> Risk {
    match change.identity.kind() {
        Kind::Domain => Risk::Destructive,
        Kind::Mailbox | Kind::Registration => match kind.map(|kind| &kind.delete) {
            Some(Deletion::Archived(_) | Deletion::Recoverable(_)) => Risk::Disruptive,
            _ => Risk::Destructive,
        },
        Kind::Alias | Kind::Forward | Kind::Object => Risk::Disruptive,
        Kind::Permission | Kind::SenderRules | Kind::Administrator => Risk::Safe,
    }
}

fn create(draft: &Draft, desired: &Desired) -> Risk {
    let change = &draft.change;
    let exposes = match &change.identity {
        // A forward's targets newly read the mailbox's mail.
        Identity::Permission { .. } | Identity::Administrator(_) | Identity::Forward(_) => true,
        // A new address has no mail yet: only what leaves is new.
        Identity::Alias(_) => draft.new_references().iter().any(|target| is_external(target, desired)),
        // What remains of a former mailbox comes back.
        Identity::Mailbox(_) => !change.effects.is_empty(),
        _ => false,
    };
    if exposes { Risk::Exposure } else { Risk::Safe }
}

fn update(change: &Change) -> Risk {
    let empty = Fields::new();
    let before = change.before.as_ref().unwrap_or(&empty);
    change.fields.iter().map(|field| update_of(change, field, before.get(field))).max().unwrap_or(Risk::Safe)
}

fn update_of(change: &Change, field: &Field, before: Option<&Value>) -> Risk {
    let after = change.after.get(field);
    match (field, after) {
        (Field::Targets, _) => {
            let added = new_references(change);
            let loses = before.and_then(Value::addresses).is_some_and(|before| {
                let after = after.and_then(Value::addresses);
                before.iter().any(|target| after.is_none_or(|after| !after.contains(target)))
            });
            if added.is_empty() && !loses {
                Risk::Safe
            } else if added.is_empty() {
                Risk::Disruptive
            } else {
                Risk::Exposure
            }
        }
        (Field::State, Some(Value::State(AccountState::Suspended)))
        | (Field::KeepCopy, Some(Value::Bool(false))) => Risk::Disruptive,
        (Field::Rights | Field::PermittedSenders | Field::AdminRights | Field::Domains, Some(after)) => {
            let before = before.map(Value::members).unwrap_or_default();
            let grows = after.members().iter().any(|member| !before.contains(member));
            if grows { Risk::Exposure } else { Risk::Safe }
        }
        (Field::Full, Some(Value::Bool(true))) => Risk::Exposure,
        _ => Risk::Safe,
    }
}

/// True for addresses outside every declared domain.
pub(super) fn is_external(address: &Address, desired: &Desired) -> bool {
    !desired.domains.contains_key(address.domain())
}
