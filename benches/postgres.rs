//! What plan and apply of 10,000 mailboxes and 2,000 lists cost on PostgreSQL.
//!
//! `tests/databases/run cargo bench --features postgres --bench postgres`; README.md beside this file holds the numbers
//! that were seen. The mailboxes have no password: hashing ten thousand takes minutes, whatever the database.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use mailwright::apply::{self, AccountKey, Context, Grounds, Journal, OnFailure};
use mailwright::config::{self, Loaded, SecretResolver};
use mailwright::model::{ConnectionName, Narrowing, Observed, Plan};
use mailwright::plan::{self, Input};
use mailwright::provider::{self, Capabilities, Places, Provider};
use mailwright::providers::catalogue;
use sqlx::{AssertSqlSafe, Connection as _};
use tokio_util::sync::CancellationToken;

const MAILBOXES: usize = 10_000;
const MAILBOXES_PER_ALIAS: usize = 5;
const SCHEMA: &str = "mailwright_bench";

#[tokio::main]
async fn main() {
    let Ok(server) = std::env::var("MAILWRIGHT_TEST_POSTGRES") else {
        print("skipped: needs MAILWRIGHT_TEST_POSTGRES, see tests/databases/run");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mailwright.yaml"), yaml()).expect("written");
    let mut server_connection = sqlx::PgConnection::connect(&server).await.expect("a server");
    let fresh = format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}");
    sqlx::raw_sql(AssertSqlSafe(fresh)).execute(&mut server_connection).await.expect("a schema");

    let address = format!("{server}?options[search_path]={SCHEMA}");
    let loaded = config::load(&folder.path().join("mailwright.yaml"), &catalogue()).expect("valid");
    let world = World::new(loaded, address).await;
    let (creates, seconds) = timed(world.plan()).await;
    told("plan where nothing is there", creates.ready().count(), seconds);
    let (outcome, seconds) = timed(world.apply(&creates, folder.path())).await;
    told("apply", outcome, seconds);
    let (nothing, seconds) = timed(world.plan()).await;
    assert_eq!(nothing.ready().count(), 0, "everything is there");
    told("plan where everything is there", MAILBOXES + MAILBOXES / MAILBOXES_PER_ALIAS, seconds);

    let drop = AssertSqlSafe(format!("DROP SCHEMA {SCHEMA} CASCADE"));
    sqlx::raw_sql(drop).execute(&mut server_connection).await.expect("dropped");
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn print(line: &str) {
    println!("{line}");
}

fn told(what: &str, count: usize, seconds: f64) {
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let rate = count as f64 / seconds;
    print(&format!("{what:32} {count:6} objects  {seconds:7.2} s  {rate:8.0} a second"));
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, f64) {
    let begun = Instant::now();
    let done = work.await;
    (done, begun.elapsed().as_secs_f64())
}

fn yaml() -> String {
    let mut text = String::from(
        "version: 1\nproviders:\n  directory: {type: postfixadmin, database: {env: BENCH_DATABASE}, create: true}\n\
         domains:\n  example.com: {provider: directory, manage: true, prune: [aliases, forwards]}\n\
         policy:\n  max_creates: {mailboxes: 20000, aliases: 20000}\nmailboxes:\n",
    );
    for number in 0..MAILBOXES {
        let _ = writeln!(
            text,
            "  person{number:05}@example.com: {{quota: 5 GiB, display_name: Person {number}}}"
        );
    }
    text.push_str("aliases:\n");
    for alias in 0..MAILBOXES / MAILBOXES_PER_ALIAS {
        let members: Vec<String> = (0..MAILBOXES_PER_ALIAS)
            .map(|nth| format!("person{:05}@example.com", alias * MAILBOXES_PER_ALIAS + nth))
            .collect();
        let _ = writeln!(text, "  list{alias}@example.com: [{}]", members.join(", "));
    }
    text
}

struct World {
    loaded: Loaded,
    name: ConnectionName,
    provider: Arc<dyn Provider>,
    capabilities: BTreeMap<ConnectionName, Capabilities>,
    secrets: SecretResolver,
}

impl World {
    async fn new(loaded: Loaded, address: String) -> Self {
        let catalogue = catalogue();
        let (name, spec) = loaded.desired.connections.first_key_value().expect("a connection");
        let entry = catalogue.get(&spec.type_name).expect("a type");
        let secrets = SecretResolver::new(move |_| Some(address.clone()), &loaded.root);
        let places = Places { root: loaded.root.clone() };
        let provider = (entry.connect)(spec, &secrets, &places).await.expect("connected");
        let capabilities =
            BTreeMap::from([(name.clone(), catalogue.capabilities(spec).expect("capabilities"))]);
        Self { name: name.clone(), loaded, provider, capabilities, secrets }
    }

    async fn plan(&self) -> Plan {
        let scopes = plan::scopes(&self.loaded.desired, &self.capabilities, &Narrowing::default());
        let mut observed = Observed::default();
        let (state, failure) = provider::read(&*self.provider, &scopes[&self.name]).await;
        assert!(failure.is_none(), "{failure:?}");
        observed.connections.insert(self.name.clone(), state);
        plan::plan(Input {
            desired: &self.loaded.desired,
            observed: &observed,
            capabilities: &self.capabilities,
            overrides: &[],
            narrowing: &Narrowing::default(),
            today: jiff::civil::date(2026, 11, 21),
        })
        .expect("a plan that is proven")
    }

    /// Applies, with a journal on the disk, and returns how many changes were done: all of them.
    async fn apply(&self, plan: &Plan, folder: &std::path::Path) -> usize {
        let providers = BTreeMap::from([(self.name.clone(), Arc::clone(&self.provider))]);
        let connections = self.loaded.desired.connections.iter();
        let accounts = connections.map(|(name, spec)| (name.clone(), AccountKey::of(spec))).collect();
        let context = Context {
            providers: &providers,
            capabilities: &self.capabilities,
            accounts: &accounts,
            secrets: &self.secrets,
            journal: Some(Journal::open(&folder.join("state"), plan).expect("a journal")),
            events: &|_| {},
            stop: CancellationToken::new(),
            on_failure: OnFailure::Continue,
            grounds: Grounds::default(),
        };
        let outcome = apply::apply(plan, context).await;
        let done = outcome.count(|state| *state == mailwright::model::ResultState::Done);
        assert_eq!(done, plan.ready().count(), "everything is done");
        done
    }
}
