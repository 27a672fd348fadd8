//! A service that is careless with what it is sent: from one call on it repeats the request in its refusals, with
//! credentials first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How it repeats.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    /// How many calls it passes on to the simulator first.
    pub(super) passes: usize,
    pub(super) status: u16,
    pub(super) form: Form,
    /// Which part of the request comes first.
    pub(super) first: usize,
    /// How many other characters stand before: what quotes the beginning is cut at some place.
    pub(super) before: usize,
}

/// What its body is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Text,
    Json,
    BareJson,
    Xml,
    Title,
    Header,
}

pub(super) const FORMS: [Form; 6] =
    [Form::Text, Form::Json, Form::BareJson, Form::Xml, Form::Title, Form::Header];
pub(super) const STATUSES: [u16; 10] = [200, 400, 401, 403, 404, 409, 422, 429, 500, 302];

/// The server, stopped when it is dropped.
pub(super) struct Echo {
    url: String,
    state: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    upstream: String,
    http: reqwest::Client,
    manner: Manner,
    calls: AtomicUsize,
    heard: Mutex<Vec<HeaderMap>>,
}

impl Echo {
    pub(super) async fn before(upstream: &str, manner: Manner) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .build()
            .expect("a client");
        let state = Arc::new(Shared {
            upstream: upstream.to_owned(),
            http,
            manner,
            calls: AtomicUsize::new(0),
            heard: Mutex::default(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serves");
        });
        Self { url, state, task }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    /// The headers of every call.
    pub(super) fn heard(&self) -> Vec<HeaderMap> {
        self.state.heard.lock().expect("whole").clone()
    }

    /// How many calls it repeated.
    pub(super) fn repeated(&self) -> usize {
        self.state.calls.load(Ordering::SeqCst).saturating_sub(self.state.manner.passes)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    shared.heard.lock().expect("whole").push(headers.clone());
    if shared.calls.fetch_add(1, Ordering::SeqCst) < shared.manner.passes {
        return pass(&shared, method, &uri, headers, body).await;
    }
    let manner = &shared.manner;
    let mut parts = parts(&uri, &headers, &body);
    let count = parts.len();
    parts.rotate_left(manner.first % count);
    let said = format!("{}{}", "x".repeat(manner.before), parts.join(" "));
    repeat(manner, &said)
}

/// What a request says, credentials as they stand and as they are meant.
fn parts(uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Vec<String> {
    let mut parts = Vec::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if ["host", "accept", "content-type", "content-length", "accept-encoding"].contains(&name.as_str()) {
            continue;
        }
        let coded = value.split_once(' ').map_or(value.as_str(), |(_, coded)| coded);
        if let Ok(plain) = STANDARD.decode(coded) {
            parts.push(String::from_utf8_lossy(&plain).into_owned());
        }
        parts.push(format!("{name}: {value}"));
    }
    let text = String::from_utf8_lossy(body).into_owned();
    let is_form =
        headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().ends_with(b"urlencoded"));
    // A form as the service understands it; the last field first, where passwords are.
    let fields = reqwest::Url::parse(&format!("http://x/?{text}"))
        .map(|url| url.query_pairs().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>());
    parts.extend(fields.ok().filter(|_| is_form).unwrap_or_default().into_iter().rev());
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    parts.extend(
        json.as_ref().and_then(|value| value.get("password")).map(|value| format!("password {value}")),
    );
    parts.push(text);
    parts.push(uri.to_string());
    parts
}

fn repeat(manner: &Manner, said: &str) -> Response {
    let escaped = said.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (content_type, body) = match manner.form {
        Form::Text => ("text/plain; charset=utf-8", said.to_owned()),
        Form::Json => {
            let record =
                serde_json::json!({ "message": said, "error": said, "success": false, "title": said });
            ("application/json", record.to_string())
        }
        Form::BareJson => ("application/json", serde_json::Value::from(said).to_string()),
        Form::Xml => (
            "text/xml",
            format!(
                "<?xml version=\"1.0\"?><api><call><message>{escaped}</message><status>failed</status></call></api>"
            ),
        ),
        Form::Title => {
            ("text/html", format!("<html><head><title>{said}</title></head><body>{escaped}</body></html>"))
        }
        Form::Header => ("text/plain", String::new()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(manner.status).expect("a status");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Longer than anybody waits.
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("100000"));
    if let Ok(value) = HeaderValue::from_str(said) {
        headers.insert("x-reason", value.clone());
        headers.insert("x-error-message", value);
    }
    if let Ok(value) = HeaderValue::from_str(&format!("https://elsewhere.example/{said}")) {
        headers.insert(header::LOCATION, value);
    }
    response
}

/// Lets the simulator answer.
async fn pass(shared: &Shared, method: Method, uri: &Uri, mut headers: HeaderMap, body: Bytes) -> Response {
    headers.remove(header::HOST);
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let request =
        shared.http.request(method, format!("{}{target}", shared.upstream)).headers(headers).body(body);
    let reply = request.send().await.expect("the simulator answers");
    let mut response = Response::new(Body::empty());
    *response.status_mut() = reply.status();
    for (name, value) in reply.headers() {
        if ![header::TRANSFER_ENCODING, header::CONNECTION, header::CONTENT_LENGTH].contains(name) {
            response.headers_mut().append(name, value.clone());
        }
    }
    *response.body_mut() = Body::from(reply.bytes().await.expect("a body"));
    response
}
