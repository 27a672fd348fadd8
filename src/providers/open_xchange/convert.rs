//! Between the service's words and the model's; pure (`contracts/open_xchange.md §2, §6, §7`).

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::http::{Loose, Told, excerpt};
use crate::model::{
    AccountState, Address, DomainName, Facts, Field, Identity, ObservedObject, Quota, Reading, Readings,
    Reason, RecordId, RemoteId, Standing, Value,
};

use super::fields::{self, Attribute, Form, NAMES, TEXTS};

mod announcement;
mod remote;

pub(super) use announcement::{announced_json, announcement, check_times};
pub(super) use remote::{Remote, is_own_record};

/// Bytes of what the service counts quotas in.
const MIB: u64 = 1 << 20;

const NOT_TOLD: &str = "the service did not tell it";

/// Why names are not read of a service that tells nobody's.
const NAMES_NOT_TOLD: &str = "the service tells it of no user; a change must be made there";

/// An address that this tool can name. What it cannot name it leaves alone: nothing that can be declared collides with
/// it.
pub(super) fn nameable(text: &str) -> Option<Address> {
    match Address::parse(text.trim()) {
        Ok(address) if !address.is_domain() => Some(address),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(address = %excerpt(text), %error, "the service holds an address that cannot be managed");
            None
        }
    }
}

/// What a user is to this tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A mailbox.
    Mailbox,
    /// The context's administrator.
    Administrator,
}

/// A user of the context.
#[derive(Debug, Clone)]
pub(super) struct User {
    /// The name that it is addressed by.
    pub(super) login: String,
    pub(super) uid: Option<u64>,
    pub(super) mail: Address,
    pub(super) sort: Sort,
    pub(super) document: Loose,
}

impl User {
    /// A user that has an address; guests are none of this tool's.
    pub(super) fn of(document: Loose) -> Option<Self> {
        let login = document.text("name").known()?;
        let is_guest = document.bool("guest").known() == Some(true)
            || document.number("guestId").known().is_some_and(|id| id > 0);
        let mail = match document.text("mail") {
            Told::Is(mail) => nameable(&mail),
            // One whose address is not told may still be called by it.
            Told::Missing if login.contains('@') => nameable(&login),
            _ => None,
        }?;
        let uid = super::api::uid(&document);
        let is_administrator = document.bool("isContextAdmin").known() == Some(true) || uid == Some(2);
        let sort = if is_administrator { Sort::Administrator } else { Sort::Mailbox };
        (!is_guest).then_some(Self { login, uid, mail, sort, document })
    }

    /// The record that holds the mailbox and the aliases in its list.
    pub(super) fn record(&self) -> RecordId {
        remote::record(&self.login)
    }

    /// How the user is found again.
    pub(super) fn remote(&self) -> RemoteId {
        Remote { login: self.login.clone(), uid: self.uid }.to_string().into()
    }

    /// What the service lists as its aliases, as it is spelled: the primary address may be among them.
    pub(super) fn aliases(&self) -> Result<Vec<String>, String> {
        aliases(&self.document)
    }

    /// An object in the user's record.
    pub(super) fn object(&self, identity: Identity, fields: Readings) -> ObservedObject {
        let standing = match self.sort {
            Sort::Mailbox => Standing::Plain,
            Sort::Administrator => Standing::Foreign("the context's administrator, without a mailbox".into()),
        };
        let (record, remote) = (self.record(), Some(self.remote()));
        ObservedObject { identity, fields, standing, record, remote, facts: Facts::new() }
    }
}

/// The aliases of a user's record.
pub(super) fn aliases(document: &Loose) -> Result<Vec<String>, String> {
    let text = |item: &Json| match item {
        Json::String(text) => Some(text.clone()),
        Json::Object(_) => Loose::of(item)?.text("address").known(),
        _ => None,
    };
    match (document.list("aliases"), document.raw("aliases")) {
        (Told::Is(items), _) => items
            .iter()
            .map(|item| text(item).ok_or_else(|| "it lists something that is no alias".to_owned()))
            .collect(),
        (Told::Missing | Told::Nothing, _) => Ok(Vec::new()),
        (Told::Strange(_), Some(Json::String(one))) => Ok(vec![one.clone()]),
        (Told::Strange(_), _) => Err("the service tells a user's aliases in a form that is not known".into()),
    }
}

/// Which fields the service tells of any user: then one that is missing elsewhere is empty there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tells {
    names: bool,
    language: bool,
    timezone: bool,
}

