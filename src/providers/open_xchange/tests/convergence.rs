//! Plans for a context: applied, even killed half-way or with every write in doubt, the next one is empty.

use super::*;
use crate::model::{AccountState, Desired, Plan, Quota};

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const LI: &str = "li@example.com";

fn wishes(objects: Vec<(Identity, Option<Fields>)>) -> Desired {
    let spec = spec(keys());
    let domains = ["example.com", "new.example"].map(|name| testing::domain(name, Some(&spec.name)));
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
    assert_eq!(bench.sandbox.snapshot().counts.context_wide_closes, 0);
}

fn domain_wish(name: &str) -> (Identity, Option<Fields>) {
    let scope = Fields::new().with(setting("scope"), Value::text("shared"));
    (Identity::Domain(name.parse().expect(name)), Some(scope))
}

fn rules(allow: &[&str], block: &[&str]) -> (Identity, Option<Fields>) {
    (sender_rules(ANN), Some(Fields::new().with(Field::Allow, words(allow)).with(Field::Block, words(block))))
}

fn news(enabled: bool, end: &str) -> (Identity, Option<Fields>) {
    let content = crate::model::Json::parse(r#"{"en":{"title":"News"}}"#).expect("a document");
    let fields = Fields::new()
        .with(setting("content"), Value::Json(content))
        .with(setting("end"), Value::text(end))
        .with(setting("enabled"), Value::Bool(enabled));
    (Identity::Object { kind: "announcement".into(), name: "news".into() }, Some(fields))
}

fn ann(state: AccountState, classes: &[&str]) -> Fields {
    person("Ann")
        .with(Field::DisplayName, Value::text("Ann Doe"))
        .with(Field::State, Value::State(state))
        .with(setting("class_of_service"), words(classes))
}

fn first() -> Desired {
    let ann = ann(AccountState::Active, &["cloud_pim", "cloud_productivity"])
        .with(Field::Quota, Value::Quota(Quota::Bytes(5 << 30)))
        .with(setting("spam_level"), Value::text("high"))
        .with(setting("antivirus"), Value::Bool(false))
        .with(setting("custom"), words(&["17"]))
        .with(setting("msisdn"), Value::text("+49.1"))
        .with(setting("language"), Value::text("de_DE"))
        .with(setting("edit_password"), Value::Bool(false))
        .with(setting("welcome_mail"), Value::Bool(true));
    wishes(vec![
        domain_wish("new.example"),
        (mailbox(ANN), Some(ann)),
        (mailbox(BOB), Some(person("Bob"))),
        (mailbox(LI), None),
        (alias("sales@example.com"), Some(targets(&[ANN]))),
        (alias("team@new.example"), Some(targets(&[ANN, BOB]))),
        (alias(LI), Some(targets(&["li@partner.example"]))),
        rules(&["friend@good.example"], &["*@spam.example", "x@bad.example"]),
        news(true, "2027-02-28T08:00:00Z"),
    ])
}

/// Every object changes, goes, moves, or turns into another kind.
fn second() -> Desired {
    let ann = ann(AccountState::Suspended, &["cloud_pim"])
        .with(Field::Quota, Value::Quota(Quota::Unlimited))
        .with(setting("spam_level"), Value::text("low"))
        .with(setting("antivirus"), Value::Bool(true))
        .with(setting("custom"), words(&["17", "18"]))
        .with(setting("msisdn"), Value::text(""))
        .with(setting("language"), Value::text("en_US"))
        .with(setting("edit_password"), Value::Bool(true))
        .with(setting("welcome_mail"), Value::Bool(true));
    wishes(vec![
        domain_wish("new.example"),
        (mailbox(ANN), Some(ann)),
        (mailbox(BOB), Some(person("Bobby").with(Field::Quota, Value::Quota(Quota::Bytes(1 << 30))))),
        (mailbox(LI), Some(person("Li"))),
        (alias("sales@example.com"), Some(targets(&[ANN, BOB]))),
        (alias("team@new.example"), Some(targets(&[BOB]))),
        (alias(LI), None),
        rules(&[], &["*@spam.example"]),
        news(false, ""),
    ])
}

async fn fresh() -> Bench {
    Bench::new(|_| ()).await
}

#[tokio::test]
async fn an_applied_plan_leaves_nothing_to_do() {
    let bench = fresh().await;
    for desired in [first(), second(), first()] {
        assert!(apply(&bench, &desired, usize::MAX).await > 5);
        assert_reached(&bench, &desired).await;
    }
    assert_eq!(bench.sandbox.snapshot().notifications.len(), 1, "who is there is not welcomed again");
}

#[tokio::test]
async fn a_run_that_is_killed_after_any_step_is_finished_by_the_next() {
    let total = apply(&fresh().await, &first(), usize::MAX).await;
    for steps in 0..total {
        let bench = fresh().await;
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
        let bench = fresh().await;
        apply(&bench, &first(), usize::MAX).await;
        // Each plan ends at its first write, which is in doubt; what was done is found by reading.
        for _ in 0..100 {
            let plan = planned(&bench, &second()).await;
            let Some(change) = plan.changes.first() else {
                break;
            };
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                bench.server.faults().add(Fault::new(fault.clone()).to_method(method));
            }
            let error = bench.perform(change).await.expect_err("in doubt");
            assert_eq!(error.kind, ErrorKind::Ambiguous, "{fault:?} {:?}", change.id);
            bench.server.faults().clear();
        }
        assert_reached(&bench, &second()).await;
    }
}

