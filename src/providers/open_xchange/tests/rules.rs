//! Sender rules: two lists of a user, entry by entry.

use super::*;

async fn bench() -> Bench {
    Bench::with(
        |builder| builder,
        keys(),
        |rows| {
            rows.user(CONTEXT, JANE, "pw").user(CONTEXT, JOHN, "pw").change(JANE, |jane| {
                jane.blacklist = ["a@spam.example".to_owned(), "b@spam.example".to_owned()].into();
            });
        },
    )
    .await
}

fn rules(allow: &[&str], block: &[&str]) -> Fields {
    Fields::new().with(Field::Allow, words(allow)).with(Field::Block, words(block))
}

fn change_to(fields: Fields) -> Change {
    Change { remote: Some("3 jane@example.com".into()), ..update("", sender_rules(JANE), fields) }
}

#[tokio::test]
async fn lists_are_read_of_the_mailboxes_that_are_asked_for() {
    let bench = bench().await;
    let state = bench.read(vec![parts_of(Kind::SenderRules, &[JANE])]).await;
    let lists = bench.calls().iter().filter(|call| call.contains("list")).count();
    assert_eq!(lists, 2);
    let Looked::Present(jane) = state.look(&sender_rules(JANE)) else { panic!("jane's") };
    assert_eq!(jane.fields.values(), rules(&[], &["a@spam.example", "b@spam.example"]));
    assert_eq!(&*jane.record, "user:jane@example.com");
    let state = bench.read(vec![whole(Kind::SenderRules, &[])]).await;
    assert!(matches!(state.look(&sender_rules(JOHN)), Looked::Absent { .. }), "he has none");
}

#[tokio::test]
async fn only_what_differs_is_written_and_a_star_stands_for_itself() {
    let bench = bench().await;
    let wish = rules(&["friend@good.example"], &["*@spam.example", "a@spam.example"]);
    bench.write(&change_to(wish.clone())).await;
    assert_eq!(
        bench.writes(),
        [
            "POST 3/blacklist/%2A@spam.example",
            "POST 3/whitelist/friend@good.example",
            "DELETE 3/blacklist/b@spam.example",
        ]
    );
    let now = bench.object(&sender_rules(JANE), &[]).await.expect("rules");
    assert_eq!(now.fields.values(), wish);
    assert_eq!(bench.perform(&change_to(wish)).await.expect("it holds"), Done::NotNeeded);
}

#[tokio::test]
async fn a_list_is_emptied_at_once_and_nobody_elses_is_touched() {
    let bench = bench().await;
    bench.sandbox.edit(|rows| {
        rows.change(JOHN, |john| john.blacklist = ["x@spam.example".to_owned()].into());
    });
    let observed = bench.object(&sender_rules(JANE), &[]).await.expect("rules");
    bench.write(&delete(&observed)).await;
    assert_eq!(bench.writes(), ["DELETE 3/blacklist"]);
    let snapshot = bench.sandbox.snapshot();
    assert!(snapshot.user(JANE).expect("jane").blacklist.is_empty());
    assert_eq!(snapshot.user(JOHN).expect("john").blacklist.len(), 1);
    assert_eq!(bench.perform(&delete(&observed)).await.expect("gone"), Done::NotNeeded);
    bench.sandbox.edit(|rows| {
        rows.remove_user(JANE);
    });
    assert_eq!(bench.perform(&delete(&observed)).await.expect("gone"), Done::NotNeeded);
    assert_eq!(bench.refused(&change_to(rules(&["x"], &[]))).await.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_failure_half_way_is_in_doubt_and_the_repeat_does_the_rest() {
    let bench = bench().await;
    let wish = rules(&[], &["c@spam.example", "d@spam.example"]);
    bench.server.faults().add(
        Fault::new(FaultKind::ErrorBefore)
            .to(Method::POST, "/oxaas/v1/admin/contexts/24/users/3/blacklist/d@spam.example"),
    );
    let error = bench.refused(&change_to(wish.clone())).await;
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    bench.server.faults().clear();
    bench.write(&change_to(wish.clone())).await;
    let now = bench.object(&sender_rules(JANE), &[]).await.expect("rules");
    assert_eq!(now.fields.values(), wish);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_unknown_and_the_other_mailboxes_are_told() {
    let bench = bench().await;
    bench.server.faults().add(
        Fault::new(FaultKind::ErrorBefore)
            .to(Method::GET, "/oxaas/v1/admin/contexts/24/users/4/blacklist")
            .every(),
    );
    let (state, error) = bench.try_read(vec![whole(Kind::SenderRules, &[])]).await;
    assert!(error.is_none());
    assert!(matches!(state.look(&sender_rules(JANE)), Looked::Present(_)));
    assert!(matches!(state.look(&sender_rules(JOHN)), Looked::Unknown(_)));
    assert!(state.incomplete()[0].1.contains(JOHN));
}
