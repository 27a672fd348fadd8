//! Rows by address that know how many of them each domain has, so that a change need not look at all of them.

use std::collections::BTreeMap;
use std::ops::Deref;

use super::address;

/// Rows by address. Reading is a map's.
pub(super) struct Table<R> {
    rows: BTreeMap<String, R>,
    /// Only domains that have some.
    domains: BTreeMap<String, usize>,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), domains: BTreeMap::new() }
    }
}

impl<R> Deref for Table<R> {
    type Target = BTreeMap<String, R>;

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl<R> Table<R> {
    /// The domains of the rows, with how many each has.
    pub(super) fn domains(&self) -> impl Iterator<Item = (&str, usize)> {
        self.domains.iter().map(|(domain, rows)| (domain.as_str(), *rows))
    }

    pub(super) fn get_mut(&mut self, address: &str) -> Option<&mut R> {
        self.rows.get_mut(address)
    }

    /// Stores a row in place of one that is there.
    pub(super) fn insert(&mut self, address: String, row: R) {
        let domain = address::domain_of(&address).to_owned();
        if self.rows.insert(address, row).is_none() {
            *self.domains.entry(domain).or_default() += 1;
        }
    }

    pub(super) fn remove(&mut self, address: &str) -> Option<R> {
        let row = self.rows.remove(address)?;
        let domain = address::domain_of(address);
        if let Some(rows) = self.domains.get_mut(domain) {
            *rows -= 1;
            if *rows == 0 {
                self.domains.remove(domain);
            }
        }
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_counted_through_every_change() {
        let mut table = Table::default();
        for address in ["a@one.example", "b@one.example", "a@one.example", "@two.example", "postmaster"] {
            table.insert(address.to_owned(), ());
        }
        let domains = |table: &Table<()>| {
            table.domains().map(|(domain, rows)| (domain.to_owned(), rows)).collect::<Vec<_>>()
        };
        let counted = |rows: &[(&str, usize)]| {
            rows.iter().map(|(domain, rows)| ((*domain).to_owned(), *rows)).collect::<Vec<_>>()
        };
        assert_eq!(domains(&table), counted(&[("", 1), ("one.example", 2), ("two.example", 1)]));
        for address in ["a@one.example", "a@one.example", "@two.example", "nobody@one.example"] {
            table.remove(address);
        }
        assert_eq!(domains(&table), counted(&[("", 1), ("one.example", 1)]));
    }
}
