//! Reads what is registered: one list for each domain, or for each address where few are asked for.
//!
//! The service's search narrows what it sends and proves nothing: whatever comes is compared with what was asked for.

use std::collections::BTreeSet;

use crate::model::{Address, Collection, Completeness, DomainName, Extent, Identity, Kind, Scope};
use crate::provider::{Found, ProviderError};

use super::api::Api;
use super::capabilities;
use super::convert::{self, Registered};
use super::listing::{self, Listing};

/// Up to so many addresses are looked for one by one. Each costs a call; a domain costs one for each 20 mailboxes.
const FEW: usize = 10;

/// Everything that the scope asks. What was read before a failure is told too.
pub(super) async fn observe(api: &Api, scope: &Scope) -> Vec<Found> {
    let mut found = Vec::new();
    if let Err(error) = read(api, scope, &mut found).await {
        found.push(Found::Failed(error));
    }
    found
}

async fn read(api: &Api, scope: &Scope, found: &mut Vec<Found>) -> Result<(), ProviderError> {
    for part in scope.parts.iter().filter(|part| part.collection.kind != Kind::Registration) {
        // Some of them are there and cannot be seen, so none of them is known to be absent.
        let reason = capabilities::why_not(part.collection.kind);
        let completeness = Completeness::Incomplete(reason.into());
        found.push(Found::End { collection: part.collection.clone(), completeness });
    }
    for question in questions(scope) {
        let Listing { rows, completeness } = listing::list(api, question.search.as_deref()).await?;
        for (address, registered) in convert::by_address(rows) {
            let identity = Identity::Registration(address.clone());
            if !scope.covers(&identity) {
                continue;
            }
            found.push(match registered {
                Registered::Once(row) => Found::Object(convert::object(address, &row)),
                Registered::Often(ids) => {
                    Found::Unknown { identity, reason: convert::ambiguous(&address, &ids) }
                }
            });
        }
        found.push(Found::End { collection: question.collection, completeness });
    }
    Ok(())
}

/// A list to be read.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    search: Option<String>,
    /// What is known when it was read.
    collection: Collection,
}

/// The lists that answer a scope.
fn questions(scope: &Scope) -> Vec<Question> {
    let everything =
        || vec![Question { search: None, collection: Collection::everything(Kind::Registration) }];
    let mut domains: BTreeSet<DomainName> = BTreeSet::new();
    let mut addresses: BTreeSet<Address> = BTreeSet::new();
    for part in scope.parts.iter().filter(|part| part.collection.kind == Kind::Registration) {
        match &part.collection.extent {
            Extent::Domain(domain) => {
                domains.insert(domain.clone());
            }
            Extent::Objects(objects) => {
                addresses.extend(objects.iter().filter_map(Identity::address).cloned());
            }
            // A registration is no part of a mailbox; whoever asks so gets all.
            Extent::Everything | Extent::PartsOf(_) => return everything(),
        }
    }
    addresses.retain(|address| !domains.contains(address.domain()));
    if addresses.len() > FEW {
        domains.extend(std::mem::take(&mut addresses).iter().map(Address::domain_name));
    }
    // How the service spells a domain beyond ASCII nobody says, so no search finds it for certain.
    if domains.iter().any(|domain| is_beyond_ascii(domain.as_str())) {
        return everything();
    }
    let of_domain = |domain: DomainName| Question {
        search: Some(domain.to_string()),
        collection: Collection::domain(Kind::Registration, &domain),
    };
    let of_address = |address: Address| Question {
        search: Some(search(&address)),
        collection: Collection::object(&Identity::Registration(address)),
    };
    domains.into_iter().map(of_domain).chain(addresses.into_iter().map(of_address)).collect()
}

/// What finds an address, however its domain is spelled.
pub(super) fn search(address: &Address) -> String {
    if is_beyond_ascii(address.domain()) {
        format!("{}@", address.local())
    } else {
        address.as_str().to_owned()
    }
}

fn is_beyond_ascii(domain: &str) -> bool {
    domain.split('.').any(|label| label.starts_with("xn--"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ScopePart;

    fn address(text: &str) -> Address {
        Address::parse(text).expect(text)
    }

    fn registration(text: &str) -> Identity {
        Identity::Registration(address(text))
    }

    fn asked(collections: Vec<Collection>) -> Vec<(Option<String>, String)> {
        let part = |collection| ScopePart { collection, fields: BTreeSet::new() };
        let scope = Scope::of(collections.into_iter().map(part).collect());
        questions(&scope).into_iter().map(|asked| (asked.search, asked.collection.to_string())).collect()
    }

    fn domain(name: &str) -> Collection {
        Collection::domain(Kind::Registration, &name.parse().expect("a domain"))
    }

    #[test]
    fn a_scope_is_answered_by_the_fewest_lists() {
        let some = |search: &str, what: &str| (Some(search.to_owned()), what.to_owned());
        assert_eq!(asked(vec![]), []);
        assert_eq!(asked(vec![Collection::everything(Kind::Mailbox)]), []);
        assert_eq!(
            asked(vec![domain("b.example"), domain("a.example")]),
            [
                some("a.example", "registrations of a.example"),
                some("b.example", "registrations of b.example")
            ]
        );
        let objects = |list: &[&str]| Collection {
            kind: Kind::Registration,
            extent: Extent::Objects(list.iter().map(|text| registration(text)).collect()),
        };
        assert_eq!(
            asked(vec![domain("a.example"), objects(&["x@a.example", "Y@b.example"])]),
            [
                some("a.example", "registrations of a.example"),
                some("y@b.example", "registration Y@b.example")
            ]
        );
        let many: Vec<String> = (0..=FEW).map(|n| format!("u{n}@c.example")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(asked(vec![objects(&many[1..])]).len(), FEW);
        assert_eq!(asked(vec![objects(&many)]), [some("c.example", "registrations of c.example")]);
    }

    #[test]
    fn everything_is_asked_for_where_no_search_is_certain() {
        let all = [(None, "registrations".to_owned())];
        assert_eq!(asked(vec![domain("a.example"), Collection::everything(Kind::Registration)]), all);
        assert_eq!(asked(vec![domain("a.example"), domain("bücher.example")]), all);
        let one = asked(vec![Collection::object(&registration("ann@bücher.example"))]);
        assert_eq!(one, [(Some("ann@".to_owned()), "registration ann@bücher.example".to_owned())]);
    }
}
