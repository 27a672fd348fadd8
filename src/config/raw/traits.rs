//! What profiles and mailboxes have in common: scalars, the password and settings.

use crate::config::report::{Report, quoted};
use crate::config::yaml::{Entry, Kind as Yaml, Node};
use crate::model::{AccountState, Field, Kind, Quota, Value};

use super::{FieldAt, Reader, Traits};

/// The keys that this module reads.
pub(super) const TRAIT_KEYS: [&str; 8] = [
    "display_name",
    "given_name",
    "family_name",
    "state",
    "quota",
    "hidden_from_directory",
    "password",
    "settings",
];

impl Reader<'_> {
    /// Reads a key of [`TRAIT_KEYS`]; false where it is none of them.
    pub(super) fn read_trait<'t>(&mut self, entry: &Entry<'t>, traits: &mut Traits<'t>) -> bool {
        let node = &entry.value;
        let (field, value) = match &*entry.key {
            "display_name" => (Field::DisplayName, self.text(node, "display_name").map(Value::text)),
            "given_name" => (Field::GivenName, self.text(node, "given_name").map(Value::text)),
            "family_name" => (Field::FamilyName, self.text(node, "family_name").map(Value::text)),
            "state" => (Field::State, self.state(node)),
            "quota" => (Field::Quota, self.quota(node)),
            "hidden_from_directory" => {
                let hidden = self.bool(node, "hidden_from_directory");
                (Field::HiddenFromDirectory, hidden.map(Value::Bool))
            }
            "password" => (Field::Password, self.secret(node, "password").map(Value::Secret)),
            "settings" => {
                traits.settings = self.settings(node, &[Kind::Mailbox, Kind::Registration]);
                return true;
            }
            _ => return false,
        };
        if let Some(value) = value {
            traits.fields.push(FieldAt { field, value, span: node.span });
        }
        true
    }

    fn state(&mut self, node: &Node<'_>) -> Option<Value> {
        let word = self.word(node, "state", &["active", "suspended"])?;
        Some(Value::State(if word == "active" { AccountState::Active } else { AccountState::Suspended }))
    }

    fn quota(&mut self, node: &Node<'_>) -> Option<Value> {
        let text = match &node.kind {
            Yaml::Str(text) => text,
            Yaml::Int(number) => {
                let report = if *number == 0 {
                    Report::error("bad-value", node.span, "a quota of 0 means nothing here")
                        .help("write `unlimited`, or leave the key out")
                } else {
                    let message = format!("the quota {number} has no unit");
                    Report::error("bad-value", node.span, message)
                        .help(format!("write `{number} MiB`, `{number} GiB` or the like"))
                };
                self.sink.put(report);
                return None;
            }
            Yaml::Float(text) => {
                let message = format!("the quota {} has no unit", quoted(text));
                self.sink.put(
                    Report::error("bad-value", node.span, message)
                        .help("write it with a unit, like `1.5 GiB`"),
                );
                return None;
            }
            _ => {
                self.wrong_type(node, "quota", "text like `5 GiB` or `unlimited`");
                return None;
            }
        };
        match text.parse::<Quota>() {
            Ok(quota) => Some(Value::Quota(quota)),
            Err(error) => {
                let message = error.to_string();
                let (message, help) = message.split_once(": ").unwrap_or((&message, ""));
                let mut report = Report::error("bad-value", node.span, message);
                if !help.is_empty() {
                    report = report.help(help);
                }
                self.sink.put(report);
                None
            }
        }
    }
}
