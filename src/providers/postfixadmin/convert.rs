//! Rows to the model and back. Pure: no SQL, no clock.
//!
//! PostfixAdmin keeps an alias row at each mailbox's own address, the self row. It is how a mailbox receives and how
//! it forwards, so it is folded into those two here and never shown as an alias (`contracts/postfixadmin.md §2`).

use std::collections::BTreeSet;

use super::dovecot::Sharing;
use super::sql::{AliasRow, DomainRow, MailboxRow};
use crate::model::{
    AccountState, Address, DomainName, Field, Identity, ObservedObject, Quota, Reading, Readings, Reason,
    Right, Standing, Value,
};

mod administrator;
mod goto;
mod remains;
mod wish;

pub(super) use administrator::{ALL, AdministratorRows, AdministratorWish, DomainRight, administrator};
pub(super) use goto::{Goto, Owner};
pub(super) use remains::{Traces, remains};
pub(super) use wish::{AliasForm, DomainWish, ForwardWish, MailboxWish, alias_form, permission_rights};

/// Why a row that is switched off is left alone.
pub(super) const SWITCHED_OFF: &str =
    "it is switched off in PostfixAdmin (active = 0); switch it on there, or delete it there";
const NOT_UTF8: &str = "it holds no text in UTF-8";

fn setting(name: &str) -> Field {
    Field::Setting(name.into())
}

fn text_reading(text: Option<&str>) -> Reading {
    match text {
        Some(text) => Reading::Known(Value::text(text)),
        None => Reading::NotRead(NOT_UTF8.into()),
    }
}

/// Notes a row whose key is not in lower case.
fn note_spelling(object: &mut ObservedObject, stored: &str, key: &str) {
    if stored != key {
        let fact = format!("{stored}, which Postfix does not find: it looks up lower case");
        object.facts.insert("stored_as".to_owned(), fact);
    }
}

/// A domain.
pub(super) fn domain(name: DomainName, row: &DomainRow) -> ObservedObject {
    let fields = Readings::new()
        .known(setting("active"), Value::Bool(row.active))
        .known(setting("aliases"), Value::Int(row.aliases))
        .known(setting("backupmx"), Value::Bool(row.backupmx))
        .known(setting("mailboxes"), Value::Int(row.mailboxes))
        .known(setting("maxquota"), Value::Int(row.maxquota))
        .known(setting("quota"), Value::Int(row.quota));
    let key = name.as_str().to_owned();
    let mut object = ObservedObject::plain(Identity::Domain(name), fields);
    object.fields.set(setting("description"), text_reading(row.description.as_deref()));
    object.fields.set(setting("transport"), text_reading(row.transport.as_deref()));
    note_spelling(&mut object, row.domain.as_deref().unwrap_or(&key), &key);
    object
}

/// A mailbox.
pub(super) fn mailbox(address: Address, row: &MailboxRow) -> ObservedObject {
    let key = address.as_str().to_owned();
    let mut object = ObservedObject::plain(Identity::Mailbox(address), Readings::new());
    let fields = &mut object.fields;
    fields.set(Field::DisplayName, text_reading(row.name.as_deref()));
    fields.set(setting("phone"), text_reading(row.phone.as_deref()));
    fields.set(setting("email_other"), text_reading(row.email_other.as_deref()));
    fields.set(Field::Quota, Reading::Known(Value::Quota(quota(row.quota))));
    fields.set(Field::State, state(row.active, row.alias_active));
    if row.quota < 0 {
        let fact = format!("{}: switched off in PostfixAdmin, so nothing is limited", row.quota);
        object.facts.insert("quota".to_owned(), fact);
    }
    if let Some((bytes, messages)) = row.used {
        object.facts.insert("used_bytes".to_owned(), bytes.to_string());
        object.facts.insert("messages".to_owned(), messages.to_string());
    }
    note_spelling(&mut object, row.username.as_deref().unwrap_or(&key), &key);
    object
}

/// The limit of a row: bytes, 0 for none. Below 0 PostfixAdmin calls quotas disabled, and nothing limits.
pub(super) fn quota(stored: i64) -> Quota {
    match u64::try_from(stored) {
        Ok(bytes) if bytes > 0 => Quota::Bytes(bytes),
        _ => Quota::Unlimited,
    }
}

