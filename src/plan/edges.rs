//! What each change needs to be done before it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, Change, ChangeId, ConnectionName, Field, Identity, Kind, Looked, NeedKind, Value, Verb,
};
use crate::provider::{Capabilities, KindCapabilities};

use super::Input;
use super::draft::Drafts;
use super::parts;
use super::reference::{dropped_references, new_references};
use super::synonym;

mod administrators;

/// For each change, what it needs; a hard need wins over a soft one to the same change.
pub(super) type Edges = Vec<BTreeMap<usize, NeedKind>>;

/// True where `from` needs `to`, directly or not.
pub(super) fn reaches(edges: &Edges, from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(number) = open.pop() {
        if number == to {
            return true;
        }
        if seen.insert(number) {
            open.extend(edges[number].keys().copied());
        }
    }
    false
}

struct Tables<'a> {
    by_id: BTreeMap<&'a ChangeId, usize>,
    /// Creates and renames of what has an address, by that address.
    made: BTreeMap<&'a Address, Vec<usize>>,
    /// Deletes of what has an address, and renames away from it, by that address.
    gone: BTreeMap<&'a Address, Vec<usize>>,
    /// Changes that cease to name an address.
    drops: BTreeMap<Address, Vec<usize>>,
    /// Creates and deletes of domains.
    domains: BTreeMap<(&'a ConnectionName, &'a str, Verb), usize>,
    /// Creates and promotions of full administrators, by login.
    promoted: BTreeMap<(&'a ConnectionName, &'a str), usize>,
}

impl<'a> Tables<'a> {
    fn new(input: &'a Input<'a>, drafts: &'a Drafts) -> Self {
        let mut tables = Self {
            by_id: BTreeMap::new(),
            made: BTreeMap::new(),
            gone: BTreeMap::new(),
            drops: BTreeMap::new(),
            domains: BTreeMap::new(),
            promoted: BTreeMap::new(),
        };
        let taken: BTreeSet<(&ConnectionName, &Identity)> = drafts
            .changes
            .iter()
            .map(|draft| &draft.change)
            .filter(|change| change.verb == Verb::Delete)
            .map(|change| (&change.connection, &change.identity))
            .collect();
        for (number, draft) in drafts.changes.iter().enumerate() {
            let change = &draft.change;
            tables.by_id.insert(&change.id, number);
            if let (Some(address), Kind::Mailbox | Kind::Alias) =
                (change.identity.address(), change.identity.kind())
            {
                match change.verb {
                    Verb::Create | Verb::Rename => tables.made.entry(address).or_default().push(number),
                    Verb::Delete => {
                        tables.gone.entry(address).or_default().push(number);
                        let here = (
                            input.observed.connections.get(&change.connection),
                            input.capabilities.get(&change.connection),
                        );
                        if let (Identity::Mailbox(mailbox), (Some(state), Some(can))) =
                            (&change.identity, here)
                        {
                            // One that is taken from the mailbox by a change of its own is free after that.
                            let goes_along = parts::aliases_in(state, mailbox, can)
                                .filter(|alias| !taken.contains(&(&change.connection, &alias.identity)));
                            for alias in goes_along {
                                if let Some(address) = alias.identity.address() {
                                    tables.gone.entry(address).or_default().push(number);
                                }
                            }
                        }
                    }
                    Verb::Update => {}
                }
                if let Some(former) = change.before_identity.as_ref().and_then(Identity::address) {
                    tables.gone.entry(former).or_default().push(number);
                }
            }
            for address in dropped_references(change) {
                tables.drops.entry(address).or_default().push(number);
            }
            match &change.identity {
                Identity::Domain(domain) => {
                    tables.domains.insert((&change.connection, domain.as_str(), change.verb), number);
                }
                Identity::Administrator(login)
                    if (change.verb == Verb::Create || change.fields.contains(&Field::Full))
                        && change.after.get(&Field::Full) == Some(&Value::Bool(true)) =>
                {
                    tables.promoted.insert((&change.connection, &**login), number);
                }
                _ => {}
            }
        }
        tables
    }
}

/// The needs of every change.
pub(super) fn edges(input: &Input<'_>, drafts: &Drafts) -> Edges {
    let tables = Tables::new(input, drafts);
    let mut edges: Edges = vec![BTreeMap::new(); drafts.changes.len()];
    for (number, draft) in drafts.changes.iter().enumerate() {
        let mut of =
            EdgesOf { input, drafts, tables: &tables, number, change: &draft.change, needs: BTreeMap::new() };
        of.known();
        of.containers();
        of.claims();
        of.moves();
        of.references();
        of.named_domains();
        of.synonyms();
        of.referrers();
        of.registrations_and_administrators();
        edges[number] = of.needs;
    }
    administrators::last_after_next(input, drafts, &mut edges);
    backward_edges(drafts, &tables, &mut edges);
    edges
}

/// Finds what one change needs.
struct EdgesOf<'a> {
    input: &'a Input<'a>,
    drafts: &'a Drafts,
    tables: &'a Tables<'a>,
    number: usize,
    change: &'a Change,
    needs: BTreeMap<usize, NeedKind>,
}

