//! The service's own fields: which setting is which attribute, and by which call it goes.

use std::sync::LazyLock;

use crate::model::{Field, Kind};
use crate::provider::{SettingSpec, SettingType};

use super::paths::Op;

/// The call that changes a user's record.
pub(super) const RECORD: &str = "";
/// The call for what a user may do.
pub(super) const PERMISSIONS: &str = "permissions";
/// The calls for number, delivery status and custom ids; the bulk change carries several of them.
pub(super) const DETAILS: &str = "details";
/// The calls that show and hide an announcement.
pub(super) const ENABLED: &str = "enabled";

/// The class of service of a user that is made without one (`contracts/open_xchange.md §6`).
pub(super) const DEFAULT_CLASS: &str = "cloud_pim";

/// The kind of object that the service has for itself.
pub(super) const ANNOUNCEMENT: &str = "announcement";

/// What an attribute of the Cloud-Plugins holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Bool,
    Words,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A setting that is an attribute of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute {
    pub(super) setting: &'static str,
    pub(super) op: Op,
    /// The key in its documents, the last part of its path.
    pub(super) key: &'static str,
    pub(super) form: Form,
    pub(super) route: &'static str,
    /// True where the service has a call that removes it.
    pub(super) is_removable: bool,
    doc: &'static str,
}

const LEVELS: &[&str] = &["low", "medium", "high"];

const fn attribute(
    setting: &'static str,
    op: Op,
    key: &'static str,
    form: Form,
    route: &'static str,
    doc: &'static str,
) -> Attribute {
    Attribute { setting, op, key, form, route, is_removable: true, doc }
}

/// Every attribute of the Cloud-Plugins.
pub(super) static ATTRIBUTES: [Attribute; 9] = [
    attribute(
        "class_of_service",
        Op::ClassOfService,
        "classofservice",
        Form::Words,
        "class_of_service",
        "what the user may use, in the service's words; `cloud_pim` where a user is made without it",
    ),
    Attribute {
        is_removable: false,
        ..attribute(
            "spam_level",
            Op::SpamLevel,
            "spamlevel",
            Form::Word(LEVELS),
            "spam_level",
            "how strictly spam is kept out",
        )
    },
    Attribute {
        is_removable: false,
        ..attribute(
            "antivirus",
            Op::AntiVirus,
            "antivirus",
            Form::Bool,
            "antivirus",
            "whether mail is searched for viruses",
        )
    },
    attribute(
        "antiphishing",
        Op::AntiPhishing,
        "oxantiphishing",
        Form::Text,
        "antiphishing",
        "what is done against phishing, like `replace-urls`",
    ),
    attribute("msisdn", Op::Msisdn, "msisdn", Form::Text, DETAILS, "telephone number, like `+49.12345.6789`"),
    attribute("custom", Op::Custom, "custom", Form::Words, DETAILS, "ids of other systems, searchable"),
    Attribute {
        is_removable: false,
        ..attribute("uidname", Op::UidName, "uidname", Form::Text, "uidname", "what the user logs in with")
    },
    attribute(
        "delivery_status",
        Op::DeliveryStatus,
        "oxdeliverystatus",
        Form::Text,
        DETAILS,
        "where mail is delivered while a migration is under way, like `OXAAS`",
    ),
    attribute(
        "legacy_ref",
        Op::LegacyRef,
        "oxlegacyref",
        Form::Text,
        "legacy_ref",
        "the user's name in a former system",
    ),
];

/// The attribute of a field.
pub(super) fn attribute_of(field: &Field) -> Option<&'static Attribute> {
    let Field::Setting(name) = field else { return None };
    ATTRIBUTES.iter().find(|attribute| attribute.setting == &**name)
}

/// The setting of this name.
pub(super) fn setting(name: &str) -> Field {
    Field::Setting(name.into())
}

/// The class of service, which the user's record may tell too.
pub(super) fn class_of_service() -> Field {
    setting("class_of_service")
}

/// Whether the user may change the password.
pub(super) fn edit_password() -> Field {
    setting("edit_password")
}

/// Whether a user that is made is welcomed by mail.
pub(super) fn welcome_mail() -> Field {
    setting("welcome_mail")
}

/// Whose a domain is.
pub(super) fn scope() -> Field {
    setting("scope")
}

/// The word for a domain that every context of the brand may use.
pub(super) const SHARED: &str = "shared";
/// The word for a domain of one context.
pub(super) const EXPLICIT: &str = "explicit";

