//! One file per command.

mod access;
mod apply;
mod audit;
mod completions;
mod doctor;
mod export;
mod fault;
mod init;
mod man;
mod plan;
mod providers;
mod sandbox;
mod saved;
mod schema;
mod show;
mod trace;
mod validate;

use super::args::Command;
use super::error::CliError;
use super::exit::Exit;
use super::shell::Shell;

/// Runs a command.
pub(super) async fn run(shell: &Shell, command: Command) -> Result<Exit, CliError> {
    match command {
        Command::Init(typed) => init::run(shell, &typed),
        Command::Validate(typed) => validate::run(shell, &typed),
        Command::Plan(typed) => plan::run(shell, &typed).await,
        Command::Apply(typed) => apply::run(shell, &typed).await,
        Command::Audit(typed) => audit::run(shell, &typed).await,
        Command::Export(typed) => export::run(shell, &typed).await,
        Command::Show(typed) => show::run(shell, &typed).await,
        Command::Trace(typed) => trace::run(shell, &typed).await,
        Command::Access(typed) => access::run(shell, &typed).await,
        Command::Providers(typed) => providers::run(shell, &typed),
        Command::Doctor(typed) => doctor::run(shell, &typed).await,
        Command::Sandbox(typed) => sandbox::run(shell, &typed).await,
        Command::Schema => schema::run(shell),
        Command::Completions(typed) => completions::run(shell, &typed),
        Command::Man(typed) => man::run(shell, &typed),
    }
}
