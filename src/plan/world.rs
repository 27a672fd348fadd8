//! A model of what was read, on which changes are done one by one: each must be legal for what its service can do and
//! for what is there when its turn comes.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AccountState, Change, ConnectionName, Field, Fields, Identity, Kind, Looked, Observed, ObservedObject,
    Standing, Value, Verb,
};
use crate::provider::{AtCreate, Capabilities, Deletion, KindCapabilities};

use super::Input;
use super::draft::Drafts;
use super::parts::{aliases_in, parts_of};
use super::rename::moved;

/// What was read, with changes done to it. The model that plans are proved on.
#[derive(Debug, Clone)]
pub struct World<'a> {
    observed: &'a Observed,
    written: BTreeMap<ConnectionName, BTreeMap<Identity, Option<Fields>>>,
}

/// What the model knows of an object.
#[derive(Debug, Clone)]
pub(super) enum Seen<'w> {
    Read(&'w ObservedObject),
    Written(&'w Fields),
    Absent,
    Unknown,
}

impl<'w> Seen<'w> {
    pub(super) fn is_present(&self) -> bool {
        matches!(self, Self::Read(_) | Self::Written(_))
    }

    pub(super) fn value(&self, field: &Field) -> Option<&'w Value> {
        match self {
            Self::Read(object) => object.fields.value(field),
            Self::Written(fields) => fields.get(field),
            Self::Absent | Self::Unknown => None,
        }
    }

    fn values(&self) -> Fields {
        match self {
            Self::Read(object) => object.fields.values(),
            Self::Written(fields) => (*fields).clone(),
            Self::Absent | Self::Unknown => Fields::new(),
        }
    }
}

/// Why a change cannot be done on the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{change}: {reason}")]
pub struct Illegal {
    /// The change.
    pub change: String,
    /// What is wrong with it.
    pub reason: String,
}

impl<'a> World<'a> {
    /// The model before any change.
    pub fn new(observed: &'a Observed) -> Self {
        Self { observed, written: BTreeMap::new() }
    }

    /// The model after the changes that run, but for some. An illegal one shows in the proof; here it only changes nothing.
    pub(super) fn after(input: &Input<'a>, drafts: &Drafts, without: &BTreeSet<usize>) -> Self {
        let mut world = Self::new(input.observed);
        for (number, draft) in drafts.changes.iter().enumerate() {
            let change = &draft.change;
            if !change.is_ready() || without.contains(&number) {
                continue;
            }
            if let Some(can) = input.capabilities.get(&change.connection) {
                let _ = world.step(change, can);
            }
        }
        world
    }

