//! The statements that read, and the rows that they bring.
//!
//! Columns are named in each statement, so that PostfixAdmin's later versions, which add some, work too. Each text is
//! cast: a row that a script wrote may hold anything. The words in braces are [`super::dialect`]'s.

use super::link::Row;

/// The names of all tables.
pub(super) const TABLES: &str = "SELECT {text name} FROM {tables} tables";

/// The schema's version.
pub(super) const VERSION: &str = "SELECT {text value} FROM config WHERE name = 'version'";

/// Needs the right to write, and changes no row.
pub(super) const WRITES_NOTHING: &str = "UPDATE config SET value = value WHERE name = ''";

/// Whether the table of permissions is there.
pub(super) const HAS_PERMISSIONS: &str =
    "SELECT count(*) FROM {tables} tables WHERE name = 'mailwright_permission'";

/// The alias rows under the key by which a mailbox in another spelling finds its own.
macro_rules! folded_alias {
    () => {
        "(SELECT lower(address) AS folded, address, goto, active FROM alias \
         WHERE address IN (SELECT min(address) FROM alias GROUP BY lower(address)))"
    };
}

macro_rules! mailboxes {
    ($join:expr) => {
        concat!(
            "SELECT {text m.username}, {text m.name}, {int m.quota}, {flag m.active}, {text m.phone}, ",
            "{text m.email_other}, {flag a.active}, {int q.bytes}, {int q.messages} FROM mailbox m ",
            $join,
            " LEFT JOIN quota2 q ON q.username = m.username WHERE {covers m.username}"
        )
    };
}

/// Mailboxes with the state of their own alias row and what they hold.
pub(super) const MAILBOXES: &str = mailboxes!("LEFT JOIN alias a ON a.address = m.username");

/// The same where some row is not spelled in lower case.
pub(super) const MAILBOXES_FOLDED: &str =
    mailboxes!(concat!("LEFT JOIN ", folded_alias!(), " a ON a.folded = lower(m.username)"));

macro_rules! aliases {
    ($join:expr) => {
        concat!(
            "SELECT {text a.address}, {text a.goto}, {flag a.active}, {flag m.active} FROM alias a LEFT JOIN ",
            $join,
            " WHERE {covers a.address}"
        )
    };
}

/// Alias rows; those at a mailbox's address bring its state.
pub(super) const ALIASES: &str = aliases!("mailbox m ON m.username = a.address");

/// The same where some row is not spelled in lower case.
pub(super) const ALIASES_FOLDED: &str = aliases!(
    "(SELECT lower(username) AS folded, max({flag active}) AS active FROM mailbox GROUP BY 1) m ON m.folded = \
     lower(a.address)"
);

macro_rules! swallowed {
    ($join:expr) => {
        concat!(
            "SELECT {text m.username}, {text own.goto}, {text c.goto} FROM mailbox m ",
            "{cross_join} alias c ON c.address = {at_domain_of m.username} AND c.active = {true} ",
            $join,
            " WHERE m.active = {true} AND (own.active IS NULL OR own.active = {false} OR own.goto = '') \
             AND {covers m.username}"
        )
    };
}

/// Mailboxes in use whose own alias row is missing or off while their domain has a catch-all, which Postfix then
/// takes for them (`contracts/postfixadmin.md §7.4`).
pub(super) const SWALLOWED: &str = swallowed!("LEFT JOIN alias own ON own.address = m.username");

/// The same where some row is not spelled in lower case.
pub(super) const SWALLOWED_FOLDED: &str =
    swallowed!(concat!("LEFT JOIN ", folded_alias!(), " own ON own.folded = lower(m.username)"));

/// The addresses of mailboxes.
pub(super) const USERNAMES: &str = "SELECT {text username} FROM mailbox WHERE {covers username}";

/// Domain aliases, under `@domain`.
pub(super) const ALIAS_DOMAINS: &str = "SELECT {text address}, {text target}, {flag active} FROM \
     (SELECT {at alias_domain} AS address, {at target_domain} AS target, active FROM alias_domain) standing \
     WHERE {covers address}";

/// Domains. `ALL` is PostfixAdmin's own word for every domain where it lists an administrator's.
pub(super) const DOMAINS: &str = "SELECT {text domain}, {text description}, {int aliases}, {int mailboxes}, \
     {int maxquota}, {int quota}, {text transport}, {flag backupmx}, {flag active} FROM domain \
     WHERE domain <> 'ALL' AND {covers domain}";

/// Permissions, one row for each owner and grantee. What is left of a mailbox that is gone is no permission.
pub(super) const PERMISSIONS: &str = "SELECT {text min(owner)}, {text min(grantee)}, {joined perm} \
     FROM mailwright_permission WHERE lower(owner) IN (SELECT lower(username) FROM mailbox) AND {covers owner} \
     GROUP BY lower(owner), lower(grantee)";

/// Mailboxes of which the log speaks and that are not there, with the moments at which they were deleted and last
/// spoken of. PostfixAdmin writes these words, and so does mailwright.
pub(super) const LOGGED: &str = "SELECT {text lower(l.data)}, \
     {text max(CASE WHEN l.action = 'delete_mailbox' THEN l.timestamp END)}, {text max(l.timestamp)} FROM log l \
     WHERE l.action IN ('create_mailbox', 'edit_mailbox', 'delete_mailbox') AND {covers l.data} \
     AND NOT EXISTS (SELECT 1 FROM mailbox m WHERE m.username = lower(l.data)) GROUP BY lower(l.data)";

/// Whether Dovecot's table of who shares folders with whom is here.
pub(super) const HAS_SHARES: &str = "SELECT count(*) FROM {tables} tables WHERE name = 'user_shares'";

/// Mailboxes that are not there and whose folders are still listed as shared: with the first, the last and how many.
pub(super) const SHARED: &str = "SELECT {text lower(s.from_user)}, {text min(s.to_user)}, {text max(s.to_user)}, \
     count(*) FROM user_shares s WHERE {covers s.from_user} \
     AND {unicode lower(s.from_user)} NOT IN (SELECT {unicode lower(username)} FROM mailbox) \
     GROUP BY lower(s.from_user)";

/// Administrators, one row for each domain that one looks after, or one without a domain.
pub(super) const ADMINISTRATORS: &str = "SELECT {text a.username}, {flag a.superadmin}, {flag a.active}, \
     {text d.domain}, {flag d.active} FROM admin a LEFT JOIN domain_admins d ON d.username = a.username";

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

impl From<&Row> for MailboxRow {
    fn from(row: &Row) -> Self {
        Self {
            username: row.text(0),
            name: row.text(1),
            quota: row.number(2).unwrap_or(0),
            active: row.flag(3).unwrap_or(false),
            phone: row.text(4),
            email_other: row.text(5),
            alias_active: row.flag(6),
            used: row.number(7).zip(row.number(8)),
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

impl From<&Row> for AliasRow {
    fn from(row: &Row) -> Self {
        Self {
            address: row.text(0),
            goto: row.text(1),
            active: row.flag(2).unwrap_or(false),
            mailbox_active: row.flag(3),
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

impl From<&Row> for DomainRow {
    fn from(row: &Row) -> Self {
        Self {
            domain: row.text(0),
            description: row.text(1),
            aliases: row.number(2).unwrap_or(0),
            mailboxes: row.number(3).unwrap_or(0),
            maxquota: row.number(4).unwrap_or(0),
            quota: row.number(5).unwrap_or(0),
            transport: row.text(6),
            backupmx: row.flag(7).unwrap_or(false),
            active: row.flag(8).unwrap_or(false),
        }
    }
}
