//! Writes to a filter whose replies get lost: what took effect is never sent again, what did not is.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use mailwright::model::ResultState;
use mailwright::sandbox::{Fault, FaultKind};

use super::censornet::{Filter, LIST, STORE};
use super::service::{Service as _, Type};
use super::site::{Cut, Site, lines, results};

const MAKE: &str = "
version: 1
domains:
  example.com: {filters: [svc]}
mailboxes:
  ann@example.com: {settings: {censornet: {executive: true}}}
";
const REMOVE: &str = "
version: 1
domains:
  example.com: {filters: [svc]}
mailboxes:
  ann@example.com: absent
";

/// Whether a fault strikes before the service has done what it was told.
fn faults() -> Vec<(FaultKind, bool)> {
    vec![
        (FaultKind::Reset, true),
        (FaultKind::ErrorBefore, true),
        (FaultKind::HtmlPage, true),
        (FaultKind::LostReply, false),
        (FaultKind::ErrorAfterCommit, false),
        (FaultKind::CutShort, false),
        (FaultKind::HalfBody, false),
        (FaultKind::Slow(Duration::from_mins(1)), false),
    ]
}

/// A filter that has `ann@example.com` where she is to go, and the wish.
async fn ready(method: &Method) -> (Filter, Site) {
    let filter = Filter::fresh().await;
    let wish = if *method == Method::POST { MAKE } else { REMOVE };
    if *method == Method::DELETE {
        filter.sandbox.edit(|rows| {
            rows.mailbox("Ann@example.com");
        });
    }
    let site = Site::load(&filter, wish).expect("loads");
    filter.server.clear();
    (filter, site)
}

fn counted(filter: &Filter, method: &Method) -> u64 {
    let (posts, deletes) = filter.sent();
    if *method == Method::POST { posts } else { deletes }
}

#[test]
fn what_took_effect_is_not_sent_again() {
    for method in [Method::POST, Method::DELETE] {
        for (fault, before) in faults() {
            Type::Censornet.block_on(async {
                let (filter, site) = ready(&method).await;
                let (providers, plan) = site.look().await;
                filter.server.faults().add(Fault::new(fault.clone()).to(method.clone(), STORE));
                let outcome = site.apply(&filter, &providers, &plan, Cut::Never).await.expect("lives");
                let told = format!("{fault:?} at {method}: {:?}\n{}", outcome.results, lines(&plan));
                for (_, state) in results(&plan, &outcome) {
                    assert!(matches!(state, ResultState::Done), "{told}");
                }
                assert_eq!(plan.changes.len(), 1, "{told}");
                let sent = counted(&filter, &method);
                assert_eq!(sent, if before { 2 } else { 1 }, "{told}");
                let (posts, deletes) = filter.sent();
                assert_eq!(posts + deletes, sent, "nothing else is written: {told}");
                let row = filter.row("ann@example.com");
                assert_eq!(row.is_some(), method == Method::POST, "{told}");
                assert!(row.is_none_or(|row| row.executive), "{told}");
                filter.dump().await;
            });
        }
    }
}

#[test]
fn what_nobody_can_tell_is_in_doubt_and_not_sent_again() {
    for method in [Method::POST, Method::DELETE] {
        Type::Censornet.block_on(async {
            let (filter, site) = ready(&method).await;
            let (providers, plan) = site.look().await;
            // The answer is lost, and from then on nothing can be read.
            let faults = filter.server.faults();
            let skipped = if method == Method::POST { 1 } else { 2 };
            faults.add(Fault::new(FaultKind::LostReply).to(method.clone(), STORE));
            faults.add(Fault::new(FaultKind::ErrorBefore).to(Method::GET, LIST).nth(skipped).every());
            let outcome = site.apply(&filter, &providers, &plan, Cut::Never).await.expect("lives");
            let state = &outcome.results[0].state;
            assert!(matches!(state, ResultState::InDoubt { .. }), "{method}: {state:?}");
            assert_eq!(counted(&filter, &method), 1, "{method}");
            faults.clear();
            let (again, _) = site.run(&filter).await;
            assert!(again.changes.is_empty(), "{}", lines(&again));
            assert_eq!(counted(&filter, &method), 1, "{method}");
        });
    }
}

#[test]
fn a_list_that_lags_behind_a_write_is_waited_for() {
    for method in [Method::POST, Method::DELETE] {
        for lost in [false, true] {
            Type::Censornet.block_on(async {
                let (filter, site) = ready(&method).await;
                // What was listed before the write comes three times after it.
                let before = if method == Method::POST { 1 } else { 2 };
                let lagging = Fault::new(FaultKind::Repeat).to(Method::GET, LIST).nth(before + 1).times(3);
                filter.server.faults().add(lagging);
                let (providers, plan) = site.look().await;
                if lost {
                    filter.server.faults().add(Fault::new(FaultKind::LostReply).to(method.clone(), STORE));
                }
                let outcome = site.apply(&filter, &providers, &plan, Cut::Never).await.expect("lives");
                let state = &outcome.results[0].state;
                assert!(matches!(state, ResultState::Done), "{method}: {state:?}");
                assert_eq!(filter.server.faults().waiting(), 0, "{method}: all of them came");
                assert_eq!(counted(&filter, &method), 1, "{method}, lost {lost}");
            });
        }
    }
}

#[test]
fn what_somebody_else_did_first_need_not_be_done() {
    for method in [Method::POST, Method::DELETE] {
        Type::Censornet.block_on(async {
            let (filter, site) = ready(&method).await;
            let (providers, plan) = site.look().await;
            let (others, is_create) = (filter.sandbox.clone(), method == Method::POST);
            let faster = FaultKind::Meanwhile(Arc::new(move || {
                others.edit(|rows| {
                    if is_create {
                        rows.mailbox("ann@example.com").executive("ann@example.com");
                    } else {
                        rows.remove("ann@example.com");
                    }
                });
            }));
            filter.server.faults().add(Fault::new(faster).to(method.clone(), STORE));
            let outcome = site.apply(&filter, &providers, &plan, Cut::Never).await.expect("lives");
            let state = &outcome.results[0].state;
            assert!(matches!(state, ResultState::NotNeeded), "{method}: {state:?}");
            assert_eq!(counted(&filter, &method), 1, "{method}");
            assert_eq!(filter.row("ann@example.com").is_some(), is_create);
        });
    }
}

#[test]
fn a_write_is_found_by_its_address_alone() {
    Type::Censornet.block_on(async {
        let (filter, site) = ready(&Method::POST).await;
        let (providers, plan) = site.look().await;
        filter.server.clear();
        filter.server.faults().add(Fault::new(FaultKind::LostReply).to(Method::POST, STORE));
        site.apply(&filter, &providers, &plan, Cut::Never).await.expect("lives");
        let requests = filter.server.requests();
        let read: Vec<_> = requests.iter().filter(|request| request.path == LIST).collect();
        assert!(!read.is_empty());
        for request in read {
            let query = request.query.as_deref().unwrap_or_default();
            assert!(query.contains("search=ann%40example.com"), "{query}");
        }
    });
}
