//! The fields of a mailbox and what the service calls them: one table for capabilities, reading and writing
//! (`contracts/rackspace.md §7`).

use std::sync::LazyLock;

use crate::model::{Field, Kind};
use crate::provider::{SettingSpec, SettingType};

/// The route of `ActiveSync`, which has calls of its own.
pub(super) const ACTIVE_SYNC: &str = "activesync";
/// The route of the spam settings, which have calls of their own.
pub(super) const SPAM: &str = "spam";

/// The setting that switches `ActiveSync` on.
pub(super) const ACTIVE_SYNC_SETTING: &str = "activesync";
/// The setting that says how spam is filtered.
pub(super) const FILTER_LEVEL: &str = "spam_filter_level";
/// The setting that sends spam to the domain's quarantine.
pub(super) const TO_DOMAIN_QUARANTINE: &str = "spam_send_to_domain_quarantine";
/// The setting that names whose quarantine spam goes to.
pub(super) const QUARANTINE_OWNER: &str = "spam_quarantine_owner";

/// The words of the filter level.
pub(super) const FILTER_LEVELS: &[&str] = &["on", "off", "exclusive"];

/// How the service writes a field down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number of MB, each of 1024 × 1024 bytes.
    Megabytes,
    /// `true` for active, `false` for suspended.
    Enabled,
}

/// A field that is read from the mailbox's record and written with its form.
#[derive(Debug, Clone)]
pub(super) struct RecordField {
    /// The field.
    pub(super) field: Field,
    /// Its key.
    pub(super) key: &'static str,
    /// How it is written down.
    pub(super) form: Form,
}

/// Where a setting is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// In the mailbox's record, under this key.
    Record(&'static str, Form),
    /// Where the calls of this route reach it.
    Route(&'static str),
}

#[derive(Debug)]
struct Setting {
    name: &'static str,
    kept: Kept,
    value: SettingType,
    doc: &'static str,
}

/// The service tells no lengths; these only keep mistakes out.
const LINE: SettingType = SettingType::Text { max: 1024 };
const LONG: SettingType = SettingType::Text { max: 32_768 };

const fn text(name: &'static str, key: &'static str, doc: &'static str) -> Setting {
    Setting { name, kept: Kept::Record(key, Form::Text), value: LINE, doc }
}

const fn flag(name: &'static str, key: &'static str, doc: &'static str) -> Setting {
    Setting { name, kept: Kept::Record(key, Form::Bool), value: SettingType::Bool, doc }
}

const fn routed(name: &'static str, route: &'static str, value: SettingType, doc: &'static str) -> Setting {
    Setting { name, kept: Kept::Route(route), value, doc }
}

static NAMED: [(Field, &str, Form); 6] = [
    (Field::DisplayName, "displayName", Form::Text),
    (Field::Quota, "size", Form::Megabytes),
    (Field::State, "enabled", Form::Enabled),
    (Field::HiddenFromDirectory, "isHidden", Form::Bool),
    (Field::GivenName, "firstName", Form::Text),
    (Field::FamilyName, "lastName", Form::Text),
];

static SETTINGS: [Setting; 21] = [
    text("custom_id", "customID", "a word that ties the mailbox to another system"),
    flag("public_folder_admin", "isPublicFolderAdmin", "whether it administers public folders"),
    flag(
        "visible_in_rackspace_email_company_directory",
        "visibleInRackspaceEmailCompanyDirectory",
        "whether it stands in the company directory of Rackspace Email",
    ),
    routed(
        ACTIVE_SYNC_SETTING,
        ACTIVE_SYNC,
        SettingType::Bool,
        "whether mobile devices may synchronise with it",
    ),
    routed(FILTER_LEVEL, SPAM, SettingType::Word(FILTER_LEVELS), "how spam is filtered"),
    routed(
        TO_DOMAIN_QUARANTINE,
        SPAM,
        SettingType::Bool,
        "whether spam goes to the domain's quarantine; the service switches it off where the filter is off",
    ),
    routed(QUARANTINE_OWNER, SPAM, LINE, "whose quarantine spam goes to"),
    text("company", "company", "company"),
    text("department", "department", "department"),
    text("job_title", "jobTitle", "job title"),
    text("address_line1", "addressLine1", "street"),
    text("city", "city", "city"),
    text("state", "state", "state or province of the postal address"),
    text("zip", "zip", "postal code"),
    text("country", "country", "country"),
    text("business_number", "businessNumber", "telephone at work"),
    text("home_number", "homeNumber", "telephone at home"),
    text("mobile_number", "mobileNumber", "mobile telephone"),
    text("fax_number", "faxNumber", "fax"),
    text("pager_number", "pagerNumber", "pager"),
    Setting { name: "notes", kept: Kept::Record("notes", Form::Text), value: LONG, doc: "notes" },
];

static SPECS: LazyLock<Vec<SettingSpec>> = LazyLock::new(|| {
    let spec = |setting: &Setting| SettingSpec {
        name: setting.name,
        kinds: &[Kind::Mailbox],
        value: setting.value,
        default: None,
        doc: setting.doc,
    };
    SETTINGS.iter().map(spec).collect()
});

static RECORD: LazyLock<Vec<RecordField>> = LazyLock::new(|| {
    let named = NAMED.iter().map(|(field, key, form)| RecordField { field: field.clone(), key, form: *form });
    let settings = SETTINGS.iter().filter_map(|setting| match setting.kept {
        Kept::Record(key, form) => Some(RecordField { field: self::setting(setting.name), key, form }),
        Kept::Route(_) => None,
    });
    named.chain(settings).collect()
});

/// The setting of this name.
pub(super) fn setting(name: &str) -> Field {
    Field::Setting(name.into())
}

/// The declarations of all settings.
pub(super) fn specs() -> &'static [SettingSpec] {
    &SPECS
}

/// Every field that is kept in a mailbox's record.
pub(super) fn record() -> &'static [RecordField] {
    &RECORD
}

/// Every setting with the route of its own calls; the empty one is the record's.
pub(super) fn routes() -> impl Iterator<Item = (Field, &'static str)> {
    SETTINGS.iter().map(|setting| {
        let route = match setting.kept {
            Kept::Record(..) => "",
            Kept::Route(route) => route,
        };
        (self::setting(setting.name), route)
    })
}

/// True for the fields whose reading costs a call for each mailbox: the list of mailboxes tells the others.
pub(super) fn is_detail(field: &Field) -> bool {
    match field {
        Field::HiddenFromDirectory | Field::GivenName | Field::FamilyName => true,
        Field::Setting(name) => &**name != ACTIVE_SYNC_SETTING,
        _ => false,
    }
}

/// True for the fields that only the mailbox's own record tells.
pub(super) fn is_shown(field: &Field) -> bool {
    is_detail(field) && !is_spam(field)
}

/// True for the spam settings.
pub(super) fn is_spam(field: &Field) -> bool {
    let Field::Setting(name) = field else { return false };
    [FILTER_LEVEL, TO_DOMAIN_QUARANTINE, QUARANTINE_OWNER].contains(&&**name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_field_has_one_name_and_one_key() {
        let names: BTreeSet<&str> = specs().iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), specs().len());
        let keys: BTreeSet<&str> = record().iter().map(|field| field.key).collect();
        assert_eq!(keys.len(), record().len());
        assert_eq!(record().len(), 6 + 21 - 4);
        assert_eq!(routes().filter(|(_, route)| *route == SPAM).count(), 3);
        assert!(routes().all(|(field, route)| is_spam(&field) == (route == SPAM)));
    }
}
