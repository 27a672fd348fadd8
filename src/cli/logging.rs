//! Where traces of the program go: standard error, as text or JSON. With JSON, everything that goes to standard error
//! is one object per line, in the shape of the traces.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic;

use jiff::Timestamp;
use serde::Serialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::render::json::inert;
use crate::render::{Colour, Style, escape};

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
    let format = global.log_format;
    let base = fmt().with_env_filter(filter).with_writer(move || Inert { out: io::stderr(), format });
    panic::set_hook(Box::new(move |panic| printer::raw(&last_words(panic, format))));
    // It fails only where one is set already, as in tests.
    let _ = match global.log_format {
        LogFormat::Text => {
            base.with_ansi(style.colour == Colour::Always).with_target(false).without_time().try_init()
        }
        LogFormat::Json => base.json().flatten_event(true).try_init(),
    };
}

/// Takes out of traces what would disturb a terminal or give orders to a CI host. Each trace comes in one piece.
struct Inert<W> {
    out: W,
    format: LogFormat,
}

impl<W: Write> Write for Inert<W> {
    fn write(&mut self, trace: &[u8]) -> io::Result<usize> {
        const COLOUR: char = '\u{1b}';
        let text = String::from_utf8_lossy(trace);
        let safe = match self.format {
            LogFormat::Json => inert(&text).into_owned(),
            // Whoever wrote the trace took escape characters out of what it tells; those that are left are colours.
            LogFormat::Text => {
                let line = |line: &str| line.split(COLOUR).map(escape).collect::<Vec<_>>().join("\u{1b}");
                text.split('\n').map(line).collect::<Vec<_>>().join("\n")
            }
        };
        self.out.write_all(safe.as_bytes())?;
        Ok(trace.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What is said of a panic: where it was, and its message where that is a fixed text. One that was put together from
/// values may hold a secret.
fn last_words(panic: &panic::PanicHookInfo<'_>, format: LogFormat) -> String {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let said = match panic.payload().downcast_ref::<&'static str>() {
        Some(text) => format!(": {text}"),
        None => "; its message is not shown, since it may hold a secret".to_owned(),
    };
    let backtrace = Backtrace::capture();
    let way = match backtrace.status() {
        BacktraceStatus::Captured => format!("\n{backtrace}"),
        _ => String::new(),
    };
    let message = format!("this is a bug of mailwright: panicked at {place}{said}{way}");
    match format {
        LogFormat::Text => format!("error: {message}"),
        LogFormat::Json => line(Level::Error, &message, None),
    }
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
    inert(&serde_json::to_string(&said).unwrap_or_default()).into_owned()
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
    fn a_trace_disturbs_no_terminal() {
        let mut text = Inert { out: Vec::new(), format: LogFormat::Text };
        text.write_all("\u{1b}[33mWARN\u{1b}[0m x=\u{202e}a ##[group]b\n".as_bytes()).expect("written");
        assert_eq!(text.out, "\u{1b}[33mWARN\u{1b}[0m x=\\u{202e}a #\\u{23}[group]b\n".as_bytes());
        let mut json = Inert { out: Vec::new(), format: LogFormat::Json };
        json.write_all("{\"x\":\"\u{9b}\u{e0041}\"}\n".as_bytes()).expect("written");
        assert_eq!(json.out, b"{\"x\":\"\\u009b\\udb40\\udc41\"}\n");
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
