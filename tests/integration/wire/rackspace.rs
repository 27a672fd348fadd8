//! Simulated Hosted Exchange.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use mailwright::providers::rackspace::sandbox::{MailboxRow, PermissionType, Rackspace, Rows};
use mailwright::sandbox::{Running, start};
use tempfile::TempDir;

use super::service::{Dump, FIRST_PASSWORD, STRANGER, Service, Shift, once};

/// What stands before the path of every mailbox of `example.com`.
pub(super) const MAILBOXES: &str = "/v1/customers/me/domains/example.com/ex/mailboxes";

/// Simulated Hosted Exchange that is being served.
pub(super) struct Exchange {
    pub(super) sandbox: Rackspace,
    pub(super) server: Running,
    /// Which secret the connection signs with.
    pub(super) secret_key: &'static str,
    folder: TempDir,
}

impl Exchange {
    /// Its pages are short, so that every list has several.
    pub(super) async fn fresh() -> Self {
        let builder = Rackspace::builder().domain("example.org").domain("xn--bcher-kva.example");
        let sandbox = builder.page_limit(NonZeroUsize::new(3).expect("a number")).build();
        sandbox.edit(|rows| {
            rows.mailbox("keep@example.com", "somebody's own")
                .address("keep@example.com", "list@example.com");
            rows.field("keep@example.com", "company", "Somebody's own");
            rows.mailbox("Keep@example.org", "somebody's own");
            rows.field("keep@example.org", "emailForwardingAddress", "home@partner.example");
            rows.field("keep@example.org", "saveForwardedEmail", "true");
        });
        let server = start(sandbox.simulator()).await.expect("a server");
        let folder = TempDir::new().expect("a folder");
        Self { sandbox, server, secret_key: "EXCHANGE_SECRET_KEY", folder }
    }

    /// The same, with further rows.
    pub(super) async fn with(rows: impl FnOnce(&mut Rows<'_>)) -> Self {
        let exchange = Self::fresh().await;
        exchange.sandbox.edit(rows);
        exchange
    }

    /// Calls that may write, in order; with what they carry, but for its order.
    pub(super) fn writes(&self) -> Vec<String> {
        let requests = self.server.requests();
        let writes = requests.iter().filter(|request| request.method != Method::GET);
        let body = |body: &[u8]| {
            let mut keys: Vec<&str> = std::str::from_utf8(body).expect("a form").split('&').collect();
            keys.sort_unstable();
            keys.join(" ")
        };
        writes
            .map(|write| {
                format!("{} {} {}", write.method, write.path, body(&write.body)).trim_end().to_owned()
            })
            .collect()
    }

    fn password(&self, row: &MailboxRow) -> &'static str {
        let password = self.sandbox.password_of(&row.address).expect("it was just listed");
        if password == FIRST_PASSWORD { "as wished" } else { "another" }
    }
}

fn word(kind: PermissionType) -> &'static str {
    match kind {
        PermissionType::SendAs => "sendAs",
        PermissionType::FullAccess => "fullAccess",
        PermissionType::Both => "both",
    }
}

/// The record of a mailbox: what it always has, and of the rest what is set.
fn record(row: &MailboxRow, password: &str) -> String {
    let enabled = if row.field("enabled") == "true" { "enabled" } else { "disabled" };
    let mut words = vec![format!("\"{}\", {} MB, {enabled}", row.field("displayName"), row.field("size"))];
    let always = ["displayName", "size", "enabled", "emailForwardingAddress", "saveForwardedEmail"];
    let set = row
        .fields
        .iter()
        .filter(|(name, value)| !always.contains(*name) && !matches!(value.as_str(), "" | "false"));
    words.extend(set.map(|(name, value)| format!("{name} {value}")));
    if row.active_sync {
        words.push("ActiveSync".to_owned());
    }
    words.push(format!("spam filter {}", row.spam.filter_level));
    if row.spam.to_domain_quarantine {
        words.push("to the domain's quarantine".to_owned());
    }
    if !row.spam.quarantine_owner.is_empty() {
        words.push(format!("quarantine of {}", row.spam.quarantine_owner));
    }
    words.push(format!("password {password}"));
    words.join("; ")
}

#[async_trait]
impl Service for Exchange {
    fn type_name(&self) -> &'static str {
        "rackspace"
    }

    fn connection(&self) -> String {
        format!(
            "{{type: rackspace, url: \"{}\", user_key: {{env: EXCHANGE_USER_KEY}}, secret_key: {{env: {}}}, \
             reads_per_minute: 1000000, writes_per_minute: 1000000, timeout: 5}}",
            self.server.url(),
            self.secret_key
        )
    }

    fn servers(&self) -> Vec<&Running> {
        vec![&self.server]
    }

    fn shift(&self) -> Option<Arc<dyn Fn(Shift) + Send + Sync>> {
        let sandbox = self.sandbox.clone();
        Some(Arc::new(move |shift| {
            sandbox.edit(|rows| {
                match shift {
                    Shift::Comes => rows.mailbox(STRANGER, "somebody's own"),
                    Shift::Goes => rows.remove_mailbox(STRANGER),
                };
            });
        }))
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn dump(&self) -> Dump {
        let mut dump = Dump::new();
        let mut put = |key: String, text: String| {
            let before = dump.insert(key.clone(), text);
            assert_eq!(before, None, "{key} stands twice");
        };
        for row in self.sandbox.snapshot().mailboxes() {
            let address = row.address.to_lowercase();
            put(format!("mailbox {address}"), record(row, self.password(row)));
            for extra in &row.addresses {
                put(format!("address {}", extra.to_lowercase()), format!("of {address}"));
            }
            let forward = row.field("emailForwardingAddress");
            if !forward.is_empty() {
                let saves = row.field("saveForwardedEmail");
                put(format!("forward {address}"), format!("to {forward}; keeps a copy: {saves}"));
            }
            for (delegate, kind) in &row.permissions {
                put(format!("permission {address}/{}", delegate.to_lowercase()), word(*kind).to_owned());
            }
            for (list, entries) in &row.spam.lists {
                put(format!("{list} {address}"), once(list, entries.iter().map(String::as_str)));
            }
        }
        dump
    }

    async fn trace(&self) -> String {
        self.writes().join("\n")
    }

    async fn settle(&self) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}
