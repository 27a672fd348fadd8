//! How the simulated service is set up: the ways in which it may differ, and what never changes while it runs.
//!
//! Must not know HTTP beyond statuses.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use super::places::Map;

/// Ways in which the service may differ from the default, each one that the contract leaves open or reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quirk {
    /// An address may be in any domain (contract §4).
    AnyDomain,
    /// The override for master accounts is off: the brand may not call what a context admin may (contract §1).
    OverrideOff,
    /// A context's short name, without the brand, addresses it too (contract §1).
    ShortContextNames,
    /// The local part of a user's name addresses it too (contract §6).
    ShortLogins,
    /// A context that is not there is 200 with the errors object where its users are listed (contract §6).
    AbsentContextIsOk,
    /// Something that exists is 400 instead of 409 (contract §7).
    ExistsIsBadRequest,
    /// Cloud API v2 shows the numeric `id` of a context (contract §6).
    ContextIdShown,
    /// Aliases of Cloud API v2 include the primary address: it is shown and must be sent (contract §6).
    PrimaryInAliases,
    /// The list of users tells no permissions, one user does (contract §6).
    ListWithoutPermissions,
    /// The list of users tells no `uid`, also where it is asked for; one user does (contract §6).
    ListWithoutUid,
    /// A user alone tells no aliases, the list of users does (contract §6).
    UserWithoutAliases,
    /// The list of users tells spam levels (contract §6).
    SpamLevelInList,
    /// Reads of users tell given name, surname, display name, language and time zone (contract §6).
    ProfileInReads,
    /// A user's change takes `userPermissions`, the older form (contract §6).
    PermissionsInUserChange,
    /// Forwards of Cloud API v2 are listed as an object of arrays (contract §6).
    ForwardsAsMap,
    /// POST adds recipients to a forwarding alias and PUT replaces it (contract §3).
    ForwardVerbsSwapped,
    /// A forwarding alias that is created is answered with 204 (contract §3).
    CreatedForwardIs204,
    /// A forwarding alias that is replaced is answered with 204 (contract §3).
    ReplacedForwardIs204,
    /// A POST to a forwarding alias that exists is 204 and changes nothing (contract §3).
    ExistingForwardKept,
    /// Writes of forwarding aliases take `{"recipient"}` alone, not an array (contract §3).
    OneRecipient,
    /// Adding recipients to a forwarding alias that is not there is 404 (contract §3).
    AddNeedsForward,
    /// PUT of a custom id adds to those there are (contract §7).
    CustomAdds,
    /// The user record tells custom ids (contract §2).
    CustomInRecord,
    /// A class of service alone reads as plain text (contract §2).
    ServiceAsText,
    /// A class of service that is not set reads as empty text instead of 404 (contract §2).
    UnsetServiceIsEmptyText,
    /// A class of service that is not set reads as an empty array instead of 404 (contract §2).
    UnsetServiceIsEmptyList,
    /// Search finds parts of values (contract §2).
    SearchContains,
    /// Search answers with an array also where it finds one user (contract §2).
    SearchAlwaysArray,
    /// Search that finds nobody is 404 (contract §2).
    SearchNoneIs404,
    /// Numeric ids read as text (contract §8).
    TextIds,
    /// Empty arrays and objects read as `null` (contract §8).
    EmptyIsNull,
    /// JSON is sent as `text/plain` (contract §8).
    JsonAsText,
    /// A domain may be removed while addresses are in it (contract §4).
    DeletesUsedDomains,
    /// Users of a domain are told as records instead of names (contract §4).
    DomainUsersAsRecords,
    /// Explicit domains are not served (contract §4).
    NoExplicitDomains,
    /// HEAD is not served (contract §3).
    NoHead,
}

/// How a refusal is worded (contract §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorStyle {
    /// `{"error": …}` from Cloud-Plugins, `{"errors": [{"title": …}]}` from Cloud API v2.
    #[default]
    Own,
    /// `{"errors": [{"title": …}]}` from both.
    Errors,
    /// The message as `text/plain`.
    Text,
    /// `null`.
    Null,
    /// Nothing.
    Empty,
}

/// What a successful write says (contract §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteBody {
    /// What the document shows.
    #[default]
    Documented,
    /// `null`.
    Null,
    /// Nothing.
    Empty,
    /// `OK` as `text/plain`.
    Text,
}

/// A login of HTTP Basic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) name: String,
    pub(super) secret: String,
}

/// What never changes while the service runs.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) brand: Login,
    pub(super) toplevel_brand: Option<String>,
    pub(super) tenant: Option<Login>,
    pub(super) separate_hosts: bool,
    pub(super) map: Map,
    pub(super) quirks: BTreeSet<Quirk>,
    pub(super) error_style: ErrorStyle,
    pub(super) write_status: Option<StatusCode>,
    pub(super) write_body: WriteBody,
    /// How many reads of a fresh user's attributes fail, and how.
    pub(super) fresh_failures: u32,
    pub(super) fresh_status: StatusCode,
    /// How many lists pass until a new user or new aliases are in them.
    pub(super) list_lag: u32,
}

impl Settings {
    pub(super) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}
