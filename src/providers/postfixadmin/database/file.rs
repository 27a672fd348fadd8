//! A database in one SQLite file: finds, opens and makes it.
//!
//! Owns how long a connection waits for others and when the journal changes. Reading leaves the file as it is, byte
//! for byte; nothing is made or switched before the first change (`contracts/postfixadmin.md §2 and §7`).

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::super::dialect::Dialect;
use super::super::link::Link;
use super::super::sql;
use super::{Create, Place, Reader, Writer, verify};
use crate::provider::{ErrorKind, ProviderError};

/// How long a statement waits for another program's write. Dovecot's are over in milliseconds; a backup's read lock
/// on a database without write-ahead log may last seconds. A change that finds the database locked for longer is tried
/// again by the applier, so this need not cover the worst case.
const PATIENCE: Duration = Duration::from_secs(3);

/// Which file it is and how it is treated.
#[derive(Debug, Clone)]
pub(in super::super) struct File {
    pub(super) path: PathBuf,
    pub(super) place: Place,
    create: Create,
    patience: Duration,
}

/// What stands at the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Missing,
    Empty,
    File,
}

impl File {
    /// The file of this name, relative to `root`.
    pub(super) fn new(file: &str, root: &Path, create: Create) -> Self {
        // Rebuilt from its parts, so that it is shown without `./` in its middle; one at its start keeps SQLite from
        // reading a name like `file:x` as a URI.
        let mut path: PathBuf = root.join(file).components().collect();
        if path.as_os_str().as_encoded_bytes().starts_with(b"file:") {
            path = Path::new(".").join(path);
        }
        Self::at_path(path, create, PATIENCE)
    }

    fn at_path(path: PathBuf, create: Create, patience: Duration) -> Self {
        let place = Place::new(path.display().to_string(), Dialect::Sqlite);
        Self { path, place, create, patience }
    }

    /// The file's path.
    pub(in super::super) fn path(&self) -> &Path {
        &self.path
    }

    fn fault(&self, error: &sqlx::Error, doing: &str) -> ProviderError {
        self.place.fault(error, doing)
    }

    async fn connect(&self, options: SqliteConnectOptions) -> Result<Link, sqlx::Error> {
        options.connect().await.map(Link::Sqlite)
    }

    /// Opens the database for one reading; none where it is yet to be made.
    pub(super) async fn reader(&self) -> Result<Option<Reader>, ProviderError> {
        if !self.is_there().await? {
            return Ok(None);
        }
        let alone = !self.has_side_files().await;
        let opening = |error: sqlx::Error| self.fault(&error, "opening it to read");
        let link = self.connect(self.options().read_only(true)).await.map_err(opening)?;
        let mut reader = Reader { link, tidies: alone.then(|| self.clone()), version: 0 };
        let begun = match reader.link.begin_read().await {
            Ok(()) => verify(&mut reader.link, &self.place).await,
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
        let mut link = self.connect(self.options()).await.map_err(opening)?;
        match self.prepare(&mut link).await {
            Ok(more) => {
                notes.extend(more);
                Ok(Writer { link, place: self.place.clone(), notes, unfinished: false, spellings: None })
            }
            Err(error) => {
                // The connection is given up whether or not closing it brings another error.
                let _ = link.close().await;
                Err(error)
            }
        }
    }

    /// Begins a write and gives it up, so that it is known whether this user may write.
    pub(super) async fn try_write(&self) -> Result<(), ProviderError> {
        let trying = |error: sqlx::Error| self.fault(&error, "trying to write");
        let mut link = self.connect(self.options()).await.map_err(trying)?;
        let tried = link.try_write().await.map_err(trying);
        let _ = link.close().await;
        tried
    }

    async fn prepare(&self, link: &mut Link) -> Result<Vec<String>, ProviderError> {
        if self.stands().await? == Stands::Empty {
            self.place.make_tables(link).await?;
        }
        verify(link, &self.place).await?;
        let switching = |error: sqlx::Error| self.fault(&error, "switching to a write-ahead log");
        let before = link.word("PRAGMA journal_mode").await.map_err(switching)?;
        if before == "wal" {
            return Ok(Vec::new());
        }
        let after = link.word("PRAGMA journal_mode = WAL").await.map_err(switching)?;
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

    /// Whether there is something to open; an error where there is nothing and nothing may be made.
    async fn is_there(&self) -> Result<bool, ProviderError> {
        let shown = self.path.display();
        match (self.stands().await?, self.create) {
            (Stands::File, _) => Ok(true),
            (Stands::Missing | Stands::Empty, Create::AtFirstChange) => Ok(false),
            (Stands::Missing, Create::Never) => Err(ProviderError::new(
                ErrorKind::NotFound,
                format!("there is no database {shown}"),
            )
            .hint(
                "correct the path, or add `create: true` to the connection to make it at the first change",
            )),
            (Stands::Empty, Create::Never) => Err(ProviderError::new(
                ErrorKind::Protocol,
                format!("{shown} is an empty file"),
            )
            .hint(
                "correct the path, or add `create: true` to the connection to fill it at the first change",
            )),
        }
    }

    async fn stands(&self) -> Result<Stands, ProviderError> {
        let shown = self.path.display();
        match tokio::fs::metadata(&self.path).await {
            Ok(meta) if meta.is_dir() => {
                Err(ProviderError::new(ErrorKind::Invalid, format!("{shown} is a folder, not a database"))
                    .hint("name the file in it"))
            }
            // SQLite would open a device or a pipe, and write into it or wait for ever.
            Ok(meta) if !meta.is_file() => {
                Err(ProviderError::new(ErrorKind::Invalid, format!("{shown} is no ordinary file"))
                    .hint("name the database's file"))
            }
            Ok(meta) if meta.len() == 0 => Ok(Stands::Empty),
            Ok(_) => Ok(Stands::File),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Stands::Missing),
            Err(error) => {
                Err(ProviderError::new(ErrorKind::Denied, format!("{shown} cannot be looked at: {error}"))
                    .hint("its folder must be open to this user"))
            }
        }
    }

    /// Whether `-wal` or `-shm` lie beside the file. Asked by name and size alone: opening the database's own files
    /// past SQLite would drop the locks that SQLite holds in this process.
    pub(super) async fn has_side_files(&self) -> bool {
        for ending in ["-wal", "-shm"] {
            if tokio::fs::metadata(self.beside(ending)).await.is_ok() {
                return true;
            }
        }
        false
    }

    /// The path of a file that SQLite keeps beside the database.
    pub(in super::super) fn beside(&self, ending: &str) -> PathBuf {
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

impl File {
    /// Removes `-wal` and `-shm` that reading made. A connection that may only read leaves them behind, with this
    /// user as owner, where Postfix or Dovecot might then not be able to open them (`contracts/postfixadmin.md
    /// §7.16`). Closing one that may write removes them, unless somebody else uses the database by now.
    pub(super) async fn tidy(&self) {
        let options = self.options().pragma("query_only", "ON");
        let Ok(mut link) = self.connect(options).await else {
            return;
        };
        // Touching the schema makes SQLite take part in the log, which is what makes it clean up at the end.
        let _ = link.rows(sql::TABLES, &[]).await;
        let _ = link.close().await;
    }
}

#[cfg(test)]
impl File {
    /// A file that waits for nobody, made or not at the first change.
    pub(super) fn hasty(path: &Path, create: Create) -> Self {
        Self::at_path(path.to_owned(), create, Duration::ZERO)
    }
}
