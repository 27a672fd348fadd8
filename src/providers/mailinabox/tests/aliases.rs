//! Aliases, catch-alls and domain aliases.

use super::*;
use crate::provider::ErrorKind;
use crate::sandbox::{Fault, FaultKind};

fn senders(list: &[&str]) -> Fields {
    Fields::new().with(Field::PermittedSenders, addresses(list))
}

async fn bench() -> Bench {
    Bench::new(|rows| {
        for name in ["ann", "bob", "zoe"] {
            rows.user(&format!("{name}@example.com"), "longenough1");
        }
    })
    .await
}

#[tokio::test]
async fn makes_changes_and_removes() {
    let bench = bench().await;
    for (name, to) in [
        ("Sales@Example.com", &["ann@example.com", "X.Y@Partner.example"][..]),
        ("@example.com", &["ann@example.com"]),
        ("@old.example.net", &["@example.com"]),
        ("a+b@bücher.example", &["leser@größe.example"]),
    ] {
        let identity = alias(name);
        bench.perform(create(identity.clone(), targets(to))).await.expect(name);
        let expected = targets(to).with(Field::PermittedSenders, addresses(&[]));
        assert_eq!(bench.fields(&identity).await, Some(expected), "{name}");
        bench.perform(update(identity.clone(), targets(&["bob@example.com"]))).await.expect(name);
        let seen = bench.fields(&identity).await.expect(name);
        assert_eq!(seen.get(&Field::Targets), Some(&addresses(&["bob@example.com"])));
        assert!(matches!(bench.perform(delete(identity.clone())).await, Ok(Done::Written { .. })), "{name}");
        assert_eq!(bench.object(&identity).await, None);
        assert!(matches!(bench.perform(delete(identity)).await, Ok(Done::NotNeeded)), "{name}");
    }
    let first = &bench.forms("/mail/aliases/add")[0];
    assert_eq!(
        first["forwards_to"], "ann@example.com\nX.Y@partner.example",
        "the local part's case is the owner's"
    );
}

#[tokio::test]
async fn changes_its_own_part_of_the_row_alone() {
    let bench = bench().await;
    let press = alias("press@example.com");
    let whole = targets(&["ann@example.com"]).with(Field::PermittedSenders, addresses(&["bob@example.com"]));
    bench.perform(create(press.clone(), whole)).await.expect("made");
    bench.perform(update(press.clone(), targets(&["zoe@example.com"]))).await.expect("changed");
    let expected =
        targets(&["zoe@example.com"]).with(Field::PermittedSenders, addresses(&["bob@example.com"]));
    assert_eq!(bench.fields(&press).await, Some(expected), "the box would have erased the senders");
    bench.perform(update(press.clone(), senders(&[]))).await.expect("cleared");
    assert_eq!(bench.sandbox.snapshot().alias("press@example.com").expect("there").permitted_senders, None);
    bench.perform(update(press.clone(), senders(&["ann@example.com"]))).await.expect("set");
    let expected =
        targets(&["zoe@example.com"]).with(Field::PermittedSenders, addresses(&["ann@example.com"]));
    assert_eq!(bench.fields(&press).await, Some(expected));
    for form in bench.forms("/mail/aliases/add") {
        assert!(form.contains_key("forwards_to") && form.contains_key("permitted_senders"), "{form:?}");
    }
}

