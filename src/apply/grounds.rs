//! Whether what a saved plan rests on still holds: its objects are read again, once per connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;

use crate::model::{
    Change, ChangeId, Collection, ConnectionName, ConnectionState, Extent, Field, Fields, Ground, Identity,
    Kind, Looked, ObjectRef, ObservedObject, Plan, Reading, Risk, Scope, ScopePart, Standing, Verb,
};
use crate::plan::ground_digest;
use crate::provider::{Capabilities, Provider};

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
    let mut scopes: BTreeMap<&ConnectionName, BTreeMap<Kind, Asked>> = BTreeMap::new();
    for change in &resting {
        let asked = scopes.entry(&change.connection).or_default().entry(change.identity.kind()).or_default();
        asked.take(change, capabilities.get(&change.connection));
        for elsewhere in &change.absent {
            let kinds = scopes.entry(&elsewhere.connection).or_default();
            kinds.entry(elsewhere.identity.kind()).or_default().objects.insert(elsewhere.identity.clone());
        }
    }
    let readings = scopes.into_iter().map(|(connection, kinds)| async move {
        let Some(provider) = providers.get(connection) else {
            return (connection, Err(format!("the connection {connection} is not open")));
        };
        let scope = Scope::of(kinds.into_iter().map(|(kind, asked)| asked.part(kind)).collect());
        let (state, _) = guard::look(provider.as_ref(), &scope).await;
        (connection, Ok(state))
    });
    let readings: BTreeMap<_, _> = join_all(readings).await.into_iter().collect();
    let mut verdicts = BTreeMap::new();
    for change in resting {
        let of = |connection: &ConnectionName, judge: &dyn Fn(&ConnectionState) -> Verdict| match readings
            .get(connection)
        {
            Some(Ok(state)) => judge(state),
            Some(Err(why)) => Verdict::Unread(why.clone()),
            None => Verdict::Unread("it was not read".to_owned()),
        };
        let own = of(&change.connection, &|state| verdict(change, state));
        let elsewhere =
            change.absent.iter().map(|object| of(&object.connection, &|state| still_absent(object, state)));
        let verdict = std::iter::once(own).chain(elsewhere).find(|word| *word != Verdict::Holds);
        verdicts.insert(change.id.clone(), verdict.unwrap_or(Verdict::Holds));
    }
    Grounds { verdicts }
}

/// The changes that rest on what was read, not on an earlier change of the same object.
fn resting(plan: &Plan) -> Vec<&Change> {
    let by_id: BTreeMap<&ChangeId, &Change> =
        plan.changes.iter().map(|change| (&change.id, change)).collect();
    let follows = |change: &Change| {
        change.needs.iter().filter_map(|need| by_id.get(&need.change)).any(|before| {
            before.connection == change.connection
                && before.identity == change.identity
                && before.verb != Verb::Update
        })
    };
    plan.ready().filter(|change| !follows(change)).collect()
}

#[derive(Default)]
struct Asked {
    objects: BTreeSet<Identity>,
    fields: BTreeSet<Field>,
}

impl Asked {
    fn take(&mut self, change: &Change, capabilities: Option<&Capabilities>) {
        self.objects.insert(change.identity.clone());
        self.objects.extend(change.before_identity.clone());
        let can = capabilities.and_then(|capabilities| capabilities.kind(change.identity.kind()));
        let known = change.before.iter().flat_map(Fields::iter).map(|(field, _)| field);
        let readable = known.chain(&change.fields).filter(|field| {
            can.and_then(|can| can.fields.get(field)).is_none_or(|capability| capability.read.is_yes())
        });
        self.fields.extend(readable.cloned());
    }

    fn part(self, kind: Kind) -> ScopePart {
        ScopePart {
            collection: Collection { kind, extent: Extent::Objects(self.objects) },
            fields: self.fields,
        }
    }
}

fn verdict(change: &Change, state: &ConnectionState) -> Verdict {
    if let Some(old) = &change.before_identity {
        // A rename rests on its old name being there and on its new one being free.
        return match free(change, &change.identity, state) {
            Verdict::Holds => there(change, old, state),
            other => other,
        };
    }
    match &change.ground {
        Ground::Absent => free(change, &change.identity, state),
        Ground::Present { .. } => there(change, &change.identity, state),
        Ground::Unknown => Verdict::Unread("the plan could not read it either".to_owned()),
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
        // The plan shows such a create as exposure, so that somebody agreed to it.
        Looked::Absent { remains: Some(_) } if change.risk >= Risk::Exposure => Verdict::Holds,
        Looked::Absent { remains: Some(object) } => {
            Verdict::Moved(format!("{identity} has left something behind: {}", object.standing))
        }
        Looked::Present(_) => Verdict::Moved(format!("{identity} has come to be there")),
        Looked::Unknown(reason) => Verdict::Unread(reason.to_string()),
    }
}

fn there(change: &Change, identity: &Identity, state: &ConnectionState) -> Verdict {
    let object = match state.look(identity) {
        Looked::Present(object) => object,
        Looked::Absent { .. } => return Verdict::Moved(format!("{identity} has gone")),
        Looked::Unknown(reason) => return Verdict::Unread(reason.to_string()),
    };
    // The planner lets harmless updates of its own login through, and nothing that could lock the tool out.
    let is_barred = match object.standing {
        Standing::Foreign(_) => true,
        Standing::Login => matches!(change.verb, Verb::Delete | Verb::Rename),
        Standing::Plain | Standing::Default(_) | Standing::Remains(_) => false,
    };
    if is_barred {
        return Verdict::Moved(format!("{identity} has become {}", object.standing));
    }
    if let (Some(then), Some(now)) = (&change.remote, &object.remote)
        && then != now
    {
        return Verdict::Moved(format!("another object has taken the name {identity}"));
    }
    let Ground::Present { digest: expected } = &change.ground else {
        return Verdict::Holds;
    };
    let now = match known_then(change, object) {
        Ok(now) => now,
        Err(why) => return Verdict::Unread(why),
    };
    if ground_digest(&now) == *expected {
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
