//! Administrators, row by row as PostfixAdmin's own pages leave them.

use super::super::super::fixture::{Scratch, create, delete, secret, update};
use super::domain;
use crate::model::{Field, Fields, Identity, Value};
use crate::provider::{Done, ErrorKind};

const ADMIN: &str = "SELECT username, substr(password, 1, 14), superadmin, active, phone, email_other, token, \
     created = modified, token_validity = created FROM admin";
const RIGHTS: &str = "SELECT username, domain, active FROM domain_admins ORDER BY username, domain";
const LOG: &str = "SELECT username, domain, action, data FROM log WHERE action LIKE '%admin' ORDER BY id";

fn ann() -> Identity {
    Identity::administrator("Ann@Boss.test")
}

fn domains(names: &[&str]) -> Fields {
    let names = names.iter().map(|name| name.parse().expect("a domain")).collect();
    Fields::new().with(Field::Domains, Value::Domains(names))
}

fn full(full: bool) -> Fields {
    Fields::new().with(Field::Full, Value::Bool(full))
}

#[tokio::test]
async fn one_comes_changes_and_goes_with_its_domains() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let wish = domains(&["Acme.test", "other.test"]).with(Field::Password, secret());
    assert!(provider.written(&create(ann(), wish.clone())).await.is_empty());
    assert_eq!(scratch.rows(ADMIN).await, ["ann@boss.test|{BLF-CRYPT}$2y|0|1||||1|1"]);
    let both = ["ann@boss.test|acme.test|1", "ann@boss.test|other.test|1"];
    assert_eq!(scratch.rows(RIGHTS).await, both);
    assert_eq!(provider.done(&create(ann(), wish)).await, Done::NotNeeded);
    assert_eq!(provider.refused(&create(ann(), domains(&["acme.test"]))).await.kind, ErrorKind::Conflict);

    assert_eq!(provider.done(&update(ann(), domains(&["acme.test", "other.test"]))).await, Done::NotNeeded);
    provider.written(&update(ann(), domains(&["other.test"]))).await;
    assert_eq!(scratch.rows(RIGHTS).await, both[1..]);
    provider.written(&update(ann(), domains(&[]))).await;
    assert!(scratch.rows(RIGHTS).await.is_empty());
    let password = Fields::new().with(Field::Password, secret());
    scratch.sql("UPDATE admin SET password = ''").await;
    provider.written(&update(ann(), password)).await;
    assert_eq!(scratch.rows("SELECT length(password) FROM admin").await, ["71"]);

    provider.written(&delete(ann())).await;
    assert_eq!(provider.done(&delete(ann())).await, Done::NotNeeded);
    assert!(scratch.rows(ADMIN).await.is_empty());
    assert_eq!(provider.refused(&update(ann(), full(true))).await.kind, ErrorKind::NotFound);
    assert_eq!(
        scratch.rows(LOG).await,
        [
            "mailwright||create_admin|ann@boss.test",
            "mailwright||edit_admin|ann@boss.test",
            "mailwright||edit_admin|ann@boss.test",
            "mailwright||edit_admin|ann@boss.test",
            "mailwright|admin|delete_admin|ann@boss.test",
        ]
    );
}

