//! What a fresh service of any type offers to the tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use mailwright::model::SecretRef;
use mailwright::provider::{SecretError, Secrets};
use mailwright::providers::atmail::sandbox::Atmail;
use mailwright::providers::open_xchange::sandbox::OpenXchange;
use mailwright::providers::rackspace::sandbox::Rackspace;
use mailwright::sandbox::Running;
use secrecy::SecretString;

use super::postfixadmin::Engine;
use super::{atmail, censornet, dovecot, mailinabox, open_xchange, postfixadmin, rackspace};

/// Everything that a service holds, by kind and address, in words. Read past the provider.
pub(super) type Dump = BTreeMap<String, String>;

/// A service of its own for one test.
#[async_trait]
pub(super) trait Service: Send + Sync {
    /// The type of its connection.
    fn type_name(&self) -> &'static str;

    /// The keys of the connection that reaches it, as one YAML flow map.
    fn connection(&self) -> String;

    /// All connections with their names.
    fn connections(&self) -> Vec<(&'static str, String)> {
        vec![("svc", self.connection())]
    }

    /// What can be struck by faults.
    fn servers(&self) -> Vec<&Running> {
        Vec::new()
    }

    /// How somebody else adds or removes [`STRANGER`], where this has lists in pages.
    fn shift(&self) -> Option<Arc<dyn Fn(Shift) + Send + Sync>> {
        None
    }

    /// A folder of this test's own.
    fn folder(&self) -> &Path;

    /// What it holds. Fails the test where something stands twice.
    async fn dump(&self) -> Dump;

    /// Changes with everything that is written, also where what it holds ends the same.
    async fn trace(&self) -> String;

    /// Waits until what a killed client left behind is over.
    async fn settle(&self);
}

/// What somebody else does between two pages of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    /// Adds [`STRANGER`].
    Comes,
    /// Removes it.
    Goes,
}

/// An address before all others that no wish speaks of.
pub(super) const STRANGER: &str = "aaa@example.com";

/// The types of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    MailInABox,
    PostfixAdmin(Engine),
    /// A filter without a store.
    Censornet,
    /// A box with a filter before it.
    FilteredBox,
    Rackspace,
    OpenXchange,
    Atmail,
    /// A SQLite database beside a Dovecot.
    Dovecot,
}

/// Every kind of database that this was built for, and that is there.
pub(super) fn databases() -> impl Iterator<Item = Type> {
    let engines = [
        Engine::Sqlite,
        #[cfg(feature = "postgres")]
        Engine::Postgres,
        #[cfg(feature = "mysql")]
        Engine::MySql,
    ];
    engines.into_iter().filter(|engine| engine.is_there()).map(Type::PostfixAdmin)
}

impl Type {
    /// A fresh service with what [`UNMANAGED`] names.
    pub(super) async fn fresh(self) -> Box<dyn Service> {
        match self {
            Self::MailInABox => Box::new(mailinabox::Simulated::fresh().await),
            Self::PostfixAdmin(engine) => Box::new(postfixadmin::Database::of(engine).await),
            Self::Censornet => Box::new(censornet::Filter::fresh().await),
            Self::FilteredBox => Box::new(censornet::Filtered::fresh().await),
            Self::Rackspace => Box::new(rackspace::Exchange::fresh().await),
            Self::OpenXchange => Box::new(open_xchange::Cloud::fresh().await),
            Self::Atmail => Box::new(atmail::Webadmin::fresh().await),
            Self::Dovecot => Box::new(dovecot::Beside::fresh().await),
        }
    }

    /// Whether time passes only while everybody waits. SQLite works on threads of its own, which no stopped clock
    /// waits for.
    pub(super) fn has_stopped_clock(self) -> bool {
        !matches!(self, Self::PostfixAdmin(_) | Self::Dovecot)
    }

    /// Runs a test.
    pub(super) fn block_on<F: Future>(self, test: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(self.has_stopped_clock())
            .build()
            .expect("a runtime")
            .block_on(test)
    }

