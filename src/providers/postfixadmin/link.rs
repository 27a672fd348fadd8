//! A connection to a database of any kind: runs templates of statements and hands out rows.
//!
//! The only place beside `database/` that names a driver. Knows no table.

use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt as _};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

#[cfg(feature = "mysql")]
use sqlx::mysql::{MySqlConnection, MySqlRow};
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnection, PgRow};

use super::dialect::Dialect;
use super::sql;

/// A connection.
#[derive(Debug)]
pub(super) enum Link {
    Sqlite(SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
    #[cfg(feature = "mysql")]
    MySql(MySqlConnection),
}

/// A value for a parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bind<'a> {
    Text(Option<&'a str>),
    Number(Option<i64>),
    Flag(Option<bool>),
}

impl<'a> From<&'a str> for Bind<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<&'a String> for Bind<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<&'a Option<String>> for Bind<'a> {
    fn from(text: &'a Option<String>) -> Self {
        Self::Text(text.as_deref())
    }
}

impl From<i64> for Bind<'_> {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Bind<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Bind<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(Some(flag))
    }
}

impl From<Option<bool>> for Bind<'_> {
    fn from(flag: Option<bool>) -> Self {
        Self::Flag(flag)
    }
}

/// A row.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(PgRow),
    #[cfg(feature = "mysql")]
    MySql(MySqlRow),
}

/// Does the same with each driver's own type.
macro_rules! with {
    ($type:ident, $value:expr, $inner:ident => $body:expr) => {
        match $value {
            $type::Sqlite($inner) => $body,
            #[cfg(feature = "postgres")]
            $type::Postgres($inner) => $body,
            #[cfg(feature = "mysql")]
            $type::MySql($inner) => $body,
        }
    };
}

/// A query of whichever driver with its values, in the order in which the dialect wants them.
macro_rules! query {
    ($dialect:expr, $template:expr, $binds:expr) => {{
        let statement = $dialect.statement($template);
        let mut query = sqlx::query(AssertSqlSafe(statement.text));
        let mut bind = |bind: Bind<'_>| {
            let before = std::mem::replace(&mut query, sqlx::query(""));
            query = match bind {
                Bind::Text(text) => before.bind(text.map(str::to_owned)),
                Bind::Number(number) => before.bind(number),
                Bind::Flag(flag) => before.bind(flag),
            };
        };
        match statement.order {
            None => $binds.iter().copied().for_each(&mut bind),
            Some(order) => order.into_iter().for_each(|number| bind($binds[number - 1])),
        }
        query
    }};
}

/// How long a server may take for one statement. A lock is given up long before (`database/server.rs`), so this ends
/// only a wait for a server that has gone without a word.
const LONGEST: Duration = Duration::from_mins(1);

/// Waits for a server's answer, but not for ever. SQLite bounds its own waiting.
pub(super) async fn in_time<T>(
    dialect: Dialect,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    if dialect == Dialect::Sqlite {
        return work.await;
    }
    tokio::time::timeout(LONGEST, work)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
}

