//! The planner: (Desired, Observed, Capabilities, Policy, today) → Plan. Pure.
//!
//! In the order in which `plan` calls them: `narrow` says what is in, `rename` what moves, `diff` finds the
//! changes object by object, `reference` looks whether what they name exists, `guard` puts the brakes on, `order` sorts them,
//! `effect` says what happens to mail and access, `prove` runs them on a model of what was read.
//! [`scopes`] comes before all of it: what must be read at all; and [`further_scopes`] once that was read. An audit
//! looks at more: [`audit_scopes`].

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::model::{
    Change, ConnectionName, ConnectionReading, ConnectionState, Desired, Incomplete, Kind, Narrowing, Note,
    Observed, Override, PLAN_FORMAT, Plan, Standing,
};
use crate::provider::Capabilities;

mod calls;
mod diff;
mod digest;
mod draft;
mod edges;
mod effect;
mod flow;
mod guard;
mod hand_over;
mod narrow;
mod network;
mod order;
mod parts;
mod prove;
mod prune;
mod reference;
mod registrations;
mod rename;
mod risk;
mod saved;
mod scope;
mod synonym;
mod update;
mod wanted;
mod world;

pub use digest::ground_digest;
pub use guard::{hits_login, login_witnesses};
pub use narrow::{GlobError, Within, check_globs};
pub use network::{HeldAt, Network};
pub use parts::{known_parts, parts_collections};
pub use prove::ProofError;
pub use rename::ReadAs;
pub use saved::{SavedError, read_saved};
pub use scope::{audit_scopes, further_scopes, scopes, trace_scopes, whole_scopes};
pub use wanted::{Unwanted, wanted};
pub use world::{Illegal, World};

/// Everything that a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What is wanted.
    pub desired: &'a Desired,
    /// What was read, within the scopes that [`scopes`] gave.
    pub observed: &'a Observed,
    /// What each connection can do.
    pub capabilities: &'a BTreeMap<ConnectionName, Capabilities>,
    /// The brakes that are released.
    pub overrides: &'a [Override],
    /// What the plan is narrowed to.
    pub narrowing: &'a Narrowing,
    /// The day it is made for.
    pub today: Date,
}

/// Makes the plan. An error is a bug of the planner, found by its own proof before anybody could apply it.
pub fn plan(input: Input<'_>) -> Result<Plan, ProofError> {
    let within = narrow::Within::new(input.desired, input.narrowing);
    let renames = rename::Renames::new(&input);
    let mut drafts = diff::diff(&input, &within, &renames);
    let mut notes = drafts.notes.split_off(0);
    notes.extend(leaving_notes(&input));
    reference::check(&input, &within, &renames, &mut drafts, &mut notes);
    synonym::check(&input, &mut drafts);
    guard::guard(&input, &mut drafts);
    order::order(&input, &mut drafts, &mut notes);
    order::propagate(&mut drafts);
    // A guard that looks at where mail ends up needs the changes that really run.
    // What they stop may have been what saved another address, so they look again until nothing is left to stop.
    while guard::guard_delivery(&input, &mut drafts) | guard::guard_administrators(&input, &mut drafts) {
        order::propagate(&mut drafts);
    }
    let proven = prove::prove(&input, &within, &drafts)?;
    let effects = effect::effects(&input, &drafts, proven);
    notes.extend(effect::notes(&input, &drafts));
    notes.sort();
    notes.dedup();
    let changes: Vec<Change> = drafts.changes.into_iter().map(|draft| draft.change).collect();
    let mut overrides = input.overrides.to_vec();
    overrides.sort();
    overrides.dedup();
    let mut plan = Plan {
        format: PLAN_FORMAT,
        id: String::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        today: input.today,
        digests: digest::digests(input.desired),
        narrowing: input.narrowing.clone(),
        left_out: left_out(&input, &within),
        overrides,
        connections: readings(&input),
        changes,
        effects,
        notes,
    };
    plan.id = digest::plan_id(&plan);
    Ok(plan)
}

/// True where a plan's id is the hash of its content: nobody changed it since it was made.
pub fn is_genuine(plan: &Plan) -> bool {
    digest::plan_id(plan) == plan.id
}

/// The digests that a saved plan of this configuration must bear.
pub fn digests(desired: &Desired) -> crate::model::Digests {
    digest::digests(desired)
}

/// Declared objects that the narrowing leaves out, by kind.
fn left_out(input: &Input<'_>, within: &narrow::Within<'_>) -> BTreeMap<Kind, u64> {
    let mut left_out = BTreeMap::new();
    if !input.narrowing.is_whole() {
        for object in input.desired.objects.keys() {
            if !within.object(&object.connection, &object.identity) {
                *left_out.entry(object.identity.kind()).or_insert(0) += 1;
            }
        }
    }
    left_out
}

fn readings(input: &Input<'_>) -> BTreeMap<ConnectionName, ConnectionReading> {
    let mut readings = BTreeMap::new();
    for (name, state) in &input.observed.connections {
        let type_name =
            input.desired.connections.get(name).map_or(String::new(), |spec| spec.type_name.to_string());
        let domains = input
            .desired
            .domains
            .iter()
            .filter(|(_, wish)| wish.connections().any(|connection| connection == name))
            .map(|(domain, _)| domain.to_string())
            .collect();
        let incomplete = state
            .incomplete()
            .into_iter()
            .map(|(collection, reason)| Incomplete { collection, reason })
            .collect();
        let writes_per_minute = input.capabilities.get(name).and_then(|can| can.limits.writes_per_minute);
        let reading = ConnectionReading {
            type_name,
            domains,
            read: counts(state),
            calls: state.calls,
            account: state.account.clone(),
            incomplete,
            writes_per_minute,
        };
        readings.insert(name.clone(), reading);
    }
    readings
}

fn counts(state: &ConnectionState) -> BTreeMap<Kind, u64> {
    let mut counts = BTreeMap::new();
    for object in state.objects.values() {
        if !matches!(object.standing, Standing::Remains(_)) {
            *counts.entry(object.identity.kind()).or_insert(0) += 1;
        }
    }
    counts
}

/// What a store that a domain leaves still holds: read and shown, never changed.
fn leaving_notes(input: &Input<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    for (domain, wish) in &input.desired.domains {
        for (connection, leaving) in &wish.leaving {
            if *leaving != crate::model::Leaving::Keep {
                continue;
            }
            let held = input.observed.connections.get(connection).map_or(0, |state| {
                let in_domain = |identity: &crate::model::Identity| {
                    identity.kind() == Kind::Mailbox && identity.domain() == Some(domain.as_str())
                };
                state.objects.keys().filter(|identity| in_domain(identity)).count()
            });
            let text = format!(
                "{connection} still holds {held} mailboxes of {domain}; it keeps them (leaving: keep)"
            );
            notes.push(Note { text, at: wish.at.clone() });
        }
    }
    notes
}
