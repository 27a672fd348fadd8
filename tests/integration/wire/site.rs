//! From a wish in YAML to an outcome, with everything that can cut it short.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use mailwright::apply::{self, AccountKey, Context, Grounds, Journal, OnFailure};
use mailwright::config::{self, Problems};
use mailwright::model::{
    Change, ChangeId, ConnectionName, Desired, Event, Narrowing, Observed, Outcome, Override, Plan,
    ResultState, Status,
};
use mailwright::plan::{self, SavedError};
use mailwright::provider::{self, Capabilities, Places, Provider, ProviderError};
use mailwright::providers;
use tokio_util::sync::CancellationToken;

use super::service::{Known, Service};

/// The day of these tests.
const TODAY: jiff::civil::Date = jiff::civil::date(2026, 5, 4);

/// A loaded wish for one service.
#[derive(Debug)]
pub(super) struct Site {
    desired: Desired,
    capabilities: BTreeMap<ConnectionName, Capabilities>,
    narrowing: Narrowing,
}

/// Where applying is cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nowhere.
    Never,
    /// The process dies when the nth change (from 0) is about to be sent: its intent is in the journal.
    Began(usize),
    /// The process dies when the nth change has its result.
    Ended(usize),
    /// The process dies where it waits for the nth time.
    Waited(usize),
    /// A person stops it when the nth change has its result.
    Stopped(usize),
}

/// An open connection: what a process has between its start and its end.
pub(super) type Providers = BTreeMap<ConnectionName, Arc<dyn Provider>>;

impl Site {
    /// Loads a wish; where there is one connection, it is called `svc`.
    pub(super) fn load(service: &dyn Service, wish: &str) -> Result<Self, Problems> {
        let named = service.connections().into_iter().map(|(name, keys)| format!("  {name}: {keys}\n"));
        let connections = format!("version: 1\nproviders:\n{}", named.collect::<String>());
        let files = vec![
            ("providers.yaml".to_owned(), connections.into_bytes()),
            ("wish.yaml".to_owned(), wish.as_bytes().to_vec()),
        ];
        let catalogue = providers::catalogue();
        let desired = config::load_sources(files, service.folder(), &catalogue)?.desired;
        let capabilities = catalogue.all_capabilities(&desired.connections);
        Ok(Self { desired, capabilities, narrowing: Narrowing::default() })
    }

    /// The same, with `--only`.
    pub(super) fn only(mut self, globs: &[&str]) -> Self {
        self.narrowing.only = globs.iter().map(|glob| (*glob).to_owned()).collect();
        self
    }

    /// The same, with one write after the other.
    pub(super) fn one_at_a_time(mut self) -> Self {
        self.capabilities.values_mut().for_each(|can| can.limits.max_in_flight = 1);
        self
    }

    /// Connects, as a new process does.
    pub(super) async fn connect(&self) -> Result<Providers, ProviderError> {
        let catalogue = providers::catalogue();
        let mut made = Providers::new();
        for (name, spec) in &self.desired.connections {
            let entry = catalogue.get(&spec.type_name).expect("a known type");
            made.insert(name.clone(), (entry.connect)(spec, &Known, &Places::default()).await?);
        }
        Ok(made)
    }

    /// Reads what the plan needs.
    pub(super) async fn observe(&self, providers: &Providers) -> (Observed, Option<ProviderError>) {
        let mut observed = Observed::default();
        let mut failure = None;
        for further in [false, true] {
            let scopes = if further {
                plan::further_scopes(&self.desired, &observed, &self.capabilities, &self.narrowing)
            } else {
                plan::scopes(&self.desired, &self.capabilities, &self.narrowing)
            };
            for (name, scope) in scopes {
                let (state, error) = provider::read(&*providers[&name], &scope).await;
                observed.connections.entry(name).or_default().absorb(state);
                failure = failure.or(error);
            }
        }
        (observed, failure)
    }

    /// What each connection can do.
    pub(super) fn capabilities(&self) -> &BTreeMap<ConnectionName, Capabilities> {
        &self.capabilities
    }

    /// Plans. A plan that fails its own proof fails the test.
    pub(super) fn plan(&self, observed: &Observed) -> Plan {
        self.plan_with(observed, &[])
    }

    /// The same, with brakes released.
    pub(super) fn plan_with(&self, observed: &Observed, overrides: &[Override]) -> Plan {
        let input = plan::Input {
            desired: &self.desired,
            observed,
            capabilities: &self.capabilities,
            overrides,
            narrowing: &self.narrowing,
            today: TODAY,
        };
        let plan = plan::plan(input).unwrap_or_else(|error| panic!("{error}"));
        crate::scenarios::wanted(&plan, &self.desired, &self.capabilities, input.today);
        plan
    }

    /// Connects, reads without a fault, and plans.
    pub(super) async fn look(&self) -> (Providers, Plan) {
        let providers = self.connect().await.expect("connects");
        let (observed, failure) = self.observe(&providers).await;
        assert!(failure.is_none(), "reading failed: {failure:?}");
        (providers, self.plan(&observed))
    }

    /// Reads a saved plan, as `apply --plan` does.
    pub(super) fn read_saved(&self, bytes: &[u8]) -> Result<Plan, SavedError> {
        plan::read_saved(bytes, &self.desired, &self.capabilities, TODAY)
    }

