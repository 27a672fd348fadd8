//! What a box can do, with the reason for each thing that it cannot.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http;
use crate::model::{Address, ConnectionName, ConnectionSpec, Field, Identity, Kind, Right, Value};
use crate::provider::{
    Ability, AddressRule, Capabilities, Deletion, FieldCapability, KindCapabilities, Limits, StoredIn,
    Suspension,
};

/// The route of a mailbox's quota, a call of its own (`contracts/mailinabox.md §3`).
pub(super) const QUOTA: &str = "quota";

/// Local parts that certificate authorities write to; only administrators may have them
/// (`contracts/mailinabox.md §3, §4`).
pub(super) const RESERVED: &[&str] =
    &["admin", "administrator", "postmaster", "hostmaster", "webmaster", "abuse"];

/// What the box's address check refuses (`contracts/mailinabox.md §3`).
const REFUSED_DOMAINS: &[&str] = &["test", "local", "localhost", "invalid", "onion", "arpa"];
const REFUSED: Option<(&[&str], &str)> =
    Some((REFUSED_DOMAINS, "the box refuses domains that are reserved for special use"));

/// gunicorn runs one worker (`contracts/mailinabox.md §1`): more calls at once would only wait there.
const LIMITS: Limits = Limits { max_in_flight: 1, reads_per_minute: None, writes_per_minute: None };

const NO_NAMES: &str = "the box stores no names of people";

/// What a connection can do.
pub(super) fn capabilities(spec: &ConnectionSpec) -> Capabilities {
    Capabilities {
        kinds: BTreeMap::from([
            (Kind::Domain, domain()),
            (Kind::Mailbox, mailbox()),
            (Kind::Alias, alias()),
            (Kind::Forward, forward()),
            (Kind::Permission, permission()),
            (Kind::Administrator, administrator()),
        ]),
        cannot: BTreeMap::from([
            (Kind::SenderRules, "the box has no allow and block lists in its interface"),
            (Kind::Registration, "the box is a store, not a filter"),
            (Kind::Object, "the box has no kinds of its own"),
        ]),
        limits: http::limits(spec, LIMITS),
        consistency: Duration::ZERO,
        confirms: true,
        hands_over: false,
        logins: logins(spec),
    }
}

/// The mailbox that logs in, which is an administrator.
fn logins(spec: &ConnectionSpec) -> BTreeMap<Identity, ConnectionName> {
    let email = spec.text("email").and_then(|email| Address::parse(email).ok());
    let both = email.into_iter().flat_map(|email| {
        let administrator = Identity::administrator(email.as_str());
        [Identity::Mailbox(email), administrator]
    });
    both.map(|login| (login, spec.name.clone())).collect()
}

fn domain() -> KindCapabilities {
    KindCapabilities {
        create: Ability::no("a domain comes with its first mailbox or alias; declare one of those"),
        delete: Deletion::No("a domain goes with its last mailbox and alias; remove those"),
        ..KindCapabilities::new()
    }
}

fn mailbox() -> KindCapabilities {
    let password = FieldCapability::new()
        .required()
        .write_only("the box keeps a hash of it")
        .create_only("a password is given when the mailbox is made, and is its owner's from then on");
    KindCapabilities {
        delete: Deletion::Archived(
            "its mail stays on the box's disk and comes back when the mailbox is made again; its password, quota \
             and privileges are lost",
        ),
        rename: Ability::no("the box has no call for it"),
        suspend: Suspension::No("the box cannot switch a mailbox off; it can only archive it"),
        addresses: AddressRule {
            local_chars: Some((
                "abcdefghijklmnopqrstuvwxyz0123456789_-.",
                "letters without accents, digits, `_`, `-` and `.`",
            )),
            reserved: Some((
                RESERVED,
                "certificate authorities write to it, so the box makes no mailbox of it; declare an alias",
            )),
            refused_domains: REFUSED,
        },
        ..KindCapabilities::new()
    }
    .field(Field::Quota, FieldCapability::new().route(QUOTA))
    .field(Field::Password, password)
    .without(Field::DisplayName, NO_NAMES)
    .without(Field::GivenName, NO_NAMES)
    .without(Field::FamilyName, NO_NAMES)
    .without(Field::State, "the box cannot switch a mailbox off; it can only archive it")
    .without(Field::HiddenFromDirectory, "the box has no address book")
}

/// What aliases and forwards, which are alias rows both, have in common.
fn rows() -> KindCapabilities {
    KindCapabilities {
        addresses: AddressRule { refused_domains: REFUSED, ..AddressRule::default() },
        lone_domain_target: Some("the box takes a whole domain as the only target alone"),
        ..KindCapabilities::new()
    }
    .field(Field::Targets, FieldCapability::new())
}

