//! Runs that end well, runs that are killed, and what the next run makes of them.

use proptest::prelude::*;

use super::cases::law;
use super::service::{Dump, Service, Type, databases};
use super::site::{Cut, Site, all_done, held, lines};
use super::wish::{Wish, is_unmanaged, wish};

fn load(service: &dyn Service, wish: &Wish, kind: Type) -> Option<Site> {
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

/// A rich change: something of every verb and kind that both types hold, addresses that change hands.
const ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
  example.org: {SERVING}
mailboxes:
  ann@example.com: {PASSWORD aliases: [a.one@example.com], permissions: {keep@example.com: [send_as]}}
  bob@example.com: {PASSWORD forward: {to: [bob@partner.example], keep_copy: true}}
aliases:
  team@example.com: [ann@example.com, bob@example.com]
  press@example.com: [ann@example.com, keep@example.com]
";
const TWO: &str = "
version: 1
domains:
  example.com: {SERVING}
  example.org: {SERVING}
mailboxes:
  ann@example.com: {quota: 2 GiB, aliases: [a.two@example.com], permissions: {team@example.com: [send_as]}}
  bob@example.com: absent
  team@example.com: {PASSWORD forward: {to: [team@partner.example], keep_copy: true}}
aliases:
  team@example.com: absent
  bob@example.com: [ann@example.com, team@example.com]
  press@example.com: [team@example.com]
";

/// The same for a filter alone: addresses that come, go and stay, more than fit on a page.
const FILTER_ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {settings: {censornet: {executive: true}}}
  bob@example.com: {}
  cat@example.com: {}
  dan@example.com: {}
  eve@example.com: {}
";
const FILTER_TWO: &str = "
version: 1
domains:
  example.com: {SERVING, prune: [registrations], ignore: [\"keep@*\", \"list@*\"]}
mailboxes:
  ann@example.com: {settings: {censornet: {executive: true}}}
  bob@example.com: absent
  cat@example.com: absent
  fay@example.com: {settings: {censornet: {executive: true}}}
  gus@example.com: {}
  hal@example.com: {}
  ida@example.com: {}
  joe@example.com: {}
  kim@example.com: {}
policy: {max_deletes: {registrations: 10}}
";

/// The same within what Exchange holds: an address that becomes a mailbox, one that moves, one that was a mailbox.
const EXCHANGE_ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {PASSWORD aliases: [a.one@example.com, press@example.com], permissions: {keep@example.com: [send_as]}}
  bob@example.com: {PASSWORD forward: {to: [bob@partner.example], keep_copy: true}}
  cat@example.com: {PASSWORD aliases: [team@example.com], sender_rules: {block: [spam.example, 192.0.2.7]}}
";
const EXCHANGE_TWO: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {quota: 3 GiB, aliases: [a.two@example.com, bob@example.com], permissions: {team@example.com: [full_access], cat@example.com: [send_as]}}
  bob@example.com: absent
  cat@example.com: {display_name: Cat, aliases: [press@example.com], sender_rules: {allow: [spam.example]}, settings: {rackspace: {activesync: true, spam_filter_level: exclusive, company: Example Ltd}}}
  team@example.com: {PASSWORD state: suspended, forward: {to: [team@partner.example], keep_copy: true}}
";

/// The same within what Open-Xchange holds: an alias that goes from a user's record to one of its own and back.
const CLOUD_ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {PASSWORD aliases: [a.one@example.com, press@example.com]}
  bob@example.com: {PASSWORD sender_rules: {block: ['*@spam.example', eve@partner.example]}}
  cat@example.com: {PASSWORD aliases: [team@example.com], settings: {open_xchange: {custom: [one]}}}
aliases:
  info@example.com: [ann@example.com, bob@example.com]
";
const CLOUD_TWO: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {quota: 3 GiB, aliases: [a.two@example.com, bob@example.com, info@example.com]}
  bob@example.com: absent
  cat@example.com: {display_name: Cat, state: suspended, aliases: [], sender_rules: {allow: ['*@spam.example']}, settings: {open_xchange: {custom: [two, three], msisdn: '+49.1', spam_level: high}}}
  team@example.com: {PASSWORD settings: {open_xchange: {antivirus: true}}}
aliases:
  press@example.com: [ann@example.com, team@example.com]
";

/// The same within what atmail holds: a forward that begins to keep a copy, an alias with more targets.
const WEBADMIN_ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {PASSWORD aliases: [a.one@example.com, press@example.com], forward: {to: [ann@partner.example], keep_copy: false}}
  bob@example.com: {PASSWORD forward: {to: [bob@partner.example, bobby@partner.example], keep_copy: true}}
  cat@example.com: {PASSWORD aliases: [team@example.com]}
aliases:
  info@example.com: [ann@example.com, bob@example.com]
administrators: {svc: {helper: {password: {env: CLOUD_SECRET}, domains: [example.com], rights: [add, list]}}}
";
const WEBADMIN_TWO: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {quota: 3 GiB, aliases: [a.two@example.com, bob@example.com], forward: {to: [ann@partner.example, anna@partner.example], keep_copy: true}}
  bob@example.com: absent
  cat@example.com: {given_name: Cat, state: suspended, aliases: [press@example.com]}
  team@example.com: {PASSWORD settings: {atmail: {auto_reply: Away}}}
aliases:
  info@example.com: [ann@example.com, cat@example.com, team@example.com]
administrators: {svc: {helper: {rights: [list, search]}}}
";

/// Every place where a run can be cut short, one after the other, until one is beyond its end.
fn survives_every_kill(kind: Type, cuts: impl Fn(usize) -> Cut) {
    let password = kind.needs().map_or(String::new(), |key| format!("{key},"));
    let (one, two) = match kind {
        Type::Censornet => (FILTER_ONE, FILTER_TWO),
        Type::Rackspace => (EXCHANGE_ONE, EXCHANGE_TWO),
        Type::OpenXchange => (CLOUD_ONE, CLOUD_TWO),
        Type::Atmail => (WEBADMIN_ONE, WEBADMIN_TWO),
        _ => (ONE, TWO),
    };
    let filled = |wish: &str| wish.replace("PASSWORD", &password).replace("SERVING", kind.serving());
    let (one, two) = (filled(one), filled(two));
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
                    return;
                }
            } else {
                wanted = Some(found);
            }
        }
        panic!("the run never came to its end");
    });
}

