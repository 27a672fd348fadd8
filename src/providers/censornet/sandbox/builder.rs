//! Makes a simulated service of another kind than the default one.
//!
//! Owns the words of each choice; what they mean is told in `options`.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::StatusCode;

use super::Censornet;
use super::options::{
    Batch, Flags, Ids, Options, Paging, Refusals, RepeatedDelete, SizeParameter, Tokens, Tracking, WriteReply,
};

/// What a service is made with; see [`Censornet::builder`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    options: Options,
    further_accounts: Vec<String>,
}

impl Builder {
    /// The one login; `admin@example.com` with `adminpass123` unless told. Contract §2.
    #[must_use]
    pub fn credential(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.options.username = username.into();
        self.options.password = password.into();
        self
    }

    /// The `accounts_id` of the login; `b441390e-5c1d-4f0a-9b7e-36d7839f6153` unless told. Contract §2.
    #[must_use]
    pub fn account(mut self, id: impl Into<String>) -> Self {
        self.options.account = id.into();
        self
    }

    /// One more account that the login may address, with mailboxes of its own. Contract §2.
    #[must_use]
    pub fn further_account(mut self, id: impl Into<String>) -> Self {
        self.further_accounts.push(id.into());
        self
    }

    /// One more tracked domain beside `example.com`. Contract §4.
    #[must_use]
    pub fn tracking(mut self, domain: &str) -> Self {
        if let Tracking::Only(domains) = &mut self.options.tracking {
            domains.insert(domain.to_ascii_lowercase());
        }
        self
    }

    /// Every domain is tracked. Contract §4.
    #[must_use]
    pub fn tracking_all(mut self) -> Self {
        self.options.tracking = Tracking::Every;
        self
    }

    /// No domain is tracked, `example.com` neither. Contract §4.
    #[must_use]
    pub fn tracking_none(mut self) -> Self {
        self.options.tracking = Tracking::Only(BTreeSet::new());
        self
    }

    /// The login has a second factor: it answers 200 without a token. Contract §2.
    #[must_use]
    pub fn two_factor(mut self) -> Self {
        self.options.two_factor = true;
        self
    }

    /// The login's role lacks *Manage Mailboxes*. Contract §2.
    #[must_use]
    pub fn without_the_right(mut self) -> Self {
        self.options.manages_mailboxes = false;
        self
    }

    /// The lifetime that a login announces, in whole seconds; a day unless told. Contract §2.
    #[must_use]
    pub fn expires_in(mut self, announced: Duration) -> Self {
        self.options.expires_in = announced;
        self
    }

    /// How long tokens live in truth; as announced unless told. Contract §2.
    #[must_use]
    pub fn tokens_live(mut self, lifetime: Duration) -> Self {
        self.options.lifetime = Some(lifetime);
        self
    }

    /// Whether logging in again ends the tokens before it. Contract §2.
    #[must_use]
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.options.tokens = tokens;
        self
    }

    /// Which of `page` and `start` decides. Contract §3.
    #[must_use]
    pub fn paging(mut self, paging: Paging) -> Self {
        self.options.paging = paging;
        self
    }

    /// Records on a page unless a parameter says otherwise, at least 1; 20 unless told. Contract §3.
    #[must_use]
    pub fn page_size(mut self, records: usize) -> Self {
        self.options.page_size = records.max(1);
        self
    }

    /// Which parameter sets the size of a page. Contract §3.
    #[must_use]
    pub fn size_parameter(mut self, parameter: SizeParameter) -> Self {
        self.options.size_parameter = parameter;
        self
    }

    /// More records than this, at least 1, never stand on a page, whatever is asked for. Contract §3.
    #[must_use]
    pub fn largest_page(mut self, records: usize) -> Self {
        self.options.largest_page = records.max(1);
        self
    }

    /// Where nothing is listed, `total_pages` is 1 in place of 0. Contract §3.
    #[must_use]
    pub fn one_page_at_least(mut self) -> Self {
        self.options.least_pages = 1;
        self
    }

    /// How flags are listed. Contract §3.
    #[must_use]
    pub fn flags(mut self, flags: Flags) -> Self {
        self.options.flags = flags;
        self
    }

    /// How ids are listed. Contract §3.
    #[must_use]
    pub fn ids(mut self, ids: Ids) -> Self {
        self.options.ids = ids;
        self
    }

    /// What successful writes answer. Contract §4 and §5.
    #[must_use]
    pub fn write_reply(mut self, reply: WriteReply) -> Self {
        self.options.write_reply = reply;
        self
    }

    /// What becomes of an array of which one element is refused. Contract §4.
    #[must_use]
    pub fn batch(mut self, batch: Batch) -> Self {
        self.options.batch = batch;
        self
    }

    /// How failures are worded. Contract §7.
    #[must_use]
    pub fn refusals(mut self, refusals: Refusals) -> Self {
        self.options.refusals = refusals;
        self
    }

    /// The status for an address whose domain is not tracked; 422 unless told. Contract §4 and §7.
    #[must_use]
    pub fn untracked_status(mut self, status: StatusCode) -> Self {
        self.options.untracked = status;
        self
    }

    /// The status for an address that is taken; 409 unless told. Contract §4 and §7.
    #[must_use]
    pub fn conflict_status(mut self, status: StatusCode) -> Self {
        self.options.conflict = status;
        self
    }

    /// What deleting a mailbox again answers. Contract §5.
    #[must_use]
    pub fn repeated_delete(mut self, repeated: RepeatedDelete) -> Self {
        self.options.repeated_delete = repeated;
        self
    }

    /// Takes `PUT /email/mailbox`, which is not documented, for `executive`. Contract §6.
    #[must_use]
    pub fn updates(mut self) -> Self {
        self.options.updates = true;
        self
    }

    /// The service, without mailboxes.
    pub fn build(self) -> Censornet {
        Censornet::new(self.options, self.further_accounts)
    }
}
