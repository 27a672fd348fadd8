//! Delivers mail by brute force over what the services hold: one station after the other, written from the meaning of
//! mailboxes, forwards, aliases and catch-alls alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mailwright::model::{AccountState, Address, ConnectionName, Field, Fields, Identity, Kind, Value};
use mailwright::provider::Suspension;

use super::super::bench::{Bench, Snapshot};

/// What the services hold at one moment, and which of them take mail for which domain.
#[derive(Clone, Default)]
pub(crate) struct Mail {
    /// The declared domains, each with its stores in their order.
    pub(crate) stores: BTreeMap<String, Vec<ConnectionName>>,
    /// The stores at which a suspended mailbox takes no mail.
    pub(crate) refusing: BTreeSet<ConnectionName>,
    /// The objects of every service.
    pub(crate) objects: Snapshot,
}

/// Where mail for one address ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    /// Whoever gets it: mailboxes, addresses outside, and `@domain` for whoever has an address there.
    pub(crate) recipients: BTreeSet<Address>,
    /// The recipients outside the declared domains.
    pub(crate) outside: BTreeSet<Address>,
    /// Where it bounces.
    pub(crate) dead: BTreeSet<Address>,
    /// What it comes back to.
    pub(crate) circle: BTreeSet<Address>,
}

/// What happens at one address.
#[derive(Debug, Default)]
struct Station {
    receives: bool,
    is_outside: bool,
    is_dead: bool,
    next: BTreeSet<Address>,
}

impl Mail {
    /// The services of a bench, holding these objects.
    pub(crate) fn new(bench: &Bench, objects: Snapshot) -> Self {
        let stores = bench.desired.domains.iter();
        let stores = stores.map(|(domain, wish)| (domain.to_string(), wish.stores().cloned().collect()));
        let refuses = bench.capabilities.iter().filter(|(_, can)| {
            can.kind(Kind::Mailbox).is_some_and(|can| can.suspend == Suspension::LoginAndMail)
        });
        Self {
            stores: stores.collect(),
            refusing: refuses.map(|(connection, _)| connection.clone()).collect(),
            objects,
        }
    }

    /// True where the configuration declares the domain of an address.
    pub(crate) fn is_ours(&self, address: &Address) -> bool {
        self.stores.contains_key(address.domain())
    }

    /// The first store of an address that holds such an object, and what it holds.
    fn first(&self, address: &Address, identity: &Identity) -> Option<(&ConnectionName, &Fields)> {
        let stores = self.stores.get(address.domain())?;
        stores.iter().find_map(|store| Some((store, &self.objects.get(store)?.get(identity)?.fields)))
    }

    fn alias_at(&self, address: &Address) -> Option<&Fields> {
        self.first(address, &Identity::Alias(address.clone())).map(|(_, fields)| fields)
    }

    /// True where a mailbox stands at the address.
    pub(crate) fn has_mailbox(&self, address: &Address) -> bool {
        !address.is_domain() && self.first(address, &Identity::Mailbox(address.clone())).is_some()
    }

    /// True where a mailbox or an alias stands at the address itself.
    pub(crate) fn is_held(&self, address: &Address) -> bool {
        self.has_mailbox(address) || self.alias_at(address).is_some()
    }

    fn station(&self, address: &Address, is_start: bool) -> Station {
        if !self.is_ours(address) {
            return Station { receives: true, is_outside: true, ..Station::default() };
        }
        if !address.is_domain()
            && let Some((store, mailbox)) = self.first(address, &Identity::Mailbox(address.clone()))
        {
            return self.at_mailbox(address, store, mailbox);
        }
        let alias = self.alias_at(address).or_else(|| self.alias_at(&whole(address)));
        match alias {
            Some(alias) => {
                let next: BTreeSet<_> = targets(alias).iter().map(|to| within(address, to)).collect();
                Station { is_dead: next.is_empty(), next, ..Station::default() }
            }
            // Whoever has an address in that domain, so nobody can say that it bounces.
            None if address.is_domain() && !is_start => Station { receives: true, ..Station::default() },
            None => Station { is_dead: true, ..Station::default() },
        }
    }

    fn at_mailbox(&self, address: &Address, store: &ConnectionName, mailbox: &Fields) -> Station {
        let suspended = mailbox.get(&Field::State) == Some(&Value::State(AccountState::Suspended));
        if suspended && self.refusing.contains(store) {
            return Station { is_dead: true, ..Station::default() };
        }
        let forward = self.objects[store].get(&Identity::Forward(address.clone()));
        let to = forward.map(|forward| targets(&forward.fields)).unwrap_or_default();
        let keeps = forward.is_none_or(|f| f.fields.get(&Field::KeepCopy) != Some(&Value::Bool(false)));
        let receives = to.is_empty() || keeps || to.contains(address);
        Station { receives, next: &to - &BTreeSet::from([address.clone()]), ..Station::default() }
    }

