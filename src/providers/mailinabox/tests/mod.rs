//! The client against the simulated box.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::model::{
    Address, Change, Collection, ConnectionName, ConnectionSpec, ConnectionState, Field, Fields, Identity,
    Kind, Looked, ObservedObject, Param, Reading, Right, Scope, ScopePart, SecretRef, Value, Verb,
};
use crate::provider::{Done, Places, Provider, ProviderError, SecretError, Secrets, read};
use crate::providers::testing;
use crate::sandbox::{Running, start};

use super::sandbox::{Builder, MailInABox as Sandbox, Rows};

mod aliases;
mod convergence;
mod faults;
mod login;
mod mailbox_rows;
mod mailboxes;
mod reading;

/// A simulated box with a connection to it.
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
        name: ConnectionName::new("box"),
        type_name: "mailinabox".into(),
        params: params.into_iter().map(|(key, param)| (key.to_owned(), param)).collect(),
        at: None,
    }
}

pub(super) async fn connect(
    url: &str,
    login: impl IntoIterator<Item = (&'static str, Param)>,
) -> Result<Arc<dyn Provider>, ProviderError> {
    let url = ("url", Param::Text(url.to_owned()));
    let spec = spec(std::iter::once(url).chain(login));
    if spec.params.contains_key("totp") {
        // Both clocks stand still, so that no code changes within a test.
        let connection = super::MailInABox::connect(&spec, &Plain, &Places::default(), || NOW).await?;
        return Ok(Arc::new(connection));
    }
    (super::provider_type().connect)(&spec, &Plain, &Places::default()).await
}

/// When tests with a second factor take place.
const NOW: u64 = 1_795_219_071;

pub(super) fn me() -> [(&'static str, Param); 2] {
    [("email", Param::Text("me@example.com".into())), ("password", secret("adminpass123"))]
}

impl Bench {
    /// A fresh box with these rows.
    pub(super) async fn new(rows: impl FnOnce(&mut Rows<'_>)) -> Self {
        Self::with(|builder| builder, me(), rows).await
    }

    pub(super) async fn with(
        build: impl FnOnce(Builder) -> Builder,
        login: impl IntoIterator<Item = (&'static str, Param)>,
        rows: impl FnOnce(&mut Rows<'_>),
    ) -> Self {
        let sandbox = build(Sandbox::builder()).build();
        sandbox.edit(rows);
        sandbox.set_clock(NOW);
        let server = start(sandbox.simulator()).await.expect("a server");
        let provider = connect(&server.url(), login).await.expect("a connection");
        Self { sandbox, server, provider }
    }

    /// Everything that the box has of these kinds.
    pub(super) async fn read(&self, kinds: &[Kind]) -> ConnectionState {
        let (state, error) = self.try_read(kinds).await;
        assert!(error.is_none(), "{error:?}");
        assert!(state.incomplete().is_empty(), "{:?}", state.incomplete());
        state
    }

    pub(super) async fn try_read(&self, kinds: &[Kind]) -> (ConnectionState, Option<ProviderError>) {
        let part = |&kind| ScopePart { collection: Collection::everything(kind), fields: BTreeSet::new() };
        let parts = kinds.iter().map(part).collect();
        read(&*self.provider, &Scope { facts: true, ..Scope::of(parts) }).await
    }

    /// One object as it is now.
    pub(super) async fn object(&self, identity: &Identity) -> Option<ObservedObject> {
        let state = self.read(&[identity.kind()]).await;
        match state.look(identity) {
            Looked::Present(object) => Some(object.clone()),
            Looked::Absent { .. } => None,
            Looked::Unknown(reason) => panic!("{identity}: {reason}"),
        }
    }

    /// The known fields of an object.
    pub(super) async fn fields(&self, identity: &Identity) -> Option<Fields> {
        self.object(identity).await.map(|object| object.fields.values())
    }

    pub(super) async fn perform(&self, change: Change) -> Result<Done, ProviderError> {
        self.provider.perform(&change, &Plain).await
    }

    /// Requests of all sorts since the last [`Running::clear`].
    pub(super) fn count(&self) -> u64 {
        self.server.counters().total
    }

    /// The forms that were posted to `path`.
    pub(super) fn forms(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        let requests = self.server.requests();
        let posts = requests.iter().filter(|request| request.path == path);
        posts.map(|request| form(&String::from_utf8_lossy(&request.body))).collect()
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

pub(super) fn send_as() -> Fields {
    Fields::new().with(Field::Rights, Value::Rights(BTreeSet::from([Right::SendAs])))
}

pub(super) fn targets(list: &[&str]) -> Fields {
    Fields::new().with(Field::Targets, addresses(list))
}

pub(super) fn change(verb: Verb, identity: Identity, after: Fields) -> Change {
    testing::change("box", verb, identity, after)
}

pub(super) fn create(identity: Identity, after: Fields) -> Change {
    change(Verb::Create, identity, after)
}

pub(super) fn update(identity: Identity, after: Fields) -> Change {
    change(Verb::Update, identity, after)
}

pub(super) fn delete(identity: Identity) -> Change {
    change(Verb::Delete, identity, Fields::new())
}

pub(super) fn not_read(object: &ObservedObject, field: &Field) -> String {
    match object.fields.get(field) {
        Some(Reading::NotRead(reason)) => reason.to_string(),
        other => panic!("{field} was read: {other:?}"),
    }
}
