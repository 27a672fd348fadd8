//! `completions`: prints completions for a shell.

use clap::CommandFactory as _;

use crate::cli::args::{Arguments, Completions};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::shell::Shell;

pub(super) fn run(shell: &Shell, typed: &Completions) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(typed.shell, &mut Arguments::command(), "mailwright", &mut script);
    shell.printer.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
