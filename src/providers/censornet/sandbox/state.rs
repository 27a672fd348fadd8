//! What the service holds: accounts with their mailboxes, and tokens.
//!
//! Must not know HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

/// A registered mailbox; its `id` is the key that it is stored under.
pub(super) struct Mailbox {
    pub(super) email_address_id: u64,
    /// As it was given.
    pub(super) address: String,
    pub(super) executive: bool,
    /// Empty where there is none.
    pub(super) real_name: String,
    pub(super) ad: bool,
    /// In lower case, sorted.
    pub(super) aliases: BTreeSet<String>,
    /// Messages held in quarantine.
    pub(super) quarantined: u64,
    /// The address in lower case.
    pub(super) key: String,
}

impl Mailbox {
    pub(super) fn new(address: &str) -> Self {
        Self {
            email_address_id: 0,
            address: address.to_owned(),
            executive: false,
            real_name: String::new(),
            ad: false,
            aliases: BTreeSet::new(),
            quarantined: 0,
            key: address.to_lowercase(),
        }
    }

    /// Whether the text, in lower case, stands in the address or in the name.
    pub(super) fn contains(&self, text: &str) -> bool {
        self.key.contains(text)
            || (!self.real_name.is_empty() && self.real_name.to_lowercase().contains(text))
    }
}

/// A mailbox as the directory knows it.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) address: String,
    pub(super) real_name: String,
}

/// What was asked to be deleted: id, address id, address.
pub(super) type Identity = (u64, u64, String);

/// Gives ids that were never given before, in the order of the document: above 2^23, and the two kinds apart.
pub(super) struct Fresh {
    id: u64,
    email_address_id: u64,
}

impl Default for Fresh {
    /// The first mailbox gets the ids of the document's deletion.
    fn default() -> Self {
        Self { id: 12_765_948, email_address_id: 14_028_850 }
    }
}

impl Fresh {
    /// Stays above ids that were chosen.
    pub(super) fn pass(&mut self, id: u64, email_address_id: u64) {
        self.id = self.id.max(id + 1);
        self.email_address_id = self.email_address_id.max(email_address_id + 1);
    }

    fn next(&mut self) -> (u64, u64) {
        let ids = (self.id, self.email_address_id);
        self.pass(ids.0, ids.1);
        ids
    }
}

/// One customer account.
#[derive(Default)]
pub(super) struct Account {
    mailboxes: BTreeMap<u64, Mailbox>,
    /// Addresses and aliases in lower case, with the mailbox that has them.
    taken: BTreeMap<String, u64>,
    /// By address in lower case.
    pub(super) directory: BTreeMap<String, Entry>,
    deleted: BTreeSet<Identity>,
    /// Deletions with an empty array.
    pub(super) wiped: u64,
    /// Creations with an empty array.
    pub(super) empty_creations: u64,
}

impl Account {
    /// In the order of ids.
    pub(super) fn mailboxes(&self) -> impl ExactSizeIterator<Item = (u64, &Mailbox)> {
        self.mailboxes.iter().map(|(id, mailbox)| (*id, mailbox))
    }

