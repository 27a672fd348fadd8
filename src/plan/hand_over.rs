//! Lets an address change hands at once, where the service can.

use crate::model::{NeedKind, Note};

use super::Input;
use super::draft::Drafts;
use super::edges::{Edges, reaches};

/// Lets each change that gives an address up wait for whatever else the one needs that takes it over: when its turn
/// comes, both can go in one write. Where that cannot be, because one of those waits for the address to be free, it is
/// said what may bounce for a moment. Comes after the untying of cycles, so that no other need is given up for it.
/// True where a need came to be.
pub(super) fn wait(input: &Input<'_>, drafts: &Drafts, edges: &mut Edges, notes: &mut Vec<Note>) -> bool {
    let mut has_waited = false;
    for (release, claim) in pairs(input, drafts, edges) {
        let others: Vec<usize> = edges[claim].keys().copied().filter(|&on| on != release).collect();
        for on in others {
            if edges[release].contains_key(&on) {
                continue;
            }
            let this = &drafts.changes[claim].change;
            if reaches(edges, on, release) {
                let that = &drafts.changes[on].change;
                let address = &this.identity;
                let text = format!(
                    "{address} changes hands around {} {}: mail to it may bounce for a moment",
                    that.identity.kind(),
                    that.identity
                );
                notes.push(Note { text, at: this.at.clone() });
            } else {
                edges[release].insert(on, NeedKind::Soft);
                has_waited = true;
            }
        }
    }
    has_waited
}

/// The releases and their claims that one write can carry.
fn pairs(input: &Input<'_>, drafts: &Drafts, edges: &Edges) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (claim, draft) in drafts.changes.iter().enumerate() {
        let can = input.capabilities.get(&draft.change.connection);
        if can.is_some_and(|can| can.hands_over) {
            let releases = edges[claim].keys().copied();
            let releases = releases.filter(|&on| drafts.changes[on].change.hands_over_to(&draft.change));
            pairs.extend(releases.map(|release| (release, claim)));
        }
    }
    pairs
}
