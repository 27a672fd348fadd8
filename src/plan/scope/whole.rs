//! Whole domains, pruned or not: everything in them for an export, where mail goes and who may do what for an audit.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, Collection, ConnectionName, Desired, DomainName, Field, Identity, Kind, Narrowing, Scope,
};
use crate::provider::Capabilities;

use super::super::narrow::Within;
use super::Needs;

/// Everything that the declared domains hold in each of their connections, with every field that can be read: what
/// an export or an adoption looks at.
pub fn whole_scopes(
    desired: &Desired,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    narrowing: &Narrowing,
) -> BTreeMap<ConnectionName, Scope> {
    let within = Within::new(desired, narrowing);
    let mut needs = Needs { desired, capabilities, by_connection: BTreeMap::new() };
    for (domain, wish) in &desired.domains {
        for connection in wish.connections() {
            let Some(can) = capabilities.get(connection) else { continue };
            if !within.connection(connection) || !within.domain(Some(domain.as_str())) {
                continue;
            }
            for (kind, capability) in &can.kinds {
                let fields: Vec<Field> = capability.fields.keys().cloned().collect();
                needs.add(connection, whole(*kind, domain), &fields);
            }
        }
    }
    needs.into_scopes()
}

/// All objects of a kind that a domain has, or the connection where they are no domain's.
fn whole(kind: Kind, domain: &DomainName) -> Collection {
    match kind {
        Kind::Domain => Collection::object(&Identity::Domain(domain.clone())),
        Kind::Administrator | Kind::Object => Collection::everything(kind),
        _ => Collection::domain(kind, domain),
    }
}

/// The kinds and fields that an audit looks at.
const LOOKED_AT: [(Kind, &[Field]); 5] = [
    (Kind::Mailbox, &[Field::State]),
    (Kind::Alias, &[Field::Targets, Field::PermittedSenders]),
    (Kind::Forward, &[Field::Targets, Field::KeepCopy]),
    (Kind::Permission, &[Field::Rights]),
    (Kind::Administrator, &[Field::Full, Field::Domains]),
];

/// What an audit of `desired` needs to know: what a plan does, and of every declared domain where mail goes and who may
/// do what on its stores, also where reading that costs a call for each mailbox. With `--only` and addresses, of these
/// and of the declared ones that they mean; which addresses a pattern means, only a whole domain tells. What a service
/// cannot tell or list is not asked for, so it is no gap either.
pub fn audit_scopes(
    desired: &Desired,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    narrowing: &Narrowing,
) -> BTreeMap<ConnectionName, Scope> {
    let within = Within::new(desired, narrowing);
    let mut needs = Needs::of_plan(desired, capabilities, &within);
    for (domain, wish) in &desired.domains {
        if !within.domain(Some(domain.as_str())) {
            continue;
        }
        let few = within.addresses_in(domain).map(|named| few(desired, named, &within, domain));
        for store in wish.stores().filter(|store| within.connection(store)) {
            match &few {
                None => needs.all_of(store, domain),
                Some(addresses) => addresses.iter().for_each(|address| needs.all_at(store, address)),
            }
        }
    }
    needs.into_scopes()
}

/// The addresses of a domain that `--only` means, by themselves or as declared ones.
fn few(
    desired: &Desired,
    named: BTreeSet<Address>,
    within: &Within<'_>,
    domain: &DomainName,
) -> BTreeSet<Address> {
    let declared =
        desired.objects.keys().filter(|object| within.object(&object.connection, &object.identity));
    let declared = declared.filter_map(|object| object.identity.address().cloned());
    declared.filter(|address| address.domain() == domain.as_str()).chain(named).collect()
}

impl Needs<'_> {
    fn all_of(&mut self, store: &ConnectionName, domain: &DomainName) {
        for (kind, fields) in LOOKED_AT {
            if self.can(store, kind).is_some_and(|can| can.list.is_yes()) {
                self.add(store, whole(kind, domain), fields);
            }
        }
    }

    fn all_at(&mut self, store: &ConnectionName, address: &Address) {
        for (kind, fields) in LOOKED_AT {
            match kind {
                Kind::Mailbox if !address.is_domain() => {
                    self.add(store, Collection::object(&Identity::Mailbox(address.clone())), fields);
                }
                // An alias is looked for by itself only where that does not cost a look at every mailbox.
                Kind::Alias if !self.hides_aliases(store) => {
                    self.add(store, Collection::object(&Identity::Alias(address.clone())), fields);
                }
                Kind::Alias if !address.is_domain() => self.aliases_inside(store, address),
                Kind::Forward | Kind::Permission if !address.is_domain() => {
                    self.add(store, Collection::parts_of(kind, address), fields);
                }
                Kind::Administrator if self.can(store, kind).is_some_and(|can| can.list.is_yes()) => {
                    self.add(store, Collection::everything(kind), fields);
                }
                _ => {}
            }
        }
    }
}
