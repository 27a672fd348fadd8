//! Every fault of the simulated box, at any call, while reading and while writing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use mailwright::model::{Plan, ResultState, Verb};
use mailwright::sandbox::{Fault, FaultKind};
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::cases::law;
use super::mailinabox::Simulated;
use super::service::{Dump, Service, Type};
use super::site::{Cut, Site, all_done, lines, results};
use super::wish::{Wish, wish};

/// How long the connection waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Every fault that the tests know, at the first call.
fn every_fault() -> Vec<FaultKind> {
    let wait = Some(Duration::from_secs(3));
    let moved = |status| FaultKind::Redirect { status, to: NOWHERE.to_owned() };
    vec![
        FaultKind::Throttled { retry_after: None },
        FaultKind::Throttled { retry_after: wait },
        FaultKind::ErrorBefore,
        FaultKind::ErrorAfterCommit,
        FaultKind::Unavailable { retry_after: None },
        FaultKind::Unavailable { retry_after: wait },
        FaultKind::LostReply,
        FaultKind::Reset,
        FaultKind::Slow(Duration::from_secs(2)),
        FaultKind::Slow(Duration::from_mins(1)),
        FaultKind::Late(Duration::from_secs(2)),
        FaultKind::Late(Duration::from_secs(12)),
        FaultKind::Hang,
        FaultKind::CutShort,
        FaultKind::HalfBody,
        FaultKind::ContentType("text/html".to_owned()),
        FaultKind::ContentType("application/json".to_owned()),
        FaultKind::HtmlPage,
        FaultKind::Endless { limit: 1 << 20 },
        FaultKind::SessionsExpired,
        moved(StatusCode::FOUND),
        moved(StatusCode::TEMPORARY_REDIRECT),
        moved(StatusCode::PERMANENT_REDIRECT),
    ]
}

async fn second(one: &Wish, two: &Wish) -> Option<(Simulated, Site)> {
    let kind = Type::MailInABox;
    let service = Simulated::fresh().await;
    Site::load(&service, &one.yaml(kind)).ok()?.run(&service).await;
    let site = Site::load(&service, &two.yaml(kind)).ok()?;
    Some((service, site))
}

async fn undisturbed(one: &Wish, two: &Wish) -> Option<(Plan, Dump)> {
    let (service, site) = second(one, two).await?;
    let (plan, _) = site.run(&service).await;
    Some((plan, service.dump().await))
}

/// The ids of what runs; of the deletes alone where `verb` says so.
fn ready(plan: &Plan, verb: Option<Verb>) -> BTreeSet<String> {
    plan.ready()
        .filter(|change| verb.is_none_or(|verb| verb == change.verb))
        .map(|change| change.id.to_string())
        .collect()
}

/// A run after all trouble is over must end where an undisturbed one does.
async fn recovers(service: &Simulated, site: &Site, wanted: &Dump, told: &str) {
    service.server.faults().clear();
    // What was sent late arrives in the meantime.
    tokio::time::sleep(Duration::from_mins(2)).await;
    let (plan, outcome) = site.run(service).await;
    all_done(&plan, &outcome);
    assert_eq!(*wanted, service.dump().await, "{told}\nthe run after it\n{}", lines(&plan));
}

