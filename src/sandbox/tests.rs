//! What a client sees on the wire, fault by fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::raw::{Seen, call, drain, send};
use super::{Fault, FaultKind, Running, Simulator, start};

/// A service that counts: `POST /add` adds one, `GET /count` reads, `GET /wait` answers when told.
#[derive(Clone)]
struct Counter {
    count: Arc<AtomicU64>,
    sessions: Arc<AtomicU64>,
    gate: Arc<Semaphore>,
}

impl Default for Counter {
    fn default() -> Self {
        Self { count: Arc::default(), sessions: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
    }
}

impl Counter {
    fn simulator(&self) -> Simulator {
        async fn count(State(counter): State<Counter>) -> Response {
            Json(json!({ "count": counter.count.load(Ordering::SeqCst) })).into_response()
        }
        async fn add(State(counter): State<Counter>) -> Response {
            counter.count.fetch_add(1, Ordering::SeqCst);
            "added".into_response()
        }
        async fn wait(State(counter): State<Counter>) -> Response {
            counter.gate.acquire().await.unwrap().forget();
            "waited".into_response()
        }
        let router = Router::new()
            .route("/count", get(count))
            .route("/add", post(add))
            .route("/wait", get(wait))
            .with_state(self.clone());
        let sessions = Arc::clone(&self.sessions);
        Simulator::new("counter", router)
            .throttled_as(|_| (StatusCode::FORBIDDEN, "slow down, please").into_response())
            .expires_sessions_with(move || sessions.store(0, Ordering::SeqCst))
    }

    fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }
}

/// Serves a counter, adds one fault, posts to `/add` and says what came back and how often the call was processed.
async fn struck_by(kind: FaultKind) -> (Seen, u64, Running) {
    let counter = Counter::default();
    let running = start(counter.simulator()).await.unwrap();
    running.faults().add(Fault::new(kind));
    let seen = call(running.address(), "POST", "/add").await;
    (seen, counter.count(), running)
}

#[tokio::test]
async fn throttled_speaks_the_services_own_words() {
    let (seen, processed, _running) = struck_by(FaultKind::Throttled { retry_after: None }).await;
    assert_eq!((seen.status(), seen.body().as_str(), processed), (403, "slow down, please", 0));
}

#[tokio::test]
async fn throttled_by_default_is_429_with_and_without_retry_after() {
    for (retry_after, header) in [(None, None), (Some(Duration::from_secs(7)), Some("7".to_owned()))] {
        let running = start(Simulator::new("empty", Router::new())).await.unwrap();
        running.faults().add(Fault::new(FaultKind::Throttled { retry_after }));
        let seen = call(running.address(), "GET", "/").await;
        assert_eq!((seen.status(), seen.header("retry-after")), (429, header));
    }
}

#[tokio::test]
async fn errors_before_and_after_the_commit_look_alike() {
    let (before, processed_before, _running) = struck_by(FaultKind::ErrorBefore).await;
    let (after, processed_after, _running) = struck_by(FaultKind::ErrorAfterCommit).await;
    assert_eq!((before.status(), after.status()), (500, 500));
    assert_eq!(before.body(), after.body());
    assert_eq!((processed_before, processed_after), (0, 1));
}

#[tokio::test]
async fn unavailable_is_503() {
    let kind = FaultKind::Unavailable { retry_after: Some(Duration::from_mins(2)) };
    let (seen, processed, _running) = struck_by(kind).await;
    assert_eq!((seen.status(), seen.header("retry-after"), processed), (503, Some("120".into()), 0));
}

#[tokio::test]
async fn a_lost_reply_is_processed_and_not_one_byte_comes_back() {
    let (seen, processed, running) = struck_by(FaultKind::LostReply).await;
    assert_eq!((seen.bytes.len(), seen.error, processed), (0, None, 1));
    let recorded = &running.requests()[0];
    assert_eq!((recorded.status, recorded.fault), (None, Some("lost-reply")));
    assert_eq!(call(running.address(), "POST", "/add").await.body(), "added");
}

#[tokio::test]
async fn a_reset_is_not_processed() {
    let (seen, processed, _running) = struck_by(FaultKind::Reset).await;
    let reset = Some(std::io::ErrorKind::ConnectionReset);
    assert_eq!((seen.bytes.len(), seen.error, processed), (0, reset, 0));
}

