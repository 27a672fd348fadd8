//! Carries out one change in one transaction.
//!
//! The transaction takes the write lock first and then looks again at what the change rests on, so that nothing can
//! slip in between; a change that fails or is given up half-way leaves nothing behind. Which columns are written is
//! said in `contracts/postfixadmin.md §2`.

use std::borrow::Cow;
use std::path::Path;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::database::Writer;
use super::fault::{fault, leaves_nothing};
use super::password::Password;
use super::spelling::{Spelling, Spellings, Table};
use super::sql;
use crate::model::{Address, Change, Identity, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

mod alias;
mod domain;
mod forward;
mod mailbox;
mod permission;

/// What a change came to inside its transaction.
#[derive(Debug)]
enum Wrote {
    /// Rows were written.
    Rows,
    /// It held already.
    Nothing,
    /// The mailbox is there as wished, if its stored password is this one: checked after the lock is given back,
    /// since it takes a while.
    NothingIf { stored: String },
}

/// Carries out a change.
pub(super) async fn carry_out(
    writer: &mut Writer,
    change: &Change,
    password: Option<&Password>,
) -> Result<Done, ProviderError> {
    let doing = format!("{} {} {}", change.verb, change.identity.kind(), change.identity);
    let Writer { conn, path, notes, spellings } = writer;
    let failed = |error: sqlx::Error| fault(&error, &doing, path);
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let known = match spellings.take() {
        Some(known) => known.refresh(&mut tx).await,
        None => Spellings::load(&mut tx).await,
    }
    .map_err(failed)?;
    let mut work =
        Work { conn: &mut tx, spellings: &known, met_odd_row: false, doing: &doing, path, notes: Vec::new() };
    let wrote = dispatch(&mut work, change, password).await;
    let Work { notes: told, met_odd_row, .. } = work;
    let wrote = match wrote {
        Ok(wrote) => wrote,
        Err(error) => {
            // Dropping it would undo it too, but only when the connection is used next.
            let _ = tx.rollback().await;
            *spellings = Some(known);
            return Err(error);
        }
    };
    match wrote {
        Wrote::Rows => {
            tx.commit().await.map_err(|error| {
                let mut failure = fault(&error, &doing, path);
                if !leaves_nothing(&error) {
                    failure.kind = ErrorKind::Ambiguous;
                }
                failure
            })?;
            // Own writes are in lower case; one of the odd rows may be gone.
            *spellings = (!met_odd_row).then_some(known);
            let mut all = std::mem::take(notes);
            all.extend(told);
            Ok(Done::Written { notes: all })
        }
        Wrote::Nothing => {
            tx.rollback().await.map_err(failed)?;
            *spellings = Some(known);
            Ok(Done::NotNeeded)
        }
        Wrote::NothingIf { stored } => {
            tx.rollback().await.map_err(failed)?;
            *spellings = Some(known);
            match password {
                Some(password) if password.is_stored_as(&stored).await => Ok(Done::NotNeeded),
                _ => Err(taken(&change.identity).at(doing)),
            }
        }
    }
}

async fn dispatch(
    work: &mut Work<'_>,
    change: &Change,
    password: Option<&Password>,
) -> Result<Wrote, ProviderError> {
    match (&change.identity, change.verb) {
        (identity, Verb::Rename) => Err(work.error(
            ErrorKind::Invalid,
            format!("PostfixAdmin cannot give {} {identity} another address", identity.kind()),
        )),
        (Identity::Domain(name), verb) => domain::carry_out(work, verb, name, change).await,
        (Identity::Mailbox(address), verb) => mailbox::carry_out(work, verb, address, change, password).await,
        (Identity::Alias(address), verb) => alias::carry_out(work, verb, address, change).await,
        (Identity::Forward(address), verb) => forward::carry_out(work, verb, address, change).await,
        (Identity::Permission { mailbox, grantee }, verb) => {
            permission::carry_out(work, verb, (mailbox, grantee), change).await
        }
        (identity, _) => Err(work.error(
            ErrorKind::Invalid,
            format!("a PostfixAdmin database holds no {}", identity.kind().plural()),
        )),
    }
}

/// The error of a create whose place is taken.
fn taken(identity: &Identity) -> ProviderError {
    ProviderError::new(
        ErrorKind::Conflict,
        format!("{} {identity} is there already, and differs", identity.kind()),
    )
    .hint("make a new plan")
}

/// The error of an update whose object is gone.
fn gone(identity: &Identity) -> ProviderError {
    ProviderError::new(ErrorKind::NotFound, format!("{} {identity} is not there any more", identity.kind()))
        .hint("make a new plan")
}

/// A change under way, inside its transaction.
struct Work<'a> {
    conn: &'a mut SqliteConnection,
    spellings: &'a Spellings,
    /// Whether one of the rows was met that are not in lower case.
    met_odd_row: bool,
    doing: &'a str,
    path: &'a Path,
    notes: Vec<String>,
}

/// The row of the domain that an address lies in.
#[derive(Debug)]
struct DomainLimits {
    /// The name as stored.
    domain: String,
    aliases: i64,
    mailboxes: i64,
    /// In MB.
    maxquota: i64,
    active: bool,
    /// In days.
    password_expiry: i64,
}

