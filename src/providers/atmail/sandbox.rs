//! A strict, stateful simulator of atmail's `WebAdmin` REST API.
//!
//! Written from `contracts/atmail.md` and the document behind it alone: it shares no code with a client, so that a
//! mistake in one is not hidden by the same mistake in the other. Replies that the document prints are the same;
//! where it is silent, the strict reading is taken and marked as an assumption in the rules below.
//!
//! ```text
//! routes ──▶ params, auth ──▶ domains · users · listing · aliases · subadmins
//!    │                                  └──────┴──▶ user_fields, state
//!    └─▶ reply ──▶ xml
//! ```
#![doc = include_str!("sandbox/RULES.md")]

mod aliases;
mod auth;
mod domains;
mod listing;
mod params;
mod reply;
mod routes;
mod rows;
mod settings;
mod state;
mod subadmins;
mod user_fields;
mod users;
mod xml;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::sandbox::Simulator;
use state::State;

pub use rows::{AdminRow, AliasRow, DomainRow, Rows, Snapshot, UserRow};
pub use settings::{AuthFailure, Builder, Depth, MessagePlace, Names, Numbering, Order, Quirk};
pub use state::Right;

/// A simulated service. Clones are the same service.
#[derive(Clone)]
pub struct Atmail(Arc<Mutex<State>>);

impl Default for Atmail {
    fn default() -> Self {
        Self::builder().domain("example.com").build()
    }
}

impl Atmail {
    /// The administrator of the document's example (contract §1).
    pub const USERNAME: &str = "subscriptionname.atmailcloud.com";

    /// The password of the document's example (contract §1).
    pub const PASSWORD: &str = "changeme";

    /// An empty service with the documented administrator; each part can be chosen. [`Atmail::default`] has the
    /// domain `example.com` too.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The service as something that can be served. Throttled is 429, unavailable 503 and failed 500, each a page of
    /// the web server: the contract knows no words of its own for them (§1).
    pub fn simulator(&self) -> Simulator {
        Simulator::new("atmail", self.router())
    }

    pub(super) fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
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

    /// The password of the user with this address, also one that the service made up; none where it is unknown, as
    /// after `PasswordMD5`.
    pub fn password_of(&self, address: &str) -> Option<String> {
        let state = self.state();
        state.users.get(&state::key(address))?.plain_password().map(str::to_owned)
    }

    /// The operations that write and came by GET, in order, as `users/create`; refused ones too.
    pub fn writes_by_get(&self) -> Vec<String> {
        self.state().writes_by_get.clone()
    }

    /// The operations whose path or query held a password, in order, as `users/create`; refused ones too.
    pub fn passwords_in_urls(&self) -> Vec<String> {
        self.state().passwords_in_urls.clone()
    }

    /// The names of parameters that came and that their operation did not look at, sorted.
    pub fn ignored_parameters(&self) -> Vec<String> {
        self.state().ignored.iter().cloned().collect()
    }

    /// Lets the service differ from now on.
    pub fn turn_on(&self, quirk: Quirk) {
        self.state().settings.quirks.insert(quirk);
    }

    /// Takes a quirk back.
    pub fn turn_off(&self, quirk: Quirk) {
        self.state().settings.quirks.remove(&quirk);
    }

    /// Stops the clock that dates rows.
    pub fn set_clock(&self, now: Timestamp) {
        self.state().clock = Some(now);
    }
}

impl fmt::Debug for Atmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Atmail").finish_non_exhaustive()
    }
}

/// Bodies above this are no form of this API.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

async fn answer(Shared(sandbox): Shared<Atmail>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    routes::answer(&mut sandbox.state(), &parts, &body)
}
