//! A strict, stateful simulator of Open-Xchange Cloud: Cloud-Plugins REST and Cloud API v2.
//!
//! Written from `contracts/open_xchange.md` and the document of Cloud-Plugins alone: it shares no code with the client,
//! so that a mistake in one is not hidden by the same mistake in the other. Much of this service was never published.
//! Where the contract is silent, the strict reading is taken and marked as an assumption in the rules below; where two
//! readings are likely, one is a [`Quirk`]; and every path has a name under which it can be moved.
//!
//! ```text
//! routes ──▶ places (catalogue), auth ──▶ attributes · directory · lists · forwards · domains · mail · announcements
//!                                         contexts · users (edit)
//!                                                    └──────┴───────▶ state
//! content, fields, pattern, reply: what these share
//! ```
#![doc = include_str!("sandbox/RULES.md")]

mod announcements;
mod attributes;
mod auth;
mod builder;
mod catalogue;
mod content;
mod contexts;
mod directory;
mod domains;
mod edit;
mod fields;
mod forwards;
mod lists;
mod mail;
mod pattern;
mod places;
mod reply;
mod rewrite;
mod routes;
mod rows;
mod settings;
mod snapshot;
mod state;
mod users;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

use crate::sandbox::Simulator;
use reply::{Api, Refusal};
use routes::Host;
use state::State;

pub use builder::Builder;
pub use catalogue::{Group, PlaceRow};
pub use rows::Rows;
pub use settings::{ErrorStyle, Quirk, WriteBody};
pub use snapshot::{AnnouncementRow, CloseRow, ContextRow, Counts, NotificationRow, Snapshot, UserRow};

/// A simulated service. Clones are the same service.
#[derive(Clone)]
pub struct OpenXchange(Arc<Mutex<State>>);

impl Default for OpenXchange {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl OpenXchange {
    /// The brand's login; names of contexts begin with it (contract §1).
    pub const BRAND: &str = "acme";

    /// The brand's secret.
    pub const SECRET: &str = "brand-secret-1";

    /// The context that every service has, by its full name.
    pub const CONTEXT: &str = "acme_shop";

    /// The number of that context, as in the document's samples; later ones count up from it.
    pub const CONTEXT_ID: u64 = 24;

    /// The password of a context's admin where none was chosen. Its login for HTTP Basic is the admin's login, `@`
    /// and the context's number or full name: `oxadmin@24`.
    pub const ADMIN_PASSWORD: &str = "context-secret-1";

    /// The brand [`OpenXchange::BRAND`] with the context [`OpenXchange::CONTEXT`] and the shared domain
    /// `example.com`; each part can be chosen.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Every path by its name, as it is unless a builder moved it.
    pub fn places() -> Vec<PlaceRow> {
        catalogue::catalogue()
    }

    /// The service as something that can be served: everything, but for the shared domains of Cloud-Plugins where
    /// [`Builder::separate_hosts`] was told.
    pub fn simulator(&self) -> Simulator {
        self.serving("open-xchange", Host::Rest)
    }

    /// The admin host: the shared domains of Cloud-Plugins alone (contract §1).
    pub fn admin_simulator(&self) -> Simulator {
        self.serving("open-xchange-admin", Host::Admin)
    }

    fn serving(&self, name: &str, host: Host) -> Simulator {
        let (answering, throttled, unavailable, failed) =
            (self.clone(), self.clone(), self.clone(), self.clone());
        let router = Router::new().fallback(move |request: Request| answer(answering.clone(), host, request));
        Simulator::new(name, router)
            .throttled_as(move |after| {
                throttled.refuse(StatusCode::TOO_MANY_REQUESTS, "Too many requests", after)
            })
            .unavailable_as(move |after| {
                unavailable.refuse(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable", after)
            })
            .failed_as(move || {
                failed.refuse(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error", None)
            })
    }

    fn refuse(&self, status: StatusCode, message: &str, retry_after: Option<Duration>) -> Response {
        let mut response = Refusal::new(status, message).response(&self.state().settings, Api::Plugins);
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

    /// The password of the user with this primary address.
    pub fn password_of(&self, address: &str) -> Option<String> {
        let state = self.state();
        let mut users = state.users().map(|(_, user)| user);
        let found = users.find(|user| user.mail.as_deref().is_some_and(|own| state::same(own, address)));
        found.map(|user| user.password.clone())
    }
}

impl fmt::Debug for OpenXchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenXchange").finish_non_exhaustive()
    }
}

/// Bodies above this are none of this API.
const BODY_LIMIT: usize = 1024 * 1024;

async fn answer(sandbox: OpenXchange, host: Host, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await;
    let mut state = sandbox.state();
    let Ok(body) = body else {
        let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large");
        return refusal.response(&state.settings, Api::Plugins);
    };
    let (result, api) = routes::answer(&mut state, host, &parts, &body);
    reply::response(result, &state.settings, api)
}
