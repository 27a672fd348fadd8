//! Carries out one change in one transaction, or one that gives an address up with the one that takes it over.
//!
//! The transaction takes the write lock first and then looks again at what a change rests on, so that nothing can
//! slip in between; one that fails or is given up half-way leaves nothing behind. Which columns are written is
//! said in `contracts/postfixadmin.md §2`.

use std::borrow::Cow;

use super::database::{Place, Writer, make_permissions};
use super::dialect::Dialect;
use super::fault::leaves_nothing;
use super::link::{Bind, Link, Row};
use super::password::Password;
use super::spelling::{Spelling, Spellings, Table};
use super::sql;
use crate::model::{Address, Change, Identity, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

mod administrator;
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

/// A change and what it needs to be carried out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) change: &'a Change,
    /// The password that it sets, where it sets one.
    pub(super) password: Option<&'a Password>,
}

impl Task<'_> {
    /// Whether it may be the first to write a permission.
    fn grants(&self) -> bool {
        matches!(self.change.identity, Identity::Permission { .. }) && self.change.verb != Verb::Delete
    }

    /// What is done, for messages.
    fn doing(&self) -> String {
        let change = self.change;
        format!("{} {} {}", change.verb, change.identity.kind(), change.identity)
    }
}

/// Carries out changes, one after the other, in one transaction: all of them or none.
pub(super) async fn carry_out<const N: usize>(
    writer: &mut Writer,
    tasks: [Task<'_>; N],
) -> Result<[Done; N], ProviderError> {
    let doing = tasks.each_ref().map(Task::doing).join(", ");
    let Writer { link, place, notes, unfinished, spellings } = writer;
    let failed = |error: sqlx::Error| place.fault(&error, &doing);
    if std::mem::take(unfinished) {
        // Where nothing is open this is refused, which is as good.
        let _ = link.rollback().await;
    }
    if tasks.iter().any(Task::grants) && link.dialect() != Dialect::Sqlite {
        make_permissions(link).await.map_err(failed)?;
    }
    link.begin_write().await.map_err(failed)?;
    let known = match spellings.take() {
        Some(known) => known.refresh(link).await,
        None => Spellings::load(link).await,
    }
    .map_err(failed)?;
    let mut written = match write(link, place, &known, &tasks).await {
        Ok(written) => written,
        Err(error) => {
            // Where even this fails the connection is broken, and its end undoes the transaction.
            let _ = link.rollback().await;
            *spellings = Some(known);
            return Err(error);
        }
    };
    if !written.iter().any(|written| matches!(written.wrote, Wrote::Rows)) {
        link.rollback().await.map_err(failed)?;
        *spellings = Some(known);
        // Nobody waits for the lock any more: comparing a password takes a while.
        compare(&tasks, &written).await?;
        return Ok(std::array::from_fn(|_| Done::NotNeeded));
    }
    if let Err(error) = compare(&tasks, &written).await {
        let _ = link.rollback().await;
        *spellings = Some(known);
        return Err(error);
    }
    if let Err(error) = link.commit().await {
        let mut failure = place.fault(&error, &doing);
        if !leaves_nothing(&error, link.dialect()) {
            failure.kind = ErrorKind::Ambiguous;
        }
        let _ = link.rollback().await;
        return Err(failure);
    }
    // Own writes are in lower case; one of the odd rows may be gone.
    *spellings = (!written.iter().any(|written| written.met_odd_row)).then_some(known);
    let mut opening = std::mem::take(notes);
    Ok(std::array::from_fn(|number| match &mut written[number] {
        Written { wrote: Wrote::Rows, notes: told, .. } => {
            let mut notes = std::mem::take(&mut opening);
            notes.append(told);
            Done::Written { notes }
        }
        _ => Done::NotNeeded,
    }))
}

/// What one change came to, and what a person should know of it.
#[derive(Debug)]
struct Written {
    wrote: Wrote,
    met_odd_row: bool,
    notes: Vec<String>,
}

/// Carries out the changes within the transaction that is open.
async fn write(
    link: &mut Link,
    place: &Place,
    spellings: &Spellings,
    tasks: &[Task<'_>],
) -> Result<Vec<Written>, ProviderError> {
    let mut written = Vec::with_capacity(tasks.len());
    for task in tasks {
        let doing = task.doing();
        let mut work = Work { link, spellings, met_odd_row: false, doing: &doing, place, notes: Vec::new() };
        let wrote = dispatch(&mut work, task.change, task.password).await?;
        let Work { met_odd_row, notes, .. } = work;
        written.push(Written { wrote, met_odd_row, notes });
    }
    Ok(written)
}

/// Makes sure that each mailbox which was there already has the password that it is to have.
async fn compare(tasks: &[Task<'_>], written: &[Written]) -> Result<(), ProviderError> {
    for (task, written) in tasks.iter().zip(written) {
        let Wrote::NothingIf { stored } = &written.wrote else { continue };
        match task.password {
            Some(password) if password.is_stored_as(stored).await => {}
            _ => return Err(taken(&task.change.identity).at(task.doing())),
        }
    }
    Ok(())
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
        (Identity::Administrator(login), verb) => {
            administrator::carry_out(work, verb, login, change, password).await
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
    link: &'a mut Link,
    spellings: &'a Spellings,
    /// Whether one of the rows was met that are not in lower case.
    met_odd_row: bool,
    doing: &'a str,
    place: &'a Place,
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
        self.place.fault(error, self.doing)
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

    /// Runs a statement that writes.
    async fn put(&mut self, statement: &'static str, binds: &[Bind<'_>]) -> Result<u64, ProviderError> {
        let done = self.link.execute(statement, binds).await;
        done.map_err(|error| self.fault(&error))
    }

    /// Runs a statement that writes and takes nothing but texts.
    async fn write(&mut self, statement: &'static str, texts: &[&str]) -> Result<u64, ProviderError> {
        let binds: Vec<Bind<'_>> = texts.iter().map(|text| Bind::from(*text)).collect();
        self.put(statement, &binds).await
    }

    /// Asks for one number by one text.
    async fn count(&mut self, statement: &'static str, text: &str) -> Result<i64, ProviderError> {
        let number = self.link.number(statement, &[text.into()]).await;
        number.map_err(|error| self.fault(&error))
    }

    /// Asks for one row by one text.
    async fn row(&mut self, statement: &'static str, text: &str) -> Result<Option<Row>, ProviderError> {
        let row = self.link.row(statement, &[text.into()]).await;
        row.map_err(|error| self.fault(&error))
    }

    /// The domain of a name, however it is spelled.
    async fn domain(&mut self, name: &str) -> Result<Option<DomainLimits>, ProviderError> {
        let row = self.row(DOMAIN, name).await?;
        Ok(row.map(|row| DomainLimits {
            domain: row.text(0).unwrap_or_else(|| name.to_owned()),
            aliases: row.number(1).unwrap_or(0),
            mailboxes: row.number(2).unwrap_or(0),
            maxquota: row.number(3).unwrap_or(0),
            active: row.flag(4).unwrap_or(false),
            password_expiry: row.number(5).unwrap_or(0),
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
        let limited = domain.aliases > 0 || domain.mailboxes > 0;
        let key = domain.domain.clone();
        if self.row(if limited { COUNT_ALONE } else { KEEP }, &key).await?.is_none() {
            return Err(self.error(ErrorKind::Conflict, format!("{name} has just been deleted")));
        }
        if !domain.active {
            self.note(format!("{name} is switched off: Postfix takes no mail for it"));
        }
        Ok(domain)
    }

    /// Whether a mailbox is at an address, and whether it is on.
    async fn mailbox_active(&mut self, address: &Address) -> Result<Option<bool>, ProviderError> {
        let key = self.key(Table::Mailbox, address)?;
        let row =
            self.row("SELECT {flag active} FROM mailbox WHERE username = ?1 {for_update}", &key).await?;
        Ok(row.map(|row| row.flag(0).unwrap_or(false)))
    }

    /// The alias row at an address.
    async fn alias_row(&mut self, address: &Address) -> Result<Option<StoredAlias>, ProviderError> {
        let key = self.key(Table::Alias, address)?.into_owned();
        let row = self
            .row("SELECT {text goto}, {flag active} FROM alias WHERE address = ?1 {for_update}", &key)
            .await?;
        Ok(row.map(|row| StoredAlias {
            key,
            goto: row.text(0).unwrap_or_default(),
            active: row.flag(1).unwrap_or(false),
        }))
    }

    /// Writes down what was done, where PostfixAdmin shows what its administrators did.
    async fn log(&mut self, domain: &str, action: &str, data: &str) -> Result<(), ProviderError> {
        self.write(LOG, &[domain, action, data]).await.map(|_| ())
    }

    async fn has_permissions(&mut self) -> Result<bool, ProviderError> {
        let there = self.link.number(sql::HAS_PERMISSIONS, &[]).await;
        Ok(there.map_err(|error| self.fault(&error))? > 0)
    }
}

/// A row of `alias` as it is stored.
#[derive(Debug)]
struct StoredAlias {
    key: String,
    goto: String,
    active: bool,
}

const DOMAIN: &str = "SELECT {text domain}, {int aliases}, {int mailboxes}, {int maxquota}, {flag active}, \
     {int password_expiry} FROM domain WHERE {same domain ?1} AND domain <> 'ALL' ORDER BY domain = ?1 DESC LIMIT 1";

/// Keeps a domain until the change is done.
const KEEP: &str = "SELECT {text domain} FROM domain WHERE domain = ?1 {for_share}";

/// Keeps a domain, and everybody else who would count what lies in it.
const COUNT_ALONE: &str = "SELECT {text domain} FROM domain WHERE domain = ?1 {for_update}";

const LOG: &str = "INSERT INTO log (timestamp, username, domain, action, data) \
     VALUES ({now}, 'mailwright', ?1, ?2, ?3)";

#[cfg(test)]
mod tests;
