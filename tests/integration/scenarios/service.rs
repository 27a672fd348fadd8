//! The services that a scenario is played on, each freshly filled with what is observed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use mailwright::config::{self, Problems};
use mailwright::model::{
    ConnectionName, ConnectionSpec, Desired, Field, Fields, Identity, Kind, ObjectRef, Presence, SecretRef,
    Standing, Value, Wish,
};
use mailwright::provider::{
    AtCreate, Capabilities, Catalogue, ConnectFuture, ErrorKind, Places, Provider, ProviderError,
    ProviderType, SecretError, Secrets,
};
use mailwright::providers;
use mailwright::providers::mailinabox::sandbox::MailInABox;
use mailwright::sandbox::{Running, start};
use secrecy::SecretString;
use tempfile::TempDir;

use super::scenario::{Scenario, identity};
use crate::memory::{Memory, State, Stored, profile};

/// What a scenario is played on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Model,
    MailInABox,
    PostfixAdmin,
}

impl Type {
    /// The real types of connections.
    pub(super) const REAL: [Self; 2] = [Self::MailInABox, Self::PostfixAdmin];

    /// The word after `type:`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::MailInABox => "mailinabox",
            Self::PostfixAdmin => "postfixadmin",
        }
    }

    /// Runs a test. SQLite works on threads of its own, which no stopped clock waits for.
    pub(super) fn block_on<F: Future>(self, test: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(self == Self::MailInABox)
            .build()
            .expect("a runtime")
            .block_on(test)
    }
}

/// A fresh service, which is over when this is dropped.
pub(super) struct Service {
    pub(super) connection: String,
    /// Its address, where it has one: no golden holds it.
    pub(super) url: String,
    folder: TempDir,
    memory: Option<Memory>,
    _server: Option<Running>,
}

const ADMINISTRATOR: &str = "root@box.example.net";

