//! Shared and explicit domains.

use serde_json::{Value, json};

use super::client::{Client, EXPLICIT, FORWARDS, SHARED, USERS, bob, error, user};
use crate::providers::open_xchange::sandbox::{OpenXchange, Quirk};

#[tokio::test]
async fn r52_shared_domains() {
    let client = Client::default().await;
    let path = format!("{SHARED}/New.Example");
    for method in ["GET", "HEAD", "DELETE"] {
        assert_eq!(client.status(method, &path).await, 404, "{method}");
    }
    assert_eq!(client.send("POST", &path, json!({})).await.0, 400);
    assert_eq!(client.status("POST", &path).await, 200);
    assert_eq!(client.get(&path).await, Value::Null);
    assert_eq!(client.status("HEAD", &path).await, 200);
    assert_eq!(client.get(&format!("{SHARED}/*")).await, json!({"domains": ["example.com", "new.example"]}));
    assert_eq!(client.delete(&path).await, (200, Value::Null));
    assert_eq!(client.get(&format!("{SHARED}/*")).await, json!({"domains": ["example.com"]}));
}

#[tokio::test]
async fn r53_which_domains() {
    let client = Client::new(OpenXchange::builder().context("two")).await;
    client.sandbox.edit(|rows| {
        rows.explicit_domain("acme_two", "two.example");
    });
    for (domain, status) in [("example.com", 409), ("two.example", 409), ("a..b", 400), ("local", 400)] {
        for path in [format!("{SHARED}/{domain}"), format!("{EXPLICIT}/24/{domain}")] {
            assert_eq!(client.status("POST", &path).await, status, "{path}");
        }
    }
    let absent = client.delete(&format!("{SHARED}/none.example")).await;
    assert_eq!(absent, error(404, "Domain none.example does not exist"));
    assert_eq!(client.status("POST", &format!("{EXPLICIT}/99/new.example")).await, 404);
}

#[tokio::test]
async fn r54_explicit_domains_of_a_context() {
    let client = Client::new(OpenXchange::builder().context("two")).await;
    let path = format!("{EXPLICIT}/24/new.example");
    assert_eq!(client.status("GET", &path).await, 404);
    assert_eq!(client.status("POST", &path).await, 200);
    assert_eq!(client.get(&path).await, json!({"domain": "new.example"}));
    assert_eq!(client.status("HEAD", &path).await, 200);
    assert_eq!(client.get(&format!("{EXPLICIT}/24")).await, json!({"domains": ["new.example"]}));
    assert_eq!(client.get(&format!("{EXPLICIT}/25")).await, json!({"domains": []}));
    let elsewhere = format!("{EXPLICIT}/25/new.example");
    assert_eq!(client.status("HEAD", &elsewhere).await, 404);
    assert_eq!(client.delete(&elsewhere).await.0, 404);
    assert_eq!(client.delete(&path).await, (200, Value::Null));
    assert_eq!(client.delete(&path).await.0, 404);
}

#[tokio::test]
async fn r55_explicit_domains_of_the_brand() {
    let client = Client::new(OpenXchange::builder().context("two")).await;
    client.sandbox.edit(|rows| {
        rows.explicit_domain("acme_shop", "b.example").explicit_domain("acme_two", "a.example");
    });
    assert_eq!(client.get(EXPLICIT).await, json!({"domains": ["a.example", "b.example"]}));
    assert_eq!(client.get(&format!("{EXPLICIT}/b.example")).await, json!({"domain": "b.example"}));
    for absent in ["example.com", "c.example"] {
        assert_eq!(client.status("HEAD", &format!("{EXPLICIT}/{absent}")).await, 404, "{absent}");
    }
}

#[tokio::test]
async fn r56_users_of_a_domain() {
    let client = Client::default().await;
    client.place("bob@other.example");
    client.sandbox.edit(|rows| {
        rows.change("bob@other.example", |row| row.aliases = vec!["bob@Third.example".into()]);
    });
    for (domain, users) in [
        ("example.com", json!(["ann@example.com"])),
        ("third.example", json!(["bob@other.example"])),
        ("other.example", json!(["bob@other.example"])),
        ("none.example", json!([])),
    ] {
        assert_eq!(client.get(&format!("{EXPLICIT}/{domain}/users")).await, json!({"users": users}));
    }
    let client = Client::with(Quirk::DomainUsersAsRecords).await;
    let users = client.get(&format!("{EXPLICIT}/example.com/users")).await;
    assert_eq!((&users["users"][0]["user-id"], &users["users"][0]["context-id"]), (&json!(3), &json!(24)));
}

#[tokio::test]
async fn r57_domains_in_use_stay() {
    let shared = format!("{SHARED}/example.com");
    let client = Client::default().await;
    assert_eq!(client.delete(&shared).await, error(409, "Domain example.com is in use"));
    client.sandbox.edit(|rows| {
        rows.remove_user("ann@example.com").forward("acme_shop", "info@example.com", &["a@x.org"]);
        rows.explicit_domain("acme_shop", "own.example").forward("acme_shop", "a@own.example", &["a@x.org"]);
    });
    let own = format!("{EXPLICIT}/24/own.example");
    assert_eq!((client.delete(&shared).await.0, client.delete(&own).await.0), (409, 409));
    client.delete(FORWARDS).await;
    assert_eq!((client.delete(&shared).await.0, client.delete(&own).await.0), (200, 200));
    let client = Client::with(Quirk::DeletesUsedDomains).await;
    assert_eq!(client.delete(&shared).await.0, 200);
    assert!(client.sandbox.snapshot().user("ann@example.com").is_some());
}

#[tokio::test]
async fn r58_no_explicit_domains() {
    let client = Client::with(Quirk::NoExplicitDomains).await;
    for path in ["", "/24", "/24/own.example", "/own.example", "/example.com/users"] {
        assert_eq!(client.status("GET", &format!("{EXPLICIT}{path}")).await, 404, "{path}");
    }
    assert_eq!(client.status("POST", &format!("{EXPLICIT}/24/own.example")).await, 404);
    client.get(&format!("{SHARED}/*")).await;
}

#[tokio::test]
async fn r59_addresses_need_a_domain() {
    let client = Client::new(OpenXchange::builder().context("two")).await;
    client.sandbox.edit(|rows| {
        rows.explicit_domain("acme_shop", "own.example").explicit_domain("acme_two", "two.example");
    });
    let alias = |alias: &str| json!({"aliases": [alias]});
    let ann = user("ann@example.com");
    for (address, status) in
        [("a@own.example", 200), ("a@example.com", 200), ("a@two.example", 400), ("a@none.example", 400)]
    {
        assert_eq!(client.send("PUT", &ann, alias(address)).await.0, status, "{address}");
        let mut new = bob();
        new["mail"] = json!(address.replace("a@", "bob@"));
        assert_eq!(client.send("POST", USERS, new).await.0, status, "{address}");
        client.delete(&user("bob@example.com")).await;
    }
    let client = Client::with(Quirk::AnyDomain).await;
    assert_eq!(client.send("PUT", &ann, alias("a@none.example")).await.0, 200);
    assert_eq!(client.send("PUT", &ann, alias("a@none")).await.0, 400);
}
