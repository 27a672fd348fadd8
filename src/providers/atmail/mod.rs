//! The atmail server over its `WebAdmin` interface (`contracts/atmail.md`).
//!
//! Owns what the service can do, how a connection to it is made, what its answers mean and which call carries a
//! change. What maps to what, and what cannot, is told in `README.md` beside this file.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

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
mod envelope;
mod fault;
mod fields;
mod observe;
mod perform;
mod record;
mod rows;
pub mod sandbox;
mod xml;

#[cfg(test)]
mod tests;

use account::{Account, Unit};
use api::{Api, WriteMethod};

const fn key(name: &'static str, kind: KeyKind, default: Option<&'static str>, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required: false, default, doc }
}

const KEYS: &[KeySpec] = &[
    KeySpec {
        required: true,
        ..key(
            "url",
            KeyKind::Url,
            None,
            "the interface with its path: https://HOST/index.php/api, on some servers https://HOST/mail/index.php/api \
             or https://HOST/admin/index.php/api (`mailwright doctor` tells which)",
        )
    },
    KeySpec {
        required: true,
        ..key(
            "username",
            KeyKind::Text,
            None,
            "the administrator of WebAdmin that logs in; at atmail's cloud the subscription's host name",
        )
    },
    KeySpec { required: true, ..key("password", KeyKind::Secret, None, "its password") },
    key(
        "write_method",
        KeyKind::Word(&["post", "get"]),
        Some("post"),
        "how writes are sent; `get` for a server that takes no POST, where values stand in addresses, and so in logs \
         (passwords never do)",
    ),
    key(
        "quota_unit",
        KeyKind::Word(&["auto", "mib", "kib"]),
        Some("auto"),
        "what the quotas count in that the service tells; it takes MiB. `auto` finds out at the first write, and does \
         not read what may be either until then",
    ),
    key(
        "unsupported",
        KeyKind::Words(fields::OPTIONAL),
        None,
        "fields that this version of the service does not keep although it says so: then they cannot be declared",
    ),
    KeySpec { default: Some("2"), ..http::MAX_IN_FLIGHT },
    http::READS_PER_MINUTE,
    http::WRITES_PER_MINUTE,
    http::TIMEOUT,
    http::CA_FILE,
];

/// The type, for the catalogue.
pub fn provider_type() -> ProviderType {
    ProviderType {
        name: "atmail",
        summary: "atmail 6 and 7, in the cloud or on a machine of one's own, over its WebAdmin interface",
        keys: KEYS,
        settings: fields::SETTINGS,
        capabilities: capabilities::capabilities,
        connect,
    }
}

fn connect<'a>(spec: &'a ConnectionSpec, secrets: &'a dyn Secrets, places: &'a Places) -> ConnectFuture<'a> {
    Box::pin(async move {
        let connection: Arc<dyn Provider> = Arc::new(Atmail::connect(spec, secrets, places).await?);
        Ok(connection)
    })
}

/// A connection to a server.
#[derive(Debug)]
struct Atmail {
    api: Api,
    options: Options,
    config: Config,
}

/// What the connection says of its server.
#[derive(Debug, Clone, Copy)]
struct Options {
    /// What quotas count in that the service tells, where the connection says it.
    unit: Option<Unit>,
    /// Whether accounts have a field for a forward.
    forwards: bool,
    in_flight: usize,
}

impl Options {
    fn of(spec: &ConnectionSpec) -> Self {
        Self {
            unit: match spec.text("quota_unit") {
                Some("mib") => Some(Unit::Mib),
                Some("kib") => Some(Unit::Kib),
                _ => None,
            },
            forwards: !fields::is_unsupported(spec, "forward"),
            in_flight: capabilities::capabilities(spec).limits.max_in_flight,
        }
    }
}

impl Atmail {
    /// Makes a connection. Sends nothing.
    async fn connect(
        spec: &ConnectionSpec,
        secrets: &dyn Secrets,
        places: &Places,
    ) -> Result<Self, ProviderError> {
        let config = Config::from_spec(spec, places, None)?;
        let url = http::base_url(&config.url)?;
        let missing = |key: &str| {
            ProviderError::new(ErrorKind::Invalid, format!("connection `{}` has no `{key}`", spec.name))
                .hint("give `username` and `password` of an administrator of WebAdmin")
        };
        let username = spec.text("username").ok_or_else(|| missing("username"))?;
        if username.contains(':') {
            return Err(ProviderError::new(
                ErrorKind::Invalid,
                format!(
                    "`username` of connection `{}` holds a `:`, which HTTP cannot tell from the password",
                    spec.name
                ),
            )
            .hint("log in as an administrator without one"));
        }
        let password = spec.secret("password").ok_or_else(|| missing("password"))?;
        let password = secrets.reveal(password, spec.name.as_str()).await?;
        let limits = capabilities::capabilities(spec).limits;
        let account = Account::join(&url, username, &password, limits);
        let client = Client::new(config.clone(), account.gate.throttle(), Standard)?;
        let write_method =
            if spec.text("write_method") == Some("get") { WriteMethod::Get } else { WriteMethod::Post };
        Ok(Self {
            api: Api::new(client, account, username, password, write_method),
            options: Options::of(spec),
            config,
        })
    }
}

#[async_trait]
impl Provider for Atmail {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        observe::observe(&self.api, self.options, scope)
    }

    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        perform::perform(&self.api, self.options, change, secrets).await
    }

    async fn check(&self) -> Vec<Check> {
        check::check(&self.api, &self.config).await
    }

    fn account(&self) -> Option<String> {
        Some(self.api.username().to_owned())
    }

    fn calls(&self) -> u64 {
        self.api.calls()
    }
}
