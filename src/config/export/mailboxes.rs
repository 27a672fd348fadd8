//! Mailboxes with their parts and registrations, and aliases.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, ConnectionName, ConnectionState, Field, Identity, Kind, ObservedObject, Standing,
};

use super::values::{Entry, Settings, field_entries, fields_entry, list, setting_entries, value_text};
use super::write::{Document, scalar};
use super::{ByType, Export};

impl<'i> Export<'i> {
    /// `mailboxes:`.
    pub(super) fn mailboxes(&self, document: &mut Document) {
        let mut entries = Vec::new();
        for (name, object) in self.of_kind(Kind::Mailbox) {
            let Identity::Mailbox(address) = &object.identity else {
                continue;
            };
            if let Some(reason) = Self::not_ours(name, object).or_else(|| self.undeclarable(name, object)) {
                entries.push(Entry::note(&format!("{address}: {reason}")));
                continue;
            }
            match self.mailboxes.get(address) {
                Some(other) if *other != name => {
                    let note = format!("{address} lies on {name} too; declared for {other}");
                    entries.push(Entry::note(&note));
                }
                _ => entries.extend(self.mailbox(name, address, object)),
            }
        }
        let registered: BTreeSet<&Address> = self
            .states()
            .flat_map(|(_, _, state)| state.objects.keys())
            .filter_map(|identity| match identity {
                Identity::Registration(address) => Some(address),
                _ => None,
            })
            .collect();
        entries.extend(registered.into_iter().flat_map(|address| self.registered(address)));
        document.section("mailboxes", &entries);
    }

    /// An address of a domain that has filters alone.
    fn registered(&self, address: &'i Address) -> Vec<Entry> {
        let Some(domain) = self.domains.get(address.domain()) else { return Vec::new() };
        if domain.store.is_some() || domain.ignores(address) {
            return Vec::new();
        }
        for filter in domain.filters {
            let object = self
                .state(filter)
                .and_then(|(_, state)| state.objects.get(&Identity::Registration(address.clone())));
            if let Some(reason) = object.and_then(|object| Self::not_ours(filter, object)) {
                return vec![Entry::note(&format!("{address}: {reason}"))];
            }
        }
        let (mut settings, mut entries) = (ByType::new(), Vec::new());
        for filter in domain.filters {
            self.registration(filter, address, &mut settings, &mut entries);
        }
        let settings: Vec<Entry> =
            settings.into_iter().flat_map(|(type_name, lines)| Entry::section(type_name, lines)).collect();
        entries.extend(Entry::section("settings", settings));
        Entry::block(address.shown(), entries)
    }

    fn mailbox(&self, name: &'i ConnectionName, address: &Address, object: &ObservedObject) -> Vec<Entry> {
        let (fields, notes) = self.readable(name, object);
        let mut entries: Vec<Entry> = notes.iter().map(|note| Entry::note(note)).collect();
        let domain = &self.domains[address.domain()];
        if domain.store != Some(name) {
            entries.push(Entry::line("provider", scalar(name.as_str())));
        }
        let Some((connection, state)) = self.state(name) else {
            return entries;
        };
        entries.extend(field_entries(&fields));
        let mut settings: ByType<'_> = BTreeMap::from([(connection.type_name, setting_entries(&fields))]);
        for filter in domain.filters {
            self.registration(filter, address, &mut settings, &mut entries);
        }
        let settings: Vec<Entry> =
            settings.into_iter().flat_map(|(type_name, lines)| Entry::section(type_name, lines)).collect();
        entries.extend(Entry::section("settings", settings));
        entries.extend(self.forward(name, state, address, "forward"));
        entries.extend(self.permissions(name, state, address, "permissions"));
        entries.extend(self.sender_rules(name, state, address, "sender_rules"));
        Entry::block(address.shown(), entries)
    }

