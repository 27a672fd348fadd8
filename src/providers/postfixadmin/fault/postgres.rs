//! What PostgreSQL's errors mean, by SQLSTATE (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).

use super::{Meaning, unsent, words};
use crate::provider::ErrorKind;

pub(super) fn meaning(error: &sqlx::Error, shown: &str) -> Meaning {
    let Some(code) =
        error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned))
    else {
        return unsent(error, shown);
    };
    let said = words(error);
    let of = |kind: ErrorKind, message: String, hint: &str| (kind, message, Some(hint.to_owned()));
    match (&*code, code.get(..2).unwrap_or_default()) {
        (_, "28") => of(
            ErrorKind::Auth,
            format!("{shown} refuses the user: {said}"),
            "check user and password in the secret that `database` refers to",
        ),
        ("3D000", _) => of(
            ErrorKind::NotFound,
            format!("{shown} is not there: {said}"),
            "correct the name in the address, or make it with createdb",
        ),
        ("42501", _) => of(
            ErrorKind::Denied,
            format!("{shown} does not let this user: {said}"),
            "grant it SELECT, INSERT, UPDATE and DELETE on PostfixAdmin's tables, and USAGE on their sequences",
        ),
        ("25006", _) => of(
            ErrorKind::Denied,
            format!("{shown} may only be read: {said}"),
            "point `database` at the primary server",
        ),
        // Another writer was first or is in the way; this transaction is undone as a whole.
        ("40001" | "40P01" | "55P03" | "57014" | "53300", _) | (_, "57" | "08") => of(
            ErrorKind::Unavailable,
            format!("{shown} could not do it now: {said}"),
            "run again; if it stays so, look at pg_stat_activity for who holds a lock",
        ),
        (_, "53") => of(
            ErrorKind::LimitReached,
            format!("{shown} has no room: {said}"),
            "make room on the server and run again",
        ),
        (_, "23") => of(
            ErrorKind::Conflict,
            format!("{shown} refuses the row: {said}"),
            "somebody else changed it meanwhile; make a new plan",
        ),
        (_, "22") => of(
            ErrorKind::Invalid,
            format!("{shown} cannot store the value: {said}"),
            "write a shorter one, or one of other characters",
        ),
        _ => (ErrorKind::Protocol, format!("{shown}: {said} ({code})"), None),
    }
}
