//! The file format of recordings.
//!
//! ```text
//! === NUMBER TITLE
//! ! DIRECTIVE                what happened to the box before the request; see `replay`
//! > POST /path               then headers, a bare `>`, and the body in one line with \r \n \\ escaped
//! < 200                      then headers, a bare `<`, and the body: its lines joined by newlines
//! ```
//!
//! In requests `{apikey}` and `{session}` stand for those keys, `{basic NAME:PASSWORD}` for its base64. In bodies
//! `{hex64}`, `{base32}` and `{base64}` stand for any such text; a header value `*` for any value. After `<~` in
//! place of the bare `<` the body only has to contain the lines, after `<*` anything will do.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// How an expected body is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Exactly,
    Contains,
    Anything,
}

/// One recorded request and its answer.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) title: String,
    pub(super) directives: Vec<String>,
    request_line: String,
    request_headers: Vec<String>,
    request_body: String,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) matching: Match,
}

impl Recording {
    /// Reads a file.
    pub(super) fn read_all(text: &str) -> Vec<Self> {
        text.split("\n=== ").skip(1).map(Self::read).collect()
    }

    fn read(section: &str) -> Self {
        let section = section.trim_end_matches('\n');
        let lines = |mark: &str| -> Vec<String> {
            let marked = section.lines().skip(1).filter_map(|line| line.strip_prefix(mark));
            marked.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()).collect()
        };
        let (request, answer) = (lines(">"), lines("<"));
        let end = request.iter().position(String::is_empty).unwrap_or(request.len());
        let blank = answer.iter().position(|line| matches!(line.as_str(), "" | "~" | "*")).unwrap();
        let header =
            |line: &String| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            title: section.lines().next().unwrap_or("").to_owned(),
            directives: lines("!"),
            request_line: request[0].clone(),
            request_headers: request[1..end].to_vec(),
            request_body: request.get(end + 1).map(|body| unescaped(body)).unwrap_or_default(),
            status: answer[0].parse().unwrap(),
            headers: answer[1..blank].iter().filter_map(header).collect(),
            body: answer[blank + 1..].join("\n"),
            matching: match answer[blank].as_str() {
                "" => Match::Exactly,
                "~" => Match::Contains,
                _ => Match::Anything,
            },
        }
    }

    /// The bytes to send.
    pub(super) fn request(&self, api_key: &str, session: &str) -> Vec<u8> {
        let mut text = format!("{} HTTP/1.1\r\nHost: box.example.com\r\n", self.request_line);
        for header in &self.request_headers {
            let header = header.replace("{apikey}", api_key).replace("{session}", session);
            let header = match header.split_once("{basic ") {
                Some((before, rest)) => {
                    let credentials = rest.strip_suffix('}').unwrap();
                    format!("{before}{}", BASE64_STANDARD.encode(credentials))
                }
                None => header,
            };
            text.extend([header.as_str(), "\r\n"]);
        }
        if !self.request_body.is_empty() || self.request_line.starts_with("POST") {
            text.extend(["Content-Length: ", &self.request_body.len().to_string(), "\r\n"]);
        }
        format!("{text}\r\n{}", self.request_body).into_bytes()
    }
}

fn unescaped(text: &str) -> String {
    let mut characters = text.chars();
    let mut result = String::new();
    while let Some(character) = characters.next() {
        result.push(match character {
            '\\' => match characters.next().unwrap() {
                'n' => '\n',
                'r' => '\r',
                other => other,
            },
            other => other,
        });
    }
    result
}

/// Whether a body is the expected one, placeholders considered.
pub(super) fn same_body(expected: &str, found: &str) -> bool {
    let Some(start) = expected.find("{hex64}").or_else(|| expected.find("{base")) else {
        return expected == found;
    };
    let (before, rest) = expected.split_at(start);
    let (placeholder, after) = rest.split_at(rest.find('}').unwrap() + 1);
    let Some(found) = found.strip_prefix(before) else {
        return false;
    };
    let value = &found[..found.find('"').unwrap_or(0)];
    let valid = match placeholder {
        "{hex64}" => value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{base32}" => {
            value.len() == 32 && value.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
        }
        _ => !value.is_empty(),
    };
    valid && same_body(after, &found[value.len()..])
}
