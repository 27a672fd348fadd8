//! Which mailboxes get another address: found before anything else, because an object at the old address is neither
//! undeclared nor free while it is meant to move.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, BlockCode, Change, ConnectionName, Ground, Identity, Kind, Looked, ObjectRef, ObservedObject,
    Plan, Presence, Reason, Standing, Verb, Wish,
};
use crate::provider::{KindCapabilities, StoredIn};

use super::Input;
use super::draft::Draft;
use super::parts;

/// What `was` comes to for one declared mailbox.
#[derive(Debug)]
pub(super) enum Rename<'a> {
    /// The mailbox is to be renamed from this one.
    From(&'a ObservedObject),
    /// A former address is there, or may be, and the rename cannot be made.
    Held {
        /// The former address.
        former: &'a Address,
        /// What stands there, where it was read.
        observed: Option<&'a ObservedObject>,
        /// Which rule forbids it.
        code: BlockCode,
        /// Why, in words.
        reason: Reason,
    },
}

/// Every rename, by its new and by its old address.
#[derive(Debug, Default)]
pub(super) struct Renames<'a> {
    by_new: ByAddress<'a, Rename<'a>>,
    /// Addresses that move, with the one that they move to.
    moves: ByAddress<'a, &'a Address>,
    /// Every address that some `was` names, with the mailbox that names it.
    named: ByAddress<'a, &'a Address>,
}

type ByAddress<'a, T> = BTreeMap<&'a ConnectionName, BTreeMap<&'a Address, T>>;

fn at<'m, T>(map: &'m ByAddress<'_, T>, connection: &ConnectionName, address: &Address) -> Option<&'m T> {
    map.get(connection)?.get(address)
}

impl<'a> Renames<'a> {
    /// Looks at every `was` of the configuration, also of what the plan was narrowed away from.
    pub(super) fn new(input: &Input<'a>) -> Self {
        let mut renames = Self::default();
        for (object, wish) in &input.desired.objects {
            let (Identity::Mailbox(new), Presence::Present) = (&object.identity, wish.presence) else {
                continue;
            };
            for former in wish.was.iter().filter(|former| *former != new) {
                renames.named.entry(&object.connection).or_default().entry(former).or_insert(new);
            }
            let kind = input.capabilities.get(&object.connection).and_then(|can| can.kind(Kind::Mailbox));
            if let Some(kind) = kind
                && !wish.was.is_empty()
                && let Some(rename) = renames.find(input, object, wish, kind, new)
            {
                if let Rename::From(ObservedObject { identity: Identity::Mailbox(former), .. }) = &rename {
                    renames.moves.entry(&object.connection).or_default().insert(former, new);
                }
                renames.by_new.entry(&object.connection).or_default().insert(new, rename);
            }
        }
        renames
    }

    fn find(
        &self,
        input: &Input<'a>,
        object: &'a ObjectRef,
        wish: &'a Wish,
        kind: &KindCapabilities,
        new: &'a Address,
    ) -> Option<Rename<'a>> {
        let connection = &object.connection;
        let is_there = match input.observed.look(connection, &object.identity) {
            Looked::Present(_) => true,
            Looked::Absent { .. } => false,
            // Nothing can be said; the create that stands there in its place is blocked.
            Looked::Unknown(_) => return None,
        };
        for former in wish.was.iter().filter(|former| *former != new) {
            let identity = Identity::Mailbox(former.clone());
            let declared = declared(input, connection, &identity);
            let held = |code, observed, reason: String| {
                Some(Rename::Held { former, observed, code, reason: reason.into() })
            };
            match input.observed.look(connection, &identity) {
                Looked::Absent { .. } => {}
                // The new one is there: whether the old one is, too, is not what this plan rests on.
                Looked::Unknown(_) if is_there => {}
                Looked::Unknown(reason) => return held(BlockCode::IncompleteRead, None, reason.to_string()),
                // Both are there, and what is to become of the old one is said.
                Looked::Present(_) if is_there && declared.is_some() => {}
                Looked::Present(observed) if is_there => {
                    let reason = format!("{former} and {new} both exist; move the mail, then delete one");
                    return held(BlockCode::RenameConflict, Some(observed), reason);
                }
                Looked::Present(observed) if declared == Some(Presence::Present) => {
                    let reason = format!("{former} is there and declared itself, so it cannot become {new}");
                    return held(BlockCode::RenameConflict, Some(observed), reason);
                }
                Looked::Present(observed) => {
                    if let Some(other) = at(&self.moves, connection, former) {
                        let reason = format!("{former} becomes {other} already");
                        return held(BlockCode::RenameConflict, Some(observed), reason);
                    }
                    if let Standing::Foreign(reason) = &observed.standing {
                        return held(BlockCode::Foreign, Some(observed), reason.to_string());
                    }
                    if let Some(reason) = kind.rename.reason() {
                        let reason = format!("cannot rename {former}: {reason}");
                        return held(BlockCode::Cannot, Some(observed), reason);
                    }
                    if let Some(reason) = kind.rename_in_domain.filter(|_| former.domain() != new.domain()) {
                        let reason = format!("cannot rename {former} to another domain: {reason}");
                        return held(BlockCode::Cannot, Some(observed), reason);
                    }
                    let can = input.capabilities.get(connection);
                    let part =
                        can.and_then(|can| parts::declared_part(input.desired, connection, former, can));
                    if let Some((part, _)) = part {
                        let reason = format!("its {part} is declared at {former}; declare it at {new}");
                        return held(BlockCode::RenameConflict, Some(observed), reason);
                    }
                    return Some(Rename::From(observed));
                }
            }
        }
        None
    }

    /// What `was` comes to for a declared mailbox.
    pub(super) fn of(&self, object: &ObjectRef) -> Option<&Rename<'a>> {
        let Identity::Mailbox(address) = &object.identity else { return None };
        at(&self.by_new, &object.connection, address)
    }

    /// The address that a mailbox is renamed from.
    pub(super) fn former(&self, connection: &ConnectionName, new: &Address) -> Option<&'a Address> {
        match at(&self.by_new, connection, new) {
            Some(Rename::From(ObservedObject { identity: Identity::Mailbox(former), .. })) => Some(former),
            _ => None,
        }
    }

    /// The address that a mailbox moves to.
    pub(super) fn becomes(&self, connection: &ConnectionName, former: &Address) -> Option<&'a Address> {
        at(&self.moves, connection, former).copied()
    }

    /// The mailbox whose `was` names an address.
    pub(super) fn named_by(&self, connection: &ConnectionName, former: &Address) -> Option<&'a Address> {
        at(&self.named, connection, former).copied()
    }

    /// What a part of a mailbox will be called when its mailbox has moved; none where it stays.
    pub(super) fn part_afterwards(
        &self,
        connection: &ConnectionName,
        part: &Identity,
        kind: &KindCapabilities,
    ) -> Option<Identity> {
        if kind.stored_in != StoredIn::Mailbox {
            return None;
        }
        moved(part, self.becomes(connection, part.part_of()?)?)
    }

    /// The former addresses of mailboxes that move into a domain.
    pub(super) fn moving_into(
        &self,
        connection: &ConnectionName,
        domain: &str,
    ) -> impl Iterator<Item = &'a Address> {
        let moves = self.moves.get(connection).into_iter().flatten();
        moves.filter(move |(_, new)| new.domain() == domain).map(|(former, _)| *former)
    }

    /// Connections and former addresses of all renames that are to be made.
    pub(super) fn formers(&self) -> BTreeSet<ObjectRef> {
        let object = |connection: &ConnectionName, former: &Address| ObjectRef {
            connection: connection.clone(),
            identity: Identity::Mailbox(former.clone()),
        };
        self.moves
            .iter()
            .flat_map(|(connection, moves)| moves.keys().map(move |former| object(connection, former)))
            .collect()
    }
}

