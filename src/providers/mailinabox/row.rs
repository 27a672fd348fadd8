//! An alias row and how a part of it is changed; pure (`contracts/mailinabox.md §4`).
//!
//! The box replaces a row whole. At a mailbox's address one row holds two things: where the mailbox forwards to (the
//! destinations less the mailbox itself) and who else may send as it (the permitted senders less the mailbox itself).
//! Each edit here starts from the row as it is now, changes its own part and carries the rest along, also members that
//! this tool cannot name.

use std::collections::BTreeSet;

use crate::model::{Address, Field, Fields, Value};
use crate::provider::{ErrorKind, ProviderError};

use super::api::{AliasRow, Existing};
use super::capabilities::RESERVED;
use super::convert::Users;

/// A row as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Whose row it is.
    pub(super) address: Address,
    /// Its destinations.
    pub(super) targets: Members,
    /// Its permitted senders; none where they are not set, so that its destinations are.
    pub(super) senders: Option<Members>,
    /// True where the box made it. An explicit one may be hidden behind it.
    pub(super) auto: bool,
}

/// Addresses of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Members {
    /// Those that this tool can name.
    pub(super) known: BTreeSet<Address>,
    /// Those that it cannot, as they stand.
    pub(super) strange: Vec<String>,
}

impl Members {
    fn read(list: &[String]) -> Self {
        let mut members = Self::default();
        for text in list.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            match Address::parse_or_domain(text) {
                Ok(address) => {
                    members.known.insert(address);
                }
                Err(_) => members.strange.push(text.to_owned()),
            }
        }
        members
    }

    fn is_empty(&self) -> bool {
        self.known.is_empty() && self.strange.is_empty()
    }
}

impl Row {
    /// Reads a listed row; none where its own address cannot be named.
    pub(super) fn read(listed: &AliasRow) -> Option<Self> {
        Some(Self {
            address: super::convert::nameable(&listed.address)?,
            targets: Members::read(&listed.forwards_to),
            senders: listed.permitted_senders.as_deref().map(Members::read),
            auto: listed.auto,
        })
    }

    /// A row without anything.
    pub(super) fn empty(address: &Address) -> Self {
        Self { address: address.clone(), targets: Members::default(), senders: None, auto: false }
    }

    /// Where a mailbox's row forwards to: its destinations less the mailbox itself.
    pub(super) fn forwards_to(&self) -> BTreeSet<Address> {
        self.targets.known.iter().filter(|target| **target != self.address).cloned().collect()
    }

    /// True where a mailbox's row forwards anywhere at all.
    pub(super) fn forwards(&self) -> bool {
        !self.targets.strange.is_empty() || self.targets.known.iter().any(|target| *target != self.address)
    }

    /// True where the mailbox still gets its mail.
    pub(super) fn keeps_copy(&self) -> bool {
        self.targets.known.contains(&self.address)
    }

    /// Who may send as a mailbox beside its owner. Where the senders are not set the destinations may, of which only
    /// users of the box can log in to do so.
    pub(super) fn grantees(&self, users: &Users) -> BTreeSet<Address> {
        let mut found = match &self.senders {
            Some(senders) => senders.known.clone(),
            None => self.targets.known.iter().filter(|target| users.has(target)).cloned().collect(),
        };
        found.remove(&self.address);
        found
    }
}

/// What an edit comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// It holds already.
    Same,
    /// The row goes.
    Remove,
    /// The row is written whole.
    Put(Written),
}

/// A row to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// Its destinations, as sent.
    pub(super) forwards_to: Vec<String>,
    /// Its permitted senders, as sent; empty for not set.
    pub(super) permitted_senders: Vec<String>,
    /// Permitted senders that are left out because the box has no such user any more and refuses to write them.
    pub(super) dropped: Vec<String>,
    /// What to do where the row is there.
    pub(super) existing: Existing,
}

