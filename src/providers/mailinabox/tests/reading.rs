//! What the box's lists are read as.

use axum::http::Method;

use super::super::sandbox::Version;
use super::*;
use crate::model::{Quota, Standing};

const ROWS: [Kind; 3] = [Kind::Alias, Kind::Forward, Kind::Permission];

#[tokio::test]
async fn one_call_for_each_list_that_is_asked_for() {
    let bench = Bench::new(|_| ()).await;
    for (kinds, calls) in [
        (&[Kind::Mailbox][..], &["/mail/users"][..]),
        (&[Kind::Administrator], &["/mail/users"]),
        (&[Kind::Mailbox, Kind::Administrator], &["/mail/users"]),
        (&ROWS, &["/mail/users", "/mail/aliases"]),
        (&[Kind::Domain], &["/mail/domains"]),
        (&Kind::ALL, &["/mail/users", "/mail/aliases", "/mail/domains"]),
        (&[], &[]),
    ] {
        bench.server.clear();
        let (state, _) = bench.try_read(kinds).await;
        let paths: Vec<String> = bench.server.requests().into_iter().map(|request| request.path).collect();
        assert_eq!(paths, calls, "{kinds:?}");
        assert_eq!(state.calls, calls.len() as u64);
        let others = state.objects.keys().find(|identity| !kinds.contains(&identity.kind()));
        assert_eq!(others, None, "only what is asked for is told");
        assert!(bench.server.counters().max_in_flight <= 1);
    }
}

#[tokio::test]
async fn a_box_after_setup() {
    let bench = Bench::new(|_| ()).await;
    let state = bench.read(&[Kind::Mailbox, Kind::Administrator, Kind::Alias, Kind::Domain]).await;
    let me = &state.objects[&mailbox("me@example.com")];
    assert_eq!(me.standing, Standing::Login);
    assert_eq!(me.fields.value(&Field::Quota), Some(&Value::Quota(Quota::Unlimited)));
    assert_eq!(&*me.record, "user:me@example.com");
    let administrator = &state.objects[&Identity::administrator("me@example.com")];
    assert_eq!((&administrator.standing, &*administrator.record), (&Standing::Login, "user:me@example.com"));
    assert_eq!(administrator.fields.value(&Field::Full), Some(&Value::Bool(true)));
    let domains: Vec<String> = state
        .objects
        .keys()
        .filter(|identity| identity.kind() == Kind::Domain)
        .map(ToString::to_string)
        .collect();
    assert_eq!(domains, ["box.example.com", "example.com"]);
    let explicit = &state.objects[&alias("administrator@box.example.com")];
    assert_eq!(explicit.standing, Standing::Plain);
    assert_eq!(
        explicit.fields.values(),
        targets(&["me@example.com"]).with(Field::PermittedSenders, addresses(&[]))
    );
}

#[tokio::test]
async fn the_box_s_own_aliases_hide_explicit_ones() {
    let bench = Bench::new(|rows| {
        rows.user("aa@example.com", "longenough1").privilege("aa@example.com", "admin");
        rows.alias("postmaster@example.com", &["aa@example.com"]);
        rows.alias("abuse@example.com", &["me@example.com"]);
    })
    .await;
    let state = bench.read(&[Kind::Alias]).await;
    // One has an explicit alias behind it, the other has none: nobody can tell from here.
    for hidden in ["postmaster@example.com", "admin@example.com", "hostmaster@box.example.com"] {
        let object = &state.objects[&alias(hidden)];
        assert!(matches!(object.standing, Standing::Default(_)), "{hidden}");
        assert!(not_read(object, &Field::Targets).contains("sort before"), "{hidden}");
        not_read(object, &Field::PermittedSenders);
    }
    let seen = &state.objects[&alias("abuse@example.com")];
    assert_eq!(seen.standing, Standing::Plain);
    assert_eq!(seen.fields.value(&Field::Targets), Some(&addresses(&["me@example.com"])));
}

