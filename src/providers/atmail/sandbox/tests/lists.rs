//! Lists, views and pages.

use std::sync::Arc;

use axum::http::Method;

use super::client::{Client, Element};
use crate::providers::atmail::sandbox::{Atmail, Depth, Numbering, Order, Quirk, Right};
use crate::sandbox::{Fault, FaultKind};

const FIVE: [&str; 5] = ["erin", "alex", "dora", "bob", "carl"];

fn keys(items: &[Element]) -> Vec<&str> {
    items.iter().map(|item| item.name.as_str()).collect()
}

#[tokio::test]
async fn r29_items_are_keys_under_the_response() {
    let client = Client::default().await;
    for path in ["users/list", "aliases/list", "subadmin/list"] {
        let told = client.get(path).await;
        assert!(told.items().is_empty());
        assert_eq!(told.method.names(), ["response", "status"]);
        assert!(told.body.contains("<response/>"), "{}", told.body);
    }
    let client = client.with(&["alex", "bob"]);
    let told = client.get("users/list").await;
    assert_eq!(keys(told.items()), ["key_0", "key_1"]);
    assert_eq!(told.method.text_at("response/key_1/Account"), Some("bob@example.com"));
    for (path, name) in [
        ("users/list", "userlist"),
        ("users/view/id/1", "userview"),
        ("domain/list", "domainlist"),
        ("aliases/list", "aliaseslist"),
        ("subadmin/list", "subadminlist"),
    ] {
        assert_eq!(client.get(path).await.method.name, name);
    }
}

#[tokio::test]
async fn r30_items_stand_at_other_depths() {
    for (depth, at, names) in [
        (Depth::Results, "response/results/", vec!["response", "status"]),
        (Depth::Method, "", vec!["key_0", "key_1", "status"]),
    ] {
        let client = Client::new(Atmail::builder().depth(depth)).await.with(&["alex", "bob"]);
        let told = client.get("users/list").await;
        assert_eq!(told.method.text_at(&format!("{at}key_0/Account")), Some("alex@example.com"));
        assert_eq!(told.method.names(), names);
        let told = client.get("users/view/id/2").await;
        assert_eq!(told.method.text_at(&format!("{at}Account")), Some("bob@example.com"));
    }
}

#[tokio::test]
async fn r31_numbers_need_not_start_at_0() {
    for (numbering, expected) in
        [(Numbering::FromOne, ["key_1", "key_2", "key_3"]), (Numbering::Gaps, ["key_3", "key_5", "key_7"])]
    {
        let builder = Atmail::builder().numbering(numbering).domain("two.org").domain("three.org");
        let client = Client::new(builder).await;
        assert_eq!(keys(client.get("domain/list").await.items()), expected);
        client.sandbox.edit(|rows| {
            rows.admin("helper", "x", &[], &["two.org", "three.org"]);
        });
        let told = client.get("subadmin/view/Username/helper").await;
        assert_eq!(told.record().at("Domains").unwrap().names(), ["key_3", "key_5"]);
    }
}

#[tokio::test]
async fn r32_null_is_empty_and_truth_a_digit() {
    let client = Client::default().await.with(&["alex"]);
    client.sandbox.edit(|rows| {
        rows.column("alex@example.com", "UserStatus", "1").column("alex@example.com", "UserQuota", "300");
        rows.admin("helper", "x", &[Right::UAdd], &[]).domain("off.org").disable_domain("off.org");
    });
    let told = client.get("users/view/name/alex@example.com").await;
    for (name, text) in [("UserQuota", "300"), ("UserStatus", "1"), ("Forward", ""), ("id", "1")] {
        assert_eq!(told.record().text_at(name), Some(text), "{name}");
    }
    let told = client.get("subadmin/view/Username/helper").await;
    for (name, text) in [("UAdd", "1"), ("UDelete", "0"), ("NumUsers", ""), ("Domains", "")] {
        assert_eq!(told.record().text_at(name), Some(text), "{name}");
    }
    assert_eq!(client.get("domain/list").await.method.all("Enable"), ["1", "0"]);
}

