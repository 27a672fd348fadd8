//! Between the service's words and the model's; pure (`contracts/rackspace.md §7`).

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::http::excerpt;
use crate::model::{
    AccountState, Address, DomainName, Facts, Field, Identity, ObservedObject, Quota, Reading, Readings,
    Right, Standing, Value,
};

use super::api::{Loose, SenderList, Told};
use super::fields::{self, Form};

/// Bytes of what the service calls a megabyte.
const MEGABYTE: u64 = 1 << 20;

const NOT_TOLD: &str = "the service did not tell it";

/// How much of a mailbox a document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What a list tells of it: a field that is not there was not asked for.
    Row,
    /// All of it: a text that is not there is empty.
    Record,
}

/// The address of a name in a list, where this tool can name it. What it cannot name it leaves alone: nothing that can
/// be declared collides with it.
pub(super) fn nameable(name: &str, domain: &DomainName) -> Option<Address> {
    let parsed = if name.contains('@') { Address::parse(name) } else { Address::new(name, domain) };
    match parsed {
        Ok(address) if !address.is_domain() => Some(address),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(name = %excerpt(name), %domain, %error, "the service holds an address that cannot be managed");
            None
        }
    }
}

/// The record that holds a mailbox and all of its parts: the service has one.
pub(super) fn record(mailbox: &Address) -> String {
    format!("mailbox:{}", mailbox.as_str())
}

/// An object in the record of a mailbox.
pub(super) fn object(identity: Identity, mailbox: &Address, name: &str, fields: Readings) -> ObservedObject {
    ObservedObject {
        identity,
        fields,
        standing: Standing::Plain,
        record: record(mailbox).into(),
        remote: Some(name.into()),
        facts: Facts::new(),
    }
}

/// What a document says of a mailbox's own fields.
pub(super) fn mailbox(document: &Loose, extent: Extent) -> Readings {
    let mut readings = Readings::new();
    for field in fields::record() {
        // Every mailbox has a display name: one that is not told is not empty.
        let is_whole = extent == Extent::Record && field.field != Field::DisplayName;
        if is_whole || document.has(field.key) {
            readings.set(field.field.clone(), reading(document, field.key, field.form));
        }
    }
    if document.has(ACTIVE_SYNC_KEY) {
        let setting = fields::setting(fields::ACTIVE_SYNC_SETTING);
        readings.set(setting, reading(document, ACTIVE_SYNC_KEY, Form::Bool));
    }
    readings
}

/// The key that says whether mobile devices may synchronise.
pub(super) const ACTIVE_SYNC_KEY: &str = "hasActiveSyncMobileService";

fn reading(document: &Loose, key: &str, form: Form) -> Reading {
    let told = match form {
        Form::Text => match document.text(key) {
            Told::Missing | Told::Nothing => Told::Is(Value::text("")),
            told => mapped(told, |text| Some(Value::text(&text))),
        },
        Form::Bool => mapped(document.bool(key), |yes| Some(Value::Bool(yes))),
        Form::Enabled => mapped(document.bool(key), |enabled| Some(Value::State(state(enabled)))),
        Form::Megabytes => mapped(document.number(key), |megabytes| quota(megabytes).map(Value::Quota)),
    };
    known(told, key)
}

/// What a told value means; one that means nothing is strange.
fn mapped<T: ToString + Clone, U>(told: Told<T>, read: impl FnOnce(T) -> Option<U>) -> Told<U> {
    match told {
        Told::Missing => Told::Missing,
        Told::Nothing => Told::Nothing,
        Told::Is(value) => read(value.clone()).map_or_else(|| Told::Strange(value.to_string()), Told::Is),
        Told::Strange(text) => Told::Strange(text),
    }
}

fn known(told: Told<Value>, key: &str) -> Reading {
    match told {
        Told::Is(value) => Reading::Known(value),
        Told::Missing | Told::Nothing => Reading::NotRead(NOT_TOLD.into()),
        Told::Strange(text) => Reading::NotRead(
            format!("the service tells `{key}` as `{}`, which cannot be read", excerpt(&text)).into(),
        ),
    }
}

/// The state of a mailbox that is enabled, or is not.
pub(super) fn state(enabled: bool) -> AccountState {
    if enabled { AccountState::Active } else { AccountState::Suspended }
}

