//! Users of a context, search, brands, sessions.

use serde_json::{Value, json};

use super::client::{Client, USERS, bob, error, user};
use crate::providers::open_xchange::sandbox::{CloseRow, OpenXchange, Quirk};

const LIST: &str = "/oxaas/v1/admin/contexts/24/users";
const SEARCH: &str = "/oxaas/v1/admin/users";
const SESSIONS: &str = "/oxaas/v1/admin/sessions/";

fn ann() -> Value {
    json!({"context-id": 24, "user-id": 3, "uidname": "ann@example.com", "classofservice": "cloud_pim"})
}

fn admin() -> Value {
    json!({"context-id": 24, "user-id": 2, "uidname": "oxadmin"})
}

#[tokio::test]
async fn r35_users_by_name() {
    let client = Client::default().await;
    assert_eq!(client.get(LIST).await, json!({"oxadmin": admin(), "ann@example.com": ann()}));
    assert_eq!(client.get(&format!("{LIST}?uids=3,77")).await, json!({"ann@example.com": ann()}));
    assert_eq!(client.get(&format!("{LIST}?uids=77")).await, json!({}));
    for uids in ["ann", "", "3,", "3;2"] {
        assert_eq!(client.status("GET", &format!("{LIST}?uids={uids}")).await, 400, "{uids}");
    }
    assert_eq!(client.status("GET", "/oxaas/v1/admin/contexts/99/users").await, 404);
}

#[tokio::test]
async fn r36_lists_lag() {
    let client = Client::new(OpenXchange::builder().list_lag(2)).await;
    client.send("POST", USERS, bob()).await;
    let alias = json!({"aliases": ["annie@example.com"]});
    client.send("PUT", &user("ann@example.com"), alias.clone()).await;
    assert_eq!(client.get(&user("bob@example.com")).await["name"], "bob@example.com");
    assert_eq!(client.get(&user("ann@example.com")).await["aliases"], alias["aliases"]);
    for round in 0..2 {
        let listed = client.get(USERS).await;
        assert_eq!(listed.as_array().unwrap().len(), 2, "{round}");
        assert_eq!(listed[1]["aliases"], Value::Null);
    }
    let listed = client.get(USERS).await;
    assert_eq!((&listed[1]["aliases"], &listed[2]["name"]), (&alias["aliases"], &json!("bob@example.com")));
    assert!(client.get(LIST).await["bob@example.com"].is_object());
}

#[tokio::test]
async fn r37_search_compares_whole_values() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.change("ann@example.com", |row| {
            row.msisdn = Some("+49.1".into());
            row.delivery_status = Some("OXAAS".into());
            row.custom = vec!["tag-1".into(), "tag-2".into()];
        });
    });
    for (query, found) in [
        ("search=ANN@example.com", true),
        ("search=ANN@example.com&field=UIDNAME", true),
        ("search=ann", false),
        ("search=ann@example.com&field=CUSTOM", false),
        ("search=tag-2&field=CUSTOM", true),
        ("search=tag-2&field=ANY", true),
        ("search=%2B49.1&field=MSISDN", true),
        ("search=oxaas&field=OXDELIVERYSTATUS", true),
        ("search=oxaas&field=MSISDN", false),
    ] {
        assert_eq!(client.get(&format!("{SEARCH}?{query}")).await["user-id"] == 3, found, "{query}");
    }
    for query in ["search=", "field=ANY", "search=a&field=any", "search=a&field=NAME"] {
        assert_eq!(client.status("GET", &format!("{SEARCH}?{query}")).await, 400, "{query}");
    }
    let client = Client::with(Quirk::SearchContains).await;
    assert_eq!(client.get(&format!("{SEARCH}?search=nn@EX")).await["user-id"], 3);
}

#[tokio::test]
async fn r38_what_search_answers() {
    let one = format!("{SEARCH}?search=ann@example.com");
    let none = format!("{SEARCH}?search=nobody");
    let both = format!("{SEARCH}?search=same&field=CUSTOM");
    let client = Client::default().await;
    client.place("bob@example.com");
    for mail in ["ann@example.com", "bob@example.com"] {
        client.sandbox.edit(|rows| {
            rows.change(mail, |row| row.custom = vec!["same".into()]);
        });
    }
    assert_eq!(client.get(&one).await, ann());
    assert_eq!(client.get(&none).await, json!([]));
    assert_eq!(client.get(&both).await.as_array().unwrap().len(), 2);
    assert_eq!(Client::with(Quirk::SearchAlwaysArray).await.get(&one).await, json!([ann()]));
    let client = Client::with(Quirk::SearchNoneIs404).await;
    assert_eq!(client.status("GET", &none).await, 404);
}

