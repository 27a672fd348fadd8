//! From a random situation to services that hold something and a configuration that wants something.

use std::collections::{BTreeMap, BTreeSet};

use mailwright::model::{
    Address, Cap, ConnectionName, ConnectionSpec, Desired, DomainWish, Field, Fields, Identity, Kind,
    Leaving, Narrowing, ObjectRef, Policy, SecretRef, Value, Verb,
};
use mailwright::provider::{Capabilities, FieldCapability};

use super::super::bench::Bench;
use super::super::build::put;
use super::super::values::{connection, domain, rights, state};
use super::super::wish::declare;
use super::case::{
    Case, DOMAINS, Forward, Held, LOGINS, Layout, POOL, STANDS, STORES, Want, WantAlias, WantMailbox,
};
use crate::memory::{self, Memory, State, profile};

pub(crate) fn address(number: usize) -> Address {
    Address::parse_or_domain(POOL[number]).expect("the pool holds addresses")
}

fn addresses(numbers: &[usize]) -> Value {
    Value::Addresses(numbers.iter().map(|number| address(*number)).collect())
}

fn forward((targets, keep): &Forward) -> Fields {
    let mut fields = Fields::new().with(Field::Targets, addresses(targets));
    if let Some(keep) = keep {
        fields.set(Field::KeepCopy, Value::Bool(*keep));
    }
    fields
}

fn powers((full, domains): (bool, u8)) -> Fields {
    let named = (0..DOMAINS.len()).filter(|bit| domains >> bit & 1 == 1).map(|bit| domain(DOMAINS[bit]));
    Fields::new().with(Field::Full, Value::Bool(full)).with(Field::Domains, Value::Domains(named.collect()))
}

impl Layout {
    /// The stores, by number and in their order.
    fn stores(self) -> &'static [usize] {
        match self {
            Self::One | Self::LeavesTwo(_) => &[0],
            Self::Two => &[1],
            Self::OneThenTwo => &[0, 1],
            Self::TwoThenOne => &[1, 0],
        }
    }

    /// True where the domain names a store in any way.
    fn names(self, store: usize) -> bool {
        self.stores().contains(&store) || matches!(self, Self::LeavesTwo(_))
    }
}

impl Case {
    fn layout(&self, address: &Address) -> Layout {
        let number = DOMAINS.iter().position(|domain| *domain == address.domain());
        self.layouts[number.expect("a declared domain")]
    }

    /// The services and the configuration.
    pub(crate) fn build(&self) -> Bench {
        let stores = STORES.iter().zip(self.profiles);
        let mut capabilities: BTreeMap<ConnectionName, Capabilities> =
            stores.map(|(name, number)| (connection(name), store(number))).collect();
        if self.filter {
            capabilities.insert(connection("gate"), profile("filter"));
        }
        let held = |(name, can): (&ConnectionName, &Capabilities)| {
            let number = STORES.iter().position(|store| *store == name.as_str());
            (name.clone(), Memory::new(number.map_or_else(|| registered(can), |n| self.hold(n, can))))
        };
        Bench {
            services: capabilities.iter().map(held).collect(),
            desired: self.wish(&capabilities),
            capabilities,
            overrides: if self.released { releases() } else { Vec::new() },
            narrowing: Narrowing::default(),
            today: jiff::civil::date(2026, 3, 1),
        }
    }

    fn hold(&self, store: usize, can: &Capabilities) -> State {
        let domains = DOMAINS.iter().zip(self.layouts).filter(|(_, layout)| layout.names(store));
        let mut state = State::of(can.clone(), domains.map(|(name, _)| domain(name)));
        for (number, slot) in self.slots.iter().enumerate() {
            let at = address(number);
            if self.layout(&at).names(store) {
                let (held, standing) = &slot.held[store];
                hold(&mut state, &at, held, *standing);
            }
        }
        state.settle_aliases();
        state.drop_homeless_aliases();
        for permission in self.permissions.iter().filter(|permission| permission.store == store) {
            let (mailbox, grantee) = (address(permission.mailbox), address(permission.grantee));
            let there = state.objects.contains_key(&Identity::Mailbox(mailbox.clone()));
            if let Some(bits) = permission.rights.held.filter(|_| there && mailbox != grantee) {
                let fields = Fields::new().with(Field::Rights, rights(bits));
                put(&mut state, Identity::Permission { mailbox, grantee }, &fields, 0);
            }
        }
        for (number, both) in self.administrators.iter().enumerate() {
            if let Some(held) = both.held.filter(|_| number / LOGINS.len() == store) {
                let identity = Identity::administrator(LOGINS[number % LOGINS.len()]);
                put(&mut state, identity, &powers(held), 0);
            }
        }
        state
    }

