//! Reads single values, and says what is wrong with them in one voice.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::config::report::{Report, Sink, key_shown, quoted};
use crate::config::suggest::{listed, nearest};
use crate::config::text::{At, SourceText, Span};
use crate::config::yaml::{Entry, Kind, Node};
use crate::model::{Address, AddressError, DomainName, SettingName};
use crate::provider::Catalogue;

use super::Name;

/// What the second pass needs: the files, the catalogue, and where problems go.
pub(in crate::config) struct Reader<'r> {
    pub(in crate::config) sink: &'r mut Sink,
    pub(in crate::config) catalogue: &'r Catalogue,
    pub(in crate::config) files: &'r [SourceText],
    names: HashMap<&'static str, SettingName>,
    variables: HashSet<Arc<str>>,
}

impl<'r> Reader<'r> {
    /// A reader of these files.
    pub(in crate::config) fn new(
        sink: &'r mut Sink,
        catalogue: &'r Catalogue,
        files: &'r [SourceText],
    ) -> Self {
        Self { sink, catalogue, files, names: HashMap::new(), variables: HashSet::new() }
    }

    /// One shared text per setting.
    pub(super) fn setting_name(&mut self, name: &'static str) -> SettingName {
        self.names.entry(name).or_insert_with(|| name.into()).clone()
    }

    /// One shared text per variable: every mailbox may name the same one.
    pub(super) fn variable(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.variables.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.variables.insert(Arc::clone(&name));
        name
    }

