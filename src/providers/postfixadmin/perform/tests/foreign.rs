//! Changes to rows that PostfixAdmin and scripts wrote.

use super::super::super::fixture::{Scratch, address, create, delete, send_as, targets, update};
use super::{ALIAS, alias, forward, mailbox, permission, to};
use crate::model::{AccountState, Field, Fields, Identity, Value};
use crate::provider::{Done, ErrorKind};

async fn goto(scratch: &Scratch, address: &str) -> Vec<String> {
    scratch.rows(&format!("SELECT goto, active FROM alias WHERE lower(address) = '{address}'")).await
}

#[tokio::test]
async fn an_auto_reply_survives_every_change_of_its_row() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    let dan = || forward("dan@acme.test");
    provider.written(&create(dan(), to(&["x@x.test"]))).await;
    assert_eq!(
        goto(&scratch, "dan@acme.test").await,
        ["x@x.test,dan#acme.test@autoreply.acme.test,dan@acme.test|1"]
    );
    provider.written(&update(dan(), Fields::new().with(Field::KeepCopy, Value::Bool(false)))).await;
    assert_eq!(goto(&scratch, "dan@acme.test").await, ["x@x.test,dan#acme.test@autoreply.acme.test|1"]);
    provider.written(&delete(dan())).await;
    assert_eq!(goto(&scratch, "dan@acme.test").await, ["dan#acme.test@autoreply.acme.test,dan@acme.test|1"]);
    let one = "SELECT count(*) FROM vacation UNION ALL SELECT count(*) FROM vacation_notification";
    assert_eq!(scratch.rows(one).await, ["1", "1"]);
}

#[tokio::test]
async fn deleting_a_mailbox_takes_what_postfixadmin_takes_and_its_grants() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    provider.written(&create(permission("dan@acme.test", "ann@acme.test"), send_as())).await;
    provider.written(&create(permission("ann@acme.test", "dan@acme.test"), send_as())).await;
    provider.written(&delete(mailbox("dan@acme.test"))).await;
    for table in [
        "fetchmail WHERE mailbox",
        "vacation WHERE email",
        "vacation_notification WHERE on_vacation",
        "quota WHERE username",
        "quota2 WHERE username",
        "alias WHERE address",
        "mailbox WHERE username",
        "mailwright_permission WHERE owner",
    ] {
        let left = scratch.rows(&format!("SELECT count(*) FROM {table} = 'dan@acme.test'")).await;
        assert_eq!(left, ["0"], "{table}");
    }
    assert_eq!(scratch.rows("SELECT owner FROM mailwright_permission").await, ["ann@acme.test"]);
    assert_eq!(scratch.rows("SELECT count(*) FROM quota2").await, ["1"], "ann's stays");
    assert_eq!(provider.done(&delete(mailbox("dan@acme.test"))).await, Done::NotNeeded);
}

#[tokio::test]
async fn a_mailbox_that_comes_again_has_granted_nothing() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    provider.written(&create(permission("dan@acme.test", "ann@acme.test"), send_as())).await;
    // PostfixAdmin does not know the table.
    scratch
        .sql("DELETE FROM mailbox WHERE username = 'dan@acme.test'; DELETE FROM alias WHERE address = 'dan@acme.test'")
        .await;
    provider.written(&create(mailbox("dan@acme.test"), Fields::new())).await;
    assert!(scratch.rows("SELECT * FROM mailwright_permission").await.is_empty());
}

#[tokio::test]
async fn rows_in_upper_case_are_found_and_keep_their_spelling() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    let name = Fields::new().with(Field::DisplayName, Value::text("Eva"));
    let notes = provider.written(&update(mailbox("eve@acme.test"), name)).await;
    assert!(notes.iter().any(|note| note.contains("stored as Eve@Acme.test")), "{notes:?}");
    let off = Fields::new().with(Field::State, Value::State(AccountState::Suspended));
    provider.written(&update(mailbox("EVE@acme.test"), off)).await;
    let row = "SELECT m.username, m.name, m.active, a.active FROM mailbox m JOIN alias a ON a.address = lower(m.username) \
               WHERE m.name = 'Eva'";
    assert_eq!(scratch.rows(row).await, ["Eve@Acme.test|Eva|0|0"]);
    let error = provider.refused(&create(alias("eve@acme.test"), to(&["x@x.test"]))).await;
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");

    provider.written(&update(alias("sales@acme.test"), to(&["ann@acme.test"]))).await;
    assert_eq!(
        scratch.rows("SELECT address, goto FROM alias WHERE lower(address) = 'sales@acme.test'").await,
        ["Sales@acme.test|ann@acme.test"]
    );
    provider.written(&delete(alias("sales@acme.test"))).await;
    provider.written(&create(alias("sales@acme.test"), to(&["ann@acme.test"]))).await;
    assert_eq!(
        scratch.rows("SELECT address FROM alias WHERE lower(address) = 'sales@acme.test'").await,
        ["sales@acme.test"]
    );
    let error = provider.refused(&update(alias("twice@acme.test"), to(&["x@x.test"]))).await;
    assert!(error.message.contains("more than once"), "{error}");

    provider.written(&delete(mailbox("eve@acme.test"))).await;
    assert_eq!(
        scratch.rows("SELECT count(*) FROM alias WHERE lower(address) = 'eve@acme.test'").await,
        ["0"]
    );
    // What another program writes meanwhile is seen.
    scratch
        .sql("INSERT INTO alias (address, goto, domain) VALUES ('New@acme.test', 'x@x.test', 'acme.test')")
        .await;
    let error = provider.refused(&create(alias("new@acme.test"), to(&["y@x.test"]))).await;
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
}

