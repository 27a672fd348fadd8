//! Hosts, paths, verbs.

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use axum::http::Method;
use serde_json::json;

use super::client::{ANN, Client, EXPLICIT, FORWARDS, SHARED, answer, basic, error, user};
use crate::providers::open_xchange::sandbox::{Group, OpenXchange};
use crate::sandbox::raw::{drain, send};
use crate::sandbox::start;

/// A path of the catalogue with its holes filled.
fn filled(template: &str) -> String {
    [
        ("{context}", "24"),
        ("{user}", "3"),
        ("{alias}", "a@example.com"),
        ("{recipient}", "r@example.com"),
        ("{address}", "a@example.com"),
        ("{domain}", "example.com"),
        ("{filter}", "x"),
        ("{value}", "x"),
        ("{uid}", "ann@example.com"),
        ("{usercontext}", "3@24"),
        ("{id}", "1"),
        ("{login}", "ann@example.com"),
    ]
    .iter()
    .fold(template.to_owned(), |path, (hole, value)| path.replace(hole, value))
}

#[tokio::test]
async fn r07_shared_domains_are_on_the_admin_host() {
    let list = format!("{SHARED}/*");
    let together = Client::default().await;
    together.get(&list).await;

    let apart = Client::new(OpenXchange::builder().separate_hosts()).await;
    assert_eq!(apart.status("GET", &list).await, 404);
    assert_eq!(apart.status("POST", &format!("{SHARED}/new.example")).await, 404);
    apart.get("/cloudapi/v2/mail/shareddomains").await;
    let admin = start(apart.sandbox.admin_simulator()).await.unwrap();
    let call = async |method: &str, path: &str| {
        let login = basic(OpenXchange::BRAND, OpenXchange::SECRET);
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{login}\r\n");
        answer(&drain(send(admin.address(), request.as_bytes()).await).await)
    };
    assert_eq!(call("POST", &format!("{SHARED}/new.example")).await, (200, json!({"domain": "new.example"})));
    assert_eq!(call("GET", &list).await, (200, json!({"domains": ["example.com", "new.example"]})));
    for path in ["/cloudapi/v2/contexts", "/oxaas/v1/admin/contexts/24/users", EXPLICIT] {
        assert_eq!(call("GET", path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn r08_prefixes_by_group() {
    let builder = OpenXchange::builder();
    let builder = builder.prefix(Group::Forwards, "/oxaas/v1").prefix(Group::Admin, "/api/oxaas/v1");
    let client = Client::new(builder).await;
    client.get("/oxaas/v1/admin/forwards/24").await;
    client.get("/api/oxaas/v1/admin/contexts/24/users/3/spamlevel").await;
    client.get(&format!("{ANN}/blacklist")).await;
    assert_eq!(client.status("GET", FORWARDS).await, 404);
    assert_eq!(client.status("GET", &format!("{ANN}/spamlevel")).await, 404);
}

#[tokio::test]
async fn r09_every_path_can_be_moved() {
    let places = OpenXchange::places();
    let names: BTreeSet<&str> = places.iter().map(|place| place.name).collect();
    assert_eq!(names.len(), places.len());
    for place in &places {
        let template = format!("/moved/{}{}", place.name, place.template);
        let client = Client::new(OpenXchange::builder().at(place.name, &template)).await;
        for verb in &place.verbs {
            let moved = client.call(verb.as_str(), &filled(&template)).await;
            assert!(![405, 401].contains(&moved.status()), "{verb} {template}");
            assert!(!moved.body().contains("\"Not found\""), "{verb} {template}: {}", moved.body());
            let before = client.call(verb.as_str(), &filled(&place.template)).await;
            let gone = before.status() == 405
                || (before.status() == 404 && (*verb == Method::HEAD || before.body().contains("\"Not found\"")))
                // The star is taken for a domain then.
                || (place.name == "shared_domains" && before.body().contains("* is no domain"));
            assert!(gone, "{verb} {}: {}", place.template, before.body());
        }
    }
    let family = "/u/{context}/{user}/attr/{attribute}";
    let client = Client::new(
        OpenXchange::builder().at("user_attribute", family).at("msisdn", "/phone/{user}/{context}"),
    )
    .await;
    assert_eq!(client.get("/u/24/3/attr/antivirus").await, json!({"antivirus": true}));
    assert_eq!(client.status("GET", "/u/24/3/attr/msisdn").await, 404);
    assert_eq!(client.send("PUT", "/phone/3/24", json!({"msisdn": "+49"})).await.0, 200);
}

#[tokio::test]
async fn r10_verbs_move_and_moves_are_checked() {
    let template = "GET /api/oxaas/v1/admin/forwards/{context}/{alias}/exists";
    let client = Client::new(OpenXchange::builder().at("forward_exists", template)).await;
    let alias = format!("{FORWARDS}/a@example.com");
    assert_eq!(client.status("GET", &format!("{alias}/exists")).await, 404);
    assert_eq!(client.send("POST", &alias, json!(["r@x.org"])).await.0, 201);
    assert_eq!(client.status("GET", &format!("{alias}/exists")).await, 200);
    assert_eq!(client.status("HEAD", &alias).await, 405);
    for (name, template) in [
        ("nothing", "/x"),
        ("brand", "x/{context}"),
        ("brand", "/x"),
        ("brand", "/x/{context}/{user}"),
        ("custom", "GET /x/{context}/{user}"),
        ("user_attribute", "/x/{context}/{user}"),
    ] {
        let built = catch_unwind(|| OpenXchange::builder().at(name, template));
        assert!(built.is_err(), "{name} {template}");
    }
}

#[tokio::test]
async fn r11_segments_are_decoded() {
    let client = Client::default().await;
    for login in ["ann@example.com", "ann%40example.com", "%61nn@example.com"] {
        assert_eq!(client.get(&user(login)).await["name"], "ann@example.com");
    }
    assert_eq!(client.status("GET", &user("ann+x@example.com")).await, 404);
    for broken in ["ann%4", "ann%zz", "ann%ff", "ann%00"] {
        assert_eq!(client.status("GET", &user(broken)).await, 400, "{broken}");
    }
    client.get(&format!("{SHARED}/*")).await;
    assert_eq!(client.status("GET", &format!("{SHARED}/%2A")).await, 400);
}

#[tokio::test]
async fn r12_unknown_paths_and_verbs() {
    let client = Client::default().await;
    for path in ["/", "/oxaas/v1", "/cloudapi/v2/user", "/cloudapi/v1/users", "/oxaas/v1/admin/sessions"] {
        assert_eq!(client.status("GET", path).await, 404, "{path}");
    }
    for (method, path) in [
        ("POST", format!("{ANN}/custom")),
        ("PATCH", user("ann@example.com")),
        ("PUT", format!("{SHARED}/example.com")),
        ("POST", format!("{SHARED}/*")),
        ("DELETE", "/cloudapi/v2/contexts".into()),
        ("GET", "/oxaas/v1/admin/sessions/".into()),
    ] {
        assert_eq!(client.status(method, &path).await, 405, "{method} {path}");
    }
    let seen = client.call("GET", &format!("{EXPLICIT}/example.com/users")).await;
    assert_eq!(answer(&seen), (200, json!({"users": ["ann@example.com"]})));
}

#[tokio::test]
async fn r13_the_order_of_refusals() {
    let mut client = Client::default().await;
    let bad = json!({"x": 1});
    assert_eq!(client.send("PUT", "/nowhere", bad.clone()).await.0, 404);
    assert_eq!(client.send("POST", &format!("{ANN}/custom"), bad.clone()).await.0, 405);
    let nobody = "/oxaas/v1/admin/contexts/99/users/9/custom";
    assert_eq!(client.send("PUT", nobody, bad).await.0, 400);
    assert_eq!(
        client.send("PUT", nobody, json!({"custom": "x"})).await,
        error(404, "Context does not exist")
    );
    client.login("oxadmin@24", OpenXchange::ADMIN_PASSWORD);
    assert_eq!(client.status("GET", "/nowhere").await, 404);
    assert_eq!(client.status("PATCH", "/cloudapi/v2/contexts").await, 405);
    assert_eq!(client.status("POST", "/cloudapi/v2/contexts").await, 401);
}

#[tokio::test]
async fn r14_numbers_not_names() {
    let client = Client::default().await;
    for path in [
        "/oxaas/v1/admin/contexts/acme_shop/users/3/spamlevel",
        "/oxaas/v1/admin/contexts/24/users/ann@example.com/spamlevel",
        "/oxaas/v1/admin/contexts/+24/users/3/spamlevel",
        "/oxaas/v1/admin/contexts/acme_shop/users",
        "/oxaas/v1/admin/contexts/24/users/ann/blacklist",
    ] {
        assert_eq!(client.status("GET", path).await, 400, "{path}");
    }
}
