//! What is known of a domain while it is read, and how much of each collection that is.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Completeness, Kind, Reason};

use super::detail::Ask;
use super::index::{Index, Row};
use super::tell::{Subject, Use};

/// What is known of a domain so far.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) index: Option<Index>,
    /// The mailboxes that mobile devices may synchronise with, where that was asked for apart.
    pub(super) active_sync: Option<Result<Vec<String>, Reason>>,
    /// What became of each mailbox that was looked at.
    pub(super) looked: BTreeMap<Address, Result<Presence, Reason>>,
    /// The mailboxes that were told.
    pub(super) told: BTreeSet<Address>,
    /// What became of each part that was asked for.
    pub(super) parts: BTreeMap<(Kind, Address), Result<(), Reason>>,
    /// The aliases that were found.
    pub(super) aliases: BTreeSet<Address>,
}

/// Whether a mailbox that was looked at is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is.
    There,
    /// It is not, whatever a list says.
    Gone,
}

const NOT_ASKED: &str = "it was not asked for";

impl Known {
    /// Notes whether a mailbox's parts of a kind were read, and why not.
    pub(super) fn note(&mut self, kind: Kind, mailbox: &Address, failed: Option<&Reason>) {
        let word = failed.map_or(Ok(()), |reason| Err(Reason::clone(reason)));
        self.parts.insert((kind, mailbox.clone()), word);
    }

    /// What the list tells of a mailbox.
    pub(super) fn row(&self, address: &Address) -> Option<&Row> {
        self.index.as_ref()?.rows.get(address)
    }

    /// True where the list has a mailbox.
    pub(super) fn is_listed(&self, address: &Address) -> bool {
        self.row(address).is_some()
    }

    /// The listed mailboxes whose records were not read, to search their addresses alone.
    pub(super) fn not_looked_at(&self) -> Vec<Subject> {
        let rows = self.index.iter().flat_map(|index| &index.rows);
        rows.filter(|(address, _)| !self.looked.contains_key(*address))
            .map(|(address, row)| Subject {
                purpose: Use::Addresses,
                ..Subject::listed(address, row, BTreeSet::from([Ask::Record]))
            })
            .collect()
    }

    /// Whether the domain's list was read to its end.
    pub(super) fn index_word(&self) -> Result<(), Reason> {
        match self.index.as_ref().map(|index| &index.completeness) {
            Some(Completeness::Complete) => Ok(()),
            Some(Completeness::Incomplete(reason)) => Err(Reason::clone(reason)),
            None => Err("the domain's mailboxes were not listed".into()),
        }
    }

    /// Whether a mailbox's parts of a kind were read.
    pub(super) fn part(&self, kind: Kind, mailbox: &Address) -> Result<(), Reason> {
        if let Some(word) = self.parts.get(&(kind, mailbox.clone())) {
            return word.clone();
        }
        match self.looked.get(mailbox) {
            Some(Ok(Presence::Gone)) => Ok(()),
            Some(Err(reason)) => Err(Reason::clone(reason)),
            Some(Ok(Presence::There)) => Err(NOT_ASKED.into()),
            None if self.is_listed(mailbox) => Err(NOT_ASKED.into()),
            // It is not in the domain's list.
            None => self.index_word(),
        }
    }

    /// Whether it is known of a mailbox that it is there, or that it is not.
    pub(super) fn mailbox(&self, mailbox: &Address) -> Result<(), Reason> {
        if self.told.contains(mailbox) {
            return Ok(());
        }
        match self.looked.get(mailbox) {
            Some(Ok(Presence::Gone)) => Ok(()),
            Some(Ok(Presence::There)) => Err(NOT_ASKED.into()),
            Some(Err(reason)) => Err(Reason::clone(reason)),
            None => self.index_word(),
        }
    }

    /// Whether the parts of a kind were read of every mailbox of the list.
    pub(super) fn parts_of(&self, kind: Kind) -> Result<(), Reason> {
        let rows = self.index.iter().flat_map(|index| index.rows.keys());
        let mut bad = rows.filter_map(|mailbox| Some((mailbox, self.part(kind, mailbox).err()?)));
        match bad.next() {
            None => Ok(()),
            Some((mailbox, reason)) => Err(match bad.count() {
                0 => format!("{mailbox}: {reason}").into(),
                more => format!("{mailbox} and {more} more: {reason}").into(),
            }),
        }
    }
}
