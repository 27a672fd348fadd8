//! Full access over the simulated doveadm, with everything that it does wrong.

use axum::http::Method;

use super::super::fixture::{Scratch, address, create, delete, part, secret, update};
use super::super::sandbox::Dovecot;
use super::super::{PostfixAdmin, check};
use super::Doveadm;
use crate::model::{
    AccountState, Address, Change, ConnectionState, Extent, Field, Fields, Identity, Kind, Looked, Right,
    Scope, Standing, Value,
};
use crate::provider::{CheckState, Done, ErrorKind, read};
use crate::sandbox::{Fault, FaultKind, Running, start};

/// A database with three mailboxes, and a Dovecot that knows them.
struct Site {
    scratch: Scratch,
    dovecot: Dovecot,
    running: Running,
}

const JANE: &str = "jane@acme.test";
const JOHN: &str = "john@acme.test";

fn mailbox(address_text: &str) -> Identity {
    Identity::Mailbox(address(address_text))
}

fn permission() -> Identity {
    Identity::Permission { mailbox: address(JANE), grantee: address(JOHN) }
}

fn rights(rights: &[Right]) -> Fields {
    Fields::new().with(Field::Rights, Value::Rights(rights.iter().copied().collect()))
}

/// The change from some rights to others.
fn change(before: &[Right], after: &[Right]) -> Change {
    let mut change = match (before, after) {
        ([], _) => create(permission(), rights(after)),
        (_, []) => delete(permission()),
        _ => update(permission(), rights(after)),
    };
    change.before = (!before.is_empty()).then(|| rights(before));
    change
}

impl Site {
    async fn new() -> Self {
        let scratch = Scratch::made().await;
        let dovecot = Dovecot::new("key");
        for name in [JANE, JOHN, "ann@acme.test"] {
            dovecot.add_user(name);
            let provider = scratch.provider();
            provider.written(&create(mailbox(name), Fields::new())).await;
            provider.close().await;
        }
        let running = start(dovecot.simulator()).await.expect("serves");
        Self { scratch, dovecot, running }
    }

    fn provider(&self) -> PostfixAdmin {
        self.scratch.provider_beside(Doveadm::new(&self.running.url(), &"key".into(), None).expect("valid"))
    }

    async fn read(&self, extent: Extent) -> ConnectionState {
        self.provider().state(&Scope { facts: true, ..Scope::of(vec![part(Kind::Permission, extent)]) }).await
    }

    /// The rights that are read; none where the permission is not there.
    async fn rights(&self) -> Option<String> {
        let state = self.read(Extent::PartsOf([address(JANE)].into())).await;
        match state.look(&permission()) {
            Looked::Present(object) => Some(
                object
                    .fields
                    .iter()
                    .map(|(_, reading)| reading.known().map_or("not read".to_owned(), ToString::to_string))
                    .collect(),
            ),
            Looked::Absent { .. } => None,
            Looked::Unknown(reason) => Some(format!("unknown: {reason}")),
        }
    }
}

#[tokio::test]
async fn both_rights_of_a_pair_are_given_read_and_taken_each_in_its_place() {
    let site = Site::new().await;
    assert_eq!(site.rights().await, None);
    site.provider().written(&change(&[], &[Right::FullAccess])).await;
    assert_eq!(site.dovecot.entries().len(), 5, "{:?}", site.dovecot.entries());
    assert_eq!(site.rights().await.as_deref(), Some("full_access"));
    let both = [Right::FullAccess, Right::SendAs];
    site.provider().written(&change(&[Right::FullAccess], &both)).await;
    assert_eq!(site.rights().await.as_deref(), Some("full_access, send_as"));
    assert_eq!(site.provider().done(&change(&[Right::FullAccess], &both)).await, Done::NotNeeded);
    site.provider().written(&change(&both, &[Right::SendAs])).await;
    assert_eq!(site.rights().await.as_deref(), Some("send_as"));
    assert!(site.dovecot.entries().is_empty());
    site.provider().written(&change(&[Right::SendAs], &both)).await;
    site.provider().written(&change(&both, &[])).await;
    assert_eq!(site.rights().await, None);
    assert!(site.dovecot.entries().is_empty());
    assert_eq!(site.provider().done(&change(&both, &[])).await, Done::NotNeeded);
}