    /// Reports that `key` holds something else than `expected`.
    pub(super) fn wrong_type(&mut self, node: &Node<'_>, key: &str, expected: &str) {
        let report = match &node.kind {
            Kind::Broken => return,
            Kind::Null => Report::error("null-value", node.span, format!("{} has no value", quoted(key))).help(
                format!(
                    "it must be {expected}; a key that is left out is not managed, and `absent` says that something \
                     must not exist"
                ),
            ),
            _ => {
                let message =
                    format!("{} must be {expected}, and this is {}", key_shown(key), node.described());
                let report = Report::error("wrong-type", node.span, message);
                match &node.kind {
                    Kind::Str(text) if expected.contains("`true` or `false`") => {
                        report.maybe_help(boolean_help(text))
                    }
                    Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) if expected.contains("text") => {
                        report.help("put it in quotes")
                    }
                    Kind::Str(_) if expected.starts_with("a list") => report.help("write it in brackets: `[…]`"),
                    _ => report,
                }
            }
        };
        self.sink.put(report);
    }

    /// The entries of a map.
    pub(super) fn map<'n, 't>(
        &mut self,
        node: &'n Node<'t>,
        key: &str,
        expected: &str,
    ) -> Option<&'n [Entry<'t>]> {
        if let Kind::Map(entries) = &node.kind {
            return Some(entries);
        }
        self.wrong_type(node, key, expected);
        None
    }

    /// The items of a list.
    pub(super) fn list<'n, 't>(
        &mut self,
        node: &'n Node<'t>,
        key: &str,
        expected: &str,
    ) -> Option<&'n [Node<'t>]> {
        if let Kind::Seq(items) = &node.kind {
            return Some(items);
        }
        self.wrong_type(node, key, expected);
        None
    }

    /// Text, also empty.
    pub(super) fn text<'n>(&mut self, node: &'n Node<'_>, key: &str) -> Option<&'n str> {
        if let Kind::Str(text) = &node.kind {
            return Some(text);
        }
        self.wrong_type(node, key, "text");
        None
    }

    /// Text of at least one character.
    pub(super) fn filled_text<'n>(&mut self, node: &'n Node<'_>, key: &str) -> Option<&'n str> {
        let text = self.text(node, key)?;
        if text.trim().is_empty() {
            self.sink.put(Report::error("bad-value", node.span, format!("{} is empty", quoted(key))));
            return None;
        }
        Some(text)
    }

    /// A name of something else in the configuration.
    pub(super) fn name<'t>(&mut self, node: &Node<'t>, key: &str) -> Option<Name<'t>> {
        self.filled_text(node, key)?;
        if let Kind::Str(text) = &node.kind { Some(At::new(text.clone(), node.span)) } else { None }
    }

    /// A list of names, each once.
    pub(super) fn names<'t>(&mut self, node: &Node<'t>, key: &str) -> Vec<Name<'t>> {
        let Some(items) = self.list(node, key, "a list of names") else {
            return Vec::new();
        };
        let mut found: Vec<Name<'t>> = Vec::new();
        let mut seen: HashMap<Cow<'_, str>, Span> = HashMap::new();
        for item in items {
            let Some(name) = self.name(item, key) else {
                continue;
            };
            if let Some(&first) = seen.get(&name.value) {
                self.twice(&name.value, name.span, first);
            } else {
                seen.insert(name.value.clone(), name.span);
                found.push(name);
            }
        }
        found
    }

    /// Reports a member that stands twice in a list.
    pub(super) fn twice(&mut self, shown: &str, second: Span, first: Span) {
        let message = format!("{} stands twice in this list", quoted(shown));
        self.sink.put(
            Report::error("duplicate", second, message)
                .label("again here")
                .related(first, "first here")
                .help("keep one of the two"),
        );
    }

    /// Yes or no, by YAML 1.2.
    pub(super) fn bool(&mut self, node: &Node<'_>, key: &str) -> Option<bool> {
        if let Kind::Bool(yes) = node.kind {
            return Some(yes);
        }
        self.wrong_type(node, key, "`true` or `false`");
        None
    }

    /// A whole number within bounds.
    pub(super) fn int(&mut self, node: &Node<'_>, key: &str, min: i64, max: i64) -> Option<i64> {
        let Kind::Int(number) = node.kind else {
            self.wrong_type(node, key, "a whole number");
            return None;
        };
        if (min..=max).contains(&number) {
            return Some(number);
        }
        let bounds = if max == i64::MAX { format!("at least {min}") } else { format!("from {min} to {max}") };
        let message = format!("{} must be {bounds}, and this is {number}", quoted(key));
        self.sink.put(Report::error("bad-value", node.span, message));
        None
    }

    /// One of a few words.
    pub(super) fn word<'w>(&mut self, node: &Node<'_>, key: &str, words: &[&'w str]) -> Option<&'w str> {
        let Kind::Str(text) = &node.kind else {
            let expected = format!("one of the words {}", words.join(", "));
            self.wrong_type(node, key, &expected);
            return None;
        };
        let found = words.iter().find(|word| **word == *text).copied();
        if found.is_none() {
            self.unknown_word(text, node.span, key, words);
        }
        found
    }

    /// Reports a word that is none of those that `key` knows.
    pub(super) fn unknown_word(&mut self, text: &str, span: Span, key: &str, words: &[&str]) {
        let message = format!("{} is nothing that {} can be", quoted(text), quoted(key));
        let help = match nearest(text, words.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("it is one of {}", listed(words.iter().copied())),
        };
        self.sink.put(Report::error("bad-value", span, message).help(help));
    }

    /// Reports a key that its map does not know.
    pub(super) fn unknown_key(&mut self, entry: &Entry<'_>, place: &str, known: &[&str]) {
        let message = format!("{} is not a key of {place}", key_shown(&entry.key));
        if entry.key.contains(':') {
            self.sink.hide(entry.key_span);
            self.sink.put(
                Report::error("unknown-key", entry.key_span, message)
                    .help("a space is missing after the `:`"),
            );
            return;
        }
        let near = nearest(&entry.key, known.iter().copied());
        let help = match near {
            Some(word) => format!("did you mean `{word}`?"),
            None if known.is_empty() => "it has no keys".to_owned(),
            None => format!("its keys are {}", listed(known.iter().copied())),
        };
        self.sink.put(Report::error("unknown-key", entry.key_span, message).help(help));
    }

    /// An address with a local part.
    pub(super) fn address(&mut self, text: &str, span: Span) -> Option<Address> {
        let parsed = Address::parse(text);
        self.checked_address(text, span, parsed)
    }

    /// An address, or `@domain`.
    pub(super) fn address_or_domain(&mut self, text: &str, span: Span) -> Option<Address> {
        let parsed = Address::parse_or_domain(text);
        self.checked_address(text, span, parsed)
    }

    fn checked_address(
        &mut self,
        text: &str,
        span: Span,
        parsed: Result<Address, AddressError>,
    ) -> Option<Address> {
        match parsed {
            Ok(address) => {
                self.look_alike(text, &address.domain_name(), span);
                Some(address)
            }
            Err(error) => {
                let message = format!("{} is not an address: {error}", quoted(text));
                let help = match error {
                    AddressError::NoAt
                        if text.contains('.') && Address::parse_or_domain(&format!("@{text}")).is_ok() =>
                    {
                        Some(format!(
                            "write an address; `\"@{text}\"` is the whole domain, where one is possible"
                        ))
                    }
                    AddressError::NoAt => {
                        Some(format!("write the whole address, like `{}@example.com`", slug(text)))
                    }
                    AddressError::EmptyLocal => {
                        Some("a whole domain is possible only under `aliases:`".to_owned())
                    }
                    _ => None,
                };
                self.sink.put(Report::error("bad-address", span, message).maybe_help(help));
                None
            }
        }
    }

    /// The name of a domain.
    pub(super) fn domain_name(&mut self, text: &str, span: Span) -> Option<DomainName> {
        match DomainName::parse(text) {
            Ok(name) => {
                self.look_alike(text, &name, span);
                Some(name)
            }
            Err(error) => {
                self.sink.put(Report::error("bad-address", span, error.to_string()));
                None
            }
        }
    }

    /// Warns of a domain that looks like another one. Written as an A-label, it does not.
    fn look_alike(&mut self, text: &str, name: &DomainName, span: Span) {
        if let Some(what) = name.look_alike().filter(|_| !text.is_ascii()) {
            let message = format!("{} {what}", quoted(&name.to_unicode()));
            self.sink.put(
                Report::warning("look-alike", span, message)
                    .help("where it is meant, write it as the A-label that it is"),
            );
        }
    }

    /// A list of addresses, each once. `None` where it is no list.
    pub(super) fn addresses<'t>(
        &mut self,
        node: &Node<'t>,
        key: &str,
        read: fn(&mut Self, &str, Span) -> Option<Address>,
    ) -> Option<At<Vec<At<Address>>>> {
        let items = self.list(node, key, "a list of addresses")?;
        let mut found: Vec<At<Address>> = Vec::with_capacity(items.len());
        let mut seen: HashMap<Address, Span> = HashMap::new();
        for item in items {
            let Kind::Str(text) = &item.kind else {
                self.wrong_type(item, key, "a list of addresses (text)");
                continue;
            };
            let Some(address) = read(self, text, item.span) else {
                continue;
            };
            if let Some(&first) = seen.get(&address) {
                self.twice(address.shown(), item.span, first);
                continue;
            }
            if items.len() > 1 {
                seen.insert(address.clone(), item.span);
            }
            found.push(At::new(address, item.span));
        }
        Some(At::new(found, node.span))
    }
}

/// What to write instead of a word of YAML 1.1.
fn boolean_help(text: &str) -> Option<String> {
    let meant = match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "on" | "true" => "true",
        "no" | "n" | "off" | "false" => "false",
        _ => return None,
    };
    Some(format!("YAML 1.2 reads {} as text; write `{meant}`", quoted(text)))
}

/// A local part made of what somebody wrote.
fn slug(text: &str) -> String {
    let plain: String =
        text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).take(40).collect();
    if plain.is_empty() { "name".into() } else { plain }
}
