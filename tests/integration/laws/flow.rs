//! What a plan tells of mail and access is what a delivery by brute force finds, over random states of several stores.

mod access;
mod build;
mod by_hand;
mod case;
pub(crate) mod delivery;
mod expected;
mod network;
mod told;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use mailwright::model::{EffectCode, Identity, Observed, Plan, Verb};
use mailwright::plan;

use super::bench::{Bench, Snapshot, lines};
use super::on;
use case::{Case, case};
use delivery::Mail;
use expected::{Diff, Renamed};

/// Every code that an effect can have.
const CODES: [EffectCode; 14] = [
    EffectCode::Bounces,
    EffectCode::Circle,
    EffectCode::DeadEnd,
    EffectCode::Moves,
    EffectCode::Swallowed,
    EffectCode::NoCopy,
    EffectCode::Copy,
    EffectCode::Leaves,
    EffectCode::Receive,
    EffectCode::Read,
    EffectCode::SendAs,
    EffectCode::SendOnBehalf,
    EffectCode::Administer,
    EffectCode::AdministerAll,
];

/// Reads everything there is, so that nothing is unknown.
fn read_all(bench: &Bench) -> Observed {
    let (desired, can, narrowing) = (&bench.desired, &bench.capabilities, &bench.narrowing);
    let mut observed = Observed::default();
    bench.read(&mut observed, plan::whole_scopes(desired, can, narrowing));
    bench.read(&mut observed, plan::scopes(desired, can, narrowing));
    let further = plan::further_scopes(desired, &observed, can, narrowing);
    bench.read(&mut observed, further);
    observed
}

/// The two states of a case and what was planned between them; none where a service did not take every write, or where
/// two mailboxes bear the address that one of them gives up: then it does not say which one is meant.
fn carried_out(case: &Case) -> Option<(Plan, Mail, Mail, Renamed)> {
    let bench = case.build();
    let plan = bench.plan_of(&read_all(&bench));
    let before = bench.snapshot();
    let renamed = renamed(&plan, &before)?;
    bench.run(&plan, usize::MAX).is_clean().then(|| {
        let after = Mail::new(&bench, bench.snapshot());
        (plan, Mail::new(&bench, before), after, renamed)
    })
}

fn renamed(plan: &Plan, before: &Snapshot) -> Option<Renamed> {
    let mut renamed = Renamed::new();
    for change in plan.ready().filter(|change| change.verb == Verb::Rename) {
        let (Some(former), Some(new)) = (&change.before_identity, change.identity.address()) else {
            continue;
        };
        let bearers = before.values().filter(|objects| objects.contains_key(former)).count();
        let Identity::Mailbox(old) = former else { continue };
        if bearers > 1 {
            return None;
        }
        renamed.insert(old.clone(), new.clone());
    }
    Some(renamed)
}

#[test]
fn what_a_plan_tells_of_mail_and_access_is_what_happens() {
    on(case(), |case| {
        let Some((plan, before, after, renamed)) = carried_out(case) else { return };
        let expected = Diff::new(&before, &after, &renamed).facts();
        let disagreement = told::disagreement(&expected, &told::facts(&plan));
        assert!(
            disagreement.is_none(),
            "{}before\n{before}after\n{after}renamed {renamed:?}\nplan\n{}effects\n{:#?}",
            disagreement.unwrap_or_default(),
            lines(&plan),
            plan.effects
        );
    });
}

#[test]
fn every_line_on_mail_and_access_stands_once_and_names_its_addresses() {
    on(case(), |case| {
        let bench = case.build();
        let mistakes = told::mistakes(&bench.plan_of(&read_all(&bench)));
        assert!(mistakes.is_empty(), "{mistakes:#?}");
    });
}

#[test]
fn everything_that_can_be_told_happens_in_some_case() {
    let seen = RefCell::new(BTreeMap::from(CODES.map(|code| (code, 0_u32))));
    let (tried, compared) = (Cell::new(0), Cell::new(0));
    on(case(), |case| {
        tried.set(tried.get() + 1);
        let Some((_, before, after, renamed)) = carried_out(case) else { return };
        compared.set(compared.get() + 1);
        for fact in Diff::new(&before, &after, &renamed).facts() {
            *seen.borrow_mut().entry(fact.code).or_default() += 1;
        }
    });
    let seen = seen.into_inner();
    let (tried, compared) = (tried.get(), compared.get());
    assert!(2 * compared > tried, "only {compared} of {tried} cases were compared");
    assert!(seen.values().all(|count| *count > 0), "some never happened: {seen:#?}");
}
