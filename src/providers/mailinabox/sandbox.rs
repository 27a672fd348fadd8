//! A strict, stateful simulator of the Mail-in-a-Box v75 administration API.
//!
//! Written from `contracts/mailinabox.md` and its transcripts alone: it shares no code with the client, so that a
//! mistake in one is not hidden by the same mistake in the other. Where the contract and a transcript say a text, the
//! text is the same byte for byte; where they are silent, the strict reading is taken.
//!
//! ```text
//! routes ──▶ auth ──▶ users · quota · aliases · mfa ──▶ state (tables)
//!                            └──────┴──▶ kick (auto aliases, DNS, web)
//! address, order, text: what these share
//! ```
//!
//! Simulated: all routes of the contract (users, quota, password, privileges, aliases, domains, MFA, login, logout,
//! version, `/dns/update`, `/web/update`), everything else is 404. Differences from the real box:
//! * fail2ban does not ban; [`MailInABox::failed_logins`] counts what it would count.
//! * Answers take no time unless a delay is asked for; the limits of nginx (60 s) and gunicorn (630 s) never strike.
//! * `/mfa/status` hands out a fresh secret and a one-pixel picture in place of its QR code.
//! * Of IDNA 2008, symbols and unassigned characters are recognised roughly: letters, digits and marks pass.
//! * A removed user's session answers like any dead one. No token is taken twice, however many were used between.
//! * The API key counts only with an empty password.

mod address;
mod aliases;
mod auth;
mod kick;
mod mfa;
mod order;
mod quota;
mod routes;
mod rows;
mod state;
mod table;
mod text;
mod users;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::sandbox::Simulator;
use state::State;

pub use rows::{AliasRow, Rows, Snapshot, UserRow};

/// Which release of the box is simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// The last release without quotas: no quota routes, no `quota` and `box_*` keys in the list.
    V72,
    /// The release of the contract.
    #[default]
    V75,
}

/// A command of the box's system that a write runs after its commit, and that can fail there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemCommand {
    /// `service opendkim restart` and `service nginx reload`, the last steps of a kick that changes a domain.
    Service,
    /// `doveadm quota recalc`, run by adding a user and by setting a quota.
    Dovecot,
}

/// What a box is made with; see [`MailInABox::builder`].
#[derive(Clone)]
pub struct Builder {
    primary: String,
    api_key: Option<String>,
    administrator: (String, String),
    totp: Option<String>,
    version: Version,
    delay: Duration,
    kick_delay: Duration,
    one_at_a_time: bool,
    behind_nginx: bool,
}

impl Builder {
    /// `PRIMARY_HOSTNAME`; `box.example.com` unless told.
    #[must_use]
    pub fn primary_hostname(mut self, name: impl Into<String>) -> Self {
        self.primary = name.into();
        self
    }

    /// The content of the root-only API key file; random unless told.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// The first user, an administrator and the target of `administrator@PRIMARY_HOSTNAME`; `me@example.com` with
    /// `adminpass123` unless told.
    #[must_use]
    pub fn administrator(mut self, email: impl Into<String>, password: impl Into<String>) -> Self {
        self.administrator = (email.into(), password.into());
        self
    }

    /// Gives the first user a TOTP secret (32 characters of base32).
    #[must_use]
    pub fn totp(mut self, secret: impl Into<String>) -> Self {
        self.totp = Some(secret.into());
        self
    }

    /// The release; [`Version::V75`] unless told.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// How long every request takes.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// How much longer a request takes that kicks DNS and web; the change is committed before (0.3 to 0.9 s on a
    /// real box).
    #[must_use]
    pub fn kick_delay(mut self, delay: Duration) -> Self {
        self.kick_delay = delay;
        self
    }

    /// Serves requests side by side, unlike the one worker of the real box.
    #[must_use]
    pub fn side_by_side(mut self) -> Self {
        self.one_at_a_time = false;
        self
    }

    /// As seen from outside: under `/admin`, with connections kept alive. Otherwise as on the box itself: no prefix,
    /// and each connection closed after its answer.
    #[must_use]
    pub fn behind_nginx(mut self) -> Self {
        self.behind_nginx = true;
        self
    }