impl Work<'_> {
    fn fault(&self, error: &sqlx::Error) -> ProviderError {
        fault(error, self.doing, self.path)
    }

    fn error(&self, kind: ErrorKind, message: impl Into<String>) -> ProviderError {
        ProviderError::new(kind, message).at(self.doing)
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The key under which an address is, or would be, stored in a table.
    fn key<'k>(&mut self, table: Table, address: &'k Address) -> Result<Cow<'k, str>, ProviderError> {
        match self.spellings.get(table, address) {
            None => Ok(Cow::Borrowed(address.as_str())),
            Some(Spelling::One(stored)) => {
                let stored = stored.clone();
                self.met_odd_row = true;
                let note =
                    format!("it is stored as {stored}, which Postfix does not find: it looks up lower case");
                if !self.notes.contains(&note) {
                    self.note(note);
                }
                Ok(Cow::Owned(stored))
            }
            Some(Spelling::Several) => Err(self
                .error(
                    ErrorKind::Conflict,
                    format!("{address} is stored more than once, in spellings that differ in case"),
                )
                .hint("keep the one in lower case, in PostfixAdmin")),
        }
    }

    /// Runs a statement that writes and takes nothing but texts.
    async fn write(&mut self, statement: &'static str, texts: &[&str]) -> Result<u64, ProviderError> {
        let mut query = sqlx::query(statement);
        for text in texts {
            query = query.bind(*text);
        }
        match query.execute(&mut *self.conn).await {
            Ok(done) => Ok(done.rows_affected()),
            Err(error) => Err(self.fault(&error)),
        }
    }

    /// Asks for one number by one text.
    async fn count(&mut self, statement: &'static str, text: &str) -> Result<i64, ProviderError> {
        sqlx::query_scalar(statement)
            .bind(text)
            .fetch_one(&mut *self.conn)
            .await
            .map_err(|error| fault(&error, self.doing, self.path))
    }

    /// Asks for one row by one text.
    async fn row(
        &mut self,
        statement: &'static str,
        text: &str,
    ) -> Result<Option<sqlx::sqlite::SqliteRow>, ProviderError> {
        sqlx::query(statement)
            .bind(text)
            .fetch_optional(&mut *self.conn)
            .await
            .map_err(|error| fault(&error, self.doing, self.path))
    }

    /// The domain of a name, however it is spelled.
    async fn domain(&mut self, name: &str) -> Result<Option<DomainLimits>, ProviderError> {
        let row = self.row(DOMAIN, name).await?;
        Ok(row.map(|row| DomainLimits {
            domain: sql::text(&row, 0).unwrap_or_else(|| name.to_owned()),
            aliases: sql::number(&row, 1).unwrap_or(0),
            mailboxes: sql::number(&row, 2).unwrap_or(0),
            maxquota: sql::number(&row, 3).unwrap_or(0),
            active: sql::flag(&row, 4).unwrap_or(false),
            password_expiry: sql::number(&row, 5).unwrap_or(0),
        }))
    }

    /// The domain that an address lies in, which must be there: Postfix takes no mail for another.
    async fn domain_of(&mut self, address: &Address) -> Result<DomainLimits, ProviderError> {
        let name = address.domain();
        let Some(domain) = self.domain(name).await? else {
            return Err(self
                .error(ErrorKind::Invalid, format!("{name} is not a domain of this database"))
                .hint(format!("declare {name} with `manage: true`, or add it in PostfixAdmin")));
        };
        if !domain.active {
            self.note(format!("{name} is switched off: Postfix takes no mail for it"));
        }
        Ok(domain)
    }

    /// Whether a mailbox is at an address, and whether it is on.
    async fn mailbox_active(&mut self, address: &Address) -> Result<Option<bool>, ProviderError> {
        let key = self.key(Table::Mailbox, address)?;
        let row = self.row("SELECT CAST(active AS INTEGER) FROM mailbox WHERE username = ?", &key).await?;
        Ok(row.map(|row| sql::flag(&row, 0).unwrap_or(false)))
    }

    /// The alias row at an address.
    async fn alias_row(&mut self, address: &Address) -> Result<Option<StoredAlias>, ProviderError> {
        let key = self.key(Table::Alias, address)?.into_owned();
        let row = self
            .row("SELECT CAST(goto AS TEXT), CAST(active AS INTEGER) FROM alias WHERE address = ?", &key)
            .await?;
        Ok(row.map(|row| StoredAlias {
            key,
            goto: sql::text(&row, 0).unwrap_or_default(),
            active: sql::flag(&row, 1).unwrap_or(false),
        }))
    }

    /// Writes down what was done, where PostfixAdmin shows what its administrators did.
    async fn log(&mut self, domain: &str, action: &str, data: &str) -> Result<(), ProviderError> {
        self.write(LOG, &[domain, action, data]).await.map(|_| ())
    }

    async fn has_permissions(&mut self) -> Result<bool, ProviderError> {
        let there: i64 = sqlx::query_scalar(sql::HAS_PERMISSIONS)
            .fetch_one(&mut *self.conn)
            .await
            .map_err(|error| fault(&error, self.doing, self.path))?;
        Ok(there > 0)
    }
}

/// A row of `alias` as it is stored.
#[derive(Debug)]
struct StoredAlias {
    key: String,
    goto: String,
    active: bool,
}

const DOMAIN: &str = "SELECT CAST(domain AS TEXT), CAST(aliases AS INTEGER), CAST(mailboxes AS INTEGER), \
     CAST(maxquota AS INTEGER), CAST(active AS INTEGER), CAST(password_expiry AS INTEGER) FROM domain \
     WHERE domain = ?1 COLLATE NOCASE AND domain <> 'ALL' ORDER BY domain = ?1 DESC LIMIT 1";

const LOG: &str = "INSERT INTO log (timestamp, username, domain, action, data) \
     VALUES (datetime('now'), 'mailwright', ?1, ?2, ?3)";

#[cfg(test)]
mod tests;
