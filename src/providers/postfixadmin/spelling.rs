//! Knows the rows whose keys are not in lower case.
//!
//! Postfix and Dovecot look up lower case (`contracts/postfixadmin.md §7.14`), so there are none where mail works.
//! Knowing that there are none, or which they are, lets everything else use the tables' keys: folding each row's
//! case would walk a table for every change.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::dialect::Dialect;
use super::link::Link;
use crate::model::Address;

/// The tables whose keys are addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Mailbox,
    Alias,
}

/// How a row's key is spelled where that is not in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spelling {
    /// One row, with this key.
    One(String),
    /// Several rows whose keys differ in case alone.
    Several,
}

/// The addresses that are stored in another spelling than lower case.
#[derive(Debug, Clone)]
pub(super) struct Spellings {
    mailbox: HashMap<String, Spelling>,
    alias: HashMap<String, Spelling>,
    seen: Seen,
}

/// The state of the database when it was looked through.
#[derive(Debug, Clone)]
enum Seen {
    /// SQLite tells when another connection has committed, and its rows have growing numbers.
    Numbered { version: i64, mailbox: i64, alias: i64 },
    /// A server tells nothing that cheap, so a look holds for a moment only.
    At(Instant),
}

/// How long a look through a server's tables holds. A row in capital letters that somebody writes within it is met as
/// a row of another address: it is shown by the next plan, and no row is lost.
const HOLDS: Duration = Duration::from_secs(2);

impl Spellings {
    /// Looks through both tables.
    pub(super) async fn load(link: &mut Link) -> Result<Self, sqlx::Error> {
        Ok(Self {
            mailbox: odd(link, ODD_MAILBOXES).await?,
            alias: odd(link, ODD_ALIASES).await?,
            seen: Seen::now(link).await?,
        })
    }

    /// Looks again where another program has, or may have, written since. Where SQLite says what came since and all
    /// was in lower case, only that is looked at: on a busy server somebody writes between any two changes.
    pub(super) async fn refresh(mut self, link: &mut Link) -> Result<Self, sqlx::Error> {
        match self.seen {
            Seen::At(moment) if moment.elapsed() < HOLDS => Ok(self),
            Seen::At(_) => Self::load(link).await,
            Seen::Numbered { version: before, mailbox, alias } => {
                if before == version(link).await? {
                    return Ok(self);
                }
                let came = link.number(ODD_SINCE, &[mailbox.into(), alias.into()]).await?;
                if came > 0 || !self.is_empty() {
                    return Self::load(link).await;
                }
                self.seen = Seen::now(link).await?;
                Ok(self)
            }
        }
    }

    /// True where every row is in lower case.
    pub(super) fn is_empty(&self) -> bool {
        self.mailbox.is_empty() && self.alias.is_empty()
    }

    /// How an address is spelled in a table; none where it is in lower case, or not there.
    pub(super) fn get(&self, table: Table, address: &Address) -> Option<&Spelling> {
        self.table(table).get(address.as_str())
    }

    /// How many addresses of a table are not in lower case.
    pub(super) fn count(&self, table: Table) -> usize {
        self.table(table).len()
    }

    fn table(&self, table: Table) -> &HashMap<String, Spelling> {
        match table {
            Table::Mailbox => &self.mailbox,
            Table::Alias => &self.alias,
        }
    }
}

impl Seen {
    async fn now(link: &mut Link) -> Result<Self, sqlx::Error> {
        if link.dialect() != Dialect::Sqlite {
            return Ok(Self::At(Instant::now()));
        }
        let version = version(link).await?;
        let newest = link.row(NEWEST, &[]).await?;
        let number = |column| newest.as_ref().and_then(|row| row.number(column)).unwrap_or(0);
        Ok(Self::Numbered { version, mailbox: number(0), alias: number(1) })
    }
}

/// Moves when another connection commits, not with this one's own writes.
async fn version(link: &mut Link) -> Result<i64, sqlx::Error> {
    link.number("PRAGMA data_version", &[]).await
}

async fn odd(link: &mut Link, statement: &'static str) -> Result<HashMap<String, Spelling>, sqlx::Error> {
    let rows = link.rows(statement, &[]).await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let spelling = match row.number(2) {
                Some(1) => Spelling::One(row.text(1)?),
                _ => Spelling::Several,
            };
            Some((row.text(0)?, spelling))
        })
        .collect())
}

const ODD_MAILBOXES: &str = "SELECT {text lower(username)}, {text min(username)}, count(*) FROM mailbox \
     WHERE lower(username) IN (SELECT lower(username) FROM mailbox WHERE {differ username lower(username)}) \
     GROUP BY lower(username)";

const ODD_ALIASES: &str = "SELECT {text lower(address)}, {text min(address)}, count(*) FROM alias \
     WHERE lower(address) IN (SELECT lower(address) FROM alias WHERE {differ address lower(address)}) \
     GROUP BY lower(address)";

const ODD_SINCE: &str = "SELECT EXISTS (SELECT 1 FROM mailbox WHERE rowid > ?1 AND username <> lower(username)) \
     OR EXISTS (SELECT 1 FROM alias WHERE rowid > ?2 AND address <> lower(address))";

const NEWEST: &str = "SELECT (SELECT max(rowid) FROM mailbox), (SELECT max(rowid) FROM alias)";
