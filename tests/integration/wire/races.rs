//! Two runs on two machines, at the same service: one stands still half-way while the other does all of its work.
//!
//! The runs share no lock and no state folder. What came to be, moved or went while the first stood still is found by
//! it or left alone, and both can say afterwards what is left to do.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use mailwright::apply::Grounds;
use mailwright::model::{Change, ChangeId, Field, Identity, Outcome, Plan, ResultState, Value, Verb};

use crate::tally::{self, What};

use super::cases::law;
use super::kills::{load, unmanaged};
use super::postfixadmin::Engine;
use super::service::{Service, Type, databases};
use super::site::{Cut, Site, held, lines, results};
use super::wish::wish;

/// What the first run did, and when the second one came.
struct First {
    plan: Plan,
    outcome: Outcome,
    /// What had ended before the second run began.
    early: BTreeSet<ChangeId>,
}

impl First {
    fn told(&self) -> String {
        let told = |(change, state): (&Change, &ResultState)| {
            let when = if self.early.contains(&change.id) { "early" } else { "late" };
            format!("  {when} {} {state:?}\n", change.id)
        };
        results(&self.plan, &self.outcome).map(told).collect()
    }

    /// What it says is as it wanted it, after the second run was over.
    fn late(&self) -> impl Iterator<Item = &Change> {
        let met = |state: &ResultState| matches!(state, ResultState::Done | ResultState::NotNeeded);
        results(&self.plan, &self.outcome)
            .filter(move |(change, state)| met(state) && !self.early.contains(&change.id))
            .map(|(change, _)| change)
    }
}

/// The first run stands still after so many results, the second one runs, the first goes on.
async fn race(service: &dyn Service, one: &Site, two: &Site, after: usize) -> (First, Plan) {
    let (providers, plan) = one.look().await;
    let mut early = BTreeSet::new();
    let mut second = None;
    let mut meanwhile = async |ended: Vec<ChangeId>| {
        early.extend(ended);
        second = Some(two.run(service).await.0);
        true
    };
    let outcome = match after.checked_sub(1) {
        None => {
            meanwhile(Vec::new()).await;
            one.apply(service, &providers, &plan, Cut::Never).await
        }
        Some(nth) => {
            one.apply_until(service, &providers, &plan, Cut::Ended(nth), Grounds::default(), meanwhile).await
        }
    };
    let outcome = outcome.expect("it goes on");
    let second = if let Some(plan) = second {
        plan
    } else {
        // It had ended before.
        early.extend(plan.changes.iter().map(|change| change.id.clone()));
        two.run(service).await.0
    };
    (First { plan, outcome, early }, second)
}

/// The addresses that an identity speaks of.
fn addresses(identity: &Identity) -> BTreeSet<String> {
    let words = identity.to_string();
    words
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '/'))
        .map(str::to_owned)
        .filter(|w| w.contains('@'))
        .collect()
}

/// Fails the test where one of the runs was not truthful, or wrote over what the other did.
async fn check(service: &dyn Service, one: &Site, two: &Site, first: &First, second: &Plan) {
    let told = || format!("first\n{}second\n{}", first.told(), lines(second));
    for (change, state) in results(&first.plan, &first.outcome) {
        match state {
            ResultState::Done | ResultState::NotNeeded => {}
            ResultState::Failed { error, .. } => assert!(!error.is_empty(), "{}", change.id),
            ResultState::Skipped { reason } => assert!(!reason.is_empty(), "{}", change.id),
            ResultState::InDoubt { .. } => panic!("nothing was lost: {} {state:?}\n{}", change.id, told()),
        }
    }
    let (_, again) = one.look().await;
    for left in again.ready() {
        let wrong = first.late().find(|change| {
            let is_same = change.connection == left.connection && change.identity == left.identity;
            let same_fields = change.fields.iter().any(|field| left.fields.contains(field));
            is_same
                && match (change.verb, left.verb) {
                    // What was to go has gone; another has its name now.
                    (Verb::Delete, Verb::Delete) => change.before == left.before,
                    (Verb::Delete, verb) => verb != Verb::Create,
                    (_, Verb::Create | Verb::Delete) => true,
                    _ => same_fields,
                }
        });
        assert!(wrong.is_none(), "{} was said to be done\n{}left\n{}", left.id, told(), lines(&again));
    }
    let written: BTreeSet<String> = first.late().flat_map(|change| addresses(&change.identity)).collect();
    let (_, after) = two.look().await;
    let held = held(second);
    for left in after.ready().filter(|left| !held.contains(left.id.as_str())) {
        // What hangs on a mailbox goes with it.
        let targets = left.after.get(&Field::Targets).and_then(Value::addresses).into_iter().flatten();
        let hangs_on = targets.map(|target| target.as_str().to_owned());
        assert!(
            addresses(&left.identity).into_iter().chain(hangs_on).any(|address| written.contains(&address)),
            "{} was undone\n{}left of the second\n{}",
            left.id,
            told(),
            lines(&after)
        );
    }
    service.dump().await;
}

/// Any two wishes, at once.
fn races(kind: Type, cases: u32) {
    let tried = AtomicUsize::new(0);
    law(cases, (wish(kind), wish(kind), wish(kind), 0_usize..8), |(zero, one, two, after)| {
        kind.block_on(async {
            let service = kind.fresh().await;
            let Some(before) = load(&*service, zero, kind) else { return };
            before.run(&*service).await;
            let sites = [load(&*service, one, kind), load(&*service, two, kind)];
            let [Some(one), Some(two)] = sites.map(|site| site.map(Site::one_at_a_time)) else { return };
            let dump = service.dump().await;
            // Where there are two services, a call to the other one is under way when a result comes, and in one
            // process both runs share that account's turn: there the second one comes between plan and first call.
            let after = if kind == Type::FilteredBox { 0 } else { *after };
            let (first, second) = race(&*service, &one, &two, after).await;
            check(&*service, &one, &two, &first, &second).await;
            let now = service.dump().await;
            assert_eq!(unmanaged(&dump), unmanaged(&now), "nothing unmanaged changes\n{}", first.told());
            one.run(&*service).await;
            tried.fetch_add(1, Ordering::Relaxed);
        });
    });
    tally::held(What::Races, &format!("two-machines-{}", kind.word()), tried.into_inner());
}

#[test]
fn two_runs_on_a_box_leave_what_is_true() {
    races(Type::MailInABox, 16);
}

#[test]
fn two_runs_on_a_filter_leave_what_is_true() {
    races(Type::Censornet, 24);
}

#[test]
fn two_runs_on_a_filtered_box_leave_what_is_true() {
    races(Type::FilteredBox, 12);
}

#[test]
fn two_runs_on_exchange_leave_what_is_true() {
    races(Type::Rackspace, 12);
}

#[test]
fn two_runs_on_open_xchange_leave_what_is_true() {
    races(Type::OpenXchange, 12);
}

#[test]
fn two_runs_on_atmail_leave_what_is_true() {
    races(Type::Atmail, 16);
}

#[test]
fn two_runs_on_a_database_leave_what_is_true() {
    for database in databases() {
        // Servers take a second or more for each.
        races(database, if database == Type::PostfixAdmin(Engine::Sqlite) { 12 } else { 2 });
    }
}