#[tokio::test]
async fn quotas_are_read_by_their_grammar() {
    let bench = Bench::new(|rows| {
        for (name, quota) in
            [("a", "5G"), ("b", "5120M"), ("c", "0500M"), ("d", "00"), ("e", "1000"), ("f", "٥G")]
        {
            rows.user(&format!("{name}@example.com"), "longenough1")
                .quota(&format!("{name}@example.com"), quota);
        }
    })
    .await;
    let state = bench.read(&[Kind::Mailbox]).await;
    let quota = |name: &str| {
        let object = &state.objects[&mailbox(&format!("{name}@example.com"))];
        object.fields.value(&Field::Quota).map(ToString::to_string)
    };
    let seen = ["a", "b", "c", "d", "e"].map(|name| quota(name).expect(name));
    assert_eq!(seen, ["5 GiB", "5 GiB", "500 MiB", "unlimited", "1 kB"]);
    assert_eq!(quota("f"), None);
    let odd = &state.objects[&mailbox("f@example.com")];
    assert!(not_read(odd, &Field::Quota).contains("`٥G`"));
}

#[tokio::test]
async fn a_box_before_v73_tells_no_quotas() {
    let bench = Bench::with(|builder| builder.version(Version::V72), me(), |_| ()).await;
    let state = bench.read(&[Kind::Mailbox]).await;
    assert!(not_read(&state.objects[&mailbox("me@example.com")], &Field::Quota).contains("older than v73"));
}

