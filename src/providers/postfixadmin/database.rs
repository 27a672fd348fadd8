//! Which database it is, and every connection to it: what must hold before anything is read or written.
//!
//! Nothing is made or switched before the first change. How a file is found and shared is in [`mod@file`], how a server
//! is reached in `server`.

use std::sync::Arc;

use super::dialect::Dialect;
use super::fault::fault;
use super::link::Link;
use super::schema;
use super::spelling::Spellings;
use super::sql;
use crate::model::{ConnectionSpec, Param};
use crate::provider::{ErrorKind, Places, ProviderError, Secrets};

mod file;
mod make;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod server;

pub(super) use file::File;
pub(super) use make::make_permissions;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use server::Server;

/// A database, not yet opened.
#[derive(Debug, Clone)]
pub(super) enum Database {
    /// One SQLite file.
    File(File),
    /// A database on a server.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    Server(Server),
}

/// What happens where there is no database, or an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Create {
    /// The first change makes it.
    AtFirstChange,
    /// It is an error.
    Never,
}

/// Which database is meant, for messages, without a credential.
#[derive(Debug, Clone)]
pub(super) struct Place {
    shown: Arc<str>,
    dialect: Dialect,
}

impl Place {
    fn new(shown: String, dialect: Dialect) -> Self {
        Self { shown: shown.into(), dialect }
    }

    /// The database as a person would call it.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Says what an error means. `doing` is what was tried, like `reading mailboxes`.
    pub(super) fn fault(&self, error: &sqlx::Error, doing: &str) -> ProviderError {
        fault(error, doing, &self.shown, self.dialect)
    }
}

const FORMS: &str = "write `database: sqlite:FILE`, or refer to a secret that holds postgres://USER:PASSWORD@HOST/NAME \
                     or mysql://USER:PASSWORD@HOST/NAME";

impl Database {
    /// Reads a connection's keys. Opens nothing.
    pub(super) async fn of(
        spec: &ConnectionSpec,
        secrets: &dyn Secrets,
        places: &Places,
    ) -> Result<Self, ProviderError> {
        let invalid = |message: &str| {
            let message = format!("{}: {message}", spec.name.as_str());
            Err(ProviderError::new(ErrorKind::Invalid, message).hint(FORMS))
        };
        let create = if spec.bool("create").unwrap_or(false) { Create::AtFirstChange } else { Create::Never };
        match spec.params.get("database") {
            Some(Param::Text(text)) => match text.strip_prefix("sqlite:") {
                Some(file) => match file.strip_prefix("//").unwrap_or(file) {
                    "" | ":memory:" => invalid("`database` names no file"),
                    file => Ok(Self::File(File::new(file, &places.root, create))),
                },
                // What stands there is not repeated: it may hold a password.
                None if text.contains("://") => {
                    invalid("the address of a database server is a secret and is not written down here")
                }
                None => invalid("`database` does not say which kind it is"),
            },
            Some(Param::Secret(reference)) => {
                let url = secrets.reveal(reference, spec.name.as_str()).await?;
                server_of(&url, spec, create)
            }
            Some(_) => invalid("`database` is not text"),
            None => invalid("`database` is missing"),
        }
    }

    /// Which database it is, for messages.
    pub(super) fn place(&self) -> &Place {
        match self {
            Self::File(file) => &file.place,
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            Self::Server(server) => &server.place,
        }
    }

    /// The file, where it is one.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        expect(clippy::unnecessary_wraps, reason = "a server is none")
    )]
    pub(super) fn file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            Self::Server(_) => None,
        }
    }

    /// Says what an error means, see [`Place::fault`].
    pub(super) fn fault(&self, error: &sqlx::Error, doing: &str) -> ProviderError {
        self.place().fault(error, doing)
    }

    /// Opens the database for one reading; none where it is yet to be made.
    pub(super) async fn reader(&self) -> Result<Option<Reader>, ProviderError> {
        match self {
            Self::File(file) => file.reader().await,
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            Self::Server(server) => server.reader().await,
        }
    }

    /// Opens the database for writing, made where that was asked.
    pub(super) async fn writer(&self) -> Result<Writer, ProviderError> {
        match self {
            Self::File(file) => file.writer().await,
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            Self::Server(server) => server.writer().await,
        }
    }

    /// Begins a write and gives it up, so that it is known whether this user may write.
    pub(super) async fn try_write(&self) -> Result<(), ProviderError> {
        match self {
            Self::File(file) => file.try_write().await,
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            Self::Server(server) => server.try_write().await,
        }
    }
}

