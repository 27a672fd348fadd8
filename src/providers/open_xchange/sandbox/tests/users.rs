//! Users, forwards and shared domains of Cloud API v2.

use serde_json::{Value, json};

use super::client::{ANN, Client, FORWARDS, USERS, bob, errors, user};
use crate::providers::open_xchange::sandbox::{OpenXchange, Quirk, UserRow};

const CLOUD_FORWARDS: &str = "/cloudapi/v2/mail/forwards?name=acme_shop";

fn stored(client: &Client, mail: &str) -> UserRow {
    client.sandbox.snapshot().user(mail).unwrap().clone()
}

/// A user to create, with one field more or other.
fn bob_with(key: &str, value: Value) -> Value {
    let mut bob = bob();
    bob[key] = value;
    bob
}

#[tokio::test]
async fn r76_create() {
    let client = Client::default().await;
    for key in ["name", "mail", "password", "givenName", "surName", "classOfService"] {
        let mut missing = bob();
        missing.as_object_mut().unwrap().remove(key);
        let wanted = errors(400, &format!("Missing required field: {key}"));
        assert_eq!(client.send("POST", USERS, missing).await, wanted);
        assert_eq!(client.send("POST", USERS, bob_with(key, json!(""))).await.0, 400, "{key}");
    }
    for classes in [json!([]), json!("cloud_pim"), json!([""])] {
        assert_eq!(client.send("POST", USERS, bob_with("classOfService", classes)).await.0, 400);
    }
    let mut full = bob();
    for (key, value) in [("displayName", "Bob B."), ("language", "de_DE"), ("timezone", "Europe/Berlin")] {
        full[key] = json!(value);
    }
    assert_eq!(client.send("POST", USERS, full).await, (200, json!({})));
    let bob = stored(&client, "bob@example.com");
    assert_eq!((bob.id, bob.name.as_str(), bob.password_writes), (4, "bob@example.com", 1));
    assert_eq!((bob.given_name.as_str(), bob.surname.as_str()), ("Bob", "Bauer"));
    assert_eq!((bob.display_name.as_deref(), bob.language.as_deref()), (Some("Bob B."), Some("de_DE")));
    assert_eq!(
        (bob.timezone.as_deref(), bob.classes_of_service),
        (Some("Europe/Berlin"), vec!["cloud_pim".into()])
    );
    assert_eq!(stored(&client, "ann@example.com").id, 3);
}

#[tokio::test]
async fn r77_names_and_addresses_are_one_users() {
    let client = Client::new(OpenXchange::builder().context("two")).await;
    client.sandbox.edit(|rows| {
        rows.change("ann@example.com", |row| row.aliases = vec!["annie@example.com".into()]);
        rows.user("acme_two", "eve@example.com", "secret-3");
        rows.forward("acme_two", "info@example.com", &["a@x.org"]);
    });
    for name in ["Ann@example.com", "eve@example.com", "oxadmin"] {
        assert_eq!(client.send("POST", USERS, bob_with("name", json!(name))).await.0, 409, "{name}");
    }
    for mail in ["ann@example.com", "Annie@example.com", "eve@example.com", "info@example.com"] {
        let wanted = errors(409, &format!("{mail} is in use"));
        assert_eq!(client.send("POST", USERS, bob_with("mail", json!(mail))).await, wanted);
        let aliases = json!({"aliases": [mail]});
        client.place("carl@example.com");
        assert_eq!(client.send("PUT", &user("carl@example.com"), aliases).await.0, 409, "{mail}");
        client.sandbox.edit(|rows| {
            rows.remove_user("carl@example.com");
        });
    }
    for name in ["a b", "a\tb"] {
        assert_eq!(client.send("POST", USERS, bob_with("name", json!(name))).await.0, 400);
    }
    assert_eq!(client.send("POST", USERS, bob_with("mail", json!("bob"))).await.0, 400);
    let client = Client::with(Quirk::ExistsIsBadRequest).await;
    assert_eq!(client.send("POST", USERS, bob_with("mail", json!("ann@example.com"))).await.0, 400);
}

