//! JSON bodies read field by field: known names, exact types, nothing left over. Contract sections 2 and 6.
//!
//! Must not know any route.

use serde_json::{Map, Value};

use super::reply::Refusal;

/// A JSON object whose fields are taken one by one.
#[derive(Debug)]
pub(super) struct Object(Map<String, Value>);

/// What a field does that may be null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Change<T> {
    /// It was not sent.
    #[default]
    Keep,
    /// It was null.
    Clear,
    /// It was a value.
    Set(T),
}

impl<T> Change<T> {
    /// What is there after it.
    pub(super) fn over(self, held: Option<T>) -> Option<T> {
        match self {
            Self::Keep => held,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

fn wrong(name: &str, wanted: &str) -> Refusal {
    Refusal::bad_request(format!("Invalid value for {name}: {wanted} expected"))
}

impl Object {
    /// Refuses what is no object.
    pub(super) fn of(value: Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(Refusal::bad_request("A JSON object is expected")),
        }
    }

    /// Whether the field was sent and not taken yet.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Any value.
    pub(super) fn any(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Text, which may be empty.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a string")),
        }
    }

    /// Text that is not empty.
    pub(super) fn filled(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.text(name)? {
            Some(text) if text.trim().is_empty() => Err(wrong(name, "a string that is not empty")),
            text => Ok(text),
        }
    }

    /// Text that is not empty and must be sent.
    pub(super) fn required(&mut self, name: &str) -> Result<String, Refusal> {
        self.filled(name)?.ok_or_else(|| Refusal::missing(name))
    }

    /// A boolean.
    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(wrong(name, "a boolean")),
        }
    }

    /// A whole number from 0.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<u64>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(value) => Ok(Some(value.as_u64().ok_or_else(|| wrong(name, "a whole number from 0"))?)),
        }
    }

    /// A whole number from 0, or null.
    pub(super) fn nullable_number(&mut self, name: &str) -> Result<Change<u64>, Refusal> {
        if self.0.get(name).is_some_and(Value::is_null) {
            self.any(name);
            return Ok(Change::Clear);
        }
        Ok(self.number(name)?.map_or(Change::Keep, Change::Set))
    }

    /// An array of text, none of it empty.
    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        self.any(name).map(|value| texts(name, value)).transpose()
    }

    /// An array of text with at least one.
    pub(super) fn filled_texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        match self.texts(name)? {
            Some(texts) if texts.is_empty() => Err(wrong(name, "an array that is not empty")),
            texts => Ok(texts),
        }
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        match self.0.keys().next() {
            Some(name) => Err(Refusal::bad_request(format!("Unknown field: {name}"))),
            None => Ok(()),
        }
    }
}

/// An array of text, none of it empty.
pub(super) fn texts(name: &str, value: Value) -> Result<Vec<String>, Refusal> {
    let Value::Array(values) = value else {
        return Err(wrong(name, "an array of strings"));
    };
    values
        .into_iter()
        .map(|value| match value {
            Value::String(text) if !text.trim().is_empty() => Ok(text),
            _ => Err(wrong(name, "an array of strings")),
        })
        .collect()
}