#[tokio::test]
async fn r33_a_view_tells_one_record() {
    let client = Client::default().await.with(&["alex"]);
    client.sandbox.set_clock("2014-04-11T15:03:24Z".parse().unwrap());
    client.sandbox.edit(|rows| {
        rows.user("bob@example.com", "secret").column("bob@example.com", "OtherEmail", "bob@home.org");
    });
    let told = client.get("users/view/name/bob@example.com").await;
    assert_eq!(
        told.record().names(),
        [
            "id",
            "Account",
            "FirstName",
            "LastName",
            "PasswordQuestion",
            "OtherEmail",
            "UserQuota",
            "UserStatus",
            "MailDir",
            "Forward",
            "AutoReply",
            "DateCreate",
            "DateModified",
        ]
    );
    assert_eq!(told.record().text_at("OtherEmail"), Some("bob@home.org"));
    assert_eq!(told.record().text_at("DateCreate"), Some("2014-04-11 15:03:24"));
    client.sandbox.turn_on(Quirk::ViewIsList);
    let told = client.get("users/view/name/bob@example.com").await;
    assert_eq!(keys(told.items()), ["key_0"]);
    assert_eq!(told.method.text_at("response/key_0/id"), Some("2"));
}

#[tokio::test]
async fn r34_lists_can_tell_bare_names() {
    let client = Client::new(Atmail::builder().with(Quirk::BareNames)).await.with(&["alex", "bob"]);
    let told = client.get("users/list").await;
    assert_eq!(told.method.text_at("response/key_1"), Some("bob@example.com"));
    assert!(told.items().iter().all(|item| item.children.is_empty()));
    assert_eq!(client.get("domain/list").await.method.text_at("response/key_0"), Some("example.com"));
    assert_eq!(client.get("users/view/id/1").await.record().text_at("Account"), Some("alex@example.com"));
}

#[tokio::test]
async fn r35_pages_are_chosen_by_start_and_volume() {
    let client = Client::new(Atmail::builder().default_volume(3)).await.with(&FIVE);
    for (arguments, expected) in [
        ("", vec!["erin", "alex", "dora"]),
        ("/start/3", vec!["bob", "carl"]),
        ("/start/1/volume/2", vec!["alex", "dora"]),
        ("/volume/200", FIVE.to_vec()),
        ("?start=4&volume=1", vec!["carl"]),
        ("/start/5", vec![]),
        ("/start/0/volume/5/domain/example.com", FIVE.to_vec()),
    ] {
        assert_eq!(client.accounts(arguments).await, expected, "{arguments}");
    }
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        for number in 0..60 {
            rows.user(&format!("u{number}@example.com"), "secret");
        }
    });
    assert_eq!(client.accounts("").await.len(), 50);
}

#[tokio::test]
async fn r36_users_come_by_id_or_account() {
    let client = Client::default().await.with(&FIVE);
    assert_eq!(client.accounts("").await, FIVE);
    let client = Client::new(Atmail::builder().order(Order::Account)).await.with(&FIVE);
    assert_eq!(client.accounts("/start/1").await, ["bob", "carl", "dora", "erin"]);
}

#[tokio::test]
async fn r37_paging_can_be_broken() {
    for (quirk, arguments, expected) in [
        (Quirk::StartIgnored, "/start/2/volume/2", vec!["erin", "alex"]),
        (Quirk::VolumeIgnored, "/start/3/volume/1", vec!["bob", "carl"]),
        (Quirk::LastPageRepeated, "/start/2/volume/2", vec!["dora", "bob"]),
        (Quirk::LastPageRepeated, "/start/6/volume/2", vec!["carl"]),
        (Quirk::LastPageRepeated, "/start/5/volume/5", FIVE.to_vec()),
        (Quirk::StartFromOne, "/start/1/volume/2", vec!["erin", "alex"]),
        (Quirk::StartFromOne, "/start/0/volume/2", vec!["erin", "alex"]),
        (Quirk::StartFromOne, "/start/2/volume/1", vec!["alex"]),
    ] {
        let client = Client::new(Atmail::builder().with(quirk)).await.with(&FIVE);
        assert_eq!(client.accounts(arguments).await, expected, "{quirk:?} {arguments}");
    }
    let client = Client::new(Atmail::builder().with(Quirk::DomainIgnored)).await.with(&FIVE);
    assert_eq!(client.accounts("/domain/no.example").await, FIVE);
    let client = Client::new(Atmail::builder().with(Quirk::LastPageRepeated)).await;
    assert!(client.accounts("/start/0").await.is_empty());
}

