//! Mailboxes: the row of `mailbox`, the self row of `alias`, and what else goes when a mailbox goes.

use secrecy::ExposeSecret as _;

use super::super::convert::{self, MailboxWish};
use super::super::password::{NO_LOGIN, Password};
use super::super::spelling::Table;
use super::{DomainLimits, Work, Wrote, gone, taken};
use crate::model::{Address, Change, Quota, Verb};
use crate::provider::{ErrorKind, ProviderError};

/// PostfixAdmin counts a domain's limits in MB of 1024000 or 1048576 bytes, as its own configuration says. The larger
/// one is taken: a limit that is a little wide does no harm, one too narrow would refuse what PostfixAdmin allows.
const MB: i64 = 1_048_576;

/// How many days PostfixAdmin gives a password where the domain does not say.
const PASSWORD_DAYS: i64 = 365;

pub(super) async fn carry_out(
    work: &mut Work<'_>,
    verb: Verb,
    address: &Address,
    change: &Change,
    password: Option<&Password>,
) -> Result<Wrote, ProviderError> {
    match verb {
        Verb::Create => create(work, address, change, password).await,
        Verb::Update | Verb::Rename => update(work, address, change, password).await,
        Verb::Delete => delete(work, address).await,
    }
}

/// A row of `mailbox` as it is stored.
struct Stored {
    key: String,
    name: Option<String>,
    quota: i64,
    active: bool,
    phone: Option<String>,
    email_other: Option<String>,
    password: String,
}

impl Stored {
    /// Whether the row already is as wished. A limit that is switched off is none.
    fn is(&self, wish: &MailboxWish) -> bool {
        let same = |wished: &Option<String>, stored: &Option<String>| wished.is_none() || wished == stored;
        same(&wish.name, &self.name)
            && same(&wish.phone, &self.phone)
            && same(&wish.email_other, &self.email_other)
            && wish.quota.is_none_or(|quota| convert::quota(quota) == convert::quota(self.quota))
            && wish.active.is_none_or(|active| active == self.active)
    }
}

async fn stored(work: &mut Work<'_>, address: &Address) -> Result<Option<Stored>, ProviderError> {
    let key = work.key(Table::Mailbox, address)?.into_owned();
    let row = work.row(SELECT, &key).await?;
    Ok(row.map(|row| Stored {
        key,
        name: row.text(0),
        quota: row.number(1).unwrap_or(0),
        active: row.flag(2).unwrap_or(false),
        phone: row.text(3),
        email_other: row.text(4),
        password: row.text(5).unwrap_or_default(),
    }))
}

async fn create(
    work: &mut Work<'_>,
    address: &Address,
    change: &Change,
    password: Option<&Password>,
) -> Result<Wrote, ProviderError> {
    let wish = MailboxWish::of(change)?;
    if let Some(stored) = stored(work, address).await? {
        return match password {
            _ if !stored.is(&wish) => Err(taken(&change.identity).at(work.doing)),
            None => Ok(Wrote::Nothing),
            Some(_) => Ok(Wrote::NothingIf { stored: stored.password }),
        };
    }
    if address.local().contains('/') {
        return Err(work
            .error(
                ErrorKind::Invalid,
                format!("{address} cannot be a mailbox: `/` would make its maildir a folder of another one"),
            )
            .hint("choose another address"));
    }
    if work.alias_row(address).await?.is_some() {
        return Err(work
            .error(ErrorKind::Conflict, format!("an alias holds {address}"))
            .hint("declare the alias `absent`, or make a new plan"));
    }
    let domain = work.domain_of(address).await?;
    check_count(work, &domain).await?;
    check_quota(work, &domain, wish.quota)?;
    insert(work, address, &domain, &wish, password).await?;
    // What a mailbox of this name once granted must not come back with it (contracts/postfixadmin.md §7.6).
    if work.has_permissions().await? {
        work.write(DELETE_GRANTS, &[address.as_str()]).await?;
    }
    if password.is_none() {
        work.note("no password is declared: nobody can log in until one is set");
    }
    if wish.active == Some(false) {
        note_catch_all(work, address).await?;
    }
    work.log(&domain.domain, "create_mailbox", address.as_str()).await?;
    Ok(Wrote::Rows)
}