    pub(super) fn get(&self, id: u64) -> Option<&Mailbox> {
        self.mailboxes.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Mailbox> {
        self.mailboxes.get_mut(&id)
    }

    /// The mailbox with this address or alias, in any case.
    pub(super) fn holder(&self, address: &str) -> Option<u64> {
        self.taken.get(&address.to_lowercase()).copied()
    }

    pub(super) fn was_deleted(&self, identity: &Identity) -> bool {
        self.deleted.contains(identity)
    }

    /// Stores a mailbox under fresh ids.
    pub(super) fn insert(&mut self, fresh: &mut Fresh, mut mailbox: Mailbox) -> u64 {
        let (id, email_address_id) = fresh.next();
        mailbox.email_address_id = email_address_id;
        self.insert_as(id, mailbox);
        id
    }

    /// Stores a mailbox under an id that is free.
    pub(super) fn insert_as(&mut self, id: u64, mailbox: Mailbox) {
        self.taken.insert(mailbox.key.clone(), id);
        self.taken.extend(mailbox.aliases.iter().map(|alias| (alias.clone(), id)));
        self.mailboxes.insert(id, mailbox);
    }

    /// Gives a mailbox an alias.
    pub(super) fn add_alias(&mut self, id: u64, alias: &str) {
        if let Some(mailbox) = self.mailboxes.get_mut(&id) {
            mailbox.aliases.insert(alias.to_lowercase());
            self.taken.insert(alias.to_lowercase(), id);
        }
    }

    /// Removes a mailbox with all that hangs on it.
    pub(super) fn remove(&mut self, id: u64) {
        if let Some(mailbox) = self.mailboxes.remove(&id) {
            self.taken.remove(&mailbox.key);
            for alias in &mailbox.aliases {
                self.taken.remove(alias);
            }
            self.deleted.insert((id, mailbox.email_address_id, mailbox.address));
        }
    }

    /// Removes the mailbox whose own address this is.
    pub(super) fn remove_of(&mut self, address: &str) {
        let key = address.to_lowercase();
        let own = self.holder(&key).filter(|id| self.get(*id).is_some_and(|mailbox| mailbox.key == key));
        if let Some(id) = own {
            self.remove(id);
        }
    }

    /// Removes everything.
    pub(super) fn wipe(&mut self) {
        let ids: Vec<u64> = self.mailboxes.keys().copied().collect();
        for id in ids {
            self.remove(id);
        }
    }

    /// Follows the directory: mailboxes that left it go, those missing come under fresh ids, one that was made by
    /// hand becomes the directory's.
    pub(super) fn sync(&mut self, fresh: &mut Fresh) {
        let left: Vec<u64> = self
            .mailboxes()
            .filter(|(_, mailbox)| mailbox.ad && !self.directory.contains_key(&mailbox.key))
            .map(|(id, _)| id)
            .collect();
        for id in left {
            self.remove(id);
        }
        for (key, entry) in self.directory.clone() {
            let id = match self.taken.get(&key) {
                Some(id) => *id,
                None => self.insert(fresh, Mailbox::new(&entry.address)),
            };
            // An alias of another mailbox stays what it is.
            if let Some(mailbox) = self.mailboxes.get_mut(&id).filter(|mailbox| mailbox.key == key) {
                mailbox.ad = true;
                mailbox.real_name = entry.real_name;
            }
        }
    }
}

/// A token and when it ends.
struct Token {
    text: String,
    ends: Duration,
}

/// Everything that changes.
pub(super) struct State {
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) fresh: Fresh,
    pub(super) logins: u64,
    pub(super) failed_logins: u64,
    tokens: Vec<Token>,
    started: Instant,
    /// Time that went by at once.
    pub(super) skipped: Duration,
}

impl State {
    pub(super) fn new(accounts: impl IntoIterator<Item = String>) -> Self {
        Self {
            accounts: accounts.into_iter().map(|id| (id, Account::default())).collect(),
            fresh: Fresh::default(),
            logins: 0,
            failed_logins: 0,
            tokens: Vec::new(),
            started: Instant::now(),
            skipped: Duration::ZERO,
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed() + self.skipped
    }

    /// A new token.
    pub(super) fn issue(&mut self, lifetime: Duration) -> String {
        let text = format!("{:032x}", rand::random::<u128>());
        self.tokens.push(Token { text: text.clone(), ends: self.now().saturating_add(lifetime) });
        text
    }

    pub(super) fn is_valid(&self, token: &str) -> bool {
        let now = self.now();
        self.tokens.iter().any(|known| known.text == token && now < known.ends)
    }

    pub(super) fn end_tokens(&mut self) {
        self.tokens.clear();
    }
}
