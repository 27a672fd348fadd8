//! Every path can be given: each is moved in the simulator and in the connection, and used.

use super::*;
use crate::providers::open_xchange::paths::specs;

/// A key of the connection, the simulator's name for the place, and its hole where that is called otherwise.
const PLACES: [(&str, &str, &str); 50] = [
    ("custom", "custom", ""),
    ("msisdn", "msisdn", ""),
    ("classofservice", "classofservice", ""),
    ("oxdeliverystatus", "oxdeliverystatus", ""),
    ("oxlegacyref", "oxlegacyref", ""),
    ("oxantiphishing", "oxantiphishing", ""),
    ("uidname", "uidname", ""),
    ("antivirus", "antivirus", ""),
    ("spamlevel", "spamlevel", ""),
    ("quotamode", "quotamode", ""),
    ("bulk", "bulk", ""),
    ("list_users", "list_users", ""),
    ("search", "search", ""),
    ("sessions", "sessions", ""),
    ("brand", "brand", ""),
    ("forwards", "forwards", ""),
    ("forward", "forward", ""),
    ("forward_replace", "forward", ""),
    ("forward_add", "forward", ""),
    ("forward_exists", "forward_exists", ""),
    ("forward_recipient_exists", "forward_recipient_exists", ""),
    ("forward_recipient_delete", "forward_recipient", ""),
    ("shared_domains", "shared_domains", ""),
    ("shared_domain", "shared_domain", ""),
    ("shared_domain_exists", "shared_domain_exists", ""),
    ("explicit_domains", "explicit_domains", ""),
    ("explicit_domain", "explicit_domain", ""),
    ("explicit_domain_exists", "explicit_domain_exists", ""),
    ("brand_domains", "brand_domains", ""),
    ("brand_domain_exists", "brand_domain_exists", ""),
    ("domain_users", "domain_users", ""),
    ("blacklist", "blacklist", ""),
    ("blacklist_find", "blacklist_filter", "filter"),
    ("blacklist_add", "blacklist_entry", ""),
    ("blacklist_remove", "blacklist_entry", ""),
    ("whitelist", "whitelist", ""),
    ("whitelist_find", "whitelist_filter", "filter"),
    ("whitelist_add", "whitelist_entry", ""),
    ("whitelist_remove", "whitelist_entry", ""),
    ("mail_quota", "mail_quota", ""),
    ("mail_new", "mail_newmessages", ""),
    ("mail_unread", "mail_unread", ""),
    ("mail_unread_inbox", "mail_unreadinbox", ""),
    ("welcome", "notification_welcome", "usercontext"),
    ("announcements", "announcements_list", ""),
    ("announcement_create", "announcements", ""),
    ("announcement_update", "announcement_update", ""),
    ("announcement_delete", "announcement", ""),
    ("announcement_enable", "announcement_enable", ""),
    ("announcement_disable", "announcement_disable", ""),
];

/// Where a place is moved to, as the connection writes it.
fn template(key: &str, default: Option<&str>) -> String {
    let default = default.or_else(|| EXPLICIT.iter().find(|(known, _)| *known == key).map(|(_, path)| *path));
    let holes: Vec<&str> = default.expect("a path").split('/').filter(|part| part.contains('{')).collect();
    let place = PLACES.iter().find(|(known, ..)| *known == key).expect("a place").1;
    let parts = ["", "moved", place, "at"].into_iter().chain(holes).chain(["here"]);
    parts.collect::<Vec<&str>>().join("/")
}

/// What the simulator calls the same.
fn theirs(template: &str, hole: &str) -> String {
    match hole {
        "usercontext" => template.replace("{user}@{context}", "{usercontext}"),
        "filter" => template.replace("{value}", "{filter}"),
        _ => template.to_owned(),
    }
}

