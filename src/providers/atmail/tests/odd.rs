//! The shapes that the documents leave open: each reads the same.

use super::*;
use crate::providers::atmail::sandbox::{Depth, MessagePlace, Numbering};

type Build = fn(Builder) -> Builder;

const SHAPES: &[(&str, Build)] = &[
    ("failures are 400", |b| b.with(Quirk::FailuresAre400)),
    ("status first", |b| b.with(Quirk::StatusFirst)),
    ("warnings", |b| b.with(Quirk::PhpWarnings)),
    ("one line", |b| b.with(Quirk::OneLine)),
    ("bare methods", |b| b.with(Quirk::BareMethods)),
    ("a view is a list", |b| b.with(Quirk::ViewIsList)),
    ("secrets", |b| b.with(Quirk::ShowsSecrets)),
    ("types", |b| b.with(Quirk::ShowsAliasType)),
    ("another root", |b| b.root("Api_Service")),
    ("message in response", |b| b.message_place(MessagePlace::Response)),
    ("message in the method", |b| b.message_place(MessagePlace::Method)),
    ("items in results", |b| b.depth(Depth::Results)),
    ("items in the method", |b| b.depth(Depth::Method)),
    ("numbered from one", |b| b.numbering(Numbering::FromOne)),
    ("numbered with gaps", |b| b.numbering(Numbering::Gaps)),
    ("mail server", |b| b.with(Quirk::StatusFirst).depth(Depth::Results).with(Quirk::ViewIsList)),
];

#[tokio::test]
async fn every_shape_of_an_answer_reads_the_same() {
    let rows = |rows: &mut Rows<'_>| {
        rows.user(ANN, "x").column(ANN, "FirstName", "Ann").user(BOB, "x").column(
            BOB,
            "Forward",
            "x@partner.example",
        );
        rows.alias("sales@example.com", ANN).admin("sub", "x", &[Right::UList], &["example.com"]);
    };
    let everything = || {
        let kinds = [Kind::Domain, Kind::Mailbox, Kind::Alias, Kind::Forward, Kind::Administrator];
        kinds.map(|kind| part(Collection::everything(kind), &[Field::GivenName, Field::Domains])).to_vec()
    };
    let plain = Bench::new(rows).await.read(everything()).await;
    assert_eq!(plain.objects.len(), 6);
    for (name, build) in SHAPES {
        let bench = Bench::with(*build, me(), rows).await;
        assert_eq!(bench.read(everything()).await.objects, plain.objects, "{name}");
        let seen = bench.object(&mailbox(ANN), &[Field::GivenName]).await.expect(name);
        assert_eq!(seen.fields.value(&Field::GivenName), Some(&Value::text("Ann")), "{name}");
        assert!(bench.object(&mailbox("no@example.com"), &[]).await.is_none(), "{name}");
        assert!(bench.object(&domain_id("no.example"), &[]).await.is_none(), "{name}");
        // Done, refused and not there are told apart.
        bench.write(&create(mailbox("new@example.com"), person())).await;
        let again = bench.perform(&create(mailbox("new@example.com"), person())).await.expect_err(name);
        assert_eq!(again.kind, ErrorKind::Conflict, "{name}");
        bench.write(&create(domain_id("new.example"), Fields::new())).await;
        bench.write(&delete(domain_id("new.example"), Fields::new())).await;
        assert_eq!(
            bench.perform(&delete(alias("no@example.com"), targets(&[ANN]))).await.expect(name),
            Done::NotNeeded
        );
    }
}

#[tokio::test]
async fn a_status_that_contradicts_the_answer_is_believed_by_nobody() {
    let bench = Bench::odd(Quirk::SuccessIs500, |rows| {
        rows.user(ANN, "x");
    })
    .await;
    let (state, error) = bench.try_read(vec![one(&mailbox(ANN), &[])]).await;
    assert!(error.is_none() && unknown(&state, &mailbox(ANN)).contains("contradictory"));
    let error = bench.perform(&create(mailbox(BOB), person())).await.expect_err("contradictory");
    assert_eq!(error.kind, ErrorKind::Ambiguous, "it was carried out: {error}");
}

#[tokio::test]
async fn an_answer_without_a_status_and_without_items_says_nothing() {
    let bench = Bench::odd(Quirk::NoStatus, |_| ()).await;
    let (state, _) = bench.try_read(vec![whole(Kind::Alias, &[])]).await;
    assert!(unknown(&state, &alias("x@example.com")).contains("no status"));
    let error = bench.perform(&create(mailbox(ANN), person())).await.expect_err("nothing");
    assert_eq!(error.kind, ErrorKind::Ambiguous);
}

#[tokio::test]
async fn a_server_that_takes_no_post_says_what_to_do() {
    let bench = Bench::odd(Quirk::PostRefused, |_| ()).await;
    let error = bench.perform(&create(domain_id("new.example"), Fields::new())).await.expect_err("no POST");
    assert!(error.kind == ErrorKind::Invalid && error.hint.expect("a hint").contains("write_method: get"));
    let params = [me(), vec![("write_method", text("get"))]].concat();
    let bench = Bench::with(|builder| builder.with(Quirk::PostRefused), params, |_| ()).await;
    bench.write(&create(domain_id("new.example"), Fields::new())).await;
    bench.write(&create(alias("s@example.com"), targets(&[ANN]))).await;
    assert_eq!(bench.sandbox.writes_by_get(), ["domain/create", "aliases/create"]);
}

#[tokio::test]
async fn names_in_capitals_are_the_same_and_kept_for_calls() {
    let bench = Bench::new(|rows| {
        rows.user("Ann@Example.com", "x").alias("Sales@Example.COM", "Ann@Example.com");
    })
    .await;
    let state = bench.read(vec![whole(Kind::Mailbox, &[]), whole(Kind::Alias, &[])]).await;
    assert_eq!(state.objects[&mailbox(ANN)].remote.as_deref(), Some("Ann@Example.com"));
    assert_eq!(state.objects[&alias("sales@example.com")].fields.values(), targets(&[ANN]));
    let remote = state.objects[&mailbox(ANN)].remote.clone();
    bench.write(&Change { remote, ..delete(mailbox(ANN), Fields::new()) }).await;
    assert_eq!(bench.calls()[1], "POST /users/delete/name/Ann@Example.com");
}
