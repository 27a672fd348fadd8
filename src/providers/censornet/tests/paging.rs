//! Lists in pages: read to their end whichever parameter counts, or said to be incomplete.

use axum::Router;
use axum::routing::{get, post};

use super::super::sandbox::{Flags, Ids, Paging, SizeParameter};
use super::*;
use crate::sandbox::Simulator;

/// Why a list is incomplete.
async fn flaw(bench: &Bench) -> String {
    let (state, error) = bench.try_read(everything()).await;
    assert!(error.is_none(), "{error:?}");
    let incomplete = state.incomplete();
    assert_eq!(incomplete.len(), 1);
    let Looked::Unknown(reason) = state.look(&registration("nobody@example.com")) else {
        panic!("what was not seen is not known");
    };
    assert_eq!(incomplete[0].1, reason);
    reason.to_string()
}

#[tokio::test]
async fn a_long_list_is_read_to_its_end_whichever_parameter_counts() {
    for paging in [Paging::Both, Paging::Page, Paging::Start] {
        let bench = Bench::with(|b| b.paging(paging), me(), crowd(1203)).await;
        let state = bench.read(everything()).await;
        assert_eq!(state.objects.len(), 1203, "{paging:?}");
        assert!(state.objects.contains_key(&registration("u1202@example.com")));
        assert_eq!(state.calls, 62, "a login and a call for each page");
        let queries = bench.queries();
        assert_eq!(queries[..3], ["", "page=2&start=20", "page=3&start=40"]);
        assert_eq!(queries[60], "page=61&start=1200");
    }
}

#[tokio::test]
async fn every_size_of_page_and_every_form_of_number_will_do() {
    for size in [1, 7, 20, 100] {
        let build = |b: Builder| {
            b.page_size(size).flags(Flags::Texts).ids(Ids::Texts).size_parameter(SizeParameter::Limit)
        };
        let bench = Bench::with(build, me(), crowd(23)).await;
        assert_eq!(bench.read(everything()).await.objects.len(), 23, "{size}");
    }
    for flags in [Flags::Booleans, Flags::Numbers] {
        let bench = Bench::with(
            |b| b.flags(flags),
            me(),
            |rows| {
                rows.mailbox("a@example.com").executive("a@example.com").ad_mailbox("b@example.com", "");
            },
        )
        .await;
        let state = bench.read(everything()).await;
        let a = &state.objects[&registration("a@example.com")];
        assert_eq!(a.fields.value(&executive()), Some(&Value::Bool(true)));
        assert_eq!(a.standing, Standing::Plain);
        assert!(matches!(state.objects[&registration("b@example.com")].standing, Standing::Foreign(_)));
    }
}

#[tokio::test]
async fn an_empty_list_is_whole() {
    for build in [|b: Builder| b, Builder::one_page_at_least] {
        let bench = Bench::with(build, me(), |_| ()).await;
        let state = bench.read(everything()).await;
        assert_eq!((state.objects.len(), state.calls), (0, 2));
        assert!(bench.object("nobody@example.com").await.is_none());
    }
}

#[tokio::test]
async fn a_service_that_ignores_the_position_is_not_believed() {
    for (paging, words) in [
        (Paging::Ignored, "page 2 was asked for and page 1 came"),
        (Paging::Echoed, "page 2 brought nothing that was not there before"),
    ] {
        let bench = Bench::with(|b| b.paging(paging), me(), crowd(41)).await;
        let reason = flaw(&bench).await;
        assert!(reason.contains("read 3 times") && reason.contains(words), "{reason}");
        assert_eq!(bench.queries().len(), 6, "two calls a try, and no endless loop");
        // One page needs no position.
        let bench = Bench::with(|b| b.paging(paging), me(), crowd(20)).await;
        assert_eq!(bench.read(everything()).await.objects.len(), 20);
    }
}

