//! The run: starts changes as their turn comes, gathers their results.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use crate::model::{
    Change, ChangeResult, ConnectionName, Event, Ground, NeedKind, Outcome, Plan, ResultState, Status,
};
use crate::provider::{Capabilities, Provider, Secrets};

use super::account::{Account, AccountKey};
use super::grounds::Grounds;
use super::halt::Halt;
use super::journal::Journal;
use super::pair::{Ends, Write, pairs};
use super::perform::{Ended, Site, skipped};
use super::schedule::{Ending, Misfit, Schedule, Started};

/// What a run needs besides its plan.
pub struct Context<'a> {
    /// The open connections. A change of one that is not among them is skipped.
    pub providers: &'a BTreeMap<ConnectionName, Arc<dyn Provider>>,
    /// What each connection can do, how fast, and how soon it shows what was written.
    pub capabilities: &'a BTreeMap<ConnectionName, Capabilities>,
    /// Which connections are one account and share its limits. A connection that is not among them is its own.
    pub accounts: &'a BTreeMap<ConnectionName, AccountKey>,
    /// Where secrets come from.
    pub secrets: &'a dyn Secrets,
    /// Where intents and results are recorded; nothing is sent whose intent could not be.
    pub journal: Option<Journal>,
    /// Who hears what happens. Called in the order of events, never at once.
    pub events: &'a (dyn Fn(&Event<'_>) + Send + Sync),
    /// Cancelled by a person who wants to stop: no new calls, those under way finish.
    pub stop: CancellationToken,
    /// Whether the first failure ends the run.
    pub on_failure: OnFailure,
    /// For a saved plan what [`verify_grounds`](super::verify_grounds) found; empty for a plan just made.
    pub grounds: Grounds,
}

/// What a failed change means for those that do not need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// They go on.
    #[default]
    Continue,
    /// Nothing new is started (`--fail-fast`).
    StopAll,
}

/// Applies a plan. Every change of the plan is once in the outcome, in plan order.
///
/// * A change starts when all that it needs, hard or soft, is done; the first of the plan among those that may
///   start is the next. No two of one record run at once, and never more are carried out than the account bears.
/// * What gives an address up goes together with what takes it over, where the service can do both in one write and
///   the latter waits for nothing else. Such a write is one for the account; where it is refused, neither is done.
/// * A change whose need failed, was skipped or is in doubt is skipped and says so. A soft need counts as well: to
///   go on without it would let mail bounce for longer than the moment that the plan speaks of.
/// * [`Event::Ended`] comes once for each change that was ready; blocked ones are in the outcome alone.
pub async fn apply(plan: &Plan, context: Context<'_>) -> Outcome {
    let Context { providers, capabilities, accounts, secrets, journal, events, stop, on_failure, grounds } =
        context;
    events(&Event::Started { plan: &plan.id, writes: plan.ready().count() });
    let halt = Halt::new(stop);
    let accounts = Accounts::new(plan, accounts, capabilities);
    let sites: BTreeMap<&ConnectionName, Site<'_>> = providers
        .iter()
        .filter_map(|(name, provider)| {
            let site = Site {
                provider: provider.as_ref(),
                capabilities: capabilities.get(name),
                account: accounts.of(name)?,
                secrets,
                journal: journal.as_ref(),
                events,
                halt: &halt,
            };
            Some((name, site))
        })
        .collect();
    let room: Vec<usize> = accounts.list.iter().map(Account::max_in_flight).collect();
    let (mut schedule, misfits) = Schedule::new(&plan.changes, |name| accounts.index(name), &room);
    if journal.is_some() {
        for (account, limits) in accounts.list.iter().enumerate() {
            schedule.make_ready_ahead(account, limits.ahead());
        }
    }
    for (release, claim) in pairs(plan, &sites) {
        schedule.pair(release, claim);
    }
    let mut run = Run {
        plan,
        schedule,
        barred: barred(plan, &sites, &misfits, &grounds),
        results: vec![None; plan.changes.len()],
        events,
        journal: journal.as_ref(),
        last_recorded: None,
    };
    run.bar();
    let interruption = run.drive(&sites, &halt, on_failure).await;
    let interruption = run.skip_rest(&halt, interruption);
    let last_recorded = run.last_recorded;
    let mut outcome = Outcome {
        plan: plan.id.clone(),
        results: run.results.into_iter().flatten().collect(),
        interrupted: interruption == Interruption::Told,
        ..Outcome::default()
    };
    drop(sites);
    if let Some(journal) = journal
        && let Err(error) = journal.end().await
        && let Some(last) = last_recorded
    {
        let note = format!("its result, and perhaps earlier ones, are not in the journal: {error}");
        outcome.results[last].notes.push(note);
    }
    events(&Event::Finished(&outcome));
    outcome
}