impl Link {
    /// The language that it speaks.
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Self::MySql(_) => Dialect::MySql,
        }
    }

    /// Runs a statement and returns how many rows it met.
    pub(super) async fn execute(
        &mut self,
        template: &'static str,
        binds: &[Bind<'_>],
    ) -> Result<u64, sqlx::Error> {
        let dialect = self.dialect();
        with!(Self, self, conn => {
            let done = in_time(dialect, query!(dialect, template, binds).execute(conn)).await?;
            Ok(done.rows_affected())
        })
    }

    /// Runs statements without parameters as they are, one after the other.
    pub(super) async fn command(&mut self, statements: &'static str) -> Result<(), sqlx::Error> {
        let dialect = self.dialect();
        with!(Self, self, conn => in_time(dialect, sqlx::raw_sql(statements).execute(conn)).await.map(|_| ()))
    }

    /// Begins a reading: all of it shows one moment.
    pub(super) async fn begin_read(&mut self) -> Result<(), sqlx::Error> {
        self.command(self.dialect().begins().0).await
    }

    /// Begins a change.
    pub(super) async fn begin_write(&mut self) -> Result<(), sqlx::Error> {
        self.command(self.dialect().begins().1).await
    }

    /// Keeps what was written.
    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.command("COMMIT").await
    }

    /// Undoes what was written.
    pub(super) async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        self.command("ROLLBACK").await
    }

    /// Begins a change and gives it up, so that it is known whether this user may write.
    pub(super) async fn try_write(&mut self) -> Result<(), sqlx::Error> {
        self.begin_write().await?;
        // SQLite gives the lock alone also to who may only read; a statement that could write it does not.
        self.execute(sql::WRITES_NOTHING, &[]).await?;
        self.rollback().await
    }

    /// All rows of a statement.
    pub(super) async fn rows(
        &mut self,
        template: &'static str,
        binds: &[Bind<'_>],
    ) -> Result<Vec<Row>, sqlx::Error> {
        let dialect = self.dialect();
        Ok(match self {
            Self::Sqlite(conn) => {
                let rows = in_time(dialect, query!(dialect, template, binds).fetch_all(conn)).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => {
                let rows = in_time(dialect, query!(dialect, template, binds).fetch_all(conn)).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
            #[cfg(feature = "mysql")]
            Self::MySql(conn) => {
                let rows = in_time(dialect, query!(dialect, template, binds).fetch_all(conn)).await?;
                rows.into_iter().map(Row::MySql).collect()
            }
        })
    }

    /// The first row of a statement.
    pub(super) async fn row(
        &mut self,
        template: &'static str,
        binds: &[Bind<'_>],
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.rows(template, binds).await?.into_iter().next())
    }

    /// The number that a statement of one row and column brings; 0 for NULL.
    pub(super) async fn number(
        &mut self,
        template: &'static str,
        binds: &[Bind<'_>],
    ) -> Result<i64, sqlx::Error> {
        Ok(self.row(template, binds).await?.and_then(|row| row.number(0)).unwrap_or(0))
    }

    /// The text that a statement of one row and column brings; empty for none.
    pub(super) async fn word(&mut self, template: &'static str) -> Result<String, sqlx::Error> {
        Ok(self.row(template, &[]).await?.and_then(|row| row.text(0)).unwrap_or_default())
    }

    /// The rows of a statement as they come.
    pub(super) fn stream<'a>(
        &'a mut self,
        template: &'static str,
        binds: &[Bind<'_>],
    ) -> BoxStream<'a, Result<Row, sqlx::Error>> {
        let dialect = self.dialect();
        match self {
            Self::Sqlite(conn) => {
                query!(dialect, template, binds).fetch(conn).map(|row| row.map(Row::Sqlite)).boxed()
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => {
                query!(dialect, template, binds).fetch(conn).map(|row| row.map(Row::Postgres)).boxed()
            }
            #[cfg(feature = "mysql")]
            Self::MySql(conn) => {
                query!(dialect, template, binds).fetch(conn).map(|row| row.map(Row::MySql)).boxed()
            }
        }
    }

    /// Closes it in order. All that was committed is safe whether or not this succeeds.
    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        with!(Self, self, conn => conn.close().await)
    }
}

impl Row {
    /// A text column. None where it holds no text in UTF-8.
    pub(super) fn text(&self, column: usize) -> Option<String> {
        with!(Self, self, row => row.try_get(column).ok())
    }

    /// A number column. None where it holds NULL.
    pub(super) fn number(&self, column: usize) -> Option<i64> {
        with!(Self, self, row => row.try_get(column).ok().flatten())
    }

    /// A yes-or-no column. None where it holds NULL.
    pub(super) fn flag(&self, column: usize) -> Option<bool> {
        self.number(column).map(|number| number != 0)
    }
}
