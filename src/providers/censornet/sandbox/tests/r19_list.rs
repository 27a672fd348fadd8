//! Rules 19 to 27: the list.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use super::caller::{Caller, LIST, json};
use crate::providers::censornet::sandbox::{Builder, Censornet, Flags, Ids, Paging, SizeParameter};
use crate::sandbox::{Fault, FaultKind};

/// A service with that many mailboxes `m001@example.com` and so on.
async fn holding(builder: Builder, mailboxes: usize) -> Caller {
    let caller = Caller::of(builder).await;
    caller.sandbox.edit(|rows| {
        for number in 1..=mailboxes {
            rows.mailbox(&format!("m{number:03}@example.com"));
        }
    });
    caller
}

/// The `meta` of a page.
async fn meta(caller: &Caller, query: &str) -> Value {
    let seen = caller.list(query).await;
    assert_eq!(seen.status(), 200, "{query}");
    json(&seen)["meta"].clone()
}

/// Its four numbers.
fn numbers(page: u64, page_size: u64, total: u64, total_pages: u64) -> Value {
    json!({ "page": page, "page_size": page_size, "total": total, "total_pages": total_pages })
}

/// The first address of a page and the page that it tells.
async fn first(caller: &Caller, query: &str) -> (String, u64) {
    let page = meta(caller, query).await["page"].as_u64().unwrap();
    (caller.addresses(query).await.first().cloned().unwrap_or_default(), page)
}

#[tokio::test]
async fn r19_pages_of_twenty_in_the_order_of_ids() {
    let caller = holding(Censornet::builder(), 27).await;
    assert_eq!(meta(&caller, "").await, numbers(1, 20, 27, 2));
    assert_eq!(meta(&caller, "?page=2&start=20").await, numbers(2, 20, 27, 2));
    let all = [caller.addresses("").await, caller.addresses("?page=2&start=20").await].concat();
    assert_eq!(all, caller.sandbox.snapshot().addresses());
    assert_eq!((all.len(), caller.addresses("").await.len()), (27, 20));

    // Somebody removes a mailbox between two pages: all move up, and the total tells.
    let sandbox = caller.sandbox.clone();
    let change = move || {
        sandbox.edit(|rows| {
            rows.remove("m001@example.com");
        });
    };
    let meanwhile = Fault::new(FaultKind::Meanwhile(Arc::new(change))).to(Method::GET, LIST).nth(2);
    caller.running.faults().add(meanwhile);
    assert_eq!(meta(&caller, "").await, numbers(1, 20, 27, 2));
    assert_eq!(meta(&caller, "?page=2&start=20").await, numbers(2, 20, 26, 2));
    assert_eq!(caller.addresses("?page=2&start=20").await[0], "m022@example.com");
}

#[tokio::test]
async fn r20_six_members_and_a_blank_for_a_name() {
    let caller = holding(Censornet::builder(), 1).await;
    caller.sandbox.edit(|rows| {
        rows.executive("m001@example.com").ad_mailbox("Ad@example.com", "Ada Lovelace");
    });
    let body = caller.list("").await.body();
    let data = concat!(
        r#"{"data":[{"id":12765948,"email_address_id":14028850,"email_address":"m001@example.com","#,
        r#""executive":1,"realname":" ","is_ad_mailbox":0},"#,
        r#"{"id":12765949,"email_address_id":14028851,"email_address":"Ad@example.com","#,
        r#""executive":0,"realname":"Ada Lovelace","is_ad_mailbox":1}],"meta":"#,
    );
    assert!(body.starts_with(data), "{body}");
}

#[tokio::test]
async fn r21_the_forms_of_flags_and_ids() {
    for (flags, no, yes) in [
        (Flags::Numbers, json!(0), json!(1)),
        (Flags::Booleans, json!(false), json!(true)),
        (Flags::Texts, json!("0"), json!("1")),
    ] {
        let caller = holding(Censornet::builder().flags(flags).ids(Ids::Texts), 0).await;
        caller.sandbox.edit(|rows| {
            rows.ad_mailbox("a@example.com", "");
        });
        let record = json(&caller.list("").await)["data"][0].clone();
        assert_eq!((&record["executive"], &record["is_ad_mailbox"]), (&no, &yes));
        assert_eq!((&record["id"], &record["email_address_id"]), (&json!("12765948"), &json!("14028850")));
    }
}

#[tokio::test]
async fn r22_page_and_start_must_agree() {
    let caller = holding(Censornet::builder(), 50).await;
    for query in [
        "?page=2",
        "?start=20",
        "?page=2&start=21",
        "?page=1&start=20",
        "?page=2&start=0",
        "?page=3&start=20",
    ] {
        assert_eq!(caller.list(query).await.status(), 400, "{query}");
    }
    for query in ["?page=1", "?start=0", "?page=1&start=0", "?start=0&page=1"] {
        assert_eq!(first(&caller, query).await, ("m001@example.com".into(), 1), "{query}");
    }
    assert_eq!(first(&caller, "?page=3&start=40").await, ("m041@example.com".into(), 3));
}

