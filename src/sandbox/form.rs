//! Form fields of a request: `application/x-www-form-urlencoded` and `multipart/form-data`.
//!
//! Lenient the way web frameworks are: broken escapes stand for themselves, broken UTF-8 becomes U+FFFD. Must not
//! know any service's fields.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

/// Fields by name, in order, repeated names kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body by its `Content-Type`; a type that is not a form has no fields.
    pub fn of_body(headers: &HeaderMap, body: &[u8]) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let mut parts = content_type.split(';').map(str::trim);
        match parts.next().unwrap_or("").to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Self::urlencoded(body),
            "multipart/form-data" => {
                let boundary = parts.find_map(|part| part.strip_prefix("boundary="));
                boundary
                    .map_or_else(Self::default, |boundary| Self::multipart(boundary.trim_matches('"'), body))
            }
            _ => Self::default(),
        }
    }

    /// Reads `a=b&c=d`, as in a query string or a body.
    pub fn urlencoded(text: &[u8]) -> Self {
        let fields = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            (decode(halves.next().unwrap_or(b"")), decode(halves.next().unwrap_or(b"")))
        });
        Self(fields.collect())
    }

    /// Reads multipart fields; parts with a file name are files and no fields.
    pub fn multipart(boundary: &str, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let delimiter = format!("--{boundary}");
        let mut fields = Vec::new();
        for part in text.split(delimiter.as_str()).skip(1) {
            let Some((head, value)) = part.split_once("\r\n\r\n") else {
                continue;
            };
            let value = value.strip_suffix("\r\n").unwrap_or(value);
            let disposition = head
                .lines()
                .find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))
                .unwrap_or("");
            if let (Some(name), None) = (parameter(disposition, "name"), parameter(disposition, "filename")) {
                fields.push((name, value.to_owned()));
            }
        }
        Self(fields)
    }

    /// The first field of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The first field of this name, or `""`.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    /// All fields in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn parameter(header: &str, name: &str) -> Option<String> {
    header
        .split(';')
        .map(str::trim)
        .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        .map(|value| value.trim_matches('"').to_owned())
}

fn decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let escaped = (first == b'%').then(|| after.get(..2).and_then(hex)).flatten();
        match (first, escaped) {
            (_, Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', None) => bytes.push(b' '),
            (byte, None) => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(digits[0])? * 16 + digit(digits[1])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urlencoded_fields_decode_plus_escapes_and_broken_escapes() {
        let form = Form::urlencoded(b"email=a%40b.c&label=two+words&email=second&odd=%zz%4&empty&e=%C3%A4");
        assert_eq!(form.get("email"), Some("a@b.c"));
        assert_eq!(form.text("label"), "two words");
        assert_eq!(form.text("odd"), "%zz%4");
        assert_eq!(form.get("empty"), Some(""));
        assert_eq!(form.get("missing"), None);
        assert_eq!(form.text("e"), "ä");
        assert_eq!(form.iter().count(), 6);
    }

    #[test]
    fn multipart_fields_are_read_and_files_are_not() {
        let body = b"--X\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.c\r\n\
            --X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\n\r\nfile\r\n--X--\r\n";
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "multipart/form-data; boundary=\"X\"".parse().unwrap());
        assert_eq!(Form::of_body(&headers, body), Form(vec![("email".into(), "a@b.c".into())]));
    }

    #[test]
    fn another_content_type_has_no_fields() {
        let mut headers = HeaderMap::new();
        assert_eq!(Form::of_body(&headers, b"a=b"), Form::default());
        headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
        assert_eq!(Form::of_body(&headers, b"a=b"), Form::default());
    }
}
