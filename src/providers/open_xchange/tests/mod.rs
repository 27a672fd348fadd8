//! The client against the simulated service.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use secrecy::SecretString;

use crate::model::{
    Address, Change, Collection, ConnectionName, ConnectionSpec, ConnectionState, DomainName, Extent, Field,
    Fields, Identity, Kind, Looked, ObservedObject, Param, Reading, Scope, ScopePart, SecretRef, Value, Verb,
};
use crate::provider::{Done, ErrorKind, Places, Provider, ProviderError, SecretError, Secrets, read};
use crate::providers::testing;
use crate::sandbox::{Fault, FaultKind, Running, start};

use super::capabilities::LOGS_OUT;
use super::fields::setting;
use super::sandbox::{Builder, OpenXchange as Sandbox, Quirk, Rows};

mod aliases;
mod announcements;
mod attributes;
mod convergence;
mod doctor;
mod domains;
mod faults;
mod login;
mod mailboxes;
mod moved;
mod odd;
mod reading;
mod rules;

/// A simulated service with a connection to it.
pub(super) struct Bench {
    pub(super) sandbox: Sandbox,
    pub(super) server: Running,
    pub(super) provider: Arc<dyn Provider>,
}

/// Secrets whose reference is their content.
pub(super) struct Plain;

#[async_trait]
impl Secrets for Plain {
    async fn reveal(&self, reference: &SecretRef, _subject: &str) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Env(content) => Ok(SecretString::from(&**content)),
            other => panic!("no test refers to {other}"),
        }
    }
}

pub(super) const CONTEXT: &str = Sandbox::CONTEXT;
pub(super) const JANE: &str = "jane@example.com";
pub(super) const JOHN: &str = "john@example.com";

pub(super) fn secret(content: &str) -> Param {
    Param::Secret(SecretRef::Env(content.into()))
}

pub(super) fn text(text: &str) -> Param {
    Param::Text(text.to_owned())
}

