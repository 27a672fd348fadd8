//! What `doctor` asks of a connection.

use serde::Serialize;

/// One read-only check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, in a word or two.
    pub name: String,
    /// How it is.
    pub state: CheckState,
    /// What was seen, and what to do where it is not well.
    pub detail: String,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Well.
    Passed,
    /// Works, but should be looked at.
    Warning,
    /// Does not work.
    Failed,
}
