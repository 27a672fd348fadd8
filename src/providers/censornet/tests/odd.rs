//! Answers that the document does not show: logins of other shapes, and errors that quote what was sent.

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};

use super::*;
use crate::sandbox::Simulator;

const EMPTY: &str = r#"{"data":[],"meta":{"page":1,"page_size":20,"total":0,"total_pages":0}}"#;

/// A service that answers logins so, and lists nothing.
async fn answering(status: u16, body: &'static str) -> Running {
    let status = StatusCode::from_u16(status).expect("a status");
    let router = Router::new()
        .route("/auth", post(move || async move { (status, body) }))
        .route(LIST, get(async || EMPTY));
    start(Simulator::new("odd", router)).await.expect("a server")
}

async fn reading(
    server: &Running,
    account_id: Option<&str>,
) -> (Arc<dyn Provider>, ConnectionState, Option<ProviderError>) {
    let login = me().into_iter().chain(account_id.map(|id| ("account_id", text(id))));
    let provider = connect(&server.url(), login).await.expect("a connection");
    let (state, error) = read(&*provider, &scope(everything())).await;
    (provider, state, error)
}

#[tokio::test]
async fn a_login_without_a_token_is_refused_whatever_else_it_says() {
    for (status, body) in [
        (200, ""),
        (204, ""),
        (200, "{}"),
        (200, "[]"),
        (200, "null"),
        (200, r#"{"access_token":null,"accounts_id":"a"}"#),
        (200, r#"{"access_token":" ","accounts_id":"a"}"#),
        (202, r#"{"two_factor":true,"challenge":"c4nary"}"#),
        (400, r#"{"message":"c4nary"}"#),
        (401, "c4nary"),
        (403, ""),
        (422, ""),
    ] {
        let server = answering(status, body).await;
        let (provider, _, error) = reading(&server, Some("a")).await;
        let error = error.expect(body);
        assert_eq!(error.kind, ErrorKind::Auth, "{status} {body}: {error}");
        assert!(error.message.contains(&status.to_string()), "{error}");
        assert!(!format!("{error:?}").contains("c4nary"), "a login's answer is not quoted: {error:?}");
        assert_eq!(
            provider.perform(&create("a@example.com"), &Plain).await.expect_err("as before").kind,
            error.kind
        );
        assert_eq!(server.counters().total, 1, "{status} {body}");
    }
}

#[tokio::test]
async fn a_login_that_is_none_of_the_service_s_is_no_refusal() {
    for (status, body, kind) in [
        (404, "<html><title>nginx</title></html>", ErrorKind::Protocol),
        (405, "", ErrorKind::Protocol),
        (500, "", ErrorKind::Unavailable),
        (200, "<html><title>portal</title></html>", ErrorKind::Unavailable),
        (200, r#"{"access_token":"t0ken","expires_in":"soon","accounts_id":"a"}"#, ErrorKind::Protocol),
        (200, r#"{"access_token":"t0ken","expires_in":-1,"accounts_id":"a"}"#, ErrorKind::Protocol),
    ] {
        let server = answering(status, body).await;
        let (provider, _, error) = reading(&server, None).await;
        let error = error.expect(body);
        assert_eq!(error.kind, kind, "{status} {body}: {error}");
        assert!(!format!("{error:?}").contains("t0ken"), "{error:?}");
        let (_, again) = read(&*provider, &scope(everything())).await;
        assert!(again.is_some());
        assert_eq!(server.counters().total, 2, "{status} {body}: the next call tries again");
    }
}

#[tokio::test]
async fn a_login_is_read_generously() {
    for (body, account) in [
        (r#"{"access_token":"t0ken","token_type":"Bearer","expires_in":"86400","accounts_id":"a"}"#, "a"),
        (r#"{"access_token":"t0ken","expires_in":86400,"accounts_id":17,"roles":[{"x":1}]}"#, "17"),
        (r#"{"access_token":"t0ken","expires_in":0,"accounts_id":"a"}"#, "a"),
        (r#"{"access_token":"t0ken","accounts_id":"a"}"#, "a"),
    ] {
        let server = answering(200, body).await;
        let (provider, state, error) = reading(&server, None).await;
        assert!(error.is_none(), "{body}: {error:?}");
        assert_eq!(state.account.as_deref(), Some(account));
        read(&*provider, &scope(everything())).await;
        assert_eq!(server.counters().of(&Method::POST, "/auth"), 1, "{body}");
        assert!(!format!("{provider:?}").contains("t0ken"));
    }
}

#[tokio::test]
async fn an_account_must_come_from_somewhere() {
    let server = answering(201, r#"{"access_token":"t0ken","expires_in":86400}"#).await;
    let (provider, _, error) = reading(&server, None).await;
    let error = error.expect("no account");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("named no account"), "{error}");
    assert!(error.hint.is_some_and(|hint| hint.contains("`account_id`")));
    assert_eq!(server.counters().of(&Method::GET, LIST), 0, "nothing is sent for no account");
    let checks = provider.check().await;
    assert_eq!(checks.last().map(|check| check.name.as_str()), Some("account"));

    let (provider, state, error) = reading(&server, Some("given")).await;
    assert!(error.is_none());
    assert_eq!(state.account.as_deref(), Some("given"));
    assert!(provider.check().await[2].detail.contains("did not say"));
    assert_eq!(server.counters().of(&Method::POST, "/auth"), 1);
}

/// A service whose every answer but the login's quotes what it was sent.
async fn echoing(status: u16, around: fn(&str) -> String) -> Running {
    let status = StatusCode::from_u16(status).expect("a status");
    let echo = move |headers: HeaderMap| async move {
        let token = headers["authorization"].to_str().expect("text").to_owned();
        (status, around(&format!("{token} of admin@example.com with adminpass123")))
    };
    let login = r#"{"access_token":"t0ken-of-this-session","expires_in":86400,"accounts_id":"a"}"#;
    let router = Router::new()
        .route("/auth", post(move || async move { login }))
        .route(LIST, get(echo))
        .route(STORE, post(echo).delete(echo));
    start(Simulator::new("echo", router)).await.expect("a server")
}

#[tokio::test(start_paused = true)]
async fn a_service_that_quotes_what_it_was_sent_is_not_quoted() {
    for status in [200, 400, 401, 403, 404, 409, 418, 500] {
        for around in [
            |said: &str| said.to_owned(),
            |said: &str| format!(r#"{{"success":false,"message":"{said}"}}"#),
            |said: &str| format!("<html><head><title>{said}</title></head></html>"),
            // Cut in the middle of the token, were it cut before it is hidden.
            |said: &str| format!("{}{said}", "x".repeat(185)),
            |said: &str| format!(r#"{{"data":"{said}","meta":{{}}}}"#),
        ] {
            let server = echoing(status, around).await;
            let (provider, _, error) = reading(&server, None).await;
            let mut told = vec![format!("{error:?} {provider:?}")];
            told.push(format!("{:?}", provider.perform(&create("a@example.com"), &Plain).await));
            told.push(format!("{:?}", provider.check().await));
            for canary in ["t0ken", "adminpass123"] {
                assert!(!told.concat().contains(canary), "{status}: {told:?}");
            }
        }
    }
}
