//! Finds, opens and makes the SQLite file.
//!
//! Owns every connection: how long it waits for others, what must hold before anything is read or written, and when
//! the journal changes. Reading leaves the file as it is, byte for byte; nothing is made or switched before the
//! first change (`contracts/postfixadmin.md §2 and §7`).

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::fault::fault;
use super::schema;
use super::spelling::Spellings;
use super::sql;
use crate::model::{ConnectionSpec, Param};
use crate::provider::{ErrorKind, Places, ProviderError};

mod make;

/// How long a statement waits for another program's write. Dovecot's are over in milliseconds; a backup's read lock
/// on a database without write-ahead log may last seconds. A change that finds the database locked for longer is tried
/// again by the applier, so this need not cover the worst case.
const PATIENCE: Duration = Duration::from_secs(3);

/// Which file it is and how it is treated.
#[derive(Debug, Clone)]
pub(super) struct Database {
    path: PathBuf,
    create: Create,
    patience: Duration,
}

/// What happens where there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Create {
    /// The first change makes it.
    AtFirstChange,
    /// It is an error.
    Never,
}

/// What stands at the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Missing,
    Empty,
    File,
}

impl Database {
    /// Reads a connection's keys.
    pub(super) fn of(spec: &ConnectionSpec, places: &Places) -> Result<Self, ProviderError> {
        let invalid = |message: &str, hint: &str| {
            Err(ProviderError::new(ErrorKind::Invalid, format!("{}: {message}", spec.name.as_str()))
                .hint(hint))
        };
        let file = match spec.params.get("database") {
            Some(Param::Text(text)) => match text.strip_prefix("sqlite:") {
                Some(file) => file.strip_prefix("//").unwrap_or(file),
                // What stands there is not repeated: it may hold a password.
                None if text.contains("://") => return invalid(NOT_SQLITE, SQLITE_HINT),
                None => return invalid("`database` does not say which kind it is", SQLITE_HINT),
            },
            Some(Param::Secret(_)) => return invalid(NOT_SQLITE, SQLITE_HINT),
            Some(_) => return invalid("`database` is not text", SQLITE_HINT),
            None => return invalid("`database` is missing", SQLITE_HINT),
        };
        if file.is_empty() || file == ":memory:" {
            return invalid("`database` names no file", SQLITE_HINT);
        }
        // Rebuilt from its parts, so that it is shown without `./` in its middle; one at its start keeps SQLite from
        // reading a name like `file:x` as a URI.
        let mut path: PathBuf = places.root.join(file).components().collect();
        if path.as_os_str().as_encoded_bytes().starts_with(b"file:") {
            path = Path::new(".").join(path);
        }
        let create = if spec.bool("create").unwrap_or(false) { Create::AtFirstChange } else { Create::Never };
        Ok(Self { path, create, patience: PATIENCE })
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Says what an error means, see [`fault`].
    pub(super) fn fault(&self, error: &sqlx::Error, doing: &str) -> ProviderError {
        fault(error, doing, &self.path)
    }

    /// Opens the database for one reading; none where it is yet to be made.
    pub(super) async fn reader(&self) -> Result<Option<Reader>, ProviderError> {
        if !self.is_there().await? {
            return Ok(None);
        }
        let alone = !self.has_side_files().await;
        let opening = |error: sqlx::Error| self.fault(&error, "opening it to read");
        let conn = self.options().read_only(true).connect().await.map_err(opening)?;
        let mut reader = Reader { conn, alone, database: self.clone(), version: 0 };
        let begun = match sqlx::query("BEGIN").execute(&mut reader.conn).await {
            Ok(_) => self.verify(&mut reader.conn).await,
            Err(error) => Err(opening(error)),
        };
        match begun {
            Ok(version) => {
                reader.version = version;
                Ok(Some(reader))
            }
            Err(error) => {
                reader.close().await;
                Err(error)
            }
        }
    }

    /// Opens the database for writing, made where that was asked, with a write-ahead log.
    ///
    /// Without the log each commit makes Postfix's lookups fail with "database is locked"
    /// (`contracts/postfixadmin.md §7.1`).
    pub(super) async fn writer(&self) -> Result<Writer, ProviderError> {
        let mut notes = Vec::new();
        if !self.is_there().await? {
            self.make_file().map_err(|error| self.cannot_make(&error))?;
            notes.push(format!("{} was made, with the tables of PostfixAdmin 3.3", self.path.display()));
        }
        let opening = |error: sqlx::Error| self.fault(&error, "opening it to write");
        let mut conn = self.options().connect().await.map_err(opening)?;
        match self.prepare(&mut conn).await {
            Ok(more) => {
                notes.extend(more);
                Ok(Writer { conn, path: self.path.clone(), notes, spellings: None })
            }
            Err(error) => {
                // The connection is given up whether or not closing it brings another error.
                let _ = conn.close().await;
                Err(error)
            }
        }
    }

    /// Begins a write and gives it up, so that it is known whether this user may write.
    pub(super) async fn try_write(&self) -> Result<(), ProviderError> {
        let trying = |error: sqlx::Error| self.fault(&error, "trying to write");
        let mut conn = self.options().connect().await.map_err(trying)?;
        let tried = async {
            let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
            // The lock alone is also given to who may only read; a statement that could write is not.
            sqlx::query(sql::WRITES_NOTHING).execute(&mut *tx).await?;
            tx.rollback().await
        }
        .await
        .map_err(trying);
        let _ = conn.close().await;
        tried
    }

    async fn prepare(&self, conn: &mut SqliteConnection) -> Result<Vec<String>, ProviderError> {
        if self.place().await? == Place::Empty {
            self.make_tables(conn).await?;
        }
        self.verify(conn).await?;
        let switching = |error: sqlx::Error| self.fault(&error, "switching to a write-ahead log");
        let before: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *conn).await.map_err(switching)?;
        if before == "wal" {
            return Ok(Vec::new());
        }
        let after: String =
            sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *conn).await.map_err(switching)?;
        Ok(vec![if after == "wal" {
            "the database now keeps a write-ahead log, so that Postfix can read it while somebody writes"
                .to_owned()
        } else {
            format!(
                "the database could not be given a write-ahead log and keeps its journal mode `{after}`: lookups of \
                 Postfix can fail while somebody writes"
            )
        }])
    }

    /// Makes sure that this is a database of PostfixAdmin with the columns that are read and written here, and
    /// returns its schema version.
    async fn verify(&self, conn: &mut SqliteConnection) -> Result<i64, ProviderError> {
        let looking = |error: sqlx::Error| self.fault(&error, "looking at its tables");
        let foreign = |message: String| {
            ProviderError::new(ErrorKind::Protocol, format!("{} {message}", self.path.display()))
                .hint("point `database` at PostfixAdmin's SQLite file; nothing was changed")
        };
        let tables: Vec<String> =
            sqlx::query_scalar(sql::TABLES).fetch_all(&mut *conn).await.map_err(looking)?;
        let has = |name: &str| tables.iter().any(|table| table.eq_ignore_ascii_case(name));
        if !has("config") {
            return Err(foreign(
                "is a SQLite database, but none of PostfixAdmin: it has no table `config`".into(),
            ));
        }
        let version: Option<String> =
            sqlx::query_scalar(sql::VERSION).fetch_optional(&mut *conn).await.map_err(looking)?;
        let version = version
            .and_then(|version| version.trim().parse::<i64>().ok())
            .ok_or_else(|| foreign("does not say its version in the table `config`".into()))?;
        if version < schema::OLDEST_VERSION {
            return Err(foreign(format!(
                "has the tables of version {version}, older than {}",
                schema::OLDEST_VERSION
            ))
            .hint("bring it up to date with PostfixAdmin 3.3 or later (upgrade.php); nothing was changed"));
        }
        match schema::REQUIRED_TABLES.iter().find(|name| !has(name)) {
            Some(name) => Err(foreign(format!("lacks the table `{name}` of PostfixAdmin"))),
            None => Ok(version),
        }
    }

    /// Whether there is something to open; an error where there is nothing and nothing may be made.
    async fn is_there(&self) -> Result<bool, ProviderError> {
        let shown = self.path.display();
        match (self.place().await?, self.create) {
            (Place::File, _) => Ok(true),
            (Place::Missing | Place::Empty, Create::AtFirstChange) => Ok(false),
            (Place::Missing, Create::Never) => Err(ProviderError::new(
                ErrorKind::NotFound,
                format!("there is no database {shown}"),
            )
            .hint(
                "correct the path, or add `create: true` to the connection to make it at the first change",
            )),
            (Place::Empty, Create::Never) => Err(ProviderError::new(
                ErrorKind::Protocol,
                format!("{shown} is an empty file"),
            )
            .hint(
                "correct the path, or add `create: true` to the connection to fill it at the first change",
            )),
        }
    }

    async fn place(&self) -> Result<Place, ProviderError> {
        let shown = self.path.display();
        match tokio::fs::metadata(&self.path).await {
            Ok(meta) if meta.is_dir() => {
                Err(ProviderError::new(ErrorKind::Invalid, format!("{shown} is a folder, not a database"))
                    .hint("name the file in it"))
            }
            Ok(meta) if meta.len() == 0 => Ok(Place::Empty),
            Ok(_) => Ok(Place::File),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Place::Missing),
            Err(error) => {
                Err(ProviderError::new(ErrorKind::Denied, format!("{shown} cannot be looked at: {error}"))
                    .hint("its folder must be open to this user"))
            }
        }
    }

    /// Whether `-wal` or `-shm` lie beside the file. Asked by name and size alone: opening the database's own files
    /// past SQLite would drop the locks that SQLite holds in this process.
    async fn has_side_files(&self) -> bool {
        for ending in ["-wal", "-shm"] {
            if tokio::fs::metadata(self.beside(ending)).await.is_ok() {
                return true;
            }
        }
        false
    }

    /// The path of a file that SQLite keeps beside the database.
    pub(super) fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(ending);
        name.into()
    }

    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .busy_timeout(self.patience)
            // PostfixAdmin does not use them either; a delete names each table that it means.
            .foreign_keys(false)
            .disable_statement_logging()
    }
}