/// Makes, changes or (without `wish`) removes a mailbox's forward. `fields` says which part of `wish` counts.
pub(super) fn edit_forward(
    row: Option<&Row>,
    owner: &Address,
    wish: Option<(&Fields, &[Field])>,
    users: &Users,
) -> Edit {
    let old = row.cloned().unwrap_or_else(|| Row::empty(owner));
    let mut new = old.clone();
    match wish {
        None => new.targets = Members::default(),
        Some((after, fields)) => {
            let mut targets = old.forwards_to();
            let mut keeps = row.is_none_or(|row| !row.forwards() || row.keeps_copy());
            for field in fields {
                match (field, after.get(field)) {
                    (Field::Targets, Some(Value::Addresses(wished))) => targets.clone_from(wished),
                    (Field::Targets, _) => targets.clear(),
                    (Field::KeepCopy, Some(Value::Bool(wished))) => keeps = *wished,
                    _ => {}
                }
            }
            targets.remove(owner);
            if targets.is_empty() && old.targets.strange.is_empty() {
                keeps = false;
            }
            if keeps {
                targets.insert(owner.clone());
            }
            new.targets.known = targets;
        }
    }
    // A row that only delivers to its own mailbox forwards nothing.
    let nothing = wish.is_none() && !old.forwards();
    if nothing || new.targets == old.targets {
        return Edit::Same;
    }
    mailbox_row(&new, old.grantees(users), row.is_some(), users)
}

/// Gives or takes the right to send as a mailbox.
///
/// # Errors
/// `Invalid` where it is to be given to somebody who has no mailbox on the box.
pub(super) fn edit_permission(
    row: Option<&Row>,
    owner: &Address,
    grantee: &Address,
    way: Grant,
    users: &Users,
) -> Result<Edit, ProviderError> {
    let old = row.cloned().unwrap_or_else(|| Row::empty(owner));
    let mut grantees = old.grantees(users);
    let changed = match way {
        Grant::Give if !users.has(grantee) => {
            let message =
                format!("{grantee} cannot be allowed to send as {owner}: it is no mailbox of this box");
            return Err(ProviderError::new(ErrorKind::Invalid, message)
                .hint("only a mailbox of this box can be allowed to send; an alias cannot"));
        }
        Grant::Give => grantees.insert(grantee.clone()),
        Grant::Take => grantees.remove(grantee),
    };
    Ok(if changed { mailbox_row(&old, grantees, row.is_some(), users) } else { Edit::Same })
}

/// Whether a right is given or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    /// Given.
    Give,
    /// Taken.
    Take,
}

/// A mailbox's row with these grantees. Its senders are always the owner and the grantees: a row with a destination and
/// senders that are not set would take the owner's own right away.
fn mailbox_row(row: &Row, grantees: BTreeSet<Address>, exists: bool, users: &Users) -> Edit {
    let strange = row.senders.as_ref().map_or(&[][..], |senders| &senders.strange);
    let (present, gone): (BTreeSet<_>, BTreeSet<_>) =
        grantees.into_iter().partition(|grantee| users.has(grantee));
    let forwards = row.forwards();
    if !forwards && present.is_empty() && strange.is_empty() {
        return if exists { Edit::Remove } else { Edit::Same };
    }
    let owner = users.has(&row.address).then(|| row.address.clone());
    Edit::Put(Written {
        forwards_to: if forwards { sent(&row.targets, &row.address) } else { Vec::new() },
        permitted_senders: owner.iter().chain(&present).map(written).chain(strange.iter().cloned()).collect(),
        dropped: gone.iter().map(ToString::to_string).collect(),
        existing: if exists { Existing::Replace } else { Existing::Refuse },
    })
}

