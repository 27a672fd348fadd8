//! What the service holds, and the address namespace.
//!
//! Names, addresses and domains are found without regard to case. Must not know HTTP.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::announcements::Announcement;
use super::settings::{Quirk, Settings};
use super::snapshot::{CloseRow, Counts, NotificationRow};

/// The user that administers its context and has no mailbox (contract §1).
pub(super) const ADMIN: u64 = 2;

/// A user.
#[derive(Clone, Debug, Default)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) name: String,
    /// The primary address; the context admin has none.
    pub(super) mail: Option<String>,
    pub(super) password: String,
    pub(super) password_writes: u64,
    pub(super) given_name: String,
    pub(super) surname: String,
    pub(super) display_name: Option<String>,
    pub(super) language: Option<String>,
    pub(super) timezone: Option<String>,
    pub(super) aliases: Vec<String>,
    pub(super) classes: Vec<String>,
    pub(super) spam_level: String,
    pub(super) antivirus: bool,
    /// Quotas in MiB; none is unlimited.
    pub(super) quotas: Quotas,
    /// Used MiB of mail and of files.
    pub(super) used: (u64, u64),
    pub(super) edit_password: bool,
    pub(super) weblogin: bool,
    /// Of a guest, its number.
    pub(super) guest: Option<u64>,
    pub(super) uid_name: String,
    pub(super) custom: Vec<String>,
    pub(super) msisdn: Option<String>,
    pub(super) delivery_status: Option<String>,
    pub(super) legacy_ref: Option<String>,
    pub(super) anti_phishing: Option<String>,
    pub(super) blacklist: BTreeSet<String>,
    pub(super) whitelist: BTreeSet<String>,
    pub(super) sessions: Vec<String>,
    /// Subjects in the INBOX, newest first, all unread.
    pub(super) inbox: Vec<String>,
    /// Lists that pass until it is in them.
    pub(super) hidden: u32,
    /// What lists tell as aliases, and how often still.
    pub(super) stale_aliases: (Vec<String>, u32),
    /// Reads of attributes that still fail.
    pub(super) failures: u32,
}

/// Quotas in MiB: one over all, or of mail and of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Quotas {
    pub(super) unified: Option<u64>,
    pub(super) mail: Option<u64>,
    pub(super) file: Option<u64>,
}

impl Quotas {
    /// Whether mail and files are counted apart.
    pub(super) fn apart(self) -> bool {
        self.mail.is_some() || self.file.is_some()
    }
}

impl User {
    pub(super) fn is_admin(&self) -> bool {
        self.id == ADMIN
    }

    /// The primary address and the aliases.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.mail.as_deref().into_iter().chain(self.aliases.iter().map(String::as_str))
    }

    /// Whether the address is its own.
    pub(super) fn holds(&self, address: &str) -> bool {
        self.addresses().any(|own| same(own, address))
    }
}

/// A context.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) id: u64,
    /// With the brand in front.
    pub(super) name: String,
    pub(super) max_quota: Option<u64>,
    pub(super) max_user: Option<u64>,
    pub(super) theme: Option<Value>,
    pub(super) admin_login: String,
    pub(super) admin_email: Option<String>,
    pub(super) admin_password: String,
    pub(super) users: BTreeMap<u64, User>,
    /// Recipients by alias in lower case.
    pub(super) forwards: BTreeMap<String, Vec<String>>,
    /// In lower case.
    pub(super) explicit_domains: BTreeSet<String>,
    next_user: u64,
}

impl Context {
    /// The user of this name.
    pub(super) fn user_named(&self, name: &str) -> Option<&User> {
        self.users.values().find(|user| same(&user.name, name))
    }

    /// Makes a user and returns it; its values are the document's for a fresh one.
    pub(super) fn insert_user(&mut self, name: &str) -> &mut User {
        let id = self.next_user;
        self.next_user += 1;
        self.users.entry(id).or_insert(User { id, ..fresh(name) })
    }

    /// Gives a user another number; later ones count on from it.
    pub(super) fn renumber(&mut self, from: u64, to: u64) {
        if let Some(user) = self.users.remove(&from) {
            self.users.insert(to, User { id: to, ..user });
            self.next_user = self.next_user.max(to + 1);
        }
    }
}

fn fresh(name: &str) -> User {
    User {
        name: name.to_owned(),
        uid_name: name.to_owned(),
        spam_level: "medium".into(),
        antivirus: true,
        edit_password: true,
        weblogin: true,
        ..User::default()
    }
}

