//! How the daemon words its answers: JSON in Python's style, Flask's pages, content types.
//!
//! Must not know any route.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

const HTML: &str = "text/html; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// An unhandled exception of the daemon: what was committed stays, the answer is the 500 page.
#[derive(Debug)]
pub(super) struct Crash;

/// One answer of the daemon.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    content_type: &'static str,
    headers: Vec<(HeaderName, String)>,
    body: String,
}

impl Reply {
    fn new(status: StatusCode, content_type: &'static str, body: impl Into<String>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    /// 200 with text, which the daemon labels as HTML.
    pub(super) fn ok(body: impl Into<String>) -> Self {
        Self::new(StatusCode::OK, HTML, body)
    }

    /// 400 with text, without a newline at its end.
    pub(super) fn refused(body: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, HTML, body)
    }

    /// 200 with JSON.
    pub(super) fn json(value: &Value) -> Self {
        Self::new(StatusCode::OK, JSON, pretty(value))
    }

    /// An authentication failure; JSON where the client accepts anything special.
    pub(super) fn unauthorized(status: StatusCode, reason: &str, json: bool) -> Self {
        if json {
            let reason = ascii(&Value::from(reason).to_string());
            let body = format!("{{\"status\": \"error\", \"reason\": {reason}}}\n");
            Self::new(status, JSON, body)
        } else {
            Self::new(status, PLAIN, format!("{reason}\n"))
        }
    }

    /// The answer to `OPTIONS`.
    pub(super) fn options(allow: &str) -> Self {
        Self::ok("").with(ALLOW, allow)
    }

    pub(super) fn not_found() -> Self {
        let text = "The requested URL was not found on the server. If you entered the URL manually please check \
            your spelling and try again.";
        Self::page(StatusCode::NOT_FOUND, "Not Found", text)
    }

    pub(super) fn method_not_allowed(allow: &str) -> Self {
        let text = "The method is not allowed for the requested URL.";
        Self::page(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", text).with(ALLOW, allow)
    }

    pub(super) fn internal_error() -> Self {
        let text = "The server encountered an internal error and was unable to complete your request. Either the \
            server is overloaded or there is an error in the application.";
        Self::page(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", text)
    }

    fn page(status: StatusCode, title: &str, text: &str) -> Self {
        let code = status.as_u16();
        let body = format!(
            "<!doctype html>\n<html lang=en>\n<title>{code} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
        );
        Self::new(status, HTML, body)
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Crash> for Reply {
    fn from(Crash: Crash) -> Self {
        Self::internal_error()
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, [(CONTENT_TYPE, self.content_type)], self.body).into_response();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Each item on a line of its own.
pub(super) fn lines<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().fold(String::new(), |mut text, item| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{item}");
        text
    })
}

/// Python's `json.dumps(value, indent=2, sort_keys=True)` and a newline.
fn pretty(value: &Value) -> String {
    format!("{}\n", ascii(&format!("{:#}", sorted(value))))
}

/// The same value with its keys in order, whatever order the library keeps.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<_, _> = map.iter().map(|(key, value)| (key, sorted(value))).collect();
            ordered.into_iter().map(|(key, value)| (key.clone(), value)).collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// Escapes what is not printable ASCII as `\uXXXX`, in surrogate pairs above U+FFFF. In JSON text such characters
/// stand only inside strings.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character < '\u{7f}' {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_sorted_indented_and_ascii() {
        let value = json!({"b": [], "a": ["ü", "😀", "\u{7f}\n"]});
        let text = "{\n  \"a\": [\n    \"\\u00fc\",\n    \"\\ud83d\\ude00\",\n    \"\\u007f\\n\"\n  ],\n  \"b\": []\n}\n";
        assert_eq!(pretty(&value), text);
    }
}