#[tokio::test]
async fn a_grantee_is_entered_as_logins_are_spelled() {
    let site = Site::new().await;
    let permission =
        Identity::Permission { mailbox: address("Jane@Acme.test"), grantee: address("John@Acme.TEST") };
    site.provider().written(&create(permission, rights(&[Right::FullAccess]))).await;
    assert!(site.dovecot.entries().iter().all(|entry| entry.contains(" user=john@acme.test: ")));
    assert_eq!(site.rights().await.as_deref(), Some("full_access"));
}

#[tokio::test]
async fn a_folder_made_since_is_missing_until_the_next_change() {
    let site = Site::new().await;
    site.provider().written(&change(&[], &[Right::FullAccess])).await;
    site.dovecot.add_folder(JANE, "Sent/2027");
    assert_eq!(site.rights().await.as_deref(), Some("full_access"), "a child takes the list over");
    site.dovecot.add_folder(JANE, "Plans");
    let state = site.read(Extent::PartsOf([address(JANE)].into())).await;
    let Looked::Present(object) = state.look(&permission()) else { panic!("it is there") };
    assert_eq!(object.facts["full_access"], "not yet of Plans, made since it was given");
    assert_eq!(site.rights().await.as_deref(), Some(""));
    site.provider().written(&change(&[], &[Right::FullAccess])).await;
    assert_eq!(site.rights().await.as_deref(), Some("full_access"));
}

#[tokio::test]
async fn what_a_person_shares_by_hand_is_shown_and_left_alone() {
    let site = Site::new().await;
    site.dovecot.share(JANE, "Sent", &format!("user={JOHN}"), &["lookup", "read"]);
    let state = site.read(Extent::Domain("acme.test".parse().expect("valid"))).await;
    let Looked::Present(object) = state.look(&permission()) else { panic!("it is there") };
    assert!(
        matches!(&object.standing, Standing::Foreign(why) if why.contains("Sent (user=john@acme.test: lookup read)"))
    );
    let before = site.dovecot.entries();
    assert_eq!(site.provider().done(&change(&[Right::SendAs], &[])).await, Done::NotNeeded);
    assert_eq!(site.dovecot.entries(), before);
}

#[tokio::test]
async fn a_change_that_stops_half_way_is_still_ours_and_the_next_one_ends_it() {
    let site = Site::new().await;
    site.dovecot.freeze(Some("Sent"));
    let error = site.provider().refused(&change(&[], &[Right::FullAccess])).await;
    assert_eq!(error.kind, ErrorKind::Ambiguous, "{error}");
    site.dovecot.freeze(None);
    assert_eq!(
        site.rights().await.as_deref(),
        Some(""),
        "a grant with a gap, not somebody's sharing by hand"
    );
    site.provider().written(&change(&[], &[Right::FullAccess])).await;
    assert_eq!(site.rights().await.as_deref(), Some("full_access"));
    site.dovecot.freeze(Some("Drafts"));
    let error = site.provider().refused(&change(&[Right::FullAccess], &[])).await;
    assert_eq!(error.kind, ErrorKind::Ambiguous, "{error}");
    site.dovecot.freeze(None);
    assert_eq!(
        site.rights().await.as_deref(),
        Some(""),
        "the rest of a grant, not somebody's sharing by hand"
    );
    site.provider().written(&change(&[Right::FullAccess], &[])).await;
    assert!(site.dovecot.entries().is_empty());
}

#[tokio::test]
async fn what_is_left_of_full_access_beside_another_right_is_seen_and_taken() {
    let site = Site::new().await;
    let (both, one) = ([Right::FullAccess, Right::SendAs], [Right::SendAs]);
    site.provider().written(&change(&[], &both)).await;
    site.dovecot.freeze(Some("Drafts"));
    let error = site.provider().refused(&change(&both, &one)).await;
    assert_eq!(error.kind, ErrorKind::Ambiguous, "{error}");
    site.dovecot.freeze(None);
    assert_eq!(site.rights().await.as_deref(), Some("full_access"), "the inbox can still be opened");
    site.provider().written(&change(&[Right::FullAccess], &one)).await;
    assert_eq!(site.rights().await.as_deref(), Some("send_as"));
    assert!(site.dovecot.entries().is_empty());
    // And one that was given half is not whole either.
    site.dovecot.freeze(Some("Sent"));
    site.provider().refused(&change(&one, &both)).await;
    site.dovecot.freeze(None);
    assert_eq!(site.rights().await.as_deref(), Some("full_access"));
    site.provider().written(&change(&[Right::FullAccess], &both)).await;
    assert_eq!(site.rights().await.as_deref(), Some("full_access, send_as"));
}

