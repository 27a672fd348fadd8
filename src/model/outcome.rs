//! What came of applying a plan, and the events on the way.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Change, ChangeId};

/// What happened to one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ResultState {
    /// The service has it.
    Done,
    /// The service had it already; nothing was written.
    NotNeeded,
    /// The service refused it, or could not do it.
    Failed {
        /// What happened, in words, with the call and the service's answer.
        error: String,
        /// What to do next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// It was not tried.
    Skipped {
        /// Why not.
        reason: String,
    },
    /// It was sent, and nobody can say whether it was done.
    InDoubt {
        /// What is known.
        reason: String,
    },
}

/// One change with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Result {
    /// The change.
    pub change: ChangeId,
    /// What became of it.
    #[serde(flatten)]
    pub state: ResultState,
    /// Anything to add, like a file that holds a generated password.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What came of applying a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The plan's id.
    pub plan: String,
    /// Every change of the plan, in plan order, blocked ones as skipped.
    pub results: Vec<Result>,
    /// True where Ctrl-C ended it early.
    pub interrupted: bool,
    /// The files that hold the passwords that were generated on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generated: Vec<String>,
}

impl Outcome {
    /// How many changes ended in a state that `pick` accepts.
    pub fn count(&self, pick: impl Fn(&ResultState) -> bool) -> usize {
        self.results.iter().filter(|result| pick(&result.state)).count()
    }

    /// True where some change failed, was skipped or is in doubt.
    pub fn is_partial(&self) -> bool {
        self.results.iter().any(|result| !matches!(result.state, ResultState::Done | ResultState::NotNeeded))
    }
}

/// Something that happened while a plan was applied. Progress, journal and tests read the same stream.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// Applying begins.
    Started {
        /// The plan's id.
        plan: &'a str,
        /// How many writes there are.
        writes: usize,
    },
    /// A change is about to be sent.
    Began(&'a Change),
    /// A change waits before it is tried again.
    Waiting {
        /// Which change.
        change: &'a Change,
        /// How long.
        delay: Duration,
        /// Why.
        reason: &'a str,
    },
    /// Whether an ambiguous write was done is being found out.
    Checking(&'a Change),
    /// A change has its result.
    Ended(&'a Change, &'a Result),
    /// Interrupted: no new calls, those under way finish.
    Stopping,
    /// All is over.
    Finished(&'a Outcome),
}
