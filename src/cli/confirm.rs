//! Asks before something is changed.

use std::io::{self, IsTerminal as _};

use dialoguer::Confirm;

use super::error::CliError;
use super::interrupt::Interrupt;

/// Whether a question can be answered: somebody reads standard error and writes to standard input.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// What somebody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Do it.
    Yes,
    /// Do not.
    No,
}

/// Asks; an empty answer is a no.
pub(super) async fn ask(interrupt: &Interrupt, question: String) -> Result<Answer, CliError> {
    let asked =
        tokio::task::spawn_blocking(move || Confirm::new().with_prompt(question).default(false).interact());
    match interrupt.or(asked).await? {
        Ok(Ok(true)) => Ok(Answer::Yes),
        Ok(Ok(false)) => Ok(Answer::No),
        Ok(Err(dialoguer::Error::IO(error))) if error.kind() == io::ErrorKind::Interrupted => {
            Err(CliError::Interrupted)
        }
        Ok(Err(dialoguer::Error::IO(source))) => Err(CliError::System { doing: "ask", source }),
        Err(panicked) => Err(CliError::Bug(panicked.to_string())),
    }
}
