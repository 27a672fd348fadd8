//! What the service holds from outside: reading all of it, and placing things past the API.
//!
//! For tests and rehearsals; must not know HTTP.

use std::collections::{BTreeMap, BTreeSet};

use super::active_sync;
use super::fields::{self, Edit};
use super::state::{Domain, Mailbox, PermissionType, ServiceType, State, key};

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxRow {
    /// The primary address.
    pub address: String,
    /// Every writable field but the password by its name in forms, as a form would carry it: booleans are `true` and
    /// `false`, text that was never set is empty.
    pub fields: BTreeMap<&'static str, String>,
    /// How often the password was written, the first time included.
    pub password_writes: u64,
    /// Addresses beside the primary one, in the order added; those on alias domains are not among them.
    pub addresses: Vec<String>,
    /// Permissions on it by the delegate's address.
    pub permissions: BTreeMap<String, PermissionType>,
    /// Whether it has the ActiveSync service.
    pub active_sync: bool,
    /// Its spam settings.
    pub spam: SpamRow,
}

impl MailboxRow {
    /// A writable field by its name in forms; `""` where there is none of that name.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// The spam settings of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpamRow {
    /// `on`, `off` or `exclusive`.
    pub filter_level: String,
    /// Whether spam goes to the domain's quarantine.
    pub to_domain_quarantine: bool,
    /// Who is told of the quarantine; empty where nobody is.
    pub quarantine_owner: String,
    /// Entries by list, under the names `blacklist`, `ipblacklist`, `safelist` and `ipsafelist`; no empty list.
    pub lists: BTreeMap<String, BTreeSet<String>>,
}

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainRow {
    /// Its name.
    pub name: String,
    /// The account that it belongs to.
    pub account: u64,
    /// Which services it has.
    pub service: ServiceType,
    /// Alias domains.
    pub aliases: Vec<String>,
    /// Mailboxes by name.
    pub mailboxes: Vec<MailboxRow>,
    /// Display names of contacts by name.
    pub contacts: BTreeMap<String, String>,
    /// Display names of distribution lists by common name.
    pub distribution_lists: BTreeMap<String, String>,
}

/// All that the service holds, sorted. Passwords are not in it; see
/// [`Rackspace::password_of`](super::Rackspace::password_of).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Domains by name.
    pub domains: Vec<DomainRow>,
}

impl Snapshot {
    pub(super) fn of(state: &State) -> Self {
        Self { domains: state.domains.values().map(domain_row).collect() }
    }

    /// The mailbox with this primary address.
    pub fn mailbox(&self, address: &str) -> Option<&MailboxRow> {
        self.mailboxes().find(|mailbox| mailbox.address.eq_ignore_ascii_case(address))
    }

    /// The mailboxes of all domains.
    pub fn mailboxes(&self) -> impl Iterator<Item = &MailboxRow> {
        self.domains.iter().flat_map(|domain| &domain.mailboxes)
    }

    /// The domain of this name.
    pub fn domain(&self, name: &str) -> Option<&DomainRow> {
        self.domains.iter().find(|domain| domain.name.eq_ignore_ascii_case(name))
    }
}

fn domain_row(domain: &Domain) -> DomainRow {
    DomainRow {
        name: domain.name.clone(),
        account: domain.account,
        service: domain.service,
        aliases: domain.aliases.iter().cloned().collect(),
        mailboxes: domain.mailboxes.values().map(|mailbox| mailbox_row(domain, mailbox)).collect(),
        contacts: domain.contacts.clone(),
        distribution_lists: domain.lists.clone(),
    }
}

fn mailbox_row(domain: &Domain, mailbox: &Mailbox) -> MailboxRow {
    let spelled = |name: &String| {
        domain.address(domain.mailboxes.get(name).map_or(name.as_str(), |delegate| delegate.name.as_str()))
    };
    let lists = mailbox.spam.lists.iter().filter(|(_, entries)| !entries.is_empty());
    MailboxRow {
        address: domain.address(&mailbox.name),
        fields: fields::written(mailbox),
        password_writes: mailbox.password_writes,
        addresses: mailbox.addresses.clone(),
        permissions: mailbox.permissions.iter().map(|(name, kind)| (spelled(name), *kind)).collect(),
        active_sync: mailbox.active_sync.is_some(),
        spam: SpamRow {
            filter_level: mailbox.spam.filter_level.clone(),
            to_domain_quarantine: mailbox.spam.to_domain_quarantine,
            quarantine_owner: mailbox.spam.quarantine_owner.clone(),
            lists: lists.map(|(name, entries)| ((*name).to_owned(), entries.clone())).collect(),
        },
    }
}

/// The service's content being written past the API: nothing is checked but that what is changed exists. A domain
/// is made where an address needs it.
///
/// # Panics
///
/// Every method that changes a mailbox panics where there is none of that address.
pub struct Rows<'a>(&'a mut State);

