//! How the service words its answers.
//!
//! Only the successful listing and login are documented; the shapes of failures are choices. Contract §7. Must not
//! know any route.

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

use super::options::Refusals;

const JSON: &str = "application/json";

/// One answer.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    content_type: Option<&'static str>,
    headers: Vec<(HeaderName, String)>,
    body: String,
}

impl Reply {
    fn new(status: StatusCode, content_type: Option<&'static str>, body: String) -> Self {
        Self { status, content_type, headers: Vec::new(), body }
    }

    /// 200 with JSON.
    pub(super) fn json(value: &impl Serialize) -> Self {
        // Nothing here has keys that are no text, which is all that could fail.
        let body = serde_json::to_string(value).unwrap_or_default();
        Self::new(StatusCode::OK, Some(JSON), body)
    }

    /// A success without a body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self::new(status, None, String::new())
    }

    /// The answer to a refused write that claims success by its status.
    pub(super) fn unsuccessful(refusal: &Refusal) -> Self {
        Self::json(&json!({ "success": false, "message": refusal.message }))
    }

    fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        response.headers_mut().remove(CONTENT_TYPE);
        let content_type = self.content_type.map(|text| (CONTENT_TYPE, text.to_owned()));
        for (name, value) in self.headers.into_iter().chain(content_type) {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Why a call is refused.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    allow: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), allow: None }
    }

    /// 400
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 401
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// 405 with the verbs that would do.
    pub(super) fn method_not_allowed(allow: &'static str) -> Self {
        let refusal = Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed.");
        Self { allow: Some(allow), ..refusal }
    }

    /// The words of this service.
    pub(super) fn reply(&self, form: Refusals) -> Reply {
        let reason = self.status.canonical_reason().unwrap_or("Error");
        let body: Value = match form {
            Refusals::Html => return self.page(reason),
            Refusals::Message | Refusals::Unsuccessful => json!({ "message": self.message }),
            Refusals::Error => json!({ "error": reason, "error_description": self.message }),
            Refusals::Errors => json!({ "errors": [{ "message": self.message }] }),
        };
        self.finished(Reply { status: self.status, ..Reply::json(&body) })
    }

    fn page(&self, reason: &str) -> Reply {
        let code = self.status.as_u16();
        let body = format!(
            "<html>\n<head><title>{code} {reason}</title></head>\n<body>\n<center><h1>{code} {reason}</h1></center>\n\
             <p>{}</p>\n</body>\n</html>\n",
            self.message
        );
        self.finished(Reply::new(self.status, Some("text/html"), body))
    }

    fn finished(&self, reply: Reply) -> Reply {
        match self.allow {
            Some(allow) => reply.with(ALLOW, allow),
            None => reply,
        }
    }

    /// The answer with `Retry-After` in whole seconds, where a delay is told.
    pub(super) fn delayed(&self, form: Refusals, retry_after: Option<Duration>) -> Reply {
        let reply = self.reply(form);
        match retry_after {
            Some(delay) => reply.with(RETRY_AFTER, delay.as_secs().to_string()),
            None => reply,
        }
    }
}
