//! Answers that the contract leaves open and that the simulator does not give.

use std::sync::Mutex;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;

use super::*;
use crate::sandbox::Simulator;

const JANE: &str = "jane@example.com";

/// A service that answers by the path and the query after `ex/`; what is not there is 404 in XML.
async fn serving(answers: &[(&str, u16, &str)]) -> (Running, Arc<dyn Provider>) {
    let answers: BTreeMap<String, (u16, String)> = answers
        .iter()
        .map(|(path, status, body)| ((*path).to_owned(), (*status, (*body).to_owned())))
        .collect();
    let answers = Arc::new(Mutex::new(answers));
    let router = Router::new().fallback(move |request: Request| {
        let answers = Arc::clone(&answers);
        async move {
            let path = request.uri().path_and_query().map_or("", |path| path.as_str());
            let path = path.split_once("/ex/").map_or(path, |(_, path)| path);
            let answers = answers.lock().expect("not poisoned");
            let (status, body) = answers.get(path).cloned().unwrap_or((
                404,
                "<itemNotFoundFault code=\"404\"><message>gone</message></itemNotFoundFault>".to_owned(),
            ));
            (StatusCode::from_u16(status).expect("a status"), body).into_response()
        }
    });
    let server = start(Simulator::new("stub", router)).await.expect("a server");
    let provider = connect(&server.url(), keys()).await;
    (server, provider)
}

const LIST: &str =
    r#"{"offset":0,"size":100,"total":2,"mailboxes":[{"name":"Jane","displayName":"Jane"},{"name":"john"}]}"#;