#[tokio::test]
async fn r78_quotas() {
    let client = Client::default().await;
    for bad in [json!(-1), json!(1.5), json!("5"), json!(true)] {
        for key in ["unifiedQuota", "mailQuota", "fileQuota"] {
            assert_eq!(client.send("POST", USERS, bob_with(key, bad.clone())).await.0, 400, "{key} {bad}");
        }
    }
    let mut both = bob_with("unifiedQuota", json!(5));
    both["mailQuota"] = json!(5);
    assert_eq!(client.send("POST", USERS, both).await.0, 400);
    let ann = user("ann@example.com");
    let quotas = || {
        let row = stored(&client, "ann@example.com");
        (row.unified_quota, row.mail_quota, row.file_quota)
    };
    for (body, status, after) in [
        (json!({"unifiedQuota": 0}), 200, (Some(0), None, None)),
        (json!({"mailQuota": 5}), 400, (Some(0), None, None)),
        (json!({"mailQuota": 5, "fileQuota": 6, "unifiedQuota": null}), 200, (None, Some(5), Some(6))),
        (json!({"unifiedQuota": 9, "mailQuota": null}), 400, (None, Some(5), Some(6))),
        (json!({"mailQuota": null}), 200, (None, None, Some(6))),
        (json!({"unifiedQuota": 9, "fileQuota": null}), 200, (Some(9), None, None)),
        (json!({"unifiedQuota": null}), 200, (None, None, None)),
    ] {
        assert_eq!(client.send("PUT", &ann, body.clone()).await.0, status, "{body}");
        assert_eq!(quotas(), after, "{body}");
    }
}

#[tokio::test]
async fn r79_what_is_told() {
    let client = Client::default().await;
    client.place("guest@example.com");
    client.sandbox.edit(|rows| {
        rows.used("ann@example.com", 4, 1).change("ann@example.com", |row| {
            row.unified_quota = Some(10);
            row.weblogin = false;
        });
        rows.change("guest@example.com", |row| {
            row.guest = Some(7);
            row.mail_quota = Some(3);
        });
    });
    let admin = json!({"name": "oxadmin", "isContextAdmin": true, "usedQuota": 0});
    let ann = json!({
        "name": "ann@example.com", "mail": "ann@example.com", "classOfService": ["cloud_pim"],
        "unifiedQuota": 10, "usedQuota": 5,
    });
    assert_eq!(client.get(USERS).await, json!([admin, ann]));
    assert_eq!(client.get(&format!("{USERS}&pattern=*NN*")).await, json!([ann]));
    let full =
        client.get(&format!("{USERS}&includeid=true&includepermissions=true&includeguests=true")).await;
    let permissions = json!({"editPassword": true, "weblogin": false});
    assert_eq!((&full[1]["uid"], &full[1]["userPermissions"]), (&json!(3), &permissions));
    let guest = json!({
        "name": "guest@example.com", "mail": "guest@example.com", "classOfService": ["cloud_pim"], "uid": 4,
        "mailQuota": 3, "usedMailQuota": 0, "usedFileQuota": 0, "guest": true, "guestId": 7,
        "userPermissions": {"editPassword": true, "weblogin": true},
    });
    assert_eq!(full[2], guest);
    let mut one = ann;
    one["spamLevel"] = json!("medium");
    assert_eq!(client.get(&user("ann@example.com")).await, one);
    (one["uid"], one["userPermissions"]) = (json!(3), permissions);
    let asked = format!("{}&includeid=true&includepermissions=true", user("ann@example.com"));
    assert_eq!(client.get(&asked).await, one);
    assert_eq!(client.status("GET", &user("nobody")).await, 404);
}

