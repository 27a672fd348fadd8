//! A mail service in memory, for this folder's tests: a small state machine with faults to order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use crate::model::{
    Address, Change, ChangeId, Completeness, ConnectionName, Field, Fields, Ground, Identity, Kind, Need,
    NeedKind, ObservedObject, PLAN_FORMAT, Plan, Readings, Risk, Scope, SecretRef, Standing, Status, Value,
    Verb,
};
use crate::provider::{
    Ability, Capabilities, Check, Done, ErrorKind, FieldCapability, Found, KindCapabilities, Limits,
    Provider, ProviderError, SecretError, Secrets,
};

/// What goes wrong with one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Refused with this; nothing is done.
    Refuse(ErrorKind),
    /// Throttled; nothing is done, and the service asks to wait.
    Throttle(Duration),
    /// The answer is lost, and nothing was done.
    LostBefore,
    /// The answer is lost after all was done.
    LostAfter,
    /// The answer is lost after a create that did not take the password.
    LostWithoutPassword,
    /// The adapter never comes back; nothing is done.
    Hang,
    /// The adapter panics; nothing is done.
    PanicBefore,
    /// The adapter panics after all was done.
    PanicAfter,
    /// The service says yes and does nothing.
    Lie,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) objects: BTreeMap<Identity, Fields>,
    pub(super) standing: BTreeMap<Identity, Standing>,
    pub(super) remote: BTreeMap<Identity, &'static str>,
    pub(super) passwords: BTreeMap<Identity, String>,
    /// How often each object was made.
    pub(super) made: BTreeMap<Identity, u32>,
    /// What readings show until then, where they lag behind.
    stale: BTreeMap<Identity, (Instant, Option<Fields>)>,
    /// By the number of the write, from 0.
    pub(super) faults: BTreeMap<u64, Fault>,
    /// For each sending of a change.
    pub(super) always: BTreeMap<ChangeId, Fault>,
    /// What readings fail with, as often as it stands here.
    pub(super) reading_faults: Vec<ProviderError>,
    /// Each write as it began, with the time since the start.
    pub(super) begun: Vec<(ChangeId, Instant)>,
    pub(super) finished: Vec<ChangeId>,
    pub(super) readings: u64,
    under_way: BTreeMap<Arc<str>, u32>,
    pub(super) most_under_way: usize,
    pub(super) record_clashes: u32,
}

#[derive(Debug, Default)]
pub(super) struct Fake {
    state: Mutex<State>,
    /// How long a write takes.
    takes: Duration,
    /// How long readings show the old state.
    lag: Duration,
}

impl Fake {
    /// One whose writes take so long.
    pub(super) fn taking(takes: Duration) -> Self {
        Self { takes, ..Self::default() }
    }