#[tokio::test]
async fn a_list_that_tells_less_than_it_was_asked_for_is_filled_from_elsewhere() {
    let (server, provider) = serving(&[
        ("mailboxes?offset=0&size=100&fields=size%2ChasActiveSyncMobileService", 200, LIST),
        ("mailboxes/Jane", 200, r#"{"name":"jane","size":"512","displayName":"Jane"}"#),
        ("mailboxes/john", 200, r#"{"name":"john","size":1024,"hasActiveSyncMobileService":true}"#),
        (
            "activesyncmobileservices?offset=0&size=100",
            200,
            r#"{"offset":0,"size":50,"total":1,"mailboxes":["JANE"]}"#,
        ),
    ])
    .await;
    let fields = [Field::Quota, setting("activesync")];
    let (state, error) = read(&*provider, &Scope::of(vec![whole(Kind::Mailbox, &fields)])).await;
    assert!(error.is_none() && state.incomplete().is_empty(), "{error:?} {:?}", state.incomplete());
    let jane = &state.objects[&mailbox(JANE)];
    assert_eq!(jane.fields.value(&Field::Quota).map(ToString::to_string).as_deref(), Some("512 MiB"));
    assert!(not_read(jane, &fields[1]).contains("did not tell"), "its record was to tell it");
    assert_eq!(jane.remote.as_deref(), Some("Jane"));
    assert_eq!(server.requests().len(), 3);

    // With nothing else to look for, one more list tells it of all.
    let (_server, provider) = serving(&[
        ("mailboxes?offset=0&size=100&fields=hasActiveSyncMobileService", 200, LIST),
        (
            "activesyncmobileservices?offset=0&size=100",
            200,
            r#"{"offset":0,"size":50,"total":1,"mailboxes":["JANE"]}"#,
        ),
    ])
    .await;
    let (state, _) = read(&*provider, &Scope::of(vec![whole(Kind::Mailbox, &fields[1..])])).await;
    let told = |text: &str| state.objects[&mailbox(text)].fields.value(&fields[1]).cloned();
    assert_eq!(told(JANE), Some(Value::Bool(true)));
    assert_eq!(told("john@example.com"), Some(Value::Bool(false)));
}

#[tokio::test]
async fn lists_of_senders_may_have_any_shape() {
    let list = |name: &str| format!("mailboxes/jane/spam/{name}?offset=0&size=100");
    let names = ["safelist", "ipsafelist", "blacklist", "ipblacklist"].map(list);
    let (_server, provider) = serving(&[
        (&names[0], 200, r#"["a.example","b.example"]"#),
        ("mailboxes/jane/spam/safelist?offset=2&size=100", 200, "[]"),
        (&names[1], 200, r#"{"ipSafeList":[],"total":0}"#),
        (&names[2], 200, r#"{"offset":0,"size":50,"total":1,"entries":[{"id":7,"value":"x@spam.example"}]}"#),
        (&names[3], 200, r#"{"addresses":null}"#),
    ])
    .await;
    let (state, error) = read(&*provider, &Scope::of(vec![parts_of(Kind::SenderRules, &[JANE])])).await;
    assert!(error.is_none() && state.incomplete().is_empty(), "{error:?} {:?}", state.incomplete());
    let rules = &state.objects[&Identity::SenderRules(address(JANE))];
    assert_eq!(rules.fields.value(&Field::Allow), Some(&words(&["a.example", "b.example"])));
    assert_eq!(rules.fields.value(&Field::Block), Some(&words(&["x@spam.example"])));
    // A shape that says nothing is a gap, not an empty list.
    let (_server, provider) = serving(&[(&names[0], 200, r#"{"a":[],"b":[]}"#)]).await;
    let (state, _) = read(&*provider, &Scope::of(vec![parts_of(Kind::SenderRules, &[JANE])])).await;
    assert_eq!(state.incomplete().len(), 1);
}

#[tokio::test]
async fn what_is_not_said_to_be_missing_is_proven_first() {
    let jane = || vec![part(Collection::object(&mailbox(JANE)), &[])];
    let (server, provider) = serving(&[("mailboxes?size=1", 200, LIST)]).await;
    for calls in [2, 1] {
        server.clear();
        let (state, _) = read(&*provider, &Scope::of(jane())).await;
        assert!(matches!(state.look(&mailbox(JANE)), Looked::Absent { .. }));
        assert_eq!(server.requests().len(), calls, "the domain is proven once");
    }
    let (_server, provider) = serving(&[]).await;
    let (state, _) = read(&*provider, &Scope::of(jane())).await;
    assert!(matches!(state.look(&mailbox(JANE)), Looked::Unknown(_)));
}

#[tokio::test]
async fn a_record_of_another_mailbox_is_none_and_one_without_addresses_is_a_gap() {
    let (_server, provider) = serving(&[
        ("mailboxes/jane", 200, r#"{"name":"john","displayName":"John","enabled":true}"#),
        ("mailboxes/john", 200, r#"{"name":"john","displayName":"John","enabled":true}"#),
    ])
    .await;
    let john = "john@example.com";
    let both = vec![
        part(Collection::object(&mailbox(JANE)), &[]),
        parts_of(Kind::Alias, &[john]),
        part(Collection::object(&mailbox(john)), &[Field::State]),
    ];
    let (state, error) = read(&*provider, &Scope::of(both)).await;
    assert!(error.is_none());
    assert!(
        matches!(state.look(&mailbox(JANE)), Looked::Unknown(reason) if reason.contains("it is of `john`"))
    );
    assert!(matches!(state.look(&mailbox(john)), Looked::Present(_)));
    assert!(
        !state.completeness(&Collection::parts_of(Kind::Alias, &address(john))).expect("told").is_complete()
    );
}

#[tokio::test]
async fn a_user_that_may_not_is_told_from_wrong_keys() {
    let (_server, provider) = serving(&[("mailboxes?offset=0&size=100", 403, "Forbidden")]).await;
    let (state, error) = read(&*provider, &Scope::of(vec![whole(Kind::Mailbox, &[])])).await;
    assert!(error.is_none(), "other domains may be read: {error:?}");
    assert!(state.incomplete()[0].1.contains("Forbidden"));
    let checks = provider.check().await;
    assert!(
        checks.iter().any(|check| check.name == "account" && check.detail.contains("cannot be listed")),
        "{checks:?}"
    );
}