fn alias() -> KindCapabilities {
    KindCapabilities { essential: RESERVED.to_vec(), ..rows() }
        .field(Field::PermittedSenders, FieldCapability::new())
}

fn forward() -> KindCapabilities {
    KindCapabilities { stored_in: StoredIn::Own, ..rows() }.field(Field::KeepCopy, FieldCapability::new())
}

fn permission() -> KindCapabilities {
    KindCapabilities {
        stored_in: StoredIn::Own,
        rights: BTreeMap::from([
            (Right::FullAccess, Ability::no("the box has no shared mailboxes")),
            (Right::SendOnBehalf, Ability::no("the box knows permission to send as an address only")),
        ]),
        // A permitted sender must be a mailbox of the box (`contracts/mailinabox.md §4`).
        checks_references: true,
        ..KindCapabilities::new()
    }
    .field(Field::Rights, FieldCapability::new().required())
}

fn administrator() -> KindCapabilities {
    let own = "an administrator is a mailbox: declare it there";
    KindCapabilities {
        fixed: BTreeMap::from([(
            Field::Full,
            (Value::Bool(true), "the box's administrators may do everything; there are no others"),
        )]),
        checks_references: true,
        login_is_address: Some("the box's administrators are mailboxes"),
        // The privilege is a line of the user's row and goes with it.
        stored_in: StoredIn::Mailbox,
        ..KindCapabilities::new()
    }
    .field(Field::Full, FieldCapability::new())
    .without(Field::Password, own)
    .without(Field::Domains, "the box's administrators look after all of its domains")
    .without(Field::AdminRights, "the box's administrators may do everything")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fields, Param};

    fn box_with(params: &[(&str, i64)]) -> Capabilities {
        capabilities(&ConnectionSpec {
            name: ConnectionName::new("box"),
            type_name: "mailinabox".into(),
            params: params.iter().map(|(key, n)| ((*key).to_owned(), Param::Int(*n))).collect(),
            at: None,
        })
    }

    fn address(text: &str) -> Address {
        Address::parse_or_domain(text).expect(text)
    }

    fn problems(identity: &Identity, fields: &Fields) -> Vec<String> {
        box_with(&[]).problems(identity, fields).into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn mailboxes_have_plain_addresses() {
        let of = |text: &str| problems(&Identity::Mailbox(address(text)), &Fields::new());
        for good in ["Jane.Doe-1_x@Example.com", "root@bücher.example", "a@testing.example"] {
            assert_eq!(of(good), [""; 0], "{good}");
        }
        for (bad, words) in [
            ("a+b@example.com", "`+` may not stand before the `@`"),
            ("Postmaster@example.com", "certificate authorities"),
            ("a@corp.test", "special use"),
            ("a@localhost", "special use"),
        ] {
            let found = of(bad);
            assert!(found.len() == 1 && found[0].contains(words), "{found:?}");
        }
    }

    #[test]
    fn aliases_may_be_what_mailboxes_may_not() {
        let of = |text: &str, to: &[&str]| {
            let targets = Value::Addresses(to.iter().map(|text| address(text)).collect());
            problems(&Identity::Alias(address(text)), &Fields::new().with(Field::Targets, targets))
        };
        for (alias, to) in [
            ("a+b@example.com", &["x@partner.example"][..]),
            ("postmaster@example.com", &["x@example.com"]),
            ("@example.com", &["x@example.com", "y@example.com"]),
            ("@old.example", &["@example.com"]),
            ("one@example.com", &["@other.example"]),
        ] {
            assert_eq!(of(alias, to), [""; 0], "{alias}");
        }
        assert!(of("@old.example", &["@example.com", "x@example.com"])[0].contains("only target alone"));
        assert!(of("a@example.com", &["x@corp.invalid"])[0].contains("x@corp.invalid"));
    }

    #[test]
    fn an_administrator_is_a_full_one() {
        let of = |full| {
            let fields = Fields::new().with(Field::Full, Value::Bool(full));
            problems(&Identity::administrator("a@example.com"), &fields)
        };
        assert_eq!(of(true), [""; 0]);
        assert!(of(false)[0].contains("cannot hold `full: false`"));
    }

    #[test]
    fn keys_of_the_connection_set_the_pace() {
        assert_eq!(box_with(&[]).limits, LIMITS);
        let limits = box_with(&[("max_in_flight", 3), ("writes_per_minute", 20)]).limits;
        assert_eq!(limits, Limits { max_in_flight: 3, reads_per_minute: None, writes_per_minute: Some(20) });
    }
}
