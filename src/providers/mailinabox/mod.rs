//! Mail-in-a-Box over its management interface (`contracts/mailinabox.md`).
//!
//! Owns what the box can do, how a connection to it is made, what its lists mean and which call carries a change.
//! What maps to what, and what cannot, is told in `README.md` beside this file.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use crate::http::{self, Client, Config, Standard};
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
mod observe;
mod perform;
mod row;
pub mod sandbox;

#[cfg(test)]
mod row_laws;
#[cfg(test)]
mod tests;

use account::{Account, Clock, Credential};
use api::Api;

const fn key(name: &'static str, kind: KeyKind, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required: false, default: None, doc }
}

const KEYS: &[KeySpec] = &[
    KeySpec {
        required: true,
        ..key(
            "url",
            KeyKind::Url,
            "the box's interface: https://HOST/admin, or http://127.0.0.1:10222 on the box itself",
        )
    },
    key("email", KeyKind::TextOrSecret, "the administrator's mailbox that logs in"),
    key("password", KeyKind::Secret, "its password"),
    key("totp", KeyKind::Secret, "the base32 secret of its second factor, where it has one"),
    key(
        "api_key",
        KeyKind::Secret,
        "instead of email and password: the content of /var/lib/mailinabox/api.key, readable on the box alone",
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
        name: "mailinabox",
        summary: "Mail-in-a-Box: a whole mail server on one machine, over its management interface",
        keys: KEYS,
        settings: &[],
        capabilities: capabilities::capabilities,
        connect,
    }
}

fn connect<'a>(spec: &'a ConnectionSpec, secrets: &'a dyn Secrets, places: &'a Places) -> ConnectFuture<'a> {
    Box::pin(async move {
        let connection: Arc<dyn Provider> =
            Arc::new(MailInABox::connect(spec, secrets, places, account::now).await?);
        Ok(connection)
    })
}

/// A connection to a box.
#[derive(Debug)]
struct MailInABox {
    api: Api,
    credential: Credential,
}

impl MailInABox {
    /// Makes a connection. Sends nothing.
    async fn connect(
        spec: &ConnectionSpec,
        secrets: &dyn Secrets,
        places: &Places,
        clock: Clock,
    ) -> Result<Self, ProviderError> {
        let config = Config::from_spec(spec, places, None)?;
        let url = http::base_url(&config.url)?;
        let credential = credential(spec, secrets).await?;
        let limits = capabilities::capabilities(spec).limits;
        let account = Account::join(&url, &credential, limits, clock);
        let client = Client::new(config, account.throttle(), Standard)?;
        Ok(Self { api: Api::new(client, account, credential.clone()), credential })
    }
}

async fn credential(spec: &ConnectionSpec, secrets: &dyn Secrets) -> Result<Credential, ProviderError> {
    use secrecy::ExposeSecret as _;
    let invalid = |message: &str| {
        ProviderError::new(ErrorKind::Invalid, format!("connection `{}` {message}", spec.name))
            .hint("give `email` and `password` of an administrator, or `api_key` on the box itself")
    };
    let subject = spec.name.as_str();
    if let Some(reference) = spec.secret("api_key") {
        if spec.params.contains_key("email") || spec.params.contains_key("password") {
            return Err(invalid("has an `api_key` and a mailbox to log in with"));
        }
        return Ok(Credential::ApiKey(secrets.reveal(reference, subject).await?));
    }
    let email = match (spec.text("email"), spec.secret("email")) {
        (Some(email), _) => email.to_owned(),
        (None, Some(reference)) => secrets.reveal(reference, subject).await?.expose_secret().to_owned(),
        (None, None) => return Err(invalid("has neither `email` nor `api_key`")),
    };
    let password = spec.secret("password").ok_or_else(|| invalid("has no `password`"))?;
    let password = secrets.reveal(password, subject).await?;
    let totp = match spec.secret("totp") {
        Some(reference) => Some(secrets.reveal(reference, subject).await?),
        None => None,
    };
    Credential::password(&email, password, totp)
}

#[async_trait]
impl Provider for MailInABox {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        stream::once(observe::observe(&self.api, self.credential.email(), scope))
            .flat_map(stream::iter)
            .boxed()
    }

    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        perform::perform(&self.api, self.credential.email(), change, secrets).await
    }

    async fn check(&self) -> Vec<Check> {
        check::check(&self.api, &self.credential).await
    }

    fn calls(&self) -> u64 {
        self.api.calls()
    }
}
