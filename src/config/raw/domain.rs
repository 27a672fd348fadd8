//! Entries under `domains:`.

use globset::Glob;

use crate::config::report::{Report, quoted};
use crate::config::text::At;
use crate::config::yaml::{Entry, Kind as Yaml, Node};
use crate::model::{Kind, Leaving};

use super::{Name, RawDomain, RawPrune, Reader};

pub(super) const KEYS: [&str; 8] =
    ["provider", "also", "filters", "leaving", "prune", "ignore", "manage", "settings"];

impl Reader<'_> {
    /// One domain.
    pub(super) fn domain<'t>(&mut self, entry: &Entry<'t>) -> Option<RawDomain<'t>> {
        let name = self.domain_name(&entry.key, entry.key_span);
        if entry.value.is_absent() {
            self.sink.put(Report::error("wrong-type", entry.value.span, "a domain cannot be `absent`").help(
                "take its entry out; a domain is removed at the service by hand, once nothing is left in it",
            ));
            return None;
        }
        let entries = self.map(&entry.value, &entry.key, "a map with the key `provider`")?;
        let mut domain = RawDomain {
            name: At::new(name?, entry.key_span),
            provider: None,
            also: Vec::new(),
            filters: Vec::new(),
            leaving: Vec::new(),
            prune: None,
            ignore: Vec::new(),
            manage: None,
            settings: Vec::new(),
        };
        for entry in entries {
            let node = &entry.value;
            match &*entry.key {
                "provider" => domain.provider = self.name(node, "provider"),
                "also" => domain.also = self.names(node, "also"),
                "filters" => domain.filters = self.names(node, "filters"),
                "leaving" => domain.leaving = self.leaving(node),
                "prune" => domain.prune = self.prune(node),
                "ignore" => domain.ignore = self.globs(node, "ignore"),
                "manage" => {
                    if self.bool(node, "manage") == Some(true) {
                        domain.manage = Some(node.span);
                    }
                }
                "settings" => domain.settings = self.settings(node, &[Kind::Domain]),
                _ => self.unknown_key(entry, "a domain", &KEYS),
            }
        }
        if domain.filters.is_empty() && !entries.iter().any(|entry| entry.key == "provider") {
            let message = format!("{} does not say which provider serves it", quoted(&entry.key));
            self.sink.put(
                Report::error("missing-key", entry.key_span, message)
                    .help("add `provider: NAME`, a name under `providers:`"),
            );
        }
        Some(domain)
    }

    fn leaving<'t>(&mut self, node: &Node<'t>) -> Vec<(Name<'t>, Leaving)> {
        let Some(entries) = self.map(node, "leaving", "a map from provider to `keep` or `remove`") else {
            return Vec::new();
        };
        entries
            .iter()
            .filter_map(|entry| {
                let word = self.word(&entry.value, "leaving", &["keep", "remove"])?;
                let leaving = if word == "keep" { Leaving::Keep } else { Leaving::Remove };
                Some((At::new(entry.key.clone(), entry.key_span), leaving))
            })
            .collect()
    }

    fn prune(&mut self, node: &Node<'_>) -> Option<RawPrune> {
        let mut prune = RawPrune { kinds: Vec::new(), all: None };
        let items = match &node.kind {
            Yaml::Str(_) => std::slice::from_ref(node),
            _ => self.list(node, "prune", "a list of kinds, or `all`")?,
        };
        for item in items {
            let Some(word) = self.kind_word(item, "prune") else {
                continue;
            };
            let Some(kind) = word else {
                prune.all = Some(item.span);
                continue;
            };
            if matches!(kind, Kind::Domain | Kind::Object) {
                let message = format!("{} do not lie in a domain and cannot be pruned", kind.plural());
                self.sink.put(Report::error("bad-value", item.span, message));
            } else if let Some(first) = prune.kinds.iter().find(|other| other.value == kind) {
                let first = first.span;
                self.twice(kind.plural(), item.span, first);
            } else {
                prune.kinds.push(At::new(kind, item.span));
            }
        }
        Some(prune)
    }

    /// A plural word of a kind; `Some(None)` for `all`.
    #[expect(clippy::option_option, reason = "the outer one is a failed read, the inner one is `all`")]
    pub(super) fn kind_word(&mut self, node: &Node<'_>, key: &str) -> Option<Option<Kind>> {
        let text = self.text(node, key)?;
        self.kind_of(text, node.span, key)
    }

    /// The same from a key.
    #[expect(clippy::option_option, reason = "the outer one is a failed read, the inner one is `all`")]
    pub(super) fn kind_of(
        &mut self,
        text: &str,
        span: crate::config::text::Span,
        key: &str,
    ) -> Option<Option<Kind>> {
        if text == "all" {
            return Some(None);
        }
        if let Ok(kind) = Kind::from_plural(text) {
            return Some(Some(kind));
        }
        let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.plural()).chain(["all"]).collect();
        self.unknown_word(text, span, key, &words);
        None
    }

    /// A list of globs over addresses, in comparing form.
    pub(super) fn globs(&mut self, node: &Node<'_>, key: &str) -> Vec<At<String>> {
        let Some(items) = self.list(node, key, "a list of globs over addresses") else {
            return Vec::new();
        };
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let Some(text) = self.filled_text(item, key) else {
                continue;
            };
            let glob = text.to_ascii_lowercase();
            if let Err(error) = Glob::new(&glob) {
                let message = format!("{} is not a glob: {}", quoted(text), error.kind());
                self.sink.put(
                    Report::error("bad-value", item.span, message)
                        .help("`*` stands for anything, `?` for one character, `{a,b}` for either"),
                );
                continue;
            }
            if !glob.contains(['@', '*', '?', '[', '{']) {
                let message = format!("{} matches no address", quoted(text));
                self.sink.put(
                    Report::error("bad-value", item.span, message)
                        .help(format!("write a whole address, or a glob like `{text}@*`")),
                );
                continue;
            }
            found.push(At::new(glob, item.span));
        }
        found
    }
}