async fn reads_through(fault: FaultKind, times: u64, nth: u64, one: &Wish, two: &Wish) {
    let Some((clean, wanted)) = undisturbed(one, two).await else { return };
    let (service, site) = second(one, two).await.expect("it loaded before");
    let before = service.dump().await;
    let writes = service.writes().len();
    service.server.faults().add(Fault::new(fault.clone()).nth(nth).times(times));
    let providers = site.connect().await.expect("connecting sends nothing");
    let (observed, failure) = site.observe(&providers).await;
    service.server.faults().clear();
    assert_eq!(service.dump().await, before, "reading and planning write nothing");
    assert_eq!(service.writes().len(), writes, "reading and planning write nothing");
    let plan = site.plan(&observed);
    let told = format!("{fault:?} at read {nth}, failure {failure:?}\n{}", lines(&plan));
    for delete in ready(&plan, Some(Verb::Delete)) {
        assert!(ready(&clean, None).contains(&delete), "{delete} rests on a failed read\n{told}");
    }
    assert!(
        failure.is_some() || ready(&plan, None) == ready(&clean, None),
        "{told}\nclean\n{}",
        lines(&clean)
    );
    assert!(failure.is_none() || plan.is_incomplete(), "{told}");
    let outcome = site.apply(&service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
    all_done(&plan, &outcome);
    recovers(&service, &site, &wanted, &told).await;
}

async fn writes_through(fault: FaultKind, times: u64, nth: u64, one: &Wish, two: &Wish) {
    let Some((_, wanted)) = undisturbed(one, two).await else { return };
    let (service, site) = second(one, two).await.expect("it loaded before");
    let (providers, plan) = site.look().await;
    service.server.faults().add(Fault::new(fault.clone()).nth(nth).times(times));
    let outcome = site.apply(&service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
    service.server.faults().clear();
    let told: Vec<String> =
        results(&plan, &outcome).map(|(change, state)| format!("  {} {state:?}", change.id)).collect();
    let told = format!("{fault:?} at call {nth}, {times} times\n{}", told.join("\n"));
    if matches!(fault, FaultKind::Late(late) if late > TIMEOUT) {
        // A write that was given up, tried again and then carried out a second time may undo what came after it.
        // Nobody can know that, so the outcome is not held against it; the next run must make it good.
        return recovers(&service, &site, &wanted, &told).await;
    }
    let (_, left) = site.look().await;
    let left_ids: BTreeSet<String> = left.changes.iter().map(|change| change.id.to_string()).collect();
    for (change, state) in results(&plan, &outcome).filter(|(change, _)| change.is_ready()) {
        let is_left = left_ids.contains(change.id.as_str());
        match state {
            ResultState::Done | ResultState::NotNeeded => {
                assert!(!is_left, "{} is told to be done\n{told}\nleft\n{}", change.id, lines(&left));
            }
            ResultState::Skipped { reason } => {
                assert!(is_left && !reason.is_empty(), "{} is told not to be done\n{told}", change.id);
            }
            ResultState::Failed { error, .. } => {
                assert!(is_left && !error.is_empty(), "{} is told to have failed\n{told}", change.id);
            }
            ResultState::InDoubt { reason } => {
                assert!(times > 1, "one fault leaves no doubt: {} {reason}\n{told}", change.id);
            }
        }
    }
    recovers(&service, &site, &wanted, &told).await;
}

fn strike() -> impl Strategy<Value = (usize, u64, u64)> {
    (0..every_fault().len(), prop_oneof![4 => Just(1_u64), 1 => 2_u64..9], 1_u64..30)
}

#[test]
fn a_fault_while_reading_deletes_nothing_and_is_told() {
    law(40, (wish(), wish(), strike()), |(one, two, (fault, times, nth))| {
        let fault = every_fault().swap_remove(*fault);
        Type::MailInABox.block_on(reads_through(fault, *times, nth % 4 + 1, one, two));
    });
}

#[test]
fn a_fault_while_writing_is_told_as_it_was_and_made_good() {
    law(40, (wish(), wish(), strike()), |(one, two, (fault, times, nth))| {
        let fault = every_fault().swap_remove(*fault);
        Type::MailInABox.block_on(writes_through(fault, *times, *nth, one, two));
    });
}

#[test]
fn a_process_that_dies_while_its_request_is_processed() {
    law(16, (wish(), wish(), 1_u64..20), |(one, two, nth)| {
        Type::MailInABox.block_on(async {
            let Some((_, wanted)) = undisturbed(one, two).await else { return };
            let (service, site) = second(one, two).await.expect("it loaded before");
            let (providers, plan) = site.look().await;
            let died = CancellationToken::new();
            let arrived = died.clone();
            let fault = FaultKind::Meanwhile(Arc::new(move || arrived.cancel()));
            service.server.faults().add(Fault::new(fault).nth(*nth));
            tokio::select! {
                biased;
                () = died.cancelled() => {}
                _ = site.apply(&service, &providers, &plan, Cut::Never) => {}
            }
            drop(providers);
            recovers(&service, &site, &wanted, &format!("died at call {nth}\n{}", lines(&plan))).await;
        });
    });
}

#[test]
fn a_mailbox_stays_whose_permissions_could_not_be_read() {
    let domains = "version: 1\ndomains:\n  example.com: {provider: svc}\n";
    let first = format!(
        "{domains}mailboxes:\n  ann@example.com: {{password: {{env: FIRST_PASSWORD}}, permissions: \
         {{keep@example.com: [send_as]}}}}\n"
    );
    let second = format!("{domains}mailboxes:\n  ann@example.com: absent\n");
    Type::MailInABox.block_on(async {
        let service = Simulated::fresh().await;
        Site::load(&service, &first).expect("loads").run(&service).await;
        let site = Site::load(&service, &second).expect("loads");
        service.server.faults().add(Fault::new(FaultKind::HtmlPage).to(Method::GET, "/mail/aliases"));
        let providers = site.connect().await.expect("connects");
        let (observed, failure) = site.observe(&providers).await;
        assert!(failure.is_some());
        let plan = site.plan(&observed);
        assert_eq!(plan.ready().count(), 0, "its permission would outlive it\n{}", lines(&plan));
        site.run(&service).await;
        let dump = service.dump().await;
        assert!(!dump.contains_key("alias ann@example.com"), "nothing of it is left: {dump:#?}");
    });
}
