//! Permissions of which Dovecot holds a part: the database's rights and the folders' access lists, put together.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};

use super::super::convert;
use super::super::dovecot::{Doveadm, Folders, Own};
use crate::model::{Address, Collection, Completeness, Extent, Kind, Reason};
use crate::provider::{ErrorKind, Found, ProviderError};

/// How many mailboxes are asked about together.
const TOGETHER: usize = 25;

/// How many such groups are asked about at once.
const AT_ONCE: usize = 4;

/// What the database holds of permissions.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The mailboxes that are asked about.
    pub(super) mailboxes: Vec<Address>,
    /// The rights of each grantee, as words joined by commas.
    pub(super) words: BTreeMap<(Address, Address), String>,
}

/// How far Dovecot's access lists were read.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The mailboxes that were asked about.
    mailboxes: Vec<Address>,
    /// Those of them that were not told of, and why.
    unread: BTreeMap<Address, Reason>,
}

/// The permissions, and how far they were read.
pub(super) async fn read(
    doveadm: &Doveadm,
    held: Held,
    wanted: impl Fn(&Address, &Address) -> bool,
) -> Result<(Vec<Found>, Shared), ProviderError> {
    let Held { mailboxes, mut words } = held;
    let groups: Vec<Vec<Address>> = mailboxes.chunks(TOGETHER).map(<[Address]>::to_vec).collect();
    let asking = groups.into_iter().map(|group| {
        let doveadm = doveadm.clone();
        async move {
            let answer = doveadm.folders(&group, Own::WhereShared).await;
            (group, answer)
        }
    });
    let mut groups = Box::pin(stream::iter(asking).buffered(AT_ONCE));
    let mut found = Vec::new();
    let mut unread = BTreeMap::new();
    while let Some((group, answer)) = groups.next().await {
        let lists = match answer {
            Ok(lists) => lists,
            // A wrong key stays wrong, and is no gap in a reading but a mistake in the configuration.
            Err(error) if error.kind == ErrorKind::Auth => return Err(error),
            Err(error) => group.iter().map(|mailbox| (mailbox.clone(), Err(error.to_string()))).collect(),
        };
        for (mailbox, folders) in lists {
            let reason: Option<Reason> = folders.as_ref().err().map(|reason| reason.as_str().into());
            let folders = folders.unwrap_or_default();
            for grantee in grantees(&mailbox, &folders, &words) {
                let sent = words.remove(&(mailbox.clone(), grantee.clone()));
                if !wanted(&mailbox, &grantee) {
                    continue;
                }
                let sharing = match &reason {
                    None => Ok(folders.sharing(&grantee)),
                    Some(reason) => Err(reason.clone()),
                };
                let object = convert::shared(mailbox.clone(), grantee, sent.as_deref(), sharing);
                found.extend(object.map(Found::Object));
            }
            if let Some(reason) = reason {
                unread.insert(mailbox, reason);
            }
        }
    }
    Ok((found, Shared { mailboxes, unread }))
}

/// Everybody who has something, by the database or by the lists.
fn grantees(
    mailbox: &Address,
    folders: &Folders,
    words: &BTreeMap<(Address, Address), String>,
) -> BTreeSet<Address> {
    let sent = words.keys().filter(|(owner, _)| owner == mailbox).map(|(_, grantee)| grantee.clone());
    let mut all: BTreeSet<Address> = folders.grantees().into_iter().chain(sent).collect();
    // An entry for the owner gives nobody else anything.
    all.remove(mailbox);
    all
}

/// How a part of a scope ends of which some mailboxes could not be read: the others are complete.
///
/// Of a whole domain every mailbox that was read is told by itself, so that one that was not spoils no other's word.
pub(super) fn ends(collection: &Collection, shared: &Shared) -> Vec<Found> {
    let Shared { mailboxes, unread } = shared;
    let end = |extent: Extent, completeness: Completeness| Found::End {
        collection: Collection { kind: Kind::Permission, extent },
        completeness,
    };
    let word = |mailbox: Option<&Address>| match mailbox.and_then(|mailbox| unread.get(mailbox)) {
        Some(reason) => Completeness::Incomplete(reason.clone()),
        None => Completeness::Complete,
    };
    if unread.is_empty() {
        return vec![end(collection.extent.clone(), Completeness::Complete)];
    }
    let each = |mailbox: &Address| end(Extent::PartsOf([mailbox.clone()].into()), word(Some(mailbox)));
    match &collection.extent {
        Extent::PartsOf(mailboxes) => mailboxes.iter().map(each).collect(),
        Extent::Objects(objects) => objects
            .iter()
            .map(|object| end(Extent::Objects([object.clone()].into()), word(object.part_of())))
            .collect(),
        Extent::Domain(_) | Extent::Everything => {
            let is_in = |mailbox: &&Address| match &collection.extent {
                Extent::Domain(domain) => mailbox.domain() == domain.as_str(),
                _ => true,
            };
            let gaps: Vec<(&Address, &Reason)> =
                unread.iter().filter(|(mailbox, _)| is_in(mailbox)).collect();
            let whole = match gaps.as_slice() {
                [] => Completeness::Complete,
                [(mailbox, reason)] => Completeness::Incomplete(format!("{mailbox}: {reason}").into()),
                [(mailbox, reason), more @ ..] => {
                    let text = format!("{mailbox} and {} more mailboxes: {reason}", more.len());
                    Completeness::Incomplete(text.into())
                }
            };
            let mut ends: Vec<Found> = mailboxes.iter().filter(is_in).map(each).collect();
            ends.push(end(collection.extent.clone(), whole));
            ends
        }
    }
}