#[tokio::test]
async fn a_mailbox_whose_owner_may_not_share_is_neither_read_as_private_nor_given() {
    let site = Site::new().await;
    site.provider().written(&change(&[], &[Right::FullAccess])).await;
    site.dovecot.forbid_owners();
    assert!(site.rights().await.is_some_and(|rights| rights.contains("no right to share it")));
    let error = site.provider().refused(&change(&[Right::FullAccess], &[])).await;
    assert!(error.message.contains("no right to share it"), "{error}");
}

#[tokio::test]
async fn a_grant_is_not_taken_from_a_mailbox_of_which_dovecot_says_nothing() {
    let site = Site::new().await;
    site.provider().written(&change(&[], &[Right::FullAccess])).await;
    site.dovecot.suspend(JANE);
    let error = site.provider().refused(&change(&[Right::FullAccess], &[])).await;
    assert_eq!(error.kind, ErrorKind::NotFound, "it would come back with the mailbox: {error}");
}

#[tokio::test]
async fn the_entry_that_dovecot_goes_by_counts_and_others_in_capitals_do_not() {
    let site = Site::new().await;
    site.dovecot.share(JANE, "INBOX", "user=John@acme.test", &["lookup"]);
    site.provider().written(&change(&[], &[Right::FullAccess])).await;
    assert_eq!(site.rights().await.as_deref(), Some("full_access"));
    site.provider().written(&change(&[Right::FullAccess], &[])).await;
    assert!(site.dovecot.entries().is_empty(), "{:?}", site.dovecot.entries());
}

#[tokio::test]
async fn folders_that_others_share_with_a_mailbox_are_never_given_on() {
    let site = Site::new().await;
    let full = super::acl::FULL;
    site.dovecot.share("ann@acme.test", "INBOX", &format!("user={JANE}"), &full);
    site.provider().written(&change(&[], &[Right::FullAccess])).await;
    let given = site.dovecot.entries();
    assert!(!given.iter().any(|entry| entry.starts_with("ann") && entry.contains(JOHN)), "{given:?}");
}

#[tokio::test]
async fn a_mailbox_that_dovecot_does_not_know_spoils_no_others_reading() {
    let site = Site::new().await;
    site.provider().written(&change(&[], &[Right::FullAccess])).await;
    let off = Fields::new().with(Field::State, Value::State(AccountState::Suspended));
    site.provider().written(&update(mailbox("ann@acme.test"), off)).await;
    site.dovecot.suspend("ann@acme.test");
    let state = site.read(Extent::Domain("acme.test".parse().expect("valid"))).await;
    let pair =
        |mailbox: &str| Identity::Permission { mailbox: address(mailbox), grantee: address("x@acme.test") };
    assert!(matches!(state.look(&permission()), Looked::Present(_)));
    assert!(matches!(state.look(&pair(JANE)), Looked::Absent { .. }));
    assert!(matches!(state.look(&pair("ann@acme.test")), Looked::Unknown(why) if why.contains("user_query")));
    let incomplete = state.incomplete();
    assert!(!incomplete.is_empty(), "what a prune would rest on is not complete");
}

#[tokio::test]
async fn a_mailbox_that_goes_takes_its_grants_along_and_a_new_one_begins_without() {
    let site = Site::new().await;
    site.provider().written(&change(&[], &[Right::FullAccess, Right::SendAs])).await;
    site.provider().written(&delete(mailbox(JANE))).await;
    assert!(site.dovecot.entries().is_empty(), "{:?}", site.dovecot.entries());
    // Somebody else had removed the last one past Dovecot.
    site.dovecot.share(JANE, "INBOX", &format!("user={JOHN}"), &["lookup", "read"]);
    site.dovecot.share(JANE, "INBOX", "anyone", &["lookup", "read"]);
    site.dovecot.share(JANE, "INBOX", "owner", &["lookup", "read", "admin"]);
    let fields = Fields::new().with(Field::Password, secret());
    let notes = site.provider().written(&create(mailbox(JANE), fields)).await;
    assert!(notes.iter().any(|note| note.contains("no longer shared")), "{notes:?}");
    assert_eq!(site.dovecot.entries(), ["jane@acme.test/INBOX owner: admin lookup read"]);
}

