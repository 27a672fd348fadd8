//! How the simulated service is set up: what its builder can choose.
//!
//! Must not know HTTP beyond a status.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::Atmail;
use super::state::State;

/// Ways in which the service may differ from the default, each one that the contract leaves open or reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quirk {
    /// POST is 405; writes go by GET (contract §1).
    PostRefused,
    /// A failure is HTTP 400 with the message under `response`, as Zend prints an exception (contract §2).
    FailuresAre400,
    /// A success is HTTP 500, though carried out: the body and the status contradict each other (contract §2).
    SuccessIs500,
    /// `status` comes before everything else, as in the mail server's API (contract §2).
    StatusFirst,
    /// No reply has a `status` (contract §3).
    NoStatus,
    /// PHP prints warnings before the XML declaration (contract §2).
    PhpWarnings,
    /// Replies stand on one line, as Zend prints them; the document's samples have a line for each element.
    OneLine,
    /// The element of the method is called by the bare action, as `create` (contract §2).
    BareMethods,
    /// A view wraps its record in `key_0` as a list does (contract §3).
    ViewIsList,
    /// Lists of users and domains tell bare names instead of records (contract §3).
    BareNames,
    /// Users show `Password`, `PasswordMD5` and `SessionID` too, sub-admins `Password` (contract §3).
    ShowsSecrets,
    /// Lists of aliases tell an `AliasType` (contract §3 expects none).
    ShowsAliasType,
    /// `UserQuota` is kept and shown in KB though written in MB (contract §5.2). Turned on later, it does not convert
    /// what is there.
    QuotaInKb,
    /// An update of `Forward` and `AutoReply` is accepted and ignored (contract §5.4).
    ForwardNotUpdated,
    /// An alias of type Deliver also makes a row from the name to itself (contract §5.4).
    DeliverAddsSelf,
    /// A second alias of one `AliasName` is a duplicate whatever its target (contract §4).
    DuplicateByName,
    /// Deleting a domain deletes its users and aliases too (contract §4).
    DomainDeleteCascades,
    /// A list that a sub-admin has no right to is an empty success (contract §5.9).
    EmptyWhenDenied,
    /// `users/list` ignores `domain` (contract §3).
    DomainIgnored,
    /// `users/list` ignores `start` (contract §3).
    StartIgnored,
    /// `users/list` ignores `volume` and uses its default (contract §3).
    VolumeIgnored,
    /// `users/list` repeats its last page beyond the end (contract §3).
    LastPageRepeated,
    /// `start` counts rows from 1 (contract §3).
    StartFromOne,
}

/// How missing or wrong credentials are refused (contract §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthFailure {
    /// 401 with an HTML page and `WWW-Authenticate`.
    #[default]
    Page,
    /// 200 with the document's XML.
    Xml,
    /// 400 with the document's XML.
    Xml400,
}

/// Where `message` stands (contract §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessagePlace {
    /// Under the method for domains that are added and deleted, under `response` elsewhere.
    #[default]
    Document,
    /// Under `response` everywhere.
    Response,
    /// Under the method everywhere.
    Method,
}

/// Where the items of a list and the record of a view stand (contract §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Under `response`.
    #[default]
    Response,
    /// Under `response/results`, with a `message` beside it, as the mail server's API.
    Results,
    /// Under the method.
    Method,
}

/// How the items of a list are numbered (contract §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbering {
    /// `key_0`, `key_1`, …
    #[default]
    FromZero,
    /// `key_1`, `key_2`, …
    FromOne,
    /// `key_3`, `key_5`, `key_7`, …
    Gaps,
}

/// The order of `users/list` (contract §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By `id`.
    #[default]
    Id,
    /// By `Account`.
    Account,
}

/// Which of the document's spellings of a parameter are understood (contract §1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// Those of the text: `UserFirstName`, `UserLastName`, `AliasType` with Local, Deliver, Domain.
    #[default]
    Text,
    /// Those of the list at the end: `FirstName`, `LastName`, `aliasType` with Local, Divert, Domain.
    List,
    /// Both.
    Both,
}

impl Names {
    pub(super) fn has_text(self) -> bool {
        matches!(self, Self::Text | Self::Both)
    }

    pub(super) fn has_list(self) -> bool {
        matches!(self, Self::List | Self::Both)
    }
}

