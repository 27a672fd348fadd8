//! An audit in the Static Analysis Results Interchange Format, 2.1.0, for hosts that show findings beside the lines.
//!
//! Text from services and configurations cannot make links or placeholders of it: both are marked up in SARIF's
//! messages, and are taken apart here.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::audit::{RULES, Rule};
use crate::model::{AuditReport, Finding, Source};

use super::escape;
use super::json::pretty;
use super::parts::findings::{sorted, word};

/// The schema that the documents keep to.
pub const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The name of the fingerprint by which a host knows a finding again.
const FINGERPRINT: &str = "mailwright/v1";

/// Where the configuration lies in its repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places<'a> {
    /// The folder that places are relative to, itself relative to the repository's root and with `/`; empty where it
    /// is that root. One that begins with `/` lies in no repository.
    pub root: &'a str,
    /// The file within it that stands for a finding without a place: hosts refuse a finding without a file.
    pub fallback: &'a str,
}

/// What came of an audit. Every rule is described, also one that nothing breaks.
pub fn audit(report: &AuditReport, places: Places<'_>) -> serde_json::Result<String> {
    let rules: Vec<Value> = RULES.iter().map(rule).collect();
    let results: Vec<Value> =
        sorted(&report.findings).into_iter().map(|finding| result(finding, places)).collect();
    pretty(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mailwright",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "automationDetails": { "id": "mailwright/audit/" },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id.0,
        "name": pascal_case(rule.name),
        "shortDescription": { "text": rule.doc },
        "fullDescription": { "text": rule.doc },
        "help": { "text": rule.doc, "markdown": rule.page() },
        "defaultConfiguration": { "level": word(rule.severity) },
    })
}

fn pascal_case(name: &str) -> String {
    name.split('-')
        .map(|part| {
            let mut chars = part.chars();
            chars
                .next()
                .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
        })
        .collect()
}

fn result(finding: &Finding, places: Places<'_>) -> Value {
    let mut location = Map::new();
    location.insert("physicalLocation".into(), physical(finding.at.as_ref(), places));
    let text = match &finding.object {
        Some(object) => {
            location.insert(
                "logicalLocations".into(),
                json!([{
                    "name": escape(&object.identity.to_string()),
                    "fullyQualifiedName": escape(&format!(
                        "{}/{}/{}",
                        object.connection,
                        object.identity.kind(),
                        object.identity
                    )),
                    "kind": "object",
                }]),
            );
            format!("{object}: {}", finding.message)
        }
        None => finding.message.clone(),
    };
    let mut result = Map::from_iter([
        ("ruleId".to_owned(), json!(finding.rule.0)),
        ("level".to_owned(), json!(word(finding.severity))),
        ("message".to_owned(), json!({ "text": message(&text) })),
        ("locations".to_owned(), json!([location])),
    ]);
    if let Some(index) = RULES.iter().position(|rule| rule.id == finding.rule) {
        result.insert("ruleIndex".into(), json!(index));
    }
    if !finding.fingerprint.is_empty() {
        result.insert("partialFingerprints".into(), json!({ FINGERPRINT: finding.fingerprint }));
    }
    let values: Map<String, Value> = [("declared", &finding.declared), ("remote", &finding.remote)]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), json!(escape(value.as_deref()?)))))
        .collect();
    if !values.is_empty() {
        result.insert("properties".into(), Value::Object(values));
    }
    Value::Object(result)
}

fn physical(at: Option<&Source>, places: Places<'_>) -> Value {
    let file = at.map_or(places.fallback, |at| &*at.file);
    let root = places.root.trim_end_matches('/');
    let artifact = if places.root.starts_with('/') {
        json!({ "uri": format!("file://{}/{}", percent_encoded(root), percent_encoded(file)) })
    } else {
        let path = if root.is_empty() { file.to_owned() } else { format!("{root}/{file}") };
        json!({ "uri": percent_encoded(&path), "uriBaseId": "%SRCROOT%" })
    };
    // A host that gets no line shows the finding nowhere.
    let (line, column) = at.map_or((1, 1), |at| (at.line.max(1), at.column.max(1)));
    json!({
        "artifactLocation": artifact,
        "region": { "startLine": line, "startColumn": column },
    })
}

/// A path as part of a URI; the slashes stay.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Text as a message shows it: braces would be placeholders, and `[text](target)` a link.
fn message(text: &str) -> String {
    escape(text).replace('{', "{{").replace('}', "}}").replace("](", "] (")
}

#[cfg(test)]
mod tests;
