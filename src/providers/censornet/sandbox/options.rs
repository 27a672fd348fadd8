//! The choices that the contract leaves open, each with what a simulator does unless told.
//!
//! Must not know HTTP beyond status codes.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::StatusCode;

/// Which of `page` and `start` chooses what a listing answers. Contract §3: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paging {
    /// `start` must be `(page - 1) * page_size`, an absent `page` is 1 and an absent `start` is 0; else 400.
    #[default]
    Both,
    /// `page` decides.
    Page,
    /// `start` decides; `meta.page` is the page that it falls into.
    Start,
    /// Neither counts: the first page always comes and says that it is the first.
    Ignored,
    /// Neither counts, but `meta.page` repeats the page asked for.
    Echoed,
}

/// Which parameter sets the size of a page. Contract §3: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SizeParameter {
    /// None: `limit` and `page_size` are ignored.
    #[default]
    None,
    /// `limit`
    Limit,
    /// `page_size`
    PageSize,
}

/// How `executive` and `is_ad_mailbox` are listed. Contract §3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flags {
    /// `0` and `1`, as the document shows.
    #[default]
    Numbers,
    /// `false` and `true`
    Booleans,
    /// `"0"` and `"1"`
    Texts,
}

/// How `id` and `email_address_id` are listed. Contract §3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ids {
    /// Integers, as the document shows; writes take nothing else.
    #[default]
    Numbers,
    /// Text; writes take text and integers.
    Texts,
}

/// What a successful write answers. Contract §4 and §5: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteReply {
    /// 200 without a body.
    #[default]
    Empty,
    /// 204
    NoContent,
    /// The array of stored records; after a deletion an empty one.
    Records,
    /// `{"success":true,"data":[..]}` with the same array.
    Wrapped,
}

/// What becomes of an array of new mailboxes of which one cannot be added. Contract §4: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Batch {
    /// None is added; the first refusal is answered.
    #[default]
    Whole,
    /// The others are added; the first refusal is answered.
    PartRefused,
    /// The others are added; the answer is a success that names only them. Where none is left, the first refusal.
    PartAccepted,
}

/// How failures are worded. Contract §7: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refusals {
    /// `{"message": ..}`
    #[default]
    Message,
    /// `{"error": .., "error_description": ..}`
    Error,
    /// `{"errors": [{"message": ..}]}`
    Errors,
    /// A page of HTML.
    Html,
    /// Refused writes are `{"success":false,"message": ..}` with status 200; all else as [`Refusals::Message`].
    Unsuccessful,
}

/// What deleting a mailbox answers that was deleted before. Contract §5: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedDelete {
    /// 404
    #[default]
    NotFound,
    /// A success that changes nothing.
    Success,
}

/// Whether logging in again ends the tokens before it. Contract §2: unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tokens {
    /// Tokens live side by side.
    #[default]
    SideBySide,
    /// Only the newest token counts.
    Newest,
}

/// Which domains may have mailboxes. Contract §4.
#[derive(Clone, Debug)]
pub(super) enum Tracking {
    Every,
    /// In lower case.
    Only(BTreeSet<String>),
}

/// Everything chosen.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) username: String,
    pub(super) password: String,
    /// The `accounts_id` of the login.
    pub(super) account: String,
    pub(super) tracking: Tracking,
    pub(super) two_factor: bool,
    pub(super) manages_mailboxes: bool,
    pub(super) updates: bool,
    pub(super) expires_in: Duration,
    /// As `expires_in` where `None`.
    pub(super) lifetime: Option<Duration>,
    pub(super) tokens: Tokens,
    pub(super) paging: Paging,
    pub(super) page_size: usize,
    pub(super) size_parameter: SizeParameter,
    pub(super) largest_page: usize,
    /// `total_pages` where nothing is listed.
    pub(super) least_pages: usize,
    pub(super) flags: Flags,
    pub(super) ids: Ids,
    pub(super) write_reply: WriteReply,
    pub(super) batch: Batch,
    pub(super) refusals: Refusals,
    pub(super) untracked: StatusCode,
    pub(super) conflict: StatusCode,
    pub(super) repeated_delete: RepeatedDelete,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            username: "admin@example.com".into(),
            password: "adminpass123".into(),
            account: "b441390e-5c1d-4f0a-9b7e-36d7839f6153".into(),
            tracking: Tracking::Only(BTreeSet::from(["example.com".into()])),
            two_factor: false,
            manages_mailboxes: true,
            updates: false,
            expires_in: Duration::from_hours(24),
            lifetime: None,
            tokens: Tokens::default(),
            paging: Paging::default(),
            page_size: 20,
            size_parameter: SizeParameter::default(),
            largest_page: usize::MAX,
            least_pages: 0,
            flags: Flags::default(),
            ids: Ids::default(),
            write_reply: WriteReply::default(),
            batch: Batch::default(),
            refusals: Refusals::default(),
            untracked: StatusCode::UNPROCESSABLE_ENTITY,
            conflict: StatusCode::CONFLICT,
            repeated_delete: RepeatedDelete::default(),
        }
    }
}