fn quota(megabytes: u64) -> Option<Quota> {
    megabytes.checked_mul(MEGABYTE).filter(|bytes| (1..1 << 63).contains(bytes)).map(Quota::Bytes)
}

/// How a field's value is written in a form; a field without one is emptied. None where it cannot be written.
pub(super) fn form_text(form: Form, value: Option<&Value>) -> Option<String> {
    match (form, value) {
        (Form::Text, None) => Some(String::new()),
        (Form::Text, Some(Value::Text(text))) => Some(text.to_string()),
        (Form::Bool, Some(Value::Bool(yes))) => Some(yes.to_string()),
        (Form::Enabled, Some(Value::State(state))) => Some((*state == AccountState::Active).to_string()),
        (Form::Megabytes, Some(Value::Quota(Quota::Bytes(bytes)))) if bytes.is_multiple_of(MEGABYTE) => {
            Some((bytes / MEGABYTE).to_string())
        }
        _ => None,
    }
}

/// True where a domain has Hosted Exchange, and where the service does not say which services it has.
pub(super) fn has_exchange(domain: &Loose) -> bool {
    domain
        .text("serviceType")
        .known()
        .is_none_or(|kind| ["exchange", "both"].iter().any(|word| kind.trim().eq_ignore_ascii_case(word)))
}

/// What a document tells beyond fields.
pub(super) fn facts(document: &Loose) -> Facts {
    let told = [
        ("usage", "currentUsage"),
        ("last_login", "lastLogin"),
        ("created", "createdDate"),
        ("sam_account_name", "samAccountName"),
        ("blackberry", "hasBlackBerryMobileService"),
    ];
    told.into_iter()
        .filter_map(|(name, key)| Some((name.to_owned(), excerpt(&document.text(key).known()?))))
        .collect()
}

/// How devices reach a mailbox, as facts.
pub(super) fn active_sync_facts(service: &Loose) -> Facts {
    let told = [
        ("activesync_server", "serverAddress"),
        ("activesync_user", "userName"),
        ("activesync_domain", "domainAddress"),
    ];
    told.into_iter()
        .filter_map(|(name, key)| Some((name.to_owned(), excerpt(&service.text(key).known()?))))
        .collect()
}

/// A mailbox's forward, where its record tells of one.
pub(super) fn forward(mailbox: &Address, name: &str, shown: &Loose) -> Option<ObservedObject> {
    let targets = match shown.text("emailForwardingAddress") {
        Told::Missing | Told::Nothing => return None,
        Told::Is(text) => Address::parse(text.trim()).map_err(|_| text),
        Told::Strange(text) => Err(text),
    };
    let targets = match targets {
        Ok(target) => Reading::Known(Value::Addresses(BTreeSet::from([target]))),
        Err(text) => Reading::NotRead(
            format!("it forwards to `{}`, which is no address that can be managed", excerpt(&text)).into(),
        ),
    };
    let mut fields = Readings::new();
    fields.set(Field::Targets, targets);
    fields.set(Field::KeepCopy, reading(shown, "saveForwardedEmail", Form::Bool));
    Some(object(Identity::Forward(mailbox.clone()), mailbox, name, fields))
}

/// The extra addresses of a mailbox as aliases; why not, where its record does not tell them.
pub(super) fn aliases(mailbox: &Address, name: &str, shown: &Loose) -> Result<Vec<ObservedObject>, String> {
    let listed = match shown.list("emailAddressList") {
        Told::Is(listed) => listed,
        Told::Nothing => Vec::new(),
        Told::Missing => return Err("the service did not tell the mailbox's addresses".into()),
        Told::Strange(_) => {
            return Err("the service tells the mailbox's addresses in a form that is not known".into());
        }
    };
    let domain = mailbox.domain_name();
    let mut found = Vec::new();
    for item in listed {
        let (text, is_primary) = match (item.as_str(), Loose::of(&item)) {
            (Some(text), _) => (text.to_owned(), false),
            (None, Some(entry)) => (
                entry.text("address").known().unwrap_or_default(),
                entry.bool("replyTo").known().unwrap_or(false),
            ),
            (None, None) => {
                return Err("the service lists something that is no address of the mailbox".into());
            }
        };
        let Some(address) = nameable(text.trim(), &domain).filter(|address| address != mailbox) else {
            continue;
        };
        let targets = Value::Addresses(BTreeSet::from([mailbox.clone()]));
        let fields = Readings::new().known(Field::Targets, targets);
        let foreign = if is_primary {
            Some("the mailbox's primary address; no call changes which one is primary")
        } else if address.domain() != mailbox.domain() {
            Some(
                "an address in another domain of the account; such addresses may come with domain aliases and are \
                 not removed one by one",
            )
        } else {
            None
        };
        let mut alias = object(Identity::Alias(address), mailbox, name, fields);
        if let Some(reason) = foreign {
            alias.standing = Standing::Foreign(reason.into());
        }
        found.push(alias);
    }
    Ok(found)
}