impl<'a> EdgesOf<'a> {
    fn need(&mut self, on: usize, kind: NeedKind) {
        if on != self.number {
            let entry = self.needs.entry(on).or_insert(kind);
            *entry = (*entry).min(kind);
        }
    }

    fn other(&self, on: usize) -> &'a Change {
        &self.drafts.changes[on].change
    }

    fn is_here(&self, on: usize) -> bool {
        self.other(on).connection == self.change.connection
    }

    fn at(map: &'a BTreeMap<&'a Address, Vec<usize>>, address: &Address) -> &'a [usize] {
        map.get(address).map_or(&[], Vec::as_slice)
    }

    /// What was known when the change was made: an update after its create, a create after the delete it replaces.
    fn known(&mut self) {
        for known in &self.change.needs {
            if let Some(&on) = self.tables.by_id.get(&known.change) {
                self.need(on, known.kind);
            }
        }
    }

    /// True where the service makes domains by calls of their own. Where a domain comes with its first address, that
    /// address does not wait for it.
    fn makes_domains(&self) -> bool {
        self.input
            .capabilities
            .get(&self.change.connection)
            .and_then(|can| can.kind(Kind::Domain))
            .is_some_and(|can| can.create.is_yes())
    }

    /// A domain is there before what lies in it, a mailbox before its parts.
    fn containers(&mut self) {
        let change = self.change;
        let makes = matches!(change.verb, Verb::Create | Verb::Rename);
        let makes_in_domain = makes && self.makes_domains() && change.identity.kind() != Kind::Domain;
        if let (Some(domain), true) = (change.identity.domain(), makes_in_domain)
            && let Some(&on) = self.tables.domains.get(&(&change.connection, domain, Verb::Create))
        {
            self.need(on, NeedKind::Hard);
        }
        if let (Some(mailbox), true) = (change.identity.part_of(), change.verb != Verb::Delete) {
            for &on in Self::at(&self.tables.made, mailbox) {
                if self.is_here(on) && self.other(on).identity.kind() == Kind::Mailbox {
                    self.need(on, NeedKind::Hard);
                }
            }
        }
    }

    /// An address is released before another object claims it.
    fn claims(&mut self) {
        let change = self.change;
        if let (Kind::Mailbox | Kind::Alias, Verb::Create | Verb::Rename, Some(address)) =
            (change.identity.kind(), change.verb, change.identity.address())
        {
            for &on in Self::at(&self.tables.gone, address) {
                if self.is_here(on) {
                    self.need(on, NeedKind::Hard);
                }
            }
        }
    }

    /// What moves to another store is there before the store that it leaves lets go of it.
    fn moves(&mut self) {
        let change = self.change;
        if let (Kind::Mailbox | Kind::Alias | Kind::Forward, Verb::Delete, Some(address)) =
            (change.identity.kind(), change.verb, change.identity.address())
        {
            let made = Self::at(&self.tables.made, address);
            for &on in made {
                if !self.is_here(on) {
                    self.need(on, NeedKind::Hard);
                }
            }
        }
    }

    /// A target is there before what points to it.
    fn references(&mut self) {
        let change = self.change;
        let can =
            self.input.capabilities.get(&change.connection).and_then(|can| can.kind(change.identity.kind()));
        let checked = can.is_some_and(|can| can.targets.checked || can.checks_references);
        let kind = if checked { NeedKind::Hard } else { NeedKind::Soft };
        for address in new_references(change) {
            let mut made = Self::at(&self.tables.made, &address);
            let catch_all = Address::whole_domain(&address.domain_name());
            let goes = !Self::at(&self.tables.gone, &address).is_empty();
            if made.is_empty() && (goes || !is_there(self.input, &address)) {
                made = Self::at(&self.tables.made, &catch_all);
            }
            for &on in made {
                self.need(on, kind);
            }
            if change.identity.kind() == Kind::Alias {
                // Some services let certain aliases point to administrators only.
                let key = (&change.connection, address.as_str());
                if let Some(&on) = self.tables.promoted.get(&key) {
                    self.need(on, NeedKind::Soft);
                }
            }
        }
    }

    /// A domain is there while another one stands for it: made before, and gone after.
    fn named_domains(&mut self) {
        let change = self.change;
        if self.makes_domains() {
            for address in new_references(change).iter().filter(|address| address.is_domain()) {
                let domain = (&change.connection, address.domain(), Verb::Create);
                if let Some(&on) = self.tables.domains.get(&domain) {
                    self.need(on, NeedKind::Hard);
                }
            }
        }
        if let (Identity::Domain(domain), Verb::Delete) = (&change.identity, change.verb) {
            for &on in self.tables.drops.get(&Address::whole_domain(domain)).into_iter().flatten() {
                if self.is_here(on) {
                    self.need(on, NeedKind::Hard);
                }
            }
        }
    }

    /// Where one step only is followed, the step that was there ends before one begins that would follow it.
    fn synonyms(&mut self) {
        let Some((address, target)) = synonym::begins(self.input, self.change) else { return };
        for (on, draft) in self.drafts.changes.iter().enumerate() {
            let other = &draft.change;
            let follows = match &other.identity {
                Identity::Alias(other_address) if other_address == target => true,
                Identity::Alias(_) => other.before.as_ref().and_then(synonym::stands_for) == Some(address),
                _ => false,
            };
            if follows && self.is_here(on) && synonym::ends(other) {
                self.need(on, NeedKind::Hard);
            }
        }
    }

    /// A referrer leaves before its target goes.
    fn referrers(&mut self) {
        let change = self.change;
        let (Verb::Delete, Kind::Mailbox | Kind::Alias, Some(address)) =
            (change.verb, change.identity.kind(), change.identity.address())
        else {
            return;
        };
        let can = self.input.capabilities.get(&change.connection);
        for &on in self.tables.drops.get(address).into_iter().flatten() {
            let checks = |can: &Capabilities| {
                let kind = self.other(on).identity.kind();
                // An alias in the mailbox's record goes with it: then there would be nothing left to remove.
                let inside = |can: &KindCapabilities| kind == Kind::Alias && can.may_lie_in_mailbox();
                can.kind(kind).is_some_and(|can| can.checks_references || inside(can))
            };
            let hard = self.is_here(on) && can.is_some_and(checks);
            self.need(on, if hard { NeedKind::Hard } else { NeedKind::Soft });
        }
    }

    /// A domain is there before an administrator looks after it.
    fn domains_to_look_after(&mut self) {
        let change = self.change;
        let Some(Value::Domains(domains)) = change.after.get(&Field::Domains) else { return };
        for domain in domains {
            let made = (&change.connection, domain.as_str(), Verb::Create);
            if let Some(&on) = self.tables.domains.get(&made) {
                self.need(on, NeedKind::Hard);
            }
        }
    }

    /// The store knows an address before a filter does, and forgets it first; a login has its mailbox first.
    fn registrations_and_administrators(&mut self) {
        let change = self.change;
        match (&change.identity, change.verb) {
            (Identity::Registration(address), Verb::Create) => {
                for &on in Self::at(&self.tables.made, address) {
                    self.need(on, NeedKind::Hard);
                }
            }
            (Identity::Registration(address), Verb::Delete) => {
                for &on in Self::at(&self.tables.gone, address) {
                    self.need(on, NeedKind::Hard);
                }
            }
            (Identity::Administrator(login), Verb::Create) => {
                self.domains_to_look_after();
                let made = Address::parse(login).ok().map(|address| Self::at(&self.tables.made, &address));
                for &on in made.into_iter().flatten() {
                    if self.is_here(on) {
                        self.need(on, NeedKind::Hard);
                    }
                }
            }
            (Identity::Administrator(_), Verb::Update) => self.domains_to_look_after(),
            _ => {}
        }
    }
}

