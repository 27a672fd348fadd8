//! How replies are put.

use std::time::Duration;

use super::client::{BASE, Client, Told, basic, parse};
use crate::providers::atmail::sandbox::{Atmail, MessagePlace, Quirk};
use crate::sandbox::{Fault, FaultKind};

#[tokio::test]
async fn r20_a_reply_is_the_documents_envelope() {
    let client = Client::default().await.with(&["alex"]);
    let seen = client.seen("GET", "domain/check/name/example.com", "").await;
    assert_eq!(seen.header("content-type").as_deref(), Some("text/xml"));
    assert_eq!(
        seen.body(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<api generator=\"zend\" version=\"1.0\">\n<domaincheck>\n\
         <response>\n<message>example.com exists</message>\n</response>\n<status>success</status>\n\
         </domaincheck>\n</api>\n"
    );
    let text = "a < b & \"c\" > d\r\nzwei Wörter\t]]>";
    client.sandbox.edit(|rows| {
        rows.column("alex@example.com", "AutoReply", text).column("alex@example.com", "FirstName", "a\u{1}b");
    });
    let told = client.get("users/view/name/alex@example.com").await;
    assert!(
        told.body.contains("<AutoReply>a &lt; b &amp; \"c\" &gt; d&#13;\nzwei Wörter\t]]&gt;</AutoReply>")
    );
    assert_eq!(told.record().text_at("AutoReply"), Some(text));
    assert_eq!(told.record().text_at("FirstName"), Some("ab"));
}

#[tokio::test]
async fn r21_a_reply_can_stand_on_one_line() {
    let client = Client::new(Atmail::builder().with(Quirk::OneLine)).await;
    let told = client.post("domain/create/name/domain.com", "").await;
    assert_eq!(
        told.body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<api generator=\"zend\" version=\"1.0\"><domainadd>\
         <message>domain.com added</message><status>success</status></domainadd></api>"
    );
}

#[tokio::test]
async fn r22_the_message_has_its_place() {
    for (place, domain, user) in [
        (MessagePlace::Document, "message", "response/message"),
        (MessagePlace::Response, "response/message", "response/message"),
        (MessagePlace::Method, "message", "message"),
    ] {
        let client = Client::new(Atmail::builder().message_place(place)).await;
        let told = client.post("domain/create/name/two.org", "").await;
        assert_eq!(told.method.text_at(domain), Some("two.org added"), "{place:?}");
        let told = client.post("domain/delete/name/no.org", "").await;
        assert_eq!(told.method.text_at(domain), Some("no.org does not exist"));
        let told = client.post("users/create/name/a@example.com", "").await;
        assert_eq!(told.method.text_at(user), Some("a@example.com added"));
        let beside = user.replace("message", "id");
        assert_eq!(told.method.text_at(&beside), Some("1"));
    }
}

#[tokio::test]
async fn r23_failures_are_200_or_400() {
    let client = Client::default().await;
    let told = client.post("domain/delete/name/no.org", "").await;
    assert_eq!((told.http, told.method.names()), (200, vec!["message", "status"]));
    client.sandbox.turn_on(Quirk::FailuresAre400);
    let told = client.post("domain/delete/name/no.org", "").await;
    assert_eq!((told.http, told.method.names()), (400, vec!["response", "status"]));
    assert_eq!((told.status(), told.message()), ("failed", "no.org does not exist"));
    assert_eq!(client.get("users/view/name/a@example.com").await.http, 400);
    client.post("domain/create/name/no.org", "").await.succeeded("no.org added");
}

#[tokio::test]
async fn r24_a_success_can_contradict_its_status() {
    let client = Client::new(Atmail::builder().with(Quirk::SuccessIs500)).await;
    let told = client.post("domain/create/name/two.org", "").await;
    assert_eq!((told.http, told.status(), told.message()), (500, "success", "two.org added"));
    assert!(client.snapshot().domain("two.org").is_some());
    client.post("domain/create/name/two.org", "").await.failed("two.org already exists");
    client.sandbox.turn_off(Quirk::SuccessIs500);
    assert_eq!(client.get("domain/list").await.items().len(), 2);
}

#[tokio::test]
async fn r25_the_status_can_come_first_or_never() {
    let client = Client::new(Atmail::builder().with(Quirk::StatusFirst)).await;
    for path in ["users/list", "domain/check/name/no.org", "login/authenticate"] {
        assert_eq!(client.get(path).await.method.names(), ["status", "response"], "{path}");
    }
    let client = Client::new(Atmail::builder().with(Quirk::NoStatus)).await;
    for path in ["users/list", "domain/check/name/no.org", "login/authenticate"] {
        assert_eq!(client.get(path).await.method.names(), ["response"], "{path}");
    }
    assert_eq!(client.post("domain/create/name/two.org", "").await.method.names(), ["message"]);
}

#[tokio::test]
async fn r26_php_warnings_can_come_first() {
    let client = Client::new(Atmail::builder().with(Quirk::PhpWarnings)).await;
    let told = client.get("domain/list").await;
    assert!(told.body.starts_with("<br />\n<b>Warning</b>"), "{}", told.body);
    assert_eq!(told.items().len(), 1);
}

#[tokio::test]
async fn r27_names_of_elements_can_differ() {
    let client = Client::new(Atmail::builder().with(Quirk::BareMethods).root("webadmin")).await;
    for (path, name) in [("users/list", "list"), ("domain/create/name/two.org", "create")] {
        let told = client.post(path, "").await;
        assert_eq!((told.method.name.as_str(), told.status()), (name, "success"));
        assert_eq!(parse(&told.body).name, "webadmin");
    }
}

#[tokio::test]
async fn r28_refusals_of_the_web_server_are_pages() {
    let client = Client::default().await;
    let retry_after = Some(Duration::from_secs(4));
    for (kind, status) in [
        (FaultKind::Throttled { retry_after }, 429),
        (FaultKind::Unavailable { retry_after }, 503),
        (FaultKind::ErrorBefore, 500),
    ] {
        client.running.faults().add(Fault::new(kind));
        let seen = client.seen("POST", "domain/create/name/two.org", "").await;
        assert_eq!(seen.status(), status);
        assert!(seen.header("content-type").unwrap().starts_with("text/html"));
        assert_eq!(seen.header("retry-after").is_some(), status != 500);
        assert_eq!(client.snapshot().domains.len(), 1);
    }
    client.running.faults().add(Fault::new(FaultKind::ErrorAfterCommit));
    let path = format!("{BASE}/domain/create/name/two.org");
    let seen = client.raw("POST", &path, &basic(Atmail::USERNAME, Atmail::PASSWORD), "").await;
    assert_eq!((seen.status(), client.snapshot().domains.len()), (500, 2));
    Told::of(&client.seen("GET", "domain/list", "").await).items();
}
