//! What an account and a sub-admin are in the model, and what a wish is for the service (`contracts/atmail.md §5`).
//! Pure.

use std::collections::BTreeSet;

use crate::http::excerpt;
use crate::model::{
    AccountState, Address, DomainName, Field, Identity, ObservedObject, Quota, Reading, Readings, Reason,
    RecordId, Standing, Value,
};

use super::account::Unit;
use super::fields::{ADMIN_SETTINGS, AUTO_REPLY, RIGHTS, named};
use super::record::{AdminRecord, User};
use super::rows::Copies;

const UNTOLD: &str = "the service did not tell it";
const NOT_KEPT: &str = "the service did not keep it when it was written, although it said so; if that lasts, name it in \
                        `unsupported` of this connection";
const TWICE: &str =
    "the mailbox forwards by its own field and by an alias at its address; remove one of them in WebAdmin";

/// What is known of the server beside its answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Lens {
    /// What quotas count in that it tells.
    pub(super) unit: Option<Unit>,
    /// Fields that it does not keep.
    pub(super) lost: BTreeSet<Field>,
}

/// The record of an account, which its forward is part of.
pub(super) fn record_of(mailbox: &Address) -> RecordId {
    format!("mailbox:{}", mailbox.as_str()).into()
}

/// A mailbox, with those of the fields `wanted` that are told.
pub(super) fn mailbox(
    address: &Address,
    user: &User,
    wanted: &dyn Fn(&Field) -> bool,
    lens: &Lens,
) -> ObservedObject {
    let identity = Identity::Mailbox(address.clone());
    let text = |told: &Option<String>| told.as_deref().map(|text| Reading::Known(Value::text(text)));
    let readings = [
        (Field::GivenName, text(&user.given_name)),
        (Field::FamilyName, text(&user.family_name)),
        (Field::Quota, user.quota.as_deref().map(|told| quota(told, lens.unit))),
        (Field::State, user.status.as_deref().map(state)),
        (named(AUTO_REPLY), user.auto_reply.as_deref().map(|told| Reading::Known(Value::text(&lines(told))))),
    ];
    let mut fields = Readings::new();
    for (field, reading) in readings {
        let reading = match reading {
            _ if lens.lost.contains(&field) => Reading::NotRead(NOT_KEPT.into()),
            Some(reading) => reading,
            None if wanted(&field) => Reading::NotRead(UNTOLD.into()),
            None => continue,
        };
        fields.set(field, reading);
    }
    let remote = (user.account != address.as_str()).then(|| user.account.as_str().into());
    ObservedObject { record: record_of(address), remote, ..ObservedObject::plain(identity, fields) }
}

/// A text with its line ends in one spelling: forms and pages bring their own.
pub(super) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned()
}

/// A status, of which 0 is an account in use (`contracts/atmail.md §5`).
fn state(told: &str) -> Reading {
    match told.parse::<i64>() {
        Ok(0) => Reading::Known(Value::State(AccountState::Active)),
        Ok(_) => Reading::Known(Value::State(AccountState::Suspended)),
        Err(_) if told.is_empty() => Reading::NotRead(UNTOLD.into()),
        Err(_) => Reading::NotRead(format!("the service tells the status `{}`", excerpt(told)).into()),
    }
}

/// A number of the service in bytes.
fn bytes(number: u64, unit: Unit) -> Option<u64> {
    number.checked_mul(match unit {
        Unit::Mib => 1 << 20,
        Unit::Kib => 1 << 10,
    })
}

/// A quota. Without knowing what it counts in, only a number that cannot be whole MiB in KiB says how much it is.
/// A multiple of 1024 below this is no number of KiB: nobody has less than 50 MiB, the column's own default
/// (contract §5.2).
const LEAST_KIB: u64 = 51_200;

/// A number from this on is no number of MiB: nobody has a TiB.
const MOST_MIB: u64 = 1 << 20;

