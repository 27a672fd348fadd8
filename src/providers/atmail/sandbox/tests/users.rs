//! Users.

use super::client::Client;
use crate::providers::atmail::sandbox::{Atmail, Quirk, UserRow};

const ALEX: &str = "alex@example.com";

fn alex(client: &Client) -> UserRow {
    client.snapshot().user(ALEX).unwrap().clone()
}

async fn update(client: &Client, form: &str) {
    client.post(&format!("users/update/name/{ALEX}"), form).await.succeeded("Account updated");
}

#[tokio::test]
async fn r45_a_user_is_added() {
    let client = Client::default().await;
    let form = "Password=s3cret+%26&UserFirstName=Alex&UserLastName=Smith&UserQuota=250&PasswordQuestion=Pet&\
        Forward=b@c.org&AutoReply=Away%0Anow&MailDir=/srv/alex&UserStatus=1";
    let told = client.post("users/create/name/Alex@Example.com", form).await;
    told.succeeded("Alex@Example.com added");
    assert_eq!(told.method.text_at("response/id"), Some("1"));
    let user = alex(&client);
    assert_eq!((user.account.as_str(), user.id, user.password_writes), ("Alex@Example.com", 1, 1));
    assert_eq!((user.first_name.as_deref(), user.last_name.as_deref()), (Some("Alex"), Some("Smith")));
    assert_eq!((user.quota, user.status), (Some(250), 1));
    assert_eq!((user.forward.as_deref(), user.auto_reply.as_deref()), (Some("b@c.org"), Some("Away\nnow")));
    assert_eq!(
        (user.mail_dir.as_deref(), user.password_question.as_deref()),
        (Some("/srv/alex"), Some("Pet"))
    );
    assert_eq!(client.sandbox.password_of(ALEX).as_deref(), Some("s3cret &"));
    client.post("users/create/name/alex@example.com", "Password=x").await.failed("User exists");
    client.post("users/create/name/alex@no.org", "").await.failed("Local domain does not exist");
    assert_eq!(client.sandbox.password_of(ALEX).as_deref(), Some("s3cret &"));
    assert_eq!(client.snapshot().users.len(), 1);
}

#[tokio::test]
async fn r46_a_password_is_made_up_where_none_comes() {
    let client = Client::default().await;
    for (name, form) in [("a@example.com", ""), ("b@example.com", "Password=")] {
        client.post(&format!("users/create/name/{name}"), form).await.succeeded(&format!("{name} added"));
        let user = client.snapshot().user(name).unwrap().clone();
        assert_eq!((user.password_generated, user.password_writes), (true, 1));
        assert_eq!(client.sandbox.password_of(name).unwrap().len(), 16);
    }
    assert_ne!(client.sandbox.password_of("a@example.com"), client.sandbox.password_of("b@example.com"));
    client.post(&format!("users/create/name/{ALEX}"), "PasswordMD5=0123456789abcdef0123456789abcdef").await;
    assert_eq!((client.sandbox.password_of(ALEX), alex(&client).password_generated), (None, false));
    update(&client, "Password=known").await;
    assert_eq!(client.sandbox.password_of(ALEX).as_deref(), Some("known"));
    assert_eq!(alex(&client).password_writes, 2);
}

#[tokio::test]
async fn r47_user_credits_run_out() {
    let client = Client::new(Atmail::builder().max_users(1)).await.with(&["alex"]);
    client.post("users/create/name/bob@example.com", "").await.failed("No user credits available");
    client.post(&format!("users/create/name/{ALEX}"), "").await.failed("User exists");
    client.post(&format!("users/delete/name/{ALEX}"), "").await.succeeded("Account deleted");
    client.post("users/create/name/bob@example.com", "").await.succeeded("bob@example.com added");
}

#[tokio::test]
async fn r48_a_name_is_an_address() {
    let client = Client::default().await;
    let long = format!("{}@example.com", "x".repeat(117));
    for name in ["alex", "@example.com", "alex@", "a b@example.com", "a@b@example.com", long.as_str()] {
        client.post("users/create", &format!("name={name}")).await.failed("Invalid value for name");
    }
    let longest = &long[1..];
    client.post("users/create", &format!("name={longest}")).await.succeeded(&format!("{longest} added"));
}

#[tokio::test]
async fn r49_an_update_is_partial() {
    let client = Client::default().await.with(&["alex"]);
    let all = "UserFirstName=Alex&UserLastName=Smith&UserQuota=250&Forward=b@c.org&AutoReply=Away";
    update(&client, all).await;
    let before = alex(&client);
    update(&client, "").await;
    assert_eq!(alex(&client), before);
    update(&client, "UserLastName=Jones").await;
    assert_eq!(alex(&client), UserRow { last_name: Some("Jones".into()), ..before.clone() });
    update(&client, "UserFirstName=&UserQuota=&Forward=&AutoReply=").await;
    let user = alex(&client);
    assert_eq!((user.first_name, user.quota, user.forward, user.auto_reply), (None, None, None, None));
    assert_eq!(user.last_name.as_deref(), Some("Jones"));
    assert_eq!(client.sandbox.password_of(ALEX).as_deref(), Some("secret"));
    update(&client, "Password=").await;
    assert_eq!((client.sandbox.password_of(ALEX), alex(&client).password_generated), (None, false));
    // A refused update changes nothing.
    let before = alex(&client);
    client
        .post(&format!("users/update/name/{ALEX}"), "UserFirstName=X&UserQuota=x")
        .await
        .failed("Invalid value for UserQuota");
    assert_eq!(alex(&client), before);
    client.post("users/update/name/no@example.com", "").await.failed("Account does not exist");
}

