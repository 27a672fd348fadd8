use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::tests::{HEAD, catalogue, load};
use crate::model::{
    AccountState, Collection, Completeness, Desired, Field, Presence, Readings, Right, Value,
};

fn at(text: &str) -> Address {
    Address::parse_or_domain(text).expect(text)
}

fn addresses(list: &[&str]) -> Value {
    Value::Addresses(list.iter().map(|text| at(text)).collect())
}

fn put(observed: &mut Observed, connection: &str, identity: Identity, fields: Readings, standing: Standing) {
    let object = ObservedObject { standing, ..ObservedObject::plain(identity.clone(), fields) };
    let state = observed.connections.entry(ConnectionName::new(connection)).or_default();
    state.objects.insert(identity, Box::new(object));
}

/// Exports with the providers and domains of [`HEAD`].
fn exported(observed: &Observed, adopt: Option<&str>) -> String {
    let head = load(&[("head.yaml", HEAD)]).expect("the head holds").desired;
    let catalogue = catalogue();
    let capabilities: BTreeMap<_, _> = head
        .connections
        .iter()
        .map(|(name, spec)| (name.clone(), catalogue.capabilities(spec).expect("a known type")))
        .collect();
    let connections = head
        .connections
        .iter()
        .map(|(name, spec)| {
            let connection =
                ExportConnection { type_name: &spec.type_name, capabilities: &capabilities[name] };
            (name.clone(), connection)
        })
        .collect();
    export(&ExportInput {
        observed,
        connections,
        domains: &head.domains,
        adopt: adopt.map(ConnectionName::new),
    })
}

fn reloaded(text: &str) -> Desired {
    match load(&[("head.yaml", HEAD), ("export.yaml", text)]) {
        Ok(loaded) => loaded.desired,
        Err(problems) => panic!("{problems}\n{text}"),
    }
}

