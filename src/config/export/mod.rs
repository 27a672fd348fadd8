//! State → YAML: writes what services hold as a configuration that a later plan finds no change for.
//!
//! Knows the format and nothing of services. What is not ours (another's, the service's own, what a connection logs
//! in as) and what could not be read stands in it as a comment, so that nothing is claimed and nothing is hidden.
//!
//! One shape for each thing: aliases always stand at the top, also those with one target, so that no list of a
//! mailbox becomes a closed world by exporting it; forwards, permissions and sender rules stand within their mailbox
//! where that is exported, else at the top.

mod domains;
mod mailboxes;
mod values;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobSet, GlobSetBuilder};

use crate::model::{
    Address, ConnectionName, ConnectionState, DomainName, DomainWish, Field, Fields, Identity, Kind,
    Observed, ObservedObject, Reading, Standing, Value,
};
use crate::provider::Capabilities;

use super::circles::{Way, circles};
use super::limits::MAX_KEY_CHARS;

use values::Entry;
use write::{Document, fits_a_key};

/// What is exported.
#[derive(Debug, Clone)]
pub struct ExportInput<'a> {
    /// What the services said.
    pub observed: &'a Observed,
    /// The connections that are exported.
    pub connections: BTreeMap<ConnectionName, ExportConnection<'a>>,
    /// The domains of the configuration. Their entries are not written: they are there already.
    pub domains: &'a BTreeMap<DomainName, DomainWish>,
    /// A connection whose domains are taken over: those that it holds and that `domains` does not have are written
    /// under `domains:` and exported too.
    pub adopt: Option<ConnectionName>,
}

/// A connection that is exported.
#[derive(Debug, Clone)]
pub struct ExportConnection<'a> {
    /// The name of its type, under which its settings stand.
    pub type_name: &'a str,
    /// What it can do.
    pub capabilities: &'a Capabilities,
}

/// Writes the configuration: `version: 1` and the objects, sorted. Providers and domains that are declared already
/// are not repeated.
pub fn export(input: &ExportInput<'_>) -> String {
    let export = Export::new(input);
    let mut document = Document::new();
    export.head(&mut document);
    export.domains(&mut document);
    export.mailboxes(&mut document);
    export.aliases(&mut document);
    export.parts(&mut document);
    export.administrators(&mut document);
    export.objects(&mut document);
    export.rest(&mut document);
    document.finish()
}

struct Export<'i> {
    input: &'i ExportInput<'i>,
    /// Every domain that is exported, with its store, further stores, filters and what it ignores.
    domains: BTreeMap<DomainName, Exported<'i>>,
    /// The mailboxes that are written, with their connection.
    mailboxes: BTreeMap<Address, &'i ConnectionName>,
    /// Addresses whose mail goes in a circle and arrives nowhere: a configuration may not say that.
    looping: BTreeSet<Address>,
}

/// Settings of a mailbox by the type that has them.
type ByType<'i> = BTreeMap<&'i str, Vec<Entry>>;

struct Exported<'i> {
    /// None where the domain has filters alone.
    store: Option<&'i ConnectionName>,
    also: &'i [ConnectionName],
    filters: &'i [ConnectionName],
    ignore: Option<GlobSet>,
    is_new: bool,
}