#[tokio::test]
async fn r80_what_is_told_where_told() {
    let list = format!("{USERS}&includeid=true&includepermissions=true");
    let one = format!("{}&includeid=true&includepermissions=true", user("ann@example.com"));
    for (quirk, key) in [(Quirk::ListWithoutPermissions, "userPermissions"), (Quirk::ListWithoutUid, "uid")] {
        let client = Client::with(quirk).await;
        assert_eq!(client.get(&list).await[1][key], Value::Null, "{key}");
        assert_ne!(client.get(&one).await[key], Value::Null, "{key}");
    }
    let client = Client::with(Quirk::UserWithoutAliases).await;
    client.send("PUT", &user("ann@example.com"), json!({"aliases": ["a@example.com"]})).await;
    assert_eq!(client.get(&one).await["aliases"], Value::Null);
    assert_eq!(client.get(&list).await[1]["aliases"], json!(["a@example.com"]));
    let client = Client::with(Quirk::SpamLevelInList).await;
    assert_eq!(client.get(&list).await[1]["spamLevel"], "medium");
    let client = Client::with(Quirk::ProfileInReads).await;
    client.send("PUT", &user("ann@example.com"), json!({"language": "de_DE"})).await;
    for seen in [client.get(&one).await, client.get(&list).await[1].clone()] {
        let names = (&seen["givenName"], &seen["surName"], &seen["language"], &seen["timezone"]);
        assert_eq!(names, (&json!("ann"), &json!("User"), &json!("de_DE"), &Value::Null));
    }
}

#[tokio::test]
async fn r81_changes_are_partial() {
    let client = Client::default().await;
    let ann = user("ann@example.com");
    let before = stored(&client, "ann@example.com");
    assert_eq!(client.send("PUT", &ann, json!({})).await, (200, json!({})));
    assert_eq!(stored(&client, "ann@example.com"), before);
    let change = json!({"givenName": "Anna", "spamLevel": "high", "classOfService": ["x", "y"]});
    assert_eq!(client.send("PUT", &ann, change).await.0, 200);
    let wanted = UserRow {
        given_name: "Anna".into(),
        spam_level: "high".into(),
        classes_of_service: vec!["x".into(), "y".into()],
        ..before
    };
    assert_eq!(stored(&client, "ann@example.com"), wanted);
    assert_eq!(client.get(&format!("{ANN}/spamlevel")).await, json!({"spamlevel": "high"}));
    for bad in [
        json!({"surName": "New", "spamLevel": "none"}),
        json!({"surName": "New", "aliases": ["a@none.example"]}),
        json!({"surName": "New", "classOfService": []}),
        json!({"surName": "New", "name": "new"}),
        json!({"surName": ""}),
    ] {
        assert_eq!(client.send("PUT", &ann, bad.clone()).await.0, 400, "{bad}");
    }
    assert_eq!(stored(&client, "ann@example.com"), wanted);
    assert_eq!(client.send("PUT", &user("nobody"), json!({})).await.0, 404);
}

#[tokio::test]
async fn r82_aliases() {
    let ann = user("ann@example.com");
    let both = json!({"aliases": ["b@example.com", "a@example.com", "B@example.com"]});
    let primary = json!({"aliases": ["Ann@example.com", "c@example.com"]});
    let client = Client::default().await;
    client.send("PUT", &ann, both.clone()).await;
    assert_eq!(client.get(&ann).await["aliases"], json!(["b@example.com", "a@example.com"]));
    assert_eq!(client.send("PUT", &ann, primary.clone()).await.0, 200);
    assert_eq!(client.get(&ann).await["aliases"], json!(["c@example.com"]));
    client.send("PUT", &ann, json!({"aliases": []})).await;
    assert_eq!(client.get(&ann).await["aliases"], Value::Null);
    assert_eq!(client.send("PUT", &ann, json!({"aliases": null})).await.0, 400);

    let client = Client::with(Quirk::PrimaryInAliases).await;
    assert_eq!(client.get(&ann).await["aliases"], json!(["ann@example.com"]));
    assert_eq!(client.send("PUT", &ann, both).await.0, 400);
    assert_eq!(client.send("PUT", &ann, primary).await.0, 200);
    assert_eq!(client.get(&ann).await["aliases"], json!(["ann@example.com", "c@example.com"]));
    assert_eq!(stored(&client, "ann@example.com").aliases, ["c@example.com"]);
}

