//! What a plan of 10,000 mailboxes on SQLite costs, step by step and as a whole.
//!
//! `cargo bench --bench plan`; README.md beside this file holds the numbers that were seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use divan::Bencher;
use mailwright::config::{self, Loaded, SecretResolver};
use mailwright::model::{ConnectionName, Narrowing, Observed, Plan};
use mailwright::plan::{self, Input};
use mailwright::provider::{self, Capabilities, Places, Provider};
use mailwright::providers::catalogue;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const MAILBOXES: usize = 10_000;
/// One alias for each of so many mailboxes, with five targets.
const MAILBOXES_PER_ALIAS: usize = 5;

fn main() {
    divan::main();
}

/// A configuration, and a database that either holds what it declares or nothing but the domain.
struct World {
    folder: TempDir,
    runtime: Runtime,
}

/// Everything is there already.
static FULL: LazyLock<World> = LazyLock::new(|| World::new(MAILBOXES));
/// Everything is still to be made.
static EMPTY: LazyLock<World> = LazyLock::new(|| World::new(0));

impl World {
    fn new(there: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let world = Self { folder, runtime };
        fs::write(world.config(), yaml(0)).expect("written");
        world.runtime.block_on(world.fill(there));
        fs::write(world.config(), yaml(MAILBOXES)).expect("written");
        world
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("mailwright.yaml")
    }

    fn load(&self) -> Loaded {
        config::load(&self.config(), &catalogue()).expect("a valid configuration")
    }

    /// Makes the database through the provider itself, then writes the rows that an apply would have written: hashing
    /// ten thousand passwords takes minutes and is not what is measured.
    async fn fill(&self, there: usize) {
        let loaded = self.load();
        let connected = Connected::new(&loaded).await;
        let plan = connected.plan(&loaded, &connected.observe(&loaded).await);
        let secrets = SecretResolver::new(|_| None, &loaded.root);
        for change in plan.ready() {
            connected.provider.perform(change, &secrets).await.expect("the domain is made");
        }
        let mut db = SqliteConnectOptions::new()
            .filename(self.folder.path().join("mail.db"))
            .connect()
            .await
            .expect("the database");
        let mut transaction = db.begin().await.expect("a transaction");
        for number in 0..there {
            let local = local(number);
            sqlx::query(
                "INSERT INTO mailbox (username, password, name, maildir, quota, local_part, domain, created, modified, active)
                 VALUES (?1 || '@example.com', '{BLF-CRYPT}x', ?2, 'example.com/' || ?1 || '/', 5368709120, ?1,
                         'example.com', datetime('now'), datetime('now'), 1)",
            )
            .bind(&local)
            .bind(format!("Person {number}"))
            .execute(&mut *transaction)
            .await
            .expect("a mailbox");
            insert_alias(&mut transaction, &local, &format!("{local}@example.com")).await;
        }
        for alias in 0..there / MAILBOXES_PER_ALIAS {
            insert_alias(&mut transaction, &format!("list{alias}"), &members(alias).join(",")).await;
        }
        transaction.commit().await.expect("committed");
        db.close().await.expect("closed");
    }
}

async fn insert_alias(db: &mut sqlx::SqliteConnection, local: &str, goto: &str) {
    sqlx::query(
        "INSERT INTO alias (address, goto, domain, created, modified, active)
         VALUES (?1 || '@example.com', ?2, 'example.com', datetime('now'), datetime('now'), 1)",
    )
    .bind(local)
    .bind(goto)
    .execute(db)
    .await
    .expect("an alias");
}

fn local(number: usize) -> String {
    format!("person{number:05}")
}

fn members(alias: usize) -> Vec<String> {
    (0..MAILBOXES_PER_ALIAS)
        .map(|nth| format!("{}@example.com", local(alias * MAILBOXES_PER_ALIAS + nth)))
        .collect()
}

fn yaml(mailboxes: usize) -> String {
    let mut text = String::from(
        "version: 1\nproviders:\n  directory: {type: postfixadmin, database: 'sqlite:mail.db', create: true}\n\
         domains:\n  example.com: {provider: directory, manage: true, prune: [aliases, forwards]}\n\
         policy:\n  max_creates: {mailboxes: 20000, aliases: 20000}\n\
         profiles:\n  staff: {quota: 5 GiB, password: {generate: {dir: passwords}}}\nmailboxes:\n  {}\n",
    );
    if mailboxes > 0 {
        text.truncate(text.len() - "  {}\n".len());
    }
    for number in 0..mailboxes {
        let _ = writeln!(
            text,
            "  {}@example.com: {{profile: staff, display_name: Person {number}}}",
            local(number)
        );
    }
    if mailboxes > 0 {
        text.push_str("aliases:\n");
    }
    for alias in 0..mailboxes / MAILBOXES_PER_ALIAS {
        let _ = writeln!(text, "  list{alias}@example.com: [{}]", members(alias).join(", "));
    }
    text
}

