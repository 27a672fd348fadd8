//! The parts of a mailbox: where they are found, and what becomes of them when it goes.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, BlockCode, Collection, Completeness, ConnectionName, ConnectionState, Desired, Field, Fields,
    Identity, Kind, Looked, ObjectRef, ObservedObject, Presence, Reason, RecordId, Source, Value, Verb,
};
use crate::provider::{Capabilities, KindCapabilities, StoredIn};

use super::Input;
use super::diff::delete;
use super::draft::{Cause, Drafts};
use super::guard::is_released;
use super::prune::is_essential;

/// The parts of a mailbox that were read.
pub(super) fn parts_of<'a>(
    state: &'a ConnectionState,
    mailbox: &Address,
) -> impl Iterator<Item = &'a ObservedObject> {
    let single = [Identity::Forward(mailbox.clone()), Identity::SenderRules(mailbox.clone())];
    single
        .into_iter()
        .filter_map(|identity| state.objects.get(&identity).map(|object| &**object))
        .chain(permissions_of(state, mailbox))
}

/// True where aliases stand in the records of mailboxes.
pub(super) fn hides_aliases(input: &Input<'_>, connection: &ConnectionName) -> bool {
    input.capabilities.get(connection).is_some_and(keeps_aliases_inside)
}

pub(super) fn keeps_aliases_inside(can: &Capabilities) -> bool {
    can.kind(Kind::Alias).is_some_and(|can| can.stored_in == StoredIn::Mailbox)
}

/// True where some aliases, or all, stand in the records of mailboxes.
fn has_aliases_inside(can: &Capabilities) -> bool {
    can.kind(Kind::Alias).is_some_and(KindCapabilities::may_lie_in_mailbox)
}

/// The one address that an alias delivers to.
pub(super) fn lone_target(fields: &Fields) -> Option<&Address> {
    let targets = fields.get(&Field::Targets).and_then(Value::addresses)?;
    targets.first().filter(|target| targets.len() == 1 && !target.is_domain())
}

/// The mailbox in whose record an alias stands that was read.
pub(super) fn home_of(alias: &ObservedObject, can: &Capabilities) -> Option<Address> {
    let stored_in = can.kind(Kind::Alias)?.stored_in;
    let targets = alias.fields.value(&Field::Targets).and_then(Value::addresses)?;
    let lone = targets.first().filter(|_| targets.len() == 1)?;
    let is_inside = match stored_in {
        StoredIn::Own => false,
        StoredIn::Mailbox => true,
        StoredIn::LoneTarget => alias.record != ObservedObject::own_record(&alias.identity),
    };
    is_inside.then(|| lone.clone())
}

/// The mailbox in whose record an alias with these fields is to stand, and that record.
pub(super) fn home_for(
    input: &Input<'_>,
    connection: &ConnectionName,
    fields: &Fields,
) -> Option<(Address, RecordId)> {
    let kind = input.capabilities.get(connection)?.kind(Kind::Alias)?;
    let lone = lone_target(fields).filter(|_| kind.stored_in == StoredIn::LoneTarget)?;
    let identity = Identity::Mailbox(lone.clone());
    let object = ObjectRef { connection: connection.clone(), identity: identity.clone() };
    let declared = input.desired.objects.get(&object).map(|wish| wish.presence);
    let observed = match input.observed.look(connection, &identity) {
        Looked::Present(observed) => Some(observed),
        Looked::Absent { .. } | Looked::Unknown(_) => None,
    };
    let is_mailbox = declared == Some(Presence::Present) || declared.is_none() && observed.is_some();
    let record =
        observed.map_or_else(|| ObservedObject::own_record(&identity), |observed| observed.record.clone());
    is_mailbox.then(|| (lone.clone(), record))
}

/// The aliases that go with a mailbox, since they stand in its record.
pub(super) fn aliases_going(input: &Input<'_>, gone: &ObjectRef) -> Vec<ObjectRef> {
    let connection = &gone.connection;
    let (Identity::Mailbox(mailbox), Some(state), Some(can)) =
        (&gone.identity, input.observed.connections.get(connection), input.capabilities.get(connection))
    else {
        return Vec::new();
    };
    let aliases = aliases_in(state, mailbox, can);
    aliases
        .map(|alias| ObjectRef { connection: connection.clone(), identity: alias.identity.clone() })
        .collect()
}

/// The aliases in the record of a mailbox that were read.
pub(super) fn aliases_in<'a>(
    state: &'a ConnectionState,
    mailbox: &Address,
    can: &Capabilities,
) -> impl Iterator<Item = &'a ObservedObject> {
    let inside = has_aliases_inside(can);
    let objects = inside.then(|| state.objects.range(Identity::Alias(Address::lowest())..));
    let aliases = objects.into_iter().flatten().take_while(|(identity, _)| identity.kind() == Kind::Alias);
    aliases.map(|(_, object)| &**object).filter(move |object| home_of(object, can).as_ref() == Some(mailbox))
}

