//! What the service can do, with the reason for each thing that it cannot.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http;
use crate::model::{ConnectionName, ConnectionSpec, Field, Identity, Kind, Value};
use crate::provider::{
    Ability, Capabilities, Deletion, FieldCapability, KindCapabilities, Limits, QuotaRule, StoredIn,
    Suspension, TargetRule,
};

use super::fields::{ADMIN_SETTINGS, AUTO_REPLY, LONGEST_FORWARD, RIGHT_WORDS, is_unsupported, named};

/// The service states no rate (`contracts/atmail.md §1`). Writes go one at a time whatever this says.
const LIMITS: Limits = Limits { max_in_flight: 2, reads_per_minute: None, writes_per_minute: None };

const MIB: u64 = 1 << 20;
/// What the column of a quota holds: an unsigned number of three bytes (`contracts/atmail.md §5`).
const MOST_QUOTA: u64 = 16_777_215;

const UNSUPPORTED: &str = "`unsupported` of this connection says that the service does not keep it";
const NO_ADDRESS_BOOK: &str =
    "the interface makes entries of its address book from the names alone, and hides none";

/// What a connection can do.
pub(super) fn capabilities(spec: &ConnectionSpec) -> Capabilities {
    Capabilities {
        kinds: BTreeMap::from([
            (Kind::Domain, domain()),
            (Kind::Mailbox, mailbox(spec)),
            (Kind::Alias, alias()),
            (Kind::Forward, forward(spec)),
            (Kind::Administrator, administrator()),
        ]),
        cannot: BTreeMap::from([
            (Kind::Permission, "the interface has no call that shares a mailbox"),
            (Kind::SenderRules, "the interface has no allow and block lists"),
            (Kind::Registration, "the service is a store, not a filter"),
            (Kind::Object, "the service has no kinds of its own"),
        ]),
        limits: http::limits(spec, LIMITS),
        consistency: Duration::ZERO,
        confirms: true,
        hands_over: false,
        logins: logins(spec),
    }
}

/// The sub-admin that logs in.
fn logins(spec: &ConnectionSpec) -> BTreeMap<Identity, ConnectionName> {
    let username = spec.text("username").map(Identity::administrator);
    username.map(|login| (login, spec.name.clone())).into_iter().collect()
}

fn domain() -> KindCapabilities {
    KindCapabilities {
        rename: Ability::no("the interface has no call that renames a domain"),
        ..KindCapabilities::new()
    }
}

fn mailbox(spec: &ConnectionSpec) -> KindCapabilities {
    let password = FieldCapability {
        clear: Ability::no("every account has a password"),
        ..FieldCapability::new().required().write_only("the service keeps a hash of it")
    };
    let mut mailbox = KindCapabilities {
        delete: Deletion::Permanent,
        rename: Ability::Yes,
        rename_in_domain: Some("the call takes the part before the `@` alone"),
        quota: QuotaRule {
            grain: MIB,
            min: MIB,
            max: MOST_QUOTA * MIB,
            unlimited: Some(
                "what the service makes of a quota of 0 is not documented: its default, or no limit",
            ),
        },
        // The login of the web interface looks at it; of other programs nothing is documented.
        suspend: Suspension::WebLogin,
        ..KindCapabilities::new()
    }
    .field(Field::Password, password)
    .without(Field::DisplayName, "the service keeps a given name and a family name; write those")
    .without(Field::HiddenFromDirectory, NO_ADDRESS_BOOK);
    let always = |reason: &'static str| FieldCapability { clear: Ability::no(reason), ..detail() };
    let optional = [
        ("given_name", Field::GivenName, detail()),
        ("family_name", Field::FamilyName, detail()),
        ("quota", Field::Quota, always("what an empty quota means is not documented")),
        (
            "state",
            Field::State,
            always("an account is enabled or not")
                .after_create("the call that makes an account does not take it"),
        ),
        (AUTO_REPLY, named(AUTO_REPLY), detail()),
    ];
    for (word, field, capability) in optional {
        mailbox = if is_unsupported(spec, word) {
            mailbox.without(field, UNSUPPORTED)
        } else {
            mailbox.field(field, capability)
        };
    }
    if is_unsupported(spec, "state") {
        mailbox.suspend = Suspension::No(UNSUPPORTED);
    }
    mailbox
}

/// A field that the list of accounts may tell, and else the account's own record.
fn detail() -> FieldCapability {
    FieldCapability::new().detail()
}

fn alias() -> KindCapabilities {
    KindCapabilities {
        stored_in: StoredIn::Own,
        catch_all: Ability::no("the interface documents no catch-all; one that is there is left alone"),
        domain_alias_chain: Ability::no("whether the service follows a second domain is not documented"),
        domain_target: Some("the service diverts a whole domain only to a whole domain"),
        lone_domain_target: Some("the service diverts a domain to one other"),
        call_per_member: true,
        ..KindCapabilities::new()
    }
    .field(Field::Targets, FieldCapability::new().required())
    .without(Field::PermittedSenders, "the interface does not say who may send as an alias")
}

