//! A mail service in memory behind the provider contract: strict, scriptable, and ignorant of the planner.

mod profiles;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use mailwright::model::{
    Address, Change, ChangeId, Collection, Completeness, DomainName, Extent, Field, Identity, Kind,
    ObservedObject, Reading, Readings, Reason, Scope, Standing, Value,
};
use mailwright::provider::{
    Capabilities, Check, CheckState, Done, ErrorKind, Found, Provider, ProviderError, Secrets, StoredIn,
};

pub(crate) use profiles::{STORES, profile};
pub(crate) use service::{Stored, default_value};

/// What the service does instead of answering the k-th write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection breaks before the write is done.
    LostBefore,
    /// The write is done and its reply is lost.
    LostAfter,
    /// The service takes no call at the moment.
    Unavailable,
    /// Too many calls.
    RateLimited,
}

/// Everything that the service holds, and how it misbehaves.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// What it can do.
    pub(crate) can: Option<Capabilities>,
    /// The domains that it answers for; an address elsewhere is outside.
    pub(crate) domains: BTreeSet<DomainName>,
    /// The objects.
    pub(crate) objects: BTreeMap<Identity, Stored>,
    /// What a create would bring back.
    pub(crate) remains: BTreeMap<Identity, Reason>,
    /// Kinds whose listing of a domain ends early.
    pub(crate) gaps: BTreeSet<(Kind, DomainName)>,
    /// Objects that a listing with a gap does not show.
    pub(crate) hidden: BTreeSet<Identity>,
    /// Identities of which it will not say whether they exist.
    pub(crate) unknown: BTreeSet<Identity>,
    /// Fields that it does not tell.
    pub(crate) not_read: BTreeSet<(Identity, Field)>,
    /// What happens at the n-th write from now, counted from 0.
    pub(crate) faults: BTreeMap<usize, Fault>,
    /// How many writes were asked for.
    pub(crate) writes: usize,
    /// How many reads and writes were asked for.
    pub(crate) calls: u64,
    /// The changes that were done two in one write.
    pub(crate) handed_over: Vec<(ChangeId, ChangeId)>,
    /// How often a password was set, by identity.
    pub(crate) passwords: BTreeMap<Identity, usize>,
}

/// A connection to the service. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    state: Arc<Mutex<State>>,
    /// What it logs in as. The service lets it do itself harm.
    logins: BTreeSet<Identity>,
}

impl Memory {
    /// A service that starts with this state.
    pub(crate) fn new(state: State) -> Self {
        Self { state: Arc::new(Mutex::new(state)), logins: BTreeSet::new() }
    }

    /// A connection to the same service that logs in as these objects.
    pub(crate) fn logged_in_as(&self, logins: impl IntoIterator<Item = Identity>) -> Self {
        Self { state: Arc::clone(&self.state), logins: logins.into_iter().collect() }
    }

    /// What it logs in as.
    pub(crate) fn logins(&self) -> &BTreeSet<Identity> {
        &self.logins
    }

    /// The state, for tests to look at and to change.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the state")
    }

    /// One write, as it is ordered to go wrong.
    fn write<T>(
        &self,
        done: impl FnOnce(&mut State) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let mut state = self.state();
        state.calls += 1;
        let number = state.writes;
        state.writes += 1;
        match state.faults.get(&number).copied() {
            None => done(&mut state),
            Some(Fault::Unavailable) => Err(ProviderError::new(ErrorKind::Unavailable, "out to lunch")),
            Some(Fault::RateLimited) => Err(ProviderError::new(ErrorKind::RateLimited, "too many calls")),
            Some(Fault::LostBefore) => Err(ProviderError::new(ErrorKind::Ambiguous, "the connection broke")),
            Some(Fault::LostAfter) => {
                done(&mut state)?;
                Err(ProviderError::new(ErrorKind::Ambiguous, "the connection broke"))
            }
        }
    }
}

/// Asks for the password that a change sets.
async fn reveal(change: &Change, secrets: &dyn Secrets) -> Result<(), ProviderError> {
    if let Some(Value::Secret(reference)) = change.after.get(&Field::Password)
        && change.fields.contains(&Field::Password)
    {
        secrets.reveal(reference, &change.identity.to_string()).await?;
    }
    Ok(())
}

#[async_trait]
impl Provider for Memory {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        let mut state = self.state();
        state.calls += 1;
        let mut found = state.observe(scope);
        drop(state);
        for object in &mut found {
            if let Found::Object(object) = object
                && self.logins.contains(&object.identity)
            {
                object.standing = Standing::Login;
            }
        }
        stream::iter(found).boxed()
    }

    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        reveal(change, secrets).await?;
        self.write(|state| state.perform(change))
    }

    async fn hand_over(
        &self,
        release: &Change,
        claim: &Change,
        secrets: &dyn Secrets,
    ) -> Result<(Done, Done), ProviderError> {
        reveal(claim, secrets).await?;
        self.write(|state| {
            assert!(state.can().hands_over, "the service takes one change at a time");
            let before = state.clone();
            let both = state.perform(release).and_then(|done| Ok((done, state.perform(claim)?)));
            match &both {
                Ok(_) => state.handed_over.push((release.id.clone(), claim.id.clone())),
                Err(_) => *state = before,
            }
            both
        })
    }

    async fn check(&self) -> Vec<Check> {
        vec![Check { name: "reach".into(), state: CheckState::Passed, detail: "in this process".into() }]
    }

    fn calls(&self) -> u64 {
        self.state().calls
    }
}

