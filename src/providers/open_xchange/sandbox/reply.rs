//! How the service words its answers: the error bodies of both APIs, successes, and what may stand in their place.
//! Contract sections 2, 6 and 8.
//!
//! Must not know any route.

use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::settings::{ErrorStyle, Quirk, Settings, WriteBody};

/// A successful answer.
#[derive(Debug)]
pub(super) enum Reply {
    /// What a read tells.
    Read(Value),
    /// What a write answers, with the status of this operation.
    Written(StatusCode, Value),
    /// A success without a body.
    Silent,
}

impl Reply {
    /// 200 and `null`.
    pub(super) fn done() -> Self {
        Self::Written(StatusCode::OK, Value::Null)
    }

    /// 200 and an empty object: writes of Cloud API v2.
    pub(super) fn changed() -> Self {
        Self::Written(StatusCode::OK, json!({}))
    }
}

/// Which API words an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    /// `{"error": …}`
    Plugins,
    /// `{"errors": [{"title": …}]}`
    Cloud,
}

/// A refusal; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    message: String,
    /// Whether the message is the whole body.
    plain: bool,
}

impl Refusal {
    /// Any status.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), plain: false }
    }

    /// 400.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 400 with the message alone as text.
    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self { plain: true, ..Self::bad_request(message) }
    }

    /// 400: a required field is missing.
    pub(super) fn missing(field: &str) -> Self {
        Self::bad_request(format!("Missing required field: {field}"))
    }

    /// 401: wrong credentials, and credentials of the wrong class.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Authorization error")
    }

    /// 404 for a thing.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 404 for a path.
    pub(super) fn no_route() -> Self {
        Self::not_found("Not found")
    }

    /// 405.
    pub(super) fn wrong_verb() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    }

    /// 409.
    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 415.
    pub(super) fn unsupported_media_type() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/json is expected")
    }

    /// The answer on the wire.
    pub(super) fn response(&self, settings: &Settings, api: Api) -> Response {
        let message = self.message.as_str();
        let status = self.status;
        let style = if self.plain { ErrorStyle::Text } else { settings.error_style };
        let mut response = match (style, api) {
            (ErrorStyle::Own, Api::Plugins) => with_json(status, &json!({"error": message}), settings),
            (ErrorStyle::Own, Api::Cloud) | (ErrorStyle::Errors, _) => {
                with_json(status, &json!({"errors": [{"title": message}]}), settings)
            }
            (ErrorStyle::Text, _) => (status, [(CONTENT_TYPE, TEXT)], self.message.clone()).into_response(),
            (ErrorStyle::Null, _) => with_json(status, &Value::Null, settings),
            (ErrorStyle::Empty, _) => status.into_response(),
        };
        if status == StatusCode::UNAUTHORIZED {
            let realm = HeaderValue::from_static("Basic realm=\"OX\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, realm);
        }
        response
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

fn with_json(status: StatusCode, value: &Value, settings: &Settings) -> Response {
    let kind = if settings.has(Quirk::JsonAsText) { TEXT } else { "application/json" };
    (status, [(CONTENT_TYPE, kind)], value.to_string()).into_response()
}

/// The answer on the wire, in the style that was chosen.
pub(super) fn response(result: Result<Reply, Refusal>, settings: &Settings, api: Api) -> Response {
    let (status, value) = match result {
        Err(refusal) => return refusal.response(settings, api),
        Ok(Reply::Read(value)) => {
            let empty = value.as_array().is_some_and(Vec::is_empty)
                || value.as_object().is_some_and(serde_json::Map::is_empty);
            let value = if empty && settings.has(Quirk::EmptyIsNull) { Value::Null } else { value };
            return with_json(StatusCode::OK, &value, settings);
        }
        Ok(Reply::Silent) => return settings.write_status.unwrap_or(StatusCode::OK).into_response(),
        Ok(Reply::Written(status, value)) => (settings.write_status.unwrap_or(status), value),
    };
    if status == StatusCode::NO_CONTENT {
        return status.into_response();
    }
    match settings.write_body {
        WriteBody::Documented => with_json(status, &value, settings),
        WriteBody::Null => with_json(status, &Value::Null, settings),
        WriteBody::Empty => status.into_response(),
        WriteBody::Text => (status, [(CONTENT_TYPE, TEXT)], "OK").into_response(),
    }
}
