//! A fault at any write, carried through the applier, loses and doubles nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use mailwright::apply::{self, AccountKey, Context, Grounds, OnFailure};
use mailwright::model::{ConnectionName, Outcome, Plan, ResultState};
use mailwright::provider::Provider;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, OnePassword, lines};
use super::law;
use crate::memory::Fault;

/// Carries a plan out with the program's own applier; waiting costs no time.
pub(super) fn applied(bench: &Bench, plan: &Plan) -> Outcome {
    carried_out(bench, plan, false)
}

/// The same for a plan that was saved: what it rests on is read again.
pub(super) fn applied_saved(bench: &Bench, plan: &Plan) -> Outcome {
    carried_out(bench, plan, true)
}

fn carried_out(bench: &Bench, plan: &Plan, is_saved: bool) -> Outcome {
    let providers: BTreeMap<ConnectionName, Arc<dyn Provider>> = bench
        .services
        .iter()
        .map(|(name, service)| (name.clone(), Arc::new(service.clone()) as Arc<dyn Provider>))
        .collect();
    let accounts = providers.keys().map(|name| (name.clone(), AccountKey::new(name.as_str()))).collect();
    let paused = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let paused = paused.expect("a runtime");
    let grounds = if is_saved {
        paused.block_on(apply::verify_grounds(plan, &providers, &bench.capabilities))
    } else {
        Grounds::default()
    };
    let context = Context {
        providers: &providers,
        capabilities: &bench.capabilities,
        accounts: &accounts,
        secrets: &OnePassword,
        journal: None,
        events: &|_| {},
        stop: CancellationToken::new(),
        on_failure: OnFailure::Continue,
        grounds,
    };
    paused.block_on(apply::apply(plan, context))
}

#[test]
fn a_fault_at_any_write_loses_and_doubles_nothing() {
    law(|case| {
        // What is not known stays undone with and without a fault; here the end must be the same.
        if !case.trouble.is_none() {
            return;
        }
        let undisturbed = case.build();
        let first = undisturbed.plan();
        applied(&undisturbed, &first);
        let wanted = undisturbed.snapshot();
        let writes = first.ready().count();
        for (number, fault) in [Fault::LostBefore, Fault::LostAfter, Fault::Unavailable, Fault::RateLimited]
            .into_iter()
            .enumerate()
        {
            let bench = case.build();
            for service in bench.services.values() {
                // A different write for each fault and each case, the first one among them.
                service.state().faults.insert((number * writes) / 4, fault);
            }
            let plan = bench.plan();
            let outcome = applied(&bench, &plan);
            for result in outcome.results.iter().filter(|result| result.state == ResultState::Done) {
                assert!(plan.ready().any(|change| change.id == result.change), "{result:?}");
            }
            for service in bench.services.values() {
                service.state().faults.clear();
            }
            applied(&bench, &bench.plan());
            assert_eq!(bench.snapshot(), wanted, "{fault:?}\n{}{outcome:#?}", lines(&plan));
        }
    });
}
