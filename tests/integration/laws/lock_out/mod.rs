//! No plan locks the tool out, or everybody: tried by wishes that are out for it, with every brake released that has a
//! release, on services that let it happen.
//!
//! `oracle` says what locked out means. A case is a service that is filled by one wish and attacked by another; each plan
//! is carried out in full, and then in every part that may be what was done of it when the rest failed.

pub(crate) mod oracle;
mod stage;
pub(crate) mod wish;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use mailwright::model::{
    BlockCode, ChangeId, ConnectionName, Field, Kind, Narrowing, Override, Plan, Status, Verb,
};
use mailwright::plan;
use mailwright::provider::Capabilities;

use super::bench::{Bench, lines};
use super::faults::applied_saved;
use super::flow::delivery::Mail;
use super::on_some;
use crate::tally::{What, held};
use oracle::Terms;
use stage::{Case, Layout, POOL, Stage, case};
use wish::Wish;

/// How many cases are tried on each service, where nobody says otherwise.
const CASES: u64 = 48;

/// The overrides that a plan offers for what it holds back.
pub(crate) fn offered(plan: &Plan) -> BTreeSet<Override> {
    let blocks = plan.changes.iter().flat_map(|change| match &change.status {
        Status::Blocked(blocks) => blocks.as_slice(),
        Status::Ready | Status::WaitsFor(_) => &[],
    });
    let releases = blocks.filter_map(|block| block.release.as_deref()?.strip_prefix("--allow "));
    releases.map(|release| release.parse().expect("an override as it is shown")).collect()
}

/// Plans with every release that a plan offers, until none offers another.
fn released(bench: &mut Bench) -> Plan {
    loop {
        let plan = bench.plan();
        let before = bench.overrides.len();
        for release in offered(&plan) {
            if !bench.overrides.contains(&release) {
                bench.overrides.push(release);
            }
        }
        if bench.overrides.len() == before {
            return plan;
        }
    }
}

/// What must be done for these changes, themselves included.
fn closure<'p>(plan: &'p Plan, of: impl IntoIterator<Item = &'p ChangeId>) -> BTreeSet<&'p ChangeId> {
    let mut open: Vec<&ChangeId> = of.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            let change = plan.changes.iter().find(|change| change.id == *id).expect("a change of the plan");
            open.extend(change.needs.iter().map(|need| &need.change));
        }
    }
    found
}

/// A part of a plan.
fn part(plan: &Plan, of: &BTreeSet<&ChangeId>) -> Plan {
    let changes = plan.changes.iter().filter(|change| of.contains(&change.id)).cloned().collect();
    Plan { changes, ..plan.clone() }
}

/// What of a plan may be done where the rest fails: each change alone with what it needs, and all that takes away.
fn parts(plan: &Plan) -> Vec<Plan> {
    let ready: Vec<&ChangeId> = plan.ready().map(|change| &change.id).collect();
    let takes = plan.ready().filter(|change| change.verb != Verb::Create).map(|change| &change.id);
    let mut parts = vec![part(plan, &closure(plan, takes))];
    parts.extend(ready.iter().map(|id| part(plan, &closure(plan, [*id]))));
    parts
}

/// How often the password of each login was set that was there before.
fn passwords(bench: &Bench, terms: &Terms, before: &Mail) -> Vec<usize> {
    let there =
        terms.logins.iter().filter(|(connection, login)| before.objects[connection].contains_key(login));
    let set = there.map(|(connection, login)| {
        bench.services[connection].state().passwords.get(login).copied().unwrap_or_default()
    });
    set.collect()
}

