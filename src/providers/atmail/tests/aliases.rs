//! Aliases, written row by row.

use super::*;

const SALES: &str = "sales@example.com";
const OUT: &str = "x@partner.example";

#[tokio::test]
async fn an_alias_is_a_row_for_each_target() {
    let bench = Bench::new(|_| ()).await;
    bench.write(&create(alias(SALES), targets(&[ANN, OUT]))).await;
    assert_eq!(
        bench.bodies(),
        [
            "AliasName=sales%40example.com&AliasTo=ann%40example.com&AliasType=Local",
            "AliasName=sales%40example.com&AliasTo=x%40partner.example&AliasType=Local",
        ]
    );
    assert_eq!(bench.sandbox.snapshot().targets(SALES), [ANN, OUT]);
    let error = bench.perform(&create(alias(SALES), targets(&[ANN]))).await.expect_err("there");
    assert_eq!(error.kind, ErrorKind::Conflict);
    // The new row comes before the old one goes, and both arguments are always told.
    let moved = update(alias(SALES), targets(&[ANN, OUT]), targets(&[ANN, BOB]));
    assert_eq!(bench.write(&moved).await, [""; 0]);
    assert_eq!(
        bench.calls(),
        [
            "GET /users/view/name/sales@example.com",
            "GET /aliases/list",
            "POST /aliases/create",
            "POST /aliases/delete"
        ],
        "what came meanwhile is seen first"
    );
    assert_eq!(
        bench.bodies().last().expect("a write"),
        "AliasName=sales%40example.com&AliasTo=x%40partner.example"
    );
    // Again: nothing is missing.
    assert_eq!(bench.perform(&moved).await.expect("done"), Done::NotNeeded);
    let gone = delete(alias(SALES), targets(&[ANN, BOB]));
    bench.write(&gone).await;
    assert_eq!(bench.perform(&gone).await.expect("done"), Done::NotNeeded);
    assert!(bench.sandbox.snapshot().aliases.is_empty());
}

#[tokio::test]
async fn rows_of_others_stay_and_are_told() {
    let bench = Bench::new(|rows| {
        rows.alias(SALES, ANN).alias(SALES, "meanwhile@example.com").alias("info@example.com", ANN);
    })
    .await;
    // Neither would be what is wanted: a list that holds one more, an alias that is still there.
    for change in
        [update(alias(SALES), targets(&[ANN]), targets(&[BOB])), delete(alias(SALES), targets(&[ANN]))]
    {
        let error = bench.perform(&change).await.expect_err("it has changed");
        assert_eq!(error.kind, ErrorKind::Conflict);
        assert!(error.message.ends_with("has come to deliver to meanwhile@example.com as well"), "{error}");
    }
    assert_eq!(bench.sandbox.snapshot().targets(SALES), [ANN, "meanwhile@example.com"]);
    assert_eq!(bench.sandbox.snapshot().targets("info@example.com"), [ANN]);
}

