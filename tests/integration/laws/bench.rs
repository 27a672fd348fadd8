//! Reads, plans and applies: the pipeline of the program over services in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::Date;
use mailwright::model::{
    Change, ChangeId, ConnectionName, Desired, Identity, Narrowing, Observed, Override, Plan, Scope,
    SecretRef, Verb,
};
use mailwright::plan::{self, Input, Unwanted};
use mailwright::provider::{self, Capabilities, Done, Provider as _, SecretError, Secrets};
use secrecy::SecretString;

use crate::memory::{Memory, Stored};

/// Services, a configuration, and what a run is started with.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) desired: Desired,
    pub(crate) services: BTreeMap<ConnectionName, Memory>,
    pub(crate) capabilities: BTreeMap<ConnectionName, Capabilities>,
    pub(crate) overrides: Vec<Override>,
    pub(crate) narrowing: Narrowing,
    pub(crate) today: Date,
}

/// Everything that all services hold.
pub(crate) type Snapshot = BTreeMap<ConnectionName, BTreeMap<Identity, Stored>>;

/// What came of running a plan's changes in their order.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Changes that were written.
    pub(crate) written: Vec<ChangeId>,
    /// Changes that held already.
    pub(crate) not_needed: Vec<ChangeId>,
    /// Changes that the service refused, with its words.
    pub(crate) refused: Vec<(ChangeId, String)>,
    /// Changes that were not tried because something that they need was not done.
    pub(crate) skipped: Vec<ChangeId>,
}

/// A secret store that knows one password.
pub(crate) struct OnePassword;

#[async_trait::async_trait]
impl Secrets for OnePassword {
    async fn reveal(&self, _: &SecretRef, _: &str) -> Result<SecretString, SecretError> {
        Ok(SecretString::from("correct horse battery staple"))
    }
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

impl Bench {
    /// Reads what a plan needs, and nothing else.
    pub(crate) fn observe(&self) -> Observed {
        let mut observed = Observed::default();
        self.read(&mut observed, plan::scopes(&self.desired, &self.capabilities, &self.narrowing));
        let further = plan::further_scopes(&self.desired, &observed, &self.capabilities, &self.narrowing);
        self.read(&mut observed, further);
        observed
    }

    pub(super) fn read(&self, observed: &mut Observed, scopes: BTreeMap<ConnectionName, Scope>) {
        for (name, scope) in scopes {
            let service = &self.services[&name];
            let (state, failure) = block_on(provider::read(service, &scope));
            assert!(failure.is_none(), "reading {name} failed: {failure:?}");
            observed.connections.entry(name).or_default().absorb(state);
        }
    }

    /// Reads and plans. A plan that fails its own proof fails the test.
    pub(crate) fn plan(&self) -> Plan {
        self.plan_of(&self.observe())
    }

    pub(crate) fn plan_of(&self, observed: &Observed) -> Plan {
        let input = Input {
            desired: &self.desired,
            observed,
            capabilities: &self.capabilities,
            overrides: &self.overrides,
            narrowing: &self.narrowing,
            today: self.today,
        };
        let plan = plan::plan(input).unwrap_or_else(|error| panic!("{error}"));
        let wanted = self.wanted(&plan);
        assert!(wanted.is_ok(), "not wanted by its own wish: {wanted:?}\n{}", lines(&plan));
        plan
    }

    /// Whether a saved plan is what is wanted.
    pub(crate) fn wanted(&self, plan: &Plan) -> Result<(), Unwanted> {
        plan::wanted(plan, &self.desired, &self.capabilities, self.today)
    }

    /// Runs the first `count` ready changes one after the other, and none that needs one that was not done.
    pub(crate) fn run(&self, plan: &Plan, count: usize) -> Run {
        let mut run = Run::default();
        let mut undone: BTreeSet<&ChangeId> = BTreeSet::new();
        for change in plan.ready().take(count) {
            if change.needs.iter().any(|need| undone.contains(&need.change)) {
                undone.insert(&change.id);
                run.skipped.push(change.id.clone());
                continue;
            }
            match block_on(self.perform(change)) {
                Ok(Done::Written { .. }) => run.written.push(change.id.clone()),
                // What a create cannot take is written after it, whatever the service made of it by itself.
                Ok(Done::NotNeeded) if change.needs.iter().any(|need| is_create_of(change, &need.change)) => {
                    run.written.push(change.id.clone());
                }
                Ok(Done::NotNeeded) => run.not_needed.push(change.id.clone()),
                Err(error) => {
                    undone.insert(&change.id);
                    run.refused.push((change.id.clone(), error));
                }
            }
        }
        run
    }

    async fn perform(&self, change: &Change) -> Result<Done, String> {
        let service = &self.services[&change.connection];
        service.perform(change, &OnePassword).await.map_err(|error| error.to_string())
    }

    /// What all services hold now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.services.iter().map(|(name, service)| (name.clone(), service.state().objects.clone())).collect()
    }
}

fn is_create_of(change: &Change, other: &ChangeId) -> bool {
    *other == ChangeId::new(Verb::Create, &change.connection, &change.identity, "")
}

impl Run {
    /// True where every change was written.
    pub(crate) fn is_clean(&self) -> bool {
        self.not_needed.is_empty() && self.refused.is_empty() && self.skipped.is_empty()
    }
}

/// A plan in lines, for messages of failed tests.
pub(crate) fn lines(plan: &Plan) -> String {
    plan.changes.iter().fold(String::new(), |mut lines, change| {
        let _ = writeln!(lines, "  {} {:?} needs {:?}", change.id, change.status, change.needs);
        lines
    })
}
