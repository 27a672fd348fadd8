//! Plans for an account: applied, even killed half-way or with every write in doubt, the next one is empty.

use super::*;
use crate::model::{AccountState, Desired, Plan};
use crate::providers::testing;

fn wishes(objects: Vec<(Identity, Option<Fields>)>) -> Desired {
    let spec = spec(keys());
    let domain = testing::domain("example.com", Some(&spec.name));
    testing::desired(spec, [domain], objects)
}

async fn planned(bench: &Bench, desired: &Desired) -> Plan {
    testing::planned_on(&*bench.provider, desired, super::super::provider_type().capabilities).await
}

/// Plans, carries out at most `steps` changes, and says how many there were.
async fn apply(bench: &Bench, desired: &Desired, steps: usize) -> usize {
    let plan = planned(bench, desired).await;
    testing::carry_out(plan, steps, async |change: &Change| bench.perform(change).await).await
}

async fn assert_reached(bench: &Bench, desired: &Desired) {
    testing::assert_empty(&planned(bench, desired).await);
}

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const LI: &str = "li@example.com";

fn rules(block: &[&str]) -> (Identity, Option<Fields>) {
    (Identity::SenderRules(address(ANN)), Some(Fields::new().with(Field::Block, words(block))))
}

fn first() -> Desired {
    let ann = person("Ann")
        .with(Field::GivenName, Value::text("Ann"))
        .with(Field::State, Value::State(AccountState::Active))
        .with(setting("custom_id"), Value::text("17"))
        .with(setting("activesync"), Value::Bool(true))
        .with(setting("spam_filter_level"), Value::text("exclusive"))
        .with(setting("spam_quarantine_owner"), Value::text(BOB));
    let copying = targets(&["ann@partner.example"]).with(Field::KeepCopy, Value::Bool(true));
    wishes(vec![
        (mailbox(ANN), Some(ann)),
        (mailbox(BOB), Some(person("Bob"))),
        (mailbox(LI), None),
        (alias("sales@example.com"), Some(targets(&[ANN]))),
        (alias(LI), Some(targets(&[BOB]))),
        (forward(ANN), Some(copying)),
        (permission(ANN, BOB), Some(rights(&[Right::FullAccess, Right::SendAs]))),
        (permission(BOB, ANN), Some(rights(&[Right::SendAs]))),
        rules(&["spam.example", "192.0.2.7"]),
    ])
}

/// Every object changes, goes, moves, or turns into another kind.
fn second() -> Desired {
    let ann = person("Ann Other")
        .with(Field::GivenName, Value::text(""))
        .with(Field::State, Value::State(AccountState::Suspended))
        .with(setting("custom_id"), Value::text("18"))
        .with(setting("activesync"), Value::Bool(false))
        .with(setting("spam_filter_level"), Value::text("on"))
        .with(setting("spam_quarantine_owner"), Value::text(""));
    wishes(vec![
        (mailbox(ANN), Some(ann)),
        (mailbox(BOB), Some(person("Bob").with(Field::Quota, Value::Quota(Quota::Bytes(1 << 30))))),
        (mailbox(LI), Some(person("Li"))),
        (alias("sales@example.com"), Some(targets(&[BOB]))),
        (alias(LI), None),
        (permission(BOB, ANN), None),
        (forward(ANN), Some(targets(&["li@example.com"]))),
        (permission(ANN, BOB), Some(rights(&[Right::FullAccess]))),
        (permission(ANN, LI), Some(rights(&[Right::SendAs]))),
        rules(&["other.example"]),
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
    for fault in [FaultKind::ErrorAfterCommit, FaultKind::LostReply] {
        let bench = Bench::new(|_| ()).await;
        apply(&bench, &first(), usize::MAX).await;
        // Each plan ends at its first write, which is in doubt; what was done is found by reading.
        for _ in 0..100 {
            let plan = planned(&bench, &second()).await;
            let Some(change) = plan.changes.first() else {
                break;
            };
            let writes = [Method::POST, Method::PUT, Method::DELETE]
                .map(|method| Fault::new(fault.clone()).to_method(method));
            for fault in writes {
                bench.server.faults().add(fault);
            }
            let error = bench.perform(change).await.expect_err("in doubt");
            assert_eq!(error.kind, ErrorKind::Ambiguous, "{fault:?} {:?}", change.id);
            bench.server.faults().clear();
        }
        assert_reached(&bench, &second()).await;
    }
}
