//! Where traces of the program go: standard error, as text or JSON. With JSON, everything that goes to standard error
//! is one object per line, in the shape of the traces.

use std::ffi::OsString;
use std::io;
use std::panic;

use jiff::Timestamp;
use serde::Serialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::render::{Colour, Style};

use super::args::{Global, LogFormat};
use super::printer;

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
        LogFormat::Json => {
            panic::set_hook(Box::new(|panic| {
                printer::raw(&line(Level::Error, &format!("this is a bug of mailwright: {panic}"), None));
            }));
            base.json().flatten_event(true).try_init()
        }
    };
}

/// How grave something is that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Level {
    /// What was done, and progress.
    Info,
    /// What should be looked at.
    Warn,
    /// What ended it.
    Error,
}

/// Something that is said, as one line of JSON.
pub(super) fn line(level: Level, message: &str, hint: Option<&str>) -> String {
    #[derive(Serialize)]
    struct Said<'a> {
        timestamp: String,
        level: Level,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'a str>,
        target: &'static str,
    }
    let said =
        Said { timestamp: format!("{:.6}", Timestamp::now()), level, message, hint, target: "mailwright" };
    // Text and words are always JSON.
    serde_json::to_string(&said).unwrap_or_default()
}

/// Whether these arguments ask for JSON, also where they cannot be understood otherwise.
pub(super) fn asked_for(typed: &[OsString]) -> LogFormat {
    const OPTION: &str = "--log-format";
    let words: Vec<&str> =
        typed.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--").collect();
    let json = words.contains(&"--log-format=json") || words.windows(2).any(|pair| pair == [OPTION, "json"]);
    if json { LogFormat::Json } else { LogFormat::Text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_one_line_whatever_it_holds() {
        let line = line(Level::Error, "a\n\"b\"\u{202e}", Some("c"));
        assert!(!line.contains('\n'));
        let said: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(said["level"], "ERROR");
        assert_eq!(said["message"], "a\n\"b\"\u{202e}");
        assert_eq!(said["hint"], "c");
        let time: Timestamp = said["timestamp"].as_str().expect("text").parse().expect("a time");
        assert!(time <= Timestamp::now());
    }

    #[test]
    fn json_is_asked_for_in_both_spellings() {
        let ask = |words: &[&str]| asked_for(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(ask(&["plan", "--log-format=json", "--bad"]), LogFormat::Json);
        assert_eq!(ask(&["plan", "--log-format", "json"]), LogFormat::Json);
        assert_eq!(ask(&["plan", "--log-format", "text", "json"]), LogFormat::Text);
        assert_eq!(ask(&["plan", "--", "--log-format=json"]), LogFormat::Text);
    }
}