#[tokio::test]
async fn a_super_administrator_is_one_in_both_tables() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let notes = provider.written(&create(ann(), full(true))).await;
    assert!(notes[0].contains("no password"), "{notes:?}");
    assert_eq!(scratch.rows("SELECT password, superadmin FROM admin").await, ["{CRYPT}!|1"]);
    assert_eq!(scratch.rows(RIGHTS).await, ["ann@boss.test|ALL|1"]);
    let all = "SELECT domain, description, transport, active, backupmx, aliases, password_expiry FROM domain \
               WHERE domain = 'ALL'";
    assert_eq!(scratch.rows(all).await, ["ALL|||1|0|0|0"]);
    provider.written(&create(Identity::administrator("bob@boss.test"), full(true))).await;
    assert_eq!(scratch.rows(all).await.len(), 1);

    // Its own domains come back when it is no longer one.
    provider.written(&update(ann(), domains(&["acme.test"]))).await;
    provider.written(&update(ann(), full(false))).await;
    assert_eq!(scratch.rows(RIGHTS).await, ["ann@boss.test|acme.test|1", "bob@boss.test|ALL|1"]);
    provider.written(&update(ann(), full(true))).await;
    assert_eq!(
        scratch.rows(RIGHTS).await,
        ["ann@boss.test|ALL|1", "ann@boss.test|acme.test|1", "bob@boss.test|ALL|1"]
    );

    // Either half is made whole, and both go.
    for half in ["UPDATE admin SET superadmin = 0", "DELETE FROM domain_admins WHERE domain = 'ALL'"] {
        scratch.sql(half).await;
        provider.written(&update(ann(), full(true))).await;
        assert_eq!(scratch.rows("SELECT superadmin FROM admin WHERE username LIKE 'ann%'").await, ["1"]);
        assert_eq!(
            scratch.rows(RIGHTS).await[..2],
            ["ann@boss.test|ALL|1", "ann@boss.test|acme.test|1"],
            "{half}"
        );
    }
    scratch.sql("DELETE FROM domain_admins WHERE domain = 'ALL'").await;
    provider.written(&update(ann(), full(false))).await;
    assert_eq!(scratch.rows("SELECT superadmin FROM admin WHERE username LIKE 'ann%'").await, ["0"]);
    provider.written(&delete(Identity::administrator("bob@boss.test"))).await;
    assert_eq!(scratch.rows(RIGHTS).await, ["ann@boss.test|acme.test|1"]);
    assert_eq!(scratch.rows(all).await.len(), 1, "as PostfixAdmin leaves it");
}

#[tokio::test]
async fn a_domain_that_is_not_there_is_refused_whole() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let wish = domains(&["acme.test", "nowhere.test"]);
    for change in [create(ann(), wish.clone()), create(ann(), domains(&["ALL"]))] {
        let error = provider.refused(&change).await;
        assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
        assert!(error.message.contains("is not a domain of this database"), "{error}");
        assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("manage: true")), "{error:?}");
    }
    assert!(scratch.rows(ADMIN).await.is_empty());
    provider.written(&create(ann(), domains(&["other.test"]))).await;
    provider.refused(&update(ann(), wish)).await;
    assert_eq!(scratch.rows(RIGHTS).await, ["ann@boss.test|other.test|1"]);
}

#[tokio::test]
async fn what_others_left_is_borne_and_not_made_more() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    // Rows of one that is gone, which an administrator of the same name must not inherit.
    scratch.sql("INSERT INTO domain_admins (username, domain) VALUES ('ann@boss.test', 'ALL')").await;
    let notes = provider.written(&create(ann(), domains(&["acme.test"]))).await;
    assert!(notes[0].starts_with("1 row(s) of domain_admins"), "{notes:?}");
    assert_eq!(scratch.rows(RIGHTS).await, ["ann@boss.test|acme.test|1"]);
    // The same domain twice.
    scratch.sql("INSERT INTO domain_admins (username, domain) VALUES ('ann@boss.test', 'acme.test')").await;
    assert_eq!(provider.done(&update(ann(), domains(&["acme.test"]))).await, Done::NotNeeded);
    provider.written(&update(ann(), domains(&["acme.test", "other.test"]))).await;
    assert_eq!(scratch.rows(RIGHTS).await.len(), 3);
    provider.written(&update(ann(), domains(&["other.test"]))).await;
    assert_eq!(scratch.rows(RIGHTS).await, ["ann@boss.test|other.test|1"]);
    // Switched off since the plan.
    scratch.sql("UPDATE admin SET active = 0").await;
    let error = provider.refused(&update(ann(), full(true))).await;
    assert!(error.message.contains("switched off"), "{error}");
    assert_eq!(provider.refused(&create(ann(), full(false))).await.kind, ErrorKind::Conflict);
    // Twice, but for its case.
    scratch.sql("INSERT INTO admin (username, password) VALUES ('Ann@boss.test', '')").await;
    let error = provider.refused(&delete(ann())).await;
    assert!(error.message.contains("more than once"), "{error}");
}

#[tokio::test]
async fn a_domain_that_goes_takes_its_administrators_rights_along() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    provider.written(&create(ann(), domains(&["acme.test", "other.test"]))).await;
    provider.written(&delete(domain("other.test"))).await;
    assert_eq!(scratch.rows(RIGHTS).await, ["ann@boss.test|acme.test|1"]);
}
