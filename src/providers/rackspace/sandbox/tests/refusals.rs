//! How refusals are worded, and throttling.

use std::time::Duration;

use axum::http::Method;

use super::client::{AGENT, ALEX, Client, JSON, MAILBOXES, assert_fault, now, signed, signed_by};
use crate::providers::rackspace::sandbox::{FaultStyle, Rackspace};
use crate::sandbox::{Fault, FaultKind};

#[tokio::test]
async fn r20_a_fault_tells_message_details_and_code() {
    let client = Client::default().await;
    client.sandbox.set_clock("2014-04-11T15:03:24Z".parse().unwrap());
    let headers = signed(AGENT, "20140411150324") + JSON;
    let seen = client.raw("GET", &format!("{MAILBOXES}?size=x"), &headers, "").await;
    assert_eq!(
        (seen.status(), seen.body().as_str()),
        (
            400,
            r#"{"badRequestFault":{"message":"Invalid value for size: x","details":"4/11/2014 3:03:24 PM","code":400}}"#
        )
    );
    assert_eq!(seen.header("x-error-message").as_deref(), Some("Invalid value for size: x"));
    assert_eq!(seen.header("content-type").as_deref(), Some("application/json; charset=utf-8"));
}

#[tokio::test]
async fn r21_faults_come_in_other_styles() {
    for (style, beginning, end) in [
        (FaultStyle::TrailingComma, r#"{"itemNotFoundFault":{"message":"#, r#""resourceType":"Mailbox",}}"#),
        (FaultStyle::ShortNames, r#"{"itemNotFound":{"message":"#, r#""resourceType":"Mailbox"}}"#),
        (FaultStyle::HeaderOnly, "", ""),
    ] {
        let client = Client::new(Rackspace::builder().fault_style(style)).await;
        let seen = client.mailbox("GET", "alex", "").await;
        let body = seen.body();
        assert_eq!(seen.status(), 404);
        assert!(body.starts_with(beginning) && body.ends_with(end), "{body}");
        assert_eq!(body.is_empty(), style == FaultStyle::HeaderOnly);
        assert_eq!(seen.header("x-error-message").as_deref(), Some("alex@example.com not found"));
        client.running.faults().add(Fault::new(FaultKind::ErrorBefore));
        let failed = client.mailbox("GET", "alex", "").await;
        assert_eq!(failed.body().is_empty(), style == FaultStyle::HeaderOnly);
    }
}

#[tokio::test]
async fn r22_what_is_not_found_is_told() {
    let client = Client::default().await;
    for (path, kind) in [
        ("/v1/domains/nowhere.org", "Domain"),
        ("/v1/domains/nowhere.org/ex/mailboxes/alex", "Domain"),
        ("/v1/domains/example.com/ex/mailboxes/alex", "Mailbox"),
        ("/v1/domains/example.com/ex/mailboxes/alex/permissions", "Mailbox"),
        ("/v1/domains/example.com/ex/mailboxes/alex@example.com", "Mailbox"),
    ] {
        let seen = client.call("GET", path, "").await;
        let body: serde_json::Value = serde_json::from_str(&seen.body()).unwrap();
        assert_eq!((seen.status(), &body["itemNotFoundFault"]["resourceType"]), (404, &kind.into()));
    }
}

#[tokio::test]
async fn r23_throttled_differs_from_wrong_credentials_in_its_message_alone() {
    let client = Client::default().await;
    client.running.faults().add(Fault::new(FaultKind::Throttled { retry_after: None }));
    let seen = client.mailbox("POST", "alex", ALEX).await;
    assert_fault(&seen, 403, "unauthorizedFault", "Exceeded request limits");
    assert_eq!(seen.header("x-error-message").as_deref(), Some("Exceeded request limits"));
    assert_eq!(seen.header("retry-after"), None);
    assert_eq!(client.sandbox.snapshot().mailboxes().count(), 0);
    let after = Some(Duration::from_secs(3));
    client.running.faults().add(Fault::new(FaultKind::Throttled { retry_after: after }));
    assert_eq!(client.mailbox("GET", "alex", "").await.header("retry-after").as_deref(), Some("3"));
}

#[tokio::test(start_paused = true)]
async fn r24_each_user_key_has_its_limits() {
    let builder = Rackspace::builder()
        .credentials(Rackspace::USER_KEY, Rackspace::SECRET_KEY)
        .credentials("other", "secret")
        .reads_per_minute(2)
        .writes_per_minute(1);
    let client = Client::new(builder).await;
    let other = signed_by("other", "secret", AGENT, &now()) + JSON;
    assert_eq!(client.mailbox("GET", "alex", "").await.status(), 404);
    assert_eq!(client.mailbox("POST", "alex", ALEX).await.status(), 200);
    for method in ["POST", "PUT", "DELETE"] {
        let seen = client.mailbox(method, "alex", "").await;
        assert_fault(&seen, 403, "unauthorizedFault", "Exceeded request limits");
    }
    assert_eq!(client.mailbox("GET", "alex", "").await.status(), 200);
    assert_eq!(client.mailbox("GET", "alex", "").await.status(), 403);
    assert_eq!(client.raw("GET", MAILBOXES, &other, "").await.status(), 200);
    let unsigned = client.raw("GET", MAILBOXES, JSON, "").await;
    assert_fault(&unsigned, 403, "unauthorizedFault", "Authentication failed.");
    // Before the format is looked at.
    let unlabelled = client.raw("GET", MAILBOXES, &signed(AGENT, &now()), "").await;
    assert_fault(&unlabelled, 403, "unauthorizedFault", "Exceeded request limits");
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(client.mailbox("GET", "alex", "").await.status(), 200);
    assert_eq!(client.mailbox("DELETE", "alex", "").await.status(), 200);
}

#[tokio::test]
async fn r25_failures_and_outages_are_faults() {
    let client = Client::default().await;
    client.running.faults().add(Fault::new(FaultKind::ErrorAfterCommit).to_method(Method::POST));
    let seen = client.mailbox("POST", "alex", ALEX).await;
    assert_fault(&seen, 500, "appsFault", "An unexpected error occurred");
    assert_eq!(client.sandbox.snapshot().mailboxes().count(), 1);
    let retry_after = Some(Duration::from_secs(9));
    client.running.faults().add(Fault::new(FaultKind::Unavailable { retry_after }));
    let seen = client.mailbox("GET", "alex", "").await;
    assert_fault(&seen, 503, "appsFault", "Service unavailable");
    assert_eq!(seen.header("retry-after").as_deref(), Some("9"));
}
