//! Mail counters, notifications, announcements.

use serde_json::{Value, json};

use super::client::{Client, answer};
use crate::providers::open_xchange::sandbox::{AnnouncementRow, NotificationRow};

const MAIL: &str = "/oxaas/v1/mail/ann@example.com";
const NOTIFY: &str = "/oxaas/v1/notification";
const ANNOUNCE: &str = "/api/oxaas/v1/admin/announcements";

#[tokio::test]
async fn r64_mail_counters() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.inbox("ann@example.com", &["six", "five", "four", "three", "two", "one"]);
        rows.change("ann@example.com", |row| row.unified_quota = Some(100)).used("ann@example.com", 7, 2);
    });
    for path in ["newmessages", "unread", "unreadinbox"] {
        assert_eq!(client.get(&format!("{MAIL}/{path}")).await, json!({"newmessages": 6}));
    }
    let quota = json!({"mailQuota": {"quota": 100, "used": 7}});
    assert_eq!(client.get(&format!("{MAIL}/quota")).await, quota);
    let recent = client.get(&format!("{MAIL}/recentmails")).await;
    assert_eq!((recent.as_array().unwrap().len(), &recent[0]), (5, &json!({"subject": "six"})));
    let all = client.get(&format!("{MAIL}/all")).await;
    let count = json!({"newmessages": 6});
    assert_eq!(
        all,
        json!({"recentmails": recent, "quota": quota, "newmessages": count, "recentmessages": count})
    );
    for nobody in ["nobody", "oxadmin"] {
        assert_eq!(client.status("GET", &format!("/oxaas/v1/mail/{nobody}/unread")).await, 404, "{nobody}");
    }
}

#[tokio::test]
async fn r65_reads_of_contents_are_counted() {
    let client = Client::default().await;
    let count = || client.sandbox.snapshot().counts.content_reads;
    for path in ["newmessages", "unread", "unreadinbox", "quota"] {
        client.get(&format!("{MAIL}/{path}")).await;
    }
    assert_eq!(count(), 0);
    client.get(&format!("{MAIL}/recentmails")).await;
    client.get(&format!("{MAIL}/all")).await;
    assert_eq!(count(), 2);
}

#[tokio::test]
async fn r66_notifications_send_each_time() {
    let client = Client::default().await;
    let over = format!("{NOTIFY}/overquota/3@24");
    for body in [json!({}), json!({"quota_threshold": "x"}), json!({"quota_threshold": 1, "x": 1})] {
        assert_eq!(client.send("POST", &over, body).await.0, 400);
    }
    assert_eq!(client.status("POST", &over).await, 415);
    let sent = (200, json!({"mail": "the message content"}));
    assert_eq!(client.send("POST", &over, json!({"quota_threshold": 1000})).await, sent);
    for kind in ["welcome", "welcome", "spamdisabled"] {
        assert_eq!(answer(&client.call("POST", &format!("{NOTIFY}/{kind}/3%4024")).await), sent);
    }
    let row = |kind, threshold| NotificationRow {
        kind,
        context: 24,
        user: 3,
        address: "ann@example.com".into(),
        threshold,
    };
    let wanted =
        [row("overquota", Some(1000)), row("welcome", None), row("welcome", None), row("spamdisabled", None)];
    assert_eq!(client.sandbox.snapshot().notifications, wanted);
}

#[tokio::test]
async fn r67_nobody_to_notify() {
    let client = Client::default().await;
    for whom in ["3@4", "2@24", "9@24"] {
        let seen = client.call("POST", &format!("{NOTIFY}/spamdisabled/{whom}")).await;
        assert_eq!(seen.status(), 400);
        assert_eq!(seen.body(), format!("{whom} has no primary mail address"));
        assert_eq!(seen.header("content-type").as_deref(), Some("text/plain; charset=utf-8"));
    }
    for whom in ["3", "ann@24", "3@shop"] {
        assert_eq!(client.status("POST", &format!("{NOTIFY}/welcome/{whom}")).await, 400, "{whom}");
    }
    assert!(client.sandbox.snapshot().notifications.is_empty());
}

fn announcement() -> Value {
    json!({
        "name": "downtime", "msgJsonObject": {"en": "Closed"}, "startDatetime": "2026-01-01T00:00:00Z",
        "endDatetime": "2026-01-02T00:00:00Z", "timezone": "UTC", "discardable": true, "brands": ["acme"],
    })
}

#[tokio::test]
async fn r68_announcements() {
    let client = Client::default().await;
    let list = format!("{ANNOUNCE}/*");
    for (key, value) in [
        ("name", Value::Null),
        ("msgJsonObject", json!("text")),
        ("startDatetime", json!("tomorrow")),
        ("discardable", json!("yes")),
        ("brands", json!("acme")),
        ("id", json!(-1)),
        ("more", json!(1)),
    ] {
        let mut bad = announcement();
        bad[key] = value;
        assert_eq!(client.send("POST", ANNOUNCE, bad).await.0, 400, "{key}");
    }
    assert_eq!(client.send("POST", ANNOUNCE, json!({"name": "x"})).await.0, 400);
    assert_eq!(client.get(&list).await, json!([]));

    let mut shown = announcement();
    (shown["id"], shown["version"], shown["enabled"]) = (json!(1), json!(1), json!(false));
    assert_eq!(client.send("POST", ANNOUNCE, announcement()).await, (200, shown.clone()));
    assert_eq!(client.get(&list).await, json!([shown]));
    assert_eq!(client.send("POST", ANNOUNCE, shown.clone()).await.0, 409);
    shown["name"] = json!("other");
    assert_eq!(client.send("PUT", &format!("{ANNOUNCE}/2"), announcement()).await.0, 404);
    assert_eq!(client.send("PUT", &format!("{ANNOUNCE}/2"), shown.clone()).await.0, 400);
    let (status, updated) = client.send("PUT", &format!("{ANNOUNCE}/1"), shown).await;
    assert_eq!((status, &updated["name"], &updated["version"]), (200, &json!("other"), &json!(2)));
    let seen = client.call("DELETE", &format!("{ANNOUNCE}/1")).await;
    assert_eq!((seen.status(), seen.body().as_str()), (200, ""));
    assert_eq!(client.delete(&format!("{ANNOUNCE}/1")).await.0, 404);
    assert_eq!(client.delete(&format!("{ANNOUNCE}/x")).await.0, 400);
}

#[tokio::test]
async fn r69_announcements_are_switched() {
    let client = Client::default().await;
    client.send("POST", ANNOUNCE, announcement()).await;
    for (word, enabled) in [("enable", true), ("enable", true), ("disable", false)] {
        assert_eq!(client.status("PUT", &format!("{ANNOUNCE}/{word}/1")).await, 200);
        let row = AnnouncementRow { id: 1, version: 1, name: "downtime".into(), enabled };
        assert_eq!(client.sandbox.snapshot().announcements, [row]);
        assert_eq!(client.status("PUT", &format!("{ANNOUNCE}/{word}/9")).await, 404);
    }
}
