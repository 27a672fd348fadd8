//! Addresses that mail comes back to.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Address;

/// The addresses that lie on a circle of these ways.
pub(super) fn members(ways: &BTreeMap<Address, BTreeSet<Address>>) -> BTreeSet<Address> {
    // What leads nowhere, or to such addresses alone, lies on none; on most maps that is everything.
    let mut left: BTreeMap<&Address, BTreeSet<&Address>> = BTreeMap::new();
    let mut before: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
    for (at, next) in ways {
        left.insert(at, next.iter().filter(|next| ways.contains_key(*next)).collect());
        for next in next {
            before.entry(next).or_default().push(at);
        }
    }
    let mut done: Vec<&Address> =
        left.iter().filter(|(_, next)| next.is_empty()).map(|(at, _)| *at).collect();
    while let Some(at) = done.pop() {
        left.remove(at);
        for earlier in before.get(at).into_iter().flatten() {
            if let Some(next) = left.get_mut(earlier)
                && next.remove(at)
                && next.is_empty()
            {
                done.push(earlier);
            }
        }
    }
    left.keys().filter(|at| comes_back(at, &left)).map(|at| (*at).clone()).collect()
}

fn comes_back(start: &Address, ways: &BTreeMap<&Address, BTreeSet<&Address>>) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Address> = ways.get(start).into_iter().flatten().copied().collect();
    while let Some(at) = open.pop() {
        if at == start {
            return true;
        }
        if seen.insert(at) {
            open.extend(ways.get(at).into_iter().flatten().copied());
        }
    }
    false
}
