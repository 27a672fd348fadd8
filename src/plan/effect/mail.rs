//! What happens to mail: each delivery before and after, in effects.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Effect, EffectCode, EffectKind, Ends, Step};

use super::super::flow::{Delivery, Flow};

/// Everything that happens to mail of one address.
pub(super) fn effects(
    flow: &Flow<'_>,
    delivery: &Delivery,
    renamed: &BTreeMap<Address, Address>,
) -> Vec<Effect> {
    let address = &delivery.address;
    let was = called_now(&delivery.before, renamed);
    let is = &delivery.after;
    let (before, after) = (was.recipients(), is.recipients());
    let mut told = Vec::new();
    let mut say = |code, lost: &BTreeSet<Address>, gained: &BTreeSet<Address>| {
        let kind = if code == EffectCode::Receive { EffectKind::Access } else { EffectKind::Mail };
        let names = |set: &BTreeSet<Address>| set.iter().map(ToString::to_string).collect();
        let mut effect = Effect::new(kind, code, "");
        effect.addresses.push(address.clone());
        (effect.lost, effect.gained) = (names(lost), names(gained));
        told.push(effect);
    };
    let none = BTreeSet::new();
    let minus = |a: &BTreeSet<Address>, b: &BTreeSet<Address>| a.difference(b).cloned().collect();
    let (mut lost, mut gained): (BTreeSet<Address>, BTreeSet<Address>) =
        (minus(&before, &after), minus(&after, &before));
    if !before.is_empty() && after.is_empty() {
        say(EffectCode::Bounces, &lost, &none);
    } else if !before.is_empty() {
        // Its own mailbox is no other recipient: it keeps a copy of what it forwards, or does not.
        if flow.after.is_mailbox(address) && lost.remove(address) {
            say(EffectCode::NoCopy, &none, &none);
        }
        if flow.before.is_mailbox(address) && gained.remove(address) {
            say(EffectCode::Copy, &none, &none);
        }
        if !lost.is_empty() || !gained.is_empty() {
            let code = if is_swallowed(flow, address) {
                EffectCode::Swallowed
            } else if lost.is_empty() {
                EffectCode::Receive
            } else {
                EffectCode::Moves
            };
            say(code, &lost, &gained);
        }
    } else if !after.is_empty() && address.is_domain() {
        say(EffectCode::Swallowed, &none, &after);
    }
    let outside: BTreeSet<Address> = minus(&is.outside, &was.outside);
    if !outside.is_empty() {
        say(EffectCode::Leaves, &none, &outside);
    }
    let dead: BTreeSet<Address> = minus(&is.bounces, &was.bounces);
    if !dead.is_empty() && !after.is_empty() {
        say(EffectCode::DeadEnd, &none, &dead);
    }
    let circle: BTreeSet<Address> = minus(&is.circle, &was.circle);
    if !circle.is_empty() {
        say(EffectCode::Circle, &none, &circle);
    }
    told
}

/// True where what stood at the address is gone and the domain's catch-all takes its mail.
fn is_swallowed(flow: &Flow<'_>, address: &Address) -> bool {
    let taken =
        matches!(flow.after.pass(address, true).step, Step::CatchAll { .. } | Step::DomainAlias { .. });
    taken && !address.is_domain() && flow.before.is_held(address) && !flow.after.is_held(address)
}

fn called_now(ends: &Ends, renamed: &BTreeMap<Address, Address>) -> Ends {
    let set = |set: &BTreeSet<Address>| {
        set.iter().map(|address| renamed.get(address).unwrap_or(address).clone()).collect()
    };
    Ends {
        mailboxes: set(&ends.mailboxes),
        outside: set(&ends.outside),
        bounces: set(&ends.bounces),
        circle: set(&ends.circle),
        unknown: set(&ends.unknown),
    }
}
