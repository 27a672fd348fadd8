//! Runs that end well, runs that are killed, and what the next run makes of them.

use proptest::prelude::*;

use crate::tally::{self, What};

use super::cases::law;
use super::rich::rich;
use super::service::{Dump, Service, Type, databases};
use super::site::{Cut, Site, all_done, held, lines};
use super::wish::{Wish, is_unmanaged, wish};

pub(super) fn load(service: &dyn Service, wish: &Wish, kind: Type) -> Option<Site> {
    Site::load(service, &wish.yaml(kind)).ok()
}

/// A service that holds the first of two wishes, with the second; none where a wish is refused offline.
pub(super) async fn second(kind: Type, first: &Wish, second: &Wish) -> Option<(Box<dyn Service>, Site)> {
    let service = kind.fresh().await;
    load(&*service, first, kind)?.run(&*service).await;
    let site = load(&*service, second, kind)?;
    Some((service, site))
}

pub(super) fn unmanaged(dump: &Dump) -> Vec<(&String, &String)> {
    dump.iter().filter(|(key, _)| is_unmanaged(key)).collect()
}

/// Fails the test where a filter does not know an address that it must know, or knows one that it must not.
fn registered(kind: Type, wish: &Wish, before: &Dump, after: &Dump, told: &str) {
    for (address, wanted) in wish.registered() {
        let key = format!("registration {address}");
        let is_there = after.contains_key(&key);
        let has = |kind: &str| after.contains_key(&format!("{kind} {address}"));
        match (kind, wanted) {
            (Type::Censornet, _) => {
                assert_eq!(is_there, wanted.unwrap_or(before.contains_key(&key)), "{address}\n{told}");
            }
            (Type::FilteredBox, Some(true)) => assert!(is_there || !has("user"), "{address}\n{told}"),
            (Type::FilteredBox, Some(false)) => {
                assert!(!is_there || has("user") || has("alias"), "{address}\n{told}");
            }
            _ => {}
        }
    }
}

fn converges(kind: Type, cases: u32) {
    law(cases, (wish(kind), wish(kind)), |(one, two)| {
        kind.block_on(async {
            let Some((service, site)) = second(kind, one, two).await else { return };
            let before = service.dump().await;
            let (first, _) = site.run(&*service).await;
            let after = service.dump().await;
            assert_eq!(unmanaged(&before), unmanaged(&after), "nothing unmanaged changes\n{}", lines(&first));
            registered(kind, two, &before, &after, &lines(&first));
            let trace = service.trace().await;
            let (plan, outcome) = site.run(&*service).await;
            assert_eq!(held(&first), held(&plan), "first\n{}again\n{}", lines(&first), lines(&plan));
            all_done(&plan, &outcome);
            assert_eq!(trace, service.trace().await, "the second run changes nothing");
        });
    });
}

#[test]
fn applying_to_a_box_leaves_nothing_to_do() {
    converges(Type::MailInABox, 30);
}

#[test]
fn applying_to_a_database_leaves_nothing_to_do() {
    databases().for_each(|database| converges(database, 16));
}

#[test]
fn applying_to_a_filter_leaves_nothing_to_do() {
    converges(Type::Censornet, 30);
}

#[test]
fn applying_to_a_filtered_box_leaves_nothing_to_do() {
    converges(Type::FilteredBox, 30);
}

/// What the service holds after the wish was applied without any trouble.
pub(super) async fn undisturbed(kind: Type, one: &Wish, two: &Wish) -> Option<Dump> {
    let (service, site) = second(kind, one, two).await?;
    site.run(&*service).await;
    Some(service.dump().await)
}

/// Kills a run at `cut` and runs again. True where the run had ended before.
async fn killed(kind: Type, one: &Wish, two: &Wish, cut: Cut, wanted: &Dump) -> bool {
    let (service, site) = second(kind, one, two).await.expect("it loaded before");
    let (providers, plan) = site.look().await;
    let outcome = site.apply(&*service, &providers, &plan, cut).await;
    drop(providers);
    service.settle().await;
    let (again, outcome_again) = site.run(&*service).await;
    all_done(&again, &outcome_again);
    let found = service.dump().await;
    assert_eq!(*wanted, found, "{cut:?}\nfirst\n{}after it\n{}", lines(&plan), lines(&again));
    outcome.is_some_and(|outcome| !outcome.interrupted)
}

