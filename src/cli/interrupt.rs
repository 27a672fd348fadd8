//! Ctrl-C: the first one asks to stop, the second one ends at once.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use super::error::CliError;
use super::exit::Exit;

/// Tells whether somebody pressed Ctrl-C.
#[derive(Debug, Clone)]
pub(super) struct Interrupt {
    token: CancellationToken,
}

impl Interrupt {
    /// Begins to listen.
    pub(super) fn listen() -> Self {
        let token = CancellationToken::new();
        let stop = token.clone();
        tokio::spawn(async move {
            // Where signals cannot be listened for, Ctrl-C ends the process the system's way.
            let Ok(mut signals) = Signals::new() else { return };
            signals.next().await;
            stop.cancel();
            signals.next().await;
            std::process::exit(i32::from(Exit::Interrupted.code()));
        });
        Self { token }
    }

    /// The token that is cancelled by the first Ctrl-C.
    pub(super) fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Runs something that changes nothing and may be dropped at any point.
    pub(super) async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, CliError> {
        tokio::select! {
            biased;
            () = self.token.cancelled() => Err(CliError::Interrupted),
            done = work => Ok(done),
        }
    }
}

/// What asks a process to end.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What asks a process to end.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_dropped_once_somebody_asks_to_stop() {
        let interrupt = Interrupt { token: CancellationToken::new() };
        assert_eq!(interrupt.or(async { 7 }).await.expect("not interrupted"), 7);
        interrupt.token.cancel();
        let ended = interrupt.or(std::future::pending::<()>()).await;
        assert!(matches!(ended, Err(CliError::Interrupted)));
    }
}
