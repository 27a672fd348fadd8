//! Mailboxes: their profile, their store, their registrations.

use crate::config::raw::{
    Content, ForwardBody, MailboxBody, MailboxParts, OfMailbox, RawAlias, RawMailbox, RawPermissions,
    RawProfile, Traits, Wished,
};
use crate::config::report::{Report, quoted};
use crate::config::suggest::{listed, nearest};
use crate::config::text::At;
use crate::model::{Address, Identity, Kind, Presence};

use super::parts::Parts;
use super::{Declared, Resolver, Slot};

impl<'t> Resolver<'_, '_, 't> {
    pub(super) fn profiles(&mut self, raw: Vec<RawProfile<'t>>) {
        for profile in raw {
            if let Some((first, _)) = self.profiles.get(&profile.name.value) {
                let what = format!("the profile {}", quoted(&profile.name.value));
                let first = *first;
                self.reader.said_twice(&what, profile.name.span, first);
                continue;
            }
            self.profiles.insert(profile.name.value, (profile.name.span, profile.traits));
        }
    }

    /// Everything that hangs on addresses: first all mailboxes, so that aliases and parts know where each lies.
    pub(super) fn mailboxes(
        &mut self,
        mailboxes: Vec<RawMailbox<'t>>,
        aliases: Vec<RawAlias>,
        forwards: Vec<OfMailbox<Wished<ForwardBody>>>,
        permissions: Vec<OfMailbox<RawPermissions>>,
        sender_rules: Vec<OfMailbox<Wished<Content>>>,
    ) {
        let mut kept = Vec::with_capacity(mailboxes.len());
        self.out.mailboxes.reserve(mailboxes.len());
        let parts = forwards.len() + permissions.len() + sender_rules.len();
        self.out.objects.reserve(mailboxes.len() + aliases.len() + parts);
        for mailbox in mailboxes {
            if let Some(store) = self.place_mailbox(&mailbox) {
                kept.push((mailbox, store));
            }
        }
        let mut parts = Parts::default();
        let mut lists = Vec::new();
        for (mailbox, store) in kept {
            let address = mailbox.address;
            match mailbox.wish {
                Wished::Absent => self.absent_mailbox(&address),
                Wished::Present(body) => {
                    let Some(store) = store else { continue };
                    let profile = body.profile.as_ref().map(At::by_ref);
                    let rare = body.parts.map_or_else(MailboxParts::default, |parts| *parts);
                    self.present_mailbox(&address, store, body.traits, profile, rare.was);
                    if let Some(list) = rare.aliases {
                        lists.push((address.clone(), store, list));
                    }
                    parts.inline(&address, rare.forward, rare.permissions, rare.sender_rules);
                }
            }
        }
        self.aliases(aliases, lists);
        self.parts(parts, forwards, permissions, sender_rules);
    }

    /// Notes a mailbox and finds its store. The outer none is an entry that is left out, the inner one a mailbox
    /// whose store is in error.
    #[expect(clippy::option_option, reason = "two kinds of failure with two consequences")]
    fn place_mailbox(&mut self, mailbox: &RawMailbox<'_>) -> Option<Option<usize>> {
        let At { value: address, span } = &mailbox.address;
        if let Some(first) = self.out.mailboxes.get(address) {
            let first = first.span;
            let what = format!("the mailbox {}", quoted(address.shown()));
            self.reader.said_twice(&what, *span, first);
            return None;
        }
        self.domain_of(address, *span)?;
        self.not_ignored(address, *span);
        let (presence, store) = match &mailbox.wish {
            Wished::Absent => (Presence::Absent, self.out.domains[address.domain()].store),
            Wished::Present(body) => (Presence::Present, self.store_of(address, body)),
        };
        self.out.mailboxes.insert(address.clone(), Declared { presence, span: *span, store });
        Some(store)
    }

