//! Forwards: a field of the account, or rows at its address.

use super::*;

const OUT: &str = "x@partner.example";
const FAR: &str = "y@partner.example";

async fn bench() -> Bench {
    Bench::new(|rows| {
        rows.user(ANN, "x").user(BOB, "x");
    })
    .await
}

#[tokio::test]
async fn without_a_copy_it_is_a_field_of_the_account() {
    let bench = bench().await;
    let made = create(forward(ANN), copying(&[OUT], false));
    bench.write(&made).await;
    assert_eq!(bench.bodies(), ["Forward=x%40partner.example"]);
    assert_eq!(bench.sandbox.snapshot().user(ANN).expect("a user").forward.as_deref(), Some(OUT));
    assert_eq!(
        bench.object(&forward(ANN), &[]).await.expect("a forward").fields.values(),
        copying(&[OUT], false)
    );
    assert_eq!(bench.perform(&made).await.expect_err("there").kind, ErrorKind::Conflict);
    bench.write(&update(forward(ANN), copying(&[OUT], false), copying(&[FAR], false))).await;
    let gone = delete(forward(ANN), copying(&[FAR], false));
    bench.write(&gone).await;
    assert_eq!(bench.bodies(), ["Forward="]);
    assert_eq!(bench.perform(&gone).await.expect("done"), Done::NotNeeded);
    assert!(bench.object(&forward(ANN), &[]).await.is_none());
}

#[tokio::test]
async fn with_a_copy_it_is_rows_at_the_address() {
    for quirk in [None, Some(Quirk::DeliverAddsSelf), Some(Quirk::ShowsAliasType)] {
        let bench = Bench::with(
            |builder| quirk.into_iter().fold(builder, Builder::with),
            me(),
            |rows| {
                rows.user(ANN, "x");
            },
        )
        .await;
        let two = copying(&[OUT, FAR], true);
        bench.write(&create(forward(ANN), two.clone())).await;
        assert!(
            bench.bodies().iter().all(|body| body.ends_with("AliasType=Deliver")),
            "{:?}",
            bench.bodies()
        );
        let state = bench.read(vec![whole(Kind::Forward, &[]), whole(Kind::Alias, &[])]).await;
        assert_eq!(state.objects.len(), 1, "{quirk:?}: no alias stands at a mailbox's address");
        assert_eq!(state.objects[&forward(ANN)].fields.values(), two);
        bench.write(&update(forward(ANN), two.clone(), copying(&[FAR, BOB], true))).await;
        bench.write(&delete(forward(ANN), copying(&[FAR, BOB], true))).await;
        assert!(bench.sandbox.snapshot().aliases.is_empty(), "{quirk:?}");
    }
}

#[tokio::test]
async fn targets_that_changed_meanwhile_are_told_and_left() {
    let bench = bench().await;
    // Somebody else has another target by now.
    bench.write(&create(forward(ANN), copying(&[FAR], true))).await;
    let before = copying(&[OUT], true);
    for change in [
        update(forward(ANN), before.clone(), copying(&[OUT, BOB], true)),
        delete(forward(ANN), before.clone()),
    ] {
        let error = bench.perform(&change).await.expect_err("it has changed");
        assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    }
    assert_eq!(bench.sandbox.snapshot().targets(ANN), [FAR]);
    // Somebody else has removed it.
    bench.write(&delete(forward(ANN), copying(&[FAR], true))).await;
    let late = update(forward(ANN), before.clone(), copying(&[OUT, BOB], true));
    assert_eq!(bench.perform(&late).await.expect_err("gone").kind, ErrorKind::NotFound);
    assert_eq!(bench.perform(&delete(forward(ANN), before.clone())).await.expect("done"), Done::NotNeeded);
    // Somebody else has an alias in the place of the mailbox.
    bench.sandbox.edit(|rows| {
        rows.remove_user(ANN).alias(ANN, OUT);
    });
    let late = update(forward(ANN), before.clone(), before.clone());
    assert_eq!(bench.perform(&late).await.expect_err("gone").kind, ErrorKind::NotFound);
    assert_eq!(bench.perform(&delete(forward(ANN), before)).await.expect("done"), Done::NotNeeded);
    assert_eq!(bench.sandbox.snapshot().targets(ANN), [OUT]);
}

#[tokio::test]
async fn both_at_once_and_diverted_mail_are_not_read() {
    let bench = Bench::odd(Quirk::ShowsAliasType, |rows| {
        rows.user(ANN, "x").column(ANN, "Forward", OUT).alias(ANN, FAR).user(BOB, "x").alias(BOB, OUT);
        rows.user("li@example.com", "x").column("li@example.com", "Forward", "a@b.example,c@d.example");
        rows.user("to@example.com", "x").column("to@example.com", "Forward", "to@example.com");
    })
    .await;
    let state = bench.read(vec![whole(Kind::Forward, &[]), whole(Kind::Alias, &[])]).await;
    assert_eq!(state.objects.len(), 3);
    for (name, words) in [
        (ANN, "by its own field and by an alias"),
        (BOB, "type Local"),
        ("li@example.com", "not one address"),
    ] {
        let object = &state.objects[&forward(name)];
        for field in [Field::Targets, Field::KeepCopy] {
            assert!(not_read(object, &field).contains(words), "{name}: {}", not_read(object, &field));
        }
    }
}

#[tokio::test]
async fn a_target_beyond_the_column_is_refused_before_it_is_cut() {
    let bench = bench().await;
    let long = format!("x@{0}.{0}.partner.example", "y".repeat(60));
    let error = bench.perform(&create(forward(ANN), copying(&[&long], false))).await.expect_err("long");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(bench.bodies().is_empty());
    bench.write(&create(forward(ANN), copying(&[&long], true))).await;
    for (list, keeps) in [(&[BOB][..], false), (&[BOB, OUT], true), (&[OUT, FAR], false)] {
        let error = bench.perform(&create(forward(BOB), copying(list, keeps))).await.expect_err("refused");
        assert!(error.kind == ErrorKind::Invalid && bench.bodies().is_empty(), "{list:?}: {error}");
    }
    for keeps in [true, false] {
        let gone =
            bench.perform(&create(forward("no@example.com"), copying(&[OUT], keeps))).await.expect_err("no");
        assert_eq!(gone.kind, ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn a_forward_that_does_not_stick_is_no_success() {
    let bench = Bench::odd(Quirk::ForwardNotUpdated, |rows| {
        rows.user(ANN, "x").user(BOB, "x").alias(BOB, FAR);
    })
    .await;
    let error = bench.perform(&create(forward(ANN), copying(&[OUT], false))).await.expect_err("not kept");
    assert_eq!(error.kind, ErrorKind::Invalid, "nothing was done: {error}");
    assert!(error.hint.expect("a hint").contains("`unsupported`"));
    let (state, _) = bench.try_read(vec![whole(Kind::Forward, &[])]).await;
    assert!(unknown(&state, &forward(ANN)).contains("did not keep it"));
    assert_eq!(state.objects[&forward(BOB)].fields.values(), copying(&[FAR], true), "its rows are read");
}
