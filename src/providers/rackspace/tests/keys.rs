//! Who signs, what wrong keys cost, and that neither key is ever shown.

use super::*;
use crate::provider::CheckState;

fn wrong() -> Vec<(&'static str, Param)> {
    let mut params = keys();
    params[1] = ("secret_key", secret("wrong-secret-canary"));
    params
}

#[tokio::test]
async fn wrong_keys_cost_one_call() {
    let bench = Bench::with(|builder| builder, wrong(), |_| ()).await;
    let other = connect(&bench.server.url(), wrong()).await;
    let scope = Scope::of(vec![whole(Kind::Mailbox, &[Field::State]), whole(Kind::Permission, &[])]);
    let reads = futures_util::future::join_all([
        read(&*bench.provider, &scope),
        read(&*other, &scope),
        read(&*bench.provider, &scope),
    ]);
    for (state, error) in reads.await {
        let error = error.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth);
        assert!(error.message.contains("Authentication failed"), "{error}");
        assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("clock")), "{error:?}");
        assert_eq!(state.incomplete().len(), 2);
    }
    let error = bench.provider.perform(&create(mailbox("x@example.com"), person("X")), &Plain).await;
    assert_eq!(error.expect_err("refused").kind, ErrorKind::Auth);
    let checks = bench.provider.check().await;
    assert_eq!((&*checks[1].name, checks[1].state), ("credentials", CheckState::Failed));
    assert_eq!(bench.calls().len(), 1, "one call in all");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    let build = |builder: Builder| builder.clock("2026-01-01T00:00:00Z".parse().expect("a time"));
    let bench = Bench::with(build, keys(), |_| ()).await;
    let checks = bench.provider.check().await;
    let credentials = checks.iter().find(|check| check.name == "credentials").expect("a check");
    assert_eq!(credentials.state, CheckState::Failed);
    assert!(credentials.detail.contains("clock"), "{}", credentials.detail);
}

#[tokio::test]
async fn doctor_tells_of_the_account() {
    let bench = Bench::new(|rows| {
        rows.domain("second.example").service("second.example", super::super::sandbox::ServiceType::RsEmail);
    })
    .await;
    let checks = bench.provider.check().await;
    let states: Vec<(&str, CheckState)> = checks.iter().map(|check| (&*check.name, check.state)).collect();
    assert!(
        states.iter().all(|(name, state)| *state == CheckState::Passed || *name == "clock"),
        "{checks:?}"
    );
    let account = checks.iter().find(|check| check.name == "account").expect("a check");
    assert_eq!(account.detail, "account 100012: 2 domains, 1 with Exchange");
    assert_eq!(bench.calls().len(), 1);
    assert_eq!(bench.provider.account().as_deref(), Some("100012"));
}

#[tokio::test]
async fn a_connection_names_its_account() {
    let mut params = keys();
    params.push(("account", Param::Text("100012".into())));
    let bench = Bench::with(
        |builder| builder,
        params,
        |rows| {
            rows.mailbox("jane@example.com", "Secret123!");
        },
    )
    .await;
    assert_eq!(bench.provider.account().as_deref(), Some("100012"));
    bench.read(vec![whole(Kind::Mailbox, &[])]).await;
    assert_eq!(
        bench.calls(),
        ["GET /v1/customers/100012/domains/example.com/ex/mailboxes?offset=0&size=100"]
    );
    let mut params = keys();
    params.push(("version", Param::Text("v2".into())));
    let bench = Bench::with(|builder| builder.version("v2"), params, |_| ()).await;
    bench.read(vec![whole(Kind::Mailbox, &[])]).await;
}

#[tokio::test]
async fn every_call_is_signed_anew_and_shows_nothing() {
    let bench = Bench::new(|_| ()).await;
    for fault in [FaultKind::LostReply, FaultKind::HtmlPage, FaultKind::ErrorBefore, FaultKind::Reset] {
        bench.server.faults().add(Fault::new(fault).to_method(Method::POST));
        let error =
            bench.perform(&create(mailbox("nora@example.com"), person("Nora"))).await.expect_err("a fault");
        let shown = format!("{error:?} {error} {:?} {:?}", bench.provider, bench.provider.check().await);
        for canary in ["password-canary", Sandbox::USER_KEY, Sandbox::SECRET_KEY] {
            assert!(!shown.contains(canary), "{shown}");
        }
        let requests = bench.server.requests();
        for request in &requests {
            assert_eq!(request.headers["accept"], "application/json");
            assert_eq!(request.headers["user-agent"], crate::http::USER_AGENT);
            assert!(
                request.headers["x-api-signature"].to_str().expect("text").starts_with(Sandbox::USER_KEY)
            );
        }
    }
}
