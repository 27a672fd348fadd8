//! Domains and accounts.

use serde_json::{Value, json};

use super::client::{ALEX, Client, assert_fault, assert_written};
use crate::providers::rackspace::sandbox::{Rackspace, ServiceType};

fn names(page: &Value) -> Vec<&str> {
    page["domains"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn r33_the_index_of_domains() {
    let client = Client::new(Rackspace::builder().domain("two.example").max_mailboxes(10)).await;
    client.sandbox.edit(|rows| {
        rows.domain_of(100_013, "sub.example").mailbox("alex@example.com", "Secret123!");
        rows.usage("alex@example.com", 70).service("two.example", ServiceType::Both);
    });
    let page = client.get("/v1/customers/all/domains?size=2").await;
    assert_eq!(
        page["domains"][0],
        json!({
            "name": "example.com", "accountNumber": "100012", "serviceType": "exchange",
            "exchangeMaxNumMailboxes": 10, "exchangeUsedStorage": 70,
            "rsEmailMaxNumberMailboxes": 0, "rsEmailUsedStorage": 0,
        })
    );
    assert_eq!((&page["total"], names(&page)), (&json!(3), vec!["example.com", "sub.example"]));
    assert_eq!(names(&client.get("/v1/domains").await), ["example.com", "two.example"]);
    assert_eq!(names(&client.get("/v1/customers/100013/domains").await), ["sub.example"]);
    let picked = client.get("/v1/customers/all/domains?domainNames=two.example,Sub.Example,no.org").await;
    assert_eq!(names(&picked), ["sub.example", "two.example"]);
    assert_eq!(names(&client.get("/v1/domains?contains=two").await), ["two.example"]);
    let many = vec!["a.org"; 101].join(",");
    assert_eq!(client.call("GET", &format!("/v1/domains?domainNames={many}"), "").await.status(), 400);
}

#[tokio::test]
async fn r34_one_domain() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.domain_alias("example.com", "example.net").mailbox("alex@example.com", "Secret123!");
        rows.active_sync("alex@example.com");
    });
    let domain = client.get("/v1/domains/Example.com").await;
    assert_eq!(
        (&domain["name"], &domain["aliases"], &domain["serviceType"]),
        (&json!("example.com"), &json!(["example.net"]), &json!("exchange"))
    );
    assert!(domain["exchangeBaseMailboxSize"].is_u64() && domain["exchangeTotalStorage"].is_u64());
    assert_eq!((&domain["activeSyncLicenses"], &domain["blackBerryLicenses"]), (&json!(1), &Value::Null));
}

#[tokio::test]
async fn r35_a_sub_accounts_domain_is_found_under_its_number() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.domain_of(100_013, "sub.example");
    });
    assert_eq!(client.get("/v1/customers/100013/domains/sub.example").await["accountNumber"], "100013");
    let seen = client.call("GET", "/v1/customers/me/domains/sub.example/ex/mailboxes", "").await;
    assert_fault(&seen, 404, "itemNotFoundFault", "sub.example not found");
    assert_eq!(client.call("GET", "/v1/customers/100013/domains/example.com", "").await.status(), 404);
}

#[tokio::test]
async fn r36_a_domain_without_exchange_has_no_exchange_routes() {
    let client = Client::default().await;
    for service in [ServiceType::None, ServiceType::RsEmail] {
        client.sandbox.edit(|rows| {
            rows.service("example.com", service);
        });
        let seen = client.mailbox("POST", "alex", ALEX).await;
        assert_fault(&seen, 400, "badRequestFault", "Domain example.com has no Exchange service");
        assert_eq!(client.call("GET", "/v1/domains/example.com", "").await.status(), 200);
    }
}

#[tokio::test]
async fn r37_licences_run_out() {
    let client = Client::new(Rackspace::builder().max_mailboxes(2)).await.with(&["bob"]);
    assert_written(&client.mailbox("POST", "alex", ALEX).await);
    let message = "The maximum number of mailboxes for domain example.com has been reached";
    assert_fault(&client.mailbox("POST", "carl", ALEX).await, 400, "appsFault", message);
    assert_written(&client.mailbox("DELETE", "bob", "").await);
    assert_written(&client.mailbox("POST", "carl", ALEX).await);
}
