//! How many at once, how fast, and what a service that says no for now gets.

use std::time::Duration;

use tokio::time::Instant;

use crate::apply::AccountKey;
use crate::apply::fake::{Fake, Fault, connection, create, plan, update};
use crate::model::{Change, ChangeId, Verb};
use crate::provider::ErrorKind;

use super::{Trial, told};

fn many(count: usize) -> Vec<Change> {
    (0..count).map(|number| create(&format!("m{number}"))).collect()
}

fn slow() -> Fake {
    Fake::taking(Duration::from_secs(1))
}

fn on(name: &str, mut change: Change) -> Change {
    change.connection = connection(name);
    change.id = ChangeId::new(change.verb, &change.connection, &change.identity, "");
    change
}

#[tokio::test(start_paused = true)]
async fn as_many_as_allowed_are_under_way_and_never_more() {
    let mut trial = Trial::new(slow());
    trial.capabilities.limits.max_in_flight = 3;
    let start = Instant::now();
    let outcome = trial.run(&plan(many(10))).await;
    assert_eq!(told(&outcome), ["done"; 10]);
    assert_eq!(trial.fake().state().most_under_way, 3);
    assert_eq!(start.elapsed(), Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn one_record_is_never_written_twice_at_once() {
    let mut changes = many(6);
    for change in &mut changes {
        change.record = "the one row".into();
    }
    changes.extend((10..14).map(|number| create(&format!("m{number}"))));
    let mut trial = Trial::new(slow());
    let outcome = trial.run(&plan(changes)).await;
    assert_eq!(told(&outcome), ["done"; 10]);
    assert_eq!(trial.fake().state().record_clashes, 0);
    assert_eq!(trial.fake().state().most_under_way, 4);
}

#[tokio::test(start_paused = true)]
async fn connections_of_one_account_share_its_limit() {
    for (account, most) in [(Some(AccountKey::new("one")), 4), (None, 8)] {
        let mut trial = Trial::of([("box", slow()), ("other", slow())]);
        trial.account = account;
        let mut changes = many(8);
        changes.extend(many(8).into_iter().map(|change| on("other", change)));
        let start = Instant::now();
        let outcome = trial.run(&plan(changes)).await;
        assert_eq!(told(&outcome), ["done"; 16]);
        assert_eq!(start.elapsed().as_secs(), 16 / most);
    }
}

#[tokio::test(start_paused = true)]
async fn no_minute_sees_more_writes_than_the_rate() {
    let mut trial = Trial::new(Fake::taking(Duration::from_millis(700)));
    trial.capabilities.limits.writes_per_minute = Some(30);
    let start = Instant::now();
    let outcome = trial.run(&plan(many(100))).await;
    assert_eq!(told(&outcome), vec!["done"; 100]);
    let times: Vec<Instant> = trial.fake().state().begun.iter().map(|(_, at)| *at).collect();
    for window in times.windows(31) {
        assert!(window[30] - window[0] >= Duration::from_mins(1));
    }
    // The rate is used up, too: the first 30 at once, and so on each minute.
    assert!(start.elapsed() < Duration::from_secs(200), "{:?}", start.elapsed());
    assert!(trial.heard().iter().any(|event| event.starts_with("waiting")));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_account_is_left_alone_for_as_long_as_it_asks() {
    let mut trial = Trial::new(slow());
    trial.capabilities.limits.max_in_flight = 2;
    trial.fake().state().faults.insert(1, Fault::Throttle(Duration::from_secs(40)));
    let start = Instant::now();
    let outcome = trial.run(&plan(many(6))).await;
    assert_eq!(told(&outcome), ["done"; 6]);
    let begun: Vec<u64> = trial.fake().state().begun.iter().map(|(_, at)| (*at - start).as_secs()).collect();
    assert_eq!(begun[..2], [0, 0]);
    assert!(begun[2..].iter().all(|second| *second >= 41), "{begun:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_no_call_is_tried_six_times_and_one_that_is_too_busy_twelve_times() {
    for (kind, tries) in [(ErrorKind::Unavailable, 6), (ErrorKind::RateLimited, 12)] {
        let change = create("a");
        let mut trial = Trial::new(Fake::default());
        trial.fake().state().always.insert(change.id.clone(), Fault::Refuse(kind));
        let outcome = trial.run(&plan(vec![change, create("b")])).await;
        assert_eq!(told(&outcome), [&*format!("failed: refused; tried {tries} times"), "done"]);
        assert_eq!(trial.fake().begun().iter().filter(|id| id.contains("a@")).count(), tries);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_any_run_ends_the_account() {
    let mut trial = Trial::new(Fake::default());
    trial.capabilities.limits.max_in_flight = 1;
    trial.fake().state().faults.insert(0, Fault::Throttle(Duration::from_hours(1)));
    let start = Instant::now();
    let outcome = trial.run(&plan(many(3))).await;
    let asked = "skipped: the service asked for no calls for 3600 s";
    assert_eq!(
        told(&outcome),
        ["failed: too many calls; the service asks to wait 3600 s, which no run does", asked, asked]
    );
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_down_is_given_up_in_minutes() {
    let mut trial = Trial::new(Fake::default());
    let changes = many(1000);
    for change in &changes {
        trial.fake().state().always.insert(change.id.clone(), Fault::Refuse(ErrorKind::Unavailable));
    }
    let start = Instant::now();
    let outcome = trial.run(&plan(changes)).await;
    assert!(start.elapsed() < Duration::from_mins(5), "{:?}", start.elapsed());
    let failed = told(&outcome).iter().filter(|told| told.starts_with("failed")).count();
    assert!((8..16).contains(&failed), "{failed}");
    assert!(told(&outcome)[999].starts_with("skipped: 8 changes in a row"), "{}", told(&outcome)[999]);
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_not_shown_again() {
    let mut trial = Trial::of([("box", Fake::default()), ("other", Fake::default())]);
    trial.capabilities.limits.max_in_flight = 1;
    trial.fake().state().faults.insert(1, Fault::Refuse(ErrorKind::Auth));
    let mut changes = many(4);
    changes.push(on("other", create("x")));
    let outcome = trial.run(&plan(changes)).await;
    let skipped = "skipped: box refused the credentials: refused";
    assert_eq!(told(&outcome), ["done", "failed: refused", skipped, skipped, "done"]);
    assert_eq!(trial.fake().begun().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_holds_already_is_not_needed() {
    let mut trial = Trial::new(Fake::default());
    trial.run(&plan(vec![create("a")])).await;
    let outcome = trial.run(&plan(vec![create("a"), update("a", "a", "b")])).await;
    assert_eq!(told(&outcome), ["not needed", "done"]);
    assert_eq!(plan(vec![update("a", "a", "b")]).changes[0].verb, Verb::Update);
}
