//! Saved plans and what is not an object of its own: what lies in a mailbox's record, and what moves with it.

use mailwright::apply::{Grounds, Verdict};
use mailwright::model::{Plan, ResultState};

use super::open_xchange::Cloud;
use super::rackspace::Exchange;
use super::service::{Service, Type};
use super::site::{Cut, Site, lines, results};
use crate::tally::{self, What};

const GOES: &str = "
domains: {example.com: {provider: svc}}
mailboxes: {gone@example.com: absent}
";

fn moved(plan: &Plan, grounds: &Grounds) -> Vec<String> {
    plan.ready()
        .filter_map(|change| match grounds.verdict(&change.id) {
            Some(Verdict::Moved(how) | Verdict::Unread(how)) => Some(how.clone()),
            Some(Verdict::Holds) | None => None,
        })
        .collect()
}

/// Plans the delete of a mailbox with one alias, lets somebody do something, and applies.
async fn goes_late(meanwhile: impl FnOnce(&Exchange)) -> (Exchange, Vec<String>, ResultState) {
    let exchange = Exchange::with(|rows| {
        rows.mailbox("gone@example.com", "Gone").address("gone@example.com", "first@example.com");
    })
    .await;
    let site = Site::load(&exchange, GOES).expect("loads");
    let (_, plan) = site.look().await;
    assert_eq!(plan.ready().count(), 1, "{}", lines(&plan));
    meanwhile(&exchange);
    let providers = site.connect().await.expect("connects");
    let grounds = site.grounds(&providers, &plan).await;
    let moved = moved(&plan, &grounds);
    let outcome = site.apply_on(&exchange, &providers, &plan, Cut::Never, grounds).await.expect("it runs");
    let state = outcome.results[0].state.clone();
    (exchange, moved, state)
}

#[test]
fn a_mailbox_does_not_take_along_what_came_after_the_plan() {
    Type::Rackspace.block_on(async {
        let (_, moved, state) = goes_late(|_| ()).await;
        assert_eq!((moved, state), (Vec::new(), ResultState::Done));
        let (exchange, moved, state) = goes_late(|exchange| {
            exchange.sandbox.edit(|rows| {
                rows.address("gone@example.com", "second@example.com");
            });
        })
        .await;
        assert_eq!(moved, ["the alias second@example.com has come to go with gone@example.com"]);
        assert!(matches!(state, ResultState::Skipped { .. }), "{state:?}");
        assert!(exchange.dump().await.contains_key("mailbox gone@example.com"));
        // Less goes with it than the plan shows: nobody minds.
        let (_, moved, state) = goes_late(|exchange| {
            exchange.sandbox.edit(|rows| {
                rows.remove_mailbox("gone@example.com").mailbox("gone@example.com", "Gone");
            });
        })
        .await;
        assert_eq!((moved, state), (Vec::new(), ResultState::Done));
    });
    tally::held(What::Races, "saved-plans-collateral", 3);
}

const BEFORE: &str = "
domains: {example.com: {provider: svc}}
mailboxes:
  old@example.com:
    given_name: Some
    family_name: Body
    password: {env: FIRST_PASSWORD}
    sender_rules: {block: [one@spam.example]}
";

/// The part is spelt otherwise than its mailbox.
const AFTER: &str = "
domains: {example.com: {provider: svc}}
mailboxes: {New@example.com: {was: [old@example.com]}}
sender_rules: {new@example.com: {block: [two@spam.example]}}
";

#[test]
fn a_part_that_moves_with_its_mailbox_is_changed_where_it_was_as_planned() {
    Type::OpenXchange.block_on(async {
        for meanwhile in [None, Some("three@spam.example")] {
            let service = Cloud::fresh().await;
            let before = Site::load(&service, BEFORE).expect("loads");
            before.run(&service).await;
            let site = Site::load(&service, AFTER).expect("loads");
            let (_, plan) = site.look().await;
            let text = mailwright::render::json::plan(&plan).expect("JSON");
            let plan = site.read_saved(text.as_bytes()).expect("it was just made");
            assert!(plan.ready().count() > 1, "{}", lines(&plan));
            if let Some(target) = meanwhile {
                let other = Site::load(&service, &BEFORE.replace("one@spam.example", target)).expect("loads");
                other.run(&service).await;
            }
            let providers = site.connect().await.expect("connects");
            let grounds = site.grounds(&providers, &plan).await;
            let moved = moved(&plan, &grounds);
            let outcome =
                site.apply_on(&service, &providers, &plan, Cut::Never, grounds).await.expect("it runs");
            for (change, state) in results(&plan, &outcome) {
                let is_part = change.identity.kind().is_part();
                let is_done = *state == ResultState::Done;
                assert_eq!(is_done, meanwhile.is_none() || !is_part, "{}: {state:?}\n{moved:?}", change.id);
            }
            assert_eq!(moved.is_empty(), meanwhile.is_none(), "{moved:?}\n{}", lines(&plan));
            site.run(&service).await;
        }
    });
    tally::held(What::Races, "saved-plans-renames", 2);
}
