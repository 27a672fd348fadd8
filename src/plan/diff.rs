//! Finds the changes, object by object: what is declared against what was read.

use crate::model::{
    AccountState, Address, BlockCode, ChangeId, ConnectionName, Fields, Ground, Identity, Kind, Looked, Note,
    ObjectRef, ObservedObject, Presence, RecordId, Standing, Value, Verb, Wish,
};
use crate::provider::{AtCreate, Capabilities, Deletion, KindCapabilities, StoredIn};

use super::Input;
use super::draft::{Draft, Drafts};
use super::narrow::Within;
use super::rename::{Rename, Renames, moved};
use super::{calls, parts, prune, registrations};

/// Every change that the configuration asks for, in the order of objects, nothing blocked by guards yet.
pub(super) fn diff(input: &Input<'_>, within: &Within<'_>, renames: &Renames<'_>) -> Drafts {
    let mut drafts = Drafts::default();
    for (object, wish) in &input.desired.objects {
        if !within.object(&object.connection, &object.identity) {
            continue;
        }
        let Some(can) = input.capabilities.get(&object.connection) else {
            continue;
        };
        let Some(kind) = can.kind(object.identity.kind()) else {
            // What a service cannot hold is absent there.
            if wish.presence == Presence::Present {
                let reason = can.why_not(object.identity.kind()).to_owned();
                drafts.changes.push(one(Verb::Create, object, wish).blocked(BlockCode::Cannot, reason));
            }
            continue;
        };
        let mut one = One { input, can, kind, object, wish, drafts: &mut drafts, renames };
        match wish.presence {
            Presence::Present => one.present(),
            Presence::Absent => one.absent(),
        }
    }
    prune::prune(input, within, renames, &mut drafts);
    parts::take_along(input, &mut drafts);
    registrations::keep_answered(input, &mut drafts);
    calls::count(input, &mut drafts);
    let untold = std::mem::take(&mut drafts.untold);
    drafts.notes.extend(untold.into_iter().map(|((connection, reason), (fields, objects))| {
        let fields: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
        let objects =
            if objects.len() == 1 { "an object".to_owned() } else { format!("{} objects", objects.len()) };
        let text = format!("{} of {objects} on {connection} cannot be compared: {reason}", fields.join(", "));
        Note { text, at: None }
    }));
    drafts
}

pub(super) fn one(verb: Verb, object: &ObjectRef, wish: &Wish) -> Draft {
    let reason = match verb {
        Verb::Delete => "declared absent",
        Verb::Create | Verb::Update | Verb::Rename => "declared",
    };
    Draft::new(verb, &object.connection, object.identity.clone(), "", reason).at(wish.at.as_ref())
}

/// One declared object.
pub(super) struct One<'a, 'd> {
    pub(super) input: &'a Input<'a>,
    pub(super) can: &'a Capabilities,
    pub(super) kind: &'a KindCapabilities,
    pub(super) object: &'a ObjectRef,
    pub(super) wish: &'a Wish,
    pub(super) drafts: &'d mut Drafts,
    pub(super) renames: &'a Renames<'a>,
}