/// Everything behind one service.
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) contexts: BTreeMap<u64, Context>,
    /// In lower case.
    pub(super) shared_domains: BTreeSet<String>,
    pub(super) announcements: BTreeMap<u64, Announcement>,
    pub(super) notifications: Vec<NotificationRow>,
    pub(super) closed: Vec<CloseRow>,
    pub(super) counts: Counts,
    next_context: u64,
}

/// Whether two names, addresses or domains are one.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            contexts: BTreeMap::new(),
            shared_domains: BTreeSet::new(),
            announcements: BTreeMap::new(),
            notifications: Vec::new(),
            closed: Vec::new(),
            counts: Counts::default(),
            next_context: super::OpenXchange::CONTEXT_ID,
        }
    }

    /// The name under which a context is stored (contract §1).
    pub(super) fn full_name(&self, short: &str) -> String {
        format!("{}_{short}", self.settings.brand.name)
    }

    /// Makes a context with its admin; the name is not checked.
    pub(super) fn insert_context(&mut self, name: &str) -> &mut Context {
        let id = self.next_context;
        self.next_context += 1;
        let admin = User { id: ADMIN, display_name: Some("Context Admin".into()), ..fresh("oxadmin") };
        self.contexts.entry(id).or_insert(Context {
            id,
            name: name.to_owned(),
            max_quota: None,
            max_user: None,
            theme: None,
            admin_login: "oxadmin".into(),
            admin_email: None,
            admin_password: super::OpenXchange::ADMIN_PASSWORD.into(),
            users: BTreeMap::from([(ADMIN, admin)]),
            forwards: BTreeMap::new(),
            explicit_domains: BTreeSet::new(),
            next_user: ADMIN + 1,
        })
    }

    /// The number of the context of this name: in full, or in short where told.
    pub(super) fn context_named(&self, name: &str) -> Option<u64> {
        let short = self.full_name(name);
        let found = self.contexts.values().find(|context| {
            same(&context.name, name)
                || (self.settings.has(Quirk::ShortContextNames) && same(&context.name, &short))
        });
        found.map(|context| context.id)
    }

    /// The number of the context of this number or name.
    pub(super) fn context_of(&self, selector: &str) -> Option<u64> {
        let by_number = selector.parse().ok().filter(|id| self.contexts.contains_key(id));
        by_number.or_else(|| self.context_named(selector))
    }

    /// Every user with its context.
    pub(super) fn users(&self) -> impl Iterator<Item = (&Context, &User)> {
        self.contexts.values().flat_map(|context| context.users.values().map(move |user| (context, user)))
    }

    /// Whether an address in this domain may be made in the context.
    pub(super) fn knows_domain(&self, context: u64, domain: &str) -> bool {
        let domain = domain.to_lowercase();
        self.settings.has(Quirk::AnyDomain)
            || self.shared_domains.contains(&domain)
            || self.contexts.get(&context).is_some_and(|held| held.explicit_domains.contains(&domain))
    }

    /// Whether a user other than `except`, or a forwarding alias, has the address.
    pub(super) fn is_in_use(&self, address: &str, except: Option<(u64, u64)>) -> bool {
        self.user_holding(address, except)
            || self.contexts.values().any(|context| context.forwards.contains_key(&address.to_lowercase()))
    }

    /// Whether a user other than `except`, by context and number, has the address.
    pub(super) fn user_holding(&self, address: &str, except: Option<(u64, u64)>) -> bool {
        self.users().any(|(context, user)| Some((context.id, user.id)) != except && user.holds(address))
    }

    /// The users with an address in the domain, in the order of contexts and numbers.
    pub(super) fn users_in(&self, domain: &str) -> Vec<(&Context, &User)> {
        let inside = |address: &str| address.rsplit_once('@').is_some_and(|(_, at)| same(at, domain));
        self.users().filter(|(_, user)| user.addresses().any(inside)).collect()
    }

    /// Whether a user or a forwarding alias has an address in the domain, in this context or in any.
    pub(super) fn uses_domain(&self, domain: &str, context: Option<u64>) -> bool {
        let inside = |address: &str| address.rsplit_once('@').is_some_and(|(_, at)| same(at, domain));
        self.contexts.values().filter(|held| context.is_none_or(|wanted| wanted == held.id)).any(|held| {
            held.forwards.keys().any(|alias| inside(alias))
                || held.users.values().any(|user| user.addresses().any(inside))
        })
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

/// A local part of 1 to 64 ASCII letters, digits and marks, and a domain name.
pub(super) fn is_address(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && local.len() <= 64
            && local
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte))
            && local.split('.').all(|part| !part.is_empty())
            && is_domain_name(domain)
    })
}
