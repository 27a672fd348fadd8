//! Forwards and permissions, which share a row.

use super::*;
use crate::provider::ErrorKind;

const X: &str = "x@example.com";
const G: &str = "g@example.com";
const H: &str = "h@example.com";
const OUT: &str = "out@partner.example";

async fn bench(row: impl FnOnce(&mut Rows<'_>)) -> Bench {
    Bench::new(|rows| {
        for user in [X, G, H] {
            rows.user(user, "longenough1");
        }
        row(rows);
    })
    .await
}

fn to(list: &[&str], keep_copy: bool) -> Fields {
    targets(list).with(Field::KeepCopy, Value::Bool(keep_copy))
}

/// Asserts what the box stores at x's address.
fn assert_stored(bench: &Bench, to: &[&str], senders: &[&str], why: &str) {
    let row = bench.sandbox.snapshot().alias(X).expect(why).clone();
    assert_eq!((row.forwards_to, row.permitted_senders), (list(to), Some(list(senders))), "{why}");
}

fn list(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn a_forward_takes_nobody_s_right_to_send() {
    let bench = bench(|_| ()).await;
    bench.perform(create(forward(X), to(&[OUT], false))).await.expect("made");
    assert_stored(&bench, &[OUT], &[X], "or x could no longer send as x");
    bench.perform(create(permission(X, G), send_as())).await.expect("given");
    bench.perform(update(forward(X), to(&[OUT, H], true))).await.expect("changed");
    assert_stored(&bench, &[H, OUT, X], &[X, G], "and h, who gets the mail, may not send");
    assert_eq!(bench.fields(&forward(X)).await, Some(to(&[OUT, H], true)));
    bench
        .perform(update(forward(X), Fields::new().with(Field::KeepCopy, Value::Bool(false))))
        .await
        .expect("changed");
    assert_stored(&bench, &[H, OUT], &[X, G], "the rest stays");
    bench.perform(delete(forward(X))).await.expect("removed");
    assert_stored(&bench, &[], &[X, G], "the grant stays");
    bench.perform(delete(permission(X, G))).await.expect("taken");
    assert!(bench.sandbox.snapshot().alias(X).is_none(), "an empty row goes");
    for gone in [delete(forward(X)), delete(permission(X, G))] {
        assert!(matches!(bench.perform(gone).await, Ok(Done::NotNeeded)));
    }
}

#[tokio::test]
async fn permissions_leave_the_forward_alone() {
    let bench = bench(|_| ()).await;
    bench.perform(create(permission(X, G), send_as())).await.expect("given");
    assert_stored(&bench, &[], &[X, G], "a pure grant");
    assert!(matches!(bench.perform(create(permission(X, G), send_as())).await, Ok(Done::NotNeeded)));
    bench.perform(create(forward(X), targets(&[OUT]))).await.expect("made");
    assert_stored(&bench, &[OUT, X], &[X, G], "where nobody says otherwise the mailbox keeps its mail");
    bench.perform(create(permission(X, H), send_as())).await.expect("given");
    bench.perform(delete(permission(X, G))).await.expect("taken");
    assert_stored(&bench, &[OUT, X], &[X, H], "the rest stays");
    bench.perform(delete(permission(X, H))).await.expect("taken");
    assert_stored(&bench, &[OUT, X], &[X], "the rest stays");
}

#[tokio::test]
async fn rights_that_follow_from_a_destination_are_kept_when_the_row_is_written() {
    let bench = bench(|rows| {
        rows.alias(X, &[X, G, OUT]);
    })
    .await;
    assert!(bench.object(&permission(X, G)).await.is_some());
    assert!(matches!(bench.perform(create(permission(X, G), send_as())).await, Ok(Done::NotNeeded)));
    bench.perform(update(forward(X), targets(&[H]))).await.expect("changed");
    assert_stored(&bench, &[H, X], &[X, G], "g may still send, h may not newly");
}

#[tokio::test]
async fn grantees_whose_mailbox_is_gone_do_not_keep_the_row_from_being_written() {
    let bench = bench(|rows| {
        rows.alias_with_senders(X, &[OUT], &[X, G, "left@example.com"]);
    })
    .await;
    assert!(
        bench.object(&permission(X, "left@example.com")).await.is_some(),
        "shown: it revives with the mailbox"
    );
    let done = bench.perform(update(forward(X), to(&[H], false))).await.expect("changed");
    assert!(matches!(&done, Done::Written { notes } if notes.len() == 1), "{done:?}");
    assert_stored(&bench, &[H], &[X, G], "the rest stays");
    let error = bench.perform(create(permission(X, "left@example.com"), send_as())).await;
    assert_eq!(error.expect_err("no mailbox").kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_right_that_the_box_does_not_know_is_refused() {
    let bench = bench(|_| ()).await;
    let rights = Value::Rights(BTreeSet::from([Right::SendAs, Right::FullAccess]));
    let error = bench.perform(create(permission(X, G), Fields::new().with(Field::Rights, rights))).await;
    assert_eq!(error.expect_err("refused").kind, ErrorKind::Invalid);
    assert_eq!(bench.count(), 0);
}

#[tokio::test]
async fn a_forward_that_is_gone_is_not_updated() {
    let bench = bench(|_| ()).await;
    let error = bench.perform(update(forward(X), targets(&[OUT]))).await.expect_err("gone");
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(bench.sandbox.snapshot().alias(X).is_none());
}
