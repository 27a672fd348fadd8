//! Ctrl-C and the first failure under `--fail-fast`.

use std::time::Duration;

use crate::apply::OnFailure;
use crate::apply::fake::{Fake, Fault, create, needs, plan};
use crate::model::NeedKind;
use crate::provider::ErrorKind;

use super::{Trial, told};

fn slow() -> Trial {
    let mut trial = Trial::new(Fake::taking(Duration::from_secs(10)));
    trial.capabilities.limits.max_in_flight = 2;
    trial
}

/// Cancels `trial` after so long.
fn stop_after(trial: &Trial, delay: Duration) {
    let stop = trial.stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        stop.cancel();
    });
}

#[tokio::test(start_paused = true)]
async fn interrupted_finishes_what_is_under_way_and_starts_nothing() {
    let mut trial = slow();
    let a = create("a");
    let after_a = needs(create("after-a"), &a, NeedKind::Hard);
    stop_after(&trial, Duration::from_secs(5));
    let outcome = trial.run(&plan(vec![a, create("b"), create("c"), after_a])).await;
    assert_eq!(told(&outcome), ["done", "done", "skipped: interrupted", "skipped: interrupted"]);
    assert!(outcome.interrupted);
    assert_eq!(trial.fake().begun().len(), 2);
    assert!(trial.heard().iter().any(|event| event == "stopping"));
}

#[tokio::test(start_paused = true)]
async fn interrupted_before_it_began_sends_nothing() {
    let mut trial = slow();
    trial.stop.cancel();
    let outcome = trial.run(&plan(vec![create("a")])).await;
    assert_eq!(told(&outcome), ["skipped: interrupted"]);
    assert!(outcome.interrupted);
    assert!(trial.fake().begun().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_over_is_not_interrupted() {
    let mut trial = slow();
    let outcome = trial.run(&plan(vec![create("a")])).await;
    assert!(!outcome.interrupted);
    assert!(!trial.heard().iter().any(|event| event == "stopping"));
}

#[tokio::test(start_paused = true)]
async fn interrupted_while_it_waits_it_is_not_sent_again() {
    let mut trial = slow();
    let a = create("a");
    trial.fake().state().always.insert(a.id.clone(), Fault::Throttle(Duration::from_secs(100)));
    stop_after(&trial, Duration::from_secs(20));
    let outcome = trial.run(&plan(vec![a])).await;
    assert_eq!(
        told(&outcome),
        ["skipped: interrupted, before it could be tried again after: too many calls"]
    );
    assert_eq!(trial.fake().begun().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn interrupted_after_a_lost_answer_looks_once_and_sends_nothing() {
    // What arrived is known by the one look; what did not is not sent again.
    for (fault, said) in [
        (Fault::LostAfter, "done"),
        (
            Fault::LostBefore,
            "in doubt: the connection broke; reading back: it is not there, which may still be the old \
             state, and the run was interrupted",
        ),
    ] {
        let mut trial = slow();
        trial.capabilities.consistency = Duration::from_mins(1);
        trial.fake().state().faults.insert(0, fault);
        stop_after(&trial, Duration::from_secs(5));
        let outcome = trial.run(&plan(vec![create("a")])).await;
        assert_eq!(told(&outcome), [said]);
        assert!(outcome.interrupted);
        assert_eq!(trial.fake().state().readings, 1);
        assert_eq!(trial.fake().begun().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_failure_ends_a_run_that_fails_fast() {
    let mut trial = slow();
    trial.on_failure = OnFailure::StopAll;
    trial.fake().state().faults.insert(0, Fault::Refuse(ErrorKind::Invalid));
    let outcome = trial.run(&plan(vec![create("a"), create("b"), create("c")])).await;
    let stopped = "skipped: stopped at the first failure, which was create:mailbox:box:a@example.com";
    assert_eq!(told(&outcome), ["failed: refused", "done", stopped]);
    assert!(!outcome.interrupted);
}

#[tokio::test(start_paused = true)]
async fn a_skip_is_no_failure_to_stop_at() {
    let mut trial = slow();
    trial.on_failure = OnFailure::StopAll;
    let mut other = create("other");
    other.connection = crate::apply::fake::connection("closed");
    let outcome = trial.run(&plan(vec![other, create("a")])).await;
    assert_eq!(told(&outcome), ["skipped: the connection closed is not open", "done"]);
}
