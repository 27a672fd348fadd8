//! Databases that cannot be used: said clearly, and left as they are.

use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::bench::{ended, read_until};
use super::{Bench, shows};

/// The configuration with another database, which is not to be made.
fn with_database(content: Option<&[u8]>) -> Bench {
    let bench = Bench::quickstart();
    bench.edit("mail/mailwright.yaml", "    create: true\n", "");
    if let Some(content) = content {
        bench.write("mail/data/mail.db", "");
        std::fs::write(bench.path("mail/data/mail.db"), content).expect("written");
    }
    bench
}

#[tokio::test]
async fn one_that_is_not_there_is_not_made() {
    let bench = with_database(None);
    shows!(bench.run(["plan", "mail"]).await, @"
--- stderr
error: cannot use the connection `directory`: there is no database mail/data/mail.db
hint: correct the path, or add `create: true` to the connection to make it at the first change
--- exit 1
");
    shows!(bench.run(["apply", "mail", "--yes"]).await, @"
--- stderr
error: cannot use the connection `directory`: there is no database mail/data/mail.db
hint: correct the path, or add `create: true` to the connection to make it at the first change
--- exit 1
");
    shows!(bench.run(["doctor", "mail"]).await, @"
directory
  failed   connect  there is no database mail/data/mail.db; correct the path, or add `create: true` to the connection to
                    make it at the first change
--- exit 1
");
    assert!(!bench.path("mail/data").exists());
}

#[tokio::test]
async fn one_that_is_something_else_is_left_alone() {
    let bench =
        with_database(Some(b"Dear diary, this is no database at all, but it is longer than a header is.\n"));
    let before = bench.digest("mail/data/mail.db");
    shows!(bench.run(["plan", "mail"]).await, @"
--- stderr
error: cannot use the connection `directory`: mail/data/mail.db is not a SQLite database (looking at its tables)
hint: point `database` at PostfixAdmin's SQLite file
--- exit 1
");
    shows!(bench.run(["apply", "mail", "--yes"]).await, @"
--- stderr
error: cannot use the connection `directory`: mail/data/mail.db is not a SQLite database (looking at its tables)
hint: point `database` at PostfixAdmin's SQLite file
--- exit 1
");
    assert_eq!(bench.digest("mail/data/mail.db"), before);
}

#[tokio::test]
async fn one_of_another_program_is_left_alone() {
    let bench = with_database(None);
    bench.write("mail/data/mail.db", "");
    let mut db = SqliteConnectOptions::new()
        .filename(bench.path("mail/data/mail.db"))
        .connect()
        .await
        .expect("opened");
    sqlx::query("create table songs (title text)").execute(&mut db).await.expect("made");
    db.close().await.expect("closed");
    let before = bench.digest("mail/data/mail.db");
    shows!(bench.run(["apply", "mail", "--yes"]).await, @"
--- stderr
error: cannot use the connection `directory`: mail/data/mail.db is a SQLite database, but none of PostfixAdmin: it has no table `config`
hint: point `database` at PostfixAdmin's SQLite file; nothing was changed
--- exit 1
");
    assert_eq!(bench.digest("mail/data/mail.db"), before);
}

#[tokio::test]
async fn one_that_somebody_writes_is_waited_for() {
    let bench = Bench::applied().await;
    bench.edit("mail/mailwright.yaml", "display_name: Jane Doe", "display_name: Jane D. Doe");
    let mut db = SqliteConnectOptions::new()
        .filename(bench.path("mail/data/mail.db"))
        .connect()
        .await
        .expect("opened");
    sqlx::query("begin immediate").execute(&mut db).await.expect("locked");
    assert_eq!(bench.run(["plan", "mail"]).await.code, Some(0), "reading needs no lock");
    let mut run = bench.start(["apply", "mail", "--yes"]);
    read_until(&mut run, "1 write.").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(run.try_wait().expect("asked").is_none(), "it waits");
    sqlx::query("rollback").execute(&mut db).await.expect("unlocked");
    assert_eq!(ended(run).await.code, Some(0));
    assert_eq!(bench.run(["plan", "mail", "--detailed-exitcode"]).await.code, Some(0));
}

#[tokio::test]
async fn a_generated_password_would_be_lost_with_a_job() {
    let mut bench = Bench::quickstart();
    bench.edit("mail/mailwright.yaml", ", keep: true}}", "}}");
    bench.set("CI", "true");
    assert_eq!(bench.run(["plan", "mail"]).await.code, Some(0), "a plan needs no password");
    let ran = bench.run(["apply", "mail", "--yes", "--only", "ann@*"]).await;
    let (_, outcome) =
        ran.out.split_once("writes.\n").or_else(|| ran.out.split_once("write.\n")).expect("a plan");
    insta::assert_snapshot!(outcome.trim_start(), @"
failed    create mailbox ann@example.com on directory  mailwright.yaml:48:3
            the secret {generate: {dir: data/passwords}} for ann@example.com cannot be read: a password generated in
            this CI job would be lost with the job (CI=true)
            hint: generate it on a machine of yours, or write `keep: true` where the job keeps the folder safely

1 failed. What is done stays done; plan again to see what is left.
");
    assert_eq!(ran.code, Some(5));
    assert!(!bench.path("mail/data/passwords/ann@example.com").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn one_that_cannot_be_written_fails_with_a_hint() {
    use std::os::unix::fs::PermissionsExt as _;

    let bench = Bench::applied().await;
    bench.edit("mail/mailwright.yaml", "display_name: Jane Doe", "display_name: Jane D. Doe");
    let (file, folder) = (bench.path("mail/data/mail.db"), bench.path("mail/data"));
    let allow = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
    };
    allow(&file, 0o440);
    allow(&folder, 0o550);
    let writable = std::fs::OpenOptions::new().append(true).open(&file).is_ok();
    let before = bench.digest("mail/data/mail.db");
    let ran = bench.run(["apply", "mail", "--yes"]).await;
    allow(&folder, 0o770);
    // The superuser writes whatever the mode says.
    if !writable {
        assert!(matches!(ran.code, Some(1 | 5)), "{ran}");
        assert!(ran.to_string().contains("hint: "), "{ran}");
        assert_eq!(bench.digest("mail/data/mail.db"), before);
    }
}
