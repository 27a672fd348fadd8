//! What can happen on the wire: nothing partial is told as whole, nothing half done as done.

use super::*;
use std::time::Duration;

const USERS: &str = "/cloudapi/v2/users";
const FORWARDS: &str = "/api/oxaas/v1/admin/forwards/acme_shop";

async fn bench() -> Bench {
    Bench::new(|rows| {
        rows.user(CONTEXT, JANE, "pw").user(CONTEXT, JOHN, "pw").forward(
            CONTEXT,
            "press@example.com",
            &[JANE, JOHN],
        );
        rows.change(JANE, |jane| {
            jane.aliases = vec!["sales@example.com".into()];
            jane.msisdn = Some("+49.1".into());
        });
    })
    .await
}

fn both() -> Vec<ScopePart> {
    vec![whole(Kind::Mailbox, &[]), whole(Kind::Alias, &[])]
}

#[tokio::test]
async fn a_list_of_users_that_is_cut_or_another_page_is_a_failure() {
    for kind in [FaultKind::HtmlPage, FaultKind::HalfBody, FaultKind::ErrorBefore] {
        let bench = bench().await;
        bench.server.faults().add(Fault::new(kind.clone()).to(Method::GET, USERS).every());
        let (state, error) = bench.try_read(both()).await;
        assert!(error.is_some(), "{kind:?}");
        assert!(matches!(state.look(&mailbox(JANE)), Looked::Unknown(_)), "{kind:?}");
        assert_eq!(state.incomplete().len(), 2);
    }
}

#[tokio::test]
async fn forwarding_aliases_that_cannot_be_read_leave_the_others_told() {
    for kind in [FaultKind::HtmlPage, FaultKind::HalfBody, FaultKind::ErrorBefore] {
        let bench = bench().await;
        bench.server.faults().add(Fault::new(kind.clone()).to(Method::GET, FORWARDS).every());
        let (state, error) = bench.try_read(both()).await;
        assert!(error.is_none(), "{error:?}");
        assert!(matches!(state.look(&alias("sales@example.com")), Looked::Present(_)));
        assert!(matches!(state.look(&alias("press@example.com")), Looked::Unknown(_)), "{kind:?}");
        assert!(matches!(state.look(&mailbox("nobody@example.com")), Looked::Absent { .. }));
        assert_eq!(state.incomplete().len(), 1);
    }
}

#[tokio::test]
async fn a_passing_failure_and_a_throttle_are_waited_out() {
    let bench = bench().await;
    let faults = bench.server.faults();
    faults.add(Fault::new(FaultKind::Throttled { retry_after: Some(Duration::ZERO) }).to(Method::GET, USERS));
    faults.add(
        Fault::new(FaultKind::Unavailable { retry_after: Some(Duration::ZERO) }).to(Method::GET, FORWARDS),
    );
    assert_eq!(bench.read(both()).await.objects.len(), 4);
    assert_eq!(bench.calls().len(), 4);
}

