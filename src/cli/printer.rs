//! All output. Data goes to standard output, the rest to standard error; a reader that went away is no error.

use std::io::{self, IsTerminal as _, Write};

use anstream::AutoStream;
use dialoguer::console::Term;

use crate::render::{Colour, Style, escape};

use super::args::{ColorWhen, Global};
use super::error::CliError;

/// Where everything that is shown goes through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    out: Style,
    err: Style,
    volume: Volume,
}

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Volume {
    /// Errors only.
    Quiet,
    /// Also what was done, and progress.
    Normal,
    /// Also each step, a line each.
    Verbose,
}

impl Printer {
    pub(super) fn new(global: &Global) -> Self {
        let colour = |terminal: anstream::ColorChoice| match (global.color, terminal) {
            (ColorWhen::Never, _) | (ColorWhen::Auto, anstream::ColorChoice::Never) => Colour::Never,
            (ColorWhen::Always | ColorWhen::Auto, _) => Colour::Always,
        };
        Self {
            out: Style { colour: colour(AutoStream::choice(&io::stdout())), width: width(&Term::stdout()) },
            err: Style { colour: colour(AutoStream::choice(&io::stderr())), width: width(&Term::stderr()) },
            volume: match (global.quiet, global.verbose) {
                (true, _) => Volume::Quiet,
                (false, 0) => Volume::Normal,
                (false, _) => Volume::Verbose,
            },
        }
    }

    /// How text on standard output looks.
    pub(super) fn style(self) -> Style {
        self.out
    }

    /// How text on standard error looks.
    pub(super) fn err_style(self) -> Style {
        self.err
    }

    pub(super) fn volume(self) -> Volume {
        self.volume
    }

    /// Whether progress may be drawn: somebody watches, and asked for no lines instead.
    pub(super) fn draws(self) -> bool {
        self.volume == Volume::Normal && io::stderr().is_terminal()
    }

    /// Writes data to standard output.
    pub(super) fn data(self, text: &str) -> Result<(), CliError> {
        let mut out = AutoStream::new(io::stdout().lock(), choice(self.out.colour));
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CliError::System { doing: "write to standard output", source: error })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Says something on standard error, unless it is to be quiet.
    pub(super) fn say(self, text: &str) {
        if self.volume > Volume::Quiet {
            self.insist(text);
        }
    }

    /// Says an error and what to do next.
    pub(super) fn error(self, error: &CliError) {
        self.insist(&format!("{} {}", self.label("error:", RED), escape(&error.to_string())));
        if let Some(hint) = error.hint() {
            self.insist(&format!("{} {}", self.label("hint:", CYAN), escape(&hint)));
        }
    }

    /// Says something on standard error, whatever the volume.
    pub(super) fn insist(self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), choice(self.err.colour));
        // Nobody is left to tell that standard error is gone.
        let _ = writeln!(err, "{}", text.trim_end_matches('\n'));
    }

    fn label(self, text: &str, colour: anstyle::AnsiColor) -> String {
        if self.err.colour == Colour::Never {
            return text.to_owned();
        }
        let ansi = anstyle::Style::new().bold().fg_color(Some(colour.into()));
        format!("{ansi}{text}{ansi:#}")
    }
}

const RED: anstyle::AnsiColor = anstyle::AnsiColor::Red;
const CYAN: anstyle::AnsiColor = anstyle::AnsiColor::Cyan;

fn choice(colour: Colour) -> anstream::ColorChoice {
    match colour {
        Colour::Never => anstream::ColorChoice::Never,
        Colour::Always => anstream::ColorChoice::Always,
    }
}

fn width(terminal: &Term) -> usize {
    terminal.size_checked().map_or(Style::DEFAULT_WIDTH, |(_, columns)| usize::from(columns).max(40))
}
