//! Forwards, and what other writes do with them.

use super::*;

const JANE: &str = "jane@example.com";

fn jane(rows: &mut Rows<'_>) {
    rows.mailbox(JANE, "Secret123!");
}

fn forwarding(rows: &mut Rows<'_>) {
    jane(rows);
    rows.field(JANE, "emailForwardingAddress", "j@partner.example").field(JANE, "saveForwardedEmail", "true");
}

fn copying(to: &str, keep: bool) -> Fields {
    targets(&[to]).with(Field::KeepCopy, Value::Bool(keep))
}

async fn now(bench: &Bench) -> Option<Fields> {
    bench.object(&forward(JANE), &[]).await.map(|object| object.fields.values())
}

fn given_name(name: &str) -> Change {
    update(mailbox(JANE), Fields::new().with(Field::GivenName, Value::text(name)))
}

fn stored(bench: &Bench) -> (String, String) {
    let snapshot = bench.sandbox.snapshot();
    let jane = snapshot.mailbox(JANE).expect("there");
    (jane.field("emailForwardingAddress").to_owned(), jane.field("saveForwardedEmail").to_owned())
}

/// The service of which the document warns: a write without a forwarding address switches forwarding off.
fn clearing(bench: &Bench, times: u64) {
    let sandbox = bench.sandbox.clone();
    let clear = FaultKind::Meanwhile(Arc::new(move || {
        sandbox.edit(|rows| {
            rows.field(JANE, "emailForwardingAddress", "");
        });
    }));
    bench.server.faults().add(Fault::new(clear).to_method(Method::PUT).times(times));
}

#[tokio::test]
async fn a_forward_is_made_changed_and_switched_off() {
    let bench = Bench::new(jane).await;
    assert_eq!(now(&bench).await, None);
    bench.write(&create(forward(JANE), targets(&["j@partner.example"]))).await;
    assert_eq!(
        now(&bench).await,
        Some(copying("j@partner.example", true)),
        "where nobody says, a copy is kept"
    );
    bench.write(&create(forward(JANE), copying("j@partner.example", false))).await;
    assert_eq!(now(&bench).await, Some(copying("j@partner.example", false)));

    let mut change = update(forward(JANE), copying("other@partner.example", false));
    change.fields = vec![Field::Targets];
    bench.write(&change).await;
    assert_eq!(bench.forms()[0].len(), 1, "only what differs");
    let mut change = update(forward(JANE), copying("other@partner.example", true));
    change.fields = vec![Field::KeepCopy];
    bench.write(&change).await;
    assert_eq!(bench.forms()[0].len(), 2, "never without the address");
    assert_eq!(now(&bench).await, Some(copying("other@partner.example", true)));

    bench.write(&delete(forward(JANE), copying("other@partner.example", true))).await;
    assert_eq!(now(&bench).await, None);
    bench.sandbox.edit(|rows| {
        rows.remove_mailbox(JANE);
    });
    let gone = bench.perform(&delete(forward(JANE), targets(&["x@y.example"]))).await;
    assert_eq!(gone.expect("nothing to do"), Done::NotNeeded);
}

#[tokio::test]
async fn the_first_write_to_a_mailbox_that_forwards_finds_out_what_becomes_of_it() {
    let bench = Bench::new(forwarding).await;
    assert_eq!(bench.write(&given_name("Jane")).await, [""; 0]);
    assert_eq!(bench.calls(), ["GET mailboxes/jane", "PUT mailboxes/jane", "GET mailboxes/jane"]);
    // From then on it is known.
    bench.write(&given_name("J.")).await;
    assert_eq!(bench.calls(), ["PUT mailboxes/jane"]);
    assert_eq!(stored(&bench), ("j@partner.example".into(), "true".into()));
}

#[tokio::test]
async fn a_mailbox_that_does_not_forward_tells_nothing() {
    let bench = Bench::new(jane).await;
    for _ in 0..2 {
        bench.write(&given_name("Jane")).await;
        assert_eq!(bench.calls(), ["GET mailboxes/jane", "PUT mailboxes/jane"]);
    }
    let nobody = update(mailbox("x@example.com"), Fields::new().with(Field::GivenName, Value::text("X")));
    assert_eq!(bench.perform(&nobody).await.expect_err("nobody").kind, ErrorKind::NotFound);
    assert_eq!(bench.calls(), ["GET mailboxes/x"], "nothing is written");
}

#[tokio::test]
async fn a_forward_that_a_write_switched_off_is_switched_on_again_and_carried_from_then_on() {
    let bench = Bench::new(forwarding).await;
    clearing(&bench, 1);
    let notes = bench.write(&given_name("Jane")).await;
    assert!(notes[0].contains("switched on again"), "{notes:?}");
    assert_eq!(
        bench.calls(),
        ["GET mailboxes/jane", "PUT mailboxes/jane", "GET mailboxes/jane", "PUT mailboxes/jane"]
    );
    assert_eq!(stored(&bench), ("j@partner.example".into(), "true".into()));

    clearing(&bench, 1);
    assert_eq!(bench.write(&given_name("J.")).await, [""; 0]);
    assert_eq!(bench.calls(), ["GET mailboxes/jane", "PUT mailboxes/jane"]);
    let form = &bench.forms()[0];
    assert_eq!(
        (&*form["emailForwardingAddress"], &*form["saveForwardedEmail"], &*form["firstName"]),
        ("j@partner.example", "true", "J.")
    );
    assert_eq!(stored(&bench), ("j@partner.example".into(), "true".into()));
}

#[tokio::test]
async fn a_write_in_doubt_does_not_lose_the_forward_either() {
    for fault in [FaultKind::LostReply, FaultKind::ErrorAfterCommit] {
        let bench = Bench::new(forwarding).await;
        bench.server.faults().add(Fault::new(fault.clone()).to_method(Method::PUT));
        let error = bench.perform(&given_name("Jane")).await.expect_err("in doubt");
        assert_eq!(error.kind, ErrorKind::Ambiguous);
        assert_eq!(stored(&bench), ("j@partner.example".into(), "true".into()));
        // Nothing was learned from it.
        bench.write(&given_name("J.")).await;
        assert_eq!(bench.calls().len(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn a_forward_that_cannot_be_read_after_a_write_is_written_again() {
    let bench = Bench::new(forwarding).await;
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).to_method(Method::GET).nth(2));
    let notes = bench.write(&given_name("Jane")).await;
    assert!(notes[0].contains("could not be read"), "{notes:?}");
    assert_eq!(bench.forms().len(), 2);

    // And where that fails too, it is said.
    let bench = Bench::new(forwarding).await;
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).to_method(Method::GET).nth(2));
    bench.server.faults().add(Fault::new(FaultKind::ErrorBefore).to_method(Method::PUT).nth(2));
    let error = bench.perform(&given_name("Jane")).await.expect_err("in doubt");
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert!(error.message.contains("may not forward to j@partner.example any more"), "{error}");
}
