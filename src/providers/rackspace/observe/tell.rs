//! What was read, in the words of the contract: objects, and how much of each collection was seen.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::mpsc::UnboundedSender;

use crate::model::{
    Address, Collection, Completeness, Field, Identity, ObservedObject, Reading, Readings, Reason, Scope,
    Value,
};
use crate::provider::Found;

use crate::providers::rackspace::api::Loose;
use crate::providers::rackspace::convert::{self, Extent};
use crate::providers::rackspace::fields;

use super::detail::{Ask, Detail, Look, Senders};
use super::index::Row;

/// Tells what was read as soon as it was.
#[derive(Debug)]
pub(super) struct Teller(pub(super) UnboundedSender<Found>);

impl Teller {
    /// Tells a piece. That nobody listens any more is no failure.
    pub(super) fn say(&self, found: Found) {
        let _ = self.0.send(found);
    }

    /// Tells an object.
    pub(super) fn object(&self, object: ObservedObject) {
        self.say(Found::Object(object));
    }

    /// Tells that a collection ends here, whole or not.
    pub(super) fn end(&self, collection: Collection, word: Result<(), Reason>) {
        let completeness = match word {
            Ok(()) => Completeness::Complete,
            Err(reason) => Completeness::Incomplete(reason),
        };
        self.say(Found::End { collection, completeness });
    }
}

/// What a mailbox is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// For all that is asked of it.
    Whole,
    /// To find out which addresses it has: the rest was told already, or nobody asked.
    Addresses,
}

/// A mailbox that is being read.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) address: Address,
    /// What the domain's list tells of it.
    pub(super) row: Option<Row>,
    /// What it must be asked for itself.
    pub(super) asks: BTreeSet<Ask>,
    pub(super) purpose: Use,
}

impl Subject {
    /// One that was listed.
    pub(super) fn listed(address: &Address, row: &Row, asks: BTreeSet<Ask>) -> Self {
        Self { address: address.clone(), row: Some(row.clone()), asks, purpose: Use::Whole }
    }

    /// One that somebody named.
    pub(super) fn named(address: &Address, asks: BTreeSet<Ask>) -> Self {
        Self { address: address.clone(), row: None, asks, purpose: Use::Whole }
    }

    /// Its name at the service.
    pub(super) fn name(&self) -> &str {
        self.row.as_ref().map_or(self.address.local(), |row| &row.name)
    }

    /// The mailbox, from all that was read of it.
    pub(super) fn mailbox(
        &self,
        detail: &Detail,
        scope: &Scope,
        active_sync: Option<&Result<Vec<String>, Reason>>,
    ) -> ObservedObject {
        let mut fields = Readings::new();
        let mut facts = crate::model::Facts::new();
        if let Some(row) = &self.row {
            take(&mut fields, &convert::mailbox(&row.document, Extent::Row));
            if let Some(state) = &row.state {
                fields.set(Field::State, state.clone());
            }
            facts.extend(convert::facts(&row.document));
        }
        if let Look::Told(record) = &detail.record {
            take(&mut fields, &convert::mailbox(record, Extent::Record));
            facts.extend(convert::facts(record));
        }
        if let Some(devices) = &detail.devices {
            facts.extend(convert::active_sync_facts(devices));
        }
        if let Look::Told(spam) = &detail.spam {
            take(&mut fields, &convert::spam(spam));
        }
        let identity = Identity::Mailbox(self.address.clone());
        let setting = fields::setting(fields::ACTIVE_SYNC_SETTING);
        if let (None, Some(names)) = (fields.get(&setting), active_sync) {
            let reading = match names {
                Ok(names) => Reading::Known(Value::Bool(names.contains(&self.name().to_lowercase()))),
                Err(reason) => Reading::NotRead(Reason::clone(reason)),
            };
            fields.set(setting, reading);
        }
        // A field that is wanted and was not told says why.
        let asked = scope.parts.iter().filter(|part| part.collection.covers(&identity));
        for field in asked.flat_map(|part| &part.fields) {
            if fields.get(field).is_none() && *field != Field::Password {
                let failed =
                    if fields::is_spam(field) { detail.spam.failed() } else { detail.record.failed() };
                let reason = failed.cloned().unwrap_or_else(|| "the service did not tell it".into());
                fields.set(field.clone(), Reading::NotRead(reason));
            }
        }
        let mut object = convert::object(identity, &self.address, self.name(), fields);
        object.facts = facts;
        object
    }
}

/// Takes what is known, and why something is not where nothing else tells it.
fn take(fields: &mut Readings, more: &Readings) {
    for (field, reading) in more.iter() {
        if reading.known().is_some() || fields.value(field).is_none() {
            fields.set(field.clone(), reading.clone());
        }
    }
}

/// The permissions that the entries of a mailbox grant. Several entries for one grantee add up.
pub(in crate::providers::rackspace) fn permissions(
    mailbox: &Address,
    name: &str,
    entries: &[Loose],
) -> Vec<ObservedObject> {
    let mut found: BTreeMap<Identity, ObservedObject> = BTreeMap::new();
    for permission in entries.iter().filter_map(|entry| convert::permission(mailbox, name, entry)) {
        let Some(before) = found.get_mut(&permission.identity) else {
            found.insert(permission.identity.clone(), permission);
            continue;
        };
        let rights = (before.fields.value(&Field::Rights), permission.fields.value(&Field::Rights));
        let sum = match rights {
            (Some(Value::Rights(a)), Some(Value::Rights(b))) => {
                Reading::Known(Value::Rights(a.union(b).copied().collect()))
            }
            _ => Reading::NotRead(
                "the service lists the grantee twice, once in words that cannot be read".into(),
            ),
        };
        before.fields.set(Field::Rights, sum);
    }
    found.into_values().collect()
}

/// The sender rules of a mailbox, where it has any.
pub(super) fn rules(mailbox: &Address, name: &str, senders: &Senders) -> Option<ObservedObject> {
    if senders.allow.is_empty() && senders.block.is_empty() {
        return None;
    }
    let fields = Readings::new()
        .known(Field::Allow, Value::Words(senders.allow.clone()))
        .known(Field::Block, Value::Words(senders.block.clone()));
    Some(convert::object(Identity::SenderRules(mailbox.clone()), mailbox, name, fields))
}
