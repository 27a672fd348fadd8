//! Aliases: those at the top and those in a mailbox's list.

use std::collections::{BTreeSet, HashMap};

use crate::config::raw::{AliasBody, Content, FieldAt, RawAlias, Wished};
use crate::config::report::{Report, quoted};
use crate::config::text::{At, Span};
use crate::model::{Address, ClosedExtent, Field, Identity, Presence, Value};

use super::{Declared, Resolver, Slot};

/// A mailbox's `aliases:` with the mailbox and its store.
pub(super) type List = (At<Address>, usize, At<Vec<At<Address>>>);

impl Resolver<'_, '_, '_> {
    pub(super) fn aliases(&mut self, top: Vec<RawAlias>, lists: Vec<List>) {
        for alias in top {
            let At { value: address, span } = alias.address;
            if let Some(first) = self.out.aliases.get(&address) {
                let first = first.span;
                let what = format!("the alias {}", quoted(address.shown()));
                self.reader.said_twice(&what, span, first);
                continue;
            }
            if self.domain_of(&address, span).is_none() {
                continue;
            }
            self.not_ignored(&address, span);
            match alias.wish {
                Wished::Absent => self.absent_alias(&address, span),
                Wished::Present(body) => self.present_alias(address, span, body),
            }
        }
        let mut listed: HashMap<Address, Span> = HashMap::new();
        for (mailbox, store, list) in lists {
            self.list(&mailbox, store, list, &mut listed);
        }
    }

    fn note(&mut self, address: &Address, presence: Presence, span: Span, store: Option<usize>) {
        self.out.aliases.insert(address.clone(), Declared { presence, span, store });
    }

    fn absent_alias(&mut self, address: &Address, span: Span) {
        let stores: Vec<usize> = self.out.domains[address.domain()].stores().collect();
        self.note(address, Presence::Absent, span, stores.first().copied());
        for connection in stores {
            let identity = Identity::Alias(address.clone());
            self.absent(&Slot { connection, identity, span });
        }
    }

    fn present_alias(&mut self, address: Address, span: Span, body: AliasBody) {
        let store = self.out.domains[address.domain()].store;
        self.note(&address, Presence::Present, span, store);
        let Some(connection) = store else { return };
        let mut content = Content::new();
        let mut refers = Vec::new();
        for (field, list) in
            [(Field::Targets, body.targets), (Field::PermittedSenders, body.permitted_senders)]
        {
            let Some(list) = list else { continue };
            content.push(addresses_field(field, &list));
            refers.extend(list.value);
        }
        let identity = Identity::Alias(address);
        self.present(&Slot { connection, identity, span }, content, refers, Vec::new());
    }

    /// A mailbox's own list: each of its aliases has the mailbox as its only target.
    fn list(
        &mut self,
        mailbox: &At<Address>,
        store: usize,
        list: At<Vec<At<Address>>>,
        listed: &mut HashMap<Address, Span>,
    ) {
        // The mailbox's store, and where aliases in its domain lie; the stores of the listed aliases join them.
        let mut stores: BTreeSet<usize> = BTreeSet::from([store]);
        stores.extend(self.out.domains[mailbox.value.domain()].store);
        for alias in list.value {
            let At { value: address, span } = alias;
            if let Some(&first) = listed.get(&address) {
                let message = format!("{} stands in the lists of two mailboxes", quoted(address.shown()));
                self.reader.sink.put(
                    Report::error("collision", span, message)
                        .label("again here")
                        .related(first, "first here")
                        .help(
                            "what delivers to several mailboxes goes under `aliases:` with all its targets",
                        ),
                );
                continue;
            }
            listed.insert(address.clone(), span);
            if let Some(top) = self.out.aliases.get(&address) {
                let top = top.span;
                let message =
                    format!("{} stands in a mailbox's list and under `aliases:`", quoted(address.shown()));
                self.reader.sink.put(
                    Report::error("collision", span, message)
                        .label("in the list")
                        .related(top, "under `aliases:`")
                        .help("keep one of the two"),
                );
                continue;
            }
            let Some(domain) = self.domain_of(&address, span) else {
                continue;
            };
            // Where the mailbox's own store serves the alias's domain too, the two stay together.
            let connection =
                if domain.stores().any(|number| number == store) { Some(store) } else { domain.store };
            self.not_ignored(&address, span);
            self.note(&address, Presence::Present, span, connection);
            let Some(connection) = connection else { continue };
            stores.insert(connection);
            let content = vec![FieldAt {
                field: Field::Targets,
                value: Value::Addresses(BTreeSet::from([mailbox.value.clone()])),
                span,
            }];
            let identity = Identity::Alias(address);
            self.present(&Slot { connection, identity, span }, content, Vec::new(), Vec::new());
        }
        for connection in stores {
            self.close(connection, ClosedExtent::AliasesOf(mailbox.value.clone()), list.span);
        }
    }
}

/// A field that holds a set of addresses.
pub(super) fn addresses_field(field: Field, list: &At<Vec<At<Address>>>) -> FieldAt {
    FieldAt {
        field,
        value: Value::Addresses(list.value.iter().map(|address| address.value.clone()).collect()),
        span: list.span,
    }
}
