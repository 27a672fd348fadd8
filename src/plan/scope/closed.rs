//! Closed worlds: what they hold must be known, or of those addresses alone that `--only` names.

use crate::model::{Address, ClosedExtent, Collection, ConnectionName, DomainName, Field, Identity, Kind};
use crate::provider::{KindCapabilities, StoredIn};

use super::super::narrow::Within;
use super::Needs;

impl Needs<'_> {
    /// What a plan must know of a closed world.
    pub(super) fn closed(&mut self, connection: &ConnectionName, extent: &ClosedExtent, within: &Within<'_>) {
        if !within.connection(connection) {
            return;
        }
        match extent {
            ClosedExtent::Domain(kind, domain) if within.domain(Some(domain.as_str())) => {
                match within.addresses_in(domain).filter(|_| has_addresses(*kind)) {
                    None => self.world(connection, *kind, domain),
                    Some(few) => few.iter().for_each(|one| self.one_of(connection, *kind, one, within)),
                }
            }
            ClosedExtent::Domain(..) => {}
            ClosedExtent::AliasesOf(mailbox) if self.hides_aliases(connection) => {
                if within.object(connection, &Identity::Mailbox(mailbox.clone())) {
                    self.aliases_inside(connection, mailbox);
                }
            }
            ClosedExtent::AliasesOf(mailbox) => {
                if within.object(connection, &Identity::Mailbox(mailbox.clone())) {
                    let domains: Vec<DomainName> = self
                        .desired
                        .domains
                        .iter()
                        .filter(|(_, wish)| wish.stores().any(|c| c == connection))
                        .map(|(domain, _)| domain.clone())
                        .collect();
                    for domain in domains {
                        self.add(connection, Collection::domain(Kind::Alias, &domain), &[Field::Targets]);
                    }
                }
            }
            ClosedExtent::PermissionsOf(mailbox) => {
                if within.object(connection, &Identity::Mailbox(mailbox.clone())) {
                    self.add(connection, Collection::parts_of(Kind::Permission, mailbox), &[Field::Rights]);
                }
            }
        }
    }

    /// All that a closed world holds, and what goes with it.
    fn world(&mut self, connection: &ConnectionName, kind: Kind, domain: &DomainName) {
        self.domain(connection, kind, domain, &[]);
        if kind == Kind::Registration {
            self.answering(domain);
        }
        if kind == Kind::Mailbox {
            self.administrators(connection);
            // Those in the records of mailboxes are read once it is known which mailboxes go.
            self.pointing_into(connection, domain);
            let own: Vec<Kind> = self.capabilities.get(connection).map_or(Vec::new(), |can| {
                let outlives = |(kind, capability): (&Kind, &KindCapabilities)| {
                    (kind.is_part() && capability.stored_in == StoredIn::Own).then_some(*kind)
                };
                can.kinds.iter().filter_map(outlives).collect()
            });
            for part in own {
                self.domain(connection, part, domain, &[]);
            }
        }
    }

    /// What a closed world holds at one address. The rest is asked once it is known that something goes:
    /// [`worlds_of`](Self::worlds_of).
    fn one_of(&mut self, connection: &ConnectionName, kind: Kind, address: &Address, within: &Within<'_>) {
        match kind {
            Kind::Alias => {
                self.identity(connection, &Identity::Alias(address.clone()), &[], within);
            }
            _ if address.is_domain() => {}
            Kind::Mailbox => {
                self.identity(connection, &Identity::Mailbox(address.clone()), &[], within);
            }
            Kind::Registration => {
                self.add(connection, Collection::object(&Identity::Registration(address.clone())), &[]);
                self.answering_one(address);
            }
            _ => {
                let fields = self.with_shown(connection, kind, &[]);
                self.add(connection, Collection::parts_of(kind, address), &fields);
            }
        }
    }

    /// The worlds of a domain as wholes after all: something in one of them goes, and who depended on it only all of them
    /// tell.
    pub(super) fn worlds_of(&mut self, connection: &ConnectionName, domain: &DomainName) {
        let desired = self.desired;
        for closed in desired.closed.iter().filter(|closed| closed.connection == *connection) {
            if let ClosedExtent::Domain(kind, of) = &closed.extent
                && of == domain
            {
                self.world(connection, *kind, domain);
            }
        }
    }

    /// The aliases of a domain, where they are listed.
    fn pointing_into(&mut self, connection: &ConnectionName, domain: &DomainName) {
        if !self.hides_aliases(connection) {
            self.add(connection, Collection::domain(Kind::Alias, domain), &[Field::Targets]);
        }
    }
}

/// True for kinds whose objects lie at an address.
pub(in crate::plan) fn has_addresses(kind: Kind) -> bool {
    !matches!(kind, Kind::Domain | Kind::Administrator | Kind::Object)
}
