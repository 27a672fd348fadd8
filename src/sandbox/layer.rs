//! The fault layer: a middleware in front of every simulator that logs each request and carries out faults.
//!
//! Owns what each fault looks like on the wire. Must not know the service behind it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, TRANSFER_ENCODING};
use axum::http::{HeaderValue, Method, StatusCode, response};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::watch;

use super::door::Door;
use super::fault::{FaultKind, Faults};
use super::requests::Requests;
use super::simulator::{Simulator, page};
use super::wire::Wire;

/// Larger bodies are refused with 413; no service here takes more.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// Marks a reply in whose place the service ends the connection.
#[derive(Clone, Copy, Debug)]
struct HungUp;

/// What a service answers that ends the connection without a byte.
pub fn hung_up() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.extensions_mut().insert(HungUp);
    response
}

/// How long [`FaultKind::Hang`] holds a connection at most.
const HANG: Duration = Duration::from_mins(10);

/// What all connections of one server share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) simulator: Simulator,
    pub(super) faults: Faults,
    pub(super) requests: Requests,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) replies: Replies,
    pub(super) door: Door,
}

/// The last successful reply by route, kept only while a repeat waits.
#[derive(Clone, Default)]
pub(super) struct Replies(Arc<Mutex<BTreeMap<String, (response::Parts, Bytes)>>>);

impl Replies {
    fn key(method: &Method, path: &str) -> String {
        format!("{method} {path}")
    }

    fn last(&self, method: &Method, path: &str) -> Option<Response> {
        let replies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (parts, body) = replies.get(&Self::key(method, path))?.clone();
        Some(Response::from_parts(parts, Body::from(body)))
    }

    async fn remember(&self, method: &Method, path: &str, response: Response) -> Response {
        let (parts, body) = whole(response).await;
        if parts.status.is_success() {
            let mut replies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            replies.insert(Self::key(method, path), (parts.clone(), body.clone()));
        }
        Response::from_parts(parts, Body::from(body))
    }
}

