//! Administrators: the row of `admin` and those of `domain_admins`, as PostfixAdmin writes them.
//!
//! A super administrator is one by `admin.superadmin` and by the row `ALL` of `domain_admins` together: PostfixAdmin asks
//! now the one, now the other. Both are written, whichever of them was there.

use std::collections::BTreeSet;

use secrecy::ExposeSecret as _;

use super::super::convert::{ALL, AdministratorRows, AdministratorWish, DomainRight, SWITCHED_OFF};
use super::super::password::{NO_LOGIN, Password};
use super::{Work, Wrote, gone, taken};
use crate::model::{Change, DomainName, Verb};
use crate::provider::{ErrorKind, ProviderError};

pub(super) async fn carry_out(
    work: &mut Work<'_>,
    verb: Verb,
    login: &str,
    change: &Change,
    password: Option<&Password>,
) -> Result<Wrote, ProviderError> {
    let wish = AdministratorWish::of(change)?;
    match (verb, stored(work, login).await?) {
        (Verb::Create, None) => create(work, login, &wish, password).await,
        (Verb::Create, Some(stored)) if !stored.is(&wish) => Err(taken(&change.identity).at(work.doing)),
        (Verb::Create, Some(stored)) if password.is_some() => {
            Ok(Wrote::NothingIf { stored: stored.password })
        }
        (Verb::Create, Some(_)) | (Verb::Delete, None) => Ok(Wrote::Nothing),
        (Verb::Delete, Some(stored)) => delete(work, &stored.rows.username).await,
        (Verb::Update | Verb::Rename, None) => Err(gone(&change.identity).at(work.doing)),
        (Verb::Update | Verb::Rename, Some(stored)) if !stored.rows.active => {
            Err(work.error(ErrorKind::Conflict, SWITCHED_OFF))
        }
        (Verb::Update | Verb::Rename, Some(stored)) if password.is_none() && stored.is(&wish) => {
            Ok(Wrote::Nothing)
        }
        (Verb::Update | Verb::Rename, Some(stored)) => update(work, &stored.rows, &wish, password).await,
    }
}

/// What is stored of an administrator.
struct Stored {
    rows: AdministratorRows,
    password: String,
}

impl Stored {
    /// Whether it already is, and works, as wished.
    fn is(&self, wish: &AdministratorWish) -> bool {
        self.rows.active
            && wish.full.is_none_or(|full| self.rows.full() == Ok(full))
            && wish.domains.as_ref().is_none_or(|domains| self.rows.domains().as_ref() == Ok(domains))
    }
}

async fn stored(work: &mut Work<'_>, login: &str) -> Result<Option<Stored>, ProviderError> {
    let found = work.link.rows(SELECT, &[login.into()]).await.map_err(|error| work.fault(&error))?;
    let row = match &found[..] {
        [] => return Ok(None),
        [row] => row,
        _ => {
            let message = format!("{login} is stored more than once, in spellings that differ in case");
            return Err(work
                .error(ErrorKind::Conflict, message)
                .hint("keep the one in lower case, in PostfixAdmin"));
        }
    };
    let username = row.text(0).unwrap_or_else(|| login.to_owned());
    let (superadmin, active) = (row.flag(1).unwrap_or(false), row.flag(2).unwrap_or(false));
    let password = row.text(3).unwrap_or_default();
    let domains = rights(work, &username).await?;
    Ok(Some(Stored { rows: AdministratorRows { username, superadmin, active, domains }, password }))
}

async fn rights(work: &mut Work<'_>, username: &str) -> Result<Vec<DomainRight>, ProviderError> {
    let rows = work.link.rows(RIGHTS, &[username.into()]).await.map_err(|error| work.fault(&error))?;
    let right = |row: &super::Row| DomainRight { domain: row.text(0), active: row.flag(1).unwrap_or(false) };
    Ok(rows.iter().map(right).collect())
}

async fn create(
    work: &mut Work<'_>,
    login: &str,
    wish: &AdministratorWish,
    password: Option<&Password>,
) -> Result<Wrote, ProviderError> {
    let full = wish.full.unwrap_or(false);
    let hash = password.map_or(NO_LOGIN, |password| password.hash.expose_secret());
    work.put(INSERT, &[login.into(), hash.into(), full.into()]).await?;
    // What an administrator of this name once looked after must not come back with it.
    let left = work.write(DELETE_RIGHTS, &[login]).await?;
    if left > 0 {
        work.note(format!("{left} row(s) of domain_admins that an earlier {login} left were removed"));
    }
    let empty = BTreeSet::new();
    give(work, login, wish.domains.as_ref().unwrap_or(&empty)).await?;
    if full {
        give_all(work, login).await?;
    }
    if password.is_none() {
        work.note("no password is declared: nobody can log in until one is set");
    }
    work.log("", "create_admin", login).await?;
    Ok(Wrote::Rows)
}