/// Whether a person stopped the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interruption {
    /// Nobody did, as far as the run has seen.
    None,
    /// Somebody did, and [`Event::Stopping`] has been sent.
    Told,
}

/// The accounts of a plan's connections.
struct Accounts {
    by_name: BTreeMap<ConnectionName, usize>,
    list: Vec<Account>,
}

impl Accounts {
    fn new(
        plan: &Plan,
        keys: &BTreeMap<ConnectionName, AccountKey>,
        capabilities: &BTreeMap<ConnectionName, Capabilities>,
    ) -> Self {
        let mut shared: BTreeMap<(Option<&AccountKey>, Option<&ConnectionName>), Vec<&ConnectionName>> =
            BTreeMap::new();
        let mut names: Vec<&ConnectionName> = plan.changes.iter().map(|change| &change.connection).collect();
        names.sort();
        names.dedup();
        for name in names {
            let key = keys.get(name);
            let alone = key.is_none().then_some(name);
            shared.entry((key, alone)).or_default().push(name);
        }
        let mut accounts = Self { by_name: BTreeMap::new(), list: Vec::new() };
        for names in shared.into_values() {
            let limits = names.iter().filter_map(|name| capabilities.get(*name)).map(|can| can.limits);
            accounts.list.push(Account::new(limits));
            for name in names {
                accounts.by_name.insert(name.clone(), accounts.list.len() - 1);
            }
        }
        accounts
    }

    fn of(&self, name: &ConnectionName) -> Option<&Account> {
        self.by_name.get(name).and_then(|index| self.list.get(*index))
    }

    /// Every connection of the plan's changes has one.
    fn index(&self, name: &ConnectionName) -> usize {
        self.by_name.get(name).copied().unwrap_or_default()
    }
}

/// What has come of a plan so far.
struct Run<'a> {
    plan: &'a Plan,
    schedule: Schedule,
    /// Changes that never start, whatever becomes of the others, and why.
    barred: BTreeMap<usize, String>,
    results: Vec<Option<ChangeResult>>,
    events: &'a (dyn Fn(&Event<'_>) + Send + Sync),
    journal: Option<&'a Journal>,
    /// The change whose result was journalled last.
    last_recorded: Option<usize>,
}

impl Run<'_> {
    /// Settles what never starts.
    fn bar(&mut self) {
        let barred: Vec<(usize, String)> =
            self.barred.iter().map(|(index, reason)| (*index, reason.clone())).collect();
        for (index, reason) in barred {
            self.settle(index, skipped(reason).into());
        }
    }

    /// Starts what may start and settles what ends, until nothing is under way and nothing may start.
    async fn drive(
        &mut self,
        sites: &BTreeMap<&ConnectionName, Site<'_>>,
        halt: &Halt,
        on_failure: OnFailure,
    ) -> Interruption {
        let plan = self.plan;
        let mut interruption = Interruption::None;
        let mut under_way = FuturesUnordered::new();
        loop {
            while !halt.is_drawn()
                && let Some(started) = self.schedule.start()
            {
                let claim = started.claim.map(|claim| &plan.changes[claim]);
                let write = Write { change: &plan.changes[started.index], claim };
                let site = sites.get(&write.change.connection);
                under_way.push(async move {
                    match site {
                        Some(site) => (started, site.run(write).await),
                        None => (started, Ends::of(write, skipped("its connection is not open").into())),
                    }
                });
            }
            if under_way.is_empty() {
                return interruption;
            }
            tokio::select! {
                biased;
                () = halt.interrupted(), if interruption == Interruption::None => {
                    interruption = Interruption::Told;
                    (self.events)(&Event::Stopping);
                }
                Some((started, ends)) = under_way.next() => {
                    for (index, ended) in in_order(started, ends) {
                        let is_failure =
                            matches!(ended.state, ResultState::Failed { .. } | ResultState::InDoubt { .. });
                        if is_failure && on_failure == OnFailure::StopAll {
                            halt.fail_fast(&plan.changes[index].id);
                        }
                        self.settle(index, ended);
                    }
                }
            }
        }
    }

    /// Skips what was never started.
    fn skip_rest(&mut self, halt: &Halt, interruption: Interruption) -> Interruption {
        let rest = self.schedule.not_started();
        let reason = if halt.is_drawn() {
            halt.reason()
        } else {
            "it and what it needs wait for each other, which no plan should hold".to_owned()
        };
        let is_new = halt.is_interrupted() && interruption == Interruption::None && !rest.is_empty();
        if is_new {
            (self.events)(&Event::Stopping);
        }
        for index in rest {
            self.record(index, skipped(reason.clone()).into());
        }
        if is_new { Interruption::Told } else { interruption }
    }

    /// Takes a change's result, and skips what can no longer start because of it.
    fn settle(&mut self, index: usize, ended: Ended) {
        let mut falling = VecDeque::from([(index, ended)]);
        while let Some((index, ended)) = falling.pop_front() {
            if self.results[index].is_some() {
                continue;
            }
            for (dependant, kind) in self.schedule.settle(index, ending(&ended)) {
                let reason = match self.barred.get(&dependant) {
                    Some(own) => own.clone(),
                    None => why_not(&self.plan.changes[index], &ended.state, kind),
                };
                falling.push_back((dependant, skipped(reason).into()));
            }
            self.record(index, ended);
        }
    }

    fn record(&mut self, index: usize, ended: Ended) {
        let change = &self.plan.changes[index];
        if let Some(journal) = self.journal.filter(|_| ended.is_recorded) {
            journal.result(&change.id, &ended.state);
            self.last_recorded = Some(index);
        }
        let result = ChangeResult { change: change.id.clone(), state: ended.state, notes: ended.notes };
        if change.is_ready() {
            (self.events)(&Event::Ended(change, &result));
        }
        self.results[index] = Some(result);
    }
}

