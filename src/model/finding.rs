//! What an audit finds.

use serde::{Deserialize, Serialize};

use super::{ObjectRef, Source};

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
