//! What simulated hosts share: serving, pages, refusals, and the other host that keeps files.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Value, json};

/// A router, served on loopback until this is dropped.
pub(super) struct Served {
    pub(super) url: String,
    task: JoinHandle<()>,
}

impl Served {
    /// Serves what `router` makes of the address that it will have.
    pub(super) async fn new(router: impl FnOnce(&str) -> Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = router(&url);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        Self { url, task }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What every simulated host notes and is told.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// Each request: method, path and query.
    pub(super) requests: Vec<String>,
    /// What a real host would not have put up with.
    pub(super) wrong: Vec<String>,
    /// The next requests that begin with the words are refused with the status, so many times.
    pub(super) refuse: Vec<(String, StatusCode, usize)>,
}

impl Desk {
    /// Notes a request; a refusal where one was asked for.
    pub(super) fn note(&mut self, method: &Method, path_and_query: &str) -> Option<Response> {
        let line = format!("{method} {path_and_query}");
        let refused = self.refuse.iter_mut().find(|(start, _, left)| line.starts_with(start) && *left > 0);
        let answer = refused.map(|(_, status, left)| {
            *left -= 1;
            said(*status, "as the test wants it\n::error::injected")
        });
        self.requests.push(line);
        answer
    }
}

/// A refusal as both hosts phrase it.
pub(super) fn said(status: StatusCode, message: &str) -> Response {
    reply(status, &json!({ "message": message }))
}

pub(super) fn reply(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// The query of a request, taken apart.
pub(super) type Query = BTreeMap<String, String>;

pub(super) fn query_of(uri: &Uri) -> Query {
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// One page of a list, and the number of the one that follows.
pub(super) fn page(items: &[Value], query: &Query, usual: usize) -> (Vec<Value>, Option<usize>) {
    let number =
        |name: &str, usual: usize| query.get(name).map_or(usual, |text| text.parse().expect("a number"));
    let (size, page) = (number("per_page", usual).min(100), number("page", 1));
    let from = (page - 1) * size;
    let shown: Vec<Value> = items.iter().skip(from).take(size).cloned().collect();
    (shown, (items.len() > from + size).then_some(page + 1))
}

type Blobs = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// The other host, which keeps the files: it knows no tokens, and refuses who brings one.
pub(super) struct Storage {
    served: Served,
    blobs: Blobs,
}

impl Storage {
    pub(super) async fn new() -> Self {
        let blobs = Blobs::default();
        let state = Arc::clone(&blobs);
        let answer = async move |Path(id): Path<String>, headers: HeaderMap| kept(&state, &id, &headers);
        let served = Served::new(|_| Router::new().route("/blobs/{id}", get(answer))).await;
        Self { served, blobs }
    }

    /// Keeps a file, and says where.
    pub(super) fn keep(&self, id: &str, content: Vec<u8>) -> String {
        lock(&self.blobs).insert(id.to_owned(), content);
        format!("{}/blobs/{id}?signature=s", self.served.url)
    }
}

fn kept(blobs: &Blobs, id: &str, headers: &HeaderMap) -> Response {
    for name in ["authorization", "private-token", "job-token"] {
        if headers.contains_key(name) {
            return (StatusCode::BAD_REQUEST, format!("{name} is not for me")).into_response();
        }
    }
    match lock(blobs).get(id) {
        Some(content) => ([(header::CONTENT_TYPE, "application/zip")], content.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
