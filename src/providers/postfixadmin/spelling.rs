//! Knows the rows whose keys are not in lower case.
//!
//! Postfix and Dovecot look up lower case (`contracts/postfixadmin.md §7.14`), so there are none where mail works.
//! Knowing that there are none, or which they are, lets everything else use the tables' keys: folding each row's
//! case would walk a table for every change.

use std::collections::HashMap;

use sqlx::sqlite::SqliteConnection;

use super::sql::{number, text};
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
    /// What the connection called the state of the database when this was read.
    version: i64,
    /// The newest row of each table then.
    newest: Newest,
}

/// The largest row numbers.
#[derive(Debug, Clone, Copy)]
struct Newest {
    mailbox: i64,
    alias: i64,
}

impl Spellings {
    /// Looks through both tables.
    pub(super) async fn load(conn: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        Ok(Self {
            mailbox: odd(conn, ODD_MAILBOXES).await?,
            alias: odd(conn, ODD_ALIASES).await?,
            version: version(conn).await?,
            newest: Newest::read(conn).await?,
        })
    }

    /// Looks again where another program has written since. Where all was in lower case only rows that came since
    /// are looked at: on a busy server somebody writes between any two changes.
    pub(super) async fn refresh(mut self, conn: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let version = version(conn).await?;
        if version == self.version {
            return Ok(self);
        }
        let came: i64 = sqlx::query_scalar(ODD_SINCE)
            .bind(self.newest.mailbox)
            .bind(self.newest.alias)
            .fetch_one(&mut *conn)
            .await?;
        if came > 0 || !self.is_empty() {
            return Self::load(conn).await;
        }
        self.version = version;
        self.newest = Newest::read(conn).await?;
        Ok(self)
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

impl Newest {
    async fn read(conn: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let row = sqlx::query(NEWEST).fetch_one(conn).await?;
        Ok(Self { mailbox: number(&row, 0).unwrap_or(0), alias: number(&row, 1).unwrap_or(0) })
    }
}

/// Moves when another connection commits, not with this one's own writes.
async fn version(conn: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA data_version").fetch_one(conn).await
}

async fn odd(
    conn: &mut SqliteConnection,
    statement: &'static str,
) -> Result<HashMap<String, Spelling>, sqlx::Error> {
    let rows = sqlx::query(statement).fetch_all(conn).await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let spelling = match number(row, 2) {
                Some(1) => Spelling::One(text(row, 1)?),
                _ => Spelling::Several,
            };
            Some((text(row, 0)?, spelling))
        })
        .collect())
}

const ODD_MAILBOXES: &str = "SELECT lower(username), CAST(min(username) AS TEXT), count(*) FROM mailbox \
     WHERE lower(username) IN (SELECT lower(username) FROM mailbox WHERE username <> lower(username)) GROUP BY 1";

const ODD_ALIASES: &str = "SELECT lower(address), CAST(min(address) AS TEXT), count(*) FROM alias \
     WHERE lower(address) IN (SELECT lower(address) FROM alias WHERE address <> lower(address)) GROUP BY 1";

const ODD_SINCE: &str = "SELECT EXISTS (SELECT 1 FROM mailbox WHERE rowid > ?1 AND username <> lower(username)) \
     OR EXISTS (SELECT 1 FROM alias WHERE rowid > ?2 AND address <> lower(address))";

const NEWEST: &str = "SELECT (SELECT max(rowid) FROM mailbox), (SELECT max(rowid) FROM alias)";