impl<'i> Export<'i> {
    fn new(input: &'i ExportInput<'i>) -> Self {
        let mut domains: BTreeMap<DomainName, Exported<'i>> = input
            .domains
            .iter()
            .map(|(name, wish)| {
                let exported = Exported {
                    store: wish.store.as_ref(),
                    also: &wish.also,
                    filters: &wish.filters,
                    ignore: globs(&wish.ignore),
                    is_new: false,
                };
                (name.clone(), exported)
            })
            .collect();
        if let Some(store) = &input.adopt
            && let Some(state) = input.observed.connections.get(store)
        {
            for identity in state.objects.keys() {
                let adopted: &[ConnectionName] = std::slice::from_ref(store);
                let (name, stores, filters) = match identity {
                    Identity::Domain(name) => (name.clone(), adopted, &[][..]),
                    Identity::Mailbox(address) | Identity::Alias(address) => {
                        (address.domain_name(), adopted, &[][..])
                    }
                    Identity::Registration(address) => (address.domain_name(), &[][..], adopted),
                    _ => continue,
                };
                domains.entry(name).or_insert(Exported {
                    store: stores.first(),
                    also: &[],
                    filters,
                    ignore: None,
                    is_new: true,
                });
            }
        }
        let mut export = Self { input, domains, mailboxes: BTreeMap::new(), looping: BTreeSet::new() };
        for (name, object) in export.of_kind(Kind::Mailbox) {
            if let Identity::Mailbox(address) = &object.identity
                && object.standing == Standing::Plain
                && export.undeclarable(name, object).is_none()
            {
                export.mailboxes.entry(address.clone()).or_insert(name);
            }
        }
        export.looping = export.dead_ends();
        export
    }

    fn dead_ends(&self) -> BTreeSet<Address> {
        let objects = self.of_kind(Kind::Alias).into_iter().chain(self.of_kind(Kind::Forward));
        let ways = objects.filter_map(|(_, object)| {
            let address = object.identity.address()?;
            let keeps = object.fields.value(&Field::KeepCopy) == Some(&Value::Bool(true));
            let targets = object.fields.value(&Field::Targets).and_then(Value::addresses)?;
            let ours = object.standing == Standing::Plain;
            ours.then_some(Way { address, targets, keeps })
        });
        let dead = circles(ways, |_| false).into_iter().filter(|circle| !circle.ends);
        dead.flat_map(|circle| circle.members).cloned().collect()
    }

    /// The exported connections with what was read of them.
    fn states(
        &self,
    ) -> impl Iterator<Item = (&'i ConnectionName, &'i ExportConnection<'i>, &'i ConnectionState)> {
        let input = self.input;
        input.connections.iter().filter_map(|(name, connection)| {
            let state = input.observed.connections.get(name)?;
            Some((name, connection, state))
        })
    }

    fn state(&self, name: &ConnectionName) -> Option<(&'i ExportConnection<'i>, &'i ConnectionState)> {
        Some((self.input.connections.get(name)?, self.input.observed.connections.get(name)?))
    }

    /// The objects of a kind in exported domains on a store of theirs, by identity; the primary store's first.
    fn of_kind(&self, kind: Kind) -> Vec<(&'i ConnectionName, &'i ObservedObject)> {
        let mut found = Vec::new();
        for (name, _, state) in self.states() {
            let objects = state.objects.values().filter(|object| object.identity.kind() == kind);
            for object in objects {
                let Some(address) = object.identity.address() else {
                    continue;
                };
                let Some(domain) = self.domains.get(address.domain()) else {
                    continue;
                };
                let is_store = domain.store == Some(name) || domain.also.contains(name);
                if is_store && !domain.ignores(address) {
                    found.push((name, &**object));
                }
            }
        }
        found.sort_by(|(a, x), (b, y)| {
            let later = |name: &ConnectionName, object: &ObservedObject| {
                let domain = object.identity.address().and_then(|address| self.domains.get(address.domain()));
                domain.is_none_or(|domain| domain.store != Some(name))
            };
            x.identity.cmp(&y.identity).then_with(|| (later(a, x), *a).cmp(&(later(b, y), *b)))
        });
        found
    }

    /// What can be written of an object, and what stands beside it as comments.
    fn readable(&self, connection: &ConnectionName, object: &ObservedObject) -> (Fields, Vec<String>) {
        let mut notes = Vec::new();
        let mut fields = Fields::new();
        for (field, reading) in object.fields.iter() {
            match reading {
                Reading::Known(Value::Secret(_)) => {}
                // Nothing is said of what nobody filled in: some services know dozens of such fields.
                Reading::Known(Value::Text(text)) if text.is_empty() => {}
                Reading::Known(value) => {
                    fields.set(field.clone(), value.clone());
                }
                Reading::NotRead(reason) => notes.push(format!("{field}: not read: {reason}")),
                Reading::Untold(reason) => notes.push(format!("{field}: not told: {reason}")),
            }
        }
        // What a configuration could not say of this connection would make the whole file invalid.
        if let Some(connection) = self.input.connections.get(connection) {
            for problem in connection.capabilities.problems(&object.identity, &fields) {
                if let Some(field) = problem.field
                    && let Some(value) = fields.remove(&field)
                {
                    notes.push(format!("{field}: {value} ({})", problem.message));
                }
            }
        }
        (fields, notes)
    }

