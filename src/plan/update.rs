//! What differs in an object that is there, and the writes that bring it about: one per route, or a replacement
//! where the service cannot change it.

use std::collections::BTreeMap;

use crate::model::{
    BlockCode, ChangeId, Collection, Completeness, Field, Fields, Ground, Kind, Need, NeedKind,
    ObservedObject, Reading, Standing, Value, Verb,
};

use crate::provider::{AtCreate, StoredIn};

use super::diff::{One, delete, one};
use super::draft::{Cause, Draft};
use super::parts;

impl One<'_, '_> {
    /// Compares field by field and makes one update per route, after the change that gives the object its identity,
    /// where there is one.
    pub(super) fn update(&mut self, observed: &ObservedObject, after_change: Option<&ChangeId>) {
        let before = observed.fields.values();
        let mut differing = Fields::new();
        let mut held = None;
        for (field, wished) in self.wish.fields.iter() {
            let difference = match observed.fields.get(field) {
                // Used at create only, or never to be compared: a difference could not be seen.
                _ if self.is_write_only(field, wished) => continue,
                Some(Reading::Known(value))
                    if value == wished && (*field != Field::Targets || !self.loses_home(observed)) =>
                {
                    continue;
                }
                _ if *field == Field::Targets && self.moves_along(observed) => continue,
                Some(Reading::Untold(reason)) => {
                    let of = (self.object.connection.clone(), reason.clone());
                    let (fields, objects) = self.drafts.untold.entry(of).or_default();
                    fields.insert(field.clone());
                    objects.insert(self.object.identity.clone());
                    continue;
                }
                Some(Reading::NotRead(reason)) => {
                    Err((BlockCode::IncompleteRead, format!("`{field}` was not read: {reason}")))
                }
                None if self.kind.fields.contains_key(field) => Err((
                    BlockCode::IncompleteRead,
                    format!("`{field}` was not read: the service did not tell it"),
                )),
                Some(Reading::Known(_)) | None => self.difference(field, wished),
            };
            match difference {
                Ok(()) => {
                    differing.set(field.clone(), wished.clone());
                }
                Err((code, reason)) => {
                    held.get_or_insert(field);
                    self.blocked_update(observed, &before, field, code, reason);
                }
            }
        }
        if differing.is_empty() {
            return;
        }
        if let Standing::Foreign(reason) = &observed.standing {
            let mut draft = self.update_draft("", &before).on(observed);
            draft.change.after.clone_from(&before);
            overlay(&mut draft.change.after, &differing);
            draft.change.fields = differing.iter().map(|(field, _)| field.clone()).collect();
            self.drafts.changes.push(draft.blocked(BlockCode::Foreign, reason.to_string()));
            return;
        }
        let replaced = self.changes_home(observed, &differing)
            || differing
                .iter()
                .any(|(field, _)| self.kind.fields.get(field).is_some_and(|can| !can.update.is_yes()));
        if replaced {
            self.replace(observed, &before, &differing, held);
        } else {
            let is_moved = after_change.is_some();
            let rest = |draft: Draft| {
                let mut draft = draft.on(observed);
                if is_moved {
                    // At its new address it is not there yet.
                    draft.change.ground = Ground::Absent;
                }
                draft
            };
            self.updates_of(&before, &differing, rest, after_change);
        }
    }

    /// True for an alias that is to deliver to the new address of the mailbox in whose record it stands: it does so as
    /// soon as that is renamed.
    fn moves_along(&self, observed: &ObservedObject) -> bool {
        let home = parts::home_of(observed, self.can);
        let becomes = home.and_then(|home| self.renames.becomes(&self.object.connection, &home));
        becomes.is_some() && becomes == parts::lone_target(&self.wish.fields)
    }

    /// True for an alias that would go with the mailbox in whose record it stands, and is wanted.
    fn loses_home(&self, observed: &ObservedObject) -> bool {
        self.kind.stored_in == StoredIn::LoneTarget
            && parts::home_of(observed, self.can)
                .is_some_and(|home| self.is_absent(&crate::model::Identity::Mailbox(home)))
    }

    /// True for an alias that is to stand in another record than now.
    fn changes_home(&self, observed: &ObservedObject, differing: &Fields) -> bool {
        if self.kind.stored_in != StoredIn::LoneTarget || differing.get(&Field::Targets).is_none() {
            return false;
        }
        parts::home_of(observed, self.can) != self.home_for(differing).map(|(mailbox, _)| mailbox)
    }

    fn is_write_only(&self, field: &Field, wished: &Value) -> bool {
        matches!(wished, Value::Secret(_))
            || self.kind.fields.get(field).is_some_and(|capability| !capability.read.is_yes())
    }

    /// Whether a field can be brought to its wish at all, and why not.
    fn difference(&self, field: &Field, wished: &Value) -> Result<(), (BlockCode, String)> {
        let cannot = |reason: String| Err((BlockCode::Cannot, reason));
        let only = Fields::new().with(field.clone(), wished.clone());
        if let Some(problem) = self.can.problems(&self.object.identity, &only).into_iter().next() {
            return cannot(problem.message);
        }
        let Some(capability) = self.kind.fields.get(field) else {
            return cannot("its objects have no such field".to_owned());
        };
        if let Some(reason) = capability.update.reason() {
            if is_replaceable(self.object.identity.kind(), field) {
                return Ok(());
            }
            return cannot(format!("`{field}` cannot be changed: {reason}"));
        }
        match capability.clear.reason() {
            Some(reason) if is_empty(wished) => cannot(format!("`{field}` cannot be emptied: {reason}")),
            _ => Ok(()),
        }
    }

