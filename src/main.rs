//! The `mailwright` program: hands its arguments to [`mailwright::cli`] and leaves with what that says.

use std::process::ExitCode;

fn main() -> ExitCode {
    mailwright::cli::run(std::env::args_os()).into()
}
