//! The laws of planning, over random situations and services in memory.
//!
//! `MAILWRIGHT_LAW_CASES` sets how many situations each law is tried on, `MAILWRIGHT_LAW_SEED` which ones.

mod bench;
mod build;
mod case;
mod faults;
pub(crate) mod flow;
mod forged;
mod hand_over;
pub(crate) mod lock_out;
mod oracle;
mod stale;
mod values;
mod wish;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Once;

use mailwright::model::{
    BlockCode, Change, ChangeId, ConnectionName, Identity, Kind, NeedKind, Note, Plan, Presence, Status, Verb,
};
use mailwright::plan;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use bench::{Bench, lines};
use case::{Case, case};

/// Tries a law on many cases. A broken law prints the smallest case that breaks it, and the seed.
fn law(check: impl Fn(&Case)) {
    on(case(), check);
}

fn on<S: Strategy>(strategy: S, check: impl Fn(&S::Value)) {
    on_some(256, strategy, check);
}

/// The same, on this many cases where nobody says otherwise.
fn on_some<S: Strategy>(cases: u64, strategy: S, check: impl Fn(&S::Value)) {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().map_or(default, |text| text.parse().expect("a whole number"))
    };
    let cases = u32::try_from(number("MAILWRIGHT_LAW_CASES", cases)).expect("fewer cases");
    let seed = number("MAILWRIGHT_LAW_SEED", 1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4096, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    hush();
    let quiet = |case: S::Value| {
        HUSHED.set(true);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&case)));
        HUSHED.set(false);
        caught.map_err(|payload| {
            let text = payload
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default();
            TestCaseError::fail(text)
        })
    };
    if let Err(error) = runner.run(&strategy, quiet) {
        panic!("MAILWRIGHT_LAW_SEED={seed}: {error}");
    }
}

thread_local! {
    /// True while a case is tried on this thread: shrinking would print every panic on its way.
    static HUSHED: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the panics of cases out of the output; the smallest one is printed in the end.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !HUSHED.get() {
                loud(info);
            }
        }));
    });
}

fn not_ready(plan: &Plan) -> BTreeSet<ChangeId> {
    plan.changes.iter().filter(|change| !change.is_ready()).map(|change| change.id.clone()).collect()
}

/// The objects with a change that does not run.
fn held(plan: &Plan) -> BTreeSet<(&ConnectionName, &Identity)> {
    let held = plan.changes.iter().filter(|change| !change.is_ready());
    held.map(|change| (&change.connection, &change.identity)).collect()
}

/// The objects that a guard stopped which compares with what is there now.
fn guarded(plan: &Plan) -> BTreeSet<(&ConnectionName, &Identity)> {
    let looks_back = |change: &&Change| match &change.status {
        Status::Blocked(blocks) => blocks.iter().any(|block| {
            matches!(
                block.code,
                BlockCode::LastAdministrator | BlockCode::CollateralLoss | BlockCode::Protected
            )
        }),
        Status::Ready | Status::WaitsFor(_) => false,
    };
    let held = plan.changes.iter().filter(looks_back);
    held.map(|change| (&change.connection, &change.identity)).collect()
}

#[test]
fn every_plan_proves_itself_and_the_service_takes_every_write() {
    law(|case| {
        let bench = case.build();
        let plan = bench.plan();
        let run = bench.run(&plan, usize::MAX);
        // Where the plan says that nobody looked whether an address is taken, the service says it.
        let noted = |(change, error): &(ChangeId, String)| {
            let name = change.to_string();
            let address = name.rsplit(':').next().unwrap_or_default();
            let said = |note: &Note| note.text.contains(address) && note.text.contains("was not read");
            error.contains("the address is in use") && plan.notes.iter().any(said)
        };
        let is_clean = run.is_clean() || run.not_needed.is_empty() && run.refused.iter().any(noted);
        assert!(!case.trouble.is_none() || is_clean, "{run:#?}\n{}", lines(&plan));
    });
}

#[test]
fn applying_leaves_nothing_to_do() {
    law(|case| {
        let bench = case.build();
        let first = bench.plan();
        let run = bench.run(&first, usize::MAX);
        if !run.is_clean() {
            return;
        }
        let second = bench.plan();
        assert_eq!(second.ready().count(), 0, "first\n{}second\n{}", lines(&first), lines(&second));
        // In a listing with a gap, what was deleted is as unknown as what never was.
        let (was, is) =
            if case.trouble.is_none() { (held(&first), held(&second)) } else { Default::default() };
        assert_eq!(was, is, "first\n{}second\n{}", lines(&first), lines(&second));
    });
}

#[test]
fn what_is_there_is_no_change() {
    law(|case| {
        let mut bench =
            Case { trouble: case::Trouble::default(), only: None, leaving: None, ..case.clone() }.build();
        bench.desired.objects = oracle::declare_all(&bench);
        let plan = bench.plan();
        assert!(plan.is_empty(), "{}", lines(&plan));
    });
}

