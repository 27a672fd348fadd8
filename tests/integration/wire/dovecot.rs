//! A PostfixAdmin database beside a simulated Dovecot, which holds who may open whose folders.

use std::path::Path;

use async_trait::async_trait;
use mailwright::providers::postfixadmin::sandbox::Dovecot;
use mailwright::sandbox::{Running, start};

use super::postfixadmin::Database;
use super::service::{Dump, Service, writes};

/// What its `doveadm_api_key` holds.
pub(super) const KEY: &str = "key of doveadm";

/// A SQLite database and a Dovecot that is being served.
pub(super) struct Beside {
    database: Database,
    dovecot: Dovecot,
    server: Running,
}

impl Beside {
    pub(super) async fn fresh() -> Self {
        let database = Database::fresh().await;
        let dovecot = Dovecot::new(KEY).knowing_all();
        let server = start(dovecot.simulator()).await.expect("a server");
        Self { database, dovecot, server }
    }
}

#[async_trait]
impl Service for Beside {
    fn type_name(&self) -> &'static str {
        self.database.type_name()
    }

    fn connection(&self) -> String {
        let database = Service::connection(&self.database);
        let keys = database.strip_suffix('}').expect("a map");
        format!("{keys}, doveadm: {{url: \"{}\", api_key: {{env: DOVEADM_KEY}}}}}}", self.server.url())
    }

    fn servers(&self) -> Vec<&Running> {
        vec![&self.server]
    }

    fn folder(&self) -> &Path {
        self.database.folder()
    }

    async fn dump(&self) -> Dump {
        let mut dump = self.database.dump().await;
        for entry in self.dovecot.entries() {
            let (entry, rights) = entry.split_once(": ").expect("an entry and its rights");
            let before = dump.insert(format!("entry {entry}"), rights.to_owned());
            assert_eq!(before, None, "{entry} stands twice");
        }
        dump
    }

    async fn trace(&self) -> String {
        // Reading is a POST too.
        let is_write = |line: &&str| line.contains("aclSet") || line.contains("aclDelete");
        let written = writes(&self.server);
        let written: Vec<&str> = written.lines().filter(is_write).collect();
        self.database.trace().await + &written.join("\n")
    }

    async fn settle(&self) {
        self.database.settle().await;
    }
}
