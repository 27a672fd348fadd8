//! One write, with everything that a reviewer and the applier need to know of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ConnectionName, Field, Fields, Identity, Kind, ObjectRef, Reason, RecordId, RemoteId, Source};

/// The name of a change within its plan, the same from run to run: `verb:kind:connection:identity[:route]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(Arc<str>);

impl ChangeId {
    /// Makes the id of a change. `route` is empty for all but updates.
    pub fn new(verb: Verb, connection: &ConnectionName, identity: &Identity, route: &str) -> Self {
        let tail = if route.is_empty() { String::new() } else { format!(":{route}") };
        Self(format!("{verb}:{}:{connection}:{identity}{tail}", identity.kind()).into())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a change does to its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Makes it.
    Create,
    /// Changes fields of it.
    Update,
    /// Gives it another identity; `before_identity` is the old one.
    Rename,
    /// Removes it.
    Delete,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Rename => "rename",
            Self::Delete => "delete",
        })
    }
}

/// What a change may cost. A later one is graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Nobody loses anything.
    Safe,
    /// Mail stops or moves.
    Disruptive,
    /// Somebody new can read or send, old mail returns, or mail leaves.
    Exposure,
    /// Content is lost.
    Destructive,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Safe => "safe",
            Self::Disruptive => "disruptive",
            Self::Exposure => "exposure",
            Self::Destructive => "destructive",
        })
    }
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its name within the plan.
    pub id: ChangeId,
    /// The connection that it is made on.
    pub connection: ConnectionName,
    /// The object that it concerns, after the change.
    pub identity: Identity,
    /// What it does.
    pub verb: Verb,
    /// A rename's old identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_identity: Option<Identity>,
    /// Which of the provider's calls carries it; empty where there is but one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub route: String,
    /// The remote record that it writes. No two changes of one record run at once.
    pub record: RecordId,
    /// The adapter's own id of the object, where it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteId>,
    /// What was read of the object; none for a create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Fields>,
    /// The whole object afterwards: observed overlaid with desired. Empty for a delete.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub after: Fields,
    /// The fields that this write sets; all of `after` for a create. A field that stands here and not in `after`
    /// is cleared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// What must be done before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// What must still hold when it is applied.
    pub ground: Ground,
    /// Objects elsewhere that must not be there when it is applied: a store's, where a filter is to forget an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<ObjectRef>,
    /// Objects that must be there when it is applied: the one that was made of it, where a former mailbox is to go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub present: Vec<ObjectRef>,
    /// Of a mailbox that is to go: what was there of its parts, and of what stands in its record, by each kind that was
    /// read whole. No more of these kinds may be there when it is applied.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<Kind, BTreeSet<Identity>>,
    /// What it may cost.
    pub risk: Risk,
    /// Why it is made, in words.
    pub reason: String,
    /// What it brings with it that its fields do not show, in words (parts that go with a mailbox, sessions
    /// that are closed, mail that comes back).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// How many calls it takes: more than one where a service takes the members of a set one at a time, or where it
    /// does something besides.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub calls: u32,
    /// Whether it may run.
    pub status: Status,
    /// The place in the configuration that asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Source>,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_one(number: &u32) -> bool {
    *number == 1
}

impl Change {
    /// True where apply will run it.
    pub fn is_ready(&self) -> bool {
        matches!(self.status, Status::Ready)
    }

    /// True where it gives up, as a mailbox or an alias, the very address that `claim` takes over as the other.
    pub fn hands_over_to(&self, claim: &Self) -> bool {
        let kinds = (self.identity.kind(), claim.identity.kind());
        (self.verb, claim.verb) == (Verb::Delete, Verb::Create)
            && matches!(kinds, (Kind::Mailbox, Kind::Alias) | (Kind::Alias, Kind::Mailbox))
            && self.connection == claim.connection
            && self.identity.address() == claim.identity.address()
    }
}

/// A change that must be done first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The change that comes before.
    pub change: ChangeId,
    /// Whether the order may be given up on a cycle.
    pub kind: NeedKind,
}

/// How binding an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedKind {
    /// The service would refuse it otherwise, or something would be lost.
    Hard,
    /// Mail may bounce for a moment otherwise.
    Soft,
}

/// What a change rests on, re-read before a saved plan is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The object is not there.
    Absent,
    /// The object is there, and its known fields hash to this.
    Present {
        /// SHA-256 over the known fields that the plan compared, in hex.
        digest: String,
    },
    /// The reading did not tell; the change is blocked.
    Unknown,
}

/// Whether a change may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It runs.
    Ready,
    /// A guard, a gap in the reading or the service forbids it.
    Blocked(Vec<Block>),
    /// It needs changes that do not run.
    WaitsFor(Vec<ChangeId>),
}

/// One thing that forbids a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Which rule forbids it.
    pub code: BlockCode,
    /// Why, in words.
    pub reason: Reason,
    /// The smallest `--allow` argument that releases it once; none where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The place in the configuration that holds the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Source>,
}

/// The rules that can forbid a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockCode {
    /// More deletes or creates of a kind than policy allows.
    Cap,
    /// A protected address.
    Protected,
    /// A target outside the organisation that the ledger does not list.
    UnlistedExternal,
    /// Addresses that the plan does not itself remove would end without a recipient.
    CollateralLoss,
    /// It would hit what this connection logs in as.
    Login,
    /// No enabled full administrator would be left.
    LastAdministrator,
    /// Something that it rests on could not be read.
    IncompleteRead,
    /// Somebody else's object.
    Foreign,
    /// The service cannot do it.
    Cannot,
    /// A field that the service requires at create is not declared.
    MissingField,
    /// Something that it names does not exist.
    MissingTarget,
    /// Old and new address of a rename are both there.
    RenameConflict,
    /// Another object holds the address.
    AddressTaken,
    /// It is part of a cycle that cannot be untied.
    Cycle,
}

impl BlockCode {
    /// The code in JSON, and in text where a short word is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cap => "cap",
            Self::Protected => "protected",
            Self::UnlistedExternal => "unlisted external",
            Self::CollateralLoss => "collateral loss",
            Self::Login => "own login",
            Self::LastAdministrator => "last administrator",
            Self::IncompleteRead => "incomplete read",
            Self::Foreign => "foreign",
            Self::Cannot => "cannot",
            Self::MissingField => "missing field",
            Self::MissingTarget => "missing target",
            Self::RenameConflict => "rename conflict",
            Self::AddressTaken => "address taken",
            Self::Cycle => "cycle",
        }
    }
}
