//! The catalogue of paths: what each names, its verbs, and who may call it.
//!
//! Most paths of this service were never published; those are marked as guesses. Must not know what an operation
//! does, nor where it was moved.

use axum::http::Method;

/// Paths that share a prefix and a scheme (contract §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Attributes of users, lists of users, search, brands (contract §2). `/oxaas/v1` unless told.
    Admin,
    /// Closing sessions (contract §2). `/oxaas/v1` unless told.
    Sessions,
    /// Forwarding aliases (contract §3). `/api/oxaas/v1` unless told.
    Forwards,
    /// Shared domains, on the admin host (contract §4). `/api/oxaas/v1` unless told.
    SharedDomains,
    /// Explicit domains (contract §4). `/api/oxaas/v1` unless told.
    ExplicitDomains,
    /// Black and white lists (contract §5). `/oxaas/v1` unless told.
    Lists,
    /// Counters of mail (contract §5). `/oxaas/v1` unless told.
    Mail,
    /// Notifications (contract §5). `/oxaas/v1` unless told.
    Notification,
    /// Announcements (contract §5). `/api/oxaas/v1` unless told.
    Announcements,
    /// Cloud API v2 (contract §6). `/cloudapi/v2` unless told.
    CloudApi,
}

/// Who may call (contract §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// The brand, and a context admin in its own context.
    Either,
    /// The brand alone.
    Brand,
    /// The tenant, where there is one; else the brand.
    Tenant,
}

impl Group {
    pub(super) fn default_prefix(self) -> &'static str {
        match self {
            Self::Admin | Self::Sessions | Self::Lists | Self::Mail | Self::Notification => "/oxaas/v1",
            Self::Forwards | Self::SharedDomains | Self::ExplicitDomains | Self::Announcements => {
                "/api/oxaas/v1"
            }
            Self::CloudApi => "/cloudapi/v2",
        }
    }

    pub(super) fn scheme(self) -> Scheme {
        match self {
            Self::Admin | Self::Sessions | Self::Forwards | Self::Lists | Self::Notification => {
                Scheme::Either
            }
            Self::SharedDomains | Self::ExplicitDomains | Self::Announcements | Self::CloudApi => {
                Scheme::Brand
            }
            Self::Mail => Scheme::Tenant,
        }
    }
}

/// An attribute of a user that has its own path (contract §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Custom,
    Msisdn,
    ClassOfService,
    DeliveryStatus,
    LegacyRef,
    AntiPhishing,
    UidName,
    AntiVirus,
    SpamLevel,
    QuotaMode,
}

/// Which of a user's two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Black,
    White,
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Attribute(Attribute),
    Bulk,
    ListUsers,
    Search,
    Brand,
    Sessions,
    Forwards,
    Forward,
    ForwardExists,
    ForwardRecipient,
    ForwardRecipientExists,
    SharedDomains,
    SharedDomain,
    SharedDomainExists,
    ExplicitDomains,
    ExplicitDomain,
    ExplicitDomainExists,
    BrandDomains,
    BrandDomainExists,
    DomainUsers,
    List(List),
    ListFilter(List),
    ListEntry(List),
    MailAll,
    MailNew,
    MailQuota,
    MailRecent,
    MailUnread,
    MailUnreadInbox,
    NotifyWelcome,
    NotifyOverQuota,
    NotifySpamDisabled,
    Announcements,
    AnnouncementsList,
    Announcement,
    AnnouncementUpdate,
    AnnouncementEnable,
    AnnouncementDisable,
    Contexts,
    Context,
    Users,
    User,
    UserPermissions,
    CloudForwards,
    CloudForward,
    CloudSharedDomains,
    CloudSharedDomain,
}

/// One path as the catalogue has it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) group: Group,
    pub(super) subject: Subject,
    /// Below the prefix.
    path: &'static str,
    pub(super) verbs: &'static [Method],
    /// Whether the contract has seen it in use.
    proven: bool,
}

const G: Method = Method::GET;
const H: Method = Method::HEAD;
const P: Method = Method::POST;
const U: Method = Method::PUT;
const D: Method = Method::DELETE;

const fn proven(
    group: Group,
    name: &'static str,
    subject: Subject,
    verbs: &'static [Method],
    path: &'static str,
) -> Place {
    Place { name, group, subject, path, verbs, proven: true }
}

const fn guess(
    group: Group,
    name: &'static str,
    subject: Subject,
    verbs: &'static [Method],
    path: &'static str,
) -> Place {
    Place { name, group, subject, path, verbs, proven: false }
}

/// The family of all attributes: moving it moves each that is not moved by its own name.
pub(super) const FAMILY: &str = "user_attribute";
const ATTRIBUTE: &str = "/admin/contexts/{context}/users/{user}/";

