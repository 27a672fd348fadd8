//! What the tests of this folder share: scratch databases, changes, and looking at rows as they are.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use tempfile::TempDir;

use super::database::Database;
use super::dialect::Dialect;
use super::dovecot::Doveadm;
use super::{PostfixAdmin, schema};
use crate::model::{
    Address, Change, Collection, ConnectionState, DomainName, Extent, Field, Fields, Identity, Kind, Right,
    Scope, ScopePart, SecretRef, Value, Verb,
};
use crate::provider::{Done, Provider as _, ProviderError, SecretError, Secrets, read};
use crate::providers::testing;

/// What a site has after some years: see the comments.
const ROWS: &str = "
INSERT INTO domain (domain, description, aliases, mailboxes, maxquota, quota, transport, created, modified, password_expiry)
  VALUES ('ALL', '', 0, 0, 0, 0, '', '2020-01-01 00:00:00', '2020-01-01 00:00:00', 0),
         ('acme.test', 'Acme', 10, 20, 0, 2048, 'virtual', '2020-01-01 00:00:00', '2020-01-01 00:00:00', 365),
         ('old.test', '', 0, 0, 0, 0, 'virtual', '2020-01-01 00:00:00', '2020-01-01 00:00:00', 365),
         ('off.test', '', 0, 0, 0, 0, 'virtual', '2020-01-01 00:00:00', '2020-01-01 00:00:00', 365);
UPDATE domain SET active = 0 WHERE domain = 'off.test';
INSERT INTO mailbox (username, password, name, maildir, quota, local_part, domain, active, phone)
  VALUES ('ann@acme.test', '{BLF-CRYPT}$2y$10$x', 'Ann', 'acme.test/ann/', 1024000000, 'ann', 'acme.test', 1, '555'),
         ('bob@acme.test', '{BLF-CRYPT}$2y$10$x', 'Bob', 'elsewhere/bob/', 0, 'bob', 'acme.test', 1, ''),
         ('cat@acme.test', '{BLF-CRYPT}$2y$10$x', '', 'acme.test/cat/', -1, 'cat', 'acme.test', 0, ''),
         -- away, with an auto-reply
         ('dan@acme.test', '{BLF-CRYPT}$2y$10$x', 'Dan', 'acme.test/dan/', 0, 'dan', 'acme.test', 1, ''),
         -- written by a script
         ('Eve@Acme.test', '{BLF-CRYPT}$2y$10$x', 'Eve', 'acme.test/Eve/', 0, 'Eve', 'acme.test', 1, ''),
         -- half off
         ('fay@acme.test', '{BLF-CRYPT}$2y$10$x', 'Fay', 'acme.test/fay/', 0, 'fay', 'acme.test', 0, ''),
         -- without an alias row of its own
         ('gus@acme.test', '{BLF-CRYPT}$2y$10$x', 'Gus', 'acme.test/gus/', 0, 'gus', 'acme.test', 1, ''),
         -- its alias row was switched off
         ('hal@acme.test', '{BLF-CRYPT}$2y$10$x', 'Hal', 'acme.test/hal/', 0, 'hal', 'acme.test', 1, ''),
         ('not an address', '{BLF-CRYPT}$2y$10$x', '', 'x/', 0, 'x', 'acme.test', 1, '');
INSERT INTO alias (address, goto, domain, active)
  VALUES ('ann@acme.test', 'ann@acme.test', 'acme.test', 1),
         ('bob@acme.test', 'Jane@Partner.example, bob@acme.test', 'acme.test', 1),
         ('cat@acme.test', 'ann@acme.test', 'acme.test', 0),
         ('dan@acme.test', 'dan#acme.test@autoreply.acme.test,dan@acme.test', 'acme.test', 1),
         ('eve@acme.test', 'eve@acme.test', 'acme.test', 1),
         ('fay@acme.test', 'fay@acme.test', 'acme.test', 1),
         ('hal@acme.test', 'ann@acme.test,hal@acme.test', 'acme.test', 0),
         ('postmaster@acme.test', 'ann@acme.test', 'acme.test', 1),
         ('Sales@acme.test', 'ann@acme.test,bob@acme.test,', 'acme.test', 1),
         ('script@acme.test', '|/usr/bin/run,ann@acme.test', 'acme.test', 1),
         ('paused@acme.test', 'ann@acme.test', 'acme.test', 0),
         ('twice@acme.test', 'ann@acme.test', 'acme.test', 1),
         ('Twice@acme.test', 'bob@acme.test', 'acme.test', 1),
         ('@acme.test', 'bob@acme.test', 'acme.test', 1),
         ('no address at all', 'ann@acme.test', 'acme.test', 1);
INSERT INTO alias_domain (alias_domain, target_domain, active)
  VALUES ('old.test', 'acme.test', 1), ('off.test', 'acme.test', 0);
