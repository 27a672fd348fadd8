//! The whole of the format, read into the wish.

use crate::model::{
    Address, ClosedExtent, ConnectionName, Field, Identity, Kind, Leaving, Param, Presence, SecretRef, Value,
    Wish,
};

use super::{good, load};

pub(in crate::config) const WHOLE: &str = r#"
version: 1
providers:
  box:
    type: acme
    url: https://box.example.com/admin/
    user: admin@example.com
    password: {env: BOX_PASSWORD}
    store: sqlite:mail.sqlite
    mode: fast
    unsupported: [state]
    paths: {ping: /v1/ping}
    side: {url: "http://127.0.0.1:8080", api_key: {command: [pass, show, key]}}
    timeout: 30
    create: true
    ca_file: ./ca.pem
  old: {type: mini, password: {file: secrets/old.txt}}
  other: {type: acme, url: "https://other.example.com", user: {env: OTHER_USER}, password: {env: OTHER}}
  gateway: {type: gate, token: {env: GW}}
domains:
  example.com:
    provider: box
    also: [other]
    filters: [gateway]
    leaving: {old: keep}
    prune: [aliases, forwards, registrations]
    ignore: ["SVC-*@example.com"]
  managed.example: {provider: box, manage: true, settings: {acme: {scope: shared}}}
profiles:
  staff: {quota: 5 GiB, state: active, settings: {gate: {executive: false}, acme: {level: 2, note: staff}}}
mailboxes:
  Jane.Doe@example.com:
    profile: staff
    display_name: Jane Doe
    password: {generate: {dir: passwords}}
    aliases: [jane@example.com]
    forward: {to: [jane@partner.example], keep_copy: true}
    permissions: {john.roe@example.com: [full_access, send_as]}
    sender_rules: {block: ["*@spam.example"]}
    settings: {acme: {note: mine, extra: {a: [1, 2.5, null, "x"]}}, gate: {executive: true}}
  john.roe@example.com: {}
  left@example.com: {state: suspended, provider: other, permissions: absent, forward: absent}
  gone@example.com: absent
  new.name@example.com: {was: [old.name@example.com], aliases: []}
aliases:
  sales@example.com: [jane.doe@example.com, john.roe@example.com]
  press@example.com: {to: [jane.doe@example.com], permitted_senders: [john.roe@example.com]}
  "@example.com": [john.roe@example.com]
  "@managed.example": ["@example.com"]
  old-sales@example.com: absent
forwards:
  john.roe@example.com: {to: [x@elsewhere.example]}
permissions:
  john.roe@example.com: {jane.doe@example.com: absent}
sender_rules:
  john.roe@example.com: absent
administrators:
  box: {Jane.Doe@example.com: {full: true, domains: [example.com], rights: [b, a], settings: {language: de}}, bob: absent}
objects:
  box: {banner: {hello: {text: hi, audience: {all: true}}, bye: absent}}
external:
  jane@partner.example: {reason: contractor, owner: it@example.com, expires: 2027-01-31}
  "@corp.example": {reason: mother company}
policy:
  max_deletes: {mailboxes: 3, all: 7}
  max_creates: {mailboxes: 50}
  protected: ["Postmaster@*", "*@board.example.com"]
  external_forwards: listed
"#;

fn wish<'d>(desired: &'d crate::model::Desired, connection: &str, identity: &Identity) -> &'d Wish {
    desired
        .objects
        .iter()
        .find(|(object, _)| object.connection.as_str() == connection && object.identity == *identity)
        .map_or_else(|| panic!("no {identity} on {connection}"), |(_, wish)| wish)
}

fn at(text: &str) -> Address {
    Address::parse_or_domain(text).expect(text)
}

