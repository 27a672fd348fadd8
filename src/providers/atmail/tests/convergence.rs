//! Plans for a server: applied, even killed half-way or with every write in doubt, the next one is empty.

use super::*;
use crate::model::{Desired, Plan};

const LI: &str = "li@new.example";

fn params() -> Params {
    [me(), vec![("quota_unit", text("mib"))]].concat()
}

fn wishes(objects: Vec<(Identity, Option<Fields>)>) -> Desired {
    let spec = spec(std::iter::once(("url", text("http://127.0.0.1:1"))).chain(params()));
    let domains = ["example.com", "new.example", "old.example"];
    let domains = domains.map(|name| testing::domain(name, Some(&spec.name)));
    testing::desired(spec, domains, objects)
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

fn named(given: &str) -> Fields {
    person().with(Field::GivenName, Value::text(given)).with(Field::Quota, mebibytes(2048))
}

fn helper(rights: &[&str]) -> Fields {
    Fields::new()
        .with(Field::Password, password())
        .with(Field::Domains, Value::Domains([domain()].into()))
        .with(Field::AdminRights, Value::Words(rights.iter().map(|word| (*word).to_owned()).collect()))
        .with(setting("num_users"), Value::Int(i64::try_from(rights.len()).expect("few")))
}

fn first() -> Desired {
    let ann = named("Ann")
        .with(Field::State, Value::State(AccountState::Suspended))
        .with(setting("auto_reply"), Value::text("Away.\nBack soon."));
    wishes(vec![
        (domain_id("new.example"), Some(Fields::new())),
        (mailbox(ANN), Some(ann)),
        (mailbox(BOB), Some(named("Bob"))),
        (mailbox(LI), Some(named("Li"))),
        (alias("sales@example.com"), Some(targets(&[BOB, LI]))),
        (alias("team@new.example"), Some(targets(&["sales@example.com"]))),
        (alias("@old.example"), Some(targets(&["@example.com"]))),
        (forward(BOB), Some(copying(&["b@partner.example", "c@partner.example"], true))),
        (forward(LI), Some(copying(&["l@partner.example"], false))),
        (Identity::administrator("helper"), Some(helper(&["add", "list"]))),
    ])
}

/// Every object changes, goes, or turns into another kind.
fn second() -> Desired {
    let ann = named("")
        .with(Field::State, Value::State(AccountState::Active))
        .with(Field::Quota, mebibytes(1024))
        .with(setting("auto_reply"), Value::text(""));
    wishes(vec![
        (domain_id("new.example"), Some(Fields::new())),
        (mailbox(ANN), Some(ann)),
        (mailbox(BOB), Some(named("Bob"))),
        (mailbox(LI), None),
        (forward(LI), None),
        (alias(LI), Some(targets(&[ANN]))),
        (alias("sales@example.com"), Some(targets(&[BOB, "s@partner.example"]))),
        (alias("team@new.example"), None),
        (mailbox("team@new.example"), Some(named("Team"))),
        (alias("@old.example"), Some(targets(&["@new.example"]))),
        (forward(BOB), Some(copying(&["b@partner.example"], false))),
        (forward(ANN), Some(copying(&[BOB], true))),
        (Identity::administrator("helper"), Some(helper(&["list"]))),
    ])
}

/// What the other wishes make is not wanted.
fn third() -> Desired {
    wishes(vec![
        (mailbox("team@new.example"), None),
        (alias(LI), None),
        (alias("sales@example.com"), None),
        (alias("@old.example"), None),
        (mailbox(ANN), None),
        (mailbox(BOB), None),
        (forward(ANN), None),
        (forward(BOB), None),
        (Identity::administrator("helper"), None),
    ])
}

const QUIRKS: [Option<Quirk>; 4] =
    [None, Some(Quirk::DeliverAddsSelf), Some(Quirk::ShowsAliasType), Some(Quirk::BareNames)];

async fn bench(quirk: Option<Quirk>) -> Bench {
    Bench::with(|builder| quirk.into_iter().fold(builder, Builder::with), params(), |_| ()).await
}

#[tokio::test]
async fn an_applied_plan_leaves_nothing_to_do() {
    for quirk in QUIRKS {
        let bench = bench(quirk).await;
        for desired in [first(), second(), third()] {
            assert!(apply(&bench, &desired, usize::MAX).await > 5, "{quirk:?}");
            assert_reached(&bench, &desired).await;
        }
        let snapshot = bench.sandbox.snapshot();
        assert!(snapshot.users.is_empty() && snapshot.aliases.is_empty(), "{quirk:?}: {snapshot:?}");
        apply(&bench, &wishes(vec![(domain_id("new.example"), None)]), usize::MAX).await;
        assert!(bench.sandbox.snapshot().domain("new.example").is_none());
    }
}

#[tokio::test]
async fn a_run_that_is_killed_after_any_step_is_finished_by_the_next() {
    let whole = bench(None).await;
    let total = apply(&whole, &first(), usize::MAX).await;
    for steps in 0..total {
        let bench = bench(None).await;
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
        let bench = bench(None).await;
        apply(&bench, &first(), usize::MAX).await;
        // Each plan ends at its first write, which is in doubt; what was done is found by reading.
        for _ in 0..100 {
            let plan = planned(&bench, &second()).await;
            let Some(change) = plan.changes.first() else {
                break;
            };
            bench.server.faults().add(Fault::new(fault.clone()).to_method(Method::POST));
            let error = bench.perform(change).await.expect_err("in doubt");
            assert_eq!(error.kind, ErrorKind::Ambiguous, "{fault:?} {:?}", change.id);
            bench.server.faults().clear();
        }
        assert_reached(&bench, &second()).await;
    }
}
