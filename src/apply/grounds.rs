//! Whether what a saved plan rests on still holds: its objects are read again, once per connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;

use crate::model::{
    Address, Change, ChangeId, Collection, ConnectionName, ConnectionState, Extent, Field, Fields, Ground,
    Identity, Kind, Looked, ObjectRef, ObservedObject, Plan, Reading, Risk, Scope, ScopePart, Standing, Verb,
};
use crate::plan::{ReadAs, ground_digest, hits_login, known_parts, login_witnesses, parts_collections};
use crate::provider::{Capabilities, Provider, StoredIn};

use super::guard;

/// What re-reading brought, for each change that would run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grounds {
    verdicts: BTreeMap<ChangeId, Verdict>,
}

/// Whether a change may still run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// What it rests on is as the plan says.
    Holds,
    /// It has changed since the plan was made: how, in words.
    Moved(String),
    /// It could not be read again, and why.
    Unread(String),
}

impl Grounds {
    /// What was found for a change; none for one that was not to run.
    pub fn verdict(&self, change: &ChangeId) -> Option<&Verdict> {
        self.verdicts.get(change)
    }

    /// The changes that rest on what was read, by id; the others rest on these.
    pub fn resting(&self) -> impl Iterator<Item = &ChangeId> {
        self.verdicts.keys()
    }

    /// Every change whose ground moved or could not be read, with the reason as shown, by id.
    pub fn stale(&self) -> impl Iterator<Item = (&ChangeId, String)> {
        self.verdicts.keys().filter_map(|change| Some((change, self.why_stale(change)?)))
    }

    /// Why a change may no longer run; none where it may.
    pub(super) fn why_stale(&self, change: &ChangeId) -> Option<String> {
        match self.verdicts.get(change)? {
            Verdict::Holds => None,
            Verdict::Moved(how) => Some(format!("stale: since the plan was made, {how}")),
            Verdict::Unread(why) => Some(format!("what it rests on could not be read again: {why}")),
        }
    }
}

/// Reads again what the changes of a saved plan rest on, nothing else, once per connection, and compares it with the
/// plan. A change that follows another one of the same object rests on that one.
pub async fn verify_grounds(
    plan: &Plan,
    providers: &BTreeMap<ConnectionName, Arc<dyn Provider>>,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
) -> Grounds {
    let resting = resting(plan);
    let mut asked: BTreeMap<&ConnectionName, Asked> = BTreeMap::new();
    for Resting { change, read } in &resting {
        let can = capabilities.get(&change.connection);
        asked.entry(&change.connection).or_default().take(change, read, can);
        for elsewhere in change.absent.iter().chain(&change.present) {
            asked.entry(&elsewhere.connection).or_default().object(&elsewhere.identity);
        }
    }
    let readings = asked.into_iter().map(|(connection, asked)| async move {
        let Some(provider) = providers.get(connection) else {
            return (connection, Err(format!("the connection {connection} is not open")));
        };
        let scope = asked.scope();
        let (state, _) = guard::look(provider.as_ref(), &scope).await;
        (connection, Ok(state))
    });
    let readings: BTreeMap<_, _> = join_all(readings).await.into_iter().collect();
    let mut verdicts = BTreeMap::new();
    for resting in resting {
        let change = resting.change;
        let of = |connection: &ConnectionName, judge: &dyn Fn(&ConnectionState) -> Verdict| match readings
            .get(connection)
        {
            Some(Ok(state)) => judge(state),
            Some(Err(why)) => Verdict::Unread(why.clone()),
            None => Verdict::Unread("it was not read".to_owned()),
        };
        let can = capabilities.get(&change.connection);
        let account = plan.connections.get(&change.connection).and_then(|read| read.account.as_deref());
        let own = of(&change.connection, &|state| {
            let words =
                [same_account(account, state), verdict(&resting, state), no_more_parts(change, state, can)];
            let lock_out = can.and_then(|can| hits_login(change, state, can)).map(Verdict::Moved);
            words.into_iter().chain(lock_out).find(|word| *word != Verdict::Holds).unwrap_or(Verdict::Holds)
        });
        let absent =
            change.absent.iter().map(|object| of(&object.connection, &|state| still_absent(object, state)));
        let present =
            change.present.iter().map(|object| of(&object.connection, &|state| still_there(object, state)));
        let words = std::iter::once(own).chain(absent).chain(present);
        let verdict = words.into_iter().find(|word| *word != Verdict::Holds);
        verdicts.insert(change.id.clone(), verdict.unwrap_or(Verdict::Holds));
    }
    for change in plan.ready().filter(|change| !verdicts.contains_key(&change.id)).collect::<Vec<_>>() {
        let Some(Ok(state)) = readings.get(&change.connection) else { continue };
        let can = capabilities.get(&change.connection);
        if let Some(why) = can.and_then(|can| hits_login(change, state, can)) {
            verdicts.insert(change.id.clone(), Verdict::Moved(why));
        }
    }
    Grounds { verdicts }
}

