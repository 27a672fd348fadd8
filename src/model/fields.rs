//! An object's content: which fields are set, which were read.

use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use super::value::Plain;
use super::{Field, Value};

/// Whether a wish says anything about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Managed<T> {
    /// The configuration does not speak of it: whatever is there stays.
    Unmanaged,
    /// It must be this.
    Set(T),
}

impl<T> Managed<T> {
    /// The wished value, where there is one.
    pub fn set(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Unmanaged => None,
        }
    }
}

/// Something for each of a few fields, sorted by field. An object has too few fields for a tree to be worth its room.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PerField<T>(Vec<(Field, T)>);

impl<T> PerField<T> {
    /// Nothing for any field.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Nothing yet, with room for so many fields.
    pub fn with_capacity(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }

    fn find(&self, field: &Field) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(field))
    }

    /// What a field has.
    pub fn get(&self, field: &Field) -> Option<&T> {
        self.find(field).ok().map(|index| &self.0[index].1)
    }

    /// Gives a field something, and returns what it had.
    pub fn insert(&mut self, field: Field, value: T) -> Option<T> {
        match self.find(&field) {
            Ok(index) => Some(std::mem::replace(&mut self.0[index].1, value)),
            Err(index) => {
                self.0.insert(index, (field, value));
                None
            }
        }
    }

    /// Takes what a field has.
    pub fn remove(&mut self, field: &Field) -> Option<T> {
        self.find(field).ok().map(|index| self.0.remove(index).1)
    }

    /// What each has, in the order of fields.
    pub fn iter(&self) -> impl Iterator<Item = (&Field, &T)> {
        self.0.iter().map(|(field, value)| (field, value))
    }

    /// How many fields have something.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True where no field has anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for PerField<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> FromIterator<(Field, T)> for PerField<T> {
    fn from_iter<I: IntoIterator<Item = (Field, T)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let mut all = Self::with_capacity(pairs.size_hint().1.unwrap_or(0).min(16));
        for (field, value) in pairs {
            all.insert(field, value);
        }
        all
    }
}

/// Fields with their values, sorted by field. A field that is not in it is [`Managed::Unmanaged`].
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct Fields(PerField<Value>);

impl Fields {
    /// No field set.
    pub fn new() -> Self {
        Self::default()
    }

    /// No field set, with room for so many.
    pub fn with_capacity(fields: usize) -> Self {
        Self(PerField::with_capacity(fields))
    }

    /// Sets a field and returns what it held.
    pub fn set(&mut self, field: Field, value: Value) -> Option<Value> {
        self.0.insert(field, value)
    }

    /// Sets a field, for chaining.
    #[must_use]
    pub fn with(mut self, field: Field, value: Value) -> Self {
        self.set(field, value);
        self
    }

    /// Forgets a field.
    pub fn remove(&mut self, field: &Field) -> Option<Value> {
        self.0.remove(field)
    }

    /// The value of a field, where it has one.
    pub fn get(&self, field: &Field) -> Option<&Value> {
        self.0.get(field)
    }

    /// What a wish says about a field.
    pub fn managed(&self, field: &Field) -> Managed<&Value> {
        self.get(field).map_or(Managed::Unmanaged, Managed::Set)
    }

    /// The fields and their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Field, &Value)> {
        self.0.iter()
    }

    /// True where nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are set.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<(Field, Value)> for Fields {
    fn from_iter<I: IntoIterator<Item = (Field, Value)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(field, value)| (field.to_string(), value))).finish()
    }
}

impl Serialize for Fields {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, value) in self.iter() {
            map.serialize_entry(field, &Plain::from(value))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldMap;
        impl<'de> Visitor<'de> for FieldMap {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from field to value")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::new();
                while let Some((field, plain)) = map.next_entry::<Field, Plain>()? {
                    let value = plain.read(&field).map_err(serde::de::Error::custom)?;
                    if fields.set(field, value).is_some() {
                        return Err(serde::de::Error::custom("a field stands twice"));
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(FieldMap)
    }
}

/// What reading a field brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The service says that it is this.
    Known(Value),
    /// It could not be read, and why.
    NotRead(Arc<str>),
    /// The service tells it of no object, and never will: it is written, and not compared. Why.
    Untold(Arc<str>),
}

impl Reading {
    /// The value, where it is known.
    pub fn known(&self) -> Option<&Value> {
        if let Self::Known(value) = self { Some(value) } else { None }
    }
}

/// What was read of an object, sorted by field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readings(PerField<Reading>);

impl Readings {
    /// Nothing read.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records a reading.
    pub fn set(&mut self, field: Field, reading: Reading) {
        self.0.insert(field, reading);
    }

    /// Gives back the room that it does not need: many objects are kept, and few change.
    pub fn shrink_to_fit(&mut self) {
        self.0.0.shrink_to_fit();
    }

    /// Records a known value, for chaining.
    #[must_use]
    pub fn known(mut self, field: Field, value: Value) -> Self {
        self.set(field, Reading::Known(value));
        self
    }

    /// Records that a field could not be read, for chaining.
    #[must_use]
    pub fn not_read(mut self, field: Field, reason: &str) -> Self {
        self.set(field, Reading::NotRead(reason.into()));
        self
    }

    /// Records that the service does not tell a field, for chaining.
    #[must_use]
    pub fn untold(mut self, field: Field, reason: &str) -> Self {
        self.set(field, Reading::Untold(reason.into()));
        self
    }

    /// What was read of a field; none where it was not asked for.
    pub fn get(&self, field: &Field) -> Option<&Reading> {
        self.0.get(field)
    }

    /// A field's value, where it is known.
    pub fn value(&self, field: &Field) -> Option<&Value> {
        self.get(field).and_then(Reading::known)
    }

    /// All readings, in order of their fields.
    pub fn iter(&self) -> impl Iterator<Item = (&Field, &Reading)> {
        self.0.iter()
    }

    /// The known values alone.
    pub fn values(&self) -> Fields {
        self.0.iter().filter_map(|(field, reading)| Some((field.clone(), reading.known()?.clone()))).collect()
    }
}

impl From<Fields> for Readings {
    fn from(fields: Fields) -> Self {
        // Sorted already.
        let known = fields.0.0.into_iter().map(|(field, value)| (field, Reading::Known(value)));
        Self(PerField(known.collect()))
    }
}