fn ending(ended: &Ended) -> Ending {
    match ended.state {
        ResultState::Done | ResultState::NotNeeded => Ending::Met,
        _ => Ending::Unmet,
    }
}

/// What ended, in the order in which it is taken: a claim has an end of its own, so it must not fall with a release
/// that did not end well.
fn in_order(started: Started, ends: Ends) -> impl Iterator<Item = (usize, Ended)> {
    let is_met = ending(&ends.change) == Ending::Met;
    let release = Some((started.index, ends.change));
    let claim = started.claim.zip(ends.claim);
    let both = if is_met { [release, claim] } else { [claim, release] };
    both.into_iter().flatten()
}

/// Why what needs `need` does not start.
pub(super) fn why_not(need: &Change, state: &ResultState, kind: NeedKind) -> String {
    let what = match state {
        _ if !need.is_ready() => "is blocked",
        ResultState::Failed { .. } => "failed",
        ResultState::InDoubt { .. } => "is in doubt",
        ResultState::Skipped { .. } => "was skipped",
        ResultState::Done | ResultState::NotNeeded => "is done",
    };
    match kind {
        NeedKind::Hard => format!("needs {}, which {what}", need.id),
        NeedKind::Soft => format!("comes after {}, which {what}: mail could bounce in between", need.id),
    }
}

fn barred(
    plan: &Plan,
    sites: &BTreeMap<&ConnectionName, Site<'_>>,
    misfits: &[(usize, Misfit<'_>)],
    grounds: &Grounds,
) -> BTreeMap<usize, String> {
    let mut barred = BTreeMap::new();
    for (index, change) in plan.changes.iter().enumerate() {
        let reason = match &change.status {
            Status::Blocked(blocks) => {
                let reasons: Vec<&str> = blocks.iter().map(|block| &*block.reason).collect();
                Some(format!("blocked: {}", reasons.join("; ")))
            }
            Status::WaitsFor(changes) => {
                let names: Vec<&str> = changes.iter().map(crate::model::ChangeId::as_str).collect();
                Some(format!("waits for {}", names.join(", ")))
            }
            Status::Ready if !sites.contains_key(&change.connection) => {
                Some(format!("the connection {} is not open", change.connection))
            }
            // A planner blocks these; nothing that rests on what nobody read is ever sent.
            Status::Ready if change.ground == Ground::Unknown => {
                Some("what it rests on was not read".to_owned())
            }
            Status::Ready => grounds.why_stale(&change.id),
        };
        if let Some(reason) = reason {
            barred.insert(index, reason);
        }
    }
    for (index, misfit) in misfits {
        barred.entry(*index).or_insert_with(|| match misfit {
            Misfit::MissingNeed(need) => format!("needs {need}, which the plan does not hold"),
            Misfit::DoubleId => "the plan holds another change of this name".to_owned(),
        });
    }
    barred
}