#[tokio::test]
async fn r23_or_one_of_them_decides_or_none() {
    for (paging, page_alone, start_alone, both) in [
        (Paging::Page, ("m021", 2), ("m001", 1), ("m021", 2)),
        (Paging::Start, ("m001", 1), ("m041", 3), ("m041", 3)),
        (Paging::Ignored, ("m001", 1), ("m001", 1), ("m001", 1)),
        (Paging::Echoed, ("m001", 2), ("m001", 1), ("m001", 2)),
    ] {
        let caller = holding(Censornet::builder().paging(paging), 50).await;
        for (query, (name, page)) in
            [("?page=2", page_alone), ("?start=40", start_alone), ("?page=2&start=40", both)]
        {
            let expected = (format!("{name}@example.com"), page);
            assert_eq!(first(&caller, query).await, expected, "{paging:?} {query}");
        }
    }
}

#[tokio::test]
async fn r24_the_size_of_a_page() {
    let caller = holding(Censornet::builder(), 50).await;
    assert_eq!(meta(&caller, "?limit=5&page_size=7").await, numbers(1, 20, 50, 3));
    for (parameter, query) in [
        (SizeParameter::Limit, "?limit=15&page_size=7&page=2&start=15"),
        (SizeParameter::PageSize, "?limit=7&page_size=15&page=2&start=15"),
    ] {
        let caller = holding(Censornet::builder().size_parameter(parameter).largest_page(30), 50).await;
        assert_eq!(meta(&caller, "").await, numbers(1, 20, 50, 3));
        assert_eq!(meta(&caller, query).await, numbers(2, 15, 50, 4));
        assert_eq!(meta(&caller, "?limit=2000&page_size=2000").await, numbers(1, 30, 50, 2));
        assert_eq!(caller.list("?limit=0&page_size=0").await.status(), 400);
    }
    let caller = holding(Censornet::builder().page_size(3), 5).await;
    assert_eq!(meta(&caller, "").await, numbers(1, 3, 5, 2));
}

#[tokio::test]
async fn r25_a_search_finds_parts() {
    let caller = holding(Censornet::builder(), 25).await;
    caller.sandbox.edit(|rows| {
        rows.mailbox("Sales+EU@Acme.com").mailbox("x@notacme.com").ad_mailbox("ada@example.net", "Mary Acme");
        rows.alias("x@notacme.com", "hidden@alias.example");
    });
    for query in ["?search=acme.com", "?search=ACME.COM", "?search=acme%2Ecom"] {
        assert_eq!(caller.addresses(query).await, ["Sales+EU@Acme.com", "x@notacme.com"]);
    }
    assert_eq!(meta(&caller, "?search=acme.com").await, numbers(1, 20, 2, 1));
    assert_eq!(caller.addresses("?search=mary%20acme").await, ["ada@example.net"]);
    assert_eq!(caller.addresses("?search=sales%2Beu%40acme.com").await, ["Sales+EU@Acme.com"]);
    assert_eq!(caller.addresses("?search=sales+eu@acme.com").await, Vec::<String>::new());
    assert_eq!(caller.addresses("?search=hidden").await, Vec::<String>::new());
    assert_eq!(meta(&caller, "?search=").await, numbers(1, 20, 28, 2));
    assert_eq!(meta(&caller, "?search=@example.com&page=2&start=20").await, numbers(2, 20, 25, 2));
    assert_eq!(caller.addresses("?search=@example.com&page=2&start=20").await.len(), 5);
}

#[tokio::test]
async fn r26_no_body_and_no_other_parameter() {
    let caller = holding(Censornet::builder(), 1).await;
    for query in
        ["?find=a", "?page=0", "?page=-1", "?page=x", "?page=", "?start=-1", "?page=1&page=1", "?Search=a"]
    {
        assert_eq!(caller.list(query).await.status(), 400, "{query}");
    }
    assert_eq!(caller.send_sized("GET", LIST, &caller.headers, "[]").await.status(), 400);
    assert_eq!(caller.send_sized("GET", LIST, &caller.headers, "").await.status(), 200);
    assert_eq!(caller.list("?").await.status(), 200);
}

#[tokio::test]
async fn r27_after_the_last_page_and_without_any() {
    let caller = holding(Censornet::builder(), 20).await;
    assert_eq!(meta(&caller, "?page=2&start=20").await, numbers(2, 20, 20, 1));
    assert_eq!(caller.addresses("?page=2&start=20").await, Vec::<String>::new());
    assert_eq!(meta(&caller, "?search=nobody").await, numbers(1, 20, 0, 0));
    let caller = holding(Censornet::builder().one_page_at_least(), 0).await;
    assert_eq!(meta(&caller, "").await, numbers(1, 20, 0, 1));
}
