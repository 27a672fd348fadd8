//! `schema`: prints the JSON Schema of the configuration.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::shell::Shell;
use crate::config;
use crate::render::json::pretty;

pub(super) fn run(shell: &Shell) -> Result<Exit, CliError> {
    shell.printer.data(&pretty(&config::schema(&shell.catalogue))?)?;
    Ok(Exit::Done)
}
