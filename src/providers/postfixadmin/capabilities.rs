//! What the database can hold, as data. Knows no connection.

use std::collections::BTreeMap;
use std::time::Duration;

use super::dovecot;
use crate::model::{ConnectionSpec, Field, Kind, Right};
use crate::provider::{
    Ability, AddressRule, Capabilities, Deletion, FieldCapability, KeyKind, KeySpec, KindCapabilities,
    Limits, SettingSpec, SettingType, StoredIn,
};

/// The keys of a connection.
pub(super) const KEYS: &[KeySpec] = &[
    KeySpec {
        name: "database",
        kind: KeyKind::Database,
        required: true,
        default: None,
        doc: "The database: `sqlite:FILE`, or a secret that holds postgres://USER:PASSWORD@HOST/NAME or mysql://…",
    },
    KeySpec {
        name: "create",
        kind: KeyKind::Bool,
        required: false,
        default: Some("false"),
        doc: "Make the SQLite file with its folder, or the tables in an empty database, at the first change",
    },
    KeySpec {
        name: "doveadm",
        kind: KeyKind::Keys(dovecot::KEYS),
        required: false,
        default: None,
        doc: "Dovecot's doveadm service, which full_access needs",
    },
    KeySpec {
        name: "password_scheme",
        kind: KeyKind::Word(&["BLF-CRYPT"]),
        required: false,
        default: Some("BLF-CRYPT"),
        doc: "How passwords are hashed",
    },
];

const fn setting(
    name: &'static str,
    kinds: &'static [Kind],
    value: SettingType,
    default: &'static str,
    doc: &'static str,
) -> SettingSpec {
    SettingSpec {
        name,
        kinds,
        value,
        // An empty text is shown best by not being shown.
        default: if default.is_empty() { None } else { Some(default) },
        doc,
    }
}

const LIMIT: SettingType = SettingType::Int { min: -1, max: i32::MAX as i64 };
const DOMAIN: &[Kind] = &[Kind::Domain];
const MAILBOX: &[Kind] = &[Kind::Mailbox];

/// The settings of domains and mailboxes, by their columns' names (`contracts/postfixadmin.md §2`).
pub(super) const SETTINGS: &[SettingSpec] = &[
    setting("active", DOMAIN, SettingType::Bool, "true", "Whether mail is accepted for the domain"),
    setting("aliases", DOMAIN, LIMIT, "0", "How many aliases it may have: 0 any number, -1 none"),
    setting("backupmx", DOMAIN, SettingType::Bool, "false", "Whether this server is only its backup MX"),
    setting(
        "description",
        DOMAIN,
        SettingType::Text { max: 255 },
        "",
        "What PostfixAdmin shows beside its name",
    ),
    setting("mailboxes", DOMAIN, LIMIT, "0", "How many mailboxes it may have: 0 any number, -1 none"),
    setting("maxquota", DOMAIN, LIMIT, "0", "The largest quota of a mailbox in MB: 0 any, -1 none"),
    setting(
        "quota",
        DOMAIN,
        LIMIT,
        "0",
        "The sum of its mailboxes' quotas in MB that PostfixAdmin allows: 0 any, -1 none",
    ),
    setting("transport", DOMAIN, SettingType::Text { max: 255 }, "virtual", "Postfix's transport for it"),
    setting(
        "email_other",
        MAILBOX,
        SettingType::Text { max: 255 },
        "",
        "Where PostfixAdmin sends a forgotten password's code",
    ),
    setting(
        "phone",
        MAILBOX,
        SettingType::Text { max: 30 },
        "",
        "The phone number for a forgotten password's code",
    ),
];

/// How many changes a server is given at once: as many connections are kept open to it.
const SERVER_WRITERS: usize = 8;

/// What a connection can do.
pub(super) fn of(spec: &ConnectionSpec) -> Capabilities {
    let is_file = spec.text("database").is_some();
    Capabilities {
        kinds: BTreeMap::from([
            (Kind::Domain, domain()),
            (Kind::Mailbox, mailbox()),
            (Kind::Alias, alias()),
            (Kind::Forward, forward()),
            (Kind::Permission, permission(spec.map("doveadm").is_some())),
            (Kind::Administrator, administrator()),
        ]),
        cannot: BTreeMap::from([
            (Kind::SenderRules, "PostfixAdmin has no allow and block lists"),
            (Kind::Registration, "it holds mailboxes, not registrations of a filter"),
            (Kind::Object, "PostfixAdmin has no kinds of its own here"),
        ]),
        limits: Limits {
            // SQLite has one writer; more at once would only wait for each other.
            max_in_flight: if is_file { 1 } else { SERVER_WRITERS },
            reads_per_minute: None,
            writes_per_minute: None,
        },
        consistency: Duration::ZERO,
        confirms: true,
        hands_over: true,
        logins: BTreeMap::new(),
    }
}

