//! What the configuration wants, resolved: no profile, no shorthand, no file layout is left in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Address, ConnectionName, DomainName, Fields, Kind, ObjectRef, PerField, Policy, SecretRef, Source,
};

/// Everything that the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// The services, by name.
    pub connections: BTreeMap<ConnectionName, ConnectionSpec>,
    /// The domains and who serves them.
    pub domains: BTreeMap<DomainName, DomainWish>,
    /// Each declared object, once.
    pub objects: BTreeMap<ObjectRef, Wish>,
    /// Where an undeclared object is to be deleted.
    pub closed: Vec<ClosedWorld>,
    /// External addresses, or `@domain`s, that mail may be forwarded to, with the reason.
    pub external: BTreeMap<Address, External>,
    /// The brakes.
    pub policy: Policy,
}

/// A named entry under `providers:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSpec {
    /// Its name.
    pub name: ConnectionName,
    /// The adapter's name, a key of the catalogue.
    pub type_name: Arc<str>,
    /// Its keys, without `type`; relative paths start from the configuration's root.
    pub params: BTreeMap<String, Param>,
    /// Where it is declared.
    pub at: Option<Source>,
}

impl ConnectionSpec {
    /// True where the other connection reaches the same service, under whatever login.
    pub fn is_same_service(&self, other: &Self) -> bool {
        const PLACE: [&str; 6] = ["url", "admin_url", "database", "account", "account_id", "context"];
        let place = |spec: &Self, key: &str| match spec.params.get(key) {
            Some(Param::Text(text)) => Some(Param::Text(text.trim_end_matches('/').to_ascii_lowercase())),
            param => param.cloned(),
        };
        self.type_name == other.type_name && PLACE.iter().all(|key| place(self, key) == place(other, key))
    }

    /// A parameter's text.
    pub fn text(&self, key: &str) -> Option<&str> {
        if let Some(Param::Text(text)) = self.params.get(key) { Some(text) } else { None }
    }

    /// A parameter's number.
    pub fn int(&self, key: &str) -> Option<i64> {
        if let Some(Param::Int(number)) = self.params.get(key) { Some(*number) } else { None }
    }

    /// A parameter's yes or no.
    pub fn bool(&self, key: &str) -> Option<bool> {
        if let Some(Param::Bool(yes)) = self.params.get(key) { Some(*yes) } else { None }
    }

    /// A parameter that refers to a secret.
    pub fn secret(&self, key: &str) -> Option<&SecretRef> {
        if let Some(Param::Secret(secret)) = self.params.get(key) { Some(secret) } else { None }
    }

    /// A parameter that holds parameters.
    pub fn map(&self, key: &str) -> Option<&BTreeMap<String, Param>> {
        if let Some(Param::Map(map)) = self.params.get(key) { Some(map) } else { None }
    }
}

/// The value of a connection's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Param {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// A list of words.
    List(Vec<String>),
    /// Keys of its own.
    Map(BTreeMap<String, Param>),
    /// A reference to a secret.
    Secret(SecretRef),
}

/// What the configuration says of a domain. Whether the domain is an object itself (`manage: true`) is told by a
/// [`Wish`] for it.
#[derive(Debug, Clone)]
pub struct DomainWish {
    /// The store that answers for it; none where this configuration knows its filters alone.
    pub store: Option<ConnectionName>,
    /// Further stores that hold some of its mailboxes.
    pub also: Vec<ConnectionName>,
    /// Services that must know every mailbox address.
    pub filters: Vec<ConnectionName>,
    /// Stores that it moves away from.
    pub leaving: BTreeMap<ConnectionName, Leaving>,
    /// Kinds that are a closed world here.
    pub prune: BTreeSet<Kind>,
    /// Globs of addresses that are neither changed, pruned nor counted.
    pub ignore: Vec<String>,
    /// Where it is declared.
    pub at: Option<Source>,
}

impl DomainWish {
    /// Every connection that the domain names, in the order store, also, filters, leaving.
    pub fn connections(&self) -> impl Iterator<Item = &ConnectionName> {
        self.stores().chain(&self.filters).chain(self.leaving.keys())
    }

    /// The stores that its mailboxes and aliases may lie in, the one that answers for it first.
    pub fn stores(&self) -> impl Iterator<Item = &ConnectionName> {
        self.store.iter().chain(&self.also)
    }
}

/// What happens to what a store still holds of a domain that moves away from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// Read and shown, never changed.
    Keep,
    /// Removed, under the guards of any delete.
    Remove,
}

/// Whether an object is to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must exist.
    Present,
    /// It must not exist.
    Absent,
}

/// One declared object.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whether it is to be there.
    pub presence: Presence,
    /// The fields that are managed.
    pub fields: Fields,
    /// Former addresses: renamed from, where one of them is there and this one is not.
    pub was: Vec<Address>,
    /// Where it is declared.
    pub at: Option<Source>,
    /// Where its fields are declared, where that is elsewhere than `at`.
    pub field_at: PerField<Source>,
}

impl Wish {
    /// A wish that the object exists with these fields.
    pub fn present(fields: Fields) -> Self {
        Self { presence: Presence::Present, fields, was: Vec::new(), at: None, field_at: PerField::new() }
    }

    /// A wish that the object does not exist.
    pub fn absent() -> Self {
        Self { presence: Presence::Absent, ..Self::present(Fields::new()) }
    }
}

/// A place where every undeclared object is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClosedWorld {
    /// The connection that holds it.
    pub connection: ConnectionName,
    /// What it covers.
    pub extent: ClosedExtent,
    /// Where it is declared.
    pub at: Option<Source>,
}

/// What a closed world covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClosedExtent {
    /// All objects of a kind in a domain (`prune`).
    Domain(Kind, DomainName),
    /// The aliases whose only target is this mailbox (its `aliases:` list), in every domain of the connection.
    AliasesOf(Address),
    /// The permissions on this mailbox (its `permissions:` map).
    PermissionsOf(Address),
}

/// An entry of the ledger of external forwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// Why mail may go there.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it holds, as `YYYY-MM-DD`.
    pub expires: Option<jiff::civil::Date>,
    /// Where it is declared.
    pub at: Option<Source>,
}
