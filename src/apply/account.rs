//! What an account bears: how many calls at once, how many writes a minute, and when it wants to be left alone.
//!
//! Connections with the same service and credential are one account and share one of these.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::model::{ConnectionSpec, Param};
use crate::provider::Limits;

use super::hex;

/// Tells accounts apart: connections with the same key share in-flight, rate and the fate of a refused login.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey(Arc<str>);

impl AccountKey {
    /// Wraps a key of the caller's making.
    pub fn new(key: &str) -> Self {
        Self(key.into())
    }

    /// The key of a connection: its type, where it connects to and as whom. Secrets count by their reference;
    /// nothing secret is in the key.
    pub fn of(spec: &ConnectionSpec) -> Self {
        const WHO: [&str; 7] = ["url", "admin_url", "database", "email", "username", "account", "account_id"];
        let mut hash = Sha256::new();
        hash.update(spec.type_name.as_bytes());
        for (key, value) in &spec.params {
            let part = match value {
                Param::Secret(reference) => format!("{reference:?}"),
                Param::Text(text) if WHO.contains(&key.as_str()) => {
                    format!("{:?}", text.trim_end_matches('/'))
                }
                _ => continue,
            };
            hash.update(format!("\n{key}={part}").as_bytes());
        }
        Self(hex(&hash.finalize()).into())
    }
}

/// One account during a run.
#[derive(Debug)]
pub(super) struct Account {
    max_in_flight: usize,
    /// One for each change that may be carried out at once.
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    pace: Option<Pace>,
    quiet_until: Option<(Instant, String)>,
    closed: Option<String>,
    unanswered: u32,
}

/// When the next write may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// Now; it is counted.
    Now,
    /// Not before this, and why.
    At(Instant, String),
    /// Never in this run, and why.
    Never(String),
}

/// After so many changes in a row that found no service at all, the account is left alone for the rest of the
/// run. Each has already been tried for half a minute and more; without a limit a large plan against a service
/// that is down would take days to say so.
const UNANSWERED_LIMIT: u32 = 8;

impl Account {
    /// An account under the tightest of these limits.
    pub(super) fn new(limits: impl IntoIterator<Item = Limits>) -> Self {
        let mut room = None;
        let mut rate = None;
        for limits in limits {
            room = Some(room.map_or(limits.max_in_flight, |room: usize| room.min(limits.max_in_flight)));
            rate = match (rate, limits.writes_per_minute) {
                (Some(a), Some(b)) => Some(u32::min(a, b)),
                (a, b) => a.or(b),
            };
        }
        let max_in_flight = room.unwrap_or(1).max(1);
        Self {
            max_in_flight,
            places: Semaphore::new(max_in_flight.min(Semaphore::MAX_PERMITS)),
            state: Mutex::new(State {
                pace: rate.map(Pace::new),
                quiet_until: None,
                closed: None,
                unanswered: 0,
            }),
        }
    }

    /// How many changes may be carried out at once.
    pub(super) fn max_in_flight(&self) -> usize {
        self.max_in_flight
    }

    /// How many changes may be made ready while as many as it bears are carried out, so that none of these places is
    /// empty while an intent goes to the disk. None where writes are counted by the minute: who has a turn there is
    /// sent at once, or the count would be wrong.
    pub(super) fn ahead(&self) -> usize {
        if self.state().pace.is_some() { 0 } else { self.max_in_flight / 2 }
    }

