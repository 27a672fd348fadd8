//! The second pass: the tree → the format's own shapes, each value read as what its key holds.
//!
//! Knows the keys of the format and what the catalogue says about types of connections. References between entries
//! are still names here; whether they lead anywhere is the next pass's business.

mod connection;
mod content;
mod domain;
mod mailbox;
mod policy;
mod reader;
mod root;
mod secret;
mod setting;
mod traits;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::model::{
    Address, ConnectionSpec, DomainName, External, ExternalForwards, Field, Kind, Leaving, Right,
    SettingName, Value,
};

use super::text::{At, Span};

pub(super) use reader::Reader;

/// Every key of the format that no catalogue declares.
#[cfg(test)]
pub(super) fn all_keys() -> impl Iterator<Item = &'static str> {
    let lists: [&[&str]; 12] = [
        &root::KEYS,
        &root::ADMINISTRATOR_KEYS,
        &traits::TRAIT_KEYS,
        &mailbox::OWN_KEYS,
        &domain::KEYS,
        &policy::POLICY_KEYS,
        &policy::EXTERNAL_KEYS,
        &secret::KEYS,
        &secret::GENERATE_KEYS,
        &content::ALIAS_KEYS,
        &content::FORWARD_KEYS,
        &content::SENDER_RULES_KEYS,
    ];
    lists.into_iter().flatten().copied()
}

/// A name as it stands in a file. It borrows from the text and not from the tree, which is dropped file by file.
pub(in crate::config) type Name<'t> = At<Cow<'t, str>>;

/// What the files say, entry by entry, in the order of the files.
#[derive(Debug, Default)]
pub(super) struct Raw<'t> {
    pub(super) version: Option<Span>,
    pub(super) connections: Vec<RawConnection<'t>>,
    pub(super) domains: Vec<RawDomain<'t>>,
    pub(super) profiles: Vec<RawProfile<'t>>,
    pub(super) mailboxes: Vec<RawMailbox<'t>>,
    pub(super) aliases: Vec<RawAlias>,
    pub(super) forwards: Vec<OfMailbox<Wished<ForwardBody>>>,
    pub(super) permissions: Vec<OfMailbox<RawPermissions>>,
    pub(super) sender_rules: Vec<OfMailbox<Wished<Content>>>,
    pub(super) administrators: Vec<RawAdministrator<'t>>,
    pub(super) objects: Vec<RawObject<'t>>,
    pub(super) external: Vec<(At<Address>, Option<External>)>,
    pub(super) policy: RawPolicy,
}

/// A wish before it is known whose.
#[derive(Debug, Clone)]
pub(super) enum Wished<T> {
    /// It must exist.
    Present(T),
    /// It must not exist.
    Absent,
}

/// A field with its value and place.
#[derive(Debug, Clone)]
pub(super) struct FieldAt {
    pub(super) field: Field,
    pub(super) value: Value,
    pub(super) span: Span,
}

/// The fields of an object.
pub(super) type Content = Vec<FieldAt>;

/// A name under `providers:`.
#[derive(Debug)]
pub(super) struct RawConnection<'t> {
    pub(super) name: Name<'t>,
    /// None where its keys have errors: the name is known, what it can do is not.
    pub(super) spec: Option<ConnectionSpec>,
}

/// An entry under `domains:`.
#[derive(Debug)]
pub(super) struct RawDomain<'t> {
    pub(super) name: At<DomainName>,
    pub(super) provider: Option<Name<'t>>,
    pub(super) also: Vec<Name<'t>>,
    pub(super) filters: Vec<Name<'t>>,
    pub(super) leaving: Vec<(Name<'t>, Leaving)>,
    pub(super) prune: Option<RawPrune>,
    pub(super) ignore: Vec<At<String>>,
    /// The place of `manage: true`.
    pub(super) manage: Option<Span>,
    pub(super) settings: Vec<TypeSettings<'t>>,
}

/// What a domain prunes.
#[derive(Debug)]
pub(super) struct RawPrune {
    /// The kinds that were named.
    pub(super) kinds: Vec<At<Kind>>,
    /// The place of `all`.
    pub(super) all: Option<Span>,
}

/// Settings for one type of connection.
#[derive(Debug, Clone)]
pub(super) struct TypeSettings<'t> {
    pub(super) type_name: Name<'t>,
    pub(super) values: Vec<SettingAt>,
}

