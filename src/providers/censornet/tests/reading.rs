//! What the service's list is read as, and how much of it is asked for.

use super::*;

fn people(rows: &mut Rows<'_>) {
    rows.mailbox("Jane.Doe@Example.com").executive("Jane.Doe@Example.com");
    rows.mailbox("ann@example.com").alias("ann@example.com", "sales@example.com");
    rows.ad_mailbox("bob@example.com", "Bob Roe");
    rows.mailbox("ann@sub.example.com").mailbox("ann@example.com.other.example");
}

#[tokio::test]
async fn a_registration_with_all_that_is_told_of_it() {
    let bench = Bench::new(people).await;
    let state = bench.read(vec![domain("example.com")]).await;
    let jane = &state.objects[&registration("jane.doe@example.com")];
    assert_eq!(jane.fields.value(&executive()), Some(&Value::Bool(true)));
    assert_eq!(jane.standing, Standing::Plain);
    let row = bench.sandbox.snapshot().mailbox("Jane.Doe@Example.com").cloned().expect("a row");
    assert_eq!(jane.remote.as_deref(), Some(&*format!("{}:{}", row.id, row.email_address_id)));
    assert_eq!(jane.facts["id"], row.id.to_string());
    assert!(!jane.facts.contains_key("name"), "a blank is no name");
    let bob = &state.objects[&registration("bob@example.com")];
    assert_eq!(bob.facts["name"], "Bob Roe");
    assert!(bob.standing.to_string().contains("Active Directory"), "{}", bob.standing);
    assert_eq!(state.account.as_deref(), Some(ACCOUNT));
}

#[tokio::test]
async fn a_search_finds_more_than_was_asked_for() {
    let bench = Bench::new(people).await;
    let state = bench.read(vec![domain("example.com")]).await;
    assert_eq!(state.objects.len(), 3, "neither a subdomain nor a domain that begins alike");
    assert!(matches!(state.look(&registration("nobody@example.com")), Looked::Absent { .. }));
    assert!(matches!(state.look(&registration("ann@sub.example.com")), Looked::Unknown(_)), "not asked for");
    assert_eq!(bench.queries(), ["search=example.com"]);

    bench.server.clear();
    assert!(bench.object("ann@example.com").await.is_some());
    assert!(bench.object("doe@example.com").await.is_none(), "a part of an address is none");
    assert_eq!(bench.queries(), ["search=ann%40example.com", "search=doe%40example.com"]);
}

#[tokio::test]
async fn few_addresses_are_looked_for_one_by_one_and_many_by_domain() {
    let bench = Bench::new(crowd(30)).await;
    let names: Vec<String> = (25..40).map(|number| format!("u{number}@example.com")).collect();
    let state = bench.read(vec![objects(names[..3].iter().map(String::as_str))]).await;
    assert_eq!((state.objects.len(), state.calls), (3, 4));
    bench.server.clear();
    let state = bench.read(vec![objects(names.iter().map(String::as_str))]).await;
    assert_eq!(state.objects.len(), 5, "only what is asked for is told");
    assert_eq!(bench.queries(), ["search=example.com", "search=example.com&page=2&start=20"]);
    assert!(matches!(state.look(&registration("u39@example.com")), Looked::Absent { .. }));
}

#[tokio::test]
async fn a_domain_beyond_ascii_is_found_in_either_spelling() {
    let bench = Bench::new(|rows| {
        rows.mailbox("ann@bücher.example").mailbox("bob@xn--bcher-kva.example").mailbox("x@example.com");
    })
    .await;
    let state = bench.read(vec![domain("bücher.example")]).await;
    assert_eq!(state.objects.len(), 2);
    for address in ["ann@bücher.example", "bob@bücher.example"] {
        assert!(bench.object(address).await.is_some(), "{address}");
    }
}

#[tokio::test]
async fn what_cannot_be_named_is_left_alone() {
    let long = format!("{}@example.com", "a".repeat(65));
    let bench = Bench::new(|rows| {
        rows.mailbox(&long).mailbox("ann@example.com");
    })
    .await;
    assert_eq!(bench.read(everything()).await.objects.len(), 1);
}

#[tokio::test]
async fn of_what_it_does_not_hold_nothing_is_known() {
    let bench = Bench::new(people).await;
    let (state, error) = bench.try_read(vec![Collection::everything(Kind::Alias)]).await;
    assert!(error.is_none());
    let alias = Identity::Alias(Address::parse("sales@example.com").expect("an address"));
    let Looked::Unknown(reason) = state.look(&alias) else {
        panic!("its console has aliases");
    };
    assert!(reason.contains("kept in its console"), "{reason}");
    assert_eq!(bench.count(), 0);
}

#[tokio::test]
async fn every_call_bears_the_documented_headers() {
    let bench = Bench::new(people).await;
    bench.object("ann@example.com").await;
    bench.perform(&create("new@example.com")).await.expect("made");
    let requests = bench.server.requests();
    let header = |index: usize, name: &str| {
        requests[index]
            .headers
            .get(name)
            .map(|value| value.to_str().expect("text").to_owned())
            .unwrap_or_default()
    };
    assert!(header(0, "content-type").starts_with("multipart/form-data; boundary="));
    assert_eq!(header(0, "authorization"), "");
    for index in 1..requests.len() {
        assert_eq!(header(index, "content-type"), "application/json");
        assert_eq!(header(index, "accept"), "application/json");
        assert_eq!(header(index, "x-uss-account-id"), ACCOUNT);
        assert!(header(index, "authorization").starts_with("Bearer "));
    }
}