pub(super) fn spec(params: Vec<(&'static str, Param)>) -> ConnectionSpec {
    ConnectionSpec {
        name: ConnectionName::new("cloud"),
        type_name: "open_xchange".into(),
        params: params.into_iter().map(|(key, param)| (key.to_owned(), param)).collect(),
        at: None,
    }
}

/// The brand's login, at a pace that no test waits for.
pub(super) fn keys() -> Vec<(&'static str, Param)> {
    vec![
        ("context", text(CONTEXT)),
        ("username", text(Sandbox::BRAND)),
        ("password", secret(Sandbox::SECRET)),
        ("reads_per_minute", Param::Int(1_000_000)),
        ("writes_per_minute", Param::Int(1_000_000)),
    ]
}

/// The same with these paths.
pub(super) fn keys_with(paths: &[(&str, &str)]) -> Vec<(&'static str, Param)> {
    let map = paths.iter().map(|(key, path)| ((*key).to_owned(), text(path))).collect();
    keys().into_iter().chain([("paths", Param::Map(map))]).collect()
}

/// The paths that the simulator has for explicit domains.
pub(super) const EXPLICIT: [(&str, &str); 6] = [
    ("explicit_domains", "/api/oxaas/v1/admin/explicitmaildomains/{context}"),
    ("explicit_domain", "/api/oxaas/v1/admin/explicitmaildomains/{context}/{domain}"),
    ("explicit_domain_exists", "/api/oxaas/v1/admin/explicitmaildomains/{context}/{domain}"),
    ("brand_domains", "/api/oxaas/v1/admin/explicitmaildomains"),
    ("brand_domain_exists", "/api/oxaas/v1/admin/explicitmaildomains/{domain}"),
    ("domain_users", "/api/oxaas/v1/admin/explicitmaildomains/{domain}/users"),
];

pub(super) async fn connect(url: &str, params: Vec<(&'static str, Param)>) -> Arc<dyn Provider> {
    try_connect(url, params).await.expect("a connection")
}

pub(super) async fn try_connect(
    url: &str,
    params: Vec<(&'static str, Param)>,
) -> Result<Arc<dyn Provider>, ProviderError> {
    let spec = spec(std::iter::once(("url", text(url))).chain(params).collect());
    (super::provider_type().connect)(&spec, &Plain, &Places::default()).await
}

impl Bench {
    /// A fresh service that tells the names of users, with these rows.
    pub(super) async fn new(rows: impl FnOnce(&mut Rows<'_>)) -> Self {
        Self::with(|builder| builder.with(Quirk::ProfileInReads), keys(), rows).await
    }

    pub(super) async fn with(
        build: impl FnOnce(Builder) -> Builder,
        params: Vec<(&'static str, Param)>,
        rows: impl FnOnce(&mut Rows<'_>),
    ) -> Self {
        let sandbox = build(Sandbox::builder()).build();
        sandbox.edit(rows);
        let server = start(sandbox.simulator()).await.expect("a server");
        let provider = connect(&server.url(), params).await;
        Self { sandbox, server, provider }
    }

    /// What a scope of these parts brings.
    pub(super) async fn read(&self, parts: Vec<ScopePart>) -> ConnectionState {
        let (state, error) = self.try_read(parts).await;
        assert!(error.is_none(), "{error:?}");
        assert!(state.incomplete().is_empty(), "{:?}", state.incomplete());
        state
    }

    pub(super) async fn try_read(&self, parts: Vec<ScopePart>) -> (ConnectionState, Option<ProviderError>) {
        self.server.clear();
        read(&*self.provider, &Scope::of(parts)).await
    }

    /// One object as it is now, with these fields.
    pub(super) async fn object(&self, identity: &Identity, fields: &[Field]) -> Option<ObservedObject> {
        let state = self.read(vec![part(Collection::object(identity), fields)]).await;
        match state.look(identity) {
            Looked::Present(object) => Some(object.clone()),
            Looked::Absent { .. } => None,
            Looked::Unknown(reason) => panic!("{identity}: {reason}"),
        }
    }

    pub(super) async fn perform(&self, change: &Change) -> Result<Done, ProviderError> {
        self.server.clear();
        self.provider.perform(change, &Plain).await
    }

    /// Carries out what must be written.
    pub(super) async fn write(&self, change: &Change) -> Vec<String> {
        match self.perform(change).await {
            Ok(Done::Written { notes }) => notes,
            other => panic!("{}: {other:?}", change.id),
        }
    }

    /// The change that is refused.
    pub(super) async fn refused(&self, change: &Change) -> ProviderError {
        self.perform(change).await.expect_err("refused")
    }

    /// The requests since the last reading or change, as `GET path?query`.
    pub(super) fn calls(&self) -> Vec<String> {
        let requests = self.server.requests();
        let shown = |request: &crate::sandbox::Recorded| {
            let query = request.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
            format!("{} {}{query}", request.method, request.path)
        };
        requests.iter().map(shown).collect()
    }

    /// The writes among them, with their bodies.
    pub(super) fn writes(&self) -> Vec<String> {
        let requests = self.server.requests();
        let writes = requests.iter().filter(|request| !matches!(request.method, Method::GET | Method::HEAD));
        writes
            .map(|request| {
                let path = request.path.trim_start_matches("/oxaas/v1/admin/contexts/24/users/");
                let path =
                    path.trim_start_matches("/api/oxaas/v1/admin/").trim_start_matches("/cloudapi/v2/");
                format!("{} {path} {}", request.method, String::from_utf8_lossy(&request.body))
                    .trim()
                    .to_owned()
            })
            .collect()
    }
}

pub(super) fn address(text: &str) -> Address {
    Address::parse_or_domain(text).expect(text)
}

pub(super) fn domain() -> DomainName {
    "example.com".parse().expect("a domain")
}

pub(super) fn mailbox(text: &str) -> Identity {
    Identity::Mailbox(address(text))
}

pub(super) fn alias(text: &str) -> Identity {
    Identity::Alias(address(text))
}

pub(super) fn sender_rules(text: &str) -> Identity {
    Identity::SenderRules(address(text))
}

pub(super) fn part(collection: Collection, fields: &[Field]) -> ScopePart {
    ScopePart { collection, fields: fields.iter().cloned().collect() }
}

/// All of a kind in the domain.
pub(super) fn whole(kind: Kind, fields: &[Field]) -> ScopePart {
    part(Collection::domain(kind, &domain()), fields)
}

/// What mailboxes of these names have of a kind.
pub(super) fn parts_of(kind: Kind, mailboxes: &[&str]) -> ScopePart {
    let mailboxes = mailboxes.iter().map(|text| address(text)).collect();
    part(Collection { kind, extent: Extent::PartsOf(mailboxes) }, &[])
}

pub(super) fn targets(list: &[&str]) -> Fields {
    let addresses = Value::Addresses(list.iter().map(|text| address(text)).collect());
    Fields::new().with(Field::Targets, addresses)
}

pub(super) fn words(list: &[&str]) -> Value {
    Value::Words(list.iter().map(|word| (*word).to_owned()).collect())
}

/// What a mailbox is made with.
pub(super) fn person(given: &str) -> Fields {
    Fields::new()
        .with(Field::GivenName, Value::text(given))
        .with(Field::FamilyName, Value::text("Doe"))
        .with(Field::Password, Value::Secret(SecretRef::Env("password-canary".into())))
}

pub(super) fn change(verb: Verb, identity: Identity, after: Fields) -> Change {
    testing::change("cloud", verb, identity, after)
}

pub(super) fn create(identity: Identity, after: Fields) -> Change {
    change(Verb::Create, identity, after)
}

/// An update by a route.
pub(super) fn update(route: &str, identity: Identity, after: Fields) -> Change {
    Change { route: route.into(), ..change(Verb::Update, identity, after) }
}

/// The delete of what was read.
pub(super) fn delete(observed: &ObservedObject) -> Change {
    Change {
        before: Some(observed.fields.values()),
        record: observed.record.clone(),
        remote: observed.remote.clone(),
        ..change(Verb::Delete, observed.identity.clone(), Fields::new())
    }
}

/// A change that closes sessions besides.
pub(super) fn logging_out(change: Change) -> Change {
    Change { effects: vec![LOGS_OUT.to_owned()], ..change }
}

pub(super) fn not_read(object: &ObservedObject, field: &Field) -> String {
    match object.fields.get(field) {
        Some(Reading::NotRead(reason) | Reading::Untold(reason)) => reason.to_string(),
        other => panic!("{field} was read: {other:?}"),
    }
}
