//! What a simulated service hands to the server: its router, and its own words for refusals.
//!
//! Must not know how the faults are chosen, nor which service it is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

type Refusal = Arc<dyn Fn(Option<Duration>) -> Response + Send + Sync>;
type Hook = Arc<dyn Fn() + Send + Sync>;

/// A simulated service, ready to be served.
#[derive(Clone)]
pub struct Simulator {
    pub(super) name: String,
    pub(super) router: Router,
    throttled: Refusal,
    unavailable: Refusal,
    failed: Arc<dyn Fn() -> Response + Send + Sync>,
    expire_sessions: Option<Hook>,
}

impl Simulator {
    /// A simulator with plain refusals: `429` and `503` with `Retry-After` in whole seconds, a `500` HTML page.
    pub fn new(name: impl Into<String>, router: Router) -> Self {
        Self {
            name: name.into(),
            router,
            throttled: Arc::new(|after| refusal(StatusCode::TOO_MANY_REQUESTS, after)),
            unavailable: Arc::new(|after| refusal(StatusCode::SERVICE_UNAVAILABLE, after)),
            failed: Arc::new(|| page(StatusCode::INTERNAL_SERVER_ERROR)),
            expire_sessions: None,
        }
    }

    /// Words a throttled reply as this service does; the argument is how long to wait, where that is told.
    #[must_use]
    pub fn throttled_as(
        mut self,
        reply: impl Fn(Option<Duration>) -> Response + Send + Sync + 'static,
    ) -> Self {
        self.throttled = Arc::new(reply);
        self
    }

    /// Words an "unavailable" reply as this service does; the argument is how long to wait, where that is told.
    #[must_use]
    pub fn unavailable_as(
        mut self,
        reply: impl Fn(Option<Duration>) -> Response + Send + Sync + 'static,
    ) -> Self {
        self.unavailable = Arc::new(reply);
        self
    }

    /// Words an internal error as this service does.
    #[must_use]
    pub fn failed_as(mut self, reply: impl Fn() -> Response + Send + Sync + 'static) -> Self {
        self.failed = Arc::new(reply);
        self
    }

    /// Says how every login session of this service ends at once.
    #[must_use]
    pub fn expires_sessions_with(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.expire_sessions = Some(Arc::new(hook));
        self
    }

    /// The name that it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn throttled(&self, retry_after: Option<Duration>) -> Response {
        (self.throttled)(retry_after)
    }

    pub(super) fn unavailable(&self, retry_after: Option<Duration>) -> Response {
        (self.unavailable)(retry_after)
    }

    pub(super) fn failed(&self) -> Response {
        (self.failed)()
    }

    pub(super) fn expire_sessions(&self) {
        if let Some(hook) = &self.expire_sessions {
            hook();
        }
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("name", &self.name).finish_non_exhaustive()
    }
}

fn refusal(status: StatusCode, retry_after: Option<Duration>) -> Response {
    let mut response = page(status);
    if let Some(after) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, after.as_secs().into());
    }
    response
}

/// The page that a proxy or a web framework shows for a status.
pub(super) fn page(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    let body = format!(
        "<html>\n<head><title>{0} {reason}</title></head>\n<body><h1>{0} {reason}</h1></body>\n</html>\n",
        status.as_u16()
    );
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}
