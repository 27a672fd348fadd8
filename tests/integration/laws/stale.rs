//! A saved plan of which one object moved: its change no longer holds, and what has nothing to do with it does.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use mailwright::apply::{Grounds, Verdict, verify_grounds};
use mailwright::model::{
    Change, ConnectionName, Field, Fields, Ground, Identity, Plan, Standing, Value, Verb,
};
use mailwright::plan::{ReadAs, ground_digest};
use mailwright::provider::Provider;
use proptest::prelude::any;

use super::bench::{Bench, lines};
use super::case::case;
use super::values::rights;
use super::{law, on};
use crate::memory::{Stored, default_value};
use crate::tally::{self, What};

fn grounds(bench: &Bench, plan: &Plan) -> Grounds {
    let providers: BTreeMap<ConnectionName, Arc<dyn Provider>> = bench
        .services
        .iter()
        .map(|(name, service)| (name.clone(), Arc::new(service.clone()) as Arc<dyn Provider>))
        .collect();
    let paused = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    paused.expect("a runtime").block_on(verify_grounds(plan, &providers, &bench.capabilities))
}

#[test]
fn where_nothing_moved_everything_holds() {
    let tried = Cell::new(0);
    law(|case| {
        if !case.trouble.is_none() {
            return;
        }
        let bench = case.build();
        let plan = bench.plan();
        let grounds = grounds(&bench, &plan);
        let stale: Vec<String> = grounds.stale().map(|(change, why)| format!("{change}: {why}")).collect();
        assert!(stale.is_empty(), "{stale:#?}\n{}", lines(&plan));
        tried.set(tried.get() + plan.ready().count());
    });
    tally::held(What::Races, "saved-plans-unmoved", tried.get());
}

/// What somebody else does to an object meanwhile. False where it makes no difference.
fn meddle(bench: &Bench, plan: &Plan, change: &Change, how: u8) -> bool {
    let mut state = bench.services[&change.connection].state();
    let read = ReadAs::new(plan).name(change);
    let Some(there) = state.objects.get_mut(&read) else {
        // It has come to be there, made by somebody else.
        let fields = change.after.iter().filter(|(_, value)| !matches!(value, Value::Secret(_)));
        let fields: Fields = fields.map(|(field, value)| (field.clone(), value.clone())).collect();
        state.objects.insert(change.identity.clone(), Stored::plain(fields));
        state.settle_aliases();
        return change.verb == Verb::Create;
    };
    match how {
        0 => {
            state.objects.remove(&read);
            true
        }
        1 => {
            there.standing = Standing::Foreign("from the directory".into());
            true
        }
        2 => {
            there.standing = Standing::Login;
            matches!(change.verb, Verb::Delete | Verb::Rename)
        }
        3 => {
            there.standing = Standing::Default("made by the service".into());
            change.verb == Verb::Delete
        }
        4 => {
            let known = change.before.iter().flat_map(Fields::iter).map(|(field, _)| field);
            let Some(field) = known.into_iter().last().cloned() else { return false };
            let value =
                match (default_value(&field), change.before.as_ref().and_then(|before| before.get(&field))) {
                    (Value::Text(_), _) => Value::text("somebody else's"),
                    (Value::Bool(_), Some(Value::Bool(yes))) => Value::Bool(!yes),
                    (Value::Rights(_), Some(now)) => {
                        if *now == rights(1) {
                            rights(2)
                        } else {
                            rights(1)
                        }
                    }
                    _ => return false,
                };
            there.fields.set(field, value);
            true
        }
        _ => {
            // More lies in the record of a mailbox that is to go than was there.
            let Identity::Mailbox(mailbox) = &change.identity else { return false };
            let forward = Identity::Forward(mailbox.clone());
            let can = state.can().kind(forward.kind()).is_some();
            let is_new = can && !state.objects.contains_key(&forward);
            if is_new {
                let fields = Fields::new()
                    .with(Field::Targets, Value::Addresses([super::values::address(0)].into()))
                    .with(Field::KeepCopy, Value::Bool(true));
                state.objects.insert(forward.clone(), Stored::plain(fields));
            }
            is_new && change.verb == Verb::Delete && change.parts.contains_key(&forward.kind())
        }
    }
}