async fn insert(
    work: &mut Work<'_>,
    address: &Address,
    domain: &DomainLimits,
    wish: &MailboxWish,
    password: Option<&Password>,
) -> Result<(), ProviderError> {
    let active = wish.active.unwrap_or(true);
    let key = address.as_str();
    let maildir = format!("{}/{}/", address.domain(), address.local());
    let binds = [
        key.into(),
        password.map_or(NO_LOGIN, |password| password.hash.expose_secret()).into(),
        wish.name.as_deref().unwrap_or_default().into(),
        (&maildir).into(),
        wish.quota.unwrap_or(0).into(),
        address.local().into(),
        (&domain.domain).into(),
        active.into(),
        wish.phone.as_deref().unwrap_or_default().into(),
        wish.email_other.as_deref().unwrap_or_default().into(),
        password_days(Some(domain)).into(),
    ];
    work.put(INSERT, &binds).await?;
    work.put(INSERT_SELF, &[key.into(), (&domain.domain).into(), active.into()]).await.map(|_| ())
}

/// PostfixAdmin's limit of mailboxes: 0 for none, -1 where a domain may have no mailbox at all.
async fn check_count(work: &mut Work<'_>, domain: &DomainLimits) -> Result<(), ProviderError> {
    let limit = domain.mailboxes;
    let name = &domain.domain;
    if limit < 0 {
        return Err(work
            .error(
                ErrorKind::LimitReached,
                format!("{name} may not have mailboxes (domain.mailboxes = {limit})"),
            )
            .hint("raise the domain's setting `mailboxes`; 0 is any number"));
    }
    if limit > 0 && work.count("SELECT count(*) FROM mailbox WHERE domain = ?1", name).await? >= limit {
        return Err(work
            .error(ErrorKind::LimitReached, format!("{name} has all {limit} mailbox(es) that it may have"))
            .hint("raise the domain's setting `mailboxes`; 0 is any number"));
    }
    Ok(())
}

/// PostfixAdmin's limit of a mailbox's quota: 0 for none, -1 where quotas are switched off.
fn check_quota(work: &Work<'_>, domain: &DomainLimits, quota: Option<i64>) -> Result<(), ProviderError> {
    let limit = domain.maxquota;
    if limit <= 0 {
        return Ok(());
    }
    let name = &domain.domain;
    let message = match quota {
        None => format!("{name} allows at most {limit} MB for a mailbox, and no quota is declared"),
        Some(quota) => match convert::quota(quota) {
            Quota::Unlimited => {
                format!("{name} allows at most {limit} MB for a mailbox, not an unlimited one")
            }
            Quota::Bytes(_) if quota <= limit.saturating_mul(MB) => return Ok(()),
            declared @ Quota::Bytes(_) => {
                format!("{name} allows at most {limit} MB for a mailbox, not {declared}")
            }
        },
    };
    Err(work
        .error(ErrorKind::LimitReached, message)
        .hint("declare a smaller quota, or raise the domain's setting `maxquota`; 0 is any size"))
}

async fn update(
    work: &mut Work<'_>,
    address: &Address,
    change: &Change,
    password: Option<&Password>,
) -> Result<Wrote, ProviderError> {
    let wish = MailboxWish::of(change)?;
    let Some(stored) = stored(work, address).await? else {
        return Err(gone(&change.identity).at(work.doing));
    };
    let alias = match wish.active {
        Some(active) => work.alias_row(address).await?.filter(|alias| alias.active != active),
        None => None,
    };
    if password.is_none() && alias.is_none() && stored.is(&wish) {
        return Ok(Wrote::Nothing);
    }
    let changes_row = !stored.is(&wish);
    let switches_off = stored.active && wish.active == Some(false);
    let switch = match (&alias, wish.active) {
        (None, _) => None,
        (Some(_), Some(true)) => Some(SWITCH_ON),
        (Some(_), _) => Some(SWITCH_OFF),
    };
    let domain = work.domain(address.domain()).await?;
    if let (Some(quota), Some(domain)) = (wish.quota, &domain) {
        check_quota(work, domain, Some(quota))?;
    }
    let binds = [
        (&stored.key).into(),
        (&wish.name).into(),
        wish.quota.into(),
        wish.active.into(),
        (&wish.phone).into(),
        (&wish.email_other).into(),
    ];
    work.put(UPDATE, &binds).await?;
    if let (Some(alias), Some(statement)) = (&alias, switch) {
        // On and off together: a mailbox that is off under a row that is on makes mail bounce
        // (contracts/postfixadmin.md §7.5).
        work.write(statement, &[&alias.key]).await?;
    }
    if let Some(password) = password {
        let days = password_days(domain.as_ref());
        work.put(SET_PASSWORD, &[(&stored.key).into(), password.hash.expose_secret().into(), days.into()])
            .await?;
        work.log(address.domain(), "edit_password", address.as_str()).await?;
    }
    if switches_off {
        note_catch_all(work, address).await?;
    }
    if changes_row || alias.is_some() {
        work.log(address.domain(), "edit_mailbox", address.as_str()).await?;
    }
    Ok(Wrote::Rows)
}

