//! Mailboxes and administrators.

use super::super::sandbox::SystemCommand;
use super::*;
use crate::model::Quota;
use crate::provider::ErrorKind;

fn wish(password: &str) -> Fields {
    Fields::new().with(Field::Password, Value::Secret(SecretRef::Env(password.into())))
}

fn quota(bytes: u64) -> Value {
    Value::Quota(Quota::Bytes(bytes))
}

#[tokio::test]
async fn makes_changes_and_archives() {
    let bench = Bench::new(|_| ()).await;
    let nora = mailbox("Nora@Example.com");
    let done =
        bench.perform(create(nora.clone(), wish("correct horse").with(Field::Quota, quota(5 << 30)))).await;
    assert_eq!(done.expect("made"), Done::written());
    assert!(bench.sandbox.password_is("nora@example.com", "correct horse"));
    assert_eq!(bench.sandbox.snapshot().user("nora@example.com").expect("there").quota, "5G");
    assert_eq!(bench.fields(&nora).await, Some(Fields::new().with(Field::Quota, quota(5 << 30))));

    for (value, stored) in
        [(quota(1536 << 20), "1536M"), (quota(1000), "1000"), (Value::Quota(Quota::Unlimited), "0")]
    {
        let mut change = update(nora.clone(), Fields::new().with(Field::Quota, value.clone()));
        change.route = "quota".into();
        bench.perform(change).await.expect("changed");
        assert_eq!(bench.sandbox.snapshot().user("nora@example.com").expect("there").quota, stored);
        assert_eq!(bench.fields(&nora).await, Some(Fields::new().with(Field::Quota, value)));
    }

    assert!(matches!(bench.perform(delete(nora.clone())).await, Ok(Done::Written { .. })));
    assert_eq!(bench.sandbox.snapshot().archived, ["nora@example.com"]);
    assert!(matches!(bench.perform(delete(nora)).await, Ok(Done::NotNeeded)));
}

#[tokio::test]
async fn a_first_mailbox_brings_its_domain_and_the_box_says_so() {
    let bench = Bench::new(|_| ()).await;
    let ann = mailbox("ann@bücher.example");
    let done = bench.perform(create(ann.clone(), wish("longenough1"))).await.expect("made");
    assert!(
        matches!(done, Done::Written { notes } if notes == ["updated DNS: xn--bcher-kva.example", "web updated"])
    );
    assert!(bench.object(&ann).await.is_some());
}

#[tokio::test]
async fn refusals_have_their_kinds() {
    let bench = Bench::new(|rows| {
        rows.user("ann@example.com", "longenough1");
    })
    .await;
    let error =
        bench.perform(create(mailbox("ann@example.com"), wish("longenough2"))).await.expect_err("there");
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(error.message, "the box says: User already exists.");
    assert!(error.call.as_deref().is_some_and(|call| call.ends_with("/mail/users/add")));
    assert!(bench.sandbox.password_is("ann@example.com", "longenough1"), "nothing was changed");

    for bad in ["postmaster@example.com", "a+b@example.com", "a@corp.test"] {
        let error = bench.perform(create(mailbox(bad), wish("longenough2"))).await.expect_err(bad);
        assert_eq!(error.kind, ErrorKind::Invalid, "{bad}");
    }
    let mut gone = update(mailbox("nobody@example.com"), Fields::new().with(Field::Quota, quota(1 << 30)));
    gone.route = "quota".into();
    assert_eq!(bench.perform(gone).await.expect_err("nobody").kind, ErrorKind::NotFound);

    bench.server.clear();
    for short in ["1234567", "        ", ""] {
        let error = bench.perform(create(mailbox("li@example.com"), wish(short))).await.expect_err("short");
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
    let error = bench.perform(create(mailbox("li@example.com"), Fields::new())).await.expect_err("none");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!(bench.count(), 0, "what cannot be is not sent");
}

#[tokio::test]
async fn never_removes_what_it_logs_in_as() {
    let bench = Bench::new(|_| ()).await;
    for own in [mailbox("ME@example.com"), Identity::administrator("me@example.com")] {
        let error = bench.perform(delete(own)).await.expect_err("own");
        assert_eq!(error.kind, ErrorKind::Denied);
    }
    assert_eq!(bench.count(), 0);
}

#[tokio::test]
async fn administrators_are_mailboxes_with_a_privilege() {
    let bench = Bench::new(|rows| {
        rows.user("ann@example.com", "longenough1");
    })
    .await;
    let ann = Identity::administrator("Ann@example.com");
    let full = Fields::new().with(Field::Full, Value::Bool(true));
    bench.perform(create(ann.clone(), full.clone())).await.expect("made");
    assert_eq!(bench.fields(&ann).await, Some(full));
    bench.perform(delete(ann.clone())).await.expect("removed");
    assert_eq!(bench.object(&ann).await, None);
    bench.perform(delete(ann.clone())).await.expect("removing twice is nothing to the box");
    let nobody = Identity::administrator("nobody@example.com");
    assert_eq!(
        bench.perform(create(nobody.clone(), Fields::new())).await.expect_err("nobody").kind,
        ErrorKind::NotFound
    );
    assert!(matches!(bench.perform(delete(nobody)).await, Ok(Done::NotNeeded)));
    let less = Fields::new().with(Field::Full, Value::Bool(false));
    assert_eq!(bench.perform(create(ann, less)).await.expect_err("less").kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_command_that_fails_after_the_commit_leaves_the_write_in_doubt() {
    let bench = Bench::new(|_| ()).await;
    bench.sandbox.break_command(SystemCommand::Dovecot);
    let nora = mailbox("nora@example.com");
    let error = bench.perform(create(nora.clone(), wish("longenough1"))).await.expect_err("500");
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("journalctl")), "{error:?}");
    assert!(bench.object(&nora).await.is_some(), "it was made");
}

#[tokio::test]
async fn what_the_box_has_no_call_for_is_refused() {
    let bench = Bench::new(|_| ()).await;
    let domain = Identity::Domain("example.com".parse().expect("a domain"));
    for cannot in [
        create(domain.clone(), Fields::new()),
        delete(domain),
        update(mailbox("me@example.com"), wish("longenough1")),
        change(Verb::Rename, mailbox("me@example.com"), Fields::new()),
        create(Identity::Registration(address("me@example.com")), Fields::new()),
    ] {
        assert_eq!(bench.perform(cannot).await.expect_err("cannot").kind, ErrorKind::Invalid);
    }
    assert_eq!(bench.count(), 0);
}
