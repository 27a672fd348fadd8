//! The parameters of a request: path, query and form. Contract section 1.
//!
//! Reads them as PHP and Zend's module route do. Must not know what they mean.

use std::collections::BTreeMap;

use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use super::reply::Refusal;
use crate::sandbox::Form;

/// What a parameter holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Many(Vec<String>),
}

/// What a parameter does to a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Write<T> {
    /// It did not come.
    #[default]
    Leave,
    /// It came empty.
    Null,
    To(T),
}

impl<T> Write<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Write<U> {
        match self {
            Self::Leave => Write::Leave,
            Self::Null => Write::Null,
            Self::To(value) => Write::To(change(value)),
        }
    }

    pub(super) fn write(self, column: &mut Option<T>) {
        match self {
            Self::Leave => {}
            Self::Null => *column = None,
            Self::To(value) => *column = Some(value),
        }
    }

    /// The value, if it is one.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::To(value) => Some(value),
            Self::Leave | Self::Null => None,
        }
    }
}

/// Parameters by name, in exact spelling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Params {
    values: BTreeMap<String, Value>,
    /// Names that stood in the path or the query.
    in_url: Vec<String>,
}

impl Params {
    /// Reads all of them; the first of path, query and form wins.
    pub(super) fn of(segments: &[&str], parts: &Parts, body: &[u8]) -> Self {
        let mut params = Self::default();
        params.take(path(segments));
        params.take(form(&Form::urlencoded(parts.uri.query().unwrap_or("").as_bytes())));
        params.in_url = params.values.keys().cloned().collect();
        if parts.method == Method::POST && is_form(&parts.headers) {
            params.take(form(&Form::urlencoded(body)));
        }
        params
    }

    fn take(&mut self, values: BTreeMap<String, Value>) {
        for (name, value) in values {
            self.values.entry(name).or_insert(value);
        }
    }

    /// The text of a parameter, if it came; an array is refused.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.values.get(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Many(_)) => Err(Refusal::invalid(name)),
        }
    }

    /// What the first of these names that came does to a text column.
    pub(super) fn write(&self, names: &[&str]) -> Result<Write<String>, Refusal> {
        for name in names {
            match self.text(name)? {
                None => {}
                Some("") => return Ok(Write::Null),
                Some(text) => return Ok(Write::To(text.to_owned())),
            }
        }
        Ok(Write::Leave)
    }

    /// What a name does to a column of whole numbers.
    pub(super) fn write_number(&self, name: &str) -> Result<Write<u64>, Refusal> {
        match self.text(name)? {
            None => Ok(Write::Leave),
            Some("") => Ok(Write::Null),
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map(Write::To).map_err(|_| Refusal::invalid(name))
            }
            Some(_) => Err(Refusal::invalid(name)),
        }
    }

    /// The text of a parameter that must come and not be empty.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| Refusal::missing(name))
    }

    /// The texts of a parameter that may be an array; empty ones are left out.
    pub(super) fn many(&self, name: &str) -> Option<Vec<&str>> {
        let values = match self.values.get(name)? {
            Value::Text(text) => std::slice::from_ref(text),
            Value::Many(values) => values,
        };
        Some(values.iter().map(String::as_str).filter(|text| !text.is_empty()).collect())
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Whether a password stood in the path or the query.
    pub(super) fn has_password_in_url(&self) -> bool {
        self.in_url.iter().any(|name| name.to_ascii_lowercase().starts_with("password") && !is_question(name))
    }
}

fn is_question(name: &str) -> bool {
    name.eq_ignore_ascii_case("PasswordQuestion")
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = content_type.split(';').next().unwrap_or("").trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Names and values by turns; the same name again makes an array, a name without a value is null and thus absent.
fn path(segments: &[&str]) -> BTreeMap<String, Value> {
    let mut values: BTreeMap<String, Value> = BTreeMap::new();
    for pair in segments.chunks(2) {
        let [name, value] = pair else {
            continue;
        };
        let value = decoded(value);
        match values.remove(&decoded(name)) {
            None => values.insert(decoded(name), Value::Text(value)),
            Some(Value::Text(first)) => values.insert(decoded(name), Value::Many(vec![first, value])),
            Some(Value::Many(mut many)) => {
                many.push(value);
                values.insert(decoded(name), Value::Many(many))
            }
        };
    }
    values
}

/// PHP's reading of a query or a form: `name[]` makes an array, of a name that comes twice the last one counts.
fn form(fields: &Form) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (name, value) in fields.iter() {
        let array = name.split_once('[').filter(|(_, rest)| rest.ends_with(']')).map(|(name, _)| name);
        let Some(array) = array else {
            values.insert(name.to_owned(), Value::Text(value.to_owned()));
            continue;
        };
        match values.get_mut(array) {
            Some(Value::Many(many)) => many.push(value.to_owned()),
            _ => {
                values.insert(array.to_owned(), Value::Many(vec![value.to_owned()]));
            }
        }
    }
    values
}

/// Whether every `%` is followed by two hexadecimal digits.
pub(super) fn has_whole_escapes(path: &str) -> bool {
    path.split('%').skip(1).all(|after| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// PHP's `urldecode`: a plus is a space.
pub(super) fn decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut pieces = segment.split('%');
    let plain = |piece: &str| piece.replace('+', " ").into_bytes();
    bytes.extend(plain(pieces.next().unwrap_or("")));
    for piece in pieces {
        match piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(plain(&piece[2..]));
            }
            None => bytes.extend(plain(&format!("%{piece}"))),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
