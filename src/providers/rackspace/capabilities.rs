//! What the service can do, with the reason for each thing that it cannot.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http;
use crate::model::{ConnectionSpec, Field, Kind, Right};
use crate::provider::{
    Ability, Capabilities, Deletion, FieldCapability, KindCapabilities, Limits, QuotaRule, StoredIn,
    Suspension, TargetRule,
};

use super::fields;

/// What another client says that Rackspace publishes (`contracts/rackspace.md §5`). A pace that is too fast costs
/// little: the service refuses the call before it does anything, and the client slows down.
const LIMITS: Limits = Limits { max_in_flight: 4, reads_per_minute: Some(120), writes_per_minute: Some(90) };

/// Exchange copies its directory from server to server: a reading just after a write may come from another one.
const CONSISTENCY: Duration = Duration::from_secs(5);

const MIB: u64 = 1 << 20;

const OWN_CALL: &str = "the service has a call of its own for it";

/// What a connection can do.
pub(super) fn capabilities(spec: &ConnectionSpec) -> Capabilities {
    Capabilities {
        kinds: BTreeMap::from([
            (Kind::Domain, domain()),
            (Kind::Mailbox, mailbox()),
            (Kind::Alias, alias()),
            (Kind::Forward, forward()),
            (Kind::Permission, permission()),
            (Kind::SenderRules, sender_rules()),
        ]),
        cannot: BTreeMap::from([
            (Kind::Administrator, "administrators are made in Rackspace's control panel"),
            (Kind::Registration, "the service is a store, not a filter"),
            (Kind::Object, "contacts, distribution lists and resources are not managed here"),
        ]),
        limits: http::limits(spec, LIMITS),
        consistency: CONSISTENCY,
        confirms: true,
        hands_over: false,
        logins: BTreeMap::new(),
    }
}

fn domain() -> KindCapabilities {
    KindCapabilities {
        create: Ability::no("domains are added in Rackspace's control panel, or by a reseller"),
        delete: Deletion::No("domains are removed in Rackspace's control panel, or by a reseller"),
        ..KindCapabilities::new()
    }
}

fn mailbox() -> KindCapabilities {
    let always_there =
        |reason: &'static str| FieldCapability { clear: Ability::no(reason), ..FieldCapability::new() };
    let mut mailbox = KindCapabilities {
        rename: Ability::no("the service has no call that renames an Exchange mailbox"),
        quota: QuotaRule {
            grain: MIB,
            min: MIB,
            max: (1 << 31) * MIB,
            unlimited: Some("every Exchange mailbox has a size"),
        },
        suspend: Suspension::LoginAndMail,
        ..KindCapabilities::new()
    }
    .field(Field::DisplayName, always_there("every mailbox has a display name").required())
    .field(Field::Quota, always_there("every Exchange mailbox has a size").required())
    .field(
        Field::Password,
        always_there("every mailbox has a password").required().write_only("the service keeps it to itself"),
    )
    .field(Field::State, FieldCapability::new())
    .field(Field::HiddenFromDirectory, FieldCapability::new())
    .field(Field::GivenName, FieldCapability::new())
    .field(Field::FamilyName, FieldCapability::new());

    for (field, route) in fields::routes() {
        let capability = FieldCapability::new().route(route);
        let capability = if route.is_empty() { capability } else { capability.after_create(OWN_CALL) };
        mailbox = mailbox.field(field, capability);
    }
    for (field, capability) in &mut mailbox.fields {
        capability.detail = fields::is_detail(field);
    }
    mailbox
}

fn alias() -> KindCapabilities {
    let targets = FieldCapability {
        update: Ability::no("an address is moved to another mailbox by taking it from the first"),
        ..FieldCapability::new().required()
    };
    KindCapabilities {
        stored_in: StoredIn::Mailbox,
        targets: TargetRule {
            max: Some((
                1,
                "an alias is an extra address of one mailbox; distribution lists are not managed here",
            )),
            checked: true,
            ..TargetRule::default()
        },
        checks_references: true,
        same_domain: Some("an alias is an extra address of a mailbox in the alias's own domain"),
        catch_all: Ability::no("the interface has no catch-all"),
        domain_alias: Ability::no("domain aliases are made in Rackspace's control panel"),
        domain_alias_chain: Ability::no("domain aliases are made in Rackspace's control panel"),
        ..KindCapabilities::new()
    }
    .field(Field::Targets, targets)
    .without(
        Field::PermittedSenders,
        "who may send as a mailbox is a permission on it; an extra address has no senders of its own",
    )
}

fn forward() -> KindCapabilities {
    KindCapabilities {
        stored_in: StoredIn::Mailbox,
        targets: TargetRule { max: Some((1, "Exchange forwards to one address")), ..TargetRule::default() },
        ..KindCapabilities::new()
    }
    .field(Field::Targets, FieldCapability::new().required())
    .field(Field::KeepCopy, FieldCapability::new())
}

