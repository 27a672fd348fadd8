//! What services answer: read as a plan reads it, planned, and shown.

use std::path::Path;
use std::pin::Pin;
use std::sync::{Once, OnceLock};
use std::time::Duration;

use mailwright::config;
use mailwright::model::{ConnectionName, ConnectionState, Desired, Narrowing, Observed};
use mailwright::plan;
use mailwright::provider::{self, Places, Provider, ProviderError};
use mailwright::providers;
use mailwright::render::{Style, json, text};
use tempfile::TempDir;
use tokio::time::Instant;

use super::script::{Script, Server};
use super::state::{self, Word};
use super::tame;

/// How many calls a reading of these few objects may take, whatever is answered.
const MOST_CALLS: usize = 500;

/// How long a reading may take, whatever is answered: a service may ask for waits.
const LONGEST: Duration = Duration::from_hours(24);

/// A type of connection, and what is wished of it.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// The keys of the connection `svc` beside `url`, which `URL` stands for.
    keys: &'static str,
    /// The wish.
    pub(crate) wish: &'static str,
}

pub(crate) const MAILINABOX: Decoder = Decoder {
    keys: "{type: mailinabox, url: \"URL\", email: me@example.com, password: {env: A}, timeout: 5}",
    wish: "domains:\n  example.com: {provider: svc, prune: [aliases, forwards, permissions]}\nmailboxes:\n  \
           ann@example.com: {quota: 5 GiB, password: {env: FIRST_PASSWORD}, forward: {to: [a@partner.example], \
           keep_copy: true}, permissions: {bob@example.com: [send_as]}}\n  bob@example.com: {quota: unlimited, \
           password: {env: FIRST_PASSWORD}, aliases: [b@example.com]}\naliases:\n  \
           team@example.com: [ann@example.com, bob@example.com]\n",
};

pub(crate) const RACKSPACE: Decoder = Decoder {
    keys: "{type: rackspace, url: \"URL\", user_key: {env: A}, secret_key: {env: A}, timeout: 5, \
           reads_per_minute: 1000000, writes_per_minute: 1000000}",
    wish: "domains:\n  example.com: {provider: svc, prune: [aliases, permissions]}\nmailboxes:\n  \
           ann@example.com: {display_name: Ann, quota: 2 GiB, password: {env: FIRST_PASSWORD}, permissions: \
           {bob@example.com: [send_as]}, settings: {rackspace: {city: Basel}}}\n  bob@example.com: {display_name: \
           Bob, quota: 2 GiB, password: {env: FIRST_PASSWORD}, aliases: [b@example.com], forward: {to: \
           [bob@partner.example], keep_copy: true}, sender_rules: {block: [spam.example]}}\n",
};

pub(crate) const OPEN_XCHANGE: Decoder = Decoder {
    keys: "{type: open_xchange, url: \"URL\", context: CONTEXT, username: BRAND, password: {env: A}, timeout: 5, \
           reads_per_minute: 1000000, writes_per_minute: 1000000}",
    wish: "domains:\n  example.com: {provider: svc, prune: [aliases]}\nmailboxes:\n  ann@example.com: {given_name: \
           Ann, family_name: A, quota: 2 GiB, password: {env: FIRST_PASSWORD}, settings: {open_xchange: {spam_level: \
           high}}}\n  bob@example.com: {given_name: Bob, family_name: B, password: {env: FIRST_PASSWORD}, aliases: \
           [b@example.com], sender_rules: {block: [spam.example]}}\naliases:\n  team@example.com: \
           [ann@example.com, bob@example.com]\n",
};

pub(crate) const ATMAIL: Decoder = Decoder {
    keys: "{type: atmail, url: \"URL/index.php/api\", username: admin, password: {env: A}, timeout: 5}",
    wish: "domains:\n  example.com: {provider: svc, prune: [aliases]}\nmailboxes:\n  ann@example.com: {quota: 2 GiB, \
           password: {env: FIRST_PASSWORD}, forward: {to: [a@partner.example], keep_copy: true}}\n  \
           bob@example.com: {password: {env: FIRST_PASSWORD}, aliases: [b@example.com]}\naliases:\n  \
           team@example.com: [ann@example.com, bob@example.com]\n",
};

pub(crate) const CENSORNET: Decoder = Decoder {
    keys: "{type: censornet, url: \"URL\", username: admin@example.com, password: {env: A}, timeout: 5}",
    wish: "domains:\n  example.com: {filters: [svc], prune: [registrations]}\nmailboxes:\n  ann@example.com: {}\n  \
           bob@example.com: {}\n",
};

pub(crate) const POSTFIXADMIN: Decoder = Decoder {
    keys: "{type: postfixadmin, database: \"sqlite:FOLDER/mail.db\", create: true, doveadm: {url: \"URL\", api_key: \
           {env: A}}}",
    wish: "domains:\n  example.com: {provider: svc, manage: true}\nmailboxes:\n  ann@example.com: {quota: 2 GiB, \
           permissions: {bob@example.com: [full_access]}}\n  bob@example.com: {}\n",
};

