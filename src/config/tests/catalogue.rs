//! Three types of connections: one that can nearly everything, one that can little, one that filters.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{ConnectionSpec, Field, Kind, Right};
use crate::provider::{
    Ability, Capabilities, Catalogue, ConnectFuture, ErrorKind, FieldCapability, KeyKind, KeySpec,
    KindCapabilities, Limits, Places, ProviderError, ProviderType, QuotaRule, Secrets, SettingSpec,
    SettingType, Suspension, TargetRule,
};

const fn key(name: &'static str, kind: KeyKind, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required: false, default: None, doc }
}

const fn needed(name: &'static str, kind: KeyKind, doc: &'static str) -> KeySpec {
    KeySpec { required: true, ..key(name, kind, doc) }
}

const fn setting(
    name: &'static str,
    kinds: &'static [Kind],
    value: SettingType,
    doc: &'static str,
) -> SettingSpec {
    SettingSpec { name, kinds, value, default: None, doc }
}

static ACME_KEYS: &[KeySpec] = &[
    needed("url", KeyKind::Url, "the service's address"),
    needed("user", KeyKind::TextOrSecret, "who logs in"),
    needed("password", KeyKind::Secret, "the login's password"),
    key("store", KeyKind::Database, "a database beside it"),
    key("mode", KeyKind::Word(&["fast", "safe"]), "how it is called"),
    key("unsupported", KeyKind::Words(&["quota", "state"]), "fields that do not stick"),
    key("paths", KeyKind::TextMap, "unproven paths"),
    key("side", KeyKind::Keys(SIDE_KEYS), "a second service"),
    key("timeout", KeyKind::Seconds, "how long a call may take"),
    key("create", KeyKind::Bool, "whether to make it"),
    key("ca_file", KeyKind::Path, "who signed its certificate"),
];
static SIDE_KEYS: &[KeySpec] =
    &[needed("url", KeyKind::Url, "its address"), key("api_key", KeyKind::Secret, "its key")];
static ACME_SETTINGS: &[SettingSpec] = &[
    setting("colour", &[Kind::Mailbox], SettingType::Word(&["red", "blue"]), "the box's colour"),
    setting("level", &[Kind::Mailbox], SettingType::Int { min: 1, max: 5 }, "how strict"),
    setting("note", &[Kind::Mailbox], SettingType::Text { max: 10 }, "a note"),
    setting("tags", &[Kind::Mailbox], SettingType::Words(&[]), "free tags"),
    setting("loud", &[Kind::Mailbox], SettingType::Bool, "whether it rings"),
    setting("extra", &[Kind::Mailbox], SettingType::Json, "anything"),
    setting("scope", &[Kind::Domain], SettingType::Word(&["explicit", "shared"]), "whose domain it is"),
    setting("language", &[Kind::Administrator], SettingType::Text { max: 5 }, "their language"),
    setting("text", &[Kind::Object], SettingType::Text { max: 100 }, "what a banner says"),
    setting("audience", &[Kind::Object], SettingType::Json, "who sees a banner"),
];

/// The catalogue.
pub(in crate::config) fn catalogue() -> Catalogue {
    Catalogue::new([
        ProviderType {
            name: "acme",
            summary: "Acme Mail, which can nearly everything",
            keys: ACME_KEYS,
            settings: ACME_SETTINGS,
            capabilities: acme,
            connect,
        },
        ProviderType {
            name: "mini",
            summary: "Mini Mail, which can little",
            keys: &[KeySpec {
                name: "password",
                kind: KeyKind::Secret,
                required: true,
                default: None,
                doc: "the login's password",
            }],
            settings: &[],
            capabilities: mini,
            connect,
        },
        ProviderType {
            name: "gate",
            summary: "Gate, a filter",
            keys: &[KeySpec {
                name: "token",
                kind: KeyKind::Secret,
                required: true,
                default: None,
                doc: "the token of its interface",
            }],
            settings: &[SettingSpec {
                name: "executive",
                kinds: &[Kind::Registration],
                value: SettingType::Bool,
                default: Some("false"),
                doc: "whether the address is an executive's",
            }],
            capabilities: gate,
            connect,
        },
    ])
}