/// Somebody else changes something before the `nth` page.
fn meanwhile(bench: &Bench, nth: u64, edit: impl Fn(&mut Rows<'_>) + Send + Sync + 'static) -> Fault {
    let sandbox = bench.sandbox.clone();
    Fault::new(FaultKind::Meanwhile(Arc::new(move || sandbox.edit(|rows| edit(rows)))))
        .to(Method::GET, LIST)
        .nth(nth)
}

#[tokio::test]
async fn a_list_that_changes_under_the_hand_is_read_again() {
    let bench = Bench::new(crowd(45)).await;
    bench.server.faults().add(meanwhile(&bench, 2, |rows| {
        rows.remove("u3@example.com");
    }));
    let state = bench.read(everything()).await;
    assert_eq!(state.objects.len(), 44);
    assert_eq!(bench.queries().len(), 5, "two pages, then all three");

    let bench = Bench::new(crowd(45)).await;
    bench.server.faults().add(meanwhile(&bench, 3, |rows| {
        rows.mailbox("new@example.com");
    }));
    assert_eq!(bench.read(everything()).await.objects.len(), 46);

    // And it is given up where it never stands still.
    let bench = Bench::new(crowd(45)).await;
    let added = AtomicU64::new(0);
    let restless = meanwhile(&bench, 1, move |rows| {
        rows.mailbox(&format!("n{}@example.com", added.fetch_add(1, Ordering::Relaxed)));
    });
    bench.server.faults().add(restless.every());
    let reason = flaw(&bench).await;
    assert!(reason.contains("at first and"), "{reason}");
}

#[tokio::test]
async fn nothing_slips_through_where_an_address_is_made_anew_meanwhile() {
    let bench = Bench::new(crowd(45)).await;
    bench.server.faults().add(meanwhile(&bench, 2, |rows| {
        rows.mailbox("u3@example.com");
    }));
    // It came twice: as many ids as are counted, and a mailbox that moved to the page before was never seen.
    let state = bench.read(everything()).await;
    assert_eq!(state.objects.len(), 45);
    assert_eq!(bench.queries().len(), 6, "all three pages twice");
    assert!(state.incomplete().is_empty());

    // Where it goes on, the list is not whole, and nothing is known to be absent.
    let bench = Bench::new(crowd(45)).await;
    let made = AtomicU64::new(0);
    let restless = meanwhile(&bench, 2, move |rows| {
        rows.mailbox(&format!("u{}@example.com", made.fetch_add(1, Ordering::Relaxed)));
    });
    bench.server.faults().add(restless.every());
    let reason = flaw(&bench).await;
    assert!(reason.contains("came under several ids"), "{reason}");
}

#[tokio::test]
async fn an_address_that_stands_twice_for_good_costs_one_reading_more() {
    const ROWS: &str = r#"{"data":[
        {"id":1,"email_address_id":11,"email_address":"jane@example.com","executive":0,"realname":" ","is_ad_mailbox":0},
        {"id":2,"email_address_id":12,"email_address":"Jane@example.com","executive":0,"realname":" ","is_ad_mailbox":0}
    ],"meta":{"page":1,"page_size":20,"total":2,"total_pages":1}}"#;
    let router = Router::new()
        .route("/auth", post(async || r#"{"access_token":"t","accounts_id":"a"}"#))
        .route(LIST, get(async || ROWS));
    let server = start(Simulator::new("odd", router)).await.expect("a server");
    let provider = connect(&server.url(), me()).await.expect("a connection");
    let (state, error) = read(&*provider, &scope(everything())).await;
    assert!(error.is_none() && state.incomplete().is_empty(), "{error:?}");
    let Looked::Unknown(reason) = state.look(&registration("jane@example.com")) else {
        panic!("two ids for one address");
    };
    assert!(reason.contains("2 times, with the ids 1 and 2"), "{reason}");
    assert!(matches!(state.look(&registration("nobody@example.com")), Looked::Absent { .. }));
    assert_eq!(server.counters().of(&Method::GET, LIST), 2);
}

#[tokio::test]
async fn a_page_that_comes_again_is_noticed() {
    let bench = Bench::new(crowd(45)).await;
    bench.server.faults().add(Fault::new(FaultKind::Repeat).to(Method::GET, LIST).nth(2));
    assert_eq!(bench.read(everything()).await.objects.len(), 45, "once is read over");

    let bench = Bench::new(crowd(45)).await;
    bench.server.faults().add(Fault::new(FaultKind::Repeat).to(Method::GET, LIST).nth(2).every());
    let reason = flaw(&bench).await;
    assert!(reason.contains("not whole"), "{reason}");
}

#[tokio::test]
async fn a_page_that_fails_once_is_asked_for_again() {
    let bench = Bench::new(crowd(45)).await;
    bench.server.faults().add(Fault::new(FaultKind::ErrorBefore).to(Method::GET, LIST).nth(2));
    assert_eq!(bench.read(everything()).await.objects.len(), 45);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_fails_the_reading() {
    for (fault, kind) in [
        (FaultKind::HtmlPage, ErrorKind::Protocol),
        (FaultKind::HalfBody, ErrorKind::Protocol),
        (FaultKind::ErrorBefore, ErrorKind::Unavailable),
    ] {
        let bench = Bench::new(crowd(45)).await;
        bench.server.faults().add(Fault::new(fault.clone()).to(Method::GET, LIST).nth(2).every());
        let (state, error) = bench.try_read(everything()).await;
        assert_eq!(error.expect("no second page").kind, kind, "{fault:?}");
        assert_eq!(state.incomplete().len(), 1);
        assert!(matches!(state.look(&registration("nobody@example.com")), Looked::Unknown(_)));
    }
}
