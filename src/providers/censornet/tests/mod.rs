//! The client against the simulated service.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use axum::http::Method;
use secrecy::SecretString;

use crate::model::{
    Address, Change, Collection, ConnectionName, ConnectionSpec, ConnectionState, Extent, Fields, Identity,
    Kind, Looked, ObservedObject, Param, Scope, ScopePart, SecretRef, Standing, Value, Verb,
};
use crate::provider::{Done, ErrorKind, Places, Provider, ProviderError, SecretError, Secrets, read};
use crate::providers::testing;
use crate::sandbox::{Fault, FaultKind, Running, start};

use super::convert::executive;
use super::sandbox::{Builder, Censornet as Sandbox, Rows};

mod convergence;
mod faults;
mod login;
mod odd;
mod paging;
mod reading;
mod writing;

const LIST: &str = "/email/mailbox/v2";
const STORE: &str = "/email/mailbox";
/// The account of the simulated login.
const ACCOUNT: &str = "b441390e-5c1d-4f0a-9b7e-36d7839f6153";

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

fn text(content: &str) -> Param {
    Param::Text(content.to_owned())
}

fn secret(content: &str) -> Param {
    Param::Secret(SecretRef::Env(content.into()))
}

fn spec(params: impl IntoIterator<Item = (&'static str, Param)>) -> ConnectionSpec {
    ConnectionSpec {
        name: ConnectionName::new("gateway"),
        type_name: "censornet".into(),
        params: params.into_iter().map(|(key, param)| (key.to_owned(), param)).collect(),
        at: None,
    }
}

async fn connect(
    url: &str,
    login: impl IntoIterator<Item = (&'static str, Param)>,
) -> Result<Arc<dyn Provider>, ProviderError> {
    let spec = spec(std::iter::once(("url", text(url))).chain(login));
    (super::provider_type().connect)(&spec, &Plain, &Places::default()).await
}

/// What the simulated service takes.
fn me() -> [(&'static str, Param); 2] {
    [("username", text("admin@example.com")), ("password", secret("adminpass123"))]
}

impl Bench {
    /// A fresh service with these rows.
    async fn new(rows: impl FnOnce(&mut Rows<'_>)) -> Self {
        Self::with(|builder| builder, me(), rows).await
    }

    async fn with(
        build: impl FnOnce(Builder) -> Builder,
        login: impl IntoIterator<Item = (&'static str, Param)>,
        rows: impl FnOnce(&mut Rows<'_>),
    ) -> Self {
        let sandbox = build(Sandbox::builder()).build();
        sandbox.edit(rows);
        let server = start(sandbox.simulator()).await.expect("a server");
        let provider = connect(&server.url(), login).await.expect("a connection");
        Self { sandbox, server, provider }
    }

    async fn try_read(&self, collections: Vec<Collection>) -> (ConnectionState, Option<ProviderError>) {
        read(&*self.provider, &scope(collections)).await
    }

    async fn read(&self, collections: Vec<Collection>) -> ConnectionState {
        let (state, error) = self.try_read(collections).await;
        assert!(error.is_none(), "{error:?}");
        assert!(state.incomplete().is_empty(), "{:?}", state.incomplete());
        state
    }

    /// One object as it is now.
    async fn object(&self, address: &str) -> Option<ObservedObject> {
        let identity = registration(address);
        let state = self.read(vec![Collection::object(&identity)]).await;
        match state.look(&identity) {
            Looked::Present(object) => Some(object.clone()),
            Looked::Absent { .. } => None,
            Looked::Unknown(reason) => panic!("{identity}: {reason}"),
        }
    }

    async fn perform(&self, change: &Change) -> Result<Done, ProviderError> {
        self.provider.perform(change, &Plain).await
    }

    /// Requests of all sorts since the last [`Running::clear`].
    fn count(&self) -> u64 {
        self.server.counters().total
    }

    /// What was asked of the list, a query a line.
    fn queries(&self) -> Vec<String> {
        let requests = self.server.requests();
        let lists = requests.iter().filter(|request| request.path == LIST);
        lists.map(|request| request.query.clone().unwrap_or_default()).collect()
    }

    /// The bodies that were sent with a verb.
    fn bodies(&self, method: &Method) -> Vec<String> {
        let requests = self.server.requests();
        let sent = requests.iter().filter(|request| request.path == STORE && request.method == *method);
        sent.map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect()
    }
}

impl Drop for Bench {
    /// What holds after every test, whatever it is about.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.sandbox.wiped(), 0, "an empty array was removed");
            assert_eq!(self.sandbox.empty_creations(), 0, "an empty array was added");
            let batches = self.server.requests().into_iter().filter(|request| request.path == STORE);
            for request in batches {
                let records: Vec<serde_json::Value> =
                    serde_json::from_slice(&request.body).expect("an array");
                assert_eq!(records.len(), 1, "one record a call");
            }
        }
    }
}

fn scope(collections: Vec<Collection>) -> Scope {
    let part = |collection| ScopePart { collection, fields: BTreeSet::from([executive()]) };
    Scope { facts: true, ..Scope::of(collections.into_iter().map(part).collect()) }
}

fn everything() -> Vec<Collection> {
    vec![Collection::everything(Kind::Registration)]
}

fn domain(name: &str) -> Collection {
    Collection::domain(Kind::Registration, &name.parse().expect("a domain"))
}

fn objects<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Collection {
    let extent = Extent::Objects(addresses.into_iter().map(registration).collect());
    Collection { kind: Kind::Registration, extent }
}

fn registration(address: &str) -> Identity {
    Identity::Registration(Address::parse(address).expect(address))
}

/// `count` mailboxes, `u0@example.com` and on.
fn crowd(count: usize) -> impl FnOnce(&mut Rows<'_>) {
    move |rows| {
        for number in 0..count {
            rows.mailbox(&format!("u{number}@example.com"));
        }
    }
}

fn change(verb: Verb, address: &str, after: Fields, remote: Option<&str>) -> Change {
    Change {
        remote: remote.map(Into::into),
        ..testing::change("gateway", verb, registration(address), after)
    }
}

fn create(address: &str) -> Change {
    change(Verb::Create, address, Fields::new(), None)
}

fn create_executive(address: &str, yes: bool) -> Change {
    change(Verb::Create, address, Fields::new().with(executive(), Value::Bool(yes)), None)
}

/// The removal of what is registered under an address now.
async fn delete(bench: &Bench, address: &str) -> Change {
    let object = bench.object(address).await.expect("registered");
    change(Verb::Delete, address, Fields::new(), object.remote.as_deref())
}
