//! The statements that read, and the rows that they bring.
//!
//! Columns are named in each statement, so that PostfixAdmin's later versions, which add some, work too. Values are
//! bound, never written into a statement. Each text is cast: a row that a script wrote may hold anything.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// The names of all tables.
pub(super) const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table'";

/// The schema's version.
pub(super) const VERSION: &str = "SELECT CAST(value AS TEXT) FROM config WHERE name = 'version'";

/// Needs the right to write, and changes no row.
pub(super) const WRITES_NOTHING: &str = "UPDATE config SET value = value WHERE name = ''";

/// Whether the table of permissions is there.
pub(super) const HAS_PERMISSIONS: &str =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'mailwright_permission'";

/// Restricts a statement to what a scope covers: everything (?1), addresses of domains (?2, a JSON list) or
/// addresses (?3, a JSON list). One pass over the table, however long the lists are.
macro_rules! covered {
    ($address:literal) => {
        concat!(
            " (?1 OR lower(substr(",
            $address,
            ", instr(",
            $address,
            ", '@') + 1)) IN (SELECT value FROM json_each(?2))",
            " OR lower(",
            $address,
            ") IN (SELECT value FROM json_each(?3)))"
        )
    };
}

/// The alias rows under the key by which a mailbox in another spelling finds its own.
macro_rules! folded_alias {
    () => {
        "(SELECT lower(address) AS key, min(address) AS address, goto, active FROM alias GROUP BY 1)"
    };
}

macro_rules! mailboxes {
    ($join:expr) => {
        concat!(
            "SELECT CAST(m.username AS TEXT), CAST(m.name AS TEXT), CAST(m.quota AS INTEGER), ",
            "CAST(m.active AS INTEGER), CAST(m.phone AS TEXT), CAST(m.email_other AS TEXT), ",
            "CAST(a.active AS INTEGER), CAST(q.bytes AS INTEGER), CAST(q.messages AS INTEGER) ",
            "FROM mailbox m ",
            $join,
            " LEFT JOIN quota2 q ON q.username = m.username WHERE",
            covered!("m.username")
        )
    };
}

/// Mailboxes with the state of their own alias row and what they hold.
pub(super) const MAILBOXES: &str = mailboxes!("LEFT JOIN alias a ON a.address = m.username");

/// The same where some row is not spelled in lower case.
pub(super) const MAILBOXES_FOLDED: &str =
    mailboxes!(concat!("LEFT JOIN ", folded_alias!(), " a ON a.key = lower(m.username)"));

macro_rules! aliases {
    ($join:expr) => {
        concat!(
            "SELECT CAST(a.address AS TEXT), CAST(a.goto AS TEXT), CAST(a.active AS INTEGER), ",
            "CAST(m.active AS INTEGER) FROM alias a LEFT JOIN ",
            $join,
            " WHERE",
            covered!("a.address")
        )
    };
}

/// Alias rows; those at a mailbox's address bring its state.
pub(super) const ALIASES: &str = aliases!("mailbox m ON m.username = a.address");

/// The same where some row is not spelled in lower case.
pub(super) const ALIASES_FOLDED: &str = aliases!(
    "(SELECT lower(username) AS key, max(active) AS active FROM mailbox GROUP BY 1) m ON m.key = lower(a.address)"
);

// The cross join keeps SQLite from walking the aliases first, where no key would find the mailboxes.
macro_rules! swallowed {
    ($join:expr) => {
        concat!(
            "SELECT CAST(m.username AS TEXT), CAST(own.goto AS TEXT), CAST(c.goto AS TEXT) FROM mailbox m ",
            "CROSS JOIN alias c ON c.address = lower(substr(m.username, instr(m.username, '@'))) AND c.active = 1 ",
            $join,
            " WHERE m.active = 1 AND (own.active IS NULL OR own.active = 0 OR own.goto = '') AND", covered!("m.username")
        )
    };
}

/// Mailboxes in use whose own alias row is missing or off while their domain has a catch-all, which Postfix then
/// takes for them (`contracts/postfixadmin.md §7.4`).
pub(super) const SWALLOWED: &str = swallowed!("LEFT JOIN alias own ON own.address = m.username");

/// The same where some row is not spelled in lower case.
pub(super) const SWALLOWED_FOLDED: &str =
    swallowed!(concat!("LEFT JOIN ", folded_alias!(), " own ON own.key = lower(m.username)"));

