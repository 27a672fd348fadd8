//! What a scope costs, and what it brings.

use super::*;

const ALL: [Field; 4] = [Field::GivenName, Field::FamilyName, Field::Quota, Field::State];

#[tokio::test]
async fn a_domain_costs_its_list_of_accounts_and_one_of_all_aliases() {
    let bench = Bench::new(|rows| {
        rows.domain("other.example").user(ANN, "x").user(BOB, "x").column(ANN, "FirstName", "Ann & <Co>");
        rows.column(ANN, "UserQuota", "500").column(BOB, "UserStatus", "1").column(
            BOB,
            "Forward",
            "x@partner.example",
        );
        rows.alias("sales@example.com", ANN).alias("Sales@example.com", "y@partner.example");
        rows.alias("info@other.example", ANN);
    })
    .await;
    let fields = [&ALL[..], &[setting("auto_reply")]].concat();
    let other = "other.example".parse().expect("a domain");
    let state = bench
        .read(vec![
            whole(Kind::Mailbox, &fields),
            whole(Kind::Alias, &[]),
            whole(Kind::Forward, &[]),
            part(Collection::domain(Kind::Alias, &other), &[]),
        ])
        .await;
    assert_eq!(
        bench.calls(),
        [
            "GET /aliases/list",
            "GET /domain/list",
            "GET /users/list/domain/example.com/start/0/volume/200",
            "GET /users/list/domain/example.com/start/1/volume/200",
            "GET /subadmin/view/Username/subscriptionname.atmailcloud.com",
            "GET /users/view/name/info@other.example",
        ]
    );
    let value = |identity: &Identity, field: &Field| state.objects[identity].fields.value(field).cloned();
    assert_eq!(value(&mailbox(ANN), &Field::GivenName), Some(Value::text("Ann & <Co>")));
    assert_eq!(value(&mailbox(ANN), &Field::Quota), Some(mebibytes(500)));
    assert_eq!(value(&mailbox(ANN), &setting("auto_reply")), Some(Value::text("")));
    assert_eq!(value(&mailbox(BOB), &Field::State), Some(Value::State(AccountState::Suspended)));
    assert_eq!(
        value(&alias("sales@example.com"), &Field::Targets),
        Some(addresses(&[ANN, "y@partner.example"]))
    );
    assert_eq!(value(&forward(BOB), &Field::KeepCopy), Some(Value::Bool(false)));
    assert_eq!(state.objects.len(), 5);
    // Who the login is was asked once.
    bench.read(vec![whole(Kind::Mailbox, &[])]).await;
    assert_eq!(bench.calls().len(), 3);
}

#[tokio::test]
async fn a_few_mailboxes_are_looked_at_alone() {
    let bench = Bench::new(|rows| {
        rows.user(ANN, "x").user("a+b@example.com", "x");
    })
    .await;
    assert!(bench.object(&mailbox("A+B@example.com"), &ALL).await.is_some());
    assert_eq!(bench.calls(), ["GET /users/view/name/a%2Bb@example.com"]);
    // That one is not there counts only where its domain is seen.
    assert!(bench.object(&mailbox(BOB), &ALL).await.is_none());
    assert_eq!(bench.calls(), ["GET /users/view/name/bob@example.com", "GET /domain/list"]);
    // A name that a path cannot carry.
    assert!(bench.object(&mailbox("a/b@example.com"), &ALL).await.is_none());
    assert_eq!(bench.server.requests()[0].query.as_deref(), Some("name=a%2Fb%40example.com"));
    // An alias without a row is none, whatever is at its address.
    assert!(bench.object(&alias(ANN), &[Field::Targets]).await.is_none());
    assert_eq!(bench.calls().len(), 3, "{:?}", bench.calls());
    assert!(!bench.calls().iter().any(|call| call.contains("/users/")), "{:?}", bench.calls());
}

#[tokio::test]
async fn a_list_of_bare_names_is_filled_by_looks_where_something_is_asked() {
    let bench = Bench::odd(Quirk::BareNames, |rows| {
        rows.user(ANN, "x").column(ANN, "FirstName", "Ann").user(BOB, "x").column(
            BOB,
            "Forward",
            "x@partner.example",
        );
    })
    .await;
    let state = bench.read(vec![whole(Kind::Mailbox, &[Field::State])]).await;
    assert_eq!(bench.calls().len(), 4, "a state alone is not worth a call for each");
    assert!(not_read(&state.objects[&mailbox(ANN)], &Field::State).contains("did not tell"));
    let state = bench
        .read(vec![
            whole(Kind::Mailbox, &[Field::State]),
            one(&mailbox(ANN), &[Field::GivenName, Field::State]),
        ])
        .await;
    assert!(bench.calls().contains(&"GET /users/view/name/ann@example.com".to_owned()));
    assert_eq!(state.objects[&mailbox(ANN)].fields.value(&Field::GivenName), Some(&Value::text("Ann")));
    let state = bench.read(vec![whole(Kind::Forward, &[])]).await;
    assert_eq!(state.objects.len(), 1);
    assert_eq!(state.objects[&forward(BOB)].fields.value(&Field::KeepCopy), Some(&Value::Bool(false)));
}