impl Tells {
    /// Notes what a user's record tells.
    pub(super) fn note(&mut self, document: &Loose) {
        self.names |= NAMES.iter().any(|key| document.has(key));
        self.language |= document.has("language");
        self.timezone |= document.has("timezone");
    }

    /// True where a field with this key is told of anybody.
    pub(super) fn tells(self, key: &str) -> bool {
        match key {
            "language" => self.language,
            "timezone" => self.timezone,
            _ => self.names,
        }
    }
}

/// What a user's record says of the mailbox's own fields.
pub(super) fn mailbox(document: &Loose, tells: Tells) -> Readings {
    let mut readings = Readings::new();
    for (field, key) in TEXTS.iter() {
        let reading = match document.text(key) {
            Told::Missing if !tells.tells(key) => Reading::Untold(NAMES_NOT_TOLD.into()),
            Told::Missing | Told::Nothing => Reading::Known(Value::text("")),
            Told::Is(text) => Reading::Known(Value::text(&text)),
            Told::Strange(text) => strange(key, &text),
        };
        readings.set(field.clone(), reading);
    }
    readings.set(Field::Quota, quota(document));
    if document.has("classOfService") {
        let class = fields::class_of_service();
        readings.set(class, words("classOfService", document.raw("classOfService")));
    }
    if let Some(permissions) = permissions(document) {
        let told = |key: &str| permissions.bool(key);
        readings.set(Field::State, known(told("weblogin"), "weblogin", |yes| Value::State(state(yes))));
        readings.set(fields::edit_password(), known(told("editPassword"), "editPassword", Value::Bool));
    }
    readings
}

/// What a record says that the user may do; none where it does not say.
pub(super) fn permissions(document: &Loose) -> Option<Loose> {
    let inner = ["userPermissions", "permissions"].iter().find_map(|key| Loose::of(document.raw(key)?));
    inner.or_else(|| document.has("weblogin").then(|| document.clone()))
}

/// The state of a user that may log in, or may not.
pub(super) fn state(may_log_in: bool) -> AccountState {
    if may_log_in { AccountState::Active } else { AccountState::Suspended }
}

/// The key of the quota that counts a user's mail.
pub(super) fn quota_key(document: &Loose) -> &'static str {
    let has = |key: &str| !matches!(document.text(key), Told::Missing | Told::Nothing);
    // Beside a quota of its own for files, the service takes no unified one.
    let is_split = ["mailQuota", "fileQuota"].into_iter().any(has);
    if !has("unifiedQuota") && is_split { "mailQuota" } else { "unifiedQuota" }
}

fn quota(document: &Loose) -> Reading {
    let key = quota_key(document);
    match document.number(key) {
        Told::Missing | Told::Nothing => Reading::Known(Value::Quota(Quota::Unlimited)),
        Told::Is(mib) => match mib.checked_mul(MIB).filter(|bytes| (1..1 << 63).contains(bytes)) {
            Some(bytes) => Reading::Known(Value::Quota(Quota::Bytes(bytes))),
            None => Reading::NotRead(format!("the service tells `{key}` as {mib} MiB").into()),
        },
        Told::Strange(text) if text.trim_matches('"') == "-1" => {
            Reading::Known(Value::Quota(Quota::Unlimited))
        }
        Told::Strange(text) => strange(key, &text),
    }
}

/// How a quota is written; none where it cannot be.
pub(super) fn quota_json(quota: Option<&Value>) -> Option<Json> {
    match quota {
        None | Some(Value::Quota(Quota::Unlimited)) => Some(Json::Null),
        Some(Value::Quota(Quota::Bytes(bytes))) if bytes.is_multiple_of(MIB) => Some((bytes / MIB).into()),
        _ => None,
    }
}

fn known<T>(told: Told<T>, key: &str, value: impl FnOnce(T) -> Value) -> Reading {
    match told {
        Told::Is(told) => Reading::Known(value(told)),
        Told::Missing | Told::Nothing => Reading::NotRead(NOT_TOLD.into()),
        Told::Strange(text) => strange(key, &text),
    }
}

fn strange(key: &str, text: &str) -> Reading {
    Reading::NotRead(format!("the service tells `{key}` as `{}`, which cannot be read", excerpt(text)).into())
}