fn declared(input: &Input<'_>, connection: &ConnectionName, identity: &Identity) -> Option<Presence> {
    let object = ObjectRef { connection: connection.clone(), identity: identity.clone() };
    input.desired.objects.get(&object).map(|wish| wish.presence)
}

impl Rename<'_> {
    /// The change that makes the rename, or says why it is not made.
    pub(super) fn draft(&self, object: &ObjectRef, wish: &Wish) -> Draft {
        let draft = |former: &Identity| {
            let reason = format!("was {former}");
            let mut draft =
                Draft::new(Verb::Rename, &object.connection, object.identity.clone(), "", &reason)
                    .at(wish.at.as_ref());
            draft.change.before_identity = Some(former.clone());
            draft
        };
        match self {
            Self::From(observed) => {
                let mut draft = draft(&observed.identity).on(observed);
                draft.change.after = observed.fields.values();
                draft
            }
            Self::Held { former, observed, code, reason } => {
                let mut draft = draft(&Identity::Mailbox((*former).clone()));
                match observed {
                    Some(observed) => {
                        draft = draft.on(observed);
                        draft.change.after = observed.fields.values();
                    }
                    None => draft.change.ground = Ground::Unknown,
                }
                draft.blocked(*code, reason.clone())
            }
        }
    }
}

/// The part of `mailbox` that corresponds to a part of another mailbox.
pub(super) fn moved(part: &Identity, mailbox: &Address) -> Option<Identity> {
    match part {
        Identity::Forward(_) => Some(Identity::Forward(mailbox.clone())),
        Identity::SenderRules(_) => Some(Identity::SenderRules(mailbox.clone())),
        Identity::Permission { grantee, .. } => {
            Some(Identity::Permission { mailbox: mailbox.clone(), grantee: grantee.clone() })
        }
        Identity::Administrator(_) => Some(Identity::administrator(mailbox.as_str())),
        _ => None,
    }
}

/// What the objects of a plan's changes were called when they were read.
#[derive(Debug)]
pub struct ReadAs<'p> {
    /// The renames by the address that comes of each; of two the first.
    renames: BTreeMap<(&'p ConnectionName, &'p Address), &'p Change>,
}

impl<'p> ReadAs<'p> {
    /// Looks once at all changes of a plan.
    pub fn new(plan: &'p Plan) -> Self {
        let mut renames = BTreeMap::new();
        for change in plan.changes.iter().filter(|change| change.verb == Verb::Rename) {
            if let Identity::Mailbox(new) = &change.identity {
                renames.entry((&change.connection, new)).or_insert(change);
            }
        }
        Self { renames }
    }

    /// What the object of a change was called: a part that is updated after its mailbox has moved was read at the old
    /// address.
    pub fn name(&self, change: &Change) -> Identity {
        if let Some(former) = &change.before_identity {
            return former.clone();
        }
        let is_after = change.verb == Verb::Update && change.ground == Ground::Absent;
        let mailbox = match &change.identity {
            Identity::Mailbox(mailbox) => Some(mailbox),
            part => part.part_of(),
        };
        let rename =
            mailbox.filter(|_| is_after).and_then(|new| self.renames.get(&(&change.connection, new)));
        let rename = rename.filter(|rename| change.needs.iter().any(|need| need.change == rename.id));
        let Some(rename) = rename.and_then(|rename| rename.before_identity.as_ref()) else {
            return change.identity.clone();
        };
        let old = rename.address().and_then(|old| moved(&change.identity, old));
        old.unwrap_or_else(|| rename.clone())
    }
}
