//! Aliases.

use super::client::Client;
use crate::providers::atmail::sandbox::{Atmail, Quirk};

/// Creates an alias of `example.com`.
async fn create(client: &Client, name: &str, to: &str, kind: &str) {
    let form = format!("AliasName={name}@example.com&AliasTo={to}&AliasType={kind}");
    client.post("aliases/create", &form).await.succeeded("Success");
}

/// Names and targets of all rows.
fn rows(client: &Client) -> Vec<(String, String)> {
    client.snapshot().aliases.into_iter().map(|alias| (alias.name, alias.to)).collect()
}

#[tokio::test]
async fn r57_an_alias_has_a_name_a_target_and_a_type() {
    let client = Client::default().await;
    let names = "AliasName=info@example.com&AliasTo=b@c.org";
    for kind in ["", "&AliasType=", "&AliasType=local", "&AliasType=Virtual"] {
        let told = client.post("aliases/create", &format!("{names}{kind}")).await;
        assert_eq!(told.status(), "failed", "{kind}");
    }
    assert!(client.snapshot().aliases.is_empty());
    let told = client.post("aliases/create?AliasMailDir=/srv/x", &format!("{names}&AliasType=Local")).await;
    told.succeeded("Success");
    let alias = client.snapshot().aliases[0].clone();
    assert_eq!((alias.id, alias.name.as_str(), alias.to.as_str()), (1, "info@example.com", "b@c.org"));
    assert_eq!((alias.domain.as_str(), alias.mail_dir.as_deref()), ("example.com", Some("/srv/x")));
    assert_eq!(alias.kind, "Local");
}

#[tokio::test]
async fn r58_a_second_row_is_a_duplicate() {
    let client = Client::default().await;
    create(&client, "info", "b@c.org", "Local").await;
    for kind in ["Local", "Deliver"] {
        let form = format!("AliasName=Info@example.com&AliasTo=B@c.org&AliasType={kind}");
        client.post("aliases/create", &form).await.failed("Duplicate B@c.org");
    }
    create(&client, "info", "d@e.org", "Local").await;
    assert_eq!(client.snapshot().targets("info@example.com"), ["b@c.org", "d@e.org"]);
    client.sandbox.turn_on(Quirk::DuplicateByName);
    let form = "AliasName=info@example.com&AliasTo=f@g.org&AliasType=Local";
    client.post("aliases/create", form).await.failed("Duplicate f@g.org");
    create(&client, "sales", "f@g.org", "Local").await;
}

#[tokio::test]
async fn r59_what_an_alias_leads_from_and_to_fits_its_type() {
    let client = Client::default().await;
    for (name, to, kind, message) in [
        ("info@no.org", "b@c.org", "Local", "Local domain does not exist"),
        ("info@no.org", "b@c.org", "Deliver", "Local domain does not exist"),
        ("@example.com", "b@c.org", "Local", "Invalid value for AliasName"),
        ("example.com", "b@c.org", "Local", "Invalid value for AliasName"),
        ("a b@example.com", "b@c.org", "Local", "Invalid value for AliasName"),
        ("info@example.com", "b", "Local", "Invalid value for AliasTo"),
        ("info@example.com", "a@b.org,c@d.org", "Deliver", "Invalid value for AliasTo"),
        ("info@example.com", "c.org", "Domain", "Invalid value for AliasName"),
        ("no.org", "b@c.org", "Domain", "Invalid value for AliasTo"),
    ] {
        let form = format!("AliasName={name}&AliasTo={to}&AliasType={kind}");
        client.post("aliases/create", &form).await.failed(message);
    }
    for (name, to) in [("no.org", "example.com"), ("@old.org", "@example.com")] {
        let form = format!("AliasName={name}&AliasTo={to}&AliasType=Domain");
        client.post("aliases/create", &form).await.succeeded("Success");
    }
    let domains: Vec<String> = client.snapshot().aliases.into_iter().map(|alias| alias.domain).collect();
    assert_eq!(domains, ["no.org", "old.org"]);
}