impl State {
    /// An empty service with these capabilities.
    pub(crate) fn of(can: Capabilities, domains: impl IntoIterator<Item = DomainName>) -> Self {
        Self { can: Some(can), domains: domains.into_iter().collect(), ..Self::default() }
    }

    /// The capabilities.
    pub(crate) fn can(&self) -> &Capabilities {
        self.can.as_ref().expect("a service is made with its capabilities")
    }

    /// Tells exactly what the scope asks: no other object, no other field.
    fn observe(&self, scope: &Scope) -> Vec<Found> {
        let mut found = Vec::new();
        for (identity, stored) in &self.objects {
            let shown = self.is_asked(scope, identity)
                && !self.unknown.contains(identity)
                && !self.is_hidden(identity);
            if shown {
                let plain = ObservedObject::plain(identity.clone(), Readings::new());
                let record = self.holder(identity).map(|mailbox| format!("mailbox:{mailbox}").into());
                found.push(Found::Object(ObservedObject {
                    fields: self.readings(scope, identity, stored),
                    standing: stored.standing.clone(),
                    record: record.unwrap_or_else(|| plain.record.clone()),
                    ..plain
                }));
            }
        }
        for (identity, note) in &self.remains {
            if scope.covers(identity)
                && !self.objects.contains_key(identity)
                && !self.unknown.contains(identity)
            {
                found.push(Found::Object(ObservedObject {
                    standing: Standing::Remains(Arc::clone(note)),
                    ..ObservedObject::plain(identity.clone(), Readings::new())
                }));
            }
        }
        for identity in self.unknown.iter().filter(|identity| scope.covers(identity)) {
            let reason = Reason::from("the service does not say");
            found.push(Found::Unknown { identity: identity.clone(), reason });
        }
        for part in &scope.parts {
            let completeness = if self.has_gap(&part.collection) {
                Completeness::Incomplete("page 2 never came".into())
            } else {
                Completeness::Complete
            };
            found.push(Found::End { collection: part.collection.clone(), completeness });
        }
        found
    }

    /// True where the scope covers an object, an alias in a mailbox's record as a part of that mailbox too.
    fn is_asked(&self, scope: &Scope, identity: &Identity) -> bool {
        let of_asked = |mailbox: &Address| {
            scope.parts.iter().any(|part| match &part.collection.extent {
                Extent::PartsOf(mailboxes) => {
                    part.collection.kind == Kind::Alias && mailboxes.contains(mailbox)
                }
                _ => false,
            })
        };
        scope.covers(identity) || self.holder(identity).is_some_and(of_asked)
    }

    /// The mailbox whose record holds an alias, where aliases lie in such records.
    fn holder(&self, identity: &Identity) -> Option<&Address> {
        let stored_in = self.can().kind(Kind::Alias)?.stored_in;
        let alias = self.objects.get(identity).filter(|alias| {
            identity.kind() == Kind::Alias && (stored_in == StoredIn::Mailbox || alias.is_inside)
        })?;
        alias.fields.get(&Field::Targets).and_then(Value::addresses)?.first()
    }

    /// Puts the aliases where a service keeps them of which only some lie in mailboxes' records.
    pub(crate) fn settle_aliases(&mut self) {
        let inside: Vec<Identity> = self
            .objects
            .iter()
            .filter(|(identity, stored)| self.is_to_lie_inside(identity, &stored.fields))
            .map(|(identity, _)| identity.clone())
            .collect();
        for identity in inside {
            if let Some(stored) = self.objects.get_mut(&identity) {
                stored.is_inside = true;
            }
        }
    }

    /// Takes out aliases that lie in no mailbox's record, which a service of this sort cannot hold.
    pub(crate) fn drop_homeless_aliases(&mut self) {
        let homeless = |identity: &&Identity| {
            self.holder(identity)
                .is_some_and(|mailbox| !self.objects.contains_key(&Identity::Mailbox(mailbox.clone())))
        };
        let homeless: Vec<Identity> = self.objects.keys().filter(homeless).cloned().collect();
        for identity in homeless {
            self.objects.remove(&identity);
        }
    }

    fn readings(&self, scope: &Scope, identity: &Identity, stored: &Stored) -> Readings {
        let mut readings = Readings::new();
        let Some(kind) = self.can().kind(identity.kind()) else { return readings };
        for (field, capability) in &kind.fields {
            if !scope.wants(identity, field) && self.holder(identity).is_none() {
                continue;
            }
            assert!(capability.read.is_yes(), "`{field}` of {identity} was asked for and cannot be read");
            let reading = if self.not_read.contains(&(identity.clone(), field.clone())) {
                Reading::NotRead("its page did not load".into())
            } else {
                Reading::Known(stored.fields.get(field).cloned().unwrap_or_else(|| default_value(field)))
            };
            readings.set(field.clone(), reading);
        }
        readings
    }

    fn is_hidden(&self, identity: &Identity) -> bool {
        self.hidden.contains(identity)
            && self
                .gaps
                .iter()
                .any(|(kind, domain)| *kind == identity.kind() && identity.domain() == Some(domain.as_str()))
    }

    fn has_gap(&self, collection: &Collection) -> bool {
        let concerns = |domain: &DomainName| match &collection.extent {
            Extent::Everything => true,
            Extent::Domain(of) => of == domain,
            Extent::PartsOf(mailboxes) => mailboxes.iter().any(|mailbox| mailbox.domain() == domain.as_str()),
            Extent::Objects(objects) => objects.iter().any(|object| object.domain() == Some(domain.as_str())),
        };
        self.gaps.iter().any(|(kind, domain)| *kind == collection.kind && concerns(domain))
    }
}