    fn store_of(&mut self, address: &Address, body: &MailboxBody<'_>) -> Option<usize> {
        let domain = &self.out.domains[address.domain()];
        let Some(name) = body.provider.as_ref().map(At::by_ref) else {
            return domain.store;
        };
        let stores: Vec<usize> = domain.stores().collect();
        let domain_span = domain.span;
        let number = self.connection(name)?;
        if stores.contains(&number) {
            return Some(number);
        }
        let message = format!("the provider {} is no store of {}", quoted(name.value), address.domain());
        let help = format!("add `also: [{}]` to the domain, or name one of its stores", name.value);
        self.reader.sink.put(
            Report::error("unknown-reference", name.span, message)
                .related(domain_span, "its domain")
                .help(help),
        );
        None
    }

    /// An absent mailbox is absent in every store of its domain, and covers its registrations.
    fn absent_mailbox(&mut self, address: &At<Address>) {
        let domain = &self.out.domains[address.value.domain()];
        let filters = domain.filters.clone();
        let stores: Vec<usize> = domain.stores().filter(|store| !filters.contains(store)).collect();
        for connection in stores {
            let identity = Identity::Mailbox(address.value.clone());
            self.absent(&Slot { connection, identity, span: address.span });
        }
        for connection in filters {
            let identity = Identity::Registration(address.value.clone());
            self.absent(&Slot { connection, identity, span: address.span });
        }
    }

    fn present_mailbox(
        &mut self,
        address: &At<Address>,
        store: usize,
        traits: Traits<'_>,
        profile: Option<At<&str>>,
        was: Vec<At<Address>>,
    ) {
        let filters = self.out.domains[address.value.domain()].filters.clone();
        if !traits.settings.is_empty() {
            let serving: Vec<usize> = std::iter::once(store).chain(filters.iter().copied()).collect();
            self.check_types(&traits.settings, &serving, address.value.shown());
        }
        let profile = profile.and_then(|name| self.profile(name));
        let Traits { fields: mut content, mut settings } = profile.unwrap_or_default();
        content.extend(traits.fields);
        settings.extend(traits.settings);
        for filter in filters {
            let content = self.settings_for(filter, &settings, Kind::Registration);
            let slot = Slot {
                connection: filter,
                identity: Identity::Registration(address.value.clone()),
                span: address.span,
            };
            self.present(&slot, content, Vec::new(), Vec::new());
        }
        if self.out.domains[address.value.domain()].filters.contains(&store) {
            return self.refuse_fields(store, &content, &was);
        }
        content.extend(self.settings_for(store, &settings, Kind::Mailbox));
        let slot = Slot {
            connection: store,
            identity: Identity::Mailbox(address.value.clone()),
            span: address.span,
        };
        self.present(&slot, content, Vec::new(), was);
    }

    /// Reports what is said of a mailbox whose domain has filters alone: there it is nothing but an address.
    fn refuse_fields(&mut self, filter: usize, content: &Content, was: &[At<Address>]) {
        let connection = &self.out.connections[filter];
        let why = connection.capabilities().map_or("", |can| can.why_not(Kind::Mailbox));
        let fields = content.iter().map(|field| (format!("`{}`", field.field), field.span));
        for (what, span) in fields.chain(was.first().map(|old| ("`was`".to_owned(), old.span))) {
            let message = format!("{} cannot hold {what}: {why}", connection.shown());
            self.reader.sink.put(
                Report::error("cannot-hold", span, message)
                    .help("leave the key out, or give the domain a store with `provider:`"),
            );
        }
    }

    fn profile(&mut self, name: At<&str>) -> Option<Traits<'t>> {
        if let Some((_, traits)) = self.profiles.get(name.value) {
            return Some(traits.clone());
        }
        let mut known: Vec<&str> = self.profiles.keys().map(|name| &**name).collect();
        known.sort_unstable();
        let help = match nearest(name.value, known.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None if known.is_empty() => "declare it under `profiles:`".to_owned(),
            None => format!("there are {}", listed(known)),
        };
        let message = format!("there is no profile {}", quoted(name.value));
        self.reader.sink.put(Report::error("unknown-reference", name.span, message).help(help));
        None
    }
}