INSERT INTO vacation (email, subject, body, domain) VALUES ('dan@acme.test', 'Away', 'I am away', 'acme.test');
INSERT INTO vacation_notification (on_vacation, notified) VALUES ('dan@acme.test', 'jane@partner.example');
INSERT INTO fetchmail (mailbox, src_server, src_user, src_password, src_folder, mda)
  VALUES ('dan@acme.test', 'pop.example', 'dan', 'x', '', '');
INSERT INTO quota2 (username, bytes, messages) VALUES ('ann@acme.test', 2048, 3), ('dan@acme.test', 10, 1);
INSERT INTO quota (username, path, current) VALUES ('dan@acme.test', 'storage', 10);
INSERT INTO admin (username, password, superadmin, active)
  VALUES ('boss@acme.test', '{BLF-CRYPT}$2y$10$x', 1, 1),
         -- two domains, one of them twice
         ('Part@acme.test', '{BLF-CRYPT}$2y$10$x', 0, 1),
         -- half a super administrator, one half and the other
         ('half@acme.test', '{BLF-CRYPT}$2y$10$x', 1, 1),
         ('all@acme.test', '{BLF-CRYPT}$2y$10$x', 0, 1),
         ('off@acme.test', '{BLF-CRYPT}$2y$10$x', 1, 0),
         -- one of its domains is switched off
         ('less@acme.test', '{BLF-CRYPT}$2y$10$x', 0, 1),
         ('two@acme.test', '', 0, 1), ('Two@acme.test', '', 0, 1), ('', '', 0, 1);
INSERT INTO domain_admins (username, domain, active)
  VALUES ('admin@acme.test', 'acme.test', 1), ('boss@acme.test', 'ALL', 1), ('boss@acme.test', 'old.test', 1),
         ('Part@acme.test', 'acme.test', 1), ('Part@acme.test', 'Old.test', 1), ('Part@acme.test', 'acme.test', 1),
         ('all@acme.test', 'ALL', 1), ('off@acme.test', 'ALL', 1),
         ('less@acme.test', 'acme.test', 0), ('less@acme.test', 'old.test', 1);
";

/// A folder of its own with the path of a database in it.
pub(super) struct Scratch {
    folder: TempDir,
    pub(super) path: PathBuf,
}

impl Scratch {
    /// A folder without a database.
    pub(super) fn empty() -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("mail.db");
        Self { folder, path }
    }

    /// A database as PostfixAdmin leaves it: without write-ahead log, without mailwright's tables, with rows.
    pub(super) async fn of_postfixadmin() -> Self {
        let scratch = Self::empty();
        let own = "DROP TABLE user_shares; DROP TABLE anyone_shares;";
        scratch.sql(&format!("{}{own}{ROWS}", schema::tables(Dialect::Sqlite))).await;
        scratch
    }

    /// A database with two empty domains, made by a first change.
    pub(super) async fn made() -> Self {
        let scratch = Self::empty();
        let provider = scratch.creating();
        for name in ["acme.test", "other.test"] {
            let domain = Identity::Domain(DomainName::parse(name).expect("a domain"));
            provider.done(&create(domain, Fields::new())).await;
        }
        provider.close().await;
        scratch
    }

    /// A provider on the database that is there.
    pub(super) fn provider(&self) -> PostfixAdmin {
        PostfixAdmin::new(self.database(), None, 1)
    }

    /// The database that is there.
    pub(super) fn database(&self) -> Database {
        Database::at(&self.path, false)
    }

    /// A provider on the database that is there, beside a Dovecot.
    pub(super) fn provider_beside(&self, doveadm: Doveadm) -> PostfixAdmin {
        PostfixAdmin::new(self.database(), Some(doveadm), 1)
    }

    /// A provider that may make the database.
    pub(super) fn creating(&self) -> PostfixAdmin {
        PostfixAdmin::new(Database::at(&self.path, true), None, 1)
    }

    /// A connection past the provider, as another program has it.
    pub(super) async fn connection(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(true)
            .foreign_keys(false)
            .connect()
            .await
            .expect("opens")
    }

    /// Runs statements past the provider.
    pub(super) async fn sql(&self, statements: &str) {
        let mut conn = self.connection().await;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut conn).await.expect("statements run");
        conn.close().await.expect("closes");
    }

    /// The rows of a query, each as its columns joined by `|`.
    pub(super) async fn rows(&self, query: &str) -> Vec<String> {
        let mut conn = self.connection().await;
        let rows =
            sqlx::query(AssertSqlSafe(query.to_owned())).fetch_all(&mut conn).await.expect("the query runs");
        let text = |row: &sqlx::sqlite::SqliteRow| {
            (0..row.len())
                .map(|column| {
                    row.try_get::<Option<String>, _>(column)
                        .or_else(|_| {
                            row.try_get::<Option<i64>, _>(column).map(|number| number.map(|n| n.to_string()))
                        })
                        .expect("text or number")
                        .unwrap_or_else(|| "NULL".to_owned())
                })
                .collect::<Vec<_>>()
                .join("|")
        };
        let texts = rows.iter().map(text).collect();
        conn.close().await.expect("closes");
        texts
    }

    /// The names of all files in the folder.
    pub(super) fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .expect("readable")
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// What a file holds, as a hash.
pub(super) fn digest(path: &Path) -> String {
    format!("{:x}", Sha256::digest(std::fs::read(path).expect("readable")))
}

