//! What goes wrong on the way, and what the client makes of it.

use std::time::Duration;

use super::*;

const NORA: &str = "nora@example.com";

#[tokio::test]
async fn a_write_is_sent_once_and_its_doubt_is_told() {
    for (fault, kind, made) in [
        (FaultKind::ErrorBefore, ErrorKind::Ambiguous, false),
        (FaultKind::ErrorAfterCommit, ErrorKind::Ambiguous, true),
        (FaultKind::LostReply, ErrorKind::Ambiguous, true),
        (FaultKind::Reset, ErrorKind::Ambiguous, false),
        (FaultKind::Unavailable { retry_after: None }, ErrorKind::Ambiguous, false),
        (FaultKind::HtmlPage, ErrorKind::Ambiguous, false),
        (FaultKind::Throttled { retry_after: None }, ErrorKind::RateLimited, false),
    ] {
        let bench = Bench::new(|_| ()).await;
        bench.server.faults().add(Fault::new(fault.clone()).to_method(Method::POST));
        let error = bench.perform(&create(mailbox(NORA), person("Nora"))).await.expect_err(fault.name());
        assert_eq!(error.kind, kind, "{fault:?}: {error}");
        assert_eq!(bench.calls().len(), 1, "{fault:?}: a write is never repeated");
        assert_eq!(bench.sandbox.snapshot().mailbox(NORA).is_some(), made, "{fault:?}");
        // What became of it is found with one call.
        assert_eq!(bench.object(&mailbox(NORA), &[Field::State]).await.is_some(), made);
        assert_eq!(bench.calls().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn every_seventh_call_is_throttled() {
    let bench = Bench::new(|rows| {
        for number in 0..40 {
            rows.mailbox(&format!("m{number:02}@example.com"), "Secret123!");
        }
    })
    .await;
    for number in 0..20 {
        let throttled = FaultKind::Throttled { retry_after: None };
        bench.server.faults().add(Fault::new(throttled).nth(7 * (number + 1) - number));
    }
    let state =
        bench.read(vec![whole(Kind::Mailbox, &[Field::GivenName]), whole(Kind::Permission, &[])]).await;
    assert_eq!(state.objects.len(), 40);
    let calls = bench.calls().len();
    assert!(calls > 81, "{calls}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_counts_by_the_minute_is_waited_for() {
    let bench = Bench::with(
        |builder| builder,
        keys(),
        |rows| {
            rows.mailbox(NORA, "Secret123!");
        },
    )
    .await;
    let throttled = FaultKind::Throttled { retry_after: None };
    bench.server.faults().add(Fault::new(throttled).times(11));
    let start = tokio::time::Instant::now();
    bench.read(vec![whole(Kind::Mailbox, &[])]).await;
    assert_eq!(bench.calls().len(), 12);
    assert!(start.elapsed() > Duration::from_mins(1), "{:?}", start.elapsed());
}

#[tokio::test]
async fn throttled_is_told_from_refused_in_every_wording() {
    use super::super::sandbox::FaultStyle;
    for style in [FaultStyle::Json, FaultStyle::TrailingComma, FaultStyle::ShortNames, FaultStyle::HeaderOnly]
    {
        let bench = Bench::with(|builder| builder.fault_style(style), keys(), |_| ()).await;
        bench
            .server
            .faults()
            .add(Fault::new(FaultKind::Throttled { retry_after: None }).to_method(Method::POST));
        let error = bench.perform(&create(mailbox(NORA), person("Nora"))).await.expect_err("throttled");
        assert_eq!(error.kind, ErrorKind::RateLimited, "{style:?}");
        // The keys are as good as before.
        bench.write(&create(mailbox(NORA), person("Nora"))).await;
        let mut wrong = keys();
        wrong[1] = ("secret_key", secret("wrong-secret"));
        let provider = connect(&bench.server.url(), wrong).await;
        let error = provider.perform(&create(mailbox("x@example.com"), person("X")), &Plain).await;
        assert_eq!(error.expect_err("refused").kind, ErrorKind::Auth, "{style:?}");
    }
}

#[tokio::test]
async fn a_detail_that_fails_is_a_mailbox_with_fields_that_were_not_read() {
    let bench = Bench::new(|rows| {
        rows.mailbox(NORA, "Secret123!").mailbox("ann@example.com", "Secret123!");
    })
    .await;
    let path = "/v1/customers/me/domains/example.com/ex/mailboxes/nora";
    let fault = || Fault::new(FaultKind::HtmlPage).to(Method::GET, path);
    bench.server.faults().add(fault());
    let parts = vec![whole(Kind::Mailbox, &[Field::GivenName, Field::State]), whole(Kind::Alias, &[])];
    let (state, error) = bench.try_read(parts).await;
    assert!(error.is_none());
    let nora = &state.objects[&mailbox(NORA)];
    assert_eq!(nora.fields.value(&Field::DisplayName), Some(&Value::text("nora")), "the list told it");
    assert!(not_read(nora, &Field::GivenName).contains(path));
    assert!(state.objects[&mailbox("ann@example.com")].fields.value(&Field::GivenName).is_some());
    assert!(matches!(state.look(&alias("sales@example.com")), Looked::Unknown(_)));
    assert_eq!(state.incomplete().len(), 1, "the mailboxes are complete, the aliases are not");

    // Asked for alone, nobody knows whether it is there.
    bench.server.faults().add(fault());
    let (state, _) = bench.try_read(vec![part(Collection::object(&mailbox(NORA)), &[])]).await;
    assert!(matches!(state.look(&mailbox(NORA)), Looked::Unknown(_)));
}

#[tokio::test]
async fn a_mailbox_that_could_not_be_read_is_not_absent_because_others_were() {
    let bench = Bench::new(|rows| {
        rows.mailbox(NORA, "Secret123!").mailbox("ann@example.com", "Secret123!");
    })
    .await;
    let path = "/v1/customers/me/domains/example.com/ex/mailboxes/nora";
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).to(Method::GET, path).every());
    // The search for the alias lists the domain, and that list has her.
    let sales = alias("sales@example.com");
    let parts = vec![part(Collection::object(&mailbox(NORA)), &[]), part(Collection::object(&sales), &[])];
    let (state, _) = bench.try_read(parts).await;
    assert!(matches!(state.look(&mailbox(NORA)), Looked::Unknown(_)));
    assert!(matches!(state.look(&sales), Looked::Unknown(_)));
}

#[tokio::test]
async fn a_mailbox_that_goes_while_it_is_read_is_absent() {
    let bench = Bench::new(|rows| {
        rows.mailbox(NORA, "Secret123!").mailbox("ann@example.com", "Secret123!");
    })
    .await;
    let sandbox = bench.sandbox.clone();
    let gone = FaultKind::Meanwhile(Arc::new(move || {
        sandbox.edit(|rows| {
            rows.remove_mailbox(NORA);
        });
    }));
    bench.server.faults().add(Fault::new(gone).nth(2));
    let kinds = [Kind::Mailbox, Kind::Alias, Kind::Permission];
    let state = bench.read(kinds.map(|kind| whole(kind, &[Field::GivenName])).to_vec()).await;
    let names: Vec<String> = state.objects.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["ann@example.com"]);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_goes_away_ends_the_reading_in_time() {
    let bench = Bench::new(|rows| {
        for number in 0..60 {
            rows.mailbox(&format!("m{number:02}@example.com"), "Secret123!");
        }
    })
    .await;
    bench.server.faults().add(Fault::new(FaultKind::Unavailable { retry_after: None }).nth(2).every());
    let (state, _) = bench.try_read(vec![whole(Kind::Mailbox, &[Field::GivenName])]).await;
    assert_eq!(state.objects.len(), 60);
    assert!(
        state.objects.values().any(|mailbox| not_read(mailbox, &Field::GivenName).contains("not asked for"))
    );
    assert!(bench.calls().len() < 100, "{}", bench.calls().len());

    bench.server.faults().clear();
    bench.server.faults().add(Fault::new(FaultKind::Unavailable { retry_after: None }).every());
    let (state, error) = bench.try_read(vec![whole(Kind::Mailbox, &[])]).await;
    assert_eq!(error.expect("no service").kind, ErrorKind::Unavailable);
    assert_eq!(state.incomplete().len(), 1);
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_no_missing_mailbox() {
    let bench = Bench::new(|_| ()).await;
    let lost = connect(&format!("{}/elsewhere", bench.server.url()), keys()).await;
    let (state, _) = read(&*lost, &Scope::of(vec![part(Collection::object(&mailbox(NORA)), &[])])).await;
    match state.look(&mailbox(NORA)) {
        Looked::Unknown(reason) => assert!(reason.contains("/elsewhere/v1/"), "{reason}"),
        other => panic!("{other:?}"),
    }
}
