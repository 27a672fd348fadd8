//! The client against the simulated service.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::Method;
use secrecy::SecretString;

use crate::model::{
    Address, Change, Collection, Completeness, ConnectionName, ConnectionSpec, ConnectionState, DomainName,
    Extent, Field, Fields, Identity, Kind, Looked, ObservedObject, Param, Quota, Reading, Right, Scope,
    ScopePart, SecretRef, Standing, Value, Verb,
};
use crate::provider::{Done, ErrorKind, Found, Places, Provider, ProviderError, SecretError, Secrets, read};
use crate::providers::testing;
use crate::sandbox::{Fault, FaultKind, Running, start};

use super::sandbox::{Builder, Rackspace as Sandbox, Rows};

mod aliases;
mod convergence;
mod faults;
mod forwards;
mod keys;
mod mailboxes;
mod paging;
mod permissions;
mod reading;
mod rules;
mod services;
mod stub;

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

pub(super) fn secret(content: &str) -> Param {
    Param::Secret(SecretRef::Env(content.into()))
}

pub(super) fn spec(params: impl IntoIterator<Item = (&'static str, Param)>) -> ConnectionSpec {
    ConnectionSpec {
        name: ConnectionName::new("exchange"),
        type_name: "rackspace".into(),
        params: params.into_iter().map(|(key, param)| (key.to_owned(), param)).collect(),
        at: None,
    }
}

/// The documented keys, at a pace that no test waits for.
pub(super) fn keys() -> Vec<(&'static str, Param)> {
    vec![
        ("user_key", secret(Sandbox::USER_KEY)),
        ("secret_key", secret(Sandbox::SECRET_KEY)),
        ("reads_per_minute", Param::Int(1_000_000)),
        ("writes_per_minute", Param::Int(1_000_000)),
    ]
}

pub(super) async fn connect(url: &str, params: Vec<(&'static str, Param)>) -> Arc<dyn Provider> {
    let url = ("url", Param::Text(url.to_owned()));
    let spec = spec(std::iter::once(url).chain(params));
    (super::provider_type().connect)(&spec, &Plain, &Places::default()).await.expect("a connection")
}

impl Bench {
    /// A fresh service with these rows.
    pub(super) async fn new(rows: impl FnOnce(&mut Rows<'_>)) -> Self {
        Self::with(|builder| builder, keys(), rows).await
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

    /// The requests since the last reading or change, as `GET path?query`, without what all have in front.
    pub(super) fn calls(&self) -> Vec<String> {
        let requests = self.server.requests();
        let shown = |path: &str| {
            let short = path.strip_prefix("/v1/customers/me/domains/example.com/ex/");
            short.unwrap_or(path).to_owned()
        };
        requests
            .iter()
            .map(|request| {
                let query = request.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
                format!("{} {}{query}", request.method, shown(&request.path))
            })
            .collect()
    }

    /// The forms of the writes since the last reading or change.
    pub(super) fn forms(&self) -> Vec<BTreeMap<String, String>> {
        let requests = self.server.requests();
        let writes = requests.iter().filter(|request| request.method != Method::GET);
        writes.map(|request| form(&String::from_utf8_lossy(&request.body))).collect()
    }
}

fn form(body: &str) -> BTreeMap<String, String> {
    // An address's parser splits a query just as a form is written.
    let url = format!("http://localhost/?{body}");
    let pairs =
        axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&url.parse().expect("an address"));
    pairs.expect("a form").0.into_iter().collect()
}

pub(super) fn address(text: &str) -> Address {
    Address::parse_or_domain(text).expect(text)
}

pub(super) fn addresses(list: &[&str]) -> Value {
    Value::Addresses(list.iter().map(|text| address(text)).collect())
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

pub(super) fn forward(text: &str) -> Identity {
    Identity::Forward(address(text))
}

pub(super) fn permission(mailbox: &str, grantee: &str) -> Identity {
    Identity::Permission { mailbox: address(mailbox), grantee: address(grantee) }
}

pub(super) fn setting(name: &str) -> Field {
    Field::Setting(name.into())
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
    Fields::new().with(Field::Targets, addresses(list))
}

pub(super) fn rights(list: &[Right]) -> Fields {
    Fields::new().with(Field::Rights, Value::Rights(list.iter().copied().collect()))
}

pub(super) fn words(list: &[&str]) -> Value {
    Value::Words(list.iter().map(|word| (*word).to_owned()).collect())
}

/// What a mailbox is made with.
pub(super) fn person(name: &str) -> Fields {
    Fields::new()
        .with(Field::DisplayName, Value::text(name))
        .with(Field::Quota, Value::Quota(Quota::Bytes(2 << 30)))
        .with(Field::Password, Value::Secret(SecretRef::Env("password-canary".into())))
}

pub(super) fn change(verb: Verb, identity: Identity, after: Fields) -> Change {
    testing::change("exchange", verb, identity, after)
}

pub(super) fn create(identity: Identity, after: Fields) -> Change {
    change(Verb::Create, identity, after)
}

pub(super) fn update(identity: Identity, after: Fields) -> Change {
    change(Verb::Update, identity, after)
}

/// An update by a route of its own.
pub(super) fn update_by(route: &str, identity: Identity, after: Fields) -> Change {
    Change { route: route.into(), ..update(identity, after) }
}

/// The delete of what was read.
pub(super) fn delete(identity: Identity, before: Fields) -> Change {
    Change { before: Some(before), ..change(Verb::Delete, identity, Fields::new()) }
}

pub(super) fn not_read(object: &ObservedObject, field: &Field) -> String {
    match object.fields.get(field) {
        Some(Reading::NotRead(reason)) => reason.to_string(),
        other => panic!("{field} was read: {other:?}"),
    }
}
