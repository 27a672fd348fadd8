//! A mailbox that becomes an alias, and an alias that becomes a mailbox: nobody sees a moment without either.

use sqlx::Connection as _;

use super::super::super::PostfixAdmin;
use super::super::super::fixture::{OneSecret, Scratch, create, delete, secret};
use super::{ALIAS, LOG, MAILBOX, alias, mailbox, to};
use crate::model::{Change, Field, Fields};
use crate::provider::{Done, ErrorKind, Provider as _, ProviderError};

async fn hand_over(
    provider: &PostfixAdmin,
    release: &Change,
    claim: &Change,
) -> Result<(Done, Done), ProviderError> {
    provider.hand_over(release, claim, &OneSecret).await
}

#[tokio::test]
async fn an_address_changes_hands_with_all_that_belongs_to_it() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let with_password = Fields::new().with(Field::Password, secret());
    provider.written(&create(mailbox("desk@acme.test"), with_password.clone())).await;
    for (release, claim, rows) in [
        (
            delete(mailbox("desk@acme.test")),
            create(alias("desk@acme.test"), to(&["ann@x.test"])),
            "desk@acme.test|ann@x.test|acme.test|1",
        ),
        (
            delete(alias("desk@acme.test")),
            create(mailbox("desk@acme.test"), with_password),
            "desk@acme.test|desk@acme.test|acme.test|1",
        ),
    ] {
        let done = hand_over(&provider, &release, &claim).await.expect("it changes hands");
        assert!(matches!(done, (Done::Written { .. }, Done::Written { .. })), "{done:?}");
        assert_eq!(scratch.rows(ALIAS).await, [rows]);
    }
    assert!(scratch.rows(MAILBOX).await[0].starts_with("desk@acme.test|{BLF-CRYPT}$2y$0"));
    assert_eq!(
        scratch.rows(LOG).await[3..],
        [
            "mailwright|acme.test|delete_mailbox|desk@acme.test",
            "mailwright|acme.test|create_alias|desk@acme.test",
            "mailwright|acme.test|delete_alias|desk@acme.test",
            "mailwright|acme.test|create_mailbox|desk@acme.test",
        ]
    );
}

#[tokio::test]
async fn nobody_sees_a_moment_without_the_address() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let (as_mailbox, as_alias) = (
        create(mailbox("desk@acme.test"), Fields::new()),
        create(alias("desk@acme.test"), to(&["ann@x.test"])),
    );
    provider.written(&as_mailbox).await;
    let mut other = scratch.connection().await;
    let handing = async {
        for _ in 0..20 {
            let release = delete(mailbox("desk@acme.test"));
            hand_over(&provider, &release, &as_alias).await.expect("it changes hands");
            let release = delete(alias("desk@acme.test"));
            hand_over(&provider, &release, &as_mailbox).await.expect("it changes hands");
        }
    };
    // What Postfix asks, as often as it can be asked.
    let mut looks = 0;
    let looking = async {
        loop {
            let found: Option<String> =
                sqlx::query_scalar("SELECT goto FROM alias WHERE address = 'desk@acme.test' AND active = 1")
                    .fetch_optional(&mut other)
                    .await
                    .expect("a reading is never locked out");
            assert!(found.is_some(), "mail to it would have been refused");
            looks += 1;
        }
    };
    tokio::select! {
        () = handing => {}
        () = looking => {}
    }
    assert!(looks > 0, "nobody looked");
    other.close().await.expect("closes");
}

#[tokio::test]
async fn what_cannot_be_claimed_is_not_released() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    provider.written(&create(mailbox("desk@acme.test"), Fields::new())).await;
    provider.written(&create(alias("list@acme.test"), to(&["ann@x.test"]))).await;
    scratch
        .sql(
            "UPDATE domain SET aliases = -1;
             INSERT INTO quota2 (username, bytes) VALUES ('desk@acme.test', 7)",
        )
        .await;
    let before = (scratch.rows(MAILBOX).await, scratch.rows(ALIAS).await, scratch.rows(LOG).await);
    let claim = create(alias("desk@acme.test"), to(&["ann@x.test"]));
    let error = hand_over(&provider, &delete(mailbox("desk@acme.test")), &claim).await;
    let error = error.expect_err("the domain may not have aliases");
    assert_eq!(error.kind, ErrorKind::LimitReached, "{error}");
    assert!(error.to_string().contains("create alias desk@acme.test"), "{error}");

    // A password that is not there is found before anything is written.
    let missing = Fields::new()
        .with(Field::Password, crate::model::Value::Secret(crate::model::SecretRef::Env("OTHER".into())));
    let claim = create(mailbox("list@acme.test"), missing);
    let error = hand_over(&provider, &delete(alias("list@acme.test")), &claim).await;
    assert_eq!(error.expect_err("no password").kind, ErrorKind::Auth);

    let after = (scratch.rows(MAILBOX).await, scratch.rows(ALIAS).await, scratch.rows(LOG).await);
    assert_eq!(before, after);
    assert_eq!(scratch.rows("SELECT bytes FROM quota2").await, ["7"]);

    // The connection is good for the next one.
    let claim = create(mailbox("list@acme.test"), Fields::new());
    hand_over(&provider, &delete(alias("list@acme.test")), &claim).await.expect("it changes hands");
}

#[tokio::test]
async fn handed_over_again_it_is_not_needed() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    provider.written(&create(mailbox("desk@acme.test"), Fields::new())).await;
    let (release, claim) =
        (delete(mailbox("desk@acme.test")), create(alias("desk@acme.test"), to(&["ann@x.test"])));
    hand_over(&provider, &release, &claim).await.expect("it changes hands");
    let log = scratch.rows(LOG).await;
    let again = hand_over(&provider, &release, &claim).await.expect("it holds");
    assert_eq!(again, (Done::NotNeeded, Done::NotNeeded));
    assert_eq!(scratch.rows(LOG).await, log);

    // Half of it was done by somebody else: the other half is written.
    scratch.sql("DELETE FROM alias").await;
    let half = hand_over(&provider, &release, &claim).await.expect("it is written");
    assert_eq!(half, (Done::NotNeeded, Done::written()));
}

#[tokio::test]
async fn what_is_stored_in_capitals_changes_hands_too() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    scratch
        .sql(
            "INSERT INTO alias (address, goto, domain) VALUES ('Sales@acme.test', 'ann@x.test', 'acme.test')",
        )
        .await;
    let claim = create(mailbox("sales@acme.test"), Fields::new());
    hand_over(&provider, &delete(alias("sales@acme.test")), &claim).await.expect("it changes hands");
    assert_eq!(scratch.rows(ALIAS).await, ["sales@acme.test|sales@acme.test|acme.test|1"]);
    hand_over(
        &provider,
        &delete(mailbox("sales@acme.test")),
        &create(alias("sales@acme.test"), to(&["ann@x.test"])),
    )
    .await
    .expect("it changes hands");
    assert_eq!(scratch.rows(ALIAS).await, ["sales@acme.test|ann@x.test|acme.test|1"]);
}
