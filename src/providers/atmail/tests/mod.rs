//! The client against the simulated service.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use secrecy::SecretString;

use crate::model::{
    AccountState, Address, Change, Collection, ConnectionName, ConnectionSpec, ConnectionState, DomainName,
    Field, Fields, Identity, Kind, Looked, ObservedObject, Param, Quota, Reading, Scope, ScopePart,
    SecretRef, Standing, Value, Verb,
};
use crate::provider::{Done, ErrorKind, Places, Provider, ProviderError, SecretError, Secrets, read};
use crate::providers::testing;
use crate::sandbox::{Fault, FaultKind, Running, Simulator, start};

use super::sandbox::{Atmail as Sandbox, Builder, Quirk, Right, Rows};

mod administrators;
mod aliases;
mod convergence;
mod faults;
mod forwards;
mod login;
mod mailboxes;
mod odd;
mod paging;
mod quota;
mod reading;

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";
const BASE: &str = "/index.php/api";

/// A simulated service with a connection to it.
struct Bench {
    sandbox: Sandbox,
    server: Running,
    provider: Arc<dyn Provider>,
}

/// Secrets whose reference is their content.
struct Plain;

#[async_trait]
impl Secrets for Plain {
    async fn reveal(&self, reference: &SecretRef, _subject: &str) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Env(content) => Ok(SecretString::from(&**content)),
            other => panic!("no test refers to {other}"),
        }
    }
}