    /// Why an object is not written as ours; none where it is.
    fn not_ours(connection: &ConnectionName, object: &ObservedObject) -> Option<String> {
        match &object.standing {
            Standing::Plain => None,
            Standing::Foreign(reason) => Some(format!("not ours on {connection}: {reason}")),
            Standing::Default(reason) => Some(format!("made by {connection} itself: {reason}")),
            Standing::Login => Some(format!("what {connection} logs in as")),
            Standing::Remains(reason) => Some(format!("gone from {connection}, with remains: {reason}")),
        }
    }

    /// Why a configuration cannot declare an object at all, whatever its fields; none where it can.
    fn undeclarable(&self, connection: &ConnectionName, object: &ObservedObject) -> Option<String> {
        let problems =
            self.input.connections.get(connection)?.capabilities.problems(&object.identity, &Fields::new());
        let whole = problems.into_iter().find(|problem| problem.field.is_none())?;
        Some(format!("cannot be declared: {connection} {}", whole.message))
    }

    fn head(&self, document: &mut Document) {
        document
            .comment("Written by `mailwright export`. Providers, domains and policy stand in other files.");
        for (name, _, state) in self.states() {
            for (collection, reason) in state.incomplete() {
                document.comment(&format!("not complete: {collection} on {name}: {reason}"));
            }
            for (identity, reason) in &state.unknown {
                let kind = identity.kind();
                document.comment(&format!("unknown: {kind} {identity} on {name}: {reason}"));
            }
        }
        document.line("version: 1");
    }

    fn administrators(&self, document: &mut Document) {
        let mut sections: Vec<Entry> = Vec::new();
        for (name, _, state) in self.states() {
            let mut logins = Vec::new();
            for object in state.objects.values() {
                let Identity::Administrator(login) = &object.identity else {
                    continue;
                };
                if let Some(reason) = Self::not_ours(name, object).or_else(|| too_long(login)) {
                    logins.push(Entry::note(&format!("{login}: {reason}")));
                    continue;
                }
                let (fields, notes) = self.readable(name, object);
                logins.extend(values::fields_entry(login, &fields, &notes, values::Settings::Under));
            }
            sections.extend(Entry::section(name.as_str(), logins));
        }
        document.section("administrators", &sections);
    }

    fn objects(&self, document: &mut Document) {
        let mut sections = Vec::new();
        for (name, _, state) in self.states() {
            let mut kinds: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
            for object in state.objects.values() {
                let Identity::Object { kind, name: own } = &object.identity else {
                    continue;
                };
                let entries = kinds.entry(kind).or_default();
                if let Some(reason) = Self::not_ours(name, object).or_else(|| too_long(own)) {
                    entries.push(Entry::note(&format!("{own}: {reason}")));
                    continue;
                }
                let (fields, notes) = self.readable(name, object);
                entries.extend(values::fields_entry(own, &fields, &notes, values::Settings::Among));
            }
            let kinds = kinds.into_iter().flat_map(|(kind, entries)| Entry::section(kind, entries));
            sections.extend(Entry::section(name.as_str(), kinds.collect()));
        }
        document.section("objects", &sections);
    }
}

impl Exported<'_> {
    fn ignores(&self, address: &Address) -> bool {
        self.ignore.as_ref().is_some_and(|globs| globs.is_match(address.as_str()))
    }
}

/// Why a name cannot be a key; none where it can.
fn too_long(name: &str) -> Option<String> {
    (!fits_a_key(name)).then(|| format!("cannot be declared: it is longer than {MAX_KEY_CHARS} characters"))
}

fn globs(patterns: &[String]) -> Option<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(globset::Glob::new(pattern).ok()?);
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests;
