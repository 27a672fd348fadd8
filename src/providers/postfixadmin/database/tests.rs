use std::path::Path;
use std::sync::Arc;

use super::super::fixture::{OneSecret, Scratch, create, digest};
use super::super::{check, connect};
use super::*;
use crate::model::{ConnectionName, Fields, Identity, SecretRef};
use crate::provider::{CheckState, Provider};

/// The columns of PostfixAdmin 3.3.13 on SQLite: table, then name, type, not null, default and key of each, as
/// `PRAGMA table_info` tells them of a database that PostfixAdmin itself made.
const COLUMNS: &str = include_str!("columns.txt");

fn spec(params: &[(&str, Param)]) -> ConnectionSpec {
    ConnectionSpec {
        name: ConnectionName::new("box"),
        type_name: "postfixadmin".into(),
        params: params.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
        at: None,
    }
}

fn text(text: &str) -> Param {
    Param::Text(text.to_owned())
}

async fn connected(params: &[(&str, Param)]) -> Result<Arc<dyn Provider>, ProviderError> {
    connect(&spec(params), &OneSecret, &Places::default()).await
}

/// The error of connecting, which must leave the file as it was.
async fn refused(scratch: &Scratch) -> ProviderError {
    let before =
        std::fs::metadata(&scratch.path).is_ok_and(|meta| meta.is_file()).then(|| digest(&scratch.path));
    let files = scratch.files();
    let file = text(&format!("sqlite:{}", scratch.path.display()));
    let error = connected(&[("database", file)]).await.expect_err("refused");
    assert_eq!(before, before.as_ref().map(|_| digest(&scratch.path)), "{error}");
    assert_eq!(scratch.files(), files, "{error}");
    assert!(error.hint.is_some(), "{error}");
    // A change does not get further than a reading.
    let domain = Identity::Domain("acme.test".parse().expect("valid"));
    let again = scratch.provider().refused(&create(domain, Fields::new())).await;
    assert_eq!(again.kind, error.kind, "{again}");
    assert_eq!(before, before.as_ref().map(|_| digest(&scratch.path)), "{again}");
    assert_eq!(scratch.files(), files, "{again}");
    error
}

#[tokio::test]
async fn a_new_database_has_postfixadmins_columns_and_mailwrights_tables() {
    let scratch = Scratch::made().await;
    let mut found = String::new();
    let tables =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    for table in scratch.rows(tables).await {
        found += &table;
        found.push('\n');
        let columns =
            format!("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{table}')");
        for column in scratch.rows(&columns).await {
            found += "  ";
            found += &column;
            found.push('\n');
        }
    }
    assert_eq!(found, COLUMNS);
    assert_eq!(scratch.rows("SELECT value FROM config WHERE name = 'version'").await, ["1847"]);
    let cascade =
        "SELECT \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list('vacation_notification')";
    assert_eq!(scratch.rows(cascade).await, ["vacation|on_vacation|email|CASCADE"]);
    assert_eq!(scratch.rows("PRAGMA journal_mode").await, ["wal"]);
    assert_eq!(scratch.rows("PRAGMA integrity_check").await, ["ok"]);
}

#[tokio::test]
async fn a_database_is_made_by_the_first_change_with_its_folder() {
    let scratch = Scratch::empty();
    let path = scratch.path.with_file_name("deep").join("er").join("mail.db");
    let params = [("database", text(&format!("sqlite:{}", path.display()))), ("create", Param::Bool(true))];
    let provider = connected(&params).await.expect("connects");
    assert!(scratch.files().is_empty(), "connecting makes nothing");
    let domain = create(Identity::Domain("acme.test".parse().expect("valid")), Fields::new());
    let done = provider.perform(&domain, &OneSecret).await.expect("done");
    let crate::provider::Done::Written { notes } = done else { panic!("nothing written") };
    assert!(notes[0].contains("was made"), "{notes:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o7777;
        assert_eq!(mode(&path), 0o660);
        assert_eq!(mode(path.parent().expect("a folder")), 0o2770);
        // SQLite gives the log's files the database's mode, so that its group can use them, too.
        for ending in ["-wal", "-shm"] {
            assert_eq!(mode(&File::hasty(&path, Create::Never).beside(ending)), 0o660, "{ending}");
        }
    }
}

#[tokio::test]
async fn an_empty_file_is_filled_and_keeps_its_mode() {
    let scratch = Scratch::empty();
    std::fs::write(&scratch.path, "").expect("writes");
    let error = refused(&scratch).await;
    assert!(error.message.contains("empty file"), "{error}");
    #[cfg(unix)]
    std::fs::set_permissions(&scratch.path, std::os::unix::fs::PermissionsExt::from_mode(0o640))
        .expect("sets");
    let provider = scratch.creating();
    provider.written(&create(Identity::Domain("acme.test".parse().expect("valid")), Fields::new())).await;
    provider.close().await;
    assert_eq!(scratch.rows("SELECT domain FROM domain").await, ["acme.test"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&scratch.path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}

#[tokio::test]
async fn a_missing_file_names_the_key_that_makes_it() {
    let scratch = Scratch::empty();
    let error = refused(&scratch).await;
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("create: true")), "{error:?}");
}