/// Attacks services of one profile, and counts the plans that were carried out.
fn attack(profile_name: &'static str) {
    let (tried, loaded, runs) = (Cell::new(0_usize), Cell::new(0_usize), Cell::new(0_usize));
    on_some(CASES, case(), |case| {
        tried.set(tried.get() + 1);
        let filled = Stage::new(case, profile_name);
        let Some(mut fill) = filled.copy().bench(&case.fill) else { return };
        let check = |bench: &mut Bench, wish: &Wish, stage: &Stage<'_>| {
            let terms = terms(bench, wish);
            for is_released in [false, true] {
                let plan = if is_released { released(bench) } else { bench.plan() };
                for part in parts(&plan).into_iter().chain([plan.clone()]) {
                    let copy = Bench {
                        services: stage.copy().services,
                        desired: bench.desired.clone(),
                        capabilities: bench.capabilities.clone(),
                        overrides: Vec::new(),
                        narrowing: Narrowing::default(),
                        today: bench.today,
                    };
                    let before = Mail::new(&copy, copy.snapshot());
                    let were = passwords(&copy, &terms, &before);
                    copy.run(&part, usize::MAX);
                    let after = Mail::new(&copy, copy.snapshot());
                    let mut found = terms.locked_out(&before, &after);
                    if passwords(&copy, &terms, &before) != were {
                        found.push("the password of a login was set".to_owned());
                    }
                    if !is_released && part.changes.len() == plan.changes.len() {
                        found.extend(terms.unprotected(&before, &after));
                    }
                    assert!(
                        found.is_empty(),
                        "{found:#?}\n{}\nbefore\n{before}after\n{after}done\n{}of\n{}",
                        stage.yaml(wish),
                        lines(&part),
                        lines(&plan)
                    );
                    runs.set(runs.get() + 1);
                }
            }
        };
        check(&mut fill, &case.fill, &filled);
        let plan = released(&mut fill);
        fill.run(&plan, usize::MAX);
        let filled = Stage { services: fill.services, ..filled };
        let Some(mut bench) = filled.copy().bench(&case.attack) else { return };
        check(&mut bench, &case.attack, &filled);
        loaded.set(loaded.get() + 1);
    });
    assert!(3 * loaded.get() > tried.get(), "only {} of {} wishes were read", loaded.get(), tried.get());
    held(What::LockOuts, &format!("model-{profile_name}"), runs.get());
}

/// What must be kept of the services of a bench.
fn terms(bench: &Bench, wish: &Wish) -> Terms {
    let logins = bench
        .services
        .iter()
        .flat_map(|(name, service)| service.logins().iter().map(|login| (name.clone(), login.clone())));
    Terms {
        logins: logins.collect(),
        own_passwords: own_passwords(&bench.capabilities),
        protected: Terms::globs(&wish.protected(&POOL)),
    }
}

fn own_passwords(capabilities: &BTreeMap<ConnectionName, Capabilities>) -> BTreeSet<ConnectionName> {
    let own = capabilities.iter().filter(|(_, can)| {
        can.kind(Kind::Administrator).is_some_and(|kind| kind.fields.contains_key(&Field::Password))
    });
    own.map(|(name, _)| name.clone()).collect()
}

#[test]
fn a_service_that_can_everything_locks_nobody_out() {
    attack("everything");
}

#[test]
fn a_service_whose_mailboxes_are_administrators_locks_nobody_out() {
    attack("privileges");
}

#[test]
fn a_service_with_administrators_of_its_own_locks_nobody_out() {
    attack("panel");
}

#[test]
fn a_service_with_records_of_their_own_locks_nobody_out() {
    attack("own_records");
}

#[test]
fn a_strict_service_locks_nobody_out() {
    attack("strict");
}

#[test]
fn a_service_with_one_record_locks_nobody_out() {
    attack("one_record");
}

#[test]
fn a_service_with_aliases_of_two_sorts_locks_nobody_out() {
    attack("lone_target");
}

/// Applies a saved plan to the services of a stage, and checks that nobody is locked out.
fn apply_saved(stage: &Stage<'_>, wish: &Wish, plan: &Plan) {
    let bench = stage.copy().bench(wish).expect("it was read before");
    let terms = terms(&bench, wish);
    let before = Mail::new(&bench, bench.snapshot());
    let outcome = applied_saved(&bench, plan);
    let after = Mail::new(&bench, bench.snapshot());
    let found = terms.locked_out(&before, &after);
    assert!(
        found.is_empty(),
        "{found:#?}\n{}before\n{before}after\n{after}plan\n{}{outcome:#?}",
        stage.yaml(wish),
        lines(plan)
    );
}

