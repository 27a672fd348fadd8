//! Censornet Email Security over its Platform API, also sold as Bitdefender `GravityZone` Email Security
//! (`contracts/censornet.md`).
//!
//! Owns what the service can do, how a connection to it is made, how its lists are read to their end and which call
//! carries a change. What maps to what, and what cannot, is told in `README.md` beside this file.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use crate::http::{self, Client, Config, Dialect, Reply, Text};
use crate::model::{Change, ConnectionSpec, Scope};
use crate::provider::{
    Check, ConnectFuture, Done, ErrorKind, Found, KeyKind, KeySpec, Places, Provider, ProviderError,
    ProviderType, Secrets,
};

mod account;
mod api;
mod capabilities;
mod check;
mod convert;
mod listing;
mod observe;
mod perform;
pub mod sandbox;
mod wire;

#[cfg(test)]
mod tests;

use account::{Account, Clock, Credential};
use api::Api;

/// Where the service is (`contracts/censornet.md §2`).
const URL: &str = "https://apiv2.clouduss.com";

const fn key(name: &'static str, kind: KeyKind, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required: false, default: None, doc }
}

const KEYS: &[KeySpec] = &[
    KeySpec { default: Some(URL), ..key("url", KeyKind::Url, "the service's interface, without a path") },
    KeySpec {
        required: true,
        ..key(
            "username",
            KeyKind::TextOrSecret,
            "the administrator that logs in: one for this connection alone, without a second factor, with a custom \
             role that holds Manage Mailboxes",
        )
    },
    KeySpec { required: true, ..key("password", KeyKind::Secret, "its password") },
    key(
        "account_id",
        KeyKind::Text,
        "the account to work on, where it is not the login's own: a partner's customer, say",
    ),
    http::MAX_IN_FLIGHT,
    http::READS_PER_MINUTE,
    http::WRITES_PER_MINUTE,
    http::TIMEOUT,
    http::CA_FILE,
];

/// The type, for the catalogue.
pub fn provider_type() -> ProviderType {
    ProviderType {
        name: "censornet",
        summary: "Censornet Email Security (also Bitdefender GravityZone Email Security): which addresses it filters",
        keys: KEYS,
        settings: capabilities::SETTINGS,
        capabilities: capabilities::capabilities,
        connect,
    }
}

fn connect<'a>(spec: &'a ConnectionSpec, secrets: &'a dyn Secrets, places: &'a Places) -> ConnectFuture<'a> {
    Box::pin(async move {
        let connection: Arc<dyn Provider> =
            Arc::new(Censornet::connect(spec, secrets, places, account::now).await?);
        Ok(connection)
    })
}

/// A read is repeated after any failure of the service (`contracts/censornet.md §7`).
#[derive(Debug, Clone, Copy)]
struct Patient;

impl Dialect for Patient {
    fn is_passing(&self, reply: &Reply) -> bool {
        reply.status >= 500
    }
}

/// A connection to the service.
#[derive(Debug)]
struct Censornet {
    api: Api,
}

impl Censornet {
    /// Makes a connection. Sends nothing.
    async fn connect(
        spec: &ConnectionSpec,
        secrets: &dyn Secrets,
        places: &Places,
        clock: Clock,
    ) -> Result<Self, ProviderError> {
        let mut config = Config::from_spec(spec, places, Some(URL))?;
        config.headers.push(("accept", "application/json".into()));
        let url = http::base_url(&config.url)?;
        let credential = credential(spec, secrets).await?;
        let account_id =
            spec.text("account_id").map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned);
        let limits = capabilities::capabilities(spec).limits;
        let account = Account::join(&url, &credential, limits, clock);
        let client = Client::new(config, account.throttle(), Patient)?;
        Ok(Self { api: Api::new(client, account, credential, account_id) })
    }
}

async fn credential(spec: &ConnectionSpec, secrets: &dyn Secrets) -> Result<Credential, ProviderError> {
    let lacks = |key: &str| {
        ProviderError::new(ErrorKind::Invalid, format!("connection `{}` has no `{key}`", spec.name))
            .hint("give `username` and `password` of an administrator without a second factor")
    };
    let subject = spec.name.as_str();
    let username = match (spec.text("username"), spec.secret("username")) {
        (Some(username), _) => Text::from(username),
        (None, Some(reference)) => Text::Secret(secrets.reveal(reference, subject).await?),
        (None, None) => return Err(lacks("username")),
    };
    let password = spec.secret("password").ok_or_else(|| lacks("password"))?;
    Ok(Credential::new(username, secrets.reveal(password, subject).await?))
}

#[async_trait]
impl Provider for Censornet {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        stream::once(observe::observe(&self.api, scope)).flat_map(stream::iter).boxed()
    }

    async fn perform(&self, change: &Change, _secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        perform::perform(&self.api, change).await
    }

    async fn check(&self) -> Vec<Check> {
        check::check(&self.api).await
    }

    fn account(&self) -> Option<String> {
        self.api.account_id().map(http::excerpt)
    }

    fn calls(&self) -> u64 {
        self.api.calls()
    }
}
