//! Plans for a box: applied, even killed half-way or with every write in doubt, the next one is empty.

use super::*;
use crate::model::{Desired, Plan, Quota};
use crate::provider::ErrorKind;
use crate::providers::testing;
use crate::sandbox::{Fault, FaultKind};

fn wishes(objects: Vec<(Identity, Option<Fields>)>) -> Desired {
    let spec = spec([("url", Param::Text("http://127.0.0.1:1".into()))].into_iter().chain(me()));
    let domains = ["example.com", "old.example.net", "bücher.example"];
    let domains = domains.map(|name| testing::domain(name, Some(&spec.name)));
    testing::desired(spec, domains, objects)
}

async fn planned(bench: &Bench, desired: &Desired) -> Plan {
    testing::planned_on(&*bench.provider, desired, super::super::provider_type().capabilities).await
}

/// Plans, carries out at most `steps` changes, and says how many there were.
async fn apply(bench: &Bench, desired: &Desired, steps: usize) -> usize {
    let plan = planned(bench, desired).await;
    testing::carry_out(plan, steps, async |change: &Change| bench.perform(change.clone()).await).await
}

async fn assert_reached(bench: &Bench, desired: &Desired) {
    testing::assert_empty(&planned(bench, desired).await);
}

fn person(quota: &str) -> Fields {
    let quota: Quota = quota.parse().expect("a quota");
    let password = Value::Secret(SecretRef::Env("longenough1".into()));
    Fields::new().with(Field::Quota, Value::Quota(quota)).with(Field::Password, password)
}

fn copying(list: &[&str], keep_copy: bool) -> Fields {
    targets(list).with(Field::KeepCopy, Value::Bool(keep_copy))
}

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const LI: &str = "li@bücher.example";

fn first() -> Desired {
    let senders = |list: &[&str]| (Field::PermittedSenders, addresses(list));
    let (field, value) = senders(&[ANN, BOB]);
    wishes(vec![
        (mailbox(ANN), Some(person("5 GiB"))),
        (mailbox(BOB), Some(person("1000 B"))),
        (mailbox(LI), Some(person("unlimited"))),
        (Identity::administrator(ANN), Some(Fields::new().with(Field::Full, Value::Bool(true)))),
        (alias("webmaster@example.com"), Some(targets(&[ANN]))),
        (alias("press@example.com"), Some(targets(&[BOB, "Out.Side@partner.example"]).with(field, value))),
        (alias("team@example.com"), Some(targets(&["press@example.com", LI]))),
        (alias("@example.com"), Some(targets(&[ANN]))),
        (alias("@old.example.net"), Some(targets(&["@example.com"]))),
        (forward(ANN), Some(copying(&["ann@partner.example"], true))),
        (forward(BOB), Some(copying(&[ANN, "leser@größe.example"], false))),
        (permission(ANN, BOB), Some(send_as())),
        (permission(ANN, LI), Some(send_as())),
        (permission(LI, ANN), Some(send_as())),
        // What the other wish makes at these addresses.
        (alias(BOB), None),
        (mailbox("team@example.com"), None),
        (Identity::administrator(LI), None),
    ])
}

/// Every object changes, goes, or turns into another kind.
fn second() -> Desired {
    wishes(vec![
        (mailbox(ANN), Some(person("unlimited"))),
        (mailbox(BOB), None),
        (forward(BOB), None),
        (permission(ANN, BOB), None),
        (alias(BOB), Some(targets(&[ANN]))),
        (mailbox(LI), Some(person("1 GiB"))),
        (Identity::administrator(ANN), None),
        (Identity::administrator(LI), Some(Fields::new().with(Field::Full, Value::Bool(true)))),
        (alias("webmaster@example.com"), Some(targets(&[LI]))),
        (alias("press@example.com"), Some(targets(&[LI]).with(Field::PermittedSenders, addresses(&[LI])))),
        (alias("team@example.com"), None),
        (mailbox("team@example.com"), Some(person("2 GiB"))),
        (alias("@example.com"), Some(targets(&[LI, ANN]))),
        (alias("@old.example.net"), None),
        (forward(ANN), Some(copying(&["ann@partner.example", LI], false))),
        (permission(ANN, LI), Some(send_as())),
        (permission(LI, ANN), None),
    ])
}

#[tokio::test]
async fn an_applied_plan_leaves_nothing_to_do() {
    let bench = Bench::new(|_| ()).await;
    for desired in [first(), second(), first()] {
        assert!(apply(&bench, &desired, usize::MAX).await > 5);
        assert_reached(&bench, &desired).await;
    }
}

#[tokio::test]
async fn a_run_that_is_killed_after_any_step_is_finished_by_the_next() {
    let bench = Bench::new(|_| ()).await;
    let total = apply(&bench, &first(), usize::MAX).await;
    for steps in 0..total {
        let bench = Bench::new(|_| ()).await;
        apply(&bench, &first(), steps).await;
        apply(&bench, &first(), usize::MAX).await;
        assert_reached(&bench, &first()).await;
        apply(&bench, &second(), steps).await;
        apply(&bench, &second(), usize::MAX).await;
        assert_reached(&bench, &second()).await;
    }
}

#[tokio::test]
async fn a_write_in_doubt_at_any_step_neither_loses_nor_doubles_anything() {
    for fault in [FaultKind::ErrorAfterCommit, FaultKind::LostReply, FaultKind::Reset, FaultKind::HtmlPage] {
        let bench = Bench::new(|_| ()).await;
        apply(&bench, &first(), usize::MAX).await;
        // Each plan ends at its first write, which is in doubt; what was done is found by reading.
        let post = Fault::new(fault.clone()).to_method(axum::http::Method::POST);
        for _ in 0..100 {
            let plan = planned(&bench, &second()).await;
            let Some(change) = plan.changes.first() else {
                break;
            };
            bench.server.faults().add(post.clone());
            let error = bench.perform(change.clone()).await.expect_err("in doubt");
            assert_eq!(error.kind, ErrorKind::Ambiguous, "{fault:?} {:?}", change.id);
            if matches!(fault, FaultKind::Reset | FaultKind::HtmlPage) {
                bench.perform(change.clone()).await.expect("the second time");
            }
        }
        assert_reached(&bench, &second()).await;
    }
}
