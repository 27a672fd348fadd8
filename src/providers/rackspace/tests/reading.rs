//! What a scope costs, and what is told of it.

use super::*;

const JANE: &str = "jane@example.com";
const JOHN: &str = "john@example.com";

fn two(rows: &mut Rows<'_>) {
    rows.mailbox(JANE, "Secret123!").mailbox(JOHN, "Secret123!");
}

fn few() -> impl FnOnce(&mut Rows<'_>) {
    |rows| {
        two(rows);
        rows.address(JANE, "sales@example.com").field(JANE, "emailForwardingAddress", "j@partner.example");
        rows.permission(JANE, JOHN, super::super::sandbox::PermissionType::Both);
    }
}

#[tokio::test]
async fn only_what_is_asked_for_is_fetched() {
    let bench = Bench::new(few()).await;
    let list = "GET mailboxes?offset=0&size=100";
    let object = |identity: &Identity, fields: &[Field]| part(Collection::object(identity), fields);
    let show = |name: &str| format!("GET mailboxes/{name}");
    for (parts, calls) in [
        (vec![whole(Kind::Mailbox, &[])], vec![list.to_owned()]),
        (
            vec![whole(Kind::Mailbox, &[setting("activesync")])],
            vec![format!("{list}&fields=hasActiveSyncMobileService")],
        ),
        // All are looked at anyway, and their records tell the state.
        (
            vec![whole(Kind::Mailbox, &[Field::State, Field::GivenName])],
            vec![list.to_owned(), show("jane"), show("john")],
        ),
        (
            vec![
                whole(Kind::Mailbox, &[Field::DisplayName]),
                object(&mailbox(JANE), &[setting("custom_id")]),
            ],
            vec![list.to_owned(), show("jane")],
        ),
        (
            vec![whole(Kind::Mailbox, &[]), parts_of(Kind::Permission, &[JANE])],
            vec![list.to_owned(), "GET mailboxes/jane/permissions?offset=0&size=100".to_owned()],
        ),
        (
            vec![whole(Kind::Mailbox, &[]), parts_of(Kind::Forward, &[JOHN])],
            vec![list.to_owned(), show("john")],
        ),
        (vec![object(&mailbox(JANE), &[Field::State])], vec![show("jane")]),
        (vec![object(&mailbox(JANE), &[]), parts_of(Kind::Alias, &[JANE])], vec![show("jane")]),
        (vec![whole(Kind::Alias, &[])], vec![list.to_owned(), show("jane"), show("john")]),
        (
            vec![object(&mailbox(JANE), &[setting("spam_filter_level")])],
            vec![show("jane"), "GET mailboxes/jane/spam/settings".to_owned()],
        ),
        (vec![object(&alias(JANE), &[])], vec![list.to_owned()]),
        (
            vec![object(&alias("a@example.com"), &[]), object(&alias("b@example.com"), &[])],
            vec![list.to_owned(), show("jane"), show("john")],
        ),
        (vec![object(&alias("@example.com"), &[])], vec![]),
        (
            vec![object(&permission(JANE, JOHN), &[])],
            vec!["GET mailboxes/jane/permissions?offset=0&size=100".to_owned()],
        ),
        (vec![part(Collection::everything(Kind::Registration), &[])], vec![]),
    ] {
        bench.read(parts.clone()).await;
        let mut seen = bench.calls();
        seen.sort();
        let mut calls = calls;
        calls.sort();
        assert_eq!(seen, calls, "{parts:?}");
    }
}

