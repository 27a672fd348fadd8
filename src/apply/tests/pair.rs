//! An address that changes hands: two changes in one write, or each alone.

use std::time::Duration;

use tokio::time::Instant;

use crate::apply::OnFailure;
use crate::apply::fake::{
    Fake, Fault, PASSWORD, alias, create, create_alias, create_with_password, delete, delete_alias, mailbox,
    named, needs, plan, to,
};
use crate::apply::journal::{Journal, unfinished};
use crate::model::{Change, Field, NeedKind, Plan, SecretRef, Value};
use crate::provider::{ErrorKind, ProviderError};

use super::{Trial, notes, told};

const RELEASE: &str = "delete:mailbox:box:a@example.com";
const CLAIM: &str = "create:alias:box:a@example.com";

/// A service that hands over and holds the mailbox `a`.
fn holding() -> Trial {
    let fake = Fake::taking(Duration::from_secs(1));
    fake.state().objects.insert(mailbox("a"), named("a"));
    let mut trial = Trial::new(fake);
    trial.capabilities.hands_over = true;
    trial
}

/// The mailbox `a` becomes an alias.
fn conversion() -> Plan {
    let release = delete("a");
    let claim = needs(create_alias("a"), &release, NeedKind::Hard);
    plan(vec![release, claim])
}

/// The alias `a` becomes a mailbox with a password.
fn back(password: &str) -> (Trial, Plan) {
    let trial = holding();
    let mut state = trial.fake().state();
    state.objects.clear();
    state.objects.insert(alias("a"), to("z"));
    drop(state);
    let release = delete_alias("a");
    let mut claim = needs(create_with_password("a"), &release, NeedKind::Hard);
    claim.after.set(Field::Password, Value::Secret(SecretRef::Env(password.into())));
    (trial, plan(vec![release, claim]))
}

fn claimed(trial: &Trial) -> Vec<String> {
    trial.fake().state().claimed.iter().map(ToString::to_string).collect()
}

fn holds_alias(trial: &Trial) -> bool {
    let state = trial.fake().state();
    state.objects.len() == 1 && state.objects.contains_key(&alias("a"))
}

fn is_untouched(trial: &Trial) -> bool {
    let state = trial.fake().state();
    state.objects.len() == 1 && state.objects.contains_key(&mailbox("a"))
}

