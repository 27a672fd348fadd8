//! The same things for machines. The JSON of a plan is the saved plan.
//!
//! Every form is pretty-printed with keys in one order, ends with a newline and holds no secret.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::{
    AccessReview, AuditReport, ConnectionName, Outcome, Plan, Reading, Severity, Trace, judged,
};
use crate::provider::Check;

use super::Held;
use super::parts::findings::count;

/// A plan: what `--out` saves and `apply --plan` reads back.
pub fn plan(plan: &Plan) -> serde_json::Result<String> {
    pretty(plan)
}

/// What came of applying a plan.
pub fn outcome(outcome: &Outcome) -> serde_json::Result<String> {
    pretty(outcome)
}

/// What came of an audit, with its totals.
pub fn audit(report: &AuditReport) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(flatten)]
        report: &'a AuditReport,
        totals: Totals,
    }
    #[derive(Serialize)]
    struct Totals {
        errors: usize,
        warnings: usize,
        notes: usize,
    }
    let count = |severity| count(&report.findings, severity);
    let totals = Totals {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        notes: count(Severity::Note),
    };
    pretty(&Document { report, totals })
}

/// The way of mail for an address.
pub fn trace(trace: &Trace) -> serde_json::Result<String> {
    pretty(trace)
}

/// Who can do what with whom.
pub fn access(review: &AccessReview) -> serde_json::Result<String> {
    pretty(review)
}

/// The checks of each connection.
pub fn checks(connections: &[(ConnectionName, Vec<Check>)]) -> serde_json::Result<String> {
    let all: Map<String, Value> = connections
        .iter()
        .map(|(name, checks)| Ok((name.to_string(), serde_json::to_value(checks)?)))
        .collect::<serde_json::Result<_>>()?;
    pretty(&all)
}

/// What services hold for an address.
pub fn objects(held: &[Held<'_>]) -> serde_json::Result<String> {
    let mut objects = Vec::new();
    let mut gaps = Vec::new();
    for part in held {
        for object in &part.objects {
            let values = object.fields.values();
            let not_read: Map<String, Value> = object
                .fields
                .iter()
                .filter_map(|(field, reading)| match reading {
                    Reading::NotRead(reason) | Reading::Untold(reason) => {
                        Some((field.to_string(), json!(reason)))
                    }
                    Reading::Known(_) => None,
                })
                .collect();
            objects.push(json!({
                "connection": part.connection,
                "kind": object.identity.kind(),
                "identity": object.identity.to_string(),
                "standing": object.standing,
                "fields": values,
                "not_read": not_read,
                "facts": object.facts,
            }));
        }
        for (collection, reason) in &part.gaps {
            gaps.push(json!({
                "connection": part.connection,
                "collection": collection.to_string(),
                "reason": reason,
            }));
        }
    }
    pretty(&json!({ "objects": objects, "not_read": gaps }))
}

/// Any document, in the one spelling.
pub fn pretty<T: Serialize>(value: &T) -> serde_json::Result<String> {
    let mut text = inert(&serde_json::to_string_pretty(value)?).into_owned();
    text.push('\n');
    Ok(text)
}

/// The same JSON with what cannot be seen, and what a CI host obeys, written as JSON's own escapes: documents are
/// looked at on terminals, too. A program reads the same texts from it.
pub fn inert(json: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
    if json.bytes().all(is_plain) && !json.contains("##") && !json.contains("::") {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for (c, is_safe) in judged(json) {
        // What is not safe stands in texts only, but for the ends of lines.
        if is_safe || c == '\n' {
            safe.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(safe, "\\u{unit:04x}");
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests;