#[tokio::test]
async fn what_the_list_tells_does_not_wait_for_the_rest() {
    use futures_util::StreamExt as _;
    let bench = Bench::new(two).await;
    let path = "/v1/customers/me/domains/example.com/ex/mailboxes/jane";
    bench.server.faults().add(Fault::new(FaultKind::Hang).to(Method::GET, path).every());
    let jane = part(Collection::object(&mailbox(JANE)), &[setting("custom_id")]);
    let scope = Scope::of(vec![whole(Kind::Mailbox, &[]), jane]);
    let mut found = bench.provider.observe(&scope);
    match found.next().await {
        Some(Found::Object(object)) => assert_eq!(object.identity, mailbox(JOHN)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_record_tells_the_mailbox_and_its_parts() {
    let bench = Bench::new(few()).await;
    let kinds = [Kind::Mailbox, Kind::Alias, Kind::Forward, Kind::Permission];
    let state = bench.read(kinds.map(|kind| whole(kind, &[Field::GivenName])).to_vec()).await;
    let names: Vec<String> = state.objects.keys().map(|id| format!("{} {id}", id.kind())).collect();
    let expected = [
        "mailbox jane@example.com",
        "mailbox john@example.com",
        "alias sales@example.com",
        "forward jane@example.com",
        "permission jane@example.com/john@example.com",
    ];
    assert_eq!(names, expected);
    for object in state.objects.values().filter(|object| object.identity != mailbox(JOHN)) {
        assert_eq!((&*object.record, object.remote.as_deref()), ("mailbox:jane@example.com", Some("jane")));
        assert_eq!(object.standing, Standing::Plain);
    }
    assert_eq!(state.objects[&alias("sales@example.com")].fields.values(), targets(&[JANE]));
    let to = targets(&["j@partner.example"]).with(Field::KeepCopy, Value::Bool(false));
    assert_eq!(state.objects[&forward(JANE)].fields.values(), to);
    let both = rights(&[Right::FullAccess, Right::SendAs]);
    assert_eq!(state.objects[&permission(JANE, JOHN)].fields.values(), both);
    assert!(matches!(state.look(&forward(JOHN)), Looked::Absent { .. }));
}

#[tokio::test]
async fn an_alias_is_searched_in_every_record_and_found_again_in_one() {
    let bench = Bench::new(few()).await;
    let sales = alias("sales@example.com");
    let found = bench.object(&sales, &[]).await.expect("found");
    assert_eq!(found.fields.values(), targets(&[JANE]));
    let mut calls = bench.calls();
    calls.sort();
    let all = ["GET mailboxes/jane", "GET mailboxes/john", "GET mailboxes?offset=0&size=100"];
    assert_eq!(calls, all);
    bench.object(&sales, &[]).await.expect("found");
    assert_eq!(bench.calls(), ["GET mailboxes/jane"]);
    // What was seen before is a place to look first, and no answer.
    bench.sandbox.edit(|rows| {
        rows.remove_mailbox(JANE).address(JOHN, "sales@example.com");
    });
    assert_eq!(bench.object(&sales, &[]).await.expect("moved").fields.values(), targets(&[JOHN]));
    assert_eq!(bench.object(&alias("nobody@example.com"), &[]).await, None);
}

#[tokio::test]
async fn what_is_not_there_is_absent() {
    let bench = Bench::new(two).await;
    let nobody = "nobody@example.com";
    assert_eq!(bench.object(&mailbox(nobody), &[Field::State]).await, None);
    assert_eq!(bench.calls(), ["GET mailboxes/nobody"]);
    for parts in [Kind::Forward, Kind::Permission, Kind::SenderRules, Kind::Alias] {
        let state = bench.read(vec![parts_of(parts, &[nobody])]).await;
        assert_eq!(state.objects.len(), 0);
        // With the domain's list, nobody needs to be asked.
        bench.read(vec![whole(Kind::Mailbox, &[]), parts_of(parts, &[nobody])]).await;
        assert_eq!(bench.calls().len(), 1, "{parts}");
    }
}

#[tokio::test]
async fn a_domain_of_somebody_else_is_a_gap_and_never_empty() {
    let bench = Bench::new(two).await;
    let other: DomainName = "other.example".parse().expect("a domain");
    let nora = mailbox("nora@other.example");
    for collection in [Collection::domain(Kind::Mailbox, &other), Collection::object(&nora)] {
        let (state, error) = bench.try_read(vec![part(collection, &[]), whole(Kind::Mailbox, &[])]).await;
        assert!(error.is_none(), "{error:?}");
        match state.look(&nora) {
            Looked::Unknown(reason) => assert!(reason.contains("not one of this account"), "{reason}"),
            other => panic!("{other:?}"),
        }
        assert!(
            matches!(state.look(&mailbox(JANE)), Looked::Present(_)),
            "other domains are read all the same"
        );
    }
    let domain = |name: &str| Identity::Domain(name.parse().expect("a domain"));
    assert!(bench.object(&domain("example.com"), &[]).await.is_some());
    assert_eq!(bench.provider.account().as_deref(), Some("100012"));
    assert_eq!(bench.object(&domain("other.example"), &[]).await, None);
}

#[tokio::test]
async fn everything_is_every_domain() {
    let bench = Bench::with(
        |builder| builder.domain("second.example"),
        keys(),
        |rows| {
            two(rows);
            rows.mailbox("nora@second.example", "Secret123!");
            rows.service("third.example", super::super::sandbox::ServiceType::RsEmail);
        },
    )
    .await;
    let everything = |kind| part(Collection::everything(kind), &[]);
    let state = bench.read(vec![everything(Kind::Mailbox), everything(Kind::Domain)]).await;
    let names: Vec<String> = state.objects.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["example.com", "second.example", "third.example", JANE, JOHN, "nora@second.example"]);
}

#[tokio::test]
async fn facts_are_for_people() {
    let bench = Bench::new(|rows| {
        two(rows);
        rows.usage(JANE, 17).last_login(JANE, Some("2/12/2010 1:00:00 AM")).active_sync_as(JANE, "jane_1");
        rows.last_login(JOHN, None);
    })
    .await;
    let parts =
        vec![part(Collection::object(&mailbox(JANE)), &[]), part(Collection::object(&mailbox(JOHN)), &[])];
    let (state, error) = read(&*bench.provider, &Scope { facts: true, ..Scope::of(parts) }).await;
    assert!(error.is_none());
    let facts = &state.objects[&mailbox(JANE)].facts;
    assert_eq!(
        (&*facts["usage"], &*facts["last_login"], &*facts["activesync_user"]),
        ("17", "2/12/2010 1:00:00 AM", "jane_1")
    );
    assert!(!state.objects[&mailbox(JOHN)].facts.contains_key("last_login"));
}

#[tokio::test]
async fn addresses_that_are_not_ours_to_change_are_foreign() {
    let bench = Bench::new(|rows| {
        two(rows);
        rows.domain_alias("example.com", "alias.example").address(JANE, "sales@example.com");
    })
    .await;
    let state = bench.read(vec![whole(Kind::Alias, &[])]).await;
    let standing = |text: &str| state.objects.get(&alias(text)).map(|object| object.standing.to_string());
    assert_eq!(standing("sales@example.com").as_deref(), Some("plain"));
    for text in ["jane@alias.example", "sales@alias.example", "john@alias.example"] {
        assert!(standing(text).is_some_and(|standing| standing.contains("domain aliases")), "{text}");
    }
}

#[tokio::test]
async fn other_spellings_of_the_same() {
    use super::super::sandbox::Quirk;
    let build = |builder: Builder| {
        [Quirk::BlankIsSpace, Quirk::CustomIdKey, Quirk::CapitalPermissionTypes, Quirk::TruePermissionTotal]
            .into_iter()
            .fold(builder, Builder::with)
    };
    let bench = Bench::with(build, keys(), |rows| {
        two(rows);
        rows.field(JANE, "customID", "17").permission(
            JANE,
            JOHN,
            super::super::sandbox::PermissionType::SendAs,
        );
    })
    .await;
    let fields = [setting("custom_id"), setting("city"), Field::GivenName];
    let jane = bench.object(&mailbox(JANE), &fields).await.expect("there");
    assert_eq!(jane.fields.value(&fields[0]), Some(&Value::text("17")));
    assert_eq!(jane.fields.value(&fields[1]), Some(&Value::text("")));
    assert_eq!(jane.fields.value(&fields[2]), Some(&Value::text("")));
    let state = bench.read(vec![parts_of(Kind::Permission, &[JANE]), parts_of(Kind::Forward, &[JANE])]).await;
    assert_eq!(state.objects[&permission(JANE, JOHN)].fields.values(), rights(&[Right::SendAs]));
    assert_eq!(state.objects.len(), 1, "an empty forwarding address is none");
}
