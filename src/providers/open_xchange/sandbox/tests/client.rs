//! Sends requests the way the contract says, byte by byte.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::providers::open_xchange::sandbox::{Builder, OpenXchange, Quirk};
use crate::sandbox::raw::{Seen, drain, send};
use crate::sandbox::{Running, start};

/// The attributes of the user `ann@example.com`.
pub(super) const ANN: &str = "/oxaas/v1/admin/contexts/24/users/3";
pub(super) const FORWARDS: &str = "/api/oxaas/v1/admin/forwards/acme_shop";
pub(super) const SHARED: &str = "/api/oxaas/v1/admin/sharedmaildomains";
pub(super) const EXPLICIT: &str = "/api/oxaas/v1/admin/explicitmaildomains";
pub(super) const USERS: &str = "/cloudapi/v2/users?name=acme_shop";

/// A served simulator, called with the brand's credentials unless told.
pub(super) struct Client {
    pub(super) sandbox: OpenXchange,
    pub(super) running: Running,
    login: String,
}

/// The header of HTTP Basic.
pub(super) fn basic(name: &str, secret: &str) -> String {
    format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(format!("{name}:{secret}")))
}

/// A user's path in Cloud API v2.
pub(super) fn user(login: &str) -> String {
    format!("/cloudapi/v2/users/{login}?name=acme_shop")
}

/// What creates a user.
pub(super) fn bob() -> Value {
    json!({
        "name": "bob@example.com", "mail": "bob@example.com", "password": "secret-2",
        "givenName": "Bob", "surName": "Bauer", "classOfService": ["cloud_pim"],
    })
}

impl Client {
    /// The service with the user `ann@example.com`, number 3, and no other but the admin.
    pub(super) async fn default() -> Self {
        Self::new(OpenXchange::builder()).await
    }

    pub(super) async fn with(quirk: Quirk) -> Self {
        Self::new(OpenXchange::builder().with(quirk)).await
    }

    pub(super) async fn new(builder: Builder) -> Self {
        let sandbox = builder.build();
        let context = sandbox.snapshot().contexts[0].name.clone();
        sandbox.edit(|rows| {
            rows.user(&context, "ann@example.com", "secret-1");
        });
        let running = start(sandbox.simulator()).await.unwrap();
        Self { sandbox, running, login: basic(OpenXchange::BRAND, OpenXchange::SECRET) }
    }

    /// Calls with other credentials from now on.
    pub(super) fn login(&mut self, name: &str, secret: &str) {
        self.login = basic(name, secret);
    }

    /// Sends a request with exactly these headers beside `Host` and `Connection`.
    pub(super) async fn raw(&self, method: &str, path: &str, headers: &str, body: &str) -> Seen {
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n{body}");
        drain(send(self.running.address(), request.as_bytes()).await).await
    }

    /// Sends a body as it stands.
    pub(super) async fn text(&self, method: &str, path: &str, body: &str) -> Seen {
        let length = body.len();
        let headers = format!("{}Content-Type: application/json\r\nContent-Length: {length}\r\n", self.login);
        self.raw(method, path, &headers, body).await
    }

    /// Sends a request without a body.
    pub(super) async fn call(&self, method: &str, path: &str) -> Seen {
        self.raw(method, path, &self.login, "").await
    }

    /// The status of a request without a body.
    pub(super) async fn status(&self, method: &str, path: &str) -> u16 {
        self.call(method, path).await.status()
    }

    /// What a read tells.
    pub(super) async fn get(&self, path: &str) -> Value {
        let (status, value) = answer(&self.call("GET", path).await);
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    /// Sends JSON; status and body of the answer.
    pub(super) async fn send(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        answer(&self.text(method, path, &body.to_string()).await)
    }

    /// Deletes; status and body of the answer.
    pub(super) async fn delete(&self, path: &str) -> (u16, Value) {
        answer(&self.call("DELETE", path).await)
    }

    /// Places a user past the API.
    pub(super) fn place(&self, mail: &str) {
        self.sandbox.edit(|rows| {
            rows.user(OpenXchange::CONTEXT, mail, "secret-9");
        });
    }
}

/// Status and body: text that is no JSON as a string, an empty one as `""`.
pub(super) fn answer(seen: &Seen) -> (u16, Value) {
    let body = seen.body();
    (seen.status(), serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// The refusal of Cloud-Plugins.
pub(super) fn error(status: u16, message: &str) -> (u16, Value) {
    (status, json!({"error": message}))
}

/// The refusal of Cloud API v2.
pub(super) fn errors(status: u16, message: &str) -> (u16, Value) {
    (status, json!({"errors": [{"title": message}]}))
}
