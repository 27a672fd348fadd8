//! Puts the changes into an order that loses nothing, and stops what needs something that does not run.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::model::{
    BlockCode, Change, ChangeId, ConnectionName, Identity, Need, NeedKind, Note, Status, Verb,
};

use super::Input;
use super::draft::{Cause, Drafts};
use super::edges::{self, Edges, reaches};
use super::hand_over;

/// Sorts the changes topologically, the same way for the same set of changes, and fills in their needs.
pub(super) fn order(input: &Input<'_>, drafts: &mut Drafts, notes: &mut Vec<Note>) {
    drafts.changes.sort_by(|a, b| canonical(&a.change).cmp(&canonical(&b.change)));
    let mut edges = edges::edges(input, drafts);
    let mut sorted = sort(drafts, &edges);
    if sorted.len() < drafts.changes.len() {
        untie(drafts, &mut edges, &sorted, notes);
        sorted = sort(drafts, &edges);
    }
    if sorted.len() < drafts.changes.len() {
        block_cycle(drafts, &mut edges, &sorted);
        sorted = sort(drafts, &edges);
    }
    if hand_over::wait(input, drafts, &mut edges, notes) {
        sorted = sort(drafts, &edges);
    }
    let ids: Vec<ChangeId> = drafts.changes.iter().map(|draft| draft.change.id.clone()).collect();
    for (number, needs) in edges.into_iter().enumerate() {
        drafts.changes[number].change.needs =
            needs.into_iter().map(|(on, kind)| Need { change: ids[on].clone(), kind }).collect();
    }
    if sorted.iter().copied().eq(0..drafts.changes.len()) {
        return;
    }
    let mut slots: Vec<Option<_>> = std::mem::take(&mut drafts.changes).into_iter().map(Some).collect();
    drafts.changes = sorted.into_iter().filter_map(|number| slots[number].take()).collect();
}

fn canonical(change: &Change) -> (&ConnectionName, &Identity, Verb, &str) {
    (&change.connection, &change.identity, change.verb, &change.route)
}

/// The order that Kahn's algorithm gives, makes before breaks; what lies on a cycle is left out.
fn sort(drafts: &Drafts, edges: &Edges) -> Vec<usize> {
    let rank = |number: usize| {
        let first = match drafts.changes[number].change.verb {
            Verb::Create => 0,
            Verb::Rename => 1,
            Verb::Update => 2,
            Verb::Delete => 3,
        };
        Reverse((first, number))
    };
    let mut waiting: Vec<usize> = edges.iter().map(BTreeMap::len).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (number, needs) in edges.iter().enumerate() {
        for &on in needs.keys() {
            followers[on].push(number);
        }
    }
    let mut free: BinaryHeap<_> = (0..edges.len()).filter(|&number| waiting[number] == 0).map(rank).collect();
    let mut sorted = Vec::with_capacity(edges.len());
    while let Some(Reverse((_, number))) = free.pop() {
        sorted.push(number);
        for &follower in &followers[number] {
            waiting[follower] -= 1;
            if waiting[follower] == 0 {
                free.push(rank(follower));
            }
        }
    }
    sorted
}

/// Drops soft needs among what could not be sorted, and says what may bounce for a moment.
fn untie(drafts: &Drafts, edges: &mut Edges, sorted: &[usize], notes: &mut Vec<Note>) {
    let stuck = stuck(edges.len(), sorted);
    for &number in &stuck {
        let soft: Vec<usize> = edges[number]
            .iter()
            .filter(|(on, kind)| {
                **kind == NeedKind::Soft && stuck.contains(on) && reaches(edges, **on, number)
            })
            .map(|(on, _)| *on)
            .collect();
        for on in soft {
            if !reaches(edges, on, number) {
                continue;
            }
            edges[number].remove(&on);
            let (this, that) = (&drafts.changes[number].change, &drafts.changes[on].change);
            let text = format!(
                "{} and {} depend on each other: mail to {} may bounce for a moment while they change",
                this.identity, that.identity, this.identity
            );
            notes.push(Note { text, at: this.at.clone() });
        }
    }
}

