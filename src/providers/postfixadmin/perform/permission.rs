//! Permissions: rows of `mailwright_permission`, which Postfix asks who may send as whom
//! (`contracts/postfixadmin.md §3`).

use std::collections::BTreeSet;

use super::super::convert::permission_rights;
use super::super::schema;
use super::{Work, Wrote, gone, taken};
use crate::model::{Address, Change, Right, Verb};
use crate::provider::{ErrorKind, ProviderError};

pub(super) async fn carry_out(
    work: &mut Work<'_>,
    verb: Verb,
    (mailbox, grantee): (&Address, &Address),
    change: &Change,
) -> Result<Wrote, ProviderError> {
    let stored = stored(work, mailbox, grantee).await?;
    if verb == Verb::Delete {
        if stored.is_empty() {
            return Ok(Wrote::Nothing);
        }
        work.write(DELETE, &[mailbox.as_str(), grantee.as_str()]).await?;
        return Ok(Wrote::Rows);
    }
    let rights = permission_rights(change)?;
    if rights.contains(&Right::FullAccess) {
        let message = "`full_access` lives in Dovecot's access lists, and not in the database";
        return Err(work.error(ErrorKind::Invalid, message).hint("give the connection `doveadm`"));
    }
    let wished: BTreeSet<String> = rights.into_iter().map(Right::as_str).map(str::to_owned).collect();
    if work.mailbox_active(mailbox).await?.is_none() {
        return Err(work
            .error(ErrorKind::NotFound, format!("there is no mailbox {mailbox}"))
            .hint("make a new plan"));
    }
    match verb {
        _ if stored == wished => return Ok(Wrote::Nothing),
        Verb::Create if !stored.is_empty() => return Err(taken(&change.identity).at(work.doing)),
        Verb::Update if stored.is_empty() => return Err(gone(&change.identity).at(work.doing)),
        _ => {}
    }
    if !work.has_permissions().await? {
        let statement = schema::permissions(work.link.dialect());
        work.write(statement, &[]).await?;
    }
    for right in stored.difference(&wished) {
        work.write(DELETE_ONE, &[mailbox.as_str(), grantee.as_str(), right]).await?;
    }
    for right in wished.difference(&stored) {
        work.write(INSERT, &[mailbox.as_str(), grantee.as_str(), right]).await?;
    }
    Ok(Wrote::Rows)
}

async fn stored(
    work: &mut Work<'_>,
    mailbox: &Address,
    grantee: &Address,
) -> Result<BTreeSet<String>, ProviderError> {
    if !work.has_permissions().await? {
        return Ok(BTreeSet::new());
    }
    let rows = work.link.rows(SELECT, &[mailbox.as_str().into(), grantee.as_str().into()]).await;
    let rows = rows.map_err(|error| work.fault(&error))?;
    Ok(rows.iter().filter_map(|row| row.text(0)).collect())
}

// The table is mailwright's own and holds lower case; whoever else writes it is understood all the same.
const SELECT: &str = "SELECT {text perm} FROM mailwright_permission \
     WHERE {same owner ?1} AND {same grantee ?2} {for_update}";

const DELETE: &str = "DELETE FROM mailwright_permission WHERE {same owner ?1} AND {same grantee ?2}";

const DELETE_ONE: &str = "DELETE FROM mailwright_permission \
     WHERE {same owner ?1} AND {same grantee ?2} AND perm = ?3";

const INSERT: &str = "INSERT INTO mailwright_permission (owner, grantee, perm, created) \
     VALUES (?1, ?2, ?3, {now})";
