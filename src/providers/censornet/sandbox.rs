//! A strict, stateful simulator of the clouduss Platform API, as far as it registers mailboxes with Censornet's mail
//! filter.
//!
//! Written from `contracts/censornet.md` and the document that it cites alone: it shares no code with a client, so
//! that a mistake in one is not hidden by the same mistake in the other. Where the document says what is sent, nothing
//! else is taken; where it is silent, the reading is taken that demands most of a client, and the others are
//! [options](Builder).
//!
//! ```text
//! routes ──▶ auth ──▶ list · create · delete · update ──▶ state
//! record, address, reply: what these share
//! ```
//!
//! # Rules
//!
//! Each with its section of the contract and, in brackets, the evidence named there.
//!
//! Login:
//!
//!  1. `/auth` takes POST and no other verb: 405. §2 (seed)
//!  2. A login is complete `multipart/form-data`; anything else is 400. §2 (seed)
//!  3. The form has `username` and `password`, once each, and no other part: else 400. §2 (seed)
//!  4. Values are taken raw; quotes around them belong to them. §2 (seed)
//!  5. Any query string at `/auth` is 400, and credentials in it count for nothing. §2 (code)
//!  6. Wrong credentials are 401 in JSON, without a token, and counted. §7 (ASSUMED)
//!  7. A login answers `access_token`, `token_type`, `expires_in`, `accounts_id` and members to ignore. §2 (seed)
//!  8. With a second factor the answer is 200 without `access_token`. §2 (seed, shape ASSUMED)
//!
//! Every other call:
//!
//!  9. It needs `Authorization: Bearer TOKEN` with a token that was given: else 401. §2 (seed)
//! 10. A token ends after its lifetime, which may be shorter than `expires_in`: 401. §2 (seed)
//! 11. Tokens live side by side, or only the newest counts. §2 (ASSUMED)
//! 12. All tokens can end at once: 401 until the next login. §2 (ASSUMED)
//! 13. It needs `X-Uss-Account-Id`, once: else 400. §2 (seed)
//! 14. An account that the login may not address is 403; each account has mailboxes of its own. §2 (code)
//! 15. It needs `Content-Type: application/json`, a GET too: else 415. §2 (seed)
//! 16. A role without *Manage Mailboxes* gets 403. §2 (ASSUMED)
//! 17. The list alone is at `/email/mailbox/v2`, changes alone are at `/email/mailbox`: else 405. §3 (seed)
//! 18. Every other path is 404. §7 (ASSUMED)
//!
//! List:
//!
//! 19. Pages have 20 records in the order of ids, and `meta` has `page`, `page_size`, `total`, `total_pages`.
//!     §3 (seed)
//! 20. A record has the six members of the document; without a name, `realname` is one blank. §3 (seed)
//! 21. Flags come as numbers, booleans or text, ids as numbers or text. §3 (ASSUMED)
//! 22. `page` and `start` must agree: else 400. §3 (seed, ext)
//! 23. Or `page` decides, or `start`, or neither. §3 (ASSUMED)
//! 24. `limit` and `page_size` are ignored, or one of them is honoured up to a largest page. §3 (ASSUMED)
//! 25. `search` finds any part of address or name in any case, and `meta` counts what is found. §3 (seed)
//! 26. A listing has no body and no unknown, repeated or malformed parameter: else 400. §3 (seed)
//! 27. A page after the last is empty; an empty list has no page, or one. §3 (ASSUMED)
//!
//! Create:
//!
//! 28. The body is a JSON array of objects: else 400. §4 (seed)
//! 29. A record has the four members of the document, once each and no other: else 400. §4 (seed)
//! 30. `id` is `USSportal.email.model.Mailbox-N` with N from 1 on, another in each record: else 400. §4 (seed, ext)
//! 31. `email_address_id` is 0, `executive` 0 or 1, as numbers: else 400. §4 (seed)
//! 32. `email_address` is a plain ASCII address: else 400. §4 (ASSUMED)
//! 33. An empty array is 400 and counted. §4 (ASSUMED)
//! 34. The domain itself must be tracked: else 422, or the status chosen. §4 (bd-ui)
//! 35. An address that is a mailbox or an alias, in any case, is 409 in the same words, or the status chosen.
//!     §4 (bd-ui)
//! 36. Of an array with an address that cannot be added, all or those alone are left out. §4 (ASSUMED)
//! 37. A write answers nothing, an array or an object. §4 (ext)
//! 38. A refused write may be 200 with `"success":false`. §4 (ASSUMED)
//! 39. Ids are fresh, above 2^23, and the two of a mailbox differ. §3 (seed)
//!
//! Delete:
//!
//! 40. A deletion needs `Content-Length`: else 411. §5 (seed)
//! 41. A record has the three members of the document, ids as numbers: else 400. §5 (seed)
//! 42. Each names one mailbox of the account by all three, letter by letter: else 404 or 400 and nothing is deleted.
//!     §5 (seed)
//! 43. An empty array deletes every mailbox of the account, and is counted. §5 (ASSUMED, the worst)
//! 44. Aliases and quarantine go with their mailbox. §5 (ASSUMED, the worst)
//! 45. Deleting again is 404, or a success. §5 (ASSUMED)
//! 46. A deleted mailbox of the directory is back after a sync, under fresh ids. §6 (bd-ad)
//! 47. What leaves the directory goes with a sync, and what is in it is the directory's. §6 (bd-ad)
//!
//! Rest:
//!
//! 48. PUT is 405, or changes `executive` alone. §6 (ext)
//! 49. Changes have no query string: else 400. §4 and §5 (seed)
//! 50. "Too many requests" is 429 and "unavailable" 503, with `Retry-After` where a delay is told. §7 (ASSUMED)
//! 51. Failures are JSON of one of three shapes, or a page of HTML. §7 (ASSUMED)
//!
//! Not simulated: the endpoints of the second factor, the message report, licence counts, the sync's own clock
//! ([`Censornet::sync`] is a sync).

