//! A PostfixAdmin database in a file of its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use tempfile::TempDir;

use super::service::{Dump, Service, once};
use super::site::Site;

/// A database with the domains that every test uses.
pub(super) struct Database {
    folder: TempDir,
}

/// What makes the file: the tool itself, so that its own tables are the ones that are tested.
const DOMAINS: &str = "
version: 1
domains:
  example.com: {provider: svc, manage: true}
  example.org: {provider: svc, manage: true}
";

const ROWS: &str = "
INSERT INTO mailbox (username, password, name, maildir, quota, local_part, domain)
  VALUES ('keep@example.com', '{BLF-CRYPT}$2y$10$x', 'Keep', 'example.com/keep/', 2048, 'keep', 'example.com'),
         ('keep@example.org', '{BLF-CRYPT}$2y$10$x', '', 'example.org/keep/', 0, 'keep', 'example.org');
INSERT INTO alias (address, goto, domain)
  VALUES ('keep@example.com', 'keep@example.com', 'example.com'),
         ('keep@example.org', 'keep@example.org,home@partner.example', 'example.org'),
         ('list@example.com', 'keep@example.com', 'example.com');
";

impl Database {
    pub(super) async fn fresh() -> Self {
        let database = Self { folder: TempDir::new().expect("a folder") };
        Site::load(&database, DOMAINS).expect("the domains load").run(&database).await;
        database.sql(ROWS).await;
        database
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("mail.sqlite")
    }

    /// A connection of another program.
    pub(super) async fn connection(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.path()).foreign_keys(false);
        options.busy_timeout(Duration::from_secs(20)).connect().await.expect("opens")
    }

    pub(super) async fn sql(&self, statements: &str) {
        let mut conn = self.connection().await;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut conn).await.expect("statements run");
        conn.close().await.expect("closes");
    }

    async fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let mut conn = self.connection().await;
        let rows = sqlx::query(AssertSqlSafe(query.to_owned())).fetch_all(&mut conn).await;
        conn.close().await.expect("closes");
        rows.expect("the query runs").iter().map(texts).collect()
    }
}

fn texts(row: &SqliteRow) -> Vec<String> {
    let text = |column| {
        row.try_get::<Option<String>, _>(column)
            .or_else(|_| row.try_get::<Option<i64>, _>(column).map(|n| n.map(|n| n.to_string())))
            .expect("text or a number")
            .unwrap_or_else(|| "NULL".to_owned())
    };
    (0..row.len()).map(text).collect()
}

#[async_trait]
impl Service for Database {
    fn type_name(&self) -> &'static str {
        "postfixadmin"
    }

    fn connection(&self) -> String {
        format!("{{type: postfixadmin, database: \"sqlite:{}\", create: true}}", self.path().display())
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn dump(&self) -> Dump {
        let mut dump = Dump::new();
        let mut put = |key: String, text: String| {
            let before = dump.insert(key.clone(), text);
            assert_eq!(before, None, "{key} stands twice");
        };
        let login = "CASE WHEN password LIKE '{BLF-CRYPT}%' THEN 'password' ELSE 'no login' END";
        let mailboxes = format!("SELECT username, name, quota, active, maildir, phone, {login} FROM mailbox");
        for row in self.rows(&mailboxes).await {
            put(format!("mailbox {}", row[0].to_lowercase()), row[1..].join("; "));
        }
        for row in self.rows("SELECT address, goto, active FROM alias").await {
            let targets = once(&row[0], row[1].split(','));
            put(format!("alias {}", row[0].to_lowercase()), format!("to {targets}; {}", row[2]));
        }
        for row in self.rows("SELECT alias_domain, target_domain, active FROM alias_domain").await {
            put(format!("alias_domain @{}", row[0]), row[1..].join("; "));
        }
        for row in self.rows("SELECT domain, description, active, aliases, mailboxes FROM domain").await {
            put(format!("domain @{}", row[0]), row[1..].join("; "));
        }
        let table = "SELECT name FROM sqlite_master WHERE name = 'mailwright_permission'";
        if !self.rows(table).await.is_empty() {
            for row in self.rows("SELECT owner, grantee, perm FROM mailwright_permission").await {
                put(format!("permission {}/{}", row[0], row[1]), row[2].clone());
            }
        }
        dump
    }

    async fn trace(&self) -> String {
        let mut trace = String::new();
        for table in ["domain", "mailbox", "alias", "alias_domain", "log", "sqlite_master"] {
            let rows = self.rows(&format!("SELECT * FROM {table}")).await;
            let _ = writeln!(trace, "{table} {rows:?}");
        }
        trace
    }

    async fn settle(&self) {
        // The thread of a connection that was dropped ends its statement first, and undoes its transaction.
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.sql("BEGIN IMMEDIATE; ROLLBACK").await;
    }
}