#[tokio::test]
async fn a_mailbox_is_renamed_with_all_that_it_has() {
    let bench = fresh().await;
    apply(&bench, &first(), usize::MAX).await;
    let mut desired = first();
    let name =
        |identity: Identity| crate::model::ObjectRef { connection: ConnectionName::new("cloud"), identity };
    let mut wish = desired.objects.remove(&name(mailbox(ANN))).expect("ann");
    wish.was = vec![address(ANN)];
    let new = "anna@example.com";
    wish.fields.set(setting("spam_level"), Value::text("medium"));
    desired.objects.insert(name(mailbox(new)), wish);
    let rules = desired.objects.remove(&name(sender_rules(ANN))).expect("rules");
    desired.objects.insert(name(sender_rules(new)), rules);
    for (target, list) in [("sales@example.com", vec![new]), ("team@new.example", vec![new, BOB])] {
        let wish = desired.objects.get_mut(&name(alias(target))).expect(target);
        wish.fields = targets(&list);
    }
    apply(&bench, &desired, usize::MAX).await;
    assert_reached(&bench, &desired).await;
    let snapshot = bench.sandbox.snapshot();
    let anna = snapshot.user(new).expect("renamed");
    assert_eq!((anna.id, anna.name.as_str(), anna.aliases.len()), (3, new, 1));
    assert_eq!(anna.blacklist.len(), 2);
}

#[tokio::test]
async fn a_plan_asks_what_a_user_may_do_only_where_a_wish_speaks_of_it() {
    let build = |builder: Builder| builder.with(Quirk::ListWithoutPermissions).with(Quirk::ProfileInReads);
    let bench = Bench::with(build, keys(), |rows| {
        for name in [ANN, BOB, LI] {
            rows.user(CONTEXT, name, "pw");
        }
    })
    .await;
    let suspended = Fields::new().with(Field::State, Value::State(AccountState::Suspended));
    let desired = wishes(vec![
        (mailbox(ANN), Some(suspended)),
        (mailbox(BOB), Some(Fields::new())),
        (alias("sales@example.com"), Some(targets(&[BOB, LI]))),
    ]);
    bench.server.clear();
    let plan = planned(&bench, &desired).await;
    let ids: Vec<&str> = plan.changes.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    let suspend = plan.changes.iter().find(|change| change.identity == mailbox(ANN)).expect("a suspension");
    assert_eq!((suspend.effects.as_slice(), suspend.calls), (&[LOGS_OUT.to_owned()][..], 2));
    let asked: Vec<String> =
        bench.calls().into_iter().filter(|call| call.starts_with("GET /cloudapi/v2/users/")).collect();
    assert_eq!(asked, ["GET /cloudapi/v2/users/ann@example.com?name=acme_shop&includepermissions=true"]);
}