/// A mailbox is off when its row is off. Its alias row must be off with it: else mail is accepted and bounces
/// (`contracts/postfixadmin.md §7.5`).
fn state(active: bool, alias_active: Option<bool>) -> Reading {
    match (active, alias_active) {
        (true, _) => Reading::Known(Value::State(AccountState::Active)),
        (false, Some(true)) => Reading::NotRead(
            "it is half switched off: nobody can log in, but its alias row is on, so that mail is accepted and \
             then bounces; save it once in PostfixAdmin"
                .into(),
        ),
        (false, _) => Reading::Known(Value::State(AccountState::Suspended)),
    }
}

/// An alias, a list or a catch-all.
pub(super) fn alias(address: Address, row: &AliasRow) -> ObservedObject {
    let key = address.as_str().to_owned();
    let reading = match &row.goto {
        Some(goto) => Goto::parse(Owner::Alias(&address), goto).targets_reading(),
        None => Reading::NotRead(NOT_UTF8.into()),
    };
    let mut object = aliased(address, reading, row.active);
    note_spelling(&mut object, row.address.as_deref().unwrap_or(&key), &key);
    object
}

/// A domain alias, which stands for a whole domain.
pub(super) fn domain_alias(address: Address, target: Option<&Address>, active: bool) -> ObservedObject {
    let reading = match target {
        Some(target) => Reading::Known(Value::Addresses([target.clone()].into())),
        None => Reading::NotRead("its target is no domain name".into()),
    };
    aliased(address, reading, active)
}

/// A domain that has both a catch-all and a domain alias: which of them takes a mail depends on Postfix's maps.
pub(super) fn two_rows(address: Address) -> ObservedObject {
    let reason = "a catch-all and a domain alias both stand for it; delete one of them in PostfixAdmin";
    let fields = Readings::new().not_read(Field::Targets, reason);
    ObservedObject::plain(Identity::Alias(address), fields)
}

fn aliased(address: Address, targets: Reading, active: bool) -> ObservedObject {
    let mut object = ObservedObject::plain(Identity::Alias(address), Readings::new());
    if active {
        object.fields.set(Field::Targets, targets);
    } else {
        object.fields.set(Field::Targets, Reading::NotRead(SWITCHED_OFF.into()));
        object.standing = Standing::Foreign(SWITCHED_OFF.into());
    }
    object
}

/// What a mailbox's own alias row says of its forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Forwarding {
    /// Mail goes to the mailbox alone.
    None,
    /// Mail goes elsewhere, and to the mailbox where `keep_copy`.
    Live {
        /// The other recipients, or why they cannot be told.
        targets: Result<BTreeSet<Address>, String>,
        /// Whether the mailbox gets it too.
        keep_copy: bool,
    },
    /// The row has other recipients and is switched off, while the mailbox is on.
    Off,
}

/// Reads a mailbox's own alias row. `active` is the row's, `mailbox_active` the mailbox's: with the mailbox the row
/// is off too, and what it holds comes back with it.
pub(super) fn forwarding(goto: &Goto, active: bool, mailbox_active: bool) -> Forwarding {
    if goto.is_empty() {
        return Forwarding::None;
    }
    let targets = goto.targets();
    let elsewhere = !matches!(&targets, Ok(targets) if targets.is_empty());
    match (elsewhere, active || !mailbox_active) {
        (true, false) => Forwarding::Off,
        (false, false) => Forwarding::None,
        (false, true) if goto.holds_own() => Forwarding::None,
        (_, true) => Forwarding::Live { targets, keep_copy: goto.holds_own() },
    }
}

/// The forward that a mailbox's own alias row holds; none where mail goes to the mailbox alone.
pub(super) fn forward(address: Address, row: &AliasRow) -> Option<ObservedObject> {
    let mailbox_active = row.mailbox_active.unwrap_or(true);
    let Some(text) = &row.goto else {
        let fields = Readings::new().not_read(Field::Targets, NOT_UTF8).not_read(Field::KeepCopy, NOT_UTF8);
        return Some(ObservedObject::plain(Identity::Forward(address), fields));
    };
    let goto = Goto::parse(Owner::Mailbox(&address), text);
    match forwarding(&goto, row.active, mailbox_active) {
        Forwarding::None => None,
        Forwarding::Live { keep_copy, .. } => {
            let mut object = ObservedObject::plain(Identity::Forward(address), Readings::new());
            object.fields.set(Field::Targets, goto.targets_reading());
            object.fields.set(Field::KeepCopy, Reading::Known(Value::Bool(keep_copy)));
            Some(object)
        }
        Forwarding::Off => {
            let fields = Readings::new()
                .not_read(Field::Targets, SWITCHED_OFF)
                .not_read(Field::KeepCopy, SWITCHED_OFF);
            let mut object = ObservedObject::plain(Identity::Forward(address), fields);
            object.standing = Standing::Foreign(SWITCHED_OFF.into());
            Some(object)
        }
    }
}

