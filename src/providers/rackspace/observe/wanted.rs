//! What a scope asks of each domain; pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Collection, DomainName, Extent, Field, Identity, Kind, Scope, ScopePart};

use crate::providers::rackspace::fields;

/// The kinds that are kept in the records of mailboxes.
pub(super) const KEPT: [Kind; 5] =
    [Kind::Mailbox, Kind::Alias, Kind::Forward, Kind::Permission, Kind::SenderRules];

/// With more mailboxes than this, their domain's list costs less than to look at each.
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
    /// The mailboxes whose parts are asked for, by kind of part; the extra addresses of a mailbox are its aliases.
    pub(super) parts: BTreeMap<Kind, BTreeSet<Address>>,
    /// Parts that are asked for one by one.
    pub(super) objects: BTreeSet<Identity>,
}

impl Wanted {
    /// What a scope asks of each domain. `all` are the account's domains, where everything is asked for.
    pub(super) fn of(scope: &Scope, all: &[DomainName]) -> BTreeMap<DomainName, Self> {
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
                    wanted.entry(domain.clone()).or_default().whole.insert(kind);
                }
                Extent::PartsOf(mailboxes) => {
                    for mailbox in mailboxes {
                        let of_domain = wanted.entry(mailbox.domain_name()).or_default();
                        of_domain.parts.entry(kind).or_default().insert(mailbox.clone());
                    }
                }
                Extent::Objects(objects) => {
                    for object in objects {
                        let Some(address) = object.address() else { continue };
                        let of_domain = wanted.entry(address.domain_name()).or_default();
                        match kind {
                            Kind::Mailbox => {
                                of_domain.mailboxes.insert(address.clone());
                            }
                            Kind::Alias => {
                                of_domain.aliases.insert(address.clone());
                            }
                            _ => {
                                of_domain.objects.insert(object.clone());
                                of_domain.parts.entry(kind).or_default().insert(address.clone());
                            }
                        }
                    }
                }
            }
        }
        wanted
    }

    /// True where the domain's list of mailboxes must be read. It saves no call of mailboxes whose records are looked at
    /// for their aliases or forwards.
    pub(super) fn needs_index(&self) -> bool {
        let looked_at = |mailbox: &&Address| {
            let mut of = [Kind::Alias, Kind::Forward].iter().filter_map(|kind| self.parts.get(kind));
            of.any(|mailboxes| mailboxes.contains(*mailbox))
        };
        !self.whole.is_empty() || self.named().into_iter().filter(|one| !looked_at(one)).count() > FEW
    }

    /// The mailboxes that are asked for by name, themselves or for their parts.
    pub(super) fn named(&self) -> BTreeSet<&Address> {
        self.mailboxes.iter().chain(self.parts.values().flatten()).collect()
    }

    /// True where parts of this kind are asked for of this mailbox.
    pub(super) fn asks(&self, kind: Kind, mailbox: &Address) -> bool {
        self.whole.contains(&kind) || self.parts.get(&kind).is_some_and(|of| of.contains(mailbox))
    }

    /// True where every mailbox of the domain will be looked at, whatever the list tells.
    pub(super) fn shows_all(&self, domain: &DomainName, scope: &Scope) -> bool {
        [Kind::Alias, Kind::Forward].iter().any(|kind| self.whole.contains(kind))
            || self.whole.contains(&Kind::Mailbox) && scope.facts
            || self.wants_of_all(domain, scope, fields::is_shown)
    }

    /// True where some field that the predicate likes is asked of every mailbox of the domain.
    fn wants_of_all(&self, domain: &DomainName, scope: &Scope, is: impl Fn(&Field) -> bool) -> bool {
        let covers = |part: &&ScopePart| {
            part.collection.kind == Kind::Mailbox
                && match &part.collection.extent {
                    Extent::Everything => self.whole.contains(&Kind::Mailbox),
                    Extent::Domain(name) => name == domain,
                    Extent::PartsOf(_) | Extent::Objects(_) => false,
                }
        };
        scope.parts.iter().filter(covers).any(|part| part.fields.iter().any(&is))
    }

    /// True where some mailbox of the domain is asked for a field.
    pub(super) fn wants(domain: &DomainName, scope: &Scope, field: &Field) -> bool {
        scope.parts.iter().any(|part| {
            part.collection.kind == Kind::Mailbox
                && part.fields.contains(field)
                && match &part.collection.extent {
                    Extent::Everything => true,
                    Extent::Domain(name) => name == domain,
                    Extent::PartsOf(_) => false,
                    Extent::Objects(objects) => {
                        objects.iter().any(|object| object.domain() == Some(domain.as_str()))
                    }
                }
        })
    }
}

/// The collections of a scope that name everything of a kind.
pub(super) fn everything(scope: &Scope) -> impl Iterator<Item = &Collection> {
    scope
        .parts
        .iter()
        .map(|part| &part.collection)
        .filter(|collection| matches!(collection.extent, Extent::Everything))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse_or_domain(text).expect(text)
    }

    fn part(collection: Collection, fields: &[Field]) -> ScopePart {
        ScopePart { collection, fields: fields.iter().cloned().collect() }
    }

    #[test]
    fn a_scope_is_sorted_by_domain() {
        let domain: DomainName = "example.com".parse().expect("a domain");
        let jane = address("jane@example.com");
        let grant = Identity::Permission { mailbox: jane.clone(), grantee: address("john@example.com") };
        let scope = Scope::of(vec![
            part(Collection::domain(Kind::Mailbox, &domain), &[Field::State]),
            part(Collection::parts_of(Kind::Alias, &jane), &[Field::Targets]),
            part(Collection::object(&grant), &[Field::Rights]),
            part(Collection::object(&Identity::Alias(address("sales@other.example"))), &[Field::Targets]),
            part(Collection::object(&Identity::Domain(domain.clone())), &[]),
        ]);
        let wanted = Wanted::of(&scope, &[]);
        assert_eq!(wanted.len(), 2);
        let first = &wanted[&domain];
        assert!(first.needs_index() && first.asks(Kind::Alias, &jane) && first.asks(Kind::Permission, &jane));
        assert!(!first.shows_all(&domain, &scope) && !first.asks(Kind::Forward, &jane));
        assert!(
            Wanted::wants(&domain, &scope, &Field::State) && !Wanted::wants(&domain, &scope, &Field::Quota)
        );
        let other = wanted.values().last().expect("another");
        assert!(!other.needs_index() && other.named().is_empty() && other.aliases.len() == 1);
    }

    #[test]
    fn a_few_mailboxes_need_no_list() {
        let named = |count: usize| Wanted {
            mailboxes: (0..count).map(|n| address(&format!("m{n}@example.com"))).collect(),
            ..Wanted::default()
        };
        assert!(!named(FEW).needs_index());
        let mut shown = named(FEW + 1);
        shown.parts.insert(Kind::Forward, shown.mailboxes.clone());
        assert!(!shown.needs_index());
        assert!(named(FEW + 1).needs_index());
    }

    #[test]
    fn a_detail_of_every_mailbox_shows_them_all() {
        let domain: DomainName = "example.com".parse().expect("a domain");
        for (field, shows) in [
            (fields::setting("custom_id"), true),
            (Field::GivenName, true),
            (fields::setting("activesync"), false),
            (fields::setting("spam_filter_level"), false),
            (Field::Quota, false),
        ] {
            let scope = Scope::of(vec![part(
                Collection::domain(Kind::Mailbox, &domain),
                std::slice::from_ref(&field),
            )]);
            assert_eq!(Wanted::of(&scope, &[])[&domain].shows_all(&domain, &scope), shows, "{field}");
        }
    }
}