#[tokio::test]
async fn r39_a_context_admin_finds_its_own() {
    let mut client = Client::new(OpenXchange::builder().context("two")).await;
    client.sandbox.edit(|rows| {
        rows.user("acme_two", "eve@example.com", "secret-3");
    });
    let find = |who: &str| format!("{SEARCH}?search={who}@example.com");
    assert_eq!(client.get(&find("eve")).await["context-id"], 25);
    client.login("oxadmin@24", OpenXchange::ADMIN_PASSWORD);
    assert_eq!(client.get(&find("eve")).await, json!([]));
    assert_eq!(client.get(&find("ann")).await, ann());
}

#[tokio::test]
async fn r40_brands() {
    let path = "/oxaas/v1/admin/contexts/24/brand";
    assert_eq!(Client::default().await.get(path).await, json!({"brandname": "acme"}));
    let client = Client::new(OpenXchange::builder().sub_brand_of("top")).await;
    assert_eq!(client.get(path).await, json!({"brandname": "acme", "toplevel-brand": "top"}));
    assert_eq!(client.status("GET", "/oxaas/v1/admin/contexts/99/brand").await, 404);
}

fn with_sessions(client: &Client) {
    client.place("bob@example.com");
    client.sandbox.edit(|rows| {
        rows.change("ann@example.com", |row| {
            row.sessions = vec!["s1".into(), "s2".into()];
            row.aliases = vec!["annie@example.com".into()];
        });
        rows.change("bob@example.com", |row| row.sessions = vec!["s3".into()]);
    });
}

#[tokio::test]
async fn r41_sessions_of_one_user() {
    let client = Client::default().await;
    for selector in [
        "contextId=24&userId=3",
        "contextName=acme_shop&userName=ann@example.com",
        "contextId=24&userMail=Annie@example.com",
    ] {
        with_sessions(&client);
        let seen = client.delete(&format!("{SESSIONS}?{selector}")).await;
        assert_eq!(seen, (200, json!({"closed": ["s1", "s2"]})), "{selector}");
        let snapshot = client.sandbox.snapshot();
        assert!(snapshot.user("ann@example.com").unwrap().sessions.is_empty());
        assert_eq!(snapshot.user("bob@example.com").unwrap().sessions, ["s3"]);
        client.sandbox.edit(|rows| {
            rows.remove_user("bob@example.com");
        });
    }
    for (selector, status) in [
        ("", 400),
        ("userId=3", 400),
        ("contextId=24&contextName=acme_shop&userId=3", 400),
        ("contextId=24&userId=3&userName=ann@example.com", 400),
        ("contextId=x&userId=3", 400),
        ("contextId=99&userId=3", 404),
        ("contextName=none&userId=3", 404),
        ("contextId=24&userId=99", 404),
        ("contextId=24&userMail=nobody@example.com", 404),
    ] {
        assert_eq!(client.delete(&format!("{SESSIONS}?{selector}")).await.0, status, "{selector}");
    }
    let snapshot = client.sandbox.snapshot();
    assert_eq!((snapshot.closed.len(), snapshot.counts.context_wide_closes), (3, 0));
    assert_eq!(snapshot.closed[0].user.as_deref(), Some("userId=3"));
}

#[tokio::test]
async fn r42_without_a_user_everybodys() {
    let client = Client::default().await;
    with_sessions(&client);
    let seen = client.delete(&format!("{SESSIONS}?contextId=24")).await;
    assert_eq!(seen, (200, json!({"closed": ["s1", "s2", "s3"]})));
    let snapshot = client.sandbox.snapshot();
    assert_eq!(snapshot.counts.context_wide_closes, 1);
    let sessions = vec!["s1".into(), "s2".into(), "s3".into()];
    assert_eq!(snapshot.closed, [CloseRow { context: 24, user: None, sessions }]);
    assert_eq!(
        client.delete(&format!("{SESSIONS}?contextName=none")).await,
        error(404, "Context does not exist")
    );
}
