//! What a service holds as objects, read from its rows and not by the provider.

use std::collections::{BTreeMap, BTreeSet};

use mailwright::model::{
    AccountState, Address, ConnectionName, DomainName, Field, Fields, Identity, Standing, Value,
};

use super::super::service::{Dump, Type};
use crate::memory::Stored;

/// The objects of every connection.
pub(super) type Held = BTreeMap<ConnectionName, BTreeMap<Identity, Stored>>;

/// Reads the rows of a service.
pub(super) fn held(kind: Type, dump: &Dump) -> Held {
    let mut objects = BTreeMap::new();
    let mut registered = BTreeMap::new();
    let mailboxes: BTreeSet<&str> = dump
        .keys()
        .filter_map(|key| key.strip_prefix("mailbox ").or_else(|| key.strip_prefix("user ")))
        .collect();
    for (key, text) in dump {
        let (word, name) = key.split_once(' ').expect("a word and a name");
        let at = || address(name);
        let mut put = |identity: Identity, fields: Fields| {
            let standing = if word == "auto" {
                Standing::Default("made by the service".into())
            } else {
                Standing::Plain
            };
            objects.insert(identity, Stored { standing, ..Stored::plain(fields) });
        };
        match word {
            "user" | "mailbox" => {
                put(Identity::Mailbox(at()), Fields::new().with(Field::State, state(kind, text)));
                if text.contains("; privileges admin;") {
                    put(Identity::administrator(name), Fields::new().with(Field::Full, Value::Bool(true)));
                }
            }
            "alias" | "auto" | "address" | "alias_domain" if is_on(kind, word, text) => {
                let targets = targets(kind, text);
                if !mailboxes.contains(name) {
                    put(Identity::Alias(at()), Fields::new().with(Field::Targets, Value::Addresses(targets)));
                } else if !targets.is_empty() {
                    // The row at the address of a mailbox says where its mail goes besides, and whether there.
                    let keeps = targets.contains(&at()) || kind == Type::Atmail;
                    let others: BTreeSet<Address> = targets.into_iter().filter(|to| *to != at()).collect();
                    put(Identity::Forward(at()), forward(others, keeps));
                }
            }
            "forward" => {
                let (to, keeps) =
                    match text.strip_prefix("to ").and_then(|text| text.split_once("; keeps a copy: ")) {
                        Some((to, keeps)) => (to, keeps == "true"),
                        None => (text.as_str(), false),
                    };
                put(Identity::Forward(at()), forward(addresses(to), keeps));
            }
            "administrator" if !name.contains('/') => {
                // Whether it is full, and whether it may log in.
                let full = text == "1; 1";
                let of = format!("{key}/");
                let domains = dump.keys().filter_map(|key| key.strip_prefix(of.as_str()));
                let domains = domains.filter_map(|domain| DomainName::parse(domain).ok()).collect();
                let fields = Fields::new().with(Field::Full, Value::Bool(full));
                put(Identity::administrator(name), fields.with(Field::Domains, Value::Domains(domains)));
            }
            "admin" => {
                let (rights, domains) = text.split_once(" of ").expect("rights and domains");
                let domains =
                    domains.split(',').filter_map(|domain| DomainName::parse(domain).ok()).collect();
                let words = rights.trim_matches(['{', '}']).split(", ").map(str::to_owned);
                let fields = Fields::new()
                    .with(Field::Full, Value::Bool(rights.contains("UMasterAdmin")))
                    .with(Field::AdminRights, Value::Words(words.filter(|word| !word.is_empty()).collect()))
                    .with(Field::Domains, Value::Domains(domains));
                put(Identity::administrator(name), fields);
            }
            "registration" => {
                _ = registered.insert(Identity::Registration(at()), Stored::plain(Fields::new()));
            }
            _ => {}
        }
    }
    let filter = if kind == Type::Censornet { "svc" } else { "gate" };
    let mut held = Held::from([(ConnectionName::new("svc"), objects)]);
    held.entry(ConnectionName::new(filter)).or_default().extend(registered);
    held
}

fn state(kind: Type, text: &str) -> Value {
    let active = match kind {
        Type::Rackspace => !text.contains(" MB, disabled"),
        Type::OpenXchange => !text.contains("; no web login;"),
        Type::Atmail => text.starts_with("enabled"),
        Type::PostfixAdmin(_) | Type::Dovecot => text.split("; ").nth(2) == Some("1"),
        Type::MailInABox | Type::FilteredBox | Type::Censornet => true,
    };
    Value::State(if active { AccountState::Active } else { AccountState::Suspended })
}

/// True where a row counts at all.
fn is_on(kind: Type, word: &str, text: &str) -> bool {
    !matches!(kind, Type::PostfixAdmin(_) | Type::Dovecot)
        || !matches!(word, "alias" | "alias_domain")
        || text.ends_with("; 1")
}

/// Where a row leads to, whichever way it is written.
fn targets(kind: Type, text: &str) -> BTreeSet<Address> {
    let first = text.split("; ").next().unwrap_or_default();
    match kind {
        // Each with the sort of the row before it.
        Type::Atmail => {
            first.split(',').flat_map(|row| addresses(row.split(' ').nth(1).unwrap_or_default())).collect()
        }
        _ => addresses(first.strip_prefix("to ").or_else(|| first.strip_prefix("of ")).unwrap_or(first)),
    }
}

/// Some rows name a whole domain without the `@`.
fn address(text: &str) -> Address {
    let text = if text.contains('@') { text.to_owned() } else { format!("@{text}") };
    Address::parse_or_domain(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn addresses(list: &str) -> BTreeSet<Address> {
    list.split(',').filter(|text| !text.is_empty()).map(address).collect()
}

fn forward(targets: BTreeSet<Address>, keeps: bool) -> Fields {
    Fields::new().with(Field::Targets, Value::Addresses(targets)).with(Field::KeepCopy, Value::Bool(keeps))
}
