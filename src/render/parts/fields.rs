//! What a write does to the fields of its object.

use crate::model::{Change, Field, Fields, SecretRef, Value, Verb};
use crate::render::line::Line;
use crate::render::style::Ink;

use super::diff;

/// The field differences of one object's writes.
#[derive(Debug, Default)]
pub(in crate::render) struct Differences {
    /// Short ones, for the row.
    pub(in crate::render) short: Vec<Line>,
    /// Long texts, for lines of their own.
    pub(in crate::render) long: Vec<Line>,
}

/// What these writes of one object do to its fields.
pub(in crate::render) fn differences(changes: &[&Change]) -> Differences {
    let mut found = Differences::default();
    let creates = changes.iter().any(|change| change.verb == Verb::Create);
    for change in changes {
        match change.verb {
            Verb::Create => {
                for (field, value) in change.after.iter() {
                    // What the create cannot carry stands in `after` too, and follows in an update of its own.
                    if change.fields.is_empty() || change.fields.contains(field) {
                        found.add_new(field, value);
                    }
                }
            }
            Verb::Update | Verb::Rename => {
                for field in &change.fields {
                    let before = change.before.as_ref().and_then(|before| before.get(field));
                    match (before, change.after.get(field)) {
                        (None, Some(new)) if creates => found.add_new(field, new),
                        (old, new) => found.add_changed(field, old, new),
                    }
                }
            }
            Verb::Delete if !creates => {
                if let Some(before) = &change.before {
                    found.add_gone(before);
                }
            }
            Verb::Delete => {}
        }
    }
    found
}

impl Differences {
    fn add_new(&mut self, field: &Field, value: &Value) {
        if let Value::Secret(reference) = value {
            self.short.push(label(field).then(Ink::Added, &origin(reference)));
            return;
        }
        let text = shown(value);
        if !value.is_set() && diff::is_long(&text) {
            self.long.push(label(field).then(Ink::Added, &text));
            return;
        }
        self.short.push(match field {
            Field::Targets => Line::plain("→ ").then(Ink::Added, &text),
            Field::Rights => Line::of(Ink::Added, &text),
            _ => label(field).then(Ink::Added, &text),
        });
    }

    fn add_changed(&mut self, field: &Field, old: Option<&Value>, new: Option<&Value>) {
        if let (Some(old), Some(new)) = (old, new) {
            if old.is_set() && new.is_set() {
                self.short.push(set_difference(field, old, new));
                return;
            }
            let (old, new) = (shown(old), shown(new));
            if diff::is_long(&old) || diff::is_long(&new) {
                let mut line = label(field);
                line.append(diff::words(&old, &new));
                self.long.push(line);
                return;
            }
        }
        let mut line = label(field);
        if let Some(old) = old {
            line = line.then(Ink::Removed, &shown(old)).then(Ink::Plain, " ");
        }
        line = line.then(Ink::Plain, "→ ");
        line = match new {
            Some(new) => line.then(Ink::Added, &shown(new)),
            None => line.then(Ink::Faint, "none"),
        };
        if line.width() > 2 * diff_width() {
            self.long.push(line);
        } else {
            self.short.push(line);
        }
    }

    /// Of what is deleted, only what somebody may miss: where mail went and who could do what.
    fn add_gone(&mut self, before: &Fields) {
        for (field, value) in before.iter() {
            match field {
                Field::Targets => self.short.push(Line::plain("→ ").then(Ink::Removed, &shown(value))),
                Field::Rights => self.short.push(Line::of(Ink::Removed, &shown(value))),
                _ => {}
            }
        }
    }
}

const fn diff_width() -> usize {
    60
}

fn label(field: &Field) -> Line {
    Line::plain(&format!("{field} "))
}

/// A value, also where it is empty.
pub(in crate::render) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match (text.is_empty(), value.is_set()) {
        (true, true) => "nobody".to_owned(),
        (true, false) => "\"\"".to_owned(),
        (false, _) => text,
    }
}

/// Where a secret comes from, in words.
fn origin(reference: &SecretRef) -> String {
    match reference {
        SecretRef::Env(name) => format!("from the variable {name}"),
        SecretRef::File(path) => format!("from the file {}", path.display()),
        SecretRef::Command(words) => format!("from `{}`", words.first().map_or("", String::as_str)),
        SecretRef::Generate { dir, .. } => format!("generated in {}", dir.display()),
    }
}

fn set_difference(field: &Field, old: &Value, new: &Value) -> Line {
    let (old, new) = (old.members(), new.members());
    let mut line = Line::plain(&field.to_string());
    for member in new.iter().filter(|member| !contains(&old, member)) {
        line = line.then(Ink::Plain, " ").then(Ink::Added, &format!("+{member}"));
    }
    for member in old.iter().filter(|member| !contains(&new, member)) {
        line = line.then(Ink::Plain, " ").then(Ink::Removed, &format!("−{member}"));
    }
    line
}

fn contains(members: &[String], member: &str) -> bool {
    // Two spellings of one address are one member.
    members.iter().any(|known| known.eq_ignore_ascii_case(member))
}
