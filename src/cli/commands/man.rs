//! `man`: the manual, from the same definition as the help.

use clap::CommandFactory as _;
use clap_mangen::Man as Page;

use crate::cli::args::{Arguments, Man};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::files;
use crate::cli::shell::Shell;

pub(super) fn run(shell: &Shell, typed: &Man) -> Result<Exit, CliError> {
    let command = Arguments::command();
    match &typed.out {
        None => {
            let mut page = Vec::new();
            Page::new(command)
                .render(&mut page)
                .map_err(|source| CliError::System { doing: "make the manual", source })?;
            shell.printer.data(&String::from_utf8_lossy(&page))?;
        }
        Some(folder) => {
            files::make_folder(folder)?;
            clap_mangen::generate_to(command, folder).map_err(|source| CliError::File {
                doing: "write the manual into",
                path: folder.clone(),
                source,
            })?;
        }
    }
    Ok(Exit::Done)
}