impl<'a> One<'a, '_> {
    /// What is there of the object, under its mailbox's former address where that is being renamed.
    fn look(&self) -> (Looked<'a>, Option<ChangeId>) {
        let connection = &self.object.connection;
        let observed = self.input.observed;
        if let (Some(mailbox), StoredIn::Mailbox) = (self.object.identity.part_of(), self.kind.stored_in)
            && let Some(former) = self.renames.former(connection, mailbox)
            && let Some(part) = moved(&self.object.identity, former)
        {
            let object =
                ObjectRef { connection: connection.clone(), identity: Identity::Mailbox(mailbox.clone()) };
            // The rename is called as the mailbox is spelt where that is declared, not as its part is.
            let declared =
                self.input.desired.objects.get_key_value(&object).map_or(&object, |(declared, _)| declared);
            let rename = ChangeId::new(Verb::Rename, connection, &declared.identity, "");
            return (observed.look(connection, &part), Some(rename));
        }
        (observed.look(connection, &self.object.identity), None)
    }

    fn present(&mut self) {
        let (looked, after) = self.look();
        if let Some(reason) = self.without_mailbox() {
            let (verb, ground) = match looked {
                Looked::Present(_) => (Verb::Update, None),
                Looked::Absent { .. } => (Verb::Create, None),
                Looked::Unknown(_) => (Verb::Create, Some(Ground::Unknown)),
            };
            let mut draft = one(verb, self.object, self.wish);
            if let Looked::Present(observed) = looked {
                draft = draft.on(observed);
            }
            draft.change.ground = ground.unwrap_or(draft.change.ground);
            draft.change.after = self.wish.fields.clone();
            self.drafts.changes.push(draft.blocked(BlockCode::MissingTarget, reason));
            return;
        }
        match looked {
            Looked::Present(observed) => {
                // Both addresses of a rename are there: nobody can say which of the two is meant.
                if let Some(held) = self.renames.of(self.object) {
                    let mut draft = held.draft(self.object, self.wish);
                    draft.change.present.push(self.object.clone());
                    self.drafts.changes.push(draft);
                }
                self.update(observed, after.as_ref());
            }
            Looked::Absent { .. } if is_held_by_nothing(self.object, self.wish) => {}
            Looked::Absent { remains } => match self.renames.of(self.object) {
                None => self.create(remains),
                Some(rename) => {
                    let mut draft = rename.draft(self.object, self.wish);
                    draft.change.effects.extend(remains.and_then(note_of));
                    let renamed = draft.change.id.clone();
                    self.drafts.changes.push(draft);
                    if let Rename::From(observed) = rename {
                        self.update(observed, Some(&renamed));
                    }
                }
            },
            Looked::Unknown(reason) => {
                let mut draft = one(Verb::Create, self.object, self.wish);
                draft.change.after = self.wish.fields.clone();
                draft.change.ground = Ground::Unknown;
                self.drafts.changes.push(draft.blocked(BlockCode::IncompleteRead, reason));
            }
        }
    }

    /// Why a part cannot be wanted: its mailbox is to go.
    fn without_mailbox(&self) -> Option<String> {
        let mailbox = self.object.identity.part_of()?;
        if let Some(new) = self.renames.becomes(&self.object.connection, mailbox) {
            return Some(format!("its mailbox {mailbox} becomes {new}; declare it there"));
        }
        let object = ObjectRef {
            connection: self.object.connection.clone(),
            identity: Identity::Mailbox(mailbox.clone()),
        };
        let declared = self.input.desired.objects.get(&object).map(|wish| wish.presence);
        (declared == Some(Presence::Absent)).then(|| format!("its mailbox {mailbox} is declared absent"))
    }

    fn absent(&mut self) {
        let (connection, identity) = (&self.object.connection, &self.object.identity);
        let (mut unknown, mut present) = (None, None);
        if let Identity::Mailbox(address) = identity {
            if self.renames.becomes(connection, address).is_some() {
                // The rename takes it away, and what it holds lives on.
                return;
            }
            unknown = self.renames.named_by(connection, address).and_then(|new| {
                let new = Identity::Mailbox(new.clone());
                match self.input.observed.look(connection, &new) {
                    Looked::Present(_) => {
                        present = Some(ObjectRef { connection: connection.clone(), identity: new });
                        None
                    }
                    Looked::Absent { .. } => Some(format!("{new} is to be made of it, and that is blocked")),
                    Looked::Unknown(reason) => {
                        Some(format!("whether it became {new} is not known ({reason})"))
                    }
                }
            });
        }
        match self.look().0 {
            Looked::Absent { .. } => {}
            // Both names of a part that moves are declared absent: it goes by the one that it has now.
            Looked::Present(observed)
                if observed.identity != *identity && self.is_absent(&observed.identity) => {}
            Looked::Present(ObservedObject { standing: Standing::Default(reason), .. }) => {
                // Nothing of ours is there, and nothing can keep it away: no change, but no silence either.
                let text = format!("{identity} stays although it is declared absent: {reason}");
                self.drafts.notes.push(Note { text, at: self.wish.at.clone() });
            }
            Looked::Present(observed) => {
                let mut draft = delete(connection, observed, self.kind, "declared absent");
                draft.change.present.extend(present);
                if let Some(reason) = unknown {
                    draft = draft.blocked(BlockCode::RenameConflict, reason);
                }
                self.drafts.changes.push(draft.at(self.wish.at.as_ref()));
            }
            Looked::Unknown(reason) => {
                let mut draft = one(Verb::Delete, self.object, self.wish);
                draft.change.ground = Ground::Unknown;
                self.drafts.changes.push(draft.blocked(BlockCode::IncompleteRead, reason));
            }
        }
    }

    pub(super) fn is_absent(&self, identity: &Identity) -> bool {
        let object = ObjectRef { connection: self.object.connection.clone(), identity: identity.clone() };
        self.input.desired.objects.get(&object).is_some_and(|wish| wish.presence == Presence::Absent)
    }

    /// The mailbox in whose record this alias is to stand with these fields, and that record.
    pub(super) fn home_for(&self, fields: &Fields) -> Option<(Address, RecordId)> {
        let is_alias = self.object.identity.kind() == Kind::Alias;
        is_alias.then(|| parts::home_for(self.input, &self.object.connection, fields)).flatten()
    }

    fn create(&mut self, remains: Option<&ObservedObject>) {
        let first = self.creates_of(&self.wish.fields)[0];
        let note = remains.and_then(note_of);
        self.drafts.changes[first].change.effects.extend(note);
    }

    /// The create with the fields that it takes, and the updates that carry the rest. The numbers of the drafts, the
    /// create first.
    pub(super) fn creates_of(&mut self, fields: &Fields) -> Vec<usize> {
        let mut carried = Fields::new();
        let mut later = Fields::new();
        for (field, value) in fields.iter() {
            match self.kind.fields.get(field).map(|capability| capability.create) {
                // A new one is active where nobody says otherwise.
                Some(AtCreate::No(_)) if *value == Value::State(AccountState::Active) => {}
                Some(AtCreate::No(_)) => {
                    later.set(field.clone(), value.clone());
                }
                _ => {
                    carried.set(field.clone(), value.clone());
                }
            }
        }
        let mut draft = one(Verb::Create, self.object, self.wish);
        draft.change.fields = carried.iter().map(|(field, _)| field.clone()).collect();
        draft.change.after = carried.clone();
        if let Some((_, record)) = self.home_for(fields) {
            draft.change.record = record;
        }
        if let Some(reason) = self.kind.create.reason() {
            draft.block(BlockCode::Cannot, reason.to_owned(), None, None);
        }
        let missing: Vec<String> = self
            .kind
            .fields
            .iter()
            .filter(|(field, can)| can.create == AtCreate::Required && fields.get(field).is_none())
            .map(|(field, _)| format!("`{field}`"))
            .collect();
        if !missing.is_empty() {
            let reason =
                format!("it does not exist yet, and to create it {} must be declared", missing.join(", "));
            draft.block(BlockCode::MissingField, reason, None, self.wish.at.as_ref());
        }
        for problem in self.can.problems(&self.object.identity, fields) {
            draft.block(BlockCode::Cannot, problem.message, None, self.wish.at.as_ref());
        }
        let created = draft.change.id.clone();
        let start = self.drafts.changes.len();
        self.drafts.changes.push(draft);
        if !later.is_empty() {
            self.updates_of(&carried, &later, |draft| draft, Some(&created));
        }
        (start..self.drafts.changes.len()).collect()
    }
}

