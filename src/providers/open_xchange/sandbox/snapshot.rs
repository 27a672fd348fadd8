//! What the service holds, read from outside.
//!
//! For tests and rehearsals; must not know HTTP.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{Context, State, User, same};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// Its number in the context; 2 is the context admin.
    pub id: u64,
    /// Its name, by which it logs in and is addressed.
    pub name: String,
    /// Its primary address; the context admin has none.
    pub mail: Option<String>,
    /// How often the password was written, the first time included.
    pub password_writes: u64,
    /// Given name; empty for the context admin.
    pub given_name: String,
    /// Surname; empty for the context admin.
    pub surname: String,
    /// Display name.
    pub display_name: Option<String>,
    /// Language, as `de_DE`.
    pub language: Option<String>,
    /// Time zone, as `Europe/Berlin`.
    pub timezone: Option<String>,
    /// Addresses beside the primary one, in the order sent.
    pub aliases: Vec<String>,
    /// Classes of service.
    pub classes_of_service: Vec<String>,
    /// `low`, `medium` or `high`.
    pub spam_level: String,
    /// Whether mail is looked through for viruses.
    pub antivirus: bool,
    /// Quota over mail and files in MiB.
    pub unified_quota: Option<u64>,
    /// Quota of mail in MiB.
    pub mail_quota: Option<u64>,
    /// Quota of files in MiB.
    pub file_quota: Option<u64>,
    /// Whether the user may change the password.
    pub edit_password: bool,
    /// Whether the user may log in to the web interface.
    pub weblogin: bool,
    /// Of a guest, its number.
    pub guest: Option<u64>,
    /// The login identity.
    pub uid_name: String,
    /// Custom ids.
    pub custom: Vec<String>,
    /// Telephone number.
    pub msisdn: Option<String>,
    /// Where a migration routes its mail.
    pub delivery_status: Option<String>,
    /// Reference to an older system.
    pub legacy_ref: Option<String>,
    /// What the mail server does against phishing.
    pub anti_phishing: Option<String>,
    /// Senders that are refused.
    pub blacklist: BTreeSet<String>,
    /// Senders that are welcome.
    pub whitelist: BTreeSet<String>,
    /// Open sessions.
    pub sessions: Vec<String>,
}

/// A context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextRow {
    /// Its number.
    pub id: u64,
    /// Its name with the brand in front.
    pub name: String,
    /// Quota in MiB.
    pub max_quota: Option<u64>,
    /// How many users it may have beside its admin.
    pub max_user: Option<u64>,
    /// Its theme as JSON.
    pub theme: Option<String>,
    /// The login of its admin.
    pub admin_login: String,
    /// The address of its admin.
    pub admin_email: Option<String>,
    /// Users by number, the admin among them.
    pub users: Vec<UserRow>,
    /// Recipients by forwarding alias.
    pub forwards: BTreeMap<String, Vec<String>>,
    /// Domains that are its own.
    pub explicit_domains: BTreeSet<String>,
}

/// An announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncementRow {
    /// Its number.
    pub id: u64,
    /// Counts its updates, from what was sent or 1.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// Whether it is shown.
    pub enabled: bool,
}

/// A mail that was sent to a user on request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRow {
    /// `welcome`, `overquota` or `spamdisabled`.
    pub kind: &'static str,
    /// The number of the context.
    pub context: u64,
    /// The number of the user.
    pub user: u64,
    /// Where it went.
    pub address: String,
    /// The threshold of an over-quota mail, in the unit that was sent.
    pub threshold: Option<u64>,
}

/// A request that closed sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseRow {
    /// The number of the context.
    pub context: u64,
    /// The user selector as `userMail=a@example.com`; `None` closed everybody's sessions.
    pub user: Option<String>,
    /// The sessions that were open.
    pub sessions: Vec<String>,
}

