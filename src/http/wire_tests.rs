//! The client against real sockets that refuse, reset, hang, drip, cut short, redirect and answer nonsense.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::provider::{ErrorKind, ProviderError};

use super::testing::{Act, Server, throttle};
use super::{Attempt, Call, Client, Config, Dialect, Reply, Standard};

fn ok(body: &str) -> Act {
    Act::reply("200 OK", "content-type: text/plain; charset=utf-8\r\n", body)
}

fn write() -> Call {
    Call::post("/change")
        .form([("email", "a@example.com".into()), ("password", SecretString::from("pw-secret").into())])
}

async fn error_of(server: &Server, call: Call) -> ProviderError {
    server.client().send(call).await.expect_err("an error")
}

#[tokio::test]
async fn sends_what_was_asked_and_reads_the_reply() {
    let server = Server::start([ok("hello")]).await;
    let client = server.client_with(|config| config.url.push_str("/admin/"));
    let call = Call::post("/mail/users/add")
        .basic("me@example.com", &SecretString::from("pw"))
        .form([("email", "jä+n@example.com".into()), ("quota", "5 G".into())]);
    let reply = client.send(call).await.expect("a reply");
    assert_eq!((reply.status, reply.text().expect("text")), (200, "hello"));
    assert_eq!(reply.content_type, "text/plain");
    let requests = server.requests();
    let request = requests[0].to_ascii_lowercase();
    assert!(request.starts_with("post /admin/mail/users/add http/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: basic bwvazxhhbxbszs5jb206chc=\r\n"), "{request}");
    assert!(request.contains(&format!("user-agent: {}\r\n", super::USER_AGENT)), "{request}");
    assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"), "{request}");
    assert!(request.ends_with("email=j%c3%a4%2bn%40example.com&quota=5+g"), "{request}");
    assert!(requests[0].contains("Basic "), "the scheme's spelling matters to some services");
}

