//! The fields of accounts and sub-admins: what the service calls them, and which of them a connection may be without.

use crate::http::Text;
use crate::model::{ConnectionSpec, Field, Kind, Param};
use crate::provider::{SettingSpec, SettingType};

/// The setting that holds an account's automatic reply.
pub(super) const AUTO_REPLY: &str = "auto_reply";

/// The words of `unsupported`.
pub(super) const OPTIONAL: &[&str] = &["given_name", "family_name", "quota", "state", AUTO_REPLY, "forward"];

/// The most characters that the column of a forward holds (`contracts/atmail.md §3`).
pub(super) const LONGEST_FORWARD: usize = 128;

/// What a call is sent with.
pub(super) type Form = Vec<(&'static str, Text)>;

/// The keys under which the service takes a field, and those under which it may tell it: the documents disagree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) written: &'static str,
    pub(super) told: &'static [&'static str],
}

pub(super) const GIVEN_NAME: Key = Key { written: "UserFirstName", told: &["FirstName", "UserFirstName"] };
pub(super) const FAMILY_NAME: Key = Key { written: "UserLastName", told: &["LastName", "UserLastName"] };
pub(super) const QUOTA: Key = Key { written: "UserQuota", told: &["UserQuota", "Quota"] };
pub(super) const FORWARD: Key = Key { written: "Forward", told: &["Forward"] };
pub(super) const REPLY: Key = Key { written: "AutoReply", told: &["AutoReply"] };
/// Written as `true` or `false`; told as a number that is 0 for an account in use.
pub(super) const STATE: Key = Key { written: "enabled", told: &["UserStatus"] };

/// What an account's name is told as.
pub(super) const ACCOUNT: &[&str] = &["Account", "name", "email"];
/// What a domain's name is told as.
pub(super) const DOMAIN: &[&str] = &["Hostname", "Domain", "name"];
/// What a sub-admin's login is told as.
pub(super) const USERNAME: &str = "Username";
/// What a sub-admin's domains are written as; told as a list of them.
pub(super) const DOMAINS: &str = "Domains[]";
/// What a sub-admin's domains are told as.
pub(super) const DOMAINS_TOLD: &[&str] = &["Domains", "Domain", "AdminGroup"];
/// Whether a sub-admin may do everything.
pub(super) const MASTER: &str = "UMasterAdmin";

/// The rights of a sub-admin: the word here and the service's flag.
pub(super) const RIGHTS: [(&str, &str); 9] = [
    ("add", "UAdd"),
    ("delete", "UDelete"),
    ("modify", "UModify"),
    ("purge", "UPurge"),
    ("search", "USearch"),
    ("list", "UList"),
    ("migrate", "UMigrate"),
    ("logs", "ULogs"),
    ("alias", "UAlias"),
];

/// The words alone.
pub(super) const RIGHT_WORDS: [&str; 9] = {
    let mut words = [""; 9];
    let mut at = 0;
    while at < words.len() {
        words[at] = RIGHTS[at].0;
        at += 1;
    }
    words
};

/// A setting of a sub-admin.
#[derive(Debug, Clone, Copy)]
pub(super) struct AdminSetting {
    pub(super) name: &'static str,
    pub(super) key: &'static str,
    /// True where it is a number.
    pub(super) counts: bool,
}

/// The settings of a sub-admin.
pub(super) const ADMIN_SETTINGS: [AdminSetting; 4] = [
    AdminSetting { name: "company", key: "Company", counts: false },
    AdminSetting { name: "full_name", key: "Fullname", counts: false },
    AdminSetting { name: "num_users", key: "NumUsers", counts: true },
    AdminSetting { name: "num_quota", key: "NumQuota", counts: true },
];

const ADMINISTRATOR: &[Kind] = &[Kind::Administrator];
const LINE: SettingType = SettingType::Text { max: 255 };
const COUNT: SettingType = SettingType::Int { min: 0, max: i32::MAX as i64 };

const fn setting(
    name: &'static str,
    kinds: &'static [Kind],
    value: SettingType,
    doc: &'static str,
) -> SettingSpec {
    SettingSpec { name, kinds, value, default: None, doc }
}

/// The settings, for the catalogue.
pub(super) const SETTINGS: &[SettingSpec] = &[
    setting(
        AUTO_REPLY,
        &[Kind::Mailbox],
        SettingType::Text { max: 16_384 },
        "what is answered to each message; empty for none",
    ),
    setting("company", ADMINISTRATOR, LINE, "company"),
    setting("full_name", ADMINISTRATOR, LINE, "the person's name"),
    setting("num_users", ADMINISTRATOR, COUNT, "how many accounts it may make"),
    setting(
        "num_quota",
        ADMINISTRATOR,
        COUNT,
        "how much quota it may give away in all, as the service counts",
    ),
];

/// A setting as a field.
pub(super) fn named(name: &str) -> Field {
    Field::Setting(name.into())
}

/// True where the connection says that the service does not keep this.
pub(super) fn is_unsupported(spec: &ConnectionSpec, word: &str) -> bool {
    matches!(spec.params.get("unsupported"), Some(Param::List(words)) if words.iter().any(|known| known == word))
}