type Params = Vec<(&'static str, Param)>;

fn secret(content: &str) -> Param {
    Param::Secret(SecretRef::Env(content.into()))
}

fn text(content: &str) -> Param {
    Param::Text(content.to_owned())
}

fn login(username: &str, password: &str) -> Params {
    vec![("username", text(username)), ("password", secret(password))]
}

fn me() -> Params {
    login(Sandbox::USERNAME, Sandbox::PASSWORD)
}

fn spec(params: impl IntoIterator<Item = (&'static str, Param)>) -> ConnectionSpec {
    ConnectionSpec {
        name: ConnectionName::new("mail"),
        type_name: "atmail".into(),
        params: params.into_iter().map(|(key, param)| (key.to_owned(), param)).collect(),
        at: None,
    }
}

async fn connect(url: &str, params: Params) -> Arc<dyn Provider> {
    let spec = spec(std::iter::once(("url", text(url))).chain(params));
    (super::provider_type().connect)(&spec, &Plain, &Places::default()).await.expect("a connection")
}

impl Bench {
    /// A service with the domain `example.com` and these rows.
    async fn new(rows: impl FnOnce(&mut Rows<'_>)) -> Self {
        Self::with(|builder| builder, me(), rows).await
    }

    /// The same, with this oddity.
    async fn odd(quirk: Quirk, rows: impl FnOnce(&mut Rows<'_>)) -> Self {
        Self::with(|builder| builder.with(quirk), me(), rows).await
    }

    async fn with(
        build: impl FnOnce(Builder) -> Builder,
        params: Params,
        rows: impl FnOnce(&mut Rows<'_>),
    ) -> Self {
        let sandbox = build(Sandbox::builder().domain("example.com")).build();
        sandbox.edit(rows);
        let server = start(sandbox.simulator()).await.expect("a server");
        let provider = connect(&format!("{}{BASE}", server.url()), params).await;
        Self { sandbox, server, provider }
    }

    /// What a scope of these parts brings.
    async fn read(&self, parts: Vec<ScopePart>) -> ConnectionState {
        let (state, error) = self.try_read(parts).await;
        assert!(error.is_none(), "{error:?}");
        assert!(state.incomplete().is_empty(), "{:?}", state.incomplete());
        state
    }

    async fn try_read(&self, parts: Vec<ScopePart>) -> (ConnectionState, Option<ProviderError>) {
        self.server.clear();
        read(&*self.provider, &Scope::of(parts)).await
    }

    /// One object as it is now, with these fields.
    async fn object(&self, identity: &Identity, fields: &[Field]) -> Option<ObservedObject> {
        let state = self.read(vec![one(identity, fields)]).await;
        match state.look(identity) {
            Looked::Present(object) => Some(object.clone()),
            Looked::Absent { .. } => None,
            Looked::Unknown(reason) => panic!("{identity}: {reason}"),
        }
    }

    async fn perform(&self, change: &Change) -> Result<Done, ProviderError> {
        self.server.clear();
        self.provider.perform(change, &Plain).await
    }

    /// Carries out what must be written.
    async fn write(&self, change: &Change) -> Vec<String> {
        match self.perform(change).await {
            Ok(Done::Written { notes }) => notes,
            other => panic!("{}: {other:?}", change.id),
        }
    }

    /// The requests since the last reading or change, without what all have in front.
    fn calls(&self) -> Vec<String> {
        let requests = self.server.requests();
        let call = requests.iter().map(|request| {
            let path = request.path.strip_prefix(BASE).unwrap_or(&request.path);
            format!("{} {path}", request.method)
        });
        call.collect()
    }

    /// The bodies of the writes since the last reading or change.
    fn bodies(&self) -> Vec<String> {
        let requests = self.server.requests();
        let writes = requests.iter().filter(|request| request.method == Method::POST);
        writes.map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect()
    }
}

/// A service that answers paths that begin so otherwise: with a status and the inside of an envelope.
async fn canned(
    replies: &'static [(&'static str, u16, &'static str)],
    params: Params,
    rows: impl FnOnce(&mut Rows<'_>),
) -> Bench {
    let sandbox = Sandbox::builder().domain("example.com").build();
    sandbox.edit(rows);
    let answer = move |request: Request, next: Next| async move {
        let path = request.uri().path().strip_prefix(BASE).unwrap_or_default();
        let canned = replies.iter().find(|(begins, ..)| path.starts_with(begins));
        let Some((_, status, inside)) = canned else { return next.run(request).await };
        let body = format!("<?xml version=\"1.0\"?><api>{inside}</api>");
        (StatusCode::from_u16(*status).expect("a status"), body).into_response()
    };
    let simulator = Simulator::new("canned", sandbox.router().layer(from_fn(answer)));
    let server = start(simulator).await.expect("a server");
    let provider = connect(&format!("{}{BASE}", server.url()), params).await;
    Bench { sandbox, server, provider }
}

fn address(text: &str) -> Address {
    Address::parse_or_domain(text).expect(text)
}

fn addresses(list: &[&str]) -> Value {
    Value::Addresses(list.iter().map(|text| address(text)).collect())
}

fn domain() -> DomainName {
    "example.com".parse().expect("a domain")
}

fn domain_id(name: &str) -> Identity {
    Identity::Domain(name.parse().expect(name))
}

fn mailbox(text: &str) -> Identity {
    Identity::Mailbox(address(text))
}

fn alias(text: &str) -> Identity {
    Identity::Alias(address(text))
}

fn forward(text: &str) -> Identity {
    Identity::Forward(address(text))
}

fn setting(name: &str) -> Field {
    Field::Setting(name.into())
}

fn part(collection: Collection, fields: &[Field]) -> ScopePart {
    ScopePart { collection, fields: fields.iter().cloned().collect() }
}

fn one(identity: &Identity, fields: &[Field]) -> ScopePart {
    part(Collection::object(identity), fields)
}

/// All of a kind in the domain.
fn whole(kind: Kind, fields: &[Field]) -> ScopePart {
    part(Collection::domain(kind, &domain()), fields)
}

fn targets(list: &[&str]) -> Fields {
    Fields::new().with(Field::Targets, addresses(list))
}

fn copying(list: &[&str], keeps: bool) -> Fields {
    targets(list).with(Field::KeepCopy, Value::Bool(keeps))
}

fn password() -> Value {
    Value::Secret(SecretRef::Env("password-canary".into()))
}

fn mebibytes(number: u64) -> Value {
    Value::Quota(Quota::Bytes(number << 20))
}

/// What a mailbox is made with.
fn person() -> Fields {
    Fields::new().with(Field::Password, password())
}

fn change(verb: Verb, identity: Identity, after: Fields) -> Change {
    testing::change("mail", verb, identity, after)
}

fn create(identity: Identity, after: Fields) -> Change {
    change(Verb::Create, identity, after)
}

fn update(identity: Identity, before: Fields, after: Fields) -> Change {
    Change { before: Some(before), ..change(Verb::Update, identity, after) }
}

fn delete(identity: Identity, before: Fields) -> Change {
    Change { before: Some(before), ..change(Verb::Delete, identity, Fields::new()) }
}

fn not_read(object: &ObservedObject, field: &Field) -> String {
    match object.fields.get(field) {
        Some(Reading::NotRead(reason)) => reason.to_string(),
        other => panic!("{field} was read: {other:?}"),
    }
}

fn unknown(state: &ConnectionState, identity: &Identity) -> String {
    match state.look(identity) {
        Looked::Unknown(reason) => reason.to_string(),
        other => panic!("{identity}: {other:?}"),
    }
}
