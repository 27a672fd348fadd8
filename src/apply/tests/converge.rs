//! Whatever goes wrong, and wherever a run is killed: running again reaches what is wanted, nothing is doubled.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use crate::apply::fake::{Fake, Fault, change, connection, create, delete, mailbox, named, plan, update};
use crate::apply::{Journal, journal};
use crate::model::{Change, Fields, Identity, Need, NeedKind, Plan, Value, Verb};
use crate::provider::ErrorKind;

use super::{Trial, told};

/// What is wanted: `m0` … `m5` named after themselves, nothing else. `old` is there and must go first.
fn wanted() -> BTreeMap<Identity, Fields> {
    (0..6).map(|number| format!("m{number}")).map(|name| (mailbox(&name), named(&name))).collect()
}

/// A small planner: the difference between what is there and what is wanted. Each of `m1` … `m5` needs the one
/// before it, where that is in the plan, so that the order can be seen.
fn difference(fake: &Fake) -> Plan {
    let there = fake.state().objects.clone();
    let mut changes: Vec<Change> = Vec::new();
    for identity in there.keys().filter(|identity| !wanted().contains_key(identity)) {
        let name = identity.address().map(|address| address.local().to_owned()).unwrap_or_default();
        let mut gone = delete(&name);
        gone.before = there.get(identity).cloned();
        changes.push(gone);
    }
    for (number, identity) in wanted().keys().enumerate() {
        let name = format!("m{number}");
        let mut next = match there.get(identity) {
            None => create(&name),
            Some(fields) if *fields != named(&name) => {
                let now =
                    fields.get(&crate::model::Field::DisplayName).map(Value::to_string).unwrap_or_default();
                update(&name, &now, &name)
            }
            Some(_) => continue,
        };
        next.needs = changes
            .last()
            .map(|before| Need { change: before.id.clone(), kind: NeedKind::Hard })
            .into_iter()
            .filter(|_| number % 2 == 1)
            .collect();
        changes.push(next);
    }
    plan(changes)
}

fn start() -> Fake {
    let fake = Fake::taking(Duration::from_millis(100));
    fake.state().objects.insert(mailbox("old"), named("old"));
    fake.state().objects.insert(mailbox("m3"), named("three"));
    fake
}

fn is_reached(fake: &Fake) -> bool {
    let state = fake.state();
    state.objects == wanted() && state.made.values().all(|times| *times == 1)
}

