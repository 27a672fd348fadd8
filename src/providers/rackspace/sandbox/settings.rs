//! How the simulated service is set up: what its builder can choose.
//!
//! Must not know HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::Rackspace;
use super::state::State;

/// Ways in which the service may differ from the default, each one that the contract leaves open or reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quirk {
    /// Every domain name is a domain of the account (contract §1).
    AnyDomain,
    /// The index of permissions tells their true number in `total` instead of 0 (contract §7).
    TruePermissionTotal,
    /// Empty text reads back as one space (contract §3).
    BlankIsSpace,
    /// The read spells the key `customID` as `CustomId` (contract §7).
    CustomIdKey,
    /// The read spells permission types as `SendAs`, `FullAccess`, `Both` (contract §7).
    CapitalPermissionTypes,
    /// The spam lists are `blocklist` and `ipblocklist` instead of `blacklist` and `ipblacklist` (contract §7).
    RenamedSpamLists,
    /// Deleting an absent email address is 400 instead of 404 (contract §6).
    AbsentAddressIsBadRequest,
}

/// How a refusal is worded (contract §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FaultStyle {
    /// JSON and the header `x-error-message`.
    #[default]
    Json,
    /// As [`FaultStyle::Json`] with the trailing comma of the documentation's example.
    TrailingComma,
    /// As [`FaultStyle::Json`] without the suffix `Fault`, as the documentation's table prints the names.
    ShortNames,
    /// An empty body; the message stands in `x-error-message` alone.
    HeaderOnly,
}

/// How a successful write is answered (contract §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteStyle {
    /// 200 with an empty body.
    #[default]
    Empty,
    /// 204.
    NoContent,
    /// 200 with JSON: the mailbox after a write to it, otherwise an empty object.
    Json,
}

/// What never changes while the service runs.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) account: u64,
    /// Secrets by user key.
    pub(super) credentials: BTreeMap<String, String>,
    pub(super) version: String,
    pub(super) skew: Duration,
    pub(super) quirks: BTreeSet<Quirk>,
    pub(super) fault_style: FaultStyle,
    pub(super) write_style: WriteStyle,
    pub(super) page_limit: usize,
    pub(super) total_off_by: i64,
    pub(super) max_mailboxes: u32,
    pub(super) reads_per_minute: Option<usize>,
    pub(super) writes_per_minute: Option<usize>,
}

impl Settings {
    pub(super) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}

/// What a service is made with; see [`Rackspace::builder`].
#[derive(Clone)]
pub struct Builder {
    settings: Settings,
    documented_key: bool,
    clock: Option<Timestamp>,
    domains: Vec<String>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let settings = Settings {
            account: 100_012,
            credentials: BTreeMap::from([(Rackspace::USER_KEY.into(), Rackspace::SECRET_KEY.into())]),
            version: "v1".into(),
            skew: Duration::from_hours(24),
            quirks: BTreeSet::new(),
            fault_style: FaultStyle::default(),
            write_style: WriteStyle::default(),
            page_limit: 250,
            total_off_by: 0,
            max_mailboxes: 10_000,
            reads_per_minute: None,
            writes_per_minute: None,
        };
        Self { settings, documented_key: true, clock: None, domains: vec!["example.com".into()] }
    }

    /// The number of the calling account; 100012 unless told.
    #[must_use]
    pub fn account(mut self, number: u64) -> Self {
        self.settings.account = number;
        self
    }

    /// A user key and its secret. The first call replaces the documented example keys, later ones add.
    #[must_use]
    pub fn credentials(mut self, user_key: impl Into<String>, secret: impl Into<String>) -> Self {
        if std::mem::take(&mut self.documented_key) {
            self.settings.credentials.clear();
        }
        self.settings.credentials.insert(user_key.into(), secret.into());
        self
    }

    /// One more domain of the account, beside `example.com`.
    #[must_use]
    pub fn domain(mut self, name: impl Into<String>) -> Self {
        self.domains.push(name.into());
        self
    }

    /// The first segment of every path; `v1` unless told (contract §1).
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.settings.version = version.into();
        self
    }

    /// How far a signature's time may be from the clock, both ways; 24 hours unless told (contract §2).
    #[must_use]
    pub fn skew(mut self, skew: Duration) -> Self {
        self.settings.skew = skew;
        self
    }

    /// Stops the clock that signatures are checked against; see [`Rackspace::set_clock`].
    #[must_use]
    pub fn clock(mut self, now: Timestamp) -> Self {
        self.clock = Some(now);
        self
    }

    /// Lets the service differ from the default.
    #[must_use]
    pub fn with(mut self, quirk: Quirk) -> Self {
        self.settings.quirks.insert(quirk);
        self
    }

    /// How refusals are worded.
    #[must_use]
    pub fn fault_style(mut self, style: FaultStyle) -> Self {
        self.settings.fault_style = style;
        self
    }

    /// How successful writes are answered.
    #[must_use]
    pub fn write_style(mut self, style: WriteStyle) -> Self {
        self.settings.write_style = style;
        self
    }

    /// The largest page; a larger `size` is cut to it. 250 unless told (contract §4).
    #[must_use]
    pub fn page_limit(mut self, items: NonZeroUsize) -> Self {
        self.settings.page_limit = items.get();
        self
    }

    /// Makes `total` of every list but the permissions wrong by this much (contract §4).
    #[must_use]
    pub fn total_off_by(mut self, difference: i64) -> Self {
        self.settings.total_off_by = difference;
        self
    }

    /// How many Exchange mailboxes each domain may hold; 10,000 unless told (contract §9).
    #[must_use]
    pub fn max_mailboxes(mut self, mailboxes: u32) -> Self {
        self.settings.max_mailboxes = mailboxes;
        self
    }

    /// Throttles each user key's GETs: so many in any 60 seconds (contract §5). No limit unless told.
    #[must_use]
    pub fn reads_per_minute(mut self, requests: usize) -> Self {
        self.settings.reads_per_minute = Some(requests);
        self
    }

    /// Throttles each user key's POSTs, PUTs and DELETEs together: so many in any 60 seconds (contract §5). No
    /// limit unless told.
    #[must_use]
    pub fn writes_per_minute(mut self, requests: usize) -> Self {
        self.settings.writes_per_minute = Some(requests);
        self
    }

    /// Sets the service up with its empty domains.
    pub fn build(self) -> Rackspace {
        let mut state = State::new(self.settings, self.clock);
        for domain in &self.domains {
            state.insert_domain(domain);
        }
        Rackspace(Arc::new(Mutex::new(state)))
    }
}
