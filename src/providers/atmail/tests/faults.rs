//! What goes wrong on the way.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn a_write_that_may_have_arrived_is_in_doubt_and_sent_once() {
    for (fault, kind, made) in [
        (FaultKind::LostReply, ErrorKind::Ambiguous, true),
        (FaultKind::ErrorAfterCommit, ErrorKind::Ambiguous, true),
        (FaultKind::HalfBody, ErrorKind::Ambiguous, true),
        (FaultKind::CutShort, ErrorKind::Ambiguous, true),
        (FaultKind::ErrorBefore, ErrorKind::Ambiguous, false),
        (FaultKind::HtmlPage, ErrorKind::Ambiguous, false),
        (FaultKind::Reset, ErrorKind::Ambiguous, false),
        (FaultKind::Throttled { retry_after: None }, ErrorKind::RateLimited, false),
    ] {
        let bench = Bench::new(|_| ()).await;
        bench.server.faults().add(Fault::new(fault.clone()).to_method(Method::POST));
        let error = bench.perform(&create(mailbox(ANN), person())).await.expect_err(fault.name());
        assert_eq!(error.kind, kind, "{fault:?}: {error}");
        assert_eq!(bench.calls().len(), 1, "{fault:?}: a write is never repeated");
        assert_eq!(bench.sandbox.snapshot().user(ANN).is_some(), made, "{fault:?}");
        assert!(
            error.call.as_deref().is_some_and(|call| call.contains("/users/create/name/ann@example.com"))
        );
        assert!(!format!("{error:?}").contains("canary"));
        // What became of it is found by looking.
        assert_eq!(bench.object(&mailbox(ANN), &[Field::State]).await.is_some(), made);
    }
}

#[tokio::test]
async fn a_read_back_that_fails_takes_nothing_back() {
    let bench = Bench::new(|_| ()).await;
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).to_method(Method::GET));
    let made = create(mailbox(ANN), person().with(Field::GivenName, Value::text("Ann")));
    let notes = bench.write(&made).await;
    assert!(notes.len() == 1 && notes[0].contains("could not be read back"), "{notes:?}");
}

#[tokio::test(start_paused = true)]
async fn reads_are_repeated_while_the_service_is_busy() {
    let bench = Bench::new(|rows| {
        rows.user(ANN, "x");
    })
    .await;
    bench.server.faults().add(Fault::new(FaultKind::Throttled { retry_after: Some(Duration::from_secs(7)) }));
    bench.server.faults().add(Fault::new(FaultKind::Unavailable { retry_after: None }).nth(2));
    assert!(bench.object(&mailbox(ANN), &[Field::State]).await.is_some());
    assert_eq!(bench.calls().len(), 3);
}

#[tokio::test]
async fn writes_go_one_at_a_time() {
    let bench = Bench::new(|_| ()).await;
    bench.server.faults().add(Fault::new(FaultKind::Slow(Duration::from_millis(30))).every());
    let changes: Vec<Change> =
        (0..4).map(|number| create(mailbox(&format!("m{number}@example.com")), person())).collect();
    let all = changes.iter().map(|change| bench.provider.perform(change, &Plain));
    for done in futures_util::future::join_all(all).await {
        done.expect("done");
    }
    assert_eq!(bench.server.counters().max_in_flight, 1);
}

#[tokio::test]
async fn secrets_that_the_service_shows_are_never_quoted() {
    let bench = Bench::odd(Quirk::ShowsSecrets, |rows| {
        rows.user(ANN, "shown-canary").admin("sub", "shown-canary", &[], &[]);
    })
    .await;
    let seen = bench.object(&mailbox(ANN), &[Field::State]).await.expect("a mailbox");
    assert!(!format!("{seen:?}").contains("canary"));
    // A document that is cut in the middle of it.
    bench.server.faults().add(Fault::new(FaultKind::HalfBody).every());
    for identity in [mailbox(ANN), Identity::administrator("sub")] {
        let (state, error) = bench.try_read(vec![one(&identity, &[Field::State, Field::Full])]).await;
        assert!(error.is_none());
        let reason = unknown(&state, &identity);
        assert!(reason.contains("may hold a secret") && !reason.contains("canary"), "{reason}");
    }
}