/// How often something happened that a reconciler must not do, or seldom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sessions of a whole context closed.
    pub context_wide_closes: u64,
    /// All forwarding aliases of a context deleted at once.
    pub forward_wipes: u64,
    /// All of a user's black or white list deleted at once.
    pub list_wipes: u64,
    /// Recent mails, or all data of the mail API, read.
    pub content_reads: u64,
    /// Contexts deleted.
    pub context_deletes: u64,
}

/// All that the service holds. Passwords are not in it; see
/// [`OpenXchange::password_of`](super::OpenXchange::password_of).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Contexts by number.
    pub contexts: Vec<ContextRow>,
    /// Domains that every context may use.
    pub shared_domains: BTreeSet<String>,
    /// Announcements by number.
    pub announcements: Vec<AnnouncementRow>,
    /// Mails sent on request, the oldest first.
    pub notifications: Vec<NotificationRow>,
    /// Requests that closed sessions, the oldest first.
    pub closed: Vec<CloseRow>,
    /// How often something happened.
    pub counts: Counts,
}

impl Snapshot {
    pub(super) fn of(state: &State) -> Self {
        Self {
            contexts: state.contexts.values().map(context_row).collect(),
            shared_domains: state.shared_domains.clone(),
            announcements: state
                .announcements
                .iter()
                .map(|(id, one)| AnnouncementRow {
                    id: *id,
                    version: one.version,
                    name: one.name.clone(),
                    enabled: one.enabled,
                })
                .collect(),
            notifications: state.notifications.clone(),
            closed: state.closed.clone(),
            counts: state.counts,
        }
    }

    /// The users of all contexts, admins among them.
    pub fn users(&self) -> impl Iterator<Item = &UserRow> {
        self.contexts.iter().flat_map(|context| &context.users)
    }

    /// The user with this primary address.
    pub fn user(&self, mail: &str) -> Option<&UserRow> {
        self.users().find(|user| user.mail.as_deref().is_some_and(|own| same(own, mail)))
    }

    /// The context of this full name.
    pub fn context(&self, name: &str) -> Option<&ContextRow> {
        self.contexts.iter().find(|context| same(&context.name, name))
    }

    /// The recipients of a forwarding alias in whichever context.
    pub fn forward(&self, alias: &str) -> Option<&[String]> {
        let alias = alias.to_lowercase();
        self.contexts.iter().find_map(|context| context.forwards.get(&alias)).map(Vec::as_slice)
    }
}

fn context_row(context: &Context) -> ContextRow {
    ContextRow {
        id: context.id,
        name: context.name.clone(),
        max_quota: context.max_quota,
        max_user: context.max_user,
        theme: context.theme.as_ref().map(ToString::to_string),
        admin_login: context.admin_login.clone(),
        admin_email: context.admin_email.clone(),
        users: context.users.values().map(user_row).collect(),
        forwards: context.forwards.clone(),
        explicit_domains: context.explicit_domains.clone(),
    }
}

/// A user as a row.
pub(super) fn user_row(user: &User) -> UserRow {
    let user = user.clone();
    UserRow {
        id: user.id,
        name: user.name,
        mail: user.mail,
        password_writes: user.password_writes,
        given_name: user.given_name,
        surname: user.surname,
        display_name: user.display_name,
        language: user.language,
        timezone: user.timezone,
        aliases: user.aliases,
        classes_of_service: user.classes,
        spam_level: user.spam_level,
        antivirus: user.antivirus,
        unified_quota: user.quotas.unified,
        mail_quota: user.quotas.mail,
        file_quota: user.quotas.file,
        edit_password: user.edit_password,
        weblogin: user.weblogin,
        guest: user.guest,
        uid_name: user.uid_name,
        custom: user.custom,
        msisdn: user.msisdn,
        delivery_status: user.delivery_status,
        legacy_ref: user.legacy_ref,
        anti_phishing: user.anti_phishing,
        blacklist: user.blacklist,
        whitelist: user.whitelist,
        sessions: user.sessions,
    }
}