#[tokio::test]
async fn r50_users_are_enabled_and_disabled() {
    let client = Client::default().await.with(&["alex"]);
    for (form, status) in [
        ("enabled=false", 1),
        ("enabled=true", 0),
        ("UserStatus=2", 2),
        ("UserStatus=", 0),
        ("UserStatus=0&enabled=false", 1),
    ] {
        update(&client, form).await;
        assert_eq!(alex(&client).status, status, "{form}");
    }
    for value in ["1", "False", "no", ""] {
        let told = client.post(&format!("users/update/name/{ALEX}"), &format!("enabled={value}")).await;
        told.failed("Invalid value for enabled");
    }
    client.post("users/create/name/bob@example.com", "enabled=false").await;
    assert_eq!(client.snapshot().user("bob@example.com").unwrap().status, 0);
    assert_eq!(client.sandbox.ignored_parameters(), ["enabled"]);
}

#[tokio::test]
async fn r51_a_user_is_renamed_in_its_domain() {
    let client = Client::default().await.with(&["alex", "bob"]);
    for name in ["alex2@example.com", "a b", ""] {
        client
            .post(&format!("users/update/name/{ALEX}"), &format!("NewUsername={name}"))
            .await
            .failed("Invalid value for NewUsername");
    }
    client.post(&format!("users/update/name/{ALEX}"), "NewUsername=Bob").await.failed("User exists");
    let before = alex(&client);
    update(&client, "NewUsername=carl").await;
    assert!(client.snapshot().user(ALEX).is_none());
    let after = client.snapshot().user("carl@example.com").unwrap().clone();
    assert_eq!(after, UserRow { account: "carl@example.com".into(), ..before });
    assert_eq!(client.sandbox.password_of("carl@example.com").as_deref(), Some("secret"));
    client.post("users/update/name/carl@example.com", "NewUsername=Carl").await.succeeded("Account updated");
    assert_eq!(client.snapshot().user("carl@example.com").unwrap().account, "Carl@example.com");
}

#[tokio::test]
async fn r52_a_forward_is_cut() {
    let client = Client::default().await.with(&["alex"]);
    let target = format!("{}@c.org", "ü".repeat(130));
    update(&client, &format!("Forward={}", target.replace('ü', "%C3%BC"))).await;
    assert_eq!(alex(&client).forward, Some("ü".repeat(128)));
    let fits = format!("{}@c.org", "x".repeat(122));
    update(&client, &format!("Forward={fits}")).await;
    assert_eq!(alex(&client).forward, Some(fits));
}

#[tokio::test]
async fn r53_a_quota_is_written_in_mb() {
    for (quirk, written, kept) in [
        (None, "300", 300),
        (None, "16777216", 16_777_215),
        (Some(Quirk::QuotaInKb), "300", 307_200),
        (Some(Quirk::QuotaInKb), "16384", 16_777_215),
    ] {
        let builder = quirk.map_or_else(Atmail::builder, |quirk| Atmail::builder().with(quirk));
        let client = Client::new(builder).await;
        client.post(&format!("users/create/name/{ALEX}"), &format!("UserQuota={written}")).await;
        assert_eq!(alex(&client).quota, Some(kept));
        let told = client.get(&format!("users/view/name/{ALEX}")).await;
        assert_eq!(told.record().text_at("UserQuota"), Some(kept.to_string().as_str()));
        update(&client, "UserQuota=1").await;
        assert_eq!(alex(&client).quota, Some(if quirk.is_some() { 1024 } else { 1 }));
    }
}

#[tokio::test]
async fn r54_a_forward_can_fail_to_stick() {
    let client = Client::new(Atmail::builder().with(Quirk::ForwardNotUpdated)).await;
    client.post(&format!("users/create/name/{ALEX}"), "Forward=b@c.org&AutoReply=Away").await;
    update(&client, "Forward=d@e.org&AutoReply=&UserFirstName=Alex").await;
    let user = alex(&client);
    assert_eq!((user.forward.as_deref(), user.auto_reply.as_deref()), (Some("b@c.org"), Some("Away")));
    assert_eq!(user.first_name.as_deref(), Some("Alex"));
}

#[tokio::test]
async fn r55_a_user_is_viewed_by_name_or_id() {
    let client = Client::default().await.with(&["alex", "bob"]);
    for (path, account) in [
        ("users/view/name/Bob@example.com", "bob@example.com"),
        ("users/view/id/1", "alex@example.com"),
        ("users/view/id/1/name/bob@example.com", "bob@example.com"),
    ] {
        assert_eq!(client.get(path).await.record().text_at("Account"), Some(account));
    }
    for path in
        ["users/view/name/no@example.com", "users/view/id/9", "users/view/id/x", "users/view/name/x@no.org"]
    {
        client.get(path).await.failed("User does not exist");
    }
}

#[tokio::test]
async fn r56_a_deleted_user_is_gone() {
    let client = Client::default().await.with(&["alex"]);
    client.sandbox.edit(|rows| {
        rows.alias("info@example.com", ALEX).column(ALEX, "Forward", "b@c.org");
    });
    client.post(&format!("users/delete/name/{ALEX}"), "").await.succeeded("Account deleted");
    client.post(&format!("users/delete/name/{ALEX}"), "").await.failed("User does not exist");
    assert_eq!(client.snapshot().targets("info@example.com"), [ALEX]);
    client.post(&format!("users/create/name/{ALEX}"), "").await;
    assert_eq!((alex(&client).id, alex(&client).forward), (2, None));
}