#[test]
fn every_key_arrives_where_it_belongs() {
    let loaded = load(&[("team/main.yaml", WHOLE)]).unwrap_or_else(|problems| panic!("{problems}"));
    let warnings: Vec<&str> = loaded.warnings.iter().map(|w| w.code).collect();
    assert!(warnings.is_empty(), "{:?}", loaded.warnings);
    let desired = &loaded.desired;

    let names: Vec<&str> = desired.connections.keys().map(crate::model::ConnectionName::as_str).collect();
    assert_eq!(names, ["box", "gateway", "old", "other"]);
    let spec = desired.connections.values().next().expect("box");
    assert_eq!(spec.text("url"), Some("https://box.example.com/admin"));
    assert_eq!(spec.text("store"), Some("sqlite:team/mail.sqlite"));
    assert_eq!(spec.text("ca_file"), Some("team/ca.pem"));
    assert_eq!(spec.int("timeout"), Some(30));
    assert_eq!(spec.bool("create"), Some(true));
    assert_eq!(spec.params.get("unsupported"), Some(&Param::List(vec!["state".into()])));
    let side = spec.map("side").expect("side");
    assert_eq!(
        side.get("api_key"),
        Some(&Param::Secret(SecretRef::Command(vec!["pass".into(), "show".into(), "key".into()])))
    );

    let domain = &desired.domains["example.com"];
    assert_eq!(domain.store.as_ref().map(ConnectionName::as_str), Some("box"));
    assert_eq!(domain.ignore, ["svc-*@example.com"]);
    assert_eq!(domain.leaving.values().next(), Some(&Leaving::Keep));
    let managed = wish(desired, "box", &Identity::Domain("managed.example".parse().expect("domain")));
    assert_eq!(managed.fields.get(&Field::Setting("scope".into())), Some(&Value::text("shared")));

    let jane = wish(desired, "box", &Identity::Mailbox(at("jane.doe@example.com")));
    assert_eq!(jane.fields.len(), 7, "{:?}", jane.fields);
    assert_eq!(jane.fields.get(&Field::Quota), Some(&Value::Quota("5 GiB".parse().expect("quota"))));
    assert_eq!(jane.fields.get(&Field::Setting("note".into())), Some(&Value::text("mine")));
    assert_eq!(jane.fields.get(&Field::Setting("level".into())), Some(&Value::Int(2)));
    assert_eq!(
        jane.fields.get(&Field::Setting("extra".into())).map(ToString::to_string),
        Some(r#"{"a":[1,2.5,null,"x"]}"#.into())
    );
    assert_eq!(
        jane.fields.get(&Field::Password),
        Some(&Value::Secret(SecretRef::Generate { dir: "team/passwords".into(), keep: false }))
    );
    assert_eq!(jane.at.as_ref().map(ToString::to_string).as_deref(), Some("team/main.yaml:32:3"));
    let place = |field: &Field| jane.field_at.get(field).map(|at| at.line);
    assert_eq!(place(&Field::DisplayName), Some(34));
    assert_eq!(place(&Field::Quota), Some(30), "a profile's field has its place there");

    let registered = wish(desired, "gateway", &Identity::Registration(at("jane.doe@example.com")));
    assert_eq!(registered.fields.get(&Field::Setting("executive".into())), Some(&Value::Bool(true)));
    let gone = Identity::Registration(at("gone@example.com"));
    assert_eq!(wish(desired, "gateway", &gone).presence, Presence::Absent);
    for store in ["box", "other"] {
        let gone = wish(desired, store, &Identity::Mailbox(at("gone@example.com")));
        assert_eq!(gone.presence, Presence::Absent, "absent is absent in every store");
    }
    let left = wish(desired, "other", &Identity::Forward(at("left@example.com")));
    assert_eq!(left.presence, Presence::Absent);

    let alias = wish(desired, "box", &Identity::Alias(at("jane@example.com")));
    assert_eq!(
        alias.fields.get(&Field::Targets),
        Some(&Value::Addresses([at("jane.doe@example.com")].into()))
    );
    let forward = wish(desired, "box", &Identity::Forward(at("john.roe@example.com")));
    assert_eq!(forward.fields.get(&Field::KeepCopy), None, "left out is not managed");
    let grant =
        Identity::Permission { mailbox: at("jane.doe@example.com"), grantee: at("john.roe@example.com") };
    assert_eq!(
        wish(desired, "box", &grant).fields.get(&Field::Rights).map(Value::members).map(|m| m.join(" ")),
        Some("full_access send_as".into())
    );
    let boss = wish(desired, "box", &Identity::administrator("jane.doe@example.com"));
    assert_eq!(boss.fields.len(), 4);
    let banner = Identity::Object { kind: "banner".into(), name: "hello".into() };
    assert_eq!(wish(desired, "box", &banner).fields.len(), 2);
    let renamed = wish(desired, "box", &Identity::Mailbox(at("new.name@example.com")));
    assert_eq!(renamed.was, [at("old.name@example.com")]);

    let policy = &desired.policy;
    assert_eq!(policy.max_deletes[&Kind::Mailbox].count, 3);
    assert_eq!(policy.max_deletes[&Kind::Alias].count, 7);
    assert_eq!(policy.protected[0].glob, "*@board.example.com");
    assert_eq!(desired.external.len(), 2);
    assert_eq!(
        desired.external[&at("jane@partner.example")].expires.map(|d| d.to_string()),
        Some("2027-01-31".into())
    );
}

#[test]
fn closed_worlds_are_where_the_configuration_says_so() {
    let loaded = load(&[("main.yaml", WHOLE)]).unwrap_or_else(|problems| panic!("{problems}"));
    let closed: Vec<String> = loaded
        .desired
        .closed
        .iter()
        .map(|closed| match &closed.extent {
            ClosedExtent::Domain(kind, domain) => format!("{} {} {domain}", closed.connection, kind.plural()),
            ClosedExtent::AliasesOf(mailbox) => format!("{} aliases of {mailbox}", closed.connection),
            ClosedExtent::PermissionsOf(mailbox) => format!("{} permissions of {mailbox}", closed.connection),
        })
        .collect();
    assert_eq!(
        closed,
        [
            "box aliases example.com",
            "box forwards example.com",
            "box aliases of Jane.Doe@example.com",
            "box aliases of new.name@example.com",
            "box permissions of Jane.Doe@example.com",
            "box permissions of john.roe@example.com",
            "gateway registrations example.com",
            "other aliases example.com",
            "other forwards example.com",
            "other permissions of left@example.com",
        ]
    );
}

#[test]
fn anchors_merge_keys_and_byte_order_marks_work() {
    let text = "\u{feff}version: 1
providers:
  box: &box {type: acme, url: \"https://a.example.com\", user: u, password: {env: P}}
  two: {<<: *box, url: \"https://b.example.com\"}
domains:
  example.com: {provider: box}
  b.example: {provider: two}
mailboxes:
  a@example.com: &big {quota: 5 GiB, state: active}
  b@example.com: {<<: *big, quota: 1 GiB}
  c@b.example: *big
  d@example.com: {<<: [{quota: 2 GiB}, *big]}
";
    let loaded = load(&[("main.yaml", text)]).unwrap_or_else(|problems| panic!("{problems}"));
    let quota = |connection: &str, address: &str| {
        wish(&loaded.desired, connection, &Identity::Mailbox(at(address)))
            .fields
            .get(&Field::Quota)
            .map(ToString::to_string)
    };
    assert_eq!(quota("box", "a@example.com").as_deref(), Some("5 GiB"));
    assert_eq!(quota("box", "b@example.com").as_deref(), Some("1 GiB"));
    assert_eq!(quota("two", "c@b.example").as_deref(), Some("5 GiB"));
    assert_eq!(quota("box", "d@example.com").as_deref(), Some("2 GiB"));
    let c = wish(&loaded.desired, "two", &Identity::Mailbox(at("c@b.example")));
    assert_eq!(c.at.as_ref().map(|at| at.line), Some(11), "the entry is where its key stands");
    assert_eq!(
        c.field_at.get(&Field::Quota).expect("a place").line,
        9,
        "the value is where the anchor stands"
    );
}

#[test]
fn an_old_address_may_be_absent_and_wanted_as_an_alias() {
    let loaded =
        good("mailboxes: {old@example.com: absent, new@example.com: {aliases: [old@example.com]}}\n");
    let old = wish(&loaded.desired, "box", &Identity::Alias(at("old@example.com")));
    assert_eq!(old.presence, Presence::Present);
}

#[test]
fn a_program_beside_its_file_is_named_from_the_root() {
    let text = "version: 1\nproviders: {g: {type: gate, token: {command: [./secret, x]}}}\n";
    let desired = load(&[("team/a.yaml", text)]).unwrap_or_else(|problems| panic!("{problems}")).desired;
    let token = desired.connections.values().find_map(|spec| spec.secret("token"));
    assert_eq!(token, Some(&SecretRef::Command(vec!["./team/secret".into(), "x".into()])));
}

#[test]
fn an_empty_file_and_a_file_of_comments_say_nothing() {
    let head = super::HEAD;
    let loaded =
        load(&[("a.yaml", ""), ("b.yaml", "# later\n"), ("c.yaml", head), ("d.yaml", "version: 1\n")]);
    assert!(loaded.is_ok());
}

#[test]
fn what_a_connection_cannot_have_need_not_be_removed_there() {
    let loaded = good("mailboxes: {a@small.example: {forward: absent, aliases: []}}\n");
    assert!(!loaded.desired.objects.keys().any(|object| object.identity.kind() == Kind::Forward));
}

#[test]
fn a_domain_with_filters_alone_registers_its_mailboxes_and_nothing_else() {
    for by in ["filters: [gateway]", "provider: gateway"] {
        let text = format!(
            "version: 1\nproviders:\n  gateway: {{type: gate, token: {{env: T}}}}\ndomains:\n  a.example: {{{by}, \
             prune: [registrations]}}\nmailboxes:\n  jane@a.example: {{settings: {{gate: {{executive: true}}}}}}\n  \
             gone@a.example: absent\n"
        );
        let loaded = load(&[("main.yaml", &text)]).expect("a good configuration");
        let desired = &loaded.desired;
        let wish = desired.domains.values().next().expect("one domain");
        assert_eq!(wish.store, None, "{by}");
        let names: Vec<&str> = wish.connections().map(ConnectionName::as_str).collect();
        assert_eq!(names, ["gateway"], "{by}");
        let objects: Vec<String> = desired.objects.keys().map(ToString::to_string).collect();
        let registrations =
            ["registration gone@a.example on gateway", "registration jane@a.example on gateway"];
        assert_eq!(objects, registrations, "{by}");
        let closed: Vec<&ClosedExtent> = desired.closed.iter().map(|closed| &closed.extent).collect();
        assert!(matches!(closed[..], [ClosedExtent::Domain(Kind::Registration, _)]), "{by}");
    }
}

#[test]
fn a_number_is_text_where_text_is_wanted_of_a_connection() {
    let with = |user: &str| {
        let text = format!(
            "version: 1\nproviders:\n  box: {{type: acme, url: \"https://box.example.com\", user: {user}, password: \
             {{env: P}}}}\n"
        );
        load(&[("main.yaml", &text)])
            .map(|loaded| loaded.desired.connections.values().next()?.text("user").map(str::to_owned))
    };
    assert_eq!(with("12345678").expect("good"), Some("12345678".to_owned()));
    for bad in ["007", "-1", "1.5", "0x11"] {
        assert!(with(bad).is_err(), "{bad} is not what was written");
    }
}
