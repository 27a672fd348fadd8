//! Changes while the plan is being made: the change and what only the planner needs to know of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Block, BlockCode, Change, ChangeId, ConnectionName, Field, Fields, Ground, Identity, Note,
    ObservedObject, Override, Reason, Risk, Source, Status, Verb,
};

use super::digest::ground_digest;

/// Why a change is in the plan; decides whether it counts against a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The configuration asks for it by name.
    Declared,
    /// The object is undeclared in a closed world.
    Pruned,
    /// It goes with its mailbox: it has no count of its own.
    Implied,
    /// It is half of a replacement: nothing goes and nothing comes.
    Replaced,
}

/// A change in the making.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) change: Change,
    pub(super) cause: Cause,
    /// What stood there before, where a create is half of a replacement.
    pub(super) replaces: Option<Fields>,
}

/// All changes in the making.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    pub(super) changes: Vec<Draft>,
    pub(super) notes: Vec<Note>,
    /// Declared fields that a service does not tell, by connection and reason, and of which objects.
    pub(super) untold: BTreeMap<(ConnectionName, Reason), (BTreeSet<Field>, BTreeSet<Identity>)>,
}

/// Finds changes by what they do to which object.
pub(super) type Index<'a> = BTreeMap<(&'a ConnectionName, &'a Identity), Vec<usize>>;

impl Drafts {
    /// An index over the objects of all changes; a rename stands under its new and its old identity.
    pub(super) fn index(&self) -> Index<'_> {
        let mut index = Index::new();
        for (number, draft) in self.changes.iter().enumerate() {
            let change = &draft.change;
            index.entry((&change.connection, &change.identity)).or_default().push(number);
            if let Some(before) = &change.before_identity {
                index.entry((&change.connection, before)).or_default().push(number);
            }
        }
        index
    }
}

impl Draft {
    pub(super) fn new(
        verb: Verb,
        connection: &ConnectionName,
        identity: Identity,
        route: &str,
        reason: &str,
    ) -> Self {
        let id = ChangeId::new(verb, connection, &identity, route);
        let record = ObservedObject::own_record(&identity);
        let change = Change {
            id,
            connection: connection.clone(),
            identity,
            verb,
            before_identity: None,
            route: route.to_owned(),
            record,
            remote: None,
            before: None,
            after: Fields::new(),
            fields: Vec::new(),
            needs: Vec::new(),
            ground: Ground::Absent,
            absent: Vec::new(),
            present: Vec::new(),
            parts: BTreeMap::new(),
            risk: Risk::Safe,
            reason: reason.to_owned(),
            effects: Vec::new(),
            calls: 1,
            status: Status::Ready,
            at: None,
        };
        Self { change, cause: Cause::Declared, replaces: None }
    }

    /// Rests the change on what was read of the object.
    pub(super) fn on(mut self, object: &ObservedObject) -> Self {
        let before = object.fields.values();
        self.change.ground = Ground::Present { digest: ground_digest(&before) };
        self.change.record = object.record.clone();
        self.change.remote.clone_from(&object.remote);
        self.change.before = Some(before);
        self
    }

    pub(super) fn at(mut self, at: Option<&Source>) -> Self {
        self.change.at = at.cloned();
        self
    }

    pub(super) fn cause(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    pub(super) fn blocked(mut self, code: BlockCode, reason: impl Into<Reason>) -> Self {
        self.block(code, reason, None, None);
        self
    }

    /// Blocks the change for one more reason.
    pub(super) fn block(
        &mut self,
        code: BlockCode,
        reason: impl Into<Reason>,
        release: Option<&Override>,
        at: Option<&Source>,
    ) {
        let release = release.map(|release| format!("--allow {release}"));
        let block = Block { code, reason: reason.into(), release, at: at.cloned() };
        match &mut self.change.status {
            Status::Blocked(blocks) => blocks.push(block),
            status => *status = Status::Blocked(vec![block]),
        }
    }

    /// The override that would let this one change pass.
    pub(super) fn release(&self) -> Override {
        Override::of(self.change.verb, self.change.identity.kind(), &self.change.identity.to_string())
    }
}
