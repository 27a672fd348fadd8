//! One change from its turn to its result: secrets, intent, call, tries, and what to make of a lost answer.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Change, Event, Field, Ground, ResultState, Verb};
use crate::provider::{Capabilities, Done, ErrorKind, KindCapabilities, Provider, ProviderError, Secrets};

use super::account::{Account, Turn};
use super::guard::{self, Called};
use super::halt::Halt;
use super::journal::Journal;
use super::judge::Judgement;
use super::patience::{LONGEST_WAIT, ROUNDS, TRIES, pause};
use super::prepared::Prepared;
use super::read_back::read_back;

/// Where a change is carried out.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) provider: &'a dyn Provider,
    pub(super) capabilities: Option<&'a Capabilities>,
    pub(super) account: &'a Account,
    pub(super) secrets: &'a dyn Secrets,
    pub(super) journal: Option<&'a Journal>,
    pub(super) events: &'a (dyn Fn(&Event<'_>) + Send + Sync),
    pub(super) halt: &'a Halt,
}

/// What became of a change.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) state: ResultState,
    pub(super) notes: Vec<String>,
    /// The journal holds an intent of it.
    pub(super) is_recorded: bool,
}

impl From<ResultState> for Ended {
    fn from(state: ResultState) -> Self {
        Self { state, notes: Vec::new(), is_recorded: false }
    }
}

/// What sending brought in the end.
pub(super) enum Sent {
    /// The service answered that it is done.
    Done(Done),
    /// The service answered that it is not; or the answer was lost.
    Refused(ProviderError),
    /// The adapter was lost on the way; what happened, in words.
    Lost(String),
    /// The service took none of the calls.
    GaveUp(ProviderError),
    /// Nothing more may be sent, and why; the last answer was that nothing was done.
    Stopped(String, ProviderError),
}

pub(super) fn skipped(reason: impl Into<String>) -> ResultState {
    ResultState::Skipped { reason: reason.into() }
}

fn failed(error: impl Into<String>, hint: Option<String>) -> ResultState {
    ResultState::Failed { error: error.into(), hint }
}

