//! Domains that stand for other domains, where the service follows one step only.

use crate::model::{Address, BlockCode, Change, Field, Fields, Identity, Kind, Looked, Value, Verb};

use super::Input;
use super::draft::Drafts;

/// The domain that a whole domain stands for.
pub(super) fn stands_for(fields: &Fields) -> Option<&Address> {
    fields.get(&Field::Targets).and_then(Value::addresses)?.iter().find(|target| target.is_domain())
}

/// The domain that a change makes a whole domain stand for, where the service follows one step only.
pub(super) fn begins<'a>(input: &Input<'_>, change: &'a Change) -> Option<(&'a Address, &'a Address)> {
    let can = input.capabilities.get(&change.connection)?.kind(Kind::Alias)?;
    let Identity::Alias(address) = &change.identity else { return None };
    if can.domain_alias_chain.is_yes() || !address.is_domain() || change.verb == Verb::Delete {
        return None;
    }
    let target = stands_for(&change.after)?;
    (change.before.as_ref().and_then(stands_for) != Some(target)).then_some((address, target))
}

/// True where a change ends that its domain stands for another.
pub(super) fn ends(change: &Change) -> bool {
    change.before.as_ref().is_some_and(|before| stands_for(before).is_some())
        && (change.verb == Verb::Delete || stands_for(&change.after).is_none())
}

/// Blocks what would make a second step.
pub(super) fn check(input: &Input<'_>, drafts: &mut Drafts) {
    let mut blocked = Vec::new();
    for (number, draft) in drafts.changes.iter().enumerate() {
        let change = &draft.change;
        let Some((address, target)) = begins(input, change) else { continue };
        let reason = input
            .capabilities
            .get(&change.connection)
            .and_then(|can| can.kind(Kind::Alias)?.domain_alias_chain.reason())
            .unwrap_or_default();
        if let Some(further) = afterwards(input, drafts, change, target) {
            let words = format!("{target} stands for {further} itself, and {reason}");
            blocked.push((number, words));
        } else if let Some(other) = unchanged_synonym_of(input, drafts, change, address) {
            let words = format!("{other} stands for {address}, and {reason}");
            blocked.push((number, words));
        }
    }
    for (number, words) in blocked {
        drafts.changes[number].block(BlockCode::Cannot, words, None, None);
    }
}

/// The changes of one whole domain's alias.
fn of<'a>(drafts: &'a Drafts, change: &'a Change, domain: &'a Address) -> impl Iterator<Item = &'a Change> {
    let changes = drafts.changes.iter().map(|draft| &draft.change);
    changes.filter(move |other| {
        other.connection == change.connection
            && matches!(&other.identity, Identity::Alias(address) if address == domain)
    })
}

/// What a domain stands for once the plan is carried out.
fn afterwards(input: &Input<'_>, drafts: &Drafts, change: &Change, domain: &Address) -> Option<Address> {
    let mut changes = of(drafts, change, domain).peekable();
    if changes.peek().is_some() {
        return changes.find_map(|other| stands_for(&other.after).cloned());
    }
    match input.observed.look(&change.connection, &Identity::Alias(domain.clone())) {
        Looked::Present(object) => stands_for(&object.fields.values()).cloned(),
        Looked::Absent { .. } | Looked::Unknown(_) => None,
    }
}

/// A domain that stands for this one, and that no change of the plan speaks of.
fn unchanged_synonym_of(
    input: &Input<'_>,
    drafts: &Drafts,
    change: &Change,
    domain: &Address,
) -> Option<Address> {
    let state = input.observed.connections.get(&change.connection)?;
    state.objects.values().find_map(|object| {
        let Identity::Alias(other) = &object.identity else { return None };
        let is_synonym = other.is_domain() && stands_for(&object.fields.values()) == Some(domain);
        (is_synonym && of(drafts, change, other).next().is_none()).then(|| other.clone())
    })
}