const NOT_SQLITE: &str = "only SQLite databases can be used in this version, not PostgreSQL or MySQL";
const SQLITE_HINT: &str = "write `database: sqlite:FILE`";

/// One reading: a read transaction, so that all of it shows one moment.
#[derive(Debug)]
pub(super) struct Reader {
    /// The connection, in its transaction.
    pub(super) conn: SqliteConnection,
    /// The schema version.
    pub(super) version: i64,
    alone: bool,
    database: Database,
}

impl Reader {
    /// Ends the reading and leaves the folder as it was.
    pub(super) async fn close(self) {
        // A read transaction has nothing that failing to end it could lose.
        let _ = self.conn.close().await;
        if self.alone && self.database.has_side_files().await {
            self.database.tidy().await;
        }
    }
}

impl Database {
    /// Removes `-wal` and `-shm` that reading made. A connection that may only read leaves them behind, with this
    /// user as owner, where Postfix or Dovecot might then not be able to open them (`contracts/postfixadmin.md
    /// §7.16`). Closing one that may write removes them, unless somebody else uses the database by now.
    async fn tidy(&self) {
        let options = self.options().pragma("query_only", "ON");
        let Ok(mut conn) = options.connect().await else {
            return;
        };
        // Touching the schema makes SQLite take part in the log, which is what makes it clean up at the end.
        let _ = sqlx::query(sql::TABLES).fetch_all(&mut conn).await;
        let _ = conn.close().await;
    }
}

/// The connection that writes.
#[derive(Debug)]
pub(super) struct Writer {
    /// The connection, between transactions.
    pub(super) conn: SqliteConnection,
    /// The file, for messages.
    pub(super) path: PathBuf,
    /// What opening it brought, told with the first change.
    pub(super) notes: Vec<String>,
    /// Rows that are not in lower case, as last looked for.
    pub(super) spellings: Option<Spellings>,
}

impl Writer {
    /// Closes the connection and waits for it, also where nothing can be awaited.
    pub(super) fn close_now(self) {
        let closing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            // All that was committed is in the log and safe; what fails here is only tidying up.
            runtime.block_on(self.conn.close()).map_err(io::Error::other)
        });
        if let Ok(Err(error)) = closing.join() {
            tracing::debug!(%error, "the database was not closed in order");
        }
    }
}

#[cfg(test)]
impl Database {
    /// A database that waits for nobody, made or not at the first change.
    pub(super) fn at(path: &Path, create: bool) -> Self {
        Self {
            path: path.to_owned(),
            create: if create { Create::AtFirstChange } else { Create::Never },
            patience: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests;
