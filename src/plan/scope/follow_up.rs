//! What must be read besides, once it is known what a plan would remove.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, ClosedExtent, Collection, ConnectionName, Desired, DomainName, Field, Identity, Kind, Looked,
    Narrowing, ObjectRef, Observed, Presence, Scope, Standing,
};
use crate::provider::Capabilities;

use super::super::narrow::Within;
use super::Needs;

/// What a plan needs to know besides, now that `observed` tells which undeclared objects a closed world holds: the
/// aliases that go with the mailboxes that go, whether a store's alias answers for an address whose registration would
/// go, and who has a declared alias that does not stand in its mailbox's record. All may cost a call for each mailbox, so
/// they are asked of these alone.
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
    needs.into_scopes()
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

impl Needs<'_> {
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