fn survives_kills(kind: Type, cases: u32) {
    let cut = prop_oneof![
        (0_usize..12).prop_map(Cut::Began),
        (0_usize..12).prop_map(Cut::Ended),
        (0_usize..12).prop_map(Cut::Stopped),
        (0_usize..60).prop_map(Cut::Waited),
    ];
    law(cases, (wish(kind), wish(kind), cut), |(one, two, cut)| {
        kind.block_on(async {
            let Some(wanted) = undisturbed(kind, one, two).await else { return };
            killed(kind, one, two, *cut, &wanted).await;
        });
    });
}

#[test]
fn applying_to_open_xchange_leaves_nothing_to_do() {
    converges(Type::OpenXchange, 24);
}

#[test]
fn applying_to_atmail_leaves_nothing_to_do() {
    converges(Type::Atmail, 24);
}

#[test]
fn applying_to_exchange_leaves_nothing_to_do() {
    converges(Type::Rackspace, 24);
}

#[test]
fn a_box_survives_being_killed_anywhere() {
    survives_kills(Type::MailInABox, 24);
}

#[test]
fn a_database_survives_being_killed_anywhere() {
    databases().for_each(|database| survives_kills(database, 12));
}

#[test]
fn a_filter_survives_being_killed_anywhere() {
    survives_kills(Type::Censornet, 24);
}

#[test]
fn a_filtered_box_survives_being_killed_anywhere() {
    survives_kills(Type::FilteredBox, 24);
}

#[test]
fn open_xchange_survives_being_killed_anywhere() {
    survives_kills(Type::OpenXchange, 20);
}

#[test]
fn atmail_survives_being_killed_anywhere() {
    survives_kills(Type::Atmail, 20);
}

#[test]
fn exchange_survives_being_killed_anywhere() {
    survives_kills(Type::Rackspace, 20);
}

/// Every place where a run can be cut short, one after the other, until one is beyond its end. Returns how many.
fn survives_every_kill(kind: Type, cuts: impl Fn(usize) -> Cut) -> usize {
    let (one, two) = rich(kind);
    kind.block_on(async {
        let mut wanted: Option<Dump> = None;
        for nth in 0..400 {
            let service = kind.fresh().await;
            Site::load(&*service, &one).expect("loads").run(&*service).await;
            let site = Site::load(&*service, &two).expect("loads");
            let (providers, plan) = site.look().await;
            assert!(plan.ready().count() >= 10, "{}", lines(&plan));
            let cut = if wanted.is_none() { Cut::Never } else { cuts(nth - 1) };
            let outcome = site.apply(&*service, &providers, &plan, cut).await;
            drop(providers);
            service.settle().await;
            let (again, _) = site.run(&*service).await;
            let found = service.dump().await;
            if let Some(wanted) = &wanted {
                assert_eq!(*wanted, found, "{cut:?}\nfirst\n{}after it\n{}", lines(&plan), lines(&again));
                if outcome.is_some_and(|outcome| !outcome.interrupted) {
                    return nth - 1;
                }
            } else {
                wanted = Some(found);
            }
        }
        panic!("the run never came to its end");
    })
}

/// Both kinds of places.
fn survives_all_kills(kind: Type) {
    let killed = survives_every_kill(kind, Cut::Began) + survives_every_kill(kind, Cut::Ended);
    tally::held(What::Kills, &format!("in-process-{}", kind.word()), killed);
}

#[test]
fn a_box_survives_a_kill_before_every_call_and_after_every_result() {
    survives_all_kills(Type::MailInABox);
}

#[test]
fn a_database_survives_a_kill_before_every_change_and_after_every_result() {
    databases().for_each(survives_all_kills);
}

#[test]
fn a_filter_survives_a_kill_before_every_call_and_after_every_result() {
    survives_all_kills(Type::Censornet);
}

#[test]
fn a_filtered_box_survives_a_kill_before_every_call_and_after_every_result() {
    survives_all_kills(Type::FilteredBox);
}

#[test]
fn exchange_survives_a_kill_before_every_call_and_after_every_result() {
    survives_all_kills(Type::Rackspace);
}

#[test]
fn a_rich_run_on_open_xchange_is_killed_at_each_call() {
    survives_all_kills(Type::OpenXchange);
}

#[test]
fn a_rich_run_on_atmail_is_killed_at_each_call() {
    survives_all_kills(Type::Atmail);
}
