//! The third pass: names → what they stand for. Profiles are laid under their mailboxes, every entry finds its
//! connection, inline parts and top-level entries become objects of one shape.
//!
//! Knows which connection an object belongs to, and not yet whether all the objects go together.

mod aliases;
mod connections;
mod domains;
mod mailboxes;
mod others;
mod parts;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::model::{
    Address, ClosedExtent, ConnectionName, DomainName, External, Field, Fields, ObjectRef, Policy, Presence,
};

use super::raw::{FieldAt, Raw, Reader, Traits};
use super::text::{At, Span};

pub(super) use connections::Connection;
pub(super) use domains::Domain;

/// The configuration with nothing left to look up.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// By number.
    pub(super) connections: Vec<Connection>,
    /// By name.
    pub(super) domains: HashMap<DomainName, Domain>,
    /// Every object, also twice where the configuration says so.
    pub(super) objects: Vec<Object>,
    /// The mailboxes that are declared, with where and whether they are to be there.
    pub(super) mailboxes: HashMap<Address, Declared>,
    /// The aliases that are declared, likewise.
    pub(super) aliases: HashMap<Address, Declared>,
    /// Where undeclared objects go.
    pub(super) closed: Vec<(ConnectionName, ClosedExtent, Span)>,
    /// The ledger.
    pub(super) external: BTreeMap<Address, External>,
    /// The brakes.
    pub(super) policy: Policy,
}

/// An address that is declared as a mailbox or as an alias.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared {
    pub(super) presence: Presence,
    pub(super) span: Span,
    /// The number of the connection that holds it.
    pub(super) store: Option<usize>,
}

/// One object with the places of what it says.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) name: ObjectRef,
    /// The number of its connection.
    pub(super) connection: usize,
    pub(super) presence: Presence,
    pub(super) fields: Fields,
    pub(super) field_spans: Vec<(Field, Span)>,
    /// Addresses that it refers to, with their places.
    pub(super) refers: Vec<At<Address>>,
    pub(super) was: Vec<At<Address>>,
    pub(super) span: Span,
}

impl Object {
    /// The place of a field, else of the object.
    pub(super) fn place(&self, field: Option<&Field>) -> Span {
        field
            .and_then(|field| self.field_spans.iter().find(|(known, _)| known == field))
            .map_or(self.span, |(_, span)| *span)
    }
}

/// Carries out the pass. `raw` is used up; problems go to the reader's sink.
pub(super) fn resolve(raw: Raw<'_>, reader: &mut Reader<'_>) -> Resolved {
    let mut resolver = Resolver {
        reader,
        out: Resolved::default(),
        names: HashMap::new(),
        profiles: HashMap::new(),
        unknown_domains: HashMap::new(),
    };
    resolver.connections(raw.connections);
    resolver.domains(raw.domains);
    resolver.profiles(raw.profiles);
    resolver.mailboxes(raw.mailboxes, raw.aliases, raw.forwards, raw.permissions, raw.sender_rules);
    resolver.administrators(raw.administrators);
    resolver.objects(raw.objects);
    resolver.external(raw.external);
    resolver.policy(raw.policy);
    resolver.out
}

struct Resolver<'r, 'f, 't> {
    reader: &'r mut Reader<'f>,
    out: Resolved,
    /// Connections by name.
    names: HashMap<String, usize>,
    profiles: HashMap<Cow<'t, str>, (Span, Traits<'t>)>,
    /// Domains that somebody named and nobody declared, with the help for them.
    unknown_domains: HashMap<String, String>,
}

/// Where an object lies and what it is to be, before its fields.
struct Slot {
    connection: usize,
    identity: crate::model::Identity,
    span: Span,
}

impl Resolver<'_, '_, '_> {
    fn object_ref(&self, slot: &Slot) -> ObjectRef {
        ObjectRef {
            connection: self.out.connections[slot.connection].name.clone(),
            identity: slot.identity.clone(),
        }
    }

    /// Adds an object that must be there.
    fn present(
        &mut self,
        slot: &Slot,
        content: Vec<FieldAt>,
        refers: Vec<At<Address>>,
        was: Vec<At<Address>>,
    ) {
        let object = self.object_ref(slot);
        let mut fields = Fields::with_capacity(content.len());
        let mut field_spans: Vec<(Field, Span)> = Vec::with_capacity(content.len());
        for FieldAt { field, value, span } in content {
            // A later field replaces an earlier one: the mailbox wins over its profile.
            match field_spans.iter_mut().find(|(known, _)| *known == field) {
                Some((_, known)) => *known = span,
                None => field_spans.push((field.clone(), span)),
            }
            fields.set(field, value);
        }
        self.out.objects.push(Object {
            name: object,
            connection: slot.connection,
            presence: Presence::Present,
            fields,
            field_spans,
            refers,
            was,
            span: slot.span,
        });
    }

    /// Adds an object that must not be there. A connection that cannot hold its kind satisfies that already.
    fn absent(&mut self, slot: &Slot) {
        if !self.out.connections[slot.connection].may_hold(slot.identity.kind()) {
            return;
        }
        let object = self.object_ref(slot);
        self.out.objects.push(Object {
            name: object,
            connection: slot.connection,
            presence: Presence::Absent,
            fields: Fields::new(),
            field_spans: Vec::new(),
            refers: Vec::new(),
            was: Vec::new(),
            span: slot.span,
        });
    }

    /// Closes a world on a connection that holds the kind.
    fn close(&mut self, connection: usize, extent: ClosedExtent, span: Span) {
        let connection = &self.out.connections[connection];
        let kind = match &extent {
            ClosedExtent::Domain(kind, _) => *kind,
            ClosedExtent::AliasesOf(_) => crate::model::Kind::Alias,
            ClosedExtent::PermissionsOf(_) => crate::model::Kind::Permission,
        };
        if connection.may_hold(kind) {
            let name = connection.name.clone();
            self.out.closed.push((name, extent, span));
        }
    }
}