/// What one entry of a mailbox's permissions says.
pub(super) fn permission(mailbox: &Address, name: &str, entry: &Loose) -> Option<ObservedObject> {
    let grantee = nameable(entry.text("emailAddress").known()?.trim(), &mailbox.domain_name())?;
    let told = match entry.text("permissionType") {
        Told::Is(word) => rights(&word).map_or(Told::Strange(word), |rights| Told::Is(Value::Rights(rights))),
        told => mapped(told, |_| None),
    };
    let mut fields = Readings::new();
    fields.set(Field::Rights, known(told, "permissionType"));
    let is_outside = grantee.domain() != mailbox.domain();
    let identity = Identity::Permission { mailbox: mailbox.clone(), grantee };
    let mut permission = object(identity, mailbox, name, fields);
    if is_outside {
        let reason = "its grantee is in another domain, and the calls name a grantee by its local part alone";
        permission.standing = Standing::Foreign(reason.into());
    }
    Some(permission)
}

/// The rights that a word grants.
pub(super) fn rights(word: &str) -> Option<BTreeSet<Right>> {
    match word.trim().to_ascii_lowercase().as_str() {
        "sendas" => Some([Right::SendAs].into()),
        "fullaccess" => Some([Right::FullAccess].into()),
        "both" => Some([Right::FullAccess, Right::SendAs].into()),
        _ => None,
    }
}

/// The word that grants these rights; none where there is no such word.
pub(super) fn rights_word(rights: &BTreeSet<Right>) -> Option<&'static str> {
    [("sendAs", [Right::SendAs].into()), ("fullAccess", [Right::FullAccess].into())]
        .into_iter()
        .chain([("both", [Right::FullAccess, Right::SendAs].into())])
        .find(|(_, of): &(&str, BTreeSet<Right>)| of == rights)
        .map(|(word, _)| word)
}

/// What a mailbox's spam settings say.
pub(super) fn spam(settings: &Loose) -> Readings {
    let level = match settings.text("filterLevel") {
        Told::Is(word) => {
            let word = word.trim().to_ascii_lowercase();
            if fields::FILTER_LEVELS.contains(&&*word) {
                Told::Is(Value::text(&word))
            } else {
                Told::Strange(word)
            }
        }
        told => mapped(told, |_| None),
    };
    let mut readings = Readings::new();
    readings.set(fields::setting(fields::FILTER_LEVEL), known(level, "filterLevel"));
    readings.set(
        fields::setting(fields::TO_DOMAIN_QUARANTINE),
        reading(settings, "sendToDomainQuarantine", Form::Bool),
    );
    readings.set(fields::setting(fields::QUARANTINE_OWNER), reading(settings, "quarantineOwner", Form::Text));
    readings
}

/// The list that lets a word through, or the one that keeps it out: hosts and networks have lists of their own.
pub(super) fn list_of(field: &Field, word: &str) -> SenderList {
    match (field, is_network(word)) {
        (Field::Allow, false) => SenderList::Safe,
        (Field::Allow, true) => SenderList::IpSafe,
        (_, false) => SenderList::Block,
        (_, true) => SenderList::IpBlock,
    }
}

/// True for the address of a host, and for a network in the form `address/bits`.
fn is_network(word: &str) -> bool {
    let (address, bits) = word.split_once('/').unwrap_or((word, "0"));
    address.parse::<IpAddr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= 128)
}

#[cfg(test)]
mod tests;