/// The forward of a mailbox whose own alias row is missing or off: Postfix takes the domain's catch-all for it, so
/// mail goes there and not into the mailbox (`contracts/postfixadmin.md §7.4`). None where the catch-all leads to
/// the mailbox, or where the row is off on purpose ([`forward`] tells of that one).
pub(super) fn swallowed(address: Address, own: Option<&str>, catch_all: &str) -> Option<ObservedObject> {
    let own = Goto::parse(Owner::Mailbox(&address), own.unwrap_or_default());
    if forwarding(&own, false, true) == Forwarding::Off {
        return None;
    }
    let goto = Goto::parse(Owner::Mailbox(&address), catch_all);
    if matches!(forwarding(&goto, true, true), Forwarding::None) {
        return None;
    }
    let keep_copy = Value::Bool(goto.holds_own());
    let fact = format!(
        "by the catch-all @{}: the mailbox has no alias row of its own that is on; `forward: absent` gives it one",
        address.domain()
    );
    let mut object = ObservedObject::plain(Identity::Forward(address), Readings::new());
    object.fields.set(Field::Targets, goto.targets_reading());
    object.fields.set(Field::KeepCopy, Reading::Known(keep_copy));
    object.facts.insert("forwarded".to_owned(), fact);
    Some(object)
}

/// A permission. `words` are the rights as stored, joined by commas.
pub(super) fn permission(mailbox: Address, grantee: Address, words: &str) -> ObservedObject {
    let rights: Option<BTreeSet<Right>> =
        words.split(',').map(|word| Right::ALL.into_iter().find(|right| right.as_str() == word)).collect();
    let reading = match rights {
        Some(rights) => Reading::Known(Value::Rights(rights)),
        None => Reading::NotRead("it holds a right that this version does not know".into()),
    };
    let mut object = ObservedObject::plain(Identity::Permission { mailbox, grantee }, Readings::new());
    object.fields.set(Field::Rights, reading);
    object
}

/// A permission of which Dovecot holds a part. `words` are the rights in the database; `sharing` is what the folders'
/// lists say, or why they could not be read. None where there is nothing.
pub(super) fn shared(
    mailbox: Address,
    grantee: Address,
    words: Option<&str>,
    sharing: Result<Sharing, Reason>,
) -> Option<ObservedObject> {
    let words: Vec<&str> = words.unwrap_or_default().split(',').filter(|word| !word.is_empty()).collect();
    // Full access is what Dovecot says, and nothing else.
    let own: Vec<&str> = words.into_iter().filter(|word| *word != Right::FullAccess.as_str()).collect();
    let mut object = permission(mailbox, grantee, &own.join(","));
    if own.is_empty() {
        object.fields.set(Field::Rights, Reading::Known(Value::Rights(BTreeSet::new())));
    }
    match sharing {
        Err(reason) => object.fields.set(Field::Rights, Reading::NotRead(reason)),
        Ok(Sharing::None) if own.is_empty() => return None,
        Ok(Sharing::None) => {}
        Ok(Sharing::Full) => {
            let words: Vec<&str> = own.iter().copied().chain([Right::FullAccess.as_str()]).collect();
            let Identity::Permission { mailbox, grantee } = object.identity else { return None };
            return Some(permission(mailbox, grantee, &words.join(",")));
        }
        Ok(Sharing::Gaps(folders)) => {
            let fact = format!("not yet of {}, made since it was given", folders.join(", "));
            object.facts.insert("full_access".to_owned(), fact);
            if !own.is_empty() {
                // Told by what it still opens: with its other rights alone, a revoke that stopped half way would equal
                // the wish, and what is left of it would stay.
                let fact = "held too, and told again when full access is whole or gone";
                object.facts.insert(own.join(","), fact.to_owned());
                let full = Value::Rights([Right::FullAccess].into());
                object.fields.set(Field::Rights, Reading::Known(full));
            }
        }
        Ok(Sharing::ByHand(what)) => {
            let reason = format!(
                "folders are shared by hand ({what}), which is no full access; `doveadm acl delete` takes it back"
            );
            if own.is_empty() {
                object.fields.set(Field::Rights, Reading::NotRead(reason.as_str().into()));
                object.standing = Standing::Foreign(reason.into());
            } else {
                object.facts.insert("shared_by_hand".to_owned(), what);
            }
        }
    }
    Some(object)
}

#[cfg(test)]
mod tests;
