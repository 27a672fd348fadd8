//! Faults: what goes wrong, and at which call.
//!
//! Owns the script (kinds, matching, counting). Must not know how a fault is carried out; that is the layer's.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};

/// What goes wrong.
#[derive(Clone)]
#[non_exhaustive]
pub enum FaultKind {
    /// Too many requests, in the service's own style. Nothing is processed.
    Throttled {
        /// How long the client is told to wait, if it is told.
        retry_after: Option<Duration>,
    },
    /// The service's 500 page; nothing is processed.
    ErrorBefore,
    /// The request is processed, then the service's 500 page stands in for its reply.
    ErrorAfterCommit,
    /// 503, in the service's own style. Nothing is processed.
    Unavailable {
        /// How long the client is told to wait, if it is told.
        retry_after: Option<Duration>,
    },
    /// The request is processed, then the connection closes without a byte of an answer.
    LostReply,
    /// The connection is reset; nothing is processed.
    Reset,
    /// The request is processed and answered. Then the service goes down for this long: its connections end, and new
    /// ones are refused, so that it is the next call that finds nobody. For the first call there is
    /// [`Running::refuse`](super::Running::refuse).
    Refused(Duration),
    /// The request is processed at once, its reply comes this much later.
    Slow(Duration),
    /// The request is processed only after this time, also when the client has gone by then.
    Late(Duration),
    /// Never answered and never processed, until the server stops (or ten minutes).
    Hang,
    /// The request is processed; the reply ends before the length that its header promises.
    CutShort,
    /// The request is processed; half of the body arrives under a correct length.
    HalfBody,
    /// The request is processed; the reply bears another content type.
    ContentType(String),
    /// A page with status 200, as proxies and portals show. Nothing is processed.
    HtmlPage,
    /// The request is processed; the body goes on with blanks without end, until this many bytes were sent.
    Endless {
        /// The bound in bytes.
        limit: u64,
    },
    /// Every login session ends, then the request is processed. Needs
    /// [`Simulator::expires_sessions_with`](super::Simulator::expires_sessions_with).
    SessionsExpired,
    /// A redirect to `to` followed by the request's own path and query. Nothing is processed.
    Redirect {
        /// The 3xx status.
        status: StatusCode,
        /// Scheme and authority of the other host.
        to: String,
    },
    /// Not processed: the last successful reply to the same method and path comes again, as a service does whose
    /// paging repeats a page. Where there was none since the fault was added, the request is processed.
    Repeat,
    /// Runs first, then the request is processed: somebody else changes something, say between two pages.
    Meanwhile(Arc<dyn Fn() + Send + Sync>),
}

impl FaultKind {
    /// What [`FaultKind::Endless`] sends at most unless told otherwise: 256 MiB.
    pub const ENDLESS: u64 = 256 * 1024 * 1024;

    /// Its name in kebab case, as the request log shows it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::ErrorBefore => "error-before",
            Self::ErrorAfterCommit => "error-after-commit",
            Self::Unavailable { .. } => "unavailable",
            Self::LostReply => "lost-reply",
            Self::Reset => "reset",
            Self::Refused(_) => "refused",
            Self::Slow(_) => "slow",
            Self::Late(_) => "late",
            Self::Hang => "hang",
            Self::CutShort => "cut-short",
            Self::HalfBody => "half-body",
            Self::ContentType(_) => "content-type",
            Self::HtmlPage => "html-page",
            Self::Endless { .. } => "endless",
            Self::SessionsExpired => "sessions-expired",
            Self::Redirect { .. } => "redirect",
            Self::Repeat => "repeat",
            Self::Meanwhile(_) => "meanwhile",
        }
    }
}

impl fmt::Debug for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A fault and the calls that it strikes: by default the next request, once.
///
/// ```
/// # use mailwright::sandbox::{Fault, FaultKind};
/// # use axum::http::Method;
/// let fault = Fault::new(FaultKind::LostReply).to(Method::POST, "/mail/users/add").nth(3);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    kind: FaultKind,
    method: Option<Method>,
    path: Option<String>,
    /// Matching calls that pass before it strikes.
    skip: u64,
    /// Matching calls that it strikes; `None` is every one.
    times: Option<u64>,
    /// Matching calls that pass between two that it strikes.
    between: u64,
}

