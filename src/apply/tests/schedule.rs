//! The laws of the schedule, and what it costs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::apply::fake::{connection, create, mailbox};
use crate::apply::schedule::{Ending, Schedule};
use crate::model::{Change, ChangeId, Need, NeedKind, Verb};

/// How many steps a run takes that starts all it can, then ends all of it, and so on.
fn steps_of(changes: &[Change], room: usize) -> u64 {
    let (mut schedule, misfits) = Schedule::new(changes, |_| 0, &[room]);
    assert!(misfits.is_empty());
    let mut ended = 0;
    loop {
        let under_way: Vec<usize> =
            std::iter::from_fn(|| schedule.start()).map(|started| started.index).collect();
        if under_way.is_empty() {
            break;
        }
        for index in under_way {
            schedule.settle(index, Ending::Met);
            ended += 1;
        }
    }
    assert_eq!(ended, changes.len());
    schedule.steps()
}

/// Shapes of n changes: which earlier ones a change needs, and its record.
fn shaped(count: usize, needs: impl Fn(usize) -> Vec<usize>, record: impl Fn(usize) -> usize) -> Vec<Change> {
    let template = create("m");
    let ids: Vec<ChangeId> = (0..count)
        .map(|index| ChangeId::new(Verb::Create, &connection("box"), &mailbox("m"), &index.to_string()))
        .collect();
    let need = |index: usize| Need { change: ids[index].clone(), kind: NeedKind::Hard };
    (0..count)
        .map(|index| Change {
            id: ids[index].clone(),
            record: record(index).to_string().into(),
            needs: needs(index).into_iter().map(need).collect(),
            ..template.clone()
        })
        .collect()
}

#[test]
fn a_hundred_thousand_changes_take_a_few_steps_each_whatever_their_shape() {
    const MANY: usize = 100_000;
    const LESS: usize = 10_000;
    let own = |index| index;
    let none = |_| Vec::new();
    let before = |index: usize| index.checked_sub(1).into_iter().collect();
    let first = |index: usize| if index == 0 { Vec::new() } else { vec![0] };
    let all = |index: usize| {
        if index == LESS - 1 { (0..LESS - 1).collect() } else { Vec::new() }
    };
    for (name, changes) in [
        ("independent", shaped(MANY, none, own)),
        ("one record", shaped(LESS, none, |_| 0)),
        ("two records", shaped(LESS, none, |index| index % 2)),
        ("a chain", shaped(LESS, before, own)),
        ("all need one", shaped(LESS, first, own)),
        ("one needs all", shaped(LESS, all, own)),
    ] {
        for room in [1, 8, LESS] {
            let steps = steps_of(&changes, room);
            // At most: one for the edge when it is laid and one when it is followed, one to be queued, two to
            // be taken from a queue, one to wait for a record.
            assert!(steps <= 6 * changes.len() as u64, "{name} with room for {room}: {steps} steps");
        }
    }
}

#[derive(Debug, Clone)]
struct Shape {
    changes: Vec<(Vec<usize>, u8, u8)>,
    rooms: [usize; 2],
    /// Which of those under way ends next, and how.
    endings: Vec<(prop::sample::Index, bool)>,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let change = (proptest::collection::vec(any::<prop::sample::Index>(), 0..4), 0_u8..8, 0_u8..2);
    (
        proptest::collection::vec(change, 1..40),
        [1_usize..4, 1_usize..4],
        proptest::collection::vec((any::<prop::sample::Index>(), proptest::bool::weighted(0.9)), 40),
    )
        .prop_map(|(changes, rooms, endings)| Shape {
            changes: changes
                .into_iter()
                .enumerate()
                .map(|(index, (needs, record, account))| {
                    // Needs may point forward in the plan as well: only a circle is not a plan.
                    let needs = needs.iter().filter(|_| index > 0).map(|need| need.index(index.max(1)));
                    (needs.collect(), record, account)
                })
                .collect(),
            rooms,
            endings,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_of_the_schedule_hold(shape in shapes()) {
        let count = shape.changes.len();
        // Records belong to a connection, and so to an account.
        let mut changes = shaped(count, |index| shape.changes[index].0.clone(), |index| {
            usize::from(shape.changes[index].1)
        });
        for (index, change) in changes.iter_mut().enumerate() {
            change.connection = connection(if shape.changes[index].2 == 0 { "box" } else { "other" });
        }
        let account = |index: usize| usize::from(shape.changes[index].2);
        let (mut schedule, misfits) =
            Schedule::new(&changes, |name| usize::from(*name != connection("box")), &shape.rooms);
        prop_assert!(misfits.is_empty());

        let record = |index: usize| (account(index), shape.changes[index].1);
        let mut met = vec![false; count];
        let mut settled = vec![false; count];
        let mut begun = vec![false; count];
        let mut under_way: Vec<usize> = Vec::new();
        let mut endings = shape.endings.iter();
        loop {
            let startable = |under_way: &[usize], begun: &[bool], met: &[bool], settled: &[bool]| {
                let mut load: BTreeMap<usize, usize> = BTreeMap::new();
                for index in under_way {
                    *load.entry(account(*index)).or_default() += 1;
                }
                (0..count).find(|&index| {
                    !begun[index]
                        && !settled[index]
                        && shape.changes[index].0.iter().all(|need| met[*need])
                        && under_way.iter().all(|other| record(*other) != record(index))
                        && load.get(&account(index)).copied().unwrap_or(0) < shape.rooms[account(index)]
                })
            };
            // The one that starts is the first that may; where none starts, none may.
            let expected = startable(&under_way, &begun, &met, &settled);
            let started = schedule.start().map(|started| started.index);
            prop_assert_eq!(started, expected);
            if let Some(index) = started {
                begun[index] = true;
                under_way.push(index);
                continue;
            }
            if under_way.is_empty() {
                break;
            }
            let Some((which, is_met)) = endings.next() else { break };
            let index = under_way.remove(which.index(under_way.len()));
            settled[index] = true;
            met[index] = *is_met;
            let ending = if *is_met { Ending::Met } else { Ending::Unmet };
            let mut falling = schedule.settle(index, ending);
            prop_assert!(falling.is_empty() || !is_met);
            while let Some((fallen, _)) = falling.pop() {
                prop_assert!(!begun[fallen]);
                settled[fallen] = true;
                falling.extend(schedule.settle(fallen, Ending::Unmet));
            }
        }
        // Each change of a plan without a circle has begun, or fell with what it needs.
        prop_assert_eq!(schedule.not_started(), Vec::<usize>::new());
        prop_assert!((0..count).all(|index| begun[index] || settled[index]));
    }
}

#[test]
fn those_made_ready_ahead_start_in_groups() {
    let changes = shaped(30, |_| Vec::new(), |index| index);
    let (mut schedule, _) = Schedule::new(&changes, |_| 0, &[8]);
    schedule.make_ready_ahead(0, 4);
    let started = |schedule: &mut Schedule| std::iter::from_fn(|| schedule.start()).count();
    assert_eq!(started(&mut schedule), 12);
    let mut groups = Vec::new();
    for index in 0..30 {
        schedule.settle(index, Ending::Met);
        groups.push(started(&mut schedule));
    }
    assert_eq!(groups[..18], [0, 2].repeat(9));
    assert_eq!(groups[18..], [0; 12]);
}
