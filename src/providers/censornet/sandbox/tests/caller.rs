//! A caller that writes whole requests to a socket, so that each header can be left out.

use serde_json::Value;

use crate::providers::censornet::sandbox::{Builder, Censornet};
use crate::sandbox::raw::{Seen, drain, send};
use crate::sandbox::{Running, start};

/// The list.
pub(super) const LIST: &str = "/email/mailbox/v2";
/// Where changes go.
pub(super) const MAILBOX: &str = "/email/mailbox";
/// The default credentials as a form.
pub(super) const FIELDS: [(&str, &str); 2] =
    [("username", "admin@example.com"), ("password", "adminpass123")];

/// A service that is being served, and a login to it.
pub(super) struct Caller {
    pub(super) sandbox: Censornet,
    pub(super) running: Running,
    /// Headers of a call that is in order, each with its line end.
    pub(super) headers: String,
}

impl Caller {
    /// Serves and logs in.
    pub(super) async fn of(builder: Builder) -> Self {
        let mut caller = Self::stranger(builder).await;
        let token = caller.login().await;
        caller.headers = headers(&token, caller.sandbox.account());
        caller
    }

    /// Serves and does not log in.
    pub(super) async fn stranger(builder: Builder) -> Self {
        let sandbox = builder.build();
        let running = start(sandbox.simulator()).await.unwrap();
        Self { sandbox, running, headers: String::new() }
    }

    /// Sends a request with these headers and no other, but `Host` and `Connection`.
    pub(super) async fn send(&self, method: &str, target: &str, headers: &str, body: &str) -> Seen {
        let request =
            format!("{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n{body}");
        drain(send(self.running.address(), request.as_bytes()).await).await
    }

    /// Sends a request with these headers and the body's length.
    pub(super) async fn send_sized(&self, method: &str, target: &str, headers: &str, body: &str) -> Seen {
        let headers = format!("{headers}Content-Length: {}\r\n", body.len());
        self.send(method, target, &headers, body).await
    }

    /// Logs in with these fields.
    pub(super) async fn login_with(&self, fields: &[(&str, &str)]) -> Seen {
        self.send_sized("POST", "/auth", MULTIPART, &form(fields)).await
    }

    /// Logs in and returns the token.
    pub(super) async fn login(&self) -> String {
        let seen = self.login_with(&FIELDS).await;
        json(&seen)["access_token"].as_str().unwrap_or_else(|| panic!("{}", seen.body())).to_owned()
    }

    /// Asks for the list with this query.
    pub(super) async fn list(&self, query: &str) -> Seen {
        self.send("GET", &format!("{LIST}{query}"), &self.headers, "").await
    }

    /// The addresses of a page.
    pub(super) async fn addresses(&self, query: &str) -> Vec<String> {
        let seen = self.list(query).await;
        assert_eq!(seen.status(), 200, "{query}: {}", seen.body());
        let data = json(&seen)["data"].clone();
        let address = |record: &Value| record["email_address"].as_str().unwrap().to_owned();
        data.as_array().unwrap().iter().map(address).collect()
    }

    /// Sends a change.
    pub(super) async fn change(&self, method: &str, body: &str) -> Seen {
        self.send_sized(method, MAILBOX, &self.headers, body).await
    }

    /// Adds these addresses in one request.
    pub(super) async fn create(&self, addresses: &[&str]) -> Seen {
        self.change("POST", &new(addresses)).await
    }

    /// Deletes the mailbox with this address, as the snapshot shows it.
    pub(super) async fn delete(&self, address: &str) -> Seen {
        let body = self.named(address);
        self.change("DELETE", &body).await
    }

    /// The body that deletes the mailbox with this address.
    pub(super) fn named(&self, address: &str) -> String {
        let snapshot = self.sandbox.snapshot();
        let row = snapshot.mailbox(address).unwrap();
        named(row.id, row.email_address_id, address)
    }
}

/// The type of a login's body.
pub(super) const MULTIPART: &str = "Content-Type: multipart/form-data; boundary=XX\r\n";

/// A body of that type.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!("{}--XX--\r\n", fields.iter().map(part).collect::<String>())
}

/// The headers of a call.
pub(super) fn headers(token: &str, account: &str) -> String {
    format!(
        "X-Uss-Account-Id: {account}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n"
    )
}

/// The body that adds these addresses.
pub(super) fn new(addresses: &[&str]) -> String {
    let record = |(index, address): (usize, &&str)| {
        let number = index + 1;
        format!(
            r#"{{"id":"USSportal.email.model.Mailbox-{number}","email_address_id":0,"executive":0,"email_address":"{address}"}}"#
        )
    };
    format!("[{}]", addresses.iter().enumerate().map(record).collect::<Vec<_>>().join(","))
}

/// The body that deletes one mailbox.
pub(super) fn named(id: u64, email_address_id: u64, address: &str) -> String {
    format!(r#"[{{"id":{id},"email_address_id":{email_address_id},"email_address":"{address}"}}]"#)
}

/// The body of an answer.
pub(super) fn json(seen: &Seen) -> Value {
    assert_eq!(seen.header("content-type").as_deref(), Some("application/json"), "{}", seen.head());
    serde_json::from_str(&seen.body()).unwrap()
}
