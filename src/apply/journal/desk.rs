//! Where records wait for the disk, and which of them go together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::line::Line;

/// What the disk said of a record; the error in words, for it goes to everybody who waits.
pub(super) type Written = Result<(), Arc<str>>;

/// How long a record that nobody waits for may lie here, so that it goes with one that somebody waits for.
const LEFT: Duration = Duration::from_millis(50);

/// Records between those who make them and the one who writes them.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pile: Mutex<Pile>,
    /// Told when there is a first record, a first one that is waited for, or the end.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Pile {
    group: Group,
    /// Nobody adds any more.
    is_closed: bool,
    /// Nobody takes any more.
    is_left: bool,
}

/// Records that go to the disk together.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) bytes: Vec<u8>,
    /// Who waits until all of it is on the disk.
    pub(super) waiting: Vec<oneshot::Sender<Written>>,
}

impl Desk {
    /// Adds a record that nobody waits for.
    pub(super) fn add(&self, line: &Line<'_>) -> Result<(), String> {
        let mut pile = self.pile();
        let is_first = pile.group.bytes.is_empty();
        pile.add(line)?;
        drop(pile);
        if is_first {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Adds a record; the answer comes when it is on the disk, and never where nobody writes any more.
    pub(super) fn put(&self, line: &Line<'_>) -> Result<oneshot::Receiver<Written>, String> {
        let (written, answer) = oneshot::channel();
        let mut pile = self.pile();
        pile.add(line)?;
        let is_first = pile.group.waiting.is_empty();
        if !pile.is_left {
            pile.group.waiting.push(written);
        }
        drop(pile);
        if is_first {
            self.changed.notify_one();
        }
        Ok(answer)
    }

    /// Says that nothing more is added.
    pub(super) fn close(&self) {
        self.pile().is_closed = true;
        self.changed.notify_one();
    }

    /// The side that takes records; there is one.
    pub(super) fn taking(&self) -> Taking<'_> {
        Taking(self)
    }

    fn pile(&self) -> MutexGuard<'_, Pile> {
        // A record is added whole or not at all, so a pile left by a panic is whole.
        self.pile.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn until(&self, holds: impl Fn(&Pile) -> bool) {
        while !holds(&self.pile()) {
            self.changed.notified().await;
        }
    }
}

impl Pile {
    fn add(&mut self, line: &Line<'_>) -> Result<(), String> {
        let bytes = &mut self.group.bytes;
        let before = bytes.len();
        if let Err(error) = serde_json::to_writer(&mut *bytes, line) {
            bytes.truncate(before);
            return Err(error.to_string());
        }
        bytes.push(b'\n');
        Ok(())
    }
}

/// The side of a [`Desk`] that takes records. Once it is dropped nobody is answered any more.
pub(super) struct Taking<'a>(&'a Desk);

impl Taking<'_> {
    /// All that lies there, as soon as somebody waits for some of it or it has lain long enough. None once nothing more
    /// can come.
    pub(super) async fn next(&self) -> Option<Group> {
        self.0.until(|pile| pile.is_closed || !pile.group.bytes.is_empty()).await;
        let urgent = self.0.until(|pile| pile.is_closed || !pile.group.waiting.is_empty());
        // Late is as good: then it goes by itself.
        let _ = tokio::time::timeout(LEFT, urgent).await;
        let group = std::mem::take(&mut self.0.pile().group);
        (!group.bytes.is_empty()).then_some(group)
    }
}

impl Drop for Taking<'_> {
    fn drop(&mut self) {
        let mut pile = self.0.pile();
        pile.is_left = true;
        pile.group = Group::default();
    }
}
