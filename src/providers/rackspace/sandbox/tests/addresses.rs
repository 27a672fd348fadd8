//! Addresses beside the primary one.

use serde_json::{Value, json};

use super::client::{ALEX, Client, assert_fault, assert_written, fault};
use crate::providers::rackspace::sandbox::{Quirk, Rackspace};

fn list(mailbox: &Value) -> Vec<(&str, bool)> {
    mailbox["emailAddressList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["address"].as_str().unwrap(), item["replyTo"].as_bool().unwrap()))
        .collect()
}

#[tokio::test]
async fn r51_added_addresses_follow_the_primary_one() {
    let client = Client::new(Rackspace::builder().domain("two.example")).await.with(&["alex"]);
    for address in ["z@example.com", "a@example.com", "alex@two.example"] {
        assert_written(&client.mailbox("POST", &format!("alex/emailaddresses/{address}"), "").await);
    }
    assert_eq!(
        list(&client.read("alex").await),
        [
            ("alex@example.com", true),
            ("z@example.com", false),
            ("a@example.com", false),
            ("alex@two.example", false)
        ]
    );
    assert_written(&client.mailbox("DELETE", "alex/emailaddresses/Z@example.com", "").await);
    assert_written(&client.mailbox("POST", "z", ALEX).await);
    let absent = client.mailbox("POST", "bob/emailaddresses/b2@example.com", "").await;
    assert_fault(&absent, 404, "itemNotFoundFault", "bob@example.com not found");
}

#[tokio::test]
async fn r52_some_addresses_cannot_be_deleted() {
    let client = Client::holding(&["alex", "bob"]).await;
    client.sandbox.edit(|rows| {
        rows.address("bob@example.com", "b2@example.com");
    });
    let primary = client.mailbox("DELETE", "alex/emailaddresses/alex@example.com", "").await;
    assert_fault(&primary, 400, "badRequestFault", "The primary email address cannot be deleted");
    for address in ["a@example.com", "b2@example.com", "bob@example.com", "nonsense"] {
        let seen = client.mailbox("DELETE", &format!("alex/emailaddresses/{address}"), "").await;
        let message = format!("The email address {address} does not exist");
        assert_fault(&seen, 404, "itemNotFoundFault", &message);
        assert!(seen.body().contains(r#""resourceType":"EmailAddress""#));
    }
    assert_eq!(client.sandbox.snapshot().mailbox("bob@example.com").unwrap().addresses, ["b2@example.com"]);
    let client =
        Client::new(Rackspace::builder().with(Quirk::AbsentAddressIsBadRequest)).await.with(&["alex"]);
    let seen = client.mailbox("DELETE", "alex/emailaddresses/a@example.com", "").await;
    assert_fault(&seen, 400, "badRequestFault", "The email address a@example.com does not exist");
}

#[tokio::test]
async fn r53_an_address_that_is_held_or_foreign_is_refused() {
    let client = Client::holding(&["alex", "bob"]).await;
    client.sandbox.edit(|rows| {
        rows.address("bob@example.com", "b2@example.com").domain_of(100_013, "sub.example");
        rows.contact("supplier@example.com", "Supplier").distribution_list("staff@example.com", "Staff");
    });
    assert_written(&client.mailbox("POST", "alex/emailaddresses/a2@example.com", "").await);
    for name in ["a2", "A2", "alex", "bob", "b2", "supplier", "staff"] {
        let seen = client.mailbox("POST", &format!("alex/emailaddresses/{name}@example.com"), "").await;
        let message = format!("The email address {name}@example.com is already in use");
        assert_fault(&seen, 400, "badRequestFault", &message);
    }
    for address in ["x@nowhere.org", "x@sub.example", "x", "x@@example.com", "a%20b@example.com"] {
        let seen = client.mailbox("POST", &format!("alex/emailaddresses/{address}"), "").await;
        assert_eq!(fault(&seen).0, 400, "{address}");
    }
    assert_eq!(client.sandbox.snapshot().mailbox("alex@example.com").unwrap().addresses, ["a2@example.com"]);
}

#[tokio::test]
async fn r54_alias_domains_mirror_every_address() {
    let client = Client::holding(&["alex"]).await;
    client.sandbox.edit(|rows| {
        rows.domain_alias("example.com", "example.net").address("alex@example.com", "a2@example.com");
    });
    assert_eq!(
        list(&client.read("alex").await),
        [
            ("alex@example.com", true),
            ("a2@example.com", false),
            ("alex@example.net", false),
            ("a2@example.net", false)
        ]
    );
    for name in ["alex", "a2"] {
        let path = format!("alex/emailaddresses/{name}@example.net");
        let (status, _, message) = fault(&client.mailbox("DELETE", &path, "").await);
        assert_eq!(status, 400);
        assert!(message.ends_with("belongs to a domain alias and cannot be deleted"), "{message}");
    }
    let seen = client.mailbox("POST", "alex/emailaddresses/new@example.net", "").await;
    assert_eq!(fault(&seen).0, 400);
    assert_eq!(list(&client.read("alex").await).len(), 4);
    assert_eq!(
        json!(client.sandbox.snapshot().domain("example.com").unwrap().aliases),
        json!(["example.net"])
    );
}