/// True where a mailbox or an alias was read at this very address.
fn is_there(input: &Input<'_>, address: &Address) -> bool {
    let Some(domain) = input.desired.domains.get(address.domain()) else { return true };
    domain.stores().any(|store| {
        [Identity::Mailbox(address.clone()), Identity::Alias(address.clone())]
            .iter()
            .any(|identity| matches!(input.observed.look(store, identity), Looked::Present(_)))
    })
}

/// Needs that are found from the change that comes first: what goes before its container.
fn backward_edges(drafts: &Drafts, tables: &Tables<'_>, edges: &mut Edges) {
    let mailboxes: BTreeMap<(&ConnectionName, &str), usize> = drafts
        .changes
        .iter()
        .enumerate()
        .filter_map(|(number, draft)| match (&draft.change.identity, draft.change.verb) {
            (Identity::Mailbox(address), Verb::Delete) => {
                Some(((&draft.change.connection, address.as_str()), number))
            }
            // Parts at the old address are found there only before the mailbox moves.
            (Identity::Mailbox(_), Verb::Rename) => {
                let former = draft.change.before_identity.as_ref().and_then(Identity::address)?;
                Some(((&draft.change.connection, former.as_str()), number))
            }
            _ => None,
        })
        .collect();
    for (number, draft) in drafts.changes.iter().enumerate() {
        let change = &draft.change;
        if change.verb != Verb::Delete {
            continue;
        }
        let owner = match &change.identity {
            Identity::Administrator(login) => Some(&**login),
            identity => identity.part_of().map(Address::as_str),
        };
        if let Some(&mailbox) = owner.and_then(|owner| mailboxes.get(&(&change.connection, owner))) {
            edges[mailbox].insert(number, NeedKind::Hard);
        }
        if let (Some(domain), true) = (change.identity.domain(), change.identity.kind() != Kind::Domain)
            && let Some(&gone) = tables.domains.get(&(&change.connection, domain, Verb::Delete))
        {
            edges[gone].insert(number, NeedKind::Hard);
        }
    }
}