/// A set of words that may come as one text, as nothing, or as a list.
fn words(key: &str, told: Option<&Json>) -> Reading {
    let set = match told {
        None | Some(Json::Null) => Some(BTreeSet::new()),
        Some(Json::String(text)) if text.trim().is_empty() => Some(BTreeSet::new()),
        Some(Json::String(text)) => Some(BTreeSet::from([text.clone()])),
        Some(Json::Array(items)) => {
            let text = |item: &Json| item.as_str().map(str::to_owned);
            items.iter().map(text).collect::<Option<BTreeSet<String>>>().map(|mut words| {
                words.retain(|word| !word.trim().is_empty());
                words
            })
        }
        Some(_) => None,
    };
    match (set, told) {
        (Some(words), _) => Reading::Known(Value::Words(words)),
        (None, told) => strange(key, &told.map_or_else(String::new, ToString::to_string)),
    }
}

/// What an attribute's document says; none where it is not set.
pub(super) fn attribute(attribute: &Attribute, document: Option<&Json>) -> Reading {
    let key = attribute.key;
    let inner = match document {
        None => None,
        Some(Json::Object(_)) => {
            let object = document.and_then(Loose::of).unwrap_or_default();
            object.raw(key).cloned()
        }
        Some(other) => Some(other.clone()),
    };
    if attribute.form == Form::Words {
        return words(key, inner.as_ref());
    }
    // A text may come in an array of one.
    let inner = match inner {
        Some(Json::Array(items)) if items.len() < 2 => items.into_iter().next(),
        inner => inner,
    };
    let wrapped = Loose::of(&serde_json::json!({ "it": inner })).unwrap_or_default();
    // What is not set is none of its words, and neither yes nor no: any wish differs from it.
    let unset = || Reading::Known(Value::text(""));
    match attribute.form {
        Form::Bool | Form::Word(_) if document.is_none() => unset(),
        Form::Bool => known(wrapped.bool("it"), key, Value::Bool),
        Form::Word(words) => match wrapped.text("it") {
            Told::Is(word) if words.contains(&&*word.trim().to_ascii_lowercase()) => {
                Reading::Known(Value::text(&word.trim().to_ascii_lowercase()))
            }
            Told::Is(word) => strange(key, &word),
            told => known(told, key, |word| Value::text(&word)),
        },
        Form::Text | Form::Words => match wrapped.text("it") {
            Told::Missing | Told::Nothing => unset(),
            told => known(told, key, |text| Value::text(&text)),
        },
    }
}

/// The entries of a list of senders.
pub(super) fn entries(key: &str, document: Option<&Json>) -> Result<BTreeSet<String>, Reason> {
    let inner = match document {
        Some(Json::Object(object)) if object.contains_key(key) => object.get(key),
        Some(Json::Object(object)) if object.is_empty() => None,
        other => other,
    };
    match words(key, inner) {
        Reading::Known(Value::Words(words)) => Ok(words),
        Reading::NotRead(reason) | Reading::Untold(reason) => Err(reason),
        Reading::Known(_) => Err(NOT_TOLD.into()),
    }
}

/// The domains of a list.
pub(super) fn domains(document: &Json) -> Result<BTreeSet<DomainName>, Reason> {
    let names = entries("domains", Some(document))?;
    let parsed = names.iter().filter_map(|name| match DomainName::parse(name) {
        Ok(domain) => Some(domain),
        Err(error) => {
            tracing::warn!(domain = %excerpt(name), %error, "the service holds a domain that cannot be managed");
            None
        }
    });
    Ok(parsed.collect())
}

/// The recipients of a forwarding alias as its targets.
pub(super) fn targets(recipients: Option<&[String]>) -> Reading {
    let Some(recipients) = recipients else {
        return Reading::NotRead("the service tells its recipients in a form that is not known".into());
    };
    let parsed: Result<BTreeSet<Address>, &String> =
        recipients.iter().map(|text| Address::parse(text.trim()).map_err(|_| text)).collect();
    match parsed {
        Ok(addresses) => Reading::Known(Value::Addresses(addresses)),
        Err(text) => Reading::NotRead(
            format!("it delivers to `{}`, which is no address that can be managed", excerpt(text)).into(),
        ),
    }
}

/// What a record tells beyond fields.
pub(super) fn facts(document: &Loose) -> Facts {
    let told = [("used_quota_mib", "usedQuota"), ("used_mail_quota_mib", "usedMailQuota")];
    told.into_iter()
        .filter_map(|(name, key)| Some((name.to_owned(), excerpt(&document.text(key).known()?))))
        .collect()
}

#[cfg(test)]
mod tests;
