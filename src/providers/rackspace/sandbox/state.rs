//! What the service holds, and the address namespace.
//!
//! Names and domains are kept in the spelling sent and found without regard to case. Must not know HTTP.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::fields::Edit;
use super::settings::{Quirk, Settings};
use super::throttle::Throttle;

/// Which services a domain has (contract §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceType {
    /// Neither.
    None,
    /// Hosted Exchange and Rackspace Email.
    Both,
    /// Hosted Exchange.
    #[default]
    Exchange,
    /// Rackspace Email.
    RsEmail,
}

impl ServiceType {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Both => "both",
            Self::Exchange => "exchange",
            Self::RsEmail => "rsemail",
        }
    }

    pub(super) fn has_exchange(self) -> bool {
        matches!(self, Self::Both | Self::Exchange)
    }
}

/// What a delegate may do with a mailbox (contract §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PermissionType {
    /// Send in its name.
    SendAs,
    /// Open it.
    FullAccess,
    /// Both of them.
    Both,
}

impl PermissionType {
    /// By the word that is written, in its exact spelling.
    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::SendAs, Self::FullAccess, Self::Both].into_iter().find(|kind| kind.word() == word)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::SendAs => "sendAs",
            Self::FullAccess => "fullAccess",
            Self::Both => "both",
        }
    }

    pub(super) fn capital_word(self) -> &'static str {
        match self {
            Self::SendAs => "SendAs",
            Self::FullAccess => "FullAccess",
            Self::Both => "Both",
        }
    }
}

/// The spam settings of a mailbox (contract §7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spam {
    pub(super) filter_level: String,
    pub(super) to_domain_quarantine: bool,
    pub(super) quarantine_owner: String,
    /// Entries by the list's old name, each in lower case.
    pub(super) lists: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Default for Spam {
    fn default() -> Self {
        Self {
            filter_level: "on".into(),
            to_domain_quarantine: false,
            quarantine_owner: String::new(),
            lists: BTreeMap::new(),
        }
    }
}

/// A mailbox.
#[derive(Clone, Debug)]
pub(super) struct Mailbox {
    pub(super) name: String,
    pub(super) display_name: String,
    pub(super) password: String,
    pub(super) password_writes: u64,
    pub(super) size: u32,
    pub(super) texts: BTreeMap<&'static str, String>,
    pub(super) flags: BTreeMap<&'static str, bool>,
    pub(super) forward: String,
    /// Addresses beside the primary one, in the order added.
    pub(super) addresses: Vec<String>,
    /// By the delegate's key.
    pub(super) permissions: BTreeMap<String, PermissionType>,
    /// The user name of its ActiveSync service, if it has one.
    pub(super) active_sync: Option<String>,
    pub(super) spam: Spam,
    pub(super) last_login: Option<String>,
    pub(super) usage: u32,
    pub(super) blackberry: bool,
    pub(super) sam_account_name: String,
}

/// A domain.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) name: String,
    pub(super) account: u64,
    pub(super) service: ServiceType,
    pub(super) max_mailboxes: u32,
    /// Alias domains in lower case.
    pub(super) aliases: BTreeSet<String>,
    pub(super) mailboxes: BTreeMap<String, Mailbox>,
    /// The keys of those that are not enabled; see [`Domain::note`].
    pub(super) disabled: BTreeSet<String>,
    /// Display names by name.
    pub(super) contacts: BTreeMap<String, String>,
    /// Display names by common name.
    pub(super) lists: BTreeMap<String, String>,
}

impl Domain {
    /// The primary address of a name.
    pub(super) fn address(&self, name: &str) -> String {
        format!("{name}@{}", self.name)
    }

    /// Takes note of a mailbox that was made, changed or removed, by its key.
    pub(super) fn note(&mut self, key: &str) {
        let flag = self.mailboxes.get(key).map(|mailbox| mailbox.flags.get("enabled").copied());
        if flag.is_some_and(|flag| !flag.unwrap_or(false)) {
            self.disabled.insert(key.to_owned());
        } else {
            self.disabled.remove(key);
        }
    }
}

/// Everything behind one service.
pub(super) struct State {
    pub(super) settings: Settings,
    /// Where it stands still, if it does.
    pub(super) clock: Option<Timestamp>,
    pub(super) throttle: Throttle,
    /// By the name in lower case.
    pub(super) domains: BTreeMap<String, Domain>,
    /// Addresses beside the primary ones, in lower case: the domain and the mailbox that hold each.
    pub(super) extra: BTreeMap<String, (String, String)>,
    /// Query parameters that no route looked at.
    pub(super) ignored: BTreeSet<String>,
    /// Mailboxes made so far.
    serial: u32,
}

