//! Every fault of the simulated services, at any call, while reading and while writing: random ones, of random wishes.

use std::sync::Arc;

use axum::http::Method;
use mailwright::sandbox::{Fault, FaultKind};
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::cases::law;
use super::mailinabox::Simulated;
use super::service::{Service as _, Type};
use super::site::{Cut, Site, lines};
use super::struck::{Scenario, Strike, Trouble, every_fault};
use super::wish::{Wish, wish};

fn strike(kind: Type) -> impl Strategy<Value = Strike> {
    let faults = every_fault(kind);
    (0..faults.len(), prop_oneof![4 => Just(1_u64), 1 => 2_u64..9], 1_u64..30, 0_usize..4).prop_map(
        move |(fault, times, nth, server)| Strike {
            trouble: Trouble::Fault(faults[fault].clone()),
            times,
            nth,
            server,
        },
    )
}

async fn scenario(kind: Type, one: &Wish, two: &Wish) -> Option<Scenario> {
    Scenario::of(kind, one.yaml(kind), two.yaml(kind)).await
}

/// Kills the process when a call arrives that is processed all the same.
async fn dies_through(scenario: &Scenario, strike: &Strike) {
    let (service, site) = scenario.begin().await;
    let service = &*service;
    let (providers, plan) = site.look().await;
    let died = CancellationToken::new();
    let arrived = died.clone();
    let fault = FaultKind::Meanwhile(Arc::new(move || arrived.cancel()));
    strike.server(service).faults().add(Fault::new(fault).nth(strike.nth).times(strike.times));
    tokio::select! {
        biased;
        () = died.cancelled() => {}
        _ = site.apply(service, &providers, &plan, Cut::Never) => {}
    }
    drop(providers);
    scenario.recovers(service, &site, &format!("died, {strike:?}\n{}", lines(&plan))).await;
}

/// Types that are reached over a wire, but for Exchange, which takes a call or more for each mailbox: it is tried on
/// fewer cases.
const REMOTE: [Type; 3] = [Type::MailInABox, Type::Censornet, Type::FilteredBox];

fn while_reading(kind: Type, cases: u32) {
    law(cases, (wish(kind), wish(kind), strike(kind)), |(one, two, strike)| {
        kind.block_on(async {
            let Some(scenario) = scenario(kind, one, two).await else { return };
            // Most readings are short.
            scenario.reads_through(&Strike { nth: strike.nth % 4 + 1, ..strike.clone() }).await;
        });
    });
}

fn while_writing(kind: Type, cases: u32) {
    law(cases, (wish(kind), wish(kind), strike(kind)), |(one, two, strike)| {
        kind.block_on(async {
            let Some(scenario) = scenario(kind, one, two).await else { return };
            scenario.writes_through(strike).await;
        });
    });
}

fn while_dying(kind: Type, cases: u32) {
    law(cases, (wish(kind), wish(kind), strike(kind)), |(one, two, strike)| {
        kind.block_on(async {
            let Some(scenario) = scenario(kind, one, two).await else { return };
            dies_through(&scenario, strike).await;
        });
    });
}

#[test]
fn a_fault_while_reading_deletes_nothing_and_is_told() {
    for kind in REMOTE {
        while_reading(kind, 40);
    }
}

#[test]
fn a_fault_while_reading_exchange_deletes_nothing_and_is_told() {
    while_reading(Type::Rackspace, 16);
}

/// The two that take several calls for some of their changes.
const SEVERAL_CALLS: [Type; 2] = [Type::OpenXchange, Type::Atmail];

#[test]
fn a_fault_while_reading_open_xchange_or_atmail_deletes_nothing_and_is_told() {
    for kind in SEVERAL_CALLS {
        while_reading(kind, 16);
    }
}

#[test]
fn a_fault_while_writing_to_open_xchange_or_atmail_is_told_as_it_was_and_made_good() {
    for kind in SEVERAL_CALLS {
        while_writing(kind, 16);
    }
}

#[test]
fn a_process_that_dies_while_open_xchange_or_atmail_processes_its_request() {
    for kind in SEVERAL_CALLS {
        while_dying(kind, 8);
    }
}

#[test]
fn a_fault_while_writing_is_told_as_it_was_and_made_good() {
    for kind in REMOTE {
        while_writing(kind, 40);
    }
}

#[test]
fn a_fault_while_writing_to_exchange_is_told_as_it_was_and_made_good() {
    while_writing(Type::Rackspace, 16);
}

#[test]
fn a_process_that_dies_while_its_request_is_processed() {
    for kind in REMOTE {
        while_dying(kind, 16);
    }
}

#[test]
fn a_process_that_dies_while_exchange_processes_its_request() {
    while_dying(Type::Rackspace, 8);
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
