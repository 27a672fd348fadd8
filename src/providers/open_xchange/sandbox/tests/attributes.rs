//! Attributes of a user.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::client::{ANN, Client, USERS, bob, error, user};
use crate::providers::open_xchange::sandbox::{OpenXchange, Quirk};

/// A user record with one more key.
fn record(key: &str, value: Value) -> Value {
    let mut record = json!({
        "context-id": 24, "user-id": 3, "uidname": "ann@example.com", "classofservice": "cloud_pim",
    });
    record[key] = value;
    record
}

const TEXTS: [&str; 4] = ["msisdn", "oxdeliverystatus", "oxlegacyref", "oxantiphishing"];

#[tokio::test]
async fn r25_a_read_tells_one_key() {
    let client = Client::default().await;
    for (key, value) in [
        ("classofservice", json!(["cloud_pim"])),
        ("uidname", json!("ann@example.com")),
        ("antivirus", json!(true)),
        ("spamlevel", json!("medium")),
        ("quotamode", json!("unified")),
    ] {
        assert_eq!(client.get(&format!("{ANN}/{key}")).await, json!({ key: value }));
        let nobody = format!("/oxaas/v1/admin/contexts/24/users/9/{key}");
        assert_eq!(client.delete(&nobody).await.0, if key == "classofservice" { 404 } else { 405 });
        assert_eq!(client.status("GET", &nobody).await, 404);
    }
    for key in TEXTS.into_iter().chain(["custom"]) {
        assert_eq!(client.status("GET", &format!("{ANN}/{key}")).await, 404, "{key}");
    }
    assert_eq!(client.status("GET", "/oxaas/v1/admin/contexts/99/users/3/spamlevel").await, 404);
}

#[tokio::test]
async fn r26_a_write_answers_with_the_record() {
    for key in TEXTS {
        let client = Client::default().await;
        let path = format!("{ANN}/{key}");
        for value in ["one", "two"] {
            let seen = client.send("PUT", &path, json!({ key: value })).await;
            assert_eq!(seen, (200, record(key, json!(value))));
            assert_eq!(client.get(&path).await, json!({ key: value }));
        }
        let nobody = format!("/oxaas/v1/admin/contexts/24/users/9/{key}");
        let seen = client.send("PUT", &nobody, json!({ key: "x" })).await;
        assert_eq!(seen, error(404, "User does not exist"));
    }
}

#[tokio::test]
async fn r27_a_delete_answers_with_the_record() {
    let client = Client::default().await;
    for key in TEXTS {
        let path = format!("{ANN}/{key}");
        client.send("PUT", &path, json!({ key: "one" })).await;
        assert_eq!(client.delete(&path).await, (200, record("user-id", json!(3))));
        assert_eq!(client.delete(&path).await, error(404, &format!("{key} not found in user")));
        assert_eq!(client.status("GET", &path).await, 404);
    }
    for key in ["uidname", "antivirus", "spamlevel", "quotamode"] {
        assert_eq!(client.delete(&format!("{ANN}/{key}")).await.0, 405, "{key}");
    }
    assert_eq!(client.send("PUT", &format!("{ANN}/quotamode"), json!({"quotamode": "x"})).await.0, 405);
}

#[tokio::test]
async fn r28_custom_ids() {
    let path = format!("{ANN}/custom");
    let client = Client::default().await;
    client.send("PUT", &path, json!({"custom": "one"})).await;
    let seen = client.send("PUT", &path, json!({"custom": "two"})).await;
    assert_eq!(seen, (200, record("user-id", json!(3))));
    assert_eq!(client.get(&path).await, json!({"custom": ["two"]}));
    assert_eq!(client.delete(&path).await.0, 200);
    assert_eq!(client.status("GET", &path).await, 404);

    let client =
        Client::new(OpenXchange::builder().with(Quirk::CustomAdds).with(Quirk::CustomInRecord)).await;
    client.send("PUT", &path, json!({"custom": "one"})).await;
    let seen = client.send("PUT", &path, json!({"custom": "two"})).await;
    assert_eq!(seen, (200, record("custom", json!(["one", "two"]))));
    assert_eq!(client.get(&path).await, json!({"custom": ["one", "two"]}));
}