    /// Sets the box up: the first user, `administrator@PRIMARY_HOSTNAME`, the automatic aliases.
    ///
    /// # Panics
    ///
    /// If the TOTP secret is not 32 characters of base32.
    pub fn build(self) -> MailInABox {
        let api_key = self.api_key.unwrap_or_else(auth::random_hex);
        let state = State::new(self.primary.clone(), api_key, self.version);
        let sandbox = MailInABox(Arc::new(Inner {
            state: Mutex::new(state),
            worker: self.one_at_a_time.then(tokio::sync::Mutex::default),
            delay: self.delay,
            kick_delay: self.kick_delay,
            behind_nginx: self.behind_nginx,
        }));
        let (email, password) = &self.administrator;
        sandbox.edit(|rows| {
            rows.user(email, password).privilege(email, "admin");
            rows.alias(&format!("administrator@{}", self.primary), &[email]);
            if let Some(secret) = &self.totp {
                rows.totp(email, secret);
            }
        });
        sandbox
    }
}

struct Inner {
    state: Mutex<State>,
    /// The one worker, held while a request is processed.
    worker: Option<tokio::sync::Mutex<()>>,
    delay: Duration,
    kick_delay: Duration,
    behind_nginx: bool,
}

/// A simulated box. Clones are the same box.
#[derive(Clone)]
pub struct MailInABox(Arc<Inner>);

impl Default for MailInABox {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl MailInABox {
    /// A box as it is after setup; each part can be chosen.
    pub fn builder() -> Builder {
        Builder {
            primary: "box.example.com".into(),
            api_key: None,
            administrator: ("me@example.com".into(), "adminpass123".into()),
            totp: None,
            version: Version::default(),
            delay: Duration::ZERO,
            kick_delay: Duration::ZERO,
            one_at_a_time: true,
            behind_nginx: false,
        }
    }

    /// The box as something that can be served.
    pub fn simulator(&self) -> Simulator {
        let sessions = self.clone();
        Simulator::new("mailinabox", Router::new().fallback(answer).with_state(self.clone()))
            .failed_as(|| text::Reply::internal_error().into_response())
            .expires_sessions_with(move || sessions.expire_sessions())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the box holds.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.state())
    }

    /// Writes rows past the API's checks, then kicks silently.
    pub fn edit(&self, change: impl FnOnce(&mut Rows<'_>)) {
        let mut state = self.state();
        change(&mut Rows::new(&mut state));
        state.kick_silently();
    }

    /// Whether this is the user's password; `false` also where there is no such user.
    pub fn password_is(&self, email: &str, password: &str) -> bool {
        self.state().users.get(email).is_some_and(|user| user.password == password)
    }

    /// The key that stands in the root-only API key file.
    pub fn api_key(&self) -> String {
        self.state().api_key.clone()
    }

    /// From now on the command fails: writes that run it are committed and answered with 500.
    pub fn break_command(&self, command: SystemCommand) {
        self.state().broken.insert(command);
    }

    /// From now on the command works again. What it missed is not made up for.
    pub fn repair_command(&self, command: SystemCommand) {
        self.state().broken.remove(&command);
    }

    /// Stops the clock at this many seconds since 1970; it decides TOTP tokens and the age of sessions.
    pub fn set_clock(&self, seconds: u64) {
        self.state().clock = Some(seconds);
    }

    /// Ends all login sessions, as a restart of the daemon does.
    pub fn expire_sessions(&self) {
        self.state().sessions.clear();
    }

    /// Login failures so far; a real box bans the address after 20 within 30 s.
    pub fn failed_logins(&self) -> u64 {
        self.state().failed_logins
    }
}

impl fmt::Debug for MailInABox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailInABox").finish_non_exhaustive()
    }
}

/// Bodies above this are no form of this API.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

async fn answer(Shared(sandbox): Shared<MailInABox>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let inner = &sandbox.0;
    let path = parts.uri.path();
    let path = if inner.behind_nginx { path.strip_prefix("/admin").unwrap_or("") } else { path }.to_owned();
    parts.extensions.clear();

    let turn = match &inner.worker {
        Some(worker) => Some(worker.lock().await),
        None => None,
    };
    let (reply, kicked) = {
        let mut state = sandbox.state();
        let before = state.kicks;
        (routes::answer(&mut state, &path, &parts, &body), state.kicks > before)
    };
    let delay = if kicked { inner.delay + inner.kick_delay } else { inner.delay };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    drop(turn);

    let mut response = reply.into_response();
    if !inner.behind_nginx {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
