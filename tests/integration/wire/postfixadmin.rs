//! A PostfixAdmin database of its own, of every kind.
//!
//! SQLite needs nothing. A server is named by the environment (`tests/databases/run` starts them): the variable holds
//! the address of a database in which schemas, or of a server on which databases, may be made.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ColumnIndex, ConnectOptions as _, Connection as _, Decode, Row, Type};
use tempfile::TempDir;

use super::service::{Dump, Service, once};
use super::site::Site;

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "mysql")]
    MySql,
}

impl Engine {
    /// The variable that names its server.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    fn variable(self) -> &'static str {
        match self {
            #[cfg(feature = "mysql")]
            Self::MySql => "MAILWRIGHT_TEST_MYSQL",
            _ => "MAILWRIGHT_TEST_POSTGRES",
        }
    }

    /// Whether a test can have one. In CI there must be a server.
    pub(super) fn is_there(self) -> bool {
        match self {
            Self::Sqlite => true,
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            _ => {
                let there = std::env::var_os(self.variable()).is_some();
                let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
                assert!(there || !ci, "CI tests every database, and {} is not set", self.variable());
                there
            }
        }
    }
}

/// A database with the domains that every test uses.
pub(super) struct Database {
    folder: TempDir,
    engine: Engine,
    /// The name of its schema or database on a server.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        expect(dead_code, reason = "only servers have names")
    )]
    name: String,
}

/// What makes the tables: the tool itself, so that its own are the ones that are tested.
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

/// The addresses of databases, by the name under which a configuration refers to them.
static ADDRESSES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// The address of the database that `{env: NAME}` refers to.
pub(super) fn address(name: &str) -> Option<String> {
    ADDRESSES.lock().expect("no test died here").get(name).cloned()
}

impl Database {
    /// A SQLite file.
    pub(super) async fn fresh() -> Self {
        Self::of(Engine::Sqlite).await
    }

    pub(super) async fn of(engine: Engine) -> Self {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("mw_{}_{count}", std::process::id());
        let database = Self { folder: TempDir::new().expect("a folder"), engine, name };
        database.make().await;
        let (_, outcome) = Site::load(&database, DOMAINS).expect("the domains load").run(&database).await;
        let notes = outcome.results.iter().flat_map(|result| &result.notes);
        let made = notes.filter(|note| note.contains("the tables of PostfixAdmin 3.3"));
        assert_eq!(made.count(), 1, "whoever makes the tables says so, and nobody else");
        database.sql(ROWS).await;
        database
    }

    /// Makes the place for it on a server, and remembers its address.
    async fn make(&self) {
        #[cfg(any(feature = "postgres", feature = "mysql"))]
        if self.engine != Engine::Sqlite {
            let server = std::env::var(self.engine.variable()).expect("a server");
            let address = match self.engine {
                #[cfg(feature = "mysql")]
                Engine::MySql => {
                    let (server, _) = server.rsplit_once('/').expect("an address with a name");
                    format!("{server}/{}", self.name)
                }
                _ => format!("{server}?options[search_path]={}", self.name),
            };
            self.on_server("CREATE").await;
            ADDRESSES.lock().expect("no test died here").insert(self.name.clone(), address);
        }
    }

    #[cfg(any(feature = "postgres", feature = "mysql"))]
    async fn on_server(&self, verb: &str) {
        let server = std::env::var(self.engine.variable()).expect("a server");
        match self.engine {
            Engine::Sqlite => {}
            #[cfg(feature = "postgres")]
            Engine::Postgres => {
                let cascade = if verb == "DROP" { "CASCADE" } else { "" };
                let mut conn = sqlx::PgConnection::connect(&server).await.expect("connects");
                let statement = AssertSqlSafe(format!("{verb} SCHEMA {} {cascade}", self.name));
                sqlx::raw_sql(statement).execute(&mut conn).await.expect("runs");
            }
            #[cfg(feature = "mysql")]
            Engine::MySql => {
                let mut conn = sqlx::MySqlConnection::connect(&server).await.expect("connects");
                let statement = AssertSqlSafe(format!("{verb} DATABASE {}", self.name));
                sqlx::raw_sql(statement).execute(&mut conn).await.expect("runs");
            }
        }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("mail.sqlite")
    }

