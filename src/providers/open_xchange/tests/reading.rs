//! What is read, and how many calls that takes.

use super::*;
use crate::model::{AccountState, Quota, Standing};

fn two(rows: &mut Rows<'_>) {
    rows.user(CONTEXT, JANE, "pw").user(CONTEXT, JOHN, "pw").change(JANE, |jane| {
        jane.aliases = vec!["Sales@Example.com".into()];
        jane.unified_quota = Some(100);
        jane.weblogin = false;
        jane.msisdn = Some("+49.1".into());
        jane.custom = vec!["17".into(), "18".into()];
        jane.blacklist = ["*@spam.example".to_owned()].into();
    });
    rows.forward(CONTEXT, "press@example.com", &[JANE, "x@partner.example"]);
}

#[tokio::test]
async fn a_domain_takes_one_call_for_mailboxes_and_one_for_forwarding_aliases() {
    let bench = Bench::new(two).await;
    let fields = [Field::State, Field::Quota, Field::GivenName, Field::DisplayName];
    let state = bench.read(vec![whole(Kind::Mailbox, &fields), whole(Kind::Alias, &[Field::Targets])]).await;
    assert_eq!(
        bench.calls(),
        [
            "GET /cloudapi/v2/users?name=acme_shop&includeid=true&includepermissions=true",
            "GET /api/oxaas/v1/admin/forwards/acme_shop",
        ]
    );
    let Looked::Present(jane) = state.look(&mailbox(JANE)) else { panic!("jane") };
    assert_eq!(jane.fields.value(&Field::State), Some(&Value::State(AccountState::Suspended)));
    assert_eq!(jane.fields.value(&Field::Quota), Some(&Value::Quota(Quota::Bytes(100 << 20))));
    assert_eq!(jane.fields.value(&Field::DisplayName), Some(&Value::text("")), "others have one");
    let Looked::Present(sales) = state.look(&alias("sales@example.com")) else { panic!("an alias") };
    assert_eq!((&sales.record, &sales.remote), (&jane.record, &jane.remote), "it stands in jane's record");
    let Looked::Present(press) = state.look(&alias("press@example.com")) else { panic!("an alias") };
    assert_eq!(&*press.record, "alias:press@example.com");
    let state = bench.read(vec![whole(Kind::Forward, &[]), whole(Kind::Permission, &[])]).await;
    assert_eq!((bench.calls().len(), state.objects.len()), (0, 0), "there are none of these");
}

#[tokio::test]
async fn attributes_are_read_only_of_the_mailboxes_and_by_the_calls_that_are_asked_for() {
    let bench = Bench::new(two).await;
    let wanted = [setting("msisdn"), setting("custom"), setting("uidname")];
    let jane = bench.object(&mailbox(JANE), &wanted).await.expect("jane");
    let mut calls = bench.calls();
    calls.sort();
    assert_eq!(
        calls,
        [
            "GET /cloudapi/v2/contexts/acme_shop?includebrand=true",
            "GET /cloudapi/v2/users?name=acme_shop&includeid=true&includepermissions=true",
            "GET /oxaas/v1/admin/contexts/24/users/3/custom",
            "GET /oxaas/v1/admin/contexts/24/users/3/msisdn",
            "GET /oxaas/v1/admin/contexts/24/users/3/uidname",
            "GET /oxaas/v1/admin/users?search=jane%40example.com&field=UIDNAME",
        ]
    );
    assert_eq!(jane.fields.value(&setting("custom")), Some(&words(&["17", "18"])));
    assert_eq!(jane.fields.value(&setting("msisdn")), Some(&Value::text("+49.1")));
    let john = bench.object(&mailbox(JOHN), &wanted).await.expect("john");
    assert_eq!(john.fields.value(&setting("msisdn")), Some(&Value::text("")), "404 of a user that is there");
    assert_eq!(john.fields.value(&setting("custom")), Some(&words(&[])));
    assert_eq!(bench.calls().len(), 4, "the context's number is known");
}

