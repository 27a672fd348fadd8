//! Where traces of the program go: standard error, as text or JSON.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::render::{Colour, Style};

use super::args::{Global, LogFormat};

/// The variable that picks traces more finely than `-v` does, in the syntax of `tracing`.
pub(super) const VARIABLE: &str = "MAILWRIGHT_LOG";

/// Begins to write traces. A second call changes nothing.
pub(super) fn start(global: &Global, style: Style) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "mailwright=info,warn",
        (false, 2) => "mailwright=debug,warn",
        (false, _) => "mailwright=trace,debug",
    };
    let filter = match std::env::var(VARIABLE) {
        Ok(picked) if !picked.is_empty() => EnvFilter::new(picked),
        _ => EnvFilter::new(level),
    };
    let base = fmt().with_env_filter(filter).with_writer(io::stderr);
    // It fails only where one is set already, as in tests.
    let _ = match global.log_format {
        LogFormat::Text => {
            base.with_ansi(style.colour == Colour::Always).with_target(false).without_time().try_init()
        }
        LogFormat::Json => base.json().try_init(),
    };
}
