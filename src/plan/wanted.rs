//! Whether a saved plan does what the configuration wants and nothing else. Its id is a hash without a key, so whoever
//! can write the file can give it another content with an id that fits.
//!
//! A plan carries what it rests on: what was read of each object, and what was not there. From that it is planned
//! again; each change that runs must come out again as it stands in the file. Whether the services still hold what the
//! plan rests on is not asked here: `apply` reads it again.
//!
//! What cannot be told offline: that changes were taken out of the file, that a brake was released in it, that a
//! change was blocked for what only the services know. A login and what it rests on are looked at again by `apply`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::{
    Change, ChangeId, ConnectionName, Desired, Identity, Kind, Need, NeedKind, ObservedObject, Plan, Status,
    Verb,
};
use crate::provider::{Capabilities, StoredIn};

use super::draft::{Draft, Drafts};
use super::narrow::Within;
use super::parts::{self, lone_target};
use super::rename::Renames;
use super::{Input, diff, guard, order};

mod said;

/// A change of a saved plan that the configuration does not ask for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{change}: {reason}")]
pub struct Unwanted {
    /// The change.
    pub change: ChangeId,
    /// What is wrong with it.
    pub reason: String,
}

/// Checks that every change of `plan` that runs is what `desired` wants. The overrides of the plan are honoured: that a
/// reviewer gave them cannot be told from the file.
pub fn wanted(
    plan: &Plan,
    desired: &Desired,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    today: Date,
) -> Result<(), Unwanted> {
    let mut ready = in_order(plan)?;
    let observed = said::observed(plan, capabilities);
    let input = Input {
        desired,
        observed: &observed,
        capabilities,
        overrides: &plan.overrides,
        narrowing: &plan.narrowing,
        today,
    };
    let (within, renames) = (Within::new(desired, &plan.narrowing), Renames::new(&input));
    let planned = diff::diff(&input, &within, &renames);
    let mut drafts = Drafts::default();
    for mut draft in planned.changes {
        let Some(change) = ready.remove(&draft.change.id) else { continue };
        same(change, &draft, capabilities)?;
        // What is left of a former mailbox is told here alone; it decides what the create may cost.
        draft.change.effects.clone_from(&change.effects);
        drafts.changes.push(draft);
    }
    if let Some((id, _)) = ready.pop_first() {
        return Err(Unwanted {
            change: id.clone(),
            reason: "the configuration does not ask for it".to_owned(),
        });
    }
    guard::guard(&input, &mut drafts);
    order::order(&input, &mut drafts, &mut Vec::new());
    let planned = plan.ready().map(|change| (&change.id, change)).collect();
    drafts.changes.iter().try_for_each(|draft| braked(&planned, draft))
}

/// The changes that run, by id; each id stands once, and what a change needs stands before it.
fn in_order(plan: &Plan) -> Result<BTreeMap<&ChangeId, &Change>, Unwanted> {
    let mut before = BTreeSet::new();
    for change in &plan.changes {
        let refused = |reason: String| Err(Unwanted { change: change.id.clone(), reason });
        if let Some(need) = change.needs.iter().find(|need| !before.contains(&need.change)) {
            return refused(format!("it needs {}, which does not stand before it", need.change));
        }
        if !before.insert(&change.id) {
            return refused("it stands in the plan twice".to_owned());
        }
    }
    Ok(plan.ready().map(|change| (&change.id, change)).collect())
}