/// The key of a name, an address or a domain.
pub(super) fn key(name: &str) -> String {
    name.to_lowercase()
}

impl State {
    pub(super) fn new(settings: Settings, clock: Option<Timestamp>) -> Self {
        Self {
            settings,
            clock,
            throttle: Throttle::default(),
            domains: BTreeMap::new(),
            extra: BTreeMap::new(),
            ignored: BTreeSet::new(),
            serial: 0,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.unwrap_or_else(Timestamp::now)
    }

    /// A domain of the calling account; one that exists stays as it is.
    pub(super) fn insert_domain(&mut self, name: &str) -> &mut Domain {
        let Settings { account, max_mailboxes, .. } = self.settings;
        self.domains.entry(key(name)).or_insert_with(|| Domain {
            name: name.to_owned(),
            account,
            service: ServiceType::default(),
            max_mailboxes,
            aliases: BTreeSet::new(),
            mailboxes: BTreeMap::new(),
            disabled: BTreeSet::new(),
            contacts: BTreeMap::new(),
            lists: BTreeMap::new(),
        })
    }

    /// Finds a domain, or makes it where every domain exists.
    pub(super) fn has_domain(&mut self, name: &str) -> bool {
        let is_alias = || self.domains.values().any(|domain| domain.aliases.contains(&key(name)));
        if self.settings.has(Quirk::AnyDomain) && is_domain_name(name) && !is_alias() {
            self.insert_domain(name);
        }
        self.domains.contains_key(&key(name))
    }

    /// Whether something holds the address, in any domain or alias domain.
    pub(super) fn is_in_use(&self, address: &str) -> bool {
        let address = self.canonical(&key(address));
        let Some((name, domain)) = address.rsplit_once('@') else {
            return false;
        };
        self.extra.contains_key(&address)
            || self.domains.get(domain).is_some_and(|domain| {
                domain.mailboxes.contains_key(name)
                    || domain.contacts.contains_key(name)
                    || domain.lists.contains_key(name)
            })
    }

    /// The address on the domain that an alias domain stands for.
    fn canonical(&self, address: &str) -> String {
        let main = address.rsplit_once('@').and_then(|(name, at)| {
            let domain = self.domains.iter().find(|(_, domain)| domain.aliases.contains(at));
            domain.map(|(domain, _)| format!("{name}@{domain}"))
        });
        main.unwrap_or_else(|| address.to_owned())
    }

    /// Makes a mailbox in a domain that exists and returns it.
    pub(super) fn insert_mailbox(&mut self, domain: &str, name: &str, edit: &Edit) -> Option<&mut Mailbox> {
        self.serial += 1;
        let serial = self.serial;
        let domain = self.domains.get_mut(domain)?;
        let name_key = key(name);
        let short: String = name.chars().take(14).collect();
        let mailbox = domain.mailboxes.entry(name_key.clone()).or_insert_with(|| Mailbox {
            name: name.to_owned(),
            display_name: String::new(),
            password: String::new(),
            password_writes: 0,
            size: 0,
            texts: BTreeMap::new(),
            flags: BTreeMap::from([("enabled", true)]),
            forward: String::new(),
            addresses: Vec::new(),
            permissions: BTreeMap::new(),
            active_sync: None,
            spam: Spam::default(),
            last_login: None,
            usage: 0,
            blackberry: false,
            sam_account_name: format!("{short}_{serial:05X}"),
        });
        edit.apply(mailbox);
        domain.note(&name_key);
        domain.mailboxes.get_mut(&name_key)
    }

    /// Removes a mailbox with its addresses and with every permission of it and for it.
    pub(super) fn remove_mailbox(&mut self, domain: &str, name: &str) {
        let Some(held) = self.domains.get_mut(domain) else {
            return;
        };
        // Nothing is held by or for one that is not there.
        let Some(removed) = held.mailboxes.remove(name) else {
            return;
        };
        held.note(name);
        for mailbox in held.mailboxes.values_mut() {
            mailbox.permissions.remove(name);
        }
        for address in removed.addresses.iter().map(|address| key(address)) {
            if self.extra.get(&address).is_some_and(|(at, holder)| at == domain && holder == name) {
                self.extra.remove(&address);
            }
        }
    }
}

/// Labels of letters, digits and hyphens, at least two.
pub(super) fn is_domain_name(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

/// What a mailbox may be called: ASCII letters, digits and `. _ - + ' &`, no dot at an end, no two dots in a row.
pub(super) fn is_user_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+'&".contains(&byte))
        && name.split('.').all(|part| !part.is_empty())
}

/// One address: a user name and a domain name.
pub(super) fn is_address(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(name, domain)| is_user_name(name) && is_domain_name(domain))
}