/// A change and the name under which its object was read: that of its mailbox's former address, where it is a part that
/// moves along.
struct Resting<'a> {
    change: &'a Change,
    read: Identity,
}

/// The changes that rest on what was read, not on an earlier change of the same object.
fn resting(plan: &Plan) -> Vec<Resting<'_>> {
    let by_id: BTreeMap<&ChangeId, &Change> =
        plan.changes.iter().map(|change| (&change.id, change)).collect();
    let follows = |change: &Change| {
        change.needs.iter().filter_map(|need| by_id.get(&need.change)).any(|before| {
            before.connection == change.connection
                && before.identity == change.identity
                && before.verb != Verb::Update
        })
    };
    let resting = plan.ready().filter(|change| !follows(change));
    let read = ReadAs::new(plan);
    resting.map(|change| Resting { change, read: read.name(change) }).collect()
}

/// What a scope of a re-reading asks for.
#[derive(Default)]
struct Asked {
    objects: BTreeMap<Kind, (BTreeSet<Identity>, BTreeSet<Field>)>,
    parts: BTreeMap<Kind, BTreeSet<Address>>,
}

impl Asked {
    fn object(&mut self, identity: &Identity) {
        self.objects.entry(identity.kind()).or_default().0.insert(identity.clone());
    }

    fn take(&mut self, change: &Change, read: &Identity, capabilities: Option<&Capabilities>) {
        self.object(&change.identity);
        self.object(read);
        let kind = change.identity.kind();
        let can = capabilities.and_then(|capabilities| capabilities.kind(kind));
        let known = change.before.iter().flat_map(Fields::iter).map(|(field, _)| field);
        let readable = known.chain(&change.fields).filter(|field| {
            can.and_then(|can| can.fields.get(field)).is_none_or(|capability| capability.read.is_yes())
        });
        self.objects.entry(kind).or_default().1.extend(readable.cloned());
        let Some(capabilities) = capabilities else { return };
        // Where aliases stand in the records of mailboxes the service itself refuses one at a mailbox's address, and to
        // look costs a call for each. Where nothing that is read logs in, there is nothing to look for either.
        let is_refused = kind == Kind::Alias && can.is_some_and(|can| can.stored_in == StoredIn::Mailbox);
        let logs_in = capabilities.kind(Kind::Administrator).is_some() || !capabilities.logins.is_empty();
        for witness in login_witnesses(change).iter().filter(|_| !is_refused && logs_in) {
            if capabilities.kind(witness.kind()).is_some() {
                self.object(witness);
            }
        }
        let Some(mailbox) = change.identity.address() else { return };
        for collection in parts_collections(mailbox, capabilities) {
            match collection.extent {
                _ if !change.parts.contains_key(&collection.kind) => {}
                Extent::Objects(objects) => objects.iter().for_each(|object| self.object(object)),
                _ => {
                    self.parts.entry(collection.kind).or_default().insert(mailbox.clone());
                }
            }
        }
    }

    fn scope(self) -> Scope {
        let objects = self.objects.into_iter().map(|(kind, (objects, fields))| ScopePart {
            collection: Collection { kind, extent: Extent::Objects(objects) },
            fields,
        });
        // An alias tells by its targets in whose record it stands.
        let parts = self.parts.into_iter().map(|(kind, mailboxes)| ScopePart {
            collection: Collection { kind, extent: Extent::PartsOf(mailboxes) },
            fields: if kind == Kind::Alias { BTreeSet::from([Field::Targets]) } else { BTreeSet::new() },
        });
        Scope::of(objects.chain(parts).collect())
    }
}

fn verdict(resting: &Resting<'_>, state: &ConnectionState) -> Verdict {
    let Resting { change, read } = resting;
    if *read != change.identity {
        // A rename rests on its old name being there and on its new one being free; so does a part that moves along.
        return match free(change, &change.identity, state) {
            Verdict::Holds => there(change, read, state),
            other => other,
        };
    }
    match &change.ground {
        Ground::Absent => free(change, &change.identity, state),
        Ground::Present { .. } => there(change, &change.identity, state),
        Ground::Unknown => Verdict::Unread("the plan could not read it either".to_owned()),
    }
}

/// A credential may come to open another account without a word in the configuration.
fn same_account(planned: Option<&str>, state: &ConnectionState) -> Verdict {
    match (planned, state.account.as_deref()) {
        (Some(then), Some(now)) if then != now => {
            Verdict::Moved(format!("the connection has come to open the account {now} instead of {then}"))
        }
        _ => Verdict::Holds,
    }
}