    /// What a new mailbox's wish must hold.
    pub(super) fn needs(self) -> Option<&'static str> {
        match self {
            Self::Rackspace => Some("display_name: Somebody, quota: 2 GiB, password: {env: FIRST_PASSWORD}"),
            Self::OpenXchange => Some("given_name: Some, family_name: Body, password: {env: FIRST_PASSWORD}"),
            Self::MailInABox | Self::FilteredBox | Self::Atmail => Some("password: {env: FIRST_PASSWORD}"),
            Self::PostfixAdmin(_) | Self::Dovecot | Self::Censornet => None,
        }
    }

    /// Its name among the counts of what was tried.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::MailInABox => "box",
            Self::PostfixAdmin(Engine::Sqlite) => "sqlite",
            #[cfg(feature = "postgres")]
            Self::PostfixAdmin(Engine::Postgres) => "postgres",
            #[cfg(feature = "mysql")]
            Self::PostfixAdmin(Engine::MySql) => "mysql",
            Self::Dovecot => "sqlite-dovecot",
            Self::Censornet => "filter",
            Self::FilteredBox => "filtered-box",
            Self::Rackspace => "exchange",
            Self::OpenXchange => "open-xchange",
            Self::Atmail => "atmail",
        }
    }

    /// What serves a domain.
    pub(super) fn serving(self) -> &'static str {
        match self {
            Self::Censornet => "filters: [svc]",
            Self::FilteredBox => "provider: svc, filters: [gate]",
            _ => "provider: svc",
        }
    }
}

/// Addresses that every fresh service has and no wish speaks of.
pub(super) const UNMANAGED: [&str; 3] = ["keep@example.com", "list@example.com", "keep@example.org"];

/// Fails the test where a member stands twice in a list.
pub(super) fn once<'a>(what: &str, members: impl IntoIterator<Item = &'a str>) -> String {
    let mut members: Vec<&str> = members.into_iter().collect();
    members.sort_unstable();
    let count = members.len();
    members.dedup();
    assert_eq!(count, members.len(), "{what} holds something twice: {members:?}");
    members.join(",")
}

/// The writes that came to a server, in order, with what they carried.
pub(super) fn writes(server: &Running) -> String {
    let requests = server.requests();
    let writes = requests.iter().filter(|request| !matches!(request.method, Method::GET | Method::HEAD));
    let shown = writes.map(|write| {
        let body = String::from_utf8_lossy(&write.body);
        format!("{} {} {body}", write.method, write.path).trim_end().to_owned()
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// Secrets of the tests, by name.
pub(super) struct Known;

#[async_trait]
impl Secrets for Known {
    async fn reveal(&self, reference: &SecretRef, _subject: &str) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Env(name) if &**name == "BOX_PASSWORD" => Ok("adminpass123".into()),
            SecretRef::Env(name) if &**name == "WRONG_PASSWORD" => Ok("not the password".into()),
            SecretRef::Env(name) if &**name == "EXCHANGE_USER_KEY" => Ok(Rackspace::USER_KEY.into()),
            SecretRef::Env(name) if &**name == "EXCHANGE_SECRET_KEY" => Ok(Rackspace::SECRET_KEY.into()),
            SecretRef::Env(name) if &**name == "CLOUD_SECRET" => Ok(OpenXchange::SECRET.into()),
            SecretRef::Env(name) if &**name == "ATMAIL_PASSWORD" => Ok(Atmail::PASSWORD.into()),
            SecretRef::Env(name) if &**name == "DOVEADM_KEY" => Ok(dovecot::KEY.into()),
            SecretRef::Env(name) if &**name == "FIRST_PASSWORD" => Ok(FIRST_PASSWORD.into()),
            SecretRef::Env(name) if let Some(address) = postfixadmin::address(name) => Ok(address.into()),
            other => panic!("no test refers to {other}"),
        }
    }
}

/// What `{env: FIRST_PASSWORD}` holds.
pub(super) const FIRST_PASSWORD: &str = "correct horse battery";
