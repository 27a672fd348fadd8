//! What a scope asks of one kind, in the form in which a statement takes it and a row is checked against it.

use std::collections::{BTreeSet, HashSet};

use crate::model::{Address, Extent, Identity, Kind, Scope};

/// What is wanted of one kind. Looking an address up takes no longer when more is wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    everything: bool,
    domains: BTreeSet<String>,
    addresses: HashSet<Address>,
    pairs: HashSet<(Address, Address)>,
}

impl Wanted {
    /// What `scope` asks of `kind`.
    pub(super) fn of(scope: &Scope, kind: Kind) -> Self {
        let mut wanted = Self::default();
        for part in scope.parts.iter().filter(|part| part.collection.kind == kind) {
            match &part.collection.extent {
                Extent::Everything => wanted.everything = true,
                Extent::Domain(domain) => {
                    wanted.domains.insert(domain.as_str().to_owned());
                }
                Extent::PartsOf(mailboxes) => wanted.addresses.extend(mailboxes.iter().cloned()),
                Extent::Objects(objects) => objects.iter().for_each(|identity| wanted.add(identity)),
            }
        }
        wanted
    }

    fn add(&mut self, identity: &Identity) {
        match identity {
            Identity::Permission { mailbox, grantee } => {
                self.pairs.insert((mailbox.clone(), grantee.clone()));
            }
            Identity::Domain(name) => {
                self.domains.insert(name.as_str().to_owned());
            }
            other => self.addresses.extend(other.address().cloned()),
        }
    }

    /// What either of two asks.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.everything |= other.everything;
        both.domains.extend(other.domains.iter().cloned());
        both.addresses.extend(other.addresses.iter().cloned());
        both.pairs.extend(other.pairs.iter().cloned());
        both
    }

    /// True where nothing is wanted.
    pub(super) fn is_empty(&self) -> bool {
        !self.everything && self.domains.is_empty() && self.addresses.is_empty() && self.pairs.is_empty()
    }

    /// Whether an address is wanted.
    pub(super) fn holds(&self, address: &Address) -> bool {
        self.everything || self.domains.contains(address.domain()) || self.addresses.contains(address)
    }

    /// Whether a grantee's permission on a mailbox is wanted.
    pub(super) fn holds_pair(&self, mailbox: &Address, grantee: &Address) -> bool {
        self.holds(mailbox)
            || (!self.pairs.is_empty() && self.pairs.contains(&(mailbox.clone(), grantee.clone())))
    }

    /// The first parameter of a statement: all rows.
    pub(super) fn everything(&self) -> bool {
        self.everything
    }

    /// The second parameter: the domains, as a JSON list.
    pub(super) fn domains(&self) -> String {
        json(self.domains.iter().map(String::as_str))
    }

    /// The third parameter: the addresses, as a JSON list; of permissions, the mailboxes.
    pub(super) fn addresses(&self) -> String {
        let owners = self.pairs.iter().map(|(mailbox, _)| mailbox);
        json(self.addresses.iter().chain(owners).map(Address::as_str))
    }
}

fn json<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<serde_json::Value>().to_string()
}
