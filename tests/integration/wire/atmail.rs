//! A simulated atmail server.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use mailwright::providers::atmail::sandbox::{Atmail, Builder, UserRow};
use mailwright::sandbox::{Running, start};
use tempfile::TempDir;

use super::service::{Dump, FIRST_PASSWORD, STRANGER, Service, Shift, once, writes};

/// A server that is being served.
pub(super) struct Webadmin {
    pub(super) sandbox: Atmail,
    pub(super) server: Running,
    /// Who the connection logs in as, with the owner's password.
    pub(super) username: &'static str,
    folder: TempDir,
}

impl Webadmin {
    /// Its pages are short, so that every list has several.
    pub(super) async fn fresh() -> Self {
        Self::of(Atmail::builder()).await
    }

    /// One that differs from the default, with the rows that every fresh one has.
    pub(super) async fn of(builder: Builder) -> Self {
        let domains = ["example.com", "example.org", "xn--bcher-kva.example", "a.example", "b.example"];
        let sandbox = domains.into_iter().fold(builder, Builder::domain).build();
        sandbox.edit(|rows| {
            rows.user("keep@example.com", "somebody's own");
            rows.column("keep@example.com", "OtherEmail", "somebody@elsewhere.example");
            rows.user("Keep@example.org", "somebody's own");
            rows.column("keep@example.org", "Forward", "home@partner.example");
            rows.alias("list@example.com", "keep@example.com");
        });
        let server = start(sandbox.simulator()).await.expect("a server");
        let folder = TempDir::new().expect("a folder");
        Self { sandbox, server, username: Atmail::USERNAME, folder }
    }

    fn password(&self, user: &UserRow) -> &'static str {
        let password = self.sandbox.password_of(&user.account);
        if password.as_deref() == Some(FIRST_PASSWORD) { "as wished" } else { "another" }
    }
}

/// The record of a user: what it always has, and of the rest what is set.
fn record(user: &UserRow, password: &str) -> String {
    let text = |name: &str, text: &Option<String>| {
        text.as_deref().filter(|text| !text.is_empty()).map(|text| format!("{name} {text}"))
    };
    let mut words = vec![if user.status == 0 { "enabled".to_owned() } else { "disabled".to_owned() }];
    words.extend(text("first", &user.first_name));
    words.extend(text("last", &user.last_name));
    words.extend(user.quota.filter(|quota| *quota != 0).map(|quota| format!("{quota} MB")));
    words.extend(text("other", &user.other_email));
    words.extend(text("replies", &user.auto_reply));
    words.push(format!("password {password}"));
    words.join("; ")
}

#[async_trait]
impl Service for Webadmin {
    fn type_name(&self) -> &'static str {
        "atmail"
    }

    fn connection(&self) -> String {
        format!(
            "{{type: atmail, url: \"{}/index.php/api\", username: {}, password: {{env: ATMAIL_PASSWORD}}, \
             timeout: 5}}",
            self.server.url(),
            self.username,
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
                    Shift::Comes => rows.user(STRANGER, "somebody's own"),
                    Shift::Goes => rows.remove_user(STRANGER),
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
        let snapshot = self.sandbox.snapshot();
        for user in &snapshot.users {
            let account = user.account.to_lowercase();
            put(format!("user {account}"), record(user, self.password(user)));
            if let Some(forward) = user.forward.as_deref().filter(|forward| !forward.is_empty()) {
                put(format!("forward {account}"), forward.to_owned());
            }
        }
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for alias in &snapshot.aliases {
            rows.entry(alias.name.to_lowercase()).or_default().push(format!("{} {}", alias.kind, alias.to));
        }
        for (name, targets) in rows {
            put(format!("alias {name}"), once(&name, targets.iter().map(String::as_str)));
        }
        for domain in &snapshot.domains {
            put(format!("domain {}", domain.hostname), "there".to_owned());
        }
        for admin in &snapshot.admins {
            let domains = once(&admin.username, admin.domains.iter().map(String::as_str));
            put(format!("admin {}", admin.username), format!("{:?} of {domains}", admin.rights));
        }
        assert_eq!(self.sandbox.writes_by_get(), Vec::<String>::new(), "a write by GET");
        assert_eq!(self.sandbox.passwords_in_urls(), Vec::<String>::new(), "a password in a URL");
        dump
    }

    async fn trace(&self) -> String {
        writes(&self.server)
    }

    async fn settle(&self) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}