fn stuck(count: usize, sorted: &[usize]) -> BTreeSet<usize> {
    let done: BTreeSet<usize> = sorted.iter().copied().collect();
    (0..count).filter(|number| !done.contains(number)).collect()
}

/// Blocks the members of cycles of hard needs, each with the cycle printed.
fn block_cycle(drafts: &mut Drafts, edges: &mut Edges, sorted: &[usize]) {
    let stuck = stuck(edges.len(), sorted);
    for &number in &stuck {
        let on_cycle = edges[number].keys().any(|&on| stuck.contains(&on) && reaches(edges, on, number));
        if on_cycle {
            let cycle = path(edges, number)
                .iter()
                .map(|&n| drafts.changes[n].change.id.to_string())
                .collect::<Vec<_>>();
            let reason = format!("these need each other: {}", cycle.join(" → "));
            drafts.changes[number].block(BlockCode::Cycle, reason, None, None);
        }
    }
    for &number in &stuck {
        if drafts.is_blocked(number) {
            let blocked: Vec<usize> =
                edges[number].keys().copied().filter(|&on| drafts.is_blocked(on)).collect();
            for on in blocked {
                edges[number].remove(&on);
            }
        }
    }
}

/// A shortest way from a change back to itself.
fn path(edges: &Edges, start: usize) -> Vec<usize> {
    let mut from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(number) = open.pop_front() {
        for &on in edges[number].keys() {
            if on == start {
                let mut way = vec![start, number];
                let mut at = number;
                while at != start {
                    at = from[&at];
                    way.push(at);
                }
                way.dedup();
                way.reverse();
                return way;
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = from.entry(on) {
                entry.insert(number);
                open.push_back(on);
            }
        }
    }
    vec![start]
}

/// Stops what needs a change that does not run, and both halves of what only makes sense together.
pub(super) fn propagate(drafts: &mut Drafts) {
    let together = together(drafts);
    loop {
        let mut changed = false;
        let mut held: BTreeSet<ChangeId> = BTreeSet::new();
        for draft in &mut drafts.changes {
            let change = &mut draft.change;
            if change.is_ready() {
                let missing: Vec<ChangeId> = change
                    .needs
                    .iter()
                    .map(|need| &need.change)
                    .filter(|on| held.contains(*on))
                    .cloned()
                    .collect();
                if !missing.is_empty() {
                    change.status = Status::WaitsFor(missing);
                    changed = true;
                }
            }
            if !change.is_ready() {
                held.insert(change.id.clone());
            }
        }
        for (number, with) in &together {
            let change = &drafts.changes[*number].change;
            if change.is_ready() && held.contains(with) {
                drafts.changes[*number].change.status = Status::WaitsFor(vec![with.clone()]);
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Deletes that only make sense together with a later change: the release of an address with its claim, half of a
/// replacement with the other half, a part that goes with its mailbox, or that is not to move with it.
fn together(drafts: &Drafts) -> Vec<(usize, ChangeId)> {
    let numbers: BTreeMap<&ChangeId, usize> =
        drafts.changes.iter().enumerate().map(|(number, draft)| (&draft.change.id, number)).collect();
    let mut pairs = Vec::new();
    for draft in &drafts.changes {
        for need in draft.change.needs.iter().filter(|need| need.kind == NeedKind::Hard) {
            let Some(&number) = numbers.get(&need.change) else {
                continue;
            };
            let first = &drafts.changes[number];
            if first.change.verb != Verb::Delete {
                continue;
            }
            let claims = matches!(draft.change.verb, Verb::Create | Verb::Rename)
                && draft.change.identity.address() == first.change.identity.address();
            let implied = matches!(first.cause, Cause::Implied | Cause::Replaced);
            // What a renamed mailbox is not to take along goes only if the mailbox moves.
            let moves = draft.change.verb == Verb::Rename && first.change.identity.part_of().is_some();
            if claims || implied || moves {
                pairs.push((number, draft.change.id.clone()));
            }
        }
    }
    pairs
}
