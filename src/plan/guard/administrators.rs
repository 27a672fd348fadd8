//! The brake on the last enabled full administrator of a service.

use std::collections::BTreeSet;

use crate::model::{
    AccountState, Address, BlockCode, Change, ConnectionName, Field, Identity, Kind, Value, Verb,
};

use crate::plan::Input;
use crate::plan::draft::{Draft, Drafts};
use crate::plan::world::World;

use super::{demotes, suspends};

/// Blocks what would leave a service without an enabled full administrator. True where something was blocked.
pub(in crate::plan) fn guard_administrators(input: &Input<'_>, drafts: &mut Drafts) -> bool {
    let disempowers = |draft: &Draft| draft.change.is_ready() && disempowered(&draft.change).is_some();
    if !drafts.changes.iter().any(disempowers) {
        return false;
    }
    let (before, after) = (World::new(input.observed), World::after(input, drafts, &BTreeSet::new()));
    let mut blocked = false;
    for connection in input.observed.connections.keys() {
        let alone = can_log_in_alone(input, connection);
        let full = |world: &World<'_>| {
            logins(input, drafts, connection)
                .any(|login| is_enabled_full(world, &before, connection, login, alone))
        };
        if !full(&before) || full(&after) {
            continue;
        }
        let culprits: Vec<usize> = (0..drafts.changes.len())
            .filter(|&number| {
                let change = &drafts.changes[number].change;
                change.connection == *connection
                    && change.is_ready()
                    && disempowered(change)
                        .is_some_and(|login| is_enabled_full(&before, &before, connection, login, alone))
            })
            .collect();
        for number in culprits {
            let reason = format!("no enabled full administrator of {connection} would be left");
            drafts.changes[number].block(BlockCode::LastAdministrator, reason, None, None);
            blocked = true;
        }
    }
    blocked
}

/// Every login that is there, or that some change makes.
fn logins<'a>(
    input: &Input<'a>,
    drafts: &'a Drafts,
    connection: &'a ConnectionName,
) -> impl Iterator<Item = &'a str> {
    let first = Identity::Administrator("".into());
    let known = input.observed.connections.get(connection).into_iter();
    let known =
        known.flat_map(move |state| state.objects.range(first.clone()..).map(|(identity, _)| identity));
    let made = drafts.changes.iter().map(|draft| &draft.change);
    let made = made.filter(move |change| change.connection == *connection).map(|change| &change.identity);
    known.take_while(|identity| identity.kind() == Kind::Administrator).chain(made).filter_map(|identity| {
        if let Identity::Administrator(login) = identity { Some(&**login) } else { None }
    })
}

/// True where an administrator has a password of its own: what becomes of a mailbox with the same address does not
/// matter. Otherwise it logs in with that mailbox.
pub(in crate::plan) fn can_log_in_alone(input: &Input<'_>, connection: &ConnectionName) -> bool {
    let kind = input.capabilities.get(connection).and_then(|can| can.kind(Kind::Administrator));
    kind.is_some_and(|kind| kind.fields.contains_key(&Field::Password))
}

/// True for a full administrator who can log in. Who does so with a mailbox cannot where that is suspended, or was there
/// before and is not any more.
fn is_enabled_full(
    world: &World<'_>,
    before: &World<'_>,
    connection: &ConnectionName,
    login: &str,
    alone: bool,
) -> bool {
    let administrator = world.see(connection, &Identity::administrator(login));
    if administrator.value(&Field::Full) != Some(&Value::Bool(true)) {
        return false;
    }
    let Some(mailbox) = Address::parse(login).ok().map(Identity::Mailbox).filter(|_| !alone) else {
        return true;
    };
    let (was, is) = (before.see(connection, &mailbox), world.see(connection, &mailbox));
    let suspended = is.value(&Field::State) == Some(&Value::State(AccountState::Suspended));
    !suspended && (is.is_present() || !was.is_present())
}

/// The login that a change takes its power from, whichever way.
fn disempowered(change: &Change) -> Option<&str> {
    match (&change.identity, change.verb) {
        (Identity::Administrator(login), Verb::Delete) => Some(login),
        (Identity::Administrator(login), Verb::Update) if demotes(change) => Some(login),
        (Identity::Mailbox(address), Verb::Delete) => Some(address.as_str()),
        (Identity::Mailbox(address), Verb::Create | Verb::Update) if suspends(change) => {
            Some(address.as_str())
        }
        (Identity::Mailbox(_), Verb::Rename) => {
            change.before_identity.as_ref().and_then(Identity::address).map(Address::as_str)
        }
        _ => None,
    }
}
