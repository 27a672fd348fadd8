//! The rows of the box and what lies on its disk.
//!
//! Must not know HTTP. Names follow the box's own tables and files.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use super::kick::Configuration;
use super::table::Table;
use super::text::Crash;
use super::{SystemCommand, Version, order, quota};

/// A row of `users`.
pub(super) struct User {
    pub(super) id: u64,
    pub(super) password: String,
    /// Another one with each write of the password, as the salt of the real hash.
    pub(super) salt: u64,
    pub(super) password_writes: u64,
    pub(super) privileges: Vec<String>,
    pub(super) quota: String,
}

/// A row of `aliases`; destinations and senders are comma-joined text.
#[derive(Clone)]
pub(super) struct Alias {
    pub(super) destination: String,
    pub(super) permitted_senders: Option<String>,
}

/// A row of `mfa`. Rows of removed users stay.
pub(super) struct Totp {
    pub(super) id: u64,
    pub(super) user_id: u64,
    pub(super) secret: [u8; 20],
    pub(super) label: Option<String>,
    /// Time steps whose token was taken.
    pub(super) used: Vec<u64>,
}

/// A login session.
pub(super) struct Session {
    pub(super) key: String,
    pub(super) email: String,
    /// The password and MFA state at login; another state ends the session.
    pub(super) token: String,
    pub(super) used_at: u64,
}

/// A directory `mail/mailboxes/DOMAIN/USER`.
#[derive(Default)]
pub(super) struct Maildir {
    /// The limit in `maildirsize`, in bytes (0 is none); `None` where that file does not exist.
    pub(super) limit: Option<u64>,
    /// Bytes of mail.
    pub(super) used: u64,
}

/// One alias as the list shows it.
pub(super) struct Listed {
    pub(super) address: String,
    pub(super) destination: String,
    pub(super) permitted_senders: Option<String>,
    pub(super) auto: bool,
}

/// The names of automatic aliases: no explicit one of another name is ever hidden.
const NAMES: [&str; 5] = ["postmaster", "admin", "abuse", "hostmaster", ""];

/// Everything that the box knows.
pub(super) struct State {
    pub(super) primary: String,
    pub(super) api_key: String,
    pub(super) version: Version,
    pub(super) users: Table<User>,
    pub(super) aliases: Table<Alias>,
    pub(super) auto_aliases: BTreeMap<String, String>,
    /// By the address `USER@DOMAIN`.
    pub(super) maildirs: BTreeMap<String, Maildir>,
    pub(super) mfa: Vec<Totp>,
    /// The least recently used first.
    pub(super) sessions: Vec<Session>,
    pub(super) configuration: Configuration,
    pub(super) broken: BTreeSet<SystemCommand>,
    pub(super) clock: Option<u64>,
    pub(super) failed_logins: u64,
    pub(super) kicks: u64,
    /// Ids of `mfa` rows are never given twice.
    pub(super) last_mfa_id: u64,
    last_number: u64,
}

impl State {
    pub(super) fn new(primary: String, api_key: String, version: Version) -> Self {
        Self {
            primary,
            api_key,
            version,
            users: Table::default(),
            aliases: Table::default(),
            auto_aliases: BTreeMap::new(),
            maildirs: BTreeMap::new(),
            mfa: Vec::new(),
            sessions: Vec::new(),
            configuration: Configuration::default(),
            broken: BTreeSet::new(),
            clock: None,
            failed_logins: 0,
            kicks: 0,
            last_mfa_id: 0,
            last_number: 0,
        }
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        let system = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
        self.clock.unwrap_or_else(system)
    }

    /// A number that was never given before: row ids and salts.
    pub(super) fn fresh_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Inserts a user; `false` where the address is taken.
    pub(super) fn insert_user(
        &mut self,
        email: &str,
        password: &str,
        privileges: Vec<String>,
        quota: String,
    ) -> bool {
        if self.users.contains_key(email) {
            return false;
        }
        let (id, salt) = (self.fresh_number(), self.fresh_number());
        let password = password.to_owned();
        let user = User { id, password, salt, password_writes: 1, privileges, quota };
        self.users.insert(email.to_owned(), user);
        true
    }

    /// `doveadm quota recalc`: makes the mail directory and writes the limit into it.
    pub(super) fn recalculate(&mut self, email: &str) -> Result<(), Crash> {
        if self.version < Version::V75 {
            return Ok(());
        }
        if self.broken.contains(&SystemCommand::Dovecot) {
            return Err(Crash);
        }
        let stored = self.users.get(email).map_or("0", |user| user.quota.as_str());
        let limit = quota::bytes(stored).ok_or(Crash)?;
        self.maildirs.entry(email.to_owned()).or_default().limit = Some(limit);
        Ok(())
    }

    /// Logins in the order of the lists.
    pub(super) fn sorted_users(&self) -> Vec<String> {
        order::sort_addresses(self.users.keys().map(String::as_str), &self.primary)
    }

    /// Whether the list shows the automatic row of this address in place of this explicit one. Of the two it shows
    /// the one with the greater (destination, senders, auto): the box's own bug, contract section 4.
    pub(super) fn is_hidden(&self, address: &str, row: &Alias) -> bool {
        let explicit = (row.destination.as_str(), row.permitted_senders.as_deref(), false);
        self.auto_aliases.get(address).is_some_and(|target| (target.as_str(), None, true) > explicit)
    }

    /// The explicit alias of this address, unless it is hidden.
    pub(super) fn shown_alias(&self, address: &str) -> Option<&Alias> {
        self.aliases.get(address).filter(|row| !self.is_hidden(address, row))
    }

    /// Aliases in the order of the lists.
    pub(super) fn listed_aliases(&self) -> Vec<Listed> {
        let addresses = self.aliases.keys().chain(self.auto_aliases.keys()).map(String::as_str);
        order::sort_addresses(addresses, &self.primary)
            .into_iter()
            .filter_map(|address| {
                let explicit = self.aliases.get(&address).filter(|row| !self.is_hidden(&address, row));
                let (destination, permitted_senders, auto) = match explicit {
                    Some(row) => (row.destination.clone(), row.permitted_senders.clone(), false),
                    None => (self.auto_aliases.get(&address)?.clone(), None, true),
                };
                Some(Listed { address, destination, permitted_senders, auto })
            })
            .collect()
    }

    /// Domains of the users.
    pub(super) fn user_domains(&self) -> BTreeSet<String> {
        self.users.domains().map(|(domain, _)| domain.to_owned()).collect()
    }

    /// Domains of the users and of the explicit aliases that the list shows and `counts` accepts. It accepts every one
    /// whose name is none of [`NAMES`].
    pub(super) fn mail_domains(&self, counts: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let mut domains = self.user_domains();
        for (domain, rows) in self.aliases.domains() {
            let named = NAMES.map(|name| format!("{name}@{domain}"));
            let held = named.iter().filter(|address| self.aliases.contains_key(*address)).count();
            let shown = |address: &String| counts(address) && self.shown_alias(address).is_some();
            if rows > held || named.iter().any(shown) {
                domains.insert(domain.to_owned());
            }
        }
        domains
    }
}
