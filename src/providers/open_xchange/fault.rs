//! What a refused call means (`contracts/open_xchange.md §1, §2, §6`). Errors come as `{"errors":[{"title"}]}`, as
//! `{"error"}`, as text, as `null` and as nothing; of a context that is not there, with status 200.

use serde_json::Value;

use crate::http::{Loose, Reply};
use crate::provider::{ErrorKind, ProviderError};

/// What the hint of a refused credential says.
const REFUSED: &str = "the user or the password is wrong, or a credential of this class may not do this: a context's \
                       administrator has no right to users, domains and announcements of the brand; no further call \
                       is made with it";

const CONTEXT: &str =
    "check the `context` of this connection: its name is `BRAND_NAME`, as `mailwright doctor` lists it";

/// The keys that a document has which tells of an error and of nothing else.
const ABOUT_AN_ERROR: [&str; 8] =
    ["error", "error_description", "code", "status", "title", "message", "detail", "timestamp"];

/// True where it is the context that is missing, not something in it.
fn is_of_context(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.contains("context")
        && !["user", "alias", "forward", "domain"].iter().any(|word| words.contains(word))
}

/// What the service says went wrong; empty where it does not say.
pub(super) fn words(reply: &Reply) -> String {
    if reply.is_page() {
        return String::new();
    }
    let body = String::from_utf8_lossy(&reply.body);
    match serde_json::from_slice::<Value>(&reply.body) {
        Ok(value) => reply.quote(&said(&value).unwrap_or_default()),
        Err(_) => reply.quote(&body),
    }
}

fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let all: Vec<String> = items.iter().filter_map(said).collect();
            Some(all.join("; "))
        }
        Value::Object(_) => {
            let object = Loose::of(value)?;
            let keys = ["errors", "error", "title", "message", "detail"];
            keys.into_iter().find_map(|key| said(object.raw(key)?)).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

/// True for a document that holds nothing but errors, whatever the status beside it.
pub(super) fn is_refusal(value: &Value) -> bool {
    let is_something = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    };
    Loose::of(value).is_some_and(|object| {
        object.raw("errors").is_some_and(is_something)
            || object.raw("error").is_some_and(is_something)
                && object.members().all(|(key, _)| ABOUT_AN_ERROR.contains(&key))
    })
}

/// What a refused call means.
pub(super) fn refusal(reply: &Reply) -> ProviderError {
    let words = words(reply);
    let says = |part: &str| words.to_ascii_lowercase().contains(part);
    let said = if words.is_empty() {
        format!("the service answered with status {}", reply.status)
    } else {
        format!("the service says (status {}): {words}", reply.status)
    };
    let made = |kind, hint: Option<&str>| {
        let error = ProviderError::new(kind, said.clone()).at(reply.call());
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    };
    match reply.status {
        401 => made(ErrorKind::Auth, Some(REFUSED)),
        403 => made(ErrorKind::Denied, Some("check what this login may do at the service")),
        404 if reply.is_page() => made(
            ErrorKind::Protocol,
            Some("nothing of the service answers here: check `url`, and the `paths` of this connection"),
        ),
        200..300 | 404 if is_of_context(&words) => made(ErrorKind::Denied, Some(CONTEXT)),
        404 => made(ErrorKind::NotFound, None),
        405 | 501 => made(
            ErrorKind::Invalid,
            Some("the service has no such verb at this path: give the right one under `paths`"),
        ),
        400 if says("already") || says("exists") && !says("not exist") => made(ErrorKind::Conflict, None),
        200..300 if says("not found") || says("not exist") || says("no such") => {
            made(ErrorKind::NotFound, None)
        }
        200..300 => made(ErrorKind::Invalid, None),
        _ => ProviderError { message: said, ..reply.refusal() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_in_every_spelling() {
        for (body, words) in [
            (r#"{"errors":[{"title":"Context not found"},{"title":"Twice"}]}"#, "Context not found; Twice"),
            (r#"{"error":"Error message"}"#, "Error message"),
            (r#"{"errors":["plain"]}"#, "plain"),
            (r#"{"error":{"message":"within"}}"#, "within"),
            (r#""a text""#, "a text"),
            ("null", ""),
            ("[]", ""),
            (r#"{"context-id":1}"#, ""),
        ] {
            let value: Value = serde_json::from_str(body).expect("a document");
            assert_eq!(said(&value).unwrap_or_default(), words, "{body}");
        }
    }

    #[test]
    fn a_document_of_errors_alone_is_a_refusal() {
        for (body, is) in [
            (r#"{"errors":[{"title":"x"}]}"#, true),
            (r#"{"error":"x"}"#, true),
            (r#"{"errors":{"title":"x"}}"#, true),
            (r#"{"errors":"x"}"#, true),
            (r#"{"errors":null}"#, false),
            (r#"{"error":{"message":"x"}}"#, true),
            (r#"{"error":"x","code":400}"#, true),
            (r#"{"error":null}"#, false),
            (r#"{"errors":[]}"#, false),
            (r#"{"error":"x","name":"y"}"#, false),
            (r#"{"domains":[]}"#, false),
            ("[]", false),
        ] {
            assert_eq!(is_refusal(&serde_json::from_str(body).expect("a document")), is, "{body}");
        }
    }
}
