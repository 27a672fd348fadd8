//! Writes to Exchange whose replies get lost: what took effect is never sent again, what did not is.

use std::time::Duration;

use axum::http::Method;
use mailwright::model::ResultState;
use mailwright::providers::rackspace::sandbox::{PermissionType, Rows};
use mailwright::sandbox::{Fault, FaultKind};

use super::rackspace::{Exchange, MAILBOXES};
use super::service::{Dump, Service as _, Type};
use super::site::{Cut, Site, lines, results};

/// One change: what is there before it, the wish that asks for it, and the call that it is.
struct Case {
    id: &'static str,
    rows: fn(&mut Rows<'_>),
    wish: &'static str,
    method: Method,
    path: &'static str,
}

fn ann(rows: &mut Rows<'_>) {
    rows.mailbox("ann@example.com", "somebody's own").mailbox("bob@example.com", "somebody's own");
}

fn ann_with_all(rows: &mut Rows<'_>) {
    ann(rows);
    rows.address("ann@example.com", "a.one@example.com");
    rows.permission("ann@example.com", "bob@example.com", PermissionType::Both);
    rows.field("ann@example.com", "emailForwardingAddress", "ann@partner.example");
    rows.field("ann@example.com", "saveForwardedEmail", "true");
}

fn cases() -> Vec<Case> {
    let create = |id, wish, method, path| Case { id, rows: ann, wish, method, path };
    let delete = |id, wish, method, path| Case { id, rows: ann_with_all, wish, method, path };
    let (post, put, gone) = (Method::POST, Method::PUT, Method::DELETE);
    vec![
        Case {
            rows: |_| (),
            ..create(
                "create:mailbox:svc:ann@example.com",
                "mailboxes: {ann@example.com: {display_name: Ann, quota: 2 GiB, password: {env: FIRST_PASSWORD}}}",
                post.clone(),
                "ann",
            )
        },
        create(
            "create:alias:svc:a.one@example.com",
            "aliases: {a.one@example.com: [ann@example.com]}",
            post.clone(),
            "ann/emailaddresses/a.one@example.com",
        ),
        create(
            "create:permission:svc:ann@example.com/bob@example.com",
            "mailboxes: {ann@example.com: {permissions: {bob@example.com: [full_access, send_as]}}}",
            post,
            "ann/permissions/bob",
        ),
        create(
            "create:forward:svc:ann@example.com",
            "forwards: {ann@example.com: {to: [ann@partner.example], keep_copy: true}}",
            put.clone(),
            "ann",
        ),
        delete(
            "delete:forward:svc:ann@example.com",
            "forwards: {ann@example.com: absent}",
            put.clone(),
            "ann",
        ),
        delete(
            "delete:alias:svc:a.one@example.com",
            "aliases: {a.one@example.com: absent}",
            gone.clone(),
            "ann/emailaddresses/a.one@example.com",
        ),
        delete(
            "delete:permission:svc:ann@example.com/bob@example.com",
            "mailboxes: {ann@example.com: {permissions: {}}}",
            gone.clone(),
            "ann/permissions/bob",
        ),
        Case {
            rows: ann,
            ..delete(
                "delete:mailbox:svc:ann@example.com",
                "mailboxes: {ann@example.com: absent}",
                gone,
                "ann",
            )
        },
    ]
}

/// Whether a fault strikes before the service has done what it was told.
fn faults() -> Vec<(FaultKind, bool)> {
    vec![
        (FaultKind::Reset, true),
        (FaultKind::ErrorBefore, true),
        (FaultKind::Unavailable { retry_after: None }, true),
        (FaultKind::HtmlPage, true),
        (FaultKind::LostReply, false),
        (FaultKind::ErrorAfterCommit, false),
        (FaultKind::CutShort, false),
        (FaultKind::Slow(Duration::from_mins(1)), false),
    ]
}

/// What the service holds after a run in which a call may fail, and the writes that were sent.
async fn run(case: &Case, fault: Option<Fault>, told: &str) -> (Dump, Vec<String>) {
    let exchange = Exchange::with(case.rows).await;
    let wish = format!("version: 1\ndomains:\n  example.com: {{provider: svc}}\n{}\n", case.wish);
    let site = Site::load(&exchange, &wish).unwrap_or_else(|problems| panic!("{:#?}", problems.diagnostics));
    let (providers, plan) = site.look().await;
    let ids: Vec<&str> = plan.changes.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, [case.id], "{told}");
    exchange.server.clear();
    if let Some(fault) = fault {
        exchange.server.faults().add(fault);
    }
    let outcome = site.apply(&exchange, &providers, &plan, Cut::Never).await.expect("lives");
    for (_, state) in results(&plan, &outcome) {
        assert!(matches!(state, ResultState::Done), "{told}: {state:?}");
    }
    let writes = exchange.writes();
    let (_, again) = site.look().await;
    assert!(again.changes.is_empty(), "{told}\n{}", lines(&again));
    (exchange.dump().await, writes)
}

#[test]
fn what_took_effect_is_not_sent_again_but_for_a_password() {
    for case in cases() {
        Type::Rackspace.block_on(async {
            let path = format!("{MAILBOXES}/{}", case.path);
            let (wanted, clean) = run(&case, None, case.id).await;
            let call = format!("{} {path}", case.method);
            assert!(clean.len() == 1 && clean[0].starts_with(&call), "{clean:?} and not {call}");
            for (fault, before) in faults() {
                let told = format!("{fault:?} at {call}");
                let struck = Fault::new(fault).to(case.method.clone(), &path);
                let (found, mut writes) = run(&case, Some(struck), &told).await;
                assert_eq!(found, wanted, "{told}");
                if case.id.starts_with("create:mailbox") && !before {
                    // Nobody can read whose password it has.
                    let last = writes.pop();
                    let password = format!("PUT {path} password=correct+horse+battery");
                    assert_eq!(last, Some(password), "{told}");
                }
                assert_eq!(writes, vec![clean[0].clone(); if before { 2 } else { 1 }], "{told}");
            }
        });
    }
}
