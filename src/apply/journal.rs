//! The journal of a run: what was about to be sent, and what came of it.
//!
//! `STATE_DIR/journal/RUN.jsonl`, one JSON object a line. An intent is on the disk before its change is sent; its
//! result follows, with the next intent or soon after. Records that wait together are written and flushed together. The
//! journal informs people; no decision reads it. It holds no secret: changes stand in it by their id.

mod desk;
mod line;
mod unfinished;
mod writer;

pub use unfinished::{Unfinished, unfinished};
pub use writer::Journal;
#[cfg(test)]
pub(super) use writer::Store;

use std::path::PathBuf;

/// Why a journal cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("the journal {path} cannot be {doing}: {source}", path = path.display())]
pub struct JournalError {
    /// The file or folder.
    pub path: PathBuf,
    /// What was attempted: `made`, `read` or `written`.
    pub doing: &'static str,
    /// What the system said.
    #[source]
    pub source: std::io::Error,
}

/// The folder of journals within a state folder.
const FOLDER: &str = "journal";
