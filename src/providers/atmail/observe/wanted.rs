//! What a scope asks of each domain; pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Collection, DomainName, Extent, Identity, Kind, Scope};

/// The kinds that lie in a domain.
pub(super) const KEPT: [Kind; 3] = [Kind::Mailbox, Kind::Alias, Kind::Forward];

/// With more accounts than this, their domain's list costs less than to look at each.
const FEW: usize = 10;

/// What a scope asks of one domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The kinds of which all is asked.
    pub(super) whole: BTreeSet<Kind>,
    /// Mailboxes that are asked for one by one.
    pub(super) mailboxes: BTreeSet<Address>,
    /// Aliases that are asked for one by one.
    pub(super) aliases: BTreeSet<Address>,
    /// Mailboxes whose forwards are asked for.
    pub(super) forwards: BTreeSet<Address>,
    /// The collections that end with this domain, but for those of objects and of parts, which end one by one.
    pub(super) ends: BTreeSet<Collection>,
}

impl Wanted {
    /// What a scope asks of each domain. `all` are the domains of everything.
    pub(super) fn of(scope: &Scope, all: &BTreeSet<DomainName>) -> BTreeMap<DomainName, Self> {
        let mut wanted: BTreeMap<DomainName, Self> = BTreeMap::new();
        for collection in scope.parts.iter().map(|part| &part.collection) {
            let kind = collection.kind;
            if !KEPT.contains(&kind) {
                continue;
            }
            match &collection.extent {
                Extent::Everything => {
                    for domain in all {
                        wanted.entry(domain.clone()).or_default().whole.insert(kind);
                    }
                }
                Extent::Domain(domain) => {
                    let of_domain = wanted.entry(domain.clone()).or_default();
                    of_domain.whole.insert(kind);
                    of_domain.ends.insert(collection.clone());
                }
                Extent::PartsOf(mailboxes) => {
                    for mailbox in mailboxes {
                        wanted.entry(mailbox.domain_name()).or_default().one(kind, mailbox);
                    }
                }
                Extent::Objects(objects) => {
                    for address in objects.iter().filter_map(Identity::address) {
                        wanted.entry(address.domain_name()).or_default().one(kind, address);
                    }
                }
            }
        }
        wanted
    }

    fn one(&mut self, kind: Kind, address: &Address) {
        let of_kind = match kind {
            Kind::Mailbox => &mut self.mailboxes,
            Kind::Alias => &mut self.aliases,
            _ => &mut self.forwards,
        };
        of_kind.insert(address.clone());
    }

    /// True where the domain's accounts must be listed: all of them are asked for, or more than a few. Where all aliases
    /// are, those at whose addresses there are rows are enough.
    pub(super) fn needs_list(&self, looked_at: usize) -> bool {
        self.whole.iter().any(|kind| *kind != Kind::Alias) || looked_at > FEW
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ScopePart;

    #[test]
    fn a_scope_is_sorted_by_domain() {
        let address = |text: &str| Address::parse_or_domain(text).expect(text);
        let part = |collection| ScopePart { collection, fields: BTreeSet::new() };
        let domain: DomainName = "a.example".parse().expect("a domain");
        let ann = address("ann@a.example");
        let scope = Scope::of(vec![
            part(Collection::domain(Kind::Mailbox, &domain)),
            part(Collection::parts_of(Kind::Forward, &ann)),
            part(Collection::object(&Identity::Alias(address("@b.example")))),
            part(Collection::everything(Kind::Administrator)),
        ]);
        let wanted = Wanted::of(&scope, &BTreeSet::new());
        assert_eq!(wanted.len(), 2);
        let first = &wanted[&domain];
        assert!(first.needs_list(0) && first.forwards.contains(&ann) && first.ends.len() == 1);
        let other = wanted.values().last().expect("another");
        assert!(!other.needs_list(FEW) && other.needs_list(FEW + 1) && other.aliases.len() == 1);
        let aliases = Scope::of(vec![part(Collection::domain(Kind::Alias, &domain))]);
        assert!(!Wanted::of(&aliases, &BTreeSet::new())[&domain].needs_list(FEW));
        let everything = Scope::of(vec![part(Collection::everything(Kind::Alias))]);
        assert!(Wanted::of(&everything, &[domain.clone()].into())[&domain].ends.is_empty());
    }
}
