//! What goes out for a change, and what its answers mean.

use axum::http::StatusCode;

use super::super::sandbox::{Refusals, RepeatedDelete, WriteReply};
use super::*;

#[tokio::test]
async fn a_registration_is_made_and_removed_whatever_the_replies_look_like() {
    for reply in [WriteReply::Empty, WriteReply::NoContent, WriteReply::Records, WriteReply::Wrapped] {
        let bench = Bench::with(|b| b.write_reply(reply), me(), |_| ()).await;
        assert_eq!(bench.perform(&create("New.User@Example.com")).await.expect("made"), Done::written());
        let made = bench.object("new.user@example.com").await.expect("it is there");
        assert_eq!(made.fields.value(&executive()), Some(&Value::Bool(false)));
        assert_eq!(
            bench.bodies(&Method::POST),
            [
                r#"[{"id":"USSportal.email.model.Mailbox-1","email_address_id":0,"executive":0,"email_address":"new.user@example.com"}]"#
            ]
        );
        let gone = delete(&bench, "new.user@example.com").await;
        assert_eq!(bench.perform(&gone).await.expect("removed"), Done::written());
        assert!(bench.object("new.user@example.com").await.is_none());
        let ids = gone.remote.as_deref().expect("ids").split_once(':').expect("two ids");
        assert_eq!(
            bench.bodies(&Method::DELETE),
            [format!(
                r#"[{{"id":{},"email_address_id":{},"email_address":"new.user@example.com"}}]"#,
                ids.0, ids.1
            )]
        );
        assert_eq!(bench.perform(&gone).await.expect("gone already"), Done::NotNeeded, "{reply:?}");
    }
}

#[tokio::test]
async fn the_flag_is_given_at_create() {
    let bench = Bench::new(|_| ()).await;
    for (address, yes) in [("a@example.com", true), ("b@example.com", false)] {
        bench.perform(&create_executive(address, yes)).await.expect("made");
        let made = bench.object(address).await.expect("there");
        assert_eq!(made.fields.value(&executive()), Some(&Value::Bool(yes)));
    }
    let mut other = create("c@example.com");
    other.after = Fields::new().with(executive(), Value::text("yes"));
    assert_eq!(bench.perform(&other).await.expect_err("no flag").kind, ErrorKind::Invalid);
    assert!(bench.object("c@example.com").await.is_none());
}

#[tokio::test]
async fn it_is_removed_as_it_is_spelled_there() {
    let bench = Bench::new(|rows| {
        rows.mailbox("Jane.Doe@Example.com").mailbox("jane.doe@example.com.other.example");
    })
    .await;
    let gone = delete(&bench, "jane.doe@example.com").await;
    bench.perform(&gone).await.expect("removed");
    assert_eq!(bench.sandbox.snapshot().addresses(), ["jane.doe@example.com.other.example"]);
}

#[tokio::test]
async fn a_refused_registration_tells_both_preconditions() {
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    for refusals in
        [Refusals::Message, Refusals::Error, Refusals::Errors, Refusals::Html, Refusals::Unsuccessful]
    {
        for status in [StatusCode::CONFLICT, unprocessable, StatusCode::BAD_REQUEST] {
            let build = |b: Builder| b.refusals(refusals).conflict_status(status).untracked_status(status);
            let bench = Bench::with(build, me(), |rows| {
                rows.mailbox("ann@example.com").alias("ann@example.com", "sales@example.com");
            })
            .await;
            for address in ["sales@example.com", "new@untracked.example"] {
                let error = bench.perform(&create(address)).await.expect_err(address);
                let is_conflict = status == StatusCode::CONFLICT && refusals != Refusals::Unsuccessful;
                let kind = if is_conflict { ErrorKind::Conflict } else { ErrorKind::Invalid };
                assert_eq!(error.kind, kind, "{refusals:?} {status}: {error}");
                assert!(error.message.contains(&format!("refuses to register {address}")), "{error}");
                let status = if refusals == Refusals::Unsuccessful { StatusCode::OK } else { status };
                assert!(error.message.contains(status.as_str()), "{error}");
                let hint = error.hint.expect("a hint");
                assert!(hint.contains("not tracked") && hint.contains("alias of another mailbox"), "{hint}");
            }
            assert_eq!(bench.server.counters().of(&Method::POST, STORE), 2, "nothing is sent twice");
        }
    }
}