#[tokio::test]
async fn r29_classes_of_service() {
    let path = format!("{ANN}/classofservice");
    let client = Client::default().await;
    for empty in [json!([]), json!([""])] {
        assert_eq!(client.send("PUT", &path, json!({"classofservice": empty})).await.0, 400);
    }
    let seen = client.send("PUT", &path, json!({"classofservice": ["a", "b"]})).await;
    assert_eq!(seen, (200, record("classofservice", json!(["a", "b"]))));
    let seen = client.send("PUT", &path, json!({"classofservice": ["a"]})).await;
    assert_eq!(seen, (200, record("classofservice", json!("a"))));
    assert_eq!(client.get(&path).await, json!({"classofservice": ["a"]}));
    assert_eq!(client.get(&user("ann@example.com")).await["classOfService"], json!(["a"]));
    assert_eq!(client.delete(&path).await.0, 200);
    assert_eq!(client.status("GET", &path).await, 404);

    let client = Client::with(Quirk::ServiceAsText).await;
    assert_eq!(client.get(&path).await, json!({"classofservice": "cloud_pim"}));
    for (quirk, unset) in
        [(Quirk::UnsetServiceIsEmptyText, json!("")), (Quirk::UnsetServiceIsEmptyList, json!([]))]
    {
        let client = Client::with(quirk).await;
        client.delete(&path).await;
        assert_eq!(client.get(&path).await, json!({"classofservice": unset}));
    }
}

#[tokio::test]
async fn r30_spam_level_and_antivirus() {
    let client = Client::default().await;
    let (level, virus) = (format!("{ANN}/spamlevel"), format!("{ANN}/antivirus"));
    for word in ["off", "LOW", ""] {
        assert_eq!(client.send("PUT", &level, json!({"spamlevel": word})).await.0, 400, "{word}");
    }
    for word in ["low", "high", "medium"] {
        let seen = client.send("PUT", &level, json!({"spamlevel": word})).await;
        assert_eq!(seen, (200, record("user-id", json!(3))));
        assert_eq!(client.get(&level).await, json!({"spamlevel": word}));
    }
    let seen = client.send("PUT", &virus, json!({"antivirus": false})).await;
    assert_eq!(seen, (200, record("user-id", json!(3))));
    assert_eq!(client.get(&virus).await, json!({"antivirus": false}));
}

#[tokio::test]
async fn r31_login_identity() {
    let client = Client::default().await;
    client.place("bob@example.com");
    let path = format!("{ANN}/uidname");
    let seen = client.send("PUT", &path, json!({"uidname": "Bob@example.com"})).await;
    assert_eq!(seen, error(409, "uidname Bob@example.com exists"));
    assert_eq!(client.send("PUT", &path, json!({"uidname": "Ann@example.com"})).await.0, 200);
    let seen = client.send("PUT", &path, json!({"uidname": "annie"})).await;
    assert_eq!(seen, (200, record("uidname", json!("annie"))));
    let ann = client.sandbox.snapshot().user("ann@example.com").unwrap().clone();
    assert_eq!((ann.name.as_str(), ann.uid_name.as_str()), ("ann@example.com", "annie"));
}

#[tokio::test]
async fn r32_quota_mode() {
    let client = Client::default().await;
    let path = format!("{ANN}/quotamode");
    client.send("PUT", &user("ann@example.com"), json!({"unifiedQuota": 5})).await;
    assert_eq!(client.get(&path).await, json!({"quotamode": "unified"}));
    client.send("PUT", &user("ann@example.com"), json!({"unifiedQuota": null, "mailQuota": 5})).await;
    assert_eq!(client.get(&path).await, json!({"quotamode": "separate"}));
}

#[tokio::test]
async fn r33_bulk() {
    let client = Client::default().await;
    let seen = client.send("POST", ANN, json!({"msisdn": "+49", "custom": ["a", "b"]})).await;
    assert_eq!(seen, (200, record("msisdn", json!("+49"))));
    assert_eq!(client.get(&format!("{ANN}/custom")).await, json!({"custom": ["a", "b"]}));
    let seen = client.send("POST", ANN, json!({"msisdn": "", "oxdeliverystatus": "OXAAS"})).await;
    assert_eq!(seen, (200, record("oxdeliverystatus", json!("OXAAS"))));
    assert_eq!(client.get(&format!("{ANN}/custom")).await, json!({"custom": ["a", "b"]}));
    client.send("POST", ANN, json!({"custom": []})).await;
    assert_eq!(client.status("GET", &format!("{ANN}/custom")).await, 404);
    for body in
        [json!({"custom": "a"}), json!({"custom": [""]}), json!({"uidname": "a"}), json!({"msisdn": null})]
    {
        assert_eq!(client.send("POST", ANN, body.clone()).await.0, 400, "{body}");
    }
}

#[tokio::test]
async fn r34_fresh_users_are_not_ready() {
    for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::NOT_FOUND] {
        let client = Client::new(OpenXchange::builder().fresh_attributes_fail(2, status)).await;
        assert_eq!(client.send("POST", USERS, bob()).await.0, 200);
        let path = "/oxaas/v1/admin/contexts/24/users/4/spamlevel";
        for _ in 0..2 {
            assert_eq!(client.status("GET", path).await, status.as_u16());
            client.get(&format!("{ANN}/spamlevel")).await;
        }
        assert_eq!(client.get(path).await, json!({"spamlevel": "medium"}));
    }
}