    pub(super) fn lagging(self, lag: Duration) -> Self {
        Self { lag, ..self }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn begun(&self) -> Vec<String> {
        self.state().begun.iter().map(|(id, _)| id.to_string()).collect()
    }

    /// What was sent and never came back.
    pub(super) fn lost(&self) -> Vec<ChangeId> {
        let state = self.state();
        let begun = state.begun.iter().map(|(id, _)| id);
        begun.filter(|id| !state.finished.contains(id)).cloned().collect()
    }

    fn commit(&self, change: &Change, password: Option<String>) -> Result<Done, ProviderError> {
        let mut state = self.state();
        let state = &mut *state;
        let old = state.objects.get(&change.identity).cloned();
        let mut after = change.after.clone();
        after.remove(&Field::Password);
        match change.verb {
            Verb::Create => match &old {
                Some(there) if *there == after => return Ok(Done::NotNeeded),
                Some(_) => return Err(ProviderError::new(ErrorKind::Conflict, "it exists")),
                None => {
                    *state.made.entry(change.identity.clone()).or_default() += 1;
                    state.objects.insert(change.identity.clone(), after);
                }
            },
            Verb::Update => {
                let Some(there) = state.objects.get_mut(&change.identity) else {
                    return Err(ProviderError::new(ErrorKind::NotFound, "it is not there"));
                };
                for field in &change.fields {
                    match after.get(field) {
                        Some(value) => {
                            there.set(field.clone(), value.clone());
                        }
                        None => {
                            there.remove(field);
                        }
                    }
                }
            }
            Verb::Delete => {
                if state.objects.remove(&change.identity).is_none() {
                    return Ok(Done::NotNeeded);
                }
            }
            Verb::Rename => {
                let before = change.before_identity.as_ref().expect("a rename has an old name");
                if let Some(fields) = state.objects.remove(before) {
                    state.objects.insert(change.identity.clone(), fields);
                } else if old.is_none() {
                    return Err(ProviderError::new(ErrorKind::NotFound, "it is not there"));
                } else {
                    return Ok(Done::NotNeeded);
                }
            }
        }
        if let Some(password) = password {
            state.passwords.insert(change.identity.clone(), password);
        }
        if !self.lag.is_zero() {
            state.stale.insert(change.identity.clone(), (Instant::now() + self.lag, old));
        }
        Ok(Done::written())
    }
}

#[async_trait]
impl Provider for Fake {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        let mut state = self.state();
        state.readings += 1;
        if let Some(error) = state.reading_faults.pop() {
            return stream::iter([Found::Failed(error)]).boxed();
        }
        let mut found = Vec::new();
        let mut names: BTreeSet<Identity> = state.objects.keys().cloned().collect();
        names.extend(state.stale.keys().cloned());
        for identity in names.into_iter().filter(|identity| scope.covers(identity)) {
            let shown = match state.stale.get(&identity) {
                Some((until, old)) if *until > Instant::now() => old.clone(),
                _ => state.objects.get(&identity).cloned(),
            };
            if let Some(fields) = shown {
                let mut object = ObservedObject::plain(identity.clone(), Readings::from(fields));
                object.fields = object.fields.clone().not_read(Field::Password, "write-only");
                if let Some(standing) = state.standing.get(&identity) {
                    object.standing = standing.clone();
                }
                object.remote = state.remote.get(&identity).map(|id| (*id).into());
                found.push(Found::Object(object));
            }
        }
        found.extend(scope.parts.iter().map(|part| Found::End {
            collection: part.collection.clone(),
            completeness: Completeness::Complete,
        }));
        stream::iter(found).boxed()
    }

    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        let _inside = Inside { fake: self, change };
        let fault = {
            let mut state = self.state();
            let state = &mut *state;
            let number = state.begun.len() as u64;
            state.begun.push((change.id.clone(), Instant::now()));
            let busy = state.under_way.entry(Arc::clone(&change.record)).or_default();
            *busy += 1;
            state.record_clashes += u32::from(*busy > 1);
            let now = state.under_way.values().filter(|busy| **busy > 0).count();
            state.most_under_way = state.most_under_way.max(now);
            state.always.get(&change.id).copied().or_else(|| state.faults.remove(&number))
        };
        let reference =
            change.after.get(&Field::Password).filter(|_| change.fields.contains(&Field::Password));
        let password = match reference {
            Some(Value::Secret(reference)) => {
                let secret = secrets.reveal(reference, "anyone").await?;
                Some(secret.expose_secret().to_owned())
            }
            _ => None,
        };
        tokio::time::sleep(self.takes).await;
        let lost = || ProviderError::new(ErrorKind::Ambiguous, "the connection broke");
        let result = match fault {
            None => self.commit(change, password),
            Some(Fault::Lie) => Ok(Done::written()),
            Some(Fault::Refuse(kind)) => {
                let said =
                    password.map_or_else(String::new, |password| format!(" ({password} is what came)"));
                Err(ProviderError::new(kind, format!("refused{said}")))
            }
            Some(Fault::Throttle(wait)) => Err(ProviderError {
                retry_after: Some(wait),
                ..ProviderError::new(ErrorKind::RateLimited, "too many calls")
            }),
            Some(Fault::LostBefore) => Err(lost()),
            Some(Fault::LostAfter) => self.commit(change, password).and_then(|_| Err(lost())),
            Some(Fault::LostWithoutPassword) => self.commit(change, None).and_then(|_| Err(lost())),
            Some(Fault::Hang) => std::future::pending().await,
            Some(fault @ (Fault::PanicBefore | Fault::PanicAfter)) => {
                if fault == Fault::PanicAfter {
                    let _ = self.commit(change, password);
                }
                self.state().finished.push(change.id.clone());
                std::panic::resume_unwind(Box::new("lost its way"))
            }
        };
        self.state().finished.push(change.id.clone());
        result
    }

    async fn check(&self) -> Vec<Check> {
        Vec::new()
    }
}