    fn blocked_update(
        &mut self,
        observed: &ObservedObject,
        before: &Fields,
        field: &Field,
        code: BlockCode,
        reason: String,
    ) {
        // An id of its own: the same call may well carry other fields of the object.
        let mut draft = self.update_draft(&format!("?{field}"), before).blocked(code, reason).on(observed);
        self.kind.fields.get(field).map_or("", |can| can.route).clone_into(&mut draft.change.route);
        draft.change.after.clone_from(before);
        if let Some(value) = self.wish.fields.get(field) {
            draft.change.after.set(field.clone(), value.clone());
        }
        draft.change.at = self.wish.field_at.get(field).or(self.wish.at.as_ref()).cloned();
        draft.change.fields = vec![field.clone()];
        self.drafts.changes.push(draft);
    }

    fn update_draft(&self, route: &str, before: &Fields) -> Draft {
        let mut draft = one(Verb::Update, self.object, self.wish);
        draft.change.id = ChangeId::new(Verb::Update, &self.object.connection, &self.object.identity, route);
        route.clone_into(&mut draft.change.route);
        draft.change.before = Some(before.clone());
        draft
    }

    /// One update per route, each starting from where the one before it ended.
    pub(super) fn updates_of(
        &mut self,
        before: &Fields,
        differing: &Fields,
        rest: impl Fn(Draft) -> Draft,
        first: Option<&ChangeId>,
    ) {
        let mut routes: BTreeMap<&str, Fields> = BTreeMap::new();
        for (field, value) in differing.iter() {
            let route = self.kind.fields.get(field).map_or("", |capability| capability.route);
            routes.entry(route).or_default().set(field.clone(), value.clone());
        }
        let mut now = before.clone();
        for (route, fields) in routes {
            let mut draft = rest(self.update_draft(route, &now));
            overlay(&mut now, &fields);
            draft.change.after.clone_from(&now);
            draft.change.fields = fields.iter().map(|(field, _)| field.clone()).collect();
            let place = draft.change.fields.first().and_then(|field| self.wish.field_at.get(field));
            if let Some(place) = place {
                draft.change.at = Some(place.clone());
            }
            if let Some(first) = first {
                draft.change.needs.push(Need { change: first.clone(), kind: NeedKind::Hard });
            }
            self.drafts.changes.push(draft);
        }
    }

    /// Deletes and creates what cannot be updated. What the configuration does not manage is carried over, so all
    /// of it must be known; and since a run may end between the two, the wish alone must be enough to create it.
    fn replace(
        &mut self,
        observed: &ObservedObject,
        before: &Fields,
        differing: &Fields,
        held: Option<&Field>,
    ) {
        let reason = "replaced: the service cannot change it";
        let mut fields = self.kind.fields.iter();
        let unread = fields
            .clone()
            .find(|(field, capability)| capability.read.is_yes() && observed.fields.value(field).is_none());
        let undeclared = fields.find(|(field, capability)| {
            capability.create == AtCreate::Required && self.wish.fields.get(field).is_none()
        });
        let state = self.input.observed.connections.get(&self.object.connection);
        let whole = state.and_then(|state| state.completeness(&Collection::object(&observed.identity)));
        let obstacle = if let Some(Completeness::Incomplete(gap)) = whole {
            Some((BlockCode::IncompleteRead, format!("a run cut short would not find it missing: {gap}")))
        } else if let Some((field, _)) = unread {
            Some((BlockCode::IncompleteRead, format!("its `{field}` was not read and would be lost")))
        } else if let Some((field, _)) = undeclared {
            Some((BlockCode::MissingField, format!("to create it again `{field}` must be declared")))
        } else {
            held.map(|field| {
                (BlockCode::Cannot, format!("it could not be created again because of `{field}`"))
            })
        };
        if let Some((code, obstacle)) = obstacle {
            for (wished, _) in differing.iter() {
                let reason = format!("the service can only replace it, and {obstacle}");
                self.blocked_update(observed, before, wished, code, reason);
            }
            return;
        }
        let gone = delete(&self.object.connection, observed, self.kind, reason)
            .at(self.wish.at.as_ref())
            .cause(Cause::Replaced);
        let mut whole = before.clone();
        overlay(&mut whole, differing);
        let need = Need { change: gone.change.id.clone(), kind: NeedKind::Hard };
        self.drafts.changes.push(gone);
        let made = self.creates_of(&whole);
        let record = observed.record.clone();
        let moves_home = self.changes_home(observed, differing);
        let first = made.first().copied();
        for number in made {
            let draft = &mut self.drafts.changes[number];
            draft.cause = Cause::Replaced;
            reason.clone_into(&mut draft.change.reason);
            if !moves_home {
                draft.change.record = record.clone();
            }
        }
        if let Some(first) = first {
            let draft = &mut self.drafts.changes[first];
            draft.replaces = Some(before.clone());
            draft.change.needs.push(need);
        }
    }
}

pub(super) fn overlay(onto: &mut Fields, fields: &Fields) {
    for (field, value) in fields.iter() {
        onto.set(field.clone(), value.clone());
    }
}

/// Kinds that hold nothing but their fields: deleting and creating one loses nothing.
pub(super) fn is_replaceable(kind: Kind, field: &Field) -> bool {
    matches!(
        (kind, field),
        (Kind::Alias | Kind::Forward, Field::Targets | Field::KeepCopy | Field::PermittedSenders)
            | (Kind::Permission, Field::Rights)
    )
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::Addresses(set) => set.is_empty(),
        Value::Words(set) => set.is_empty(),
        Value::Domains(set) => set.is_empty(),
        Value::Rights(set) => set.is_empty(),
        Value::Bool(_)
        | Value::Int(_)
        | Value::State(_)
        | Value::Quota(_)
        | Value::Json(_)
        | Value::Secret(_) => false,
    }
}
