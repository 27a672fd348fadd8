//! What must be read to follow mail from address to address.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, Collection, ConnectionName, Desired, Field, Identity, Kind, Looked, Observed, Scope,
};
use crate::provider::Capabilities;

use super::Needs;

/// What stands at these addresses, as far as `observed` does not tell: mailboxes and their forwards, and where no mailbox
/// is, aliases and the catch-all.
///
/// To follow a way, read this for [`Network::path`](crate::plan::Network::path) until it asks for nothing new.
pub fn trace_scopes(
    desired: &Desired,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    observed: &Observed,
    addresses: &BTreeSet<Address>,
) -> BTreeMap<ConnectionName, Scope> {
    let mut needs = Needs { desired, capabilities, by_connection: BTreeMap::new() };
    for address in addresses {
        let Some(domain) = desired.domains.get(address.domain()) else { continue };
        let look = |store, identity: &Identity| observed.look(store, identity);
        let is_open = |store, identity: &Identity| matches!(look(store, identity), Looked::Unknown(_));
        let mailbox = Identity::Mailbox(address.clone());
        for store in domain.stores() {
            if !address.is_domain() {
                let forward = Identity::Forward(address.clone());
                if is_open(store, &mailbox) {
                    needs.add(store, Collection::object(&mailbox), &[Field::State]);
                }
                if is_open(store, &forward) {
                    needs.add(
                        store,
                        Collection::parts_of(Kind::Forward, address),
                        &[Field::Targets, Field::KeepCopy],
                    );
                }
            }
            // An address of a mailbox is no alias; whether it is one is known after the mailbox was read.
            let is_settled = address.is_domain()
                || domain.stores().all(|store| matches!(look(store, &mailbox), Looked::Absent { .. }));
            if is_settled {
                let whole = Address::whole_domain(&address.domain_name());
                for alias in [address, &whole].map(|alias| Identity::Alias(alias.clone())) {
                    if is_open(store, &alias) {
                        needs.add(store, Collection::object(&alias), &[Field::Targets]);
                    }
                }
            }
        }
    }
    needs.into_scopes()
}