fn permission() -> KindCapabilities {
    KindCapabilities {
        stored_in: StoredIn::Mailbox,
        rights: BTreeMap::from([(
            Right::SendOnBehalf,
            Ability::no("the interface grants full access and sending as the mailbox, and nothing else"),
        )]),
        checks_references: true,
        same_domain: Some(
            "the call names the grantee by its local part alone, so it is one of the mailbox's own domain",
        ),
        ..KindCapabilities::new()
    }
    .field(Field::Rights, FieldCapability::new().required())
}

fn sender_rules() -> KindCapabilities {
    KindCapabilities { stored_in: StoredIn::Mailbox, ..KindCapabilities::new() }
        .field(Field::Allow, FieldCapability::new())
        .field(Field::Block, FieldCapability::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, ConnectionName, Fields, Identity, Param, Quota, Value};

    fn of(params: &[(&str, i64)]) -> Capabilities {
        capabilities(&ConnectionSpec {
            name: ConnectionName::new("exchange"),
            type_name: "rackspace".into(),
            params: params.iter().map(|(key, n)| ((*key).to_owned(), Param::Int(*n))).collect(),
            at: None,
        })
    }

    fn address(text: &str) -> Address {
        Address::parse_or_domain(text).expect(text)
    }

    fn problems(identity: &Identity, field: Field, value: Value) -> Vec<String> {
        let fields = Fields::new().with(field, value);
        of(&[]).problems(identity, &fields).into_iter().map(|problem| problem.message).collect()
    }

    fn targets(list: &[&str]) -> Value {
        Value::Addresses(list.iter().map(|text| address(text)).collect())
    }

    #[test]
    fn quotas_count_in_mebibytes() {
        let jane = Identity::Mailbox(address("jane@example.com"));
        let quota = |text: &str| problems(&jane, Field::Quota, Value::Quota(text.parse().expect(text)));
        assert_eq!(quota("2 GiB"), [""; 0]);
        assert_eq!(quota("1 MiB"), [""; 0]);
        assert!(quota("2 GB")[0].contains("in steps of 1 MiB"));
        assert!(quota("1 KiB")[0].contains("cannot hold a quota"));
        assert!(problems(&jane, Field::Quota, Value::Quota(Quota::Unlimited))[0].contains("has a size"));
    }

    #[test]
    fn an_alias_is_an_address_of_one_mailbox() {
        let alias =
            |text: &str, to: &[&str]| problems(&Identity::Alias(address(text)), Field::Targets, targets(to));
        assert_eq!(alias("sales@example.com", &["jane@example.com"]), [""; 0]);
        assert!(
            alias("sales@example.com", &["a@example.com", "b@example.com"])[0].contains("distribution lists")
        );
        assert!(alias("sales@example.com", &["jane@other.example"])[0].contains("in the alias's own domain"));
        assert!(alias("@example.com", &["jane@example.com"])[0].contains("catch-all"));
        assert!(!alias("@old.example", &["@example.com"]).is_empty());
    }

    #[test]
    fn forwards_go_to_one_address_and_grants_stay_in_the_domain() {
        let forward = Identity::Forward(address("jane@example.com"));
        assert_eq!(problems(&forward, Field::Targets, targets(&["x@partner.example"])), [""; 0]);
        assert!(
            problems(&forward, Field::Targets, targets(&["x@partner.example", "y@partner.example"]))[0]
                .contains("forwards to one address")
        );
        let grant = |grantee: &str, right| {
            let identity =
                Identity::Permission { mailbox: address("jane@example.com"), grantee: address(grantee) };
            problems(&identity, Field::Rights, Value::Rights([right].into()))
        };
        assert_eq!(grant("john@example.com", Right::SendAs), [""; 0]);
        assert!(grant("john@other.example", Right::SendAs)[0].contains("local part alone"));
        assert!(grant("john@example.com", Right::SendOnBehalf)[0].contains("nothing else"));
    }

    #[test]
    fn fields_beyond_the_record_have_calls_of_their_own() {
        let can = of(&[]);
        let mailbox = can.kind(Kind::Mailbox).expect("mailboxes");
        let route = |name: &str| mailbox.fields[&fields::setting(name)].route;
        assert_eq!(
            (route("custom_id"), route("activesync"), route("spam_filter_level")),
            ("", "activesync", "spam")
        );
        assert!(fields::specs().iter().all(|spec| mailbox.fields.contains_key(&fields::setting(spec.name))));
    }

    #[test]
    fn keys_of_the_connection_set_the_pace() {
        assert_eq!(of(&[]).limits, LIMITS);
        assert_eq!(of(&[("writes_per_minute", 30)]).limits.writes_per_minute, Some(30));
    }
}
