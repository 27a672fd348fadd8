//! Which types of connections there are, as data.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::model::{ConnectionName, ConnectionSpec, Kind};

use super::{Capabilities, Provider, ProviderError, Secrets};

/// Every type of connection, by name, in the order in which they are listed.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    types: IndexMap<&'static str, ProviderType>,
}

impl Catalogue {
    /// A catalogue of these types.
    pub fn new(types: impl IntoIterator<Item = ProviderType>) -> Self {
        Self { types: types.into_iter().map(|entry| (entry.name, entry)).collect() }
    }

    /// The type of this name.
    pub fn get(&self, name: &str) -> Option<&ProviderType> {
        self.types.get(name)
    }

    /// All types, in the order in which they are listed.
    pub fn iter(&self) -> impl Iterator<Item = &ProviderType> {
        self.types.values()
    }

    /// What each of these connections can do, as far as its type is known. Those that reach the same service know each
    /// other's logins.
    pub fn all_capabilities(
        &self,
        connections: &BTreeMap<ConnectionName, ConnectionSpec>,
    ) -> BTreeMap<ConnectionName, Capabilities> {
        let of = |(name, spec): (&ConnectionName, _)| Some((name.clone(), self.capabilities(spec)?));
        let alone: BTreeMap<_, _> = connections.iter().filter_map(of).collect();
        let mut all = alone.clone();
        for (name, can) in &mut all {
            let others = alone.iter().filter(|(other, _)| {
                *other != name && connections[*other].is_same_service(&connections[name])
            });
            for (login, connection) in others.flat_map(|(_, other)| &other.logins) {
                can.logins.entry(login.clone()).or_insert_with(|| connection.clone());
            }
        }
        all
    }

    /// What a connection can do; none where its type is unknown.
    pub fn capabilities(&self, spec: &ConnectionSpec) -> Option<Capabilities> {
        self.get(&spec.type_name).map(|entry| (entry.capabilities)(spec))
    }
}

/// What [`ProviderType::connect`] returns.
pub type ConnectFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Arc<dyn Provider>, ProviderError>> + Send + 'a>>;

/// One type of connection.
#[derive(Debug, Clone)]
pub struct ProviderType {
    /// The word after `type:`.
    pub name: &'static str,
    /// The service's name and what it is, in a line.
    pub summary: &'static str,
    /// The keys of a connection.
    pub keys: &'static [KeySpec],
    /// The settings that its objects have.
    pub settings: &'static [SettingSpec],
    /// What a connection can do: a pure function of its keys.
    pub capabilities: fn(&ConnectionSpec) -> Capabilities,
    /// Makes a connection. Sends nothing, except where the service cannot be used without a login.
    pub connect: for<'a> fn(&'a ConnectionSpec, &'a dyn Secrets, &'a Places) -> ConnectFuture<'a>,
}

/// Where files are found.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The configuration's root: where relative paths in it start from.
    pub root: PathBuf,
}

/// A key of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySpec {
    /// The key.
    pub name: &'static str,
    /// What it holds.
    pub kind: KeyKind,
    /// Whether it must be there.
    pub required: bool,
    /// What it is where it is left out, as shown.
    pub default: Option<&'static str>,
    /// What it means.
    pub doc: &'static str,
}

/// What a connection's key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Text.
    Text,
    /// An http or https address. Plain http only to loopback.
    Url,
    /// A database: `sqlite:FILE` as it is, any other as a secret, since it carries a password.
    Database,
    /// A file, relative to the file that names it.
    Path,
    /// A whole number from 1.
    Count,
    /// Seconds, a whole number from 1.
    Seconds,
    /// Yes or no.
    Bool,
    /// A reference to a secret.
    Secret,
    /// Text, or a reference to a secret.
    TextOrSecret,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of words, each one of these.
    Words(&'static [&'static str]),
    /// Free keys with text.
    TextMap,
    /// Keys of its own.
    Keys(&'static [KeySpec]),
}

/// A field that one service has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingSpec {
    /// The service's own word in `snake_case`.
    pub name: &'static str,
    /// The kinds of objects that have it.
    pub kinds: &'static [Kind],
    /// What it holds.
    pub value: SettingType,
    /// What it is where nobody sets it, as shown.
    pub default: Option<&'static str>,
    /// What it means.
    pub doc: &'static str,
}

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingType {
    /// Yes or no.
    Bool,
    /// A whole number within these bounds.
    Int {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// Text of at most so many characters.
    Text {
        /// The most characters.
        max: usize,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A set of words; any word where the list is empty.
    Words(&'static [&'static str]),
    /// A JSON document.
    Json,
}