    /// All that mail for `start` passes, itself included, each with what happens there.
    fn passed(&self, start: &Address) -> BTreeMap<Address, Station> {
        let mut passed = BTreeMap::from([(start.clone(), self.station(start, true))]);
        loop {
            let on = passed.values().flat_map(|station| &station.next);
            let Some(new) = on.into_iter().find(|next| !passed.contains_key(*next)).cloned() else {
                return passed;
            };
            let station = self.station(&new, false);
            passed.insert(new, station);
        }
    }

    /// Where mail for an address ends.
    pub(crate) fn ways(&self, address: &Address) -> Ways {
        let passed = self.passed(address);
        let all = |is: fn(&Station) -> bool| {
            passed.iter().filter(|(_, station)| is(station)).map(|(at, _)| at.clone()).collect()
        };
        let comes_back = |at: &Address| {
            let mut seen = BTreeSet::new();
            let mut open: Vec<&Address> = passed[at].next.iter().collect();
            while let Some(next) = open.pop() {
                if seen.insert(next) {
                    open.extend(&passed[next].next);
                }
            }
            seen.contains(at)
        };
        Ways {
            recipients: all(|station| station.receives),
            outside: all(|station| station.is_outside),
            dead: all(|station| station.is_dead),
            circle: passed.keys().filter(|at| comes_back(at)).cloned().collect(),
        }
    }

    /// Each object of a store that takes mail for the domain that it lies in.
    fn in_stores(&self) -> impl Iterator<Item = (&Identity, &Fields)> {
        self.objects.iter().flat_map(move |(connection, objects)| {
            objects.iter().filter_map(move |(identity, stored)| {
                let stores = self.stores.get(identity.address()?.domain())?;
                stores.contains(connection).then_some((identity, &stored.fields))
            })
        })
    }

    /// Every address in a declared domain at which something stands or to which something leads.
    pub(crate) fn named(&self) -> BTreeSet<Address> {
        let mut named = BTreeSet::new();
        for (identity, fields) in self.in_stores() {
            let (Identity::Mailbox(at) | Identity::Alias(at) | Identity::Forward(at)) = identity else {
                continue;
            };
            named.insert(at.clone());
            let to = targets(fields);
            named.extend(to.iter().map(|to| within(at, to)));
            named.extend(to);
        }
        named.retain(|address| self.is_ours(address));
        named
    }

    /// The addresses at which mailboxes and aliases stand, `@domain` left out.
    pub(crate) fn people(&self) -> BTreeSet<Address> {
        let held = self.in_stores().filter_map(|(identity, _)| match identity {
            Identity::Mailbox(at) | Identity::Alias(at) if !at.is_domain() => Some(at.clone()),
            _ => None,
        });
        held.collect()
    }

    /// Every domain that stands for another one, both as `@domain`.
    pub(crate) fn synonyms(&self) -> BTreeSet<(Address, Address)> {
        let stands_for = self.in_stores().filter_map(|(identity, _)| match identity {
            // Of two stores the first one's counts.
            Identity::Alias(at) if at.is_domain() => Some((at.clone(), targets(self.alias_at(at)?))),
            _ => None,
        });
        let pairs = stands_for.flat_map(|(old, to)| to.into_iter().map(move |new| (old.clone(), new)));
        pairs.filter(|(_, new)| new.is_domain()).collect()
    }
}

fn targets(fields: &Fields) -> BTreeSet<Address> {
    fields.get(&Field::Targets).and_then(Value::addresses).cloned().unwrap_or_default()
}

/// `@domain` for an address of the domain.
fn whole(address: &Address) -> Address {
    Address::whole_domain(&address.domain_name())
}

/// What a target means for the mail of one address: of a whole domain, the same address there.
fn within(address: &Address, target: &Address) -> Address {
    if !target.is_domain() {
        return target.clone();
    }
    Address::new(address.local(), &target.domain_name()).expect("a local part that an address has")
}

impl fmt::Display for Mail {
    /// One line for each object that mail or access depends on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (domain, stores) in &self.stores {
            let stores: Vec<&str> = stores.iter().map(ConnectionName::as_str).collect();
            writeln!(f, "  {domain} on {}", stores.join(", then "))?;
        }
        for (connection, objects) in &self.objects {
            for (identity, stored) in objects {
                let told = [
                    Field::State,
                    Field::Targets,
                    Field::KeepCopy,
                    Field::PermittedSenders,
                    Field::Rights,
                    Field::Full,
                    Field::Domains,
                ];
                let told = told.iter().filter_map(|field| Some((field, stored.fields.get(field)?)));
                let told: Vec<String> = told.map(|(field, value)| format!(" {field} {value}")).collect();
                writeln!(f, "  {connection} {} {identity}{}", identity.kind(), told.join(","))?;
            }
        }
        Ok(())
    }
}
