//! A line of the journal, as written and as read back.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::{ChangeId, ResultState};

/// One record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Line<'a> {
    /// The run, as in the file's name.
    pub(super) run: Cow<'a, str>,
    /// When it was recorded.
    pub(super) time: jiff::Timestamp,
    /// The plan's id.
    pub(super) plan: Cow<'a, str>,
    /// What is recorded.
    pub(super) entry: Entry,
}

/// What is recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    /// A change is about to be sent, perhaps more than once.
    Intent {
        /// Which change.
        change: ChangeId,
    },
    /// A change that was about to be sent has its result.
    Result {
        /// Which change.
        change: ChangeId,
        /// What came of it.
        result: ResultState,
    },
    /// The run came to its end.
    End {
        /// True where the plan was not narrowed and its reading complete, so that it rests on everything that is declared.
        whole: bool,
    },
}
