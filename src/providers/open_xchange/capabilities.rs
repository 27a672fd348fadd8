//! What the service can do, with the reason for each thing that it cannot.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http;
use crate::model::{ConnectionSpec, Field, Kind, Value};
use crate::provider::{
    Ability, Capabilities, FieldCapability, KindCapabilities, Limits, QuotaRule, StoredIn, Suspension,
    TargetRule,
};

use super::fields::{self, ENABLED, PERMISSIONS};
use super::paths::{self, Op};

/// The service states no rate; five calls in a second are a decision (`contracts/open_xchange.md §6`).
const LIMITS: Limits = Limits { max_in_flight: 4, reads_per_minute: Some(300), writes_per_minute: Some(300) };

/// How long a fresh user may be missing in some of the stores behind the service (`contracts/open_xchange.md §8`).
const CONSISTENCY: Duration = Duration::from_mins(1);

const MIB: u64 = 1 << 20;

/// What a change says, and does, that takes a mailbox or a part of its access away.
pub(super) const LOGS_OUT: &str = "closes its sessions";

const OWN_CALL: &str = "the service has a call of its own for it";

/// The paths without which explicit domains are not managed.
pub(super) const EXPLICIT_PATHS: [Op; 3] = [Op::ExplicitDomains, Op::ExplicitDomain, Op::DomainUsers];

/// What a connection can do.
pub(super) fn capabilities(spec: &ConnectionSpec) -> Capabilities {
    Capabilities {
        kinds: BTreeMap::from([
            (Kind::Domain, domain(spec)),
            (Kind::Mailbox, mailbox()),
            (Kind::Alias, alias()),
            (Kind::SenderRules, sender_rules()),
            (Kind::Object, announcement()),
        ]),
        cannot: BTreeMap::from([
            (
                Kind::Forward,
                "a mailbox that forwards and keeps a copy is a filter of the user, which only the user can set; an \
                 address without a mailbox that forwards is an alias",
            ),
            (
                Kind::Permission,
                "the interface has no sending as another and no access to another's mailbox; its permissions are \
                 switches of services",
            ),
            (Kind::Administrator, "the administrators of a context and of a brand are not managed here"),
            (Kind::Registration, "the service is a store, not a filter"),
        ]),
        limits: http::limits(spec, LIMITS),
        consistency: CONSISTENCY,
        confirms: true,
        hands_over: false,
        logins: BTreeMap::new(),
    }
}

fn domain(spec: &ConnectionSpec) -> KindCapabilities {
    let scope = FieldCapability {
        update: Ability::no(
            "a domain is made as shared or as explicit; delete it and create it again to change that",
        ),
        clear: Ability::no("every domain is one or the other"),
        ..FieldCapability::new()
    };
    let is_choice = paths::gives(spec, &EXPLICIT_PATHS);
    let scope = if is_choice { scope.required() } else { scope };
    let mut domain = KindCapabilities::new().field(fields::scope(), scope);
    if !is_choice {
        let reason = "where the service keeps explicit domains is not known: give `paths.explicit_domains`, \
                      `paths.explicit_domain` and `paths.domain_users` of this connection";
        domain.fixed = BTreeMap::from([(fields::scope(), (Value::text(fields::SHARED), reason))]);
    }
    domain
}

fn mailbox() -> KindCapabilities {
    let always_there =
        |reason: &'static str| FieldCapability { clear: Ability::no(reason), ..FieldCapability::new() };
    let mut mailbox = KindCapabilities {
        rename: Ability::Yes,
        quota: QuotaRule { grain: MIB, min: MIB, max: (1 << 31) * MIB, unlimited: None },
        suspend: Suspension::WebLogin,
        logs_out: Some(LOGS_OUT),
        ..KindCapabilities::new()
    }
    .field(Field::GivenName, always_there("every user has a given name").required().detail())
    .field(Field::FamilyName, always_there("every user has a family name").required().detail())
    .field(
        Field::DisplayName,
        always_there("the interface has no word for a display name that is taken away").detail(),
    )
    .field(
        Field::Password,
        always_there("every user has a password").required().write_only("the service keeps it to itself"),
    )
    .field(Field::Quota, FieldCapability::new())
    .field(Field::State, FieldCapability::new().after_create(OWN_CALL).route(PERMISSIONS).detail())
    .field(fields::edit_password(), FieldCapability::new().after_create(OWN_CALL).route(PERMISSIONS).detail())
    .field(fields::setting("language"), always_there("every user has a language").detail())
    .field(fields::setting("timezone"), always_there("every user has a time zone").detail())
    .field(
        fields::welcome_mail(),
        FieldCapability::new()
            .write_only("a mail that was sent is no state")
            .create_only("a user is welcomed once, when it is made"),
    );
    for attribute in &fields::ATTRIBUTES {
        let capability = FieldCapability::new().route(attribute.route).detail();
        let capability = if attribute.op == Op::ClassOfService {
            capability.access()
        } else {
            capability.after_create(OWN_CALL)
        };
        let clear = if attribute.is_removable {
            Ability::Yes
        } else {
            Ability::no("the service has no call that removes it")
        };
        mailbox = mailbox.field(fields::setting(attribute.setting), FieldCapability { clear, ..capability });
    }
    mailbox
}