#[tokio::test]
async fn an_archived_user_is_what_remains() {
    let bench = Bench::new(|rows| {
        rows.archived("old@example.com").mail("old@example.com", 5_000_000);
    })
    .await;
    let state = bench.read(&[Kind::Mailbox, Kind::Administrator]).await;
    match state.look(&mailbox("old@example.com")) {
        Looked::Absent { remains: Some(object) } => {
            assert!(object.standing.to_string().contains("brings its old mail back"), "{}", object.standing);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn facts_are_for_people() {
    let bench = Bench::new(|rows| {
        rows.user("li@example.com", "longenough1").mail("li@example.com", 104_857_600);
        rows.privilege("li@example.com", "foo").privilege("li@example.com", "bar");
    })
    .await;
    let state = bench.read(&[Kind::Mailbox, Kind::Administrator]).await;
    let facts = &state.objects[&mailbox("li@example.com")].facts;
    assert_eq!(facts["privileges"], "foo, bar");
    assert_eq!(facts["stored"], "100M");
    assert!(!state.objects.contains_key(&Identity::administrator("li@example.com")));
}

#[tokio::test]
async fn a_row_at_a_mailbox_s_address_is_its_forward_and_its_permissions() {
    let users = ["x", "g", "h"].map(|name| format!("{name}@example.com"));
    let setup = |row: fn(&mut Rows<'_>)| {
        let users = users.clone();
        Bench::new(move |rows| {
            for user in &users {
                rows.user(user, "longenough1");
            }
            row(rows);
        })
    };
    let x = "x@example.com";

    let bench = setup(|rows| {
        let to = ["x@example.com", "y@partner.example", "leser@größe.example"];
        rows.alias_with_senders("x@example.com", &to[..2], &["x@example.com", "g@example.com"]);
    })
    .await;
    let state = bench.read(&ROWS).await;
    let expected = targets(&["y@partner.example"]).with(Field::KeepCopy, Value::Bool(true));
    assert_eq!(state.objects[&forward(x)].fields.values(), expected);
    assert_eq!(state.objects[&permission(x, "g@example.com")].fields.values(), send_as());
    assert_eq!(&*state.objects[&permission(x, "g@example.com")].record, "alias:x@example.com");
    assert_eq!(&*state.objects[&forward(x)].record, "alias:x@example.com");
    assert_eq!(state.objects.keys().filter(|id| id.kind() == Kind::Permission).count(), 1);
    assert!(!state.objects.contains_key(&alias(x)), "it is no alias");

    // Senders that are not set are the destinations, of which only users can log in.
    let bench = setup(|rows| {
        rows.alias("x@example.com", &["h@example.com", "y@partner.example"]);
    })
    .await;
    let state = bench.read(&ROWS).await;
    let expected = targets(&["h@example.com", "y@partner.example"]).with(Field::KeepCopy, Value::Bool(false));
    assert_eq!(state.objects[&forward(x)].fields.values(), expected);
    let grants: Vec<String> =
        state.objects.keys().filter(|id| id.kind() == Kind::Permission).map(ToString::to_string).collect();
    assert_eq!(grants, ["x@example.com/h@example.com"]);

    // An empty destination makes a pure grant, and a row to itself makes nothing.
    let bench = setup(|rows| {
        rows.alias_with_senders("x@example.com", &[], &["x@example.com", "g@example.com"]);
        rows.alias("g@example.com", &["g@example.com"]);
    })
    .await;
    let state = bench.read(&ROWS).await;
    let parts: Vec<&Identity> = state.objects.keys().filter(|id| id.kind().is_part()).collect();
    assert_eq!(parts, [&permission(x, "g@example.com")]);
}

#[tokio::test]
async fn aliases_of_every_sort() {
    let bench = Bench::new(|rows| {
        rows.user("ann@example.com", "longenough1");
        rows.alias("@example.com", &["ann@example.com"]);
        rows.alias("@old.example.net", &["@example.com"]);
        rows.alias_with_senders(
            "press@example.com",
            &["Ann@example.com", "x@xn--gre-6ka8i.example"],
            &["ann@example.com"],
        );
        rows.alias_with_senders("noreply@example.com", &[], &["ann@example.com"]);
        rows.alias("kontakt@xn--bcher-kva.example", &["ann@example.com"]);
    })
    .await;
    let state = bench.read(&[Kind::Alias]).await;
    let fields = |text: &str| state.objects[&alias(text)].fields.values();
    let unset = |list: &[&str]| targets(list).with(Field::PermittedSenders, addresses(&[]));
    assert_eq!(fields("@example.com"), unset(&["ann@example.com"]));
    assert_eq!(fields("@old.example.net"), unset(&["@example.com"]));
    assert_eq!(fields("kontakt@bücher.example"), unset(&["ann@example.com"]));
    let senders = addresses(&["ann@example.com"]);
    let press =
        targets(&["ann@example.com", "x@größe.example"]).with(Field::PermittedSenders, senders.clone());
    assert_eq!(fields("press@example.com"), press);
    assert_eq!(fields("noreply@example.com"), targets(&[]).with(Field::PermittedSenders, senders));
}

#[tokio::test]
async fn what_cannot_be_named_is_left_alone_and_what_holds_it_is_not_read() {
    let long = format!("{}@example.com", "a".repeat(65));
    let bench = Bench::new(|rows| {
        rows.user(&long, "longenough1");
        rows.alias("sales@example.com", &["me@example.com", &long]);
    })
    .await;
    let state = bench.read(&[Kind::Mailbox, Kind::Alias]).await;
    assert!(not_read(&state.objects[&alias("sales@example.com")], &Field::Targets).contains("aaa"));
    assert_eq!(state.objects.keys().filter(|id| id.kind() == Kind::Mailbox).count(), 1);
}

#[tokio::test]
async fn a_domain_that_is_not_listed_is_absent() {
    let bench = Bench::new(|_| ()).await;
    let domain = |name: &str| Identity::Domain(name.parse().expect("a domain"));
    assert!(bench.object(&domain("example.com")).await.is_some());
    assert!(bench.object(&domain("other.example")).await.is_none());
    assert_eq!(bench.server.counters().of(&Method::GET, "/mail/domains"), 2);
}