    /// Reads again what a saved plan rests on.
    pub(super) async fn grounds(&self, providers: &Providers, plan: &Plan) -> Grounds {
        apply::verify_grounds(plan, providers, &self.capabilities).await
    }

    /// Applies a plan; none where the process died.
    pub(super) async fn apply(
        &self,
        service: &dyn Service,
        providers: &Providers,
        plan: &Plan,
        cut: Cut,
    ) -> Option<Outcome> {
        self.apply_on(service, providers, plan, cut, Grounds::default()).await
    }

    /// Applies a plan on what its grounds were found to be; none where the process died.
    pub(super) async fn apply_on(
        &self,
        service: &dyn Service,
        providers: &Providers,
        plan: &Plan,
        cut: Cut,
        grounds: Grounds,
    ) -> Option<Outcome> {
        self.apply_until(service, providers, plan, cut, grounds, async |_| false).await
    }

    /// Applies a plan on its grounds; at `cut` the process stands still until `meanwhile`, which is told what had ended
    /// by then, is over, and goes on where that is true. None where it died.
    pub(super) async fn apply_until(
        &self,
        service: &dyn Service,
        providers: &Providers,
        plan: &Plan,
        cut: Cut,
        grounds: Grounds,
        meanwhile: impl AsyncFnOnce(Vec<ChangeId>) -> bool,
    ) -> Option<Outcome> {
        let accounts = self
            .desired
            .connections
            .iter()
            .map(|(name, spec)| (name.clone(), AccountKey::of(spec)))
            .collect();
        let died = CancellationToken::new();
        let stop = CancellationToken::new();
        let (began, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let over = Mutex::new(Vec::new());
        let events = |event: &Event<'_>| match event {
            Event::Began(_) if cut == Cut::Began(began.fetch_add(1, Ordering::Relaxed)) => died.cancel(),
            Event::Ended(change, _) => {
                over.lock().expect("nobody died").push(change.id.clone());
                let count = ended.fetch_add(1, Ordering::Relaxed);
                if cut == Cut::Ended(count) {
                    died.cancel();
                } else if cut == Cut::Stopped(count) {
                    stop.cancel();
                }
            }
            _ => {}
        };
        let context = Context {
            providers,
            capabilities: &self.capabilities,
            accounts: &accounts,
            secrets: &Known,
            journal: Some(Journal::open(&service.folder().join("state"), plan).expect("a journal")),
            events: &events,
            stop: stop.clone(),
            on_failure: OnFailure::Continue,
            grounds,
        };
        let mut applying = pin!(apply::apply(plan, context));
        let mut waits = 0;
        let before = std::future::poll_fn(|task| match applying.as_mut().poll(task) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if died.is_cancelled() || cut == Cut::Waited(waits) => Poll::Ready(None),
            Poll::Pending => {
                waits += 1;
                Poll::Pending
            }
        });
        if let Some(outcome) = before.await {
            return Some(outcome);
        }
        let over = std::mem::take(&mut *over.lock().expect("nobody died"));
        if meanwhile(over).await { Some(applying.await) } else { None }
    }

    /// A whole run without any trouble: connect, read, plan, apply. Everything that is ready must be done, and then
    /// nothing may be left that is ready.
    pub(super) async fn run(&self, service: &dyn Service) -> (Plan, Outcome) {
        let (providers, plan) = self.look().await;
        let outcome = self.apply(service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
        all_done(&plan, &outcome);
        let (_, again) = self.look().await;
        assert_eq!(again.ready().count(), 0, "planned\n{}and again\n{}", lines(&plan), lines(&again));
        (plan, outcome)
    }
}

/// Fails the test where a ready change was not done.
pub(super) fn all_done(plan: &Plan, outcome: &Outcome) {
    for (change, state) in results(plan, outcome).filter(|(change, _)| change.is_ready()) {
        let done = matches!(state, ResultState::Done | ResultState::NotNeeded);
        assert!(done, "{}: {state:?}\n{}", change.id, lines(plan));
    }
}

/// Each change with what became of it.
pub(super) fn results<'a>(
    plan: &'a Plan,
    outcome: &'a Outcome,
) -> impl Iterator<Item = (&'a Change, &'a ResultState)> {
    assert_eq!(plan.changes.len(), outcome.results.len(), "every change once");
    plan.changes.iter().zip(&outcome.results).map(|(change, result)| {
        assert_eq!(change.id, result.change);
        (change, &result.state)
    })
}

/// The ids of the changes that do not run.
pub(super) fn held(plan: &Plan) -> BTreeSet<String> {
    plan.changes.iter().filter(|change| !change.is_ready()).map(|change| change.id.to_string()).collect()
}

/// A plan in lines, for messages of failed tests.
pub(super) fn lines(plan: &Plan) -> String {
    plan.changes.iter().map(|change| "  ".to_owned() + &line(change) + "\n").collect()
}

/// A change and why it does not run.
pub(super) fn line(change: &Change) -> String {
    match &change.status {
        Status::Ready => format!("{}", change.id),
        Status::Blocked(blocks) => {
            let reasons: Vec<String> =
                blocks.iter().map(|block| format!("{}: {}", block.code.as_str(), block.reason)).collect();
            format!("{} blocked: {}", change.id, reasons.join("; "))
        }
        Status::WaitsFor(changes) => {
            let names: Vec<&str> = changes.iter().map(mailwright::model::ChangeId::as_str).collect();
            format!("{} waits for {}", change.id, names.join(", "))
        }
    }
}
