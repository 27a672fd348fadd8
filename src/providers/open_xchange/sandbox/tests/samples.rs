//! The samples of the document: what each of them shows is what the simulator answers.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Client, FORWARDS, SHARED, answer};
use crate::providers::open_xchange::sandbox::OpenXchange;

const U: &str = "/oxaas/v1/admin/contexts/24/users/42";

/// User 42 of context 24, as the samples have it, without a class of service.
async fn johndoe(msisdn: Option<&str>, status: Option<&str>) -> Client {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.user(OpenXchange::CONTEXT, "johndoe@example.com", "secret-1").user_id("johndoe@example.com", 42);
        rows.change("johndoe@example.com", |row| {
            row.classes_of_service.clear();
            row.msisdn = msisdn.map(str::to_owned);
            row.delivery_status = status.map(str::to_owned);
        });
    });
    client
}

const PHONE: &str = "+49.12345.6789";

fn record(more: &[(&str, &str)]) -> Value {
    let mut record = json!({"context-id": 24, "user-id": 42, "uidname": "johndoe@example.com"});
    for (key, value) in more {
        record[key] = json!(value);
    }
    record
}

#[tokio::test]
async fn records_after_writes() {
    let phone = ("msisdn", PHONE);
    let oxaas = ("oxdeliverystatus", "OXAAS");
    for (key, before, value, wanted) in [
        ("custom", (Some(PHONE), Some("OXAAS")), json!("string"), record(&[phone, oxaas])),
        ("msisdn", (None, None), json!(PHONE), record(&[phone])),
        ("classofservice", (None, None), json!(["cloud_pim"]), record(&[("classofservice", "cloud_pim")])),
        ("oxdeliverystatus", (Some(PHONE), None), json!("OXAAS"), record(&[phone, oxaas])),
        ("oxlegacyref", (None, None), json!("LEG_1"), record(&[("oxlegacyref", "LEG_1")])),
        (
            "oxantiphishing",
            (Some(PHONE), None),
            json!("replace-urls"),
            record(&[phone, ("oxantiphishing", "replace-urls")]),
        ),
        ("uidname", (Some(PHONE), Some("OXAAS")), json!("johndoe@example.com"), record(&[phone, oxaas])),
        ("antivirus", (Some(PHONE), Some("OXAAS")), json!(true), record(&[phone, oxaas])),
        ("spamlevel", (Some(PHONE), Some("OXAAS")), json!("medium"), record(&[phone, oxaas])),
    ] {
        let client = johndoe(before.0, before.1).await;
        let path = format!("{U}/{key}");
        assert_eq!(client.send("PUT", &path, json!({ key: value })).await, (200, wanted), "{key}");
        let read = if key == "custom" { json!(["string"]) } else { value };
        assert_eq!(client.get(&path).await, json!({ key: read }), "{key}");
    }
    let client = johndoe(None, None).await;
    let bulk = json!({"msisdn": PHONE, "oxdeliverystatus": "OXAAS", "custom": ["string"]});
    assert_eq!(client.send("POST", U, bulk).await, (200, record(&[phone, oxaas])));
    assert_eq!(client.get("/oxaas/v1/admin/users?search=johndoe@example.com").await, record(&[phone, oxaas]));
}

#[tokio::test]
async fn records_after_deletes() {
    let client = johndoe(Some(PHONE), Some("OXAAS")).await;
    for (key, value) in [("custom", json!("x")), ("oxantiphishing", json!("replace-urls"))] {
        client.send("PUT", &format!("{U}/{key}"), json!({ key: value })).await;
    }
    let phone = ("msisdn", PHONE);
    for (key, wanted) in [
        ("oxdeliverystatus", record(&[phone, ("oxantiphishing", "replace-urls")])),
        ("oxantiphishing", record(&[phone])),
        ("custom", record(&[phone])),
        ("msisdn", record(&[])),
    ] {
        assert_eq!(client.delete(&format!("{U}/{key}")).await, (200, wanted), "{key}");
    }
    assert_eq!(client.get(&format!("{U}/quotamode")).await, json!({"quotamode": "unified"}));
}

#[tokio::test]
async fn forwards_domains_and_notifications() {
    let client = Client::default().await;
    for alias in ["alias", "alias2"] {
        let path = format!("{FORWARDS}/{alias}@example.com");
        let body = json!({"recipient": "recipient1@example.com"});
        assert_eq!(client.send("POST", &path, body.clone()).await.1, Value::Null);
        assert_eq!(client.send("PUT", &path, body).await.1, Value::Null);
        assert_eq!(client.get(&path).await, json!(["recipient1@example.com"]));
    }
    let all = json!({
        "alias@example.com": ["recipient1@example.com"], "alias2@example.com": ["recipient1@example.com"],
    });
    assert_eq!(client.get(FORWARDS).await, all);
    assert_eq!(client.delete(&format!("{FORWARDS}/alias@example.com")).await.1, Value::Null);

    client.sandbox.edit(|rows| {
        rows.remove_user("ann@example.com").remove_shared_domain("example.com");
    });
    let domain = json!({"domain": "example.com"});
    assert_eq!(answer(&client.call("POST", &format!("{SHARED}/example.com")).await), (200, domain));
    assert_eq!(client.get(&format!("{SHARED}/example.com")).await, Value::Null);
    let seen = client.call("POST", "/oxaas/v1/notification/spamdisabled/3@4").await;
    assert_eq!(seen.body(), "3@4 has no primary mail address");
}

#[test]
fn every_operation_of_the_document_has_a_place() {
    let places = OpenXchange::places();
    let verbs = |name: &str| -> Vec<Method> {
        places.iter().find(|place| place.name == name).map(|place| place.verbs.clone()).unwrap_or_default()
    };
    let operations: usize =
        places.iter().filter(|place| !place.name.starts_with("v2_")).map(|place| place.verbs.len()).sum();
    // 76 operations stand in the document. One of the two over-quota mails has no name of its own; four checks
    // for domains are served under GET beside HEAD; adding to each list takes POST and PUT.
    assert_eq!(operations, DOCUMENTED - 1 + 3 + 2);
    assert_eq!(verbs("custom"), [Method::GET, Method::PUT, Method::DELETE]);
    assert_eq!(verbs("quotamode"), [Method::GET]);
}

/// How many operations the document has.
const DOCUMENTED: usize = 76;