/// The permissions on a mailbox that were read.
pub(super) fn permissions_of<'a>(
    state: &'a ConnectionState,
    mailbox: &Address,
) -> impl Iterator<Item = &'a ObservedObject> {
    let first = Identity::Permission { mailbox: mailbox.clone(), grantee: Address::lowest() };
    state
        .objects
        .range(first..)
        .take_while(move |(identity, _)| {
            identity.kind() == Kind::Permission && identity.part_of() == Some(mailbox)
        })
        .map(|(_, object)| &**object)
}

/// A part of a mailbox, or an administrator in its record, that is declared to exist, and where.
pub(super) fn declared_part<'a>(
    desired: &'a Desired,
    connection: &ConnectionName,
    mailbox: &Address,
    can: &Capabilities,
) -> Option<(Kind, Option<&'a Source>)> {
    let object = |identity| ObjectRef { connection: connection.clone(), identity };
    let first = object(Identity::Permission { mailbox: mailbox.clone(), grantee: Address::lowest() });
    let permissions = desired
        .objects
        .range(first..)
        .take_while(|(object, _)| {
            object.connection == *connection
                && object.identity.kind() == Kind::Permission
                && object.identity.part_of() == Some(mailbox)
        })
        .map(|(object, wish)| (object.identity.kind(), wish));
    let single = [
        Identity::Forward(mailbox.clone()),
        Identity::SenderRules(mailbox.clone()),
        Identity::administrator(mailbox.as_str()),
    ];
    let single = single.into_iter().filter_map(|identity| {
        let kind = identity.kind();
        desired.objects.get(&object(identity)).map(|wish| (kind, wish))
    });
    let first = object(Identity::Alias(Address::lowest()));
    // Where only some aliases lie inside, one that names what is no mailbox any more is to have a record of its own.
    let is_absent = desired
        .objects
        .get(&object(Identity::Mailbox(mailbox.clone())))
        .is_some_and(|wish| wish.presence == Presence::Absent);
    let is_freed = is_absent && !keeps_aliases_inside(can);
    let aliases = has_aliases_inside(can).then(|| desired.objects.range(first..)).into_iter().flatten();
    let aliases = aliases
        .take_while(|(object, _)| object.connection == *connection && object.identity.kind() == Kind::Alias)
        .filter(|(_, wish)| !is_freed && lone_target(&wish.fields) == Some(mailbox))
        .map(|(object, wish)| (object.identity.kind(), wish));
    let goes_along =
        |kind: Kind| can.kind(kind).is_some_and(|can| kind.is_part() || can.may_lie_in_mailbox());
    single
        .chain(permissions)
        .chain(aliases)
        .find(|(kind, wish)| wish.presence == Presence::Present && goes_along(*kind))
        .map(|(kind, wish)| (kind, wish.at.as_ref()))
}

/// Parts that would outlive a mailbox and of which the reading does not tell whether they are there, with the reason.
/// A permission that stays behind would hold again as soon as somebody gets the address.
fn unread_parts(state: &ConnectionState, mailbox: &Address, can: &Capabilities) -> Option<(Kind, Reason)> {
    let outlives =
        |kind: &Kind| kind.is_part() && can.kind(*kind).is_some_and(|can| can.stored_in == StoredIn::Own);
    can.kinds.keys().copied().filter(outlives).find_map(|kind| {
        let unknown = state
            .unknown
            .iter()
            .find(|(identity, _)| identity.kind() == kind && identity.part_of() == Some(mailbox));
        if let Some((_, reason)) = unknown {
            return Some((kind, reason.clone()));
        }
        match state.completeness(&Collection::parts_of(kind, mailbox)) {
            Some(Completeness::Complete) => None,
            Some(Completeness::Incomplete(reason)) => Some((kind, reason)),
            None => Some((kind, "nobody asked for them".into())),
        }
    })
}

/// What there is of a mailbox's parts, and of what stands in its record, by each kind that was read whole: what its
/// removal takes along.
pub fn known_parts(
    state: &ConnectionState,
    mailbox: &Address,
    can: &Capabilities,
) -> BTreeMap<Kind, BTreeSet<Identity>> {
    let mut known = BTreeMap::new();
    for collection in parts_collections(mailbox, can) {
        if state.completeness(&collection) == Some(Completeness::Complete) {
            known.insert(collection.kind, BTreeSet::new());
        }
    }
    let login = state.objects.get(&Identity::administrator(mailbox.as_str())).map(|object| &**object);
    for object in parts_of(state, mailbox).chain(aliases_in(state, mailbox, can)).chain(login) {
        if let Some(of_kind) = known.get_mut(&object.identity.kind()) {
            of_kind.insert(object.identity.clone());
        }
    }
    known
}