#[test]
fn a_box_survives_a_kill_before_every_call() {
    survives_every_kill(Type::MailInABox, Cut::Began);
}

#[test]
fn a_box_survives_a_kill_after_every_result() {
    survives_every_kill(Type::MailInABox, Cut::Ended);
}

#[test]
fn a_database_survives_a_kill_before_every_change() {
    databases().for_each(|database| survives_every_kill(database, Cut::Began));
}

#[test]
fn a_database_survives_a_kill_after_every_result() {
    databases().for_each(|database| survives_every_kill(database, Cut::Ended));
}

#[test]
fn a_filter_survives_a_kill_before_every_call_and_after_every_result() {
    survives_every_kill(Type::Censornet, Cut::Began);
    survives_every_kill(Type::Censornet, Cut::Ended);
}

#[test]
fn a_filtered_box_survives_a_kill_before_every_call_and_after_every_result() {
    survives_every_kill(Type::FilteredBox, Cut::Began);
    survives_every_kill(Type::FilteredBox, Cut::Ended);
}

#[test]
fn exchange_survives_a_kill_before_every_call_and_after_every_result() {
    survives_every_kill(Type::Rackspace, Cut::Began);
    survives_every_kill(Type::Rackspace, Cut::Ended);
}

#[test]
fn a_rich_run_on_open_xchange_is_killed_at_each_call() {
    survives_every_kill(Type::OpenXchange, Cut::Began);
    survives_every_kill(Type::OpenXchange, Cut::Ended);
}

#[test]
fn a_rich_run_on_atmail_is_killed_at_each_call() {
    survives_every_kill(Type::Atmail, Cut::Began);
    survives_every_kill(Type::Atmail, Cut::Ended);
}