fn alias() -> KindCapabilities {
    let soap = "catch-alls are made over the service's SOAP interface, which is not used here";
    KindCapabilities {
        stored_in: StoredIn::LoneTarget,
        targets: TargetRule { checked: true, ..TargetRule::default() },
        catch_all: Ability::no(soap),
        domain_target: Some("the service has no domain that stands for another"),
        domain_alias: Ability::no("the service has no domain that stands for another"),
        domain_alias_chain: Ability::no("the service has no domain that stands for another"),
        ..KindCapabilities::new()
    }
    .field(
        Field::Targets,
        FieldCapability {
            clear: Ability::no("an alias without a recipient is none: declare it `absent`"),
            ..FieldCapability::new().required()
        },
    )
    .without(Field::PermittedSenders, "an alias has recipients and no senders of its own")
}

fn sender_rules() -> KindCapabilities {
    KindCapabilities { stored_in: StoredIn::Mailbox, call_per_member: true, ..KindCapabilities::new() }
        .field(Field::Allow, FieldCapability::new())
        .field(Field::Block, FieldCapability::new())
}

fn announcement() -> KindCapabilities {
    let mut kind = KindCapabilities { own_kinds: &["announcement"], ..KindCapabilities::new() };
    for (field, _, _) in fields::ANNOUNCED.iter() {
        let capability = FieldCapability::new();
        let capability = match field {
            Field::Setting(name) if &**name == "enabled" => capability.route(ENABLED),
            Field::Setting(name) if &**name == "content" => FieldCapability {
                clear: Ability::no("an announcement says something"),
                ..capability.required()
            },
            Field::Setting(name) if &**name == "version" => capability
                .write_only("the service counts it up with every change")
                .create_only("the service counts it up with every change"),
            _ => capability,
        };
        kind = kind.field(field.clone(), capability);
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::super::fields::DETAILS;
    use super::*;
    use crate::model::{ConnectionName, DomainName, Fields, Identity, Param};

    fn of(params: Vec<(&str, Param)>) -> Capabilities {
        capabilities(&ConnectionSpec {
            name: ConnectionName::new("cloud"),
            type_name: "open_xchange".into(),
            params: params.into_iter().map(|(key, param)| (key.to_owned(), param)).collect(),
            at: None,
        })
    }

    fn problems(can: &Capabilities, identity: &Identity, field: Field, value: Value) -> Vec<String> {
        let fields = Fields::new().with(field, value);
        can.problems(identity, &fields).into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn explicit_domains_are_off_until_their_paths_are_given() {
        let domain = Identity::Domain(DomainName::parse("example.com").expect("a domain"));
        let asked = |can: &Capabilities, word| problems(can, &domain, fields::scope(), Value::text(word));
        let off = of(Vec::new());
        assert!(asked(&off, "explicit")[0].contains("paths.explicit_domains"));
        assert_eq!(asked(&off, "shared"), [""; 0]);
        let paths = |keys: &[&str]| {
            let map = keys.iter().map(|key| ((*key).to_owned(), Param::Text("/x".into()))).collect();
            of(vec![("paths", Param::Map(map))])
        };
        assert!(!asked(&paths(&["explicit_domains", "explicit_domain"]), "explicit").is_empty());
        let on = paths(&["explicit_domains", "explicit_domain", "domain_users"]);
        assert_eq!(asked(&on, "explicit"), [""; 0]);
    }

    #[test]
    fn aliases_have_any_number_of_targets_and_no_domain_is_one() {
        let can = of(Vec::new());
        let address = |text: &str| crate::model::Address::parse_or_domain(text).expect(text);
        let targets = |list: &[&str]| Value::Addresses(list.iter().map(|text| address(text)).collect());
        let alias = |text: &str, to: &[&str]| {
            problems(&can, &Identity::Alias(address(text)), Field::Targets, targets(to))
        };
        assert_eq!(alias("sales@example.com", &["a@example.com", "b@other.example"]), [""; 0]);
        assert!(alias("@example.com", &["a@example.com"])[0].contains("SOAP"));
        assert!(!alias("@old.example", &["@example.com"]).is_empty());
    }

    #[test]
    fn number_status_and_ids_share_a_route_and_all_others_have_their_own() {
        let can = of(Vec::new());
        let mailbox = can.kind(Kind::Mailbox).expect("mailboxes");
        let route = |name: &str| mailbox.fields[&fields::setting(name)].route;
        assert!(["msisdn", "delivery_status", "custom"].iter().all(|name| route(name) == DETAILS));
        assert_eq!((route("uidname"), route("spam_level")), ("uidname", "spam_level"));
        assert_eq!(mailbox.fields[&Field::State].route, route("edit_password"));
        assert!(mailbox.fields[&fields::class_of_service()].access);
        for spec in fields::specs() {
            for kind in spec.kinds {
                let fields = &can.kind(*kind).expect("a kind").fields;
                assert!(fields.contains_key(&fields::setting(spec.name)), "{}", spec.name);
            }
        }
    }

    #[test]
    fn keys_of_the_connection_set_the_pace() {
        assert_eq!(of(Vec::new()).limits, LIMITS);
        let slow = of(vec![("writes_per_minute", Param::Int(30))]);
        assert_eq!(slow.limits.writes_per_minute, Some(30));
    }
}