/// True for sender rules of which nothing but empty lists is wanted: where there are none, that holds.
pub(super) fn is_held_by_nothing(object: &ObjectRef, wish: &Wish) -> bool {
    let is_empty = |value: &Value| matches!(value, Value::Words(words) if words.is_empty());
    object.identity.kind() == Kind::SenderRules && wish.fields.iter().all(|(_, value)| is_empty(value))
}

fn note_of(remains: &ObservedObject) -> Option<String> {
    if let Standing::Remains(note) = &remains.standing { Some(note.to_string()) } else { None }
}

/// A delete of what was read, with what becomes of it.
pub(super) fn delete(
    connection: &ConnectionName,
    observed: &ObservedObject,
    kind: &KindCapabilities,
    reason: &str,
) -> Draft {
    let mut draft = Draft::new(Verb::Delete, connection, observed.identity.clone(), "", reason).on(observed);
    match (&kind.delete, &observed.standing) {
        (_, Standing::Foreign(reason)) => draft.block(BlockCode::Foreign, reason.to_string(), None, None),
        (_, Standing::Default(reason)) => {
            draft.block(BlockCode::Cannot, format!("the service makes it by itself: {reason}"), None, None);
        }
        (Deletion::No(reason), _) => draft.block(BlockCode::Cannot, (*reason).to_owned(), None, None),
        (Deletion::Archived(note) | Deletion::Recoverable(note), _) => {
            draft.change.effects.push((*note).to_owned());
        }
        (Deletion::Permanent, _) => {}
    }
    draft
}
