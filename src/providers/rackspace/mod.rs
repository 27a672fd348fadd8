//! Rackspace Hosted Exchange over its REST API (`contracts/rackspace.md`).
//!
//! Owns what the service can do, how a connection to it is made and signed, what its documents mean and which call
//! carries a change. What maps to what, and what cannot, is told in `README.md` beside this file.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use secrecy::SecretString;

use crate::http::{self, Client, Config};
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
mod fault;
mod fields;
mod observe;
mod perform;
pub mod sandbox;
mod sign;

#[cfg(test)]
mod tests;

use api::Api;
use observe::Holders;
use perform::Forwarding;
use sign::{Clock, Signer};

const URL: &str = "https://api.emailsrvr.com";
const VERSION: &str = "v1";
/// The account that the keys belong to.
const ME: &str = "me";

const fn key(name: &'static str, kind: KeyKind, default: Option<&'static str>, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required: false, default, doc }
}

const KEYS: &[KeySpec] = &[
    key("url", KeyKind::Url, Some(URL), "the service's interface"),
    key(
        "version",
        KeyKind::Text,
        Some(VERSION),
        "the version of the interface, the first part of every path",
    ),
    key(
        "account",
        KeyKind::Text,
        Some(ME),
        "the customer account number, or `me` for the account of the keys",
    ),
    KeySpec {
        required: true,
        ..key("user_key", KeyKind::Secret, None, "the user key of the API keys page of the control panel")
    },
    KeySpec {
        required: true,
        ..key("secret_key", KeyKind::Secret, None, "the secret key that belongs to it")
    },
    KeySpec { default: Some("4"), ..http::MAX_IN_FLIGHT },
    KeySpec { default: Some("120"), ..http::READS_PER_MINUTE },
    KeySpec { default: Some("90"), ..http::WRITES_PER_MINUTE },
    http::TIMEOUT,
    http::CA_FILE,
];

/// The type, for the catalogue.
pub fn provider_type() -> ProviderType {
    ProviderType {
        name: "rackspace",
        summary: "Rackspace Hosted Exchange, over its REST API",
        keys: KEYS,
        settings: fields::specs(),
        capabilities: capabilities::capabilities,
        connect,
    }
}

fn connect<'a>(spec: &'a ConnectionSpec, secrets: &'a dyn Secrets, places: &'a Places) -> ConnectFuture<'a> {
    Box::pin(async move {
        let connection: Arc<dyn Provider> =
            Arc::new(Rackspace::connect(spec, secrets, places, sign::now).await?);
        Ok(connection)
    })
}

/// A connection to an account.
#[derive(Debug)]
struct Rackspace {
    api: Api,
    /// Where extra addresses were seen.
    holders: Holders,
    /// What a write does with a forwarding address that it leaves out.
    forwarding: Forwarding,
    /// The account's number, where the connection names it.
    account: Option<String>,
    in_flight: usize,
    clock: Clock,
}

impl Rackspace {
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
        let user_key = reveal(spec, secrets, "user_key").await?;
        let secret_key = reveal(spec, secrets, "secret_key").await?;
        let limits = capabilities::capabilities(spec).limits;
        let account = account::join(&url, &user_key, &secret_key, limits);
        let client = Client::new(config, account.throttle(), Signer::new(user_key, secret_key, clock))?;
        let customer = spec.text("account").unwrap_or(ME);
        Ok(Self {
            api: Api::new(client, account, spec.text("version").unwrap_or(VERSION), customer),
            holders: Holders::default(),
            forwarding: Forwarding::default(),
            account: (customer != ME).then(|| customer.to_owned()),
            in_flight: limits.max_in_flight,
            clock,
        })
    }
}

async fn reveal(
    spec: &ConnectionSpec,
    secrets: &dyn Secrets,
    key: &str,
) -> Result<SecretString, ProviderError> {
    let reference = spec.secret(key).ok_or_else(|| {
        ProviderError::new(ErrorKind::Invalid, format!("connection `{}` has no `{key}`", spec.name))
            .hint("make a pair of keys on the API keys page of the control panel")
    })?;
    Ok(secrets.reveal(reference, spec.name.as_str()).await?)
}

#[async_trait]
impl Provider for Rackspace {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        observe::observe(&self.api, &self.holders, self.in_flight, scope)
    }

    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        perform::perform(
            perform::Site { api: &self.api, holders: &self.holders, forwarding: &self.forwarding },
            change,
            secrets,
        )
        .await
    }

    async fn check(&self) -> Vec<Check> {
        check::check(&self.api, self.clock).await
    }

    fn account(&self) -> Option<String> {
        self.account.as_deref().or_else(|| self.api.number()).map(str::to_owned)
    }

    fn calls(&self) -> u64 {
        self.api.calls()
    }
}