/// The server that a secret's address names.
fn server_of(
    url: &secrecy::SecretString,
    spec: &ConnectionSpec,
    create: Create,
) -> Result<Database, ProviderError> {
    use secrecy::ExposeSecret as _;

    // Nothing of the address is repeated in a message: it holds a password.
    let refuse = |message: &str, hint: &str| {
        let message = format!("{}: {message}", spec.name.as_str());
        Err(ProviderError::new(ErrorKind::Invalid, message).hint(hint))
    };
    let text = url.expose_secret().trim();
    match text.split_once("://").map(|(scheme, _)| scheme) {
        Some("postgres" | "postgresql") => {
            #[cfg(feature = "postgres")]
            return Server::postgres(text, create).map(Database::Server);
            #[cfg(not(feature = "postgres"))]
            refuse(
                "this mailwright was built without PostgreSQL",
                "build it with `cargo install --features postgres`",
            )
        }
        Some("mysql" | "mariadb") => {
            #[cfg(feature = "mysql")]
            return Server::mysql(text, create).map(Database::Server);
            #[cfg(not(feature = "mysql"))]
            refuse(
                "this mailwright was built without MySQL",
                "build it with `cargo install --features mysql`",
            )
        }
        _ => {
            let _ = create;
            refuse("the secret that `database` refers to is no address of a database server", FORMS)
        }
    }
}

/// Makes sure that this is a database of PostfixAdmin with the columns that are read and written here, and
/// returns its schema version.
async fn verify(link: &mut Link, place: &Place) -> Result<i64, ProviderError> {
    let looking = |error: sqlx::Error| place.fault(&error, "looking at its tables");
    let foreign = |message: String| {
        ProviderError::new(ErrorKind::Protocol, format!("{} {message}", place.shown())).hint(
            match place.dialect {
                Dialect::Sqlite => "point `database` at PostfixAdmin's SQLite file; nothing was changed",
                #[cfg(any(feature = "postgres", feature = "mysql"))]
                _ => "point `database` at PostfixAdmin's own database; nothing was changed",
            },
        )
    };
    let tables = make::tables(link).await.map_err(looking)?;
    let has = |name: &str| tables.iter().any(|table| table.eq_ignore_ascii_case(name));
    if !has("config") {
        return Err(foreign(format!(
            "is a {} database, but none of PostfixAdmin: it has no table `config`",
            place.dialect.name()
        )));
    }
    let version = link.row(sql::VERSION, &[]).await.map_err(looking)?;
    let version = version
        .and_then(|row| row.text(0))
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

/// One reading: a read transaction, so that all of it shows one moment.
#[derive(Debug)]
pub(super) struct Reader {
    /// The connection, in its transaction.
    pub(super) link: Link,
    /// The schema version.
    pub(super) version: i64,
    /// The file that nobody else used when the reading began.
    tidies: Option<File>,
}

impl Reader {
    /// Ends the reading and leaves a file's folder as it was.
    pub(super) async fn close(self) {
        // A read transaction has nothing that failing to end it could lose.
        let _ = self.link.close().await;
        if let Some(file) = self.tidies
            && file.has_side_files().await
        {
            file.tidy().await;
        }
    }
}

/// A connection that writes.
#[derive(Debug)]
pub(super) struct Writer {
    /// The connection, between transactions.
    pub(super) link: Link,
    /// The database, for messages.
    pub(super) place: Place,
    /// What opening it brought, told with the first change.
    pub(super) notes: Vec<String>,
    /// Whether a change was given up in the middle, so that its transaction may still be open.
    pub(super) unfinished: bool,
    /// Rows that are not in lower case, as last looked for.
    pub(super) spellings: Option<Spellings>,
}

/// Closes connections and waits for it, also where nothing can be awaited.
pub(super) fn close_now(writers: Vec<Writer>) {
    if writers.is_empty() {
        return;
    }
    let closing = std::thread::spawn(move || -> Result<(), sqlx::Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        for writer in writers {
            // All that was committed is safe; what fails here is only tidying up.
            runtime.block_on(writer.link.close())?;
        }
        Ok(())
    });
    if let Ok(Err(error)) = closing.join() {
        tracing::debug!(%error, "the database was not closed in order");
    }
}

#[cfg(test)]
impl Database {
    /// A file that waits for nobody, made or not at the first change.
    pub(super) fn at(path: &std::path::Path, create: bool) -> Self {
        Self::File(File::hasty(path, if create { Create::AtFirstChange } else { Create::Never }))
    }
}

#[cfg(test)]
mod tests;
