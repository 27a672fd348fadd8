//! The records of the service's lists and views, as they are told (`contracts/atmail.md §3`). What they mean is
//! `convert.rs`'s and `rows.rs`'s business.

use std::fmt;

use crate::model::{Address, DomainName};

use super::account::Me;
use super::envelope::Record;
use super::fields::{
    ACCOUNT, ADMIN_SETTINGS, DOMAINS_TOLD, FAMILY_NAME, FORWARD, GIVEN_NAME, Key, MASTER, QUOTA, REPLY,
    RIGHTS, STATE, USERNAME,
};

/// An account. A field is none where it was not told, and empty where it has no value.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct User {
    /// Its name, as stored.
    pub(super) account: String,
    pub(super) given_name: Option<String>,
    pub(super) family_name: Option<String>,
    pub(super) quota: Option<String>,
    pub(super) status: Option<String>,
    pub(super) forward: Option<String>,
    pub(super) auto_reply: Option<String>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("account", &self.account).finish_non_exhaustive()
    }
}

impl User {
    /// The account of an item; none where that names none.
    pub(super) fn of(record: Record<'_>) -> Option<Self> {
        let text = |key: Key| record.text(key.told).map(str::to_owned);
        Some(Self {
            account: record.name(ACCOUNT).filter(|name| !name.is_empty())?.to_owned(),
            given_name: text(GIVEN_NAME),
            family_name: text(FAMILY_NAME),
            quota: text(QUOTA),
            status: text(STATE),
            forward: text(FORWARD),
            auto_reply: text(REPLY),
        })
    }

    /// Its address; none where its name is nothing that can be managed here.
    pub(super) fn address(&self) -> Option<Address> {
        Address::parse(&self.account).ok()
    }

    /// The account with what another telling of it adds.
    pub(super) fn filled(self, other: Self) -> Self {
        Self {
            account: self.account,
            given_name: self.given_name.or(other.given_name),
            family_name: self.family_name.or(other.family_name),
            quota: self.quota.or(other.quota),
            status: self.status.or(other.status),
            forward: self.forward.or(other.forward),
            auto_reply: self.auto_reply.or(other.auto_reply),
        }
    }
}

/// What sort of alias a row is, where the list tells that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowType {
    /// Delivers elsewhere.
    Local,
    /// Delivers elsewhere, and to the account of the same name.
    Deliver,
    /// Diverts a domain.
    Domain,
    /// Another.
    Other,
}

/// A row of the aliases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The address, or the domain, as stored.
    pub(super) name: String,
    /// Where it delivers, as stored.
    pub(super) to: String,
    /// Whether it delivers into a folder of the server.
    pub(super) has_folder: bool,
    pub(super) sort: Option<RowType>,
}

impl Row {
    /// The row of an item; none where that is no alias.
    pub(super) fn of(record: Record<'_>) -> Option<Self> {
        let sort = record.text(&["AliasType"]).filter(|word| !word.is_empty());
        Some(Self {
            name: record.text(&["AliasName"]).filter(|name| !name.is_empty())?.to_owned(),
            to: record.text(&["AliasTo"]).unwrap_or_default().to_owned(),
            has_folder: record.text(&["AliasMailDir"]).is_some_and(|folder| !folder.is_empty()),
            sort: sort.map(|word| match word.to_ascii_lowercase().as_str() {
                "local" | "divert" => RowType::Local,
                "deliver" => RowType::Deliver,
                "domain" => RowType::Domain,
                _ => RowType::Other,
            }),
        })
    }

    /// The domain that it belongs to, in small letters.
    pub(super) fn domain(&self) -> String {
        let name = self.name.rsplit_once('@').map_or(self.name.as_str(), |(_, domain)| domain);
        DomainName::parse(name)
            .map_or_else(|_| name.to_ascii_lowercase(), |domain| domain.as_str().to_owned())
    }
}

/// A sub-admin. A field is none where it was not told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct AdminRecord {
    pub(super) login: String,
    pub(super) full: Option<bool>,
    /// The rights in the order of [`RIGHTS`].
    pub(super) rights: [Option<bool>; 9],
    pub(super) domains: Option<Vec<String>>,
    /// The settings in the order of [`ADMIN_SETTINGS`].
    pub(super) settings: [Option<String>; 4],
}

impl AdminRecord {
    /// The sub-admin of an item; none where that names none.
    pub(super) fn of(record: Record<'_>) -> Option<Self> {
        let login = record.name(&[USERNAME]).filter(|login| !login.is_empty())?;
        let flag = |key: &str| record.text(&[key]).map(is_yes);
        Some(Self {
            login: login.to_owned(),
            full: flag(MASTER),
            rights: RIGHTS.map(|(_, key)| flag(key)),
            domains: record
                .members(DOMAINS_TOLD)
                .map(|domains| domains.into_iter().map(str::to_owned).collect()),
            settings: ADMIN_SETTINGS.map(|setting| record.text(&[setting.key]).map(str::to_owned)),
        })
    }

    /// True where the record tells some right.
    pub(super) fn tells_rights(&self) -> bool {
        self.rights.iter().any(Option::is_some)
    }

    /// Whether it has the right of this word; none where that is not told.
    pub(super) fn right(&self, word: &str) -> Option<bool> {
        RIGHTS.iter().zip(self.rights).find(|((known, _), _)| *known == word).and_then(|(_, told)| told)
    }

    /// What it is as this connection's login.
    pub(super) fn as_me(&self) -> Me {
        Me::SubAdmin {
            full: self.full == Some(true),
            lists_users: self.right("list"),
            aliases: self.right("alias"),
        }
    }

    /// The record with what another telling of it adds.
    pub(super) fn filled(self, other: Self) -> Self {
        let mut rights = self.rights;
        for (own, other) in rights.iter_mut().zip(other.rights) {
            *own = own.or(other);
        }
        let mut settings = self.settings;
        for (own, other) in settings.iter_mut().zip(other.settings) {
            *own = own.take().or(other);
        }
        Self {
            full: self.full.or(other.full),
            rights,
            domains: self.domains.or(other.domains),
            settings,
            ..self
        }
    }
}

fn is_yes(text: &str) -> bool {
    !matches!(text.to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "n" | "off")
}