const FAULTS: [Fault; 10] = [
    Fault::Refuse(ErrorKind::Invalid),
    Fault::Refuse(ErrorKind::Unavailable),
    Fault::Refuse(ErrorKind::Auth),
    Fault::Refuse(ErrorKind::Protocol),
    Fault::Throttle(Duration::from_secs(3)),
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::Hang,
    Fault::PanicBefore,
    Fault::PanicAfter,
];

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_loses_and_doubles_nothing() {
    for fault in FAULTS {
        for call in 0..7 {
            let mut trial = Trial::new(start());
            trial.fake().state().faults.insert(call, fault);
            trial.run(&difference(trial.fake())).await;
            let again = trial.run(&difference(trial.fake())).await;
            assert!(!again.is_partial(), "{fault:?} at call {call}: {:?}", told(&again));
            assert!(is_reached(trial.fake()), "{fault:?} at call {call}: {:?}", trial.fake().state());
            assert!(difference(trial.fake()).is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_killed_at_any_moment_converges_when_run_again_and_its_journal_tells() {
    let mut seen_in_doubt = 0;
    for tenths in 0..12 {
        let folder = tempfile::tempdir().expect("a folder");
        let mut trial = Trial::new(start());
        trial.capabilities.limits.max_in_flight = 2;
        let plan = difference(trial.fake());
        trial.journal = Some(Journal::open(folder.path(), &plan).expect("a journal"));
        {
            let moment = Duration::from_millis(tenths * 50 + 10);
            let run = tokio::time::timeout(moment, trial.run(&plan));
            let _ = run.await;
        }
        // What was sent and has no result is exactly what the journal says is in doubt.
        let doubts = journal::unfinished(folder.path()).expect("a readable journal");
        for id in trial.fake().lost() {
            assert!(doubts.iter().any(|doubt| doubt.change == id), "{id} is not in the journal");
            seen_in_doubt += 1;
        }

        let plan = difference(trial.fake());
        trial.journal = Some(Journal::open(folder.path(), &plan).expect("a journal"));
        let again = trial.run(&plan).await;
        assert!(!again.is_partial(), "killed at {tenths}: {:?}", told(&again));
        assert!(is_reached(trial.fake()), "killed at {tenths}");
        assert_eq!(journal::unfinished(folder.path()).expect("a readable journal"), []);
    }
    assert!(seen_in_doubt > 3, "the kills must hit calls under way: {seen_in_doubt}");
}

#[derive(Debug, Clone)]
struct Shape {
    /// For each change, which of the earlier ones it needs.
    needs: Vec<Vec<usize>>,
    records: Vec<u8>,
    faults: Vec<(u64, u8)>,
    room: usize,
    lag: u64,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let one = (proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 0_u8..6);
    let faults = proptest::collection::vec((0_u64..30, 0..u8::try_from(FAULTS.len()).unwrap()), 0..6);
    (proptest::collection::vec(one, 1..20), faults, 1_usize..5, 0_u64..20).prop_map(
        |(ones, faults, room, lag)| Shape {
            needs: ones
                .iter()
                .enumerate()
                .map(|(index, (needs, _))| {
                    needs.iter().filter(|_| index > 0).map(|need| need.index(index.max(1))).collect()
                })
                .collect(),
            records: ones.iter().map(|(_, record)| *record).collect(),
            faults,
            room,
            lag,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_run_keeps_the_order_the_records_and_the_limit(shape in shapes()) {
        let mut changes: Vec<Change> = Vec::new();
        for (index, needs) in shape.needs.iter().enumerate() {
            let mut next = change(Verb::Create, &format!("m{index}"), named("m"));
            next.record = format!("record {}", shape.records[index]).into();
            next.needs = needs
                .iter()
                .map(|need| Need { change: changes[*need].id.clone(), kind: NeedKind::Hard })
                .collect();
            changes.push(next);
        }
        let plan = plan(changes);
        let mut trial = Trial::new(Fake::taking(Duration::from_secs(1)).lagging(Duration::from_secs(shape.lag)));
        trial.capabilities.limits.max_in_flight = shape.room;
        trial.capabilities.consistency = Duration::from_secs(20);
        let faults = shape.faults.iter().map(|(call, fault)| (*call, FAULTS[usize::from(*fault)]));
        trial.fake().state().faults = faults.collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let outcome = runtime.block_on(trial.run(&plan));

        prop_assert_eq!(outcome.results.len(), plan.changes.len());
        let state = trial.fake().state();
        prop_assert_eq!(state.record_clashes, 0);
        prop_assert!(state.most_under_way <= shape.room);
        prop_assert!(state.made.values().all(|times| *times == 1));
        for (index, result) in outcome.results.iter().enumerate() {
            let change = &plan.changes[index];
            prop_assert_eq!(&result.change, &change.id);
            let began = state.begun.iter().position(|(id, _)| *id == change.id);
            if matches!(result.state, crate::model::ResultState::Done) {
                // Done is never said of what is not there.
                prop_assert!(state.objects.contains_key(&change.identity));
            }
            for need in &change.needs {
                let of_need = outcome.results.iter().find(|result| result.change == need.change).unwrap();
                let is_met = matches!(of_need.state, crate::model::ResultState::Done);
                // Nothing is sent before what it needs is done.
                prop_assert!(began.is_none() || is_met);
                let ended = state.begun.iter().rposition(|(id, _)| *id == need.change);
                prop_assert!(began.is_none() || ended < began);
            }
        }
        drop(state);

        // And running again, with no fault left, reaches the end.
        trial.fake().state().faults.clear();
        runtime.block_on(async { tokio::time::sleep(Duration::from_secs(30)).await });
        let outcome = runtime.block_on(trial.run(&plan));
        prop_assert!(!outcome.is_partial(), "{:?}", told(&outcome));
        let state = trial.fake().state();
        prop_assert_eq!(state.objects.len(), plan.changes.len());
        prop_assert!(state.made.values().all(|times| *times == 1));
        prop_assert!(plan.changes.iter().all(|change| change.connection == connection("box")));
    }
}

#[test]
fn a_run_may_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let plan = plan(vec![create("a")]);
    let mut trial = Trial::new(Fake::default());
    let run = trial.run(&plan);
    is_send(&run);
}