struct Connected {
    name: ConnectionName,
    provider: Arc<dyn Provider>,
    capabilities: BTreeMap<ConnectionName, Capabilities>,
}

impl Connected {
    async fn new(loaded: &Loaded) -> Self {
        let catalogue = catalogue();
        let (name, spec) = loaded.desired.connections.first_key_value().expect("a connection");
        let entry = catalogue.get(&spec.type_name).expect("a type");
        let secrets = SecretResolver::new(|_| None, &loaded.root);
        let provider =
            (entry.connect)(spec, &secrets, &Places { root: loaded.root.clone() }).await.expect("connected");
        let capabilities =
            BTreeMap::from([(name.clone(), catalogue.capabilities(spec).expect("capabilities"))]);
        Self { name: name.clone(), provider, capabilities }
    }

    async fn observe(&self, loaded: &Loaded) -> Observed {
        let scopes = plan::scopes(&loaded.desired, &self.capabilities, &Narrowing::default());
        let mut observed = Observed::default();
        let (state, failure) = provider::read(&*self.provider, &scopes[&self.name]).await;
        assert!(failure.is_none(), "{failure:?}");
        observed.connections.insert(self.name.clone(), state);
        observed
    }

    fn plan(&self, loaded: &Loaded, observed: &Observed) -> Plan {
        plan::plan(Input {
            desired: &loaded.desired,
            observed,
            capabilities: &self.capabilities,
            overrides: &[],
            narrowing: &Narrowing::default(),
            today: jiff::civil::date(2026, 11, 21),
        })
        .expect("a plan that is proven")
    }
}

#[divan::bench(sample_count = 10)]
fn load_yaml(bencher: Bencher<'_, '_>) {
    // Making the database is not part of it.
    LazyLock::force(&FULL);
    bencher.bench(|| FULL.load());
}

#[divan::bench(sample_count = 10)]
fn read_sqlite(bencher: Bencher<'_, '_>) {
    let loaded = FULL.load();
    let connected = FULL.runtime.block_on(Connected::new(&loaded));
    bencher.bench(|| FULL.runtime.block_on(connected.observe(&loaded)));
}

#[divan::bench(sample_count = 10)]
fn plan_of_no_change(bencher: Bencher<'_, '_>) {
    let loaded = FULL.load();
    let connected = FULL.runtime.block_on(Connected::new(&loaded));
    let observed = FULL.runtime.block_on(connected.observe(&loaded));
    assert!(connected.plan(&loaded, &observed).is_empty(), "everything is there");
    bencher.bench(|| connected.plan(&loaded, &observed));
}

#[divan::bench(sample_count = 10)]
fn plan_of_all_creates(bencher: Bencher<'_, '_>) {
    let loaded = EMPTY.load();
    let connected = EMPTY.runtime.block_on(Connected::new(&loaded));
    let observed = EMPTY.runtime.block_on(connected.observe(&loaded));
    let ready = connected.plan(&loaded, &observed).ready().count();
    assert_eq!(ready, MAILBOXES + MAILBOXES / MAILBOXES_PER_ALIAS);
    bencher.bench(|| connected.plan(&loaded, &observed));
}

/// From the YAML to the shown plan, where nothing is to be done.
#[divan::bench(sample_count = 10)]
fn whole_plan_of_no_change(bencher: Bencher<'_, '_>) {
    LazyLock::force(&FULL);
    bencher.bench(|| whole(&FULL));
}

/// From the YAML to the shown plan, where everything is to be made.
#[divan::bench(sample_count = 10)]
fn whole_plan_of_all_creates(bencher: Bencher<'_, '_>) {
    LazyLock::force(&EMPTY);
    bencher.bench(|| whole(&EMPTY));
}

fn whole(world: &World) -> String {
    let loaded = world.load();
    world.runtime.block_on(async {
        let connected = Connected::new(&loaded).await;
        let observed = connected.observe(&loaded).await;
        mailwright::render::text::plan(
            &connected.plan(&loaded, &observed),
            mailwright::render::Style::plain(),
        )
    })
}
