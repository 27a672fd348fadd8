//! The JSON Schema (2020-12) of the configuration, for editors: generated from the same declarations that loading
//! reads, so that an editor completes what the program accepts.
//!
//! It says less than loading checks: references between entries, collisions and what a connection can hold are not
//! a schema's business.

mod parts;
mod provider;

use serde_json::{Map, Value, json};

use crate::model::Kind;
use crate::provider::Catalogue;

/// The schema of one file.
pub fn schema(catalogue: &Catalogue) -> Value {
    let mut defs = parts::definitions();
    provider::definitions(catalogue, &mut defs);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mailwright configuration",
        "description": "What a person wants of mail services. A folder of files is read as one configuration; the same \
                        entry stands in one place only.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "version": {"const": 1, "description": "The version of this format. At least one file says it."},
            "providers": map_of(reference("provider"), "The services, each under a name of its own."),
            "domains": map_of(reference("domain"), "The mail domains and who serves them."),
            "profiles": map_of(reference("profile"), "What many mailboxes have in common; a mailbox's own keys win."),
            "mailboxes": map_of(reference("mailbox"), "Mailboxes by address. `{}`: must exist, nothing else is managed."),
            "aliases": map_of(reference("alias"), "Aliases and lists by address; `@domain` for a catch-all or a domain alias."),
            "forwards": map_of(reference("forward"), "Forwards by mailbox; the same as `forward` at the mailbox."),
            "permissions": map_of(reference("permissions"), "Who may use a mailbox, by mailbox; the same as `permissions` at the mailbox."),
            "sender_rules": map_of(reference("sender_rules"), "Allowed and blocked senders by mailbox; the same as `sender_rules` at the mailbox."),
            "administrators": map_of(map_of(reference("administrator"), "By login."),
                "Who may administer a service: by provider's name, then login.",
            ),
            "objects": map_of(map_of(map_of(reference("object"), "By name."), "By the service's own kind."),
                "Objects that one service has for itself: by provider's name, kind and name.",
            ),
            "external": map_of(reference("external"), "Addresses, or `@domain`s, outside that mail may be forwarded to."),
            "policy": reference("policy"),
        },
        "$defs": defs,
    })
}

/// A reference to a definition.
fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A reference with words of its own.
fn described(name: &str, description: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}"), "description": description})
}

/// A schema with one more keyword.
fn with(mut schema: Value, keyword: &str, value: Value) -> Value {
    schema[keyword] = value;
    schema
}

/// A map with free keys.
fn map_of(values: Value, description: &str) -> Value {
    let map = json!({"type": "object", "description": description});
    with(map, "additionalProperties", values)
}

/// A list of different members.
fn list_of(members: Value, description: &str) -> Value {
    let list = json!({"type": "array", "description": description, "uniqueItems": true});
    with(list, "items", members)
}

/// A map with these keys.
fn object(description: &str, properties: Map<String, Value>, required: &[&str]) -> Value {
    let object = json!({"type": "object", "description": description, "additionalProperties": false});
    let object = with(object, "properties", Value::Object(properties));
    if required.is_empty() {
        return object;
    }
    with(object, "required", json!(required))
}

/// The same, or the word `absent`.
fn or_absent(value: Value, absent: &str) -> Value {
    let absent = json!({"const": "absent", "description": absent});
    with(json!({}), "anyOf", Value::Array(vec![value, absent]))
}

/// Keys with their schemas.
fn keys<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The plural words of kinds, and `all`.
fn kind_words(kinds: impl IntoIterator<Item = Kind>) -> Vec<&'static str> {
    kinds.into_iter().map(Kind::plural).chain(["all"]).collect()
}

#[cfg(test)]
mod tests;