#[expect(clippy::too_many_lines, reason = "one state with one object of each sort")]
fn whole() -> Observed {
    let mut observed = Observed::default();
    let mut add = |connection: &str, identity: Identity, fields: Readings, standing: Standing| {
        put(&mut observed, connection, identity, fields, standing);
    };
    let plain = || Standing::Plain;
    add(
        "box",
        Identity::Mailbox(at("Jane@example.com")),
        Readings::new()
            .known(Field::DisplayName, Value::text("Doe, Jane: \"the\" #1"))
            .known(Field::Quota, Value::Quota("5 GiB".parse().expect("quota")))
            .known(Field::State, Value::State(AccountState::Active))
            .known(Field::HiddenFromDirectory, Value::Bool(false))
            .known(Field::Setting("level".into()), Value::Int(3))
            .known(
                Field::Setting("tags".into()),
                Value::Words(["yes".into(), "a b".into(), "1.0".into()].into()),
            )
            .known(
                Field::Setting("extra".into()),
                Value::Json(
                    crate::model::Json::parse(r#"{"a": [1, 2.0, 18446744073709551615, null, "x: y\u2028"]}"#)
                        .expect("json"),
                ),
            )
            .not_read(Field::Setting("note".into()), "the service hides it"),
        plain(),
    );
    add(
        "gateway",
        Identity::Registration(at("jane@example.com")),
        Readings::new().known(Field::Setting("executive".into()), Value::Bool(true)),
        plain(),
    );
    add("gateway", Identity::Registration(at("nobody@example.com")), Readings::new(), plain());
    add("box", Identity::Mailbox(at("bare@example.com")), Readings::new(), plain());
    add(
        "small",
        Identity::Mailbox(at("far@example.com")),
        Readings::new().known(Field::Quota, Value::Quota("1500 kB".parse().expect("quota"))),
        plain(),
    );
    add("small", Identity::Mailbox(at("jane@example.com")), Readings::new(), plain());
    add("box", Identity::Mailbox(at("admin@example.com")), Readings::new(), Standing::Login);
    add(
        "box",
        Identity::Mailbox(at("theirs@example.com")),
        Readings::new(),
        Standing::Foreign("an AD account".into()),
    );
    add("box", Identity::Mailbox(at("x@undeclared.example")), Readings::new(), plain());
    add(
        "box",
        Identity::Alias(at("sales@example.com")),
        Readings::new().known(Field::Targets, addresses(&["jane@example.com", "a@b.example"])),
        plain(),
    );
    add(
        "box",
        Identity::Alias(at("@example.com")),
        Readings::new()
            .known(Field::Targets, addresses(&["jane@example.com"]))
            .known(Field::PermittedSenders, addresses(&["bare@example.com"])),
        plain(),
    );
    add(
        "box",
        Identity::Alias(at("abuse@example.com")),
        Readings::new().known(Field::Targets, addresses(&["jane@example.com"])),
        Standing::Default("made at setup".into()),
    );
    add(
        "box",
        Identity::Alias(at("bare@example.com")),
        Readings::new().known(Field::Targets, addresses(&["jane@example.com"])),
        plain(),
    );
    add(
        "box",
        Identity::Forward(at("jane@example.com")),
        Readings::new()
            .known(Field::Targets, addresses(&["jane@partner.example"]))
            .known(Field::KeepCopy, Value::Bool(true)),
        plain(),
    );
    add(
        "box",
        Identity::Forward(at("theirs@example.com")),
        Readings::new().known(Field::Targets, addresses(&["t@partner.example"])),
        plain(),
    );
    for (grantee, right) in [("bare@example.com", Right::SendAs), ("a@example.com", Right::FullAccess)] {
        let identity = Identity::Permission { mailbox: at("jane@example.com"), grantee: at(grantee) };
        add("box", identity, Readings::new().known(Field::Rights, Value::Rights([right].into())), plain());
    }
    add(
        "box",
        Identity::Permission { mailbox: at("bare@example.com"), grantee: at("jane@example.com") },
        Readings::new().not_read(Field::Rights, "too many calls"),
        plain(),
    );
    add(
        "box",
        Identity::SenderRules(at("bare@example.com")),
        Readings::new().known(Field::Block, Value::Words(["*@spam.example".into()].into())),
        plain(),
    );
    add(
        "box",
        Identity::administrator("root"),
        Readings::new()
            .known(Field::Full, Value::Bool(true))
            .known(Field::Setting("language".into()), Value::text("de")),
        plain(),
    );
    add("box", Identity::administrator("api"), Readings::new(), Standing::Login);
    add(
        "box",
        Identity::Object { kind: "banner".into(), name: "hello".into() },
        Readings::new().known(Field::Setting("text".into()), Value::text("true")),
        plain(),
    );
    let state = observed.connections.get_mut(&ConnectionName::new("box")).expect("box");
    state.unknown.insert(Identity::Alias(at("postmaster@example.com")), "hidden".into());
    state.end(
        Collection::everything(Kind::Object),
        &Completeness::Incomplete("page 2 failed\nat once".into()),
    );
    observed
}

#[test]
fn an_export_reads_as_people_would_write_it() {
    let text = exported(&whole(), None);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/export.yaml");
    snapbox::assert_data_eq!(text.clone(), snapbox::Data::read_from(&path, None).raw());
    reloaded(&text);
}

#[test]
fn what_a_configuration_may_not_say_is_a_comment() {
    let mut observed = Observed::default();
    let targets = |list: &[&str]| Readings::new().known(Field::Targets, addresses(list));
    let grant =
        |mailbox: &str, grantee: &str| Identity::Permission { mailbox: at(mailbox), grantee: at(grantee) };
    for (identity, fields) in [
        (Identity::Alias(at("a@example.com")), targets(&["b@example.com"])),
        (Identity::Alias(at("b@example.com")), targets(&["a@example.com"])),
        (Identity::Alias(at("c@example.com")), targets(&["a@example.com"])),
        (Identity::Mailbox(at("m@example.com")), Readings::new()),
        (Identity::Forward(at("m@example.com")), targets(&["m@example.com"])),
        (
            grant("m@example.com", "m@example.com"),
            Readings::new().known(Field::Rights, Value::Rights([Right::SendAs].into())),
        ),
    ] {
        put(&mut observed, "box", identity, fields, Standing::Plain);
    }
    let text = exported(&observed, None);
    for line in [
        "  # a@example.com: [b@example.com] goes in a circle and arrives nowhere\n",
        "m@example.com: forward: [m@example.com] goes in a circle and arrives nowhere\n",
        "permissions: m@example.com: the mailbox itself\n",
        "  c@example.com: [a@example.com]\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    reloaded(&text);
}

#[test]
fn undeclared_domains_are_taken_over_on_request() {
    let text = exported(&whole(), Some("box"));
    assert!(text.contains("domains:\n  undeclared.example: {provider: box}\n"), "{text}");
    assert!(reloaded(&text).domains.contains_key("undeclared.example"));
}

/// Everything that the wish says of an object is what was observed, and every plain object is wished.
fn assert_nothing_to_do(observed: &Observed, desired: &Desired) -> Result<(), TestCaseError> {
    for (object, wish) in &desired.objects {
        let seen = observed
            .connections
            .get(&object.connection)
            .and_then(|state| state.objects.get(&object.identity));
        prop_assert!(wish.presence == Presence::Present && seen.is_some(), "{} would be made", object);
        for (field, value) in wish.fields.iter() {
            let seen = seen.and_then(|seen| seen.fields.value(field));
            prop_assert_eq!(seen, Some(value), "{} {} would change", object, field);
        }
    }
    for (name, state) in &observed.connections {
        for identity in state.objects.keys() {
            let object = crate::model::ObjectRef { connection: name.clone(), identity: identity.clone() };
            prop_assert!(desired.objects.contains_key(&object), "{} is lost", object);
        }
    }
    Ok(())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[ -~]{0,10}",
        Just("yes".into()),
        Just("null".into()),
        Just("1e3".into()),
        Just("- a".into()),
        Just(" x ".into()),
        Just("a\nb\r\tc".into()),
        Just("\u{feff}\u{85}\u{2028}".into()),
        Just("absent".into())
    ]
}

fn state() -> impl Strategy<Value = Observed> {
    let mailbox = (
        "[a-z!#$%&'*+/=?^_`{|}~-]{1,6}",
        text(),
        any::<bool>(),
        1_i64..6,
        prop::collection::btree_set(text(), 0..3),
    );
    (prop::collection::vec(mailbox, 0..6), prop::collection::btree_set("[a-z]{1,4}", 0..4)).prop_map(
        |(mailboxes, aliases)| {
            let mut observed = Observed::default();
            let mut known = Vec::new();
            for (local, name, loud, level, tags) in mailboxes {
                let address = at(&format!("m{local}@example.com"));
                let tags = tags.into_iter().filter(|tag| !tag.trim().is_empty()).collect();
                let fields = Readings::new()
                    .known(Field::DisplayName, Value::text(&name))
                    .known(Field::Setting("loud".into()), Value::Bool(loud))
                    .known(Field::Setting("level".into()), Value::Int(level))
                    .known(Field::Setting("tags".into()), Value::Words(tags))
                    .known(
                        Field::Setting("extra".into()),
                        Value::Json(
                            crate::model::Json::parse(
                                &serde_json::json!({&name: [&name, level]}).to_string(),
                            )
                            .expect("json"),
                        ),
                    );
                put(&mut observed, "box", Identity::Mailbox(address.clone()), fields, Standing::Plain);
                put(
                    &mut observed,
                    "gateway",
                    Identity::Registration(address.clone()),
                    Readings::new(),
                    Standing::Plain,
                );
                put(
                    &mut observed,
                    "box",
                    Identity::Forward(address.clone()),
                    Readings::new().known(Field::Targets, addresses(&["x@y.example"])),
                    Standing::Plain,
                );
                if let Some(other) = known.last() {
                    let identity =
                        Identity::Permission { mailbox: address.clone(), grantee: Clone::clone(other) };
                    if *other != address {
                        put(
                            &mut observed,
                            "box",
                            identity,
                            Readings::new().known(Field::Rights, Value::Rights([Right::SendAs].into())),
                            Standing::Plain,
                        );
                    }
                }
                known.push(address);
            }
            for alias in aliases {
                let Some(target) = known.first() else { break };
                let fields = Readings::new().known(Field::Targets, Value::Addresses([target.clone()].into()));
                put(
                    &mut observed,
                    "box",
                    Identity::Alias(at(&format!("l{alias}@example.com"))),
                    fields,
                    Standing::Plain,
                );
            }
            observed
        },
    )
}

proptest! {
    #[test]
    fn an_export_asks_for_nothing_new_and_loses_nothing(observed in state()) {
        let text = exported(&observed, None);
        let desired = reloaded(&text);
        assert_nothing_to_do(&observed, &desired)?;
    }

    #[test]
    fn every_text_reads_back(text in text()) {
        let yaml = format!("version: 1\nproviders: {{}}\nprofiles:\n  p: {{display_name: {}}}\n", write::scalar(&text));
        prop_assert!(load(&[("a.yaml", &yaml)]).is_ok(), "{}", yaml);
    }
}