/// What goes with a mailbox must not have become more than the plan shows.
fn no_more_parts(change: &Change, state: &ConnectionState, capabilities: Option<&Capabilities>) -> Verdict {
    let (Some(mailbox), Some(can)) = (change.identity.address(), capabilities) else { return Verdict::Holds };
    if change.parts.is_empty() {
        return Verdict::Holds;
    }
    let now = known_parts(state, mailbox, can);
    for (kind, then) in &change.parts {
        let Some(now) = now.get(kind) else {
            return Verdict::Unread(format!("its {} were not all read", kind.plural()));
        };
        if let Some(new) = now.difference(then).next() {
            return Verdict::Moved(format!("the {kind} {new} has come to go with {}", change.identity));
        }
    }
    Verdict::Holds
}

fn still_there(object: &ObjectRef, state: &ConnectionState) -> Verdict {
    match state.look(&object.identity) {
        Looked::Present(_) => Verdict::Holds,
        Looked::Absent { .. } => Verdict::Moved(format!("{} has gone", object.identity)),
        Looked::Unknown(reason) => Verdict::Unread(reason.to_string()),
    }
}

fn still_absent(object: &ObjectRef, state: &ConnectionState) -> Verdict {
    match state.look(&object.identity) {
        Looked::Absent { .. } => Verdict::Holds,
        Looked::Present(_) => {
            Verdict::Moved(format!("{} has come to answer for {}", object.connection, object.identity))
        }
        Looked::Unknown(reason) => Verdict::Unread(reason.to_string()),
    }
}

fn free(change: &Change, identity: &Identity, state: &ConnectionState) -> Verdict {
    match state.look(identity) {
        Looked::Absent { remains: None } => Verdict::Holds,
        // The plan shows it, and such a create as exposure, so that somebody agreed to it.
        Looked::Absent { remains: Some(_) } if change.risk >= Risk::Exposure => Verdict::Holds,
        Looked::Absent { remains: Some(object) } if tells(change, object) => Verdict::Holds,
        Looked::Absent { remains: Some(object) } => {
            Verdict::Moved(format!("{identity} has left something behind: {}", object.standing))
        }
        Looked::Present(_) => Verdict::Moved(format!("{identity} has come to be there")),
        Looked::Unknown(reason) => Verdict::Unread(reason.to_string()),
    }
}

/// True where a change says what is left of a former object.
fn tells(change: &Change, remains: &ObservedObject) -> bool {
    match &remains.standing {
        Standing::Remains(note) => change.effects.iter().any(|effect| **effect == **note),
        _ => false,
    }
}

fn there(change: &Change, identity: &Identity, state: &ConnectionState) -> Verdict {
    let object = match state.look(identity) {
        Looked::Present(object) => object,
        Looked::Absent { .. } => return Verdict::Moved(format!("{identity} has gone")),
        Looked::Unknown(reason) => return Verdict::Unread(reason.to_string()),
    };
    let is_barred = match object.standing {
        Standing::Foreign(_) => true,
        // The planner lets harmless updates of its own login through, and nothing that takes it away.
        Standing::Login => matches!(change.verb, Verb::Delete | Verb::Rename),
        // What the service makes by itself, it makes again.
        Standing::Default(_) => change.verb == Verb::Delete,
        Standing::Plain | Standing::Remains(_) => false,
    };
    if is_barred {
        return Verdict::Moved(format!("{identity} has become {}", object.standing));
    }
    if change.remote != object.remote {
        return Verdict::Moved(format!("another object has taken the name {identity}"));
    }
    if change.record != object.record {
        return Verdict::Moved(format!("{identity} has come to stand in another record"));
    }
    let expected = match (&change.ground, &change.before) {
        (Ground::Present { digest }, _) => digest.clone(),
        // It will be there only when its mailbox has moved.
        (_, Some(before)) => ground_digest(before),
        (_, None) => return Verdict::Holds,
    };
    let now = match known_then(change, object) {
        Ok(now) => now,
        Err(why) => return Verdict::Unread(why),
    };
    if ground_digest(&now) == expected {
        return Verdict::Holds;
    }
    let differences: Vec<String> = change
        .before
        .iter()
        .flat_map(Fields::iter)
        .filter(|(field, value)| now.get(field) != Some(value))
        .map(|(field, value)| {
            let now = now.get(field).map_or_else(|| "nothing".to_owned(), ToString::to_string);
            format!("`{field}` was {value} and is {now}")
        })
        .collect();
    Verdict::Moved(if differences.is_empty() {
        format!("{identity} has changed")
    } else {
        format!("{identity} has changed: {}", differences.join(", "))
    })
}

/// Today's values of the fields that the plan knew. A reading may tell more, which the plan did not rest on.
fn known_then(change: &Change, object: &ObservedObject) -> Result<Fields, String> {
    let Some(before) = &change.before else {
        return Ok(object.fields.values());
    };
    let mut now = Fields::new();
    for (field, _) in before.iter() {
        match object.fields.get(field) {
            Some(Reading::Known(value)) => {
                now.set(field.clone(), value.clone());
            }
            Some(Reading::NotRead(reason) | Reading::Untold(reason)) => {
                return Err(format!("`{field}`: {reason}"));
            }
            None => return Err(format!("`{field}` was not told")),
        }
    }
    Ok(now)
}
