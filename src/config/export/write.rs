//! Writes YAML: block maps down to the entries, flow below, and only what every reader of YAML reads as meant.

use super::values::Entry;
use crate::config::limits::MAX_KEY_CHARS;
use crate::model::{escape, is_hidden, judged};

/// A configuration that is being written.
pub(super) struct Document {
    text: String,
}

impl Document {
    /// Nothing written yet.
    pub(super) fn new() -> Self {
        Self { text: String::new() }
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A comment of one line.
    pub(super) fn comment(&mut self, text: &str) {
        let text = one_line(text);
        self.line(&format!("# {text}"));
    }

    /// A section at the top, where there is anything in it. One of comments alone has no key: an empty key is null.
    pub(super) fn section(&mut self, key: &str, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        self.text.push('\n');
        if entries.iter().any(Entry::says_something) {
            self.line(&format!("{key}:"));
        } else {
            self.comment(&format!("{key}:"));
        }
        for entry in entries {
            entry.write(1, &mut self.text);
        }
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// A text in one line, without what would end a comment or disturb a terminal.
pub(super) fn one_line(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    escape(&flat).into_owned()
}

/// A text as a scalar: plain where no reader of YAML could take it for anything else, also within `[…]` and `{…}`.
pub(super) fn scalar(text: &str) -> String {
    let plain_inside = |c: char| {
        c.is_alphanumeric() && !is_hidden(c) || matches!(c, '@' | '.' | '_' | '-' | '+' | '/' | ' ')
    };
    let starts_plain =
        text.chars().next().is_some_and(|c| c.is_alphabetic() || (c.is_ascii_digit() && text.contains('@')));
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    if starts_plain && !word && !text.ends_with(' ') && text.chars().all(plain_inside) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for (c, is_safe) in judged(text) {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_safe => quoted.push(c),
            c => quoted.push_str(&escaped(c)),
        }
    }
    quoted.push('"');
    quoted
}

/// True for a text that can be read again as a key: one that is too long is none, as it is written.
pub(super) fn fits_a_key(text: &str) -> bool {
    scalar(text).len() <= MAX_KEY_CHARS
}

/// A character in YAML's own escape.
fn escaped(c: char) -> String {
    match u32::from(c) {
        code @ 0..=0xffff => format!("\\u{code:04X}"),
        code => format!("\\U{code:08X}"),
    }
}
