//! The proof: the changes that run, run in order on a model of what was read. Each must be legal, the end must be
//! what is wanted, and nothing unmanaged may differ. It proves the planner, not the service.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, ConnectionName, Field, Identity, Kind, Looked, ObjectRef, Presence, Reading, Standing, Value,
    Verb, Wish,
};
use crate::provider::{KindCapabilities, StoredIn};

use super::Input;
use super::diff::is_held_by_nothing;
use super::draft::{Cause, Drafts};
use super::narrow::Within;
use super::parts::lone_target;
use super::registrations;
use super::world::{Illegal, Seen, World};

/// A plan that fails its own proof: a bug of the planner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A change cannot be done when its turn comes.
    #[error("the plan fails its own proof: {0}")]
    Illegal(#[from] Illegal),
    /// The end is not what is wanted.
    #[error("the plan fails its own proof: in the end {object} {difference}")]
    NotReached {
        /// Which object.
        object: String,
        /// What is wrong with it.
        difference: String,
    },
    /// Something that nobody asked for would differ.
    #[error("the plan fails its own proof: it would change {object}, which nothing asks for")]
    Unmanaged {
        /// Which object.
        object: String,
    },
}

/// Runs the changes that are ready and checks the end.
pub(super) fn prove<'a>(
    input: &Input<'a>,
    within: &Within<'_>,
    drafts: &Drafts,
) -> Result<World<'a>, ProofError> {
    let mut world = World::new(input.observed);
    for draft in drafts.changes.iter().filter(|draft| draft.change.is_ready()) {
        let change = &draft.change;
        let can = input.capabilities.get(&change.connection).ok_or_else(|| Illegal {
            change: change.id.to_string(),
            reason: "its connection is not known".to_owned(),
        })?;
        world.step(change, can)?;
    }
    reached(input, within, drafts, &world)?;
    unmanaged(input, drafts, &world)?;
    Ok(world)
}

fn reached(
    input: &Input<'_>,
    within: &Within<'_>,
    drafts: &Drafts,
    world: &World<'_>,
) -> Result<(), ProofError> {
    let held: BTreeSet<(&ConnectionName, &Identity)> = drafts
        .changes
        .iter()
        .filter(|draft| !draft.change.is_ready())
        .flat_map(|draft| {
            let change = &draft.change;
            let former = change.before_identity.as_ref().map(|former| (&change.connection, former));
            [(&change.connection, &change.identity)].into_iter().chain(former)
        })
        .collect();
    let formers: BTreeMap<(&ConnectionName, &Identity), &Identity> = drafts
        .changes
        .iter()
        .filter_map(|draft| {
            let change = &draft.change;
            Some(((&change.connection, &change.identity), change.before_identity.as_ref()?))
        })
        .collect();
    for (object, wish) in &input.desired.objects {
        // What moves with a mailbox, or is made after it, is where it was while the mailbox is held.
        let owner = object.identity.part_of().or_else(|| moving_home(input, object, wish));
        let owner = owner.map(|mailbox| Identity::Mailbox(mailbox.clone()));
        if held.contains(&(&object.connection, &object.identity))
            || owner.is_some_and(|owner| held.contains(&(&object.connection, &owner)))
            || !within.object(&object.connection, &object.identity)
        {
            continue;
        }
        let Some(can) = input.capabilities.get(&object.connection) else {
            continue;
        };
        if wish.presence == Presence::Absent && can.kind(object.identity.kind()).is_none() {
            // What a service cannot hold is absent there.
            continue;
        }
        let seen = world.see(&object.connection, &object.identity);
        let former =
            formers.get(&(&object.connection, &object.identity)).copied().unwrap_or(&object.identity);
        let fail =
            |difference: String| Err(ProofError::NotReached { object: object.to_string(), difference });
        match (wish.presence, &seen) {
            (Presence::Absent, Seen::Absent) => {}
            (Presence::Absent, Seen::Read(object)) if matches!(object.standing, Standing::Default(_)) => {}
            (Presence::Absent, _) if stays_registered(input, drafts, world, &object.identity) => {}
            (Presence::Absent, _) => return fail("is not gone".to_owned()),
            (Presence::Present, Seen::Absent) if is_held_by_nothing(object, wish) => {}
            (Presence::Present, Seen::Absent | Seen::Unknown) => return fail("is not there".to_owned()),
            (Presence::Present, Seen::Read(_) | Seen::Written(_)) => {
                for (field, wished) in wish.fields.iter() {
                    if seen.value(field) == Some(wished) {
                        continue;
                    }
                    let comparable = can
                        .kind(object.identity.kind())
                        .and_then(|kind| kind.fields.get(field))
                        .is_some_and(|capability| capability.read.is_yes());
                    if comparable
                        && !matches!(wished, Value::Secret(_))
                        && !is_untold(input, &object.connection, former, field)
                    {
                        return fail(format!("has not the declared `{field}`"));
                    }
                }
            }
        }
    }
    Ok(())
}

