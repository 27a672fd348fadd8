//! The fourth pass: do all the objects go together, and can their connections hold them?
//!
//! Knows what is declared and what the connections' types can do. It asks nobody: what the services hold is the
//! plan's business.

mod collisions;
mod loops;
mod references;

use std::collections::BTreeMap;

use crate::model::{ClosedWorld, Desired, DomainWish, ObjectRef, Presence, Wish};

use super::report::{Report, Sink};
use super::resolve::{Connection, Object, Resolved};
use super::text::SourceText;

/// Carries out the checks.
pub(super) fn validate(resolved: &Resolved, sink: &mut Sink) {
    for object in &resolved.objects {
        if object.presence == Presence::Present {
            can_hold(&resolved.connections[object.connection], object, sink);
        }
    }
    collisions::check(resolved, sink);
    references::check(resolved, sink);
    loops::check(resolved, sink);
}

/// Reports what the connection's type cannot hold of an object. The object is not named in the message: a field of
/// a profile that a thousand mailboxes use is one problem at one place.
fn can_hold(connection: &Connection, object: &Object, sink: &mut Sink) {
    let Some(capabilities) = connection.capabilities() else {
        return;
    };
    for problem in capabilities.problems(&object.name.identity, &object.fields) {
        let place = object.place(problem.field.as_ref());
        let message = format!("{} {}", connection.shown(), problem.message);
        let help = problem.help.unwrap_or_else(|| {
            if connection.is_filter() {
                "take it out, or give the domain a store with `provider:`".to_owned()
            } else if problem.field.is_some() {
                "leave the key out, or choose another provider".to_owned()
            } else {
                "take the entry out, or choose another provider".to_owned()
            }
        });
        sink.put(Report::error("cannot-hold", place, message).help(help));
    }
}

/// The wish, for a configuration without errors.
pub(super) fn desired(resolved: Resolved, files: &[SourceText]) -> Desired {
    // What was looked up is not needed any more, and the wish is about to take its room.
    drop((resolved.mailboxes, resolved.aliases));
    let names: Vec<_> = resolved.connections.iter().map(|connection| connection.name.clone()).collect();
    let name = |number: usize| names[number].clone();
    let domains = resolved.domains.into_iter().map(|(domain, entry)| {
        let wish = DomainWish {
            store: entry.store.filter(|store| !entry.filters.contains(store)).map(name),
            also: entry.also.iter().map(|number| name(*number)).collect(),
            filters: entry.filters.iter().map(|number| name(*number)).collect(),
            leaving: entry.leaving.iter().map(|(number, leaving)| (name(*number), *leaving)).collect(),
            prune: entry.prune,
            ignore: entry.ignore,
            at: Some(entry.span.source(files)),
        };
        (domain, wish)
    });
    let domains: BTreeMap<_, _> = domains.collect();
    // Collected where the objects lie: there is no room for all of them twice.
    let objects = resolved.objects.into_iter().map(|object| {
        let wish = Wish {
            presence: object.presence,
            fields: object.fields,
            was: object.was.into_iter().map(|was| was.value).collect(),
            at: Some(object.span.source(files)),
            field_at: object
                .field_spans
                .into_iter()
                .filter(|(_, span)| *span != object.span)
                .map(|(field, span)| (field, span.source(files)))
                .collect(),
        };
        (object.name, wish)
    });
    let objects: Vec<(ObjectRef, Wish)> = objects.collect();
    let objects = objects.into_iter().collect();
    let mut closed: Vec<ClosedWorld> = resolved
        .closed
        .into_iter()
        .map(|(connection, extent, span)| ClosedWorld { connection, extent, at: Some(span.source(files)) })
        .collect();
    closed.sort();
    Desired {
        connections: resolved
            .connections
            .into_iter()
            .filter_map(|connection| Some((connection.name, connection.known?.0)))
            .collect(),
        domains,
        objects,
        closed,
        external: resolved.external,
        policy: resolved.policy,
    }
}
