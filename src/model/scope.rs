//! What is to be read of a service, and how much of it a reading covers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Address, DomainName, Field, Identity, Kind};

/// What a plan needs to know of one connection. Nothing else is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// The parts, at most one per kind and extent.
    pub parts: Vec<ScopePart>,
    /// Whether facts are wanted, also those that cost calls of their own, like how full a mailbox is: for `show`, never for
    /// a plan.
    pub facts: bool,
    /// Where an alias may still stand that is asked for and stands in the record of a mailbox: by domain, the mailboxes
    /// whose records were not looked at before. Where a domain is named here, all its mailboxes are known, and nothing
    /// needs to be listed again.
    pub left_to_search: BTreeMap<DomainName, BTreeSet<Address>>,
}

impl Scope {
    /// What a plan needs: these parts, and no facts.
    pub fn of(parts: Vec<ScopePart>) -> Self {
        Self { parts, ..Self::default() }
    }

    /// True where nothing needs to be read.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// True where some part asks for objects of `kind`.
    pub fn asks(&self, kind: Kind) -> bool {
        self.parts.iter().any(|part| part.collection.kind == kind)
    }

    /// True where some part that covers `identity` asks for `field`.
    pub fn wants(&self, identity: &Identity, field: &Field) -> bool {
        self.parts.iter().any(|part| part.fields.contains(field) && part.collection.covers(identity))
    }

    /// True where some part covers `identity`.
    pub fn covers(&self, identity: &Identity) -> bool {
        self.parts.iter().any(|part| part.collection.covers(identity))
    }
}

/// A collection and the fields that are wanted of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopePart {
    /// Which objects.
    pub collection: Collection,
    /// Which of their fields; a provider may tell more.
    pub fields: BTreeSet<Field>,
}

/// A set of objects of one kind, known by its extent rather than by its members.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Collection {
    /// The kind of its members.
    pub kind: Kind,
    /// How far it reaches.
    pub extent: Extent,
}

/// How far a collection reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Everything that the connection has of the kind.
    Everything,
    /// Everything in one domain.
    Domain(DomainName),
    /// Everything that is a part of these mailboxes.
    PartsOf(BTreeSet<Address>),
    /// These objects.
    Objects(BTreeSet<Identity>),
}

impl Collection {
    /// All objects of a kind in a domain.
    pub fn domain(kind: Kind, domain: &DomainName) -> Self {
        Self { kind, extent: Extent::Domain(domain.clone()) }
    }

    /// All objects of a kind.
    pub fn everything(kind: Kind) -> Self {
        Self { kind, extent: Extent::Everything }
    }

    /// One object.
    pub fn object(identity: &Identity) -> Self {
        Self { kind: identity.kind(), extent: Extent::Objects(BTreeSet::from([identity.clone()])) }
    }

    /// The parts of one kind that one mailbox has.
    pub fn parts_of(kind: Kind, mailbox: &Address) -> Self {
        Self { kind, extent: Extent::PartsOf(BTreeSet::from([mailbox.clone()])) }
    }

    /// True where `identity` would be a member if it existed.
    pub fn covers(&self, identity: &Identity) -> bool {
        self.kind == identity.kind()
            && match &self.extent {
                Extent::Everything => true,
                Extent::Domain(domain) => identity.domain() == Some(domain.as_str()),
                Extent::PartsOf(mailboxes) => {
                    identity.part_of().is_some_and(|mailbox| mailboxes.contains(mailbox))
                }
                Extent::Objects(objects) => objects.contains(identity),
            }
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.extent {
            Extent::Everything => write!(f, "{}", self.kind.plural()),
            Extent::Domain(domain) => write!(f, "{} of {domain}", self.kind.plural()),
            Extent::PartsOf(mailboxes) => match mailboxes.first() {
                Some(mailbox) if mailboxes.len() == 1 => write!(f, "{} of {mailbox}", self.kind.plural()),
                _ => write!(f, "{} of {} mailboxes", self.kind.plural(), mailboxes.len()),
            },
            Extent::Objects(objects) => match objects.first() {
                Some(object) if objects.len() == 1 => write!(f, "{} {object}", self.kind),
                _ => write!(f, "{} {}", objects.len(), self.kind.plural()),
            },
        }
    }
}