#[tokio::test]
async fn r83_rename() {
    let client = Client::default().await;
    client.place("bob@example.com");
    let ann = user("ann@example.com");
    client.send("PUT", &ann, json!({"aliases": ["anna@example.com"]})).await;
    for taken in ["bob@example.com", "oxadmin"] {
        assert_eq!(client.send("PUT", &ann, json!({"newName": taken})).await.0, 409, "{taken}");
    }
    assert_eq!(client.send("PUT", &ann, json!({"mail": "bob@example.com"})).await.0, 409);
    let rename = json!({"newName": "anna@example.com", "mail": "anna@example.com"});
    assert_eq!(client.send("PUT", &ann, rename).await.0, 200);
    assert_eq!(client.status("GET", &ann).await, 404);
    let anna = stored(&client, "anna@example.com");
    assert_eq!(
        (anna.id, anna.name.as_str(), anna.uid_name.as_str()),
        (3, "anna@example.com", "anna@example.com")
    );
    assert!(anna.aliases.is_empty());
    client.sandbox.edit(|rows| {
        rows.change("anna@example.com", |row| row.uid_name = "other".into());
    });
    client.send("PUT", &user("anna@example.com"), json!({"newName": "third"})).await;
    assert_eq!(stored(&client, "anna@example.com").uid_name, "other");
    let free = json!({"mail": "ann@example.com"});
    assert_eq!(client.send("PUT", &user("bob@example.com"), free).await.0, 200);
}

#[tokio::test]
async fn r84_permissions() {
    let client = Client::default().await;
    let path = "/cloudapi/v2/users/ann@example.com/permissions?name=acme_shop";
    let flags = || {
        let row = stored(&client, "ann@example.com");
        (row.edit_password, row.weblogin)
    };
    assert_eq!(flags(), (true, true));
    for (body, after) in [
        (json!({"weblogin": false}), (true, false)),
        (json!({"editPassword": false}), (false, false)),
        (json!({"editPassword": true, "weblogin": true}), (true, true)),
    ] {
        assert_eq!(client.send("PUT", path, body).await, (200, json!({})));
        assert_eq!(flags(), after);
    }
    for bad in [json!({"weblogin": "no"}), json!({"webLogin": false}), json!([])] {
        assert_eq!(client.send("PUT", path, bad).await.0, 400);
    }
    let older = json!({"userPermissions": {"weblogin": false}});
    assert_eq!(client.send("PUT", &user("ann@example.com"), older.clone()).await.0, 400);
    assert_eq!(flags(), (true, true));
    let client = Client::with(Quirk::PermissionsInUserChange).await;
    assert_eq!(client.send("PUT", &user("ann@example.com"), older).await.0, 200);
    assert!(!stored(&client, "ann@example.com").weblogin);
}

#[tokio::test]
async fn r85_delete() {
    let client = Client::default().await;
    let ann = user("ann@example.com");
    assert_eq!(client.delete(&ann).await, (200, json!({})));
    assert_eq!(client.delete(&ann).await, errors(404, "User not found"));
    assert_eq!(client.send("POST", USERS, bob_with("mail", json!("ann@example.com"))).await.0, 200);
    assert_eq!(stored(&client, "ann@example.com").id, 4);
    let admin = user("oxadmin");
    let permissions = "/cloudapi/v2/users/oxadmin/permissions?name=acme_shop";
    assert_eq!(client.delete(&admin).await.0, 403);
    assert_eq!(client.send("PUT", &admin, json!({"givenName": "x"})).await.0, 403);
    assert_eq!(client.send("PUT", permissions, json!({"weblogin": false})).await.0, 403);
    assert_eq!(client.get(&admin).await["isContextAdmin"], true);
}

#[tokio::test]
async fn r86_logins() {
    let client = Client::default().await;
    for login in ["ann%40example.com", "ANN@Example.com"] {
        client.get(&user(login)).await;
    }
    assert_eq!(client.status("GET", &user("ann")).await, 404);
    assert_eq!(client.status("GET", "/cloudapi/v2/users/ann@example.com").await, 400);
    let client = Client::with(Quirk::ShortLogins).await;
    assert_eq!(client.get(&user("ann")).await["name"], "ann@example.com");
    client.get(&user("ann@example.com")).await;
}

