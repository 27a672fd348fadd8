//! What a request carries: the accepted format, the strict form, percent-encoding. Contract section 3.
//!
//! Must not know any route's fields.

use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};

use super::reply::Refusal;

/// Refuses whoever does not ask for JSON by name: the default is XML, which is not simulated.
pub(super) fn check_accept(headers: &HeaderMap) -> Result<(), Refusal> {
    let wanted = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let json = parts.next().is_some_and(|range| range.eq_ignore_ascii_case("application/json"));
            let mut weights = parts.filter_map(|part| part.strip_prefix("q="));
            json && weights.all(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
        });
    if wanted { Ok(()) } else { Err(Refusal::other(StatusCode::NOT_ACCEPTABLE, "Invalid format")) }
}

/// Fields of a form body: each name once, in the order sent.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the body of a POST or PUT; refuses the body of a DELETE. Other methods carry no form.
    pub(super) fn of(method: &Method, headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        if *method == Method::DELETE && !body.is_empty() {
            return Err(Refusal::bad_request("A DELETE request must not have a body"));
        }
        if !matches!(*method, Method::POST | Method::PUT) {
            return Ok(Self::default());
        }
        if !headers.contains_key(CONTENT_LENGTH) {
            return Err(Refusal::other(StatusCode::LENGTH_REQUIRED, "Length Required"));
        }
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let media_type = media_type.split(';').next().unwrap_or("").trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let message = "The request body must be application/x-www-form-urlencoded";
            return Err(Refusal::other(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        Self::read(body)
    }

    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let malformed = || Refusal::bad_request("Malformed form body");
        let mut fields: Vec<(String, String)> = Vec::new();
        if body.is_empty() {
            return Ok(Self(fields));
        }
        for pair in body.split(|byte| *byte == b'&') {
            let equals = pair.iter().position(|byte| *byte == b'=').ok_or_else(malformed)?;
            let name = decoded(&pair[..equals], Plus::Space).ok_or_else(malformed)?;
            let value = decoded(&pair[equals + 1..], Plus::Space).ok_or_else(malformed)?;
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(Refusal::bad_request(format!("Duplicate field: {name}")));
            }
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    /// All fields in the order sent.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The field of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    /// Refuses any field that the route does not know.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.iter().find(|(name, _)| !known.contains(name)) {
            Some((name, _)) => Err(Refusal::bad_request(format!("Unknown field: {name}"))),
            None => Ok(()),
        }
    }
}

/// A boolean of a form or a query.
pub(super) fn flag(name: &str, value: &str) -> Result<bool, Refusal> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Refusal::validation(format!("Invalid value for {name}: must be \"true\" or \"false\""))),
    }
}

/// What `+` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Plus {
    /// A space, in forms.
    Space,
    /// A plus sign, in paths.
    Itself,
}

/// Percent-decoded text; `None` for a broken escape, broken UTF-8 or a NUL.
pub(super) fn decoded(text: &[u8], plus: Plus) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'%' => {
                let digits = std::str::from_utf8(after.get(..2)?).ok()?;
                // A sign would be taken for part of the number.
                if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return None;
                }
                rest = &after[2..];
                u8::from_str_radix(digits, 16).ok()?
            }
            b'+' if plus == Plus::Space => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}
