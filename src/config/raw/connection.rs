//! Entries under `providers:`, read by what the catalogue says of their type.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::config::report::{Report, quoted};
use crate::config::suggest::{listed, nearest};
use crate::config::text::{At, joined};
use crate::config::yaml::{Entry, Kind as Yaml, Node};
use crate::model::{ConnectionName, ConnectionSpec, Param, SecretRef};
use crate::provider::{KeyKind, KeySpec};

use super::{RawConnection, Reader};

impl Reader<'_> {
    /// One connection.
    pub(super) fn connection<'t>(&mut self, entry: &Entry<'t>) -> RawConnection<'t> {
        let name = At::new(entry.key.clone(), entry.key_span);
        let before = self.sink.errors();
        self.connection_name(name.by_ref());
        let spec = self.connection_spec(entry);
        RawConnection { name, spec: spec.filter(|_| self.sink.errors() == before) }
    }

    fn connection_name(&mut self, name: At<&str>) {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.value.is_empty() || name.value.len() > 64 || !name.value.chars().all(plain) {
            let message = format!("{} cannot be the name of a provider", quoted(name.value));
            self.sink.put(
                Report::error("bad-value", name.span, message)
                    .help("a name has 1 to 64 ASCII letters, digits, `-`, `_` and `.`"),
            );
        }
    }

    fn connection_spec(&mut self, entry: &Entry<'_>) -> Option<ConnectionSpec> {
        let entries = self.map(&entry.value, &entry.key, "a map with the key `type`")?;
        let types = || self.catalogue.iter().map(|provider| provider.name);
        let Some(type_entry) = entries.iter().find(|entry| entry.key == "type") else {
            let message = format!("{} has no `type`", quoted(&entry.key));
            let help = format!("add `type: TYPE`; there are {}", listed(types()));
            for entry in entries {
                self.hide_literal(entry);
            }
            self.sink.put(Report::error("missing-key", entry.key_span, message).help(help));
            return None;
        };
        let Yaml::Str(type_name) = &type_entry.value.kind else {
            self.wrong_type(&type_entry.value, "type", "text");
            return None;
        };
        let Some(provider) = self.catalogue.get(type_name) else {
            let message = format!("{} is not a type of provider", quoted(type_name));
            let help = match nearest(type_name, types()) {
                Some(word) => format!("did you mean `{word}`? There are {}", listed(types())),
                None => format!("there are {}", listed(types())),
            };
            for entry in entries {
                self.hide_literal(entry);
            }
            self.sink.put(Report::error("unknown-reference", type_entry.value.span, message).help(help));
            return None;
        };
        let keys = provider.keys;
        let place = format!("a provider of type `{}`", provider.name);
        let params = self.params(entries, keys, &place, "type");
        self.missing(entries, keys, entry, &place);
        Some(ConnectionSpec {
            name: ConnectionName::new(&entry.key),
            type_name: provider.name.into(),
            params,
            at: Some(entry.key_span.source(self.files)),
        })
    }

    fn missing(&mut self, entries: &[Entry<'_>], keys: &[KeySpec], owner: &Entry<'_>, place: &str) {
        for key in keys.iter().filter(|key| key.required) {
            if !entries.iter().any(|entry| entry.key == key.name) {
                let message =
                    format!("{} lacks the key `{}`, which {place} needs", quoted(&owner.key), key.name);
                let mut help = format!("{}: {}", key.name, key.doc);
                if matches!(key.kind, KeyKind::Secret) {
                    help = format!("{help} (a reference, like `{{env: NAME}}`)");
                }
                self.sink.put(Report::error("missing-key", owner.key_span, message).help(help));
            }
        }
    }

    fn params(
        &mut self,
        entries: &[Entry<'_>],
        keys: &[KeySpec],
        place: &str,
        skip: &str,
    ) -> BTreeMap<String, Param> {
        let mut params = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.key != skip) {
            let Some(key) = keys.iter().find(|key| key.name == entry.key) else {
                self.hide_literal(entry);
                let mut known: Vec<&str> = keys.iter().map(|key| key.name).collect();
                if !skip.is_empty() {
                    known.push(skip);
                }
                self.unknown_key(entry, place, &known);
                continue;
            };
            if let Some(param) = self.param(key, entry) {
                params.insert(key.name.to_owned(), param);
            }
        }
        params
    }

    /// Hides a text or number behind a key that nobody knows: it may be a secret under a misspelt key.
    fn hide_literal(&mut self, entry: &Entry<'_>) {
        if matches!(entry.value.kind, Yaml::Str(_) | Yaml::Int(_) | Yaml::Float(_)) && entry.key != "type" {
            self.sink.hide(entry.value.span);
        }
    }

    fn param(&mut self, key: &KeySpec, entry: &Entry<'_>) -> Option<Param> {
        let node = &entry.value;
        let name = key.name;
        match key.kind {
            // The number of an account, say. One whose zeros would be lost must be quoted.
            KeyKind::Text | KeyKind::TextOrSecret if let Some(digits) = digits(node) => {
                Some(Param::Text(digits))
            }
            KeyKind::Text => Some(Param::Text(self.filled_text(node, name)?.to_owned())),
            KeyKind::Url => self.url(node, name),
            KeyKind::Database => self.database(node, name),
            KeyKind::Path => {
                let path = self.filled_text(node, name)?;
                let folder = &self.files.get(node.span.file as usize)?.folder;
                Some(Param::Text(joined(folder, path).to_string_lossy().into_owned()))
            }
            KeyKind::Count | KeyKind::Seconds => self.int(node, name, 1, i64::from(u32::MAX)).map(Param::Int),
            KeyKind::Bool => self.bool(node, name).map(Param::Bool),
            KeyKind::Secret => self.secret_param(node, name),
            KeyKind::TextOrSecret => match &node.kind {
                Yaml::Map(_) => self.secret_param(node, name),
                _ => Some(Param::Text(self.filled_text(node, name)?.to_owned())),
            },
            KeyKind::Word(words) => Some(Param::Text(self.word(node, name, words)?.to_owned())),
            KeyKind::Words(words) => {
                let words = self.words(node, name, words)?;
                Some(Param::List(words.into_iter().collect()))
            }
            KeyKind::TextMap => {
                let entries = self.map(node, name, "a map from key to text")?;
                let texts = entries.iter().filter_map(|entry| {
                    let text = self.text(&entry.value, &entry.key)?;
                    Some((entry.key.clone().into_owned(), Param::Text(text.to_owned())))
                });
                Some(Param::Map(texts.collect()))
            }
            KeyKind::Keys(keys) => {
                let entries = self.map(node, name, "a map")?;
                let place = format!("`{name}`");
                self.missing(entries, keys, entry, &place);
                Some(Param::Map(self.params(entries, keys, &place, "")))
            }
        }
    }

    fn secret_param(&mut self, node: &Node<'_>, key: &str) -> Option<Param> {
        let secret = self.secret(node, key)?;
        if matches!(secret, SecretRef::Generate { .. }) {
            self.sink.put(
                Report::error(
                    "bad-value",
                    node.span,
                    format!("`{key}` cannot be generated: the service has to know it"),
                )
                .help("write `{env: NAME}`, `{file: PATH}` or `{command: [PROGRAM, ARGUMENT]}`"),
            );
            return None;
        }
        Some(Param::Secret(secret))
    }

    /// `sqlite:FILE`, or a reference.
    fn database(&mut self, node: &Node<'_>, key: &str) -> Option<Param> {
        let Yaml::Str(text) = &node.kind else {
            return self.secret_param(node, key);
        };
        let Some(file) = text.strip_prefix("sqlite:") else {
            self.sink.hide(node.span);
            let message =
                format!("`{key}` holds a literal that is no SQLite file: it would carry a password");
            self.sink.put(
                Report::error("literal-secret", node.span, message)
                    .label("`sqlite:FILE` or a reference is needed here")
                    .help("put the whole address of the database into a secret: `{env: NAME}`, `{file: PATH}` or \
                           `{command: [PROGRAM, ARGUMENT]}`"),
            );
            return None;
        };
        let file = file.strip_prefix("//").filter(|rest| !rest.is_empty()).unwrap_or(file);
        if file.trim().is_empty() {
            self.sink.put(
                Report::error("bad-value", node.span, format!("`{key}` names no file"))
                    .help("write `sqlite:FILE`; a relative path starts at the folder of this file"),
            );
            return None;
        }
        let folder = &self.files.get(node.span.file as usize)?.folder;
        Some(Param::Text(format!("sqlite:{}", joined(folder, file).to_string_lossy())))
    }

    fn url(&mut self, node: &Node<'_>, key: &str) -> Option<Param> {
        let text = self.filled_text(node, key)?;
        let (problem, code, help) = match check_url(text) {
            Ok(()) => return Some(Param::Text(text.trim_end_matches('/').to_owned())),
            Err(UrlProblem::Shape(why)) => {
                (why, "bad-value", "write it like `https://mail.example.com/path`")
            }
            Err(UrlProblem::Login) => (
                "it holds a login",
                "literal-secret",
                "credentials have keys of their own, as references to secrets",
            ),
            Err(UrlProblem::Plain) => (
                "plain http would send credentials readable to everybody on the way",
                "insecure-url",
                "write `https://`; plain http is possible to this machine only (localhost, 127.0.0.1, [::1])",
            ),
        };
        let message = if code == "literal-secret" {
            self.sink.hide(node.span);
            format!("`{key}` cannot be used: {problem}")
        } else {
            format!("{} cannot be used as `{key}`: {problem}", quoted(text))
        };
        self.sink.put(Report::error(code, node.span, message).help(help));
        None
    }
}

