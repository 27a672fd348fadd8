//! What the service can do, with the reason for each thing that it cannot.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http;
use crate::model::{ConnectionSpec, Kind};
use crate::provider::{
    Ability, Capabilities, FieldCapability, KindCapabilities, Limits, SettingSpec, SettingType,
};

use super::convert::{self, EXECUTIVE};

/// The service states no rate (`contracts/censornet.md §7`), and a list that is read while it is written to does not
/// hold together.
const LIMITS: Limits = Limits { max_in_flight: 1, reads_per_minute: None, writes_per_minute: None };

/// How long a list may lag behind a write. Nobody says whether it does at all; a few readings more cost little, and
/// a registration that is taken for lost would be made twice.
const CONSISTENCY: Duration = Duration::from_secs(5);

const NO_CALL: &str = "the service documents no call for it";

/// Why the one setting cannot be changed, with what to do about it.
const IN_CONSOLE: &str = "the service documents no call for it; change it in its console";

/// The settings of its objects.
pub(super) const SETTINGS: &[SettingSpec] = &[SettingSpec {
    name: EXECUTIVE,
    kinds: &[Kind::Registration],
    value: SettingType::Bool,
    default: Some("false"),
    doc: "whether the address belongs to an executive, whom the service guards against impersonation; given when the \
          address is registered, and changed in the console only",
}];

/// The kinds that it does not hold, with the reasons.
const CANNOT: [(Kind, &str); 8] = [
    (Kind::Domain, "domains are added and tracked in its console and are not in its interface"),
    (Kind::Mailbox, "it filters mail and keeps none"),
    (Kind::Alias, "aliases of a filtered mailbox are kept in its console and are not in its interface"),
    (Kind::Forward, "it passes mail on to the store, which forwards it"),
    (Kind::Permission, "it keeps no mail that somebody could be let into"),
    (Kind::SenderRules, "its allow and block lists are kept in its console and are not in its interface"),
    (
        Kind::Administrator,
        "its administrators and their roles are kept in its console and are not in its interface",
    ),
    (Kind::Object, "it has no kinds of its own in its interface"),
];

/// What a connection can do.
pub(super) fn capabilities(spec: &ConnectionSpec) -> Capabilities {
    Capabilities {
        kinds: BTreeMap::from([(Kind::Registration, registration())]),
        cannot: BTreeMap::from(CANNOT),
        limits: http::limits(spec, LIMITS),
        consistency: CONSISTENCY,
        // What its replies to writes look like is not documented (`contracts/censornet.md §4, §5`).
        confirms: false,
        hands_over: false,
        logins: BTreeMap::new(),
    }
}

/// Why it holds no object of a kind.
pub(super) fn why_not(kind: Kind) -> &'static str {
    CANNOT.iter().find(|(known, _)| *known == kind).map_or("it holds none", |(_, reason)| *reason)
}

fn registration() -> KindCapabilities {
    let executive = FieldCapability::new().create_only(IN_CONSOLE);
    KindCapabilities { rename: Ability::no(NO_CALL), ..KindCapabilities::new() }
        .field(convert::executive(), FieldCapability { clear: Ability::no(IN_CONSOLE), ..executive })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, ConnectionName, Field, Fields, Identity, Param, Value};
    use crate::provider::{AtCreate, Deletion};

    fn with(params: &[(&str, i64)]) -> Capabilities {
        capabilities(&ConnectionSpec {
            name: ConnectionName::new("gateway"),
            type_name: "censornet".into(),
            params: params.iter().map(|(key, n)| ((*key).to_owned(), Param::Int(*n))).collect(),
            at: None,
        })
    }

    #[test]
    fn it_registers_addresses_and_says_why_nothing_else() {
        let can = with(&[]);
        for kind in Kind::ALL {
            assert!(can.kind(kind).is_some() != can.cannot.contains_key(&kind), "{kind}");
        }
        let registration = can.kind(Kind::Registration).expect("the one kind");
        assert!(registration.list.is_yes() && registration.create.is_yes());
        assert_eq!(registration.delete, Deletion::Permanent);
        assert_eq!(registration.rename.reason(), Some(NO_CALL));
        let executive = &registration.fields[&convert::executive()];
        assert!(executive.read.is_yes());
        assert_eq!(executive.create, AtCreate::Optional);
        assert_eq!(executive.update.reason(), Some(IN_CONSOLE));
        assert!(!can.confirms && !can.hands_over && !can.consistency.is_zero());
    }

    #[test]
    fn every_address_can_be_wished_and_no_other_field() {
        let can = with(&[]);
        let of = |field, value| {
            let identity = Identity::Registration(Address::parse("a+b@bücher.example").expect("an address"));
            can.problems(&identity, &Fields::new().with(field, value))
        };
        assert_eq!(of(convert::executive(), Value::Bool(true)), []);
        assert_eq!(of(Field::DisplayName, Value::text("Jane")).len(), 1);
    }

    #[test]
    fn keys_of_the_connection_set_the_pace() {
        assert_eq!(with(&[]).limits, LIMITS);
        let limits = with(&[("max_in_flight", 2), ("reads_per_minute", 30)]).limits;
        assert_eq!(limits, Limits { max_in_flight: 2, reads_per_minute: Some(30), writes_per_minute: None });
    }
}
