//! Domains, and what belongs to none that is exported.

use std::collections::BTreeMap;

use crate::model::{ConnectionName, Identity, Kind};

use super::Export;
use super::values::{Entry, setting_entries};
use super::write::{Document, scalar};

impl Export<'_> {
    /// `domains:` that are taken over; settings of the others as comments, since their entries stand elsewhere.
    pub(super) fn domains(&self, document: &mut Document) {
        let mut entries = Vec::new();
        for (name, domain) in &self.domains {
            if domain.is_new {
                let filters: Vec<String> =
                    domain.filters.iter().map(|filter| scalar(filter.as_str())).collect();
                let by = match domain.store {
                    Some(store) => format!("{{provider: {}}}", scalar(store.as_str())),
                    None => format!("{{filters: [{}]}}", filters.join(", ")),
                };
                entries.push(Entry::line(name.as_str(), by));
            }
            let Some(store) = domain.store else { continue };
            let Some((connection, state)) = self.state(store) else {
                continue;
            };
            let Some(object) = state.objects.get(&Identity::Domain(name.clone())) else {
                continue;
            };
            let (fields, notes) = self.readable(store, object);
            for entry in setting_entries(&fields) {
                if let Entry::Line(key, value) = entry {
                    let type_name = connection.type_name;
                    entries.push(Entry::note(&format!(
                        "{name}: settings: {{{type_name}: {{{key}: {value}}}}}, where it has `manage: true`"
                    )));
                }
            }
            entries.extend(notes.iter().map(|note| Entry::note(&format!("{name}: {note}"))));
        }
        document.section("domains", &entries);
    }

    /// What was read and belongs to no domain that is exported, counted.
    pub(super) fn rest(&self, document: &mut Document) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (name, _, state) in self.states() {
            for identity in state.objects.keys() {
                if let (Some(why), Some(domain)) = (self.why_not(name, identity), identity.domain()) {
                    let what =
                        format!("{} of {domain} on {name}: the domain {why}", identity.kind().plural());
                    *counts.entry(what).or_default() += 1;
                }
            }
        }
        for (what, count) in counts {
            document.comment(&format!("not written: {count} {what}"));
        }
    }

    /// Why an object that hangs on an address is nowhere in the document; none where it is.
    fn why_not(&self, connection: &ConnectionName, identity: &Identity) -> Option<&'static str> {
        let address = identity.address()?;
        let Some(domain) = self.domains.get(address.domain()) else {
            return Some("is not declared");
        };
        if domain.ignores(address) {
            return Some("ignores them");
        }
        if identity.kind() == Kind::Registration {
            let is_written = domain.store.is_none() || self.mailboxes.contains_key(address);
            return (!is_written).then_some("has no such mailbox");
        }
        let serves = domain.store == Some(connection) || domain.also.contains(connection);
        (!serves).then_some("is not served by it")
    }
}
