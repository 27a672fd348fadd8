//! What is asked of one user; pure.

use std::collections::BTreeSet;

use crate::model::{Field, Identity, Kind, Scope};

use crate::providers::open_xchange::convert::{self, Sort, Tells, User};
use crate::providers::open_xchange::fields::{self, ATTRIBUTES, Attribute, TEXTS};
use crate::providers::open_xchange::paths::Op;

/// What a user's own record must be read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record {
    /// For nothing.
    Nothing,
    /// For names, language or time zone, if the service tells these at all.
    Texts,
    /// For what the user may do, and maybe for those.
    Permissions,
}

/// A user that the scope asks for, and what must be read of it.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) user: &'a User,
    /// The wanted fields, where the mailbox itself is asked for.
    pub(super) wanted: Option<BTreeSet<Field>>,
    /// What the user's own record must be read for.
    pub(super) record: Record,
    /// The attributes that must be read.
    pub(super) attributes: Vec<&'static Attribute>,
    /// True where the lists of senders are asked for.
    pub(super) rules: bool,
    /// True where facts are asked for that cost calls.
    pub(super) facts: bool,
}

impl<'a> Subject<'a> {
    /// What a scope asks of a user; none where it asks nothing.
    pub(super) fn of(user: &'a User, scope: &Scope, tells: Tells) -> Option<Self> {
        let identity = Identity::Mailbox(user.mail.clone());
        let parts = scope.parts.iter().filter(|part| part.collection.kind == Kind::Mailbox);
        let mut wanted = None;
        for part in parts.filter(|part| part.collection.covers(&identity)) {
            wanted.get_or_insert_with(BTreeSet::new).extend(part.fields.iter().cloned());
        }
        let is_mailbox = user.sort == Sort::Mailbox;
        let rules = is_mailbox && scope.covers(&Identity::SenderRules(user.mail.clone()));
        if wanted.is_none() && !rules {
            return None;
        }
        let none = BTreeSet::new();
        let asked = wanted.as_ref().filter(|_| is_mailbox).unwrap_or(&none);
        let permissions = [Field::State, fields::edit_password()];
        let is_missing = |key: &str| !tells.tells(key) && !user.document.has(key);
        let record = if convert::permissions(&user.document).is_none()
            && permissions.iter().any(|field| asked.contains(field))
        {
            Record::Permissions
        } else if TEXTS.iter().any(|(field, key)| asked.contains(field) && is_missing(key)) {
            Record::Texts
        } else {
            Record::Nothing
        };
        let is_told =
            |attribute: &Attribute| attribute.op == Op::ClassOfService && user.document.has("classOfService");
        let attributes = ATTRIBUTES
            .iter()
            .filter(|attribute| asked.contains(&fields::setting(attribute.setting)) && !is_told(attribute))
            .collect();
        let facts = scope.facts && is_mailbox && wanted.is_some();
        Some(Self { user, wanted, record, attributes, rules, facts })
    }

    /// True where calls must be made that name the user by its number.
    pub(super) fn needs_numbers(&self) -> bool {
        !self.attributes.is_empty() || self.rules || self.facts
    }
}
