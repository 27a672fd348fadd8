//! A mailbox that comes where one was: whoever makes it is told.

use mailwright::model::Risk;

use super::postfixadmin::Database;
use super::service::{Service as _, Type, databases};
use super::site::{Site, lines};

fn wish(ann: &str) -> String {
    format!("version: 1\ndomains:\n  example.com: {{provider: svc}}\nmailboxes:\n  ann@example.com: {ann}\n")
}

#[test]
fn a_database_remembers_a_mailbox_that_it_no_longer_has() {
    for kind in databases() {
        let Type::PostfixAdmin(engine) = kind else { continue };
        kind.block_on(async {
            let service = Database::of(engine).await;
            let make = Site::load(&service, &wish("{}")).expect("loads");
            let (plan, _) = make.run(&service).await;
            assert_eq!(plan.changes[0].risk, Risk::Safe, "{}", lines(&plan));
            Site::load(&service, &wish("absent")).expect("loads").run(&service).await;
            service.sql("INSERT INTO user_shares (from_user, to_user) VALUES ('ann@example.com', 'keep@example.com')").await;
            let (_, plan) = make.look().await;
            let change = &plan.changes[0];
            assert_eq!(change.risk, Risk::Exposure, "{}", lines(&plan));
            let today = service.rows("SELECT max(substr(CAST(timestamp AS CHAR(10)), 1, 10)) FROM log").await;
            let told = format!("was deleted on {}, as the log says", today[0][0]);
            assert!(change.effects[0].contains(&told), "{told}: {:?}", change.effects);
            assert!(change.effects[0].contains("shared with keep@example.com:"), "{:?}", change.effects);
            // It is made all the same, and then it is there.
            make.run(&service).await;
            let (again, _) = make.run(&service).await;
            assert!(again.changes.is_empty(), "{}", lines(&again));
            assert!(service.dump().await.contains_key("mailbox ann@example.com"));
        });
    }
}
