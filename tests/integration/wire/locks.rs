//! A database that another program holds, or that may not be written.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use mailwright::model::ResultState;
use sqlx::Connection as _;
use tokio::time::sleep;

use super::postfixadmin::{Database, Engine};
use super::service::{Service, Type, databases};
use super::site::{Cut, Site, all_done, lines, results};

const WISH: &str = "
version: 1
domains:
  example.com: {provider: svc}
mailboxes:
  ann@example.com: {quota: 1 GiB, forward: {to: [ann@partner.example], keep_copy: true}}
aliases:
  team@example.com: [ann@example.com]
  list@example.com: absent
";

#[test]
fn a_writer_that_is_soon_done_is_waited_for() {
    Type::PostfixAdmin(Engine::Sqlite).block_on(async {
        let service = Database::fresh().await;
        let site = Site::load(&service, WISH).expect("loads");
        let mut other = service.connection().await;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("locks");
        let (providers, plan) = site.look().await;
        assert_eq!(plan.ready().count(), 4, "a lock does not keep anybody from reading\n{}", lines(&plan));
        let release = async {
            sleep(Duration::from_millis(300)).await;
            sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("unlocks");
        };
        let (outcome, ()) = tokio::join!(site.apply(&service, &providers, &plan, Cut::Never), release);
        all_done(&plan, &outcome.expect("nobody kills it"));
        other.close().await.expect("closes");
        site.run(&service).await;
    });
}

#[test]
fn a_file_that_became_read_only_is_told_and_left_as_it_was() {
    Type::PostfixAdmin(Engine::Sqlite).block_on(async {
        let service = Database::fresh().await;
        let site = Site::load(&service, WISH).expect("loads");
        let (providers, plan) = site.look().await;
        let folder = service.folder().to_owned();
        let before = service.dump().await;
        let writable = |yes| {
            for (path, mode) in [(service.path(), 0o600), (folder.clone(), 0o700)] {
                let mode = if yes { mode } else { mode & 0o500 };
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("changes");
            }
        };
        // The journal's folder is made before; what this test takes away is the database.
        std::fs::create_dir_all(folder.join("state/journal")).expect("a folder");
        writable(false);
        if std::fs::OpenOptions::new().write(true).open(service.path()).is_ok() {
            // Whoever runs this may write everything; a file that is none is refused just as well.
            writable(true);
            return;
        }
        let outcome = site.apply(&service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
        writable(true);
        for (change, state) in results(&plan, &outcome) {
            let told = matches!(state, ResultState::Failed { .. } | ResultState::Skipped { .. });
            assert!(told, "{}: {state:?}", change.id);
        }
        assert_eq!(before, service.dump().await);
        site.run(&service).await;
    });
}

/// Another program changes rows between the reading and the writing.
#[test]
fn what_somebody_else_did_meanwhile_is_not_doubled() {
    Type::PostfixAdmin(Engine::Sqlite).block_on(async {
        let service = Database::fresh().await;
        let site = Site::load(&service, WISH).expect("loads");
        let (providers, plan) = site.look().await;
        service
            .sql(
                "INSERT INTO alias (address, goto, domain)
                   VALUES ('team@example.com', 'ann@example.com', 'example.com');
                 DELETE FROM alias WHERE address = 'list@example.com';",
            )
            .await;
        let outcome = site.apply(&service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
        all_done(&plan, &outcome);
        let not_needed = outcome.count(|state| *state == ResultState::NotNeeded);
        assert_eq!(not_needed, 2, "{outcome:#?}");
        let (again, _) = site.run(&service).await;
        assert_eq!(again.ready().count(), 0, "{}", lines(&again));
        service.dump().await;
    });
}

/// The database refuses rows half-way through what a change writes.
#[test]
fn a_change_that_fails_half_way_leaves_nothing_of_itself() {
    Type::PostfixAdmin(Engine::Sqlite).block_on(async {
        let service = Database::fresh().await;
        let site = Site::load(&service, WISH).expect("loads");
        service
            .sql(
                "CREATE TRIGGER full BEFORE INSERT ON alias BEGIN SELECT RAISE(ABORT, 'no more rows'); END;
                 CREATE TRIGGER kept BEFORE DELETE ON alias BEGIN SELECT RAISE(ABORT, 'rows are kept'); END;",
            )
            .await;
        let before = (service.dump().await, service.trace().await);
        let (providers, plan) = site.look().await;
        let outcome = site.apply(&service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
        for (change, state) in results(&plan, &outcome) {
            let told = match state {
                ResultState::Failed { error, .. } => {
                    error.contains("no more rows") || error.contains("rows are kept")
                }
                ResultState::Skipped { reason } => reason.contains("failed"),
                _ => false,
            };
            assert!(told, "{}: {state:?}", change.id);
        }
        assert_eq!(before, (service.dump().await, service.trace().await));
        drop(providers);
        service.sql("DROP TRIGGER full; DROP TRIGGER kept").await;
        let (plan, outcome) = site.run(&service).await;
        all_done(&plan, &outcome);
    });
}

/// An entry for each name, all the same.
fn entries(names: &[&str], value: &str) -> String {
    let lines: Vec<String> = names.iter().map(|name| format!("  {name}@example.com: {value}\n")).collect();
    lines.concat()
}

/// Several changes at once, of which each looks first whether there is room for one more.
#[test]
fn a_domains_limit_holds_however_many_changes_run_at_once() {
    databases().for_each(|database| {
        database.block_on(async {
            let Type::PostfixAdmin(engine) = database else { unreachable!("it is a database") };
            let service = Database::of(engine).await;
            service.sql("UPDATE domain SET mailboxes = 3 WHERE domain = 'example.com'").await;
            let names = ["ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal"];
            let mailboxes = entries(&names, "{}");
            let wish =
                format!("version: 1\ndomains:\n  example.com: {{provider: svc}}\nmailboxes:\n{mailboxes}");
            let site = Site::load(&service, &wish).expect("loads");
            let (providers, plan) = site.look().await;
            let outcome = site.apply(&service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
            let done = outcome.count(|state| *state == ResultState::Done);
            assert_eq!(done, 2, "one was there, and three may be: {outcome:#?}");
        });
    });
}

/// A database that PostfixAdmin made has no table of permissions until the first of them is written.
#[test]
fn the_first_permissions_are_written_at_once() {
    databases().for_each(|database| {
        database.block_on(async {
            let Type::PostfixAdmin(engine) = database else { unreachable!("it is a database") };
            let service = Database::of(engine).await;
            service.sql("DROP TABLE mailwright_permission").await;
            let names = ["ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal"];
            let mailboxes = entries(&names, "{}");
            let head =
                format!("version: 1\ndomains:\n  example.com: {{provider: svc}}\nmailboxes:\n{mailboxes}");
            Site::load(&service, &head).expect("loads").run(&service).await;
            let permissions = entries(&names, "{keep@example.org: [send_as]}");
            let wish = format!("{head}permissions:\n{permissions}");
            let (plan, outcome) = Site::load(&service, &wish).expect("loads").run(&service).await;
            all_done(&plan, &outcome);
            assert_eq!(plan.ready().count(), names.len(), "{}", lines(&plan));
        });
    });
}
