//! Writes a run's journal. Records that arrive while the disk is busy go together in the next write.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::apply::private;
use crate::model::{ChangeId, Plan, ResultState};

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
    queue: mpsc::UnboundedSender<Record>,
}

/// What the disk said of a record; the error in words, for it goes to everybody who waits.
type Written = Result<(), Arc<str>>;

struct Record {
    bytes: Vec<u8>,
    written: Option<oneshot::Sender<Written>>,
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
        let (queue, records) = mpsc::unbounded_channel();
        tokio::spawn(write_all(Box::new(store), records));
        Self {
            path,
            run,
            plan: plan.id.clone(),
            whole: plan.narrowing.is_whole() && !plan.is_incomplete(),
            clock,
            queue,
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
        let entry = Entry::Result { change: change.clone(), result: result.clone() };
        if let Ok(bytes) = self.line(entry) {
            // Where the writer is gone, the next intent or the end says so.
            let _ = self.queue.send(Record { bytes, written: None });
        }
    }

    /// Records that the run is over, and waits until all is on the disk; says why where it cannot be written.
    pub async fn end(self) -> Result<(), String> {
        let whole = self.whole;
        self.put(Entry::End { whole }).await
    }

    async fn put(&self, entry: Entry) -> Result<(), String> {
        let (written, answer) = oneshot::channel();
        let record = Record { bytes: self.line(entry)?, written: Some(written) };
        let path = self.path.display();
        self.queue.send(record).map_err(|_| format!("the writer of {path} ended"))?;
        match answer.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("{path}: {error}")),
            Err(_) => Err(format!("the writer of {path} ended")),
        }
    }

    fn line(&self, entry: Entry) -> Result<Vec<u8>, String> {
        let line = Line { run: self.run.clone(), time: (self.clock)(), plan: self.plan.clone(), entry };
        let mut bytes = serde_json::to_vec(&line).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// The most records that go into one write, so that nobody waits for a very long one.
const GROUP: usize = 4096;

/// Writes what is queued until nobody can queue any more. After an error nothing more is written: a journal with
/// a hole would be worse than one that ends.
async fn write_all(store: Box<dyn Store>, mut records: mpsc::UnboundedReceiver<Record>) {
    let mut store = Some(store);
    let mut broken: Option<Arc<str>> = None;
    let mut group = Vec::new();
    while records.recv_many(&mut group, GROUP).await > 0 {
        let bytes: Vec<u8> = group.iter().flat_map(|record| record.bytes.iter().copied()).collect();
        if let Some(mut open) = store.take() {
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
        for record in group.drain(..) {
            if let Some(written) = record.written {
                let answer = match &broken {
                    None => Ok(()),
                    Some(error) => Err(Arc::clone(error)),
                };
                // Who asked may have been dropped; the record stands all the same.
                let _ = written.send(answer);
            }
        }
    }
}