pub(super) fn quota(told: &str, unit: Option<Unit>) -> Reading {
    let number = match told.parse::<u64>() {
        // Without one of its own; whether that is no limit or the server's default is not documented.
        Ok(0) => return Reading::Known(Value::Quota(Quota::Unlimited)),
        Err(_) if told.is_empty() => return Reading::Known(Value::Quota(Quota::Unlimited)),
        Err(_) => return Reading::NotRead(format!("the service tells the quota `{}`", excerpt(told)).into()),
        Ok(number) => number,
    };
    let (mib, kib) = (bytes(number, Unit::Mib), bytes(number, Unit::Kib));
    let known = match unit {
        Some(Unit::Mib) => mib,
        Some(Unit::Kib) => kib,
        None if !number.is_multiple_of(1024) || number < LEAST_KIB => mib,
        None if number >= MOST_MIB => kib,
        None => {
            let shown = |bytes: Option<u64>| {
                bytes.map_or_else(|| "?".to_owned(), |bytes| Quota::Bytes(bytes).to_string())
            };
            return Reading::NotRead(
                format!(
                    "unverified: the service tells {number}, which is {} if it counts in MiB and {} if in KiB; say which \
                     as `quota_unit` of this connection",
                    shown(mib),
                    shown(kib)
                )
                .into(),
            );
        }
    };
    match known {
        Some(bytes) if bytes < 1 << 63 => Reading::Known(Value::Quota(Quota::Bytes(bytes))),
        _ => Reading::NotRead(format!("the service tells a quota of {number}").into()),
    }
}

/// A quota as the service takes it, in MB of 1024 × 1024 bytes.
pub(super) fn megabytes(quota: Quota) -> Option<u64> {
    match quota {
        Quota::Bytes(bytes) if bytes.is_multiple_of(1 << 20) => Some(bytes >> 20),
        Quota::Bytes(_) | Quota::Unlimited => None,
    }
}

/// What an account's own field and the rows at its address say of its forward. `field` is none where it is not told,
/// `has_field` says whether accounts have one at all.
pub(super) fn forward(
    mailbox: &Address,
    field: Option<&str>,
    has_field: bool,
    copies: &Copies,
    lens: &Lens,
) -> Result<Option<ObservedObject>, Reason> {
    let field = match field {
        Some(text) if Address::parse(text).is_ok_and(|target| target == *mailbox) => "",
        Some(text) => text,
        None if has_field => return Err(UNTOLD.into()),
        None => "",
    };
    let not_read = |reason: Reason| (Reading::NotRead(Reason::clone(&reason)), Reading::NotRead(reason));
    let known =
        |targets, keeps| (Reading::Known(Value::Addresses(targets)), Reading::Known(Value::Bool(keeps)));
    let (targets, keeps) = match (field, copies) {
        ("", Copies::None | Copies::Itself) if lens.lost.contains(&Field::Targets) => {
            return Err(NOT_KEPT.into());
        }
        ("", Copies::None | Copies::Itself) => return Ok(None),
        ("", Copies::To(targets)) => known(targets.clone(), true),
        ("", Copies::Untold(reason)) => not_read(Reason::clone(reason)),
        (text, Copies::None) => match Address::parse(text) {
            Ok(target) => known(BTreeSet::from([target]), false),
            Err(_) => {
                not_read(format!("the service tells `{}`, which is not one address", excerpt(text)).into())
            }
        },
        (_, Copies::Itself | Copies::To(_) | Copies::Untold(_)) => not_read(TWICE.into()),
    };
    let mut fields = Readings::new();
    fields.set(Field::Targets, targets);
    fields.set(Field::KeepCopy, keeps);
    let identity = Identity::Forward(mailbox.clone());
    Ok(Some(ObservedObject { record: record_of(mailbox), ..ObservedObject::plain(identity, fields) }))
}

/// A sub-admin.
pub(super) fn administrator(record: &AdminRecord, login: &str) -> ObservedObject {
    let untold = || Reading::NotRead(UNTOLD.into());
    let mut fields = Readings::new();
    fields.set(Field::Full, record.full.map_or_else(untold, |full| Reading::Known(Value::Bool(full))));
    let rights = if record.tells_rights() { Reading::Known(Value::Words(rights(record))) } else { untold() };
    fields.set(Field::AdminRights, rights);
    fields.set(Field::Domains, record.domains.as_deref().map_or_else(untold, domains));
    for (setting, told) in ADMIN_SETTINGS.iter().zip(&record.settings) {
        let reading = match told.as_deref() {
            None => untold(),
            Some(text) if !setting.counts => Reading::Known(Value::text(text)),
            // Without a value there is no allowance that could be told from none.
            Some("") => Reading::Known(Value::Int(0)),
            Some(text) => match text.parse() {
                Ok(number) => Reading::Known(Value::Int(number)),
                Err(_) => Reading::NotRead(format!("the service tells `{}`", excerpt(text)).into()),
            },
        };
        fields.set(named(setting.name), reading);
    }
    let mut object = ObservedObject::plain(Identity::administrator(&record.login), fields);
    if record.login.eq_ignore_ascii_case(login) {
        object.standing = Standing::Login;
    }
    if object.identity.to_string() != record.login {
        object.remote = Some(record.login.as_str().into());
    }
    object
}

