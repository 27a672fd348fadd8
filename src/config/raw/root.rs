//! The keys at the top of a file.

use crate::config::report::{Report, quoted};
use crate::config::text::At;
use crate::config::yaml::{Entry, Kind as Yaml, Node};
use crate::model::{Field, Value};

use super::{
    Content, FieldAt, OfMailbox, Raw, RawAdministrator, RawAlias, RawObject, RawSetting, Reader, Wished,
};

pub(super) const KEYS: [&str; 13] = [
    "version",
    "providers",
    "domains",
    "profiles",
    "mailboxes",
    "aliases",
    "forwards",
    "permissions",
    "sender_rules",
    "administrators",
    "objects",
    "external",
    "policy",
];
pub(super) const ADMINISTRATOR_KEYS: [&str; 5] = ["password", "domains", "rights", "full", "settings"];

impl Reader<'_> {
    /// Adds what one file says.
    pub(in crate::config) fn file<'t>(&mut self, root: &Node<'t>, raw: &mut Raw<'t>) {
        let entries = match &root.kind {
            Yaml::Map(entries) => entries,
            // A file of comments alone, or one whose problem is told already.
            Yaml::Null | Yaml::Broken => return,
            _ => {
                let message = format!("a configuration is a map, and this file holds {}", root.described());
                self.sink.put(
                    Report::error("wrong-type", root.span, message)
                        .help("start with `version: 1` and `providers:`"),
                );
                return;
            }
        };
        for entry in entries.iter() {
            self.section(entry, raw);
        }
    }

    fn section<'t>(&mut self, entry: &Entry<'t>, raw: &mut Raw<'t>) {
        let node = &entry.value;
        match &*entry.key {
            "version" => self.version(node, raw),
            "policy" => self.policy(node, &mut raw.policy),
            "providers" => {
                for entry in self.entries(entry) {
                    let connection = self.connection(entry);
                    raw.connections.push(connection);
                }
            }
            "domains" => {
                let entries = self.entries(entry);
                raw.domains.extend(entries.iter().filter_map(|entry| self.domain(entry)));
            }
            "profiles" => {
                let entries = self.entries(entry);
                raw.profiles.extend(entries.iter().filter_map(|entry| self.profile(entry)));
            }
            "mailboxes" => {
                let entries = self.entries(entry);
                raw.mailboxes.reserve(entries.len());
                raw.mailboxes.extend(entries.iter().filter_map(|entry| self.mailbox(entry)));
            }
            "aliases" => {
                for entry in self.entries(entry) {
                    let address = self.address_or_domain(&entry.key, entry.key_span);
                    let Some(address) = address else { continue };
                    if let Some(wish) = self.alias(&address, &entry.value) {
                        let address = At::new(address, entry.key_span);
                        raw.aliases.push(RawAlias { address, wish });
                    }
                }
            }
            "forwards" => {
                for entry in self.entries(entry) {
                    let body = self.forward(&entry.value, &entry.key, entry.key_span);
                    raw.forwards.extend(self.of_mailbox(entry, body));
                }
            }
            "permissions" => {
                for entry in self.entries(entry) {
                    let body = self.permissions(&entry.value, &entry.key);
                    raw.permissions.extend(self.of_mailbox(entry, body));
                }
            }
            "sender_rules" => {
                for entry in self.entries(entry) {
                    let body = self.sender_rules(&entry.value, &entry.key, entry.key_span);
                    raw.sender_rules.extend(self.of_mailbox(entry, body));
                }
            }
            "administrators" => {
                for connection in self.entries(entry) {
                    for login in self.entries(connection) {
                        raw.administrators.extend(self.administrator(connection, login));
                    }
                }
            }
            "objects" => {
                for connection in self.entries(entry) {
                    for kind in self.entries(connection) {
                        for name in self.entries(kind) {
                            raw.objects.extend(self.object(connection, kind, name));
                        }
                    }
                }
            }
            "external" => {
                let entries = self.entries(entry);
                raw.external.extend(entries.iter().filter_map(|entry| self.external(entry)));
            }
            _ => self.unknown_key(entry, "a configuration", &KEYS),
        }
    }

    /// The entries of a section; a section without any is written `{}`.
    fn entries<'n, 't>(&mut self, entry: &'n Entry<'t>) -> &'n [Entry<'t>] {
        if matches!(entry.value.kind, Yaml::Null) {
            let message = format!("{} has no value", quoted(&entry.key));
            self.sink.put(
                Report::error("null-value", entry.key_span, message)
                    .help("write `{}` where there is nothing in it, or take the key out"),
            );
            return &[];
        }
        self.map(&entry.value, &entry.key, "a map").unwrap_or(&[])
    }

    fn version(&mut self, node: &Node<'_>, raw: &mut Raw<'_>) {
        raw.version.get_or_insert(node.span);
        if matches!(node.kind, Yaml::Int(1)) {
            return;
        }
        let report = match &node.kind {
            Yaml::Int(number) => {
                let message = format!("version {number} of the format is not known here");
                Report::error("bad-value", node.span, message)
                    .help("this program reads version 1; a newer one may read more")
            }
            Yaml::Str(text) if text.trim() == "1" => {
                Report::error("wrong-type", node.span, "`version` must be a number, and this is text")
                    .help("write `version: 1`")
            }
            _ => {
                self.wrong_type(node, "version", "the number 1");
                return;
            }
        };
        self.sink.put(report);
    }

    fn of_mailbox<T>(&mut self, entry: &Entry<'_>, body: Option<T>) -> Option<OfMailbox<T>> {
        let mailbox = self.address(&entry.key, entry.key_span)?;
        Some(OfMailbox { mailbox: At::new(mailbox, entry.key_span), body: body? })
    }

    fn administrator<'t>(
        &mut self,
        connection: &Entry<'t>,
        entry: &Entry<'t>,
    ) -> Option<RawAdministrator<'t>> {
        let mut administrator = RawAdministrator {
            connection: At::new(connection.key.clone(), connection.key_span),
            login: At::new(entry.key.clone(), entry.key_span),
            wish: Wished::Absent,
            settings: Vec::new(),
        };
        if entry.key.trim().is_empty() {
            self.sink.put(Report::error("bad-value", entry.key_span, "the login is empty"));
            return None;
        }
        if entry.value.is_absent() {
            return Some(administrator);
        }
        let entries = self.map(&entry.value, &entry.key, "a map, `{}`, or `absent`")?;
        let mut content = Content::new();
        for entry in entries {
            let node = &entry.value;
            let (field, value) = match &*entry.key {
                "password" => (Field::Password, self.secret(node, "password").map(Value::Secret)),
                "domains" => (Field::Domains, self.domain_set(node)),
                "rights" => (Field::AdminRights, self.words(node, "rights", &[]).map(Value::Words)),
                "full" => (Field::Full, self.bool(node, "full").map(Value::Bool)),
                "settings" => {
                    administrator.settings = self.raw_settings(node);
                    continue;
                }
                _ => {
                    self.hide_like_password(entry);
                    self.unknown_key(entry, "an administrator", &ADMINISTRATOR_KEYS);
                    continue;
                }
            };
            if let Some(value) = value {
                content.push(FieldAt { field, value, span: node.span });
            }
        }
        administrator.wish = Wished::Present(content);
        Some(administrator)
    }

    fn raw_settings<'t>(&mut self, node: &Node<'t>) -> Vec<RawSetting<'t>> {
        self.map(node, "settings", "a map from setting to value").unwrap_or(&[]).to_vec()
    }

    fn domain_set(&mut self, node: &Node<'_>) -> Option<Value> {
        let items = self.list(node, "domains", "a list of domains")?;
        let mut seen = std::collections::HashMap::new();
        for item in items {
            let text = self.filled_text(item, "domains")?;
            let domain = self.domain_name(text, item.span)?;
            if let Some(first) = seen.insert(domain, item.span) {
                self.twice(text, item.span, first);
            }
        }
        Some(Value::Domains(seen.into_keys().collect()))
    }

    fn object<'t>(
        &mut self,
        connection: &Entry<'t>,
        kind: &Entry<'t>,
        entry: &Entry<'t>,
    ) -> Option<RawObject<'t>> {
        let (wish, settings) = if entry.value.is_absent() {
            (Wished::Absent, Vec::new())
        } else {
            let entries = self.map(&entry.value, &entry.key, "a map, `{}`, or `absent`")?;
            (Wished::Present(()), entries.to_vec())
        };
        Some(RawObject {
            connection: At::new(connection.key.clone(), connection.key_span),
            kind: At::new(kind.key.clone(), kind.key_span),
            name: At::new(entry.key.clone(), entry.key_span),
            wish,
            settings,
        })
    }
}
