//! What the service holds: the tables behind the API. Contract sections 3 and 5.
//!
//! Text is kept in the spelling sent and found without regard to case. Must not know HTTP.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::settings::{Quirk, Settings};

/// The largest `UserQuota`: the column is an unsigned `mediumint`.
pub(super) const MAX_QUOTA: u64 = 16_777_215;
/// The characters that `Forward` holds.
pub(super) const FORWARD_WIDTH: usize = 128;
/// The characters that the columns of an alias hold.
pub(super) const ALIAS_WIDTH: usize = 200;

/// What a sub-admin may be allowed (contract §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Add users.
    UAdd,
    /// Delete users.
    UDelete,
    /// Change users.
    UModify,
    /// Purge mail; nothing in this API needs it.
    UPurge,
    /// View users.
    USearch,
    /// List and view users.
    UList,
    /// Migrate; nothing in this API needs it.
    UMigrate,
    /// Read logs; nothing in this API needs it.
    ULogs,
    /// List, create and delete aliases.
    UAlias,
    /// Everything, at every domain.
    UMasterAdmin,
}

impl Right {
    /// All of them in the order of the document.
    pub const ALL: [Self; 10] = [
        Self::UAdd,
        Self::UDelete,
        Self::UModify,
        Self::UPurge,
        Self::USearch,
        Self::UList,
        Self::UMigrate,
        Self::ULogs,
        Self::UAlias,
        Self::UMasterAdmin,
    ];

    /// Its parameter and column.
    pub fn word(self) -> &'static str {
        match self {
            Self::UAdd => "UAdd",
            Self::UDelete => "UDelete",
            Self::UModify => "UModify",
            Self::UPurge => "UPurge",
            Self::USearch => "USearch",
            Self::UList => "UList",
            Self::UMigrate => "UMigrate",
            Self::ULogs => "ULogs",
            Self::UAlias => "UAlias",
            Self::UMasterAdmin => "UMasterAdmin",
        }
    }
}

/// How a user logs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Password {
    /// Not at all: the column is NULL.
    #[default]
    Null,
    /// Made up by the service.
    Generated(String),
    Plain(String),
    Md5(String),
}

/// A row of `Users`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) account: String,
    pub(super) password: Password,
    pub(super) password_writes: u64,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) password_question: Option<String>,
    pub(super) other_email: Option<String>,
    /// In MB, or in KB where the service was told so.
    pub(super) quota: Option<u64>,
    /// 0 is enabled.
    pub(super) status: u64,
    pub(super) mail_dir: Option<String>,
    pub(super) forward: Option<String>,
    pub(super) auto_reply: Option<String>,
    pub(super) created: String,
    pub(super) modified: String,
}

impl User {
    pub(super) fn domain(&self) -> &str {
        domain_of(&self.account)
    }
}

/// A row of `MailAliases`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alias {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) to: String,
    pub(super) domain: String,
    pub(super) mail_dir: Option<String>,
    /// What it was created as; the table of the real service has no such column.
    pub(super) kind: &'static str,
    pub(super) created: String,
}

/// A row of `Domains`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Domain {
    pub(super) hostname: String,
    pub(super) enabled: bool,
}

/// A row of `AdminUsers` with its rows of `AdminGroup`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Admin {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) password_writes: u64,
    pub(super) rights: BTreeSet<Right>,
    /// Keys of domains; those that are gone are not among them.
    pub(super) domains: BTreeSet<String>,
    pub(super) num_users: Option<u64>,
    pub(super) num_quota: Option<u64>,
    pub(super) company: Option<String>,
    pub(super) full_name: Option<String>,
}

impl Admin {
    pub(super) fn has(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }
}

