//! Order, what is skipped, and why.

use std::time::Duration;

use crate::apply::fake::{Fake, Fault, change, create, delete, needs, plan};
use crate::model::{Block, BlockCode, NeedKind, Status, Verb};
use crate::provider::ErrorKind;

use super::{Trial, told};

#[tokio::test(start_paused = true)]
async fn a_change_starts_when_its_needs_are_done_and_the_first_of_the_plan_is_first() {
    let a = create("a");
    let b = needs(create("b"), &a, NeedKind::Hard);
    let c = create("c");
    let d = needs(needs(create("d"), &b, NeedKind::Soft), &c, NeedKind::Hard);
    // The plan's own order is c, a, d, b: needs go before it.
    let plan = plan(vec![c, a, d, b]);
    let mut trial = Trial::new(Fake::taking(Duration::from_secs(1)));
    trial.capabilities.limits.max_in_flight = 1;
    let outcome = trial.run(&plan).await;
    assert_eq!(told(&outcome), ["done"; 4]);
    assert!(!outcome.is_partial());
    let names = ["c", "a", "b", "d"].map(|name| format!("create:mailbox:box:{name}@example.com"));
    assert_eq!(trial.fake().begun(), names);
    let ids: Vec<_> = outcome.results.iter().map(|result| &result.change).collect();
    let planned: Vec<_> = plan.changes.iter().map(|change| &change.id).collect();
    assert_eq!(ids, planned);
}

#[tokio::test(start_paused = true)]
async fn what_needs_a_failure_is_skipped_and_the_rest_goes_on() {
    let a = create("a");
    let b = needs(create("b"), &a, NeedKind::Hard);
    let c = needs(create("c"), &b, NeedKind::Hard);
    let soft = needs(create("soft"), &a, NeedKind::Soft);
    let free = create("free");
    let mut trial = Trial::new(Fake::default());
    trial.fake().state().always.insert(a.id.clone(), Fault::Refuse(ErrorKind::Invalid));
    let outcome = trial.run(&plan(vec![a, b, c, soft, free])).await;
    assert_eq!(
        told(&outcome),
        [
            "failed: refused",
            "skipped: needs create:mailbox:box:a@example.com, which failed",
            "skipped: needs create:mailbox:box:b@example.com, which was skipped",
            "skipped: comes after create:mailbox:box:a@example.com, which failed: mail could bounce in between",
            "done",
        ]
    );
    assert!(outcome.is_partial());
    // Each ready change ended once, and nothing skipped was ever sent.
    let ended = trial.heard().iter().filter(|event| event.starts_with("ended")).count();
    assert_eq!(ended, 5);
    assert_eq!(trial.fake().begun().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn blocked_changes_are_skipped_with_their_reasons() {
    let mut a = delete("a");
    a.status = Status::Blocked(vec![Block {
        code: BlockCode::Protected,
        reason: "policy protects it".into(),
        release: None,
        at: None,
    }]);
    let mut b = needs(create("b"), &a, NeedKind::Hard);
    b.status = Status::WaitsFor(vec![a.id.clone()]);
    // A planner that forgot to mark it must not get it through.
    let c = needs(create("c"), &a, NeedKind::Hard);
    let mut trial = Trial::new(Fake::default());
    let outcome = trial.run(&plan(vec![a, b, c])).await;
    assert_eq!(
        told(&outcome),
        [
            "skipped: blocked: policy protects it",
            "skipped: waits for delete:mailbox:box:a@example.com",
            "skipped: needs delete:mailbox:box:a@example.com, which is blocked",
        ]
    );
    assert!(trial.fake().begun().is_empty());
    // Those that were never to run are in the outcome alone.
    assert_eq!(trial.heard(), ["started 1", "ended create:mailbox:box:c@example.com skipped", "finished"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_rests_on_what_nobody_read() {
    let unread = crate::model::Change { ground: crate::model::Ground::Unknown, ..delete("a") };
    let mut trial = Trial::new(Fake::default());
    trial.fake().state().objects.insert(unread.identity.clone(), crate::apply::fake::named("a"));
    let outcome = trial.run(&plan(vec![unread])).await;
    assert_eq!(told(&outcome), ["skipped: what it rests on was not read"]);
    assert!(trial.fake().begun().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_cannot_be_run_ends_all_the_same() {
    let a = create("a");
    let b = create("b");
    let (a, b) = (needs(a.clone(), &b, NeedKind::Hard), needs(b, &a, NeedKind::Hard));
    let missing = needs(create("c"), &create("nowhere"), NeedKind::Hard);
    let twice = [create("d"), create("d")];
    let mut elsewhere = create("e");
    elsewhere.connection = crate::apply::fake::connection("elsewhere");
    let [first, second] = twice;
    let mut trial = Trial::new(Fake::default());
    let outcome = trial.run(&plan(vec![a, b, missing, first, second, elsewhere])).await;
    let circle = "skipped: it and what it needs wait for each other, which no plan should hold";
    assert_eq!(
        told(&outcome),
        [
            circle,
            circle,
            "skipped: needs create:mailbox:box:nowhere@example.com, which the plan does not hold",
            "done",
            "skipped: the plan holds another change of this name",
            "skipped: the connection elsewhere is not open",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_missing_secret_fails_its_change_before_anything_is_sent() {
    let password = crate::model::Value::Secret(crate::model::SecretRef::Env("MISSING".into()));
    let fields = crate::apply::fake::named("a").with(crate::model::Field::Password, password);
    let mut trial = Trial::new(Fake::default());
    let outcome = trial.run(&plan(vec![change(Verb::Create, "a", fields), create("b")])).await;
    assert_eq!(
        told(&outcome),
        ["failed: the secret {env: MISSING} for a@example.com cannot be read: it is not set", "done"]
    );
    assert_eq!(trial.fake().begun().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn events_come_in_the_order_of_what_happens() {
    let a = create("a");
    let b = needs(create("b"), &a, NeedKind::Hard);
    let mut trial = Trial::new(Fake::default());
    trial.run(&plan(vec![a, b])).await;
    assert_eq!(
        trial.heard(),
        [
            "started 2",
            "began create:mailbox:box:a@example.com",
            "ended create:mailbox:box:a@example.com done",
            "began create:mailbox:box:b@example.com",
            "ended create:mailbox:box:b@example.com done",
            "finished",
        ]
    );
}
