//! What all connections with one login share: its rate, that it is refused, that one write is under way at a time, and
//! what its writes have shown of the server.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use tokio::sync::{Mutex as Turn, MutexGuard as InTurn};

use crate::http::{Accounts, Gate, account_key};
use crate::model::Field;
use crate::provider::{Limits, ProviderError};

static ACCOUNTS: Accounts<Account> = Accounts::new();

/// What a quota that the service tells counts in: it takes MB, and its column is documented as KB
/// (`contracts/atmail.md §5`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// 1024 × 1024 bytes.
    Mib,
    /// 1024 bytes.
    Kib,
}

/// Who the login is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Me {
    /// No sub-admin: it sees everything.
    Main,
    /// A sub-admin.
    SubAdmin {
        /// Whether it may do everything.
        full: bool,
        /// Whether it may list accounts; none where its record does not say.
        lists_users: Option<bool>,
        /// Whether it may look after aliases; none where its record does not say.
        aliases: Option<bool>,
    },
    /// It may not say.
    Untold,
}

impl Me {
    /// True where an empty list of accounts or of aliases means that there are none.
    pub(super) fn lists_all(self) -> bool {
        self.sees_all() || matches!(self, Self::SubAdmin { lists_users: Some(true), aliases: Some(true), .. })
    }

    /// True where what this login does not see is not there.
    pub(super) fn sees_all(self) -> bool {
        matches!(self, Self::Main | Self::SubAdmin { full: true, .. })
    }
}

/// What all connections with one login share.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) gate: Gate,
    writing: Turn<()>,
    learned: Mutex<Learned>,
}

#[derive(Debug, Default)]
struct Learned {
    unit: Option<Unit>,
    /// Fields that a write did not change although the service said so.
    lost: BTreeSet<Field>,
    me: Option<Me>,
    answered: bool,
    /// What went wrong first, as long as nothing was answered.
    silence: Option<ProviderError>,
    /// Whether a person was told what quotas count in.
    told_unit: bool,
}

impl Account {
    fn new(limits: Limits) -> Self {
        Self { gate: Gate::new(limits), writing: Turn::default(), learned: Mutex::default() }
    }

    /// The account of this login at this address.
    pub(super) fn join(url: &str, username: &str, password: &SecretString, limits: Limits) -> Arc<Self> {
        let account = ACCOUNTS.join(account_key(url, username, password), || Self::new(limits));
        account.gate.throttle().tighten(limits);
        account
    }

    /// Waits until no other change is under way.
    pub(super) async fn turn(&self) -> InTurn<'_, ()> {
        self.writing.lock().await
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What quotas count in, as far as a write has shown.
    pub(super) fn unit(&self) -> Option<Unit> {
        self.learned().unit
    }

    /// Notes what quotas count in. The first evidence stands.
    pub(super) fn learn_unit(&self, unit: Unit) {
        self.learned().unit.get_or_insert(unit);
    }

    /// True once: whoever asks first tells what quotas count in.
    pub(super) fn tells_unit_first(&self) -> bool {
        !std::mem::replace(&mut self.learned().told_unit, true)
    }

    /// The fields that the service does not keep.
    pub(super) fn lost(&self) -> BTreeSet<Field> {
        self.learned().lost.clone()
    }

    /// Notes whether the service kept a field that was written.
    pub(super) fn note(&self, field: &Field, kept: bool) {
        let mut learned = self.learned();
        if kept {
            learned.lost.remove(field);
        } else {
            learned.lost.insert(field.clone());
        }
    }

    /// True once the service has answered in its own words.
    pub(super) fn has_answered(&self) -> bool {
        self.learned().answered
    }

    /// Notes that the service answered in its own words: something else that goes wrong is no wrong address.
    pub(super) fn note_answer(&self) {
        let mut learned = self.learned();
        learned.answered = true;
        learned.silence = None;
    }

    /// Notes a call that brought no answer. The first counts, as long as there was none.
    pub(super) fn note_silence(&self, error: &ProviderError) {
        let mut learned = self.learned();
        if !learned.answered {
            learned.silence.get_or_insert_with(|| error.clone());
        }
    }

    /// What the first call brought, where no call has brought an answer.
    pub(super) fn take_silence(&self) -> Option<ProviderError> {
        self.learned().silence.take()
    }

    /// Who the login is, where that was asked.
    pub(super) fn me(&self) -> Option<Me> {
        self.learned().me
    }

    /// Notes who the login is.
    pub(super) fn note_me(&self, me: Me) {
        self.learned().me = Some(me);
    }
}
