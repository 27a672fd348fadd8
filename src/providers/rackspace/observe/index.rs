//! The list of a domain's mailboxes: one, or two by state where only the list is to tell it
//! (`contracts/rackspace.md §4`).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Completeness, DomainName, Field, Reading, Reason, Scope, Value};
use crate::provider::{ErrorKind, ProviderError};

use crate::providers::rackspace::api::{Api, Loose};
use crate::providers::rackspace::convert::{self, ACTIVE_SYNC_KEY};
use crate::providers::rackspace::fields;

use super::paging::{Gap, Listed, Total, list};
use super::wanted::Wanted;

/// What the list tells of a mailbox.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Its name, as listed.
    pub(super) name: String,
    /// The rest.
    pub(super) document: Loose,
    /// Its state, where the list was read by state.
    pub(super) state: Option<Reading>,
}

/// The mailboxes of a domain.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) rows: BTreeMap<Address, Row>,
    pub(super) completeness: Completeness,
    /// What kept it from being read at all.
    pub(super) error: Option<ProviderError>,
}

/// How a domain's mailboxes are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    /// All at once.
    One,
    /// Those in use, and those that are not, at the same time.
    ByState,
}

/// Reads a domain's list.
///
/// # Errors
/// `Auth`: then nothing more can be read.
pub(super) async fn read(
    api: &Api,
    domain: &DomainName,
    lists: Lists,
    fields: &[&str],
) -> Result<Index, ProviderError> {
    let of = |enabled: Option<bool>| {
        list(
            Total::Counts,
            |row: &Loose| row.text("name").known().unwrap_or_default().to_lowercase(),
            move |offset| api.mailboxes(domain, enabled, fields, offset),
        )
    };
    let read = match lists {
        Lists::One => vec![(None, of(None).await)],
        Lists::ByState => {
            let (active, suspended) = futures_util::join!(of(Some(true)), of(Some(false)));
            vec![(Some(true), active), (Some(false), suspended)]
        }
    };
    let mut index = Index { rows: BTreeMap::new(), completeness: Completeness::Complete, error: None };
    for (enabled, listed) in read {
        index.take(domain, enabled, listed)?;
    }
    Ok(index)
}

impl Index {
    /// These mailboxes, which are all of a domain that matter: nothing was listed for them.
    pub(super) fn of(mailboxes: &BTreeSet<Address>) -> Self {
        let row = |mailbox: &Address| {
            let name = mailbox.local().to_owned();
            (mailbox.clone(), Row { document: Loose::named(&name), name, state: None })
        };
        Self { rows: mailboxes.iter().map(row).collect(), completeness: Completeness::Complete, error: None }
    }

    fn take(
        &mut self,
        domain: &DomainName,
        enabled: Option<bool>,
        listed: Listed<Loose>,
    ) -> Result<(), ProviderError> {
        for document in listed.items {
            let Some(name) = document.text("name").known() else { continue };
            let Some(address) = convert::nameable(&name, domain) else { continue };
            let state = enabled.map(|enabled| Reading::Known(Value::State(convert::state(enabled))));
            if let Some(twice) = self.rows.get_mut(&address) {
                let reason = "the service lists it as in use and as not in use";
                twice.state = Some(Reading::NotRead(reason.into()));
            } else {
                self.rows.insert(address, Row { name, document, state });
            }
        }
        if let Some(gap) = listed.gap {
            self.completeness = Completeness::Incomplete(gap.reason());
            if let Gap::Failed(error) = gap {
                if error.kind == ErrorKind::Auth {
                    return Err(error);
                }
                self.error = Some(error);
            }
        }
        Ok(())
    }
}

/// The fields that a list is asked for beside names.
pub(super) fn asked(domain: &DomainName, scope: &Scope) -> Vec<&'static str> {
    let active_sync = fields::setting(fields::ACTIVE_SYNC_SETTING);
    let mut asked = Vec::new();
    if Wanted::wants(domain, scope, &Field::Quota) {
        asked.push("size");
    }
    if scope.facts {
        asked.push("currentUsage");
    }
    if Wanted::wants(domain, scope, &active_sync) {
        asked.push(ACTIVE_SYNC_KEY);
    }
    asked
}

/// The names of a domain's mailboxes that mobile devices may synchronise with, in small letters; why not, where that
/// cannot be read.
///
/// # Errors
/// `Auth`: then nothing more can be read.
pub(super) async fn active_sync_names(
    api: &Api,
    domain: &DomainName,
) -> Result<Result<Vec<String>, Reason>, ProviderError> {
    let listed = list(
        Total::Counts,
        |name: &String| name.to_lowercase(),
        |offset| api.active_sync_names(domain, offset),
    )
    .await;
    match listed.gap {
        None => Ok(Ok(listed.items.iter().map(|name| name.to_lowercase()).collect())),
        Some(Gap::Failed(error)) if error.kind == ErrorKind::Auth => Err(error),
        Some(gap) => Ok(Err(gap.reason())),
    }
}
