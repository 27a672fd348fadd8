//! What an object is called: its connection, kind and identity.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Address, DomainName};

/// The kinds of objects, in the order in which plans and exports list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A mail domain.
    Domain,
    /// A mailbox.
    Mailbox,
    /// An alias, a list or a catch-all.
    Alias,
    /// A mailbox's forward.
    Forward,
    /// One grantee's rights on one mailbox.
    Permission,
    /// A mailbox's allow and block lists.
    SenderRules,
    /// Somebody who may administer the service.
    Administrator,
    /// An address that a filter knows.
    Registration,
    /// An object of a kind that one service has for itself.
    Object,
}

/// A text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of object")]
pub struct UnknownKind(pub String);

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 9] = [
        Self::Domain,
        Self::Mailbox,
        Self::Alias,
        Self::Forward,
        Self::Permission,
        Self::SenderRules,
        Self::Administrator,
        Self::Registration,
        Self::Object,
    ];

    /// The singular word, as in `--allow delete:mailbox:…`.
    pub fn singular(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Mailbox => "mailbox",
            Self::Alias => "alias",
            Self::Forward => "forward",
            Self::Permission => "permission",
            Self::SenderRules => "sender_rules",
            Self::Administrator => "administrator",
            Self::Registration => "registration",
            Self::Object => "object",
        }
    }

    /// The plural word, as in `prune` and `policy`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Domain => "domains",
            Self::Mailbox => "mailboxes",
            Self::Alias => "aliases",
            Self::Forward => "forwards",
            Self::Permission => "permissions",
            Self::SenderRules => "sender_rules",
            Self::Administrator => "administrators",
            Self::Registration => "registrations",
            Self::Object => "objects",
        }
    }

    /// The kind of a plural word.
    pub fn from_plural(word: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.plural() == word).ok_or_else(|| UnknownKind(word.to_owned()))
    }

    /// True for the kinds that are parts of a mailbox and cannot be without it.
    pub fn is_part(self) -> bool {
        matches!(self, Self::Forward | Self::Permission | Self::SenderRules)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.singular())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;
    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.singular() == word).ok_or_else(|| UnknownKind(word.to_owned()))
    }
}

/// The name of a connection: a key under `providers:`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionName(Arc<str>);

impl ConnectionName {
    /// Wraps a name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What tells one object from the others of its connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// A domain by its name.
    Domain(DomainName),
    /// A mailbox by its address.
    Mailbox(Address),
    /// An alias by its address; `@domain` for a catch-all or a domain alias.
    Alias(Address),
    /// A forward by its mailbox's address.
    Forward(Address),
    /// A permission by the mailbox and who may use it.
    Permission {
        /// The mailbox that is shared.
        mailbox: Address,
        /// Who gets the rights.
        grantee: Address,
    },
    /// Sender rules by their mailbox's address.
    SenderRules(Address),
    /// An administrator by login, which is compared in ASCII lower case; one that is an address, as an address.
    Administrator(Arc<str>),
    /// A registration by the address that is registered.
    Registration(Address),
    /// A service's own object by its kind there and its name.
    Object {
        /// The service's own kind.
        kind: Arc<str>,
        /// The name within that kind.
        name: Arc<str>,
    },
}

impl Identity {
    /// An administrator's identity.
    pub fn administrator(login: &str) -> Self {
        match Address::parse(login) {
            Ok(address) => Self::Administrator(address.as_str().into()),
            Err(_) => Self::Administrator(login.to_ascii_lowercase().into()),
        }
    }

    /// The kind of object that this identity names.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Domain(_) => Kind::Domain,
            Self::Mailbox(_) => Kind::Mailbox,
            Self::Alias(_) => Kind::Alias,
            Self::Forward(_) => Kind::Forward,
            Self::Permission { .. } => Kind::Permission,
            Self::SenderRules(_) => Kind::SenderRules,
            Self::Administrator(_) => Kind::Administrator,
            Self::Registration(_) => Kind::Registration,
            Self::Object { .. } => Kind::Object,
        }
    }

    /// The address that this identity speaks of, the mailbox's for its parts.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Mailbox(address)
            | Self::Alias(address)
            | Self::Forward(address)
            | Self::SenderRules(address)
            | Self::Registration(address)
            | Self::Permission { mailbox: address, .. } => Some(address),
            Self::Domain(_) | Self::Administrator(_) | Self::Object { .. } => None,
        }
    }

    /// The mailbox that this object is a part of.
    pub fn part_of(&self) -> Option<&Address> {
        self.kind().is_part().then(|| self.address()).flatten()
    }

    /// The domain that this object lies in, in comparing form; none for what belongs to no domain.
    pub fn domain(&self) -> Option<&str> {
        match self {
            Self::Domain(name) => Some(name.as_str()),
            Self::Administrator(login) => login.rsplit_once('@').map(|(_, domain)| domain),
            Self::Object { .. } => None,
            _ => self.address().map(Address::domain),
        }
    }
}

impl fmt::Display for Identity {
    /// The identity within its kind; a permission as `mailbox/grantee`, an object as `kind/name`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(name) => write!(f, "{name}"),
            Self::Mailbox(a)
            | Self::Alias(a)
            | Self::Forward(a)
            | Self::SenderRules(a)
            | Self::Registration(a) => {
                write!(f, "{a}")
            }
            Self::Permission { mailbox, grantee } => write!(f, "{mailbox}/{grantee}"),
            Self::Administrator(login) => f.write_str(login),
            Self::Object { kind, name } => write!(f, "{kind}/{name}"),
        }
    }
}

/// One object of one connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The connection that holds it.
    pub connection: ConnectionName,
    /// Which object of that connection.
    pub identity: Identity,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} on {}", self.identity.kind(), self.identity, self.connection)
    }
}
