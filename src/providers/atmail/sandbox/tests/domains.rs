//! Domains.

use super::client::Client;
use crate::providers::atmail::sandbox::{Atmail, Quirk};

#[tokio::test]
async fn r42_a_domain_is_added() {
    let client = Client::new(Atmail::builder().max_domains(2)).await;
    for name in ["", "org", "a..org", "-a.org", "a_b.org", "a b.org", "x@a.org"] {
        let told = client.post("domain/create", &format!("name={name}")).await;
        assert_eq!(told.status(), "failed", "{name}");
    }
    client.post("domain/create/name/two.org", "").await.succeeded("two.org added");
    client.post("domain/create/name/Two.org", "").await.failed("Two.org already exists");
    client.post("domain/create/name/three.org", "").await.failed("No domain credits");
    client.post("domain/delete/name/two.org", "").await.succeeded("two.org deleted");
    client.post("domain/create/name/three.org", "").await.succeeded("three.org added");
    let names: Vec<String> = client.snapshot().domains.into_iter().map(|domain| domain.hostname).collect();
    assert_eq!(names, ["example.com", "three.org"]);
}

#[tokio::test]
async fn r43_a_domain_in_use_is_not_deleted() {
    let client = Client::default().await.with(&["alex"]);
    client.sandbox.edit(|rows| {
        rows.domain("two.org").alias("info@two.org", "alex@example.com");
    });
    for name in ["example.com", "two.org"] {
        client.post(&format!("domain/delete/name/{name}"), "").await.failed(&format!("{name} is in use"));
    }
    client.post("domain/delete/name/no.org", "").await.failed("no.org does not exist");
    client.sandbox.turn_on(Quirk::DomainDeleteCascades);
    client.post("domain/delete/name/example.com", "").await.succeeded("example.com deleted");
    assert_eq!((client.snapshot().users.len(), client.snapshot().aliases.len()), (0, 1));
    client.post("domain/delete/name/two.org", "").await.succeeded("two.org deleted");
    assert_eq!((client.snapshot().domains.len(), client.snapshot().aliases.len()), (0, 0));
}

#[tokio::test]
async fn r44_domains_are_checked_and_listed() {
    let client = Client::new(Atmail::builder().domain("Two.org")).await;
    client.get("domain/check/name/two.ORG").await.succeeded("two.ORG exists");
    client.get("domain/check/name/no.org").await.failed("no.org does not exist");
    let told = client.get("domain/list").await;
    assert_eq!(told.method.all("Hostname"), ["example.com", "Two.org"]);
    assert_eq!(told.items()[0].names(), ["Hostname", "Enable"]);
    assert_eq!(client.snapshot().domain("two.org").unwrap().hostname, "Two.org");
}