#[test]
fn what_moved_is_found_whatever_moved() {
    let tried = Cell::new(0);
    on((case(), any::<usize>(), 0_u8..6), |(case, number, how)| {
        if !case.trouble.is_none() {
            return;
        }
        let bench = case.build();
        let plan = bench.plan();
        let resting: Vec<&Change> = grounds(&bench, &plan)
            .resting()
            .filter_map(|id| plan.changes.iter().find(|change| change.id == *id))
            .collect();
        if resting.is_empty() {
            return;
        }
        let change = resting[number % resting.len()];
        if !meddle(&bench, &plan, change, *how) {
            return;
        }
        tried.set(tried.get() + 1);
        let grounds = grounds(&bench, &plan);
        let verdict = grounds.verdict(&change.id);
        assert_ne!(verdict, Some(&Verdict::Holds), "{} by {how}\n{}", change.id, lines(&plan));
        // What is of another address has nothing to do with it.
        let about = |other: &Change| {
            let names = format!("{:?} {:?} {:?}", other.before, other.after, other.absent);
            let address = ReadAs::new(&plan).name(change).address().map(ToString::to_string);
            let own = change.identity.address().map(ToString::to_string);
            [address, own].into_iter().flatten().any(|address| {
                other.identity.to_string().contains(&address)
                    || ReadAs::new(&plan).name(other).to_string().contains(&address)
                    || names.contains(&address)
            }) || change.identity.address().is_none()
        };
        for other in plan.ready().filter(|other| !about(other)) {
            let stale = matches!(grounds.verdict(&other.id), Some(Verdict::Moved(_) | Verdict::Unread(_)));
            let parts = other.parts.values().any(|parts| !parts.is_empty()) || other.ground == Ground::Absent;
            let verdict = grounds.verdict(&other.id);
            assert!(!stale || parts, "{} {verdict:?} after {}\n{}", other.id, change.id, lines(&plan));
        }
    });
    tally::held(What::Races, "saved-plans-moved", tried.get());
}

#[test]
fn what_a_plan_says_that_it_read_is_read_again() {
    let tried = Cell::new(0);
    on((case(), any::<usize>()), |(case, number)| {
        if !case.trouble.is_none() {
            return;
        }
        let bench = case.build();
        let plan = bench.plan();
        let is_read = |change: &Change| change.before.is_some() && grounds_on_itself(&plan, change);
        let resting: Vec<usize> =
            (0..plan.changes.len()).filter(|&index| is_read(&plan.changes[index])).collect();
        let Some(&index) = resting.get(number % resting.len().max(1)) else { return };
        let edits: [fn(&mut Change); 3] = [
            |change| change.remote = Some("of somebody else".into()),
            |change| change.record = "of somebody else".into(),
            |change| {
                let mut before = change.before.clone().unwrap_or_default();
                before.set(Field::DisplayName, Value::text("as a forger says"));
                change.ground = match change.ground {
                    Ground::Present { .. } => Ground::Present { digest: ground_digest(&before) },
                    ref other => other.clone(),
                };
                change.before = Some(before);
            },
        ];
        for (which, edit) in edits.into_iter().enumerate() {
            let mut forged = plan.clone();
            edit(&mut forged.changes[index]);
            let id = &plan.changes[index].id;
            let grounds = grounds(&bench, &forged);
            assert_ne!(grounds.verdict(id), Some(&Verdict::Holds), "{id} by {which}\n{}", lines(&plan));
            tried.set(tried.get() + 1);
        }
    });
    tally::held(What::HostileInputs, "saved-plans-said-to-be-read", tried.get());
}

/// True for a change that runs and rests on nothing but what was read.
fn grounds_on_itself(plan: &Plan, change: &Change) -> bool {
    let is_same =
        |other: &&Change| other.connection == change.connection && other.identity == change.identity;
    change.is_ready() && plan.changes.iter().filter(is_same).count() == 1
}