fn connect<'a>(_: &'a ConnectionSpec, _: &'a dyn Secrets, _: &'a Places) -> ConnectFuture<'a> {
    Box::pin(async { Err(ProviderError::new(ErrorKind::Unavailable, "this service does not exist")) })
}

fn limits() -> Limits {
    Limits { max_in_flight: 1, reads_per_minute: None, writes_per_minute: None }
}

fn with(fields: &[Field]) -> KindCapabilities {
    fields
        .iter()
        .fold(KindCapabilities::new(), |kind, field| kind.field(field.clone(), FieldCapability::new()))
}

fn set(name: &str) -> Field {
    Field::Setting(name.into())
}

fn acme(_: &ConnectionSpec) -> Capabilities {
    let mailbox = with(&[
        Field::DisplayName,
        Field::GivenName,
        Field::FamilyName,
        Field::State,
        Field::Quota,
        Field::HiddenFromDirectory,
        Field::Password,
        set("colour"),
        set("level"),
        set("note"),
        set("tags"),
        set("loud"),
        set("extra"),
    ]);
    Capabilities {
        kinds: BTreeMap::from([
            (Kind::Domain, with(&[set("scope")])),
            (Kind::Mailbox, mailbox),
            (Kind::Alias, with(&[Field::Targets, Field::PermittedSenders])),
            (Kind::Forward, with(&[Field::Targets, Field::KeepCopy])),
            (Kind::Permission, with(&[Field::Rights])),
            (Kind::SenderRules, with(&[Field::Allow, Field::Block])),
            (
                Kind::Administrator,
                with(&[Field::Password, Field::Domains, Field::AdminRights, Field::Full, set("language")]),
            ),
            (Kind::Object, with(&[set("text"), set("audience")])),
        ]),
        cannot: BTreeMap::from([(Kind::Registration, "it keeps mailboxes itself")]),
        limits: limits(),
        consistency: Duration::ZERO,
        confirms: true,
        hands_over: false,
        logins: BTreeMap::new(),
    }
}

fn mini(_: &ConnectionSpec) -> Capabilities {
    let mailbox = KindCapabilities {
        quota: QuotaRule {
            grain: 1 << 20,
            min: 1 << 20,
            max: 10 << 30,
            unlimited: Some("every box has a size there"),
        },
        suspend: Suspension::No("it has no switch for it"),
        ..with(&[Field::DisplayName, Field::Quota, Field::State, Field::Password])
    }
    .without(Field::HiddenFromDirectory, "it has no address book");
    let alias = KindCapabilities {
        list: Ability::no("it tells of one alias at a time"),
        targets: TargetRule { max: Some((2, "its table has two columns")), ..TargetRule::default() },
        catch_all: Ability::no("it has no catch-all"),
        ..with(&[Field::Targets])
    };
    let permission = KindCapabilities {
        rights: BTreeMap::from([(Right::FullAccess, Ability::no("only the owner opens a box there"))]),
        ..with(&[Field::Rights])
    };
    Capabilities {
        kinds: BTreeMap::from([
            (Kind::Mailbox, mailbox),
            (Kind::Alias, alias),
            (Kind::Permission, permission),
        ]),
        cannot: BTreeMap::from([
            (Kind::Forward, "it forwards nothing"),
            (Kind::Registration, "it keeps mailboxes itself"),
        ]),
        limits: limits(),
        consistency: Duration::ZERO,
        confirms: true,
        hands_over: false,
        logins: BTreeMap::new(),
    }
}

fn gate(_: &ConnectionSpec) -> Capabilities {
    Capabilities {
        kinds: BTreeMap::from([(Kind::Registration, with(&[set("executive")]))]),
        cannot: BTreeMap::from([(Kind::Mailbox, "it filters mail and keeps none")]),
        limits: limits(),
        consistency: Duration::ZERO,
        confirms: true,
        hands_over: false,
        logins: BTreeMap::new(),
    }
}
