//! What ends a command early: what happened, and what to do next.

use std::path::PathBuf;

use crate::apply::{JournalError, LockError};
use crate::config::Problems;
use crate::model::ConnectionName;
use crate::provider::ProviderError;

use super::exit::Exit;

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// The arguments say something that cannot be done.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to write instead.
        hint: String,
    },
    /// The configuration is wrong; each problem shows itself.
    #[error("{}", count(.0))]
    Config(Problems),
    /// A connection cannot be used.
    #[error("cannot use the connection `{name}`: {error}")]
    Connection {
        /// Which one.
        name: ConnectionName,
        /// The keys that have to do with it, like `providers.box.password`.
        keys: Vec<String>,
        /// What happened.
        error: Box<ProviderError>,
    },
    /// Another run holds the lock, or its file cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal cannot be kept, so that nothing may be sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A saved plan that must not be applied.
    #[error("the saved plan {path} cannot be applied: {why}", path = .path.display())]
    StalePlan {
        /// Its file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Nothing of what a saved plan rests on could be read again.
    #[error("what the saved plan {path} rests on cannot be read again: {why}", path = .path.display())]
    Unread {
        /// Its file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A file or folder.
    #[error("cannot {doing} {path}: {source}", path = .path.display())]
    File {
        /// What was attempted, like `write`.
        doing: &'static str,
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Ctrl-C.
    #[error("interrupted; nothing was changed")]
    Interrupted,
    /// The world around the program: its runtime, its output.
    #[error("cannot {doing}: {source}")]
    System {
        /// What was attempted.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A bug of this program.
    #[error("this is a bug of mailwright: {0}")]
    Bug(String),
}

fn count(problems: &Problems) -> String {
    match problems.errors() {
        1 => "the configuration has an error".to_owned(),
        errors => format!("the configuration has {errors} errors"),
    }
}

impl CliError {
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    /// What to do next.
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::Config(_) | Self::File { .. } | Self::System { .. } | Self::Interrupted => None,
            Self::Connection { keys, error, .. } => match (&error.hint, keys.as_slice()) {
                (Some(hint), []) => Some(hint.clone()),
                (Some(hint), keys) => Some(format!("{hint} (set by {})", keys.join(", "))),
                (None, []) => None,
                (None, keys) => Some(format!("look at {}", keys.join(", "))),
            },
            Self::Lock(LockError::Held { .. }) => {
                Some("wait until it ends; a crashed run holds no lock".to_owned())
            }
            Self::Lock(LockError::Io { .. }) | Self::Journal(_) => {
                Some("--state-dir names another folder".to_owned())
            }
            Self::Unread { .. } => {
                Some("`mailwright doctor` checks the connections; the plan can be applied later".to_owned())
            }
            Self::StalePlan { .. } => Some("make it again with `mailwright plan --out FILE`".to_owned()),
            Self::Bug(_) => {
                Some("nothing was changed; please report it with the configuration that shows it".to_owned())
            }
        }
    }

    /// What the process leaves with.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Interrupted => Exit::Interrupted,
            Self::Lock(LockError::Held { .. }) | Self::StalePlan { .. } => Exit::Refused,
            Self::Usage { .. }
            | Self::Config(_)
            | Self::Connection { .. }
            | Self::Unread { .. }
            | Self::Lock(LockError::Io { .. })
            | Self::Journal(_)
            | Self::File { .. }
            | Self::System { .. }
            | Self::Bug(_) => Exit::Failed,
        }
    }
}

impl From<serde_json::Error> for CliError {
    fn from(error: serde_json::Error) -> Self {
        Self::Bug(format!("a document could not be written as JSON: {error}"))
    }
}
