//! Domains. One goes only when nothing is left in it.

use super::super::convert::DomainWish;
use super::super::sql;
use super::{Work, Wrote, gone, taken};
use crate::model::{Change, DomainName, Verb};
use crate::provider::{ErrorKind, ProviderError};

/// How many days PostfixAdmin gives passwords of a new domain.
const PASSWORD_DAYS: i64 = 365;

/// What Postfix does with a domain that comes, goes or is switched (`contracts/postfixadmin.md §7.3`).
const STALE: &str = "Postfix may keep to the old state for up to 100 seconds; `postfix reload` ends that";

pub(super) async fn carry_out(
    work: &mut Work<'_>,
    verb: Verb,
    name: &DomainName,
    change: &Change,
) -> Result<Wrote, ProviderError> {
    let wish = DomainWish::of(change)?;
    let stored = stored(work, name).await?;
    match (verb, stored) {
        (Verb::Create, None) => create(work, name, wish).await,
        (Verb::Create, Some(stored)) if stored.is(&wish) => Ok(Wrote::Nothing),
        (Verb::Create, Some(_)) => Err(taken(&change.identity).at(work.doing)),
        (Verb::Delete, None) => Ok(Wrote::Nothing),
        (Verb::Delete, Some(stored)) => delete(work, name, &stored.key).await,
        (Verb::Update | Verb::Rename, None) => Err(gone(&change.identity).at(work.doing)),
        (Verb::Update | Verb::Rename, Some(stored)) if stored.is(&wish) => Ok(Wrote::Nothing),
        (Verb::Update | Verb::Rename, Some(stored)) => update(work, name, &stored, wish).await,
    }
}

/// A row of `domain` as it is stored.
struct Stored {
    key: String,
    row: sql::DomainRow,
}

impl Stored {
    /// Whether the row already is as wished.
    fn is(&self, wish: &DomainWish) -> bool {
        fn same<T: PartialEq>(wished: Option<&T>, stored: &T) -> bool {
            wished.is_none_or(|wished| wished == stored)
        }
        let DomainWish { description, aliases, mailboxes, maxquota, quota, transport, backupmx, active } =
            wish;
        let row = &self.row;
        (description.is_none() || *description == row.description)
            && (transport.is_none() || *transport == row.transport)
            && same(aliases.as_ref(), &row.aliases)
            && same(mailboxes.as_ref(), &row.mailboxes)
            && same(maxquota.as_ref(), &row.maxquota)
            && same(quota.as_ref(), &row.quota)
            && same(backupmx.as_ref(), &row.backupmx)
            && same(active.as_ref(), &row.active)
    }
}

async fn stored(work: &mut Work<'_>, name: &DomainName) -> Result<Option<Stored>, ProviderError> {
    let row = work.row(SELECT, name.as_str()).await?;
    Ok(row.map(|row| {
        let row = sql::DomainRow::from(&row);
        Stored { key: row.domain.clone().unwrap_or_else(|| name.as_str().to_owned()), row }
    }))
}

async fn create(work: &mut Work<'_>, name: &DomainName, wish: DomainWish) -> Result<Wrote, ProviderError> {
    let binds = [
        name.as_str().into(),
        wish.description.as_deref().unwrap_or_default().into(),
        wish.aliases.unwrap_or(0).into(),
        wish.mailboxes.unwrap_or(0).into(),
        wish.maxquota.unwrap_or(0).into(),
        wish.quota.unwrap_or(0).into(),
        wish.transport.as_deref().unwrap_or("virtual").into(),
        wish.backupmx.unwrap_or(false).into(),
        wish.active.unwrap_or(true).into(),
        PASSWORD_DAYS.into(),
    ];
    work.put(INSERT, &binds).await?;
    work.log(name.as_str(), "create_domain", name.as_str()).await?;
    work.note(STALE);
    Ok(Wrote::Rows)
}

