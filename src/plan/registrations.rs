//! A filter forgets no address that a store still answers for: mail for it would be refused before it gets there.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, BlockCode, ConnectionName, Identity, Kind, Looked, Note, ObjectRef, Source, Verb,
};

use super::Input;
use super::draft::Drafts;
use super::parts;
use super::world::World;

/// Addresses that are named in one note; more are counted.
const NAMED: usize = 3;

/// Whether a store answers for an address once the plan is carried out.
enum Answer<'a> {
    By(&'a ConnectionName),
    Nobody,
    Unknown(String),
}

/// Takes the deletes of registrations out that a store still needs, and says so; blocks those of which that is not known.
pub(super) fn keep_answered(input: &Input<'_>, drafts: &mut Drafts) {
    let is_delete = |change: &crate::model::Change| {
        change.verb == Verb::Delete && change.identity.kind() == Kind::Registration
    };
    if !drafts.changes.iter().any(|draft| is_delete(&draft.change)) {
        return;
    }
    let held = Held::new(input, drafts);
    let mut kept: BTreeMap<(ConnectionName, ConnectionName, Option<Source>), BTreeSet<Address>> =
        BTreeMap::new();
    let mut dropped = BTreeSet::new();
    for number in 0..drafts.changes.len() {
        let change = &drafts.changes[number].change;
        let (true, Identity::Registration(address)) = (is_delete(change), &change.identity) else { continue };
        match answer(input, &held, address) {
            Answer::Nobody => {
                let absent = not_there(input, address);
                drafts.changes[number].change.absent = absent;
            }
            Answer::By(store) => {
                let key = (change.connection.clone(), store.clone(), change.at.clone());
                kept.entry(key).or_default().insert(address.clone());
                dropped.insert(number);
            }
            Answer::Unknown(reason) => {
                drafts.changes[number].block(BlockCode::IncompleteRead, reason, None, None);
            }
        }
    }
    let mut number = 0;
    drafts.changes.retain(|_| {
        number += 1;
        !dropped.contains(&(number - 1))
    });
    for ((filter, store, at), addresses) in kept {
        let mut names: Vec<String> = addresses.iter().take(NAMED).map(ToString::to_string).collect();
        if addresses.len() > NAMED {
            names.push(format!("{} more", addresses.len() - NAMED));
        }
        let (stay, them) = if addresses.len() == 1 { ("stays", "it") } else { ("stay", "them") };
        let text = format!("{} {stay} registered at {filter}: {store} answers for {them}", names.join(", "));
        drafts.notes.push(Note { text, at });
    }
}

/// True where a store answers for a registered address in the end, or will once what holds the plan back is gone: the
/// registration rightly stays.
pub(super) fn is_answered(input: &Input<'_>, drafts: &Drafts, world: &World<'_>, address: &Address) -> bool {
    let held = Held::new(input, drafts);
    stores(input, address).any(|store| {
        holders(address).into_iter().any(|identity| {
            let is_there = world.see(store, &identity).is_present();
            is_there || held.made.contains(&(store.clone(), identity))
        })
    })
}

/// What the plan makes and removes of mailboxes and aliases.
struct Held {
    made: BTreeSet<(ConnectionName, Identity)>,
    gone: BTreeSet<(ConnectionName, Identity)>,
}

impl Held {
    fn new(input: &Input<'_>, drafts: &Drafts) -> Self {
        let (mut made, mut gone) = (BTreeSet::new(), BTreeSet::new());
        for draft in &drafts.changes {
            let change = &draft.change;
            if !matches!(change.identity.kind(), Kind::Mailbox | Kind::Alias) {
                continue;
            }
            let this = (change.connection.clone(), change.identity.clone());
            match change.verb {
                Verb::Create | Verb::Rename => {
                    made.insert(this);
                }
                Verb::Delete => {
                    // Aliases that stand in its record go with a mailbox.
                    let mailbox = ObjectRef { connection: this.0.clone(), identity: this.1.clone() };
                    let inside = parts::aliases_going(input, &mailbox).into_iter();
                    gone.extend(inside.map(|alias| (alias.connection, alias.identity)));
                    gone.insert(this);
                }
                Verb::Update => {}
            }
            if let Some(former) = &change.before_identity {
                gone.insert((change.connection.clone(), former.clone()));
            }
        }
        Self { made, gone }
    }
}

/// What may stand at an address of a store.
fn holders(address: &Address) -> [Identity; 2] {
    [Identity::Mailbox(address.clone()), Identity::Alias(address.clone())]
}

/// The stores of an address's domain, those that it leaves too: mail still arrives there while it moves.
fn stores<'a>(input: &Input<'a>, address: &Address) -> impl Iterator<Item = &'a ConnectionName> {
    let domain = input.desired.domains.get(address.domain());
    domain.into_iter().flat_map(|wish| wish.stores().chain(wish.leaving.keys()))
}

/// What was not there of what may stand at an address: it must not be there either when the filter forgets it.
fn not_there(input: &Input<'_>, address: &Address) -> Vec<ObjectRef> {
    let of_store = |store: &ConnectionName| {
        let can = input.capabilities.get(store);
        let held = holders(address).into_iter();
        let held = held.filter(move |identity| can.is_some_and(|can| can.kind(identity.kind()).is_some()));
        // One address has one holder: where the mailbox is to go, no alias is.
        let absent =
            held.take_while(|identity| !matches!(input.observed.look(store, identity), Looked::Present(_)));
        let absent =
            absent.filter(|identity| matches!(input.observed.look(store, identity), Looked::Absent { .. }));
        absent.map(|identity| ObjectRef { connection: store.clone(), identity }).collect::<Vec<_>>()
    };
    stores(input, address).flat_map(of_store).collect()
}

fn answer<'a>(input: &Input<'a>, held: &Held, address: &Address) -> Answer<'a> {
    let mut unknown = None;
    for store in stores(input, address) {
        let Some(can) = input.capabilities.get(store) else { continue };
        let holders = holders(address).map(|identity| (store.clone(), identity));
        if holders.iter().any(|this| held.made.contains(this)) {
            return Answer::By(store);
        }
        for this in holders.into_iter().filter(|this| can.kind(this.1.kind()).is_some()) {
            match input.observed.look(store, &this.1) {
                Looked::Present(_) if !held.gone.contains(&this) => return Answer::By(store),
                // One address has one holder: what goes leaves nothing behind it.
                Looked::Present(_) => break,
                Looked::Absent { .. } => {}
                Looked::Unknown(reason) => {
                    let text = format!("whether {store} answers for it is not known: {reason}");
                    unknown.get_or_insert(text);
                }
            }
        }
    }
    unknown.map_or(Answer::Nobody, Answer::Unknown)
}
