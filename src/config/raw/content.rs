//! What stands under an alias, a forward, permissions and sender rules; inline and at the top alike.

use std::collections::{BTreeSet, HashMap};

use crate::config::report::{Report, quoted};
use crate::config::text::{At, Span};
use crate::config::yaml::{Kind as Yaml, Node};
use crate::model::{Address, Field, Right, Value};

use super::{AliasBody, Content, FieldAt, ForwardBody, RawPermissions, Reader, Wished};

pub(super) const ALIAS_KEYS: [&str; 2] = ["to", "permitted_senders"];
pub(super) const FORWARD_KEYS: [&str; 2] = ["to", "keep_copy"];
pub(super) const SENDER_RULES_KEYS: [&str; 2] = ["allow", "block"];

const ALIAS: &str = "a list of addresses, a map with `to`, or `absent`";
const FORWARD: &str = "a map with `to`, or `absent`";
const PERMISSIONS: &str = "a map from grantee to rights, or `absent`";
const SENDER_RULES: &str = "a map with `allow` and `block`, or `absent`";

impl Reader<'_> {
    /// An alias: a list, a map, or `absent`.
    pub(super) fn alias(&mut self, address: &Address, node: &Node<'_>) -> Option<Wished<AliasBody>> {
        if node.is_absent() {
            return Some(Wished::Absent);
        }
        let mut body = AliasBody::default();
        match &node.kind {
            Yaml::Seq(_) => body.targets = Some(self.targets(address, node, address.shown())?),
            Yaml::Map(entries) => {
                for entry in entries.iter() {
                    match &*entry.key {
                        "to" => body.targets = self.targets(address, &entry.value, "to"),
                        "permitted_senders" => {
                            body.permitted_senders =
                                self.addresses(&entry.value, "permitted_senders", Self::address);
                        }
                        _ => self.unknown_key(entry, "an alias", &ALIAS_KEYS),
                    }
                }
            }
            _ => {
                self.wrong_type(node, address.shown(), ALIAS);
                return None;
            }
        }
        Some(Wished::Present(body))
    }

    /// Where an alias delivers: at least one address; `@other` only for `@domain`.
    fn targets(&mut self, alias: &Address, node: &Node<'_>, key: &str) -> Option<At<Vec<At<Address>>>> {
        let targets = self.addresses(node, key, Self::address_or_domain)?;
        self.filled(&targets, node, "an alias delivers to at least one address")?;
        for target in targets.value.iter().filter(|target| target.value.is_domain()) {
            let report = if !alias.is_domain() {
                let message = format!("{} is a whole domain, and {} is one address", target.value, alias);
                Report::error("bad-value", target.span, message)
                    .help("only an alias of a whole domain can deliver to one: `\"@old.example\": [\"@new.example\"]`")
            } else if targets.value.len() > 1 {
                let message = format!("{} must be the only target of {alias}", target.value);
                Report::error("bad-value", target.span, message)
                    .help("a domain alias has one target; a catch-all has addresses")
            } else {
                continue;
            };
            self.sink.put(report);
        }
        Some(targets)
    }

    fn filled(&mut self, targets: &At<Vec<At<Address>>>, node: &Node<'_>, message: &str) -> Option<()> {
        let written = matches!(&node.kind, Yaml::Seq(items) if !items.is_empty());
        if !targets.value.is_empty() || written {
            return Some(());
        }
        self.sink.put(
            Report::error("bad-value", node.span, format!("{message}, and this list is empty"))
                .help("write `absent` where it must not exist"),
        );
        None
    }

    /// A forward: a map, or `absent`.
    pub(super) fn forward(&mut self, node: &Node<'_>, key: &str, at: Span) -> Option<Wished<ForwardBody>> {
        if node.is_absent() {
            return Some(Wished::Absent);
        }
        let entries = self.map(node, key, FORWARD)?;
        let mut body = ForwardBody::default();
        for entry in entries {
            match &*entry.key {
                "to" => {
                    let targets = self.addresses(&entry.value, "to", Self::address);
                    body.targets = targets.filter(|targets| {
                        let message = "a forward delivers to at least one address";
                        self.filled(targets, &entry.value, message).is_some()
                    });
                }
                "keep_copy" => {
                    body.keep_copy =
                        self.bool(&entry.value, "keep_copy").map(|keep| At::new(keep, entry.value.span));
                }
                _ => self.unknown_key(entry, "a forward", &FORWARD_KEYS),
            }
        }
        if entries.is_empty() {
            self.says_nothing(
                "a forward",
                at,
                "write `{to: [ADDRESS]}`, or `absent` where there must be none",
            );
        }
        Some(Wished::Present(body))
    }

    fn says_nothing(&mut self, what: &str, at: Span, help: &str) {
        self.sink
            .put(Report::error("says-nothing", at, format!("{what} with no key says nothing")).help(help));
    }

    /// Who may use a mailbox: a map, or `absent`.
    pub(super) fn permissions(&mut self, node: &Node<'_>, key: &str) -> Option<RawPermissions> {
        if node.is_absent() {
            return Some(RawPermissions::default());
        }
        let entries = self.map(node, key, PERMISSIONS)?;
        let mut grants = Vec::with_capacity(entries.len());
        let mut seen: HashMap<Address, Span> = HashMap::new();
        for entry in entries {
            let Some(grantee) = self.address(&entry.key, entry.key_span) else {
                continue;
            };
            if let Some(&first) = seen.get(&grantee) {
                let message = format!("{} is granted something twice", quoted(grantee.shown()));
                self.sink.put(
                    Report::error("duplicate", entry.key_span, message)
                        .label("again here")
                        .related(first, "first here")
                        .help("keep one of the two"),
                );
                continue;
            }
            seen.insert(grantee.clone(), entry.key_span);
            let wish = if entry.value.is_absent() {
                Some(Wished::Absent)
            } else {
                self.rights(&entry.value, grantee.shown())
            };
            if let Some(wish) = wish {
                grants.push((At::new(grantee, entry.key_span), wish));
            }
        }
        Some(RawPermissions { grants })
    }

    fn rights(&mut self, node: &Node<'_>, grantee: &str) -> Option<Wished<At<BTreeSet<Right>>>> {
        let items = self.list(node, grantee, "a list of rights, or `absent`")?;
        let known = Right::ALL.map(Right::as_str);
        let mut rights = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let Some(word) = self.word(item, "rights", &known) else {
                continue;
            };
            let right = Right::ALL.into_iter().find(|right| right.as_str() == word)?;
            if !rights.insert(right) {
                let first = items[..index]
                    .iter()
                    .find(|other| matches!(&other.kind, Yaml::Str(text) if text == word));
                self.twice(word, item.span, first.map_or(item.span, |first| first.span));
            }
        }
        if items.is_empty() {
            self.sink.put(
                Report::error("bad-value", node.span, "a permission without a right is none")
                    .help(format!("give one of {}, or write `absent`", known.join(", "))),
            );
        }
        (!rights.is_empty()).then(|| Wished::Present(At::new(rights, node.span)))
    }

    /// Sender rules: a map, or `absent`.
    pub(super) fn sender_rules(&mut self, node: &Node<'_>, key: &str, at: Span) -> Option<Wished<Content>> {
        if node.is_absent() {
            return Some(Wished::Absent);
        }
        let entries = self.map(node, key, SENDER_RULES)?;
        let mut content = Content::new();
        for entry in entries {
            let (field, key) = match &*entry.key {
                "allow" => (Field::Allow, "allow"),
                "block" => (Field::Block, "block"),
                _ => {
                    self.unknown_key(entry, "sender rules", &SENDER_RULES_KEYS);
                    continue;
                }
            };
            if let Some(words) = self.words(&entry.value, key, &[]) {
                content.push(FieldAt { field, value: Value::Words(words), span: entry.value.span });
            }
        }
        if entries.is_empty() {
            self.says_nothing(
                "sender rules",
                at,
                "write `allow` or `block`, or `absent` where there must be none",
            );
        }
        Some(Wished::Present(content))
    }
}