    fn wish(&self, capabilities: &BTreeMap<ConnectionName, Capabilities>) -> Desired {
        let mut desired = Desired { policy: policy(), ..Desired::default() };
        for name in capabilities.keys() {
            let (type_name, params) = ("memory".into(), BTreeMap::new());
            let spec = ConnectionSpec { name: name.clone(), type_name, params, at: None };
            desired.connections.insert(name.clone(), spec);
        }
        for (name, layout) in DOMAINS.iter().zip(self.layouts) {
            let mut stores = layout.stores().iter().map(|store| connection(STORES[*store]));
            let leaving = match layout {
                Layout::LeavesTwo(true) => [(connection("two"), Leaving::Remove)].into(),
                Layout::LeavesTwo(false) => [(connection("two"), Leaving::Keep)].into(),
                _ => BTreeMap::new(),
            };
            let filters =
                if self.filter && *name == "a.example" { vec![connection("gate")] } else { Vec::new() };
            let wish = DomainWish {
                store: stores.next(),
                also: stores.collect(),
                filters,
                leaving,
                prune: BTreeSet::new(),
                ignore: Vec::new(),
                at: None,
            };
            desired.domains.insert(domain(name), wish);
        }
        for number in 0..STANDS {
            self.wish_address(&mut desired, number);
        }
        self.wish_access(&mut desired);
        desired
    }

    /// The stores that the wishes for an address go to: its own, and the other one where there is one.
    fn stores_of(&self, number: usize) -> (usize, Option<usize>) {
        match *self.layout(&address(number)).stores() {
            [first, second] if self.slots[number].on_second => (second, Some(first)),
            [first, second] => (first, Some(second)),
            [only] => (only, None),
            _ => unreachable!("a domain has one store or two"),
        }
    }

    fn wish_address(&self, desired: &mut Desired, number: usize) {
        let at = address(number);
        let (own, other) = self.stores_of(number);
        let store = connection(STORES[own]);
        let (mailbox, alias) = match &self.slots[number].want {
            Want::Nothing => (None, None),
            Want::Mailbox(mailbox) => (Some(Some(mailbox)), None),
            Want::NoMailbox => (Some(None), None),
            Want::Alias(alias) => (None, Some(Some(alias))),
            Want::NoAlias => (None, Some(None)),
            Want::ToAlias(alias) => (Some(None), Some(Some(alias))),
            Want::ToMailbox(mailbox) => (Some(Some(mailbox)), Some(None)),
        };
        match mailbox {
            Some(Some(mailbox)) => self.wish_mailbox(desired, number, own, mailbox),
            Some(None) => declare(desired, &store, Identity::Mailbox(at.clone()), None),
            None => {}
        }
        if let Some(other) = other.filter(|_| self.slots[number].leaves_other && !at.is_domain()) {
            declare(desired, &connection(STORES[other]), Identity::Mailbox(at.clone()), None);
        }
        if let Some(alias) = alias {
            let fields = alias.map(|alias: &WantAlias| {
                let mut fields = Fields::new().with(Field::Targets, addresses(&alias.targets));
                if let Some(senders) = &alias.senders {
                    fields.set(Field::PermittedSenders, addresses(senders));
                }
                fields
            });
            declare(desired, &store, Identity::Alias(at), fields);
        }
    }

    fn wish_mailbox(&self, desired: &mut Desired, number: usize, store: usize, mailbox: &WantMailbox) {
        let (at, name) = (address(number), connection(STORES[store]));
        let mut fields = Fields::new();
        if let Some(suspended) = mailbox.suspended {
            fields.set(Field::State, state(suspended));
        }
        if memory::STORES[self.profiles[store]] != "strict" {
            fields.set(Field::Password, Value::Secret(SecretRef::Env("PASSWORD".into())));
        }
        let identity = Identity::Mailbox(at.clone());
        declare(desired, &name, identity.clone(), Some(fields));
        if let Some(former) = mailbox.was.filter(|former| self.may_have_been(*former, number, store))
            && let Some(wish) = desired.objects.get_mut(&ObjectRef { connection: name.clone(), identity })
        {
            wish.was.push(address(former));
        }
        if let Some(wanted) = &mailbox.forward {
            declare(desired, &name, Identity::Forward(at), wanted.as_ref().map(forward));
        }
    }