#[tokio::test]
async fn a_mailbox_without_a_row_of_its_own_gets_one_with_its_forward() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    let gus = || forward("gus@acme.test");
    // `forward: absent` on what the catch-all takes: mail goes to the mailbox from now on.
    provider.written(&delete(gus())).await;
    assert_eq!(goto(&scratch, "gus@acme.test").await, ["gus@acme.test|1"]);
    assert!(!provider.everything().await.objects.contains_key(&gus()));

    scratch.sql("DELETE FROM alias WHERE address = 'gus@acme.test'").await;
    provider.written(&update(gus(), to(&["x@x.test"]))).await;
    assert_eq!(goto(&scratch, "gus@acme.test").await, ["x@x.test|1"], "what was read of keep_copy stays");

    scratch.sql("DELETE FROM alias WHERE address = 'gus@acme.test'").await;
    provider.written(&update(gus(), Fields::new().with(Field::KeepCopy, Value::Bool(true)))).await;
    assert_eq!(goto(&scratch, "gus@acme.test").await, ["bob@acme.test,gus@acme.test|1"]);

    // Without a catch-all the mailbox gets its mail, row or not.
    scratch.sql("DELETE FROM alias WHERE address IN ('gus@acme.test', '@acme.test')").await;
    assert_eq!(provider.done(&delete(gus())).await, Done::NotNeeded);
    provider.written(&create(gus(), to(&["x@x.test"]))).await;
    assert_eq!(goto(&scratch, "gus@acme.test").await, ["x@x.test,gus@acme.test|1"]);
}

#[tokio::test]
async fn a_row_that_was_switched_off_is_left_alone() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    let before = scratch.rows(ALIAS).await;
    for change in [
        update(alias("paused@acme.test"), to(&["x@x.test"])),
        create(alias("paused@acme.test"), to(&["ann@acme.test"])),
        update(alias("@off.test"), to(&["@old.test"])),
        update(forward("hal@acme.test"), to(&["x@x.test"])),
        delete(forward("hal@acme.test")),
    ] {
        let error = provider.refused(&change).await;
        assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    }
    assert_eq!(scratch.rows(ALIAS).await, before);
}

#[tokio::test]
async fn what_is_no_address_is_never_overwritten() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    let error = provider.refused(&update(alias("script@acme.test"), to(&["x@x.test"]))).await;
    assert!(error.message.contains("`|/usr/bin/run`"), "{error}");
    scratch.sql("UPDATE alias SET goto = goto || ',|/bin/run' WHERE address = 'bob@acme.test'").await;
    for change in [update(forward("bob@acme.test"), to(&["x@x.test"])), delete(forward("bob@acme.test"))] {
        assert_eq!(provider.refused(&change).await.kind, ErrorKind::Conflict);
    }
    // A part that can be written without it is, and the rest stays.
    let no_copy = Fields::new().with(Field::KeepCopy, Value::Bool(false));
    provider.written(&update(forward("bob@acme.test"), no_copy)).await;
    assert_eq!(goto(&scratch, "bob@acme.test").await, ["jane@partner.example,|/bin/run|1"]);
    // The alias as a whole may go: that is what was asked.
    provider.written(&delete(alias("script@acme.test"))).await;
    assert!(goto(&scratch, "script@acme.test").await.is_empty());
}

#[tokio::test]
async fn a_domain_with_both_kinds_of_row_is_cleared_as_one() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    scratch
        .sql("INSERT INTO alias (address, goto, domain) VALUES ('@old.test', 'ann@acme.test', 'old.test')")
        .await;
    let state = provider.everything().await;
    let both = &state.objects[&Identity::Alias(address("@old.test"))];
    assert!(both.fields.value(&Field::Targets).is_none());
    let change = update(alias("@old.test"), to(&["bob@acme.test"]));
    assert_eq!(provider.refused(&change).await.kind, ErrorKind::Conflict);
    provider.written(&delete(alias("@old.test"))).await;
    let left = "SELECT count(*) FROM alias WHERE address = '@old.test' UNION ALL \
                SELECT count(*) FROM alias_domain WHERE alias_domain = 'old.test'";
    assert_eq!(scratch.rows(left).await, ["0", "0"]);
}

#[tokio::test]
async fn postfixadmins_older_domain_alias_is_the_same_one() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    scratch
        .sql("UPDATE alias SET goto = '@old.test' WHERE address = '@acme.test'; DELETE FROM alias_domain")
        .await;
    let state = provider.everything().await;
    let read = state.objects[&Identity::Alias(address("@acme.test"))].fields.value(&Field::Targets).cloned();
    assert_eq!(read, Some(targets(&["@old.test"])));
    assert_eq!(provider.done(&update(alias("@acme.test"), to(&["@old.test"]))).await, Done::NotNeeded);
}