#[tokio::test]
async fn what_holds_already_is_not_written() {
    let bench = bench().await;
    let sales = alias("sales@example.com");
    bench.perform(create(sales.clone(), targets(&["ann@example.com"]))).await.expect("made");
    for again in [
        create(sales.clone(), targets(&["ANN@example.com"])),
        update(sales.clone(), targets(&["ann@example.com"])),
    ] {
        assert!(matches!(bench.perform(again).await, Ok(Done::NotNeeded)));
    }
    let error = bench.perform(create(sales, targets(&["bob@example.com"]))).await.expect_err("another one");
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(bench.forms("/mail/aliases/add").len(), 1);
    let error = bench.perform(update(alias("gone@example.com"), targets(&["bob@example.com"]))).await;
    assert_eq!(error.expect_err("gone").kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn an_alias_that_comes_between_reading_and_writing_is_not_run_over() {
    let bench = bench().await;
    let sandbox = bench.sandbox.clone();
    let meanwhile = move || {
        sandbox.edit(|rows| {
            rows.alias("sales@example.com", &["zoe@example.com"]);
        });
    };
    let fault = Fault::new(FaultKind::Meanwhile(Arc::new(meanwhile)));
    bench.server.faults().add(fault.to(axum::http::Method::POST, "/mail/aliases/add"));
    let error = bench.perform(create(alias("sales@example.com"), targets(&["bob@example.com"]))).await;
    assert_eq!(error.expect_err("there").kind, ErrorKind::Conflict);
    assert_eq!(
        bench.sandbox.snapshot().alias("sales@example.com").expect("there").forwards_to,
        ["zoe@example.com"]
    );
}

/// A row of a mailbox's name is the mailbox's own, whoever made it.
#[tokio::test]
async fn a_mailbox_that_comes_meanwhile_keeps_its_mail_and_an_alias_that_does_keeps_its_row() {
    let bench = Bench::new(|rows| {
        rows.user("ann@example.com", "longenough1").user("new@example.com", "longenough1");
        rows.user("plain@example.com", "longenough1");
        rows.alias("new@example.com", &["new@example.com", "home@partner.example"]);
        rows.alias("list@example.com", &["ann@example.com"]);
    })
    .await;
    let before = bench.sandbox.snapshot();
    let wish = targets(&["ann@example.com"]);
    for address in ["new@example.com", "plain@example.com"] {
        for change in [create(alias(address), wish.clone()), update(alias(address), wish.clone())] {
            let error = bench.perform(change).await.expect_err("a mailbox");
            assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
        }
        assert!(matches!(bench.perform(delete(alias(address))).await, Ok(Done::NotNeeded)));
    }
    // And the other way round: what was a mailbox is an alias now.
    let owner = forward("list@example.com");
    let error = bench.perform(update(owner.clone(), wish)).await.expect_err("no mailbox");
    assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    assert!(matches!(bench.perform(delete(owner)).await, Ok(Done::NotNeeded)));
    assert_eq!(bench.sandbox.snapshot().aliases, before.aliases);
}

#[tokio::test]
async fn members_that_cannot_be_named_stay() {
    let long = format!("{}@example.com", "a".repeat(65));
    let bench = Bench::new(|rows| {
        rows.user("ann@example.com", "longenough1").user(&long, "longenough1");
        rows.alias_with_senders(
            "sales@example.com",
            &["ann@example.com", &long],
            &["ann@example.com", &long],
        );
    })
    .await;
    let sales = alias("sales@example.com");
    bench.perform(update(sales.clone(), targets(&["me@example.com"]))).await.expect("changed");
    bench.perform(update(sales, senders(&["me@example.com"]))).await.expect("changed");
    let row = bench.sandbox.snapshot().alias("sales@example.com").expect("there").clone();
    assert_eq!(row.forwards_to, ["me@example.com", &*long]);
    assert_eq!(row.permitted_senders, Some(vec!["me@example.com".to_owned(), long]));
}

#[tokio::test]
async fn senders_whose_mailbox_is_gone_do_not_keep_the_row_from_being_written() {
    let bench = Bench::new(|rows| {
        rows.user("ann@example.com", "longenough1");
        rows.alias_with_senders(
            "sales@example.com",
            &["ann@example.com"],
            &["ann@example.com", "left@example.com"],
        );
    })
    .await;
    let sales = alias("sales@example.com");
    let done = bench.perform(update(sales.clone(), targets(&["me@example.com"]))).await.expect("changed");
    assert!(
        matches!(&done, Done::Written { notes } if notes[0].starts_with("left@example.com may no longer send")),
        "{done:?}"
    );
    let expected =
        targets(&["me@example.com"]).with(Field::PermittedSenders, addresses(&["ann@example.com"]));
    assert_eq!(bench.fields(&sales).await, Some(expected));
    let error = bench.perform(update(sales, senders(&["left@example.com"]))).await.expect_err("no mailbox");
    assert_eq!(error.kind, ErrorKind::Invalid, "who asks for such a sender is told");
    assert!(error.hint.is_some_and(|hint| hint.contains("only a mailbox of this box")));
}

#[tokio::test]
async fn a_row_that_could_not_be_read_back_is_not_written() {
    let bench = Bench::new(|rows| {
        for name in ["aa", "zoe"] {
            rows.user(&format!("{name}@example.com"), "longenough1")
                .privilege(&format!("{name}@example.com"), "admin");
        }
        rows.alias("postmaster@example.com", &["zoe@example.com"]);
    })
    .await;
    let postmaster = alias("postmaster@example.com");
    let error =
        bench.perform(update(postmaster.clone(), targets(&["aa@example.com"]))).await.expect_err("hidden");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!(bench.forms("/mail/aliases/add").len(), 0);
    let both = targets(&["aa@example.com", "me@example.com"]);
    bench.perform(update(postmaster.clone(), both.clone())).await.expect("the last one goes first");
    let seen = bench.fields(&postmaster).await.expect("seen");
    assert_eq!(seen.get(&Field::Targets), both.get(&Field::Targets));
    bench.perform(delete(postmaster.clone())).await.expect("removed");
    let object = bench.object(&postmaster).await.expect("the box's own is back");
    assert!(matches!(object.standing, crate::model::Standing::Default(_)));
}

#[tokio::test]
async fn an_alias_that_the_box_drops_again_is_no_success() {
    let bench = bench().await;
    let lonely = alias("abuse@lonely.example.org");
    let error = bench
        .perform(create(lonely, targets(&["administrator@box.example.com"])))
        .await
        .expect_err("dropped");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("domain no longer used for email"), "{error}");
}

#[tokio::test]
async fn what_the_box_refuses_is_told_with_what_to_do() {
    let bench = bench().await;
    let error = bench.perform(create(alias("webmaster@example.com"), targets(&["ann@example.com"]))).await;
    let error = error.expect_err("ann is no administrator");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.hint.is_some_and(|hint| hint.contains("administrators of the box first")));
    bench.server.clear();
    for (name, wish) in [
        ("mix@example.com", targets(&["@example.com", "ann@example.com"])),
        ("none@example.com", targets(&[])),
    ] {
        assert_eq!(bench.perform(create(alias(name), wish)).await.expect_err(name).kind, ErrorKind::Invalid);
    }
    assert_eq!(bench.forms("/mail/aliases/add").len(), 0);
}
