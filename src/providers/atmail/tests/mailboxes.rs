//! Mailboxes and domains, written.

use super::*;

fn names(given: &str, family: &str) -> Fields {
    Fields::new().with(Field::GivenName, Value::text(given)).with(Field::FamilyName, Value::text(family))
}

#[tokio::test]
async fn a_mailbox_is_made_in_one_call_with_values_in_the_body() {
    let bench = Bench::new(|_| ()).await;
    let plus = "a+b@example.com";
    let after = names("Ann & Co", "O'Hara+é")
        .with(Field::Password, password())
        .with(Field::Quota, mebibytes(2048))
        .with(setting("auto_reply"), Value::text("Away.\nBack <soon>"));
    assert_eq!(bench.write(&create(mailbox(plus), after)).await, [""; 0]);
    assert_eq!(
        bench.calls(),
        ["POST /users/create/name/a%2Bb@example.com", "GET /users/view/name/a%2Bb@example.com"]
    );
    let snapshot = bench.sandbox.snapshot();
    let user = snapshot.user(plus).expect("a user");
    assert_eq!(user.first_name.as_deref(), Some("Ann & Co"));
    assert_eq!(user.last_name.as_deref(), Some("O'Hara+é"));
    assert_eq!(user.quota, Some(2048));
    assert_eq!(user.auto_reply.as_deref(), Some("Away.\nBack <soon>"));
    assert_eq!(bench.sandbox.password_of(plus).as_deref(), Some("password-canary"));
    assert!(bench.sandbox.writes_by_get().is_empty() && bench.sandbox.passwords_in_urls().is_empty());
    assert!(bench.sandbox.ignored_parameters().is_empty(), "{:?}", bench.sandbox.ignored_parameters());
    // The applier judges what it finds.
    let error = bench.perform(&create(mailbox(plus), person())).await.expect_err("it is there");
    assert_eq!(error.kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn a_mailbox_needs_a_password_and_a_domain() {
    let bench = Bench::new(|_| ()).await;
    let error = bench.perform(&create(mailbox(ANN), names("a", "b"))).await.expect_err("none");
    assert!(error.kind == ErrorKind::Invalid && bench.calls().is_empty(), "{error}");
    let empty = Fields::new().with(Field::Password, Value::Secret(SecretRef::Env(" ".into())));
    let error = bench.perform(&create(mailbox(ANN), empty)).await.expect_err("empty");
    assert!(error.kind == ErrorKind::Invalid && bench.calls().is_empty(), "{error}");
    let error = bench.perform(&create(mailbox("a@nowhere.example"), person())).await.expect_err("no domain");
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.hint.expect("a hint").contains("manage: true"));
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_clears_by_the_body() {
    let bench = Bench::new(|rows| {
        rows.user(ANN, "x").column(ANN, "FirstName", "Ann").column(ANN, "LastName", "Old");
        rows.column(ANN, "AutoReply", "Away.").column(ANN, "UserQuota", "500");
    })
    .await;
    let state = Value::State(AccountState::Suspended);
    let after = names("", "New").with(setting("auto_reply"), Value::text("")).with(Field::State, state);
    assert_eq!(bench.write(&update(mailbox(ANN), names("Ann", "Old"), after)).await, [""; 0]);
    assert_eq!(bench.bodies(), ["UserFirstName=&UserLastName=New&enabled=false&AutoReply="]);
    let snapshot = bench.sandbox.snapshot();
    let user = snapshot.user(ANN).expect("a user");
    assert_eq!((user.first_name.as_deref(), user.last_name.as_deref()), (None, Some("New")));
    assert_eq!((user.auto_reply.as_deref(), user.status, user.quota), (None, 1, Some(500)));
    let fields = [Field::GivenName, Field::State, setting("auto_reply")];
    let read = bench.object(&mailbox(ANN), &fields).await.expect("a mailbox").fields;
    assert_eq!(read.value(&Field::GivenName), Some(&Value::text("")));
    // A password again, as after a create whose answer was lost.
    let mut again = update(mailbox(ANN), Fields::new(), person());
    again.fields = vec![Field::Password];
    bench.write(&again).await;
    assert_eq!(bench.calls(), ["POST /users/update/name/ann@example.com"]);
    let gone = bench.perform(&update(mailbox(BOB), names("a", "b"), names("", ""))).await.expect_err("gone");
    assert_eq!(gone.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn writes_by_get_hide_secrets_and_clear_by_post() {
    let params = [me(), vec![("write_method", text("get"))]].concat();
    let bench = Bench::with(
        |builder| builder,
        params,
        |rows| {
            rows.user(ANN, "x").column(ANN, "LastName", "Old");
        },
    )
    .await;
    bench.write(&create(mailbox(BOB), person())).await;
    assert_eq!(bench.calls()[0], "POST /users/create/name/bob@example.com");
    bench.write(&update(mailbox(ANN), Fields::new(), names("a+b", "New"))).await;
    assert_eq!(bench.server.requests()[0].query.as_deref(), Some("UserFirstName=a%2Bb&UserLastName=New"));
    bench.write(&update(mailbox(ANN), Fields::new(), names("", "New"))).await;
    assert_eq!(bench.calls()[0], "POST /users/update/name/ann@example.com");
    bench.write(&delete(mailbox(ANN), Fields::new())).await;
    assert_eq!(bench.calls()[1], "GET /users/delete/name/ann@example.com");
    assert!(bench.sandbox.passwords_in_urls().is_empty());
    // A write that goes by GET is sent once all the same.
    bench.server.faults().add(Fault::new(FaultKind::LostReply).nth(2).every());
    let error = bench.perform(&delete(mailbox(BOB), Fields::new())).await.expect_err("lost");
    assert_eq!((error.kind, bench.calls().len()), (ErrorKind::Ambiguous, 2));
}

#[tokio::test]
async fn a_rename_takes_the_new_local_part() {
    let bench = Bench::new(|rows| {
        rows.user("Ann@example.com", "x").user("li@example.com", "x");
    })
    .await;
    let seen = bench.object(&mailbox(ANN), &[]).await.expect("a mailbox");
    let rename = |new: &str| Change {
        before_identity: Some(mailbox(ANN)),
        remote: seen.remote.clone(),
        ..change(Verb::Rename, mailbox(new), Fields::new())
    };
    let taken = bench.perform(&rename("li@example.com")).await.expect_err("taken");
    assert_eq!(taken.kind, ErrorKind::Conflict);
    let abroad = bench.perform(&rename("ann@other.example")).await.expect_err("another domain");
    assert_eq!(abroad.kind, ErrorKind::Invalid);
    bench.write(&rename(BOB)).await;
    assert_eq!(bench.bodies(), ["NewUsername=bob"]);
    assert_eq!(bench.perform(&rename(BOB)).await.expect("done"), Done::NotNeeded);
    assert!(bench.sandbox.snapshot().user(BOB).is_some());
    let gone = bench.perform(&rename("x@example.com")).await.expect_err("gone");
    assert_eq!(gone.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_delete_looks_first() {
    let bench = Bench::new(|rows| {
        rows.user(ANN, "x");
    })
    .await;
    bench.write(&delete(mailbox(ANN), Fields::new())).await;
    assert_eq!(
        bench.calls(),
        ["GET /users/view/name/ann@example.com", "POST /users/delete/name/ann@example.com"]
    );
    assert_eq!(bench.perform(&delete(mailbox(ANN), Fields::new())).await.expect("done"), Done::NotNeeded);
    assert_eq!(bench.calls().len(), 1);
}

#[tokio::test]
async fn a_domain_goes_only_empty() {
    let bench = Bench::odd(Quirk::DomainDeleteCascades, |rows| {
        rows.user("li@new.example", "x").alias("sales@new.example", ANN).alias("new.example", "example.com");
    })
    .await;
    let gone = delete(domain_id("new.example"), Fields::new());
    let error = bench.perform(&gone).await.expect_err("not empty");
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(
        error.message.contains("li@new.example") && error.message.contains("sales@new.example"),
        "{error}"
    );
    assert!(bench.calls().iter().all(|call| call.starts_with("GET")), "{:?}", bench.calls());
    bench.sandbox.edit(|rows| {
        rows.remove_user("li@new.example").remove_alias("sales@new.example", ANN);
    });
    assert_eq!(bench.perform(&gone).await.expect_err("its alias").kind, ErrorKind::Conflict);
    bench.sandbox.edit(|rows| {
        rows.remove_alias("new.example", "example.com");
    });
    bench.write(&gone).await;
    assert_eq!(bench.perform(&gone).await.expect("done"), Done::NotNeeded);
    let made = create(domain_id("new.example"), Fields::new());
    bench.write(&made).await;
    assert_eq!(bench.perform(&made).await.expect_err("there").kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn a_licence_that_is_used_up_says_so() {
    let bench = Bench::with(|builder| builder.max_users(0).max_domains(1), me(), |_| ()).await;
    let user = bench.perform(&create(mailbox(ANN), person())).await.expect_err("no user");
    let domain =
        bench.perform(&create(domain_id("new.example"), Fields::new())).await.expect_err("no domain");
    assert_eq!((user.kind, domain.kind), (ErrorKind::LimitReached, ErrorKind::LimitReached));
}

#[tokio::test]
async fn a_field_that_does_not_stick_is_told_each_time_and_not_compared_again() {
    let bench = Bench::odd(Quirk::ForwardNotUpdated, |rows| {
        rows.user(ANN, "x");
    })
    .await;
    let after = names("Ann", "New").with(setting("auto_reply"), Value::text("Away."));
    let change = update(mailbox(ANN), Fields::new(), after);
    let notes = bench.write(&change).await;
    assert!(notes.len() == 1 && notes[0].contains("settings.auto_reply"), "{notes:?}");
    let fields = [Field::GivenName, setting("auto_reply")];
    let seen = bench.object(&mailbox(ANN), &fields).await.expect("a mailbox");
    assert_eq!(seen.fields.value(&Field::GivenName), Some(&Value::text("Ann")));
    assert!(not_read(&seen, &setting("auto_reply")).contains("`unsupported`"));
    bench.sandbox.turn_off(Quirk::ForwardNotUpdated);
    assert_eq!(bench.write(&change).await, [""; 0]);
    let seen = bench.object(&mailbox(ANN), &fields).await.expect("a mailbox");
    assert_eq!(seen.fields.value(&setting("auto_reply")), Some(&Value::text("Away.")));
}

#[tokio::test]
async fn a_domain_whose_accounts_stand_behind_those_of_others_is_not_empty() {
    let bench = Bench::odd(Quirk::DomainDeleteCascades, |rows| {
        for number in 0..250 {
            rows.user(&format!("m{number}@example.com"), "x");
        }
        rows.user("li@new.example", "x");
    })
    .await;
    bench.sandbox.turn_on(Quirk::DomainIgnored);
    let error = bench.perform(&delete(domain_id("new.example"), Fields::new())).await.expect_err("not empty");
    assert!(error.kind == ErrorKind::Conflict && error.message.contains("li@new.example"), "{error}");
    assert!(bench.sandbox.snapshot().user("li@new.example").is_some());
}

#[tokio::test]
async fn a_domain_of_which_the_login_may_not_see_all_stays() {
    const CHECK: &str =
        "<domaincheck><response><message>x exists</message></response><status>success</status></domaincheck>";
    const NONE: &str = "<list><response/><status>success</status></list>";
    let replies = &[("/domain/check", 200, CHECK), ("/users/list", 200, NONE), ("/aliases/list", 200, NONE)];
    let bench = canned(replies, login("sub", "sub-password"), |rows| {
        rows.user(ANN, "x").admin("sub", "sub-password", &[Right::UAdd], &["example.com"]);
    })
    .await;
    let error = bench.perform(&delete(domain_id("example.com"), Fields::new())).await.expect_err("unseen");
    assert!(error.kind == ErrorKind::Denied && error.message.contains("may not see all"), "{error}");
    assert!(bench.calls().iter().all(|call| call.starts_with("GET")));
}