fn forward(spec: &ConnectionSpec) -> KindCapabilities {
    let keep_copy = FieldCapability {
        update: Ability::no("with a copy it is an alias, without one a field of the account"),
        clear: Ability::no("it is either yes or no"),
        ..FieldCapability::new().required()
    };
    let mut forward = KindCapabilities {
        stored_in: StoredIn::Own,
        targets: TargetRule {
            max_without_copy: Some((1, LONGEST_FORWARD, "it is one field of the account")),
            ..TargetRule::default()
        },
        call_per_member: true,
        ..KindCapabilities::new()
    }
    .field(Field::Targets, FieldCapability::new().required())
    .field(Field::KeepCopy, keep_copy);
    if is_unsupported(spec, "forward") {
        forward.fixed = BTreeMap::from([(Field::KeepCopy, (Value::Bool(true), UNSUPPORTED))]);
    }
    forward
}

fn administrator() -> KindCapabilities {
    let password = FieldCapability {
        clear: Ability::no("every administrator has a password"),
        ..FieldCapability::new().required().write_only("the service keeps it to itself")
    };
    let domains = FieldCapability {
        clear: Ability::no(
            "the interface documents no way to take the last domain away; delete the administrator",
        ),
        ..FieldCapability::new()
    };
    let full = FieldCapability { clear: Ability::no("it is either yes or no"), ..FieldCapability::new() };
    let words = BTreeMap::from([(Field::AdminRights, RIGHT_WORDS.as_slice())]);
    let kind = KindCapabilities { words, ..KindCapabilities::new() }
        .field(Field::Password, password)
        .field(Field::Domains, domains)
        .field(Field::AdminRights, FieldCapability::new())
        .field(Field::Full, full);
    ADMIN_SETTINGS.iter().fold(kind, |kind, setting| kind.field(named(setting.name), FieldCapability::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountState, Address, Fields, Param, Quota};

    fn with(unsupported: &[&str]) -> Capabilities {
        let words = unsupported.iter().map(|word| (*word).to_owned()).collect();
        capabilities(&ConnectionSpec {
            name: ConnectionName::new("mail"),
            type_name: "atmail".into(),
            params: BTreeMap::from([("unsupported".to_owned(), Param::List(words))]),
            at: None,
        })
    }

    fn address(text: &str) -> Address {
        Address::parse_or_domain(text).expect(text)
    }

    fn problems(unsupported: &[&str], identity: &Identity, fields: &Fields) -> Vec<String> {
        with(unsupported).problems(identity, fields).into_iter().map(|problem| problem.message).collect()
    }

    fn targets(list: &[&str]) -> Fields {
        let targets = list.iter().map(|text| address(text)).collect();
        Fields::new().with(Field::Targets, Value::Addresses(targets))
    }

    #[test]
    fn what_does_not_stick_is_missing_with_that_reason() {
        let jane = Identity::Mailbox(address("jane@example.com"));
        let quota = Fields::new().with(Field::Quota, Value::Quota(Quota::Bytes(5 << 30)));
        assert_eq!(problems(&[], &jane, &quota), [""; 0]);
        assert!(problems(&["quota"], &jane, &quota)[0].contains("does not keep it"));
        let suspended = Fields::new().with(Field::State, Value::State(AccountState::Suspended));
        assert_eq!(problems(&["quota"], &jane, &suspended), [""; 0]);
        assert!(problems(&["state"], &jane, &suspended)[0].contains("does not keep it"));
        for word in super::super::fields::OPTIONAL {
            let (all, less) = (with(&[]), with(&[word]));
            assert_ne!(all.kinds, less.kinds, "{word}");
        }
    }

    #[test]
    fn quotas_count_in_mebibytes_and_have_an_end() {
        let jane = Identity::Mailbox(address("jane@example.com"));
        let quota = |text: &str| {
            problems(&[], &jane, &Fields::new().with(Field::Quota, Value::Quota(text.parse().expect(text))))
        };
        assert_eq!(quota("1 MiB"), [""; 0]);
        assert!(quota("1500 kB")[0].contains("in steps of 1 MiB"));
        assert!(quota("unlimited")[0].contains("not documented"));
        assert!(quota("17 TiB")[0].contains("cannot hold a quota"));
    }

    #[test]
    fn a_forward_without_a_copy_is_one_short_field() {
        let jane = Identity::Forward(address("jane@example.com"));
        let of = |unsupported: &[&str], list: &[&str], keeps| {
            problems(unsupported, &jane, &targets(list).with(Field::KeepCopy, Value::Bool(keeps)))
        };
        let long = format!("x@{0}.{0}.partner.example", "y".repeat(60));
        assert_eq!(of(&[], &["x@partner.example"], false), [""; 0]);
        assert_eq!(of(&["forward"], &["x@partner.example", &long], true), [""; 0]);
        assert!(of(&[], &["x@partner.example", "y@partner.example"], false)[0].contains("one target"));
        assert!(of(&[], &[&long], false)[0].contains("128 characters"));
        assert!(of(&["forward"], &["x@partner.example"], false)[0].contains("does not keep it"));
    }

    #[test]
    fn a_whole_domain_goes_to_one_other_or_nowhere() {
        let of = |name: &str, list: &[&str]| problems(&[], &Identity::Alias(address(name)), &targets(list));
        assert_eq!(of("@a.example", &["@b.example"]), [""; 0]);
        assert_eq!(of("a@a.example", &["x@b.example", "y@c.example"]), [""; 0]);
        assert!(of("@a.example", &["x@b.example"])[0].contains("no catch-all"));
        assert!(of("@a.example", &["@b.example", "@c.example"])[0].contains("one other"));
    }

    #[test]
    fn keys_of_the_connection_set_the_pace() {
        assert_eq!(with(&[]).limits, LIMITS);
    }
}
