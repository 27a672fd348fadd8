//! What goes wrong on the way, and what the client makes of it.

use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::*;
use crate::provider::ErrorKind;
use crate::sandbox::{Fault, FaultKind};

fn nora() -> Change {
    create(
        mailbox("nora@example.com"),
        Fields::new().with(Field::Password, Value::Secret(SecretRef::Env("longenough1".into()))),
    )
}

#[tokio::test]
async fn a_write_is_sent_once_and_its_doubt_is_told() {
    let elsewhere = Bench::new(|_| ()).await;
    let wait = Some(Duration::from_secs(9));
    for (fault, kind, made) in [
        (FaultKind::ErrorBefore, ErrorKind::Ambiguous, false),
        (FaultKind::ErrorAfterCommit, ErrorKind::Ambiguous, true),
        (FaultKind::LostReply, ErrorKind::Ambiguous, true),
        (FaultKind::Reset, ErrorKind::Ambiguous, false),
        (FaultKind::CutShort, ErrorKind::Ambiguous, true),
        (FaultKind::HalfBody, ErrorKind::Ambiguous, true),
        (FaultKind::HtmlPage, ErrorKind::Ambiguous, false),
        (FaultKind::Endless { limit: 80 << 20 }, ErrorKind::Ambiguous, true),
        (FaultKind::Unavailable { retry_after: None }, ErrorKind::Ambiguous, false),
        (FaultKind::Throttled { retry_after: wait }, ErrorKind::RateLimited, false),
        (
            FaultKind::Redirect { status: StatusCode::PERMANENT_REDIRECT, to: elsewhere.server.url() },
            ErrorKind::Protocol,
            false,
        ),
    ] {
        let bench = Bench::new(|_| ()).await;
        bench.server.faults().add(Fault::new(fault.clone()).to(Method::POST, "/mail/users/add"));
        let error = bench.perform(nora()).await.expect_err(fault.name());
        assert_eq!(error.kind, kind, "{fault:?}: {error}");
        assert_eq!(error.retry_after, if kind == ErrorKind::RateLimited { wait } else { None }, "{fault:?}");
        assert!(!format!("{error:?}").contains("longenough1"), "{error:?}");
        assert_eq!(bench.count(), 1, "{fault:?}: a write is never repeated");
        assert_eq!(bench.sandbox.snapshot().user("nora@example.com").is_some(), made, "{fault:?}");
    }
    assert_eq!(elsewhere.count(), 0, "nothing followed the redirect");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_takes_too_long_is_in_doubt() {
    let login = me().into_iter().chain([("timeout", Param::Int(5))]);
    let bench = Bench::with(|builder| builder, login, |_| ()).await;
    bench.server.faults().add(Fault::new(FaultKind::Slow(Duration::from_mins(1))));
    let error = bench.perform(nora()).await.expect_err("slow");
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert!(bench.sandbox.snapshot().user("nora@example.com").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_until_the_box_answers() {
    for fault in [
        FaultKind::Reset,
        FaultKind::LostReply,
        FaultKind::CutShort,
        FaultKind::Unavailable { retry_after: Some(Duration::from_secs(2)) },
        FaultKind::Throttled { retry_after: None },
    ] {
        let bench = Bench::new(|_| ()).await;
        bench.server.faults().add(Fault::new(fault.clone()).times(3));
        bench.read(&[Kind::Mailbox]).await;
        assert_eq!(bench.count(), 4, "{fault:?}");
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_understood_is_no_list() {
    for fault in [FaultKind::HtmlPage, FaultKind::HalfBody, FaultKind::Endless { limit: 80 << 20 }] {
        for (path, kind) in [("/mail/users", Kind::Mailbox), ("/mail/aliases", Kind::Alias)] {
            let bench = Bench::new(|_| ()).await;
            bench.server.faults().add(Fault::new(fault.clone()).to(Method::GET, path));
            let (state, error) = bench.try_read(&[kind]).await;
            let error = error.expect("no list");
            assert_eq!(error.kind, ErrorKind::Protocol, "{fault:?} at {path}: {error}");
            let (collection, reason) = &state.incomplete()[0];
            assert_eq!(collection.kind, kind);
            assert!(reason.contains(path), "{reason}");
            assert_eq!(state.objects.len(), 0, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_was_read_before_a_failure_holds() {
    let bench = Bench::new(|_| ()).await;
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).to(Method::GET, "/mail/aliases"));
    let (state, error) = bench.try_read(&[Kind::Mailbox, Kind::Alias, Kind::Domain]).await;
    assert!(error.is_some());
    assert!(matches!(state.look(&mailbox("me@example.com")), Looked::Present(_)));
    assert!(matches!(state.look(&mailbox("nobody@example.com")), Looked::Absent { .. }));
    assert!(matches!(state.look(&alias("sales@example.com")), Looked::Unknown(_)));
    assert_eq!(state.incomplete().len(), 2, "aliases and domains");
}

#[tokio::test]
async fn a_failed_look_before_a_write_writes_nothing() {
    let bench = Bench::new(|_| ()).await;
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).to(Method::GET, "/mail/aliases"));
    let error = bench.perform(create(alias("sales@example.com"), targets(&["me@example.com"]))).await;
    assert_eq!(error.expect_err("no list").kind, ErrorKind::Protocol);
    assert_eq!(bench.forms("/mail/aliases/add").len(), 0);
}

#[tokio::test]
async fn an_address_that_is_no_box_is_told_apart() {
    let bench = Bench::new(|_| ()).await;
    let lost = connect(&format!("{}/elsewhere", bench.server.url()), me()).await.expect("a connection");
    let error = lost.perform(&nora(), &Plain).await.expect_err("404");
    assert_eq!(error.kind, ErrorKind::Protocol, "not `NotFound`, which would speak of the mailbox");
}
