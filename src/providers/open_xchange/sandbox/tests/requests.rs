//! Bodies, parameters, and how answers are worded.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::client::{ANN, Client, FORWARDS, SHARED, USERS, answer, basic, bob, error, errors, user};
use crate::providers::open_xchange::sandbox::{ErrorStyle, OpenXchange, Quirk, WriteBody};
use crate::sandbox::{Fault, FaultKind};

#[tokio::test]
async fn r15_bodies_are_json() {
    let client = Client::default().await;
    let login = basic(OpenXchange::BRAND, OpenXchange::SECRET);
    let path = format!("{ANN}/msisdn");
    for (kind, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ] {
        let headers = format!("{login}Content-Type: {kind}\r\nContent-Length: 14\r\n");
        let seen = client.raw("PUT", &path, &headers, "{\"msisdn\":\"1\"}").await;
        assert_eq!(seen.status(), status, "{kind}");
    }
    assert_eq!(client.status("PUT", &path).await, 415);
    for broken in ["", "{", "{\"msisdn\":\"1\"} x", "{msisdn:1}"] {
        assert_eq!(answer(&client.text("PUT", &path, broken).await), error(400, "Malformed JSON"));
    }
}

#[tokio::test]
async fn r16_fields_are_known_and_typed() {
    let client = Client::default().await;
    for (key, body) in [
        ("msisdn", json!({})),
        ("msisdn", json!([])),
        ("msisdn", json!({"msisdn": 49})),
        ("msisdn", json!({"msisdn": ""})),
        ("msisdn", json!({"msisdn": null})),
        ("msisdn", json!({"msisdn": "1", "custom": "x"})),
        ("msisdn", json!({"Msisdn": "1"})),
        ("custom", json!({"custom": ["x"]})),
        ("antivirus", json!({"antivirus": "true"})),
        ("classofservice", json!({"classofservice": "cloud_pim"})),
    ] {
        assert_eq!(client.send("PUT", &format!("{ANN}/{key}"), body.clone()).await.0, 400, "{body}");
    }
    let mut more = bob();
    more["spamLevel"] = json!("low");
    assert_eq!(client.send("POST", USERS, more).await, errors(400, "Unknown field: spamLevel"));
    let ann = user("ann@example.com");
    for body in
        [json!({"Aliases": []}), json!({"aliases": "a@example.com"}), json!({"aliases": [1]}), json!([])]
    {
        assert_eq!(client.send("PUT", &ann, body.clone()).await.0, 400, "{body}");
    }
}

#[tokio::test]
async fn r17_bodies_where_none_belongs() {
    let client = Client::default().await;
    for (method, path) in [
        ("GET", format!("{ANN}/spamlevel")),
        ("DELETE", user("ann@example.com")),
        ("POST", format!("{SHARED}/new.example")),
        ("POST", format!("{ANN}/blacklist/x")),
        ("DELETE", "/oxaas/v1/admin/sessions/?contextId=24&userId=3".into()),
        ("POST", "/oxaas/v1/notification/welcome/3@24".into()),
    ] {
        assert_eq!(client.send(method, &path, json!({})).await.0, 400, "{method} {path}");
    }
    assert!(client.sandbox.snapshot().user("ann@example.com").is_some());
}

#[tokio::test]
async fn r18_bodies_are_bounded() {
    let client = Client::default().await;
    let path = format!("{ANN}/msisdn");
    let body = |length: usize| format!("{{\"msisdn\":\"{}\"}}", "1".repeat(length));
    assert_eq!(client.text("PUT", &path, &body(1024 * 1024)).await.status(), 413);
    assert_eq!(client.text("PUT", &path, &body(1024 * 1023)).await.status(), 200);
}

#[tokio::test]
async fn r19_parameters_are_known_and_sent_once() {
    let client = Client::default().await;
    for more in ["&limit=5", "&name=acme_shop", "&includeid=yes", "&includeid", "&pattern=%4"] {
        assert_eq!(client.status("GET", &format!("{USERS}{more}")).await, 400, "{more}");
    }
    for path in [format!("{ANN}/spamlevel?x=1"), format!("{SHARED}/*?x=1"), format!("{FORWARDS}?x=1")] {
        assert_eq!(client.status("GET", &path).await, 400, "{path}");
    }
    assert_eq!(client.send("POST", &format!("{USERS}&x=1"), bob()).await.0, 400);
    client.get(&format!("{USERS}&includeid=false&")).await;
}

