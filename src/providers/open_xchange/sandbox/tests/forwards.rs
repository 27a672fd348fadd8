//! Forwarding aliases.

use serde_json::{Value, json};

use super::client::{Client, FORWARDS, answer, error, user};
use crate::providers::open_xchange::sandbox::{OpenXchange, Quirk};

fn alias() -> String {
    format!("{FORWARDS}/info@example.com")
}

fn stored(client: &Client) -> Vec<String> {
    client.sandbox.snapshot().forward("info@example.com").map(<[String]>::to_vec).unwrap_or_default()
}

#[tokio::test]
async fn r43_reads() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.forward(OpenXchange::CONTEXT, "info@example.com", &["a@x.org", "b@x.org"]);
    });
    for context in ["24", "acme_shop", "ACME_shop"] {
        let all = format!("/api/oxaas/v1/admin/forwards/{context}");
        assert_eq!(client.get(&all).await, json!({"info@example.com": ["a@x.org", "b@x.org"]}));
        assert_eq!(client.get(&format!("{all}/Info%40example.com")).await, json!(["a@x.org", "b@x.org"]));
        assert_eq!(client.status("GET", &format!("{all}/other@example.com")).await, 404);
    }
    for context in ["99", "shop", "acme_none"] {
        assert_eq!(client.status("GET", &format!("/api/oxaas/v1/admin/forwards/{context}")).await, 404);
    }
}

#[tokio::test]
async fn r44_post_replaces_whole() {
    let client = Client::default().await;
    for (body, after) in [
        (json!(["a@x.org", "b@x.org"]), vec!["a@x.org", "b@x.org"]),
        (json!({"recipient": "c@x.org"}), vec!["c@x.org"]),
        (json!(["d@x.org"]), vec!["d@x.org"]),
    ] {
        assert_eq!(client.send("POST", &alias(), body).await, (201, Value::Null));
        assert_eq!(stored(&client), after);
    }
}

#[tokio::test]
async fn r45_put_adds() {
    let client = Client::default().await;
    for (body, after) in [
        (json!({"recipient": "a@x.org"}), vec!["a@x.org"]),
        (json!(["b@x.org", "A@x.org"]), vec!["a@x.org", "b@x.org"]),
    ] {
        assert_eq!(client.send("PUT", &alias(), body).await, (201, Value::Null));
        assert_eq!(stored(&client), after);
    }
    let client = Client::with(Quirk::AddNeedsForward).await;
    assert_eq!(client.send("PUT", &alias(), json!(["a@x.org"])).await.0, 404);
    client.send("POST", &alias(), json!(["a@x.org"])).await;
    assert_eq!(client.send("PUT", &alias(), json!(["b@x.org"])).await.0, 201);
}

#[tokio::test]
async fn r46_no_content() {
    for (quirk, first, second, after) in [
        (Quirk::CreatedForwardIs204, 204, 201, "b@x.org"),
        (Quirk::ReplacedForwardIs204, 201, 204, "b@x.org"),
        (Quirk::ExistingForwardKept, 201, 204, "a@x.org"),
    ] {
        let client = Client::with(quirk).await;
        assert_eq!(client.send("POST", &alias(), json!(["a@x.org"])).await.0, first, "{quirk:?}");
        let seen = client.text("POST", &alias(), "[\"b@x.org\"]").await;
        assert_eq!(seen.status(), second, "{quirk:?}");
        assert_eq!(seen.body(), if second == 204 { "" } else { "null" });
        assert_eq!(stored(&client), [after]);
    }
}

#[tokio::test]
async fn r47_swapped_verbs() {
    let client = Client::with(Quirk::ForwardVerbsSwapped).await;
    for (method, recipient, after) in [
        ("POST", "a@x.org", vec!["a@x.org"]),
        ("POST", "b@x.org", vec!["a@x.org", "b@x.org"]),
        ("PUT", "c@x.org", vec!["c@x.org"]),
    ] {
        assert_eq!(client.send(method, &alias(), json!([recipient])).await.0, 201);
        assert_eq!(stored(&client), after);
    }
}

