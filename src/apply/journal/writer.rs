//! Writes a run's journal. Records that arrive while the disk is busy go together in the next write.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::apply::private;
use crate::model::{ChangeId, Plan, ResultState};
use jiff::Timestamp;

use super::desk::Desk;
use super::line::{Entry, Line};
use super::{FOLDER, JournalError};

/// The journal of one run. Dropping it leaves what was recorded so far.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    run: String,
    plan: String,
    whole: bool,
    clock: fn() -> Timestamp,
    desk: Arc<Desk>,
}

/// Where records go. A call returns when they would survive a power cut.
pub(in crate::apply) trait Store: Send + 'static {
    /// Appends and flushes.
    fn append(&mut self, bytes: &[u8]) -> std::io::Result<()>;
}

impl Store for File {
    fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.write_all(bytes)?;
        self.sync_data()
    }
}

impl Journal {
    /// Starts the journal of a run of `plan` in `state_dir`: folders open to their owner alone (0700), the file
    /// too (0600). Must be called within a tokio runtime.
    pub fn open(state_dir: &Path, plan: &Plan) -> Result<Self, JournalError> {
        Self::open_at(state_dir, plan, Timestamp::now)
    }

    /// As [`Journal::open`], with a clock of the caller's.
    pub fn open_at(state_dir: &Path, plan: &Plan, clock: fn() -> Timestamp) -> Result<Self, JournalError> {
        let folder = state_dir.join(FOLDER);
        let made = |path: &Path, source| JournalError { path: path.to_owned(), doing: "made", source };
        private::make_folder(&folder)
            .and_then(|()| private::close_folder(&folder))
            .map_err(|error| made(&folder, error))?;
        let run = format!("{}-{}", clock().strftime("%Y%m%dT%H%M%S%.6fZ"), std::process::id());
        let path = folder.join(format!("{run}.jsonl"));
        let file = private::options()
            .append(true)
            .create_new(true)
            .open(&path)
            .map_err(|error| made(&path, error))?;
        // The file's own name must survive a power cut as well as its content.
        private::sync_folder(&folder).map_err(|error| made(&folder, error))?;
        Ok(Self::over(file, path, run, plan, clock))
    }

    pub(in crate::apply) fn over(
        store: impl Store,
        path: PathBuf,
        run: String,
        plan: &Plan,
        clock: fn() -> Timestamp,
    ) -> Self {
        let desk = Arc::new(Desk::default());
        tokio::spawn(write_all(Box::new(store), Arc::clone(&desk)));
        Self {
            path,
            run,
            plan: plan.id.clone(),
            whole: plan.narrowing.is_whole() && !plan.is_incomplete(),
            clock,
            desk,
        }
    }

    /// The journal's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's name, which is also the file's.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Records that `change` is about to be sent, and waits until that is on the disk.
    pub(in crate::apply) async fn intent(&self, change: &ChangeId) -> Result<(), String> {
        self.put(Entry::Intent { change: change.clone() }).await
    }

    /// Records what came of a change. Does not wait: any later intent, and [`Journal::end`], are behind it.
    pub(in crate::apply) fn result(&self, change: &ChangeId, result: &ResultState) {
        // Where the writer is gone, the next intent or the end says so.
        let _ = self.desk.add(&self.line(Entry::Result { change: change.clone(), result: result.clone() }));
    }

    /// Records that the run is over, and waits until all is on the disk; says why where it cannot be written.
    pub async fn end(self) -> Result<(), String> {
        self.put(Entry::End { whole: self.whole }).await
    }

    async fn put(&self, entry: Entry) -> Result<(), String> {
        let path = self.path.display();
        match self.desk.put(&self.line(entry))?.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("{path}: {error}")),
            Err(_) => Err(format!("the writer of {path} ended")),
        }
    }

    fn line(&self, entry: Entry) -> Line<'_> {
        Line { run: self.run.as_str().into(), time: (self.clock)(), plan: self.plan.as_str().into(), entry }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.desk.close();
    }
}

/// Writes what is laid down until nobody can lay down any more. After an error nothing more is written: a journal with
/// a hole would be worse than one that ends.
async fn write_all(store: Box<dyn Store>, desk: Arc<Desk>) {
    let taking = desk.taking();
    let mut store = Some(store);
    let mut broken: Option<Arc<str>> = None;
    while let Some(group) = taking.next().await {
        if let Some(mut open) = store.take() {
            let bytes = group.bytes;
            let wrote = tokio::task::spawn_blocking(move || {
                let result = open.append(&bytes);
                (open, result)
            })
            .await;
            match wrote {
                Ok((open, Ok(()))) => store = Some(open),
                Ok((_, Err(error))) => broken = Some(error.to_string().into()),
                Err(error) => broken = Some(error.to_string().into()),
            }
        }
        for waiting in group.waiting {
            // Who asked may have been dropped; the record stands all the same.
            let _ = waiting.send(broken.clone().map_or(Ok(()), Err));
        }
    }
}
