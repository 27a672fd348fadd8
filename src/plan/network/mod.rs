//! The mail system in one state, over all stores: where mail for an address goes, and who can do what.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AccountState, Address, Change, ConnectionName, Desired, DomainWish, Ends, Field, Identity, Kind,
    LedgerLine, Looked, ObjectRef, Observed, Presence, Reason, Source, StateOf, Step, Value,
};
use crate::provider::{Capabilities, Suspension};

use super::Input;
use super::parts::keeps_aliases_inside;
use super::world::{Seen, World};

mod access;
mod circle;
mod trace;

/// The mail system in one state.
#[derive(Debug, Clone)]
pub struct Network<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    capabilities: &'a BTreeMap<ConnectionName, Capabilities>,
    world: World<'a>,
    state: StateOf,
    /// Whether a catch-all that was not read counts as one. A plan reads it only where a wish speaks of it, and a brake
    /// must hold where nothing is known to take the mail.
    doubts_catch_all: bool,
}

/// A mailbox, an alias or a forward at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAt {
    /// The store.
    pub connection: ConnectionName,
    /// Which object.
    pub identity: Identity,
    /// Where it delivers; empty for a mailbox.
    pub targets: BTreeSet<Address>,
}

/// What happens to mail at an address, and where it goes on to.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) step: Step,
    pub(super) next: BTreeSet<Address>,
}

/// Everything behind an address.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) ends: Ends,
    /// Every address on the way, itself and the catch-alls that took it included.
    pub(super) path: BTreeSet<Address>,
}

impl<'a> Network<'a> {
    /// What the services hold now.
    pub fn live(
        desired: &'a Desired,
        observed: &'a Observed,
        capabilities: &'a BTreeMap<ConnectionName, Capabilities>,
    ) -> Self {
        Self {
            desired,
            observed,
            capabilities,
            world: World::new(observed),
            state: StateOf::Live,
            doubts_catch_all: true,
        }
    }

    /// What they will hold once these changes of a plan over the same reading are done; those that do not run are not.
    pub fn after(
        desired: &'a Desired,
        observed: &'a Observed,
        capabilities: &'a BTreeMap<ConnectionName, Capabilities>,
        changes: &[Change],
    ) -> Self {
        let mut network = Self { state: StateOf::Desired, ..Self::live(desired, observed, capabilities) };
        for change in changes.iter().filter(|change| change.is_ready()) {
            if let Some(can) = capabilities.get(&change.connection) {
                // A plan has proved that each is legal.
                let _ = network.world.step(change, can);
            }
        }
        network
    }

    /// A state of a plan in the making.
    pub(super) fn of(input: &Input<'a>, world: World<'a>) -> Self {
        Self {
            desired: input.desired,
            observed: input.observed,
            capabilities: input.capabilities,
            world,
            state: StateOf::Desired,
            doubts_catch_all: false,
        }
    }