/// Answers a request, as the last on its connection where that is to end.
pub(super) async fn answer(
    State(shared): State<Shared>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
    next: Next,
) -> Response {
    let _call = wire.call();
    let mut response = answered(&shared, &wire, request, next).await;
    if wire.is_last_call() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Logs the request, lets the fault that is due strike, and answers.
async fn answered(shared: &Shared, wire: &Wire, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return page(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let fault = shared.faults.strike(&method, &path);
    let entry = shared.requests.enter(&parts, &body, fault.as_ref().map(FaultKind::name));
    let call = Call { request: Request::from_parts(parts, Body::from(body)), next };

    let Some(fault) = fault else {
        let mut response = call.process().await;
        if shared.faults.will_repeat() {
            response = shared.replies.remember(&method, &path, response).await;
        }
        if response.extensions().get::<HungUp>().is_some() {
            wire.close();
        }
        entry.answered(response.status());
        return response;
    };
    let repeated = shared.replies.last(&method, &path);
    match strike(fault, call, shared, repeated, &target).await {
        Struck::Answer(response) => {
            entry.answered(response.status());
            response
        }
        Struck::Silence(cut) => {
            cut(wire);
            // Never written: the connection is cut.
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

/// How a fault leaves the connection.
enum Struck {
    Answer(Response),
    Silence(fn(&Wire)),
}

/// A request on its way to the simulator.
struct Call {
    request: Request,
    next: Next,
}

impl Call {
    /// Lets the simulator process the request, to the end even when the client goes meanwhile: a service that has
    /// read a request carries it out.
    async fn process(self) -> Response {
        tokio::spawn(self.next.run(self.request)).await.unwrap_or_else(|_| {
            let text = "the simulator panicked; its message is in the output of this process";
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        })
    }
}

async fn strike(
    fault: FaultKind,
    call: Call,
    shared: &Shared,
    repeated: Option<Response>,
    target: &str,
) -> Struck {
    let simulator = &shared.simulator;
    Struck::Answer(match fault {
        FaultKind::Throttled { retry_after } => simulator.throttled(retry_after),
        FaultKind::ErrorBefore => simulator.failed(),
        FaultKind::ErrorAfterCommit => {
            call.process().await;
            simulator.failed()
        }
        FaultKind::Unavailable { retry_after } => simulator.unavailable(retry_after),
        FaultKind::LostReply => {
            call.process().await;
            return Struck::Silence(Wire::close);
        }
        FaultKind::Reset => return Struck::Silence(Wire::reset),
        FaultKind::Refused(time) => {
            let response = call.process().await;
            shared.door.shut(time).await;
            response
        }
        FaultKind::Slow(delay) => {
            let response = call.process().await;
            wait(delay, shared).await;
            response
        }
        FaultKind::Late(delay) => {
            let shared = shared.clone();
            let late = tokio::spawn(async move {
                wait(delay, &shared).await;
                call.process().await
            });
            late.await.unwrap_or_else(|_| simulator.failed())
        }
        FaultKind::Hang => {
            wait(HANG, shared).await;
            return Struck::Silence(Wire::close);
        }
        FaultKind::CutShort => cut_short(call.process().await).await,
        FaultKind::HalfBody => {
            let (mut parts, body) = whole(call.process().await).await;
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(body.slice(..body.len() / 2)))
        }
        FaultKind::ContentType(wrong) => {
            let mut response = call.process().await;
            if let Ok(wrong) = HeaderValue::from_str(&wrong) {
                response.headers_mut().insert(CONTENT_TYPE, wrong);
            }
            response
        }
        FaultKind::HtmlPage => page(StatusCode::OK),
        FaultKind::Endless { limit } => endless(call.process().await, limit, shared.stop.clone()).await,
        FaultKind::SessionsExpired => {
            simulator.expire_sessions();
            call.process().await
        }
        FaultKind::Redirect { status, to } => (status, [(LOCATION, format!("{to}{target}"))]).into_response(),
        FaultKind::Repeat => match repeated {
            Some(response) => response,
            None => call.process().await,
        },
        FaultKind::Meanwhile(change) => {
            change();
            call.process().await
        }
    })
}

/// Waits on tokio time, or until the server stops.
async fn wait(delay: Duration, shared: &Shared) {
    let mut stop = shared.stop.clone();
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        _ = stop.wait_for(|stopped| *stopped) => {}
    }
}

/// The parts and the whole body of a reply; simulators build theirs in memory, so reading it cannot fail.
async fn whole(response: Response) -> (response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    (parts, to_bytes(body, usize::MAX).await.unwrap_or_default())
}

/// Promises the whole length (at least one byte), sends half of it and ends the connection.
async fn cut_short(response: Response) -> Response {
    let (mut parts, body) = whole(response).await;
    parts.headers.insert(CONTENT_LENGTH, body.len().max(1).into());
    let half = body.slice(..body.len() / 2);
    let pieces = stream::unfold(Some(half), |piece| async {
        let broken: io::Result<Bytes> = Err(io::ErrorKind::ConnectionAborted.into());
        match piece {
            Some(half) if half.is_empty() => {
                flushed().await;
                Some((broken, None))
            }
            Some(half) => Some((Ok(half), Some(Bytes::new()))),
            None => None,
        }
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}

/// Lets the connection write out what it holds: it does so whenever the body is not ready.
async fn flushed() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

/// The reply's body, then blanks until `limit` or until the client or the server goes.
async fn endless(response: Response, limit: u64, stop: watch::Receiver<bool>) -> Response {
    const BLANKS: &[u8] = &[b' '; 64 * 1024];
    let (mut parts, body) = whole(response).await;
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(TRANSFER_ENCODING);
    let pieces = stream::unfold((body, 0_u64), move |(piece, sent)| {
        let over = sent >= limit || *stop.borrow();
        async move {
            let sent = sent + piece.len() as u64;
            (!over).then_some((Ok::<_, Infallible>(piece), (Bytes::from_static(BLANKS), sent)))
        }
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}
