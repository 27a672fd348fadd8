//! The services that a scenario is played on: a store and, where the scenario has one, a filter before it, each freshly
//! filled with what is observed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use mailwright::config::{self, Problems};
use mailwright::model::{
    ConnectionName, ConnectionSpec, Desired, Field, Fields, Identity, Kind, ObjectRef, Presence, Quota,
    SecretRef, Standing, Value, Wish,
};
use mailwright::provider::{
    AtCreate, Capabilities, Catalogue, ConnectFuture, ErrorKind, Places, Provider, ProviderError,
    ProviderType, SecretError, Secrets,
};
use mailwright::providers;
use mailwright::providers::atmail::sandbox::Atmail;
use mailwright::providers::censornet::sandbox::Censornet;
use mailwright::providers::mailinabox::sandbox::MailInABox;
use mailwright::providers::open_xchange::sandbox::{OpenXchange, Quirk as CloudQuirk};
use mailwright::providers::rackspace::sandbox::{Quirk, Rackspace};
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
    Rackspace,
    OpenXchange,
    Atmail,
}

impl Type {
    /// The real types of stores.
    pub(super) const REAL: [Self; 5] =
        [Self::MailInABox, Self::PostfixAdmin, Self::Rackspace, Self::OpenXchange, Self::Atmail];

    /// The word after `type:`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::MailInABox => "mailinabox",
            Self::PostfixAdmin => "postfixadmin",
            Self::Rackspace => "rackspace",
            Self::OpenXchange => "open_xchange",
            Self::Atmail => "atmail",
        }
    }

    /// True where goldens tell how many calls a plan took: the service counts them, and lets only so many pass.
    pub(super) fn tells_calls(self) -> bool {
        matches!(self, Self::Rackspace | Self::OpenXchange | Self::Atmail)
    }

    /// Runs a test. SQLite works on threads of its own, which no stopped clock waits for.
    pub(super) fn block_on<F: Future>(self, test: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(!matches!(self, Self::Model | Self::PostfixAdmin))
            .build()
            .expect("a runtime")
            .block_on(test)
    }
}

/// A fresh store, and a filter before it where the scenario has one. Both are over when this is dropped.
pub(super) struct Service {
    pub(super) connection: String,
    /// Its address, where it has one: no golden holds it.
    pub(super) url: String,
    pub(super) filter: Option<Filter>,
    folder: TempDir,
    memory: Option<Memory>,
    _server: Option<Running>,
}

/// A filter: the simulated service, whatever the store is.
pub(super) struct Filter {
    pub(super) connection: String,
    sandbox: Censornet,
    _server: Running,
}

const ADMINISTRATOR: &str = "root@box.example.net";

impl Filter {
    /// A filter that knows no address.
    async fn fresh() -> Self {
        let sandbox = Censornet::builder().tracking_all().build();
        let server = start(sandbox.simulator()).await.expect("a server");
        let connection = format!(
            "type: censornet, url: \"{}\", username: admin@example.com, password: {{env: BOX_PASSWORD}}",
            server.url()
        );
        Self { connection, sandbox, _server: server }
    }
}

