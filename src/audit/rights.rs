//! Rights, and whether whoever holds them is still there, may still log in, and belongs to the organisation.

use crate::model::{
    Address, DomainWish, Field, Finding, Identity, ObjectRef, ObservedObject, Presence, Standing, Value,
};

use super::live::{Holder, Live, found};
use super::rules::{ORPHANED, OUTSIDE_RIGHT, SUSPENDED};

/// What somebody may do.
struct Right {
    /// The object that gives it.
    object: ObjectRef,
    /// The field that names its holder, where one does.
    field: Option<Field>,
    holder: Address,
    /// What it lets its holder do, up to the holder's name.
    gives: String,
}

pub(super) fn findings(live: &Live<'_>) -> Vec<Finding> {
    let rights = live.objects().flat_map(|(object, there)| rights_of(live, object, there));
    rights
        .filter(|right| live.looks_at(&right.object) && !live.is_ignored(&right.holder))
        .filter_map(|right| {
            let (rule, which) = match live.holder(&right.holder) {
                Holder::There | Holder::Unknown => return None,
                Holder::Gone => (&ORPHANED, "which is neither a mailbox nor an alias"),
                Holder::Suspended => (&SUSPENDED, "whose mailbox is suspended"),
                Holder::Outside => (&OUTSIDE_RIGHT, "which is outside the declared domains"),
            };
            let message = format!("{}, {which}", right.gives);
            let at = live.place(&right.object, right.field.as_ref());
            let remote = Some(right.holder.to_string());
            Some(Finding { remote, at, ..found(rule, Some(right.object), message) })
        })
        .collect()
}

fn rights_of(live: &Live<'_>, object: ObjectRef, there: &ObservedObject) -> Vec<Right> {
    match &object.identity {
        Identity::Permission { mailbox, grantee }
            if grantee != mailbox && live.domain_of(&object).is_some() =>
        {
            let rights = there.fields.value(&Field::Rights).map(Value::to_string);
            let rights = rights.unwrap_or_else(|| "rights".to_owned());
            let gives = format!("gives {rights} to {grantee}");
            let holder = grantee.clone();
            vec![Right { field: None, holder, gives, object }]
        }
        Identity::Alias(alias) if live.domain_of(&object).is_some() => {
            let senders = there.fields.value(&Field::PermittedSenders).and_then(Value::addresses);
            let senders = senders.into_iter().flatten().filter(|sender| !sender.is_domain());
            senders
                .map(|sender| Right {
                    object: object.clone(),
                    field: Some(Field::PermittedSenders),
                    holder: sender.clone(),
                    gives: format!("lets {sender} send as {alias}"),
                })
                .collect()
        }
        Identity::Administrator(login) => administers(live, &object, there, login).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// What an administrator administers of the declared domains. A login need not be a mail address, and one that is may
/// have a password of its own: who is declared is meant, and only a suspended mailbox of the same name is worth a word.
fn administers(live: &Live<'_>, object: &ObjectRef, there: &ObservedObject, login: &str) -> Option<Right> {
    let holder = Address::parse(login).ok()?;
    let is_declared = live.desired.objects.get(object).is_some_and(|wish| wish.presence == Presence::Present);
    if there.standing == Standing::Login || is_declared && live.holder(&holder) != Holder::Suspended {
        return None;
    }
    let mut stores = live.desired.domains.values().flat_map(DomainWish::stores);
    if !stores.any(|store| *store == object.connection) {
        return None;
    }
    let what = if there.fields.value(&Field::Full) == Some(&Value::Bool(true)) {
        "everything".to_owned()
    } else {
        let Some(Value::Domains(domains)) = there.fields.value(&Field::Domains) else { return None };
        let ours = domains.iter().filter(|domain| live.desired.domains.contains_key(*domain));
        ours.map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let gives = format!("lets {holder} administer {what} on {}", object.connection);
    (!what.is_empty()).then_some(Right { object: object.clone(), field: None, holder, gives })
}