    fn registration(
        &self,
        filter: &'i ConnectionName,
        address: &Address,
        settings: &mut ByType<'i>,
        entries: &mut Vec<Entry>,
    ) {
        let Some((connection, state)) = self.state(filter) else {
            return;
        };
        let Some(object) = state.objects.get(&Identity::Registration(address.clone())) else {
            entries.push(Entry::note(&format!("not registered at {filter}: a plan registers it")));
            return;
        };
        let (fields, notes) = self.readable(filter, object);
        entries.extend(notes.iter().map(|note| Entry::note(&format!("{filter}: {note}"))));
        if let Some(reason) = Self::not_ours(filter, object) {
            entries.push(Entry::note(&reason));
            return;
        }
        let lines = settings.entry(connection.type_name).or_default();
        if lines.is_empty() {
            lines.extend(setting_entries(&fields));
        }
    }

    pub(super) fn forward(
        &self,
        name: &ConnectionName,
        state: &ConnectionState,
        mailbox: &Address,
        key: &str,
    ) -> Vec<Entry> {
        let Some(object) = state.objects.get(&Identity::Forward(mailbox.clone())) else {
            return Vec::new();
        };
        if let Some(reason) = Self::not_ours(name, object) {
            return vec![Entry::note(&format!("{key}: {reason}"))];
        }
        if self.looping.contains(mailbox) {
            let targets = object.fields.value(&Field::Targets).map(value_text).unwrap_or_default();
            return vec![Entry::note(&format!("{key}: {targets} goes in a circle and arrives nowhere"))];
        }
        let (fields, notes) = self.readable(name, object);
        let mut entries: Vec<Entry> =
            notes.iter().map(|note| Entry::note(&format!("{key}: {note}"))).collect();
        let keys: Vec<String> = fields
            .iter()
            .map(|(field, value)| match field {
                Field::Targets => format!("to: {}", value_text(value)),
                other => format!("{other}: {}", value_text(value)),
            })
            .collect();
        if keys.is_empty() {
            entries.push(Entry::note(&format!("{key}: there is one, and nothing of it was read")));
        } else {
            entries.push(Entry::line(key, format!("{{{}}}", keys.join(", "))));
        }
        entries
    }

    /// A map of permissions is exact: where one of them cannot be written, none is.
    pub(super) fn permissions(
        &self,
        name: &ConnectionName,
        state: &ConnectionState,
        mailbox: &Address,
        key: &str,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut unread = Vec::new();
        for object in parts_of(state, mailbox) {
            let Identity::Permission { grantee, .. } = &object.identity else {
                continue;
            };
            let own = (grantee == mailbox).then(|| "the mailbox itself".to_owned());
            if let Some(reason) = own.or_else(|| Self::not_ours(name, object)) {
                entries.push(Entry::note(&format!("{grantee}: {reason}")));
                continue;
            }
            let (fields, notes) = self.readable(name, object);
            match fields.get(&Field::Rights) {
                Some(rights) if !rights.members().is_empty() => {
                    entries.push(Entry::line(grantee.shown(), list(rights.members())));
                }
                _ => unread.push(format!("{key} of {grantee}: {}", notes.join("; "))),
            }
        }
        if unread.is_empty() {
            return Entry::section(key, entries);
        }
        let notes = unread.iter().map(|note| Entry::note(note));
        let others = entries.iter().map(|entry| match entry {
            Entry::Note(text) => Entry::note(text),
            Entry::Line(grantee, rights) => Entry::note(&format!("{key} of {grantee}: {rights}")),
            Entry::Block(grantee, _) => Entry::note(&format!("{key} of {grantee}")),
        });
        notes.chain(others).collect()
    }

    pub(super) fn sender_rules(
        &self,
        name: &ConnectionName,
        state: &ConnectionState,
        mailbox: &Address,
        key: &str,
    ) -> Vec<Entry> {
        let Some(object) = state.objects.get(&Identity::SenderRules(mailbox.clone())) else {
            return Vec::new();
        };
        if let Some(reason) = Self::not_ours(name, object) {
            return vec![Entry::note(&format!("{key}: {reason}"))];
        }
        let (fields, notes) = self.readable(name, object);
        let mut entries: Vec<Entry> = notes.iter().map(|note| Entry::note(note)).collect();
        entries.extend(field_entries(&fields));
        Entry::section(key, entries)
    }

