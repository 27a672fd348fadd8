//! Rules 9 to 18: what every call but the login needs, and where calls go.

use std::time::Duration;

use super::caller::{Caller, LIST, MAILBOX, headers, new};
use crate::providers::censornet::sandbox::{Censornet, Tokens};
use crate::sandbox::{Fault, FaultKind};

/// The statuses of a list, a creation, a deletion with these headers.
async fn statuses(caller: &Caller, headers: &str) -> [u16; 3] {
    let unknown = r#"[{"id":1,"email_address_id":2,"email_address":"a@example.com"}]"#;
    [
        caller.send("GET", LIST, headers, "").await.status(),
        caller.send_sized("POST", MAILBOX, headers, &new(&["a@other.example"])).await.status(),
        caller.send_sized("DELETE", MAILBOX, headers, unknown).await.status(),
    ]
}

#[tokio::test]
async fn r09_a_token_that_was_given() {
    let caller = Caller::of(Censornet::builder()).await;
    assert_eq!(statuses(&caller, &caller.headers).await, [200, 422, 404]);
    let twice = format!("{}Authorization: Bearer x\r\n", caller.headers);
    for wrong in [
        headers("0123456789abcdef0123456789abcdef", caller.sandbox.account()),
        caller.headers.replace("Bearer ", "Basic "),
        caller.headers.replace("Bearer ", ""),
        caller.headers.replace("Bearer ", "Bearer  \""),
        caller.headers.replace("Authorization", "X-Auth-Token"),
        twice,
    ] {
        assert_eq!(statuses(&caller, &wrong).await, [401; 3], "{wrong}");
    }
}

#[tokio::test]
async fn r10_a_token_ends() {
    let caller = Caller::of(Censornet::builder()).await;
    caller.sandbox.elapse(Duration::from_secs(86_000));
    assert_eq!(caller.list("").await.status(), 200);
    caller.sandbox.elapse(Duration::from_secs(400));
    assert_eq!(statuses(&caller, &caller.headers).await, [401; 3]);

    let early = Censornet::builder().expires_in(Duration::from_hours(2)).tokens_live(Duration::from_mins(1));
    let caller = Caller::of(early).await;
    assert!(caller.login_with(&super::caller::FIELDS).await.body().contains(r#""expires_in":7200"#));
    caller.sandbox.elapse(Duration::from_mins(1));
    assert_eq!(statuses(&caller, &caller.headers).await, [401; 3]);
}

#[tokio::test]
async fn r11_tokens_side_by_side_or_the_newest() {
    for (tokens, older) in [(Tokens::SideBySide, 200), (Tokens::Newest, 401)] {
        let caller = Caller::of(Censornet::builder().tokens(tokens)).await;
        let newer = headers(&caller.login().await, caller.sandbox.account());
        assert_eq!(caller.list("").await.status(), older);
        assert_eq!(caller.send("GET", LIST, &newer, "").await.status(), 200);
    }
}

#[tokio::test]
async fn r12_all_tokens_end_at_once() {
    let mut caller = Caller::of(Censornet::builder()).await;
    caller.running.faults().add(Fault::new(FaultKind::SessionsExpired));
    assert_eq!(statuses(&caller, &caller.headers).await, [401; 3]);
    caller.headers = headers(&caller.login().await, caller.sandbox.account());
    assert_eq!(caller.list("").await.status(), 200);
    caller.sandbox.expire_tokens();
    assert_eq!(caller.list("").await.status(), 401);
}

#[tokio::test]
async fn r13_the_account_is_named_once() {
    let caller = Caller::of(Censornet::builder()).await;
    let missing = caller.headers.replace("X-Uss-Account-Id", "X-Account-Id");
    let twice = format!("{}X-Uss-Account-Id: {}\r\n", caller.headers, caller.sandbox.account());
    assert_eq!(statuses(&caller, &missing).await, [400; 3]);
    assert_eq!(statuses(&caller, &twice).await, [400; 3]);
}

#[tokio::test]
async fn r14_accounts_are_apart() {
    let other = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let mut caller = Caller::of(Censornet::builder().further_account(other)).await;
    let own = caller.sandbox.account().to_owned();
    caller.sandbox.edit(|rows| {
        rows.mailbox("a@example.com");
    });
    caller.sandbox.edit_account(other, |rows| {
        rows.mailbox("b@example.com");
    });
    assert_eq!(caller.addresses("").await, ["a@example.com"]);
    let body = caller.named("a@example.com");
    let foreign = caller.headers.replace(&own, "7c9e6679-7425-40de-944b-000000000000");
    assert_eq!(statuses(&caller, &foreign).await, [403; 3]);

    caller.headers = caller.headers.replace(&own, other);
    assert_eq!(caller.addresses("").await, ["b@example.com"]);
    assert_eq!(caller.change("DELETE", &body).await.status(), 404);
    assert_eq!(caller.create(&["a@example.com"]).await.status(), 200);
    assert_eq!(caller.sandbox.snapshot_of(other).addresses(), ["b@example.com", "a@example.com"]);
    assert_eq!(caller.sandbox.snapshot().addresses(), ["a@example.com"]);
}

#[tokio::test]
async fn r15_json_is_announced_by_a_get_too() {
    let caller = Caller::of(Censornet::builder()).await;
    let line = "Content-Type: application/json\r\n";
    for wrong in ["", "Content-Type: text/plain\r\n", "Content-Type: application/json; charset=latin1\r\n"] {
        assert_eq!(statuses(&caller, &caller.headers.replace(line, wrong)).await, [415; 3], "{wrong}");
    }
    let charset = caller.headers.replace(line, "Content-Type: application/json; charset=UTF-8\r\n");
    assert_eq!(statuses(&caller, &charset).await, [200, 422, 404]);
}

#[tokio::test]
async fn r16_a_role_without_the_right() {
    let caller = Caller::of(Censornet::builder().without_the_right()).await;
    assert_eq!(statuses(&caller, &caller.headers).await, [403; 3]);
}

#[tokio::test]
async fn r17_the_list_and_the_changes_have_their_own_paths() {
    let caller = Caller::of(Censornet::builder()).await;
    for (methods, path, allow) in [
        (["GET", "HEAD", "PATCH", "OPTIONS"], MAILBOX, "POST, DELETE"),
        (["POST", "DELETE", "PUT", "HEAD"], LIST, "GET"),
    ] {
        for method in methods {
            let seen = caller.send_sized(method, path, &caller.headers, &new(&["a@example.com"])).await;
            assert_eq!(
                (seen.status(), seen.header("allow").as_deref()),
                (405, Some(allow)),
                "{method} {path}"
            );
        }
    }
    assert_eq!(caller.sandbox.snapshot().addresses(), Vec::<&str>::new());
}

#[tokio::test]
async fn r18_there_is_nothing_else() {
    let caller = Caller::of(Censornet::builder()).await;
    for path in
        ["/", "/auth/", "/email/mailbox/", "/email/mailbox/v2/", "/email/mailbox/v1", "/Email/Mailbox/v2"]
    {
        assert_eq!(caller.send("GET", path, &caller.headers, "").await.status(), 404, "{path}");
    }
    assert_eq!(caller.send_sized("POST", "/email/v2/analyse", &caller.headers, "{}").await.status(), 404);
}
