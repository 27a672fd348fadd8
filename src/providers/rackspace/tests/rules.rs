//! Sender rules: four lists that change entry by entry.

use super::super::sandbox::Quirk;
use super::*;

const JANE: &str = "jane@example.com";

fn jane(rows: &mut Rows<'_>) {
    rows.mailbox(JANE, "Secret123!");
}

fn identity() -> Identity {
    Identity::SenderRules(address(JANE))
}

fn of(allow: &[&str], block: &[&str]) -> Fields {
    Fields::new().with(Field::Allow, words(allow)).with(Field::Block, words(block))
}

async fn now(bench: &Bench) -> Option<Fields> {
    bench.object(&identity(), &[]).await.map(|object| object.fields.values())
}

#[tokio::test]
async fn only_what_differs_is_written() {
    for quirk in [None, Some(Quirk::RenamedSpamLists)] {
        let build = |builder: Builder| quirk.into_iter().fold(builder, Builder::with);
        let bench = Bench::with(build, keys(), jane).await;
        assert_eq!(now(&bench).await, None);
        let wished = of(&["friend.example", "192.0.2.7"], &["spam.example", "198.51.100.9", "x@y.example"]);
        bench.write(&create(identity(), wished.clone())).await;
        assert_eq!(now(&bench).await, Some(wished.clone()), "{quirk:?}");
        let calls = bench.calls();
        assert_eq!(calls.len(), 4, "{calls:?}");
        assert_eq!(calls.iter().any(|call| call.contains("blocklist")), quirk.is_some(), "{calls:?}");
        let snapshot = bench.sandbox.snapshot();
        let lists = &snapshot.mailbox(JANE).expect("there").spam.lists;
        assert_eq!(
            lists.values().map(BTreeSet::len).collect::<Vec<_>>(),
            [2, 1, 1, 1],
            "hosts have lists of their own"
        );

        let other = of(&["friend.example"], &["spam.example", "z.example"]);
        bench.write(&update(identity(), other.clone())).await;
        assert_eq!(bench.forms().len(), 4, "one more and three less");
        assert_eq!(now(&bench).await, Some(other.clone()));
        assert_eq!(bench.perform(&update(identity(), other.clone())).await.expect("held"), Done::NotNeeded);
        let mut half = update(identity(), of(&[], &["spam.example"]));
        half.fields = vec![Field::Block];
        bench.write(&half).await;
        assert_eq!(now(&bench).await, Some(of(&["friend.example"], &["spam.example"])));

        bench.write(&delete(identity(), other.clone())).await;
        assert_eq!(now(&bench).await, None);
        assert_eq!(bench.perform(&delete(identity(), other)).await.expect("gone"), Done::NotNeeded);
    }
}

#[tokio::test]
async fn a_failure_half_way_is_in_doubt_and_the_rest_is_sent_next_time() {
    let bench = Bench::new(jane).await;
    let wished = of(&[], &["a.example", "b.example", "c.example"]);
    bench
        .server
        .faults()
        .add(Fault::new(FaultKind::Throttled { retry_after: None }).to_method(Method::POST).nth(2));
    let error = bench.perform(&create(identity(), wished.clone())).await.expect_err("half");
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert!(error.message.starts_with("1 of 3 entries were written"), "{error}");
    bench.write(&create(identity(), wished.clone())).await;
    assert_eq!(bench.forms().len(), 2);
    assert_eq!(now(&bench).await, Some(wished.clone()));
    // Before the first entry nothing was done.
    bench
        .server
        .faults()
        .add(Fault::new(FaultKind::Throttled { retry_after: None }).to_method(Method::DELETE));
    let error = bench.perform(&delete(identity(), wished)).await.expect_err("none");
    assert_eq!(error.kind, ErrorKind::RateLimited);
}

#[tokio::test]
async fn a_mailbox_that_is_gone_has_no_rules() {
    let bench = Bench::new(|_| ()).await;
    assert_eq!(now(&bench).await, None);
    assert_eq!(bench.perform(&delete(identity(), Fields::new())).await.expect("gone"), Done::NotNeeded);
    let error = bench.perform(&create(identity(), of(&["a.example"], &[]))).await.expect_err("gone");
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn an_entry_that_the_service_refuses_says_what_one_may_be() {
    let bench = Bench::new(jane).await;
    for entries in [&["*@spam.example"][..], &["*@spam.example", "a.example"]] {
        let error = bench.perform(&create(identity(), of(&[], entries))).await.expect_err("refused");
        assert!(error.hint.as_ref().is_some_and(|hint| hint.contains("a whole domain")), "{error:?}");
    }
}
