//! The definitions that come from the catalogue: providers and settings.

use serde_json::{Map, Value, json};

use crate::model::Kind;
use crate::provider::{Catalogue, KeyKind, KeySpec, ProviderType, SettingSpec, SettingType};

use super::{map_of, object, reference};

/// Adds them.
pub(super) fn definitions(catalogue: &Catalogue, defs: &mut Map<String, Value>) {
    let mut choices = Vec::new();
    let mut types = Vec::new();
    for provider in catalogue.iter() {
        let name = format!("provider_{}", provider.name);
        choices.push(json!({
            "if": {"properties": {"type": {"const": provider.name}}},
            "then": reference(&name),
        }));
        types.push(json!({"const": provider.name, "description": provider.summary}));
        defs.insert(name, connection(provider));
    }
    defs.insert(
        "provider".to_owned(),
        json!({
            "type": "object",
            "description": "A service: one account, or one context of it.",
            "properties": {"type": {"description": "Which kind of service it is.", "oneOf": types}},
            "required": ["type"],
            "allOf": choices,
        }),
    );
    defs.insert("settings_mailbox".to_owned(), by_type(catalogue, &[Kind::Mailbox, Kind::Registration]));
    defs.insert("settings_domain".to_owned(), by_type(catalogue, &[Kind::Domain]));
    defs.insert("settings_administrator".to_owned(), any_of(catalogue, Kind::Administrator));
    let own = any_of(catalogue, Kind::Object);
    defs.insert("object".to_owned(), super::or_absent(own, "It must not exist."));
}

fn connection(provider: &ProviderType) -> Value {
    let mut properties = key_properties(provider.keys);
    properties.insert("type".to_owned(), json!({"const": provider.name}));
    let mut required = vec!["type"];
    required.extend(provider.keys.iter().filter(|key| key.required).map(|key| key.name));
    object(provider.summary, properties, &required)
}

fn key_properties(keys: &[KeySpec]) -> Map<String, Value> {
    keys.iter()
        .map(|key| {
            let mut value = key_value(key.kind);
            if let Value::Object(map) = &mut value {
                let mut doc = key.doc.to_owned();
                if let Some(default) = key.default {
                    let stop = if doc.ends_with('.') { "" } else { "." };
                    doc = format!("{doc}{stop} Default: {default}.");
                }
                map.insert("description".to_owned(), doc.into());
            }
            (key.name.to_owned(), value)
        })
        .collect()
}

fn key_value(kind: KeyKind) -> Value {
    let filled = || json!({"type": "string", "minLength": 1});
    match kind {
        KeyKind::Text => json!({"anyOf": [filled(), {"type": "integer", "minimum": 0}]}),
        KeyKind::Path => filled(),
        KeyKind::Url => json!({"type": "string", "pattern": "^[hH][tT][tT][pP][sS]?://[^@?#\\s]+$"}),
        KeyKind::Database => {
            json!({"anyOf": [{"type": "string", "pattern": "^sqlite:."}, reference("secret")]})
        }
        KeyKind::Count | KeyKind::Seconds => json!({"type": "integer", "minimum": 1, "maximum": u32::MAX}),
        KeyKind::Bool => json!({"type": "boolean"}),
        KeyKind::Secret => reference("secret"),
        KeyKind::TextOrSecret => {
            json!({"anyOf": [filled(), {"type": "integer", "minimum": 0}, reference("secret")]})
        }
        KeyKind::Word(words) => json!({"enum": words}),
        KeyKind::Words(words) => words_value(words),
        KeyKind::TextMap => map_of(json!({"type": "string"}), ""),
        KeyKind::Keys(keys) => {
            let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
            object("", key_properties(keys), &required)
        }
    }
}

fn words_value(words: &[&str]) -> Value {
    let member =
        if words.is_empty() { json!({"type": "string", "minLength": 1}) } else { json!({"enum": words}) };
    json!({"type": "array", "items": member, "uniqueItems": true})
}

/// Settings by type, for objects of one of these kinds.
fn by_type(catalogue: &Catalogue, kinds: &[Kind]) -> Value {
    let properties = catalogue
        .iter()
        .map(|provider| {
            let properties = provider
                .settings
                .iter()
                .filter(|spec| spec.kinds.iter().any(|kind| kinds.contains(kind)))
                .map(|spec| (spec.name.to_owned(), setting(spec)))
                .collect();
            (provider.name.to_owned(), object(provider.summary, properties, &[]))
        })
        .collect();
    object("Settings by type of provider.", properties, &[])
}

/// Settings where only the connection's name tells the type: those of any type, several types' as alternatives.
fn any_of(catalogue: &Catalogue, kind: Kind) -> Value {
    let mut properties: Map<String, Value> = Map::new();
    for provider in catalogue.iter() {
        for spec in provider.settings.iter().filter(|spec| spec.kinds.contains(&kind)) {
            let mut own = setting(spec);
            if let Value::Object(map) = &mut own {
                map.insert("description".to_owned(), format!("{} ({})", spec.doc, provider.name).into());
            }
            match properties.get_mut(spec.name) {
                None => {
                    properties.insert(spec.name.to_owned(), own);
                }
                Some(known) => *known = json!({"anyOf": [known.take(), own]}),
            }
        }
    }
    object("Fields that the service has.", properties, &[])
}

fn setting(spec: &SettingSpec) -> Value {
    let mut value = match spec.value {
        SettingType::Bool => json!({"type": "boolean"}),
        SettingType::Int { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        SettingType::Text { max } => json!({"type": "string", "maxLength": max}),
        SettingType::Word(words) => json!({"enum": words}),
        SettingType::Words(words) => words_value(words),
        SettingType::Json => json!({"not": {"type": "null"}}),
    };
    if let Value::Object(map) = &mut value {
        let doc = match spec.default {
            Some(default) => format!("{} Default: {default}.", spec.doc),
            None => spec.doc.to_owned(),
        };
        map.insert("description".to_owned(), doc.into());
    }
    value
}
