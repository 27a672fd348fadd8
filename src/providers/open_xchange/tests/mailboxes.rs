//! Mailboxes are made, changed, suspended, renamed and removed, and who loses access is logged out.

use super::*;
use crate::model::{AccountState, Quota};

const NEW: &str = "nora@example.com";

async fn bench() -> Bench {
    Bench::new(|rows| {
        rows.user(CONTEXT, JANE, "pw").change(JANE, |jane| {
            jane.sessions = vec!["s1".into(), "s2".into()];
            jane.aliases = vec!["sales@example.com".into()];
        });
        rows.user(CONTEXT, JOHN, "pw").change(JOHN, |john| john.sessions = vec!["s3".into()]);
    })
    .await
}

/// A change of what was read.
async fn of(bench: &Bench, change: Change) -> Change {
    let observed = bench.object(change.before_identity.as_ref().unwrap_or(&change.identity), &[]).await;
    let observed = observed.expect("it is there");
    Change { remote: observed.remote, record: observed.record, ..change }
}

fn state(state: AccountState) -> Fields {
    Fields::new().with(Field::State, Value::State(state))
}

fn quota(mib: u64) -> Value {
    Value::Quota(if mib == 0 { Quota::Unlimited } else { Quota::Bytes(mib << 20) })
}

fn closed(bench: &Bench) -> Vec<Option<String>> {
    let snapshot = bench.sandbox.snapshot();
    assert_eq!(snapshot.counts.context_wide_closes, 0);
    snapshot.closed.into_iter().map(|closed| closed.user).collect()
}

#[tokio::test]
async fn a_mailbox_is_made_with_what_its_create_takes() {
    let bench = bench().await;
    let wish = person("Nora")
        .with(Field::DisplayName, Value::text("Nora Doe"))
        .with(Field::Quota, quota(500))
        .with(setting("class_of_service"), words(&["cloud_pim", "cloud_productivity"]))
        .with(setting("language"), Value::text("en_US"))
        .with(setting("timezone"), Value::text("Europe/Berlin"));
    bench.write(&create(mailbox(NEW), wish)).await;
    assert_eq!(bench.calls(), ["POST /cloudapi/v2/users?name=acme_shop"]);
    let snapshot = bench.sandbox.snapshot();
    let nora = snapshot.user(NEW).expect("made");
    assert_eq!((nora.name.as_str(), nora.given_name.as_str(), nora.unified_quota), (NEW, "Nora", Some(500)));
    assert_eq!(nora.classes_of_service, ["cloud_pim", "cloud_productivity"]);
    assert_eq!((nora.language.as_deref(), nora.display_name.as_deref()), (Some("en_US"), Some("Nora Doe")));
    assert_eq!(bench.sandbox.password_of(NEW).as_deref(), Some("password-canary"));
    let error = bench.refused(&create(mailbox(NEW), person("Nora"))).await;
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(!format!("{error:?}").contains("canary"));
}

#[tokio::test]
async fn a_mailbox_without_a_class_of_service_gets_the_usual_one_and_a_welcome_where_it_is_wished() {
    let bench = bench().await;
    bench.write(&create(mailbox(NEW), person("Nora").with(setting("welcome_mail"), Value::Bool(true)))).await;
    let snapshot = bench.sandbox.snapshot();
    assert_eq!(snapshot.user(NEW).expect("made").classes_of_service, ["cloud_pim"]);
    let [mail] = snapshot.notifications.as_slice() else { panic!("{:?}", snapshot.notifications) };
    assert_eq!((mail.kind, mail.address.as_str()), ("welcome", NEW));
    bench
        .write(&create(
            mailbox("li@example.com"),
            person("Li").with(setting("welcome_mail"), Value::Bool(false)),
        ))
        .await;
    assert_eq!(bench.sandbox.snapshot().notifications.len(), 1);
}

#[tokio::test]
async fn a_welcome_that_fails_is_told_and_the_mailbox_is_there() {
    let bench = bench().await;
    bench
        .server
        .faults()
        .add(Fault::new(FaultKind::ErrorBefore).to(Method::POST, "/oxaas/v1/notification/welcome/*"));
    let notes = bench
        .write(&create(mailbox(NEW), person("Nora").with(setting("welcome_mail"), Value::Bool(true))))
        .await;
    assert!(notes[0].contains("welcome mail was not sent"), "{notes:?}");
    assert!(bench.sandbox.snapshot().user(NEW).is_some());
}