#[tokio::test]
async fn r60_rows_are_listed_without_a_type() {
    let client = Client::new(Atmail::builder().clock("2014-04-11T15:03:24Z".parse().unwrap())).await;
    create(&client, "info", "b@c.org", "Deliver").await;
    client.sandbox.edit(|rows| {
        rows.alias_to_directory("mail@example.com", "d@e.org", "/srv/x").alias("@example.com", "f@g.org");
    });
    let told = client.get("aliases/list").await;
    let names = ["id", "AliasName", "AliasTo", "Domain", "DateCreate", "AliasMailDir"];
    assert!(told.items().iter().all(|item| item.names() == names));
    assert_eq!(told.method.all("AliasName"), ["info@example.com", "mail@example.com", "@example.com"]);
    assert_eq!(told.method.all("AliasMailDir"), ["", "/srv/x", ""]);
    assert_eq!(told.method.text_at("response/key_0/DateCreate"), Some("2014-04-11 15:03:24"));
    client.sandbox.turn_on(Quirk::ShowsAliasType);
    assert_eq!(client.get("aliases/list").await.method.all("AliasType"), ["Deliver", "Local", "Local"]);
    create(&client, "long", &format!("{}@c.org", "x".repeat(250)), "Local").await;
    assert_eq!(client.snapshot().targets("long@example.com"), ["x".repeat(200)]);
}

#[tokio::test]
async fn r61_deliver_is_one_row_or_two() {
    let client = Client::default().await.with(&["alex"]);
    create(&client, "alex", "b@c.org", "Deliver").await;
    assert_eq!(client.snapshot().targets("alex@example.com"), ["b@c.org"]);
    let client = Client::new(Atmail::builder().with(Quirk::DeliverAddsSelf)).await.with(&["alex"]);
    create(&client, "alex", "b@c.org", "Deliver").await;
    assert_eq!(client.snapshot().targets("alex@example.com"), ["b@c.org", "alex@example.com"]);
    create(&client, "alex", "d@e.org", "Deliver").await;
    create(&client, "bob", "d@e.org", "Local").await;
    assert_eq!(client.snapshot().targets("alex@example.com"), ["b@c.org", "alex@example.com", "d@e.org"]);
    assert_eq!(client.snapshot().targets("bob@example.com"), ["d@e.org"]);
}

#[tokio::test]
async fn r62_a_delete_matches_every_argument() {
    let client = Client::default().await;
    let fill = || {
        client.sandbox.edit(|rows| {
            for (name, to) in [("a", "x@c.org"), ("a", "y@c.org"), ("b", "x@c.org")] {
                let name = format!("{name}@example.com");
                rows.remove_alias(&name, to).alias(&name, to);
            }
            rows.alias_to_directory("a@example.com", "z@c.org", "/srv/x");
        });
    };
    let left = || rows(&client).into_iter().map(|(name, to)| format!("{}{}", &name[..1], &to[..1])).collect();
    for (form, expected) in [
        ("AliasName=A@example.com&AliasTo=x@C.org", vec!["ay", "bx", "az"]),
        ("AliasName=a@example.com", vec!["bx"]),
        ("AliasTo=x@c.org", vec!["ay", "az"]),
        ("AliasMailDir=/srv/x", vec!["ax", "ay", "bx"]),
        ("AliasName=a@example.com&AliasMailDir=", vec!["bx", "az"]),
    ] {
        client.sandbox.edit(|rows| {
            rows.remove_alias("a@example.com", "z@c.org");
        });
        fill();
        client.post("aliases/delete", form).await.succeeded("Alias(s) removed");
        let mut left: Vec<String> = left();
        left.sort_by_key(|row| ["ax", "ay", "bx", "az"].iter().position(|known| known == row));
        assert_eq!(left, expected, "{form}");
    }
    let before = client.snapshot();
    for (path, message) in [
        ("aliases/delete", "At least one argument must be used"),
        ("aliases/delete?AliasName=b@example.com&AliasTo=y@c.org", "Alias does not exist"),
        ("aliases/delete/someArgName/x", "illegal argument name used: someArgName"),
        ("aliases/delete/AliasName/b@example.com/AliasType/Local", "illegal argument name used: AliasType"),
        ("aliases/delete/AliasName/a@example.com/AliasName/b@example.com", "Invalid value for AliasName"),
    ] {
        client.post(path, "").await.failed(message);
    }
    assert_eq!(client.snapshot(), before);
}

#[tokio::test]
async fn r63_a_lost_argument_does_not_narrow_a_delete() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.alias("a@example.com", "x@c.org")
            .alias("a@example.com", "y@c.org")
            .alias("b@example.com", "x@c.org");
    });
    client.post("aliases/delete/AliasName/a@example.com/AliasTo/", "").await.succeeded("Alias(s) removed");
    assert_eq!(rows(&client), [("b@example.com".to_owned(), "x@c.org".to_owned())]);
    // In the form it is empty and matches nothing here.
    client.post("aliases/delete/AliasName/b@example.com", "AliasTo=").await.failed("Alias does not exist");
}
