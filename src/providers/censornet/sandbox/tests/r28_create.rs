//! Rules 28 to 39: adding mailboxes.

use axum::http::StatusCode;

use super::caller::{Caller, json, new};
use crate::providers::censornet::sandbox::{Batch, Censornet, Refusals, WriteReply};

/// One record with these members in place of the right ones.
fn record(id: &str, email_address_id: &str, executive: &str, email_address: &str) -> String {
    format!(
        r#"{{"id":{id},"email_address_id":{email_address_id},"executive":{executive},"email_address":{email_address}}}"#
    )
}

const ID: &str = r#""USSportal.email.model.Mailbox-1""#;
const ADDRESS: &str = r#""a@example.com""#;

/// Expects each body to be refused and nothing to be stored.
async fn refused(caller: &Caller, bodies: &[String]) {
    for body in bodies {
        assert_eq!(caller.change("POST", body).await.status(), 400, "{body}");
    }
    assert_eq!(caller.sandbox.snapshot().addresses(), Vec::<&str>::new());
}

#[tokio::test]
async fn r28_an_array_of_objects() {
    let caller = Caller::of(Censornet::builder()).await;
    let good = record(ID, "0", "0", ADDRESS);
    let wrapped = format!(r#"{{"data":[{good}]}}"#);
    let array = format!("[[{ID},0,0,{ADDRESS}]]");
    let more = format!("[{good}] x");
    refused(
        &caller,
        &[
            good.clone(),
            wrapped,
            array,
            more,
            String::new(),
            "null".into(),
            "[null]".into(),
            format!("[{good}"),
        ],
    )
    .await;
    assert_eq!(caller.change("POST", &format!("[{good}]")).await.status(), 200);
}

#[tokio::test]
async fn r29_the_four_members() {
    let caller = Caller::of(Censornet::builder()).await;
    let good = record(ID, "0", "0", ADDRESS);
    let mut bodies: Vec<String> = [
        (r#""email_address_id":0,"#, ""),
        (r#""executive":0,"#, ""),
        (r#","email_address":"a@example.com""#, ""),
        (r#""id":"USSportal.email.model.Mailbox-1","#, ""),
        (r#""executive":0,"#, r#""executive":0,"executive":0,"#),
        (r#""executive":0,"#, r#""executive":0,"realname":" ","#),
        (r#""executive":0,"#, r#""executive":0,"is_ad_mailbox":0,"#),
        ("email_address\"", "Email_Address\""),
    ]
    .map(|(found, instead)| format!("[{}]", good.replacen(found, instead, 1)))
    .into();
    assert!(bodies.iter().all(|body| !body.contains(&good)));
    bodies.push("[{}]".into());
    refused(&caller, &bodies).await;
}

#[tokio::test]
async fn r30_the_phantom_id() {
    let caller = Caller::of(Censornet::builder()).await;
    let ids = ["1", "0", "null", r#""1""#, r#""USSportal.email.model.Mailbox-0""#];
    let more = [
        r#""USSportal.email.model.Mailbox-""#,
        r#""USSportal.email.model.Mailbox-01""#,
        r#""USSportal.email.model.Mailbox-x""#,
        r#""USSportal.email.model.Mailbox--1""#,
        r#""ussportal.email.model.mailbox-1""#,
    ];
    let bodies: Vec<String> =
        ids.iter().chain(&more).map(|id| format!("[{}]", record(id, "0", "0", ADDRESS))).collect();
    refused(&caller, &bodies).await;
    let twice = format!("[{},{}]", record(ID, "0", "0", ADDRESS), record(ID, "0", "0", r#""b@example.com""#));
    refused(&caller, &[twice]).await;
    assert_eq!(caller.create(&["a@example.com", "b@example.com"]).await.status(), 200);
    let seventh = record(r#""USSportal.email.model.Mailbox-7""#, "0", "0", r#""c@example.com""#);
    assert_eq!(caller.change("POST", &format!("[{seventh}]")).await.status(), 200);
}

#[tokio::test]
async fn r31_the_numbers() {
    let caller = Caller::of(Censornet::builder()).await;
    let wrong = [
        ("1", "0"),
        ("\"0\"", "0"),
        ("null", "0"),
        ("-1", "0"),
        ("0", "2"),
        ("0", "true"),
        ("0", "\"0\""),
        ("0", "0.0"),
    ];
    let bodies: Vec<String> = wrong
        .iter()
        .map(|(address, executive)| format!("[{}]", record(ID, address, executive, ADDRESS)))
        .collect();
    refused(&caller, &bodies).await;
    assert_eq!(caller.change("POST", &format!("[{}]", record(ID, "0", "1", ADDRESS))).await.status(), 200);
    assert!(caller.sandbox.snapshot().mailbox("a@example.com").unwrap().executive);
}

#[tokio::test]
async fn r32_a_plain_address() {
    let caller = Caller::of(Censornet::builder().tracking_all()).await;
    let addresses =
        ["", "a", "a@", "@example.com", "a@example", "a b@example.com", " a@example.com", "a@bücher.example"];
    let mut bodies: Vec<String> = addresses.iter().map(|address| new(&[address])).collect();
    bodies.push(new(&["good@example.com", "a@b@example.com"]));
    bodies.push(format!("[{}]", record(ID, "0", "0", "null")));
    refused(&caller, &bodies).await;
    assert_eq!(caller.create(&["o'neil+x@xn--bcher-kva.example"]).await.status(), 200);
}

#[tokio::test]
async fn r33_an_empty_array_is_counted() {
    let caller = Caller::of(Censornet::builder()).await;
    refused(&caller, &["[]".into(), " [ ] ".into()]).await;
    assert_eq!(caller.sandbox.empty_creations(), 2);
}

#[tokio::test]
async fn r34_the_domain_is_tracked() {
    let caller = Caller::of(Censornet::builder().tracking("Second.example")).await;
    for (address, status) in [
        ("a@example.com", 200),
        ("a@EXAMPLE.com", 409),
        ("b@EXAMPLE.com", 200),
        ("a@second.example", 200),
        ("a@sub.example.com", 422),
        ("a@ample.com", 422),
    ] {
        assert_eq!(caller.create(&[address]).await.status(), status, "{address}");
    }
    let chosen = Censornet::builder().tracking_none().untracked_status(StatusCode::BAD_REQUEST);
    assert_eq!(Caller::of(chosen).await.create(&["a@example.com"]).await.status(), 400);
    let every = Censornet::builder().tracking_all();
    assert_eq!(Caller::of(every).await.create(&["a@anything.example"]).await.status(), 200);
}

#[tokio::test]
async fn r35_an_address_that_is_taken() {
    let caller = Caller::of(Censornet::builder()).await;
    caller.sandbox.edit(|rows| {
        rows.mailbox("Taken@example.com").alias("taken@example.com", "other@example.com");
        rows.ad_mailbox("ad@example.com", "");
    });
    let mut words = Vec::new();
    for address in ["taken@example.com", "OTHER@example.com", "ad@example.com"] {
        let seen = caller.create(&[address]).await;
        assert_eq!(seen.status(), 409);
        words.push(seen.body().replace(address, "ADDRESS"));
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:?}");
    assert_eq!(caller.sandbox.snapshot().mailboxes.len(), 2);
    let chosen = Caller::of(Censornet::builder().conflict_status(StatusCode::BAD_REQUEST)).await;
    assert_eq!(chosen.create(&["a@example.com", "A@example.com"]).await.status(), 400);
}

#[tokio::test]
async fn r36_arrays_with_an_address_that_cannot_be_added() {
    for (batch, status, stored) in [
        (Batch::Whole, 422, &[][..]),
        (Batch::PartRefused, 422, &["a@example.com", "c@example.com"]),
        (Batch::PartAccepted, 200, &["a@example.com", "c@example.com"]),
    ] {
        let caller = Caller::of(Censornet::builder().batch(batch).write_reply(WriteReply::Records)).await;
        let seen =
            caller.create(&["a@example.com", "b@other.example", "A@example.com", "c@example.com"]).await;
        assert_eq!(seen.status(), status, "{batch:?}");
        assert_eq!(caller.sandbox.snapshot().addresses(), stored);
        if status == 200 {
            assert_eq!(json(&seen).as_array().unwrap().len(), 2);
        }
        assert_eq!(caller.create(&["b@other.example"]).await.status(), 422);
    }
}

#[tokio::test]
async fn r37_what_a_write_answers() {
    let stored = concat!(
        r#"[{"id":12765948,"email_address_id":14028850,"email_address":"a@example.com","#,
        r#""executive":0,"realname":" ","is_ad_mailbox":0}]"#,
    );
    for (form, status, created, deleted) in [
        (WriteReply::Empty, 200, String::new(), String::new()),
        (WriteReply::NoContent, 204, String::new(), String::new()),
        (WriteReply::Records, 200, stored.into(), "[]".into()),
        (
            WriteReply::Wrapped,
            200,
            format!(r#"{{"success":true,"data":{stored}}}"#),
            r#"{"success":true,"data":[]}"#.into(),
        ),
    ] {
        let caller = Caller::of(Censornet::builder().write_reply(form)).await;
        let seen = caller.create(&["a@example.com"]).await;
        assert_eq!((seen.status(), seen.body()), (status, created));
        let seen = caller.delete("a@example.com").await;
        assert_eq!((seen.status(), seen.body()), (status, deleted));
    }
}

#[tokio::test]
async fn r38_a_refused_write_may_be_200() {
    let caller = Caller::of(Censornet::builder().refusals(Refusals::Unsuccessful)).await;
    for (method, body) in [
        ("POST", new(&["a@other.example"])),
        ("POST", "[]".into()),
        ("DELETE", super::caller::named(1, 2, "a@example.com")),
    ] {
        let seen = caller.change(method, &body).await;
        assert_eq!((seen.status(), &json(&seen)["success"]), (200, &false.into()));
        assert!(json(&seen)["message"].is_string());
    }
    assert_eq!(caller.sandbox.snapshot().addresses(), Vec::<&str>::new());
    assert_eq!(caller.list("?page=0").await.status(), 400);
    caller.sandbox.expire_tokens();
    assert_eq!(caller.create(&["a@example.com"]).await.status(), 401);
}

#[tokio::test]
async fn r39_fresh_ids() {
    let caller = Caller::of(Censornet::builder()).await;
    assert_eq!(caller.create(&["first@example.com"]).await.status(), 200);
    let first = caller.sandbox.snapshot().mailboxes[0].clone();
    assert!(first.id > 1 << 23 && first.email_address_id > 1 << 23 && first.id != first.email_address_id);
    caller.sandbox.edit(|rows| {
        rows.mailbox_with_ids("placed@example.com", 20_000_000, 30_000_000);
    });
    let mut given = Vec::new();
    for _ in 0..3 {
        assert_eq!(caller.create(&["a@example.com", "b@example.com"]).await.status(), 200);
        for address in ["a@example.com", "b@example.com"] {
            let row = caller.sandbox.snapshot().mailbox(address).unwrap().clone();
            given.extend([row.id, row.email_address_id]);
            assert_eq!(caller.delete(address).await.status(), 200);
        }
    }
    assert!(given.iter().all(|id| *id > 20_000_000));
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), 12);
}
