//! What came back, and what a status means where the adapter does not know better.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use crate::provider::{ErrorKind, ProviderError, Redaction};

use super::call::{Call, Effect};
use super::{excerpt, failure};

/// How much of a text is looked through for what may be quoted, in bytes.
const QUOTABLE: usize = 64 << 10;

/// How many values a JSON document may hold: half a million accounts of forty fields each.
const MOST_VALUES: usize = 20_000_000;

/// A whole reply, of any status but a redirect.
#[derive(Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The media type in lower case, without parameters; empty where there is none.
    pub content_type: String,
    /// The body, decompressed.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
    pub(super) call: Arc<str>,
    pub(super) effect: Effect,
    pub(super) confidential: bool,
    pub(super) retry_after: Option<Duration>,
    pub(super) sent: Arc<Sent>,
}

/// What was sent, for the secrets in it.
pub(super) struct Sent {
    pub(super) call: Arc<Call>,
    /// What one attempt was signed with.
    pub(super) signed: Vec<SecretString>,
}

impl Sent {
    /// What no text about the call may show. Gathered when there is one: most replies are never quoted.
    pub(super) fn redaction(&self) -> Redaction {
        self.call.secrets().chain(self.signed.iter().cloned()).collect()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither body nor headers: either may hold a token.
        f.debug_struct("Reply")
            .field("call", &self.call)
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Reply {
    /// A header's value by its name in lower case: the first that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get_all(name).iter().find_map(|value| value.to_str().ok())
    }

    /// True for a 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// True for a web page: then it is not a service's interface that answered.
    pub fn is_page(&self) -> bool {
        let start = self.body.trim_ascii_start();
        let start = start[..start.len().min(9)].to_ascii_lowercase();
        self.content_type == "text/html" || start.starts_with(b"<!doctype") || start.starts_with(b"<html")
    }

    /// The reply, where its status is a 2xx.
    ///
    /// # Errors
    /// [`Reply::refusal`] for any other.
    pub fn accepted(self) -> Result<Self, ProviderError> {
        if self.is_success() { Ok(self) } else { Err(self.refusal()) }
    }

    /// The body as text.
    ///
    /// # Errors
    /// As [`Reply::unexpected`], where it is not UTF-8.
    pub fn text(&self) -> Result<&str, ProviderError> {
        std::str::from_utf8(&self.body).map_err(|error| {
            self.unexpected(&format!("its body is not UTF-8 from byte {} on", error.valid_up_to()))
        })
    }

    /// The body as JSON of this shape.
    ///
    /// # Errors
    /// As [`Reply::unexpected`], naming the place within the document.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ProviderError> {
        // In memory each value takes many times the byte or two that it may take here.
        let begins_value = |byte: &&u8| matches!(byte, b',' | b'[' | b'{');
        if self.body.len() > MOST_VALUES && self.body.iter().filter(begins_value).count() > MOST_VALUES {
            return Err(self.unexpected(&format!("its JSON holds more than {MOST_VALUES} values")));
        }
        // Keeping the path costs half as much again as decoding, so it is kept only where it is told.
        if let Ok(value) = serde_json::from_slice(&self.body) {
            return Ok(value);
        }
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let place = if path == "." { String::new() } else { format!("at `{path}`: ") };
            self.unexpected(&format!("{place}{}", error.inner()))
        })?;
        reader.end().map_err(|error| self.unexpected(&format!("after the document: {error}")))?;
        Ok(value)
    }

    /// An error for a reply that the service's contract does not allow; `what` is what is wrong with it. For a
    /// write it is ambiguous: something answered, and nobody knows whether the call was carried out.
    pub fn unexpected(&self, what: &str) -> ProviderError {
        // Parsers quote what they stumble over as it came.
        let mut what = what.to_owned();
        self.sent.redaction().hide(&mut what);
        let what = excerpt::safe(what.chars());
        let body = if self.confidential {
            "its body is not shown, since it may hold a secret".to_owned()
        } else {
            format!("it begins: {}", self.excerpt())
        };
        let hint = if self.content_type == "text/html" && self.body.trim_ascii_start().starts_with(b"<") {
            "a web page answered instead of the service's interface: check the path in `url`, and whether a login \
             page or a proxy stands before it"
        } else {
            "check that `url` leads to this service and that its version is a supported one"
        };
        ProviderError::new(
            failure::unreadable(self.effect),
            format!("the reply (status {}) is not what the service answers: {what}; {body}", self.status),
        )
        .at(&*self.call)
        .hint(hint)
    }

    /// What a status outside 2xx means where the adapter does not know better.
    pub fn refusal(&self) -> ProviderError {
        let kind = match self.status {
            401 => ErrorKind::Auth,
            403 => ErrorKind::Denied,
            404 | 410 => ErrorKind::NotFound,
            // The service gave up waiting for the call, so it cannot have carried it out.
            408 => ErrorKind::Unavailable,
            409 => ErrorKind::Conflict,
            429 => ErrorKind::RateLimited,
            400..500 => ErrorKind::Invalid,
            500.. => failure::lost(self.effect),
            _ => failure::unreadable(self.effect),
        };
        self.refused(kind)
    }

    /// An error of `kind` with the reply's own words.
    pub fn refused(&self, kind: ErrorKind) -> ProviderError {
        let said = if self.confidential { String::new() } else { self.excerpt() };
        let message = if said.is_empty() {
            format!("the service answered with status {}", self.status)
        } else {
            format!("the service answered with status {}: {said}", self.status)
        };
        let mut error = ProviderError::new(kind, message).at(&*self.call);
        error.retry_after = self.retry_after;
        error
    }

    /// The beginning of the body in one safe line.
    pub fn excerpt(&self) -> String {
        self.quote(&String::from_utf8_lossy(&self.body[..self.body.len().min(QUOTABLE)]))
    }

    /// The beginning of a text that stands in this reply, in one safe line and without what the call held of secrets:
    /// a service may repeat what it was sent.
    pub fn quote(&self, text: &str) -> String {
        let mut text = text[..text.floor_char_boundary(QUOTABLE)].to_owned();
        // Before it is cut, so that no half of a secret is left.
        self.sent.redaction().hide(&mut text);
        excerpt(&text)
    }

    /// The call that this answers, like `GET https://box.example.com/admin/mail/users`.
    pub fn call(&self) -> &str {
        &self.call
    }
}

#[cfg(test)]
mod tests {
    use crate::http::Call;
    use crate::http::testing::{Act, Server};
    use crate::provider::ErrorKind;

    fn ok(body: &str) -> Act {
        Act::reply("200 OK", "content-type: application/json\r\n", body)
    }

    #[tokio::test]
    async fn a_document_of_nothing_but_values_is_not_unfolded() {
        let server = Server::start([ok(&format!("[{}0]", "0,".repeat(20_000_001)))]).await;
        let error =
            server.client().json::<serde::de::IgnoredAny>(Call::get("/list")).await.expect_err("too many");
        assert_eq!(error.kind, ErrorKind::Protocol);
        assert!(error.message.contains("more than 20000000 values"), "{error}");
    }

    #[tokio::test]
    async fn what_a_parser_quotes_is_safe_to_print() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Strict {
            #[serde(rename = "a")]
            _a: String,
        }
        let wild = "{\"a\": \"\u{202e}\", \"\u{9b}31m\": 1}";
        let server = Server::start([ok(wild)]).await;
        let error = server.client().json::<Strict>(Call::get("/list")).await.expect_err("an unknown field");
        let shown = error.to_string();
        assert!(shown.contains("\\u{9b}31m") && !shown.contains(['\u{9b}', '\u{202e}']), "{shown}");
    }
}