#[tokio::test]
async fn r20_refusals_have_shapes() {
    let plugins = format!("{ANN}/custom");
    let cloud = user("nobody");
    let client = Client::default().await;
    let own = answer(&client.call("GET", &plugins).await);
    assert_eq!(own, error(404, "custom not found in user"));
    assert_eq!(answer(&client.call("GET", &cloud).await), errors(404, "User not found"));
    for (style, plugins_body, cloud_body, kind) in [
        (
            ErrorStyle::Errors,
            "{\"errors\":[{\"title\":\"custom not found in user\"}]}",
            "{\"errors\":[{\"title\":\"User not found\"}]}",
            Some("application/json"),
        ),
        (ErrorStyle::Text, "custom not found in user", "User not found", Some("text/plain; charset=utf-8")),
        (ErrorStyle::Null, "null", "null", Some("application/json")),
        (ErrorStyle::Empty, "", "", None),
    ] {
        let client = Client::new(OpenXchange::builder().error_style(style)).await;
        for (path, body) in [(&plugins, plugins_body), (&cloud, cloud_body)] {
            let seen = client.call("GET", path).await;
            assert_eq!((seen.status(), seen.body().as_str()), (404, body), "{style:?}");
            assert_eq!(seen.header("content-type").as_deref(), kind);
        }
    }
}

#[tokio::test]
async fn r21_writes_are_answered_as_told() {
    let path = format!("{ANN}/msisdn");
    for (body, text) in [(WriteBody::Null, "null"), (WriteBody::Empty, ""), (WriteBody::Text, "OK")] {
        let client = Client::new(OpenXchange::builder().write_body(body)).await;
        let seen = client.text("PUT", &path, "{\"msisdn\":\"1\"}").await;
        assert_eq!((seen.status(), seen.body().as_str()), (200, text));
        assert_eq!(client.get(&path).await, json!({"msisdn": "1"}));
        assert_eq!(client.send("POST", USERS, bob()).await.0, 200);
    }
    for status in [StatusCode::CREATED, StatusCode::NO_CONTENT] {
        let client = Client::new(OpenXchange::builder().write_status(status)).await;
        for seen in [
            client.text("PUT", &path, "{\"msisdn\":\"1\"}").await,
            client.text("POST", USERS, &bob().to_string()).await,
            client.call("POST", &format!("{ANN}/blacklist/x")).await,
        ] {
            assert_eq!(seen.status(), status.as_u16());
        }
        client.get(&path).await;
    }
}

#[tokio::test]
async fn r22_json_drifts_as_told() {
    let client = Client::with(Quirk::JsonAsText).await;
    for path in [format!("{ANN}/spamlevel"), format!("{ANN}/custom")] {
        let seen = client.call("GET", &path).await;
        assert_eq!(seen.header("content-type").as_deref(), Some("text/plain; charset=utf-8"));
    }
    let client = Client::with(Quirk::EmptyIsNull).await;
    assert_eq!(client.get(FORWARDS).await, Value::Null);
    assert_eq!(client.get(&format!("{USERS}&pattern=none")).await, Value::Null);
    assert_eq!(Client::default().await.get(FORWARDS).await, json!({}));
    let client = Client::with(Quirk::TextIds).await;
    let ann = client.get("/oxaas/v1/admin/users?search=ann@example.com").await;
    assert_eq!((&ann["context-id"], &ann["user-id"]), (&json!("24"), &json!("3")));
    assert_eq!(client.get(&format!("{}&includeid=true", user("ann@example.com"))).await["uid"], "3");
}

#[tokio::test]
async fn r23_faults_in_the_services_words() {
    let client = Client::default().await;
    let after = Some(Duration::from_secs(7));
    for (kind, status, message, wait) in [
        (FaultKind::Throttled { retry_after: after }, 429, "Too many requests", Some("7")),
        (FaultKind::Unavailable { retry_after: after }, 503, "Service unavailable", Some("7")),
        (FaultKind::ErrorBefore, 500, "Internal server error", None),
        (FaultKind::ErrorAfterCommit, 500, "Internal server error", None),
    ] {
        client.running.faults().add(Fault::new(kind));
        let seen = client.text("PUT", &format!("{ANN}/msisdn"), "{\"msisdn\":\"1\"}").await;
        assert_eq!(answer(&seen), error(status, message));
        assert_eq!(seen.header("retry-after").as_deref(), wait);
    }
    assert_eq!(client.sandbox.snapshot().user("ann@example.com").unwrap().msisdn.as_deref(), Some("1"));
}

#[tokio::test]
async fn r24_head_has_no_body() {
    let builder = OpenXchange::builder;
    for (builder, found, absent) in [(builder(), 200, 404), (builder().with(Quirk::NoHead), 405, 405)] {
        let client = Client::new(builder).await;
        client.sandbox.edit(|rows| {
            rows.forward(OpenXchange::CONTEXT, "a@example.com", &["r@x.org"]);
        });
        for (path, status) in [("a@example.com", found), ("b@example.com", absent)] {
            let seen = client.call("HEAD", &format!("{FORWARDS}/{path}")).await;
            assert_eq!((seen.status(), seen.body().as_str()), (status, ""));
        }
    }
}
