//! How the service words its answers: fault bodies, empty successes. Contract section 6.
//!
//! Must not know any route.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::json::Json;
use super::settings::{FaultStyle, Settings, WriteStyle};

const ERROR_HEADER: HeaderName = HeaderName::from_static("x-error-message");

/// A successful answer.
#[derive(Debug)]
pub(super) enum Reply {
    /// What a GET reads.
    Read(Json),
    /// What a write leaves; shown only where the service was told to answer writes with JSON.
    Written(Option<Json>),
}

/// A refusal; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    fault: &'static str,
    status: StatusCode,
    message: String,
    resource_type: Option<&'static str>,
}

impl Refusal {
    fn new(fault: &'static str, status: StatusCode, message: impl Into<String>) -> Self {
        Self { fault, status, message: message.into(), resource_type: None }
    }

    /// 400: the request as such.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new("badRequestFault", StatusCode::BAD_REQUEST, message)
    }

    /// 400: a value.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new("validationFault", StatusCode::BAD_REQUEST, message)
    }

    /// 403: wrong credentials, and throttling.
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new("unauthorizedFault", StatusCode::FORBIDDEN, message)
    }

    /// 404 for an object of a type.
    pub(super) fn not_found(resource_type: &'static str, message: impl Into<String>) -> Self {
        let refusal = Self::new("itemNotFoundFault", StatusCode::NOT_FOUND, message);
        Self { resource_type: Some(resource_type), ..refusal }
    }

    /// 404 for a path that is no route.
    pub(super) fn no_route() -> Self {
        Self::new("itemNotFoundFault", StatusCode::NOT_FOUND, "Resource not found")
    }

    /// Anything else.
    pub(super) fn other(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new("appsFault", status, message)
    }

    /// The address is held by something.
    pub(super) fn in_use(address: &str) -> Self {
        Self::bad_request(format!("The email address {address} is already in use"))
    }

    /// A required field is missing.
    pub(super) fn missing(field: &str) -> Self {
        Self::bad_request(format!("Missing required field: {field}"))
    }

    /// The throttled answer. Contract section 5.
    pub(super) fn throttled() -> Self {
        Self::unauthorized("Exceeded request limits")
    }

    fn body(&self, style: FaultStyle, now: Timestamp) -> String {
        let details = now.to_zoned(TimeZone::UTC).strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string();
        let mut fields = vec![
            ("message", Json::from(self.message.as_str())),
            ("details", Json::from(details)),
            ("code", Json::from(u32::from(self.status.as_u16()))),
        ];
        if let Some(resource_type) = self.resource_type {
            fields.push(("resourceType", resource_type.into()));
        }
        let name = match style {
            FaultStyle::ShortNames => self.fault.strip_suffix("Fault").unwrap_or(self.fault),
            _ => self.fault,
        };
        let body = Json::Object(vec![(name, Json::Object(fields))]).to_string();
        match style {
            FaultStyle::TrailingComma => body.replace("}}", ",}}"),
            FaultStyle::HeaderOnly => String::new(),
            FaultStyle::Json | FaultStyle::ShortNames => body,
        }
    }

    /// The answer on the wire.
    pub(super) fn response(&self, style: FaultStyle, now: Timestamp) -> Response {
        let mut response = (self.status, Body::from(self.body(style, now))).into_response();
        let headers = response.headers_mut();
        if style != FaultStyle::HeaderOnly {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        }
        if let Ok(message) = HeaderValue::from_bytes(self.message.as_bytes()) {
            headers.insert(ERROR_HEADER, message);
        }
        response
    }
}

/// The answer on the wire, in the style that was chosen.
pub(super) fn response(result: Result<Reply, Refusal>, settings: &Settings, now: Timestamp) -> Response {
    let body = match result {
        Err(refusal) => return refusal.response(settings.fault_style, now),
        Ok(Reply::Read(json)) => json,
        Ok(Reply::Written(json)) => match settings.write_style {
            WriteStyle::Empty => return StatusCode::OK.into_response(),
            WriteStyle::NoContent => return StatusCode::NO_CONTENT.into_response(),
            WriteStyle::Json => json.unwrap_or_else(|| Json::Object(Vec::new())),
        },
    };
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}
