//! Files that the program wrote itself, and anybody may have changed since.

use std::fs;

use mailwright::apply::journal::unfinished;
use mailwright::apply::{Lock, LockError};
use mailwright::model::Plan;
use mailwright::plan;
use mailwright::render::{Style, json, text};

use super::tame;

/// A saved plan is what its id says, or it is refused; and whatever it is, showing it does no harm.
pub(crate) fn saved_plan(data: &[u8]) {
    let Ok(read) = serde_json::from_slice::<Plan>(data) else { return };
    tame(&text::plan(&read, Style::plain()), "a plan");
    let written = json::plan(&read).expect("written");
    let again: Plan = serde_json::from_str(&written).expect("what was written is read");
    assert_eq!(again, read);
    assert_eq!(plan::is_genuine(&again), plan::is_genuine(&read));
    // No two plans have one id.
    let mut other = again;
    if let Some(change) = other.changes.pop() {
        assert!(!plan::is_genuine(&other) || !plan::is_genuine(&read), "it is genuine without {}", change.id);
    }
}

/// Whatever stands in a journal or in the file of a lock, the next run goes on.
pub(crate) fn journal(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let journals = folder.path().join("journal");
    fs::create_dir(&journals).expect("made");
    fs::write(journals.join("20260101T000000.jsonl"), data).expect("written");
    let doubts = unfinished(folder.path()).expect("a journal is read whatever it holds");
    assert!(doubts.len() <= data.split(|byte| *byte == b'\n').count(), "more doubts than lines");

    let path = Lock::acquire(folder.path(), folder.path()).expect("free").path().to_owned();
    fs::write(&path, data).expect("written");
    let held = Lock::acquire(folder.path(), folder.path()).expect("a file alone is no lock");
    fs::write(&path, data).expect("written");
    let refused = Lock::acquire(folder.path(), folder.path()).expect_err("it is held");
    assert!(matches!(refused, LockError::Held { .. }), "{refused}");
    drop(held);
}
