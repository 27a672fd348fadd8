//! Open-Xchange Cloud over its Cloud API v2 and its Cloud-Plugins (`contracts/open_xchange.md`).
//!
//! Owns what the service can do, where each of its calls is, what its documents mean and which call carries a change.
//! What maps to what, and what cannot, is told in `README.md` beside this file.

use std::sync::{Arc, LazyLock};

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
mod fault;
mod fields;
mod observe;
mod paths;
mod perform;
pub mod sandbox;

#[cfg(test)]
mod tests;

use api::{Api, Login};
use paths::Paths;

/// How large a reply may be, in bytes: a context's users come in one.
const MOST: usize = 256 << 20;

const fn key(name: &'static str, kind: KeyKind, required: bool, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required, default: None, doc }
}

static KEYS: LazyLock<Vec<KeySpec>> = LazyLock::new(|| {
    vec![
        key("url", KeyKind::Url, true, "the service's interface, like `https://eu.appsuite.cloud`"),
        key(
            "admin_url",
            KeyKind::Url,
            false,
            "the host for shared domains, like `https://provisioning.eu.appsuite.cloud`; `url` where it is left out",
        ),
        key("context", KeyKind::Text, true, "the context: its name with the brand in front, or its number"),
        key("username", KeyKind::Text, true, "the login of the brand"),
        key("password", KeyKind::Secret, true, "its secret"),
        key(
            "paths",
            KeyKind::Keys(paths::specs()),
            false,
            "where single operations are, as the service's own reference prints it: `/path/{context}`, with a verb \
             before it where that differs",
        ),
        KeySpec { default: Some("4"), ..http::MAX_IN_FLIGHT },
        KeySpec { default: Some("300"), ..http::READS_PER_MINUTE },
        KeySpec { default: Some("300"), ..http::WRITES_PER_MINUTE },
        http::TIMEOUT,
        http::CA_FILE,
    ]
});

/// The type, for the catalogue.
pub fn provider_type() -> ProviderType {
    ProviderType {
        name: "open_xchange",
        summary: "Open-Xchange Cloud, over its provisioning interfaces",
        keys: &KEYS,
        settings: fields::specs(),
        capabilities: capabilities::capabilities,
        connect,
    }
}

fn connect<'a>(spec: &'a ConnectionSpec, secrets: &'a dyn Secrets, places: &'a Places) -> ConnectFuture<'a> {
    Box::pin(async move {
        let connection: Arc<dyn Provider> = Arc::new(OpenXchange::connect(spec, secrets, places).await?);
        Ok(connection)
    })
}

/// A connection to a context.
#[derive(Debug)]
struct OpenXchange {
    api: Api,
    in_flight: usize,
}

impl OpenXchange {
    /// Makes a connection. Sends nothing.
    async fn connect(
        spec: &ConnectionSpec,
        secrets: &dyn Secrets,
        places: &Places,
    ) -> Result<Self, ProviderError> {
        let missing = |key: &str| {
            ProviderError::new(ErrorKind::Invalid, format!("connection `{}` has no `{key}`", spec.name))
        };
        let mut config = Config::from_spec(spec, places, None)?;
        config.headers.push(("accept", "application/json".into()));
        config.max_body = MOST;
        let admin =
            Config { url: spec.text("admin_url").unwrap_or(&config.url).to_owned(), ..config.clone() };
        let context = spec.text("context").map(str::trim).filter(|context| !context.is_empty());
        let context = context.ok_or_else(|| missing("context"))?.to_owned();
        let username = spec.text("username").ok_or_else(|| missing("username"))?.to_owned();
        let reference = spec.secret("password").ok_or_else(|| missing("password"))?;
        let paths = Paths::of(spec)?;
        let password = secrets.reveal(reference, spec.name.as_str()).await?;
        let limits = capabilities::capabilities(spec).limits;
        let gate = account::join(&http::base_url(&config.url)?, &username, &password, limits);
        let rest = Client::new(config, gate.throttle(), Standard)?;
        let admin = Client::new(admin, gate.throttle(), Standard)?;
        let login = Login { username, password, context };
        Ok(Self { api: Api::new(rest, admin, gate, login, paths), in_flight: limits.max_in_flight })
    }
}

#[async_trait]
impl Provider for OpenXchange {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        stream::once(observe::observe(&self.api, self.in_flight, scope)).flat_map(stream::iter).boxed()
    }

    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        perform::perform(&self.api, change, secrets).await
    }

    async fn check(&self) -> Vec<Check> {
        check::check(&self.api).await
    }

    fn account(&self) -> Option<String> {
        let context = format!("context {}", self.api.context());
        Some(match self.api.brand_name() {
            Some(brand) => format!("{context} of brand {brand}"),
            None => context,
        })
    }

    fn calls(&self) -> u64 {
        self.api.calls()
    }
}