/// How many days a new password holds where a site lets passwords end.
fn password_days(domain: Option<&DomainLimits>) -> i64 {
    domain.map(|domain| domain.password_expiry).filter(|days| *days > 0).unwrap_or(PASSWORD_DAYS)
}

/// Says where the mail of a suspended mailbox goes: Postfix takes the catch-all where the own row is off
/// (`contracts/postfixadmin.md §7.4`).
async fn note_catch_all(work: &mut Work<'_>, address: &Address) -> Result<(), ProviderError> {
    let catch_all = Address::whole_domain(&address.domain_name());
    if let Some(row) = work.alias_row(&catch_all).await?.filter(|row| row.active) {
        let goto = row.goto.escape_debug().to_string();
        work.note(format!("its mail is not refused: the catch-all {catch_all} takes it to {goto}"));
    }
    Ok(())
}

/// Removes what PostfixAdmin removes, and the grants that it does not know (`contracts/postfixadmin.md §2`).
async fn delete(work: &mut Work<'_>, address: &Address) -> Result<Wrote, ProviderError> {
    let Some(stored) = stored(work, address).await? else {
        return Ok(Wrote::Nothing);
    };
    for statement in DELETE_BESIDES {
        work.write(statement, &[&stored.key]).await?;
    }
    if let Some(own) = work.alias_row(address).await? {
        work.write("DELETE FROM alias WHERE address = ?1", &[&own.key]).await?;
    }
    work.write("DELETE FROM mailbox WHERE username = ?1", &[&stored.key]).await?;
    if work.has_permissions().await? {
        work.write(DELETE_GRANTS, &[address.as_str()]).await?;
    }
    work.log(address.domain(), "delete_mailbox", address.as_str()).await?;
    Ok(Wrote::Rows)
}

const SELECT: &str = "SELECT {text name}, {int quota}, {flag active}, {text phone}, \
     {text email_other}, {text password} FROM mailbox WHERE username = ?1 {for_update}";

const INSERT: &str = "INSERT INTO mailbox (username, password, name, maildir, quota, local_part, domain, created, \
     modified, active, phone, email_other, token, token_validity, password_expiry) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, {now}, {now}, ?8, ?9, ?10, '', {now}, \
     {after_days ?11})";

const INSERT_SELF: &str = "INSERT INTO alias (address, goto, domain, created, modified, active) \
     VALUES (?1, ?1, ?2, {now}, {now}, ?3)";

const UPDATE: &str = "UPDATE mailbox SET name = coalesce(?2, name), quota = coalesce(?3, quota), \
     active = coalesce(?4, active), phone = coalesce(?5, phone), email_other = coalesce(?6, email_other), \
     modified = {now} WHERE username = ?1";

const SWITCH_ON: &str = "UPDATE alias SET active = {true}, modified = {now} WHERE address = ?1";
const SWITCH_OFF: &str = "UPDATE alias SET active = {false}, modified = {now} WHERE address = ?1";

const SET_PASSWORD: &str = "UPDATE mailbox SET password = ?2, password_expiry = {after_days ?3}, \
     modified = {now} WHERE username = ?1";

const DELETE_BESIDES: [&str; 5] = [
    "DELETE FROM fetchmail WHERE mailbox = ?1",
    "DELETE FROM vacation_notification WHERE on_vacation = ?1",
    "DELETE FROM vacation WHERE email = ?1",
    "DELETE FROM quota WHERE username = ?1",
    "DELETE FROM quota2 WHERE username = ?1",
];

const DELETE_GRANTS: &str = "DELETE FROM mailwright_permission WHERE {same owner ?1}";