/// A setting with its value and place.
#[derive(Debug, Clone)]
pub(super) struct SettingAt {
    pub(super) name: SettingName,
    pub(super) value: Value,
    pub(super) span: Span,
    /// The kinds that have it.
    pub(super) kinds: &'static [Kind],
}

/// What a profile and a mailbox have in common.
#[derive(Debug, Clone, Default)]
pub(super) struct Traits<'t> {
    pub(super) fields: Content,
    pub(super) settings: Vec<TypeSettings<'t>>,
}

/// An entry under `profiles:`.
#[derive(Debug)]
pub(super) struct RawProfile<'t> {
    pub(super) name: Name<'t>,
    pub(super) traits: Traits<'t>,
}

/// An entry under `mailboxes:`.
#[derive(Debug)]
pub(super) struct RawMailbox<'t> {
    pub(super) address: At<Address>,
    pub(super) wish: Wished<Box<MailboxBody<'t>>>,
}

/// What a mailbox that must exist says.
#[derive(Debug, Default)]
pub(super) struct MailboxBody<'t> {
    pub(super) provider: Option<Name<'t>>,
    pub(super) profile: Option<Name<'t>>,
    pub(super) traits: Traits<'t>,
    /// What few mailboxes have, kept apart: there may be a million of them.
    pub(super) parts: Option<Box<MailboxParts>>,
}

/// What else a mailbox may say: where it comes from, and what hangs on it.
#[derive(Debug, Default)]
pub(super) struct MailboxParts {
    pub(super) was: Vec<At<Address>>,
    pub(super) aliases: Option<At<Vec<At<Address>>>>,
    pub(super) forward: Option<At<Wished<ForwardBody>>>,
    pub(super) permissions: Option<At<RawPermissions>>,
    pub(super) sender_rules: Option<At<Wished<Content>>>,
}

/// A part of a mailbox that stands at the top, keyed by the mailbox.
#[derive(Debug)]
pub(super) struct OfMailbox<T> {
    pub(super) mailbox: At<Address>,
    pub(super) body: T,
}

/// An entry under `aliases:`.
#[derive(Debug)]
pub(super) struct RawAlias {
    pub(super) address: At<Address>,
    pub(super) wish: Wished<AliasBody>,
}

/// What an alias that must exist says.
#[derive(Debug, Clone, Default)]
pub(super) struct AliasBody {
    pub(super) targets: Option<At<Vec<At<Address>>>>,
    pub(super) permitted_senders: Option<At<Vec<At<Address>>>>,
}

/// What a forward that must exist says.
#[derive(Debug, Clone, Default)]
pub(super) struct ForwardBody {
    pub(super) targets: Option<At<Vec<At<Address>>>>,
    pub(super) keep_copy: Option<At<bool>>,
}

/// What one grantee gets.
pub(super) type Grant = Wished<At<BTreeSet<Right>>>;

/// Who may use a mailbox: a closed list, empty for `absent`.
#[derive(Debug, Clone, Default)]
pub(super) struct RawPermissions {
    pub(super) grants: Vec<(At<Address>, Grant)>,
}

/// An entry under `administrators:`, one per connection and login.
#[derive(Debug)]
pub(super) struct RawAdministrator<'t> {
    pub(super) connection: Name<'t>,
    pub(super) login: Name<'t>,
    pub(super) wish: Wished<Content>,
    pub(super) settings: Vec<RawSetting<'t>>,
}

/// An entry under `objects:`, one per connection, kind and name.
#[derive(Debug)]
pub(super) struct RawObject<'t> {
    pub(super) connection: Name<'t>,
    pub(super) kind: Name<'t>,
    pub(super) name: Name<'t>,
    pub(super) wish: Wished<()>,
    pub(super) settings: Vec<RawSetting<'t>>,
}

/// A setting whose type depends on its connection's type, which is not known yet.
pub(super) type RawSetting<'t> = super::yaml::Entry<'t>;

/// The `policy:` of all files.
#[derive(Debug, Default)]
pub(super) struct RawPolicy {
    pub(super) max_deletes: Vec<RawCap>,
    pub(super) max_creates: Vec<RawCap>,
    pub(super) protected: Vec<At<String>>,
    pub(super) external_forwards: Option<At<ExternalForwards>>,
    /// Where each key was said first.
    pub(super) keys: Vec<At<&'static str>>,
}

/// A cap, for one kind or, without one, for all that are not named.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawCap {
    pub(super) kind: Option<Kind>,
    pub(super) count: u64,
    pub(super) span: Span,
}