/// A plan with everything let through that was held back for the sake of a login.
fn forged(plan: &Plan) -> Option<Plan> {
    let mut forged = plan.clone();
    for change in &mut forged.changes {
        let frees = match &change.status {
            Status::Blocked(blocks) => blocks.iter().all(|block| block.code == BlockCode::Login),
            Status::WaitsFor(_) => true,
            Status::Ready => false,
        };
        if frees {
            change.status = Status::Ready;
        }
    }
    (forged != *plan).then_some(forged)
}

/// Who plans without knowing of a login, and who lets through what was held back for its sake, are stopped by what is
/// read again before a saved plan is applied.
fn attack_with_saved_plans(profile_name: &'static str) {
    let applied = Cell::new(0_usize);
    on_some(CASES, case(), |case| {
        // The alias of one store before the mailbox of another is the planner's to see.
        let is_one_store = case.layout != Layout::Further;
        let stage = Stage::new(case, profile_name);
        let Some(mut bench) = stage.copy().bench(&case.fill) else { return };
        if let Some(forged) = forged(&released(&mut bench)).filter(|_| is_one_store) {
            assert!(!plan::is_genuine(&forged));
            apply_saved(&stage, &case.fill, &forged);
            applied.set(applied.get() + 1);
        }
        let ignorant = Case { tells: false, ..case.clone() };
        let mut without = Stage { case: &ignorant, ..stage.copy() };
        for service in without.services.values_mut() {
            *service = service.logged_in_as([]);
        }
        let mut bench = without.bench(&case.fill).expect("it was read before");
        let plan = released(&mut bench);
        if is_one_store && plan.ready().next().is_some() {
            apply_saved(&stage, &case.fill, &plan);
            applied.set(applied.get() + 1);
        }
    });
    held(What::LockOuts, &format!("saved-{profile_name}"), applied.get());
}

#[test]
fn a_saved_plan_for_mailboxes_that_are_administrators_locks_nobody_out() {
    attack_with_saved_plans("privileges");
}

#[test]
fn a_saved_plan_for_administrators_of_their_own_locks_nobody_out() {
    attack_with_saved_plans("panel");
}

/// A full administrator is demoted or loses its mailbox, and another one is made: whatever fails, one of them is there.
#[test]
fn the_next_full_administrator_comes_before_the_last_one_goes() {
    let held =
        "administrators: {one: {b@a.example: {full: true}}}\nmailboxes: {b@a.example: {}, a@a.example: {}}\n";
    let next = "a@a.example: {full: true}";
    for (wish, takes) in [
        (
            format!("administrators: {{one: {{b@a.example: {{full: false}}, {next}}}}}\n"),
            "update:administrator:one:b@a.example",
        ),
        (
            format!("administrators: {{one: {{b@a.example: absent, {next}}}}}\n"),
            "delete:administrator:one:b@a.example",
        ),
        (
            format!(
                "administrators: {{one: {{{next}}}}}\nmailboxes: {{b@a.example: {{state: suspended}}}}\n"
            ),
            "update:mailbox:one:b@a.example",
        ),
        (
            format!("administrators: {{one: {{{next}}}}}\nmailboxes: {{b@a.example: absent}}\n"),
            "delete:mailbox:one:b@a.example",
        ),
    ] {
        let plan = stage::plan_after(held, &wish);
        let change = plan.changes.iter().find(|change| change.id.as_str() == takes);
        let change = change.unwrap_or_else(|| panic!("no {takes}\n{}", lines(&plan)));
        let waits =
            change.needs.iter().any(|need| need.change.as_str() == "create:administrator:one:a@a.example");
        assert!(waits && change.is_ready(), "{wish}{}", lines(&plan));
    }
}
