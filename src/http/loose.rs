//! A document of the service, read without trust in its spelling: keys in any case, numbers and yes or no also as
//! text, and nothing in three ways.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a document says about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told<T> {
    /// The key is not there.
    Missing,
    /// Null, an empty text, or blanks: the service does not keep these apart.
    Nothing,
    /// This.
    Is(T),
    /// Something of another sort, as shown.
    Strange(String),
}

impl<T> Told<T> {
    /// The value, where there is one.
    pub fn known(self) -> Option<T> {
        if let Self::Is(value) = self { Some(value) } else { None }
    }
}

/// An object, by its keys in small letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loose(BTreeMap<String, Value>);

impl Loose {
    /// An object; none where the value is no object.
    pub fn of(value: &Value) -> Option<Self> {
        let pairs = value.as_object()?.iter();
        Some(Self(pairs.map(|(key, value)| (key.to_ascii_lowercase(), value.clone())).collect()))
    }

    /// An object with this name in it.
    pub fn named(name: &str) -> Self {
        Self(BTreeMap::from([("name".into(), name.into())]))
    }

    /// With the members of the object under `key` beside its own, which win.
    #[must_use]
    pub fn flattened(mut self, key: &str) -> Self {
        let inner = self.0.get(&key.to_ascii_lowercase()).and_then(Self::of).unwrap_or_default();
        for (key, value) in inner.0 {
            self.0.entry(key).or_insert(value);
        }
        self
    }

    /// The object that is the only member.
    pub fn inner(&self) -> Option<Self> {
        self.0.first_key_value().filter(|_| self.0.len() == 1).and_then(|(_, value)| Self::of(value))
    }

    /// True where the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(&key.to_ascii_lowercase())
    }

    fn told<T>(&self, key: &str, read: impl FnOnce(&Value) -> Option<T>) -> Told<T> {
        match self.get(key) {
            None => Told::Missing,
            Some(Value::Null) => Told::Nothing,
            Some(Value::String(text)) if text.trim().is_empty() => Told::Nothing,
            Some(value) => read(value).map_or_else(|| Told::Strange(value.to_string()), Told::Is),
        }
    }

    /// A text.
    pub fn text(&self, key: &str) -> Told<String> {
        self.told(key, |value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            _ => None,
        })
    }

    /// Yes or no.
    pub fn bool(&self, key: &str) -> Told<bool> {
        self.told(key, |value| match value {
            Value::Bool(yes) => Some(*yes),
            Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        })
    }

    /// A whole number.
    pub fn number(&self, key: &str) -> Told<u64> {
        self.told(key, |value| match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        })
    }

    /// A list; also where it stands within an object of one member, as XML's lists do in JSON.
    pub fn list(&self, key: &str) -> Told<Vec<Value>> {
        self.told(key, |value| match value {
            Value::Array(items) => Some(items.clone()),
            Value::Object(object) if object.len() == 1 => object.values().next()?.as_array().cloned(),
            _ => None,
        })
    }

    /// The value as it came.
    pub fn raw(&self, key: &str) -> Option<&Value> {
        self.get(key)
    }

    /// Each member with its key in small letters.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The only list among the members, whatever its name.
    pub fn only_list(&self) -> Option<&Vec<Value>> {
        let mut lists = self.0.values().filter_map(Value::as_array);
        lists.next().filter(|_| lists.next().is_none())
    }

    /// The only text among the members that a predicate likes.
    pub fn text_like(&self, is_like: impl Fn(&str) -> bool) -> Option<&str> {
        let mut texts = self.0.values().filter_map(Value::as_str).filter(|text| is_like(text));
        texts.next().filter(|_| texts.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_three_spellings_and_keys_have_any() {
        let text = r#"{"Name":"a","x":null,"y":"","z":" ","n":"2048","m":7,"t":"True","f":false,"l":{"e":["b"]},
            "contactInfo":{"CustomId":"17","name":"inner"}}"#;
        let loose = Loose::of(&serde_json::from_str(text).expect("a document"))
            .expect("an object")
            .flattened("contactInfo");
        assert_eq!(loose.text("NAME"), Told::Is("a".to_owned()));
        assert_eq!(loose.text("customID"), Told::Is("17".to_owned()));
        for key in ["x", "y", "z"] {
            assert_eq!(loose.text(key), Told::Nothing, "{key}");
        }
        assert_eq!(loose.text("w"), Told::Missing);
        assert_eq!((loose.number("n"), loose.number("m")), (Told::Is(2048), Told::Is(7)));
        assert_eq!((loose.bool("t"), loose.bool("f")), (Told::Is(true), Told::Is(false)));
        assert_eq!(loose.bool("m"), Told::Strange("7".to_owned()));
        assert_eq!(loose.list("l"), Told::Is(vec!["b".into()]));
    }
}