#[tokio::test]
async fn a_wrong_key_is_told_at_once_and_never_with_a_body() {
    let site = Site::new().await;
    let wrong = || Doveadm::new(&site.running.url(), &"not the key".into(), None).expect("valid");
    let provider = site.scratch.provider_beside(wrong());
    let error = provider.refused(&change(&[], &[Right::FullAccess])).await;
    assert_eq!(error.kind, ErrorKind::Auth, "{error}");
    assert!(!format!("{error:?}").contains("not the key"));
    let scope = Scope::of(vec![part(Kind::Permission, Extent::Everything)]);
    let (_, failure) = read(&provider, &scope).await;
    assert_eq!(failure.map(|error| error.kind), Some(ErrorKind::Auth));
    assert_eq!(site.running.counters().of(&Method::POST, "/doveadm/v1"), 0);
    let checks = check::all(&site.scratch.database(), Some(&wrong())).await;
    let last = checks.last().expect("some");
    assert_eq!((last.name.as_str(), last.state), ("doveadm", CheckState::Failed), "{last:?}");
    let right = Doveadm::new(&site.running.url(), &"key".into(), None).expect("valid");
    let checks = check::all(&site.scratch.database(), Some(&right)).await;
    assert_eq!(checks.last().expect("some").state, CheckState::Passed, "{checks:?}");
}

#[tokio::test]
async fn a_lost_answer_to_a_grant_is_in_doubt_and_made_good_by_the_next_try() {
    let site = Site::new().await;
    // The list of folders and their entries and rights are three questions; the fourth POST gives.
    let fault = Fault::new(FaultKind::LostReply).to(Method::POST, "/doveadm/v1").nth(4);
    site.running.faults().add(fault);
    let error = site.provider().refused(&change(&[], &[Right::FullAccess, Right::SendAs])).await;
    assert_eq!(error.kind, ErrorKind::Ambiguous, "{error}");
    assert_eq!(site.rights().await.as_deref(), Some("full_access"), "the answer was lost, not the grant");
    site.provider().written(&change(&[], &[Right::FullAccess, Right::SendAs])).await;
    assert_eq!(site.rights().await.as_deref(), Some("full_access, send_as"));
}

#[tokio::test]
async fn a_dovecot_that_fails_makes_a_reading_incomplete_and_hides_nothing() {
    let site = Site::new().await;
    site.provider().written(&change(&[], &[Right::FullAccess, Right::SendAs])).await;
    for kind in [FaultKind::ErrorBefore, FaultKind::HtmlPage, FaultKind::HalfBody, FaultKind::Reset] {
        let name = kind.name();
        site.running.faults().add(Fault::new(kind).to(Method::POST, "/doveadm/v1").every());
        let state = site.read(Extent::PartsOf([address(JANE)].into())).await;
        site.running.faults().clear();
        let Looked::Present(object) = state.look(&permission()) else {
            panic!("{name}: the database knows it")
        };
        assert_eq!(
            object.fields.iter().filter(|(_, reading)| reading.known().is_some()).count(),
            0,
            "{name}"
        );
        let other = Identity::Permission { mailbox: address(JANE), grantee: address("ann@acme.test") };
        assert!(matches!(state.look(&other), Looked::Unknown(_)), "{name}");
    }
}

#[tokio::test]
async fn facts_are_asked_for_only_where_they_are_wanted() {
    let site = Site::new().await;
    let mut scope = Scope::of(vec![part(Kind::Mailbox, Extent::Objects([mailbox(JANE)].into()))]);
    let state = site.provider().state(&scope).await;
    let jane: &Address = &address(JANE);
    let facts = |state: &ConnectionState| state.objects[&Identity::Mailbox(jane.clone())].facts.clone();
    assert!(!facts(&state).contains_key("dovecot_storage"));
    assert_eq!(site.running.counters().of(&Method::POST, "/doveadm/v1"), 0);
    scope.facts = true;
    let state = site.provider().state(&scope).await;
    assert_eq!(facts(&state)["dovecot_storage"], "108 KiB of 977 KiB, 11 %");
}
