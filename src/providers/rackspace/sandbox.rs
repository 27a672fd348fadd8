//! A strict, stateful simulator of Rackspace Hosted Exchange's REST API.
//!
//! Written from `contracts/rackspace.md` alone: it shares no code with the client, so that a mistake in one is not
//! hidden by the same mistake in the other. Where the contract and the document say a text, the text is the same;
//! where they are silent, the strict reading is taken and marked as an assumption in the rules below.
//!
//! ```text
//! routes ──▶ auth, throttle, content ──▶ domains ──▶ mailboxes · addresses · permissions · active_sync · spam
//!                                                             └──────┴───────▶ fields, state
//! json, paging, reply: what these share
//! ```
#![doc = include_str!("sandbox/RULES.md")]

mod active_sync;
mod addresses;
mod auth;
mod content;
mod directory;
mod domains;
mod fields;
mod json;
mod mailboxes;
mod paging;
mod permissions;
mod reply;
mod routes;
mod rows;
mod settings;
mod spam;
mod state;
mod throttle;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::sandbox::Simulator;
use reply::Refusal;
use state::State;

pub use rows::{DomainRow, MailboxRow, Rows, Snapshot, SpamRow};
pub use settings::{Builder, FaultStyle, Quirk, WriteStyle};
pub use state::{PermissionType, ServiceType};

/// A simulated service. Clones are the same service.
#[derive(Clone)]
pub struct Rackspace(Arc<Mutex<State>>);

impl Default for Rackspace {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl Rackspace {
    /// The user key of the documentation's example (contract §2).
    pub const USER_KEY: &str = "eGbq9/2hcZsRlr1JV1Pi";

    /// The secret key of the documentation's example (contract §2).
    pub const SECRET_KEY: &str = "QHOvchm/40czXhJ1OxfxK7jDHr3t";

    /// The account 100012 with the empty domain `example.com` and the documented example keys; each part can be
    /// chosen.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The service as something that can be served.
    pub fn simulator(&self) -> Simulator {
        let (throttled, unavailable, failed) = (self.clone(), self.clone(), self.clone());
        Simulator::new("rackspace", Router::new().fallback(answer).with_state(self.clone()))
            .throttled_as(move |retry_after| throttled.refuse(&Refusal::throttled(), retry_after))
            .unavailable_as(move |retry_after| {
                let refusal = Refusal::other(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable");
                unavailable.refuse(&refusal, retry_after)
            })
            .failed_as(move || {
                let refusal =
                    Refusal::other(StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred");
                failed.refuse(&refusal, None)
            })
    }

    fn refuse(&self, refusal: &Refusal, retry_after: Option<std::time::Duration>) -> Response {
        let state = self.state();
        let mut response = refusal.response(state.settings.fault_style, state.now());
        if let Some(after) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, after.as_secs().into());
        }
        response
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the service holds.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.state())
    }

    /// Places things past the API's checks.
    pub fn edit(&self, change: impl FnOnce(&mut Rows<'_>)) {
        change(&mut Rows::new(&mut self.state()));
    }

    /// The password of the mailbox with this primary address.
    pub fn password_of(&self, address: &str) -> Option<String> {
        let (name, domain) = address.rsplit_once('@')?;
        let state = self.state();
        let mailbox = state.domains.get(&state::key(domain))?.mailboxes.get(&state::key(name))?;
        Some(mailbox.password.clone())
    }

    /// Stops the clock that signatures are checked against and that dates faults.
    pub fn set_clock(&self, now: Timestamp) {
        self.state().clock = Some(now);
    }

    /// The names of query parameters that came and that no route looked at, sorted (contract §4: `limit`).
    pub fn ignored_parameters(&self) -> Vec<String> {
        self.state().ignored.iter().cloned().collect()
    }
}

impl fmt::Debug for Rackspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rackspace").finish_non_exhaustive()
    }
}

/// Bodies above this are no form of this API.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

async fn answer(Shared(sandbox): Shared<Rackspace>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut state = sandbox.state();
    let result = routes::answer(&mut state, &parts, &body);
    reply::response(result, &state.settings, state.now())
}
