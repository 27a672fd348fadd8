//! Domains and their settings.

use super::super::super::fixture::{Scratch, create, delete, update};
use super::{alias, domain, mailbox, to};
use crate::model::{Field, Fields, Value};
use crate::provider::{Done, ErrorKind};

fn setting(name: &str, value: Value) -> Fields {
    Fields::new().with(Field::Setting(name.into()), value)
}

#[tokio::test]
async fn a_domain_comes_with_defaults_and_goes_when_it_is_empty() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let row = "SELECT domain, description, aliases, mailboxes, maxquota, quota, transport, backupmx, active, \
               password_expiry FROM domain WHERE domain = 'new.test'";
    let notes = provider.written(&create(domain("New.test"), Fields::new())).await;
    assert!(notes[0].contains("postfix reload"), "{notes:?}");
    assert_eq!(scratch.rows(row).await, ["new.test||0|0|0|0|virtual|0|1|365"]);
    let notes =
        provider.written(&update(domain("new.test"), setting("description", Value::text("New")))).await;
    assert!(notes.is_empty(), "{notes:?}");
    let many = setting("aliases", Value::Int(-1))
        .with(Field::Setting("mailboxes".into()), Value::Int(5))
        .with(Field::Setting("active".into()), Value::Bool(false));
    provider.written(&update(domain("new.test"), many.clone())).await;
    assert_eq!(scratch.rows(row).await, ["new.test|New|-1|5|0|0|virtual|0|0|365"]);
    assert_eq!(provider.done(&update(domain("new.test"), many)).await, Done::NotNeeded);
    assert_eq!(provider.refused(&update(domain("no.test"), Fields::new())).await.kind, ErrorKind::NotFound);

    provider.written(&create(mailbox("ann@acme.test"), Fields::new())).await;
    provider.written(&create(alias("@other.test"), to(&["@acme.test"]))).await;
    let error = provider.refused(&delete(domain("acme.test"))).await;
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(
        error
            .message
            .contains("acme.test still holds 1 mailbox(es), 1 alias(es), 1 domain(s) that stand for it"),
        "{error}"
    );
    scratch
        .sql(
            "INSERT INTO domain_admins (username, domain) VALUES ('x@x.test', 'new.test');
             INSERT INTO vacation (email, subject, body, domain)
             VALUES ('gone@new.test', '', '', 'new.test'), ('ann@acme.test', '', '', 'acme.test');
             INSERT INTO vacation_notification (on_vacation, notified)
             VALUES ('gone@new.test', 'x@y.test'), ('left@new.test', 'x@y.test'), ('ann@acme.test', 'x@y.test')",
        )
        .await;
    provider.written(&delete(domain("new.test"))).await;
    assert_eq!(provider.done(&delete(domain("new.test"))).await, Done::NotNeeded);
    assert!(scratch.rows(row).await.is_empty());
    assert!(scratch.rows("SELECT * FROM domain_admins").await.is_empty());
    assert_eq!(scratch.rows("SELECT email FROM vacation").await, ["ann@acme.test"]);
    assert_eq!(scratch.rows("SELECT on_vacation FROM vacation_notification").await, ["ann@acme.test"]);
    let last = scratch.rows("SELECT action, domain, data FROM log ORDER BY id DESC LIMIT 1").await;
    assert_eq!(last, ["delete_domain|new.test|new.test"]);
}
