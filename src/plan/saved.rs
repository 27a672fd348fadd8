//! A saved plan, read back: refused as a whole where it is none, was changed, or is not of this configuration.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::model::{ConnectionName, Desired, PLAN_FORMAT, Plan};
use crate::provider::Capabilities;

use super::wanted::{Unwanted, wanted};
use super::{digests, is_genuine};

/// Why a file is no plan that may be applied here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// Its bytes are not UTF-8.
    #[error("it is not a saved plan: it is not UTF-8 text")]
    NotText,
    /// It is no JSON, or not of this shape: why, in words.
    #[error("it is not a saved plan: {0}")]
    NotPlan(String),
    /// It says nothing of its format.
    #[error("it is not a saved plan")]
    NoFormat,
    /// Another version wrote it.
    #[error("it has format {0}, this version reads {PLAN_FORMAT}")]
    Format(String),
    /// Its id is not the hash of its content.
    #[error("it was changed after it was made")]
    Changed,
    /// The configuration is another one: in what.
    #[error("{} changed since it was made", .0.join(" and "))]
    Configuration(Vec<&'static str>),
    /// It holds a change that the configuration does not ask for.
    #[error("it holds what this configuration does not want: {0}")]
    Unwanted(#[from] Unwanted),
}

/// Reads a saved plan of this configuration.
pub fn read_saved(
    bytes: &[u8],
    desired: &Desired,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    today: Date,
) -> Result<Plan, SavedError> {
    let text = std::str::from_utf8(bytes).map_err(|_| SavedError::NotText)?;
    if text.starts_with('\u{feff}') {
        return Err(SavedError::NotPlan(
            "it begins with a byte order mark, so something wrote it anew".to_owned(),
        ));
    }
    let not_plan = |error: serde_json::Error| SavedError::NotPlan(error.to_string());
    let mut reader = serde_json::Deserializer::from_str(text);
    let document = Once.deserialize(&mut reader).map_err(not_plan)?;
    reader.end().map_err(not_plan)?;
    // The number first: a plan of another format says so instead of failing somewhere in its middle.
    match document.get("format") {
        Some(format) if format.as_u64() == Some(u64::from(PLAN_FORMAT)) => {}
        Some(format) => return Err(SavedError::Format(format.to_string())),
        None => return Err(SavedError::NoFormat),
    }
    let plan: Plan = serde_json::from_str(text).map_err(not_plan)?;
    // What is no part of a plan is not covered by its id, and a reader may take it for one.
    let is_whole = serde_json::to_value(&plan).is_ok_and(|whole| whole == document);
    if !is_whole || !is_genuine(&plan) {
        return Err(SavedError::Changed);
    }
    let now = digests(desired);
    let moved: Vec<&str> = [
        ("the connections", plan.digests.connections == now.connections),
        ("the policy", plan.digests.policy == now.policy),
        ("the declared objects", plan.digests.wish == now.wish),
    ]
    .into_iter()
    .filter(|(_, same)| !same)
    .map(|(what, _)| what)
    .collect();
    if !moved.is_empty() {
        return Err(SavedError::Configuration(moved));
    }
    wanted(&plan, desired, capabilities, today)?;
    Ok(plan)
}

/// A JSON document in which no key stands twice: of two equal keys, one program reads the first and another the last.
#[derive(Clone, Copy)]
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(yes.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(member) = seq.next_element_seed(self)? {
            list.push(member);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = serde_json::Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(self)?;
            if object.contains_key(&key) {
                return Err(serde::de::Error::custom(format!("the key {key:?} stands twice")));
            }
            object.insert(key, value);
        }
        Ok(object.into())
    }
}
