//! The order in which the box lists domains and addresses.
//!
//! Clients must not rely on it; the simulator keeps it so that recordings can be compared byte for byte.

use std::collections::{BTreeMap, BTreeSet};

/// The zone of each domain: the shortest domain of the set that contains it.
pub(super) fn zones(domains: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut by_length: Vec<&String> = domains.iter().collect();
    by_length.sort_by_key(|domain| domain.chars().count());
    let mut tops = BTreeSet::new();
    let mut zones = BTreeMap::new();
    for domain in by_length {
        let parent = parents(domain).find(|parent| tops.contains(*parent));
        let zone = parent.unwrap_or(domain).to_owned();
        tops.insert(zone.clone());
        zones.insert(domain.clone(), zone);
    }
    zones
}

fn parents(domain: &str) -> impl Iterator<Item = &str> {
    domain.match_indices('.').map(|(dot, _)| &domain[dot + 1..])
}

/// Zone of the primary host name first, then by zone; inside a zone the primary host name, what lies below it, then
/// from right to left by label.
pub(super) fn sort_domains(domains: &BTreeSet<String>, primary: &str) -> Vec<String> {
    let below = |domain: &str, zone: &str| domain.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'));
    let zones = zones(domains);
    let mut sorted: Vec<String> = domains.iter().cloned().collect();
    sorted.sort_by_cached_key(|domain| {
        let zone = &zones[domain];
        (
            zone != primary && !below(primary, zone),
            zone.clone(),
            domain != primary,
            !below(domain, primary),
            domain.rsplit('.').map(str::to_owned).collect::<Vec<_>>(),
        )
    });
    sorted
}

/// By domain in the order of [`sort_domains`], then by address.
pub(super) fn sort_addresses<'a>(addresses: impl Iterator<Item = &'a str>, primary: &str) -> Vec<String> {
    let mut by_domain: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for address in addresses {
        let domain = address.split_once('@').map_or("", |(_, domain)| domain);
        by_domain.entry(domain.to_owned()).or_default().insert(address.to_owned());
    }
    let domains = by_domain.keys().cloned().collect();
    sort_domains(&domains, primary)
        .into_iter()
        .flat_map(|domain| by_domain.remove(&domain).unwrap_or_default())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_ordered_by_zone_with_the_primary_host_first() {
        let domains =
            ["b.org", "a.b.org", "example.com", "box.example.com", "x.box.example.com", "a.org", "ab.org"];
        let sorted = sort_domains(&domains.iter().map(ToString::to_string).collect(), "box.example.com");
        assert_eq!(
            sorted,
            ["box.example.com", "x.box.example.com", "example.com", "a.org", "ab.org", "b.org", "a.b.org"]
        );
    }
}
