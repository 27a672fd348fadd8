use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::config::tests::{HEAD, WHOLE, catalogue};

fn validator() -> jsonschema::Validator {
    let schema = schema(&catalogue());
    assert!(jsonschema::meta::is_valid(&schema), "the schema is one");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn document(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).expect("YAML")
}

#[test]
fn it_accepts_what_loads() {
    let validator = validator();
    for text in [HEAD, WHOLE, "version: 1\n", "mailboxes: {}\n"] {
        let document = document(text);
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn it_refuses_what_does_not_load_for_its_shape() {
    let validator = validator();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/broken");
    for name in [
        "types",
        "nulls",
        "unknown-keys",
        "providers",
        "domains",
        "aliases",
        "forwards",
        "external",
        "policy",
        "version",
        "a-list",
        "addresses",
    ] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.yaml"))).expect(name);
        assert!(!validator.is_valid(&document(&text)), "{name}");
    }
    for wrong in [
        "providers: {box: {type: gate}}",
        "providers: {box: {type: gate, token: literal}}",
        "providers: {box: {type: gate, token: {env: A, file: b}}}",
        "providers: {box: {type: nothing}}",
        "mailboxes: {a@b.example: {quota: 5}}",
        "mailboxes: {a@b.example: {quota: 5 XB}}",
        "mailboxes: {a@b.example: gone}",
        "mailboxes: {a@b.example: {settings: {acme: {level: 9}}}}",
        "mailboxes: {a@b.example: {settings: {acme: {scope: shared}}}}",
    ] {
        assert!(!validator.is_valid(&document(wrong)), "{wrong}");
    }
}

/// Every `properties` and `$defs` entry of the schema.
fn walk(value: &Value, path: &str, undescribed: &mut Vec<String>, keys: &mut BTreeSet<String>) {
    if let Value::Object(map) = value {
        if let Some(Value::Object(properties)) = map.get("properties")
            && map.contains_key("additionalProperties")
        {
            for (key, property) in properties {
                keys.insert(key.clone());
                let told = property.get("description").is_some() || property.get("$ref").is_some();
                let is_word = property.get("const").is_some() || path.contains("max_");
                if !told && !is_word {
                    undescribed.push(format!("{path}/{key}"));
                }
            }
        }
        for (key, item) in map {
            walk(item, &format!("{path}/{key}"), undescribed, keys);
        }
    }
    if let Value::Array(items) = value {
        for item in items {
            walk(item, path, undescribed, keys);
        }
    }
}

#[test]
fn every_key_is_there_and_described() {
    let (mut undescribed, mut keys) = (Vec::new(), BTreeSet::new());
    walk(&schema(&catalogue()), "", &mut undescribed, &mut keys);
    assert!(undescribed.is_empty(), "{undescribed:#?}");
    let missing: Vec<&str> = crate::config::raw::all_keys().filter(|key| !keys.contains(*key)).collect();
    assert!(missing.is_empty(), "keys that loading knows and the schema does not: {missing:?}");
}
