//! Where mail for an address ends up, before and after.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{AccountState, Address, ConnectionName, Field, Identity, Kind, Looked, Value, Verb};
use crate::provider::Suspension;

use super::Input;
use super::draft::Drafts;
use super::guard::suspends;
use super::parts::hides_aliases;
use super::world::{Seen, World};

/// How one address is delivered before and after the changes that run.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) address: Address,
    /// Mailboxes and outside addresses that mail reached.
    pub(super) before: BTreeSet<Address>,
    /// Mailboxes and outside addresses that mail reaches afterwards.
    pub(super) after: BTreeSet<Address>,
    /// Every address on the way before, itself included.
    pub(super) path: BTreeSet<Address>,
    /// True where the changes take away, or suspend, what stands at this very address.
    pub(super) is_removed: bool,
}

/// The addresses whose delivery the changes that run may alter, with their delivery before and after.
pub(super) fn compare(input: &Input<'_>, drafts: &Drafts) -> Vec<Delivery> {
    let mut changed: BTreeSet<Address> = BTreeSet::new();
    let mut suspended: BTreeSet<Address> = BTreeSet::new();
    let mut takes = false;
    for change in drafts.changes.iter().map(|draft| &draft.change).filter(|change| change.is_ready()) {
        if !matches!(change.identity.kind(), Kind::Mailbox | Kind::Alias | Kind::Forward) {
            continue;
        }
        takes |= change.verb != Verb::Create || change.identity.kind() == Kind::Forward;
        for identity in [Some(&change.identity), change.before_identity.as_ref()].into_iter().flatten() {
            changed.extend(identity.address().cloned());
        }
        if suspends(change) {
            suspended.extend(change.identity.address().cloned());
        }
    }
    if !takes {
        // Creates alone take mail from nobody: what they bring is in the changes themselves.
        return Vec::new();
    }
    let (before, after) = (World::new(input.observed), World::after(input, drafts, &BTreeSet::new()));
    affected(input, changed)
        .into_iter()
        .map(|address| {
            let (was, path) = resolve(input, &before, &address);
            let (is, _) = resolve(input, &after, &address);
            let is_removed = suspended.contains(&address)
                || is_held(input, &before, &address) && !is_held(input, &after, &address);
            Delivery { address, before: was, after: is, path, is_removed }
        })
        .collect()
}

/// True where a mailbox or an alias stands at this very address.
fn is_held(input: &Input<'_>, world: &World<'_>, address: &Address) -> bool {
    let Some(domain) = input.desired.domains.get(address.domain()) else { return false };
    domain.stores().any(|store| {
        [Identity::Mailbox(address.clone()), Identity::Alias(address.clone())]
            .iter()
            .any(|identity| world.see(store, identity).is_present())
    })
}

/// The changed addresses and everything that pointed to them, directly or not.
fn affected(input: &Input<'_>, changed: BTreeSet<Address>) -> BTreeSet<Address> {
    let mut referrers: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
    for state in input.observed.connections.values() {
        for object in state.objects.values() {
            if let (Identity::Alias(at) | Identity::Forward(at), Some(targets)) =
                (&object.identity, object.fields.value(&Field::Targets).and_then(Value::addresses))
            {
                for target in targets {
                    referrers.entry(target).or_default().push(at);
                }
            }
        }
    }
    let mut affected = changed.clone();
    let mut open: Vec<Address> = changed.into_iter().collect();
    while let Some(address) = open.pop() {
        for referrer in referrers.get(&address).into_iter().flatten() {
            if affected.insert((*referrer).clone()) {
                open.push((*referrer).clone());
            }
        }
    }
    affected
}

/// Where mail for an address ends up: mailboxes that store it and outside addresses that it leaves to, and every
/// address on the way. An address that was not read is taken to store its mail.
pub(super) fn resolve(
    input: &Input<'_>,
    world: &World<'_>,
    address: &Address,
) -> (BTreeSet<Address>, BTreeSet<Address>) {
    let mut reached = BTreeSet::new();
    let mut path = BTreeSet::new();
    let mut open = vec![address.clone()];
    while let Some(address) = open.pop() {
        if !path.insert(address.clone()) {
            continue;
        }
        let Some(domain) = input.desired.domains.get(address.domain()) else {
            reached.insert(address);
            continue;
        };
        let stores: Vec<_> = domain.stores().collect();
        // One address has one holder: where aliases stand in mailboxes' records, nobody asks for an alias at the address
        // of a mailbox, and there is none.
        let had_mailbox = |store: &ConnectionName| {
            let mailbox = Identity::Mailbox(address.clone());
            hides_aliases(input, store) && matches!(input.observed.look(store, &mailbox), Looked::Present(_))
        };
        let see = |identity: &Identity| {
            let see = |store: &&ConnectionName| match world.see(store, identity) {
                Seen::Unknown if identity.kind() == Kind::Alias && had_mailbox(store) => Seen::Absent,
                seen => seen,
            };
            let seen: Vec<Seen<'_>> = stores.iter().map(see).collect();
            let found = seen.iter().position(Seen::is_present);
            let unknown = seen.iter().any(|seen| matches!(seen, Seen::Unknown));
            (found.map(|index| (stores[index], seen[index].clone())), unknown)
        };
        let mut any_unknown = false;
        if !address.is_domain() {
            let (mailbox, unknown) = see(&Identity::Mailbox(address.clone()));
            any_unknown |= unknown;
            if let Some((store, mailbox)) = mailbox {
                let suspended = mailbox.value(&Field::State) == Some(&Value::State(AccountState::Suspended));
                let refuses = suspended
                    && input
                        .capabilities
                        .get(store)
                        .and_then(|can| can.kind(Kind::Mailbox))
                        .is_some_and(|kind| kind.suspend == Suspension::LoginAndMail);
                if refuses {
                    continue;
                }
                let forward = world.see(store, &Identity::Forward(address.clone()));
                let targets = forward.value(&Field::Targets).and_then(Value::addresses);
                open.extend(targets.into_iter().flatten().cloned());
                let keeps = forward.value(&Field::KeepCopy) != Some(&Value::Bool(false));
                if keeps || targets.is_none_or(BTreeSet::is_empty) {
                    reached.insert(address);
                }
                continue;
            }
        }
        let (alias, unknown) = see(&Identity::Alias(address.clone()));
        any_unknown |= unknown;
        let catch_all = if alias.is_none() && !address.is_domain() {
            see(&Identity::Alias(Address::whole_domain(&address.domain_name()))).0
        } else {
            None
        };
        match alias.or(catch_all) {
            Some((_, alias)) => {
                for target in alias.value(&Field::Targets).and_then(Value::addresses).into_iter().flatten() {
                    let is_synonym = target.is_domain() && !address.is_domain();
                    let target = if is_synonym {
                        Address::new(address.local(), &target.domain_name())
                            .unwrap_or_else(|_| target.clone())
                    } else {
                        target.clone()
                    };
                    open.push(target);
                }
            }
            // A domain that stands in for another one reaches whoever has an address there.
            None if any_unknown || (address.is_domain() && path.len() > 1) => {
                reached.insert(address);
            }
            None => {}
        }
    }
    (reached, path)
}