    /// `aliases:`; an alias that a configuration could not declare is a comment.
    pub(super) fn aliases(&self, document: &mut Document) {
        let mut entries = Vec::new();
        let mut written = BTreeSet::new();
        for (name, object) in self.of_kind(Kind::Alias) {
            let Identity::Alias(address) = &object.identity else {
                continue;
            };
            let targets = object.fields.value(&Field::Targets).map(value_text).unwrap_or_default();
            if let Some(reason) = Self::not_ours(name, object) {
                entries.push(Entry::note(&format!("{address}: {targets} {reason}")));
                continue;
            }
            let hindrance = if self.domains[address.domain()].store != Some(name) {
                Some(format!("lies on {name}, a further store, where no alias is declared at the top"))
            } else if self.mailboxes.contains_key(address) {
                Some("is a mailbox too".to_owned())
            } else if self.looping.contains(address) {
                Some("goes in a circle and arrives nowhere".to_owned())
            } else if !written.insert(address) {
                Some(format!("lies on {name} too"))
            } else {
                None
            };
            if let Some(hindrance) = hindrance {
                entries.push(Entry::note(&format!("{address}: {targets} {hindrance}")));
                continue;
            }
            let (fields, notes) = self.readable(name, object);
            match fields.get(&Field::Targets) {
                Some(targets) if fields.len() == 1 => {
                    entries.extend(notes.iter().map(|note| Entry::note(&format!("{address}: {note}"))));
                    entries.push(Entry::line(address.shown(), value_text(targets)));
                }
                _ => entries.extend(fields_entry(address.shown(), &fields, &notes, Settings::Among)),
            }
        }
        document.section("aliases", &entries);
    }

    /// Parts of mailboxes that are not written, at the top.
    pub(super) fn parts(&self, document: &mut Document) {
        let mut forwards = Vec::new();
        let mut permissions = Vec::new();
        let mut sender_rules = Vec::new();
        for kind in [Kind::Forward, Kind::Permission, Kind::SenderRules] {
            let mut done = BTreeSet::new();
            for (name, object) in self.of_kind(kind) {
                let Some(mailbox) = object.identity.address() else {
                    continue;
                };
                if self.mailboxes.get(mailbox) == Some(&name) || !done.insert((mailbox.clone(), name)) {
                    continue;
                }
                let Some((_, state)) = self.state(name) else {
                    continue;
                };
                let elsewhere = self.mailboxes.contains_key(mailbox)
                    || self.domains[mailbox.domain()].store != Some(name);
                if elsewhere || matches!(object.standing, Standing::Remains(_)) {
                    let note = format!("{} of {mailbox} on {name} has no mailbox here", kind.singular());
                    forwards.push(Entry::note(&note));
                    continue;
                }
                let key = mailbox.shown();
                match kind {
                    Kind::Forward => forwards.extend(self.forward(name, state, mailbox, key)),
                    Kind::Permission => permissions.extend(self.permissions(name, state, mailbox, key)),
                    _ => sender_rules.extend(self.sender_rules(name, state, mailbox, key)),
                }
            }
        }
        document.section("forwards", &forwards);
        document.section("permissions", &permissions);
        document.section("sender_rules", &sender_rules);
    }
}

/// The permissions on one mailbox, without a look at all others.
fn parts_of<'s>(
    state: &'s ConnectionState,
    mailbox: &'s Address,
) -> impl Iterator<Item = &'s ObservedObject> + 's {
    // `@` alone sorts before every grantee, and no address is that short.
    let first = Identity::Permission { mailbox: mailbox.clone(), grantee: mailbox.clone() };
    let same = move |object: &&'s ObservedObject| matches!(&object.identity, Identity::Permission { mailbox: other, .. } if other == mailbox);
    let before = state
        .objects
        .range(..first.clone())
        .rev()
        .map(|(_, object)| &**object)
        .take_while(same)
        .collect::<Vec<_>>();
    let after = state.objects.range(first..).map(|(_, object)| &**object).take_while(same);
    before.into_iter().rev().chain(after)
}
