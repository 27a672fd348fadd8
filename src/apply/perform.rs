//! One write from its turn to its result: secrets, intent, call, tries, and what to make of a lost answer.

use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

use crate::model::{Change, Event, Field, Ground, ResultState, Verb};
use crate::provider::{
    Capabilities, Done, ErrorKind, KindCapabilities, Provider, ProviderError, SecretError, Secrets,
};

use super::account::{Account, Turn};
use super::guard::{self, Called};
use super::halt::Halt;
use super::journal::Journal;
use super::judge::Judgement;
use super::pair::{Claim, Doubt, Ends, Write};
use super::patience::{LONGEST_WAIT, ROUNDS, THROTTLED, TRIES, pause};
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
    /// The service answered that it is done; of a claim that went with it, that too.
    Done(Done, Option<Done>),
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
    /// Carries a change out, once those that it needs are done; with the one that takes its address over, if there is
    /// one.
    pub(super) async fn run(&self, write: Write<'_>) -> Ends {
        let stopped = || Ends::of(write, skipped(self.halt.reason()).into());
        let resolving = Prepared::resolve(write.bearer(), self.secrets);
        let secrets = tokio::select! {
            biased;
            () = self.halt.drawn() => return stopped(),
            resolved = resolving => match resolved {
                Ok(secrets) => secrets,
                Err(error) => return unresolved(write, error),
            },
        };
        if let Err(reason) = self.turn(write.change, None).await {
            return Ends::of(write, skipped(reason).into());
        }
        if let Some(journal) = self.journal {
            // They wait together, and so go to the disk together.
            let intents = try_join_all(write.changes().map(|change| journal.intent(&change.id)));
            if let Err(error) = intents.await {
                self.halt.journal_broken(&error);
                return stopped();
            }
        }
        let place = self.place(write.change).await;
        let mut ends = if self.halt.is_drawn() {
            stopped()
        } else if let Err(reason) = place {
            Ends::of(write, skipped(reason).into())
        } else {
            for change in write.changes() {
                (self.events)(&Event::Began(change));
            }
            let (ended, known) = self.carry_out(write, &secrets, None).await;
            let claim = match write.claim {
                Some(claim) => Some(self.end_claim((write.change, &ended), claim, known, &secrets).await),
                None => None,
            };
            Ends { change: ended, claim }
        };
        for ended in ends.each() {
            ended.is_recorded = self.journal.is_some();
            hide(ended, &secrets);
        }
        ends
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

    /// Waits for a place among the changes that are carried out; says why there is none any more.
    async fn place(&self, change: &Change) -> Result<Option<SemaphorePermit<'_>>, String> {
        if let Some(place) = self.account.free_place() {
            return Ok(Some(place));
        }
        let place = tokio::select! {
            biased;
            () = self.halt.drawn() => return Err(self.halt.reason()),
            place = self.account.place() => place,
        };
        // By now the account may be closed, or want to be left alone.
        self.turn(change, None).await?;
        Ok(place)
    }

    /// Sends a write whose turn has come, again where the service did not take it.
    pub(super) async fn send(&self, write: Write<'_>, secrets: &Prepared<'_>) -> Sent {
        let change = write.change;
        let mut tries = 1;
        loop {
            let error = match guard::perform(self.provider, write, secrets).await {
                Called::Lost(mut what) => {
                    secrets.hide(&mut what);
                    return Sent::Lost(what);
                }
                Called::Returned(Ok((done, claimed))) => {
                    self.account.answered();
                    return Sent::Done(done, claimed);
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
            if tries == most(&error) {
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

    /// Sends a write until it is known what became of it. `doubt` is what is known of an earlier sending; then it is
    /// read back before it is sent. Where there is a claim, says what is known of that.
    pub(super) async fn carry_out(
        &self,
        write: Write<'_>,
        secrets: &Prepared<'_>,
        mut doubt: Option<Doubt>,
    ) -> (Ended, Claim) {
        let change = write.change;
        let nothing = |state: ResultState| (state.into(), Claim::Untouched);
        let unknown = |ended: Ended| (ended, Claim::Unknown);
        let mut rounds = 0;
        loop {
            let Doubt { words: doubt, is_lost } = match doubt.take() {
                Some(doubt) => doubt,
                None => match self.attempt(write, secrets, rounds).await {
                    Attempt::Over(ended, known) => return (ended, known),
                    Attempt::Doubtful(doubt) => doubt,
                },
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
                    return (ended, Claim::Lost(Doubt { words: doubt, is_lost }));
                }
                // One write is done as a whole or not at all: nothing is done of the claim, either.
                Judgement::Unchanged(how) => {
                    if is_lost {
                        return nothing(failed(format!("{doubt}; reading back: {how}"), None));
                    }
                    if rounds == ROUNDS {
                        let error =
                            format!("{doubt}; sent {ROUNDS} times, and reading back each time: {how}");
                        return nothing(failed(error, None));
                    }
                    let wait = Instant::now() + pause(rounds, None);
                    let reason = format!("not done, after: {doubt}");
                    if let Err(why) = self.turn(change, Some((wait, reason))).await {
                        let error = format!("{doubt}; reading back: {how}; not tried again: {why}");
                        return nothing(failed(error, None));
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
                    return unknown(ended);
                }
                Judgement::Unread(why) => {
                    return unknown(in_doubt(format!("{doubt}; reading back: {why}")).into());
                }
                Judgement::Incomparable(why) => return unknown(in_doubt(format!("{doubt}; {why}")).into()),
            }
        }
    }

    /// Sends a write once, after so many times that nobody knows the end of.
    async fn attempt(&self, write: Write<'_>, secrets: &Prepared<'_>, rounds: u32) -> Attempt {
        let doubtful = |words| Attempt::Doubtful(Doubt { words, is_lost: false });
        let nothing = |state: ResultState| Attempt::Over(state.into(), Claim::Untouched);
        match self.send(write, secrets).await {
            // An earlier sending may have been carried out after all: this answer is what it would bring.
            Sent::Done(Done::NotNeeded, _) if rounds > 0 => doubtful("the service has it already".to_owned()),
            Sent::Done(done, claimed) => {
                let known = claimed.map_or(Claim::Untouched, Claim::Answered);
                Attempt::Over(answered(self, write.change, done).await, known)
            }
            Sent::Refused(error) if error.kind == ErrorKind::Ambiguous => doubtful(error.to_string()),
            // And so are these.
            Sent::Refused(error)
                if rounds > 0 && matches!(error.kind, ErrorKind::Conflict | ErrorKind::NotFound) =>
            {
                doubtful(error.to_string())
            }
            Sent::Refused(error) => nothing(failed(error.to_string(), error.hint)),
            Sent::Lost(words) => Attempt::Doubtful(Doubt { words, is_lost: true }),
            Sent::GaveUp(error) => nothing(gave_up(error)),
            Sent::Stopped(why, error) if rounds == 0 => {
                nothing(skipped(format!("{why}, before it could be tried again after: {error}")))
            }
            Sent::Stopped(why, error) => {
                nothing(failed(format!("{error}; not tried again: {why}"), error.hint))
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

/// What sending once brought.
enum Attempt {
    /// The end, and what is known of the claim.
    Over(Ended, Claim),
    /// It may have been done.
    Doubtful(Doubt),
}

/// The end of a change that the service says is done.
pub(super) async fn answered(site: &Site<'_>, change: &Change, done: Done) -> Ended {
    match done {
        Done::NotNeeded => ResultState::NotNeeded.into(),
        Done::Written { notes } => site.written(change, notes).await,
    }
}

/// The end of a write whose secret cannot be had.
fn unresolved(write: Write<'_>, error: SecretError) -> Ends {
    let ended = failed(error.to_string(), error.hint).into();
    match write.claim {
        None => Ends { change: ended, claim: None },
        Some(claim) => {
            let reason = format!("{} failed, and without it nobody would have the address", claim.id);
            Ends { change: skipped(reason).into(), claim: Some(ended) }
        }
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

/// How often a write is sent that the service does not take.
fn most(error: &ProviderError) -> u32 {
    if error.kind == ErrorKind::RateLimited { THROTTLED } else { TRIES }
}

fn gave_up(error: ProviderError) -> ResultState {
    let how = match error.retry_after {
        Some(asked) if asked > LONGEST_WAIT => {
            format!("{error}; the service asks to wait {} s, which no run does", asked.as_secs())
        }
        _ => format!("{error}; tried {} times", most(&error)),
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
