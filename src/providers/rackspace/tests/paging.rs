//! Large lists, and lists that do not fit together.

use std::num::NonZeroUsize;

use super::*;

const STATE: &[Field] = &[Field::State];

fn many(rows: &mut Rows<'_>, count: usize) {
    for number in 0..count {
        rows.mailbox(&format!("m{number:04}@example.com"), "Secret123!");
    }
}

#[tokio::test]
async fn twelve_hundred_mailboxes_are_two_lists() {
    let bench = Bench::new(|rows| {
        many(rows, 1_203);
        for number in 0..100 {
            rows.field(&format!("m{:04}@example.com", number * 7), "enabled", "false");
        }
    })
    .await;
    let state = bench.read(vec![whole(Kind::Mailbox, &[Field::State, Field::Quota])]).await;
    assert_eq!(state.objects.len(), 1_203);
    let suspended = |name: &str| {
        let value = state.objects[&mailbox(name)].fields.value(&Field::State);
        value.expect("known").to_string()
    };
    assert_eq!(
        (suspended("m0007@example.com"), suspended("m0008@example.com")),
        ("suspended".into(), "active".into())
    );
    let quota = state.objects[&mailbox("m0008@example.com")].fields.value(&Field::Quota).expect("known");
    assert_eq!(quota.to_string(), "2 GiB");
    // Twelve pages of those in use; one full page of the others, and an empty one that proves the end.
    let calls = bench.calls();
    assert_eq!(calls.len(), 12 + 2, "{calls:?}");
    assert!(
        calls.iter().all(|call| call.contains("fields=size&") || call.ends_with("fields=size")),
        "{calls:?}"
    );
    assert_eq!(calls.iter().filter(|call| call.contains("enabled=false")).count(), 2);
    assert_eq!(state.calls, 14);

    // Without the state, one list is enough.
    bench.read(vec![whole(Kind::Mailbox, &[])]).await;
    let calls = bench.calls();
    assert_eq!(calls.len(), 13, "{calls:?}");
    assert_eq!(calls[12], "GET mailboxes?offset=1200&size=100");
}

#[tokio::test]
async fn the_size_that_comes_back_is_believed() {
    let small = |builder: Builder| builder.page_limit(NonZeroUsize::new(7).expect("not 0"));
    let bench = Bench::with(small, keys(), |rows| many(rows, 20)).await;
    let state = bench.read(vec![whole(Kind::Mailbox, &[])]).await;
    assert_eq!((state.objects.len(), bench.calls().len()), (20, 3));
}

#[tokio::test]
async fn a_list_that_shifts_between_pages_is_read_again() {
    let bench = Bench::new(|rows| many(rows, 150)).await;
    let sandbox = bench.sandbox.clone();
    let shift = FaultKind::Meanwhile(Arc::new(move || {
        sandbox.edit(|rows| {
            rows.remove_mailbox("m0000@example.com");
        });
    }));
    bench.server.faults().add(Fault::new(shift).nth(2));
    let state = bench.read(vec![whole(Kind::Mailbox, &[])]).await;
    assert_eq!(state.objects.len(), 149);
    assert!(
        state.objects.contains_key(&mailbox("m0100@example.com")),
        "the one that slipped between the pages"
    );
    assert_eq!(bench.calls().len(), 4);
}

#[tokio::test]
async fn a_list_that_never_fits_is_incomplete_with_the_reason() {
    let total = |by: i64| move |builder: Builder| builder.total_off_by(by);
    let bench = Bench::with(total(3), keys(), |rows| many(rows, 150)).await;
    let (state, error) = bench.try_read(vec![whole(Kind::Mailbox, &[])]).await;
    assert!(error.is_none());
    assert_eq!(state.objects.len(), 150, "what was seen is told");
    let (collection, reason) = &state.incomplete()[0];
    assert_eq!(*collection, Collection::domain(Kind::Mailbox, &domain()));
    assert!(reason.contains("its total is 153, and 150 were found"), "{reason}");
    assert!(matches!(state.look(&mailbox("nobody@example.com")), Looked::Unknown(_)));
    // A total that is too low ends nothing.
    let bench = Bench::with(total(-100), keys(), |rows| many(rows, 150)).await;
    assert_eq!(bench.read(vec![whole(Kind::Mailbox, &[])]).await.objects.len(), 150);
}

#[tokio::test]
async fn a_page_that_comes_twice_hides_nothing() {
    let bench = Bench::new(|rows| many(rows, 250)).await;
    // The third page is asked for, and the second comes again.
    bench.server.faults().add(Fault::new(FaultKind::Repeat).nth(3));
    let state = bench.read(vec![whole(Kind::Mailbox, &[])]).await;
    assert_eq!(state.objects.len(), 250);
    assert_eq!(bench.calls().len(), 3 + 3);
    bench.server.faults().add(Fault::new(FaultKind::Repeat).nth(2).every());
    let (state, _) = bench.try_read(vec![whole(Kind::Mailbox, &[])]).await;
    let (_, reason) = &state.incomplete()[0];
    assert!(reason.contains("it gave what follows 0"), "{reason}");
}

#[tokio::test]
async fn a_page_that_fails_leaves_the_list_incomplete() {
    let bench = Bench::new(|rows| many(rows, 150)).await;
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).nth(2).every());
    let (state, error) = bench.try_read(vec![whole(Kind::Mailbox, &[])]).await;
    assert!(error.is_none());
    assert_eq!(state.objects.len(), 100);
    assert_eq!(state.incomplete().len(), 1);
    assert!(matches!(state.look(&mailbox("m0149@example.com")), Looked::Unknown(_)));
}

#[tokio::test]
async fn a_mailbox_in_both_lists_has_no_known_state() {
    let bench = Bench::new(|rows| {
        many(rows, 3);
        rows.mailbox("zoe@example.com", "Secret123!");
    })
    .await;
    let sandbox = bench.sandbox.clone();
    let switch = FaultKind::Meanwhile(Arc::new(move || {
        let enabled =
            sandbox.snapshot().mailbox("zoe@example.com").expect("there").field("enabled") == "true";
        sandbox.edit(|rows| {
            rows.field("zoe@example.com", "enabled", if enabled { "false" } else { "true" });
        });
    }));
    // Whichever list is read first: between the two she is switched.
    bench.server.faults().add(Fault::new(switch).nth(2));
    let state = bench.read(vec![whole(Kind::Mailbox, STATE)]).await;
    match state.look(&mailbox("zoe@example.com")) {
        Looked::Present(zoe) => assert!(not_read(zoe, &Field::State).contains("as in use and as not in use")),
        // She was on neither list, or only on the later one.
        Looked::Absent { .. } => {}
        Looked::Unknown(reason) => panic!("{reason}"),
    }
}
