//! What a change asks of the columns.

use std::collections::BTreeSet;

use crate::model::{AccountState, Address, Change, DomainName, Field, Quota, Right, Value, Verb};
use crate::provider::{ErrorKind, ProviderError};

fn invalid(message: impl Into<String>) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, message)
}

/// What a change says of a field.
pub(super) enum Asked<'a> {
    /// It leaves the field alone.
    Nothing,
    /// It empties it.
    Empty,
    /// It sets it.
    Value(&'a Value),
}

pub(super) fn asked<'a>(change: &'a Change, field: &Field) -> Asked<'a> {
    match (change.verb, change.after.get(field)) {
        (Verb::Create, Some(value)) => Asked::Value(value),
        (Verb::Create, None) => Asked::Nothing,
        _ if !change.fields.contains(field) => Asked::Nothing,
        (_, Some(value)) => Asked::Value(value),
        (_, None) => Asked::Empty,
    }
}

pub(super) fn wrong_type(field: &Field) -> ProviderError {
    invalid(format!("`{field}` holds a value of another type"))
}

fn text(change: &Change, field: &Field, empty: &str) -> Result<Option<String>, ProviderError> {
    match asked(change, field) {
        Asked::Nothing => Ok(None),
        Asked::Empty => Ok(Some(empty.to_owned())),
        Asked::Value(Value::Text(text)) if text.contains('\0') => {
            Err(invalid(format!("`{field}` holds a NUL character, which cannot be stored")))
        }
        Asked::Value(Value::Text(text)) => Ok(Some(text.as_ref().to_owned())),
        Asked::Value(_) => Err(wrong_type(field)),
    }
}

fn number(change: &Change, name: &str) -> Result<Option<i64>, ProviderError> {
    let field = super::setting(name);
    match asked(change, &field) {
        Asked::Nothing => Ok(None),
        Asked::Empty => Ok(Some(0)),
        Asked::Value(Value::Int(number)) => Ok(Some(*number)),
        Asked::Value(_) => Err(wrong_type(&field)),
    }
}

pub(super) fn flag(change: &Change, field: &Field, empty: Flag) -> Result<Option<bool>, ProviderError> {
    match asked(change, field) {
        Asked::Nothing => Ok(None),
        Asked::Empty => Ok(Some(matches!(empty, Flag::On))),
        Asked::Value(Value::Bool(yes)) => Ok(Some(*yes)),
        Asked::Value(_) => Err(wrong_type(field)),
    }
}

/// What a yes-or-no is where nobody says it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Flag {
    On,
    Off,
}

/// What a change asks of a row of `mailbox`; none for a column that it leaves alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct MailboxWish {
    pub(in super::super) name: Option<String>,
    /// Bytes, 0 for no limit.
    pub(in super::super) quota: Option<i64>,
    pub(in super::super) active: Option<bool>,
    pub(in super::super) phone: Option<String>,
    pub(in super::super) email_other: Option<String>,
}

impl MailboxWish {
    /// Reads a change of a mailbox.
    pub(in super::super) fn of(change: &Change) -> Result<Self, ProviderError> {
        let quota = match asked(change, &Field::Quota) {
            Asked::Nothing => None,
            Asked::Empty | Asked::Value(Value::Quota(Quota::Unlimited)) => Some(0),
            Asked::Value(Value::Quota(Quota::Bytes(bytes))) => Some(
                i64::try_from(*bytes)
                    .map_err(|_| invalid(format!("a quota of {bytes} bytes cannot be stored")))?,
            ),
            Asked::Value(_) => return Err(wrong_type(&Field::Quota)),
        };
        let active = match asked(change, &Field::State) {
            Asked::Nothing => None,
            Asked::Empty | Asked::Value(Value::State(AccountState::Active)) => Some(true),
            Asked::Value(Value::State(AccountState::Suspended)) => Some(false),
            Asked::Value(_) => return Err(wrong_type(&Field::State)),
        };
        Ok(Self {
            name: text(change, &Field::DisplayName, "")?,
            quota,
            active,
            phone: text(change, &super::setting("phone"), "")?,
            email_other: text(change, &super::setting("email_other"), "")?,
        })
    }
}

/// What a change asks of a row of `domain`; none for a column that it leaves alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct DomainWish {
    pub(in super::super) description: Option<String>,
    pub(in super::super) aliases: Option<i64>,
    pub(in super::super) mailboxes: Option<i64>,
    pub(in super::super) maxquota: Option<i64>,
    pub(in super::super) quota: Option<i64>,
    pub(in super::super) transport: Option<String>,
    pub(in super::super) backupmx: Option<bool>,
    pub(in super::super) active: Option<bool>,
}

