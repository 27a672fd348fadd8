//! Answers that were lost: read back, then done, sent again, failed or in doubt.

use std::time::Duration;

use tokio::time::Instant;

use crate::apply::fake::{
    Fake, Fault, PASSWORD, can, create, create_with_password, delete, mailbox, named, needs, plan, update,
};
use crate::model::{Change, Field, Ground, Identity, Kind, NeedKind, Standing, Value, Verb};
use crate::provider::{Ability, ErrorKind, ProviderError};

use super::{Trial, notes, told};

/// A service that holds `a`, and goes wrong with its first write.
fn holding(fault: Fault) -> Trial {
    let fake = Fake::default();
    fake.state().objects.insert(mailbox("a"), named("a"));
    with(fake, fault)
}

fn with(fake: Fake, fault: Fault) -> Trial {
    fake.state().faults.insert(0, fault);
    Trial::new(fake)
}

fn rename(from: &str, to: &str) -> Change {
    Change {
        verb: Verb::Rename,
        before_identity: Some(mailbox(from)),
        fields: Vec::new(),
        ..update(to, from, from)
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_arrived_is_done_and_not_sent_again() {
    for (change, mut trial) in [
        (create("a"), with(Fake::default(), Fault::LostAfter)),
        (update("a", "a", "b"), holding(Fault::LostAfter)),
        (delete("a"), holding(Fault::LostAfter)),
        (rename("a", "b"), holding(Fault::LostAfter)),
        (create("a"), with(Fake::default(), Fault::PanicAfter)),
    ] {
        let outcome = trial.run(&plan(vec![change])).await;
        assert_eq!(told(&outcome), ["done"]);
        assert!(notes(&outcome, 0).contains("confirmed by reading back after: "), "{}", notes(&outcome, 0));
        assert_eq!(trial.fake().begun().len(), 1);
        assert!(trial.heard().iter().any(|event| event.starts_with("checking")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_did_not_arrive_is_sent_again() {
    for (change, mut trial) in [
        (create("a"), with(Fake::default(), Fault::LostBefore)),
        (update("a", "a", "b"), holding(Fault::LostBefore)),
        (delete("a"), holding(Fault::LostBefore)),
        (rename("a", "b"), holding(Fault::LostBefore)),
    ] {
        let outcome = trial.run(&plan(vec![change])).await;
        assert_eq!(told(&outcome), ["done"]);
        assert_eq!(trial.fake().begun().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_never_arrives_fails_after_three_times() {
    let change = create("a");
    let mut trial = Trial::new(Fake::default());
    trial.fake().state().always.insert(change.id.clone(), Fault::LostBefore);
    let outcome = trial.run(&plan(vec![change])).await;
    let said = "failed: the connection broke; sent 3 times, and reading back each time: it is not there";
    assert_eq!(told(&outcome), [said]);
    assert_eq!(trial.fake().begun().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn reading_back_goes_on_for_as_long_as_the_service_may_show_the_old_state() {
    let fake = Fake::default().lagging(Duration::from_secs(25));
    let mut trial = with(fake, Fault::LostAfter);
    trial.capabilities.consistency = Duration::from_secs(30);
    let start = Instant::now();
    let outcome = trial.run(&plan(vec![create("a")])).await;
    assert_eq!(told(&outcome), ["done"]);
    assert_eq!(trial.fake().begun().len(), 1);
    assert!((25..=30).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());

    // A delete is not taken as undone while the object may still be shown, either.
    let fake = Fake::default().lagging(Duration::from_secs(25));
    fake.state().objects.insert(mailbox("a"), named("a"));
    let mut trial = with(fake, Fault::LostAfter);
    trial.capabilities.consistency = Duration::from_secs(30);
    let outcome = trial.run(&plan(vec![delete("a")])).await;
    assert_eq!(told(&outcome), ["done"]);
    assert_eq!(trial.fake().begun().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_slower_than_it_says_does_not_get_an_object_twice() {
    // The reading still says that nothing is there, so the create is sent again; the service refuses a second.
    let fake = Fake::default().lagging(Duration::from_secs(5));
    let mut trial = with(fake, Fault::LostWithoutPassword);
    trial.capabilities.consistency = Duration::from_secs(4);
    let outcome = trial.run(&plan(vec![create_with_password("a")])).await;
    assert_eq!(told(&outcome), ["done"], "{outcome:?}");
    assert_eq!(trial.fake().state().made[&mailbox("a")], 1);
    assert_eq!(trial.fake().state().passwords[&mailbox("a")], PASSWORD);
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_found_after_a_lost_create_gets_its_password_again() {
    let mut trial = with(Fake::default(), Fault::LostWithoutPassword);
    let outcome = trial.run(&plan(vec![create_with_password("a")])).await;
    assert_eq!(told(&outcome), ["done"]);
    assert!(notes(&outcome, 0).contains("its password was set again"), "{}", notes(&outcome, 0));
    assert_eq!(trial.fake().state().passwords[&mailbox("a")], PASSWORD);
    assert_eq!(trial.fake().begun()[1], "update:mailbox:box:a@example.com:password");
}

#[tokio::test(start_paused = true)]
async fn where_no_password_can_be_set_again_a_note_says_so() {
    let mut trial = with(Fake::default(), Fault::LostAfter);
    let kinds = &mut trial.capabilities.kinds;
    let password = kinds.get_mut(&Kind::Mailbox).and_then(|kind| kind.fields.get_mut(&Field::Password));
    password.expect("mailboxes have passwords").update = Ability::no("the service has no call for it");
    let outcome = trial.run(&plan(vec![create_with_password("a")])).await;
    assert_eq!(told(&outcome), ["done"]);
    assert!(notes(&outcome, 0).contains("the service has no call for it"), "{}", notes(&outcome, 0));
    assert_eq!(trial.fake().begun().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_password_that_may_not_be_set_leaves_a_doubt() {
    let mut trial = with(Fake::default(), Fault::LostWithoutPassword);
    for number in 1..=3 {
        trial.fake().state().faults.insert(number, Fault::LostBefore);
    }
    let outcome = trial.run(&plan(vec![create_with_password("a")])).await;
    let said = "in doubt: its password may not be the wished one: each answer to setting it again was lost; \
                reset it at the service";
    assert_eq!(told(&outcome), [said]);
}

#[tokio::test(start_paused = true)]
async fn what_is_neither_as_before_nor_as_wanted_fails_with_the_difference() {
    let mut trial = holding(Fault::LostBefore);
    trial.fake().state().objects.insert(mailbox("a"), named("somebody was here"));
    let outcome = trial.run(&plan(vec![update("a", "a", "b")])).await;
    let said = "failed: the connection broke; reading back: `display_name` is somebody was here instead of b";
    assert_eq!(told(&outcome), [said]);

    let mut trial = with(Fake::default(), Fault::LostBefore);
    let outcome = trial.run(&plan(vec![update("a", "a", "b")])).await;
    assert_eq!(told(&outcome), ["failed: the connection broke; reading back: it is no longer there"]);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_in_the_place_of_a_create_is_not_ours() {
    let mut trial = with(Fake::default(), Fault::LostBefore);
    trial.fake().state().objects.insert(mailbox("a"), named("a"));
    trial.fake().state().standing.insert(mailbox("a"), Standing::Foreign("from the directory".into()));
    let outcome = trial.run(&plan(vec![create_with_password("a")])).await;
    let said = "failed: the connection broke; reading back: somebody else's is there: from the directory";
    assert_eq!(told(&outcome), [said]);
    assert!(trial.fake().state().passwords.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_back_is_in_doubt() {
    let mut trial = holding(Fault::LostAfter);
    let broken = ProviderError::new(ErrorKind::Denied, "this key may not read");
    trial.fake().state().reading_faults = vec![broken];
    let outcome = trial.run(&plan(vec![update("a", "a", "b")])).await;
    let said = "in doubt: the connection broke; reading back: this key may not read";
    assert_eq!(told(&outcome), [said]);
    assert_eq!(trial.fake().begun().len(), 1);

    // A reading that fails for now is tried again.
    let mut trial = holding(Fault::LostAfter);
    trial.fake().state().reading_faults = vec![ProviderError::new(ErrorKind::Unavailable, "restarting"); 3];
    assert_eq!(told(&trial.run(&plan(vec![update("a", "a", "b")])).await), ["done"]);

    let mut trial = holding(Fault::LostAfter);
    trial.fake().state().reading_faults = vec![ProviderError::new(ErrorKind::Unavailable, "restarting"); 4];
    let outcome = trial.run(&plan(vec![update("a", "a", "b")])).await;
    assert_eq!(told(&outcome), ["in doubt: the connection broke; reading back: restarting"]);
}

#[tokio::test(start_paused = true)]
async fn an_update_of_what_cannot_be_compared_is_in_doubt() {
    let mut change = update("a", "a", "a");
    let secret = Value::Secret(crate::model::SecretRef::Env("JANE".into()));
    change.after.set(Field::Password, secret);
    change.fields = vec![Field::Password];
    let mut trial = holding(Fault::LostAfter);
    let outcome = trial.run(&plan(vec![change])).await;
    assert_eq!(told(&outcome), ["in doubt: the connection broke; `password` cannot be read back"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_one_change_and_does_not_hang_the_run() {
    let mut trial = with(Fake::default(), Fault::PanicBefore);
    trial.capabilities.limits.max_in_flight = 1;
    let outcome = trial.run(&plan(vec![create("a"), create("b")])).await;
    let said = "failed: the adapter panicked, which is a bug: lost its way; reading back: it is not there";
    assert_eq!(told(&outcome), [said, "done"]);
}

#[tokio::test(start_paused = true)]
async fn a_hang_ends_in_ten_minutes() {
    let mut trial = with(Fake::default(), Fault::Hang);
    let outcome = trial.run(&plan(vec![create("a")])).await;
    let said = "failed: the adapter did not come back within 600 s; reading back: it is not there";
    assert_eq!(told(&outcome), [said]);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_proves_nothing_is_checked() {
    let mut trial = with(Fake::default(), Fault::Lie);
    trial.capabilities.confirms = false;
    let outcome = trial.run(&plan(vec![create("a"), create("b")])).await;
    let said = "failed: the service took it, but it does not hold: it is not there";
    assert_eq!(told(&outcome), [said, "done"]);
    assert_eq!(trial.fake().state().readings, 2);

    let mut trial = Trial::new(Fake::default());
    assert!(can().confirms);
    trial.run(&plan(vec![create("a")])).await;
    assert_eq!(trial.fake().state().readings, 0);
}

#[tokio::test(start_paused = true)]
async fn a_reading_refused_for_its_credentials_ends_the_account() {
    let mut trial = with(Fake::default(), Fault::LostAfter);
    trial.capabilities.limits.max_in_flight = 1;
    trial.fake().state().reading_faults = vec![ProviderError::new(ErrorKind::Auth, "who are you")];
    let outcome = trial.run(&plan(vec![create("a"), create("b")])).await;
    assert_eq!(
        told(&outcome),
        [
            "in doubt: the connection broke; reading back: who are you",
            "skipped: box refused the credentials: who are you",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn no_answer_of_a_service_shows_a_secret() {
    let mut trial = with(Fake::default(), Fault::Refuse(ErrorKind::Auth));
    trial.capabilities.limits.max_in_flight = 1;
    let outcome = trial.run(&plan(vec![create_with_password("a"), create("b")])).await;
    assert_eq!(
        told(&outcome),
        [
            "failed: refused ([hidden] is what came)",
            "skipped: box refused the credentials: refused ([hidden] is what came)",
        ]
    );
    let all = format!("{outcome:?} {:?}", trial.heard());
    assert!(!all.contains(PASSWORD), "{all}");
    assert_eq!(
        mailbox("a"),
        Identity::Mailbox(crate::model::Address::parse("A@example.com").expect("it is one"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_an_earlier_sending_explains_is_read_back() {
    // The second sending meets what the first one did, which no reading showed yet.
    for (change, mut trial, answer) in [
        (
            create("a"),
            with(Fake::default().lagging(Duration::from_secs(5)), Fault::LostAfter),
            ErrorKind::Conflict,
        ),
        (
            delete("a"),
            {
                let fake = Fake::default().lagging(Duration::from_secs(5));
                fake.state().objects.insert(mailbox("a"), named("a"));
                with(fake, Fault::LostAfter)
            },
            ErrorKind::NotFound,
        ),
    ] {
        trial.capabilities.consistency = Duration::from_secs(4);
        trial.fake().state().faults.insert(1, Fault::Refuse(answer));
        let outcome = trial.run(&plan(vec![change])).await;
        assert_eq!(told(&outcome), ["done"]);
        assert_eq!(trial.fake().begun().len(), 2);
    }
    // The first answer is the service's own word.
    let mut trial = with(Fake::default(), Fault::Refuse(ErrorKind::Conflict));
    assert_eq!(told(&trial.run(&plan(vec![create("a")])).await), ["failed: refused"]);
    assert_eq!(trial.fake().state().readings, 0);
}

#[tokio::test(start_paused = true)]
async fn reading_back_takes_no_longer_than_the_service_may_lag() {
    let mut trial = with(Fake::default(), Fault::LostBefore);
    trial.capabilities.consistency = Duration::from_secs(4);
    let start = Instant::now();
    assert_eq!(told(&trial.run(&plan(vec![create("a")])).await), ["done"]);
    // Four seconds of reading and at most one of waiting.
    assert!(start.elapsed() <= Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_needs_a_change_in_doubt_is_skipped() {
    let mut trial = holding(Fault::LostAfter);
    trial.fake().state().reading_faults =
        vec![ProviderError::new(ErrorKind::Denied, "this key may not read")];
    let first = update("a", "a", "b");
    let second = needs(create("c"), &first, NeedKind::Hard);
    let outcome = trial.run(&plan(vec![first, second])).await;
    assert_eq!(told(&outcome)[1], "skipped: needs update:mailbox:box:a@example.com, which is in doubt");
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_the_plan_did_not_see_missing_keeps_its_password() {
    let mut trial = holding(Fault::LostBefore);
    let ground = Ground::Present { digest: "of something else".to_owned() };
    let change = Change { ground, ..create_with_password("a") };
    assert_eq!(told(&trial.run(&plan(vec![change])).await), ["done"]);
    assert!(trial.fake().state().passwords.is_empty());
}