impl Site<'_> {
    /// Carries a change out, once those that it needs are done.
    pub(super) async fn run(&self, change: &Change) -> Ended {
        let resolving = Prepared::resolve(change, self.secrets);
        let secrets = tokio::select! {
            biased;
            () = self.halt.drawn() => return skipped(self.halt.reason()).into(),
            resolved = resolving => match resolved {
                Ok(secrets) => secrets,
                Err(error) => return failed(error.to_string(), error.hint).into(),
            },
        };
        if let Err(reason) = self.turn(change, None).await {
            return skipped(reason).into();
        }
        if let Some(journal) = self.journal
            && let Err(error) = journal.intent(&change.id).await
        {
            self.halt.journal_broken(&error);
            return skipped(self.halt.reason()).into();
        }
        let mut ended = if self.halt.is_drawn() {
            skipped(self.halt.reason()).into()
        } else {
            (self.events)(&Event::Began(change));
            self.carry_out(change, &secrets).await
        };
        ended.is_recorded = self.journal.is_some();
        hide(&mut ended, &secrets);
        ended
    }

    pub(super) fn kind(&self, change: &Change) -> Option<&KindCapabilities> {
        self.capabilities?.kind(change.identity.kind())
    }

    /// Waits until one write may be sent; says why where none may any more.
    pub(super) async fn turn(&self, change: &Change, wait: Option<(Instant, String)>) -> Result<(), String> {
        let mut told: Option<String> = None;
        loop {
            if self.halt.is_drawn() {
                return Err(self.halt.reason());
            }
            let now = Instant::now();
            match self.account.turn(now, wait.as_ref()) {
                Turn::Now => return Ok(()),
                Turn::Never(reason) => return Err(reason),
                Turn::At(at, reason) => {
                    if told.as_ref() != Some(&reason) {
                        (self.events)(&Event::Waiting { change, delay: at - now, reason: &reason });
                        told = Some(reason);
                    }
                    tokio::select! {
                        biased;
                        () = self.halt.drawn() => {}
                        () = tokio::time::sleep_until(at) => {}
                    }
                }
            }
        }
    }

    /// Sends a write whose turn has come, again where the service did not take it.
    pub(super) async fn send(&self, change: &Change, secrets: &Prepared<'_>) -> Sent {
        let mut tries = 1;
        loop {
            let error = match guard::perform(self.provider, change, secrets).await {
                Called::Lost(mut what) => {
                    secrets.hide(&mut what);
                    return Sent::Lost(what);
                }
                Called::Returned(Ok(done)) => {
                    self.account.answered();
                    return Sent::Done(done);
                }
                Called::Returned(Err(mut error)) => {
                    secrets.hide_in(&mut error);
                    error
                }
            };
            if !error.kind.is_transient() {
                self.note_answer(change, &error);
                return Sent::Refused(error);
            }
            let asked = error.retry_after;
            if let Some(asked) = asked.filter(|asked| *asked > LONGEST_WAIT) {
                self.account.close(asked_for_quiet(asked));
                return Sent::GaveUp(error);
            }
            if tries == TRIES {
                self.account.unanswered(&error.to_string());
                return Sent::GaveUp(error);
            }
            let reason = error.to_string();
            let until = Instant::now() + pause(tries, asked);
            if error.kind == ErrorKind::RateLimited || asked.is_some() {
                // It is the account that is too fast, not this one change.
                self.account.quiet(until, &reason);
            }
            if let Err(why) = self.turn(change, Some((until, reason))).await {
                return Sent::Stopped(why, error);
            }
            tries += 1;
        }
    }

    /// Draws from an answer what it means for the account's other changes.
    pub(super) fn note_answer(&self, change: &Change, error: &ProviderError) {
        match error.kind {
            // Wrong credentials stay wrong, and a service may lock out who repeats them.
            ErrorKind::Auth => {
                self.account.close(format!("{} refused the credentials: {error}", change.connection));
            }
            ErrorKind::Ambiguous => {}
            _ => self.account.answered(),
        }
    }

    async fn carry_out(&self, change: &Change, secrets: &Prepared<'_>) -> Ended {
        let mut rounds = 0;
        loop {
            let mut is_lost = false;
            let doubt = match self.send(change, secrets).await {
                Sent::Done(Done::NotNeeded) if rounds == 0 => return ResultState::NotNeeded.into(),
                Sent::Done(Done::Written { notes }) => return self.written(change, notes).await,
                // An earlier sending may have been carried out after all: these answers are what it would bring.
                Sent::Done(Done::NotNeeded) => "the service has it already".to_owned(),
                Sent::Refused(error) if error.kind == ErrorKind::Ambiguous => error.to_string(),
                Sent::Refused(error)
                    if rounds > 0 && matches!(error.kind, ErrorKind::Conflict | ErrorKind::NotFound) =>
                {
                    error.to_string()
                }
                Sent::Refused(error) => return failed(error.to_string(), error.hint).into(),
                Sent::Lost(what) => {
                    is_lost = true;
                    what
                }
                Sent::GaveUp(error) => return gave_up(error).into(),
                Sent::Stopped(why, error) if rounds == 0 => {
                    return skipped(format!("{why}, before it could be tried again after: {error}")).into();
                }
                Sent::Stopped(why, error) => {
                    return failed(format!("{error}; not tried again: {why}"), error.hint).into();
                }
            };
            rounds += 1;
            (self.events)(&Event::Checking(change));
            match read_back(self, change).await {
                Judgement::Holds { object, unread } => {
                    let mut ended: Ended = ResultState::Done.into();
                    ended.notes.push(format!("confirmed by reading back after: {doubt}"));
                    if is_ours(change)
                        && let Some(object) = object
                    {
                        self.set_password_again(change, &object, secrets, &mut ended).await;
                    }
                    for field in unread.iter().filter(|field| **field != Field::Password) {
                        ended.notes.push(format!("`{field}` cannot be read back"));
                    }
                    return ended;
                }
                Judgement::Unchanged(how) => {
                    if is_lost {
                        return failed(format!("{doubt}; reading back: {how}"), None).into();
                    }
                    if rounds == ROUNDS {
                        let error =
                            format!("{doubt}; sent {ROUNDS} times, and reading back each time: {how}");
                        return failed(error, None).into();
                    }
                    let wait = Instant::now() + pause(rounds, None);
                    let reason = format!("not done, after: {doubt}");
                    if let Err(why) = self.turn(change, Some((wait, reason))).await {
                        return failed(format!("{doubt}; reading back: {how}; not tried again: {why}"), None)
                            .into();
                    }
                }
                Judgement::Otherwise { difference, object } => {
                    let hint = "plan again: the next plan shows what is left to do".to_owned();
                    let error = format!("{doubt}; reading back: {difference}");
                    let mut ended: Ended = failed(error, Some(hint)).into();
                    if is_ours(change)
                        && let Some(object) = object
                    {
                        // No later plan would set the password of a mailbox that is there.
                        self.set_password_again(change, &object, secrets, &mut ended).await;
                    }
                    return ended;
                }
                Judgement::Unread(why) => {
                    return in_doubt(format!("{doubt}; reading back: {why}")).into();
                }
                Judgement::Incomparable(why) => return in_doubt(format!("{doubt}; {why}")).into(),
            }
        }
    }

    /// The end of a write that the service took: where its reply proves nothing, the object is read back.
    async fn written(&self, change: &Change, notes: Vec<String>) -> Ended {
        let mut ended: Ended = ResultState::Done.into();
        ended.notes = notes;
        if self.capabilities.is_none_or(|capabilities| capabilities.confirms) {
            return ended;
        }
        match read_back(self, change).await {
            Judgement::Holds { .. } => {}
            Judgement::Incomparable(why) => ended.notes.push(why),
            Judgement::Unchanged(how) | Judgement::Otherwise { difference: how, .. } => {
                let error = format!("the service took it, but it does not hold: {how}");
                ended.state = failed(error, Some("plan again to see what the service made of it".to_owned()));
            }
            Judgement::Unread(why) => {
                let reason =
                    format!("the service took it, but its reply proves nothing, and reading back: {why}");
                ended.state = in_doubt(reason);
            }
        }
        ended
    }
}