impl DomainWish {
    /// Reads a change of a domain.
    pub(in super::super) fn of(change: &Change) -> Result<Self, ProviderError> {
        Ok(Self {
            description: text(change, &super::setting("description"), "")?,
            aliases: number(change, "aliases")?,
            mailboxes: number(change, "mailboxes")?,
            maxquota: number(change, "maxquota")?,
            quota: number(change, "quota")?,
            transport: text(change, &super::setting("transport"), "virtual")?,
            backupmx: flag(change, &super::setting("backupmx"), Flag::Off)?,
            active: flag(change, &super::setting("active"), Flag::On)?,
        })
    }
}

fn targets(change: &Change) -> Result<Option<BTreeSet<Address>>, ProviderError> {
    match asked(change, &Field::Targets) {
        Asked::Nothing => Ok(None),
        Asked::Value(Value::Addresses(targets)) if !targets.is_empty() => Ok(Some(targets.clone())),
        Asked::Empty | Asked::Value(Value::Addresses(_)) => Err(invalid(format!(
            "{} {} would be left without a target",
            change.identity.kind(),
            change.identity
        ))
        .hint("delete it instead")),
        Asked::Value(_) => Err(wrong_type(&Field::Targets)),
    }
}

/// Refuses the address that PostfixAdmin's auto-reply has in a list: it would be taken for one, and never be seen.
fn no_auto_reply(targets: &BTreeSet<Address>, owner: &Address) -> Result<(), ProviderError> {
    let reserved = owner.as_str().replace('@', "#");
    match targets.iter().find(|target| target.local() == reserved) {
        Some(target) => Err(invalid(format!(
            "{target} is how PostfixAdmin writes an auto-reply of {owner}, not a recipient"
        ))
        .hint("leave it out: an auto-reply that is there stays")),
        None => Ok(()),
    }
}

/// How an alias is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum AliasForm {
    /// A row of `alias` with these targets.
    List(BTreeSet<Address>),
    /// A row of `alias_domain`: the whole domain stands for this one.
    Domain(DomainName),
}

/// The form that a change gives an alias; none where it does not speak of targets.
pub(in super::super) fn alias_form(
    change: &Change,
    address: &Address,
) -> Result<Option<AliasForm>, ProviderError> {
    let Some(targets) = targets(change)? else {
        return Ok(None);
    };
    if targets.contains(address) {
        return Err(
            invalid(format!("{address} would be its own target")).hint("name where its mail is to go")
        );
    }
    no_auto_reply(&targets, address)?;
    match targets.iter().find(|target| target.is_domain()) {
        None => Ok(Some(AliasForm::List(targets))),
        Some(domain) if address.is_domain() && targets.len() == 1 => {
            Ok(Some(AliasForm::Domain(domain.domain_name())))
        }
        Some(domain) => Err(invalid(format!("{domain} cannot be a target of {address}"))
            .hint("a whole domain can only be the single target of a whole domain, like `\"@old.example\": [\"@new.example\"]`")),
    }
}

/// What a change asks of a forward; none for what it leaves alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct ForwardWish {
    pub(in super::super) targets: Option<BTreeSet<Address>>,
    pub(in super::super) keep_copy: Option<bool>,
}

impl ForwardWish {
    /// Reads a change of a forward. Where nothing is said a copy is kept: so nothing is lost.
    pub(in super::super) fn of(change: &Change, mailbox: &Address) -> Result<Self, ProviderError> {
        let targets = targets(change)?;
        if let Some(targets) = &targets {
            no_auto_reply(targets, mailbox)?;
            if targets.contains(mailbox) {
                return Err(
                    invalid(format!("{mailbox} would forward to itself")).hint("write `keep_copy: true`")
                );
            }
            if let Some(domain) = targets.iter().find(|target| target.is_domain()) {
                return Err(invalid(format!("{mailbox} cannot forward to the whole domain {domain}"))
                    .hint("name an address"));
            }
        }
        Ok(Self { targets, keep_copy: flag(change, &Field::KeepCopy, Flag::On)? })
    }
}

/// The rights that a change gives; only those that Postfix or Dovecot enforce.
pub(in super::super) fn permission_rights(change: &Change) -> Result<BTreeSet<Right>, ProviderError> {
    match asked(change, &Field::Rights) {
        Asked::Value(Value::Rights(rights)) if !rights.is_empty() => {
            if rights.contains(&Right::SendOnBehalf) {
                return Err(
                    invalid("Postfix cannot tell `send_on_behalf` from `send_as`").hint("grant send_as")
                );
            }
            Ok(rights.clone())
        }
        Asked::Value(Value::Rights(_)) | Asked::Empty | Asked::Nothing => {
            Err(invalid("a permission needs a right").hint("delete it instead"))
        }
        Asked::Value(_) => Err(wrong_type(&Field::Rights)),
    }
}
