//! What the recordings cannot show: the options, the hooks, the limits of sessions and tokens, requests in parallel.

use std::time::Duration;

use axum::http::Method;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::time::Instant;

use crate::providers::mailinabox::sandbox::{MailInABox, SystemCommand, Version};
use crate::sandbox::raw::{Seen, drain, send};
use crate::sandbox::{Fault, FaultKind, Running, start};

const ADMINISTRATOR: &str = "me@example.com:adminpass123";
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const ADD_BOB: &str = "email=bob@example.com&password=longenough1";

/// Sends a request; one with a form is a POST.
async fn call(running: &Running, credentials: &str, headers: &str, path: &str, form: Option<&str>) -> Seen {
    let method = if form.is_some() { "POST" } else { "GET" };
    let body = form.unwrap_or("");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {}\r\n{headers}Connection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        BASE64_STANDARD.encode(credentials),
        body.len(),
    );
    drain(send(running.address(), request.as_bytes()).await).await
}

async fn get(running: &Running, path: &str) -> Seen {
    call(running, ADMINISTRATOR, "", path, None).await
}

async fn post(running: &Running, path: &str, form: &str) -> Seen {
    call(running, ADMINISTRATOR, "", path, Some(form)).await
}

/// Logs in and returns the session's credentials.
async fn login(running: &Running, headers: &str) -> String {
    let seen = call(running, ADMINISTRATOR, headers, "/login", Some("")).await;
    let body: serde_json::Value = serde_json::from_str(&seen.body()).unwrap();
    format!("me@example.com:{}", body["api_key"].as_str().unwrap_or_else(|| panic!("{body}")))
}

fn token_at(seconds: u64) -> String {
    let secret = crate::providers::mailinabox::sandbox::mfa::secret_bytes(SECRET).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    format!("X-Auth-Token: {}\r\n", totp.generate(seconds))
}

#[tokio::test]
async fn the_snapshot_shows_aliases_that_the_list_hides() {
    let sandbox = MailInABox::default();
    let running = start(sandbox.simulator()).await.unwrap();
    sandbox.edit(|rows| {
        rows.alias("postmaster@example.com", &["aa@example.com"]);
        rows.alias_with_senders("abuse@example.com", &["administrator@box.example.com"], &["me@example.com"]);
    });
    let list = get(&running, "/mail/aliases").await.body();
    assert!(list.contains("postmaster@example.com\tadministrator@box.example.com\t\n"), "{list}");
    assert!(list.contains("abuse@example.com\tadministrator@box.example.com\tme@example.com\n"), "{list}");
    let snapshot = sandbox.snapshot();
    assert_eq!(snapshot.alias("postmaster@example.com").unwrap().forwards_to, ["aa@example.com"]);
    assert!(snapshot.auto_aliases.iter().any(|alias| alias.address == "postmaster@example.com"));
}

#[tokio::test]
async fn an_older_box_knows_no_quotas() {
    let sandbox = MailInABox::builder().version(Version::V72).build();
    let running = start(sandbox.simulator()).await.unwrap();
    assert_eq!(get(&running, "/system/version").await.body(), "v72");
    assert_eq!(get(&running, "/mail/users/quota?email=me@example.com").await.status(), 404);
    assert_eq!(post(&running, "/mail/users/quota", "email=me@example.com&quota=1G").await.status(), 404);
    assert_eq!(post(&running, "/mail/users/add", &format!("{ADD_BOB}&quota=nonsense")).await.status(), 200);
    let list = get(&running, "/mail/users?format=json").await.body();
    assert!(list.contains("bob@example.com") && !list.contains("quota") && !list.contains("box_"), "{list}");
}

#[tokio::test]
async fn behind_nginx_the_api_stands_under_admin_and_connections_are_kept() {
    let running = start(MailInABox::builder().behind_nginx().build().simulator()).await.unwrap();
    let credentials = BASE64_STANDARD.encode(ADMINISTRATOR);
    let request =
        format!("GET /admin/mail/domains HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\n\r\n");
    let last = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let both = drain(send(running.address(), (request + &last).as_bytes()).await).await;
    assert_eq!(both.body().matches("HTTP/1.1 200 OK").count(), 1);
    assert_eq!(both.status(), 200);
    assert_eq!(get(&running, "/mail/domains").await.status(), 404);
}

#[tokio::test]
async fn a_token_is_good_once_and_the_session_needs_none() {
    let sandbox = MailInABox::builder().totp(SECRET).build();
    sandbox.set_clock(1_000_000_000);
    let running = start(sandbox.simulator()).await.unwrap();
    let refused = get(&running, "/mail/users").await;
    assert_eq!(refused.header("x-reason").as_deref(), Some("missing-totp-token"));
    let session = login(&running, &token_at(1_000_000_000)).await;
    let replayed = call(&running, ADMINISTRATOR, &token_at(1_000_000_000), "/mail/users", None).await;
    assert_eq!(replayed.header("x-reason").as_deref(), Some("invalid-totp-token"));
    let too_early = call(&running, ADMINISTRATOR, &token_at(1_000_000_090), "/mail/users", None).await;
    assert_eq!(too_early.header("x-reason").as_deref(), Some("invalid-totp-token"));
    assert_eq!(
        call(&running, ADMINISTRATOR, &token_at(1_000_000_030), "/mail/users", None).await.status(),
        200
    );
    assert_eq!(call(&running, &session, "", "/mail/users", None).await.status(), 200);
    assert_eq!(sandbox.failed_logins(), 3);
}