#[tokio::test]
async fn every_setting_of_a_mailbox_can_be_read() {
    let bench = Bench::new(|rows| {
        two(rows);
        rows.change(JANE, |jane| {
            jane.language = Some("de_DE".into());
            jane.timezone = Some("Europe/Berlin".into());
            jane.anti_phishing = Some("replace-urls".into());
            jane.delivery_status = Some("OXAAS".into());
            jane.legacy_ref = Some("LEG_1".into());
            jane.spam_level = "high".into();
            jane.antivirus = false;
        });
    })
    .await;
    let expected = [
        ("class_of_service", words(&["cloud_pim"])),
        ("spam_level", Value::text("high")),
        ("antivirus", Value::Bool(false)),
        ("antiphishing", Value::text("replace-urls")),
        ("msisdn", Value::text("+49.1")),
        ("custom", words(&["17", "18"])),
        ("uidname", Value::text(JANE)),
        ("delivery_status", Value::text("OXAAS")),
        ("legacy_ref", Value::text("LEG_1")),
        ("language", Value::text("de_DE")),
        ("timezone", Value::text("Europe/Berlin")),
        ("edit_password", Value::Bool(true)),
    ];
    let wanted: Vec<Field> = expected.iter().map(|(name, _)| setting(name)).collect();
    let jane = bench.object(&mailbox(JANE), &wanted).await.expect("jane");
    for (name, value) in expected {
        assert_eq!(jane.fields.value(&setting(name)), Some(&value), "{name}");
    }
}

#[tokio::test]
async fn what_the_list_does_not_tell_is_asked_of_those_alone_that_it_is_wanted_of() {
    let build = |builder: Builder| builder.with(Quirk::ListWithoutPermissions).with(Quirk::ProfileInReads);
    let bench = Bench::with(build, keys(), two).await;
    let parts = vec![
        whole(Kind::Mailbox, &[Field::Quota]),
        part(Collection::object(&mailbox(JANE)), &[Field::State, setting("edit_password")]),
    ];
    let state = bench.read(parts).await;
    assert_eq!(bench.calls().len(), 2);
    assert!(bench.calls()[1].starts_with("GET /cloudapi/v2/users/jane@example.com?name=acme_shop"));
    let Looked::Present(jane) = state.look(&mailbox(JANE)) else { panic!("jane") };
    assert_eq!(jane.fields.value(&Field::State), Some(&Value::State(AccountState::Suspended)));
    let Looked::Present(john) = state.look(&mailbox(JOHN)) else { panic!("john") };
    assert!(john.fields.get(&Field::State).is_none());
}

#[tokio::test]
async fn names_that_the_service_tells_of_nobody_are_asked_of_one_user_and_not_compared() {
    let bench = Bench::with(|builder| builder, keys(), two).await;
    let jane = bench.object(&mailbox(JANE), &[Field::GivenName, setting("language")]).await.expect("jane");
    for field in [Field::GivenName, setting("language")] {
        let reading = jane.fields.get(&field);
        assert!(
            matches!(reading, Some(Reading::Untold(reason)) if reason.contains("of no user")),
            "{reading:?}"
        );
    }
    assert_eq!(bench.calls().len(), 2, "the user's own record was asked");
    bench.sandbox.edit(|rows| {
        for number in 0..40 {
            rows.user(Sandbox::CONTEXT, &format!("user{number}@example.com"), "x");
        }
    });
    bench.server.clear();
    let domain = DomainName::parse("example.com").expect("a domain");
    let part = part(Collection::domain(Kind::Mailbox, &domain), &[Field::GivenName]);
    assert_eq!(bench.read(vec![part]).await.objects.len(), 42);
    assert!(bench.calls().len() <= 6, "one user's record is as another's: {:?}", bench.calls());
}

#[tokio::test]
async fn names_that_are_told_of_nobody_are_not_asked_of_everybody() {
    let bench = Bench::with(
        |builder| builder,
        keys(),
        |rows| {
            for n in 0..40 {
                rows.user(CONTEXT, &format!("m{n}@example.com"), "pw");
            }
        },
    )
    .await;
    bench.read(vec![whole(Kind::Mailbox, &[Field::GivenName, setting("language")])]).await;
    assert!(bench.calls().len() < 10, "{}", bench.calls().len());
}