#[tokio::test]
async fn what_is_no_database_of_postfixadmin_is_refused_untouched() {
    let scratch = Scratch::empty();
    std::fs::write(&scratch.path, "This is a text file, and a longer one than a header.\n".repeat(50))
        .expect("writes");
    assert!(refused(&scratch).await.message.contains("not a SQLite database"));

    let scratch = Scratch::empty();
    std::fs::create_dir(&scratch.path).expect("makes");
    assert!(refused(&scratch).await.message.contains("is a folder"));

    let scratch = Scratch::empty();
    scratch.sql("CREATE TABLE songs (title text)").await;
    assert!(refused(&scratch).await.message.contains("none of PostfixAdmin"));

    let scratch = Scratch::of_postfixadmin().await;
    scratch.sql("UPDATE config SET value = '1840'").await;
    let error = refused(&scratch).await;
    assert!(error.message.contains("version 1840, older than 1841"), "{error}");
    scratch.sql("DELETE FROM config").await;
    assert!(refused(&scratch).await.message.contains("does not say its version"));

    let scratch = Scratch::of_postfixadmin().await;
    scratch.sql("DROP TABLE vacation_notification").await;
    assert!(refused(&scratch).await.message.contains("lacks the table `vacation_notification`"));

    // The same in a database that already has a write-ahead log.
    let scratch = Scratch::empty();
    scratch.sql("PRAGMA journal_mode = WAL; CREATE TABLE songs (title text)").await;
    assert!(refused(&scratch).await.message.contains("none of PostfixAdmin"));
}

#[tokio::test]
async fn a_locked_database_says_so_and_may_be_tried_again() {
    let scratch = Scratch::of_postfixadmin().await;
    let mut other = scratch.connection().await;
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.expect("locks");
    let domain = create(Identity::Domain("new.test".parse().expect("valid")), Fields::new());
    let error = scratch.provider().refused(&domain).await;
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
    assert!(error.message.contains("locked by another program"), "{error}");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("unlocks");
    scratch.provider().written(&domain).await;
}

#[tokio::test]
async fn what_names_no_database_is_refused_without_repeating_it() {
    for database in [text("postgres://u:hunter2@db/mail"), text("mysql://u:hunter2@db/mail")] {
        let error = connected(&[("database", database)]).await.expect_err("refused");
        assert!(error.message.contains("is a secret"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    let secret = Param::Secret(SecretRef::Env("PASSWORD".into()));
    let error = connected(&[("database", secret)]).await.expect_err("refused");
    assert!(error.message.contains("no address of a database server"), "{error}");
    assert!(!format!("{error:?}").contains("horse"), "{error:?}");
    for database in ["mail.db", "sqlite:", "sqlite::memory:"] {
        let error = connected(&[("database", text(database))]).await.expect_err("refused");
        assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
    }
    assert!(connected(&[]).await.is_err());
}

#[tokio::test]
async fn relative_paths_start_at_the_configurations_root() {
    let scratch = Scratch::made().await;
    let places = Places { root: scratch.path.parent().expect("a folder").to_owned() };
    for file in ["sqlite:mail.db", "sqlite://mail.db"] {
        let spec = spec(&[("database", text(file))]);
        assert_eq!(
            Database::of(&spec, &OneSecret, &places).await.expect("valid").place().shown(),
            scratch.path.to_str().expect("text")
        );
    }
    for (root, file, shown) in
        [(".", "./a/mail.db", "./a/mail.db"), ("", "file:x", "./file:x"), ("../b", "c", "../b/c")]
    {
        let spec = spec(&[("database", text(&format!("sqlite:{file}")))]);
        let places = Places { root: root.into() };
        let database = Database::of(&spec, &OneSecret, &places).await.expect("valid");
        assert_eq!(database.place().shown(), shown);
    }
    // A bare name lies in a folder, too.
    for (file, folder) in [("m.db", "."), ("a/m.db", "a"), ("/m.db", "/")] {
        assert_eq!(File::new(file, Path::new(""), Create::Never).folder(), Path::new(folder));
    }
}

#[tokio::test]
async fn doctor_tells_how_the_database_is_and_leaves_it_so() {
    let scratch = Scratch::of_postfixadmin().await;
    let before = digest(&scratch.path);
    let checks = check::all(&Database::at(&scratch.path, false), None).await;
    let states: Vec<(&str, CheckState)> =
        checks.iter().map(|check| (check.name.as_str(), check.state)).collect();
    let expected = [
        ("schema", CheckState::Passed),
        ("journal", CheckState::Warning),
        ("permissions", CheckState::Passed),
        ("spelling", CheckState::Warning),
        ("write access", CheckState::Passed),
    ];
    assert_eq!(states[..5], expected, "{checks:?}");
    assert_eq!(digest(&scratch.path), before);
    assert_eq!(scratch.files(), ["mail.db"]);

    let missing = Scratch::empty();
    let checks = check::all(&Database::at(&missing.path, false), None).await;
    assert_eq!(checks[0].state, CheckState::Failed);
    assert!(checks[0].detail.contains("create: true"), "{checks:?}");
    let checks = check::all(&Database::at(&missing.path, true), None).await;
    assert_eq!(checks[0].state, CheckState::Passed);
}
