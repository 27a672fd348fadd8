//! Why a run starts nothing more.

use std::sync::OnceLock;

use tokio_util::sync::CancellationToken;

use crate::model::ChangeId;

/// The brake of one run: once drawn, nothing new is sent; what is under way finishes.
#[derive(Debug)]
pub(super) struct Halt {
    /// The person's own wish to stop.
    stop: CancellationToken,
    /// Cancelled with `stop`, or by the run itself.
    brake: CancellationToken,
    reason: OnceLock<String>,
}

impl Halt {
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self { brake: stop.child_token(), stop, reason: OnceLock::new() }
    }

    /// Stops after a failure.
    pub(super) fn fail_fast(&self, change: &ChangeId) {
        self.draw(format!("stopped at the first failure, which was {change}"));
    }

    /// Stops because no intent can be recorded any more.
    pub(super) fn journal_broken(&self, error: &str) {
        self.draw(format!(
            "nothing is sent that the journal does not hold, and it cannot be written: {error}"
        ));
    }

    fn draw(&self, reason: String) {
        // The first reason stays: the later ones follow from it.
        let _ = self.reason.set(reason);
        self.brake.cancel();
    }

    pub(super) fn is_drawn(&self) -> bool {
        self.brake.is_cancelled()
    }

    /// Why nothing more is sent, for a change that was not.
    pub(super) fn reason(&self) -> String {
        self.reason.get().cloned().unwrap_or_else(|| "interrupted".to_owned())
    }

    /// Ends when nothing new may be sent.
    pub(super) async fn drawn(&self) {
        self.brake.cancelled().await;
    }

    /// True where a person asked to stop.
    pub(super) fn is_interrupted(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Ends when a person asks to stop.
    pub(super) async fn interrupted(&self) {
        self.stop.cancelled().await;
    }
}
