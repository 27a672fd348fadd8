use super::*;
use crate::sandbox::{Running, raw, start};

/// Sends a request as bytes; none where the connection ends without an answer.
async fn exchange(running: &Running, method: &str, key: &str, body: &str) -> Option<(u16, String)> {
    let key = base64::engine::general_purpose::STANDARD.encode(key);
    let request = format!(
        "{method} /doveadm/v1 HTTP/1.1\r\nhost: x\r\nauthorization: X-Dovecot-API {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let seen = raw::drain(raw::send(running.address(), request.as_bytes()).await).await;
    (seen.status() != 0).then(|| (seen.status(), seen.body().trim().to_owned()))
}

async fn dovecot() -> (Dovecot, Running) {
    let dovecot = Dovecot::new("key");
    dovecot.add_user("info@acme.test");
    dovecot.add_user("bob@acme.test");
    let running = start(dovecot.simulator()).await.expect("serves");
    (dovecot, running)
}

async fn post(running: &Running, body: &str) -> Option<(u16, String)> {
    exchange(running, "POST", "key", body).await
}

#[tokio::test]
async fn a_wrong_key_is_told_only_without_a_body() {
    let (_, running) = dovecot().await;
    let (status, _) = exchange(&running, "GET", "wrong", "").await.expect("answered");
    assert_eq!(status, 401);
    let (status, text) = exchange(&running, "GET", "key", "").await.expect("answered");
    assert_eq!(status, 200);
    assert!(text.contains(r#""command":"aclGet""#), "{text}");
    let never = exchange(&running, "POST", "wrong", "[]");
    assert!(tokio::time::timeout(Duration::from_millis(200), never).await.is_err());
}

#[tokio::test]
async fn what_is_no_list_of_commands_is_a_400() {
    let (_, running) = dovecot().await;
    for (body, text) in [
        ("not json", "JSON parse error: Invalid data as value"),
        ("{}", "Request must be a JSON array"),
        (r#"[["mailboxList"]]"#, "Parameters must be contained in a JSON object"),
        (r#"[["mailboxList",{}]]"#, "Command ID must be a string"),
    ] {
        assert_eq!(post(&running, body).await, Some((400, text.to_owned())), "{body}");
    }
    assert_eq!(post(&running, "[]").await, Some((200, "[]".to_owned())));
}

#[tokio::test]
async fn a_command_that_fails_does_so_inside_a_200() {
    let (_, running) = dovecot().await;
    let body = r#"[["aclGet",{"user":"ghost@acme.test","mailbox":"INBOX"},"a"],
        ["aclGet",{"user":"info@acme.test","mailbox":"Nope"},"b"],["noSuch",{},"c"],
        ["mailboxList",{"user":"info@acme.test","nosuch":"x"},"d"],["aclGet",{"user":"info@acme.test","mailbox":"INBOX"},"e"]]"#;
    let told = r#"[["error",{"exitCode":67,"type":"exitCode"},"a"],["error",{"exitCode":68,"type":"exitCode"},"b"],["error",{"exitCode":0,"type":"unknownMethod"},"c"],["error",{"exitCode":0,"type":"invalidRequest"},"d"],["doveadmResponse",[],"e"]]"#;
    assert_eq!(post(&running, body).await, Some((200, told.to_owned())));
}

#[tokio::test]
async fn an_unknown_right_ends_the_connection() {
    let (dovecot, running) = dovecot().await;
    for (id, right) in [("user=bob@acme.test", "fly"), ("nonsense", "read"), ("-user=bob@acme.test", "read")]
    {
        let body = format!(
            r#"[["aclSet",{{"user":"info@acme.test","mailbox":"INBOX","id":"{id}","right":["{right}"]}},"t"]]"#
        );
        assert_eq!(post(&running, &body).await, None, "{id} {right}");
    }
    assert!(dovecot.entries().is_empty());
}

#[tokio::test]
async fn a_child_takes_its_parents_list_over() {
    let (dovecot, _running) = dovecot().await;
    dovecot.add_folder("info@acme.test", "Archive");
    dovecot.share("info@acme.test", "Archive", "user=bob@acme.test", &["read"]);
    dovecot.add_folder("info@acme.test", "Archive/2027");
    dovecot.add_folder("info@acme.test", "Beside");
    let entries = dovecot.entries();
    assert_eq!(
        entries,
        [
            "info@acme.test/Archive user=bob@acme.test: read",
            "info@acme.test/Archive/2027 user=bob@acme.test: read"
        ]
    );
}

#[tokio::test]
async fn a_grantee_sees_what_is_shared_and_may_not_hand_it_on() {
    let (dovecot, running) = dovecot().await;
    dovecot.share("info@acme.test", "Sent", "user=bob@acme.test", &["lookup", "read"]);
    let seen = post(&running, r#"[["mailboxList",{"user":"bob@acme.test"},"t"]]"#).await.expect("answered").1;
    assert!(seen.contains("shared/info@acme.test/Sent"), "{seen}");
    let own = r#"[["mailboxList",{"user":"bob@acme.test","mailboxMask":["*"]},"t"]]"#;
    let own = post(&running, own).await.expect("answered").1;
    assert!(!own.contains("shared"), "{own}");
    let rights = r#"[["aclRights",{"user":"bob@acme.test","mailbox":"shared/info@acme.test/Sent"},"t"]]"#;
    let rights = post(&running, rights).await.expect("answered").1;
    assert_eq!(rights, r#"[["doveadmResponse",[{"rights":"lookup read"}],"t"]]"#);
}
