//! What the services said: present, absent or unknown for each object, known or not read for each field.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Address, Collection, ConnectionName, DomainName, Extent, Identity, Kind, Readings};

/// A reason in words, shown as it is.
pub type Reason = Arc<str>;

/// The record at the service that an object is stored in. Objects with the same record are never written at once.
pub type RecordId = Arc<str>;

/// The adapter's own id of an object; nobody else reads it.
pub type RemoteId = Arc<str>;

/// Read-only facts for `show` (usage, last login), never compared.
pub type Facts = BTreeMap<String, String>;

/// What all connections said.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// By connection.
    pub connections: BTreeMap<ConnectionName, ConnectionState>,
}

impl Observed {
    /// What a connection said of an object; unknown where it was not read at all.
    pub fn look(&self, connection: &ConnectionName, identity: &Identity) -> Looked<'_> {
        match self.connections.get(connection) {
            Some(state) => state.look(identity),
            None => Looked::Unknown("its connection was not read".into()),
        }
    }
}

/// What one connection said.
#[derive(Debug, Clone, Default)]
pub struct ConnectionState {
    /// The objects that were found.
    pub objects: BTreeMap<Identity, Box<ObservedObject>>,
    /// Objects of which the service says too little to know whether they exist.
    pub unknown: BTreeMap<Identity, Reason>,
    /// How many calls the reading took, where the service is one that is called.
    pub calls: u64,
    /// The account that was read, where the service names it.
    pub account: Option<String>,
    coverage: BTreeMap<Kind, Coverage>,
}

#[derive(Debug, Clone, Default)]
struct Coverage {
    everything: Option<Completeness>,
    domains: BTreeMap<DomainName, Completeness>,
    parts_of: BTreeMap<Address, Completeness>,
    objects: BTreeMap<Identity, Completeness>,
}

impl Coverage {
    /// Every extent with what was said of it.
    fn into_words(self) -> impl Iterator<Item = (Extent, Completeness)> {
        let everything = self.everything.into_iter().map(|word| (Extent::Everything, word));
        let domains = self.domains.into_iter().map(|(domain, word)| (Extent::Domain(domain), word));
        let parts = self.parts_of.into_iter().map(|(of, word)| (Extent::PartsOf([of].into()), word));
        let objects = self.objects.into_iter().map(|(one, word)| (Extent::Objects([one].into()), word));
        everything.chain(domains).chain(parts).chain(objects)
    }
}

impl ConnectionState {
    /// Records how completely a collection was read. A worse word about the same collection wins.
    pub fn end(&mut self, collection: Collection, completeness: &Completeness) {
        fn note<K: Ord>(map: &mut BTreeMap<K, Completeness>, key: K, word: &Completeness) {
            let entry = map.entry(key).or_insert_with(|| word.clone());
            if entry.is_complete() {
                *entry = word.clone();
            }
        }
        let coverage = self.coverage.entry(collection.kind).or_default();
        match collection.extent {
            Extent::Everything => {
                if coverage.everything.as_ref().is_none_or(Completeness::is_complete) {
                    coverage.everything = Some(completeness.clone());
                }
            }
            Extent::Domain(domain) => note(&mut coverage.domains, domain, completeness),
            Extent::PartsOf(mailboxes) => {
                for mailbox in mailboxes {
                    note(&mut coverage.parts_of, mailbox, completeness);
                }
            }
            Extent::Objects(objects) => {
                for object in objects {
                    note(&mut coverage.objects, object, completeness);
                }
            }
        }
    }