#[tokio::test]
async fn everything_is_read_by_the_list_of_domains() {
    let bench = Bench::new(|rows| {
        rows.user(ANN, "x").user("li@other.example", "x").alias("@old.example", "other.example");
    })
    .await;
    let kinds = [Kind::Domain, Kind::Mailbox, Kind::Alias, Kind::Forward, Kind::Permission, Kind::Object];
    let state = bench.read(kinds.map(|kind| part(Collection::everything(kind), &[])).to_vec()).await;
    let names: Vec<String> = state.objects.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["example.com", "other.example", ANN, "li@other.example", "@old.example"]);
    assert_eq!(state.objects[&alias("@old.example")].standing, Standing::Plain);
}

#[tokio::test]
async fn a_domain_that_the_server_does_not_have_is_empty() {
    let bench = Bench::new(|_| ()).await;
    let new = "new.example".parse().expect("a domain");
    let state = bench
        .read(vec![
            one(&domain_id("new.example"), &[]),
            part(Collection::domain(Kind::Mailbox, &new), &[]),
            part(Collection::domain(Kind::Alias, &new), &[]),
        ])
        .await;
    assert!(state.objects.is_empty());
    assert!(matches!(state.look(&domain_id("new.example")), Looked::Absent { .. }));
    assert!(matches!(state.look(&mailbox("a@new.example")), Looked::Absent { .. }));
    assert!(bench.object(&domain_id("example.com"), &[]).await.is_some());
}

#[tokio::test]
async fn a_sub_admin_sees_its_own_domains_and_nothing_else_counts_as_absent() {
    let bench = Bench::with(
        |builder| builder,
        login("sub", "sub-password"),
        |rows| {
            rows.user(ANN, "x").user("li@hidden.example", "x").alias("sales@hidden.example", ANN);
            rows.admin("sub", "sub-password", &[Right::UList, Right::UAlias], &["example.com"]);
        },
    )
    .await;
    let hidden = "hidden.example".parse().expect("a domain");
    let (state, error) = bench
        .try_read(vec![
            whole(Kind::Mailbox, &[]),
            part(Collection::domain(Kind::Mailbox, &hidden), &[]),
            one(&mailbox("x@hidden.example"), &[]),
            one(&domain_id("hidden.example"), &[]),
        ])
        .await;
    assert!(error.is_none(), "{error:?}");
    assert!(state.objects.contains_key(&mailbox(ANN)));
    assert!(state.completeness(&Collection::domain(Kind::Mailbox, &domain())).expect("told").is_complete());
    for identity in [mailbox("x@hidden.example"), mailbox("li@hidden.example"), domain_id("hidden.example")] {
        let reason = unknown(&state, &identity);
        assert!(
            reason.contains("does not show it to this login") || reason.contains("Permission denied"),
            "{identity}: {reason}"
        );
    }
    // It sees no alias, and whether there is none is not told.
    let (state, _) = bench.try_read(vec![whole(Kind::Alias, &[])]).await;
    assert!(unknown(&state, &alias("x@example.com")).contains("the list is empty"));
}

#[tokio::test]
async fn a_sub_admin_that_may_not_list_reads_nothing_however_it_is_told() {
    for quirk in [None, Some(Quirk::EmptyWhenDenied)] {
        let bench = Bench::with(
            |builder| quirk.into_iter().fold(builder, Builder::with),
            login("sub", "sub-password"),
            |rows| {
                rows.user(ANN, "x").alias("sales@example.com", ANN);
                rows.admin("sub", "sub-password", &[Right::UAdd], &["example.com"]);
            },
        )
        .await;
        let kinds = [Kind::Mailbox, Kind::Alias, Kind::Forward];
        let (state, error) = bench.try_read(kinds.map(|kind| whole(kind, &[])).to_vec()).await;
        assert!(error.is_none(), "{error:?}");
        assert!(state.objects.is_empty());
        for kind in kinds {
            let word = state.completeness(&Collection::domain(kind, &domain())).expect("told");
            assert!(!word.is_complete(), "{kind} {quirk:?}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_unknown_and_not_absent() {
    let bench = Bench::new(|rows| {
        rows.user(ANN, "x").alias(ANN, "x@partner.example").alias("sales@example.com", ANN);
    })
    .await;
    bench
        .server
        .faults()
        .add(Fault::new(FaultKind::HtmlPage).to(Method::GET, format!("{BASE}/aliases/list")));
    let (state, error) = bench.try_read(vec![whole(Kind::Alias, &[]), whole(Kind::Forward, &[])]).await;
    assert!(error.is_none(), "{error:?}");
    assert!(state.objects.is_empty() && state.incomplete().len() == 2);
    assert!(unknown(&state, &forward(ANN)).contains("/aliases/list"));
    bench.server.faults().clear();
    let fault = |path: &str| Fault::new(FaultKind::HtmlPage).to(Method::GET, format!("{BASE}{path}")).every();
    bench.server.faults().add(fault("/users/list*"));
    bench.server.faults().add(fault("/users/view*"));
    let (state, _) = bench.try_read(vec![whole(Kind::Alias, &[])]).await;
    for identity in [alias("sales@example.com"), alias(ANN)] {
        assert!(unknown(&state, &identity).contains("an alias or a mailbox's forward is not known"));
    }
}
