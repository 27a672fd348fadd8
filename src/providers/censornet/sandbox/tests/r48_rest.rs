//! Rules 48 to 51: updates, query strings of changes, words of failure.

use std::time::Duration;

use serde_json::json;

use super::caller::{Caller, LIST, MAILBOX, json, new};
use crate::providers::censornet::sandbox::{Censornet, Refusals};
use crate::sandbox::{Fault, FaultKind};

/// The body of an update.
fn executive(id: u64, email_address_id: u64, executive: &str, address: &str) -> String {
    format!(
        r#"[{{"id":{id},"email_address_id":{email_address_id},"executive":{executive},"email_address":"{address}"}}]"#
    )
}

#[tokio::test]
async fn r48_updates_are_refused_or_change_one_flag() {
    let (id, email_address_id) = (12_765_948, 14_028_850);
    let good = executive(id, email_address_id, "1", "a@example.com");
    let caller = Caller::of(Censornet::builder()).await;
    assert_eq!(caller.change("PUT", &good).await.status(), 405);

    let caller = Caller::of(Censornet::builder().updates()).await;
    caller.sandbox.edit(|rows| {
        rows.mailbox("a@example.com");
    });
    for (body, status) in [
        (executive(1, email_address_id, "1", "a@example.com"), 404),
        (executive(id, 1, "1", "a@example.com"), 400),
        (executive(id, email_address_id, "1", "b@example.com"), 400),
        (executive(id, email_address_id, "2", "a@example.com"), 400),
        (executive(id, email_address_id, "true", "a@example.com"), 400),
        (good.replace("\"executive\"", "\"realname\":\"A\",\"executive\""), 400),
        (good.replace("\"executive\":1,", ""), 400),
        ("[]".into(), 400),
        ("{}".into(), 400),
    ] {
        assert_eq!(caller.change("PUT", &body).await.status(), status, "{body}");
    }
    assert!(!caller.sandbox.snapshot().mailboxes[0].executive);
    assert_eq!(caller.change("PUT", &good).await.status(), 200);
    assert!(caller.sandbox.snapshot().mailboxes[0].executive);
}

#[tokio::test]
async fn r49_changes_have_no_query_string() {
    let caller = Caller::of(Censornet::builder()).await;
    caller.sandbox.edit(|rows| {
        rows.mailbox("a@example.com");
    });
    let target = format!("{MAILBOX}?id=12765948");
    let named = caller.named("a@example.com");
    assert_eq!(caller.send_sized("DELETE", &target, &caller.headers, &named).await.status(), 400);
    let new = new(&["b@example.com"]);
    assert_eq!(caller.send_sized("POST", &target, &caller.headers, &new).await.status(), 400);
    assert_eq!(caller.sandbox.snapshot().addresses(), ["a@example.com"]);
}

#[tokio::test]
async fn r50_throttled_and_unavailable() {
    let caller = Caller::of(Censornet::builder()).await;
    for (retry_after, header) in [(Some(Duration::from_mins(2)), Some("120")), (None, None)] {
        for (kind, status) in
            [(FaultKind::Throttled { retry_after }, 429), (FaultKind::Unavailable { retry_after }, 503)]
        {
            caller.running.faults().add(Fault::new(kind));
            let seen = caller.create(&["a@example.com"]).await;
            assert_eq!((seen.status(), seen.header("retry-after").as_deref()), (status, header));
            assert!(json(&seen)["message"].is_string());
        }
    }
    assert_eq!(caller.sandbox.snapshot().addresses(), Vec::<&str>::new());
}

#[tokio::test]
async fn r51_the_shapes_of_failures() {
    let failed = "An internal error occurred.";
    for (form, expected) in [
        (Refusals::Message, json!({ "message": failed })),
        (Refusals::Unsuccessful, json!({ "message": failed })),
        (Refusals::Error, json!({ "error": "Internal Server Error", "error_description": failed })),
        (Refusals::Errors, json!({ "errors": [{ "message": failed }] })),
    ] {
        let caller = Caller::of(Censornet::builder().refusals(form)).await;
        caller.running.faults().add(Fault::new(FaultKind::ErrorAfterCommit));
        let seen = caller.create(&["a@example.com"]).await;
        assert_eq!((seen.status(), json(&seen)), (500, expected));
        assert_eq!(caller.sandbox.snapshot().addresses(), ["a@example.com"]);
        let unknown = json(&caller.send("GET", LIST, "", "").await);
        let words: Vec<&String> = unknown.as_object().unwrap().keys().collect();
        let same = json(&seen);
        assert_eq!(words, same.as_object().unwrap().keys().collect::<Vec<_>>());
    }
    let caller = Caller::of(Censornet::builder().refusals(Refusals::Html)).await;
    caller.running.faults().add(Fault::new(FaultKind::ErrorBefore));
    for status in [500, 404] {
        let seen = caller.send("GET", "/nowhere", &caller.headers, "").await;
        assert_eq!((seen.status(), seen.header("content-type").as_deref()), (status, Some("text/html")));
        assert!(seen.body().starts_with("<html>"));
    }
}