fn settings_of(kind: Kind) -> impl Iterator<Item = Field> {
    SETTINGS
        .iter()
        .filter(move |spec| spec.kinds.contains(&kind))
        .map(|spec| Field::Setting(spec.name.into()))
}

fn kind_with_settings(kind: Kind) -> KindCapabilities {
    KindCapabilities {
        rename: Ability::no(
            "PostfixAdmin cannot give an object another address: the maildir stays at the old one",
        ),
        ..settings_of(kind).fold(KindCapabilities::new(), |capabilities, field| {
            capabilities.field(field, FieldCapability::new())
        })
    }
}

fn domain() -> KindCapabilities {
    kind_with_settings(Kind::Domain)
}

fn mailbox() -> KindCapabilities {
    KindCapabilities {
        delete: Deletion::Archived(
            "the maildir stays on disk, and a mailbox with the same address gets it back",
        ),
        addresses: AddressRule {
            local_chars: Some((
                "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-=?^_`{|}~.",
                "what is no `/`, which would make its maildir a folder of another one",
            )),
            ..AddressRule::default()
        },
        ..kind_with_settings(Kind::Mailbox)
    }
    .field(Field::DisplayName, FieldCapability::new())
    .field(Field::State, FieldCapability::new())
    .field(Field::Quota, FieldCapability::new())
    .field(Field::Password, password())
    .without(Field::GivenName, "PostfixAdmin keeps one name for a mailbox; write display_name")
    .without(Field::FamilyName, "PostfixAdmin keeps one name for a mailbox; write display_name")
    .without(Field::HiddenFromDirectory, "neither PostfixAdmin nor Dovecot has an address book")
}

fn alias() -> KindCapabilities {
    KindCapabilities {
        // PostfixAdmin makes these four with each domain, and RFC 2142 expects them.
        essential: vec!["postmaster", "abuse", "hostmaster", "webmaster"],
        domain_alias_chain: Ability::no("Postfix's maps follow one step only"),
        ..kind_with_settings(Kind::Alias)
    }
    .field(Field::Targets, FieldCapability::new().required())
    .without(
        Field::PermittedSenders,
        "Postfix lets the mailbox that is an alias's only target send as it; others need a permission on a mailbox",
    )
}

fn forward() -> KindCapabilities {
    let keep_copy =
        FieldCapability { clear: Ability::no("it is either yes or no"), ..FieldCapability::new() };
    KindCapabilities { stored_in: StoredIn::Mailbox, ..kind_with_settings(Kind::Forward) }
        .field(Field::Targets, FieldCapability::new().required())
        .field(Field::KeepCopy, keep_copy)
}

fn permission(has_doveadm: bool) -> KindCapabilities {
    let full_access = if has_doveadm {
        Ability::Yes
    } else {
        Ability::no(
            "it lives in Dovecot's access lists, which are reached where the connection has `doveadm`",
        )
    };
    KindCapabilities {
        stored_in: StoredIn::Mailbox,
        rights: BTreeMap::from([
            (Right::SendAs, Ability::Yes),
            (Right::FullAccess, full_access),
            (Right::SendOnBehalf, Ability::no("Postfix cannot tell it from send_as")),
        ]),
        ..kind_with_settings(Kind::Permission)
    }
    .field(Field::Rights, FieldCapability::new().required())
}

fn password() -> FieldCapability {
    FieldCapability::new()
        .write_only("only its hash is kept")
        .create_only("a password is given at create; afterwards it is its owner's")
}

fn administrator() -> KindCapabilities {
    let full = FieldCapability { clear: Ability::no("it is either yes or no"), ..FieldCapability::new() };
    KindCapabilities {
        login_is_address: Some("PostfixAdmin knows its administrators by a mail address"),
        ..kind_with_settings(Kind::Administrator)
    }
    .field(Field::Password, password())
    .field(Field::Domains, FieldCapability::new())
    .field(Field::Full, full)
    .without(Field::AdminRights, "an administrator may do everything in its domains, or everywhere")
}
