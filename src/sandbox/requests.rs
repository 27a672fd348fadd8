//! The log of what arrived, and the counters over it.
//!
//! Owns the redaction of credentials in `Debug`. Must not know faults beyond the name of the one that struck.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};

/// Oldest entries go beyond this, so that a sandbox can run for days; the counters go on counting.
const KEPT: usize = 100_000;

/// Headers that carry credentials in one service or another.
const SECRET_HEADERS: [&str; 7] = [
    "authorization",
    "cookie",
    "set-cookie",
    "proxy-authorization",
    "x-auth-token",
    "x-api-key",
    "x-api-signature",
];

/// One request as it arrived, and how it was answered.
#[derive(Clone)]
pub struct Recorded {
    /// Which request it was since the server started, from 1.
    pub number: u64,
    /// The verb.
    pub method: Method,
    /// The path without the query.
    pub path: String,
    /// The query string as it stood in the request line.
    pub query: Option<String>,
    /// All headers, credentials included.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// The status answered; `None` while it is being answered, and where the connection ended without an answer.
    pub status: Option<StatusCode>,
    /// The [name](super::FaultKind::name) of the fault that struck it.
    pub fault: Option<&'static str>,
}

impl fmt::Debug for Recorded {
    /// Shows neither the values of headers that carry credentials nor the body, which may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| {
                if SECRET_HEADERS.contains(&name.as_str()) {
                    format!("{name}: <redacted>")
                } else {
                    format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
                }
            })
            .collect();
        f.debug_struct("Recorded")
            .field("number", &self.number)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &headers)
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .field("status", &self.status)
            .field("fault", &self.fault)
            .finish()
    }
}

/// How often what was called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// All requests.
    pub total: u64,
    /// Requests by route, as `POST /mail/users/add` (no query).
    pub routes: BTreeMap<String, u64>,
    /// The most requests that waited for their answer at one moment.
    pub max_in_flight: usize,
}

impl Counters {
    /// The requests to one route.
    pub fn of(&self, method: &Method, path: &str) -> u64 {
        self.routes.get(&format!("{method} {path}")).copied().unwrap_or(0)
    }
}

#[derive(Default)]
struct Log {
    kept: VecDeque<Recorded>,
    counters: Counters,
    /// Requests since the server started; unlike the counters it is never reset, for entries are found by it.
    arrived: u64,
    in_flight: usize,
}

/// The log of one server, shared by its connections.
#[derive(Clone, Default)]
pub(super) struct Requests(Arc<Mutex<Log>>);

impl Requests {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a request; it is in flight until the returned entry is dropped.
    pub(super) fn enter(&self, parts: &Parts, body: &Bytes, fault: Option<&'static str>) -> Entry {
        let mut log = self.log();
        log.arrived += 1;
        log.in_flight += 1;
        let number = log.arrived;
        let in_flight = log.in_flight;
        let counters = &mut log.counters;
        counters.total += 1;
        counters.max_in_flight = counters.max_in_flight.max(in_flight);
        *counters.routes.entry(format!("{} {}", parts.method, parts.uri.path())).or_default() += 1;
        if log.kept.len() == KEPT {
            log.kept.pop_front();
        }
        log.kept.push_back(Recorded {
            number,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers.clone(),
            body: body.clone(),
            status: None,
            fault,
        });
        Entry { requests: self.clone(), number }
    }

    pub(super) fn all(&self) -> Vec<Recorded> {
        self.log().kept.iter().cloned().collect()
    }

    pub(super) fn counters(&self) -> Counters {
        self.log().counters.clone()
    }

    /// Empties the log and starts the counters anew.
    pub(super) fn clear(&self) {
        let mut log = self.log();
        log.kept.clear();
        log.counters = Counters::default();
    }
}

/// A request in flight.
pub(super) struct Entry {
    requests: Requests,
    number: u64,
}

impl Entry {
    pub(super) fn answered(&self, status: StatusCode) {
        let mut log = self.requests.log();
        if let Some(recorded) = log.kept.iter_mut().rev().find(|recorded| recorded.number == self.number) {
            recorded.status = Some(status);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.requests.log().in_flight -= 1;
    }
}
