//! Who can read, send as, receive for or administer whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AccessReview, Address, ConnectionName, Desired, Field, Kind, ObjectRef, Observed, Plan, Reading, StateOf,
};
use crate::plan::{Network, Within};
use crate::provider::Capabilities;

use super::live::Live;

/// Everything that anybody can do in one of the two states, within the plan's narrowing; an address that a domain
/// ignores can be read all the same, but a gap in what it holds is none. Read it over [`audit_scopes`](crate::plan::audit_scopes).
pub fn access_review(
    plan: &Plan,
    desired: &Desired,
    observed: &Observed,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    state: StateOf,
) -> AccessReview {
    let within = Within::new(desired, &plan.narrowing);
    let is_in = |connection: &ConnectionName, whom: &Address| {
        let named = within.named(whom);
        within.connection(connection) && within.domain(Some(whom.domain())) && named
    };
    let network = match state {
        StateOf::Live => Network::live(desired, observed, capabilities),
        StateOf::Desired => Network::after(desired, observed, capabilities, &plan.changes),
    };
    let mut entries = network.access();
    entries.retain(|entry| is_in(&entry.connection, &entry.whom));
    let live = Live::new(plan, desired, observed, capabilities);
    let not_read = not_read(&live).into_iter().collect();
    AccessReview { state, address: None, entries, not_read }
}

/// Every gap in what access rests on, in words.
fn not_read(live: &Live<'_>) -> BTreeSet<String> {
    let mut gaps = BTreeSet::new();
    for (name, state) in &live.observed.connections {
        for (collection, reason) in state.incomplete() {
            if !fields(collection.kind).is_empty() {
                gaps.insert(format!("{collection} on {name}: {reason}"));
            }
        }
        for (identity, reason) in &state.unknown {
            let object = ObjectRef { connection: name.clone(), identity: identity.clone() };
            if !fields(identity.kind()).is_empty() && is_ours(live, &object) {
                gaps.insert(format!("{} {identity} on {name}: {reason}", identity.kind()));
            }
        }
    }
    for (object, there) in live.objects() {
        for field in fields(object.identity.kind()).iter().filter(|_| is_ours(live, &object)) {
            if let Some(Reading::NotRead(reason)) = there.fields.get(field) {
                gaps.insert(format!("{field} of {object}: {reason}"));
            }
        }
    }
    gaps
}

/// True for what the declared domains hold, and the narrowing and `ignore` let the audit speak of: to ignore an object is
/// how a gap in it is accepted.
fn is_ours(live: &Live<'_>, object: &ObjectRef) -> bool {
    let is_no_domains = object.identity.kind() == Kind::Administrator;
    live.looks_at(object) && (is_no_domains || live.domain_of(object).is_some())
}

/// The fields of a kind that say who can do what.
fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Mailbox => &[Field::State],
        Kind::Alias => &[Field::Targets, Field::PermittedSenders],
        Kind::Forward => &[Field::Targets, Field::KeepCopy],
        Kind::Permission => &[Field::Rights],
        Kind::Administrator => &[Field::Full, Field::Domains],
        Kind::Domain | Kind::SenderRules | Kind::Registration | Kind::Object => &[],
    }
}