/// Compares a change of the file with the one that was planned again.
fn same(
    change: &Change,
    draft: &Draft,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
) -> Result<(), Unwanted> {
    let refused = |reason: String| Err(Unwanted { change: change.id.clone(), reason });
    if let Status::Blocked(blocks) = &draft.change.status
        && let Some(block) = blocks.first()
    {
        return refused(block.reason.to_string());
    }
    let can = capabilities.get(&change.connection);
    let Change {
        id: _,
        connection,
        identity,
        verb,
        before_identity,
        route,
        record,
        remote,
        before,
        after,
        fields,
        needs: _,
        ground,
        absent,
        present,
        parts,
        risk: _,
        reason: _,
        effects,
        calls,
        status: _,
        at: _,
    } = &draft.change;
    let what = [
        ("what it is made on", change.connection == *connection && change.identity == *identity),
        ("what it does", change.verb == *verb && change.before_identity == *before_identity),
        ("the fields that it sets", change.fields == *fields),
        ("how it is sent", change.route == *route && change.calls == *calls),
        ("the record that it writes", change.record == *record || has_home(change, can)),
        ("the id of its object", change.remote == *remote),
        ("what was there", change.before == *before && change.ground == *ground),
        ("what must not be there", change.absent == *absent),
        ("what must be there", change.present == *present),
        ("what goes with it", is_known(change, parts, can)),
        ("what it brings with it", effects.iter().all(|effect| change.effects.contains(effect))),
    ];
    if let Some(field) = differing(change, after) {
        return refused(format!("`{field}` is not what the configuration wants"));
    }
    match what.iter().find(|(_, is_same)| !is_same) {
        Some((what, _)) => refused(format!("{what} is not what the configuration asks for")),
        None => Ok(()),
    }
}

/// The first field that is otherwise in the file.
fn differing(change: &Change, after: &crate::model::Fields) -> Option<String> {
    let fields = change.after.iter().chain(after.iter()).map(|(field, _)| field);
    fields.into_iter().find(|field| change.after.get(field) != after.get(field)).map(ToString::to_string)
}

/// True for an alias that is made in the record of its one target: what that record is called is known to the service
/// alone.
fn has_home(change: &Change, can: Option<&Capabilities>) -> bool {
    let stored_in = can.and_then(|can| can.kind(change.identity.kind())).map(|kind| kind.stored_in);
    change.verb == Verb::Create
        && change.identity.kind() == Kind::Alias
        && stored_in == Some(StoredIn::LoneTarget)
        && lone_target(&change.after).is_some()
}

/// True where a removal of a mailbox tells what goes with it: all that nobody may leave unread, and nothing else.
fn is_known(
    change: &Change,
    planned: &BTreeMap<Kind, BTreeSet<Identity>>,
    can: Option<&Capabilities>,
) -> bool {
    let told = change.parts.iter().all(|(kind, parts)| planned.get(kind) == Some(parts));
    let needed = planned.keys().filter(|kind| can.is_some_and(|can| parts::must_be_known(**kind, can)));
    told && needed.into_iter().all(|kind| change.parts.contains_key(kind))
}

/// Whether the brakes and the order let a change of the file pass.
fn braked(planned: &BTreeMap<&ChangeId, &Change>, draft: &Draft) -> Result<(), Unwanted> {
    let change = planned[&draft.change.id];
    let refused = |reason: String| Err(Unwanted { change: change.id.clone(), reason });
    if let Status::Blocked(blocks) = &draft.change.status
        && let Some(block) = blocks.first()
    {
        return refused(block.reason.to_string());
    }
    if change.risk != draft.change.risk {
        return refused(format!("it is {}, and the plan says {}", draft.change.risk, change.risk));
    }
    // Whether what a change names must be made before it depends on what else is there, which is not told.
    let is_own = |need: &&Need| planned.get(&need.change).is_some_and(|other| share_address(change, other));
    let hard = draft.change.needs.iter().filter(|need| need.kind == NeedKind::Hard);
    let missing = hard.filter(is_own).find(|need| !change.needs.contains(need));
    match missing {
        Some(need) => refused(format!("it needs {}, and the plan does not say so", need.change)),
        None => Ok(()),
    }
}

/// True for changes of one address: what gives it up and what takes it over, a mailbox and its parts.
fn share_address(one: &Change, other: &Change) -> bool {
    let of = |change: &Change| {
        let former = change.before_identity.as_ref().and_then(Identity::address).cloned();
        [change.identity.address().cloned(), former]
    };
    of(one).into_iter().flatten().any(|address| of(other).contains(&Some(address)))
}

/// The record of an alias that stands in a mailbox's.
fn is_inside(object: &Change) -> bool {
    object.record != ObservedObject::own_record(&object.identity)
}