enum UrlProblem {
    Shape(&'static str),
    Login,
    Plain,
}

fn check_url(text: &str) -> Result<(), UrlProblem> {
    let (scheme, rest) =
        text.split_once("://").ok_or(UrlProblem::Shape("it does not start with `https://`"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    if authority.contains('@') {
        return Err(UrlProblem::Login);
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(UrlProblem::Shape("it holds white space, a control character or a backslash"));
    }
    if rest.contains(['?', '#']) {
        return Err(UrlProblem::Shape("it holds a `?` or `#`"));
    }
    let (host, port) = split_port(authority).ok_or(UrlProblem::Shape("its port is no number"))?;
    if host.is_empty() {
        return Err(UrlProblem::Shape("it names no host"));
    }
    if port == Some(0) {
        return Err(UrlProblem::Shape("its port is no number"));
    }
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let address: Option<IpAddr> = bracketed.unwrap_or(host).parse().ok();
    if address.is_none() && (bracketed.is_some() || crate::model::DomainName::parse(host).is_err()) {
        return Err(UrlProblem::Shape("its host is no name and no address"));
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok(()),
        "http" => {
            let local = address
                .map_or_else(|| host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback());
            if local { Ok(()) } else { Err(UrlProblem::Plain) }
        }
        _ => Err(UrlProblem::Shape("it does not start with `https://`")),
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let after_bracket = authority.rfind(']').map_or(0, |index| index + 1);
    match authority[after_bracket..].find(':') {
        None => Some((authority, None)),
        Some(index) => {
            let colon = after_bracket + index;
            let port = authority[colon + 1..].parse().ok()?;
            Some((&authority[..colon], Some(port)))
        }
    }
}

/// A whole number that is written as it would be written again.
fn digits(node: &Node<'_>) -> Option<String> {
    let Yaml::Int(number) = node.kind else { return None };
    let text = number.to_string();
    let written = node.span.end.checked_sub(node.span.start)?;
    (number >= 0 && usize::try_from(written).is_ok_and(|written| written == text.len())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_loopback_only() {
        for fine in [
            "https://box.example.com/admin",
            "HTTPS://box.example.com:8443",
            "http://localhost:80",
            "http://127.0.0.1:1234/x",
            "http://[::1]:5",
            "https://192.0.2.1",
        ] {
            assert!(check_url(fine).is_ok(), "{fine}");
        }
        for bad in [
            "http://box.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://192.0.2.1",
            "http://127.0.0.1@evil.example",
            "https://user:pass@box.example.com",
            "ftp://box.example.com",
            "box.example.com",
            "https://",
            "https://a b",
            "https://box.example.com:port",
            "https://box.example.com?x=1",
            "https://[::1",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
