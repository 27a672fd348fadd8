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
    assert!(error.is_some() && unknown(&state, &mailbox(ANN)).contains("contradictory"));
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

#[tokio::test]
async fn an_action_that_is_missing_is_no_object_that_is() {
    const MISSING: &str = "<error><response><message>Action \"view\" does not exist and was not trapped in \
                           __call()</message></response><status>failed</status></error>";
    let bench = canned(&[("/users/view", 404, MISSING)], me(), |rows| {
        rows.user(ANN, "x");
    })
    .await;
    let (state, _) = bench.try_read(vec![one(&domain_id("example.com"), &[]), one(&mailbox(ANN), &[])]).await;
    assert!(unknown(&state, &mailbox(ANN)).contains("not trapped"));
    let error = bench.perform(&delete(mailbox(ANN), Fields::new())).await.expect_err("not looked at");
    assert_eq!(error.kind, ErrorKind::Protocol, "{error}");
}

#[tokio::test]
async fn a_login_of_which_a_version_says_in_its_own_words_that_it_is_no_sub_admin_sees_everything() {
    const NOBODY: &str =
        "<view><response><message>No such administrator</message></response><status>failed</status></view>";
    const NOTHING: &str = "<view><response/><status>success</status></view>";
    const BROKEN: &str = "<x><response><message>Broken</message></response><status>failed</status></x>";
    let asked = || {
        let new = "new.example".parse().expect("a domain");
        vec![whole(Kind::Alias, &[]), part(Collection::domain(Kind::Mailbox, &new), &[])]
    };
    for view in [&[("/subadmin/view", 200, NOBODY)], &[("/subadmin/view", 200, NOTHING)]] {
        let bench = canned(view, me(), |_| ()).await;
        assert!(bench.read(asked()).await.objects.is_empty());
        assert!(bench.calls().contains(&"GET /subadmin/list".to_owned()));
    }
    let bench =
        canned(&[("/subadmin/view", 200, NOBODY), ("/subadmin/list", 200, BROKEN)], me(), |_| ()).await;
    let (state, _) = bench.try_read(asked()).await;
    assert_eq!(state.incomplete().len(), 2);
}

#[tokio::test]
async fn a_state_that_is_not_kept_leaves_nobody_believing_that_the_login_is_shut() {
    const DONE: &str = "<userupdate><response><message>Account updated</message></response>\
                        <status>success</status></userupdate>";
    let bench = canned(&[("/users/update", 200, DONE)], me(), |rows| {
        rows.user(ANN, "x");
    })
    .await;
    let of = |state| Fields::new().with(Field::State, Value::State(state));
    let shut = update(mailbox(ANN), of(AccountState::Active), of(AccountState::Suspended));
    let error = bench.perform(&shut).await.expect_err("not suspended");
    assert!(error.kind == ErrorKind::Invalid && error.message.contains("is not suspended"), "{error}");
    let more = Change {
        after: shut.after.clone().with(Field::GivenName, Value::text("Ann")),
        fields: vec![Field::State, Field::GivenName],
        ..shut
    };
    let error = bench.perform(&more).await.expect_err("not suspended");
    assert_eq!(error.kind, ErrorKind::Ambiguous, "a name may have been written: {error}");
}