impl Fault {
    /// Strikes the next request, once.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, method: None, path: None, skip: 0, times: Some(1), between: 0 }
    }

    /// Only requests of this method to this path. A path that ends in `*` matches by its beginning; the query is
    /// never looked at.
    #[must_use]
    pub fn to(mut self, method: Method, path: impl Into<String>) -> Self {
        self.method = Some(method);
        self.path = Some(path.into());
        self
    }

    /// Only requests of this method.
    #[must_use]
    pub fn to_method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Only from the nth matching request on, counted from 1 at the moment when the fault is added.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// Strikes that many matching requests in a row.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Strikes every matching request.
    #[must_use]
    pub fn every(mut self) -> Self {
        self.times = None;
        self
    }

    /// Strikes every nth matching request.
    #[must_use]
    pub fn each(mut self, n: u64) -> Self {
        self.between = n.saturating_sub(1);
        self.nth(n).every()
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        let path_matches = self.path.as_deref().is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == wanted,
        });
        path_matches && self.method.as_ref().is_none_or(|wanted| wanted == method)
    }
}

/// The script of one server. Faults are looked through in the order added; at most one strikes a request.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    fn script(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault at the end.
    pub fn add(&self, fault: Fault) {
        self.script().push(fault);
    }

    /// Removes all that have not struck.
    pub fn clear(&self) {
        self.script().clear();
    }

    /// How many faults still wait; one that strikes every call always does.
    pub fn waiting(&self) -> usize {
        self.script().len()
    }

    /// The fault that strikes this call. Every matching fault counts it.
    pub(super) fn strike(&self, method: &Method, path: &str) -> Option<FaultKind> {
        let mut script = self.script();
        let mut struck = None;
        for fault in script.iter_mut().filter(|fault| fault.matches(method, path)) {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if struck.is_none() {
                struck = Some(fault.kind.clone());
                fault.skip = fault.between;
                if let Some(times) = &mut fault.times {
                    *times = times.saturating_sub(1);
                }
            }
        }
        script.retain(|fault| fault.times != Some(0));
        struck
    }

    /// Whether replies must be remembered for a [`FaultKind::Repeat`] that waits.
    pub(super) fn will_repeat(&self) -> bool {
        self.script().iter().any(|fault| matches!(fault.kind, FaultKind::Repeat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(faults: &Faults, calls: &[(Method, &str)]) -> Vec<&'static str> {
        calls
            .iter()
            .map(|(method, path)| faults.strike(method, path).map_or("-", |kind| kind.name()))
            .collect()
    }

    #[test]
    fn the_nth_call_to_a_route_is_counted_from_the_moment_it_was_added() {
        let faults = Faults::default();
        let add = || (Method::POST, "/add");
        names(&faults, &[add(), add()]);
        faults.add(Fault::new(FaultKind::LostReply).to(Method::POST, "/add").nth(2));
        let seen = names(&faults, &[add(), (Method::GET, "/add"), (Method::POST, "/other"), add(), add()]);
        assert_eq!(seen, ["-", "-", "-", "lost-reply", "-"]);
        assert_eq!(faults.waiting(), 0);
    }

    #[test]
    fn every_and_times_and_prefixes() {
        let faults = Faults::default();
        faults.add(Fault::new(FaultKind::Reset).times(2));
        faults.add(Fault::new(FaultKind::Hang).to(Method::GET, "/list*").every());
        let get = |path| (Method::GET, path);
        assert_eq!(
            names(&faults, &[get("/a"), get("/list"), get("/b"), get("/list/2"), get("/list")]),
            ["reset", "reset", "-", "hang", "hang"]
        );
        faults.clear();
        faults.add(Fault::new(FaultKind::Reset).each(3));
        let seven = [get("/a"), get("/a"), get("/a"), get("/a"), get("/a"), get("/a"), get("/a")];
        assert_eq!(names(&faults, &seven), ["-", "-", "reset", "-", "-", "reset", "-"]);
        faults.clear();
        assert_eq!(faults.waiting(), 0);
    }
}
