//! Where each call of the Cloud-Plugins goes: the defaults, and the `paths` of a connection that override them
//! (`contracts/open_xchange.md §2-§5`).
//!
//! The published document prints neither methods nor paths. Some of them are proven by the service's own scripts, most
//! are built by analogy, so every one can be given.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::http::{Call, Method, segment};
use crate::model::{ConnectionSpec, Param};
use crate::provider::{ErrorKind, KeyKind, KeySpec, ProviderError};

mod operations;

pub(super) use operations::{Host, OPERATIONS, Op, Operation};

static SPECS: LazyLock<Vec<KeySpec>> = LazyLock::new(|| {
    OPERATIONS
        .iter()
        .map(|operation| KeySpec {
            name: operation.key,
            kind: KeyKind::Text,
            required: false,
            default: operation.path,
            doc: operation.doc,
        })
        .collect()
});

/// The keys under `paths`.
pub(super) fn specs() -> &'static [KeySpec] {
    &SPECS
}

/// The operation of a word.
pub(super) fn operation(op: Op) -> &'static Operation {
    // A test proves that each has its row.
    OPERATIONS.iter().find(|operation| operation.op == op).unwrap_or(&OPERATIONS[0])
}

/// True where a connection gives these paths.
pub(super) fn gives(spec: &ConnectionSpec, ops: &[Op]) -> bool {
    let given = spec.map("paths");
    ops.iter().all(|op| given.is_some_and(|given| given.contains_key(operation(*op).key)))
}

/// Where each operation of one connection is.
#[derive(Debug)]
pub(super) struct Paths(BTreeMap<Op, (Option<Method>, String)>);

impl Paths {
    /// The defaults and what the connection gives instead.
    ///
    /// # Errors
    /// `Invalid` for a path that is none, that lacks a placeholder, or that has one which is not known.
    pub(super) fn of(spec: &ConnectionSpec) -> Result<Self, ProviderError> {
        let mut paths = BTreeMap::new();
        for operation in &OPERATIONS {
            let given = spec.map("paths").and_then(|given| given.get(operation.key));
            let entry = match given {
                None => operation.path.map(|path| (operation.method, path.to_owned())),
                Some(Param::Text(text)) => Some(operation.read(text)?),
                Some(_) => return Err(operation.wrong("it is no text")),
            };
            if let Some(entry) = entry {
                paths.insert(operation.op, entry);
            }
        }
        Ok(Self(paths))
    }

    /// True where it is known where an operation is.
    pub(super) fn has(&self, op: Op) -> bool {
        self.0.contains_key(&op)
    }

    /// The call of an operation with these values in its placeholders. `method` is the verb where several share the
    /// path.
    ///
    /// # Errors
    /// `Invalid` where it is not known where the operation is.
    pub(super) fn call(
        &self,
        op: Op,
        method: Method,
        values: &[(&str, &str)],
    ) -> Result<Call, ProviderError> {
        let Some((own, template)) = self.0.get(&op) else {
            return Err(operation(op).wrong("it is not given, and nothing is known of it"));
        };
        let mut path = String::with_capacity(template.len() + 32);
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => path.push_str(text),
                Piece::Placeholder(name) => {
                    let value =
                        values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
                    // Writing to a String cannot fail.
                    let _ = write!(path, "{}", segment(value));
                }
            }
        }
        Ok(Call::new(own.unwrap_or(method), path))
    }
}

impl Operation {
    fn wrong(&self, what: &str) -> ProviderError {
        let example =
            self.path.map_or_else(|| format!("with {}", self.needed()), |path| format!("as in `{path}`"));
        ProviderError::new(ErrorKind::Invalid, format!("`paths.{}` cannot be used: {what}", self.key))
            .hint(format!("give a path of the service's reference, {example}; a verb may stand before it"))
    }

    fn needed(&self) -> String {
        if self.needs.is_empty() {
            return "no placeholder".to_owned();
        }
        let names: Vec<String> =
            self.needs.iter().map(|name| format!("`{{{}}}`", name.replace('|', "}` or `{"))).collect();
        names.join(" and ")
    }

    fn read(&self, text: &str) -> Result<(Option<Method>, String), ProviderError> {
        let text = text.trim();
        let (method, path) = match text.split_once(char::is_whitespace) {
            None => (None, text),
            Some((verb, path)) => {
                let known = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete];
                let method = known.into_iter().find(|method| method.as_str() == verb);
                let method = method.ok_or_else(|| self.wrong(&format!("`{verb}` is no verb")))?;
                (Some(method), path.trim())
            }
        };
        if self.method.is_none() && method.is_some() {
            return Err(self.wrong("several verbs share this path, so none may stand before it"));
        }
        let is_read = |method: Method| matches!(method, Method::Get | Method::Head);
        if let (Some(own), Some(given)) = (self.method, method)
            && is_read(own) != is_read(given)
        {
            return Err(self.wrong(&format!("`{}` is no verb for it", given.as_str())));
        }
        if !path.starts_with('/') || path.contains(['?', '#']) || path.contains(char::is_whitespace) {
            return Err(self.wrong("it must start with `/` and have no query"));
        }
        let found: Vec<&str> = pieces(path)
            .filter_map(|piece| if let Piece::Placeholder(name) = piece { Some(name) } else { None })
            .collect();
        let all = self.needs.iter().flat_map(|name| name.split('|')).chain(["context"]);
        let all: Vec<&str> = all.collect();
        if let Some(strange) = found.iter().find(|name| !all.contains(*name)) {
            return Err(self.wrong(&format!("`{{{strange}}}` is no placeholder of it")));
        }
        let lacks = |name: &&&str| !name.split('|').any(|one| found.contains(&one));
        if let Some(name) = self.needs.iter().find(lacks) {
            let name = name.replace('|', "}` or `{");
            return Err(self.wrong(&format!("`{{{name}}}` is missing in it")));
        }
        if found.len() != path.matches(['{']).count() || found.len() != path.matches(['}']).count() {
            return Err(self.wrong("its braces do not match"));
        }
        Ok((method.or(self.method), path.to_owned()))
    }
}

enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    template.split('{').enumerate().flat_map(|(number, part)| {
        let (name, text) = if number == 0 {
            (None, part)
        } else {
            match part.split_once('}') {
                Some((name, text)) => (Some(Piece::Placeholder(name)), text),
                None => (None, part),
            }
        };
        name.into_iter().chain((!text.is_empty()).then_some(Piece::Text(text)))
    })
}

#[cfg(test)]
mod tests;
