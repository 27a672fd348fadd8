//! Paging, filters and the fields of the index.

use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Client, MAILBOXES, fault};
use crate::providers::rackspace::sandbox::Rackspace;
use crate::sandbox::{Fault, FaultKind};

fn names(page: &Value) -> Vec<&str> {
    page["mailboxes"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

fn place(client: &Client, count: usize) {
    client.sandbox.edit(|rows| {
        for number in 0..count {
            rows.mailbox(&format!("m{number:04}@example.com"), "Secret123!");
        }
    });
}

#[tokio::test]
async fn r26_pages_are_chosen_by_offset_and_size() {
    let client = Client::default().await;
    place(&client, 300);
    for (query, offset, size, count) in [
        ("", 0, 50, 50),
        ("?offset=290", 290, 50, 10),
        ("?size=100&offset=10", 10, 100, 100),
        ("?size=1000", 0, 250, 250),
        ("?size=1000&offset=250", 250, 250, 50),
    ] {
        let page = client.get(&format!("{MAILBOXES}{query}")).await;
        assert_eq!(
            (&page["offset"], &page["size"], &page["total"], names(&page).len()),
            (&json!(offset), &json!(size), &json!(300), count),
            "{query}"
        );
    }
    let client = Client::new(Rackspace::builder().page_limit(NonZeroUsize::new(7).unwrap())).await;
    place(&client, 20);
    let page = client.get(&format!("{MAILBOXES}?size=100")).await;
    assert_eq!((&page["size"], names(&page).len()), (&json!(7), 7));
}

#[tokio::test]
async fn r27_a_page_is_a_number() {
    let client = Client::holding(&["alex"]).await;
    for query in ["size=0", "size=-1", "size=x", "size=", "offset=-1", "offset=1.5", "size=%2B1"] {
        let (status, name, _) = fault(&client.call("GET", &format!("{MAILBOXES}?{query}"), "").await);
        assert_eq!((status, name.as_str()), (400, "badRequestFault"), "{query}");
    }
    let beyond = client.get(&format!("{MAILBOXES}?offset=5")).await;
    assert_eq!(beyond, json!({"offset": 5, "size": 50, "total": 1, "mailboxes": []}));
}

#[tokio::test]
async fn r28_unknown_parameters_are_ignored() {
    let client = Client::holding(&["alex", "bob"]).await;
    let page = client.get(&format!("{MAILBOXES}?limit=1&page=2&size=9")).await;
    assert_eq!((names(&page), &page["size"]), (vec!["alex", "bob"], &json!(9)));
    assert_eq!(client.read("alex?fields=size").await["name"], "alex");
    assert_eq!(client.sandbox.ignored_parameters(), ["fields", "limit", "page"]);
}

#[tokio::test]
async fn r29_items_come_by_name_and_shift() {
    let client = Client::holding(&["dora", "alex", "carl", "bob"]).await;
    let sandbox = client.sandbox.clone();
    let remove = Arc::new(move || {
        sandbox.edit(|rows| {
            rows.remove_mailbox("alex@example.com");
        });
    });
    client.running.faults().add(Fault::new(FaultKind::Meanwhile(remove)).to(Method::GET, MAILBOXES).nth(2));
    let first = client.get(&format!("{MAILBOXES}?size=2")).await;
    let second = client.get(&format!("{MAILBOXES}?size=2&offset=2")).await;
    assert_eq!((names(&first), names(&second)), (vec!["alex", "bob"], vec!["dora"]));
    assert_eq!((&first["total"], &second["total"]), (&json!(4), &json!(3)));
}

#[tokio::test]
async fn r30_the_total_can_be_off() {
    for (difference, told) in [(1, 2), (-1, 0), (-2, 0)] {
        let client = Client::new(Rackspace::builder().total_off_by(difference)).await.with(&["alex"]);
        assert_eq!(client.get(MAILBOXES).await["total"], told);
        assert_eq!(client.get("/v1/domains").await["total"], told);
    }
}

#[tokio::test]
async fn r31_the_index_is_the_documents_sample() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        for name in ["apiexmailbox6", "apiexmailbox90", "apiexmailbox55"] {
            let address = format!("{name}@example.com");
            rows.mailbox(&address, "Secret123!").field(&address, "displayName", "API Test");
        }
        rows.usage("apiexmailbox55@example.com", 12).blackberry("apiexmailbox55@example.com");
    });
    assert_eq!(
        client.call("GET", MAILBOXES, "").await.body(),
        r#"{"offset":0,"size":50,"total":3,"mailboxes":[{"name":"apiexmailbox55","displayName":"API Test"},{"name":"apiexmailbox6","displayName":"API Test"},{"name":"apiexmailbox90","displayName":"API Test"}]}"#
    );
    let page = client.get(&format!("{MAILBOXES}?size=1&fields=size,currentUsage")).await;
    assert_eq!(
        page["mailboxes"][0],
        json!({"name": "apiexmailbox55", "displayName": "API Test", "size": 2048, "currentUsage": 12})
    );
    let fields = "hasActiveSyncMobileService,hasBlackBerryMobileService";
    let page = client.get(&format!("{MAILBOXES}?size=1&fields={fields}")).await;
    assert_eq!(page["mailboxes"][0]["hasBlackBerryMobileService"], true);
    assert_eq!(page["mailboxes"][0]["hasActiveSyncMobileService"], false);
    let refused = client.call("GET", &format!("{MAILBOXES}?fields=size,enabled"), "").await;
    assert_eq!(fault(&refused).2, "Invalid value for fields: enabled");
}

#[tokio::test]
async fn r32_the_index_is_filtered_by_enabled() {
    let client = Client::holding(&["alex", "bob", "carl"]).await;
    client.sandbox.edit(|rows| {
        rows.field("bob@example.com", "enabled", "false");
    });
    let enabled = client.get(&format!("{MAILBOXES}?enabled=true")).await;
    let disabled = client.get(&format!("{MAILBOXES}?enabled=false")).await;
    assert_eq!((names(&enabled), &enabled["total"]), (vec!["alex", "carl"], &json!(2)));
    assert_eq!((names(&disabled), &disabled["total"]), (vec!["bob"], &json!(1)));
    assert_eq!(client.call("GET", &format!("{MAILBOXES}?enabled=1"), "").await.status(), 400);
}

#[tokio::test]
async fn a_list_of_1203_mailboxes_is_read_whole() {
    let client = Client::default().await;
    place(&client, 1203);
    let mut seen = Vec::new();
    while seen.len() < 1203 {
        let page = client.get(&format!("{MAILBOXES}?size=100&offset={}", seen.len())).await;
        seen.extend(names(&page).into_iter().map(str::to_owned));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1203);
    for name in seen.iter().step_by(100) {
        assert_eq!(client.read(name).await["size"], 2048);
    }
}