    /// What a configuration must keep to, or it is refused when it is read: a former address lies in a domain of the
    /// same store, is not declared as a mailbox, and nobody else was it.
    fn may_have_been(&self, former: usize, number: usize, store: usize) -> bool {
        let was = |other: usize| match &self.slots[other].want {
            Want::Mailbox(mailbox) | Want::ToMailbox(mailbox) => mailbox.was,
            _ => None,
        };
        let wants_none = matches!(self.slots[former].want, Want::Nothing | Want::Alias(_) | Want::NoAlias);
        let stands_alone = !self.slots[former].leaves_other && wants_none;
        let first = (0..number).all(|other| was(other) != Some(former));
        let same_store = self.layout(&address(former)).stores().contains(&store);
        former != number && stands_alone && first && same_store
    }

    fn wish_access(&self, desired: &mut Desired) {
        for permission in &self.permissions {
            let (mailbox, grantee) = (address(permission.mailbox), address(permission.grantee));
            let at_home = self.layout(&mailbox).stores().contains(&permission.store);
            if let Some(want) = permission.rights.want.filter(|_| at_home && mailbox != grantee) {
                let fields = want.map(|bits| Fields::new().with(Field::Rights, rights(bits)));
                let store = connection(STORES[permission.store]);
                declare(desired, &store, Identity::Permission { mailbox, grantee }, fields);
            }
        }
        for (number, both) in self.administrators.iter().enumerate() {
            let (store, login) = (number / LOGINS.len(), LOGINS[number % LOGINS.len()]);
            // A connection that no domain names is not read.
            let is_read = self.layouts.iter().any(|layout| layout.names(store));
            if let Some(want) = both.want.filter(|_| is_read) {
                let identity = Identity::administrator(login);
                declare(desired, &connection(STORES[store]), identity, want.map(powers));
            }
        }
    }
}

/// A profile whose administrators may look after some domains, too.
fn store(number: usize) -> Capabilities {
    let mut can = profile(memory::STORES[number]);
    if let Some(kind) = can.kinds.get_mut(&Kind::Administrator) {
        kind.fields.insert(Field::Domains, FieldCapability::new());
    }
    can
}

/// A filter that knows some addresses.
fn registered(can: &Capabilities) -> State {
    let mut state = State::of(can.clone(), [domain("a.example")]);
    for number in 0..3 {
        put(&mut state, Identity::Registration(address(number)), &Fields::new(), 0);
    }
    state
}

/// No cap is in the way.
fn policy() -> Policy {
    let mut policy = Policy::default();
    for kind in Kind::ALL {
        policy.max_deletes.insert(kind, Cap { count: 1000, at: None });
    }
    policy
}

/// Releases whatever a guard holds back by name.
fn releases() -> Vec<mailwright::model::Override> {
    let verbs = [Verb::Create, Verb::Update, Verb::Rename, Verb::Delete];
    let kinds = [Kind::Mailbox, Kind::Alias, Kind::Forward];
    let of_one = |number: usize| {
        kinds.into_iter().flat_map(move |kind| {
            verbs.into_iter().map(move |verb| mailwright::model::Override::of(verb, kind, POOL[number]))
        })
    };
    (0..STANDS).flat_map(of_one).collect()
}

fn hold(state: &mut State, at: &Address, held: &Held, standing: u8) {
    match held {
        Held::Nothing => {}
        Held::Mailbox { suspended, forward: to } => {
            let mut fields = Fields::new();
            if *suspended {
                fields.set(Field::State, super::super::values::state(true));
            }
            // A mailbox by itself is nothing that services make.
            put(state, Identity::Mailbox(at.clone()), &fields, standing % 2);
            if let Some(to) = to
                && state.objects.contains_key(&Identity::Mailbox(at.clone()))
            {
                put(state, Identity::Forward(at.clone()), &forward(to), 0);
            }
        }
        Held::Alias { targets, senders } => {
            let fields = Fields::new()
                .with(Field::Targets, addresses(targets))
                .with(Field::PermittedSenders, addresses(senders));
            put(state, Identity::Alias(at.clone()), &fields, standing);
        }
    }
}