    pub(super) fn see(&self, connection: &ConnectionName, identity: &Identity) -> Seen<'_> {
        if let Some(written) = self.written.get(connection).and_then(|written| written.get(identity)) {
            return written.as_ref().map_or(Seen::Absent, Seen::Written);
        }
        match self.observed.look(connection, identity) {
            Looked::Present(object) => Seen::Read(object),
            Looked::Absent { .. } => Seen::Absent,
            Looked::Unknown(_) => Seen::Unknown,
        }
    }

    /// Every object that is there: what was read, with the changes done to it.
    pub(super) fn objects(&self) -> impl Iterator<Item = (&ConnectionName, &Identity, Seen<'_>)> {
        let read = self.observed.connections.iter().flat_map(move |(connection, state)| {
            let written = self.written.get(connection);
            state
                .objects
                .iter()
                .filter(move |(identity, object)| {
                    !matches!(object.standing, Standing::Remains(_))
                        && written.is_none_or(|written| !written.contains_key(*identity))
                })
                .map(move |(identity, object)| (connection, identity, Seen::Read(object)))
        });
        let written = self.written().filter_map(|(connection, identity, fields)| {
            Some((connection, identity, Seen::Written(fields?)))
        });
        read.chain(written)
    }

    /// Every object that was written, with its fields; none where it is gone.
    pub fn written(&self) -> impl Iterator<Item = (&ConnectionName, &Identity, Option<&Fields>)> {
        self.written.iter().flat_map(|(connection, objects)| {
            objects.iter().map(move |(identity, fields)| (connection, identity, fields.as_ref()))
        })
    }

    fn write(&mut self, connection: &ConnectionName, identity: &Identity, fields: Option<Fields>) {
        self.written.entry(connection.clone()).or_default().insert(identity.clone(), fields);
    }

    /// Does one change, if it is legal for what the connection can do and for what is there now.
    pub fn step(&mut self, change: &Change, can: &Capabilities) -> Result<(), Illegal> {
        let illegal = |reason: String| Illegal { change: change.id.to_string(), reason };
        let Some(kind) = can.kind(change.identity.kind()) else {
            return Err(illegal(format!("the service has no {}", change.identity.kind().plural())));
        };
        let seen = self.see(&change.connection, &change.identity);
        let here = seen.is_present();
        match change.verb {
            Verb::Create if here => return Err(illegal("it is there already".to_owned())),
            Verb::Update | Verb::Delete if !here => return Err(illegal("it is not there".to_owned())),
            _ => {}
        }
        let written: Fields = change
            .fields
            .iter()
            .filter_map(|field| Some((field.clone(), change.after.get(field)?.clone())))
            .collect();
        // A delete writes nothing: what a service could not be given may still go.
        if change.verb != Verb::Delete
            && let Some(problem) = can.problems(&change.identity, &written).first()
        {
            return Err(illegal(problem.message.clone()));
        }
        match change.verb {
            Verb::Create => {
                if let Some(reason) = kind.create.reason() {
                    return Err(illegal(reason.to_owned()));
                }
                for (field, capability) in &kind.fields {
                    match (capability.create, change.fields.contains(field)) {
                        (AtCreate::No(reason), true) => {
                            return Err(illegal(format!("`{field}` at create: {reason}")));
                        }
                        (AtCreate::Required, false) => return Err(illegal(format!("`{field}` is required"))),
                        _ => {}
                    }
                }
                self.claim(change)?;
                let mut made = stored(&change.after);
                if kind.fields.contains_key(&Field::State) && made.get(&Field::State).is_none() {
                    // A new one is active where nobody says otherwise.
                    made.set(Field::State, Value::State(AccountState::Active));
                }
                self.write(&change.connection, &change.identity, Some(made));
            }
            Verb::Update => {
                for field in &change.fields {
                    if let Some(reason) =
                        kind.fields.get(field).and_then(|capability| capability.update.reason())
                    {
                        return Err(illegal(format!("`{field}`: {reason}")));
                    }
                }
                let mut now = seen.values();
                for (field, value) in stored(&written).iter() {
                    now.set(field.clone(), value.clone());
                }
                self.write(&change.connection, &change.identity, Some(now));
            }
            Verb::Delete => {
                if let Deletion::No(reason) = kind.delete {
                    return Err(illegal(reason.to_owned()));
                }
                if let Identity::Mailbox(mailbox) = &change.identity {
                    for part in self.parts(&change.connection, mailbox, can) {
                        self.write(&change.connection, &part, None);
                    }
                }
                self.write(&change.connection, &change.identity, None);
            }
            Verb::Rename => {
                let Some(former) = &change.before_identity else {
                    return Err(illegal("a rename without a former address".to_owned()));
                };
                if let Some(reason) = kind.rename.reason() {
                    return Err(illegal(reason.to_owned()));
                }
                let from = self.see(&change.connection, former);
                if here || !from.is_present() {
                    return Err(illegal("the old one is not there, or the new one is".to_owned()));
                }
                let values = from.values();
                self.claim(change)?;
                if let (Some(old), Some(new)) = (former.address(), change.identity.address()) {
                    for part in self.parts(&change.connection, old, can) {
                        let mut values = self.see(&change.connection, &part).values();
                        if part.kind() == Kind::Alias {
                            values.set(Field::Targets, Value::Addresses(BTreeSet::from([new.clone()])));
                            self.write(&change.connection, &part, Some(values));
                            continue;
                        }
                        if let Some(moved) = moved(&part, new) {
                            self.write(&change.connection, &moved, Some(values));
                        }
                        self.write(&change.connection, &part, None);
                    }
                }
                self.write(&change.connection, former, None);
                self.write(&change.connection, &change.identity, Some(values));
            }
        }
        Ok(())
    }

    /// Checks that the address is free and that the mailbox of a part is there.
    fn claim(&self, change: &Change) -> Result<(), Illegal> {
        let illegal = |reason: String| Illegal { change: change.id.to_string(), reason };
        let other = match &change.identity {
            Identity::Mailbox(address) => Some(Identity::Alias(address.clone())),
            Identity::Alias(address) => Some(Identity::Mailbox(address.clone())),
            _ => None,
        };
        if let Some(other) = other
            && let Seen::Written(_) | Seen::Read(ObservedObject { standing: Standing::Plain, .. }) =
                self.see(&change.connection, &other)
        {
            return Err(illegal(format!("the {} of that address was not released", other.kind())));
        }
        if let Some(mailbox) = change.identity.part_of() {
            let mailbox = Identity::Mailbox(mailbox.clone());
            if matches!(self.see(&change.connection, &mailbox), Seen::Absent) {
                return Err(illegal("its mailbox is not there".to_owned()));
            }
        }
        Ok(())
    }

    /// What lives in a mailbox's own record.
    fn parts(
        &self,
        connection: &ConnectionName,
        mailbox: &crate::model::Address,
        can: &Capabilities,
    ) -> Vec<Identity> {
        let inside = |kind: Kind| can.kind(kind).is_some_and(KindCapabilities::may_lie_in_mailbox);
        let mut parts: Vec<Identity> = Vec::new();
        if let Some(state) = self.observed.connections.get(connection) {
            let inside = parts_of(state, mailbox).chain(aliases_in(state, mailbox, can));
            parts.extend(inside.map(|object| object.identity.clone()));
        }
        if let Some(written) = self.written.get(connection) {
            parts.extend(written.keys().filter(|identity| identity.part_of() == Some(mailbox)).cloned());
        }
        parts.push(Identity::administrator(mailbox.as_str()));
        parts.sort();
        parts.dedup();
        // An alias that was given to another mailbox on the way stays there.
        let delivers_here = |part: &Identity| {
            let targets = self.see(connection, part).value(&Field::Targets).and_then(Value::addresses);
            targets.is_some_and(|targets| targets.iter().eq([mailbox]))
        };
        parts.retain(|part| {
            let here = part.kind() != Kind::Alias || delivers_here(part);
            here && inside(part.kind()) && self.see(connection, part).is_present()
        });
        parts
    }
}

/// What a service would show: never a secret.
fn stored(fields: &Fields) -> Fields {
    fields
        .iter()
        .filter(|(_, value)| !matches!(value, Value::Secret(_)))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}