#[tokio::test(start_paused = true)]
async fn the_call_after_it_is_refused_until_the_time_is_over() {
    let counter = Counter::default();
    let running = start(counter.simulator()).await.unwrap();
    let request = b"POST /add HTTP/1.1\r\nHost: x\r\n\r\n";
    // One connection waits idle, another for its answer.
    let mut idle = send(running.address(), request).await;
    idle.read_exact(&mut [0; 12]).await.unwrap();
    let waiting = send(running.address(), b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n").await;
    while running.counters().total < 2 {
        tokio::task::yield_now().await;
    }
    running.faults().add(Fault::new(FaultKind::Refused(Duration::from_secs(30))));
    // It asks to be kept, and is closed all the same.
    let seen = drain(send(running.address(), request).await).await;
    assert_eq!((seen.body().as_str(), seen.header("connection")), ("added", Some("close".into())));
    assert!(drain(idle).await.bytes.ends_with(b"added"));
    for _ in 0..2 {
        let refused = TcpStream::connect(running.address()).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    let taken = std::net::TcpListener::bind(running.address()).unwrap_err();
    assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse, "nobody else is given its port");
    counter.gate.add_permits(1);
    assert_eq!(drain(waiting).await.body(), "waited", "what was under way is answered");
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(call(running.address(), "POST", "/add").await.body(), "added");
    assert_eq!(counter.count(), 3);
    assert_eq!(running.requests().iter().filter(|request| request.fault == Some("refused")).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_first_call_can_be_refused_and_so_can_a_later_one() {
    let running = start(Counter::default().simulator()).await.unwrap();
    for _ in 0..2 {
        running.refuse(Duration::from_secs(1)).await;
        let refused = TcpStream::connect(running.address()).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(call(running.address(), "POST", "/add").await.body(), "added");
    }
    running.refuse(Duration::ZERO).await;
    assert_eq!(call(running.address(), "POST", "/add").await.body(), "added");
    running.refuse(Duration::from_hours(1)).await;
    running.stop().await;
}

#[tokio::test]
async fn two_do_not_share_a_port() {
    let running = start(Counter::default().simulator()).await.unwrap();
    let error = super::serve(Counter::default().simulator(), running.address()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {}", running.address()));
}

#[tokio::test(start_paused = true)]
async fn a_slow_reply_was_processed_long_before() {
    let counter = Counter::default();
    let running = start(counter.simulator()).await.unwrap();
    running.faults().add(Fault::new(FaultKind::Slow(Duration::from_secs(90))));
    let started = tokio::time::Instant::now();
    let seen = call(running.address(), "POST", "/add").await;
    assert_eq!(seen.body(), "added");
    assert!(started.elapsed() >= Duration::from_secs(90));
    assert_eq!(counter.count(), 1);
}

#[tokio::test]
async fn a_late_request_is_processed_after_the_client_has_gone() {
    let counter = Counter::default();
    let running = start(counter.simulator()).await.unwrap();
    running.faults().add(Fault::new(FaultKind::Late(Duration::from_hours(1))));
    let request = b"POST /add HTTP/1.1\r\nHost: x\r\n\r\n";
    let tcp = send(running.address(), request).await;
    while running.counters().total == 0 {
        tokio::task::yield_now().await;
    }
    drop(tcp);
    assert_eq!(counter.count(), 0);
    // Stopping ends the delay; the request is carried out all the same.
    running.stop().await;
    while counter.count() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_hang_lasts_until_the_server_stops() {
    let counter = Counter::default();
    let running = start(counter.simulator()).await.unwrap();
    running.faults().add(Fault::new(FaultKind::Hang));
    let tcp = send(running.address(), b"POST /add HTTP/1.1\r\nHost: x\r\n\r\n").await;
    while running.counters().total == 0 {
        tokio::task::yield_now().await;
    }
    running.stop().await;
    assert_eq!(drain(tcp).await.bytes.len(), 0);
    assert_eq!(counter.count(), 0);
}

#[tokio::test]
async fn a_body_cut_short_is_shorter_than_promised() {
    let (seen, processed, _running) = struck_by(FaultKind::CutShort).await;
    assert_eq!(seen.header("content-length").as_deref(), Some("5"));
    assert_eq!((seen.body().as_str(), processed), ("ad", 1));
}

#[tokio::test]
async fn half_a_body_has_the_length_it_promises() {
    let (seen, processed, _running) = struck_by(FaultKind::HalfBody).await;
    assert_eq!(seen.header("content-length").as_deref(), Some("2"));
    assert_eq!((seen.body().as_str(), processed), ("ad", 1));
}

#[tokio::test]
async fn a_wrong_content_type_and_an_html_page() {
    let (seen, processed, _running) = struck_by(FaultKind::ContentType("image/png".into())).await;
    assert_eq!((seen.header("content-type"), processed), (Some("image/png".into()), 1));
    assert_eq!(seen.body(), "added");
    let (seen, processed, _running) = struck_by(FaultKind::HtmlPage).await;
    assert_eq!((seen.status(), processed), (200, 0));
    assert!(seen.body().starts_with("<html>"));
}

#[tokio::test]
async fn an_endless_body_ends_at_its_limit_or_with_the_client() {
    let (seen, _, running) = struck_by(FaultKind::Endless { limit: 200_000 }).await;
    assert_eq!(seen.header("content-length"), None);
    assert!(seen.bytes.len() > 200_000 && seen.bytes.len() < 400_000);

    running.faults().add(Fault::new(FaultKind::Endless { limit: FaultKind::ENDLESS }));
    let mut tcp = send(running.address(), b"GET /count HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut some = vec![0; 100_000];
    tcp.read_exact(&mut some).await.unwrap();
    drop(tcp);
    // Would wait for the rest if the stream went on without its client.
    running.stop().await;
}

#[tokio::test]
async fn sessions_expire_before_the_request_is_processed() {
    let counter = Counter::default();
    counter.sessions.store(3, Ordering::SeqCst);
    let running = start(counter.simulator()).await.unwrap();
    running.faults().add(Fault::new(FaultKind::SessionsExpired));
    assert_eq!(call(running.address(), "POST", "/add").await.status(), 200);
    assert_eq!(counter.sessions.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_redirect_keeps_path_and_query() {
    let running = start(Counter::default().simulator()).await.unwrap();
    let status = StatusCode::TEMPORARY_REDIRECT;
    running.faults().add(Fault::new(FaultKind::Redirect { status, to: "http://elsewhere.example".into() }));
    let seen = call(running.address(), "GET", "/count?a=b").await;
    assert_eq!(
        (seen.status(), seen.header("location")),
        (307, Some("http://elsewhere.example/count?a=b".into()))
    );
}

#[tokio::test]
async fn a_page_repeats_and_one_shifts() {
    let counter = Counter::default();
    let running = start(counter.simulator()).await.unwrap();
    running.faults().add(Fault::new(FaultKind::Repeat).to(Method::GET, "/count").nth(2));
    let meanwhile = Arc::clone(&counter.count);
    let change = Arc::new(move || meanwhile.store(40, Ordering::SeqCst));
    running.faults().add(Fault::new(FaultKind::Meanwhile(change)).to(Method::GET, "/count").nth(4));
    let mut pages = Vec::new();
    for page in 1..=4 {
        pages.push(call(running.address(), "GET", &format!("/count?page={page}")).await.body());
        call(running.address(), "POST", "/add").await;
    }
    assert_eq!(pages, [r#"{"count":0}"#, r#"{"count":0}"#, r#"{"count":2}"#, r#"{"count":40}"#]);
}

#[tokio::test]
async fn the_log_and_the_counters_tell_what_arrived() {
    let counter = Counter::default();
    let running = start(counter.simulator()).await.unwrap();
    let request =
        b"POST /add?x=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2VjcmV0\r\nContent-Length: 3\r\n\
        Connection: close\r\n\r\nabc";
    drain(send(running.address(), request).await).await;
    call(running.address(), "GET", "/nowhere").await;
    let requests = running.requests();
    assert_eq!((requests[0].path.as_str(), requests[0].query.as_deref()), ("/add", Some("x=1")));
    assert_eq!((&requests[0].body[..], requests[0].status), (&b"abc"[..], Some(StatusCode::OK)));
    assert_eq!(requests[1].status, Some(StatusCode::NOT_FOUND));
    let shown = format!("{requests:?}");
    assert!(shown.contains("authorization: <redacted>") && !shown.contains("c2VjcmV0"), "{shown}");
    assert_eq!((running.counters().total, running.counters().of(&Method::POST, "/add")), (2, 1));
    running.clear();
    assert_eq!((running.counters().total, running.requests().len()), (0, 0));
}

#[tokio::test]
async fn in_flight_counts_requests_that_wait_together() {
    let counter = Counter::default();
    let running = start(counter.simulator()).await.unwrap();
    let calls: Vec<_> = (0..3).map(|_| tokio::spawn(call(running.address(), "GET", "/wait"))).collect();
    while running.counters().max_in_flight < 3 {
        tokio::task::yield_now().await;
    }
    counter.gate.add_permits(3);
    for call in calls {
        assert_eq!(call.await.unwrap().body(), "waited");
    }
}

#[tokio::test]
async fn only_loopback_is_served() {
    let address = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
    let error = super::serve(Counter::default().simulator(), address).await.unwrap_err();
    assert_eq!(error.to_string(), "0.0.0.0:0 is not a loopback address");
}