/// A create whose object was not there when the plan was made: where it is there after a lost answer, this run
/// made it.
fn is_ours(change: &Change) -> bool {
    change.verb == Verb::Create && change.ground == Ground::Absent
}

pub(super) fn in_doubt(reason: impl Into<String>) -> ResultState {
    ResultState::InDoubt { reason: reason.into() }
}

/// Why an account is left alone that asks to wait longer than any run does.
pub(super) fn asked_for_quiet(asked: Duration) -> String {
    format!("the service asked for no calls for {} s", asked.as_secs())
}

fn gave_up(error: ProviderError) -> ResultState {
    let how = match error.retry_after {
        Some(asked) if asked > LONGEST_WAIT => {
            format!("{error}; the service asks to wait {} s, which no run does", asked.as_secs())
        }
        _ => format!("{error}; tried {TRIES} times"),
    };
    let hint = error.hint.unwrap_or_else(|| "nothing was written: apply again later".to_owned());
    failed(how, Some(hint))
}

fn hide(ended: &mut Ended, secrets: &Prepared<'_>) {
    for note in &mut ended.notes {
        secrets.hide(note);
    }
    match &mut ended.state {
        ResultState::Done | ResultState::NotNeeded => {}
        ResultState::Skipped { reason } | ResultState::InDoubt { reason } => secrets.hide(reason),
        ResultState::Failed { error, hint } => {
            secrets.hide(error);
            if let Some(hint) = hint {
                secrets.hide(hint);
            }
        }
    }
}