#[tokio::test]
async fn r48_which_address_may_be_an_alias() {
    let client = Client::new(OpenXchange::builder().context("two")).await;
    client.sandbox.edit(|rows| {
        rows.change("ann@example.com", |row| row.aliases = vec!["annie@example.com".into()]);
        rows.forward("acme_two", "info@example.com", &["x@x.org"]);
        rows.explicit_domain("acme_two", "two.example");
    });
    for (alias, status) in [
        ("ok@example.com", 201),
        ("ANN@example.com", 409),
        ("annie@example.com", 409),
        ("info@example.com", 409),
        ("a@other.example", 400),
        ("a@two.example", 400),
        ("example.com", 400),
        ("a%20b@example.com", 400),
    ] {
        for method in ["POST", "PUT"] {
            let path = format!("{FORWARDS}/{alias}");
            assert_eq!(client.send(method, &path, json!(["a@x.org"])).await.0, status, "{method} {alias}");
        }
    }
    let taken = json!({"aliases": ["ok@example.com"]});
    assert_eq!(client.send("PUT", &user("ann@example.com"), taken).await.0, 409);
}

#[tokio::test]
async fn r49_which_recipients() {
    let client = Client::with(Quirk::OneRecipient).await;
    assert_eq!(client.send("POST", &alias(), json!(["a@x.org"])).await.0, 400);
    assert_eq!(client.send("POST", &alias(), json!({ "recipient": "a@x.org" })).await.0, 201);
    let client = Client::default().await;
    for body in [
        json!([]),
        json!(["nobody"]),
        json!([""]),
        json!([1]),
        json!("a@x.org"),
        json!({}),
        json!({"recipient": ["a@x.org"]}),
        json!({"recipient": "a@x.org", "x": 1}),
        json!({"recipients": ["a@x.org"]}),
    ] {
        assert_eq!(client.send("POST", &alias(), body.clone()).await.0, 400, "{body}");
    }
    assert!(stored(&client).is_empty());
    client.send("POST", &alias(), json!(["A@x.org", "a@x.org", "b@x.org"])).await;
    assert_eq!(stored(&client), ["A@x.org", "b@x.org"]);
}

#[tokio::test]
async fn r50_looking_and_removing() {
    let client = Client::default().await;
    client.send("POST", &alias(), json!(["a@x.org", "b@x.org"])).await;
    assert_eq!(client.status("HEAD", &alias()).await, 200);
    assert_eq!(client.status("HEAD", &format!("{FORWARDS}/no@example.com")).await, 404);
    let (a, b) = (format!("{}/A@x.org", alias()), format!("{}/b@x.org", alias()));
    assert_eq!(client.status("HEAD", &a).await, 200);
    assert_eq!(client.delete(&a).await, (200, Value::Null));
    assert_eq!(client.delete(&a).await, error(404, "A@x.org does not exist"));
    assert_eq!(client.status("HEAD", &a).await, 404);
    assert_eq!(client.delete(&b).await.0, 200);
    assert_eq!(client.status("HEAD", &alias()).await, 404);
    client.send("POST", &alias(), json!(["a@x.org"])).await;
    assert_eq!(client.delete(&alias()).await, (200, Value::Null));
    assert_eq!(client.delete(&alias()).await.0, 404);
}

#[tokio::test]
async fn r51_deleting_all_is_counted() {
    let client = Client::default().await;
    client.send("POST", &alias(), json!(["a@x.org"])).await;
    client.delete(&alias()).await;
    assert_eq!(client.sandbox.snapshot().counts.forward_wipes, 0);
    client.send("POST", &alias(), json!(["a@x.org"])).await;
    assert_eq!(answer(&client.call("DELETE", FORWARDS).await), (200, Value::Null));
    assert_eq!(client.get(FORWARDS).await, json!({}));
    assert_eq!(client.sandbox.snapshot().counts.forward_wipes, 1);
}
