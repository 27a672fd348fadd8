//! The fields that objects have and the values that they hold.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Address, DomainName, Quota, SecretRef};

/// The name of a setting, in the service's own word in `snake_case`.
pub type SettingName = Arc<str>;

/// A field of an object. A provider's own fields are [`Field::Setting`]s that it declares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A mailbox's display name: text.
    DisplayName,
    /// A mailbox's given name: text.
    GivenName,
    /// A mailbox's family name: text.
    FamilyName,
    /// Whether a mailbox may be used: [`AccountState`].
    State,
    /// How much a mailbox may hold: [`Quota`].
    Quota,
    /// Whether a mailbox is left out of address books: bool.
    HiddenFromDirectory,
    /// The first password, written at create only: a reference to a secret.
    Password,
    /// Where an alias or a forward delivers: addresses.
    Targets,
    /// Who may send as an alias: addresses.
    PermittedSenders,
    /// Whether a forward leaves a copy in the mailbox: bool.
    KeepCopy,
    /// What a permission allows: rights.
    Rights,
    /// Senders that are always let through: words.
    Allow,
    /// Senders that are never let through: words.
    Block,
    /// The domains that an administrator looks after.
    Domains,
    /// An administrator's rights in the service's own words.
    AdminRights,
    /// Whether an administrator may do everything: bool.
    Full,
    /// A field of one service.
    Setting(SettingName),
}

const NAMED_FIELDS: [(Field, &str); 16] = [
    (Field::DisplayName, "display_name"),
    (Field::GivenName, "given_name"),
    (Field::FamilyName, "family_name"),
    (Field::State, "state"),
    (Field::Quota, "quota"),
    (Field::HiddenFromDirectory, "hidden_from_directory"),
    (Field::Password, "password"),
    (Field::Targets, "targets"),
    (Field::PermittedSenders, "permitted_senders"),
    (Field::KeepCopy, "keep_copy"),
    (Field::Rights, "rights"),
    (Field::Allow, "allow"),
    (Field::Block, "block"),
    (Field::Domains, "domains"),
    (Field::AdminRights, "admin_rights"),
    (Field::Full, "full"),
];

impl fmt::Display for Field {
    /// The name in YAML and JSON; a setting as `settings.NAME`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Setting(name) = self {
            return write!(f, "settings.{name}");
        }
        f.write_str(NAMED_FIELDS.iter().find(|(field, _)| field == self).map_or("", |(_, name)| name))
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("settings.") {
            return Ok(Self::Setting(name.into()));
        }
        NAMED_FIELDS
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(field, _)| field.clone())
            .ok_or_else(|| format!("`{text}` is not a field"))
    }
}

impl Serialize for Field {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Whether a mailbox may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// In use.
    Active,
    /// Kept, but not usable; what exactly stops is the provider's capability `suspend`.
    Suspended,
}

impl fmt::Display for AccountState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        })
    }
}

/// What a permission allows on a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Open it and work in it.
    FullAccess,
    /// Send as its address.
    SendAs,
    /// Send on its behalf, both names shown.
    SendOnBehalf,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 3] = [Self::FullAccess, Self::SendAs, Self::SendOnBehalf];

    /// The word in YAML.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullAccess => "full_access",
            Self::SendAs => "send_as",
            Self::SendOnBehalf => "send_on_behalf",
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A JSON document that is passed through, in one spelling (sorted keys, no white space), so that it compares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Json(String);

impl Json {
    /// Reads a document and brings it into the one spelling.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        // serde_json's default map is sorted by key, so writing it back is canonical.
        serde_json::from_str::<serde_json::Value>(text).map(|value| Self(value.to_string()))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A field's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Text, also an enum setting's word.
    Text(Arc<str>),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A mailbox's state.
    State(AccountState),
    /// A mailbox's limit.
    Quota(Quota),
    /// A set of addresses.
    Addresses(BTreeSet<Address>),
    /// A set of rights.
    Rights(BTreeSet<Right>),
    /// A set of words.
    Words(BTreeSet<String>),
    /// A set of domains.
    Domains(BTreeSet<DomainName>),
    /// A document passed through.
    Json(Json),
    /// Where the secret is found; the secret itself is never a value.
    Secret(SecretRef),
}

