//! What apply would do, and why: the thing that people review.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{
    BlockCode, Change, Collection, ConnectionName, Effect, Kind, Override, Reason, Risk, Source, Status, Verb,
};

/// The number of the saved plan's format.
pub const PLAN_FORMAT: u32 = 1;

/// A plan. Its JSON form is the saved plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_FORMAT`] of the version that made it.
    pub format: u32,
    /// SHA-256 in hex over everything else in here.
    pub id: String,
    /// The version of mailwright that made it.
    pub version: String,
    /// The day it was made for.
    pub today: jiff::civil::Date,
    /// What it was made from.
    pub digests: Digests,
    /// What it was narrowed to.
    #[serde(default, skip_serializing_if = "Narrowing::is_whole")]
    pub narrowing: Narrowing,
    /// Declared objects that the narrowing left out, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<Kind, u64>,
    /// The brakes that were released for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// What was read, by connection.
    pub connections: BTreeMap<ConnectionName, ConnectionReading>,
    /// The writes, in the order in which they run.
    pub changes: Vec<Change>,
    /// What happens to mail and to access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// What a reader should know and no change shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl Plan {
    /// The id as people say it: its first eight characters.
    pub fn short_id(&self) -> &str {
        self.id.get(..8).unwrap_or(&self.id)
    }

    /// The changes that run.
    pub fn ready(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.is_ready())
    }

    /// True where nothing is to be done and nothing is blocked.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// True where some reading was not complete, or a change rests on what could not be read.
    pub fn is_incomplete(&self) -> bool {
        let rests_on_a_gap = |change: &Change| {
            let Status::Blocked(blocks) = &change.status else { return false };
            blocks.iter().any(|block| block.code == BlockCode::IncompleteRead)
        };
        self.connections.values().any(|reading| !reading.incomplete.is_empty())
            || self.changes.iter().any(rests_on_a_gap)
    }

    /// How many objects are created, changed and deleted, and how many are blocked. Several writes of one object
    /// count as one.
    pub fn totals(&self) -> Totals {
        // Only counted, so the order does not matter.
        let mut objects = HashMap::with_capacity(self.changes.len());
        for change in &self.changes {
            let entry = objects.entry((&change.connection, &change.identity)).or_insert((change.verb, true));
            entry.0 = entry.0.min(change.verb);
            entry.1 &= change.is_ready();
        }
        let mut totals =
            Totals { writes: self.ready().map(|change| change.calls as usize).sum(), ..Totals::default() };
        for (verb, ready) in objects.into_values() {
            match (ready, verb) {
                (false, _) => totals.blocked += 1,
                (true, Verb::Create) => totals.create += 1,
                (true, Verb::Update | Verb::Rename) => totals.update += 1,
                (true, Verb::Delete) => totals.delete += 1,
            }
        }
        totals
    }

    /// The gravest risk among the changes that run.
    pub fn risk(&self) -> Risk {
        self.ready().map(|change| change.risk).max().unwrap_or(Risk::Safe)
    }

    /// True where some change is blocked or waits.
    pub fn is_blocked(&self) -> bool {
        self.changes.iter().any(|change| !matches!(change.status, Status::Ready))
    }
}

/// How many objects a plan touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Objects that are created.
    pub create: usize,
    /// Objects that are changed or renamed.
    pub update: usize,
    /// Objects that are deleted.
    pub delete: usize,
    /// Objects with a change that does not run.
    pub blocked: usize,
    /// Writes that run.
    pub writes: usize,
}

/// SHA-256 digests, in hex, of what a plan was made from. None of them covers a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digests {
    /// The connections' keys, secrets as references.
    pub connections: String,
    /// The policy, the ledger and the domains.
    pub policy: String,
    /// The declared objects.
    pub wish: String,
}

/// What a plan was narrowed to. Each empty list leaves everything in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Narrowing {
    /// `--only`: globs of addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// `--provider`: connections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
    /// `--domain`: domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

impl Narrowing {
    /// True where nothing was left out.
    pub fn is_whole(&self) -> bool {
        self.only.is_empty() && self.providers.is_empty() && self.domains.is_empty()
    }
}

/// What a plan read of one connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConnectionReading {
    /// The adapter's name.
    pub type_name: String,
    /// The domains that it answers for in this plan.
    pub domains: Vec<String>,
    /// How many objects were read, by kind.
    pub read: BTreeMap<Kind, u64>,
    /// Calls that the reading took.
    pub calls: u64,
    /// The account that was read, where the service names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What was not read to its end, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<Incomplete>,
    /// Writes per minute that the service bears; none where it states no rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes_per_minute: Option<u32>,
}

/// A collection that was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incomplete {
    /// Which collection.
    pub collection: Collection,
    /// Why.
    pub reason: Reason,
}

/// Something that a reader should know and no change shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// The note, as shown.
    pub text: String,
    /// The place in the configuration that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Source>,
}