#[tokio::test]
async fn an_attribute_that_fails_is_not_read_and_all_else_is() {
    let bench = bench().await;
    let path = "/oxaas/v1/admin/contexts/24/users/3/msisdn";
    for kind in [FaultKind::HtmlPage, FaultKind::ErrorBefore, FaultKind::HalfBody] {
        bench.server.faults().add(Fault::new(kind.clone()).to(Method::GET, path).every());
        let jane =
            bench.object(&mailbox(JANE), &[setting("msisdn"), setting("antivirus")]).await.expect("jane");
        assert!(!not_read(&jane, &setting("msisdn")).is_empty());
        assert_eq!(jane.fields.value(&setting("antivirus")), Some(&Value::Bool(true)));
        bench.server.faults().clear();
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_in_doubt_and_its_repeat_harmless() {
    let quota = Value::Quota(crate::model::Quota::Bytes(9 << 20));
    let sales = |list: &[&str]| Change {
        record: "alias:press@example.com".into(),
        ..update("", alias("press@example.com"), targets(list))
    };
    let changes = [
        update("", mailbox(JANE), Fields::new().with(Field::Quota, quota)),
        update("spam_level", mailbox(JANE), Fields::new().with(setting("spam_level"), Value::text("low"))),
        sales(&[JANE, "x@partner.example"]),
        sales(&[JANE]),
        update("", sender_rules(JANE), Fields::new().with(Field::Block, words(&["x@spam.example"]))),
    ];
    for fault in [FaultKind::LostReply, FaultKind::ErrorAfterCommit, FaultKind::HtmlPage] {
        let bench = bench().await;
        for change in &changes {
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                bench.server.faults().add(Fault::new(fault.clone()).to_method(method));
            }
            let error = bench.refused(change).await;
            assert_eq!(error.kind, ErrorKind::Ambiguous, "{fault:?} {:?}: {error}", change.id);
            bench.server.faults().clear();
            bench.perform(change).await.unwrap_or_else(|error| panic!("{:?}: {error}", change.id));
        }
    }
}

#[tokio::test]
async fn a_create_that_was_carried_out_is_a_conflict_for_its_repeat() {
    let nora = create(mailbox("nora@example.com"), person("Nora"));
    let li = create(alias("li@example.com"), targets(&[JANE]));
    let team = create(alias("team@example.com"), targets(&[JANE, JOHN]));
    let bench = bench().await;
    for change in [nora, li, team] {
        for method in [Method::POST, Method::PUT] {
            bench.server.faults().add(Fault::new(FaultKind::LostReply).to_method(method));
        }
        assert_eq!(bench.refused(&change).await.kind, ErrorKind::Ambiguous);
        bench.server.faults().clear();
        assert_eq!(bench.refused(&change).await.kind, ErrorKind::Conflict, "{:?}", change.id);
        assert!(bench.object(&change.identity, &[]).await.is_some(), "the applier finds it");
    }
}

#[tokio::test]
async fn a_throttled_write_left_everything() {
    let bench = bench().await;
    let retry_after = Some(Duration::from_secs(1));
    bench.server.faults().add(Fault::new(FaultKind::Throttled { retry_after }).to_method(Method::POST));
    let error = bench.refused(&create(mailbox("nora@example.com"), person("Nora"))).await;
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, retry_after));
    assert!(bench.sandbox.snapshot().user("nora@example.com").is_none());
}

#[tokio::test]
async fn many_failures_in_a_row_end_the_asking() {
    let bench = Bench::with(
        |builder| builder,
        keys(),
        |rows| {
            for n in 0..40 {
                rows.user(CONTEXT, &format!("m{n}@example.com"), "pw");
            }
        },
    )
    .await;
    let lists = "/oxaas/v1/admin/contexts/24/users/*";
    bench.server.faults().add(Fault::new(FaultKind::ErrorBefore).to(Method::GET, lists).every());
    let (state, error) = bench.try_read(vec![whole(Kind::SenderRules, &[])]).await;
    assert!(error.is_none() && !state.incomplete().is_empty());
    assert!(bench.calls().len() < 20, "{}", bench.calls().len());
}

#[tokio::test]
async fn a_context_whose_number_is_not_found_is_looked_for_once() {
    let bench = bench().await;
    bench
        .server
        .faults()
        .add(Fault::new(FaultKind::ErrorBefore).to(Method::GET, "/oxaas/v1/admin/users").every());
    let (state, error) = bench.try_read(vec![whole(Kind::SenderRules, &[])]).await;
    assert!(error.is_none());
    assert!(matches!(state.look(&sender_rules(JANE)), Looked::Unknown(_)));
    assert_eq!(bench.calls().len(), 3, "{:?}", bench.calls());
}

#[tokio::test]
async fn a_right_that_is_missing_after_a_first_write_leaves_it_in_doubt() {
    let bench = Bench::with(
        |builder| builder.with(Quirk::OverrideOff),
        keys(),
        |rows| {
            rows.user(CONTEXT, JANE, "pw");
        },
    )
    .await;
    let suspended = Value::State(crate::model::AccountState::Suspended);
    let change = update("permissions", mailbox(JANE), Fields::new().with(Field::State, suspended));
    let error = bench.refused(&logging_out(change)).await;
    assert!(!bench.sandbox.snapshot().user(JANE).expect("jane").weblogin, "it was written");
    assert_eq!(error.kind, ErrorKind::Ambiguous, "{error}");
    assert!(error.message.contains("may still be open"), "{error}");
}