async fn update(
    work: &mut Work<'_>,
    stored: &AdministratorRows,
    wish: &AdministratorWish,
    password: Option<&Password>,
) -> Result<Wrote, ProviderError> {
    let key = &stored.username;
    work.put(UPDATE, &[key.into(), wish.full.into()]).await?;
    if let Some(wished) = &wish.domains {
        let there = leave(work, key, &stored.domains, wished).await?;
        give(work, key, &wished.difference(&there).cloned().collect()).await?;
    }
    let has_all = stored.domains.iter().any(DomainRight::is_all);
    match wish.full {
        Some(true) if !has_all => give_all(work, key).await?,
        Some(false) if has_all => {
            work.write(DELETE_RIGHT, &[key, ALL]).await?;
        }
        _ => {}
    }
    if let Some(password) = password {
        work.write(SET_PASSWORD, &[key, password.hash.expose_secret()]).await?;
    }
    work.log("", "edit_admin", key).await?;
    Ok(Wrote::Rows)
}

/// Takes from an administrator the domains that it is not to look after; those that stay.
async fn leave(
    work: &mut Work<'_>,
    key: &str,
    stored: &[DomainRight],
    wished: &BTreeSet<DomainName>,
) -> Result<BTreeSet<DomainName>, ProviderError> {
    let named = |row: &DomainRight| row.domain.as_deref().and_then(|text| DomainName::parse(text).ok());
    let off: BTreeSet<DomainName> = stored.iter().filter(|row| !row.active).filter_map(named).collect();
    let mut there = BTreeSet::new();
    for row in stored.iter().filter(|row| !row.is_all()) {
        match (named(row).filter(|name| wished.contains(name) && !off.contains(name)), &row.domain) {
            (Some(name), _) => {
                there.insert(name);
            }
            // A row that stands twice goes as a whole.
            (None, Some(text)) => {
                work.write(DELETE_RIGHT, &[key, text]).await?;
            }
            (None, None) => {}
        }
    }
    Ok(there)
}

/// Gives an administrator domains that it does not have.
async fn give(work: &mut Work<'_>, key: &str, domains: &BTreeSet<DomainName>) -> Result<(), ProviderError> {
    for name in domains {
        let Some(domain) = work.domain(name.as_str()).await? else {
            let message = format!("{name} is not a domain of this database, which {key} is to look after");
            return Err(work
                .error(ErrorKind::Invalid, message)
                .hint(format!("declare {name} with `manage: true`, or leave it out")));
        };
        work.write(INSERT_RIGHT, &[key, &domain.domain]).await?;
    }
    Ok(())
}

/// Gives an administrator every domain. PostgreSQL wants a row of `domain` for that, which PostfixAdmin's set-up page
/// makes in every database and its other ways in none.
async fn give_all(work: &mut Work<'_>, key: &str) -> Result<(), ProviderError> {
    work.write(MAKE_ALL, &[]).await?;
    work.write(INSERT_RIGHT, &[key, ALL]).await.map(|_| ())
}

async fn delete(work: &mut Work<'_>, key: &str) -> Result<Wrote, ProviderError> {
    work.write(DELETE_RIGHTS, &[key]).await?;
    work.write("DELETE FROM admin WHERE username = ?1", &[key]).await?;
    // PostfixAdmin writes this word for the domain here, and none with the other two.
    work.log("admin", "delete_admin", key).await?;
    Ok(Wrote::Rows)
}

const SELECT: &str = "SELECT {text username}, {flag superadmin}, {flag active}, {text password} FROM admin \
     WHERE {same username ?1} {for_update}";

const RIGHTS: &str =
    "SELECT {text domain}, {flag active} FROM domain_admins WHERE username = ?1 ORDER BY domain {for_update}";

const INSERT: &str = "INSERT INTO admin (username, password, superadmin, created, modified, active, phone, \
     email_other, token, token_validity) VALUES (?1, ?2, ?3, {now}, {now}, {true}, '', '', '', {now})";

const UPDATE: &str =
    "UPDATE admin SET superadmin = coalesce(?2, superadmin), modified = {now} WHERE username = ?1";

const SET_PASSWORD: &str = "UPDATE admin SET password = ?2 WHERE username = ?1";

const INSERT_RIGHT: &str =
    "INSERT INTO domain_admins (username, domain, created, active) VALUES (?1, ?2, {now}, {true})";

const DELETE_RIGHT: &str = "DELETE FROM domain_admins WHERE username = ?1 AND domain = ?2";

const DELETE_RIGHTS: &str = "DELETE FROM domain_admins WHERE username = ?1";

const MAKE_ALL: &str = "INSERT INTO domain (domain, description, transport, created, modified) \
     VALUES ('ALL', '', '', {now}, {now}) {unless_there domain}";
