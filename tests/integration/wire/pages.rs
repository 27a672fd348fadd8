//! Lists of a filter that fail, repeat or shift at any page: whatever was not seen is neither removed nor doubled.

use std::sync::Arc;

use axum::http::Method;
use mailwright::model::Verb;
use mailwright::sandbox::{Fault, FaultKind};

use super::censornet::{Filter, LIST};
use super::service::{Service as _, Type};
use super::site::{Cut, Site, all_done, lines};

/// How many addresses there are in example.com beside the two of every fresh filter: seven pages of three.
const CROWD: usize = 18;

/// Everything but the first four is to go, and one comes.
fn wish() -> String {
    let stay: Vec<String> = (0..4).map(|n| format!("  u{n:02}@example.com: {{}}\n")).collect();
    "
version: 1
domains:
  example.com: {filters: [svc], prune: [registrations], ignore: [\"keep@*\", \"list@*\"]}
policy: {max_deletes: {registrations: 100}}
mailboxes:
  new@example.com: {}
"
    .to_owned()
        + &stay.concat()
}

async fn crowd() -> Filter {
    Filter::with(|rows| {
        for n in 0..CROWD {
            rows.mailbox(&format!("u{n:02}@example.com"));
        }
    })
    .await
}

/// How many addresses a run removes, and whether the lists that it rests on were whole.
async fn removed(filter: &Filter, site: &Site) -> (usize, bool) {
    let providers = site.connect().await.expect("connects");
    let (observed, failure) = site.observe(&providers).await;
    filter.server.faults().clear();
    let plan = site.plan(&observed);
    let whole = !plan.is_incomplete();
    assert!(failure.is_none() || !whole, "{failure:?}\n{}", lines(&plan));
    let deletes = plan.ready().filter(|change| change.verb == Verb::Delete).count();
    let outcome = site.apply(filter, &providers, &plan, Cut::Never).await.expect("nobody kills it");
    all_done(&plan, &outcome);
    (deletes, whole)
}

/// Then everything is as wished, whatever a run before it could not see.
async fn recovers(filter: &Filter, site: &Site) {
    site.run(filter).await;
    let dump = filter.dump().await;
    let mut wanted: Vec<String> = (0..4).map(|n| format!("registration u{n:02}@example.com")).collect();
    wanted.extend(
        ["keep@example.com", "keep@example.org", "list@example.com", "new@example.com"]
            .map(|address| format!("registration {address}")),
    );
    wanted.sort();
    assert_eq!(dump.keys().cloned().collect::<Vec<_>>(), wanted);
    assert!(dump["registration keep@example.com"].contains("3 in quarantine"), "{dump:?}");
}

/// Whether a list that is struck this way can be read to its end all the same.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Whole,
    Incomplete,
}

fn strikes(filter: &Filter) -> Vec<(Fault, Then)> {
    let (moved, grown) = (filter.sandbox.clone(), filter.sandbox.clone());
    let everywhere = |kind: FaultKind| Fault::new(kind).to(Method::GET, LIST);
    vec![
        (everywhere(FaultKind::ErrorBefore), Then::Whole),
        (everywhere(FaultKind::Throttled { retry_after: None }), Then::Whole),
        (everywhere(FaultKind::SessionsExpired), Then::Whole),
        (everywhere(FaultKind::Repeat), Then::Whole),
        (everywhere(FaultKind::ErrorBefore).every(), Then::Incomplete),
        (everywhere(FaultKind::HalfBody).every(), Then::Incomplete),
        (everywhere(FaultKind::Repeat).every(), Then::Incomplete),
        // Somebody else removes an address that was read, and what follows moves up by one.
        (
            everywhere(FaultKind::Meanwhile(Arc::new(move || {
                moved.edit(|rows| {
                    rows.remove("u00@example.com").mailbox("u00@example.com");
                });
            }))),
            Then::Whole,
        ),
        (
            everywhere(FaultKind::Meanwhile(Arc::new(move || {
                grown.edit(|rows| {
                    rows.mailbox("new@example.com");
                });
            }))),
            Then::Whole,
        ),
    ]
}

#[test]
fn a_page_that_fails_or_repeats_or_shifts_removes_nothing_that_was_not_seen() {
    let kinds = Type::Censornet.block_on(async { strikes(&crowd().await).len() });
    for number in 0..kinds {
        for page in 1..=7 {
            Type::Censornet.block_on(async {
                let filter = crowd().await;
                let site = Site::load(&filter, &wish()).expect("loads");
                let (fault, then) = strikes(&filter).swap_remove(number);
                let told = format!("{fault:?} at page {page}");
                filter.server.faults().add(fault.nth(page));
                let (deletes, whole) = removed(&filter, &site).await;
                if whole {
                    assert_eq!(deletes, CROWD - 4, "{told}");
                } else {
                    assert_eq!(deletes, 0, "{told}: removed from a list that is not whole");
                }
                let wanted = match (page, &told) {
                    // A session that was refused before it ever worked is not renewed.
                    (1, told) if told.contains("sessions-expired") => Then::Incomplete,
                    // Before the first page there is none that could come again.
                    (1, told) if told.contains("repeat") => Then::Whole,
                    _ => then,
                };
                assert_eq!(whole, wanted == Then::Whole, "{told}");
                recovers(&filter, &site).await;
            });
        }
    }
}
