//! What happens to access: who could and who can, in effects.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Ability, Address, ConnectionName, Effect, EffectCode, EffectKind, Field, Identity, Right, Value,
};

use super::super::flow::Flow;
use super::super::network::Network;
use super::super::world::Seen;

/// Somebody can do something to an address.
type Pair = (EffectCode, Option<ConnectionName>, Option<Address>, String);

/// Everything that happens to access.
pub(super) fn effects(flow: &Flow<'_>, renamed: &BTreeMap<Address, Address>) -> Vec<Effect> {
    let touched = touched(flow, renamed);
    let before: BTreeSet<Pair> =
        pairs(&flow.before, &touched).into_iter().map(|pair| called_now(pair, renamed)).collect();
    let after = pairs(&flow.after, &touched);
    // Who may do everything, before or after, is told of as such and not by domain.
    let full: BTreeSet<(&Option<ConnectionName>, &String)> = before
        .iter()
        .chain(&after)
        .filter(|(code, ..)| *code == EffectCode::AdministerAll)
        .map(|(_, connection, _, login)| (connection, login))
        .collect();
    let is_told = |(code, connection, _, who): &&Pair| {
        *code != EffectCode::Administer || !full.contains(&(connection, who))
    };
    let mut told: BTreeMap<_, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for (code, connection, whom, who) in before.difference(&after).filter(is_told) {
        told.entry((*code, connection, whom, false)).or_default().0.insert(who.clone());
    }
    for (code, connection, whom, who) in after.difference(&before).filter(is_told) {
        told.entry((*code, connection, whom, true)).or_default().1.insert(who.clone());
    }
    let former: BTreeMap<&Address, &Address> = renamed.iter().map(|(old, new)| (new, old)).collect();
    let mut stored = Stored::new();
    told.into_iter()
        .map(|((code, connection, whom, gains), (lost, gained))| {
            let mut effect = Effect::new(EffectKind::Access, code, "");
            effect.connection.clone_from(connection);
            effect.addresses.extend(whom.clone());
            effect.lost.extend(lost);
            effect.gained.extend(gained);
            if let (EffectCode::Read, Some(mailbox)) = (code, whom) {
                let mailbox = if gains { mailbox } else { former.get(mailbox).copied().unwrap_or(mailbox) };
                effect.along = along(flow, gains, mailbox, &mut stored);
            }
            effect
        })
        .collect()
}

/// The mailboxes that store the mail of an address, after (true) or before: many mailboxes may be behind one list.
type Stored = BTreeMap<(bool, Address), BTreeSet<Address>>;

/// The other addresses whose mail ends up in a mailbox.
fn along(flow: &Flow<'_>, is_after: bool, mailbox: &Address, stored: &mut Stored) -> Vec<Address> {
    let network = if is_after { &flow.after } else { &flow.before };
    let mut comes = |address: &Address| {
        address != mailbox
            && (address.is_domain() || network.is_held(address))
            && stored
                .entry((is_after, address.clone()))
                .or_insert_with(|| network.ends(address).mailboxes)
                .contains(mailbox)
    };
    let upstream = flow.upstream(BTreeSet::from([mailbox.clone()])).into_iter();
    upstream.filter(|address| comes(address)).collect()
}

/// Everything that gives access to an address at which something was done, on whichever store, every right that names a
/// renamed mailbox, and the administrators that something was done to.
fn touched(flow: &Flow<'_>, renamed: &BTreeMap<Address, Address>) -> BTreeSet<(ConnectionName, Identity)> {
    let mut touched = BTreeSet::new();
    let mut addresses: BTreeSet<&Address> = BTreeSet::new();
    for (connection, identity) in flow.written() {
        match identity {
            Identity::Administrator(_) => _ = touched.insert((connection.clone(), identity.clone())),
            Identity::Permission { .. } | Identity::Alias(_) | Identity::Mailbox(_) => {
                addresses.extend(identity.address());
            }
            _ => {}
        }
    }
    if addresses.is_empty() {
        return touched;
    }
    let new: BTreeSet<&Address> = renamed.values().collect();
    let is_renamed = |address: &Address| renamed.contains_key(address) || new.contains(address);
    for network in [&flow.before, &flow.after] {
        for (connection, identity, seen) in network.world().objects() {
            // A right that names a mailbox by its former address stays behind.
            let is_touched = match identity {
                Identity::Permission { mailbox, grantee } => {
                    addresses.contains(mailbox) || is_renamed(grantee)
                }
                Identity::Alias(alias) => {
                    let senders = seen.value(&Field::PermittedSenders).and_then(Value::addresses);
                    addresses.contains(alias) || senders.into_iter().flatten().any(is_renamed)
                }
                _ => false,
            };
            if is_touched {
                touched.insert((connection.clone(), identity.clone()));
            }
        }
    }
    touched
}

/// Who can do what through these objects.
fn pairs(network: &Network<'_>, touched: &BTreeSet<(ConnectionName, Identity)>) -> BTreeSet<Pair> {
    let mut pairs = BTreeSet::new();
    for (connection, identity) in touched {
        let seen = network.world().see(connection, identity);
        if !seen.is_present() {
            continue;
        }
        match identity {
            Identity::Permission { mailbox, grantee } => {
                let there = network.world().see(connection, &Identity::Mailbox(mailbox.clone()));
                let Some(Value::Rights(rights)) = seen.value(&Field::Rights) else { continue };
                if matches!(there, Seen::Absent) {
                    continue;
                }
                for right in rights {
                    pairs.insert((code(*right), None, Some(mailbox.clone()), grantee.to_string()));
                }
            }
            Identity::Alias(alias) => {
                if network.world().see(connection, &Identity::Mailbox(alias.clone())).is_present() {
                    continue;
                }
                let senders = seen.value(&Field::PermittedSenders).and_then(Value::addresses);
                for sender in senders.into_iter().flatten() {
                    pairs.insert((EffectCode::SendAs, None, Some(alias.clone()), sender.to_string()));
                }
            }
            Identity::Administrator(login) => {
                let on = Some(connection.clone());
                if seen.value(&Field::Full) == Some(&Value::Bool(true)) {
                    pairs.insert((EffectCode::AdministerAll, on, None, login.to_string()));
                } else if let Some(Value::Domains(domains)) = seen.value(&Field::Domains) {
                    for domain in domains {
                        let whole = Some(Address::whole_domain(domain));
                        pairs.insert((EffectCode::Administer, on.clone(), whole, login.to_string()));
                    }
                }
            }
            _ => {}
        }
    }
    pairs
}

fn code(right: Right) -> EffectCode {
    match right.ability() {
        Ability::SendAs => EffectCode::SendAs,
        Ability::SendOnBehalf => EffectCode::SendOnBehalf,
        _ => EffectCode::Read,
    }
}

fn called_now((code, connection, whom, who): Pair, renamed: &BTreeMap<Address, Address>) -> Pair {
    let whom = whom.map(|address| renamed.get(&address).cloned().unwrap_or(address));
    let who = match Address::parse(&who) {
        Ok(address) => renamed.get(&address).map_or(who, ToString::to_string),
        Err(_) => who,
    };
    (code, connection, whom, who)
}