#[tokio::test]
async fn r87_the_most_users() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.limits("acme_shop", None, Some(1));
    });
    let full = errors(400, "The maximum number of users has been reached");
    assert_eq!(client.send("POST", USERS, bob()).await, full);
    client.delete(&user("ann@example.com")).await;
    assert_eq!(client.send("POST", USERS, bob()).await.0, 200);
}

#[tokio::test]
async fn r88_forwards() {
    let one = "/cloudapi/v2/mail/forwards/info@example.com?name=acme_shop";
    let client = Client::default().await;
    let body = |to: &str| json!({"address": "Info@example.com", "forwardTo": [to, "b@x.org"]});
    assert_eq!(client.send("POST", CLOUD_FORWARDS, body("a@x.org")).await, (200, json!({})));
    assert_eq!(client.send("POST", CLOUD_FORWARDS, body("c@x.org")).await, (204, json!("")));
    let listed = json!([{"address": "info@example.com", "forwardTo": ["a@x.org", "b@x.org"]}]);
    assert_eq!(client.get(CLOUD_FORWARDS).await, listed);
    assert_eq!(client.get(FORWARDS).await, json!({"info@example.com": ["a@x.org", "b@x.org"]}));
    assert_eq!(client.send("PUT", one, json!({"recipient": "d@x.org"})).await.0, 201);
    assert_eq!(client.get(FORWARDS).await, json!({"info@example.com": ["d@x.org"]}));
    assert_eq!(client.delete(one).await, (200, json!({})));
    assert_eq!(client.delete(one).await.0, 404);
    assert_eq!(client.send("PUT", one, json!({"recipient": "d@x.org"})).await.0, 404);
    for (bad, status) in [
        (json!({"address": "a@example.com"}), 400),
        (json!({"address": "a@example.com", "forwardTo": []}), 400),
        (json!({"address": "a@example.com", "forwardTo": ["x"]}), 400),
        (json!({"address": "a@none.example", "forwardTo": ["a@x.org"]}), 400),
        (json!({"address": "ann@example.com", "forwardTo": ["a@x.org"]}), 409),
    ] {
        assert_eq!(client.send("POST", CLOUD_FORWARDS, bad.clone()).await.0, status, "{bad}");
    }
    let client = Client::with(Quirk::ForwardsAsMap).await;
    client.send("POST", CLOUD_FORWARDS, body("a@x.org")).await;
    assert_eq!(client.get(CLOUD_FORWARDS).await, json!({"info@example.com": ["a@x.org", "b@x.org"]}));
}

#[tokio::test]
async fn r89_shared_domains() {
    let client = Client::default().await;
    let path = "/cloudapi/v2/mail/shareddomains";
    assert_eq!(client.status("POST", &format!("{path}/new.example")).await, 200);
    assert_eq!(client.status("POST", &format!("{path}/new.example")).await, 409);
    assert_eq!(client.get(path).await, json!(["example.com", "new.example"]));
    assert_eq!(client.status("DELETE", &format!("{path}/new.example")).await, 405);
}

#[tokio::test]
async fn r90_passwords() {
    let client = Client::default().await;
    let password = |mail: &str| client.sandbox.password_of(mail);
    assert_eq!(password("ann@example.com").as_deref(), Some("secret-1"));
    client.send("PUT", &user("ann@example.com"), json!({"password": "secret-7"})).await;
    client.send("POST", USERS, bob()).await;
    assert_eq!(password("Ann@example.com").as_deref(), Some("secret-7"));
    assert_eq!(password("bob@example.com").as_deref(), Some("secret-2"));
    assert_eq!(stored(&client, "ann@example.com").password_writes, 2);
    for path in [USERS.to_owned(), user("ann@example.com"), "/oxaas/v1/admin/contexts/24/users".into()] {
        assert!(!client.get(&path).await.to_string().contains("secret-"), "{path}");
    }
    assert_eq!(password("nobody@example.com"), None);
}