async fn update(
    work: &mut Work<'_>,
    name: &DomainName,
    stored: &Stored,
    wish: DomainWish,
) -> Result<Wrote, ProviderError> {
    let switched = wish.active.is_some_and(|active| active != stored.row.active)
        || wish.backupmx.is_some_and(|backupmx| backupmx != stored.row.backupmx);
    let binds = [
        (&stored.key).into(),
        (&wish.description).into(),
        wish.aliases.into(),
        wish.mailboxes.into(),
        wish.maxquota.into(),
        wish.quota.into(),
        (&wish.transport).into(),
        wish.backupmx.into(),
        wish.active.into(),
    ];
    work.put(UPDATE, &binds).await?;
    work.log(&stored.key, "edit_domain", name.as_str()).await?;
    if switched {
        work.note(STALE);
    }
    Ok(Wrote::Rows)
}

/// PostfixAdmin would take the mailboxes along; here each of them is a change of its own that somebody has seen.
async fn delete(work: &mut Work<'_>, name: &DomainName, key: &str) -> Result<Wrote, ProviderError> {
    let mut left = Vec::new();
    for (what, statement) in LEFT {
        let count = work.count(statement, key).await?;
        if count > 0 {
            left.push(format!("{count} {what}"));
        }
    }
    if !left.is_empty() {
        return Err(work
            .error(ErrorKind::Conflict, format!("{name} still holds {}", left.join(", ")))
            .hint("declare them `absent`, or delete them in PostfixAdmin, before the domain"));
    }
    // Who looked after the old domain must not look after a new one of the same name.
    work.write("DELETE FROM domain_admins WHERE {same domain ?1}", &[key]).await?;
    for statement in DELETE_BESIDES {
        work.write(statement, &[key]).await?;
    }
    work.write("DELETE FROM domain WHERE domain = ?1", &[key]).await?;
    work.log(key, "delete_domain", name.as_str()).await?;
    work.note(STALE);
    Ok(Wrote::Rows)
}

/// What a mailbox that was deleted past PostfixAdmin may have left. PostgreSQL would refuse to delete the domain before
/// its auto-replies.
const DELETE_BESIDES: [&str; 2] = [
    "DELETE FROM vacation_notification WHERE on_vacation IN (SELECT email FROM vacation WHERE {same domain ?1}) \
     OR {domain_of on_vacation} = lower(?1)",
    "DELETE FROM vacation WHERE {same domain ?1} OR {domain_of email} = lower(?1)",
];

const LEFT: [(&str, &str); 4] = [
    (
        "mailbox(es)",
        "SELECT count(*) FROM mailbox WHERE {same domain ?1} OR {domain_of username} = lower(?1)",
    ),
    ("alias(es)", "SELECT count(*) FROM alias WHERE {same domain ?1} OR {domain_of address} = lower(?1)"),
    ("domain alias", "SELECT count(*) FROM alias_domain WHERE {same alias_domain ?1}"),
    ("domain(s) that stand for it", "SELECT count(*) FROM alias_domain WHERE {same target_domain ?1}"),
];

const SELECT: &str = "SELECT {text domain}, {text description}, {int aliases}, \
     {int mailboxes}, {int maxquota}, {int quota}, {text transport}, \
     {flag backupmx}, {flag active} FROM domain \
     WHERE {same domain ?1} AND domain <> 'ALL' ORDER BY domain = ?1 DESC LIMIT 1 {for_update}";

const INSERT: &str = "INSERT INTO domain (domain, description, aliases, mailboxes, maxquota, quota, transport, \
     backupmx, active, password_expiry, created, modified) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, {now}, {now})";

const UPDATE: &str = "UPDATE domain SET description = coalesce(?2, description), aliases = coalesce(?3, aliases), \
     mailboxes = coalesce(?4, mailboxes), maxquota = coalesce(?5, maxquota), quota = coalesce(?6, quota), \
     transport = coalesce(?7, transport), backupmx = coalesce(?8, backupmx), active = coalesce(?9, active), \
     modified = {now} WHERE domain = ?1";
