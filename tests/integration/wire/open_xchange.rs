//! A simulated context of Open-Xchange Cloud.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use mailwright::providers::open_xchange::sandbox::{Builder, OpenXchange, UserRow};
use mailwright::sandbox::{Running, start};
use tempfile::TempDir;

use super::service::{Dump, FIRST_PASSWORD, STRANGER, Service, Shift, once, writes};

/// A context that is being served.
pub(super) struct Cloud {
    pub(super) sandbox: OpenXchange,
    pub(super) server: Running,
    folder: TempDir,
}

impl Cloud {
    pub(super) async fn fresh() -> Self {
        Self::of(OpenXchange::builder()).await
    }

    /// One that differs from the default, with the rows that every fresh one has.
    pub(super) async fn of(builder: Builder) -> Self {
        let domains = ["example.com", "example.org", "xn--bcher-kva.example", "a.example", "b.example"];
        let builder = domains.into_iter().fold(builder, Builder::shared_domain);
        let sandbox = builder.build();
        sandbox.edit(|rows| {
            rows.user(OpenXchange::CONTEXT, "keep@example.com", "somebody's own");
            rows.change("keep@example.com", |user| {
                user.aliases = vec!["list@example.com".to_owned()];
                user.custom = vec!["somebody's own".to_owned()];
                user.blacklist = ["*@casino.example".to_owned()].into();
            });
            rows.user(OpenXchange::CONTEXT, "Keep@example.org", "somebody's own");
            rows.forward(
                OpenXchange::CONTEXT,
                "both@keep.example",
                &["keep@example.com", "keep@example.org"],
            );
        });
        let server = start(sandbox.simulator()).await.expect("a server");
        let folder = TempDir::new().expect("a folder");
        Self { sandbox, server, folder }
    }

    fn password(&self, user: &UserRow) -> &'static str {
        let password = user.mail.as_deref().and_then(|mail| self.sandbox.password_of(mail));
        if password.as_deref() == Some(FIRST_PASSWORD) { "as wished" } else { "another" }
    }
}

/// The record of a user: what it always has, and of the rest what is set.
fn record(user: &UserRow, password: &str) -> String {
    let quota = |name: &str, quota: Option<u64>| quota.map(|mib| format!("{name} {mib} MiB"));
    let text = |name: &str, text: &Option<String>| {
        text.as_deref().filter(|text| !text.is_empty()).map(|text| format!("{name} {text}"))
    };
    let mut words = vec![
        format!("{} {}", user.given_name, user.surname),
        if user.weblogin { "logs in".to_owned() } else { "no web login".to_owned() },
        format!("spam {}", user.spam_level),
    ];
    words.extend(text("shown as", &user.display_name));
    words.extend(quota("unified", user.unified_quota));
    words.extend(quota("mail", user.mail_quota));
    words.extend(quota("files", user.file_quota));
    words.extend(text("language", &user.language));
    words.extend(text("timezone", &user.timezone));
    words.extend(text("msisdn", &user.msisdn));
    words.extend(text("delivery", &user.delivery_status));
    words.extend(text("legacy", &user.legacy_ref));
    words.extend(text("phishing", &user.anti_phishing));
    words.push(once("classes", user.classes_of_service.iter().map(String::as_str)));
    if !user.custom.is_empty() {
        words.push(format!("custom {}", once("custom", user.custom.iter().map(String::as_str))));
    }
    if user.antivirus {
        words.push("antivirus".to_owned());
    }
    words.push(format!("password {password}"));
    words.join("; ")
}

#[async_trait]
impl Service for Cloud {
    fn type_name(&self) -> &'static str {
        "open_xchange"
    }

    fn connection(&self) -> String {
        format!(
            "{{type: open_xchange, url: \"{}\", context: {}, username: {}, password: {{env: CLOUD_SECRET}}, \
             reads_per_minute: 1000000, writes_per_minute: 1000000, timeout: 5}}",
            self.server.url(),
            OpenXchange::CONTEXT,
            OpenXchange::BRAND,
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
                    Shift::Comes => rows.user(OpenXchange::CONTEXT, STRANGER, "somebody's own"),
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
        for user in snapshot.users().filter(|user| user.id != 2) {
            let mail = user.mail.as_deref().expect("a mailbox").to_lowercase();
            put(format!("user {mail}"), record(user, self.password(user)));
            for alias in &user.aliases {
                put(format!("alias {}", alias.to_lowercase()), format!("of {mail}"));
            }
            for (list, entries) in [("blacklist", &user.blacklist), ("whitelist", &user.whitelist)] {
                if !entries.is_empty() {
                    put(format!("{list} {mail}"), once(list, entries.iter().map(String::as_str)));
                }
            }
        }
        for context in &snapshot.contexts {
            for (alias, recipients) in &context.forwards {
                put(
                    format!("alias {}", alias.to_lowercase()),
                    format!("to {}", once(alias, recipients.iter().map(String::as_str))),
                );
            }
        }
        for domain in &snapshot.shared_domains {
            put(format!("domain {domain}"), "shared".to_owned());
        }
        for announcement in &snapshot.announcements {
            let shown = if announcement.enabled { "shown" } else { "not shown" };
            put(format!("announcement {}", announcement.name), shown.to_owned());
        }
        let counts = snapshot.counts;
        assert_eq!(
            (counts.context_wide_closes, counts.forward_wipes, counts.content_reads, counts.context_deletes),
            (0, 0, 0, 0),
            "a call that reaches too far"
        );
        dump
    }

    async fn trace(&self) -> String {
        writes(&self.server)
    }

    async fn settle(&self) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}
