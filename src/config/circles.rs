//! Finds circles among aliases and forwards, whoever says them: a configuration, or a service that is exported.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::model::Address;

/// An alias or a forward: where mail for an address goes.
pub(super) struct Way<'a> {
    /// The address.
    pub(super) address: &'a Address,
    /// Where it delivers.
    pub(super) targets: &'a BTreeSet<Address>,
    /// True for a forward that keeps a copy: some mail ends here.
    pub(super) keeps: bool,
}

/// Addresses that can all reach one another.
pub(super) struct Circle<'a> {
    /// All of them, in order.
    pub(super) members: Vec<&'a Address>,
    /// A shortest way from the first of them back to it.
    pub(super) path: Vec<&'a Address>,
    /// True where some mail arrives: a mailbox among them keeps a copy, or a target lies outside.
    pub(super) ends: bool,
}

struct Arrow<'a> {
    address: &'a Address,
    targets: Vec<usize>,
    /// True where mail also ends here, or leaves for an address without arrows.
    ends: bool,
}

/// The circles, in order. `is_gone` tells the addresses that are known not to exist: what is sent to one of them goes
/// to the domain's catch-all, if there is one. Any other address without a way of its own is taken to receive.
pub(super) fn circles<'a>(
    ways: impl IntoIterator<Item = Way<'a>>,
    is_gone: impl Fn(&Address) -> bool,
) -> Vec<Circle<'a>> {
    let arrows = arrows(ways, is_gone);
    let circle = |members: Vec<usize>| {
        let inside: BTreeSet<usize> = members.iter().copied().collect();
        let leaves = |arrow: &Arrow<'_>| arrow.targets.iter().any(|target| !inside.contains(target));
        let ends = members.iter().any(|member| arrows[*member].ends || leaves(&arrows[*member]));
        let address = |number: &usize| arrows[*number].address;
        Circle {
            path: path(&arrows, members[0], &inside).iter().map(address).collect(),
            members: members.iter().map(address).collect(),
            ends,
        }
    };
    connected(&arrows).into_iter().map(circle).collect()
}

/// The arrows, by address in order.
fn arrows<'a>(ways: impl IntoIterator<Item = Way<'a>>, is_gone: impl Fn(&Address) -> bool) -> Vec<Arrow<'a>> {
    let mut sources: BTreeMap<&Address, (BTreeSet<&Address>, bool)> = BTreeMap::new();
    for way in ways {
        let (targets, keeps) = sources.entry(way.address).or_default();
        targets.extend(way.targets);
        *keeps |= way.keeps;
    }
    let numbers: HashMap<&Address, usize> = sources.keys().enumerate().map(|(n, a)| (*a, n)).collect();
    let number_of = |target: &Address| {
        let own = numbers.get(target).copied();
        own.or_else(|| {
            let caught = !target.is_domain() && is_gone(target);
            caught.then(|| numbers.get(&Address::whole_domain(&target.domain_name())).copied())?
        })
    };
    sources
        .into_iter()
        .map(|(address, (targets, keeps))| {
            let mut arrow = Arrow { address, targets: Vec::with_capacity(targets.len()), ends: keeps };
            for target in targets {
                match number_of(target) {
                    Some(number) => arrow.targets.push(number),
                    None => arrow.ends = true,
                }
            }
            arrow
        })
        .collect()
}

/// The sets of addresses that can reach one another, each with more than one member or an arrow to itself.
///
/// Tarjan's algorithm with a stack of its own: a chain of aliases may be as long as the configuration.
fn connected(arrows: &[Arrow<'_>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut index = vec![NEW; arrows.len()];
    let mut low = vec![0; arrows.len()];
    let mut on_stack = vec![false; arrows.len()];
    let mut stack = Vec::new();
    let mut work: Vec<(usize, usize)> = Vec::new();
    let mut found = Vec::new();
    let mut next = 0;
    for start in 0..arrows.len() {
        if index[start] != NEW {
            continue;
        }
        work.push((start, 0));
        while let Some((node, step)) = work.pop() {
            if step == 0 {
                index[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            } else {
                let child = arrows[node].targets[step - 1];
                if on_stack[child] {
                    low[node] = low[node].min(low[child]);
                }
            }
            if let Some(&child) = arrows[node].targets.get(step) {
                work.push((node, step + 1));
                if index[child] == NEW {
                    work.push((child, 0));
                }
                continue;
            }
            if low[node] != index[node] {
                continue;
            }
            let mut members = Vec::new();
            while let Some(member) = stack.pop() {
                on_stack[member] = false;
                members.push(member);
                if member == node {
                    break;
                }
            }
            if members.len() > 1 || arrows[node].targets.contains(&node) {
                members.sort_unstable();
                found.push(members);
            }
        }
    }
    found.sort_unstable();
    found
}

/// A way from `start` back to itself within the circle: the shortest one.
fn path(arrows: &[Arrow<'_>], start: usize, members: &BTreeSet<usize>) -> Vec<usize> {
    let mut came_from: HashMap<usize, usize> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &child in &arrows[node].targets {
            if child == start {
                let mut path = vec![node];
                let mut at = node;
                while at != start {
                    at = came_from[&at];
                    path.push(at);
                }
                path.reverse();
                return path;
            }
            if members.contains(&child) && child != start && !came_from.contains_key(&child) {
                came_from.insert(child, node);
                queue.push_back(child);
            }
        }
    }
    vec![start]
}