/// Makes an alias, or changes the `fields` of one.
///
/// # Errors
/// `Conflict` where it is to be made and is there with another content; `Invalid` for what the box cannot hold.
pub(super) fn edit_alias(
    row: Option<&Row>,
    address: &Address,
    after: &Fields,
    fields: &[Field],
    users: &Users,
) -> Result<Edit, ProviderError> {
    let old = row.cloned().unwrap_or_else(|| Row::empty(address));
    let mut new = old.clone();
    let mut dropped = Vec::new();
    if let Some(senders) = &mut new.senders
        && !fields.contains(&Field::PermittedSenders)
    {
        let gone: Vec<Address> = senders.known.iter().filter(|sender| !users.has(sender)).cloned().collect();
        for sender in gone {
            senders.known.remove(&sender);
            dropped.push(sender.to_string());
        }
    }
    for field in fields {
        let wished = after.get(field).and_then(Value::addresses).cloned().unwrap_or_default();
        match field {
            Field::Targets => new.targets.known = wished,
            Field::PermittedSenders => {
                let strange = old.senders.as_ref().map_or_else(Vec::new, |senders| senders.strange.clone());
                let senders = Members { known: wished, strange };
                new.senders = (!senders.is_empty()).then_some(senders);
            }
            _ => {}
        }
    }
    if new.targets == old.targets && (new.senders == old.senders || !dropped.is_empty()) && row.is_some() {
        return Ok(Edit::Same);
    }
    let invalid =
        |message: String, hint: &str| Err(ProviderError::new(ErrorKind::Invalid, message).hint(hint));
    let sends = new.senders.as_ref().is_some_and(|senders| !senders.is_empty());
    if new.targets.is_empty() && !sends {
        return invalid(
            format!("the alias {address} would be left without a target and without a permitted sender"),
            "give it a target, or declare it `absent`",
        );
    }
    let all = new.targets.known.len() + new.targets.strange.len();
    if all > 1 && new.targets.known.iter().any(Address::is_domain) {
        return invalid(
            format!("the alias {address} has a whole domain among other targets, which the box refuses"),
            "give the whole domain alone, or addresses",
        );
    }
    let senders = new.senders.unwrap_or_default();
    Ok(Edit::Put(Written {
        forwards_to: sent(&new.targets, address),
        permitted_senders: senders.known.iter().map(written).chain(senders.strange).collect(),
        dropped,
        existing: if row.is_some() { Existing::Replace } else { Existing::Refuse },
    }))
}

/// An address as it is sent: the local part as it was written, the domain as an A-label.
pub(super) fn written(address: &Address) -> String {
    format!("{}@{}", address.shown_local(), address.domain())
}

/// Destinations in the order in which they are sent. The box lists an alias beside one of its own only where its
/// destinations sort after the box's, so at such addresses the last one goes first.
fn sent(members: &Members, address: &Address) -> Vec<String> {
    let mut list: Vec<String> =
        members.known.iter().map(written).chain(members.strange.iter().cloned()).collect();
    if RESERVED.contains(&address.local()) {
        list.sort();
        list.reverse();
    }
    list
}

/// True where the box would list its own alias and hide this one (`contracts/mailinabox.md §4`). `rows` is all that
/// the box lists.
pub(super) fn would_hide(address: &Address, forwards_to: &[String], rows: &[AliasRow]) -> bool {
    let own = |row: &AliasRow| row.auto && domain_of(&row.address) == address.domain();
    let Some(administrator) = administrator_address(rows).filter(|_| rows.iter().any(own)) else {
        return false;
    };
    // The box makes its own for these at every domain that has mail, and for hostmaster at its host name.
    let kept = matches!(address.local(), "postmaster" | "admin" | "abuse")
        || (address.local() == "hostmaster" && domain_of(administrator) == address.domain());
    kept && forwards_to.join(",").as_str() <= administrator
}

/// Where the box's own aliases all go: `administrator@` its host name.
pub(super) fn administrator_address(rows: &[AliasRow]) -> Option<&str> {
    let automatic = rows.iter().filter(|row| row.auto);
    automatic.flat_map(|row| &row.forwards_to).map(String::as_str).find(|to| to.starts_with("administrator@"))
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}
