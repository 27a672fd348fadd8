//! The tables of a new database: those of PostfixAdmin 3.3 and those that mailwright adds
//! (`contracts/postfixadmin.md §2`).
//!
//! PostfixAdmin must find what its own set-up would have made, so that its pages, its command line and its next
//! upgrade work on it: the same columns in the same order with the same types and defaults.

use super::dialect::Dialect;

/// The oldest version whose columns are the ones that are written here.
pub(super) const OLDEST_VERSION: i64 = 1841;

/// The newest version that was tried (PostfixAdmin 4.0).
pub(super) const NEWEST_VERSION: i64 = 1851;

/// The tables without which no observation or change can be carried out.
pub(super) const REQUIRED_TABLES: [&str; 12] = [
    "admin",
    "alias",
    "alias_domain",
    "domain",
    "domain_admins",
    "fetchmail",
    "log",
    "mailbox",
    "quota",
    "quota2",
    "vacation",
    "vacation_notification",
];

/// Every table that is made here.
pub(super) const MADE: [&str; 16] = [
    "admin",
    "alias",
    "alias_domain",
    "anyone_shares",
    "config",
    "domain",
    "domain_admins",
    "fetchmail",
    "log",
    "mailbox",
    "mailwright_permission",
    "quota",
    "quota2",
    "user_shares",
    "vacation",
    "vacation_notification",
];

/// All tables of PostfixAdmin, those that Dovecot writes when somebody shares a folder, and last the row that names
/// the version: 1847 is PostfixAdmin 3.3, and 4.x brings it up to its own by itself.
pub(super) fn tables(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => include_str!("schema/sqlite.sql"),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => include_str!("schema/postgres.sql"),
        #[cfg(feature = "mysql")]
        Dialect::MySql => include_str!("schema/mysql.sql"),
    }
}

/// Who may send as which mailbox. PostfixAdmin does not know the table, so it may be missing until the first
/// permission is written.
pub(super) fn permissions(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => include_str!("schema/permission.sqlite.sql"),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => include_str!("schema/permission.postgres.sql"),
        #[cfg(feature = "mysql")]
        Dialect::MySql => include_str!("schema/permission.mysql.sql"),
    }
}