    /// A place among the changes that are carried out, where one is free and nobody waits for it.
    pub(super) fn free_place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.try_acquire().ok()
    }

    /// Waits for a place among the changes that are carried out.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so there always is one.
        self.places.acquire().await.ok()
    }

    /// Asks for the turn to send one write. `not_before` is what the change itself has to wait for, with the reason.
    pub(super) fn turn(&self, now: Instant, not_before: Option<&(Instant, String)>) -> Turn {
        let mut state = self.state();
        if let Some(reason) = &state.closed {
            return Turn::Never(reason.clone());
        }
        let paced = state.pace.as_ref().and_then(|pace| {
            let reason = format!("no more than {} writes a minute", pace.per_minute);
            Some((pace.next(now)?, reason))
        });
        let latest = [not_before, state.quiet_until.as_ref(), paced.as_ref()]
            .into_iter()
            .flatten()
            .max_by_key(|(at, _)| *at);
        match latest {
            Some((at, reason)) if *at > now => Turn::At(*at, reason.clone()),
            _ => {
                if let Some(pace) = &mut state.pace {
                    pace.take(now);
                }
                Turn::Now
            }
        }
    }

    /// Sends nothing on this account before `until`.
    pub(super) fn quiet(&self, until: Instant, reason: &str) {
        let mut state = self.state();
        if state.quiet_until.as_ref().is_none_or(|(at, _)| *at < until) {
            state.quiet_until = Some((until, reason.to_owned()));
        }
    }

    /// Until when nothing is sent on this account; none where something may be.
    pub(super) fn quiet_until(&self, now: Instant) -> Option<Instant> {
        let state = self.state();
        state.quiet_until.as_ref().map(|(at, _)| *at).filter(|at| *at > now)
    }

    /// Sends nothing on this account for the rest of the run. The first reason stays.
    pub(super) fn close(&self, reason: String) {
        self.state().closed.get_or_insert(reason);
    }

    /// The service answered, whatever it said.
    pub(super) fn answered(&self) {
        self.state().unanswered = 0;
    }

    /// A change was given up because the service took no call.
    pub(super) fn unanswered(&self, error: &str) {
        let mut state = self.state();
        state.unanswered += 1;
        if state.unanswered >= UNANSWERED_LIMIT {
            let reason = format!(
                "{UNANSWERED_LIMIT} changes in a row were not taken by the service, the last with: {error}"
            );
            state.closed.get_or_insert(reason);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Every change of the state is one assignment, so a state left by a panic is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bucket of writes: no window of a minute ever sees more than its rate. Each write takes a token, which comes
/// back a minute later; so short plans run at once and long ones at the service's rate.
#[derive(Debug)]
struct Pace {
    per_minute: u32,
    taken: VecDeque<Instant>,
}

const MINUTE: Duration = Duration::from_mins(1);

impl Pace {
    fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.max(1), taken: VecDeque::new() }
    }

    /// When the next token is there; none where one is there now.
    fn next(&self, now: Instant) -> Option<Instant> {
        let rate = self.per_minute as usize;
        let oldest = self.taken.len().checked_sub(rate).and_then(|index| self.taken.get(index))?;
        let at = *oldest + MINUTE;
        (at > now).then_some(at)
    }

    fn take(&mut self, now: Instant) {
        while self.taken.len() >= self.per_minute as usize {
            self.taken.pop_front();
        }
        self.taken.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{ConnectionName, SecretRef};

    fn spec(name: &str, params: &[(&str, Param)]) -> ConnectionSpec {
        ConnectionSpec {
            name: ConnectionName::new(name),
            type_name: "fake".into(),
            params: params
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect::<BTreeMap<_, _>>(),
            at: None,
        }
    }

    #[test]
    fn an_account_is_where_and_as_whom() {
        let text = |text: &str| Param::Text(text.to_owned());
        let secret = |name: &str| Param::Secret(SecretRef::Env(name.into()));
        let here = [("url", text("https://a.example/")), ("username", text("u")), ("password", secret("P"))];
        let one = AccountKey::of(&spec("one", &here));
        // Neither the connection's name nor how it is treated makes another account.
        let mut same = here.to_vec();
        same[0].1 = text("https://a.example");
        same.push(("max_in_flight", Param::Int(3)));
        assert_eq!(AccountKey::of(&spec("two", &same)), one);
        for (index, other) in [(0, text("https://b.example")), (1, text("v")), (2, secret("Q"))] {
            let mut changed = here.to_vec();
            changed[index].1 = other;
            assert_ne!(AccountKey::of(&spec("one", &changed)), one);
        }
        assert!(!format!("{one:?}").contains("example"));
    }

    #[test]
    fn the_tightest_limits_of_an_account_hold() {
        let limits = |max_in_flight, writes_per_minute| Limits {
            max_in_flight,
            reads_per_minute: None,
            writes_per_minute,
        };
        let account = Account::new([limits(8, None), limits(2, Some(10)), limits(4, Some(1))]);
        assert_eq!(account.max_in_flight(), 2);
        let now = Instant::now();
        assert_eq!(account.turn(now, None), Turn::Now);
        assert!(matches!(account.turn(now, None), Turn::At(at, _) if at == now + MINUTE));
        assert_eq!(account.turn(now + MINUTE, None), Turn::Now);
        assert_eq!(Account::new([limits(0, None)]).max_in_flight(), 1);
    }

    #[test]
    fn a_quiet_time_is_never_shortened_and_a_closed_account_stays_closed() {
        let account = Account::new([]);
        let now = Instant::now();
        account.quiet(now + MINUTE, "long");
        account.quiet(now + MINUTE / 2, "short");
        assert_eq!(account.turn(now, None), Turn::At(now + MINUTE, "long".to_owned()));
        assert_eq!(account.quiet_until(now + MINUTE), None);
        account.close("first".to_owned());
        account.close("second".to_owned());
        assert_eq!(account.turn(now + MINUTE, None), Turn::Never("first".to_owned()));
    }
}