    /// True where nothing was read.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.unknown.is_empty() && self.coverage.is_empty()
    }

    /// Takes what was found. Of two that tell the same object the later counts.
    pub fn tell(&mut self, found: Vec<Box<ObservedObject>>) {
        let found = found.into_iter().map(|object| (object.identity.clone(), object));
        // Made of a sorted run, a tree is full and takes half the room.
        self.objects.append(&mut found.collect());
    }

    /// Adds what a further reading said. What was said first of an object stays.
    pub fn absorb(&mut self, further: Self) {
        if self.is_empty() {
            let (calls, account) = (self.calls, self.account.take());
            *self = further;
            self.calls += calls;
            self.account = account.or(self.account.take());
            return;
        }
        for (identity, object) in further.objects {
            self.objects.entry(identity).or_insert(object);
        }
        for (identity, reason) in further.unknown {
            self.unknown.entry(identity).or_insert(reason);
        }
        for (kind, coverage) in further.coverage {
            for (extent, word) in coverage.into_words() {
                self.end(Collection { kind, extent }, &word);
            }
        }
        self.calls += further.calls;
        self.account = self.account.take().or(further.account);
    }

    /// What was said of an object.
    pub fn look(&self, identity: &Identity) -> Looked<'_> {
        if let Some(object) = self.objects.get(identity) {
            return if matches!(object.standing, Standing::Remains(_)) {
                Looked::Absent { remains: Some(object) }
            } else {
                Looked::Present(object)
            };
        }
        if let Some(reason) = self.unknown.get(identity) {
            return Looked::Unknown(Arc::clone(reason));
        }
        match self.covering(identity) {
            Some(Completeness::Complete) => Looked::Absent { remains: None },
            Some(Completeness::Incomplete(reason)) => Looked::Unknown(Arc::clone(reason)),
            None => Looked::Unknown("it was not read".into()),
        }
    }

    /// How completely a collection was read; none where nothing was said of it.
    pub fn completeness(&self, collection: &Collection) -> Option<Completeness> {
        let coverage = self.coverage.get(&collection.kind)?;
        let own = match &collection.extent {
            Extent::Everything => None,
            Extent::Domain(domain) => coverage.domains.get(domain).cloned(),
            // An alias in a mailbox's record may be one of another domain.
            Extent::PartsOf(mailboxes) => worst(mailboxes.iter().map(|mailbox| {
                let in_domain =
                    || coverage.domains.get(mailbox.domain()).filter(|_| collection.kind.is_part());
                coverage.parts_of.get(mailbox).or_else(in_domain)
            })),
            Extent::Objects(objects) => worst(objects.iter().map(|object| self.covering(object))),
        };
        match (own, &coverage.everything) {
            (Some(Completeness::Complete), _) | (_, Some(Completeness::Complete)) => {
                Some(Completeness::Complete)
            }
            (Some(own), _) => Some(own),
            (None, everything) => everything.clone(),
        }
    }

    /// Every collection that was not read to its end, with the reason.
    pub fn incomplete(&self) -> Vec<(Collection, Reason)> {
        let mut found = Vec::new();
        for (&kind, coverage) in &self.coverage {
            for (extent, word) in coverage.clone().into_words() {
                if let Completeness::Incomplete(reason) = word {
                    found.push((Collection { kind, extent }, reason));
                }
            }
        }
        found
    }

    fn covering(&self, identity: &Identity) -> Option<&Completeness> {
        let coverage = self.coverage.get(&identity.kind())?;
        let mut words = [
            coverage.objects.get(identity),
            identity.part_of().and_then(|mailbox| coverage.parts_of.get(mailbox)),
            identity.domain().and_then(|domain| coverage.domains.get(domain)),
            coverage.everything.as_ref(),
        ]
        .into_iter()
        .flatten();
        let first = words.next()?;
        if first.is_complete() {
            Some(first)
        } else {
            Some(words.find(|word| word.is_complete()).unwrap_or(first))
        }
    }
}

fn worst<'a>(words: impl Iterator<Item = Option<&'a Completeness>>) -> Option<Completeness> {
    let mut result = None;
    for word in words {
        let word = word?;
        if !word.is_complete() {
            return Some(word.clone());
        }
        result = Some(word.clone());
    }
    result
}

/// Whether a collection was read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// Every member was seen: what was not seen is not there.
    Complete,
    /// Something is missing, and why.
    Incomplete(Reason),
}

impl Completeness {
    /// True for [`Completeness::Complete`].
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Complete)
    }
}

/// What was said of one object.
#[derive(Debug, Clone)]
pub enum Looked<'a> {
    /// It is there.
    Present(&'a ObservedObject),
    /// It is not there; where it left something behind, `remains` says what a create would bring back.
    Absent {
        /// The remains, with [`Standing::Remains`].
        remains: Option<&'a ObservedObject>,
    },
    /// The reading does not tell, and why.
    Unknown(Reason),
}

/// An object as a service told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedObject {
    /// Which object.
    pub identity: Identity,
    /// What was read of it.
    pub fields: Readings,
    /// How it stands to this tool.
    pub standing: Standing,
    /// The record that holds it.
    pub record: RecordId,
    /// The adapter's own id of it.
    pub remote: Option<RemoteId>,
    /// Read-only facts.
    pub facts: Facts,
}

impl ObservedObject {
    /// The record of an object that shares it with no other, where the service has no name for it.
    ///
    /// However an address is spelt, it is one record.
    pub fn own_record(identity: &Identity) -> RecordId {
        let kind = identity.kind();
        match (identity, identity.address()) {
            (Identity::Permission { mailbox, grantee }, _) => {
                format!("{kind}:{}/{}", mailbox.as_str(), grantee.as_str())
            }
            (_, Some(address)) => format!("{kind}:{}", address.as_str()),
            (_, None) => format!("{kind}:{identity}"),
        }
        .into()
    }

    /// An object in plain standing whose record is its own.
    pub fn plain(identity: Identity, fields: Readings) -> Self {
        let record = Self::own_record(&identity);
        Self { identity, fields, standing: Standing::Plain, record, remote: None, facts: Facts::new() }
    }
}

/// How an object stands to this tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Ours to change.
    Plain,
    /// Somebody else's: never changed. It satisfies an equal wish; a differing wish is blocked.
    Foreign(Reason),
    /// Made by the service itself; declaring it overrides it. Never pruned.
    Default(Reason),
    /// What this connection logs in as.
    Login,
    /// Not an object: something left behind that a create would bring back.
    Remains(Reason),
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("plain"),
            Self::Foreign(reason) => write!(f, "foreign: {reason}"),
            Self::Default(reason) => write!(f, "default: {reason}"),
            Self::Login => f.write_str("login of this connection"),
            Self::Remains(reason) => write!(f, "remains: {reason}"),
        }
    }
}
