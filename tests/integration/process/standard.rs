//! Schemas of standards, as packages of the registry carry them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The schema of SARIF 2.1.0, from the registry's package of the crate that carries it.
fn sarif() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let told = Command::new(cargo)
        .args(["metadata", "--locked", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let metadata: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let manifest = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .find(|package| package["name"] == "serde-sarif")
        .and_then(|package| package["manifest_path"].as_str())
        .map(PathBuf::from)
        .expect("a package of the lock file");
    let path = manifest.parent().map(|folder| folder.join(Path::new("src/schema.json"))).expect("a folder");
    let text = std::fs::read_to_string(path).expect("the schema");
    // Its pattern of languages has a bracket too many for a strict reader of patterns. Nothing here has a language.
    serde_json::from_str(&text.replace("{2}]?$", "{2}$")).expect("JSON")
}

/// Checks a document against the schema of SARIF 2.1.0.
pub(super) fn keeps_to_sarif(document: &Value) {
    let schema = sarif();
    assert!(schema["title"].as_str().is_some_and(|title| title.contains("2.1.0")), "{schema}");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let wrong: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let mut broken = document.clone();
    broken["runs"][0]["results"][0]["level"] = Value::from("grave");
    assert!(!validator.is_valid(&broken), "the schema is looked at");
}