    /// A connection of another program to a SQLite file.
    pub(super) async fn connection(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.path()).foreign_keys(false);
        options.busy_timeout(Duration::from_secs(20)).connect().await.expect("opens")
    }

    #[cfg(any(feature = "postgres", feature = "mysql"))]
    fn address(&self) -> String {
        address(&self.name).expect("it was made")
    }

    pub(super) async fn sql(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        match self.engine {
            Engine::Sqlite => {
                let mut conn = self.connection().await;
                sqlx::raw_sql(statements).execute(&mut conn).await.expect("statements run");
                conn.close().await.expect("closes");
            }
            #[cfg(feature = "postgres")]
            Engine::Postgres => {
                let mut conn = sqlx::PgConnection::connect(&self.address()).await.expect("connects");
                sqlx::raw_sql(statements).execute(&mut conn).await.expect("statements run");
                conn.close().await.expect("closes");
            }
            #[cfg(feature = "mysql")]
            Engine::MySql => {
                let mut conn = sqlx::MySqlConnection::connect(&self.address()).await.expect("connects");
                sqlx::raw_sql(statements).execute(&mut conn).await.expect("statements run");
                conn.close().await.expect("closes");
            }
        }
    }

    pub(super) async fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let query = AssertSqlSafe(query.to_owned());
        match self.engine {
            Engine::Sqlite => {
                let mut conn = self.connection().await;
                let rows = sqlx::query(query).fetch_all(&mut conn).await;
                conn.close().await.expect("closes");
                rows.expect("the query runs").iter().map(texts).collect()
            }
            #[cfg(feature = "postgres")]
            Engine::Postgres => {
                let mut conn = sqlx::PgConnection::connect(&self.address()).await.expect("connects");
                let rows = sqlx::query(query).fetch_all(&mut conn).await.expect("the query runs");
                conn.close().await.expect("closes");
                rows.iter().map(texts).collect()
            }
            #[cfg(feature = "mysql")]
            Engine::MySql => {
                let mut conn = sqlx::MySqlConnection::connect(&self.address()).await.expect("connects");
                let rows = sqlx::query(query).fetch_all(&mut conn).await.expect("the query runs");
                conn.close().await.expect("closes");
                rows.iter().map(texts).collect()
            }
        }
    }

    /// Whether the table of permissions is there.
    async fn has_permissions(&self) -> bool {
        let tables = match self.engine {
            Engine::Sqlite => "SELECT name FROM sqlite_master WHERE name = 'mailwright_permission'",
            #[cfg(feature = "postgres")]
            Engine::Postgres => {
                "SELECT tablename::text FROM pg_tables \
                 WHERE tablename = 'mailwright_permission' AND schemaname = current_schema()"
            }
            #[cfg(feature = "mysql")]
            Engine::MySql => {
                "SELECT table_name FROM information_schema.tables \
                 WHERE table_name = 'mailwright_permission' AND table_schema = database()"
            }
        };
        !self.rows(tables).await.is_empty()
    }
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
impl Drop for Database {
    fn drop(&mut self) {
        if self.engine == Engine::Sqlite {
            return;
        }
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(self.on_server("DROP"));
            });
        });
    }
}

/// The columns of a row as texts; yes is 1, whatever the database calls it.
fn texts<R: Row>(row: &R) -> Vec<String>
where
    usize: ColumnIndex<R>,
    String: Type<R::Database> + for<'r> Decode<'r, R::Database>,
    i64: Type<R::Database> + for<'r> Decode<'r, R::Database>,
    i32: Type<R::Database> + for<'r> Decode<'r, R::Database>,
    bool: Type<R::Database> + for<'r> Decode<'r, R::Database>,
{
    let text = |column: usize| {
        row.try_get::<Option<String>, _>(column)
            .or_else(|_| row.try_get::<Option<i64>, _>(column).map(|n| n.map(|n| n.to_string())))
            .or_else(|_| row.try_get::<Option<i32>, _>(column).map(|n| n.map(|n| n.to_string())))
            .or_else(|_| {
                row.try_get::<Option<bool>, _>(column).map(|yes| yes.map(|yes| u8::from(yes).to_string()))
            })
            .expect("a text, a number, or a yes or no")
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
        match self.engine {
            Engine::Sqlite => {
                format!(
                    "{{type: postfixadmin, database: \"sqlite:{}\", create: true}}",
                    self.path().display()
                )
            }
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            _ => format!("{{type: postfixadmin, database: {{env: {}}}, create: true}}", self.name),
        }
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
        for row in self.rows("SELECT username, superadmin, active FROM admin").await {
            put(format!("administrator {}", row[0].to_lowercase()), row[1..].join("; "));
        }
        for row in self.rows("SELECT username, domain, active FROM domain_admins").await {
            put(format!("administrator {}/{}", row[0], row[1]), row[2].clone());
        }
        if self.has_permissions().await {
            for row in self.rows("SELECT owner, grantee, perm FROM mailwright_permission").await {
                put(format!("permission {}/{}", row[0], row[1]), row[2].clone());
            }
        }
        dump
    }

    async fn trace(&self) -> String {
        let mut trace = String::new();
        for query in [
            "SELECT domain, description, active, password_expiry FROM domain",
            "SELECT username, password, name, quota, active FROM mailbox",
            "SELECT address, goto, active FROM alias",
            "SELECT alias_domain, target_domain, active FROM alias_domain",
            "SELECT username, password, superadmin, active FROM admin",
            "SELECT username, domain, active FROM domain_admins",
            // Each change writes a line with a number of its own.
            "SELECT id, username, action, data FROM log",
        ] {
            let _ = writeln!(trace, "{query}: {:?}", self.rows(query).await);
        }
        let _ = writeln!(trace, "permissions: {}", self.has_permissions().await);
        trace
    }

    async fn settle(&self) {
        // The thread of a connection that was dropped ends its statement first, and undoes its transaction; a server
        // does when it hears that the client is gone.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let wait = match self.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE; ROLLBACK",
            #[cfg(feature = "postgres")]
            Engine::Postgres => {
                "BEGIN; LOCK TABLE domain, mailbox, alias, alias_domain, admin, domain_admins, log IN ACCESS EXCLUSIVE MODE; ROLLBACK"
            }
            #[cfg(feature = "mysql")]
            Engine::MySql => {
                "LOCK TABLES domain WRITE, mailbox WRITE, alias WRITE, alias_domain WRITE, admin WRITE, \
                 domain_admins WRITE, log WRITE; UNLOCK TABLES"
            }
        };
        self.sql(wait).await;
    }
}