#[tokio::test]
async fn sessions_slide_for_two_days_and_there_are_64() {
    const DAY: u64 = 24 * 60 * 60;
    let sandbox = MailInABox::default();
    let running = start(sandbox.simulator()).await.unwrap();
    sandbox.set_clock(0);
    let (used, idle) = (login(&running, "").await, login(&running, "").await);
    sandbox.set_clock(DAY);
    assert_eq!(call(&running, &used, "", "/mail/users", None).await.status(), 200);
    sandbox.set_clock(3 * DAY - 1);
    assert_eq!(call(&running, &used, "", "/mail/users", None).await.status(), 200);
    assert_eq!(call(&running, &idle, "", "/mail/users", None).await.status(), 401);
    for _ in 0..64 {
        login(&running, "").await;
    }
    assert_eq!(call(&running, &used, "", "/mail/users", None).await.status(), 401);
}

#[tokio::test]
async fn faults_speak_flask_and_end_sessions() {
    let sandbox = MailInABox::default();
    let running = start(sandbox.simulator()).await.unwrap();
    let session = login(&running, "").await;
    running.faults().add(Fault::new(FaultKind::ErrorAfterCommit).to(Method::POST, "/mail/users/add"));
    let failed = post(&running, "/mail/users/add", ADD_BOB).await;
    assert_eq!((failed.status(), failed.body().len()), (500, 265));
    assert_eq!(post(&running, "/mail/users/add", ADD_BOB).await.body(), "User already exists.");
    assert!(sandbox.password_is("bob@example.com", "longenough1"));

    running.faults().add(Fault::new(FaultKind::SessionsExpired));
    assert_eq!(call(&running, &session, "", "/mail/users", None).await.status(), 401);
}

#[tokio::test]
async fn a_broken_command_fails_writes_after_their_commit() {
    let sandbox = MailInABox::default();
    let running = start(sandbox.simulator()).await.unwrap();
    sandbox.break_command(SystemCommand::Dovecot);
    assert_eq!(post(&running, "/mail/users/add", ADD_BOB).await.status(), 500);
    assert!(sandbox.snapshot().user("bob@example.com").is_some());
    sandbox.repair_command(SystemCommand::Dovecot);
    assert_eq!(post(&running, "/mail/users/quota", "email=bob@example.com&quota=1G").await.status(), 200);
}

#[tokio::test]
async fn a_restored_user_leaves_the_archive() {
    let sandbox = MailInABox::default();
    let running = start(sandbox.simulator()).await.unwrap();
    sandbox.edit(|rows| {
        rows.archived("bob@example.com").mail("bob@example.com", 1_610_612_736);
    });
    assert_eq!(sandbox.snapshot().archived, ["bob@example.com"]);
    assert_eq!(post(&running, "/mail/users/add", &format!("{ADD_BOB}&quota=3G")).await.status(), 200);
    assert!(sandbox.snapshot().archived.is_empty());
    let list = get(&running, "/mail/users?format=json").await.body();
    assert!(list.contains("\"box_size\": \"1.5G\"") && list.contains("\"percent\": \" 50%\""), "{list}");
    post(&running, "/mail/users/quota", "email=bob@example.com&quota=00").await;
    assert!(get(&running, "/mail/users?format=json").await.body().contains("\"percent\": \"Error\""));
    post(&running, "/mail/users/password", "email=bob@example.com&password=longenough1").await;
    assert_eq!(sandbox.snapshot().user("bob@example.com").unwrap().password_writes, 2);
}

#[tokio::test]
async fn of_parallel_adds_of_one_address_one_wins() {
    let sandbox = MailInABox::default();
    let running = std::sync::Arc::new(start(sandbox.simulator()).await.unwrap());
    let calls = (0..5).map(|_| {
        let running = std::sync::Arc::clone(&running);
        tokio::spawn(async move { post(&running, "/mail/users/add", ADD_BOB).await.status() })
    });
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400, 400]);
}

#[tokio::test(start_paused = true)]
async fn one_worker_serves_requests_one_after_the_other() {
    let sandbox =
        MailInABox::builder().delay(Duration::from_secs(1)).kick_delay(Duration::from_mins(1)).build();
    let running = start(sandbox.simulator()).await.unwrap();
    let started = Instant::now();
    let add = post(&running, "/mail/users/add", ADD_BOB);
    let (added, listed) = tokio::join!(add, get(&running, "/mail/users"));
    assert_eq!((added.status(), listed.status()), (200, 200));
    assert!(started.elapsed() >= Duration::from_secs(62), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_for_the_worker_is_carried_out_after_its_client_has_gone() {
    let sandbox = MailInABox::builder().delay(Duration::from_hours(1)).build();
    let running = start(sandbox.simulator()).await.unwrap();
    let credentials = BASE64_STANDARD.encode(ADMINISTRATOR);
    let list = format!("GET /mail/users HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\n\r\n");
    let remove = format!(
        "POST /mail/users/remove HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: 20\r\n\r\nemail=me@example.com"
    );
    for (arrived, request) in [list, remove].iter().enumerate() {
        let client = send(running.address(), request.as_bytes()).await;
        while running.counters().total <= arrived as u64 {
            tokio::task::yield_now().await;
        }
        drop(client);
    }
    // Long enough for the server to see the closed connections.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_hours(3)).await;
    assert_eq!(sandbox.snapshot().user("me@example.com"), None);
}

#[tokio::test]
async fn options_and_unknown_verbs() {
    let running = start(MailInABox::default().simulator()).await.unwrap();
    let request = |method: &str| {
        format!("{method} /mail/users/add HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").into_bytes()
    };
    let options = drain(send(running.address(), &request("OPTIONS")).await).await;
    assert_eq!((options.status(), options.header("allow").as_deref()), (200, Some("POST, OPTIONS")));
    let patch = drain(send(running.address(), &request("PATCH")).await).await;
    assert_eq!(patch.status(), 405);
}