#[tokio::test]
async fn a_path_that_leads_elsewhere_is_not_sent() {
    let server = Server::start([ok("")]).await;
    for name in ["..", ".", "a/../b"] {
        let path = format!("/x/{}", if name.len() > 2 { name.to_owned() } else { super::segment(name) });
        let error = error_of(&server, Call::get(path)).await;
        assert_eq!(error.kind, ErrorKind::Invalid, "{name}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn nothing_was_sent_where_no_connection_comes_about() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let client = Client::new(Config::new(url), throttle(), Standard).expect("a client");
    let error = client.send(write()).await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(error.message.contains("refused"), "{error}");
    assert_eq!(client.calls(), 1, "a write is not repeated");
    let error = client.send(Call::get("/list")).await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert_eq!(client.calls(), 1 + 5, "a read is");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_unavailable() {
    // RFC 6761: resolvers answer for `.invalid` themselves.
    let client = Client::new(Config::new("https://nobody.invalid"), throttle(), Standard).expect("a client");
    let error = client.send(write()).await.expect_err("no such name");
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(error.message.contains("cannot be resolved"), "{error}");
}

#[tokio::test]
async fn a_write_whose_connection_breaks_is_in_doubt() {
    for act in [Act::Reset, Act::Hush] {
        let server = Server::start([act.clone()]).await;
        let error = error_of(&server, write()).await;
        assert_eq!(error.kind, ErrorKind::Ambiguous, "{act:?}: {error}");
        assert!(error.message.contains("broke"), "{error}");
        assert_eq!(error.call.as_deref(), Some(&*format!("POST {}/change", server.url)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_whose_connection_breaks_is_repeated() {
    let server = Server::start([Act::Reset, Act::Hush, ok("there")]).await;
    let client = server.client();
    let reply = client.send(Call::get("/list")).await.expect("a reply");
    assert_eq!(reply.text().expect("text"), "there");
    assert_eq!(client.calls(), 3);
    let server = Server::start([Act::Hush]).await;
    assert_eq!(error_of(&server, Call::get("/list")).await.kind, ErrorKind::Unavailable);
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn a_reply_that_is_cut_short_is_no_reply() {
    let cut = Act::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this".to_vec());
    let chunked = Act::Say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nonly \r\n".to_vec());
    let head = Act::Say(b"HTTP/1.1 200 O".to_vec());
    for act in [cut, chunked, head] {
        let server = Server::start([act]).await;
        let error = error_of(&server, write()).await;
        assert_eq!(error.kind, ErrorKind::Ambiguous, "{error}");
        assert!(error.message.contains("broke"), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_http_is_in_doubt_for_a_write() {
    let server = Server::start([Act::Say(b"220 mail.example.com ESMTP\r\n".to_vec())]).await;
    assert_eq!(error_of(&server, write()).await.kind, ErrorKind::Ambiguous);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_the_time_given() {
    let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this".to_vec();
    for act in [Act::SayThenHang(Vec::new()), Act::SayThenHang(begun)] {
        let server = Server::start([act]).await;
        let client = server.client_with(|config| config.timeout = Duration::from_secs(30));
        let start = Instant::now();
        let error = client.send(write()).await.expect_err("too late");
        assert_eq!(error.kind, ErrorKind::Ambiguous);
        assert!(error.message.contains("no answer within 30 s"), "{error}");
        assert_eq!(start.elapsed().as_secs(), 30);
        let error = client.send(Call::get("/list")).await.expect_err("too late");
        assert_eq!(error.kind, ErrorKind::Unavailable, "a read changed nothing");
        assert_eq!(client.calls(), 2, "and a slow service is not asked five times");
    }
}

#[tokio::test(start_paused = true)]
async fn a_drip_of_bytes_does_not_hold_the_run_for_ever() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n".to_vec();
    let server = Server::start([Act::SayThenDrip(head)]).await;
    let client = server.client_with(|config| config.timeout = Duration::from_secs(30));
    let start = Instant::now();
    let error = client.send(write()).await.expect_err("too late");
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert!(error.message.contains("the whole reply was not there within 120 s"), "{error}");
    assert_eq!(start.elapsed().as_secs(), 120);
}

#[tokio::test]
async fn a_reply_has_bounds() {
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let endless = [head, b"400\r\n".to_vec(), vec![b'x'; 0x400], b"\r\n".to_vec()].concat();
    // The head is repeated too, which is no valid chunk; so only the first kilobyte counts, and the bound is less.
    let server = Server::start([Act::SayForever(endless)]).await;
    let client = server.client_with(|config| config.max_body = 1000);
    let error = client.send(Call::get("/list")).await.expect_err("too large");
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert!(error.message.contains("larger than 1 kB"), "{error}");
    let error = client.send(write()).await.expect_err("too large");
    assert_eq!(error.kind, ErrorKind::Ambiguous);
}

#[tokio::test]
async fn a_compressed_reply_is_bounded_by_what_it_becomes() {
    let bomb = gzip_of_zeroes(10 << 20);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        bomb.len()
    )
    .into_bytes();
    reply.extend(bomb);
    let server = Server::start([Act::Say(reply)]).await;
    let client = server.client_with(|config| config.max_body = 1 << 20);
    let error = client.send(Call::get("/list")).await.expect_err("too large");
    assert!(error.message.contains("larger than 1 MiB"), "{error}");
    let whole = server.client().send(Call::get("/list")).await.expect("a reply");
    assert_eq!(whole.body.len(), 10 << 20);
}

/// A gzip stream of so many zero bytes, in fixed Huffman codes: one literal, then copies of 258 bytes at distance
/// 1, which are 13 bits each.
fn gzip_of_zeroes(length: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    // Header bits go in least significant first, Huffman codes most significant first.
    bits.extend([true, true, false]); // last block, fixed codes
    bits.extend([false, false, true, true, false, false, false, false]); // literal 0 = 00110000
    let copies = (length - 1) / 258;
    let rest = length - 1 - copies * 258;
    for _ in 0..copies {
        bits.extend([true, true, false, false, false, true, false, true]); // length 258 = code 285 = 11000101
        bits.extend([false; 5]); // distance 1
    }
    for _ in 0..rest {
        bits.extend([false, false, true, true, false, false, false, false]);
    }
    bits.extend([false; 7]); // end of block
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for byte in bits.chunks(8) {
        out.push(byte.iter().enumerate().map(|(at, &bit)| u8::from(bit) << at).sum());
    }
    out.extend(crc32_of_zeroes(length).to_le_bytes());
    out.extend(u32::try_from(length).expect("small").to_le_bytes());
    out
}

fn crc32_of_zeroes(length: usize) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|n| (0..8).fold(n, |c, _| if c & 1 == 1 { (c >> 1) ^ 0xEDB8_8320 } else { c >> 1 }))
        .collect();
    !(0..length).fold(!0_u32, |crc, _| (crc >> 8) ^ table[(crc & 0xff) as usize])
}

#[tokio::test]
async fn a_broken_encoding_is_not_taken_for_a_broken_connection() {
    let server = Server::start([Act::reply("200 OK", "content-encoding: gzip\r\n", "this is no gzip")]).await;
    let error = error_of(&server, Call::get("/list")).await;
    assert_eq!(error.kind, ErrorKind::Protocol, "{error}");
    assert_eq!(server.requests().len(), 1);
    assert_eq!(error_of(&server, write()).await.kind, ErrorKind::Ambiguous);
}

#[tokio::test]
async fn credentials_never_follow_a_redirect() {
    let other = Server::start([ok("stolen")]).await;
    for (status, of_write) in [
        ("301 Moved Permanently", ErrorKind::Protocol),
        ("302 Found", ErrorKind::Ambiguous),
        ("303 See Other", ErrorKind::Ambiguous),
        ("307 Temporary Redirect", ErrorKind::Protocol),
        ("308 Permanent Redirect", ErrorKind::Protocol),
    ] {
        let to = format!("location: {}/x?token=t0ken\r\n", other.url);
        let server = Server::start([Act::reply(status, &to, "")]).await;
        for (call, kind) in [(Call::get("/list"), ErrorKind::Protocol), (write(), of_write)] {
            let error = error_of(&server, call.basic("me", &SecretString::from("pw"))).await;
            assert_eq!(error.kind, kind, "{status}");
            assert!(error.message.contains(&format!("{}/x;", other.url)), "{error}");
            assert!(!error.message.contains("t0ken"), "{error}");
        }
        assert_eq!(server.requests().len(), 2);
    }
    assert_eq!(other.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_busy_service_is_asked_again_when_it_says() {
    let busy =
        |after: &str| Act::reply("429 Too Many Requests", &format!("retry-after: {after}\r\n"), "slow down");
    let server = Server::start([
        busy("7"),
        Act::reply("503 Service Unavailable", "retry-after: 20\r\n", ""),
        ok("there"),
    ])
    .await;
    let start = Instant::now();
    let reply = server.client().send(Call::get("/list")).await.expect("a reply");
    assert_eq!(reply.text().expect("text"), "there");
    assert_eq!(start.elapsed().as_secs(), 27);

    let server = Server::start([busy("7"), ok("there")]).await;
    let client = server.client();
    let start = Instant::now();
    let error = client.send(write()).await.expect_err("busy");
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(Duration::from_secs(7))));
    assert_eq!(start.elapsed().as_secs(), 0, "whoever sends the write waits");
    client.send(write()).await.expect("a reply");
    assert_eq!(start.elapsed().as_secs(), 7, "and no other write goes out before");

    let server = Server::start([busy("3600")]).await;
    let client = server.client();
    let error = client.send(Call::get("/list")).await.expect_err("busy for an hour");
    assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(Duration::from_hours(1))));
    assert_eq!(client.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_is_tried_five_times_and_a_write_once() {
    for status in ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        let server = Server::start([Act::reply(status, "", "<title>busy</title>")]).await;
        let error = server.client().text(Call::get("/list")).await.expect_err("down");
        assert_eq!(error.kind, ErrorKind::Unavailable);
        assert!(error.message.contains("an HTML page titled `busy`"), "{error}");
        assert_eq!(server.requests().len(), 5);
        let error = server.client().text(write()).await.expect_err("down");
        assert_eq!(error.kind, ErrorKind::Ambiguous, "{status}");
        assert_eq!(server.requests().len(), 6);
        server.client().text(Call::get("/login").once()).await.expect_err("down");
        assert_eq!(server.requests().len(), 7, "a call that may not be repeated is not");
        server.client().text(Call::post("/search").reads()).await.expect_err("down");
        assert_eq!(server.requests().len(), 12, "a POST that reads is");
    }
    let server = Server::start([Act::reply("500 Internal Server Error", "", "")]).await;
    assert_eq!(server.client().text(Call::get("/list")).await.expect_err("500").kind, ErrorKind::Unavailable);
    assert_eq!(server.requests().len(), 1, "an error of the program is not cured by asking again");
}

#[tokio::test]
async fn every_status_has_a_meaning() {
    for (status, read, write_kind) in [
        ("400 Bad Request", ErrorKind::Invalid, ErrorKind::Invalid),
        ("401 Unauthorized", ErrorKind::Auth, ErrorKind::Auth),
        ("403 Forbidden", ErrorKind::Denied, ErrorKind::Denied),
        ("404 Not Found", ErrorKind::NotFound, ErrorKind::NotFound),
        ("405 Method Not Allowed", ErrorKind::Invalid, ErrorKind::Invalid),
        ("408 Request Timeout", ErrorKind::Unavailable, ErrorKind::Unavailable),
        ("409 Conflict", ErrorKind::Conflict, ErrorKind::Conflict),
        ("422 Unprocessable", ErrorKind::Invalid, ErrorKind::Invalid),
        ("500 Internal Server Error", ErrorKind::Unavailable, ErrorKind::Ambiguous),
    ] {
        let server = Server::start([Act::reply(status, "", "no\u{1b}[2Jgood")]).await;
        let client = server.client();
        let error = client.text(Call::get("/list")).await.expect_err(status);
        assert_eq!(error.kind, read, "{status}");
        assert!(error.message.ends_with("no\\u{1b}[2Jgood"), "{error}");
        assert_eq!(client.text(write()).await.expect_err(status).kind, write_kind, "{status}");
        assert_eq!(client.calls(), 2);
    }
}

#[tokio::test]
async fn a_reply_of_another_shape_names_the_place() {
    #[derive(Debug, serde::Deserialize)]
    struct Row {
        #[expect(dead_code, reason = "only decoded")]
        users: Vec<String>,
    }
    let body = r#"[{"users": ["a"]}, {"users": ["a", 7]}]"#;
    let server =
        Server::start([ok(body), ok(&body[..30]), ok("[] trailing"), ok("<html><title>Sign in</title>")])
            .await;
    let client = server.client();
    let mut messages = Vec::new();
    for _ in 0..4 {
        let error = client.json::<Vec<Row>>(Call::get("/list")).await.expect_err("another shape");
        assert_eq!(error.kind, ErrorKind::Protocol);
        messages.push(error.message);
    }
    assert!(messages[0].contains("at `[1].users[1]`: invalid type: integer `7`"), "{messages:?}");
    assert!(messages[0].contains(r#"it begins: [{"users""#), "{messages:?}");
    assert!(messages[1].contains("EOF while parsing"), "{messages:?}");
    assert!(messages[2].contains("after the document"), "{messages:?}");
    assert!(messages[3].contains("an HTML page titled `Sign in`"), "{messages:?}");
    let error = client.json::<Vec<Row>>(write()).await.expect_err("another shape");
    assert_eq!(error.kind, ErrorKind::Ambiguous, "a write whose reply cannot be read is in doubt");
}

#[tokio::test]
async fn a_confidential_reply_is_never_quoted() {
    let server = Server::start([ok(r#"{"api_key": "s3cret", "x": 1}"#)]).await;
    let client = server.client();
    let reply: Reply = client.send(Call::post("/login").confidential()).await.expect("a reply");
    let shown = format!("{reply:?} {:?} {:?}", reply.refusal(), reply.unexpected("odd"));
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[derive(Debug, Default)]
struct Counting(AtomicU32);

impl Dialect for Counting {
    fn sign(&self, attempt: &Attempt<'_>) -> Vec<(&'static str, SecretString)> {
        let calls = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        assert_eq!(calls, attempt.number);
        vec![("x-signature", format!("{calls}:{}:{}", attempt.method.as_str(), attempt.path).into())]
    }

    fn is_throttled(&self, reply: &Reply) -> bool {
        reply.status == 403 && reply.text().is_ok_and(|text| text.contains("Exceeded request limits"))
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_signed_anew_and_a_service_may_say_busy_its_own_way() {
    let server =
        Server::start([Act::reply("403 Forbidden", "", "Exceeded request limits"), ok("there")]).await;
    let config = Config::new(format!("{}/v1", server.url));
    let client = Client::new(config, throttle(), Counting::default()).expect("a client");
    client.text(Call::get("/list").query("page", "2")).await.expect("a reply");
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /v1/list?page=2 "), "{requests:?}");
    assert!(requests[0].contains("x-signature: 1:GET:/v1/list\r\n"), "{requests:?}");
    assert!(requests[1].contains("x-signature: 2:GET:/v1/list\r\n"), "{requests:?}");
}
