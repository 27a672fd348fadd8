//! A simulated mail filter, alone or before a box.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use mailwright::providers::censornet::sandbox::{Censornet, MailboxRow, Rows};
use mailwright::sandbox::{Running, start};
use tempfile::TempDir;

use super::mailinabox::Simulated;
use super::service::{Dump, STRANGER, Service, Shift, once};

/// Where it lists.
pub(super) const LIST: &str = "/email/mailbox/v2";
/// Where it is written to.
pub(super) const STORE: &str = "/email/mailbox";

/// A simulated filter that is being served.
pub(super) struct Filter {
    pub(super) sandbox: Censornet,
    pub(super) server: Running,
    /// Where the connection looks for it.
    pub(super) url: String,
    /// Which secret the connection logs in with.
    pub(super) password: &'static str,
    folder: TempDir,
}

impl Filter {
    /// Its pages are short, so that every list has several.
    pub(super) async fn fresh() -> Self {
        let builder = Censornet::builder().tracking("example.org").tracking("xn--bcher-kva.example");
        let sandbox = builder.page_size(3).build();
        sandbox.edit(|rows| {
            // What hangs on an address goes where it is removed, even if it is registered again.
            rows.mailbox("keep@example.com").executive("keep@example.com");
            rows.alias("keep@example.com", "keeper@example.com").quarantine("keep@example.com", 3);
            rows.mailbox("List@example.com").quarantine("List@example.com", 1);
            rows.ad_mailbox("keep@example.org", "Keep");
        });
        let server = start(sandbox.simulator()).await.expect("a server");
        let (url, folder) = (server.url(), TempDir::new().expect("a folder"));
        Self { sandbox, server, url, password: "BOX_PASSWORD", folder }
    }

    /// The same, with further mailboxes.
    pub(super) async fn with(rows: impl FnOnce(&mut Rows<'_>)) -> Self {
        let filter = Self::fresh().await;
        filter.sandbox.edit(rows);
        filter
    }

    /// How often it was told to register, and to remove.
    pub(super) fn sent(&self) -> (u64, u64) {
        let counters = self.server.counters();
        (counters.of(&Method::POST, STORE), counters.of(&Method::DELETE, STORE))
    }

    /// What is registered under an address.
    pub(super) fn row(&self, address: &str) -> Option<MailboxRow> {
        let rows = self.sandbox.snapshot().mailboxes;
        rows.into_iter().find(|row| row.address.eq_ignore_ascii_case(address))
    }

    /// Fails the test where an array without any address was sent, which may mean all of them.
    fn check(&self) {
        let empty = (self.sandbox.wiped(), self.sandbox.empty_creations());
        assert_eq!(empty, (0, 0), "an empty array was sent");
    }
}

fn text(row: &MailboxRow) -> String {
    let mut words = vec![if row.executive { "executive" } else { "plain" }.to_owned()];
    if row.ad {
        words.push("of the directory".to_owned());
    }
    if row.quarantined > 0 {
        words.push(format!("{} in quarantine", row.quarantined));
    }
    if !row.aliases.is_empty() {
        words.push(format!("also {}", row.aliases.join(",")));
    }
    words.join("; ")
}

#[async_trait]
impl Service for Filter {
    fn type_name(&self) -> &'static str {
        "censornet"
    }

    fn connection(&self) -> String {
        format!(
            "{{type: censornet, url: \"{}\", username: admin@example.com, password: {{env: {}}}, timeout: 5}}",
            self.url, self.password
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
                    Shift::Comes => rows.mailbox(STRANGER),
                    Shift::Goes => rows.remove(STRANGER),
                };
            });
        }))
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn dump(&self) -> Dump {
        self.check();
        let rows = self.sandbox.snapshot().mailboxes;
        let addresses: Vec<String> = rows.iter().map(|row| row.address.to_lowercase()).collect();
        once("the filter", addresses.iter().map(String::as_str));
        rows.iter().map(|row| (format!("registration {}", row.address.to_lowercase()), text(row))).collect()
    }

    async fn trace(&self) -> String {
        let requests = self.server.requests();
        let writes = requests.iter().filter(|request| request.path == STORE);
        let text = |body| String::from_utf8_lossy(body).into_owned();
        let writes: Vec<String> =
            writes.map(|write| format!("{} {}", write.method, text(&write.body))).collect();
        writes.join("\n")
    }

    async fn settle(&self) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

/// A box with a filter before it: the connections `svc` and `gate`.
pub(super) struct Filtered {
    pub(super) store: Simulated,
    pub(super) gate: Filter,
}

impl Filtered {
    pub(super) async fn fresh() -> Self {
        Self { store: Simulated::fresh().await, gate: Filter::fresh().await }
    }
}

#[async_trait]
impl Service for Filtered {
    fn type_name(&self) -> &'static str {
        self.store.type_name()
    }

    fn connection(&self) -> String {
        self.store.connection()
    }

    fn connections(&self) -> Vec<(&'static str, String)> {
        vec![("svc", self.store.connection()), ("gate", self.gate.connection())]
    }

    fn servers(&self) -> Vec<&Running> {
        self.gate.servers().into_iter().chain(self.store.servers()).collect()
    }

    fn shift(&self) -> Option<Arc<dyn Fn(Shift) + Send + Sync>> {
        self.gate.shift()
    }

    fn folder(&self) -> &Path {
        self.store.folder()
    }

    async fn dump(&self) -> Dump {
        let mut dump = self.store.dump().await;
        dump.extend(self.gate.dump().await);
        dump
    }

    async fn trace(&self) -> String {
        self.store.trace().await + &self.gate.trace().await
    }

    async fn settle(&self) {
        self.store.settle().await;
    }
}
