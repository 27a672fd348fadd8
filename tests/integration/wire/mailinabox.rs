//! A simulated Mail-in-a-Box.

use std::path::Path;

use async_trait::async_trait;
use mailwright::providers::mailinabox::sandbox::{AliasRow, MailInABox};
use mailwright::sandbox::{Running, start};
use tempfile::TempDir;

use super::service::{Dump, Service, once};

/// A simulated box that is being served.
pub(super) struct Simulated {
    pub(super) sandbox: MailInABox,
    pub(super) server: Running,
    /// Which secret the connection logs in with.
    pub(super) password: &'static str,
    folder: TempDir,
}

impl Simulated {
    pub(super) async fn fresh() -> Self {
        let sandbox = MailInABox::default();
        sandbox.edit(|rows| {
            rows.user("keep@example.com", "somebody's own").quota("keep@example.com", "2G");
            rows.user("keep@example.org", "somebody's own");
            rows.alias_with_senders("list@example.com", &["keep@example.com"], &["keep@example.com"]);
            rows.alias("keep@example.org", &["keep@example.org", "home@partner.example"]);
        });
        let server = start(sandbox.simulator()).await.expect("a server");
        Self { sandbox, server, password: "BOX_PASSWORD", folder: TempDir::new().expect("a folder") }
    }

    /// Calls that may write, logins left out.
    pub(super) fn writes(&self) -> Vec<String> {
        let requests = self.server.requests();
        let writes = requests.iter().filter(|request| request.method == "POST" && request.path != "/login");
        writes.map(|request| request.path.clone()).collect()
    }
}

fn row(row: &AliasRow) -> String {
    let targets = once(&row.address, row.forwards_to.iter().map(String::as_str));
    match &row.permitted_senders {
        Some(senders) => {
            format!("to {targets}; senders {}", once(&row.address, senders.iter().map(String::as_str)))
        }
        None => format!("to {targets}"),
    }
}

#[async_trait]
impl Service for Simulated {
    fn type_name(&self) -> &'static str {
        "mailinabox"
    }

    fn connection(&self) -> String {
        format!(
            "{{type: mailinabox, url: \"{}\", email: me@example.com, password: {{env: {}}}, timeout: 5}}",
            self.server.url(),
            self.password
        )
    }

    fn servers(&self) -> Vec<&Running> {
        vec![&self.server]
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn dump(&self) -> Dump {
        let snapshot = self.sandbox.snapshot();
        let mut dump = Dump::new();
        for user in &snapshot.users {
            let privileges = once(&user.email, user.privileges.iter().map(String::as_str));
            let is_first = self.sandbox.password_is(&user.email, super::service::FIRST_PASSWORD);
            let password = if is_first { "as wished" } else { "another" };
            let text = format!("quota {}; privileges {privileges}; password {password}", user.quota);
            dump.insert(format!("user {}", user.email), text);
        }
        dump.extend(snapshot.aliases.iter().map(|alias| (format!("alias {}", alias.address), row(alias))));
        dump.extend(
            snapshot.auto_aliases.iter().map(|alias| (format!("auto {}", alias.address), row(alias))),
        );
        dump.extend(snapshot.archived.iter().map(|email| (format!("archived {email}"), String::new())));
        dump
    }

    async fn trace(&self) -> String {
        format!("{:?}", self.writes())
    }

    async fn settle(&self) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}
