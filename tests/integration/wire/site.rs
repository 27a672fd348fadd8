//! From a wish in YAML to an outcome, with everything that can cut it short.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use mailwright::apply::{self, AccountKey, Context, Grounds, Journal, OnFailure};
use mailwright::config::{self, Problems};
use mailwright::model::{
    Change, ConnectionName, Desired, Event, Narrowing, Observed, Outcome, Plan, ResultState, Status,
};
use mailwright::plan;
use mailwright::provider::{self, Capabilities, Places, Provider, ProviderError};
use mailwright::providers;
use tokio_util::sync::CancellationToken;

use super::service::{Known, Service};

/// A loaded wish for one service.
#[derive(Debug)]
pub(super) struct Site {
    desired: Desired,
    capabilities: BTreeMap<ConnectionName, Capabilities>,
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
        let capabilities = desired
            .connections
            .iter()
            .map(|(name, spec)| (name.clone(), catalogue.capabilities(spec).expect("a known type")))
            .collect();
        Ok(Self { desired, capabilities })
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
        let everything = Narrowing::default();
        for further in [false, true] {
            let scopes = if further {
                plan::further_scopes(&self.desired, &observed, &self.capabilities, &everything)
            } else {
                plan::scopes(&self.desired, &self.capabilities, &everything)
            };
            for (name, scope) in scopes {
                let (state, error) = provider::read(&*providers[&name], &scope).await;
                observed.connections.entry(name).or_default().absorb(state);
                failure = failure.or(error);
            }
        }
        (observed, failure)
    }

    /// Plans. A plan that fails its own proof fails the test.
    pub(super) fn plan(&self, observed: &Observed) -> Plan {
        let input = plan::Input {
            desired: &self.desired,
            observed,
            capabilities: &self.capabilities,
            overrides: &[],
            narrowing: &Narrowing::default(),
            today: jiff::civil::date(2026, 5, 4),
        };
        plan::plan(input).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Connects, reads without a fault, and plans.
    pub(super) async fn look(&self) -> (Providers, Plan) {
        let providers = self.connect().await.expect("connects");
        let (observed, failure) = self.observe(&providers).await;
        assert!(failure.is_none(), "reading failed: {failure:?}");
        (providers, self.plan(&observed))
    }

    /// Applies a plan; none where the process died.
    pub(super) async fn apply(
        &self,
        service: &dyn Service,
        providers: &Providers,
        plan: &Plan,
        cut: Cut,
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
        let events = |event: &Event<'_>| match event {
            Event::Began(_) if cut == Cut::Began(began.fetch_add(1, Ordering::Relaxed)) => died.cancel(),
            Event::Ended(..) => {
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
            grounds: Grounds::default(),
        };
        let mut applying = pin!(apply::apply(plan, context));
        let mut waits = 0;
        std::future::poll_fn(|task| match applying.as_mut().poll(task) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if died.is_cancelled() || cut == Cut::Waited(waits) => Poll::Ready(None),
            Poll::Pending => {
                waits += 1;
                Poll::Pending
            }
        })
        .await
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
