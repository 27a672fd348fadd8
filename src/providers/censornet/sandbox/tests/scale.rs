//! Accounts as large as they come.

use std::collections::BTreeSet;

use super::caller::{Caller, json, new};
use crate::providers::censornet::sandbox::{Censornet, SizeParameter};

/// Reads all pages as a client does that trusts neither `page` nor `start` alone.
async fn read_all(caller: &Caller, limit: usize) -> BTreeSet<String> {
    let mut addresses = BTreeSet::new();
    for page in 1.. {
        let seen = caller.list(&format!("?page={page}&start={}&limit={limit}", (page - 1) * limit)).await;
        let reply = json(&seen);
        for record in reply["data"].as_array().unwrap() {
            addresses.insert(record["email_address"].as_str().unwrap().to_owned());
        }
        if reply["meta"]["total_pages"] == page {
            break;
        }
    }
    addresses
}

#[tokio::test]
async fn an_account_of_1203_mailboxes() {
    let caller = Caller::of(Censornet::builder()).await;
    let addresses: Vec<String> = (0..1203).map(|number| format!("m{number}@example.com")).collect();
    let all: Vec<&str> = addresses.iter().map(String::as_str).collect();
    assert_eq!(caller.change("POST", &new(&all)).await.status(), 200);
    assert_eq!(read_all(&caller, 20).await.len(), 1203);
    assert_eq!(caller.running.counters().total, 1 + 1 + 61);
}

#[tokio::test]
async fn an_account_of_10000_mailboxes() {
    let caller = Caller::of(Censornet::builder().size_parameter(SizeParameter::Limit)).await;
    caller.sandbox.edit(|rows| {
        for number in 0..10_000 {
            rows.mailbox(&format!("m{number}@example.com"));
        }
    });
    assert_eq!(read_all(&caller, 100).await.len(), 10_000);
    assert_eq!(read_all(&caller, 20).await.len(), 10_000);
    assert_eq!(caller.addresses("?search=m9999@example.com").await, ["m9999@example.com"]);
    assert_eq!(caller.delete("m5000@example.com").await.status(), 200);
    assert_eq!(caller.sandbox.snapshot().mailboxes.len(), 9_999);
}
