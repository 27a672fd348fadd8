//! What MySQL's and MariaDB's errors mean, by number
//! (<https://mariadb.com/kb/en/mariadb-error-code-reference/>).

use sqlx::mysql::MySqlDatabaseError;

use super::{Meaning, unsent, words};
use crate::provider::ErrorKind;

pub(super) fn meaning(error: &sqlx::Error, shown: &str) -> Meaning {
    let number = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>())
        .map(MySqlDatabaseError::number);
    let Some(number) = number else {
        return unsent(error, shown);
    };
    let said = words(error);
    let of = |kind: ErrorKind, message: String, hint: &str| (kind, message, Some(hint.to_owned()));
    match number {
        1045 | 1698 => of(
            ErrorKind::Auth,
            format!("{shown} refuses the user: {said}"),
            "check user and password in the secret that `database` refers to",
        ),
        1049 => of(
            ErrorKind::NotFound,
            format!("{shown} is not there: {said}"),
            "correct the name in the address, or make it with CREATE DATABASE",
        ),
        1044 | 1142 | 1143 | 1227 => of(
            ErrorKind::Denied,
            format!("{shown} does not let this user: {said}"),
            "grant it SELECT, INSERT, UPDATE and DELETE on PostfixAdmin's database",
        ),
        1290 | 1792 | 1836 => of(
            ErrorKind::Denied,
            format!("{shown} may only be read: {said}"),
            "point `database` at the primary server",
        ),
        // Another writer was first or is in the way; this transaction is undone as a whole.
        1205 | 1213 | 1040 | 1053 | 1317 | 1927 | 4031 => of(
            ErrorKind::Unavailable,
            format!("{shown} could not do it now: {said}"),
            "run again; if it stays so, look with SHOW ENGINE INNODB STATUS for who holds a lock",
        ),
        1021 | 1114 => of(
            ErrorKind::LimitReached,
            format!("{shown} has no room: {said}"),
            "make room on the server and run again",
        ),
        1062 | 1451 | 1452 => of(
            ErrorKind::Conflict,
            format!("{shown} refuses the row: {said}"),
            "somebody else changed it meanwhile; make a new plan",
        ),
        1264 | 1366 | 1406 | 3988 => of(
            ErrorKind::Invalid,
            format!("{shown} cannot store the value: {said}"),
            "write a shorter one, or one of other characters",
        ),
        _ => (ErrorKind::Protocol, format!("{shown}: {said} ({number})"), None),
    }
}