    pub(super) fn world(&self) -> &World<'a> {
        &self.world
    }

    /// Where mail for an address ends.
    pub fn ends(&self, address: &Address) -> Ends {
        self.walk(address).ends
    }

    /// True where mail ends at this very address and nobody takes it.
    pub fn bounces_at(&self, address: &Address) -> bool {
        let Passed { step, next } = self.pass(address, true);
        is_dead_end(&step, &next)
    }

    /// Every address that mail for an address passes, itself included.
    pub fn path(&self, address: &Address) -> BTreeSet<Address> {
        self.walk(address).path
    }

    /// Every mailbox, alias and forward of the stores that answer for its domain.
    pub fn held(&self) -> Vec<HeldAt> {
        let mut held = Vec::new();
        for (connection, identity, seen) in self.world.objects() {
            if matches!(identity.kind(), Kind::Mailbox | Kind::Alias | Kind::Forward)
                && self.answers(connection, identity)
            {
                let targets = seen.value(&Field::Targets).and_then(Value::addresses);
                held.push(HeldAt {
                    connection: connection.clone(),
                    identity: identity.clone(),
                    targets: targets.cloned().unwrap_or_default(),
                });
            }
        }
        held
    }

    /// The entry of the ledger for an outside address: its own before its domain's.
    pub fn ledger(&self, outside: &Address) -> Option<LedgerLine> {
        let whole = Address::whole_domain(&outside.domain_name());
        let entries = &self.desired.external;
        let (entry, line) = entries.get_key_value(outside).or_else(|| entries.get_key_value(&whole))?;
        Some(LedgerLine {
            entry: entry.clone(),
            reason: line.reason.clone(),
            owner: line.owner.clone(),
            expires: line.expires,
        })
    }

    /// True where a mailbox or an alias stands at this very address.
    pub(super) fn is_held(&self, address: &Address) -> bool {
        let Some(domain) = self.domain(address) else { return false };
        domain.stores().any(|store| {
            [Identity::Mailbox(address.clone()), Identity::Alias(address.clone())]
                .iter()
                .any(|identity| self.world.see(store, identity).is_present())
        })
    }

    /// True where a mailbox stands at this very address.
    pub(super) fn is_mailbox(&self, address: &Address) -> bool {
        let mailbox = Identity::Mailbox(address.clone());
        self.domain(address)
            .is_some_and(|domain| domain.stores().any(|store| self.world.see(store, &mailbox).is_present()))
    }

    /// The targets of the domain's catch-all or domain alias; none where it has none.
    pub(super) fn catch_all(&self, address: &Address) -> Option<&BTreeSet<Address>> {
        let alias = Identity::Alias(Address::whole_domain(&address.domain_name()));
        let mut stores = self.domain(address)?.stores();
        let found = stores.find_map(|store| {
            let seen = self.world.see(store, &alias);
            seen.is_present().then_some(seen)
        })?;
        found.value(&Field::Targets).and_then(Value::addresses)
    }

    /// Everything behind an address.
    pub(super) fn walk(&self, address: &Address) -> Walk {
        let mut ends = Ends::default();
        let mut passed: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
        let mut takers = BTreeSet::new();
        let mut open = vec![address.clone()];
        while let Some(at) = open.pop() {
            if passed.contains_key(&at) {
                continue;
            }
            let Passed { step, next } = self.pass(&at, at == *address);
            if let Step::CatchAll { alias, .. } | Step::DomainAlias { alias, .. } = &step {
                takers.insert(alias.clone());
            }
            match &step {
                Step::Mailbox { .. } | Step::Forward { keeps_copy: true, .. } | Step::WholeDomain => {
                    ends.mailboxes.insert(at.clone());
                }
                Step::Leaves { .. } => _ = ends.outside.insert(at.clone()),
                Step::Unknown { .. } => _ = ends.unknown.insert(at.clone()),
                _ if is_dead_end(&step, &next) => _ = ends.bounces.insert(at.clone()),
                _ => {}
            }
            open.extend(next.iter().cloned());
            passed.insert(at, next);
        }
        ends.circle = circle::members(&passed);
        Walk { ends, path: passed.into_keys().chain(takers).collect() }
    }

    /// What happens to mail at one address. `is_start`: it is what mail is sent to.
    pub(super) fn pass(&self, address: &Address, is_start: bool) -> Passed {
        let ends_here = |step| Passed { step, next: BTreeSet::new() };
        let Some(domain) = self.domain(address) else {
            return ends_here(Step::Leaves { ledger: self.ledger(address) });
        };
        let mut unknown = None;
        if !address.is_domain()
            && let Some((store, mailbox)) =
                self.find(domain, &Identity::Mailbox(address.clone()), &mut unknown)
        {
            return self.pass_mailbox(address, store, &mailbox);
        }
        let alias = self.find(domain, &Identity::Alias(address.clone()), &mut unknown);
        let is_own = alias.is_some() || address.is_domain();
        let whole = Address::whole_domain(&address.domain_name());
        let alias = match alias {
            None if !is_own => {
                let mut unread = None;
                let found = self.find(domain, &Identity::Alias(whole.clone()), &mut unread);
                unknown = unknown.or(unread.filter(|_| self.doubts_catch_all));
                found
            }
            found => found,
        };
        let Some((store, alias)) = alias else {
            return ends_here(match unknown {
                Some(reason) => Step::Unknown { reason },
                None if address.is_domain() && !is_start => Step::WholeDomain,
                None => Step::Nobody,
            });
        };
        let connection = store.clone();
        let targets = alias.value(&Field::Targets).and_then(Value::addresses);
        let is_synonym = targets.is_some_and(|targets| targets.iter().any(Address::is_domain));
        let next: BTreeSet<Address> =
            targets.into_iter().flatten().map(|target| standing_for(address, target)).collect();
        let step = match (is_own, is_synonym) {
            (_, true) => Step::DomainAlias { connection, alias: whole },
            (true, false) if !address.is_domain() => Step::Alias { connection },
            (_, false) => Step::CatchAll { connection, alias: whole },
        };
        Passed { step, next }
    }

    fn pass_mailbox(&self, address: &Address, store: &ConnectionName, mailbox: &Seen<'_>) -> Passed {
        let connection = store.clone();
        let suspended = mailbox.value(&Field::State) == Some(&Value::State(AccountState::Suspended));
        let can = self.capabilities.get(store).and_then(|can| can.kind(Kind::Mailbox));
        if suspended && can.is_some_and(|can| can.suspend == Suspension::LoginAndMail) {
            return Passed { step: Step::Refused { connection }, next: BTreeSet::new() };
        }
        let forward = self.world.see(store, &Identity::Forward(address.clone()));
        let targets = forward.value(&Field::Targets).and_then(Value::addresses);
        let Some(targets) = targets.filter(|targets| !targets.is_empty()) else {
            return Passed { step: Step::Mailbox { connection, suspended }, next: BTreeSet::new() };
        };
        // To forward to oneself is to keep a copy.
        let keeps_copy =
            forward.value(&Field::KeepCopy) != Some(&Value::Bool(false)) || targets.contains(address);
        let next = targets.iter().filter(|target| *target != address).cloned().collect();
        Passed { step: Step::Forward { connection, keeps_copy }, next }
    }

    fn domain(&self, address: &Address) -> Option<&'a DomainWish> {
        self.desired.domains.get(address.domain())
    }

    /// True where this connection is one of the stores of the object's domain.
    fn answers(&self, connection: &ConnectionName, identity: &Identity) -> bool {
        let domain = identity.domain().and_then(|domain| self.desired.domains.get(domain));
        domain.is_some_and(|domain| domain.stores().any(|store| store == connection))
    }

    /// The first store that has an object; where none has it, `unknown` says whether one was not read.
    fn find(
        &self,
        domain: &'a DomainWish,
        identity: &Identity,
        unknown: &mut Option<Reason>,
    ) -> Option<(&'a ConnectionName, Seen<'_>)> {
        for store in domain.stores() {
            match self.world.see(store, identity) {
                Seen::Absent => {}
                Seen::Unknown => {
                    if !self.is_mailbox_by_rule(store, identity)
                        && let Looked::Unknown(reason) = self.observed.look(store, identity)
                    {
                        unknown.get_or_insert(reason);
                    }
                }
                seen => return Some((store, seen)),
            }
        }
        None
    }

    /// One address has one holder: where aliases stand in mailboxes' records, nobody asks for an alias at the address
    /// of a mailbox, and there is none.
    fn is_mailbox_by_rule(&self, store: &ConnectionName, identity: &Identity) -> bool {
        let Identity::Alias(address) = identity else { return false };
        self.capabilities.get(store).is_some_and(keeps_aliases_inside)
            && matches!(self.observed.look(store, &Identity::Mailbox(address.clone())), Looked::Present(_))
    }

    /// Where an object is declared to be.
    fn place(&self, connection: &ConnectionName, identity: &Identity) -> Option<Source> {
        let object = ObjectRef { connection: connection.clone(), identity: identity.clone() };
        let wish = self.desired.objects.get(&object)?;
        wish.at.clone().filter(|_| wish.presence == Presence::Present)
    }
}

/// True where mail ends and nobody takes it.
fn is_dead_end(step: &Step, next: &BTreeSet<Address>) -> bool {
    match step {
        Step::Nobody | Step::Refused { .. } => true,
        Step::Alias { .. } | Step::CatchAll { .. } | Step::DomainAlias { .. } => next.is_empty(),
        _ => false,
    }
}

/// The address that a target means for mail to `address`: a domain alias keeps the part before the `@`.
fn standing_for(address: &Address, target: &Address) -> Address {
    if target.is_domain() && !address.is_domain() {
        Address::new(address.local(), &target.domain_name()).unwrap_or_else(|_| target.clone())
    } else {
        target.clone()
    }
}