/// The halves of an address as keys.
fn halves(address: &str) -> (String, String) {
    let (name, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    (key(name), key(domain))
}

impl<'a> Rows<'a> {
    pub(super) fn new(state: &'a mut State) -> Self {
        Self(state)
    }

    fn existing(&mut self, address: &str) -> &mut Mailbox {
        let (name, domain) = halves(address);
        match self.0.domains.get_mut(&domain).and_then(|domain| domain.mailboxes.get_mut(&name)) {
            Some(mailbox) => mailbox,
            None => panic!("the simulated service has no mailbox {address}"),
        }
    }

    /// A domain of the calling account.
    pub fn domain(&mut self, name: &str) -> &mut Self {
        self.0.insert_domain(name);
        self
    }

    /// A domain of another account, which becomes a sub-account of the calling one.
    pub fn domain_of(&mut self, account: u64, name: &str) -> &mut Self {
        self.0.insert_domain(name).account = account;
        self
    }

    /// An alias domain: every address on the domain exists there too.
    pub fn domain_alias(&mut self, domain: &str, alias: &str) -> &mut Self {
        self.0.insert_domain(domain).aliases.insert(key(alias));
        self
    }

    /// Which services a domain has.
    pub fn service(&mut self, domain: &str, service: ServiceType) -> &mut Self {
        self.0.insert_domain(domain).service = service;
        self
    }

    /// How many Exchange mailboxes a domain may hold.
    pub fn max_mailboxes(&mut self, domain: &str, mailboxes: u32) -> &mut Self {
        self.0.insert_domain(domain).max_mailboxes = mailboxes;
        self
    }

    /// An enabled mailbox of 2048 MB that is displayed by its name; replaces one that exists.
    pub fn mailbox(&mut self, address: &str, password: &str) -> &mut Self {
        let (name, at) = address.rsplit_once('@').unwrap_or((address, ""));
        self.0.insert_domain(at);
        self.0.remove_mailbox(&key(at), &key(name));
        let edit = Edit {
            display_name: Some(name.to_owned()),
            password: Some(password.to_owned()),
            size: Some(2048),
            ..Edit::default()
        };
        self.0.insert_mailbox(&key(at), name, &edit);
        self
    }

    /// Sets a writable field by its name in forms.
    ///
    /// # Panics
    ///
    /// Also if there is no such field or the value is none for it.
    pub fn field(&mut self, address: &str, name: &str, value: &str) -> &mut Self {
        let mut edit = Edit::default();
        if let Err(refusal) = edit.set(name, value) {
            panic!("{refusal:?}");
        }
        edit.apply(self.existing(address));
        let (name, at) = halves(address);
        self.0.insert_domain(&at).note(&name);
        self
    }

    /// An address beside the primary one.
    pub fn address(&mut self, mailbox: &str, address: &str) -> &mut Self {
        self.existing(mailbox).addresses.push(address.to_owned());
        let (name, domain) = halves(mailbox);
        self.0.extra.insert(key(address), (domain, name));
        self
    }

    /// A permission on a mailbox for a delegate in the same domain.
    pub fn permission(&mut self, mailbox: &str, delegate: &str, kind: PermissionType) -> &mut Self {
        self.existing(delegate);
        self.existing(mailbox).permissions.insert(halves(delegate).0, kind);
        self
    }

    /// The ActiveSync service.
    pub fn active_sync(&mut self, address: &str) -> &mut Self {
        let mailbox = self.existing(address);
        mailbox.active_sync = Some(active_sync::user_name(mailbox));
        self
    }

    /// The ActiveSync service with a user name.
    pub fn active_sync_as(&mut self, address: &str, user_name: &str) -> &mut Self {
        self.existing(address).active_sync = Some(user_name.to_owned());
        self
    }

    /// When somebody last logged in, in the service's own text; `None` for never.
    pub fn last_login(&mut self, address: &str, text: Option<&str>) -> &mut Self {
        self.existing(address).last_login = text.map(str::to_owned);
        self
    }

    /// How many megabytes the mailbox holds.
    pub fn usage(&mut self, address: &str, megabytes: u32) -> &mut Self {
        self.existing(address).usage = megabytes;
        self
    }

    /// The logon name for old clients.
    pub fn sam_account_name(&mut self, address: &str, name: &str) -> &mut Self {
        name.clone_into(&mut self.existing(address).sam_account_name);
        self
    }

    /// The BlackBerry service.
    pub fn blackberry(&mut self, address: &str) -> &mut Self {
        self.existing(address).blackberry = true;
        self
    }

    /// Removes a mailbox with all that hangs on it.
    pub fn remove_mailbox(&mut self, address: &str) -> &mut Self {
        let (name, domain) = halves(address);
        self.0.remove_mailbox(&domain, &name);
        self
    }

    /// A contact.
    pub fn contact(&mut self, address: &str, display_name: &str) -> &mut Self {
        let (name, domain) = halves(address);
        self.0.insert_domain(&domain).contacts.insert(name, display_name.to_owned());
        self
    }

    /// A distribution list.
    pub fn distribution_list(&mut self, address: &str, display_name: &str) -> &mut Self {
        let (name, domain) = halves(address);
        self.0.insert_domain(&domain).lists.insert(name, display_name.to_owned());
        self
    }
}
