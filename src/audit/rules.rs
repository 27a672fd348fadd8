//! The rules and their stable names. A number is never used for something else.

use crate::model::{RuleId, Severity};

/// A rule of the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name.
    pub id: RuleId,
    /// A few words in `kebab-case`.
    pub name: &'static str,
    /// How grave a finding of it is, where nothing makes it graver.
    pub severity: Severity,
    /// What it looks for, in a sentence.
    pub doc: &'static str,
    page: &'static str,
}

impl Rule {
    /// Its page in Markdown: what it means, how it comes about, how to mend it and how to accept it.
    pub fn page(&self) -> &'static str {
        self.page
    }
}

macro_rules! rules {
    ($($constant:ident = $id:literal, $name:literal, $severity:ident, $doc:literal;)*) => {
        $(
            pub(super) const $constant: Rule = Rule {
                id: RuleId($id),
                name: $name,
                severity: Severity::$severity,
                doc: $doc,
                page: include_str!(concat!("pages/", $id, ".md")),
            };
        )*

        /// Every rule, by number.
        pub const RULES: &[Rule] = &[$($constant),*];
    };
}

rules! {
    FIELD = "MW001", "field-differs", Error,
        "A declared field holds another value at the service.";
    MISSING = "MW002", "object-missing", Error,
        "A declared object is not there.";
    TOMBSTONE = "MW003", "tombstone-present", Error,
        "An object that is declared absent is still there.";
    CLOSED = "MW004", "undeclared-in-closed-list", Error,
        "An object that nobody declared is in a pruned kind or in a mailbox's closed list.";
    INCOMPLETE = "MW005", "incomplete-read", Warning,
        "A collection could not be read to its end, so that nothing is known of what was not seen.";
    RENAME = "MW006", "former-address", Error,
        "An object is still there under a former address (`was`).";
    UNDECLARED = "MW007", "undeclared", Note,
        "An object in a declared domain that nobody declared, in a kind that is not pruned.";
    LEAVING = "MW008", "left-behind", Error,
        "An object is still at a store that its domain moves away from and that is to be emptied.";
    NOT_READ = "MW009", "field-not-read", Warning,
        "A declared field could not be read, so that nothing is known of drift in it.";
    EXPIRED = "MW010", "external-expired", Warning,
        "An entry under `external` has passed its last day, and no mail that was looked at goes there.";
    UNLISTED = "MW011", "external-unlisted", Warning,
        "Mail leaves to an address outside the declared domains that `external` does not list.";
    OVERDUE = "MW012", "external-overdue", Error,
        "Mail still leaves to an address whose entry under `external` has passed its last day.";
    EXPIRES_SOON = "MW013", "external-expires-soon", Note,
        "An entry under `external` that mail uses has its last day within 30 days.";
    UNUSED = "MW014", "external-unused", Note,
        "An entry under `external` that no alias and no forward uses.";
    CIRCLE = "MW015", "mail-circle", Warning,
        "Mail to an address comes back to it.";
    DEAD_TARGET = "MW016", "dead-target", Warning,
        "An alias or a forward delivers to an address of a declared domain at which mail bounces.";
    CATCH_ALL = "MW017", "catch-all", Note,
        "A catch-all takes the mail of every address of its domain that nothing else holds.";
    ORPHANED = "MW018", "orphaned-right", Warning,
        "Somebody holds a right whose address is neither a mailbox nor an alias any more.";
    SUSPENDED = "MW019", "suspended-with-rights", Warning,
        "A suspended mailbox still holds a right on others, or is an administrator.";
    OUTSIDE_RIGHT = "MW020", "outside-right", Warning,
        "An address outside the declared domains holds a right.";
    UNKNOWN = "MW021", "object-not-read", Warning,
        "What could be read does not tell whether an object is there, or is as declared.";
}

/// How long before its last day an entry of the ledger is told of: long enough to ask its owner and merge a change.
pub(super) const SOON_DAYS: i64 = 30;

/// The rule of this name.
pub fn rule(id: RuleId) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
