//! Reads journals back: what earlier runs left in doubt.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::model::{ChangeId, ResultState};

use super::line::{Entry, Line};
use super::{FOLDER, JournalError};

/// A change that was about to be sent and of which nobody can say what became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfinished {
    /// The run.
    pub run: String,
    /// The plan's id.
    pub plan: String,
    /// When it was about to be sent, or found to be in doubt.
    pub time: jiff::Timestamp,
    /// The change.
    pub change: ChangeId,
    /// Why it is in doubt; none where the run ended before any word of it, as when it was killed.
    pub reason: Option<String>,
}

/// What the runs that kept their journals in `state_dir` left in doubt, oldest first. A doubt is settled by a later
/// result of the same change, and by a later run that came to its end with a plan that was not narrowed and whose
/// reading was complete: that plan had read anew what the doubt is about.
///
/// A line that a crash cut short is passed over: what it would have announced was not sent.
pub fn unfinished(state_dir: &Path) -> Result<Vec<Unfinished>, JournalError> {
    let mut doubts: BTreeMap<ChangeId, Unfinished> = BTreeMap::new();
    for path in journals(&state_dir.join(FOLDER))? {
        let file = fs::File::open(&path).map_err(|source| not_read(&path, source))?;
        let mut reader = BufReader::new(file);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let read = reader.read_until(b'\n', &mut bytes).map_err(|source| not_read(&path, source))?;
            if read == 0 {
                break;
            }
            if let Ok(line) = serde_json::from_slice::<Line<'_>>(&bytes) {
                take(line, &mut doubts);
            }
        }
    }
    let mut found: Vec<Unfinished> = doubts.into_values().collect();
    found.sort_by(|a, b| (a.time, &a.change).cmp(&(b.time, &b.change)));
    Ok(found)
}

fn take(line: Line<'_>, doubts: &mut BTreeMap<ChangeId, Unfinished>) {
    let Line { run, time, plan, entry } = line;
    let doubt = |change: ChangeId, reason| Unfinished {
        run: run.clone().into_owned(),
        plan: plan.clone().into_owned(),
        time,
        change,
        reason,
    };
    match entry {
        Entry::Intent { change } => {
            doubts.insert(change.clone(), doubt(change, None));
        }
        Entry::Result { change, result: ResultState::InDoubt { reason } } => {
            doubts.insert(change.clone(), doubt(change, Some(reason)));
        }
        Entry::Result { change, .. } => {
            doubts.remove(&change);
        }
        Entry::End { whole: true } => doubts.retain(|_, doubt| doubt.run == run),
        Entry::End { whole: false } => {}
    }
}

/// The journals' files, oldest first: their names begin with the time.
fn journals(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(not_read(folder, source)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| not_read(folder, source))?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn not_read(path: &Path, source: std::io::Error) -> JournalError {
    JournalError { path: path.to_owned(), doing: "read", source }
}