#[tokio::test]
async fn r38_a_list_can_shift_between_two_pages() {
    let client = Client::default().await.with(&FIVE);
    let sandbox = client.sandbox.clone();
    let remove = Arc::new(move || {
        sandbox.edit(|rows| {
            rows.remove_user("erin@example.com");
        });
    });
    let path = "/index.php/api/users/list/start/2/volume/2";
    client.running.faults().add(Fault::new(FaultKind::Meanwhile(remove)).to(Method::GET, path));
    assert_eq!(client.accounts("/start/0/volume/2").await, ["erin", "alex"]);
    assert_eq!(client.accounts("/start/2/volume/2").await, ["bob", "carl"]);
}

#[tokio::test]
async fn r39_a_page_is_a_number() {
    let client = Client::default().await.with(&FIVE);
    for (arguments, name) in [
        ("/start/x", "start"),
        ("/start/-1", "start"),
        ("/volume/1.5", "volume"),
        ("/volume/0", "volume"),
        ("/volume/1/volume/2", "volume"),
    ] {
        client.get(&format!("users/list{arguments}")).await.failed(&format!("Invalid value for {name}"));
    }
}

#[tokio::test]
async fn r40_a_list_is_filtered_by_domain() {
    let client = Client::default().await.with(&["alex"]);
    client.sandbox.edit(|rows| {
        rows.user("zoe@two.org", "secret");
    });
    assert_eq!(client.accounts("").await, ["alex", "zoe"]);
    assert_eq!(client.accounts("/domain/Two.org").await, ["zoe"]);
    assert_eq!(client.accounts("/domain/example.com").await, ["alex"]);
    assert!(client.accounts("/domain/no.org").await.is_empty());
}

#[tokio::test]
async fn r41_secrets_can_be_shown() {
    let client = Client::new(Atmail::builder().with(Quirk::ShowsSecrets)).await.with(&["alex"]);
    client.post("users/create/name/bob@example.com", "PasswordMD5=0123456789abcdef0123456789abcdef").await;
    let told = client.get("users/list").await;
    assert_eq!(told.method.all("Password"), ["secret", ""]);
    assert_eq!(told.method.all("PasswordMD5"), ["", "0123456789abcdef0123456789abcdef"]);
    assert!(told.method.all("SessionID").iter().all(|session| session.len() == 32));
    client.sandbox.edit(|rows| {
        rows.admin("helper", "hidden", &[], &[]);
    });
    assert_eq!(client.get("subadmin/list").await.method.all("Password"), ["hidden"]);
    client.sandbox.turn_off(Quirk::ShowsSecrets);
    for path in ["users/list", "users/view/id/1", "subadmin/list"] {
        let body = client.get(path).await.body;
        assert!(
            !body.contains("secret") && !body.contains("hidden") && !body.contains("SessionID"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_list_of_1203_users_is_read_whole() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        for number in 0..1203 {
            rows.user(&format!("m{number:04}@example.com"), "secret");
        }
    });
    let mut seen: Vec<String> = Vec::new();
    while seen.len() < 1203 {
        let page = client.accounts(&format!("/domain/example.com/start/{}/volume/200", seen.len())).await;
        assert_eq!(page.len(), 200.min(1203 - seen.len()));
        seen.extend(page);
    }
    seen.dedup();
    assert_eq!((seen.len(), seen[1202].as_str()), (1203, "m1202"));
}
