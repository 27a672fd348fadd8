//! An address that a mailbox gives up and an alias takes over, or the other way round, changes hands at once where the
//! service can.

use std::collections::{BTreeMap, BTreeSet};

use mailwright::model::{Change, ChangeId, Plan};

use super::bench::{Bench, lines};
use super::faults::applied;
use super::law;

/// The releases and claims of a plan that one write can carry.
fn pairs<'p>(bench: &Bench, plan: &'p Plan) -> Vec<(&'p Change, &'p Change)> {
    let hands_over = |change: &&Change| bench.capabilities[&change.connection].hands_over;
    let claims = plan.changes.iter().filter(hands_over);
    claims
        .filter_map(|claim| Some((plan.changes.iter().find(|release| release.hands_over_to(claim))?, claim)))
        .collect()
}

/// All that a change needs, directly or not.
fn needed<'p>(plan: &'p Plan, change: &'p ChangeId) -> BTreeSet<&'p ChangeId> {
    let needs: BTreeMap<&ChangeId, _> =
        plan.changes.iter().map(|change| (&change.id, &change.needs)).collect();
    let mut seen = BTreeSet::new();
    let mut open = vec![change];
    while let Some(id) = open.pop() {
        open.extend(needs[id].iter().map(|need| &need.change).filter(|id| seen.insert(*id)));
    }
    seen
}

#[test]
fn what_gives_an_address_up_waits_for_whatever_its_successor_waits_for() {
    let pairs_seen = std::cell::Cell::new(0);
    law(|case| {
        let bench = case.build();
        let plan = bench.plan();
        for (release, claim) in pairs(&bench, &plan) {
            let before = needed(&plan, &release.id);
            assert!(!before.contains(&claim.id));
            for need in claim.needs.iter().map(|need| &need.change).filter(|need| **need != release.id) {
                let ties = needed(&plan, need).contains(&release.id);
                assert!(before.contains(need) || ties, "{need}\n{}", lines(&plan));
                pairs_seen.set(pairs_seen.get() + 1);
            }
        }
    });
    assert!(pairs_seen.get() > 0, "no case had anything to wait for");
}

#[test]
fn an_address_that_changes_hands_is_never_without_anybody() {
    let pairs_seen = std::cell::Cell::new(0);
    law(|case| {
        if !case.trouble.is_none() {
            return;
        }
        let bench = case.build();
        let plan = bench.plan();
        let outcome = applied(&bench, &plan);
        for (release, claim) in pairs(&bench, &plan).into_iter().filter(|(release, _)| release.is_ready()) {
            let ties = plan.notes.iter().any(|note| note.text.contains("changes hands around"));
            let service = bench.services[&release.connection].state();
            let both = (release.id.clone(), claim.id.clone());
            assert!(ties || service.handed_over.contains(&both), "{both:?}\n{}{outcome:#?}", lines(&plan));
            pairs_seen.set(pairs_seen.get() + 1);
        }
    });
    assert!(pairs_seen.get() > 0, "no case had an address that changes hands");
}
