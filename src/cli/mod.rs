//! The command line: what was typed, what it means, and what is shown of it.
//!
//! The only place that reads the clock, the environment and the terminal for the pure parts, and the only one
//! that prints. One file per command under `commands`; each is the table of contents of what it does.

mod args;
mod audited;
mod baseline;
mod commands;
mod confirm;
mod connect;
mod error;
mod exit;
mod files;
mod help;
mod interrupt;
mod load;
mod logging;
mod pace;
mod planning;
mod printer;
mod progress;
mod report;
mod shell;
mod survey;

use std::ffi::OsString;

use clap::Parser as _;
use tokio::runtime::Runtime;

use args::{Arguments, Command, LogFormat};
use error::CliError;
use interrupt::Interrupt;
use printer::Printer;
use shell::Shell;

pub use exit::Exit;

/// As much as a main thread has: what is read may be nested deeply.
const STACK: usize = 8 << 20;

/// Runs the command that these arguments (the program's name first) ask for, and says how it ended.
pub fn run(typed: impl IntoIterator<Item = OsString>) -> Exit {
    let typed: Vec<OsString> = typed.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&typed) {
        Ok(arguments) => arguments,
        Err(answer) => return show(&answer, logging::asked_for(&typed)),
    };
    let printer = Printer::new(&arguments.global);
    logging::start(&arguments.global, printer.err_style());
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .map_err(|source| CliError::System { doing: "start", source })
        .and_then(|runtime| {
            // An apply talks with its calls ten thousand times, so it runs on a worker beside them: from the outside each
            // word would wake another thread. What reads a hundred thousand objects stays on this thread, and so in
            // one heap.
            let is_apply = matches!(arguments.command, Command::Apply(_));
            let work = async move {
                let shell = Shell::new(printer, Interrupt::listen());
                commands::run(&shell, arguments.command).await
            };
            let ended = if is_apply { on_worker(&runtime, work) } else { runtime.block_on(work) };
            // A prompt that nobody answers must not hold the process.
            runtime.shutdown_background();
            ended
        });
    ended.unwrap_or_else(|error| {
        printer.error(&error);
        error.exit()
    })
}

fn on_worker(
    runtime: &Runtime,
    work: impl Future<Output = Result<Exit, CliError>> + Send + 'static,
) -> Result<Exit, CliError> {
    runtime.block_on(runtime.spawn(work)).unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(source) => Err(CliError::System { doing: "go on", source: std::io::Error::other(source) }),
    })
}

/// Shows what the parser answers: help and version are data, anything else is wrong usage.
fn show(answer: &clap::Error, log: LogFormat) -> Exit {
    if answer.use_stderr() && log == LogFormat::Json {
        let text = answer.render().to_string();
        let message = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
        printer::raw(&logging::line(logging::Level::Error, message, None));
    } else {
        // A reader that went away is no error.
        let _ = answer.print();
    }
    if answer.use_stderr() { Exit::Failed } else { Exit::Done }
}
