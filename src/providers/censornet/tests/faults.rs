//! What goes wrong on the way, and what the client makes of it.

use std::time::Duration;

use axum::http::StatusCode;

use super::*;

#[tokio::test]
async fn a_write_is_sent_once_and_its_doubt_is_told() {
    let elsewhere = Bench::new(|_| ()).await;
    let wait = Some(Duration::from_secs(9));
    for (fault, kind, done) in [
        (FaultKind::ErrorBefore, ErrorKind::Ambiguous, false),
        (FaultKind::ErrorAfterCommit, ErrorKind::Ambiguous, true),
        (FaultKind::LostReply, ErrorKind::Ambiguous, true),
        (FaultKind::Reset, ErrorKind::Ambiguous, false),
        (FaultKind::HtmlPage, ErrorKind::Ambiguous, false),
        (FaultKind::Endless { limit: 80 << 20 }, ErrorKind::Ambiguous, true),
        (FaultKind::Unavailable { retry_after: wait }, ErrorKind::Ambiguous, false),
        (FaultKind::Throttled { retry_after: wait }, ErrorKind::RateLimited, false),
        (
            FaultKind::Redirect { status: StatusCode::TEMPORARY_REDIRECT, to: elsewhere.server.url() },
            ErrorKind::Protocol,
            false,
        ),
    ] {
        for method in [Method::POST, Method::DELETE] {
            let bench = Bench::new(|rows| {
                rows.mailbox("ann@example.com");
            })
            .await;
            let (change, address) = if method == Method::POST {
                (create("new@example.com"), "new@example.com")
            } else {
                (delete(&bench, "ann@example.com").await, "ann@example.com")
            };
            bench.server.faults().add(Fault::new(fault.clone()).to(method.clone(), STORE));
            let error = bench.perform(&change).await.expect_err(fault.name());
            assert_eq!(error.kind, kind, "{method} {fault:?}: {error}");
            assert_eq!(bench.server.counters().of(&method, STORE), 1, "{fault:?}: a write is never repeated");
            let is_there = bench.sandbox.snapshot().mailbox(address).is_some();
            assert_eq!(is_there, done == (method == Method::POST), "{method} {fault:?}");
            if matches!(fault, FaultKind::Throttled { .. } | FaultKind::Unavailable { .. }) {
                assert_eq!(error.retry_after, wait, "{fault:?}");
            }
        }
    }
    assert_eq!(elsewhere.count(), 0, "nothing followed the redirect");
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_until_the_service_answers() {
    for fault in [
        FaultKind::Reset,
        FaultKind::LostReply,
        FaultKind::CutShort,
        FaultKind::Unavailable { retry_after: Some(Duration::from_secs(2)) },
        FaultKind::Throttled { retry_after: None },
    ] {
        let bench = Bench::new(crowd(3)).await;
        bench.server.faults().add(Fault::new(fault.clone()).to(Method::GET, LIST).times(3));
        assert_eq!(bench.read(everything()).await.objects.len(), 3, "{fault:?}");
        assert_eq!(bench.count(), 5, "{fault:?}: a login and four readings");
    }
}

#[tokio::test]
async fn a_failed_look_before_a_removal_writes_nothing() {
    let bench = Bench::new(crowd(3)).await;
    let gone = delete(&bench, "u1@example.com").await;
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).to(Method::GET, LIST));
    assert_eq!(bench.perform(&gone).await.expect_err("no list").kind, ErrorKind::Protocol);
    assert_eq!(bench.server.counters().of(&Method::DELETE, STORE), 0);
}

#[tokio::test]
async fn a_missing_right_is_told_with_what_to_do() {
    let bench = Bench::with(Builder::without_the_right, me(), |_| ()).await;
    for error in [
        bench.try_read(everything()).await.1.expect("denied"),
        bench.perform(&create("ann@example.com")).await.expect_err("denied"),
    ] {
        assert_eq!(error.kind, ErrorKind::Denied);
        let hint = error.hint.expect("a hint");
        assert!(hint.contains("Manage Mailboxes") && hint.contains("account_id"), "{hint}");
    }
}

#[tokio::test]
async fn an_address_that_is_no_service_is_told_apart() {
    let bench = Bench::new(|_| ()).await;
    let lost = connect(&format!("{}/elsewhere", bench.server.url()), me()).await.expect("a connection");
    let error = lost.perform(&create("ann@example.com"), &Plain).await.expect_err("404");
    assert_eq!(error.kind, ErrorKind::Protocol, "not `NotFound`, which would speak of the address");
    assert!(error.hint.is_some_and(|hint| hint.contains("check `url`")));
}
