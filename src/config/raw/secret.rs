//! References to secrets. A literal is refused, and neither the message nor an excerpt repeats it.

use crate::config::report::Report;
use crate::config::suggest::nearest;
use crate::config::text::joined;
use crate::config::yaml::{Entry, Kind, Node};
use crate::model::SecretRef;

use super::Reader;

const FORMS: &str =
    "write `{env: NAME}`, `{file: PATH}`, `{command: [PROGRAM, ARGUMENT]}` or `{generate: {dir: FOLDER}}`";
pub(super) const GENERATE_KEYS: [&str; 2] = ["dir", "keep"];
pub(super) const KEYS: [&str; 4] = ["env", "file", "command", "generate"];

impl Reader<'_> {
    /// A reference to a secret. Relative paths start at the folder of the file that holds it.
    pub(super) fn secret(&mut self, node: &Node<'_>, key: &str) -> Option<SecretRef> {
        let entries = match &node.kind {
            Kind::Map(entries) => entries,
            Kind::Broken => return None,
            Kind::Null => {
                self.wrong_type(node, key, "a reference to a secret");
                return None;
            }
            _ => {
                self.sink.hide(node.span);
                let message =
                    format!("`{key}` holds a literal, and a secret never stands in the configuration");
                self.sink.put(
                    Report::error("literal-secret", node.span, message)
                        .label("a reference is needed here")
                        .help(format!("{FORMS}; change the secret if this file was ever shared")),
                );
                return None;
            }
        };
        let [entry] = &**entries else {
            for entry in entries.iter() {
                self.hide_stray(entry);
            }
            let message =
                format!("`{key}` must be one reference to a secret, and this map has {} keys", entries.len());
            self.sink.put(Report::error("bad-value", node.span, message).help(FORMS));
            return None;
        };
        self.hide_misfit(entry);
        let base = self.files.get(node.span.file as usize).map(|file| &file.folder)?;
        match &*entry.key {
            "env" => self.env(&entry.value),
            "file" => {
                let path = self.filled_text(&entry.value, "file")?;
                Some(SecretRef::File(joined(base, path)))
            }
            "command" => self.command(&entry.value),
            "generate" => {
                let entries = self.map(&entry.value, "generate", "a map with the key `dir`")?;
                let (mut dir, mut keep) = (None, false);
                for entry in entries {
                    match &*entry.key {
                        "dir" => {
                            dir = self.filled_text(&entry.value, "dir").map(|path| joined(base, path));
                        }
                        "keep" => keep = self.bool(&entry.value, "keep").unwrap_or(false),
                        _ => {
                            self.sink.hide(entry.value.span);
                            self.unknown_key(entry, "`generate`", &GENERATE_KEYS);
                        }
                    }
                }
                if !entries.iter().any(|entry| entry.key == "dir") {
                    self.sink.put(
                        Report::error("missing-key", entry_span(node), "`generate` needs the key `dir`")
                            .help(
                                "`dir` is the folder for one file per address; keep it out of the repository",
                            ),
                    );
                }
                Some(SecretRef::Generate { dir: dir?, keep })
            }
            key => {
                // The key may be the secret itself, in braces: it is repeated only where it is a slip of a known one.
                self.sink.hide(entry.value.span);
                if nearest(key, KEYS).is_some() {
                    self.unknown_key(entry, "a reference to a secret", &KEYS);
                } else {
                    self.sink.hide(entry.key_span);
                    let message = "this map is no reference to a secret";
                    self.sink.put(Report::error("unknown-key", entry.key_span, message).help(FORMS));
                }
                None
            }
        }
    }

    fn env(&mut self, node: &Node<'_>) -> Option<SecretRef> {
        let name = self.filled_text(node, "env")?;
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if !plain {
            // It may be the secret itself.
            self.sink.hide(node.span);
            self.sink.put(
                Report::error(
                    "bad-value",
                    node.span,
                    "`env` does not hold the name of an environment variable",
                )
                .help("a name has letters, digits and `_`, and does not start with a digit"),
            );
            return None;
        }
        Some(SecretRef::Env(self.variable(name)))
    }

    fn command(&mut self, node: &Node<'_>) -> Option<SecretRef> {
        let items = self.list(node, "command", "a list: a program and its arguments")?;
        let words: Vec<String> =
            items.iter().filter_map(|item| self.text(item, "command").map(str::to_owned)).collect();
        if words.len() != items.len() {
            return None;
        }
        if words.first().is_none_or(|program| program.trim().is_empty()) {
            self.sink.put(
                Report::error("bad-value", node.span, "`command` names no program")
                    .help("write `{command: [PROGRAM, ARGUMENT]}`; no shell reads it"),
            );
            return None;
        }
        // A program named by a path lies where the file says, not where somebody happens to stand.
        let mut words = words;
        if words[0].starts_with("./") || words[0].starts_with("../") {
            let folder = &self.files.get(node.span.file as usize)?.folder;
            // The `./` stays, or a program beside the file would be looked for in PATH.
            words[0] = format!("./{}", joined(folder, &words[0]).to_string_lossy());
        }
        Some(SecretRef::Command(words))
    }

    /// Hides a value of another shape than its key has: it may be the secret itself.
    fn hide_misfit(&mut self, entry: &Entry<'_>) {
        let fits = match (&*entry.key, &entry.value.kind) {
            ("env" | "file", Kind::Str(_)) | ("generate", Kind::Map(_)) => true,
            ("command", Kind::Seq(items)) => items.iter().all(|item| matches!(item.kind, Kind::Str(_))),
            _ => false,
        };
        if !fits {
            self.sink.hide(entry.value.span);
        }
    }

    /// Hides the value of a key that is not one of a reference's: it may be the secret itself.
    fn hide_stray(&mut self, entry: &Entry<'_>) {
        if !KEYS.contains(&&*entry.key) {
            self.sink.hide(entry.key_span);
            self.sink.hide(entry.value.span);
        }
    }
}

fn entry_span(node: &Node<'_>) -> crate::config::text::Span {
    if let Kind::Map(entries) = &node.kind
        && let Some(entry) = entries.first()
    {
        return entry.key_span;
    }
    node.span
}
