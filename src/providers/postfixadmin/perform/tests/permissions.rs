//! Permissions.

use super::super::super::fixture::{Scratch, create, delete, send_as, update};
use super::{mailbox, permission};
use crate::model::{Field, Fields, Right, Value};
use crate::provider::{Done, ErrorKind};

#[tokio::test]
async fn permissions_are_rows_that_postfix_asks() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    provider.written(&create(mailbox("ann@acme.test"), Fields::new())).await;
    let identity = || permission("Ann@acme.test", "Bob@acme.test");
    let rows = "SELECT owner, grantee, perm, created > '2025' FROM mailwright_permission ORDER BY 1, 2, 3";
    provider.written(&create(identity(), send_as())).await;
    assert_eq!(scratch.rows(rows).await, ["ann@acme.test|bob@acme.test|send_as|1"]);
    assert_eq!(provider.done(&create(identity(), send_as())).await, Done::NotNeeded);
    scratch
        .sql("INSERT INTO mailwright_permission (owner, grantee, perm) VALUES ('ann@acme.test', 'bob@acme.test', 'full_access')")
        .await;
    provider.written(&update(identity(), send_as())).await;
    assert_eq!(scratch.rows(rows).await, ["ann@acme.test|bob@acme.test|send_as|1"]);
    let full = Fields::new().with(Field::Rights, Value::Rights([Right::FullAccess].into()));
    assert_eq!(provider.refused(&update(identity(), full)).await.kind, ErrorKind::Invalid);
    provider.written(&delete(identity())).await;
    assert_eq!(provider.done(&delete(identity())).await, Done::NotNeeded);
    assert_eq!(provider.refused(&update(identity(), send_as())).await.kind, ErrorKind::NotFound);
    let nobody = permission("no@acme.test", "bob@acme.test");
    assert_eq!(provider.refused(&create(nobody, send_as())).await.kind, ErrorKind::NotFound);
}
