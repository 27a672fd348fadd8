//! The operations of the Cloud-Plugins with the paths that they have unless a connection gives others
//! (`contracts/open_xchange.md §2-§5`).

use crate::http::Method;

/// One operation, or the few that share a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::providers::open_xchange) enum Op {
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
    Bulk,
    ListUsers,
    Search,
    Sessions,
    Brand,
    Forwards,
    Forward,
    ForwardReplace,
    ForwardAdd,
    ForwardExists,
    RecipientExists,
    RecipientDelete,
    SharedDomains,
    SharedDomain,
    SharedDomainExists,
    ExplicitDomains,
    ExplicitDomain,
    ExplicitDomainExists,
    BrandDomains,
    BrandDomainExists,
    DomainUsers,
    Blacklist,
    BlacklistFind,
    BlacklistAdd,
    BlacklistRemove,
    Whitelist,
    WhitelistFind,
    WhitelistAdd,
    WhitelistRemove,
    MailQuota,
    MailNew,
    MailUnread,
    MailUnreadInbox,
    Welcome,
    Announcements,
    AnnouncementCreate,
    AnnouncementUpdate,
    AnnouncementDelete,
    AnnouncementEnable,
    AnnouncementDisable,
}

/// The host that a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::providers::open_xchange) enum Host {
    /// `url`.
    Rest,
    /// `admin_url`.
    Admin,
}

/// How an operation is called.
#[derive(Debug, Clone, Copy)]
pub(in crate::providers::open_xchange) struct Operation {
    pub(in crate::providers::open_xchange) op: Op,
    /// The key under `paths`.
    pub(in crate::providers::open_xchange) key: &'static str,
    /// The verb; none where several share the path.
    pub(super) method: Option<Method>,
    /// The path; none where nothing is known of it.
    pub(super) path: Option<&'static str>,
    /// The placeholders that a path must have. Of words that a `|` joins, one.
    pub(super) needs: &'static [&'static str],
    pub(in crate::providers::open_xchange) host: Host,
    pub(super) doc: &'static str,
}

const fn rest(
    op: Op,
    key: &'static str,
    method: Option<Method>,
    path: &'static str,
    needs: &'static [&'static str],
    doc: &'static str,
) -> Operation {
    Operation { op, key, method, path: Some(path), needs, host: Host::Rest, doc }
}

const fn unknown(
    op: Op,
    key: &'static str,
    method: Option<Method>,
    needs: &'static [&'static str],
    doc: &'static str,
) -> Operation {
    Operation { op, key, method, path: None, needs, host: Host::Rest, doc }
}

const USER: &[&str] = &["context", "user"];
const CONTEXT: &[&str] = &["context"];
const ALIAS: &[&str] = &["context", "alias"];
const RECIPIENT: &[&str] = &["context", "alias", "recipient"];
const VALUE: &[&str] = &["context", "user", "value"];
const DOMAIN: &[&str] = &["domain"];
const OWN_DOMAIN: &[&str] = &["context", "domain"];
const WHO: &[&str] = &["uid|user"];
const ID: &[&str] = &["id"];
const NONE: &[&str] = &[];

macro_rules! user {
    ($name:literal) => {
        concat!("/oxaas/v1/admin/contexts/{context}/users/{user}/", $name)
    };
}

macro_rules! forward {
    ($tail:literal) => {
        concat!("/api/oxaas/v1/admin/forwards/{context}", $tail)
    };
}

macro_rules! announcement {
    ($tail:literal) => {
        concat!("/api/oxaas/v1/admin/announcements", $tail)
    };
}

const GET: Option<Method> = Some(Method::Get);
const HEAD: Option<Method> = Some(Method::Head);
const PUT: Option<Method> = Some(Method::Put);
const POST: Option<Method> = Some(Method::Post);
const DELETE: Option<Method> = Some(Method::Delete);