pub(crate) fn mailinabox(data: &[u8]) {
    state::block_on(MAILINABOX.holds(data));
}

pub(crate) fn rackspace(data: &[u8]) {
    state::block_on(RACKSPACE.holds(data));
}

pub(crate) fn open_xchange(data: &[u8]) {
    state::block_on(OPEN_XCHANGE.holds(data));
}

pub(crate) fn atmail(data: &[u8]) {
    state::block_on(ATMAIL.holds(data));
}

pub(crate) fn censornet(data: &[u8]) {
    state::block_on(CENSORNET.holds(data));
}

/// The database stands still; Dovecot beside it answers by the script. SQLite works on threads, so no clock is
/// stopped.
pub(crate) fn postfixadmin(data: &[u8]) {
    static MADE: Once = Once::new();
    let block_on = |future| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(future);
    };
    MADE.call_once(|| block_on(Box::pin(POSTFIXADMIN.made()) as Pin<Box<dyn Future<Output = ()>>>));
    block_on(Box::pin(POSTFIXADMIN.holds(data)));
}

/// What was read, and what went wrong.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) observed: ConnectionState,
    pub(crate) error: Option<ProviderError>,
    pub(crate) ready: usize,
}

impl Decoder {
    /// The wish for a service at `url`, loaded.
    fn desired(&self, url: &str) -> Desired {
        use mailwright::providers::open_xchange::sandbox::OpenXchange;
        let keys = self
            .keys
            .replace("URL", url)
            .replace("FOLDER", &folder().display().to_string())
            .replace("CONTEXT", OpenXchange::CONTEXT)
            .replace("BRAND", OpenXchange::BRAND);
        let file = format!("version: 1\nproviders:\n  svc: {keys}\n{}", self.wish);
        let files = vec![("wish.yaml".to_owned(), file.into_bytes())];
        match config::load_sources(files, Path::new("."), &providers::catalogue()) {
            Ok(loaded) => loaded.desired,
            Err(problems) => panic!("{problems}"),
        }
    }

    /// Makes what the wish asks for, as far as it goes without an answer.
    async fn made(&self) {
        let server = Server::start(Script::default()).await;
        let desired = self.desired(&server.url);
        let name = ConnectionName::new("svc");
        let spec = &desired.connections[&name];
        let catalogue = providers::catalogue();
        let entry = catalogue.get(&spec.type_name).expect("a known type");
        let word = Word("a password");
        let provider = (entry.connect)(spec, &word, &Places::default()).await.expect("connects");
        let plan = state::planned(&desired, &Observed::default(), &state::capabilities(&desired));
        let mut made = 0;
        for change in &plan.changes {
            made += usize::from(provider.perform(change, &word).await.is_ok());
        }
        assert!(made >= 3, "a domain and two mailboxes: {:?}", plan.changes);
    }

    async fn holds(&self, data: &[u8]) {
        self.read(Script::read(data)).await;
    }

    /// Reads what the script says, plans and shows it.
    pub(crate) async fn read(&self, script: Script) -> Seen {
        let server = Server::start(script).await;
        let started = Instant::now();
        let desired = self.desired(&server.url);
        let capabilities = state::capabilities(&desired);
        let name = ConnectionName::new("svc");
        let catalogue = providers::catalogue();
        let spec = &desired.connections[&name];
        let entry = catalogue.get(&spec.type_name).expect("a known type");
        let places = Places::default();
        let provider = (entry.connect)(spec, &Word("JBSWY3DPEHPK3PXP"), &places).await.expect("connects");
        let mut observed = Observed::default();
        let mut error = None;
        for further in [false, true] {
            let whole = Narrowing::default();
            let scopes = if further {
                plan::further_scopes(&desired, &observed, &capabilities, &whole)
            } else {
                plan::scopes(&desired, &capabilities, &whole)
            };
            for scope in scopes.values() {
                let (state, failure) = provider::read(&*provider as &dyn Provider, scope).await;
                observed.connections.entry(name.clone()).or_default().absorb(state);
                error = error.or(failure);
            }
        }
        assert!(server.calls() <= MOST_CALLS, "{} calls", server.calls());
        assert!(started.elapsed() < LONGEST, "{:?}", started.elapsed());
        if let Some(error) = &error {
            let shown = format!("{error}{}", error.hint.as_deref().unwrap_or_default());
            tame(&shown, "an error");
            assert!(observed.connections[&name].incomplete().len() + 1 > 0);
        }
        let planned = state::planned(&desired, &observed, &capabilities);
        assert!(error.is_none() || planned.is_incomplete(), "a failed read is not told: {error:?}");
        tame(&text::plan(&planned, Style::plain()), "a plan");
        let saved = json::plan(&planned).expect("written");
        let again: mailwright::model::Plan =
            serde_json::from_str(&saved).expect("a saved plan is read again");
        assert!(plan::is_genuine(&again) && again == planned, "a saved plan is another one");
        let ready = planned.ready().count();
        Seen { observed: observed.connections.remove(&name).unwrap_or_default(), error, ready }
    }
}

/// Where the databases of this process are.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder")).path()
}