#[tokio::test]
async fn an_alias_takes_no_mail_from_a_mailbox_that_was_made_meanwhile() {
    let bench = Bench::new(|rows| {
        rows.user(SALES, "somebody's own").alias(SALES, BOB);
    })
    .await;
    for change in
        [create(alias(SALES), targets(&[ANN])), update(alias(SALES), targets(&[BOB]), targets(&[ANN]))]
    {
        let error = bench.perform(&change).await.expect_err("a mailbox");
        assert_eq!(error.kind, ErrorKind::Conflict);
    }
    assert_eq!(bench.sandbox.snapshot().targets(SALES), [BOB]);
    // And none is changed that has gone.
    let gone = update(alias("gone@example.com"), targets(&[BOB]), targets(&[ANN]));
    assert_eq!(bench.perform(&gone).await.expect_err("gone").kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_server_of_one_row_for_each_name_is_written_the_other_way_round() {
    let bench = Bench::odd(Quirk::DuplicateByName, |rows| {
        rows.alias(SALES, ANN);
    })
    .await;
    let notes = bench.write(&update(alias(SALES), targets(&[ANN]), targets(&[BOB]))).await;
    assert!(notes.len() == 1 && notes[0].contains("had none for a moment"), "{notes:?}");
    assert_eq!(bench.sandbox.snapshot().targets(SALES), [BOB]);
    // Two at once cannot be had, and nothing stays behind.
    let error =
        bench.perform(&create(alias("info@example.com"), targets(&[ANN, BOB]))).await.expect_err("two");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.hint.expect("a hint").contains("one target"));
    assert!(bench.sandbox.snapshot().targets("info@example.com").is_empty());
    let error =
        bench.perform(&update(alias(SALES), targets(&[BOB]), targets(&[ANN, BOB]))).await.expect_err("two");
    assert_ne!(error.kind, ErrorKind::Ambiguous);
    assert_eq!(bench.sandbox.snapshot().targets(SALES), [BOB]);
}

#[tokio::test]
async fn a_failure_after_the_first_row_is_in_doubt_and_can_be_carried_out_again() {
    let bench = Bench::new(|rows| {
        rows.alias(SALES, ANN);
    })
    .await;
    let moved = update(alias(SALES), targets(&[ANN]), targets(&[BOB, OUT]));
    for nth in 1..=3 {
        let bench = Bench::new(|rows| {
            rows.alias(SALES, ANN);
        })
        .await;
        let fault =
            || Fault::new(FaultKind::Throttled { retry_after: None }).to_method(Method::POST).nth(nth);
        bench.server.faults().add(fault());
        let error = bench.perform(&moved).await.expect_err("throttled");
        let kind = if nth == 1 { ErrorKind::RateLimited } else { ErrorKind::Ambiguous };
        assert_eq!(error.kind, kind, "{nth}");
        bench.write(&moved).await;
        let mut now =
            bench.sandbox.snapshot().targets(SALES).iter().map(|to| (*to).to_owned()).collect::<Vec<_>>();
        now.sort();
        assert_eq!(now, [BOB, OUT], "{nth}");
    }
    bench.write(&moved).await;
}

#[tokio::test]
async fn a_domain_alias_is_of_type_domain() {
    let bench = Bench::new(|rows| {
        rows.alias("@odd.example", "@example.com");
    })
    .await;
    let (old, new) = ("@old.example", targets(&["@example.com"]));
    bench.write(&create(alias(old), new.clone())).await;
    assert_eq!(bench.bodies(), ["AliasName=old.example&AliasTo=example.com&AliasType=Domain"]);
    assert_eq!(bench.object(&alias(old), &[]).await.expect("an alias").fields.values(), new);
    bench.write(&update(alias(old), new, targets(&["@other.example"]))).await;
    bench.write(&delete(alias(old), targets(&["@other.example"]))).await;
    // One that is stored in another spelling is found.
    bench.write(&delete(alias("@odd.example"), targets(&["@example.com"]))).await;
    assert!(bench.sandbox.snapshot().aliases.is_empty());
    for (name, to) in [("@old.example", ANN), (SALES, "@old.example")] {
        let error = bench.perform(&create(alias(name), targets(&[to]))).await.expect_err(name);
        assert!(error.kind == ErrorKind::Invalid && bench.calls().is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_told_apart_is_left_alone() {
    let bench = Bench::new(|rows| {
        rows.alias("@example.com", ANN).alias_to_directory("box@example.com", "", "/var/mail/box");
        rows.alias("two@example.com", ANN).alias_to_directory("two@example.com", BOB, "/var/mail/two");
    })
    .await;
    let state = bench.read(vec![whole(Kind::Alias, &[])]).await;
    for (name, words) in
        [("@example.com", "whole domain"), ("box@example.com", "folder"), ("two@example.com", "folder")]
    {
        match &state.objects[&alias(name)].standing {
            Standing::Foreign(reason) => assert!(reason.contains(words), "{name}: {reason}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}