use Group as O;
use Subject as S;

pub(super) const PLACES: &[Place] = &[
    proven(O::Admin, "custom", S::Attribute(Attribute::Custom), &[G, U, D], ""),
    guess(O::Admin, "msisdn", S::Attribute(Attribute::Msisdn), &[G, U, D], ""),
    proven(O::Admin, "classofservice", S::Attribute(Attribute::ClassOfService), &[G, U, D], ""),
    guess(O::Admin, "oxdeliverystatus", S::Attribute(Attribute::DeliveryStatus), &[G, U, D], ""),
    guess(O::Admin, "oxlegacyref", S::Attribute(Attribute::LegacyRef), &[G, U, D], ""),
    guess(O::Admin, "oxantiphishing", S::Attribute(Attribute::AntiPhishing), &[G, U, D], ""),
    guess(O::Admin, "uidname", S::Attribute(Attribute::UidName), &[G, U], ""),
    guess(O::Admin, "antivirus", S::Attribute(Attribute::AntiVirus), &[G, U], ""),
    proven(O::Admin, "spamlevel", S::Attribute(Attribute::SpamLevel), &[G, U], ""),
    guess(O::Admin, "quotamode", S::Attribute(Attribute::QuotaMode), &[G], ""),
    guess(O::Admin, "bulk", S::Bulk, &[P], "/admin/contexts/{context}/users/{user}"),
    guess(O::Admin, "list_users", S::ListUsers, &[G], "/admin/contexts/{context}/users"),
    guess(O::Admin, "search", S::Search, &[G], "/admin/users"),
    guess(O::Admin, "brand", S::Brand, &[G], "/admin/contexts/{context}/brand"),
    proven(O::Sessions, "sessions", S::Sessions, &[D], "/admin/sessions/"),
    proven(O::Forwards, "forwards", S::Forwards, &[G, D], "/admin/forwards/{context}"),
    proven(O::Forwards, "forward", S::Forward, &[G, P, U, D], "/admin/forwards/{context}/{alias}"),
    guess(O::Forwards, "forward_exists", S::ForwardExists, &[H], "/admin/forwards/{context}/{alias}"),
    guess(
        O::Forwards,
        "forward_recipient",
        S::ForwardRecipient,
        &[D],
        "/admin/forwards/{context}/{alias}/{recipient}",
    ),
    guess(
        O::Forwards,
        "forward_recipient_exists",
        S::ForwardRecipientExists,
        &[H],
        "/admin/forwards/{context}/{alias}/{recipient}",
    ),
    proven(O::SharedDomains, "shared_domains", S::SharedDomains, &[G], "/admin/sharedmaildomains/*"),
    proven(O::SharedDomains, "shared_domain", S::SharedDomain, &[P, D], "/admin/sharedmaildomains/{domain}"),
    guess(
        O::SharedDomains,
        "shared_domain_exists",
        S::SharedDomainExists,
        &[G, H],
        "/admin/sharedmaildomains/{domain}",
    ),
    guess(
        O::ExplicitDomains,
        "explicit_domains",
        S::ExplicitDomains,
        &[G],
        "/admin/explicitmaildomains/{context}",
    ),
    guess(
        O::ExplicitDomains,
        "explicit_domain",
        S::ExplicitDomain,
        &[P, D],
        "/admin/explicitmaildomains/{context}/{domain}",
    ),
    guess(
        O::ExplicitDomains,
        "explicit_domain_exists",
        S::ExplicitDomainExists,
        &[G, H],
        "/admin/explicitmaildomains/{context}/{domain}",
    ),
    guess(O::ExplicitDomains, "brand_domains", S::BrandDomains, &[G], "/admin/explicitmaildomains"),
    guess(
        O::ExplicitDomains,
        "brand_domain_exists",
        S::BrandDomainExists,
        &[G, H],
        "/admin/explicitmaildomains/{domain}",
    ),
    guess(
        O::ExplicitDomains,
        "domain_users",
        S::DomainUsers,
        &[G],
        "/admin/explicitmaildomains/{domain}/users",
    ),
    guess(
        O::Lists,
        "blacklist",
        S::List(List::Black),
        &[G, D],
        "/admin/contexts/{context}/users/{user}/blacklist",
    ),
    guess(
        O::Lists,
        "blacklist_filter",
        S::ListFilter(List::Black),
        &[G],
        "/admin/contexts/{context}/users/{user}/blacklist/{filter}",
    ),
    guess(
        O::Lists,
        "blacklist_entry",
        S::ListEntry(List::Black),
        &[P, U, D],
        "/admin/contexts/{context}/users/{user}/blacklist/{value}",
    ),
    guess(
        O::Lists,
        "whitelist",
        S::List(List::White),
        &[G, D],
        "/admin/contexts/{context}/users/{user}/whitelist",
    ),
    guess(
        O::Lists,
        "whitelist_filter",
        S::ListFilter(List::White),
        &[G],
        "/admin/contexts/{context}/users/{user}/whitelist/{filter}",
    ),
    guess(
        O::Lists,
        "whitelist_entry",
        S::ListEntry(List::White),
        &[P, U, D],
        "/admin/contexts/{context}/users/{user}/whitelist/{value}",
    ),
    guess(O::Mail, "mail_all", S::MailAll, &[G], "/mail/{uid}/all"),
    guess(O::Mail, "mail_newmessages", S::MailNew, &[G], "/mail/{uid}/newmessages"),
    guess(O::Mail, "mail_quota", S::MailQuota, &[G], "/mail/{uid}/quota"),
    guess(O::Mail, "mail_recentmails", S::MailRecent, &[G], "/mail/{uid}/recentmails"),
    guess(O::Mail, "mail_unread", S::MailUnread, &[G], "/mail/{uid}/unread"),
    guess(O::Mail, "mail_unreadinbox", S::MailUnreadInbox, &[G], "/mail/{uid}/unreadinbox"),
    guess(
        O::Notification,
        "notification_welcome",
        S::NotifyWelcome,
        &[P],
        "/notification/welcome/{usercontext}",
    ),
    guess(
        O::Notification,
        "notification_overquota",
        S::NotifyOverQuota,
        &[P],
        "/notification/overquota/{usercontext}",
    ),
    guess(
        O::Notification,
        "notification_spamdisabled",
        S::NotifySpamDisabled,
        &[P],
        "/notification/spamdisabled/{usercontext}",
    ),
    proven(O::Announcements, "announcements", S::Announcements, &[P], "/admin/announcements"),
    proven(O::Announcements, "announcements_list", S::AnnouncementsList, &[G], "/admin/announcements/*"),
    proven(O::Announcements, "announcement", S::Announcement, &[D], "/admin/announcements/{id}"),
    guess(O::Announcements, "announcement_update", S::AnnouncementUpdate, &[U], "/admin/announcements/{id}"),
    proven(
        O::Announcements,
        "announcement_enable",
        S::AnnouncementEnable,
        &[U],
        "/admin/announcements/enable/{id}",
    ),
    proven(
        O::Announcements,
        "announcement_disable",
        S::AnnouncementDisable,
        &[U],
        "/admin/announcements/disable/{id}",
    ),
    proven(O::CloudApi, "v2_contexts", S::Contexts, &[G, P], "/contexts"),
    proven(O::CloudApi, "v2_context", S::Context, &[G, U, D], "/contexts/{context}"),
    proven(O::CloudApi, "v2_users", S::Users, &[G, P], "/users"),
    proven(O::CloudApi, "v2_user", S::User, &[G, U, D], "/users/{login}"),
    proven(O::CloudApi, "v2_user_permissions", S::UserPermissions, &[U], "/users/{login}/permissions"),
    proven(O::CloudApi, "v2_forwards", S::CloudForwards, &[G, P], "/mail/forwards"),
    guess(O::CloudApi, "v2_forward", S::CloudForward, &[U, D], "/mail/forwards/{address}"),
    proven(O::CloudApi, "v2_shared_domains", S::CloudSharedDomains, &[G], "/mail/shareddomains"),
    proven(O::CloudApi, "v2_shared_domain", S::CloudSharedDomain, &[P], "/mail/shareddomains/{domain}"),
];

/// One entry of the catalogue of paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceRow {
    /// The name that [`Builder::at`](super::Builder::at) takes.
    pub name: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// Where it is unless told: `/path/{hole}`.
    pub template: String,
    /// The verbs that it answers.
    pub verbs: Vec<Method>,
    /// Whether the contract has seen this path in use; the others are guesses.
    pub proven: bool,
}

impl Place {
    pub(super) fn below_prefix(&self) -> String {
        match self.subject {
            Subject::Attribute(_) => format!("{ATTRIBUTE}{}", self.name),
            _ => self.path.to_owned(),
        }
    }
}

/// Every path by its name.
pub(super) fn catalogue() -> Vec<PlaceRow> {
    let row = |place: &Place| PlaceRow {
        name: place.name,
        group: place.group,
        template: format!("{}{}", place.group.default_prefix(), place.below_prefix()),
        verbs: place.verbs.to_vec(),
        proven: place.proven,
    };
    PLACES.iter().map(row).collect()
}