/// A call under way, until it returns, panics or is dropped.
struct Inside<'a> {
    fake: &'a Fake,
    change: &'a Change,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if let Some(busy) = self.fake.state().under_way.get_mut(&self.change.record) {
            *busy -= 1;
        }
    }
}

/// Secrets that say their own name; `MISSING` is not there.
pub(super) struct Named;

pub(super) const PASSWORD: &str = "correct horse of JANE";

#[async_trait]
impl Secrets for Named {
    async fn reveal(&self, reference: &SecretRef, subject: &str) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Env(name) if &**name == "MISSING" => Err(SecretError {
                reference: reference.to_string(),
                subject: subject.to_owned(),
                reason: "it is not set".to_owned(),
                hint: Some("export MISSING".to_owned()),
            }),
            SecretRef::Env(name) => Ok(format!("correct horse of {name}").into()),
            _ => Ok("other".to_owned().into()),
        }
    }
}

pub(super) fn connection(name: &str) -> ConnectionName {
    ConnectionName::new(name)
}

pub(super) fn mailbox(local: &str) -> Identity {
    Identity::Mailbox(Address::parse(&format!("{local}@example.com")).expect(local))
}

pub(super) fn named(name: &str) -> Fields {
    Fields::new().with(Field::DisplayName, Value::text(name))
}

pub(super) fn can() -> Capabilities {
    let mailbox = KindCapabilities::new()
        .field(Field::DisplayName, FieldCapability::new())
        .field(Field::FamilyName, FieldCapability::new())
        .field(Field::Password, FieldCapability::new().write_only("the service hides it").route("password"));
    Capabilities {
        kinds: BTreeMap::from([(Kind::Mailbox, KindCapabilities { rename: Ability::Yes, ..mailbox })]),
        cannot: BTreeMap::new(),
        limits: Limits { max_in_flight: 4, reads_per_minute: None, writes_per_minute: None },
        consistency: Duration::ZERO,
        confirms: true,
        hands_over: false,
    }
}

/// A change of a mailbox on `box`, resting on what its verb suggests.
pub(super) fn change(verb: Verb, local: &str, fields: Fields) -> Change {
    let identity = mailbox(local);
    Change {
        id: ChangeId::new(verb, &connection("box"), &identity, ""),
        connection: connection("box"),
        record: format!("mailbox:{identity}").into(),
        identity,
        verb,
        before_identity: None,
        route: String::new(),
        remote: None,
        before: None,
        fields: fields.iter().map(|(field, _)| field.clone()).collect(),
        after: fields,
        needs: Vec::new(),
        ground: Ground::Absent,
        risk: Risk::Safe,
        reason: "declared".to_owned(),
        effects: Vec::new(),
        status: Status::Ready,
        at: None,
    }
}

pub(super) fn create(local: &str) -> Change {
    change(Verb::Create, local, named(local))
}

/// A create that carries a password.
pub(super) fn create_with_password(local: &str) -> Change {
    let password = Value::Secret(SecretRef::Env("JANE".into()));
    change(Verb::Create, local, named(local).with(Field::Password, password))
}

/// An update of the display name from `before`.
pub(super) fn update(local: &str, before: &str, after: &str) -> Change {
    let before = named(before);
    Change {
        ground: Ground::Present { digest: crate::plan::ground_digest(&before) },
        before: Some(before),
        ..change(Verb::Update, local, named(after))
    }
}

pub(super) fn delete(local: &str) -> Change {
    let before = named(local);
    Change {
        ground: Ground::Present { digest: crate::plan::ground_digest(&before) },
        before: Some(before),
        ..change(Verb::Delete, local, Fields::new())
    }
}

pub(super) fn needs(mut change: Change, before: &Change, kind: NeedKind) -> Change {
    change.needs.push(Need { change: before.id.clone(), kind });
    change
}

pub(super) fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        format: PLAN_FORMAT,
        id: "7f3a91c2".to_owned(),
        version: "0.1.0".to_owned(),
        today: jiff::civil::date(2026, 1, 31),
        digests: crate::model::Digests::default(),
        narrowing: crate::model::Narrowing::default(),
        overrides: Vec::new(),
        connections: BTreeMap::new(),
        changes,
        effects: Vec::new(),
        notes: Vec::new(),
    }
}
