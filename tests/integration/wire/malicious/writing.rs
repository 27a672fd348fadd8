//! Evils while a plan is applied: what is told to be done is done, and an honest service afterwards gets all of it.
//!
//! `MAILWRIGHT_WIRE_SEED` sets which evils at which calls, `MAILWRIGHT_WIRE_CASES` how many for each type.

use std::time::Duration;

use mailwright::model::ResultState;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::evils::all;
use super::proxy::{Evil, Piece, Strike};
use super::reading::{Elsewhere, wishes};
use super::{Proxied, name};
use crate::fuzz::targets::tame;
use crate::tally::{What, held};
use crate::wire::service::{Dump, Service as _, Type};
use crate::wire::site::{Cut, Site, lines, results};

/// How many evils of each type are tried.
const CASES: u64 = 10;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

/// A service that holds the first wish, and the second.
async fn second(kind: Type) -> (Proxied, Site) {
    let service = Proxied::fresh(kind).await;
    let (first, second) = wishes(kind);
    Site::load(&service, &first).expect("loads").run(&service).await;
    let site = Site::load(&service, &second).expect("loads");
    (service, site)
}

/// What there is after an honest run, and how many calls applying takes.
async fn honest(kind: Type) -> (Dump, usize) {
    let (service, site) = second(kind).await;
    let (providers, plan) = site.look().await;
    service.proxy.set(None);
    site.apply(&service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
    let calls = service.proxy.calls();
    (service.dump().await, calls)
}

/// True where the service says that all is well: of a write that is all that some services ever say.
fn is_consent(evil: &Evil) -> bool {
    matches!(evil.pieces.first(), Some(Piece::Bytes(bytes)) if bytes.starts_with(b"HTTP/1.1 2"))
}

async fn applied(kind: Type, strike: Strike, wanted: &Dump, told: &str) {
    let is_consent = is_consent(&strike.evil);
    let (service, site) = second(kind).await;
    let (providers, plan) = site.look().await;
    service.proxy.set(Some(strike));
    let outcome = site.apply(&service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
    drop(providers);
    service.proxy.set(None);
    let (_, left) = site.look().await;
    for (change, state) in results(&plan, &outcome).filter(|(change, _)| change.is_ready()) {
        let is_left = left.changes.iter().any(|left| left.id == change.id);
        match state {
            ResultState::Done | ResultState::NotNeeded => {
                assert!(
                    !is_left || is_consent,
                    "{told}: {} is told to be done\nleft\n{}",
                    change.id,
                    lines(&left)
                );
            }
            ResultState::Failed { error, hint } => {
                tame(error, told);
                tame(hint.as_deref().unwrap_or_default(), told);
            }
            ResultState::Skipped { reason } | ResultState::InDoubt { reason } => tame(reason, told),
        }
    }
    tokio::time::sleep(Duration::from_mins(10)).await;
    site.run(&service).await;
    assert_eq!(*wanted, service.dump().await, "{told}: the run after it ends elsewhere");
}

fn while_writing(kind: Type) {
    let seed = number("MAILWRIGHT_WIRE_SEED").unwrap_or(1);
    let cases = number("MAILWRIGHT_WIRE_CASES").unwrap_or(CASES);
    let mut random = StdRng::seed_from_u64(seed);
    let (wanted, calls) = kind.block_on(honest(kind));
    for case in 0..cases {
        kind.block_on(async {
            let elsewhere = Elsewhere::listen().await;
            // Against a well-formed lie nobody can do anything.
            let evils: Vec<Evil> = all(&elsewhere.address).into_iter().filter(|evil| !evil.lies).collect();
            let evil = evils[random.random_range(0..evils.len())].clone();
            let from = random.random_range(0..calls);
            let times = if random.random_bool(0.7) { 1 } else { random.random_range(2..9) };
            let told = format!(
                "MAILWRIGHT_WIRE_SEED={seed} case {case}: {} at call {from} of {}, {times} times",
                evil.name,
                name(kind)
            );
            applied(kind, Strike { evil, from, times }, &wanted, &told).await;
            assert_eq!(elsewhere.heard(), 0, "{told}: something was called elsewhere");
        });
    }
    let count = usize::try_from(cases).expect("fewer");
    held(What::HostileInputs, &format!("malicious-server-writes-{}", name(kind)), count);
}

#[test]
fn a_box_that_turns_malicious_while_a_plan_is_applied() {
    while_writing(Type::MailInABox);
}

#[test]
fn a_rackspace_that_turns_malicious_while_a_plan_is_applied() {
    while_writing(Type::Rackspace);
}

#[test]
fn an_open_xchange_that_turns_malicious_while_a_plan_is_applied() {
    while_writing(Type::OpenXchange);
}

#[test]
fn an_atmail_that_turns_malicious_while_a_plan_is_applied() {
    while_writing(Type::Atmail);
}

#[test]
fn a_censornet_that_turns_malicious_while_a_plan_is_applied() {
    while_writing(Type::Censornet);
}
