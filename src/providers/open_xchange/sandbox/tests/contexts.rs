//! Contexts of Cloud API v2.

use serde_json::{Value, json};

use super::client::{Client, USERS, bob, errors};
use crate::providers::open_xchange::sandbox::{OpenXchange, Quirk};

const CONTEXTS: &str = "/cloudapi/v2/contexts";
const SHOP: &str = "/cloudapi/v2/contexts/acme_shop";

#[tokio::test]
async fn r70_create() {
    let client = Client::default().await;
    let body = json!({
        "name": "new", "maxQuota": 5000, "adminLogin": "boss", "adminEmail": "boss@x.org",
        "adminPassword": "secret-5", "theme": {"colour": "red"},
    });
    assert_eq!(client.send("POST", CONTEXTS, body.clone()).await, (200, json!({})));
    assert_eq!(client.send("POST", CONTEXTS, body.clone()).await, errors(409, "Context acme_new exists"));
    let snapshot = client.sandbox.snapshot();
    let new = snapshot.context("acme_new").unwrap();
    assert_eq!((new.id, new.max_quota, new.admin_login.as_str()), (25, Some(5000), "boss"));
    assert_eq!(new.admin_email.as_deref(), Some("boss@x.org"));
    assert_eq!((new.users.len(), new.users[0].id, new.users[0].name.as_str()), (1, 2, "boss"));
    for bad in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "a b"}),
        json!({"name": "a/b"}),
        json!({"name": "a", "maxQuota": "5"}),
        json!({"name": "a", "maxUser": 5}),
        json!({"name": "a", "adminEmail": "boss"}),
        json!({"name": "a", "theme": "red"}),
    ] {
        assert_eq!(client.send("POST", CONTEXTS, bad.clone()).await.0, 400, "{bad}");
    }
    let client = Client::with(Quirk::ExistsIsBadRequest).await;
    assert_eq!(client.send("POST", CONTEXTS, json!({"name": "shop"})).await.0, 400);
}

#[tokio::test]
async fn r71_list_and_read() {
    let client = Client::new(OpenXchange::builder().context("two")).await;
    client.sandbox.edit(|rows| {
        rows.limits("acme_two", Some(9), Some(3)).used("ann@example.com", 4, 1);
    });
    let shop = json!({"name": "acme_shop", "usedQuota": 5});
    let two = json!({"name": "acme_two", "usedQuota": 0, "maxQuota": 9, "maxUser": 3});
    assert_eq!(client.get(CONTEXTS).await, json!([shop, two]));
    assert_eq!(client.get(&format!("{CONTEXTS}?pattern=*TW*")).await, json!([two]));
    assert_eq!(client.get(&format!("{CONTEXTS}?pattern=two")).await, json!([]));
    for path in ["24", "acme_shop", "acme_shop?includebrand=false"] {
        assert_eq!(client.get(&format!("{CONTEXTS}/{path}")).await, shop, "{path}");
    }
    assert_eq!(client.get(&format!("{SHOP}?includebrand=true")).await["brand"], "acme");
    for absent in ["99", "acme_none"] {
        assert_eq!(client.status("GET", &format!("{CONTEXTS}/{absent}")).await, 404, "{absent}");
    }
    let client = Client::with(Quirk::ContextIdShown).await;
    assert_eq!(
        (&client.get(SHOP).await["id"], &client.get(CONTEXTS).await[0]["id"]),
        (&json!(24), &json!(24))
    );
}

#[tokio::test]
async fn r72_change() {
    let client = Client::default().await;
    let all = json!({"maxQuota": 7, "maxUser": 8, "theme": {"a": 1}});
    assert_eq!(client.send("PUT", SHOP, all).await, (200, json!({})));
    let wanted = json!({"name": "acme_shop", "usedQuota": 0, "maxQuota": 7, "maxUser": 8, "theme": {"a": 1}});
    assert_eq!(client.get(SHOP).await, wanted);
    client.send("PUT", SHOP, json!({"maxQuota": null, "theme": null})).await;
    assert_eq!(client.get(SHOP).await, json!({"name": "acme_shop", "usedQuota": 0, "maxUser": 8}));
    for bad in [json!({"name": "x"}), json!({"maxUser": -1}), json!({"adminPassword": "x"})] {
        assert_eq!(client.send("PUT", SHOP, bad).await.0, 400);
    }
    assert_eq!(client.send("PUT", &format!("{CONTEXTS}/acme_none"), json!({})).await.0, 404);
}

#[tokio::test]
async fn r73_delete() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.forward("acme_shop", "info@example.com", &["a@x.org"]);
    });
    assert_eq!(client.delete(SHOP).await, (200, json!({})));
    assert_eq!(client.delete(SHOP).await, errors(404, "Context not found"));
    let snapshot = client.sandbox.snapshot();
    assert_eq!((snapshot.users().count(), snapshot.forward("info@example.com")), (0, None));
    assert_eq!(snapshot.counts.context_deletes, 1);
    client.send("POST", CONTEXTS, json!({"name": "shop"})).await;
    assert_eq!(client.sandbox.snapshot().context("acme_shop").unwrap().id, 25);
}

#[tokio::test]
async fn r74_full_names_and_short_ones() {
    let client = Client::default().await;
    let paths =
        ["/cloudapi/v2/contexts/shop", "/cloudapi/v2/users?name=shop", "/api/oxaas/v1/admin/forwards/shop"];
    for path in paths {
        assert_eq!(client.status("GET", path).await, 404, "{path}");
    }
    let client = Client::with(Quirk::ShortContextNames).await;
    for path in paths {
        client.get(path).await;
        client.get(&path.replace("shop", "acme_shop")).await;
    }
}

#[tokio::test]
async fn r75_the_context_of_users() {
    let client = Client::default().await;
    assert_eq!(client.get("/cloudapi/v2/users?id=24").await, client.get(USERS).await);
    for query in ["", "?id=24&name=acme_shop", "?id=acme_shop"] {
        assert_eq!(client.status("GET", &format!("/cloudapi/v2/users{query}")).await, 400, "{query}");
    }
    let absent = "/cloudapi/v2/users?name=acme_none";
    assert_eq!(client.send("POST", absent, bob()).await, errors(404, "Context not found"));
    assert_eq!(client.status("GET", absent).await, 404);
    assert_eq!(client.status("GET", "/cloudapi/v2/users?id=99").await, 404);
    let client = Client::with(Quirk::AbsentContextIsOk).await;
    assert_eq!(client.get(absent).await, json!({"errors": [{"title": "Context not found"}]}));
    assert_eq!(client.send("POST", absent, bob()).await.0, 404);
    assert_ne!(client.get(USERS).await, Value::Null);
}
