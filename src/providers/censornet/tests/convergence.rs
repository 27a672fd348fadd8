//! Plans for the service: applied, even killed half-way or with every write in doubt, the next one is empty.

use super::super::sandbox::{Paging, WriteReply};
use super::*;
use crate::model::{Desired, Plan};
use crate::providers::testing;

fn wishes(objects: Vec<(&str, Option<Fields>)>) -> Desired {
    let spec = spec(me());
    let (name, mut wish) = testing::domain("example.com", None);
    wish.filters.push(spec.name.clone());
    let objects = objects.into_iter().map(|(address, fields)| (registration(address), fields)).collect();
    testing::desired(spec, [(name, wish)], objects)
}

async fn planned(bench: &Bench, desired: &Desired) -> Plan {
    testing::planned_on(&*bench.provider, desired, super::super::provider_type().capabilities).await
}

/// Plans, carries out at most `steps` changes, and says how many there were.
async fn apply(bench: &Bench, desired: &Desired, steps: usize) -> usize {
    let plan = planned(bench, desired).await;
    testing::carry_out(plan, steps, async |change: &Change| bench.perform(change).await).await
}

fn flag(yes: bool) -> Fields {
    Fields::new().with(executive(), Value::Bool(yes))
}

fn first() -> Desired {
    wishes(vec![
        ("ann@example.com", Some(Fields::new())),
        ("Bob.Roe@example.com", Some(flag(true))),
        ("li@example.com", Some(flag(false))),
        ("from.directory@example.com", Some(Fields::new())),
        ("old@example.com", None),
    ])
}

fn second() -> Desired {
    wishes(vec![
        ("ann@example.com", None),
        ("bob.roe@example.com", Some(flag(true))),
        ("li@example.com", None),
        ("old@example.com", Some(flag(true))),
    ])
}

async fn bench() -> Bench {
    let build = |b: Builder| b.write_reply(WriteReply::Wrapped).paging(Paging::Start).page_size(2);
    Bench::with(build, me(), |rows| {
        rows.ad_mailbox("from.directory@example.com", "Di Rectory").mailbox("old@example.com");
        rows.mailbox("somebody@other.example");
    })
    .await
}

#[tokio::test]
async fn an_applied_plan_leaves_nothing_to_do() {
    let bench = bench().await;
    for desired in [first(), second(), first()] {
        assert!(apply(&bench, &desired, usize::MAX).await >= 3);
        assert_eq!(apply(&bench, &desired, 0).await, 0, "a plan after an apply is empty");
    }
    assert!(bench.sandbox.snapshot().mailbox("somebody@other.example").is_some());
}

#[tokio::test]
async fn a_run_that_is_killed_after_any_step_is_finished_by_the_next() {
    for steps in 0..5 {
        let bench = bench().await;
        for desired in [first(), second()] {
            apply(&bench, &desired, steps).await;
            apply(&bench, &desired, usize::MAX).await;
            assert_eq!(apply(&bench, &desired, 0).await, 0);
        }
    }
}

#[tokio::test]
async fn a_write_in_doubt_at_any_step_neither_loses_nor_doubles_anything() {
    for fault in [FaultKind::ErrorAfterCommit, FaultKind::LostReply, FaultKind::Reset, FaultKind::HtmlPage] {
        let bench = bench().await;
        apply(&bench, &first(), usize::MAX).await;
        // Each plan ends at its first write, which is in doubt; what was done is found by reading.
        for _ in 0..20 {
            let plan = planned(&bench, &second()).await;
            let Some(change) = plan.changes.first() else {
                break;
            };
            let method = if change.verb == Verb::Create { Method::POST } else { Method::DELETE };
            bench.server.faults().add(Fault::new(fault.clone()).to(method, STORE));
            let error = bench.perform(change).await.expect_err("in doubt");
            assert_eq!(error.kind, ErrorKind::Ambiguous, "{fault:?} {:?}", change.id);
            if matches!(fault, FaultKind::Reset | FaultKind::HtmlPage) {
                bench.perform(change).await.expect("the second time");
            } else {
                assert_eq!(bench.perform(change).await.expect("found out"), Done::NotNeeded);
            }
        }
        assert_eq!(apply(&bench, &second(), 0).await, 0);
        let mut addresses: Vec<String> =
            bench.sandbox.snapshot().mailboxes.into_iter().map(|row| row.address).collect();
        addresses.sort();
        let expected = [
            "bob.roe@example.com",
            "from.directory@example.com",
            "old@example.com",
            "somebody@other.example",
        ];
        assert_eq!(addresses, expected);
    }
}

#[tokio::test]
async fn what_comes_from_the_directory_is_enough_and_is_left_alone() {
    let bench = bench().await;
    let plan = planned(&bench, &wishes(vec![("from.directory@example.com", Some(flag(false)))])).await;
    assert!(plan.changes.is_empty(), "it satisfies an equal wish");
    for wish in [Some(flag(true)), None] {
        let plan = planned(&bench, &wishes(vec![("from.directory@example.com", wish)])).await;
        assert!(plan.changes.iter().all(|change| !change.is_ready()), "{:?}", plan.changes);
    }
    assert_eq!(bench.server.counters().of(&Method::DELETE, STORE), 0);
}
