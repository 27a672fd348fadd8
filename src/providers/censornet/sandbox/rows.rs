//! The service's mailboxes from outside: reading all of them, and placing them past the API.
//!
//! For tests and rehearsals; must not know HTTP.

use super::state::{Account, Entry, Fresh, Mailbox};

/// A registered mailbox with what the API does not show. Contract §3 and §6.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MailboxRow {
    /// The mailbox's own id.
    pub id: u64,
    /// The id of its address.
    pub email_address_id: u64,
    /// As it was given.
    pub address: String,
    /// Whether it is marked as an executive's.
    pub executive: bool,
    /// Empty where there is none.
    pub real_name: String,
    /// Whether it comes from the directory.
    pub ad: bool,
    /// In lower case, sorted.
    pub aliases: Vec<String>,
    /// Messages held in quarantine.
    pub quarantined: u64,
}

/// Everything in one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// In the order of ids, as listed.
    pub mailboxes: Vec<MailboxRow>,
    /// The addresses that the next sync makes or keeps, sorted.
    pub directory: Vec<String>,
}

impl Snapshot {
    pub(super) fn of(account: &Account) -> Self {
        let row = |(id, mailbox): (u64, &Mailbox)| MailboxRow {
            id,
            email_address_id: mailbox.email_address_id,
            address: mailbox.address.clone(),
            executive: mailbox.executive,
            real_name: mailbox.real_name.clone(),
            ad: mailbox.ad,
            aliases: mailbox.aliases.iter().cloned().collect(),
            quarantined: mailbox.quarantined,
        };
        Self {
            mailboxes: account.mailboxes().map(row).collect(),
            directory: account.directory.values().map(|entry| entry.address.clone()).collect(),
        }
    }

    /// The mailbox with this address, letter by letter.
    pub fn mailbox(&self, address: &str) -> Option<&MailboxRow> {
        self.mailboxes.iter().find(|mailbox| mailbox.address == address)
    }

    /// The addresses in the order listed.
    pub fn addresses(&self) -> Vec<&str> {
        self.mailboxes.iter().map(|mailbox| mailbox.address.as_str()).collect()
    }
}

/// Mailboxes being placed past the API: nothing is checked but that what is changed exists.
pub struct Rows<'a> {
    account: &'a mut Account,
    fresh: &'a mut Fresh,
}

impl<'a> Rows<'a> {
    pub(super) fn new(account: &'a mut Account, fresh: &'a mut Fresh) -> Self {
        Self { account, fresh }
    }

    fn existing(&mut self, address: &str) -> u64 {
        match self.account.holder(address) {
            Some(id) => id,
            None => panic!("the simulated account has no mailbox {address}"),
        }
    }

    fn changed(&mut self, address: &str, change: impl FnOnce(&mut Mailbox)) -> &mut Self {
        let id = self.existing(address);
        if let Some(mailbox) = self.account.get_mut(id) {
            change(mailbox);
        }
        self
    }

    /// A mailbox made by hand, under fresh ids; replaces one that exists.
    pub fn mailbox(&mut self, address: &str) -> &mut Self {
        self.remove(address);
        self.account.insert(self.fresh, Mailbox::new(address));
        self
    }

    /// A mailbox made by hand, under these ids; replaces one that exists.
    pub fn mailbox_with_ids(&mut self, address: &str, id: u64, email_address_id: u64) -> &mut Self {
        self.remove(address);
        self.account.remove(id);
        self.fresh.pass(id, email_address_id);
        self.account.insert_as(id, Mailbox { email_address_id, ..Mailbox::new(address) });
        self
    }

    /// A mailbox of the directory, in the list at once. Contract §6.
    pub fn ad_mailbox(&mut self, address: &str, real_name: &str) -> &mut Self {
        self.directory_entry(address, real_name);
        self.account.remove_of(address);
        let mailbox = Mailbox { ad: true, real_name: real_name.to_owned(), ..Mailbox::new(address) };
        self.account.insert(self.fresh, mailbox);
        self
    }

    /// A mailbox of the directory that the next sync brings. Contract §6.
    pub fn directory_entry(&mut self, address: &str, real_name: &str) -> &mut Self {
        let entry = Entry { address: address.to_owned(), real_name: real_name.to_owned() };
        self.account.directory.insert(address.to_lowercase(), entry);
        self
    }

    /// Takes a mailbox out of the directory; the next sync removes it. Contract §6.
    pub fn leave_directory(&mut self, address: &str) -> &mut Self {
        self.account.directory.remove(&address.to_lowercase());
        self
    }

    /// Marks a mailbox as coming from the directory.
    ///
    /// # Panics
    ///
    /// Without such a mailbox.
    pub fn adopt(&mut self, address: &str) -> &mut Self {
        self.directory_entry(address, "");
        self.changed(address, |mailbox| mailbox.ad = true)
    }

    /// Marks a mailbox as an executive's.
    ///
    /// # Panics
    ///
    /// Without such a mailbox.
    pub fn executive(&mut self, address: &str) -> &mut Self {
        self.changed(address, |mailbox| mailbox.executive = true)
    }

    /// Gives a mailbox an alias, which the list does not show. Contract §6.
    ///
    /// # Panics
    ///
    /// Without such a mailbox.
    pub fn alias(&mut self, address: &str, alias: &str) -> &mut Self {
        let id = self.existing(address);
        self.account.add_alias(id, alias);
        self
    }

    /// Holds that many messages in a mailbox's quarantine. Contract §5.
    ///
    /// # Panics
    ///
    /// Without such a mailbox.
    pub fn quarantine(&mut self, address: &str, messages: u64) -> &mut Self {
        self.changed(address, |mailbox| mailbox.quarantined = messages)
    }

    /// Removes a mailbox with its aliases; nothing where there is none.
    pub fn remove(&mut self, address: &str) -> &mut Self {
        self.account.remove_of(address);
        self
    }
}