mod address;
mod auth;
mod builder;
mod create;
mod delete;
mod list;
mod options;
mod record;
mod reply;
mod routes;
mod rows;
mod state;
mod update;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::sandbox::Simulator;
use options::Options;
use reply::Refusal;
use state::{Account, State};

pub use builder::Builder;
pub use options::{Batch, Flags, Ids, Paging, Refusals, RepeatedDelete, SizeParameter, Tokens, WriteReply};
pub use rows::{MailboxRow, Rows, Snapshot};

struct Inner {
    options: Options,
    state: Mutex<State>,
}

/// A simulated service. Clones are the same service.
#[derive(Clone)]
pub struct Censornet(Arc<Inner>);

impl Default for Censornet {
    /// `admin@example.com` with `adminpass123`, one account that tracks `example.com`, no mailboxes.
    fn default() -> Self {
        Self::builder().build()
    }
}

impl Censornet {
    /// The default service; each part can be chosen.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn new(options: Options, further_accounts: Vec<String>) -> Self {
        let accounts = further_accounts.into_iter().chain([options.account.clone()]);
        let state = Mutex::new(State::new(accounts));
        Self(Arc::new(Inner { options, state }))
    }

    /// The service as something that can be served. Contract §7 for its words of failure.
    pub fn simulator(&self) -> Simulator {
        let form = self.0.options.refusals;
        let tokens = self.clone();
        let throttled = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests.");
        let unavailable = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "The service is unavailable.");
        let failed = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "An internal error occurred.");
        Simulator::new("censornet", Router::new().fallback(answer).with_state(self.clone()))
            .throttled_as(move |after| throttled.delayed(form, after).into_response())
            .unavailable_as(move |after| unavailable.delayed(form, after).into_response())
            .failed_as(move || failed.reply(form).into_response())
            .expires_sessions_with(move || tokens.expire_tokens())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_account<T>(&self, id: &str, read: impl FnOnce(&mut Account, &mut state::Fresh) -> T) -> T {
        let mut state = self.state();
        let State { accounts, fresh, .. } = &mut *state;
        match accounts.get_mut(id) {
            Some(account) => read(account, fresh),
            None => panic!("the simulated service has no account {id}"),
        }
    }

    /// The `accounts_id` of the login. Contract §2.
    pub fn account(&self) -> &str {
        &self.0.options.account
    }

    /// What the login's own account holds.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_of(self.account())
    }

    /// What an account holds.
    ///
    /// # Panics
    ///
    /// Without such an account.
    pub fn snapshot_of(&self, account: &str) -> Snapshot {
        self.with_account(account, |account, _| Snapshot::of(account))
    }

    /// Places and removes mailboxes of the login's own account past the API.
    pub fn edit(&self, change: impl FnOnce(&mut Rows<'_>)) {
        self.edit_account(self.account(), change);
    }

    /// Places and removes mailboxes of an account past the API.
    ///
    /// # Panics
    ///
    /// Without such an account.
    pub fn edit_account(&self, account: &str, change: impl FnOnce(&mut Rows<'_>)) {
        self.with_account(account, |account, fresh| change(&mut Rows::new(account, fresh)));
    }

    /// Polls the directories of all accounts, as the service does every 15 minutes. Contract §6.
    pub fn sync(&self) {
        let mut state = self.state();
        let State { accounts, fresh, .. } = &mut *state;
        for account in accounts.values_mut() {
            account.sync(fresh);
        }
    }

    /// Lets this much time go by at once; it ends tokens. Contract §2.
    pub fn elapse(&self, time: Duration) {
        self.state().skipped += time;
    }

    /// Ends all tokens. Contract §2.
    pub fn expire_tokens(&self) {
        self.state().end_tokens();
    }

    /// Logins that were given a token.
    pub fn logins(&self) -> u64 {
        self.state().logins
    }

    /// Logins with wrong credentials.
    pub fn failed_logins(&self) -> u64 {
        self.state().failed_logins
    }

    /// How often an empty array deleted everything of an account: a client must keep it at 0. Contract §5.
    pub fn wiped(&self) -> u64 {
        self.state().accounts.values().map(|account| account.wiped).sum()
    }

    /// How often an empty array was to be added. Contract §4.
    pub fn empty_creations(&self) -> u64 {
        self.state().accounts.values().map(|account| account.empty_creations).sum()
    }
}

impl fmt::Debug for Censornet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Censornet").finish_non_exhaustive()
    }
}

/// Bodies above this are no array of this API.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

async fn answer(Shared(sandbox): Shared<Censornet>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    routes::answer(&sandbox.0.options, &mut sandbox.state(), &parts, &body).into_response()
}
