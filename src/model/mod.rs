//! The nouns of mailwright: what is wanted, what is there, what changes and what came of it.
//!
//! Owns every type that crosses from one verb to the next ([`Desired`], [`Observed`], [`Plan`], [`Outcome`],
//! [`Finding`]). Knows no service, no file, no clock and no network.

mod access;
mod address;
mod change;
mod delivery;
mod desired;
mod effect;
mod escape;
mod fields;
mod finding;
mod identity;
mod observed;
mod outcome;
mod plan;
mod policy;
mod quota;
mod scope;
mod script;
mod secret;
mod source;
mod value;

pub use access::{Ability, AccessEntry, AccessReview};
#[cfg(test)]
pub(crate) use address::comparisons;
pub use address::{Address, AddressError, DomainName};
pub use change::{Block, BlockCode, Change, ChangeId, Ground, Need, NeedKind, Risk, Status, Verb};
pub use delivery::{Ends, Hop, LedgerLine, StateOf, Step, Trace};
pub use desired::{
    ClosedExtent, ClosedWorld, ConnectionSpec, Desired, DomainWish, External, Leaving, Param, Presence, Wish,
};
pub use effect::{Effect, EffectCode, EffectKind};
pub use escape::{escape, is_hidden, judged};
pub use fields::{Fields, Managed, PerField, Reading, Readings};
pub use finding::{AuditReport, Finding, RuleId, Severity};
pub use identity::{ConnectionName, Identity, Kind, ObjectRef, UnknownKind};
pub use observed::{
    Completeness, ConnectionState, Facts, Looked, Observed, ObservedObject, Reason, RecordId, RemoteId,
    Standing,
};
pub use outcome::{Event, Outcome, Result as ChangeResult, ResultState};
pub use plan::{ConnectionReading, Digests, Incomplete, Narrowing, Note, PLAN_FORMAT, Plan, Totals};
pub use policy::{Cap, ExternalForwards, Override, OverrideError, Policy, Protected};
pub use quota::{Quota, QuotaError};
pub use scope::{Collection, Extent, Scope, ScopePart};
pub use secret::SecretRef;
pub use source::Source;
pub use value::{AccountState, Field, Json, Right, SettingName, Value};
