//! What must be read besides, once it is known what a plan would remove.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, ClosedExtent, Collection, Completeness, ConnectionName, ConnectionState, Desired, DomainName,
    Extent, Field, Identity, Kind, Looked, Narrowing, ObjectRef, Observed, ObservedObject, Presence, Scope,
    Standing,
};
use crate::provider::Capabilities;

use super::super::narrow::Within;
use super::{Needs, has_addresses};

/// What a plan needs to know besides, now that `observed` tells which undeclared objects a closed world holds: the
/// aliases that go with the mailboxes that go, whether a store's alias answers for an address whose registration would
/// go, and who has a declared alias that does not stand in its mailbox's record. All may cost a call for each mailbox, so
/// they are asked of these alone, and what the first reading listed is not listed again.
pub fn further_scopes(
    desired: &Desired,
    observed: &Observed,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    narrowing: &Narrowing,
) -> BTreeMap<ConnectionName, Scope> {
    let within = Within::new(desired, narrowing);
    let mut needs = Needs { desired, capabilities, by_connection: BTreeMap::new() };
    needs.elsewhere(observed, &within);
    let mut worlds: Vec<(&ConnectionName, Kind, &DomainName)> = Vec::new();
    for closed in &desired.closed {
        if let ClosedExtent::Domain(kind, domain) = &closed.extent {
            worlds.push((&closed.connection, *kind, domain));
        }
    }
    for (connection, kind, domain) in worlds {
        if !within.connection(connection) || !within.domain(Some(domain.as_str())) {
            continue;
        }
        if within.addresses_in(domain).is_some()
            && has_addresses(kind)
            && !undeclared(desired, observed, &within, connection, kind, domain).is_empty()
        {
            needs.worlds_of(connection, domain);
        }
        match kind {
            Kind::Mailbox if needs.has_aliases_inside(connection) => {
                for address in undeclared(desired, observed, &within, connection, kind, domain) {
                    needs.aliases_inside(connection, &address);
                }
            }
            Kind::Registration => {
                for address in undeclared(desired, observed, &within, connection, kind, domain) {
                    needs.answers(observed, domain, &address);
                }
            }
            _ => {}
        }
    }
    // An `absent` entry takes its registration away as a closed world does.
    for (object, wish) in &desired.objects {
        if let (Presence::Absent, Identity::Registration(address)) = (wish.presence, &object.identity)
            && within.object(&object.connection, &object.identity)
            && matches!(observed.look(&object.connection, &object.identity), Looked::Present(_))
        {
            needs.answers(observed, &address.domain_name(), address);
        }
    }
    needs.without_known(observed);
    let mut scopes = needs.into_scopes();
    for (connection, scope) in &mut scopes {
        if let Some(state) = observed.connections.get(connection) {
            scope.left_to_search = left_to_search(scope, state);
        }
    }
    scopes
}

/// Where the aliases that are asked for one by one may still stand, in the domains whose mailboxes are all known.
fn left_to_search(scope: &Scope, state: &ConnectionState) -> BTreeMap<DomainName, BTreeSet<Address>> {
    let mut domains = BTreeSet::new();
    for part in &scope.parts {
        if let (Kind::Alias, Extent::Objects(aliases)) = (part.collection.kind, &part.collection.extent) {
            domains.extend(aliases.iter().filter_map(Identity::address).map(Address::domain_name));
        }
    }
    let is_whole = |collection: &Collection| state.completeness(collection) == Some(Completeness::Complete);
    domains.retain(|domain| is_whole(&Collection::domain(Kind::Mailbox, domain)));
    let mut left: BTreeMap<DomainName, BTreeSet<Address>> =
        domains.into_iter().map(|domain| (domain, BTreeSet::new())).collect();
    for identity in state.objects.keys() {
        if let Identity::Mailbox(mailbox) = identity
            && let Some(of_domain) = left.get_mut(mailbox.domain())
            && !is_whole(&Collection::parts_of(Kind::Alias, mailbox))
        {
            of_domain.insert(mailbox.clone());
        }
    }
    left
}

/// Addresses of a domain that a connection holds with this kind of object and that nothing declares to be there. What
/// no closed world removes, since it is somebody else's, is not among them.
fn undeclared(
    desired: &Desired,
    observed: &Observed,
    within: &Within<'_>,
    connection: &ConnectionName,
    kind: Kind,
    domain: &DomainName,
) -> BTreeSet<Address> {
    let Some(state) = observed.connections.get(connection) else { return BTreeSet::new() };
    let ours =
        state.objects.values().filter(|object| matches!(object.standing, Standing::Plain | Standing::Login));
    let of_kind = ours.map(|object| &object.identity).filter(|identity| {
        identity.kind() == kind
            && identity.domain() == Some(domain.as_str())
            && within.object(connection, identity)
            && !within.is_ignored(identity)
    });
    of_kind
        .filter(|identity| {
            let object = ObjectRef { connection: connection.clone(), identity: (*identity).clone() };
            desired.objects.get(&object).is_none_or(|wish| wish.presence == Presence::Absent)
        })
        .filter_map(|identity| identity.address().cloned())
        .collect()
}

/// True where every member of a collection that was read tells these fields.
fn tells_all(state: &ConnectionState, collection: &Collection, fields: &BTreeSet<Field>) -> bool {
    let tells = |object: &ObservedObject| fields.iter().all(|one| object.fields.get(one).is_some());
    if let Extent::Objects(objects) = &collection.extent {
        return objects.iter().filter_map(|one| state.objects.get(one)).all(|object| tells(object));
    }
    let mut members = state.objects.values().filter(|object| collection.covers(&object.identity));
    fields.is_empty() || members.all(|object| tells(object))
}

impl Needs<'_> {
    /// Takes out what was read to its end, with every field that is asked for.
    fn without_known(&mut self, observed: &Observed) {
        for (connection, wanted) in &mut self.by_connection {
            let Some(state) = observed.connections.get(connection) else { continue };
            wanted.retain(|collection, fields| {
                state.completeness(collection) != Some(Completeness::Complete)
                    || !tells_all(state, collection, fields)
            });
        }
    }

    /// Whether a store's alias answers for an address, where aliases are not listed, no mailbox has it and no mailbox
    /// that was read has it as an alias.
    fn answers(&mut self, observed: &Observed, domain: &DomainName, address: &Address) {
        let Some(wish) = self.desired.domains.get(domain) else { return };
        for store in wish.stores().chain(wish.leaving.keys()) {
            let mailbox = observed.look(store, &Identity::Mailbox(address.clone()));
            let alias = Identity::Alias(address.clone());
            let is_open = matches!(observed.look(store, &alias), Looked::Unknown(_));
            if self.hides_aliases(store) && is_open && !matches!(mailbox, Looked::Present(_)) {
                self.add(store, Collection::object(&alias), &[Field::Targets]);
            }
        }
    }
}
