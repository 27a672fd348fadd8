//! The rules and their stable names. A number is never used for something else.

use crate::model::{RuleId, Severity};

/// A rule of the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name.
    pub id: RuleId,
    /// A few words in `kebab-case`.
    pub name: &'static str,
    /// How grave a finding of it is.
    pub severity: Severity,
    /// Whether a finding means that the services are not as declared.
    pub drift: Drift,
    /// What it looks for, in a sentence.
    pub doc: &'static str,
}

/// Whether a finding means that the services are not as declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// It does: `audit` leaves with 2.
    Yes,
    /// It is worth knowing and nothing more.
    No,
}

const fn drift(id: &'static str, name: &'static str, doc: &'static str) -> Rule {
    Rule { id: RuleId(id), name, severity: Severity::Error, drift: Drift::Yes, doc }
}

const fn other(id: &'static str, name: &'static str, severity: Severity, doc: &'static str) -> Rule {
    Rule { id: RuleId(id), name, severity, drift: Drift::No, doc }
}

pub(super) const FIELD: Rule =
    drift("MW001", "field-differs", "A declared field holds another value at the service.");
pub(super) const MISSING: Rule = drift("MW002", "object-missing", "A declared object is not there.");
pub(super) const TOMBSTONE: Rule =
    drift("MW003", "tombstone-present", "An object that is declared absent is still there.");
pub(super) const CLOSED: Rule = drift(
    "MW004",
    "undeclared-in-closed-list",
    "An object that nobody declared is in a pruned kind or in a mailbox's closed list.",
);
pub(super) const INCOMPLETE: Rule = other(
    "MW005",
    "incomplete-read",
    Severity::Warning,
    "A collection could not be read to its end, so that nothing is known of what was not seen.",
);
pub(super) const RENAME: Rule =
    drift("MW006", "former-address", "An object is still there under a former address (`was`).");
pub(super) const UNDECLARED: Rule = other(
    "MW007",
    "undeclared",
    Severity::Note,
    "An object in a declared domain that nobody declared, in a kind that is not pruned.",
);
pub(super) const LEAVING: Rule = drift(
    "MW008",
    "left-behind",
    "An object is still at a store that its domain moves away from and that is to be emptied.",
);
pub(super) const NOT_READ: Rule = other(
    "MW009",
    "field-not-read",
    Severity::Warning,
    "A declared field could not be read, so that nothing is known of drift in it.",
);
pub(super) const EXPIRED: Rule = other(
    "MW010",
    "external-expired",
    Severity::Warning,
    "An entry under `external` has passed its last day.",
);

/// Every rule, by number.
pub const RULES: [Rule; 10] =
    [FIELD, MISSING, TOMBSTONE, CLOSED, INCOMPLETE, RENAME, UNDECLARED, LEAVING, NOT_READ, EXPIRED];

/// The rule of this name.
pub fn rule(id: RuleId) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
