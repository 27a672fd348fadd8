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
    Change, ChangeId, Completeness, Field, Fields, Identity, Kind, ObservedObject, Readings, Scope,
    SecretRef, Standing, Value, Verb,
};
use crate::provider::{
    Ability, Capabilities, Check, Done, ErrorKind, FieldCapability, Found, KindCapabilities, Limits,
    Provider, ProviderError, SecretError, Secrets,
};

mod changes;

pub(super) use changes::{
    alias, change, connection, create, create_alias, create_with_password, delete, delete_alias, mailbox,
    named, needs, plan, to, update,
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
    /// Each write as it began, with the time since the start; one of two changes by the first of them.
    pub(super) begun: Vec<(ChangeId, Instant)>,
    pub(super) finished: Vec<ChangeId>,
    /// Each write of two changes, by the second of them.
    pub(super) claimed: Vec<ChangeId>,
    pub(super) readings: u64,
    under_way: BTreeMap<Arc<str>, u32>,
    calls_under_way: usize,
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

    /// One call to the service: all of its changes are done, or none.
    async fn write(&self, changes: &[&Change], secrets: &dyn Secrets) -> Result<Vec<Done>, ProviderError> {
        let fault = self.begin(changes);
        let _inside = Inside { fake: self, changes };
        let first = &changes[0].id;
        let mut password = None;
        for change in changes.iter().filter(|change| change.fields.contains(&Field::Password)) {
            if let Some(Value::Secret(reference)) = change.after.get(&Field::Password) {
                password = Some(secrets.reveal(reference, "anyone").await?.expose_secret().to_owned());
            }
        }
        tokio::time::sleep(self.takes).await;
        let lost = || ProviderError::new(ErrorKind::Ambiguous, "the connection broke");
        let result = match fault {
            None => self.commit(changes, password.as_deref()),
            Some(Fault::Lie) => Ok(changes.iter().map(|_| Done::written()).collect()),
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
            Some(Fault::LostAfter) => self.commit(changes, password.as_deref()).and_then(|_| Err(lost())),
            Some(Fault::LostWithoutPassword) => self.commit(changes, None).and_then(|_| Err(lost())),
            Some(Fault::Hang) => std::future::pending().await,
            Some(fault @ (Fault::PanicBefore | Fault::PanicAfter)) => {
                if fault == Fault::PanicAfter {
                    let _ = self.commit(changes, password.as_deref());
                }
                self.state().finished.push(first.clone());
                std::panic::resume_unwind(Box::new("lost its way"))
            }
        };
        self.state().finished.push(first.clone());
        result
    }

    /// Notes that a call begins, and says what goes wrong with it.
    fn begin(&self, changes: &[&Change]) -> Option<Fault> {
        let mut state = self.state();
        let state = &mut *state;
        let number = state.begun.len() as u64;
        state.begun.push((changes[0].id.clone(), Instant::now()));
        state.claimed.extend(changes[1..].iter().map(|change| change.id.clone()));
        for change in changes {
            let busy = state.under_way.entry(Arc::clone(&change.record)).or_default();
            *busy += 1;
            state.record_clashes += u32::from(*busy > 1);
        }
        state.calls_under_way += 1;
        state.most_under_way = state.most_under_way.max(state.calls_under_way);
        state.always.get(&changes[0].id).copied().or_else(|| state.faults.remove(&number))
    }

    fn commit(&self, changes: &[&Change], password: Option<&str>) -> Result<Vec<Done>, ProviderError> {
        let before = self.state().objects.clone();
        let done: Result<Vec<Done>, _> =
            changes.iter().map(|change| self.commit_one(change, password)).collect();
        if done.is_err() {
            self.state().objects = before;
        }
        done
    }

    fn commit_one(&self, change: &Change, password: Option<&str>) -> Result<Done, ProviderError> {
        let mut state = self.state();
        let state = &mut *state;
        let old = state.objects.get(&change.identity).cloned();
        let mut after = change.after.clone();
        after.remove(&Field::Password);
        match change.verb {
            Verb::Create => match &old {
                Some(there) if *there == after => return Ok(Done::NotNeeded),
                Some(_) => return Err(ProviderError::new(ErrorKind::Conflict, "it exists")),
                None if state.objects.keys().any(|held| held.address() == change.identity.address()) => {
                    return Err(ProviderError::new(ErrorKind::Conflict, "its address is in use"));
                }
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
        if let Some(password) = password.filter(|_| change.fields.contains(&Field::Password)) {
            state.passwords.insert(change.identity.clone(), password.to_owned());
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
        self.write(&[change], secrets).await.map(|mut done| done.remove(0))
    }

    async fn hand_over(
        &self,
        release: &Change,
        claim: &Change,
        secrets: &dyn Secrets,
    ) -> Result<(Done, Done), ProviderError> {
        assert!(release.hands_over_to(claim), "{} and {} are no pair", release.id, claim.id);
        let mut done = self.write(&[release, claim], secrets).await?;
        Ok((done.remove(0), done.remove(0)))
    }

    async fn check(&self) -> Vec<Check> {
        Vec::new()
    }
}

/// A call under way, until it returns, panics or is dropped.
struct Inside<'a> {
    fake: &'a Fake,
    changes: &'a [&'a Change],
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = self.fake.state();
        state.calls_under_way -= 1;
        for change in self.changes {
            if let Some(busy) = state.under_way.get_mut(&change.record) {
                *busy -= 1;
            }
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

pub(super) fn can() -> Capabilities {
    let mailbox = KindCapabilities::new()
        .field(Field::DisplayName, FieldCapability::new())
        .field(Field::FamilyName, FieldCapability::new())
        .field(Field::Password, FieldCapability::new().write_only("the service hides it").route("password"));
    Capabilities {
        kinds: BTreeMap::from([
            (Kind::Mailbox, KindCapabilities { rename: Ability::Yes, ..mailbox }),
            (Kind::Alias, KindCapabilities::new().field(Field::Targets, FieldCapability::new().required())),
        ]),
        cannot: BTreeMap::new(),
        limits: Limits { max_in_flight: 4, reads_per_minute: None, writes_per_minute: None },
        consistency: Duration::ZERO,
        confirms: true,
        hands_over: false,
        logins: BTreeMap::new(),
    }
}
