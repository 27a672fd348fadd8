//! Whole runs against the service in memory.

mod converge;
mod grounds;
mod journal;
mod limits;
mod lost;
mod order;
mod pair;
mod schedule;
mod stop;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use crate::model::{Event, Outcome, Plan, ResultState};
use crate::provider::{Capabilities, Provider};

use super::fake::{Fake, Named, can, connection};
use super::{AccountKey, Context, Grounds, Journal, OnFailure, apply};

/// A run in the making: one connection, `box`, unless a test says otherwise.
struct Trial {
    fakes: BTreeMap<&'static str, Arc<Fake>>,
    capabilities: Capabilities,
    account: Option<AccountKey>,
    journal: Option<Journal>,
    stop: CancellationToken,
    on_failure: OnFailure,
    grounds: Grounds,
    heard: Mutex<Vec<String>>,
}

impl Trial {
    fn new(fake: Fake) -> Self {
        Self::of([("box", fake)])
    }

    fn of(fakes: impl IntoIterator<Item = (&'static str, Fake)>) -> Self {
        Self {
            fakes: fakes.into_iter().map(|(name, fake)| (name, Arc::new(fake))).collect(),
            capabilities: can(),
            account: None,
            journal: None,
            stop: CancellationToken::new(),
            on_failure: OnFailure::Continue,
            grounds: Grounds::default(),
            heard: Mutex::new(Vec::new()),
        }
    }

    fn fake(&self) -> &Fake {
        &self.fakes["box"]
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("the ear").clone()
    }

    fn providers(&self) -> BTreeMap<crate::model::ConnectionName, Arc<dyn Provider>> {
        self.fakes
            .iter()
            .map(|(name, fake)| (connection(name), Arc::clone(fake) as Arc<dyn Provider>))
            .collect()
    }

    fn all_capabilities(&self) -> BTreeMap<crate::model::ConnectionName, Capabilities> {
        self.fakes.keys().map(|name| (connection(name), self.capabilities.clone())).collect()
    }

    async fn run(&mut self, plan: &Plan) -> Outcome {
        let providers = self.providers();
        let capabilities = self.all_capabilities();
        let accounts =
            self.fakes.keys().filter_map(|name| Some((connection(name), self.account.clone()?))).collect();
        let journal = self.journal.take();
        let context = Context {
            providers: &providers,
            capabilities: &capabilities,
            accounts: &accounts,
            secrets: &Named,
            journal,
            events: &|event| self.heard.lock().expect("the ear").push(words(event)),
            stop: self.stop.clone(),
            on_failure: self.on_failure,
            grounds: self.grounds.clone(),
        };
        apply(plan, context).await
    }
}

fn words(event: &Event<'_>) -> String {
    match event {
        Event::Started { writes, .. } => format!("started {writes}"),
        Event::Began(change) => format!("began {}", change.id),
        Event::Waiting { change, delay, .. } => format!("waiting {} {}s", change.id, delay.as_secs()),
        Event::Checking(change) => format!("checking {}", change.id),
        Event::Ended(change, result) => format!("ended {} {}", change.id, state_word(&result.state)),
        Event::Stopping => "stopping".to_owned(),
        Event::Finished(_) => "finished".to_owned(),
    }
}

fn state_word(state: &ResultState) -> &'static str {
    match state {
        ResultState::Done => "done",
        ResultState::NotNeeded => "not needed",
        ResultState::Failed { .. } => "failed",
        ResultState::Skipped { .. } => "skipped",
        ResultState::InDoubt { .. } => "in doubt",
    }
}

/// Each result as `state: reason`, in plan order.
fn told(outcome: &Outcome) -> Vec<String> {
    outcome
        .results
        .iter()
        .map(|result| match &result.state {
            ResultState::Done | ResultState::NotNeeded => state_word(&result.state).to_owned(),
            ResultState::Failed { error: reason, .. }
            | ResultState::Skipped { reason }
            | ResultState::InDoubt { reason } => format!("{}: {reason}", state_word(&result.state)),
        })
        .collect()
}

fn notes(outcome: &Outcome, index: usize) -> String {
    outcome.results[index].notes.join("\n")
}