impl Service {
    /// An empty service.
    pub(super) async fn fresh(of: Type, scenario: &Scenario) -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut server: Option<Running> = None;
        let connection = match of {
            Type::Model => MODEL.to_owned(),
            Type::PostfixAdmin => {
                let path = folder.path().join("mail.sqlite");
                format!("type: postfixadmin, database: \"sqlite:{}\", create: true", path.display())
            }
            Type::MailInABox => {
                let sandbox = MailInABox::builder().administrator(ADMINISTRATOR, "adminpass123").build();
                let running = start(sandbox.simulator()).await.expect("a server");
                let url = running.url();
                server = Some(running);
                format!(
                    "type: mailinabox, url: \"{url}\", email: {ADMINISTRATOR}, password: {{env: BOX_PASSWORD}}"
                )
            }
            Type::Rackspace => {
                let sandbox = Rackspace::builder().with(Quirk::AnyDomain).build();
                let running = start(sandbox.simulator()).await.expect("a server");
                let url = running.url();
                server = Some(running);
                format!(
                    "type: rackspace, url: \"{url}\", user_key: {{env: USER_KEY}}, secret_key: {{env: SECRET_KEY}}"
                )
            }
            Type::OpenXchange => {
                let sandbox = OpenXchange::builder().with(CloudQuirk::AnyDomain).build();
                let running = start(sandbox.simulator()).await.expect("a server");
                let url = running.url();
                server = Some(running);
                format!(
                    "type: open_xchange, url: \"{url}\", context: {}, username: {}, password: {{env: CLOUD_SECRET}}",
                    OpenXchange::CONTEXT,
                    OpenXchange::BRAND
                )
            }
            Type::Atmail => {
                let sandbox = Atmail::builder().build();
                let running = start(sandbox.simulator()).await.expect("a server");
                let url = running.url();
                server = Some(running);
                format!(
                    "type: atmail, url: \"{url}/index.php/api\", username: {}, password: {{env: ATMAIL_PASSWORD}}",
                    Atmail::USERNAME
                )
            }
        };
        let memory = (of == Type::Model).then(Memory::default);
        let filter = if scenario.wish.contains(FILTER) { Some(Filter::fresh().await) } else { None };
        let url = server.as_ref().map_or_else(|| "no address".to_owned(), |server| server.url().clone());
        Self { connection, url, filter, folder, memory, _server: server }
    }

    /// Opens the connection anew, as a new process does.
    pub(super) async fn connect(&self, spec: &ConnectionSpec) -> Arc<dyn Provider> {
        if let Some(memory) = self.memory.as_ref().filter(|_| &*spec.type_name == "model") {
            return Arc::new(memory.clone());
        }
        let places = Places { root: self.folder.path().to_owned() };
        let catalogue = catalogue();
        let entry = catalogue.get(&spec.type_name).expect("a known type");
        (entry.connect)(spec, &Known, &places).await.expect("connects")
    }

    /// Loads a wish for this service.
    pub(super) fn load(&self, file: &str, wish: &str) -> Result<Desired, Problems> {
        let mut wish = wish.replace(MODEL, &self.connection);
        if let Some(filter) = &self.filter {
            wish = wish.replace(FILTER, &filter.connection);
        }
        let sources = vec![(file.to_owned(), wish.into_bytes())];
        Ok(config::load_sources(sources, Path::new("."), &catalogue())?.desired)
    }

    /// What is observed, as a wish; what a create needs besides is the same everywhere.
    pub(super) fn observed(&self, scenario: &Scenario) -> Result<Desired, Problems> {
        let mut desired = self.load("observed.yaml", &scenario.observed)?;
        let Some((name, spec)) = desired.connections.iter().find(|(_, spec)| is_store(spec)) else {
            return Ok(desired);
        };
        let capabilities = catalogue().capabilities(spec).expect("a known type");
        let domains: Vec<ObjectRef> = desired
            .domains
            .keys()
            .filter(|_| capabilities.kind(Kind::Domain).is_some_and(|kind| kind.create.is_yes()))
            .map(|domain| ObjectRef { connection: name.clone(), identity: Identity::Domain(domain.clone()) })
            .collect();
        desired.objects.extend(domains.into_iter().map(|domain| (domain, Wish::present(Fields::new()))));
        let required = |field: &Field| {
            let mailbox = capabilities.kind(Kind::Mailbox);
            let field = mailbox.and_then(|kind| kind.fields.get(field));
            field.is_some_and(|field| field.create == AtCreate::Required)
        };
        let declares_copies = capabilities
            .kind(Kind::Forward)
            .and_then(|kind| kind.fields.get(&Field::KeepCopy))
            .is_some_and(|field| field.create == AtCreate::Required);
        for (object, wish) in &mut desired.objects {
            if let (Identity::Forward(_), true, None) =
                (&object.identity, declares_copies, wish.fields.get(&Field::KeepCopy))
            {
                wish.fields.set(Field::KeepCopy, Value::Bool(true));
            }
            let Identity::Mailbox(address) = &object.identity else { continue };
            for (field, value) in [
                (Field::Password, Value::Secret(SecretRef::Env("FIRST_PASSWORD".into()))),
                (Field::DisplayName, Value::text(address.local())),
                (Field::GivenName, Value::text(address.local())),
                (Field::FamilyName, Value::text("Roe")),
                (Field::Quota, Value::Quota(Quota::Bytes(10 << 30))),
            ] {
                if required(&field) && wish.fields.get(&field).is_none() {
                    wish.fields.set(field, value);
                }
            }
        }
        Ok(desired)
    }

    /// Registers what the filter knows, past the provider.
    pub(super) fn fill_filter(&self, scenario: &Scenario, observed: &Desired) {
        let Some(filter) = &self.filter else { return };
        filter.sandbox.edit(|rows| {
            for (object, wish) in &observed.objects {
                let Identity::Registration(address) = &object.identity else { continue };
                rows.mailbox(address.as_str());
                if wish.fields.get(&Field::Setting("executive".into())) == Some(&Value::Bool(true)) {
                    rows.executive(address.as_str());
                }
            }
            for address in &scenario.situation.registered {
                rows.mailbox(address);
            }
            for address in &scenario.situation.directory {
                rows.ad_mailbox(address, "");
            }
        });
    }

    /// Fills the service in memory, past the provider.
    pub(super) fn fill(&self, scenario: &Scenario, observed: &Desired) {
        let situation = &scenario.situation;
        let mut state = State::of(profile("everything"), observed.domains.keys().cloned());
        for (object, wish) in &observed.objects {
            if object.identity.kind() == Kind::Registration {
                continue;
            }
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

/// What a scenario writes for the store, and for the filter.
const MODEL: &str = "type: model";
const FILTER: &str = "type: censornet";

fn is_store(spec: &ConnectionSpec) -> bool {
    &*spec.type_name != "censornet"
}

/// The real types of connections and the model.
pub(crate) fn catalogue() -> Catalogue {
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
            SecretRef::Env(name) if &**name == "CLOUD_SECRET" => Ok(OpenXchange::SECRET.into()),
            SecretRef::Env(name) if &**name == "ATMAIL_PASSWORD" => Ok(Atmail::PASSWORD.into()),
            SecretRef::Env(name) if &**name == "USER_KEY" => Ok(Rackspace::USER_KEY.into()),
            SecretRef::Env(name) if &**name == "SECRET_KEY" => Ok(Rackspace::SECRET_KEY.into()),
            other => panic!("no scenario refers to {other}"),
        }
    }
}