/// What the service was told to be.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) base_path: String,
    pub(super) root: String,
    pub(super) owner: String,
    pub(super) owner_password: String,
    pub(super) quirks: BTreeSet<Quirk>,
    pub(super) auth_failure: AuthFailure,
    pub(super) message_place: MessagePlace,
    pub(super) depth: Depth,
    pub(super) numbering: Numbering,
    pub(super) order: Order,
    pub(super) names: Names,
    pub(super) default_volume: usize,
    pub(super) max_users: Option<usize>,
    pub(super) max_domains: Option<usize>,
}

impl Settings {
    pub(super) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}

/// What a service is made with; see [`Atmail::builder`].
#[derive(Clone)]
pub struct Builder {
    settings: Settings,
    clock: Option<Timestamp>,
    domains: Vec<String>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let settings = Settings {
            base_path: "/index.php/api".into(),
            root: "api".into(),
            owner: Atmail::USERNAME.into(),
            owner_password: Atmail::PASSWORD.into(),
            quirks: BTreeSet::new(),
            auth_failure: AuthFailure::default(),
            message_place: MessagePlace::default(),
            depth: Depth::default(),
            numbering: Numbering::default(),
            order: Order::default(),
            names: Names::default(),
            default_volume: 50,
            max_users: None,
            max_domains: None,
        };
        Self { settings, clock: None, domains: Vec::new() }
    }

    /// What every path begins with; `/index.php/api` unless told (contract §1).
    #[must_use]
    pub fn base_path(mut self, path: &str) -> Self {
        self.settings.base_path = format!("/{}", path.trim_matches('/'));
        self
    }

    /// The name of the root element; `api` unless told (contract §2).
    #[must_use]
    pub fn root(mut self, name: impl Into<String>) -> Self {
        self.settings.root = name.into();
        self
    }

    /// The administrator who may do everything; the documented example unless told (contract §1).
    #[must_use]
    pub fn admin(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.owner = username.into();
        self.settings.owner_password = password.into();
        self
    }

    /// One more empty domain.
    #[must_use]
    pub fn domain(mut self, name: impl Into<String>) -> Self {
        self.domains.push(name.into());
        self
    }

    /// Lets the service differ from the default.
    #[must_use]
    pub fn with(mut self, quirk: Quirk) -> Self {
        self.settings.quirks.insert(quirk);
        self
    }

    /// How missing or wrong credentials are refused.
    #[must_use]
    pub fn auth_failure(mut self, style: AuthFailure) -> Self {
        self.settings.auth_failure = style;
        self
    }

    /// Where `message` stands.
    #[must_use]
    pub fn message_place(mut self, place: MessagePlace) -> Self {
        self.settings.message_place = place;
        self
    }

    /// Where the items of lists and the records of views stand.
    #[must_use]
    pub fn depth(mut self, depth: Depth) -> Self {
        self.settings.depth = depth;
        self
    }

    /// How the items of lists are numbered.
    #[must_use]
    pub fn numbering(mut self, numbering: Numbering) -> Self {
        self.settings.numbering = numbering;
        self
    }

    /// The order of `users/list`.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.settings.order = order;
        self
    }

    /// Which spellings of parameters are understood.
    #[must_use]
    pub fn names(mut self, names: Names) -> Self {
        self.settings.names = names;
        self
    }

    /// How many users `users/list` tells without `volume`; 50 unless told (contract §3).
    #[must_use]
    pub fn default_volume(mut self, users: usize) -> Self {
        self.settings.default_volume = users;
        self
    }

    /// How many users the licence allows; no limit unless told (contract §2).
    #[must_use]
    pub fn max_users(mut self, users: usize) -> Self {
        self.settings.max_users = Some(users);
        self
    }

    /// How many domains the licence allows; no limit unless told (contract §2).
    #[must_use]
    pub fn max_domains(mut self, domains: usize) -> Self {
        self.settings.max_domains = Some(domains);
        self
    }

    /// Stops the clock that dates rows.
    #[must_use]
    pub fn clock(mut self, now: Timestamp) -> Self {
        self.clock = Some(now);
        self
    }

    /// Sets the service up with its empty domains.
    pub fn build(self) -> Atmail {
        let mut state = State::new(self.settings, self.clock);
        for domain in &self.domains {
            state.insert_domain(domain);
        }
        Atmail(Arc::new(Mutex::new(state)))
    }
}
