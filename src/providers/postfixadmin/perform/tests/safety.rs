//! Crashes, other writers, and a change that fails half-way.

use super::super::super::fixture::{OneSecret, Scratch, create, digest, update};
use super::{ALIAS, LOG, MAILBOX, alias, domain, mailbox, to};
use crate::model::{Field, Fields, Value};
use crate::provider::{ErrorKind, Provider as _};

#[tokio::test]
async fn a_change_that_fails_half_way_leaves_nothing() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    // The last statement of the change fails.
    scratch
        .sql("CREATE TRIGGER stop BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'the log is closed'); END")
        .await;
    let before = scratch.rows(LOG).await;
    let error = provider.refused(&create(mailbox("ann@acme.test"), Fields::new())).await;
    assert!(error.message.contains("the log is closed"), "{error}");
    assert!(scratch.rows(MAILBOX).await.is_empty());
    assert!(scratch.rows(ALIAS).await.is_empty());
    assert_eq!(scratch.rows(LOG).await, before);
    // The connection is good for the next one.
    scratch.sql("DROP TRIGGER stop").await;
    provider.written(&create(mailbox("ann@acme.test"), Fields::new())).await;
}

#[tokio::test]
async fn a_change_that_is_dropped_on_its_way_leaves_all_or_nothing() {
    let scratch = Scratch::made().await;
    let mut stopped = 0;
    // How far a poll gets depends on threads; the steps reach from the first to past the last one.
    for polls in std::iter::successors(Some(1_u64), |polls| Some(polls + polls / 4 + 1)) {
        let name = format!("m{polls}@acme.test");
        let provider = scratch.provider();
        let change = create(mailbox(&name), Fields::new());
        let mut work = Box::pin(provider.perform(&change, &OneSecret));
        let mut finished = false;
        for _ in 0..polls {
            if futures_util::poll!(&mut work).is_ready() {
                finished = true;
                break;
            }
            tokio::task::yield_now().await;
            std::thread::yield_now();
        }
        drop(work);
        // What the dropped transaction left open is undone before anything else on its connection.
        provider.close().await;
        drop(provider);
        let rows =
            scratch.rows(&format!("SELECT username FROM mailbox WHERE username = '{name}'")).await.len();
        let own = scratch.rows(&format!("SELECT address FROM alias WHERE address = '{name}'")).await.len();
        let log = scratch.rows(&format!("SELECT data FROM log WHERE data = '{name}'")).await.len();
        assert!((rows, own, log) == (0, 0, 0) || (rows, own, log) == (1, 1, 1), "{rows} {own} {log}");
        if finished {
            assert_eq!(rows, 1);
            break;
        }
        stopped += 1;
    }
    assert!(stopped > 0, "it was never stopped half-way");
}

#[tokio::test]
async fn two_writers_wait_for_each_other() {
    let scratch = Scratch::made().await;
    let (one, two) = (scratch.provider(), scratch.provider());
    let mut other = scratch.connection().await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("locks");
    let error = one.refused(&create(mailbox("ann@acme.test"), Fields::new())).await;
    assert_eq!(error.kind, ErrorKind::Unavailable, "nothing was done, so it may be tried again: {error}");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("unlocks");
    one.written(&create(mailbox("ann@acme.test"), Fields::new())).await;
    two.written(&create(alias("sales@acme.test"), to(&["ann@acme.test"]))).await;
    one.written(&update(alias("sales@acme.test"), to(&["x@x.test"]))).await;
    let error = two.refused(&create(mailbox("sales@acme.test"), Fields::new())).await;
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
}

#[tokio::test]
async fn changes_at_once_are_carried_out_one_after_the_other() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let changes: Vec<_> =
        (0..20).map(|n| create(mailbox(&format!("m{n}@acme.test")), Fields::new())).collect();
    futures_util::future::join_all(changes.iter().map(|change| provider.written(change))).await;
    assert_eq!(scratch.rows("SELECT count(*) FROM mailbox").await, ["20"]);
}

#[tokio::test]
async fn the_first_change_gives_a_write_ahead_log_and_says_so() {
    let scratch = Scratch::of_postfixadmin().await;
    let before = digest(&scratch.path);
    let provider = scratch.provider();
    let name = Fields::new().with(Field::DisplayName, Value::text("Annie"));
    let notes = provider.written(&update(mailbox("ann@acme.test"), name)).await;
    assert!(notes[0].contains("write-ahead log"), "{notes:?}");
    let notes = provider.written(&create(domain("new.test"), Fields::new())).await;
    assert!(!notes.iter().any(|note| note.contains("write-ahead log")), "told once: {notes:?}");
    assert_eq!(scratch.rows("PRAGMA journal_mode").await, ["wal"]);
    assert_ne!(digest(&scratch.path), before);
}
