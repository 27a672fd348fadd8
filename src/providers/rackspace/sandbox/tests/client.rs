//! Signs and sends requests the way the contract says, byte by byte.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::Value;

use crate::providers::rackspace::sandbox::{Builder, Rackspace, auth};
use crate::sandbox::raw::{Seen, drain, send};
use crate::sandbox::{Running, start};

pub(super) const AGENT: &str = "Rackspace Management Interface";
pub(super) const MAILBOXES: &str = "/v1/customers/me/domains/example.com/ex/mailboxes";
pub(super) const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
pub(super) const JSON: &str = "Accept: application/json\r\n";
pub(super) const ALEX: &str = "displayName=Alex+Smith&password=Secret123%21%40%23&size=2048";

/// A served simulator and its credentials.
pub(super) struct Client {
    pub(super) sandbox: Rackspace,
    pub(super) running: Running,
}

/// The two headers of a request signed with the documented example keys.
pub(super) fn signed(agent: &str, timestamp: &str) -> String {
    signed_by(Rackspace::USER_KEY, Rackspace::SECRET_KEY, agent, timestamp)
}

/// The two headers of a signed request.
pub(super) fn signed_by(user_key: &str, secret: &str, agent: &str, timestamp: &str) -> String {
    let digest = auth::digest(user_key, agent.as_bytes(), timestamp, secret);
    format!("User-Agent: {agent}\r\nX-Api-Signature: {user_key}:{timestamp}:{digest}\r\n")
}

/// The timestamp of the present.
pub(super) fn now() -> String {
    Timestamp::now().strftime("%Y%m%d%H%M%S").to_string()
}

impl Client {
    pub(super) async fn default() -> Self {
        Self::new(Rackspace::builder()).await
    }

    pub(super) async fn new(builder: Builder) -> Self {
        let sandbox = builder.build();
        let running = start(sandbox.simulator()).await.unwrap();
        Self { sandbox, running }
    }

    /// A service with mailboxes whose password is `Secret123!`.
    pub(super) async fn holding(names: &[&str]) -> Self {
        Self::default().await.with(names)
    }

    /// Places mailboxes in `example.com`.
    pub(super) fn with(self, names: &[&str]) -> Self {
        self.sandbox.edit(|rows| {
            for name in names {
                rows.mailbox(&format!("{name}@example.com"), "Secret123!");
            }
        });
        self
    }

    /// Sends a request with exactly these headers beside `Host` and `Connection`.
    pub(super) async fn raw(&self, method: &str, path: &str, headers: &str, body: &str) -> Seen {
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n{body}");
        drain(send(self.running.address(), request.as_bytes()).await).await
    }

    /// Sends a signed request; a POST or PUT carries the form.
    pub(super) async fn call(&self, method: &str, path: &str, form: &str) -> Seen {
        let mut headers = signed(AGENT, &now()) + JSON;
        if matches!(method, "POST" | "PUT") {
            // Writing to a string cannot fail.
            let _ = write!(headers, "{FORM}Content-Length: {}\r\n", form.len());
        }
        self.raw(method, path, &headers, form).await
    }

    /// Calls a path under `…/ex/mailboxes`.
    pub(super) async fn mailbox(&self, method: &str, path: &str, form: &str) -> Seen {
        self.call(method, &format!("{MAILBOXES}/{path}"), form).await
    }

    /// Reads a path under `…/ex/mailboxes`.
    pub(super) async fn read(&self, path: &str) -> Value {
        json(&self.mailbox("GET", path, "").await)
    }

    /// Reads any path.
    pub(super) async fn get(&self, path: &str) -> Value {
        json(&self.call("GET", path, "").await)
    }
}

/// The JSON of a successful read.
pub(super) fn json(seen: &Seen) -> Value {
    assert_eq!(seen.status(), 200, "{}", seen.body());
    assert_eq!(seen.header("content-type").as_deref(), Some("application/json; charset=utf-8"));
    serde_json::from_str(&seen.body()).unwrap()
}

/// Status, fault name and message of a refusal.
pub(super) fn fault(seen: &Seen) -> (u16, String, String) {
    let body: Value = serde_json::from_str(&seen.body()).unwrap_or_else(|_| panic!("{}", seen.body()));
    let (name, fault) = body.as_object().unwrap().iter().next().unwrap();
    assert_eq!(fault["code"], seen.status(), "{body}");
    (seen.status(), name.clone(), fault["message"].as_str().unwrap().to_owned())
}

/// Asserts a refusal.
pub(super) fn assert_fault(seen: &Seen, status: u16, name: &str, message: &str) {
    assert_eq!(fault(seen), (status, name.to_owned(), message.to_owned()));
}

/// Asserts a write that was accepted in the default style.
pub(super) fn assert_written(seen: &Seen) {
    assert_eq!((seen.status(), seen.body().as_str()), (200, ""), "{}", seen.body());
}