impl PostfixAdmin {
    /// Carries out a change that must succeed.
    pub(super) async fn done(&self, change: &Change) -> Done {
        match self.perform(change, &OneSecret).await {
            Ok(done) => done,
            Err(error) => panic!("{}: {error}", change.id),
        }
    }

    /// Carries out a change that must write.
    pub(super) async fn written(&self, change: &Change) -> Vec<String> {
        match self.done(change).await {
            Done::Written { notes } => notes,
            Done::NotNeeded => panic!("{}: nothing was written", change.id),
        }
    }

    /// Carries out a change that must fail.
    pub(super) async fn refused(&self, change: &Change) -> ProviderError {
        match self.perform(change, &OneSecret).await {
            Ok(done) => panic!("{}: {done:?}", change.id),
            Err(error) => error,
        }
    }

    /// Reads everything.
    pub(super) async fn everything(&self) -> ConnectionState {
        let parts =
            [Kind::Domain, Kind::Mailbox, Kind::Alias, Kind::Forward, Kind::Permission, Kind::Administrator]
                .map(|kind| part(kind, Extent::Everything));
        self.state(&Scope { facts: true, ..Scope::of(parts.into()) }).await
    }

    /// Reads a scope that must be readable.
    pub(super) async fn state(&self, scope: &Scope) -> ConnectionState {
        let (state, failure) = read(self, scope).await;
        assert!(failure.is_none(), "{failure:?}");
        state
    }

    /// Closes the connection that writes, as the end of the program does.
    pub(super) async fn close(&self) {
        let writers = std::mem::take(&mut *self.idle());
        for writer in writers {
            writer.link.close().await.expect("closes");
        }
    }
}

/// One part of a scope.
pub(super) fn part(kind: Kind, extent: Extent) -> ScopePart {
    ScopePart { collection: Collection { kind, extent }, fields: std::collections::BTreeSet::new() }
}

/// Every object of a reading in one line each: kind, identity, standing where it is not plain, fields.
pub(super) fn lines(state: &ConnectionState) -> Vec<String> {
    let object = |object: &crate::model::ObservedObject| {
        let fields: Vec<String> = object
            .fields
            .iter()
            .map(|(field, reading)| match reading.known() {
                Some(value) => format!("{field}={value}"),
                None => format!("{field}?"),
            })
            .collect();
        let standing = match &object.standing {
            crate::model::Standing::Plain => "",
            crate::model::Standing::Foreign(_) => " (foreign)",
            other => panic!("{other}"),
        };
        format!("{} {}{standing} {}", object.identity.kind(), object.identity, fields.join(" "))
    };
    let unknown = state.unknown.keys().map(|identity| format!("{} {identity} unknown", identity.kind()));
    state.objects.values().map(|read| object(read)).chain(unknown).collect()
}

/// An address.
pub(super) fn address(text: &str) -> Address {
    Address::parse_or_domain(text).expect("an address")
}

/// A set of addresses as a value.
pub(super) fn targets(texts: &[&str]) -> Value {
    Value::Addresses(texts.iter().map(|text| address(text)).collect())
}

/// The right to send as.
pub(super) fn send_as() -> Fields {
    Fields::new().with(Field::Rights, Value::Rights([Right::SendAs].into()))
}

/// A reference to [`OneSecret`].
pub(super) fn secret() -> Value {
    Value::Secret(SecretRef::Env("PASSWORD".into()))
}

/// A change that creates.
pub(super) fn create(identity: Identity, after: Fields) -> Change {
    let fields = after.iter().map(|(field, _)| field.clone()).collect();
    change(Verb::Create, identity, after, fields)
}

/// A change that sets these fields and leaves the others.
pub(super) fn update(identity: Identity, after: Fields) -> Change {
    let fields = after.iter().map(|(field, _)| field.clone()).collect();
    change(Verb::Update, identity, after, fields)
}

/// A change that empties a field.
pub(super) fn clear(identity: Identity, field: Field) -> Change {
    change(Verb::Update, identity, Fields::new(), vec![field])
}

/// A change that deletes.
pub(super) fn delete(identity: Identity) -> Change {
    change(Verb::Delete, identity, Fields::new(), Vec::new())
}

fn change(verb: Verb, identity: Identity, after: Fields, fields: Vec<Field>) -> Change {
    let record = format!("{}:{identity}", identity.kind()).into();
    Change { record, fields, ..testing::change("box", verb, identity, after) }
}

/// Knows one secret.
pub(super) struct OneSecret;

#[async_trait]
impl Secrets for OneSecret {
    async fn reveal(&self, reference: &SecretRef, subject: &str) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Env(name) if &**name == "PASSWORD" => Ok("correct horse".to_owned().into()),
            other => Err(SecretError {
                reference: other.to_string(),
                subject: subject.to_owned(),
                reason: "it is not there".to_owned(),
                hint: None,
            }),
        }
    }
}