impl Service {
    /// An empty service.
    pub(super) async fn fresh(of: Type) -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut server: Option<Running> = None;
        let connection = match of {
            Type::Model => "type: model".to_owned(),
            Type::PostfixAdmin => {
                let path = folder.path().join("mail.sqlite");
                format!("type: postfixadmin, database: \"sqlite:{}\", create: true", path.display())
            }
            Type::MailInABox => {
                let sandbox = MailInABox::builder().administrator(ADMINISTRATOR, "adminpass123").build();
                let running = start(sandbox.simulator()).await.expect("a server");
                let url = running.url();
                let connection = format!(
                    "type: mailinabox, url: \"{url}\", email: {ADMINISTRATOR}, password: {{env: BOX_PASSWORD}}"
                );
                server = Some(running);
                connection
            }
        };
        let memory = (of == Type::Model).then(Memory::default);
        let url = server.as_ref().map_or_else(|| "no address".to_owned(), |server| server.url().clone());
        Self { connection, url, folder, memory, _server: server }
    }

    /// Opens the connection anew, as a new process does.
    pub(super) async fn connect(&self, spec: &ConnectionSpec) -> Arc<dyn Provider> {
        if let Some(memory) = &self.memory {
            return Arc::new(memory.clone());
        }
        let places = Places { root: self.folder.path().to_owned() };
        let catalogue = catalogue();
        let entry = catalogue.get(&spec.type_name).expect("a known type");
        (entry.connect)(spec, &Known, &places).await.expect("connects")
    }

    /// Loads a wish for this service.
    pub(super) fn load(&self, file: &str, wish: &str) -> Result<Desired, Problems> {
        let wish = wish.replace("type: model", &self.connection).into_bytes();
        Ok(config::load_sources(vec![(file.to_owned(), wish)], Path::new("."), &catalogue())?.desired)
    }

    /// What is observed, as a wish.
    pub(super) fn observed(&self, scenario: &Scenario) -> Result<Desired, Problems> {
        let mut desired = self.load("observed.yaml", &scenario.observed)?;
        let (name, spec) = desired.connections.iter().next().expect("one connection");
        let capabilities = catalogue().capabilities(spec).expect("a known type");
        let domains: Vec<ObjectRef> = desired
            .domains
            .keys()
            .filter(|_| capabilities.kind(Kind::Domain).is_some_and(|kind| kind.create.is_yes()))
            .map(|domain| ObjectRef { connection: name.clone(), identity: Identity::Domain(domain.clone()) })
            .collect();
        desired.objects.extend(domains.into_iter().map(|domain| (domain, Wish::present(Fields::new()))));
        let password = capabilities.kind(Kind::Mailbox).and_then(|kind| kind.fields.get(&Field::Password));
        if password.is_some_and(|field| field.create == AtCreate::Required) {
            let first = Value::Secret(SecretRef::Env("FIRST_PASSWORD".into()));
            for (object, wish) in &mut desired.objects {
                if object.identity.kind() == Kind::Mailbox {
                    wish.fields.set(Field::Password, first.clone());
                }
            }
        }
        Ok(desired)
    }

    /// Fills the service in memory, past the provider.
    pub(super) fn fill(&self, scenario: &Scenario, observed: &Desired) {
        let situation = &scenario.situation;
        let mut state = State::of(profile("everything"), observed.domains.keys().cloned());
        for (object, wish) in &observed.objects {
            assert_eq!(wish.presence, Presence::Present, "{object} is observed as absent");
            state.objects.insert(object.identity.clone(), Stored::plain(wish.fields.clone()));
        }
        let standings = (situation.login.iter().map(|object| (object, Standing::Login)))
            .chain(
                situation
                    .foreign
                    .iter()
                    .map(|(object, why)| (object, Standing::Foreign(why.as_str().into()))),
            )
            .chain(
                situation
                    .default
                    .iter()
                    .map(|(object, why)| (object, Standing::Default(why.as_str().into()))),
            );
        for (object, standing) in standings {
            let stored = state.objects.get_mut(&identity(object));
            stored.unwrap_or_else(|| panic!("{object} is not observed")).standing = standing;
        }
        let remains = situation.remains.iter();
        state.remains = remains.map(|(object, why)| (identity(object), why.as_str().into())).collect();
        state.unknown = situation.unknown.iter().map(|object| identity(object)).collect();
        state.hidden = situation.hidden.iter().map(|object| identity(object)).collect();
        state.gaps = situation.gaps().collect();
        state.not_read = situation.not_read().collect();
        *self.memory.as_ref().expect("a service in memory").state() = state;
    }
}

/// The real types of connections and the model.
pub(super) fn catalogue() -> Catalogue {
    let model = ProviderType {
        name: "model",
        summary: "A service in memory that can everything",
        keys: &[],
        settings: &[],
        capabilities: |_| profile("everything"),
        connect: |_, _, _| -> ConnectFuture<'_> {
            Box::pin(async { Err(ProviderError::new(ErrorKind::Invalid, "a test holds the connection")) })
        },
    };
    Catalogue::new(providers::catalogue().iter().cloned().chain([model]))
}

/// What each connection of a wish can do.
pub(super) fn capabilities(desired: &Desired) -> BTreeMap<ConnectionName, Capabilities> {
    let catalogue = catalogue();
    let of = |spec| catalogue.capabilities(spec).expect("a known type");
    desired.connections.iter().map(|(name, spec)| (name.clone(), of(spec))).collect()
}

/// The secrets of the scenarios.
pub(super) struct Known;

#[async_trait]
impl Secrets for Known {
    async fn reveal(&self, reference: &SecretRef, _subject: &str) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Env(name) if &**name == "BOX_PASSWORD" => Ok("adminpass123".into()),
            SecretRef::Env(name) if &**name == "FIRST_PASSWORD" => Ok("correct horse battery".into()),
            other => panic!("no scenario refers to {other}"),
        }
    }
}
