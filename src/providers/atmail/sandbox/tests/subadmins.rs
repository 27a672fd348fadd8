//! Sub-admins, and what they see.

use super::client::Client;
use crate::providers::atmail::sandbox::{Atmail, Quirk, Right};

const ALL: [Right; 5] = [Right::UAdd, Right::UDelete, Right::UModify, Right::UList, Right::UAlias];

/// A service where the sub-admin `helper` calls, who has `example.com` and not `two.org`; both hold a user `alex` and an
/// alias `info`.
async fn helped(rights: &[Right]) -> Client {
    let mut client = Client::new(Atmail::builder().domain("two.org")).await;
    client.sandbox.edit(|rows| {
        for domain in ["example.com", "two.org"] {
            rows.user(&format!("alex@{domain}"), "secret").alias(&format!("info@{domain}"), "b@c.org");
        }
        rows.admin("helper", "secret", rights, &["example.com"]);
    });
    client.login("helper", "secret");
    client
}

#[tokio::test]
async fn r64_a_sub_admin_is_added_changed_and_deleted() {
    let client = Client::default().await;
    let form = "Password=x1&Domains[]=example.com&UAdd=1&UList=true&UModify=0&NumUsers=5&NumQuota=900&Company=ACME+Ltd&\
        Fullname=Hel+Per";
    let told = client.post("subadmin/create/Username/helper", form).await;
    told.succeeded("helper added");
    assert!(told.method.at("response/message").is_some());
    let admin = client.snapshot().admin("helper").unwrap().clone();
    assert_eq!(admin.rights.iter().copied().collect::<Vec<_>>(), [Right::UAdd, Right::UList]);
    assert_eq!((admin.num_users, admin.num_quota, admin.password_writes), (Some(5), Some(900), 1));
    client.post("subadmin/create/Username/Helper", "Password=y").await.failed("Helper already exists");
    let owner = format!("subadmin/create/Username/{}", Atmail::USERNAME);
    client.post(&owner, "Password=y").await.failed(&format!("{} already exists", Atmail::USERNAME));
    client.post("subadmin/create/Username/a:b", "Password=y").await.failed("Invalid value for Username");

    let told = client.get("subadmin/view/Username/helper").await;
    let record = told.record();
    assert_eq!(
        record.names(),
        [
            "Username",
            "UAdd",
            "UDelete",
            "UModify",
            "UPurge",
            "USearch",
            "UList",
            "UMigrate",
            "ULogs",
            "UAlias",
            "UMasterAdmin",
            "NumUsers",
            "Company",
            "Fullname",
            "NumQuota",
            "Domains",
        ]
    );
    assert_eq!((record.text_at("Company"), record.text_at("Fullname")), (Some("ACME Ltd"), Some("Hel Per")));
    assert_eq!(record.text_at("Domains/key_0"), Some("example.com"));
    assert_eq!(client.get("subadmin/list").await.method.all("Username"), ["helper"]);

    let form = "UAdd=0&UAlias=1&Company=&NumUsers=&Password=x2";
    client.post("subadmin/update/Username/helper", form).await.succeeded("helper updated");
    let admin = client.snapshot().admin("helper").unwrap().clone();
    assert_eq!(admin.rights.iter().copied().collect::<Vec<_>>(), [Right::UList, Right::UAlias]);
    assert_eq!((admin.company, admin.num_users, admin.num_quota), (None, None, Some(900)));
    assert_eq!((admin.full_name.as_deref(), admin.password_writes), (Some("Hel Per"), 2));
    client.post("subadmin/update/Username/helper", "Password=").await.failed("Invalid value for Password");

    client.post("subadmin/delete/Username/helper", "").await.succeeded("helper deleted");
    for action in ["view", "update", "delete"] {
        client.post(&format!("subadmin/{action}/Username/helper"), "").await.failed("helper does not exist");
    }
}

#[tokio::test]
async fn r65_rights_are_flags_and_domains_replace_all() {
    let client = Client::new(Atmail::builder().domain("two.org")).await;
    let domains = || client.snapshot().admins[0].domains.iter().cloned().collect::<Vec<_>>();
    client.post("subadmin/create/Username/h", "Password=x&UAdd=yes").await.failed("Invalid value for UAdd");
    client
        .post("subadmin/create/Username/h", "Password=x&Domains[]=no.org")
        .await
        .failed("Local domain does not exist");
    assert!(client.snapshot().admins.is_empty());
    client.post("subadmin/create/Username/h", "Password=x&Domains[]=example.com&Domains[]=Two.org").await;
    assert_eq!(domains(), ["example.com", "two.org"]);
    client.post("subadmin/update/Username/h", "UAdd=true").await.succeeded("h updated");
    assert_eq!(domains(), ["example.com", "two.org"]);
    client.post("domain/delete/name/two.org", "").await.succeeded("two.org deleted");
    assert_eq!(domains(), ["example.com"]);
    client.post("subadmin/update/Username/h", "Domains[]=").await.succeeded("h updated");
    assert!(domains().is_empty());
    assert!(client.snapshot().admins[0].rights.contains(&Right::UAdd));
}