/// The mailbox that an alias is to stand with, where it comes along when that is renamed.
fn moving_home<'w>(input: &Input<'_>, object: &ObjectRef, wish: &'w Wish) -> Option<&'w Address> {
    let can = input.capabilities.get(&object.connection)?.kind(object.identity.kind())?;
    let is_alias = object.identity.kind() == Kind::Alias && can.stored_in == StoredIn::LoneTarget;
    lone_target(&wish.fields).filter(|_| is_alias)
}

/// True for a field that the service does not tell of an object that is there.
fn is_untold(input: &Input<'_>, connection: &ConnectionName, identity: &Identity, field: &Field) -> bool {
    match input.observed.look(connection, identity) {
        Looked::Present(observed) => matches!(observed.fields.get(field), Some(Reading::Untold(_))),
        Looked::Absent { .. } | Looked::Unknown(_) => false,
    }
}

/// True for a registration that a store still needs.
fn stays_registered(input: &Input<'_>, drafts: &Drafts, world: &World<'_>, identity: &Identity) -> bool {
    let Identity::Registration(address) = identity else { return false };
    registrations::is_answered(input, drafts, world, address)
}

/// Everything that differs was asked for: by a wish and in its fields, by a closed world, or as a part of a
/// mailbox that goes.
fn unmanaged(input: &Input<'_>, drafts: &Drafts, world: &World<'_>) -> Result<(), ProofError> {
    let index = std::cell::LazyCell::new(|| drafts.index());
    for (connection, identity, after) in world.written() {
        let object = ObjectRef { connection: connection.clone(), identity: identity.clone() };
        let fail = || Err(ProofError::Unmanaged { object: object.to_string() });
        let before = input.observed.look(connection, identity);
        let wish = input.desired.objects.get(&object);
        let pruned = || {
            index.get(&(connection, identity)).is_some_and(|numbers| {
                numbers.iter().any(|&n| {
                    let draft = &drafts.changes[n];
                    matches!(draft.cause, Cause::Pruned | Cause::Implied | Cause::Replaced)
                        || draft.change.verb == Verb::Rename
                })
            })
        };
        match (wish, after) {
            (None, _) => {
                // What stands in the record of a mailbox goes and moves along with it.
                let can = input.capabilities.get(connection).and_then(|can| can.kind(identity.kind()));
                let goes_along =
                    identity.part_of().is_some() || can.is_some_and(KindCapabilities::may_lie_in_mailbox);
                if !goes_along && !pruned() {
                    return fail();
                }
            }
            (Some(wish), Some(after)) => {
                let Looked::Present(before) = before else { continue };
                for (field, reading) in before.fields.iter() {
                    if let Reading::Known(value) = reading
                        && after.get(field) != Some(value)
                        && wish.fields.get(field).is_none()
                    {
                        return fail();
                    }
                }
            }
            (Some(_), None) => {}
        }
    }
    Ok(())
}