fn wishes() -> Vec<Change> {
    let jane = |route: &str, name: &str, value: Value| {
        let fields = Fields::new().with(setting(name), value);
        Change { remote: Some("3 jane@example.com".into()), ..update(route, mailbox(JANE), fields) }
    };
    let sales = |list: &[&str]| Change {
        record: "alias:sales@example.com".into(),
        ..update("", alias("sales@example.com"), targets(list))
    };
    let gone = |identity: Identity, before: Fields, record: &str| Change {
        before: Some(before),
        record: record.into(),
        ..change(Verb::Delete, identity, Fields::new())
    };
    let domain = |name: &str| Identity::Domain(name.parse().expect(name));
    let scope = |word: &str| Fields::new().with(setting("scope"), Value::text(word));
    let rules = |allow: &[&str], block: &[&str]| {
        let fields = Fields::new().with(Field::Allow, words(allow)).with(Field::Block, words(block));
        update("", sender_rules(JANE), fields)
    };
    let news = || Identity::Object { kind: "announcement".into(), name: "news".into() };
    let content = Value::Json(crate::model::Json::parse("{}").expect("a document"));
    let welcomed = person("Nora").with(setting("welcome_mail"), Value::Bool(true));
    vec![
        create(mailbox("nora@example.com"), welcomed),
        jane("details", "custom", words(&["17"])),
        jane("details", "custom", words(&["17", "18"])),
        jane("details", "msisdn", Value::text("+49")),
        logging_out(jane("class_of_service", "class_of_service", words(&[]))),
        jane("details", "delivery_status", Value::text("OX")),
        jane("legacy_ref", "legacy_ref", Value::text("L")),
        jane("antiphishing", "antiphishing", Value::text("x")),
        jane("antivirus", "antivirus", Value::Bool(false)),
        jane("spam_level", "spam_level", Value::text("low")),
        jane("uidname", "uidname", Value::text("jane")),
        Change {
            record: "alias:sales@example.com".into(),
            ..create(alias("sales@example.com"), targets(&[JANE, JOHN]))
        },
        sales(&[JANE, JOHN, "x@partner.example"]),
        sales(&[JANE, JOHN]),
        gone(alias("sales@example.com"), targets(&[JANE, JOHN]), "alias:sales@example.com"),
        create(domain("new.example"), scope("shared")),
        gone(domain("new.example"), scope("shared"), "domain"),
        create(domain("own.example"), scope("explicit")),
        gone(domain("own.example"), scope("explicit"), "domain"),
        rules(&["a@x.example"], &["*@y.example", "z@y.example"]),
        rules(&["b@x.example"], &["*@y.example"]),
        rules(&[], &["q@y.example"]),
        gone(sender_rules(JANE), Fields::new(), "user"),
        create(news(), Fields::new().with(setting("content"), content)),
        update("", news(), Fields::new().with(setting("discardable"), Value::Bool(true))),
        update("enabled", news(), Fields::new().with(setting("enabled"), Value::Bool(true))),
        update("enabled", news(), Fields::new().with(setting("enabled"), Value::Bool(false))),
        gone(news(), Fields::new(), "announcement"),
    ]
}

/// Uses every operation of the service that this client uses, and says which places answered.
async fn use_all(bench: &Bench) -> String {
    bench.server.clear();
    for change in wishes() {
        match bench.provider.perform(&change, &Plain).await {
            Ok(Done::Written { notes }) => assert!(notes.is_empty(), "{:?} {notes:?}", change.id),
            other => panic!("{:?}: {other:?}", change.id),
        }
    }
    let fields: Vec<Field> = super::super::fields::specs().iter().map(|spec| setting(spec.name)).collect();
    let kinds = [Kind::Domain, Kind::Mailbox, Kind::Alias, Kind::SenderRules, Kind::Object];
    let parts = kinds.map(|kind| part(Collection::everything(kind), &fields)).to_vec();
    let (state, error) = read(&*bench.provider, &Scope { facts: true, ..Scope::of(parts) }).await;
    assert!(error.is_none() && state.incomplete().is_empty(), "{error:?} {:?}", state.incomplete());
    let checks = bench.provider.check().await;
    let bad: Vec<_> =
        checks.iter().filter(|check| check.state != crate::provider::CheckState::Passed).collect();
    assert!(bad.is_empty(), "{bad:?}");
    bench.calls().join("\n")
}

fn rows(rows: &mut Rows<'_>) {
    rows.user(CONTEXT, JANE, "pw").user(CONTEXT, JOHN, "pw").forward(CONTEXT, "press@example.com", &[JANE]);
}

#[tokio::test]
async fn every_path_can_be_given_and_all_of_them_are_used() {
    let keys: Vec<&str> = specs().iter().map(|spec| spec.name).collect();
    assert_eq!(keys, PLACES.map(|(key, ..)| key), "every key is moved");
    let moved: Vec<(&str, String)> =
        specs().iter().map(|spec| (spec.name, template(spec.name, spec.default))).collect();
    let paths: Vec<(&str, &str)> = moved.iter().map(|(key, path)| (*key, path.as_str())).collect();
    let build = |builder: Builder| {
        let builder = builder.with(Quirk::ListWithoutUid);
        PLACES.iter().fold(builder, |builder, (key, place, hole)| {
            let path = &moved.iter().find(|(known, _)| known == key).expect("a path").1;
            builder.at(place, &theirs(path, hole))
        })
    };
    let bench = Bench::with(build, keys_with(&paths), rows).await;
    let calls = use_all(&bench).await;
    for (key, place, _) in PLACES {
        assert!(calls.contains(&format!("/moved/{place}/at")), "{key} was not used:\n{calls}");
    }
    assert!(!calls.contains("/oxaas/"), "a path is not where it was given:\n{calls}");
}

#[tokio::test]
async fn one_path_that_was_moved_fails_alone_until_it_is_given() {
    for (key, place, hole) in PLACES {
        let default = specs().iter().find(|spec| spec.name == key).expect("a key").default;
        let path = template(key, default);
        let build = |builder: Builder| builder.at(place, &theirs(&path, hole));
        // Those that share a place in the simulator move together.
        let together = PLACES.iter().filter(|(_, other, _)| *other == place).map(|(key, ..)| *key);
        let given: Vec<(&str, &str)> = EXPLICIT
            .into_iter()
            .filter(|(known, _)| *known != key)
            .chain(together.map(|key| (key, path.as_str())))
            .collect();
        let bench = Bench::with(build, keys_with(&given), rows).await;
        let calls = use_all(&bench).await;
        let is_needed = !["list_users"].contains(&key);
        assert!(!is_needed || calls.contains(&format!("/moved/{place}/at")), "{key}:\n{calls}");
    }
}