/// Domain aliases, under `@domain`.
pub(super) const ALIAS_DOMAINS: &str = concat!(
    "SELECT CAST(address AS TEXT), CAST(target AS TEXT), CAST(active AS INTEGER) FROM ",
    "(SELECT '@' || alias_domain AS address, '@' || target_domain AS target, active FROM alias_domain) WHERE",
    covered!("address")
);

/// Domains. `ALL` is PostfixAdmin's own word for every domain where it lists an administrator's.
pub(super) const DOMAINS: &str = concat!(
    "SELECT CAST(domain AS TEXT), CAST(description AS TEXT), CAST(aliases AS INTEGER), ",
    "CAST(mailboxes AS INTEGER), CAST(maxquota AS INTEGER), CAST(quota AS INTEGER), CAST(transport AS TEXT), ",
    "CAST(backupmx AS INTEGER), CAST(active AS INTEGER) FROM domain WHERE domain <> 'ALL' AND",
    covered!("domain")
);

/// Permissions, one row for each owner and grantee. What is left of a mailbox that is gone is no permission.
pub(super) const PERMISSIONS: &str = concat!(
    "SELECT CAST(owner AS TEXT), CAST(grantee AS TEXT), group_concat(perm) FROM mailwright_permission ",
    "WHERE lower(owner) IN (SELECT lower(username) FROM mailbox) AND",
    covered!("owner"),
    " GROUP BY lower(owner), lower(grantee)"
);

/// A text column. None where it holds no text in UTF-8.
pub(super) fn text(row: &SqliteRow, column: usize) -> Option<String> {
    row.try_get(column).ok()
}

/// A number column. None where it holds NULL.
pub(super) fn number(row: &SqliteRow, column: usize) -> Option<i64> {
    row.try_get(column).ok().flatten()
}

/// A yes-or-no column. None where it holds NULL.
pub(super) fn flag(row: &SqliteRow, column: usize) -> Option<bool> {
    number(row, column).map(|number| number != 0)
}

/// A row of `mailbox` with what belongs to it.
#[derive(Debug, Clone)]
pub(super) struct MailboxRow {
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
    pub(super) quota: i64,
    pub(super) active: bool,
    pub(super) phone: Option<String>,
    pub(super) email_other: Option<String>,
    /// Whether its own alias row is on; none where it has none.
    pub(super) alias_active: Option<bool>,
    /// Bytes and messages that it holds, where Dovecot has counted them.
    pub(super) used: Option<(i64, i64)>,
}

impl From<&SqliteRow> for MailboxRow {
    fn from(row: &SqliteRow) -> Self {
        Self {
            username: text(row, 0),
            name: text(row, 1),
            quota: number(row, 2).unwrap_or(0),
            active: flag(row, 3).unwrap_or(false),
            phone: text(row, 4),
            email_other: text(row, 5),
            alias_active: flag(row, 6),
            used: number(row, 7).zip(number(row, 8)),
        }
    }
}

/// A row of `alias`.
#[derive(Debug, Clone)]
pub(super) struct AliasRow {
    pub(super) address: Option<String>,
    pub(super) goto: Option<String>,
    pub(super) active: bool,
    /// Whether the mailbox at this address is on; none where there is no mailbox.
    pub(super) mailbox_active: Option<bool>,
}

impl From<&SqliteRow> for AliasRow {
    fn from(row: &SqliteRow) -> Self {
        Self {
            address: text(row, 0),
            goto: text(row, 1),
            active: flag(row, 2).unwrap_or(false),
            mailbox_active: flag(row, 3),
        }
    }
}

/// A row of `domain`.
#[derive(Debug, Clone)]
pub(super) struct DomainRow {
    pub(super) domain: Option<String>,
    pub(super) description: Option<String>,
    pub(super) aliases: i64,
    pub(super) mailboxes: i64,
    pub(super) maxquota: i64,
    pub(super) quota: i64,
    pub(super) transport: Option<String>,
    pub(super) backupmx: bool,
    pub(super) active: bool,
}

impl From<&SqliteRow> for DomainRow {
    fn from(row: &SqliteRow) -> Self {
        Self {
            domain: text(row, 0),
            description: text(row, 1),
            aliases: number(row, 2).unwrap_or(0),
            mailboxes: number(row, 3).unwrap_or(0),
            maxquota: number(row, 4).unwrap_or(0),
            quota: number(row, 5).unwrap_or(0),
            transport: text(row, 6),
            backupmx: flag(row, 7).unwrap_or(false),
            active: flag(row, 8).unwrap_or(false),
        }
    }
}