/// The fields of a user's record with their keys there, beside the quota.
pub(super) static TEXTS: LazyLock<[(Field, &str); 5]> = LazyLock::new(|| {
    [
        (Field::GivenName, "givenName"),
        (Field::FamilyName, "surName"),
        (Field::DisplayName, "displayName"),
        (setting("language"), "language"),
        (setting("timezone"), "timezone"),
    ]
});

/// The keys of [`TEXTS`] that are told of a user together.
pub(super) const NAMES: [&str; 3] = ["givenName", "surName", "displayName"];

/// The members of an announcement's document, with what each holds.
pub(super) static ANNOUNCED: LazyLock<[(Field, &str, AnnouncedForm); 9]> = LazyLock::new(|| {
    [
        (setting("content"), "msgJsonObject", AnnouncedForm::Json),
        (setting("start"), "startDatetime", AnnouncedForm::Time),
        (setting("end"), "endDatetime", AnnouncedForm::Time),
        (setting("timezone"), "timezone", AnnouncedForm::Text),
        (setting("discardable"), "discardable", AnnouncedForm::Bool),
        (setting("enabled"), "enabled", AnnouncedForm::Bool),
        (setting("owner_brand"), "ownerBrand", AnnouncedForm::Text),
        (setting("brands"), "brands", AnnouncedForm::Words),
        (setting("version"), "version", AnnouncedForm::Int),
    ]
});

/// What a member of an announcement holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnnouncedForm {
    Text,
    /// A date with time, told in UTC.
    Time,
    Bool,
    Int,
    Words,
    Json,
}

const LINE: SettingType = SettingType::Text { max: 255 };
const USERS: &[Kind] = &[Kind::Mailbox];
const BOTH: &[Kind] = &[Kind::Mailbox, Kind::Object];
const OBJECTS: &[Kind] = &[Kind::Object];

static SPECS: LazyLock<Vec<SettingSpec>> = LazyLock::new(|| {
    let spec = |name, kinds, value, default, doc| SettingSpec { name, kinds, value, default, doc };
    let attributes = ATTRIBUTES.iter().map(|attribute| {
        let value = match attribute.form {
            Form::Text => LINE,
            Form::Bool => SettingType::Bool,
            Form::Words => SettingType::Words(&[]),
            Form::Word(words) => SettingType::Word(words),
        };
        let default = (attribute.setting == "class_of_service").then_some(DEFAULT_CLASS);
        spec(attribute.setting, USERS, value, default, attribute.doc)
    });
    let others = [
        spec("language", USERS, LINE, None, "the user's language, like `en_US`"),
        spec("timezone", BOTH, LINE, None, "the time zone, like `Europe/Berlin`"),
        spec(
            "welcome_mail",
            USERS,
            SettingType::Bool,
            Some("false"),
            "whether a user that is made is sent the welcome mail, once",
        ),
        spec("edit_password", USERS, SettingType::Bool, None, "whether the user may change the password"),
        spec(
            "scope",
            &[Kind::Domain],
            SettingType::Word(&[EXPLICIT, SHARED]),
            None,
            "whether the domain is this context's alone, or shared by all contexts of the brand",
        ),
        spec("content", OBJECTS, SettingType::Json, None, "what an announcement says"),
        spec("start", OBJECTS, LINE, None, "from when it is shown, in UTC: `2027-01-31T08:00:00Z`"),
        spec("end", OBJECTS, LINE, None, "until when it is shown, in UTC"),
        spec("discardable", OBJECTS, SettingType::Bool, None, "whether a user may close it for good"),
        spec("enabled", OBJECTS, SettingType::Bool, None, "whether it is shown"),
        spec("owner_brand", OBJECTS, LINE, None, "the brand that it belongs to"),
        spec("brands", OBJECTS, SettingType::Words(&[]), None, "the brands whose users see it"),
        spec(
            "version",
            OBJECTS,
            SettingType::Int { min: 0, max: i64::MAX },
            None,
            "its version; a higher one is shown again to who closed it",
        ),
    ];
    attributes.chain(others).collect()
});

/// The declarations of all settings.
pub(super) fn specs() -> &'static [SettingSpec] {
    &SPECS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_setting_is_declared_once() {
        let names: BTreeSet<&str> = specs().iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), specs().len());
        assert_eq!(names.len(), ATTRIBUTES.len() + 13);
        let keys: BTreeSet<&str> = ATTRIBUTES.iter().map(|attribute| attribute.key).collect();
        assert_eq!(keys.len(), ATTRIBUTES.len());
        assert!(
            ANNOUNCED
                .iter()
                .all(|(field, ..)| matches!(field, Field::Setting(name) if names.contains(&**name)))
        );
    }
}
