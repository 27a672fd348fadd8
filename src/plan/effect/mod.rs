//! What happens to mail and to access: facts, and lines for people.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Effect, EffectCode, Identity, Note, Verb};

use super::Input;
use super::draft::Drafts;
use super::flow::Flow;
use super::world::World;

mod access;
mod mail;
mod words;

/// Every effect of the changes that run, which lead to the world `after`, sorted; addresses of which the same is told
/// stand in one.
pub(super) fn effects<'a>(input: &Input<'a>, drafts: &Drafts, after: World<'a>) -> Vec<Effect> {
    if !drafts.changes.iter().any(|draft| draft.change.is_ready()) {
        return Vec::new();
    }
    let flow = Flow::to(input, after);
    let renamed = Flow::renamed(drafts);
    let mut all: Vec<Effect> = Vec::new();
    for delivery in flow.compare(drafts) {
        all.extend(mail::effects(&flow, &delivery, &renamed));
    }
    all.extend(access::effects(&flow, &renamed));
    let mut alike: BTreeMap<(Effect, Option<Address>), BTreeSet<Address>> = BTreeMap::new();
    for mut effect in all {
        // What comes along belongs to the one mailbox, and what an address does to itself to that address.
        let own = effect
            .addresses
            .first()
            .filter(|address| effect.lost.iter().chain(&effect.gained).any(|name| name == address.shown()));
        let own = own.cloned();
        let addresses = if effect.code == EffectCode::Read && !effect.along.is_empty() {
            BTreeSet::new()
        } else {
            effect.addresses.drain(..).collect()
        };
        alike.entry((effect, own)).or_default().extend::<BTreeSet<Address>>(addresses);
    }
    let mut effects: Vec<Effect> = alike
        .into_iter()
        .map(|((mut effect, _), addresses)| {
            effect.addresses.extend(addresses);
            effect.text = words::line(&effect);
            effect
        })
        .collect();
    effects.sort_by(|a, b| (a.kind, a.code, &a.addresses, a).cmp(&(b.kind, b.code, &b.addresses, b)));
    effects
}

/// What a reader should know and no change shows.
pub(super) fn notes(input: &Input<'_>, drafts: &Drafts) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut gone: BTreeSet<&Address> = BTreeSet::new();
    for change in drafts.changes.iter().map(|draft| &draft.change).filter(|change| change.is_ready()) {
        if let (Identity::Mailbox(address), Verb::Delete) = (&change.identity, change.verb) {
            gone.insert(address);
        }
    }
    if gone.is_empty() {
        return notes;
    }
    let deleted: BTreeSet<_> = drafts
        .changes
        .iter()
        .filter(|draft| draft.change.is_ready() && draft.change.verb == Verb::Delete)
        .map(|draft| (&draft.change.connection, &draft.change.identity))
        .collect();
    for (connection, state) in &input.observed.connections {
        for identity in state.objects.keys() {
            if let Identity::Permission { mailbox, grantee } = identity
                && gone.contains(grantee)
                && !gone.contains(mailbox)
                && !deleted.contains(&(connection, identity))
            {
                let text = format!("{grantee} goes, its rights on {mailbox} stay behind on {connection}");
                notes.push(Note { text, at: None });
            }
        }
    }
    notes
}