/// The rights that a sub-admin has, in words.
pub(super) fn rights(record: &AdminRecord) -> BTreeSet<String> {
    let held = RIGHTS.iter().zip(record.rights).filter(|(_, held)| *held == Some(true));
    held.map(|((word, _), _)| (*word).to_owned()).collect()
}

fn domains(told: &[String]) -> Reading {
    let names: Result<BTreeSet<DomainName>, &String> =
        told.iter().map(|name| DomainName::parse(name).map_err(|_| name)).collect();
    match names {
        Ok(names) => Reading::Known(Value::Domains(names)),
        Err(name) => Reading::NotRead(format!("the service tells the domain `{}`", excerpt(name)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Address {
        Address::parse(text).expect(text)
    }

    fn shown(reading: &Reading) -> String {
        match reading {
            Reading::Known(value) => value.to_string(),
            Reading::NotRead(reason) | Reading::Untold(reason) => format!("not read: {reason}"),
        }
    }

    #[test]
    fn a_quota_is_not_guessed() {
        let of = |told, unit| shown(&quota(told, unit));
        assert_eq!(of("5120", Some(Unit::Mib)), "5 GiB");
        assert_eq!(of("5120", Some(Unit::Kib)), "5 MiB");
        assert_eq!(of("500", None), "500 MiB", "less than a MiB could not be written");
        assert_eq!(of("1500", None), "1500 MiB", "no whole number of MiB in KiB");
        assert!(of("102400", None).contains(
            "unverified: the service tells 102400, which is 100 GiB if it counts in MiB and 100 MiB"
        ));
        assert_eq!((of("5120", None), of("5242880", None)), ("5 GiB".to_owned(), "5 GiB".to_owned()));
        assert_eq!((of("0", None), of("", None)), ("unlimited".to_owned(), "unlimited".to_owned()));
        for odd in ["-1", "5 GB", "99999999999999999999"] {
            assert!(of(odd, Some(Unit::Mib)).starts_with("not read"), "{odd}");
        }
        assert!(of("18446744073709551615", Some(Unit::Mib)).starts_with("not read"));
        assert_eq!(megabytes(Quota::Bytes(5 << 30)), Some(5120));
        assert_eq!(megabytes(Quota::Bytes(1)), None);
    }

    #[test]
    fn a_forward_is_a_field_or_rows_and_never_both() {
        let ann = at("ann@a.example");
        let of = |field: Option<&str>, has_field, copies: &Copies| {
            forward(&ann, field, has_field, copies, &Lens::default()).map(|object| {
                object.map(|object| {
                    let read = |field| object.fields.get(field).map(shown).unwrap_or_default();
                    (read(&Field::Targets), read(&Field::KeepCopy))
                })
            })
        };
        let out = Copies::To([at("x@b.example")].into());
        let told = |targets: &str, keeps: &str| Ok(Some((targets.to_owned(), keeps.to_owned())));
        assert_eq!(of(Some(""), true, &Copies::None), Ok(None));
        assert_eq!(of(Some("Ann@a.example"), true, &Copies::Itself), Ok(None), "to itself is nowhere else");
        assert_eq!(of(Some("x@b.example"), true, &Copies::None), told("x@b.example", "false"));
        assert_eq!(of(Some(""), true, &out), told("x@b.example", "true"));
        assert_eq!(of(None, false, &out), told("x@b.example", "true"));
        assert!(of(None, true, &out).is_err(), "the field may hold something");
        for (field, copies) in [
            (Some("x@b.example"), &out),
            (Some("x@b.example"), &Copies::Itself),
            (Some("x@b.example, y@b.example"), &Copies::None),
            (Some(""), &Copies::Untold("odd".into())),
        ] {
            let (targets, keeps) = of(field, true, copies).expect("told").expect("an object");
            assert!(targets.starts_with("not read") && keeps.starts_with("not read"), "{field:?} {copies:?}");
        }
        let lost = Lens { lost: [Field::Targets].into(), ..Lens::default() };
        assert!(forward(&ann, Some(""), true, &Copies::None, &lost).is_err());
    }

    #[test]
    fn a_status_of_0_is_in_use() {
        assert_eq!(shown(&state("0")), "active");
        assert_eq!(shown(&state("1")), "suspended");
        assert!(shown(&state("")).starts_with("not read"));
        assert!(shown(&state("x")).contains("`x`"));
        assert_eq!(lines("a\r\nb\rc\n"), "a\nb\nc");
    }
}