#[tokio::test]
async fn r66_every_operation_needs_its_right_and_domain() {
    let alias = "AliasName=new@D&AliasTo=x@y.org&AliasType=Local";
    let operations = [
        (Right::UAdd, "users/create", "name=new@D"),
        (Right::UModify, "users/update", "name=alex@D&UserQuota=1"),
        (Right::UList, "users/view", "name=alex@D"),
        (Right::USearch, "users/view", "name=alex@D"),
        (Right::UList, "users/list", "domain=D"),
        (Right::UAlias, "aliases/create", alias),
        (Right::UAlias, "aliases/delete", "AliasName=info@D&AliasTo=b@c.org"),
        (Right::UDelete, "users/delete", "name=alex@D"),
    ];
    for (right, path, form) in operations {
        let (own, foreign) = (form.replace('D', "example.com"), form.replace('D', "two.org"));
        let client = helped(&[right]).await;
        let before = client.snapshot();
        client.post(path, &foreign).await.failed("Permission denied");
        assert_eq!(client.snapshot(), before);
        assert_eq!(client.post(path, &own).await.status(), "success", "{path}");
        let others: Vec<Right> = Right::ALL
            .into_iter()
            .filter(|other| *other != right && *other != Right::UMasterAdmin)
            .filter(|other| path != "users/view" || !matches!(other, Right::UList | Right::USearch))
            .collect();
        let client = helped(&others).await;
        client.post(path, &own).await.failed("Permission denied");
        assert_eq!(client.snapshot().users, before.users, "{path}");
        assert_eq!(client.snapshot().aliases, before.aliases, "{path}");
    }
    // One foreign row is enough to refuse a delete of many.
    let client = helped(&ALL).await;
    client.post("aliases/delete", "AliasTo=b@c.org").await.failed("Permission denied");
    assert_eq!(client.snapshot().aliases.len(), 2);
    client.post("users/create/name/a@no.org", "").await.failed("Permission denied");
    client.post("users/view/id/2", "").await.failed("Permission denied");
}

#[tokio::test]
async fn r67_lists_tell_only_the_own_domains() {
    let client = helped(&ALL).await;
    assert_eq!(client.get("domain/list").await.method.all("Hostname"), ["example.com"]);
    assert_eq!(client.get("users/list").await.method.all("Account"), ["alex@example.com"]);
    assert_eq!(client.get("aliases/list").await.method.all("AliasName"), ["info@example.com"]);
    client.get("domain/check/name/example.com").await.succeeded("example.com exists");
    client.get("domain/check/name/two.org").await.failed("two.org does not exist");
}

#[tokio::test]
async fn r68_a_list_without_its_right_can_be_empty() {
    let client = helped(&[Right::UAdd]).await;
    for path in ["users/list", "users/list/domain/example.com", "aliases/list"] {
        client.sandbox.turn_off(Quirk::EmptyWhenDenied);
        client.get(path).await.failed("Permission denied");
        client.sandbox.turn_on(Quirk::EmptyWhenDenied);
        assert!(client.get(path).await.items().is_empty());
    }
    client.get("users/view/name/alex@example.com").await.failed("Permission denied");
}

#[tokio::test]
async fn r69_a_sub_admin_has_credits() {
    let client = helped(&ALL).await;
    client.sandbox.edit(|rows| {
        rows.credits("helper", Some(2), Some(500)).column("alex@example.com", "UserQuota", "300");
    });
    let quota = "No quota credits available";
    client.post("users/create/name/bob@example.com", "UserQuota=201").await.failed(quota);
    client
        .post("users/create/name/bob@example.com", "UserQuota=200")
        .await
        .succeeded("bob@example.com added");
    client.post("users/create/name/carl@example.com", "").await.failed("No user credits available");
    client.post("users/update/name/bob@example.com", "UserQuota=201").await.failed(quota);
    client.post("users/update/name/bob@example.com", "UserQuota=100").await.succeeded("Account updated");
    client.sandbox.edit(|rows| {
        rows.credits("helper", None, None);
    });
    client
        .post("users/create/name/carl@example.com", "UserQuota=900")
        .await
        .succeeded("carl@example.com added");
}

#[tokio::test]
async fn r70_only_a_master_handles_domains_and_sub_admins() {
    let rights: Vec<Right> = Right::ALL.into_iter().filter(|right| *right != Right::UMasterAdmin).collect();
    let operations = [
        ("domain/create", "name=three.org"),
        ("subadmin/create", "Username=new&Password=x"),
        ("subadmin/view", "Username=helper"),
        ("subadmin/list", ""),
        ("subadmin/update", "Username=helper&UMasterAdmin=1"),
        ("subadmin/delete", "Username=new"),
        ("domain/delete", "name=three.org"),
    ];
    let client = helped(&rights).await;
    let before = client.snapshot();
    for (path, form) in operations {
        client.post(path, form).await.failed("Permission denied");
    }
    assert_eq!(client.snapshot(), before);
    let client = helped(&[Right::UMasterAdmin]).await;
    for (path, form) in operations {
        assert_eq!(client.post(path, form).await.status(), "success", "{path}");
    }
    assert_eq!(client.get("domain/list").await.method.all("Hostname"), ["example.com", "two.org"]);
    client.post("users/delete/name/alex@two.org", "").await.succeeded("Account deleted");
}
