//! Saved plans of every type that are applied late: after a part of them was done, twice, and after what they did was
//! taken back. The plans are those between the steps of the conformance suite.

use std::collections::BTreeSet;

use mailwright::apply::{Grounds, Verdict};
use mailwright::model::{Plan, ResultState};
use mailwright::render::json;

use super::conformance::{complete, files, steps};
use super::postfixadmin::Engine;
use super::service::{Service, Type};
use super::site::{Cut, Providers, Site, lines, results};
use crate::tally::{self, What};

/// The verdicts, for messages.
fn told(plan: &Plan, grounds: &Grounds) -> String {
    let line = |change: &mailwright::model::Change| {
        format!("  {} needs {:?}: {:?}\n", change.id, change.needs, grounds.verdict(&change.id))
    };
    plan.ready().map(line).collect()
}

/// The changes whose ground was found to hold.
fn holding(plan: &Plan, grounds: &Grounds) -> BTreeSet<String> {
    let holds = |change: &&mailwright::model::Change| grounds.verdict(&change.id) == Some(&Verdict::Holds);
    plan.ready().filter(holds).map(|change| change.id.to_string()).collect()
}

/// A saved plan in the hands of whoever applies it.
struct Saved<'a> {
    service: &'a dyn Service,
    site: &'a Site,
    plan: Plan,
}

impl Saved<'_> {
    async fn connected(&self) -> (Providers, Grounds) {
        let providers = self.site.connect().await.expect("connects");
        let grounds = self.site.grounds(&providers, &self.plan).await;
        (providers, grounds)
    }

    /// Nothing has moved: all that is judged holds.
    async fn all_holds(&self, title: &str) {
        let (_, grounds) = self.connected().await;
        let stale: Vec<String> = grounds.stale().map(|(change, why)| format!("{change}: {why}")).collect();
        assert!(stale.is_empty(), "{title}: nobody has been here\n{stale:#?}\n{}", lines(&self.plan));
    }

    /// The first `count` changes are done, then the process dies.
    async fn begin(&self, count: usize) -> BTreeSet<String> {
        let providers = self.site.connect().await.expect("connects");
        let cut = Cut::Stopped(count);
        let outcome = self.site.apply(self.service, &providers, &self.plan, cut).await.expect("it stops");
        let done = results(&self.plan, &outcome).filter(|(_, state)| **state == ResultState::Done);
        done.map(|(change, _)| change.id.to_string()).collect()
    }

    /// What was done is not done again; everything else is done or says why not.
    async fn go_on(&self, title: &str, before: &BTreeSet<String>) {
        let (providers, grounds) = self.connected().await;
        let told = told(&self.plan, &grounds);
        let again: Vec<String> = holding(&self.plan, &grounds).intersection(before).cloned().collect();
        assert!(again.is_empty(), "{title}: {again:?} would be done twice\n{told}");
        let outcome = self.site.apply_on(self.service, &providers, &self.plan, Cut::Never, grounds).await;
        for (change, state) in results(&self.plan, &outcome.expect("nobody kills it")) {
            let is_done = matches!(state, ResultState::Done | ResultState::NotNeeded);
            // What a service refuses it refuses late as well.
            let is_said = match state {
                ResultState::Skipped { reason } => !reason.is_empty(),
                ResultState::Failed { error, .. } => !error.is_empty(),
                _ => false,
            };
            assert!(is_done || is_said, "{title}: {}: {state:?}\n{told}", change.id);
            let is_twice = *state == ResultState::Done && before.contains(change.id.as_str());
            assert!(!is_twice, "{title}: {} is done twice\n{told}", change.id);
        }
    }

    /// All of it is done: nothing holds, and applying it writes nothing.
    async fn replay(&self, title: &str) {
        let (providers, grounds) = self.connected().await;
        let told = told(&self.plan, &grounds);
        assert_eq!(holding(&self.plan, &grounds), BTreeSet::new(), "{title}: it was applied\n{told}");
        let written = self.service.trace().await;
        let outcome = self.site.apply_on(self.service, &providers, &self.plan, Cut::Never, grounds).await;
        for (change, state) in results(&self.plan, &outcome.expect("nobody kills it")) {
            assert!(matches!(state, ResultState::Skipped { .. }), "{title}: {}: {state:?}", change.id);
        }
        assert_eq!(written, self.service.trace().await, "{title}: nothing is written twice");
    }
}

/// The number of saved plans that were tried.
async fn play(kind: Type, text: &str, name: &str) -> usize {
    let service = kind.fresh().await;
    let mut tried = 0;
    let mut before: Option<Site> = None;
    for (number, (title, wish)) in steps(text).into_iter().enumerate() {
        let title = &format!("{name}: {title}");
        let Ok(site) = Site::load(&*service, &complete(kind, &wish)) else { continue };
        let (_, plan) = site.look().await;
        let text = json::plan(&plan).expect("plans are JSON");
        let plan = site.read_saved(text.as_bytes()).expect("it was just made");
        let count = plan.ready().count();
        if count == 0 {
            before = Some(site);
            continue;
        }
        let saved = Saved { service: &*service, site: &site, plan };
        saved.all_holds(title).await;
        let done = saved.begin(number % count).await;
        saved.go_on(title, &done).await;
        // What was skipped because it needs what was done before is found by the next plan.
        let (providers, rest) = site.look().await;
        let outcome = site.apply(&*service, &providers, &rest, Cut::Never).await.expect("nobody kills it");
        let failed = |state: &ResultState| matches!(state, ResultState::Failed { .. });
        if results(&rest, &outcome).any(|(_, state)| failed(state)) {
            return tried;
        }
        saved.replay(title).await;
        tried += 3;
        // What was done is taken back by hand, as far as the service can; then the plan may well be right again.
        if let Some(before) = &before {
            let (providers, back) = before.look().await;
            before.apply(&*service, &providers, &back, Cut::Never).await.expect("nobody kills it");
            saved.go_on(title, &BTreeSet::new()).await;
            let (providers, rest) = site.look().await;
            site.apply(&*service, &providers, &rest, Cut::Never).await.expect("nobody kills it");
            let (_, nothing) = site.look().await;
            assert_eq!(nothing.ready().count(), 0, "{title}: it converges\n{}", lines(&nothing));
            tried += 1;
        }
        before = Some(site);
    }
    tried
}

fn applied_late(kind: Type, suite: &str) {
    let mut tried = 0;
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("readable");
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        tried += kind.block_on(play(kind, &text, &name));
    }
    tally::held(What::Races, suite, tried);
}

#[test]
fn a_box_meets_late_plans() {
    applied_late(Type::MailInABox, "saved-plans-mailinabox");
}

#[test]
fn a_database_meets_late_plans() {
    applied_late(Type::PostfixAdmin(Engine::Sqlite), "saved-plans-postfixadmin");
}

#[test]
fn a_filter_meets_late_plans() {
    applied_late(Type::Censornet, "saved-plans-censornet");
}

#[test]
fn exchange_meets_late_plans() {
    applied_late(Type::Rackspace, "saved-plans-rackspace");
}

#[test]
fn open_xchange_meets_late_plans() {
    applied_late(Type::OpenXchange, "saved-plans-open-xchange");
}

#[test]
fn atmail_meets_late_plans() {
    applied_late(Type::Atmail, "saved-plans-atmail");
}
