//! Folds what was gathered one by one into few parts: a domain swallows its members, members of one kind with the same
//! fields go together.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Collection, ConnectionName, Extent, Field, Kind, Scope, ScopePart};

use super::{Needs, Wanted};

/// What is asked of single objects, or of the parts of single mailboxes: by kind, which of the two, and the fields
/// whose reading costs a call for each. Those stay with the objects that they are wanted of.
type Single = BTreeMap<(Kind, bool, BTreeSet<Field>), (Extent, BTreeSet<Field>)>;

impl Needs<'_> {
    pub(super) fn into_scopes(mut self) -> BTreeMap<ConnectionName, Scope> {
        let by_connection = std::mem::take(&mut self.by_connection);
        by_connection
            .into_iter()
            .map(|(connection, wanted)| {
                let scope = Scope::of(self.fold(&connection, wanted));
                (connection, scope)
            })
            .collect()
    }

    fn fold(&self, connection: &ConnectionName, wanted: Wanted) -> Vec<ScopePart> {
        let mut parts: Vec<ScopePart> = Vec::new();
        let mut single = Single::new();
        for (collection, fields) in wanted {
            let kind = collection.kind;
            match collection.extent {
                Extent::Everything | Extent::Domain(_) => parts.push(ScopePart { collection, fields }),
                Extent::PartsOf(mailboxes) => {
                    let entry = single
                        .entry((kind, true, BTreeSet::new()))
                        .or_insert_with(|| (Extent::PartsOf(BTreeSet::new()), BTreeSet::new()));
                    if let Extent::PartsOf(all) = &mut entry.0 {
                        all.extend(mailboxes);
                    }
                    entry.1.extend(fields);
                }
                Extent::Objects(objects) => {
                    let (details, listed): (BTreeSet<Field>, BTreeSet<Field>) =
                        fields.into_iter().partition(|field| self.costs_a_call(connection, kind, field));
                    let mut ask = |key: BTreeSet<Field>, fields: BTreeSet<Field>| {
                        let entry = single
                            .entry((kind, false, key))
                            .or_insert_with(|| (Extent::Objects(BTreeSet::new()), BTreeSet::new()));
                        if let Extent::Objects(all) = &mut entry.0 {
                            all.extend(objects.iter().cloned());
                        }
                        entry.1.extend(fields);
                    };
                    if details.is_empty() || !listed.is_empty() {
                        ask(BTreeSet::new(), listed);
                    }
                    if !details.is_empty() {
                        ask(details.clone(), details);
                    }
                }
            }
        }
        let whole = parts.len();
        for ((kind, _, details), (extent, fields)) in single {
            let (wholes, _) = parts.split_at_mut(whole);
            if let Some(part) = outside(wholes, kind, &details, extent, fields) {
                parts.push(part);
            }
        }
        parts
    }
}

/// What of a group of single objects no whole domain covers. Fields that cost nothing are read of the whole domain then.
fn outside(
    wholes: &mut [ScopePart],
    kind: Kind,
    details: &BTreeSet<Field>,
    mut extent: Extent,
    fields: BTreeSet<Field>,
) -> Option<ScopePart> {
    let mut covering: Vec<&mut ScopePart> = wholes
        .iter_mut()
        .filter(|part| part.collection.kind == kind && part.fields.is_superset(details))
        .collect();
    match &mut extent {
        Extent::PartsOf(mailboxes) => mailboxes
            .retain(|mailbox| !covering.iter().any(|part| covers_parts(&part.collection, mailbox.domain()))),
        Extent::Objects(objects) => {
            objects.retain(|object| !covering.iter().any(|part| part.collection.covers(object)));
        }
        Extent::Everything | Extent::Domain(_) => {}
    }
    if details.is_empty() {
        for part in &mut covering {
            part.fields.extend(fields.iter().cloned());
        }
    }
    let is_empty = match &extent {
        Extent::PartsOf(mailboxes) => mailboxes.is_empty(),
        Extent::Objects(objects) => objects.is_empty(),
        Extent::Everything | Extent::Domain(_) => false,
    };
    (!is_empty).then_some(ScopePart { collection: Collection { kind, extent }, fields })
}

/// True where a collection holds the parts of every mailbox of a domain. An alias in a mailbox's record may be one of
/// another domain.
fn covers_parts(collection: &Collection, domain: &str) -> bool {
    match &collection.extent {
        Extent::Everything => true,
        Extent::Domain(name) => collection.kind.is_part() && name.as_str() == domain,
        Extent::PartsOf(_) | Extent::Objects(_) => false,
    }
}