/// Everything behind one service.
pub(super) struct State {
    pub(super) settings: Settings,
    /// Where it stands still, if it does.
    pub(super) clock: Option<Timestamp>,
    /// By key.
    pub(super) domains: BTreeMap<String, Domain>,
    /// By key.
    pub(super) users: BTreeMap<String, User>,
    /// In the order of `id`.
    pub(super) aliases: Vec<Alias>,
    /// By key.
    pub(super) admins: BTreeMap<String, Admin>,
    /// Operations that write and came by GET.
    pub(super) writes_by_get: Vec<String>,
    /// Operations whose URL held a password.
    pub(super) passwords_in_urls: Vec<String>,
    /// Parameters that their operation did not look at.
    pub(super) ignored: BTreeSet<String>,
    user_serial: u64,
    alias_serial: u64,
}

/// Names are found without regard to case.
pub(super) fn key(name: &str) -> String {
    name.to_lowercase()
}

/// The domain of an address, of `@domain` or of a bare domain.
pub(super) fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain)
}

/// As many characters as a column holds.
pub(super) fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

/// What an empty value leaves: NULL.
pub(super) fn nullable(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl State {
    pub(super) fn new(settings: Settings, clock: Option<Timestamp>) -> Self {
        Self {
            settings,
            clock,
            domains: BTreeMap::new(),
            users: BTreeMap::new(),
            aliases: Vec::new(),
            admins: BTreeMap::new(),
            writes_by_get: Vec::new(),
            passwords_in_urls: Vec::new(),
            ignored: BTreeSet::new(),
            user_serial: 0,
            alias_serial: 0,
        }
    }

    /// The present as a `datetime` column.
    pub(super) fn now(&self) -> String {
        let now = self.clock.unwrap_or_else(Timestamp::now).to_zoned(TimeZone::UTC);
        now.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The number of a quota column for so many MB.
    pub(super) fn column_quota(&self, megabytes: u64) -> u64 {
        self.column_total(megabytes).min(MAX_QUOTA)
    }

    /// So many MB in the unit of the quota column, however many.
    pub(super) fn column_total(&self, megabytes: u64) -> u64 {
        let unit = if self.settings.has(Quirk::QuotaInKb) { 1024 } else { 1 };
        megabytes.saturating_mul(unit)
    }

    pub(super) fn has_domain(&self, name: &str) -> bool {
        self.domains.contains_key(&key(name))
    }

    /// Makes a domain; one that exists stays as it is.
    pub(super) fn insert_domain(&mut self, name: &str) {
        let domain = Domain { hostname: name.to_owned(), enabled: true };
        self.domains.entry(key(name)).or_insert(domain);
    }

    /// Removes a domain with its delegations, not what is inside.
    pub(super) fn remove_domain(&mut self, name: &str) {
        let name = key(name);
        self.domains.remove(&name);
        for admin in self.admins.values_mut() {
            admin.domains.remove(&name);
        }
    }

    /// The users of a domain.
    pub(super) fn users_at(&self, domain: &str) -> impl Iterator<Item = &User> {
        let domain = key(domain);
        self.users.values().filter(move |user| key(user.domain()) == domain)
    }

    /// Makes an empty user, or replaces one.
    pub(super) fn insert_user(&mut self, account: &str) -> &mut User {
        self.user_serial += 1;
        let now = self.now();
        let letters: String = account.chars().take(2).flat_map(|letter| [letter, '/']).collect();
        let user = User {
            id: self.user_serial,
            account: account.to_owned(),
            mail_dir: Some(format!("/srv/atmail/users/{letters}{account}")),
            created: now.clone(),
            modified: now,
            ..User::default()
        };
        let at = self.users.entry(key(account)).or_default();
        *at = user;
        at
    }

    /// Adds a row; columns cut what is too long for them.
    pub(super) fn insert_alias(&mut self, name: &str, to: &str, mail_dir: Option<&str>, kind: &'static str) {
        self.alias_serial += 1;
        let alias = Alias {
            id: self.alias_serial,
            name: cut(name, ALIAS_WIDTH),
            to: cut(to, ALIAS_WIDTH),
            domain: domain_of(name).to_owned(),
            mail_dir: mail_dir.map(|path| cut(path, ALIAS_WIDTH)),
            kind,
            created: self.now(),
        };
        self.aliases.push(alias);
    }
}