/// What must be read to know what the removal of a mailbox takes along.
pub fn parts_collections(mailbox: &Address, can: &Capabilities) -> Vec<Collection> {
    let collection = |(&kind, can): (&Kind, &KindCapabilities)| match kind {
        Kind::Administrator if can.may_lie_in_mailbox() => {
            Some(Collection::object(&Identity::administrator(mailbox.as_str())))
        }
        Kind::Alias if can.may_lie_in_mailbox() => Some(Collection::parts_of(kind, mailbox)),
        _ => kind.is_part().then(|| Collection::parts_of(kind, mailbox)),
    };
    can.kinds.iter().filter_map(collection).collect()
}

/// True for a kind of which no mailbox goes before what it has is known.
pub(super) fn must_be_known(kind: Kind, can: &Capabilities) -> bool {
    let outlives = |can: &KindCapabilities| kind.is_part() && can.stored_in == StoredIn::Own;
    kind == Kind::Alias && has_aliases_inside(can) || can.kind(kind).is_some_and(outlives)
}

/// Why the aliases in the record of a mailbox are not all known.
fn unread_aliases(state: &ConnectionState, mailbox: &Address, can: &Capabilities) -> Option<Reason> {
    if !has_aliases_inside(can) {
        return None;
    }
    match state.completeness(&Collection::parts_of(Kind::Alias, mailbox)) {
        Some(Completeness::Complete) => None,
        Some(Completeness::Incomplete(reason)) => Some(reason),
        None => Some("nobody asked for them".into()),
    }
}

/// Parts that live in records of their own would outlive a mailbox that goes: they are deleted with it, visibly.
/// Parts in the mailbox's own record go by themselves, and the change says so.
pub(super) fn take_along(input: &Input<'_>, drafts: &mut Drafts) {
    let listed: BTreeSet<(ConnectionName, Identity)> = drafts
        .changes
        .iter()
        .filter(|draft| draft.change.verb == Verb::Delete)
        .map(|draft| (draft.change.connection.clone(), draft.change.identity.clone()))
        .collect();
    let mut parts = Vec::new();
    for draft in &mut drafts.changes {
        let released = is_released(input, draft);
        let change = &mut draft.change;
        let (Verb::Delete, Identity::Mailbox(mailbox)) = (change.verb, &change.identity) else { continue };
        let (Some(state), Some(can)) =
            (input.observed.connections.get(&change.connection), input.capabilities.get(&change.connection))
        else {
            continue;
        };
        if let Some((kind, at)) = declared_part(input.desired, &change.connection, mailbox, can) {
            let reason = format!("its {kind} is declared to exist, and would go with it");
            draft.block(BlockCode::Cannot, reason, None, at);
            continue;
        }
        if let Some((kind, reason)) = unread_parts(state, mailbox, can) {
            let reason = format!("its {} would outlive it, and they were not read: {reason}", kind.plural());
            draft.block(BlockCode::IncompleteRead, reason, None, None);
            continue;
        }
        if let Some(reason) = unread_aliases(state, mailbox, can) {
            let reason = format!("the aliases that would go with it were not read: {reason}");
            draft.block(BlockCode::IncompleteRead, reason, None, None);
            continue;
        }
        let essential = can.kind(Kind::Alias).and_then(|kind| {
            let mut aliases = aliases_in(state, mailbox, can);
            aliases.find(|alias| {
                let is_freed = listed.contains(&(change.connection.clone(), alias.identity.clone()));
                is_essential(&alias.identity, kind) && !is_freed
            })
        });
        if let (Some(alias), Cause::Pruned, false) = (essential, draft.cause, released) {
            let release = draft.release();
            let reason = format!("{} would go with it, which is removed by `absent` alone", alias.identity);
            draft.block(BlockCode::Protected, reason, Some(&release), None);
            continue;
        }
        change.parts = known_parts(state, mailbox, can);
        let mut gone: BTreeMap<Kind, usize> = BTreeMap::new();
        let login = Identity::administrator(mailbox.as_str());
        let inside = parts_of(state, mailbox).chain(aliases_in(state, mailbox, can));
        for observed in inside.chain(state.objects.get(&login).map(|object| &**object)) {
            let Some(kind) = can.kind(observed.identity.kind()) else { continue };
            let is_listed = listed.contains(&(change.connection.clone(), observed.identity.clone()));
            if kind.stored_in == StoredIn::LoneTarget && is_listed {
                // It leaves the record before.
            } else if kind.may_lie_in_mailbox() {
                *gone.entry(observed.identity.kind()).or_default() += 1;
            } else if observed.identity != login && !is_listed {
                let reason = format!("goes with its mailbox {mailbox}");
                let part = delete(&change.connection, observed, kind, &reason).at(change.at.as_ref());
                parts.push(part.cause(Cause::Implied));
            }
        }
        for (kind, count) in gone {
            change.effects.push(match count {
                1 => format!("its {kind} goes with it"),
                count => format!("its {count} {} go with it", kind.plural()),
            });
        }
    }
    drafts.changes.extend(parts);
}
