//! Values and entries on their way into the document.

use crate::model::{Field, Fields, Value};

use super::write::{one_line, scalar};

/// One entry of a section: a key with what stands under it, or a comment.
pub(super) enum Entry {
    /// A comment.
    Note(String),
    /// A key with a value in one line.
    Line(String, String),
    /// A key with entries below it.
    Block(String, Vec<Entry>),
}

impl Entry {
    /// A comment.
    pub(super) fn note(text: &str) -> Self {
        Self::Note(one_line(text))
    }

    /// A key with a value that is written already.
    pub(super) fn line(key: &str, value: String) -> Self {
        Self::Line(scalar(key), value)
    }

    /// A key with entries below it; `{}` where none of them says anything, with the comments before it.
    pub(super) fn block(key: &str, entries: Vec<Entry>) -> Vec<Self> {
        if entries.iter().any(Self::says_something) {
            return vec![Self::Block(scalar(key), entries)];
        }
        let mut flat: Vec<Self> = entries
            .into_iter()
            .map(|entry| match entry {
                Self::Note(text) => Self::Note(format!("{key}: {text}")),
                other => other,
            })
            .collect();
        flat.push(Self::line(key, "{}".to_owned()));
        flat
    }

    /// The same for a key that means nothing without entries: comments alone where none of them says anything.
    pub(super) fn section(key: &str, entries: Vec<Entry>) -> Vec<Self> {
        let says_something = entries.iter().any(Self::says_something);
        let mut found = Self::block(key, entries);
        if !says_something {
            found.pop();
        }
        found
    }

    /// True for what is no comment.
    pub(super) fn says_something(&self) -> bool {
        !matches!(self, Self::Note(_))
    }

    /// Writes it at a depth.
    pub(super) fn write(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Note(text) => out.extend([&*indent, "# ", text, "\n"]),
            Self::Line(key, value) => out.extend([&*indent, key, ": ", value, "\n"]),
            Self::Block(key, entries) => {
                out.extend([&*indent, key, ":\n"]);
                for entry in entries {
                    entry.write(depth + 1, out);
                }
            }
        }
    }
}

/// Where settings stand.
#[derive(Clone, Copy)]
pub(super) enum Settings {
    /// Under `settings:`.
    Under,
    /// Among the keys.
    Among,
}

/// An entry of an object with its fields.
pub(super) fn fields_entry(key: &str, fields: &Fields, notes: &[String], settings: Settings) -> Vec<Entry> {
    let mut entries: Vec<Entry> = notes.iter().map(|note| Entry::note(note)).collect();
    entries.extend(field_entries(fields));
    match settings {
        Settings::Among => entries.extend(setting_entries(fields)),
        Settings::Under => entries.extend(Entry::section("settings", setting_entries(fields))),
    }
    Entry::block(key, entries)
}

/// The fields that every service may have, as entries.
pub(super) fn field_entries(fields: &Fields) -> Vec<Entry> {
    let entry = |(field, value): (&Field, &Value)| match field {
        Field::Setting(_) => None,
        Field::Targets => Some(Entry::line("to", value_text(value))),
        Field::AdminRights => Some(Entry::line("rights", value_text(value))),
        other => Some(Entry::line(&other.to_string(), value_text(value))),
    };
    fields.iter().filter_map(entry).collect()
}

/// The settings of one service, as entries.
pub(super) fn setting_entries(fields: &Fields) -> Vec<Entry> {
    let entry = |(field, value): (&Field, &Value)| match field {
        Field::Setting(name) => Some(Entry::line(name, value_text(value))),
        _ => None,
    };
    fields.iter().filter_map(entry).collect()
}

/// A value in one line.
pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::Bool(yes) => yes.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Json(json) => json_text(json.as_str()),
        Value::Quota(quota) => quota.to_string(),
        Value::Text(text) => scalar(text),
        Value::State(state) => state.to_string(),
        Value::Secret(reference) => scalar(&reference.to_string()),
        Value::Addresses(_) | Value::Rights(_) | Value::Words(_) | Value::Domains(_) => list(value.members()),
    }
}

/// A list in one line.
pub(super) fn list(members: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let members: Vec<String> = members.into_iter().map(|member| scalar(member.as_ref())).collect();
    format!("[{}]", members.join(", "))
}

/// JSON is YAML, but for characters that YAML wants escaped and for texts behind a `:` without a space.
fn json_text(json: &str) -> String {
    fn write(value: &serde_json::Value, out: &mut String) {
        match value {
            serde_json::Value::String(text) => out.push_str(&quoted(text)),
            serde_json::Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    write(item, out);
                }
                out.push(']');
            }
            serde_json::Value::Object(map) => {
                out.push('{');
                for (index, (key, item)) in map.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    out.push_str(&quoted(key));
                    out.push_str(": ");
                    write(item, out);
                }
                out.push('}');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    fn quoted(text: &str) -> String {
        let written = scalar(text);
        if written.starts_with('"') { written } else { format!("\"{written}\"") }
    }
    let mut out = String::new();
    match serde_json::from_str(json) {
        Ok(value) => write(&value, &mut out),
        Err(_) => out.push_str(&scalar(json)),
    }
    out
}
