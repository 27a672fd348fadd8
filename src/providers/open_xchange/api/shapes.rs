//! Replies whose shape drifts: a document, a text or nothing; a list or an object of lists; a value or an array of it.

use serde_json::Value;

use crate::http::{Loose, Reply};
use crate::provider::ProviderError;
use crate::providers::open_xchange::fault;

/// The document in a reply; null where there is none. A text that is no JSON is a text.
pub(super) fn document(reply: &Reply) -> Result<Value, ProviderError> {
    if reply.body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    if reply.content_type == "text/plain" {
        let text = reply.text()?;
        return Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.trim().to_owned())));
    }
    let value: Value = reply.json()?;
    if fault::is_refusal(&value) { Err(fault::refusal(reply)) } else { Ok(value) }
}

/// The document of a list, or of something that is there. One that is empty says so, as `[]` or `null`; a body without
/// a byte is no answer, and not even that nothing is there.
pub(super) fn list(reply: &Reply) -> Result<Value, ProviderError> {
    if reply.status != 204 && reply.body.trim_ascii().is_empty() {
        return Err(reply.unexpected("it is empty"));
    }
    document(reply)
}

/// The objects of a list: an array of them, the same under a name, or one alone that a predicate knows.
pub(super) fn objects(value: &Value, is_one: impl Fn(&Loose) -> bool) -> Option<Vec<Loose>> {
    let items = match value {
        Value::Null => return Some(Vec::new()),
        Value::Array(items) => items,
        Value::Object(_) => {
            let object = Loose::of(value)?;
            if is_one(&object) {
                return Some(vec![object]);
            }
            return objects(&Value::Array(object.only_list()?.clone()), is_one);
        }
        _ => return None,
    };
    items.iter().map(|item| Loose::of(item).filter(|object| is_one(object))).collect()
}