#[tokio::test]
async fn a_create_without_what_it_needs_sends_nothing() {
    let bench = bench().await;
    for lacking in [Field::Password, Field::GivenName, Field::FamilyName] {
        let mut wish = person("Nora");
        wish.remove(&lacking);
        assert_eq!(bench.refused(&create(mailbox(NEW), wish)).await.kind, ErrorKind::Invalid);
        assert_eq!(bench.calls().len(), 0, "{lacking}");
    }
}

#[tokio::test]
async fn only_the_changed_members_of_a_record_are_sent() {
    let bench = bench().await;
    let wish = Fields::new().with(Field::FamilyName, Value::text("Roe")).with(Field::Quota, quota(7));
    let change = of(&bench, update("", mailbox(JANE), wish)).await;
    bench.write(&change).await;
    assert_eq!(bench.writes(), [r#"PUT users/jane@example.com {"surName":"Roe","unifiedQuota":7}"#]);
    let secret = Value::Secret(SecretRef::Env("another-canary".into()));
    bench
        .write(&of(&bench, update("", mailbox(JANE), Fields::new().with(Field::Password, secret))).await)
        .await;
    assert_eq!(bench.sandbox.password_of(JANE).as_deref(), Some("another-canary"));
    assert_eq!(closed(&bench), [], "nobody lost anything");
}

#[tokio::test]
async fn a_quota_goes_where_the_record_has_it_and_no_limit_is_null() {
    let bench = bench().await;
    bench.sandbox.edit(|rows| {
        rows.change(JOHN, |john| (john.mail_quota, john.file_quota) = (Some(5), Some(9)));
    });
    let wish = |mib| Fields::new().with(Field::Quota, quota(mib));
    bench.write(&of(&bench, update("", mailbox(JOHN), wish(6))).await).await;
    assert_eq!(bench.writes(), [r#"PUT users/john@example.com {"mailQuota":6}"#]);
    bench.write(&of(&bench, update("", mailbox(JANE), wish(6))).await).await;
    bench.write(&of(&bench, update("", mailbox(JANE), wish(0))).await).await;
    assert_eq!(bench.writes(), [r#"PUT users/jane@example.com {"unifiedQuota":null}"#]);
    let snapshot = bench.sandbox.snapshot();
    assert_eq!(snapshot.user(JANE).expect("jane").unified_quota, None);
    assert_eq!(snapshot.user(JOHN).expect("john").file_quota, Some(9));
}

#[tokio::test]
async fn who_is_suspended_is_logged_out_and_nobody_else() {
    let bench = bench().await;
    let change = of(&bench, update("permissions", mailbox(JANE), state(AccountState::Suspended))).await;
    let change = logging_out(change);
    bench.write(&change).await;
    let writes = bench.writes();
    assert_eq!(writes[0], r#"PUT users/jane@example.com/permissions {"editPassword":true,"weblogin":false}"#);
    assert_eq!(writes[1], "DELETE /oxaas/v1/admin/sessions/");
    assert!(bench.calls().last().expect("calls").ends_with("?contextName=acme_shop&userId=3"));
    let snapshot = bench.sandbox.snapshot();
    assert!(snapshot.user(JANE).expect("jane").sessions.is_empty());
    assert_eq!(snapshot.user(JOHN).expect("john").sessions.len(), 1);
    assert_eq!(closed(&bench).len(), 1);
    // Once more, as after a lost answer: nothing is written, and the sessions are closed again.
    bench.write(&change).await;
    assert_eq!(bench.writes().len(), 1);
    let active = of(&bench, update("permissions", mailbox(JANE), state(AccountState::Active))).await;
    bench.write(&active).await;
    assert_eq!(bench.writes().len(), 1, "who gets access back stays as it is");
    assert_eq!(bench.perform(&active).await.expect("it holds"), Done::NotNeeded);
}

#[tokio::test]
async fn a_close_that_fails_after_the_write_is_in_doubt_and_the_repeat_closes() {
    let bench = bench().await;
    let change =
        logging_out(of(&bench, update("permissions", mailbox(JANE), state(AccountState::Suspended))).await);
    bench
        .server
        .faults()
        .add(Fault::new(FaultKind::ErrorBefore).to(Method::DELETE, "/oxaas/v1/admin/sessions/"));
    let error = bench.refused(&change).await;
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert!(error.message.contains("may still be open"), "{error}");
    assert!(!bench.sandbox.snapshot().user(JANE).expect("jane").weblogin);
    bench.write(&change).await;
    assert!(bench.sandbox.snapshot().user(JANE).expect("jane").sessions.is_empty());
}

#[tokio::test]
async fn a_rename_moves_address_and_login_and_logs_out() {
    let bench = bench().await;
    let change =
        Change { before_identity: Some(mailbox(JANE)), ..change(Verb::Rename, mailbox(NEW), Fields::new()) };
    let change = logging_out(of(&bench, change).await);
    bench.write(&change).await;
    assert_eq!(
        bench.writes()[0],
        format!(r#"PUT users/jane@example.com {{"mail":"{NEW}","newName":"{NEW}"}}"#)
    );
    let snapshot = bench.sandbox.snapshot();
    let nora = snapshot.user(NEW).expect("renamed");
    assert_eq!((nora.name.as_str(), nora.id, nora.sessions.len()), (NEW, 3, 0));
    assert_eq!(nora.aliases, ["sales@example.com"]);
    // The repeat after a lost answer closes the sessions of the new name.
    bench.write(&change).await;
    assert_eq!(bench.writes().len(), 1);
    // A later change of the same plan still bears the old remote id.
    let later = Change {
        remote: change.remote.clone(),
        ..update("", mailbox(NEW), Fields::new().with(Field::Quota, quota(9)))
    };
    bench.write(&later).await;
    assert_eq!(bench.sandbox.snapshot().user(NEW).expect("nora").unified_quota, Some(9));
    assert_eq!(closed(&bench).len(), 2);
}

#[tokio::test]
async fn a_rename_to_an_address_that_is_taken_is_a_conflict() {
    let bench = bench().await;
    let change =
        Change { before_identity: Some(mailbox(JANE)), ..change(Verb::Rename, mailbox(JOHN), Fields::new()) };
    let error = bench.refused(&logging_out(of(&bench, change).await)).await;
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(closed(&bench), []);
}

#[tokio::test]
async fn a_list_of_aliases_that_holds_the_primary_address_moves_it_too() {
    let build = |builder: Builder| builder.with(Quirk::PrimaryInAliases);
    let bench = Bench::with(build, keys(), |rows| {
        rows.user(CONTEXT, JANE, "pw").change(JANE, |jane| jane.aliases = vec!["sales@example.com".into()]);
    })
    .await;
    let change =
        Change { before_identity: Some(mailbox(JANE)), ..change(Verb::Rename, mailbox(NEW), Fields::new()) };
    bench.write(&of(&bench, change).await).await;
    assert_eq!(bench.sandbox.snapshot().user(NEW).expect("nora").aliases, ["sales@example.com"]);
}

#[tokio::test]
async fn a_mailbox_that_goes_is_logged_out_before() {
    let bench = bench().await;
    let jane = bench.object(&mailbox(JANE), &[]).await.expect("jane");
    let change = logging_out(delete(&jane));
    bench.write(&change).await;
    assert_eq!(bench.writes(), ["DELETE /oxaas/v1/admin/sessions/", "DELETE users/jane@example.com"]);
    assert!(bench.sandbox.snapshot().user(JANE).is_none());
    assert_eq!(bench.perform(&change).await.expect("gone"), Done::NotNeeded);
    assert_eq!(closed(&bench).len(), 1);
}

#[tokio::test]
async fn a_delete_whose_close_failed_left_everything() {
    let bench = bench().await;
    let jane = bench.object(&mailbox(JANE), &[]).await.expect("jane");
    bench
        .server
        .faults()
        .add(Fault::new(FaultKind::LostReply).to(Method::DELETE, "/oxaas/v1/admin/sessions/"));
    let error = bench.refused(&logging_out(delete(&jane))).await;
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
    assert!(bench.sandbox.snapshot().user(JANE).is_some());
}

#[tokio::test]
async fn nothing_is_written_to_a_user_with_another_address() {
    let bench = bench().await;
    let john = bench.object(&mailbox(JOHN), &[]).await.expect("john");
    // Somebody renamed john meanwhile, and the plan speaks of the address that he had.
    bench.sandbox.edit(|rows| {
        rows.change(JOHN, |john| john.mail = Some("other@example.com".into()));
    });
    let wish = Fields::new().with(Field::Quota, quota(9));
    let error =
        bench.refused(&Change { remote: john.remote.clone(), ..update("", mailbox(JOHN), wish) }).await;
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(bench.perform(&delete(&john)).await.expect("none"), Done::NotNeeded);
    assert!(bench.sandbox.snapshot().user("other@example.com").is_some());
}
