//! Extra addresses: given, taken, moved.

use super::super::sandbox::Quirk;
use super::*;

const JANE: &str = "jane@example.com";
const JOHN: &str = "john@example.com";
const SALES: &str = "sales@example.com";

fn two(rows: &mut Rows<'_>) {
    rows.mailbox(JANE, "Secret123!").mailbox(JOHN, "Secret123!");
}

async fn holder(bench: &Bench) -> Option<Fields> {
    let state = bench.read(vec![whole(Kind::Alias, &[])]).await;
    state.objects.get(&alias(SALES)).map(|object| object.fields.values())
}

#[tokio::test]
async fn an_address_is_given_moved_and_taken() {
    let bench = Bench::new(two).await;
    bench.write(&create(alias(SALES), targets(&[JANE]))).await;
    assert_eq!(bench.calls(), ["POST mailboxes/jane/emailaddresses/sales@example.com"]);
    assert_eq!(holder(&bench).await, Some(targets(&[JANE])));
    // The same again holds already.
    let again = bench.perform(&create(alias(SALES), targets(&[JANE]))).await;
    assert_eq!(again.expect("ours"), Done::NotNeeded);
    let error = bench.perform(&create(alias(SALES), targets(&[JOHN]))).await.expect_err("taken");
    assert_eq!(error.kind, ErrorKind::Conflict);

    bench.write(&delete(alias(SALES), targets(&[JANE]))).await;
    bench.write(&create(alias(SALES), targets(&[JOHN]))).await;
    assert_eq!(holder(&bench).await, Some(targets(&[JOHN])));
    bench.write(&delete(alias(SALES), targets(&[JOHN]))).await;
    assert_eq!(holder(&bench).await, None);
}

#[tokio::test]
async fn what_is_not_there_need_not_be_taken() {
    for quirk in [None, Some(Quirk::AbsentAddressIsBadRequest)] {
        let build = |builder: Builder| quirk.into_iter().fold(builder, Builder::with);
        let bench = Bench::with(build, keys(), two).await;
        let gone = bench.perform(&delete(alias(SALES), targets(&[JANE]))).await;
        assert_eq!(gone.expect("nothing to do"), Done::NotNeeded, "{quirk:?}");
        let calls = if quirk.is_some() { 2 } else { 1 };
        assert_eq!(bench.calls().len(), calls, "prose is believed only after a look");
    }
}

#[tokio::test]
async fn a_refusal_of_an_address_that_is_there_stays_one() {
    let bench = Bench::new(|rows| {
        two(rows);
        rows.domain_alias("example.com", "alias.example");
    })
    .await;
    // On an alias domain addresses come and go with the domain.
    let change = delete(alias("jane@alias.example"), targets(&[JANE]));
    bench.perform(&change).await.expect_err("refused");
}

#[tokio::test]
async fn an_alias_needs_its_mailbox() {
    let bench = Bench::new(two).await;
    let error =
        bench.perform(&create(alias(SALES), targets(&["nobody@example.com"]))).await.expect_err("nobody");
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_lost_answer_is_found_with_one_call() {
    let bench = Bench::new(|rows| {
        two(rows);
        for number in 0..30 {
            rows.mailbox(&format!("m{number}@example.com"), "Secret123!");
        }
    })
    .await;
    bench.server.faults().add(Fault::new(FaultKind::LostReply).to_method(Method::POST));
    let error = bench.perform(&create(alias(SALES), targets(&[JANE]))).await.expect_err("lost");
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert!(bench.object(&alias(SALES), &[Field::Targets]).await.is_some());
    assert_eq!(bench.calls(), ["GET mailboxes/jane"]);
}

#[tokio::test]
async fn odd_local_parts_are_one_segment_of_a_path() {
    let bench = Bench::new(two).await;
    for odd in ["a+b@example.com", "o'neil@example.com", "r&d@example.com"] {
        bench.write(&create(alias(odd), targets(&[JANE]))).await;
        let state = bench.read(vec![parts_of(Kind::Alias, &[JANE])]).await;
        assert!(state.objects.contains_key(&alias(odd)), "{odd}");
        bench.write(&delete(alias(odd), targets(&[JANE]))).await;
    }
}