/// Every operation.
pub(in crate::providers::open_xchange) static OPERATIONS: [Operation; 50] = [
    rest(Op::Custom, "custom", None, user!("custom"), USER, "a user's custom ids"),
    rest(Op::Msisdn, "msisdn", None, user!("msisdn"), USER, "a user's telephone number"),
    rest(Op::ClassOfService, "classofservice", None, user!("classofservice"), USER, "classes of service"),
    rest(Op::DeliveryStatus, "oxdeliverystatus", None, user!("oxdeliverystatus"), USER, "delivery status"),
    rest(Op::LegacyRef, "oxlegacyref", None, user!("oxlegacyref"), USER, "name in a former system"),
    rest(Op::AntiPhishing, "oxantiphishing", None, user!("oxantiphishing"), USER, "a user's anti-phishing"),
    rest(Op::UidName, "uidname", None, user!("uidname"), USER, "what a user logs in with"),
    rest(Op::AntiVirus, "antivirus", None, user!("antivirus"), USER, "a user's virus filter"),
    rest(Op::SpamLevel, "spamlevel", None, user!("spamlevel"), USER, "a user's spam level"),
    rest(Op::QuotaMode, "quotamode", GET, user!("quotamode"), USER, "which quotas a user has"),
    rest(
        Op::Bulk,
        "bulk",
        POST,
        "/oxaas/v1/admin/contexts/{context}/users/{user}",
        USER,
        "several attributes at once",
    ),
    rest(
        Op::ListUsers,
        "list_users",
        GET,
        "/oxaas/v1/admin/contexts/{context}/users",
        CONTEXT,
        "the users of a context",
    ),
    rest(Op::Search, "search", GET, "/oxaas/v1/admin/users", NONE, "users by an attribute"),
    rest(Op::Sessions, "sessions", DELETE, "/oxaas/v1/admin/sessions/", NONE, "closes a user's sessions"),
    rest(Op::Brand, "brand", GET, "/oxaas/v1/admin/contexts/{context}/brand", CONTEXT, "a context's brand"),
    rest(Op::Forwards, "forwards", GET, forward!(""), CONTEXT, "the forwarding aliases of a context"),
    rest(Op::Forward, "forward", None, forward!("/{alias}"), ALIAS, "a forwarding alias (get, delete)"),
    rest(Op::ForwardReplace, "forward_replace", POST, forward!("/{alias}"), ALIAS, "makes or replaces one"),
    rest(Op::ForwardAdd, "forward_add", PUT, forward!("/{alias}"), ALIAS, "adds recipients"),
    rest(Op::ForwardExists, "forward_exists", HEAD, forward!("/{alias}"), ALIAS, "whether one exists"),
    rest(
        Op::RecipientExists,
        "forward_recipient_exists",
        HEAD,
        forward!("/{alias}/{recipient}"),
        RECIPIENT,
        "whether a forwarding alias has a recipient",
    ),
    rest(
        Op::RecipientDelete,
        "forward_recipient_delete",
        DELETE,
        forward!("/{alias}/{recipient}"),
        RECIPIENT,
        "takes one recipient from a forwarding alias",
    ),
    Operation {
        host: Host::Admin,
        ..rest(
            Op::SharedDomains,
            "shared_domains",
            GET,
            "/api/oxaas/v1/admin/sharedmaildomains/*",
            NONE,
            "the shared domains of the brand",
        )
    },
    Operation {
        host: Host::Admin,
        ..rest(
            Op::SharedDomain,
            "shared_domain",
            None,
            "/api/oxaas/v1/admin/sharedmaildomains/{domain}",
            DOMAIN,
            "a shared domain (create, delete)",
        )
    },
    Operation {
        host: Host::Admin,
        ..rest(
            Op::SharedDomainExists,
            "shared_domain_exists",
            HEAD,
            "/api/oxaas/v1/admin/sharedmaildomains/{domain}",
            DOMAIN,
            "whether a shared domain exists",
        )
    },
    unknown(
        Op::ExplicitDomains,
        "explicit_domains",
        GET,
        CONTEXT,
        "the explicit domains of a context; without it there are none",
    ),
    unknown(
        Op::ExplicitDomain,
        "explicit_domain",
        None,
        OWN_DOMAIN,
        "an explicit domain (create with POST, delete)",
    ),
    unknown(
        Op::ExplicitDomainExists,
        "explicit_domain_exists",
        GET,
        OWN_DOMAIN,
        "whether a context has an explicit domain",
    ),
    unknown(Op::BrandDomains, "brand_domains", GET, NONE, "the explicit domains of the brand"),
    unknown(
        Op::BrandDomainExists,
        "brand_domain_exists",
        GET,
        DOMAIN,
        "whether an explicit domain is one of the brand",
    ),
    unknown(
        Op::DomainUsers,
        "domain_users",
        GET,
        DOMAIN,
        "the users with aliases in a domain, read before it is removed",
    ),
    rest(Op::Blacklist, "blacklist", None, user!("blacklist"), USER, "a user's block list (get, empty)"),
    rest(Op::BlacklistFind, "blacklist_find", GET, user!("blacklist/{value}"), VALUE, "finds an entry"),
    rest(Op::BlacklistAdd, "blacklist_add", POST, user!("blacklist/{value}"), VALUE, "adds an entry"),
    rest(
        Op::BlacklistRemove,
        "blacklist_remove",
        DELETE,
        user!("blacklist/{value}"),
        VALUE,
        "takes an entry",
    ),
    rest(Op::Whitelist, "whitelist", None, user!("whitelist"), USER, "a user's allow list (get, empty)"),
    rest(Op::WhitelistFind, "whitelist_find", GET, user!("whitelist/{value}"), VALUE, "finds an entry"),
    rest(Op::WhitelistAdd, "whitelist_add", POST, user!("whitelist/{value}"), VALUE, "adds an entry"),
    rest(
        Op::WhitelistRemove,
        "whitelist_remove",
        DELETE,
        user!("whitelist/{value}"),
        VALUE,
        "takes an entry",
    ),
    rest(Op::MailQuota, "mail_quota", GET, "/oxaas/v1/mail/{uid}/quota", WHO, "how full a mailbox is"),
    rest(
        Op::MailNew,
        "mail_new",
        GET,
        "/oxaas/v1/mail/{uid}/newmessages",
        WHO,
        "messages since the last login",
    ),
    rest(Op::MailUnread, "mail_unread", GET, "/oxaas/v1/mail/{uid}/unread", WHO, "unread messages"),
    rest(
        Op::MailUnreadInbox,
        "mail_unread_inbox",
        GET,
        "/oxaas/v1/mail/{uid}/unreadinbox",
        WHO,
        "how many messages of the inbox are unread",
    ),
    rest(
        Op::Welcome,
        "welcome",
        POST,
        "/oxaas/v1/notification/welcome/{user}@{context}",
        USER,
        "sends a new user the welcome mail",
    ),
    rest(Op::Announcements, "announcements", GET, announcement!("/*"), NONE, "the announcements"),
    rest(Op::AnnouncementCreate, "announcement_create", POST, announcement!(""), NONE, "makes one"),
    rest(Op::AnnouncementUpdate, "announcement_update", PUT, announcement!("/{id}"), ID, "changes one"),
    rest(Op::AnnouncementDelete, "announcement_delete", DELETE, announcement!("/{id}"), ID, "removes one"),
    rest(Op::AnnouncementEnable, "announcement_enable", PUT, announcement!("/enable/{id}"), ID, "shows one"),
    rest(
        Op::AnnouncementDisable,
        "announcement_disable",
        PUT,
        announcement!("/disable/{id}"),
        ID,
        "hides one",
    ),
];
