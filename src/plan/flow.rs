//! Where mail for the addresses that a plan touches ends up, before and after.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Change, ConnectionName, Ends, Field, Fields, Identity, Kind, Value, Verb};

use super::Input;
use super::draft::Drafts;
use super::guard::suspends;
use super::network::{Network, Walk};
use super::world::World;

/// How one address is delivered before and after the changes that run.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) address: Address,
    pub(super) before: Ends,
    pub(super) after: Ends,
    /// Every address on the way before, itself included.
    pub(super) path: BTreeSet<Address>,
    /// True where the changes take away, or suspend, what stands at this very address.
    pub(super) is_removed: bool,
}

impl Delivery {
    /// True where mail had a recipient and has none any more.
    pub(super) fn is_lost(&self) -> bool {
        self.before.has_recipient() && !self.after.has_recipient()
    }
}

/// The two states that a plan leads from and to.
#[derive(Debug)]
pub(super) struct Flow<'a> {
    pub(super) before: Network<'a>,
    pub(super) after: Network<'a>,
    /// Who names an address as a target, in either state.
    referrers: BTreeMap<Address, BTreeSet<Address>>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(input: &Input<'a>, drafts: &Drafts) -> Self {
        Self::to(input, World::after(input, drafts, &BTreeSet::new()))
    }

    /// From what was read to this state.
    pub(super) fn to(input: &Input<'a>, after: World<'a>) -> Self {
        let before = Network::of(input, World::new(input.observed));
        let after = Network::of(input, after);
        let mut referrers: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
        let mut refer = |identity: &Identity, targets: Option<&Value>| {
            if let (Identity::Alias(at) | Identity::Forward(at), Some(targets)) =
                (identity, targets.and_then(Value::addresses))
            {
                for target in targets {
                    referrers.entry(target.clone()).or_default().insert(at.clone());
                }
            }
        };
        for (_, identity, seen) in before.world().objects() {
            refer(identity, seen.value(&Field::Targets));
        }
        for (_, identity, fields) in after.world().written() {
            refer(identity, fields.and_then(|fields: &Fields| fields.get(&Field::Targets)));
        }
        Self { before, after, referrers }
    }

    /// The addresses at which something that mail passes was written.
    fn changed(&self) -> BTreeSet<Address> {
        let written = self.after.world().written();
        let passed = written.filter(|(_, identity, _)| {
            matches!(identity.kind(), Kind::Mailbox | Kind::Alias | Kind::Forward)
        });
        passed.filter_map(|(_, identity, _)| identity.address().cloned()).collect()
    }

    /// These addresses and everything from which mail comes to them, in either state.
    pub(super) fn upstream(&self, of: BTreeSet<Address>) -> BTreeSet<Address> {
        if self.referrers.is_empty() {
            return of;
        }
        let mut found = of.clone();
        let mut open: Vec<Address> = of.into_iter().collect();
        let mut add = |address: Address, open: &mut Vec<Address>| {
            if found.insert(address.clone()) {
                open.push(address);
            }
        };
        while let Some(address) = open.pop() {
            for referrer in self.referrers.get(&address).into_iter().flatten() {
                add(referrer.clone(), &mut open);
            }
            if address.is_domain() {
                // What nothing holds goes through the catch-all.
                for target in self.referrers.keys().filter(|target| target.domain() == address.domain()) {
                    if !self.before.is_held(target) || !self.after.is_held(target) {
                        add(target.clone(), &mut open);
                    }
                }
                for same in self.standing_in(&address) {
                    add(same, &mut open);
                }
                continue;
            }
            // A domain that stands for this one has the address too.
            let whole = Address::whole_domain(&address.domain_name());
            for synonym in self.referrers.get(&whole).into_iter().flatten() {
                if synonym.local() == address.local() {
                    add(synonym.clone(), &mut open);
                }
                if let Ok(same) = Address::new(address.local(), &synonym.domain_name())
                    && synonym.is_domain()
                    && (self.leads_to_held(&address) || self.is_named(&same))
                {
                    add(same, &mut open);
                }
            }
        }
        found
    }

    /// True where something stands at the address in either state, or at the one that it stands for through domain aliases.
    fn leads_to_held(&self, address: &Address) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![address.clone()];
        while let Some(address) = open.pop() {
            if self.before.is_held(&address) || self.after.is_held(&address) {
                return true;
            }
            if seen.insert(address.clone()) {
                let targets =
                    [&self.before, &self.after].into_iter().filter_map(|state| state.catch_all(&address));
                let domains = targets.flatten().filter(|target| target.is_domain());
                let same =
                    domains.filter_map(|domain| Address::new(address.local(), &domain.domain_name()).ok());
                open.extend(same);
            }
        }
        false
    }

    /// Where a domain stands for others: its addresses that mean one which something holds there. Where something happens to
    /// the domain as a whole, that tells for them, and there are none here.
    fn standing_in(&self, whole: &Address) -> Vec<Address> {
        let mut behind: BTreeSet<Address> = BTreeSet::new();
        let mut open = vec![whole.clone()];
        while let Some(at) = open.pop() {
            let targets = [&self.before, &self.after].into_iter().filter_map(|state| state.catch_all(&at));
            let domains: Vec<Address> =
                targets.flatten().filter(|target| target.is_domain()).cloned().collect();
            open.extend(domains.into_iter().filter(|domain| behind.insert(domain.clone())));
        }
        if behind.is_empty() || self.before.ends(whole) != self.after.ends(whole) {
            return Vec::new();
        }
        let held = [&self.before, &self.after].into_iter().flat_map(Network::held);
        let there = held.filter_map(|held| held.identity.address().cloned()).filter(|address| {
            !address.is_domain() && behind.iter().any(|domain| domain.domain() == address.domain())
        });
        there.filter_map(|address| Address::new(address.local(), &whole.domain_name()).ok()).collect()
    }

    /// True where a target means this address.
    fn is_named(&self, address: &Address) -> bool {
        let whole = Address::whole_domain(&address.domain_name());
        let by_domain = self.referrers.get(&whole).into_iter().flatten();
        self.referrers.contains_key(address) || by_domain.into_iter().any(|by| by.local() == address.local())
    }

    /// Every address whose delivery may differ and is told of: see [`Effect`](crate::model::Effect). One after the other,
    /// for a large plan has many.
    pub(super) fn compare<'s>(&'s self, drafts: &'s Drafts) -> impl Iterator<Item = Delivery> + use<'s, 'a> {
        let suspended = suspended(drafts);
        let touched = self.upstream(self.changed()).into_iter();
        let told = touched.filter(|address| self.is_told(address));
        told.map(move |address| self.deliver(address, &suspended))
    }

    /// The delivery of these addresses, whether it is told of or not.
    pub(super) fn compare_these(&self, drafts: &Drafts, addresses: BTreeSet<Address>) -> Vec<Delivery> {
        let suspended = suspended(drafts);
        addresses.into_iter().map(|address| self.deliver(address, &suspended)).collect()
    }

    fn deliver(&self, address: Address, suspended: &BTreeSet<&Address>) -> Delivery {
        let Walk { ends: before, path } = self.before.walk(&address);
        let after = self.after.ends(&address);
        let is_removed = self.is_removed(&address, suspended);
        Delivery { address, before, after, path, is_removed }
    }

    /// What nothing holds, before and after, goes where its domain's catch-all or domain alias leads: where something
    /// happens to that, it tells for all of them.
    fn is_told(&self, address: &Address) -> bool {
        if address.is_domain() || self.before.is_held(address) || self.after.is_held(address) {
            return true;
        }
        let whole = Address::whole_domain(&address.domain_name());
        self.before.ends(&whole) == self.after.ends(&whole)
    }

    fn is_removed(&self, address: &Address, suspended: &BTreeSet<&Address>) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![address.clone()];
        while let Some(address) = open.pop() {
            let (was, is) = (self.before.is_held(&address), self.after.is_held(&address));
            if was || is || address.is_domain() {
                if suspended.contains(&address) || was && !is {
                    return true;
                }
            } else if seen.insert(address.clone()) {
                // It stands for the same address in another domain.
                let next = self.before.pass(&address, true).next;
                open.extend(next.into_iter().filter(|next| next.local() == address.local()));
            }
        }
        false
    }

    /// What mailboxes are called after their renames.
    pub(super) fn renamed(drafts: &Drafts) -> BTreeMap<Address, Address> {
        drafts
            .changes
            .iter()
            .map(|draft| &draft.change)
            .filter(|change| change.is_ready() && change.verb == Verb::Rename)
            .filter_map(|change| {
                let old = change.before_identity.as_ref()?.address()?;
                Some((old.clone(), change.identity.address()?.clone()))
            })
            .collect()
    }

    /// Every connection's objects that were written, by identity.
    pub(super) fn written(&self) -> impl Iterator<Item = (&ConnectionName, &Identity)> {
        self.after.world().written().map(|(connection, identity, _)| (connection, identity))
    }
}

/// The addresses at which a change that runs suspends a mailbox.
fn suspended(drafts: &Drafts) -> BTreeSet<&Address> {
    let ready = drafts.changes.iter().map(|draft| &draft.change).filter(|change| change.is_ready());
    ready.filter(|change| suspends(change)).filter_map(|change| change.identity.address()).collect()
}

/// True where some change that runs can take mail from somebody.
pub(super) fn may_take(drafts: &Drafts) -> bool {
    drafts.changes.iter().any(|draft| draft.change.is_ready() && takes_away(&draft.change))
}

/// True where the change can take recipients away from mail that passes its address. A new alias can, too: it takes over
/// from a catch-all, and may lead in a circle; and so can a mailbox that is made suspended.
pub(super) fn takes_away(change: &Change) -> bool {
    let takes = match change.verb {
        Verb::Delete | Verb::Rename => true,
        Verb::Update => {
            suspends(change) || change.fields.iter().any(|f| matches!(f, Field::Targets | Field::KeepCopy))
        }
        Verb::Create => change.identity.kind() != Kind::Mailbox || suspends(change),
    };
    takes && matches!(change.identity.kind(), Kind::Mailbox | Kind::Alias | Kind::Forward)
}