#[tokio::test(start_paused = true)]
async fn an_address_changes_hands_in_one_call() {
    let mut trial = holding();
    assert_eq!(told(&trial.run(&conversion()).await), ["done", "done"]);
    assert_eq!(trial.fake().begun(), [RELEASE]);
    assert_eq!(claimed(&trial), [CLAIM]);
    assert!(holds_alias(&trial));
    assert_eq!(
        trial.heard(),
        [
            "started 2".to_owned(),
            format!("began {RELEASE}"),
            format!("began {CLAIM}"),
            format!("ended {RELEASE} done"),
            format!("ended {CLAIM} done"),
            "finished".to_owned(),
        ]
    );

    // And back, with its password.
    let (mut trial, plan) = back("JANE");
    assert_eq!(told(&trial.run(&plan).await), ["done", "done"]);
    assert_eq!(trial.fake().begun().len(), 1);
    assert_eq!(trial.fake().state().passwords[&mailbox("a")], PASSWORD);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_cannot_gets_one_change_at_a_time() {
    let mut trial = holding();
    trial.capabilities.hands_over = false;
    assert_eq!(told(&trial.run(&conversion()).await), ["done", "done"]);
    assert_eq!(trial.fake().begun(), [RELEASE, CLAIM]);
    assert!(claimed(&trial).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_release_that_is_refused_leaves_the_claim_skipped_and_the_address_as_it_is() {
    for (fault, said, calls) in [
        (Fault::Refuse(ErrorKind::LimitReached), "failed: refused", 1),
        (Fault::Refuse(ErrorKind::Conflict), "failed: refused", 1),
        (Fault::Refuse(ErrorKind::Unavailable), "failed: refused; tried 6 times", 6),
        (
            Fault::LostBefore,
            "failed: the connection broke; sent 3 times, and reading back each time: it is still there",
            3,
        ),
        (
            Fault::PanicBefore,
            "failed: the adapter panicked, which is a bug: lost its way; reading back: it is still there",
            1,
        ),
    ] {
        let mut trial = holding();
        let conversion = conversion();
        trial.fake().state().always.insert(conversion.changes[0].id.clone(), fault);
        let outcome = trial.run(&conversion).await;
        assert_eq!(told(&outcome), [said.to_owned(), format!("skipped: needs {RELEASE}, which failed")]);
        assert!(is_untouched(&trial));
        assert_eq!((trial.fake().begun().len(), claimed(&trial).len()), (calls, calls), "always together");
        assert_eq!(trial.heard().iter().filter(|event| event.starts_with("ended")).count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_needs_a_claim_that_did_not_come_to_be_is_skipped() {
    let mut trial = holding();
    let mut conversion = conversion();
    let after = needs(create("after"), &conversion.changes[1], NeedKind::Hard);
    conversion.changes.push(after);
    trial.fake().state().faults.insert(0, Fault::Refuse(ErrorKind::Invalid));
    let outcome = trial.run(&conversion).await;
    assert_eq!(told(&outcome)[2], format!("skipped: needs {CLAIM}, which was skipped"));
    // And where it does, it goes on.
    let mut trial = holding();
    assert_eq!(told(&trial.run(&conversion).await), ["done"; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_read_back_on_both_sides() {
    for fault in [Fault::LostAfter, Fault::PanicAfter] {
        let mut trial = holding();
        trial.fake().state().faults.insert(0, fault);
        let outcome = trial.run(&conversion()).await;
        assert_eq!(told(&outcome), ["done", "done"]);
        for index in [0, 1] {
            assert!(notes(&outcome, index).contains("confirmed by reading back after: "), "{outcome:?}");
        }
        assert_eq!(trial.fake().begun().len(), 1);
        assert!(holds_alias(&trial));
    }
    // Nothing arrived: both are sent again, together.
    let mut trial = holding();
    trial.fake().state().faults.insert(0, Fault::LostBefore);
    assert_eq!(told(&trial.run(&conversion()).await), ["done", "done"]);
    assert_eq!((trial.fake().begun().len(), claimed(&trial).len()), (2, 2));
    assert!(holds_alias(&trial));
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_is_not_there_after_a_lost_answer_is_sent_alone() {
    // Somebody else removed the mailbox while the answer was lost.
    let mut trial = holding();
    trial.fake().state().faults.insert(0, Fault::LostBefore);
    trial.fake().state().objects.clear();
    let outcome = trial.run(&conversion()).await;
    assert_eq!(told(&outcome), ["done", "done"]);
    assert_eq!(trial.fake().begun(), [RELEASE, CLAIM]);
    assert!(holds_alias(&trial));
}

#[tokio::test(start_paused = true)]
async fn a_password_whose_create_was_lost_is_set_again() {
    let (mut trial, plan) = back("JANE");
    trial.fake().state().faults.insert(0, Fault::LostWithoutPassword);
    let outcome = trial.run(&plan).await;
    assert_eq!(told(&outcome), ["done", "done"]);
    assert!(notes(&outcome, 1).contains("its password was set again"), "{outcome:?}");
    assert_eq!(trial.fake().state().passwords[&mailbox("a")], PASSWORD);
}

#[tokio::test(start_paused = true)]
async fn where_the_release_is_in_doubt_so_is_the_claim() {
    let mut trial = holding();
    trial.fake().state().faults.insert(0, Fault::LostAfter);
    trial.fake().state().reading_faults = vec![ProviderError::new(ErrorKind::Denied, "no reading")];
    let outcome = trial.run(&conversion()).await;
    assert_eq!(
        told(&outcome),
        [
            "in doubt: the connection broke; reading back: no reading".to_owned(),
            format!("in doubt: it was sent together with {RELEASE}, and what became of that is not known"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_missing_secret_keeps_the_address_where_it_is() {
    let (mut trial, plan) = back("MISSING");
    let outcome = trial.run(&plan).await;
    assert_eq!(
        told(&outcome),
        [
            "skipped: create:mailbox:box:a@example.com failed, and without it nobody would have the address",
            "failed: the secret {env: MISSING} for a@example.com cannot be read: it is not set",
        ]
    );
    assert!(trial.fake().begun().is_empty());
    assert!(holds_alias(&trial));
}

#[tokio::test(start_paused = true)]
async fn no_answer_shows_the_secret_of_a_claim() {
    let (mut trial, plan) = back("JANE");
    trial.fake().state().faults.insert(0, Fault::Refuse(ErrorKind::Invalid));
    let outcome = trial.run(&plan).await;
    assert_eq!(told(&outcome)[0], "failed: refused ([hidden] is what came)");
    assert!(!format!("{outcome:?}").contains(PASSWORD));
}

#[tokio::test(start_paused = true)]
async fn a_release_waits_for_what_its_claim_waits_for() {
    let target = create("z");
    let release = needs(delete("a"), &target, NeedKind::Soft);
    let claim = needs(needs(create_alias("a"), &release, NeedKind::Hard), &target, NeedKind::Hard);
    let changes: Vec<Change> = vec![release.clone(), claim.clone(), target.clone()];
    let mut trial = holding();
    assert_eq!(told(&trial.run(&plan(changes.clone())).await), ["done"; 3]);
    assert_eq!(trial.fake().begun(), ["create:mailbox:box:z@example.com", RELEASE]);
    assert_eq!(claimed(&trial), [CLAIM]);

    // Without that target the address stays.
    let mut trial = holding();
    trial.fake().state().always.insert(target.id.clone(), Fault::Refuse(ErrorKind::Invalid));
    let outcome = trial.run(&plan(changes)).await;
    assert!(told(&outcome)[0].starts_with("skipped: comes after create:mailbox:box:z@example.com"));
    assert!(is_untouched(&trial));

    // A plan that does not let it wait is carried out all the same, one after the other.
    let mut trial = holding();
    trial.capabilities.limits.max_in_flight = 2;
    assert_eq!(told(&trial.run(&plan(vec![delete("a"), claim, target])).await), ["done"; 3]);
    assert!(claimed(&trial).is_empty());
}

#[tokio::test(start_paused = true)]
async fn both_are_in_the_journal_before_they_are_sent() {
    for fault in [None, Some(Fault::Refuse(ErrorKind::Invalid))] {
        let folder = tempfile::tempdir().expect("a folder");
        let conversion = conversion();
        let mut trial = holding();
        if let Some(fault) = fault {
            trial.fake().state().faults.insert(0, fault);
        }
        let journal = Journal::open(folder.path(), &conversion).expect("a journal");
        let path = journal.path().to_owned();
        trial.journal = Some(journal);
        trial.run(&conversion).await;
        let text = std::fs::read_to_string(path).expect("readable");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5, "{text}");
        for (line, id) in lines.iter().zip([RELEASE, CLAIM]) {
            assert!(line.contains(&format!(r#""intent":{{"change":"{id}""#)), "{line}");
        }
        for id in [RELEASE, CLAIM] {
            assert!(lines[2..4].iter().any(|line| line.contains(&format!(r#""result":{{"change":"{id}""#))));
        }
        assert_eq!(unfinished(folder.path()).expect("readable"), []);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pair_takes_one_place_one_write_and_both_records() {
    let mut trial = holding();
    trial.fake().state().objects.insert(mailbox("b"), named("b"));
    trial.capabilities.limits.max_in_flight = 2;
    trial.capabilities.limits.writes_per_minute = Some(4);
    let mut changes = conversion().changes;
    // Others want the records of both.
    for (name, like) in [("c", 0), ("d", 1)] {
        let record = changes[like].record.clone();
        changes.push(Change { record, ..create(name) });
    }
    changes.push(create("e"));
    let start = Instant::now();
    let outcome = trial.run(&plan(changes)).await;
    assert_eq!(told(&outcome), ["done"; 5]);
    // Five changes in four writes, two at a time.
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    let state = trial.fake().state();
    assert_eq!((state.record_clashes, state.most_under_way), (0, 2));
    assert_eq!(state.begun[..2].iter().filter(|(id, _)| id.as_str() == RELEASE).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_pair_waits_for_a_busy_record_of_its_claim() {
    let mut trial = holding();
    let first = Change { record: conversion().changes[1].record.clone(), ..create("first") };
    let later = Change { record: conversion().changes[0].record.clone(), ..create("later") };
    let mut changes = vec![first];
    changes.extend(conversion().changes);
    changes.push(later);
    assert_eq!(told(&trial.run(&plan(changes)).await), ["done"; 4]);
    assert_eq!(claimed(&trial), [CLAIM]);
    assert_eq!(trial.fake().state().record_clashes, 0);
}

#[tokio::test(start_paused = true)]
async fn stopped_before_it_is_sent_neither_is_and_under_way_both_finish() {
    let mut trial = holding();
    trial.stop.cancel();
    assert_eq!(told(&trial.run(&conversion()).await), ["skipped: interrupted"; 2]);
    assert!(is_untouched(&trial));

    let mut trial = holding();
    let stop = trial.stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        stop.cancel();
    });
    let outcome = trial.run(&conversion()).await;
    assert_eq!(told(&outcome), ["done", "done"]);
    assert!(holds_alias(&trial));
}

#[tokio::test(start_paused = true)]
async fn a_refused_pair_is_one_failure_to_stop_at() {
    let mut trial = holding();
    trial.capabilities.limits.max_in_flight = 1;
    trial.on_failure = OnFailure::StopAll;
    trial.fake().state().faults.insert(0, Fault::Refuse(ErrorKind::Invalid));
    let mut changes = conversion().changes;
    changes.push(create("b"));
    let outcome = trial.run(&plan(changes)).await;
    assert_eq!(told(&outcome)[2], format!("skipped: stopped at the first failure, which was {RELEASE}"));
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_proves_nothing_is_checked_on_both_sides() {
    let mut trial = holding();
    trial.capabilities.confirms = false;
    assert_eq!(told(&trial.run(&conversion()).await), ["done", "done"]);
    assert_eq!(trial.fake().state().readings, 2);

    let mut trial = holding();
    trial.capabilities.confirms = false;
    trial.fake().state().faults.insert(0, Fault::Lie);
    let outcome = trial.run(&conversion()).await;
    assert_eq!(
        told(&outcome),
        [
            "failed: the service took it, but it does not hold: it is still there",
            "failed: the service took it, but it does not hold: it is not there",
        ]
    );
}
