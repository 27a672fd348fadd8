//! What an audit finds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ConnectionName, ConnectionReading, Kind, Narrowing, ObjectRef, Source};

/// What came of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AuditReport {
    /// What it was narrowed to.
    #[serde(skip_serializing_if = "Narrowing::is_whole")]
    pub narrowing: Narrowing,
    /// Declared objects that the narrowing left out, by kind.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<Kind, u64>,
    /// What was read, by connection.
    pub connections: BTreeMap<ConnectionName, ConnectionReading>,
    /// What was found, in the order of rules and objects; with a baseline, what it does not hold.
    pub findings: Vec<Finding>,
    /// How many findings the baseline holds already.
    pub known: usize,
    /// How many findings of the baseline are no more.
    pub gone: usize,
}

/// The stable name of a rule, as documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RuleId(pub &'static str);

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be looked at.
    Warning,
    /// Is not as declared.
    Error,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: RuleId,
    /// How grave it is.
    pub severity: Severity,
    /// A hash that stays the same as long as the finding does: over everything in it but its place and its severity.
    pub fingerprint: String,
    /// The object that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// What is wrong, in words.
    pub message: String,
    /// What is declared, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// What the service holds, where it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The place in the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Source>,
}