#[tokio::test]
async fn a_user_without_a_number_in_the_list_is_found_by_the_list_of_the_plugins_or_by_search() {
    let build = |builder: Builder| builder.with(Quirk::ListWithoutUid);
    let bench = Bench::with(build, keys(), two).await;
    let jane = bench.object(&mailbox(JANE), &[setting("msisdn")]).await.expect("jane");
    assert_eq!(jane.fields.value(&setting("msisdn")), Some(&Value::text("+49.1")));
    assert_eq!(jane.remote.as_deref(), Some("- jane@example.com"));
    assert!(bench.calls().iter().any(|call| call == "GET /oxaas/v1/admin/contexts/24/users"));
    let numbered = |keys: Vec<(&'static str, Param)>| {
        keys.into_iter().map(|(key, param)| if key == "context" { (key, text("24")) } else { (key, param) })
    };
    let provider = connect(&bench.server.url(), numbered(keys()).collect()).await;
    bench.server.clear();
    let scope = Scope::of(vec![part(Collection::object(&mailbox(JOHN)), &[setting("uidname")])]);
    let (state, _) = read(&*provider, &scope).await;
    let Looked::Present(john) = state.look(&mailbox(JOHN)) else { panic!("john") };
    assert_eq!(john.fields.value(&setting("uidname")), Some(&Value::text(JOHN)));
    assert!(bench.calls()[0].contains("id=24"), "{:?}", bench.calls());
}

#[tokio::test]
async fn the_administrator_is_somebody_elses_and_guests_are_nobody() {
    let bench = Bench::new(|rows| {
        two(rows);
        rows.user(CONTEXT, "guest@example.com", "pw").change("guest@example.com", |row| row.guest = Some(9));
    })
    .await;
    let state = bench.read(vec![whole(Kind::Mailbox, &[])]).await;
    assert_eq!(state.objects.len(), 2, "the administrator has no address, a guest no mailbox");
    assert!(state.objects.values().all(|object| object.standing == Standing::Plain));
}

#[tokio::test]
async fn the_aliases_of_a_mailbox_need_the_list_of_users_alone() {
    let bench = Bench::new(two).await;
    let state = bench.read(vec![parts_of(Kind::Alias, &[JANE, JOHN])]).await;
    assert_eq!(bench.calls().len(), 1);
    assert!(matches!(state.look(&alias("sales@example.com")), Looked::Present(_)));
    assert!(matches!(state.look(&mailbox(JANE)), Looked::Present(_)), "whose alias it is can be seen");
    assert!(matches!(state.look(&alias("press@example.com")), Looked::Unknown(_)), "it was not asked for");
}

#[tokio::test]
async fn facts_are_counters_and_cost_calls_only_where_they_are_asked() {
    let bench = Bench::with(
        |builder| builder.sub_brand_of("top"),
        keys(),
        |rows| {
            two(rows);
            rows.used(JANE, 7, 3).inbox(JANE, &["a secret subject"]);
        },
    )
    .await;
    bench.server.clear();
    let scope = Scope { facts: true, ..Scope::of(vec![part(Collection::object(&mailbox(JANE)), &[])]) };
    let (state, error) = read(&*bench.provider, &scope).await;
    assert!(error.is_none(), "{error:?}");
    let Looked::Present(jane) = state.look(&mailbox(JANE)) else { panic!("jane") };
    for (fact, told) in [
        ("used_quota_mib", "10"),
        ("quota_mode", "unified"),
        ("mail_quota", "quota 100, used 7"),
        ("new_messages", "1"),
        ("unread_messages", "1"),
        ("unread_in_inbox", "1"),
        ("brand", "acme of top"),
    ] {
        assert_eq!(jane.facts.get(fact).map(String::as_str), Some(told), "{fact}: {:?}", jane.facts);
    }
    assert_eq!(bench.sandbox.snapshot().counts.content_reads, 0);
    assert!(!format!("{:?}", jane.facts).contains("subject"));
    assert_eq!(bench.provider.account().as_deref(), Some("context acme_shop of brand acme"));
    let jane = bench.object(&mailbox(JANE), &[]).await.expect("jane");
    assert_eq!((bench.calls().len(), jane.facts.len()), (1, 0));
}

#[tokio::test]
async fn counters_that_another_class_of_credentials_may_read_end_nothing() {
    let bench = Bench::with(|builder| builder.tenant("tenant", "secret"), keys(), two).await;
    let scope = Scope { facts: true, ..Scope::of(vec![whole(Kind::Mailbox, &[])]) };
    let (state, error) = read(&*bench.provider, &scope).await;
    assert!(error.is_none() && state.objects.len() == 2, "{error:?}");
    let asked = bench.calls().iter().filter(|call| call.contains("/mail/")).count();
    assert!(asked <= 2, "once refused, it is not asked for each mailbox: {asked}");
    bench.read(vec![whole(Kind::Mailbox, &[])]).await;
}