#[tokio::test]
async fn what_is_there_already_need_not_be_made() {
    let bench = Bench::new(|rows| {
        rows.mailbox("Ann@example.com").ad_mailbox("bob@example.com", "");
    })
    .await;
    for address in ["ann@example.com", "bob@example.com"] {
        assert_eq!(bench.perform(&create(address)).await.expect("there"), Done::NotNeeded);
    }
    let same = create_executive("ann@example.com", false);
    assert_eq!(bench.perform(&same).await.expect("there"), Done::NotNeeded);
    let error = bench.perform(&create_executive("ann@example.com", true)).await.expect_err("differs");
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.contains("registered meanwhile"), "{error}");
}

#[tokio::test]
async fn what_comes_from_the_directory_is_never_removed() {
    let bench = Bench::new(|rows| {
        rows.ad_mailbox("bob@example.com", "Bob Roe").mailbox("ann@example.com");
    })
    .await;
    let error = bench.perform(&delete(&bench, "bob@example.com").await).await.expect_err("foreign");
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.message.contains("15 minutes"), "{error}");
    // It was its own when the plan was made.
    let gone = delete(&bench, "ann@example.com").await;
    bench.sandbox.edit(|rows| {
        rows.adopt("ann@example.com");
    });
    assert_eq!(bench.perform(&gone).await.expect_err("foreign now").kind, ErrorKind::Denied);
    assert_eq!(bench.server.counters().of(&Method::DELETE, STORE), 0);
}

#[tokio::test]
async fn what_was_made_anew_is_another_one() {
    let bench = Bench::new(|rows| {
        rows.mailbox("ann@example.com");
    })
    .await;
    let gone = delete(&bench, "ann@example.com").await;
    bench.sandbox.edit(|rows| {
        rows.mailbox("ann@example.com");
    });
    let error = bench.perform(&gone).await.expect_err("other ids");
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.contains("removed and made again"), "{error}");
    assert_eq!(error.hint.as_deref(), Some("plan again"));
    assert_eq!(bench.server.counters().of(&Method::DELETE, STORE), 0);
    assert!(bench.object("ann@example.com").await.is_some());
}

#[tokio::test]
async fn somebody_else_who_is_faster_is_no_failure() {
    for repeated in [RepeatedDelete::NotFound, RepeatedDelete::Success] {
        for refusals in [Refusals::Message, Refusals::Unsuccessful] {
            let build = |b: Builder| b.repeated_delete(repeated).refusals(refusals);
            let bench = Bench::with(build, me(), |rows| {
                rows.mailbox("ann@example.com");
            })
            .await;
            let gone = delete(&bench, "ann@example.com").await;
            let sandbox = bench.sandbox.clone();
            let faster = move || {
                sandbox.edit(|rows| {
                    rows.remove("ann@example.com");
                });
            };
            let meanwhile = FaultKind::Meanwhile(Arc::new(faster));
            bench.server.faults().add(Fault::new(meanwhile).to(Method::DELETE, STORE));
            bench.perform(&gone).await.expect("it is gone");
        }
    }
}

#[tokio::test]
async fn nothing_is_removed_from_a_list_that_is_not_whole() {
    let paging = super::super::sandbox::Paging::Ignored;
    let bench = Bench::with(
        |b| b.paging(paging).page_size(1),
        me(),
        |rows| {
            rows.mailbox("ann@example.com.a.example").mailbox("ann@example.com.b.example");
        },
    )
    .await;
    let gone = change(Verb::Delete, "ann@example.com", Fields::new(), Some("1:2"));
    let error = bench.perform(&gone).await.expect_err("not known");
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(error.message.contains("not whole"), "{error}");
}

#[tokio::test]
async fn nothing_else_can_be_done() {
    let bench = Bench::new(|_| ()).await;
    for verb in [Verb::Update, Verb::Rename] {
        let error = bench.perform(&change(verb, "ann@example.com", Fields::new(), None)).await;
        assert_eq!(error.expect_err("no call").kind, ErrorKind::Invalid);
    }
    let mut mailbox = create("ann@example.com");
    mailbox.identity = Identity::Mailbox(Address::parse("ann@example.com").expect("an address"));
    let error = bench.perform(&mailbox).await.expect_err("no call");
    assert!(error.message.contains("cannot create mailbox ann@example.com"), "{error}");
    assert_eq!(bench.count(), 0);
}
