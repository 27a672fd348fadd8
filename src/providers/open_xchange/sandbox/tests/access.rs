//! Credentials and their classes.

use serde_json::json;

use super::client::{ANN, Client, EXPLICIT, SHARED, USERS, basic};
use crate::providers::open_xchange::sandbox::{OpenXchange, Quirk};

const ADMIN: (&str, &str) = ("oxadmin@24", OpenXchange::ADMIN_PASSWORD);

#[tokio::test]
async fn r01_credentials_are_needed_everywhere() {
    let client = Client::default().await;
    let good = basic(OpenXchange::BRAND, OpenXchange::SECRET);
    let path = format!("{ANN}/antivirus");
    assert_eq!(client.raw("GET", &path, &good, "").await.status(), 200);
    let wrong = [
        String::new(),
        basic(OpenXchange::BRAND, "other"),
        basic("other", OpenXchange::SECRET),
        basic("oxadmin", OpenXchange::ADMIN_PASSWORD),
        good.replace("Basic", "Bearer"),
        "Authorization: Basic !!\r\n".into(),
        good.repeat(2),
    ];
    for headers in wrong {
        for path in [path.as_str(), USERS, SHARED, "/nowhere"] {
            let seen = client.raw("GET", path, &headers, "").await;
            assert_eq!(seen.status(), 401, "{headers} {path}");
            assert!(seen.header("www-authenticate").unwrap().starts_with("Basic "));
        }
    }
}

#[tokio::test]
async fn r02_the_brand_may_call_everything() {
    let mut client = Client::new(OpenXchange::builder().brand("other", "secret").context("two")).await;
    assert_eq!(client.status("GET", USERS).await, 401);
    client.login("other", "secret");
    for path in [
        format!("{ANN}/antivirus"),
        format!("{ANN}/blacklist"),
        "/api/oxaas/v1/admin/forwards/other_two".into(),
        format!("{SHARED}/*"),
        EXPLICIT.into(),
        "/oxaas/v1/mail/ann@example.com/unread".into(),
        "/api/oxaas/v1/admin/announcements/*".into(),
        "/cloudapi/v2/contexts".into(),
    ] {
        client.get(&path).await;
    }
}

#[tokio::test]
async fn r03_a_context_admin_stays_in_its_context() {
    let mut client = Client::new(OpenXchange::builder().context("two")).await;
    client.sandbox.edit(|rows| {
        rows.admin_password("acme_two", "secret-two");
    });
    for name in ["oxadmin@24", "oxadmin@acme_shop"] {
        client.login(name, OpenXchange::ADMIN_PASSWORD);
        for path in [
            format!("{ANN}/antivirus"),
            format!("{ANN}/blacklist"),
            "/oxaas/v1/admin/contexts/24/users".into(),
            "/oxaas/v1/admin/contexts/24/brand".into(),
            "/oxaas/v1/admin/users?search=ann@example.com".into(),
            "/api/oxaas/v1/admin/forwards/24".into(),
        ] {
            client.get(&path).await;
        }
        assert_eq!(client.status("POST", "/oxaas/v1/notification/welcome/3@24").await, 200);
        assert_eq!(client.status("DELETE", "/oxaas/v1/admin/sessions/?userId=3").await, 200);
        for (method, path) in [
            ("GET", "/oxaas/v1/admin/contexts/25/users/2/antivirus"),
            ("GET", "/oxaas/v1/admin/contexts/99/users/2/antivirus"),
            ("GET", "/oxaas/v1/admin/contexts/25/users"),
            ("GET", "/api/oxaas/v1/admin/forwards/acme_two"),
            ("GET", "/api/oxaas/v1/admin/forwards/acme_none"),
            ("POST", "/oxaas/v1/notification/welcome/2@25"),
            ("DELETE", "/oxaas/v1/admin/sessions/?contextId=25&userId=2"),
        ] {
            assert_eq!(client.status(method, path).await, 401, "{path}");
        }
    }
    client.login("oxadmin@25", OpenXchange::ADMIN_PASSWORD);
    assert_eq!(client.status("GET", "/oxaas/v1/admin/contexts/25/users").await, 401);
    client.login("oxadmin@25", "secret-two");
    client.get("/oxaas/v1/admin/contexts/25/users").await;
}

#[tokio::test]
async fn r04_credentials_of_another_class_are_refused() {
    let mut client = Client::default().await;
    client.login(ADMIN.0, ADMIN.1);
    for path in [
        USERS,
        "/cloudapi/v2/contexts",
        "/cloudapi/v2/mail/shareddomains",
        EXPLICIT,
        "/api/oxaas/v1/admin/sharedmaildomains/*",
        "/api/oxaas/v1/admin/announcements/*",
        "/oxaas/v1/mail/ann@example.com/unread",
    ] {
        assert_eq!(client.status("GET", path).await, 401, "{path}");
    }
}

#[tokio::test]
async fn r05_mail_counters_are_the_tenants() {
    let mut client = Client::new(OpenXchange::builder().tenant("tenant", "secret")).await;
    let unread = "/oxaas/v1/mail/ann@example.com/unread";
    assert_eq!(client.status("GET", unread).await, 401);
    client.login("tenant", "secret");
    assert_eq!(client.get(unread).await, json!({"newmessages": 0}));
    for path in [USERS, "/oxaas/v1/admin/contexts/24/users", EXPLICIT] {
        assert_eq!(client.status("GET", path).await, 401, "{path}");
    }
}

#[tokio::test]
async fn r06_without_the_override_the_brand_is_no_context_admin() {
    let mut client = Client::with(Quirk::OverrideOff).await;
    client.get(USERS).await;
    client.get(EXPLICIT).await;
    for path in ["/oxaas/v1/admin/contexts/24/users", "/api/oxaas/v1/admin/forwards/24"] {
        assert_eq!(client.status("GET", path).await, 401, "{path}");
    }
    client.login(ADMIN.0, ADMIN.1);
    client.get("/oxaas/v1/admin/contexts/24/users").await;
}
