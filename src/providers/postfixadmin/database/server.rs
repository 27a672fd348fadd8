//! A database on a PostgreSQL or MySQL server: how it is reached and what a connection to it waits for.

use std::fmt;
use std::time::Duration;

use sqlx::ConnectOptions as _;
#[cfg(feature = "mysql")]
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::super::dialect::Dialect;
use super::super::link::Link;
use super::make::{Filled, is_unmade, tables};
use super::{Create, Place, Reader, Writer, verify};
use crate::provider::{ErrorKind, ProviderError};

/// How long reaching the server may take.
const REACH: Duration = Duration::from_secs(10);

/// What a connection says before anything else: how long a change waits for a row that somebody else is changing.
/// PostfixAdmin holds its rows for milliseconds; what takes longer is tried again by the applier.
#[cfg(feature = "postgres")]
const POSTGRES_PATIENCE: &str = "SET lock_timeout = '5s'";
#[cfg(feature = "mysql")]
const MYSQL_PATIENCE: &str = "SET SESSION innodb_lock_wait_timeout = 5, SESSION lock_wait_timeout = 5";

/// Which server it is and how it is treated.
#[derive(Clone)]
pub(in super::super) struct Server {
    options: Options,
    pub(super) place: Place,
    create: Create,
}

impl fmt::Debug for Server {
    /// The options hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("place", &self.place)
            .field("create", &self.create)
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
enum Options {
    #[cfg(feature = "postgres")]
    Postgres(Box<PgConnectOptions>),
    #[cfg(feature = "mysql")]
    MySql(Box<MySqlConnectOptions>),
}

/// True where nobody else can listen between here and the server.
fn is_near(host: &str) -> bool {
    host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether the address itself says how TLS is to be used.
fn says_tls(url: &str) -> bool {
    let pairs = url.rsplit_once('?').map_or("", |(_, query)| query).split('&');
    pairs.filter_map(|pair| pair.split_once('=')).any(|(key, _)| matches!(key, "sslmode" | "ssl-mode"))
}

fn unreadable(form: &str) -> ProviderError {
    // The parser's own words are not repeated: they may quote the password.
    ProviderError::new(ErrorKind::Invalid, "the secret that `database` refers to is no valid address")
        .hint(format!("write {form}; signs like @ : / in the password are written as %40 %3A %2F"))
}

impl Server {
    /// The PostgreSQL database of an address. Where the address does not say and others could listen, TLS is required.
    #[cfg(feature = "postgres")]
    pub(super) fn postgres(url: &str, create: Create) -> Result<Self, ProviderError> {
        let form = "postgres://USER:PASSWORD@HOST/NAME";
        let mut options: PgConnectOptions = url.parse().map_err(|_| unreadable(form))?;
        options = options.application_name("mailwright").disable_statement_logging();
        let host = options.get_host().to_owned();
        let is_open = matches!(options.get_ssl_mode(), PgSslMode::Allow | PgSslMode::Prefer);
        if is_open && !says_tls(url) && !is_near(&host) && options.get_socket().is_none() {
            options = options.ssl_mode(PgSslMode::Require);
        }
        let name = options.get_database().unwrap_or_else(|| options.get_username());
        let shown = format!("PostgreSQL database {name} on {host}:{}", options.get_port());
        let place = Place::new(shown, Dialect::Postgres);
        Ok(Self { options: Options::Postgres(Box::new(options)), place, create })
    }

    /// The MySQL database of an address. Where the address does not say and others could listen, TLS is required.
    #[cfg(feature = "mysql")]
    pub(super) fn mysql(url: &str, create: Create) -> Result<Self, ProviderError> {
        let form = "mysql://USER:PASSWORD@HOST/NAME";
        let mut options: MySqlConnectOptions = url.parse().map_err(|_| unreadable(form))?;
        options = options.disable_statement_logging();
        // The options do not tell where they lead, so the address is asked.
        let (host, name) = host_and_name(url).ok_or_else(|| unreadable(form))?;
        if !says_tls(url) && !is_near(host.split(':').next().unwrap_or(&host)) {
            options = options.ssl_mode(MySqlSslMode::Required);
        }
        let place = Place::new(format!("MySQL database {name} on {host}"), Dialect::MySql);
        Ok(Self { options: Options::MySql(Box::new(options)), place, create })
    }

    async fn connect(&self, doing: &str) -> Result<Link, ProviderError> {
        let connecting = async {
            match &self.options {
                #[cfg(feature = "postgres")]
                Options::Postgres(options) => {
                    let mut link = Link::Postgres(options.connect().await?);
                    link.command(POSTGRES_PATIENCE).await?;
                    Ok(link)
                }
                #[cfg(feature = "mysql")]
                Options::MySql(options) => {
                    let mut link = Link::MySql(options.connect().await?);
                    link.command(MYSQL_PATIENCE).await?;
                    Ok(link)
                }
            }
        };
        tokio::time::timeout(REACH, connecting)
            .await
            .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
            .map_err(|error| self.place.fault(&error, doing))
    }

    pub(super) async fn reader(&self) -> Result<Option<Reader>, ProviderError> {
        let doing = "opening it to read";
        let mut link = self.connect(doing).await?;
        let begun = async {
            if self.is_to_be_made(&mut link, doing).await? {
                return Ok(None);
            }
            link.begin_read().await.map_err(|error| self.place.fault(&error, doing))?;
            verify(&mut link, &self.place).await.map(Some)
        }
        .await;
        match begun {
            Ok(Some(version)) => Ok(Some(Reader { link, version, tidies: None })),
            other => {
                let _ = link.close().await;
                other.map(|_| None)
            }
        }
    }

    pub(super) async fn writer(&self) -> Result<Writer, ProviderError> {
        let doing = "opening it to write";
        let mut link = self.connect(doing).await?;
        let prepared = async {
            let mut notes = Vec::new();
            if self.is_to_be_made(&mut link, doing).await?
                && self.place.make_tables(&mut link).await? == Filled::Here
            {
                notes.push(format!("{} was given the tables of PostfixAdmin 3.3", self.place.shown()));
            }
            verify(&mut link, &self.place).await?;
            Ok(notes)
        }
        .await;
        match prepared {
            Ok(notes) => {
                Ok(Writer { link, place: self.place.clone(), notes, unfinished: false, spellings: None })
            }
            Err(error) => {
                let _ = link.close().await;
                Err(error)
            }
        }
    }

    pub(super) async fn try_write(&self) -> Result<(), ProviderError> {
        let doing = "trying to write";
        let mut link = self.connect(doing).await?;
        let tried = link.try_write().await.map_err(|error| self.place.fault(&error, doing));
        let _ = link.close().await;
        tried
    }

    /// Whether the tables are yet to be made; an error where there are none and none may be made.
    async fn is_to_be_made(&self, link: &mut Link, doing: &str) -> Result<bool, ProviderError> {
        let there = tables(link).await.map_err(|error| self.place.fault(&error, doing))?;
        match (is_unmade(&there), self.create) {
            (false, _) => Ok(false),
            (true, Create::AtFirstChange) => Ok(true),
            (true, Create::Never) => {
                let message = format!("{} holds no tables of PostfixAdmin", self.place.shown());
                Err(ProviderError::new(ErrorKind::NotFound, message).hint(
                    "correct the address, or add `create: true` to the connection to make them at the first change",
                ))
            }
        }
    }
}

/// The host with its port, and the name of the database, in `scheme://user:password@host:port/name?…`.
#[cfg(feature = "mysql")]
fn host_and_name(url: &str) -> Option<(String, String)> {
    let rest = url.split_once("://")?.1;
    let rest = rest.split(['?', '#']).next()?;
    let (authority, name) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (!host.is_empty() && !name.is_empty()).then(|| (host.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "postgres")]
    #[test]
    fn nothing_that_is_shown_holds_the_password() {
        let server =
            Server::postgres("postgres://ann:hunter%402@db.example:5433/mail", Create::Never).expect("valid");
        assert_eq!(server.place.shown(), "PostgreSQL database mail on db.example:5433");
        assert!(!format!("{server:?}").contains("hunter"));
        let error = Server::postgres("postgres://ann:hunter 2@:x/", Create::Never).expect_err("no port");
        assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn a_mysql_address_is_shown_without_the_password() {
        let server = Server::mysql("mysql://ann:secret@127.0.0.1:3307/mail", Create::Never).expect("valid");
        assert_eq!(server.place.shown(), "MySQL database mail on 127.0.0.1:3307");
        assert!(!format!("{server:?}").contains("secret"));
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn a_server_elsewhere_is_spoken_to_over_tls_unless_the_address_says_otherwise() {
        let mode = |url: &str| match Server::postgres(url, Create::Never).expect("valid").options {
            Options::Postgres(options) => options.get_ssl_mode(),
            #[cfg(feature = "mysql")]
            Options::MySql(_) => unreachable!("it is a PostgreSQL address"),
        };
        assert!(matches!(mode("postgres://u:sslmode%3D@db.example/mail"), PgSslMode::Require));
        assert!(matches!(mode("postgres://u:p@db.example/mail?sslmode=disable"), PgSslMode::Disable));
        assert!(matches!(mode("postgres://u:p@db.example/mail?ssl-mode=verify-full"), PgSslMode::VerifyFull));
        assert!(matches!(mode("postgres://u:p@127.0.0.1/mail"), PgSslMode::Prefer));
    }

    #[test]
    fn only_a_near_server_is_spoken_to_in_the_clear() {
        for (host, near) in
            [("127.0.0.1", true), ("[::1]", true), ("/run/postgresql", true), ("db.example", false)]
        {
            assert_eq!(is_near(host), near, "{host}");
        }
    }
}