#[test]
fn the_order_is_a_linear_extension_of_the_needs() {
    law(|case| {
        let plan = case.build().plan();
        let mut before = BTreeSet::new();
        for change in &plan.changes {
            for need in &change.needs {
                assert!(
                    before.contains(&need.change),
                    "{} before {}\n{}",
                    change.id,
                    need.change,
                    lines(&plan)
                );
            }
            assert!(before.insert(change.id.clone()), "{} stands twice\n{}", change.id, lines(&plan));
        }
        // What moves to another store is made there before the one that it leaves lets go of it.
        for gone in plan.changes.iter().filter(|change| change.verb == Verb::Delete) {
            let Identity::Mailbox(_) = gone.identity else { continue };
            let moves = |made: &&Change| {
                made.verb == Verb::Create
                    && made.identity == gone.identity
                    && made.connection != gone.connection
            };
            for made in plan.changes.iter().filter(moves).filter(|_| gone.is_ready()) {
                let waits =
                    gone.needs.iter().any(|need| need.change == made.id && need.kind == NeedKind::Hard);
                assert!(waits && made.is_ready(), "{} does not wait\n{}", gone.id, lines(&plan));
            }
        }
    });
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    law(|case| {
        let mut bench = case.build();
        let plan = bench.plan();
        bench.desired.closed.reverse();
        bench.desired.policy.protected.reverse();
        bench.overrides.reverse();
        for wish in bench.desired.domains.values_mut() {
            wish.ignore.reverse();
        }
        let again = Bench { services: case.build().services, ..bench }.plan();
        assert_eq!(plan, again);
    });
}

#[test]
fn being_killed_anywhere_and_run_again_ends_the_same() {
    on((case(), 0_usize..12), |(case, killed)| {
        let straight = case.build();
        let plan = straight.plan();
        if !straight.run(&plan, usize::MAX).is_clean() {
            return;
        }
        let bench = case.build();
        bench.run(&bench.plan(), *killed);
        let second = bench.plan();
        if guarded(&plan) != guarded(&second) {
            // What the first half made, the second may not take away again without being told to: a login made full
            // and suspended by one configuration, an alias in a ring that the first half opened.
            return;
        }
        let run = bench.run(&second, usize::MAX);
        if !case.trouble.is_none() && !run.is_clean() {
            return;
        }
        assert!(run.refused.is_empty(), "{run:#?}\nfirst\n{}second\n{}", lines(&plan), lines(&second));
        assert_eq!(
            straight.snapshot(),
            bench.snapshot(),
            "first\n{}after the kill\n{}",
            lines(&plan),
            lines(&second)
        );
    });
}

#[test]
fn nothing_is_deleted_on_an_incomplete_reading() {
    law(|case| {
        let bench = case.build();
        let plan = bench.plan();
        oracle::no_delete_from_a_gap(&bench, &plan);
    });
}

#[test]
fn nothing_unmanaged_changes() {
    law(|case| {
        let bench = case.build();
        let before = bench.snapshot();
        let plan = bench.plan();
        bench.run(&plan, usize::MAX);
        oracle::only_asked(&bench, &before, &bench.snapshot(), &plan);
    });
}

#[test]
fn a_login_a_last_administrator_and_a_protected_address_stay() {
    law(|case| {
        let bench = case.build();
        let before = bench.snapshot();
        let plan = bench.plan();
        bench.run(&plan, usize::MAX);
        oracle::nobody_is_locked_out(&bench, &before, &bench.snapshot(), &plan);
    });
}

#[test]
fn a_plan_survives_serialisation_and_shows_tampering() {
    law(|case| {
        let plan = case.build().plan();
        let text = serde_json::to_string(&plan).expect("plans are JSON");
        let back: Plan = serde_json::from_str(&text).expect("plans read back");
        assert_eq!(plan, back);
        assert!(plan::is_genuine(&back));
        assert!(!text.contains("correct horse"));
        let mut other = back.clone();
        other.today = jiff::civil::date(2031, 1, 1);
        assert!(!plan::is_genuine(&other));
        if let Some(position) = back.changes.iter().position(|change| !change.is_ready()) {
            let mut released = back;
            released.changes[position].status = Status::Ready;
            assert!(!plan::is_genuine(&released));
        }
    });
}

#[test]
fn everything_that_does_not_run_says_why() {
    law(|case| {
        let bench = case.build();
        let plan = bench.plan();
        let held = not_ready(&plan);
        for change in &plan.changes {
            match &change.status {
                Status::Ready => {}
                Status::Blocked(blocks) => {
                    assert!(!blocks.is_empty() && blocks.iter().all(|block| !block.reason.is_empty()));
                }
                Status::WaitsFor(ids) => {
                    assert!(!ids.is_empty() && ids.iter().all(|id| held.contains(id)), "{}", lines(&plan));
                }
            }
        }
        // Every wish that is not met is in the plan.
        if case.trouble.is_none() && case.only.is_none() {
            bench.run(&plan, usize::MAX);
            let after = bench.snapshot();
            for (object, wish) in &bench.desired.objects {
                let there = after[&object.connection].contains_key(&object.identity);
                let met = there == (wish.presence == Presence::Present);
                let named = plan.changes.iter().any(|change| {
                    // A part that is to move with its mailbox is named by it.
                    let owner = object.identity.part_of().map(|mailbox| Identity::Mailbox(mailbox.clone()));
                    change.connection == object.connection
                        && (change.identity == object.identity
                            || owner.as_ref() == Some(&change.identity)
                            || change.before_identity.as_ref() == Some(&object.identity))
                });
                let noted = plan.notes.iter().any(|note| {
                    // Of many registrations that stay, some are named and the others counted.
                    let counted = object.identity.kind() == Kind::Registration
                        && note.text.contains(" more stay registered at ");
                    counted || note.text.contains(&object.identity.to_string())
                });
                assert!(met || named || noted, "{object} is neither met nor named\n{}", lines(&plan));
            }
        }
    });
}
