//! What a request carries: path segments, query parameters, the JSON body. Contract sections 2 and 6.
//!
//! Must not know any route.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde_json::Value;

use super::reply::Refusal;

/// A path segment as sent and percent-decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) raw: String,
    pub(super) text: String,
}

impl Segment {
    /// Whether it is this part of a template. A star is only ever itself: encoded it is a letter of a value.
    pub(super) fn is(&self, part: &str) -> bool {
        if part == "*" { self.raw == "*" } else { self.text == part }
    }
}

/// The segments of a path, each percent-decoded.
pub(super) fn segments(path: &str) -> Result<Vec<Segment>, Refusal> {
    let segment =
        |raw: &str| Some(Segment { raw: raw.to_owned(), text: decoded(raw.as_bytes(), Plus::Itself)? });
    let path = path.strip_prefix('/').unwrap_or(path);
    let segments: Option<Vec<Segment>> = path.split('/').map(segment).collect();
    segments.ok_or_else(|| Refusal::bad_request("Malformed path"))
}

/// What `+` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    /// A space, in queries.
    Space,
    /// A plus sign, in paths.
    Itself,
}

/// Percent-decoded text; `None` for a broken escape, broken UTF-8 or a control character.
fn decoded(text: &[u8], plus: Plus) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'%' => {
                let digits = after.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit))?;
                rest = &after[2..];
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            b'+' if plus == Plus::Space => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

/// Query parameters: each once, taken one by one, and none may be left over.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string.
    pub(super) fn read(query: Option<&str>) -> Result<Self, Refusal> {
        let malformed = || Refusal::bad_request("Malformed query");
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in query.unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(malformed)?;
            let name = decoded(name.as_bytes(), Plus::Space).ok_or_else(malformed)?;
            let value = decoded(value.as_bytes(), Plus::Space).ok_or_else(malformed)?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(Refusal::bad_request(format!("Duplicate parameter: {name}")));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// Takes a parameter.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(index).1)
    }

    /// Takes a boolean; false where it is not sent.
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Refusal> {
        match self.take(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Refusal::bad_request(format!("Invalid value for parameter {name}"))),
        }
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        match self.0.first() {
            Some((name, _)) => Err(Refusal::bad_request(format!("Unknown parameter: {name}"))),
            None => Ok(()),
        }
    }
}

/// A body that has not been looked at.
#[derive(Debug)]
pub(super) struct Body<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) bytes: &'a [u8],
}

impl Body<'_> {
    /// Refuses any body.
    pub(super) fn none(&self) -> Result<(), Refusal> {
        if self.bytes.is_empty() { Ok(()) } else { Err(Refusal::bad_request("This operation takes no body")) }
    }

    /// Reads JSON, which needs its content type.
    pub(super) fn json(&self) -> Result<Value, Refusal> {
        let media_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let media_type = media_type.split(';').next().unwrap_or("").trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Refusal::unsupported_media_type());
        }
        serde_json::from_slice(self.bytes).map_err(|_| Refusal::bad_request("Malformed JSON"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_exact() {
        assert_eq!(decoded(b"a%40b+c", Plus::Itself).as_deref(), Some("a@b+c"));
        assert_eq!(decoded(b"a%40b+c", Plus::Space).as_deref(), Some("a@b c"));
        for broken in ["%", "%4", "%zz", "%+1", "%ff", "%00", "%0a"] {
            assert_eq!(decoded(broken.as_bytes(), Plus::Itself), None, "{broken}");
        }
    }
}
