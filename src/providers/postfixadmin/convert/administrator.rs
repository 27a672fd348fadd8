//! Administrators: rows of `admin`, each with its rows of `domain_admins`.

use std::collections::BTreeSet;

use super::wish::{Asked, Flag, asked, flag, wrong_type};
use super::{NOT_UTF8, SWITCHED_OFF};
use crate::model::{Change, DomainName, Field, Identity, ObservedObject, Reading, Readings, Standing, Value};
use crate::provider::ProviderError;

/// PostfixAdmin's word for every domain: as a row of `domain_admins` a super administrator has it.
pub(in super::super) const ALL: &str = "ALL";

/// What stands in the database of one administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct AdministratorRows {
    /// The login as stored.
    pub(in super::super) username: String,
    pub(in super::super) superadmin: bool,
    pub(in super::super) active: bool,
    /// The rows of `domain_admins`, which may name a domain twice: no key forbids it.
    pub(in super::super) domains: Vec<DomainRight>,
}

/// A row of `domain_admins`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct DomainRight {
    /// The domain as stored; none where that is no text in UTF-8.
    pub(in super::super) domain: Option<String>,
    pub(in super::super) active: bool,
}

impl DomainRight {
    /// Whether it stands for every domain.
    pub(in super::super) fn is_all(&self) -> bool {
        self.domain.as_deref() == Some(ALL)
    }
}

impl AdministratorRows {
    /// Whether it is a super administrator, or why that cannot be said.
    ///
    /// PostfixAdmin looks at `admin.superadmin` when somebody logs in and at the row `ALL` when it is asked whose a
    /// domain is. Half of the two is neither a yes nor a no.
    pub(in super::super) fn full(&self) -> Result<bool, &'static str> {
        let all: Vec<&DomainRight> = self.domains.iter().filter(|row| row.is_all()).collect();
        match (self.superadmin, all.is_empty()) {
            (_, false) if all.iter().any(|row| !row.active) => Err(
                "its row ALL of domain_admins is switched off (active = 0), which some of PostfixAdmin's pages obey and \
                 others do not; delete that row",
            ),
            (true, false) => Ok(true),
            (true, true) => Err(
                "it is half a super administrator: it may do everything where PostfixAdmin asks admin.superadmin, and \
                 nothing where it asks for its row ALL in domain_admins, which is missing; take `Super admin` from it in \
                 PostfixAdmin, or delete it",
            ),
            // It looks after each domain, which `domains` says, and makes neither domains nor administrators.
            (false, _) => Ok(false),
        }
    }

    /// The domains that it looks after by rows of their own, or why they cannot be told.
    pub(in super::super) fn domains(&self) -> Result<BTreeSet<DomainName>, String> {
        if !self.superadmin && self.domains.iter().any(DomainRight::is_all) {
            return Err(
                "it looks after every domain by its row ALL of domain_admins without being a super administrator; \
                 `full: true` makes it a whole one"
                    .to_owned(),
            );
        }
        let own = self.domains.iter().filter(|row| !row.is_all());
        own.map(|row| match row.domain.as_deref().map(|text| (text, DomainName::parse(text))) {
            Some((text, Ok(_))) if !row.active => Err(format!(
                "its row for {text} in domain_admins is switched off (active = 0), which some of PostfixAdmin's pages obey \
                 and others do not; delete that row"
            )),
            Some((_, Ok(name))) => Ok(name),
            Some((text, Err(_))) => Err(format!("`{}` is no domain", text.escape_debug())),
            None => Err(NOT_UTF8.to_owned()),
        })
        .collect()
    }
}

/// An administrator.
pub(in super::super) fn administrator(identity: Identity, rows: &AdministratorRows) -> ObservedObject {
    let key = identity.to_string();
    let mut object = ObservedObject::plain(identity, Readings::new());
    let (full, domains) = if rows.active {
        let full = rows
            .full()
            .map_or_else(|reason| Reading::NotRead(reason.into()), |full| Reading::Known(Value::Bool(full)));
        let domains = rows.domains().map_or_else(
            |reason| Reading::NotRead(reason.into()),
            |domains| Reading::Known(Value::Domains(domains)),
        );
        (full, domains)
    } else {
        object.standing = Standing::Foreign(SWITCHED_OFF.into());
        (Reading::NotRead(SWITCHED_OFF.into()), Reading::NotRead(SWITCHED_OFF.into()))
    };
    object.fields.set(Field::Full, full);
    object.fields.set(Field::Domains, domains);
    if rows.username != key {
        object.facts.insert("stored_as".to_owned(), format!("{}, and is to be typed so", rows.username));
    }
    object
}

/// What a change asks of an administrator; none for what it leaves alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct AdministratorWish {
    pub(in super::super) domains: Option<BTreeSet<DomainName>>,
    pub(in super::super) full: Option<bool>,
}

impl AdministratorWish {
    /// Reads a change of an administrator.
    pub(in super::super) fn of(change: &Change) -> Result<Self, ProviderError> {
        let domains = match asked(change, &Field::Domains) {
            Asked::Nothing => None,
            Asked::Empty => Some(BTreeSet::new()),
            Asked::Value(Value::Domains(domains)) => Some(domains.clone()),
            Asked::Value(_) => return Err(wrong_type(&Field::Domains)),
        };
        Ok(Self { domains, full: flag(change, &Field::Full, Flag::Off)? })
    }
}
