//! What a database's errors mean for a person and for the applier.

use super::dialect::Dialect;
use crate::provider::{ErrorKind, ProviderError};

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;

// Primary result codes of https://www.sqlite.org/rescode.html.
const PERM: i32 = 3;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const CONSTRAINT: i32 = 19;
const AUTH: i32 = 23;
const NOTADB: i32 = 26;

/// The extended codes of a reader that may not make, or lock, the shared memory of a write-ahead log.
const READONLY_CANTLOCK: i32 = READONLY | (2 << 8);
const READONLY_CANTINIT: i32 = READONLY | (5 << 8);
const READONLY_DIRECTORY: i32 = READONLY | (6 << 8);

/// The extended code of a reader that finds a half-done write of a crashed program and may not undo it.
const READONLY_ROLLBACK: i32 = READONLY | (3 << 8);

const SHARED: &str = "run as a user who may write the file and its folder (group write for both)";

/// What an error means: its kind, what happened, and what to do next.
type Meaning = (ErrorKind, String, Option<String>);

/// Says what an error of a database means. `doing` is what was tried, like `reading mailboxes`; `shown` is which
/// database.
pub(super) fn fault(error: &sqlx::Error, doing: &str, shown: &str, dialect: Dialect) -> ProviderError {
    let (kind, message, hint) = match dialect {
        Dialect::Sqlite => sqlite(error, shown),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => postgres::meaning(error, shown),
        #[cfg(feature = "mysql")]
        Dialect::MySql => mysql::meaning(error, shown),
    };
    let fault = ProviderError::new(kind, message).at(doing);
    match hint {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

fn sqlite(error: &sqlx::Error, shown: &str) -> Meaning {
    match code(error) {
        Some(READONLY_ROLLBACK) => (
            ErrorKind::Unavailable,
            format!("{shown} was left in the middle of a write by a program that crashed"),
            Some(format!("undo that write once with `sqlite3 {shown} .tables`, as a user who may write it")),
        ),
        Some(READONLY_CANTLOCK | READONLY_CANTINIT | READONLY_DIRECTORY) => (
            ErrorKind::Denied,
            format!(
                "{shown} keeps a write-ahead log, which only a user who may write its folder can take part in"
            ),
            Some(SHARED.to_owned()),
        ),
        Some(code) => match code & 0xff {
            BUSY | LOCKED => (
                ErrorKind::Unavailable,
                format!("{shown} is locked by another program"),
                Some("run again; if it stays locked, look for the program with `fuser`".to_owned()),
            ),
            READONLY | PERM | AUTH => (
                ErrorKind::Denied,
                format!("{shown} may not be written by this user"),
                Some(SHARED.to_owned()),
            ),
            CANTOPEN => (
                ErrorKind::Denied,
                format!("{shown} cannot be opened by this user"),
                Some(
                    "the file must be readable; with a write-ahead log its folder must be writable too"
                        .to_owned(),
                ),
            ),
            NOTADB => (
                ErrorKind::Protocol,
                format!("{shown} is not a SQLite database"),
                Some("point `database` at PostfixAdmin's SQLite file".to_owned()),
            ),
            CORRUPT => (
                ErrorKind::Protocol,
                format!("{shown} is damaged: {}", words(error)),
                Some(format!("look with `sqlite3 {shown} \"PRAGMA integrity_check\"` and restore a backup")),
            ),
            FULL => (
                ErrorKind::LimitReached,
                format!("the disk that holds {shown} is full"),
                Some("make room and run again".to_owned()),
            ),
            CONSTRAINT => (
                ErrorKind::Conflict,
                format!("{shown} refuses the row: {}", words(error)),
                Some("somebody else changed it meanwhile; make a new plan".to_owned()),
            ),
            IOERR => (
                ErrorKind::Unavailable,
                format!("{shown} cannot be read or written: {}", words(error)),
                Some("look at the disk and at the system's log".to_owned()),
            ),
            _ => (ErrorKind::Protocol, format!("{shown}: {}", words(error)), None),
        },
        None => (ErrorKind::Protocol, format!("{shown}: {}", words(error)), None),
    }
}

/// True where a commit that failed with this error is known to have done nothing.
pub(super) fn leaves_nothing(error: &sqlx::Error, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite => {
            code(error).is_some_and(|code| matches!(code & 0xff, BUSY | LOCKED | READONLY | FULL))
        }
        // A server that says no has undone the transaction; one that says nothing may have kept it.
        #[cfg(any(feature = "postgres", feature = "mysql"))]
        _ => error.as_database_error().is_some(),
    }
}

/// What an error means that no server sent.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn unsent(error: &sqlx::Error, shown: &str) -> Meaning {
    match error {
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => (
            ErrorKind::Unavailable,
            format!("{shown} does not answer"),
            Some("look whether the server is up and reachable from here".to_owned()),
        ),
        sqlx::Error::Io(error) => (
            ErrorKind::Unavailable,
            format!("{shown} cannot be reached: {error}"),
            Some("look whether the server is up and reachable from here".to_owned()),
        ),
        sqlx::Error::Tls(error) => (
            ErrorKind::Protocol,
            format!("{shown} cannot be spoken to over TLS: {error}"),
            Some(
                "set up TLS on the server, or, where the network between is yours alone, say `sslmode=disable` \
                 (PostgreSQL) or `ssl-mode=DISABLED` (MySQL) in its address"
                    .to_owned(),
            ),
        ),
        other => (ErrorKind::Protocol, format!("{shown}: {}", words(other)), None),
    }
}

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

fn words(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