impl Value {
    /// Text as a value.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The addresses, if these are some.
    pub fn addresses(&self) -> Option<&BTreeSet<Address>> {
        if let Self::Addresses(addresses) = self { Some(addresses) } else { None }
    }

    /// The members of a set as text; a scalar is its own only member.
    pub fn members(&self) -> Vec<String> {
        match self {
            Self::Addresses(set) => set.iter().map(ToString::to_string).collect(),
            Self::Rights(set) => set.iter().map(ToString::to_string).collect(),
            Self::Words(set) => set.iter().cloned().collect(),
            Self::Domains(set) => set.iter().map(ToString::to_string).collect(),
            scalar => vec![scalar.to_string()],
        }
    }

    /// True for values that are sets.
    pub fn is_set(&self) -> bool {
        matches!(self, Self::Addresses(_) | Self::Rights(_) | Self::Words(_) | Self::Domains(_))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bool(yes) => write!(f, "{yes}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::State(state) => write!(f, "{state}"),
            Self::Quota(quota) => write!(f, "{quota}"),
            Self::Json(json) => f.write_str(json.as_str()),
            Self::Secret(reference) => write!(f, "{reference}"),
            Self::Addresses(_) | Self::Rights(_) | Self::Words(_) | Self::Domains(_) => {
                f.write_str(&self.members().join(", "))
            }
        }
    }
}

/// A value's JSON form; [`Plain::read`] needs the field to tell the types apart again.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Plain {
    Bool(bool),
    Int(i64),
    Text(Arc<str>),
    List(Vec<String>),
    Json { json: String },
    Secret { secret: SecretRef },
}

impl From<&Value> for Plain {
    fn from(value: &Value) -> Self {
        match value {
            Value::Bool(yes) => Self::Bool(*yes),
            Value::Int(number) => Self::Int(*number),
            Value::Text(text) => Self::Text(Arc::clone(text)),
            Value::State(_) | Value::Quota(_) => Self::Text(value.to_string().into()),
            Value::Json(json) => Self::Json { json: json.as_str().to_owned() },
            Value::Secret(secret) => Self::Secret { secret: secret.clone() },
            Value::Addresses(_) | Value::Rights(_) | Value::Words(_) | Value::Domains(_) => {
                Self::List(value.members())
            }
        }
    }
}

impl Plain {
    /// The value that this form stands for in `field`.
    pub(super) fn read(self, field: &Field) -> Result<Value, String> {
        fn set<T: Ord>(
            list: &[String],
            read: impl Fn(&str) -> Result<T, String>,
        ) -> Result<BTreeSet<T>, String> {
            list.iter().map(|member| read(member)).collect()
        }
        Ok(match (field, self) {
            (Field::State, Self::Text(text)) => Value::State(match &*text {
                "active" => AccountState::Active,
                "suspended" => AccountState::Suspended,
                other => return Err(format!("`{other}` is not a state")),
            }),
            (Field::Quota, Self::Text(text)) => Value::Quota(text.parse().map_err(|e| format!("{e}"))?),
            (Field::Targets | Field::PermittedSenders, Self::List(list)) => {
                Value::Addresses(set(&list, |m| Address::parse_or_domain(m).map_err(|e| e.to_string()))?)
            }
            (Field::Domains, Self::List(list)) => {
                Value::Domains(set(&list, |m| DomainName::parse(m).map_err(|e| e.to_string()))?)
            }
            (Field::Rights, Self::List(list)) => Value::Rights(set(&list, |m| {
                Right::ALL
                    .into_iter()
                    .find(|right| right.as_str() == m)
                    .ok_or_else(|| format!("`{m}` is not a right"))
            })?),
            (_, Self::Bool(yes)) => Value::Bool(yes),
            (_, Self::Int(number)) => Value::Int(number),
            (_, Self::Text(text)) => Value::Text(text),
            (_, Self::List(list)) => Value::Words(list.into_iter().collect()),
            (_, Self::Json { json }) => Value::Json(Json::parse(&json).map_err(|e| e.to_string())?),
            (_, Self::Secret { secret }) => Value::Secret(secret),
        })
    }
}
