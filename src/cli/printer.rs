//! All output. Data goes to standard output, the rest to standard error, as text or as JSON; a reader that went away
//! is no error.

use std::io::{self, IsTerminal as _, Write};

use anstream::AutoStream;
use dialoguer::console::Term;

use crate::config::{Diagnostic, Problems};
use crate::model::Severity;
use crate::render::{Colour, Style, escape};

use super::args::{ColorWhen, Global, LogFormat};
use super::error::CliError;
use super::logging::{Level, line};

/// Where everything that is shown goes through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    out: Style,
    err: Style,
    volume: Volume,
    log: LogFormat,
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
        let err = match global.log_format {
            LogFormat::Text => colour(AutoStream::choice(&io::stderr())),
            LogFormat::Json => Colour::Never,
        };
        Self {
            out: Style { colour: colour(AutoStream::choice(&io::stdout())), width: width(&Term::stdout()) },
            err: Style { colour: err, width: width(&Term::stderr()) },
            volume: match (global.quiet, global.verbose) {
                (true, _) => Volume::Quiet,
                (false, 0) => Volume::Normal,
                (false, _) => Volume::Verbose,
            },
            log: global.log_format,
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
        self.volume == Volume::Normal && self.log == LogFormat::Text && io::stderr().is_terminal()
    }

    /// Whether a question may stand on standard error: a program that reads it would not understand it.
    pub(super) fn may_ask(self) -> bool {
        self.log == LogFormat::Text
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

    /// Says something on standard error, unless it is to be quiet. Names and reasons in it are made safe to show.
    pub(super) fn say(self, text: &str) {
        let lines: Vec<_> = text.split('\n').map(escape).collect();
        self.rendered(&lines.join("\n"));
    }

    /// The same for lines that a renderer made, with their colours.
    pub(super) fn rendered(self, text: &str) {
        if self.volume > Volume::Quiet {
            self.tell(Level::Info, text);
        }
    }

    /// Says an error and what to do next.
    pub(super) fn error(self, error: &CliError) {
        let (text, hint) = (error.to_string(), error.hint());
        if self.log == LogFormat::Json {
            return raw(&line(Level::Error, &text, hint.as_deref()));
        }
        self.tell(Level::Error, &format!("{} {}", self.label("error:", RED), escape(&text)));
        if let Some(hint) = hint {
            self.tell(Level::Error, &format!("{} {}", self.label("hint:", CYAN), escape(&hint)));
        }
    }

    /// Says something that should be looked at in a configuration, unless it is to be quiet.
    pub(super) fn warning(self, warning: &Diagnostic) {
        if self.volume > Volume::Quiet {
            self.tell(level(warning.severity), &warning.to_string());
        }
    }

    /// Says what is wrong with a configuration, whatever the volume; as JSON, each problem for itself.
    pub(super) fn problems(self, problems: &Problems) {
        match self.log {
            LogFormat::Text => self.tell(Level::Error, &problems.to_string()),
            LogFormat::Json => {
                for problem in &problems.diagnostics {
                    self.tell(level(problem.severity), &problem.to_string());
                }
            }
        }
    }

    fn tell(self, level: Level, text: &str) {
        let text = text.trim_end_matches('\n');
        match self.log {
            LogFormat::Json => raw(&line(level, text.trim_start_matches('\n'), None)),
            LogFormat::Text => {
                let mut err = AutoStream::new(io::stderr().lock(), choice(self.err.colour));
                // Nobody is left to tell that standard error is gone.
                let _ = writeln!(err, "{text}");
            }
        }
    }

    fn label(self, text: &str, colour: anstyle::AnsiColor) -> String {
        if self.err.colour == Colour::Never {
            return text.to_owned();
        }
        let ansi = anstyle::Style::new().bold().fg_color(Some(colour.into()));
        format!("{ansi}{text}{ansi:#}")
    }
}

/// Writes a line to standard error as it is.
pub(super) fn raw(line: &str) {
    // Nobody is left to tell that standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Note => Level::Info,
        Severity::Warning => Level::Warn,
        Severity::Error => Level::Error,
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
