//! Saved plans: what moved since they were made is not applied.

use std::collections::BTreeMap;

use crate::apply::fake::{Fake, create, delete, mailbox, named, needs, plan, update};
use crate::apply::{Verdict, verify_grounds};
use crate::model::{Change, Field, NeedKind, Plan, Standing, Value, Verb};
use crate::provider::{ErrorKind, ProviderError};

use super::{Trial, told};

fn holding(names: &[&str]) -> Trial {
    let fake = Fake::default();
    for name in names {
        fake.state().objects.insert(mailbox(name), named(name));
    }
    Trial::new(fake)
}

/// Verifies a plan and gives each change's verdict in words; what follows another change has none.
async fn verified(trial: &mut Trial, plan: &Plan) -> Vec<String> {
    trial.grounds = verify_grounds(plan, &trial.providers(), &trial.all_capabilities()).await;
    plan.changes
        .iter()
        .map(|change| match trial.grounds.verdict(&change.id) {
            Some(Verdict::Holds) => "holds".to_owned(),
            Some(Verdict::Moved(how)) => format!("moved: {how}"),
            Some(Verdict::Unread(why)) => format!("unread: {why}"),
            None => "follows".to_owned(),
        })
        .collect()
}

fn rename(from: &str, to: &str) -> Change {
    Change {
        verb: Verb::Rename,
        before_identity: Some(mailbox(from)),
        record: create(from).record,
        fields: Vec::new(),
        ..update(to, from, from)
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_whose_grounds_hold_is_applied() {
    let mut trial = holding(&["a", "b", "d"]);
    let made = create("c");
    let after_made = needs(
        Change { ground: crate::model::Ground::Absent, ..update("c", "c", "see") },
        &made,
        NeedKind::Hard,
    );
    let plan = plan(vec![update("a", "a", "ay"), delete("b"), made, after_made, rename("d", "e")]);
    assert_eq!(verified(&mut trial, &plan).await, ["holds", "holds", "holds", "follows", "holds"]);
    assert_eq!(trial.fake().state().readings, 1);
    assert_eq!(told(&trial.run(&plan).await), ["done"; 5]);
}

#[tokio::test(start_paused = true)]
async fn what_moved_is_skipped_with_what_needs_it_and_the_rest_is_applied() {
    let mut trial = holding(&["a", "b", "c", "e"]);
    let stale = update("a", "was", "will be");
    let needing = needs(create("n"), &stale, NeedKind::Hard);
    let plan = plan(vec![stale, needing, delete("b"), create("c"), delete("gone"), rename("b", "e")]);
    assert_eq!(
        verified(&mut trial, &plan).await,
        [
            "moved: a@example.com has changed: `display_name` was was and is a",
            "holds",
            "holds",
            "moved: c@example.com has come to be there",
            "moved: gone@example.com has gone",
            "moved: e@example.com has come to be there",
        ]
    );
    assert_eq!(trial.grounds.stale().count(), 4);
    let outcome = trial.run(&plan).await;
    assert_eq!(
        told(&outcome)[..3],
        [
            "skipped: stale: since the plan was made, a@example.com has changed: `display_name` was was and is a",
            "skipped: needs update:mailbox:box:a@example.com, which was skipped",
            "done",
        ]
    );
    assert_eq!(trial.fake().begun().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_plan_did_not_know_does_not_count() {
    let mut trial = holding(&["a"]);
    let more = named("a").with(Field::FamilyName, Value::text("Adams"));
    trial.fake().state().objects.insert(mailbox("a"), more);
    assert_eq!(verified(&mut trial, &plan(vec![update("a", "a", "b")])).await, ["holds"]);
}

#[tokio::test(start_paused = true)]
async fn another_object_or_another_owner_is_a_moved_ground() {
    let mut trial = holding(&["a", "b"]);
    let mut change = update("a", "a", "b");
    change.remote = Some("17".into());
    trial.fake().state().remote.insert(mailbox("a"), "18");
    trial.fake().state().standing.insert(mailbox("b"), Standing::Foreign("from the directory".into()));
    assert_eq!(
        verified(&mut trial, &plan(vec![change, delete("b")])).await,
        [
            "moved: another object has taken the name a@example.com",
            "moved: b@example.com has become foreign: from the directory",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn remains_that_nobody_agreed_to_are_a_moved_ground() {
    let mut trial = holding(&["a"]);
    trial.fake().state().standing.insert(mailbox("a"), Standing::Remains("an archived mailbox".into()));
    let verdicts = verified(&mut trial, &plan(vec![create("a")])).await;
    assert_eq!(verdicts, ["moved: a@example.com has left something behind: remains: an archived mailbox"]);
    let agreed = Change { risk: crate::model::Risk::Exposure, ..create("a") };
    assert_eq!(verified(&mut trial, &plan(vec![agreed])).await, ["holds"]);
    // A rename is no exposure; that it meets remains is told all the same.
    trial.fake().state().objects.insert(mailbox("b"), named("b"));
    assert_eq!(verified(&mut trial, &plan(vec![rename("b", "a")])).await, verdicts);
    let told = Change { effects: vec!["an archived mailbox".to_owned()], ..rename("b", "a") };
    assert_eq!(verified(&mut trial, &plan(vec![told])).await, ["holds"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_again_is_not_applied() {
    let mut trial = holding(&["a"]);
    trial.fake().state().reading_faults = vec![ProviderError::new(ErrorKind::Unavailable, "restarting")];
    let plan = plan(vec![update("a", "a", "b"), create("n")]);
    assert_eq!(verified(&mut trial, &plan).await, ["unread: restarting", "unread: restarting"]);
    let said = "skipped: what it rests on could not be read again: restarting";
    assert_eq!(told(&trial.run(&plan).await), [said, said]);

    trial.fakes = BTreeMap::new();
    let said = "unread: the connection box is not open";
    assert_eq!(verified(&mut trial, &plan).await, [said, said]);
}

#[tokio::test(start_paused = true)]
async fn the_own_login_may_be_updated_and_not_removed() {
    let mut trial = holding(&["a", "b"]);
    for name in ["a", "b"] {
        trial.fake().state().standing.insert(mailbox(name), Standing::Login);
    }
    let verdicts = verified(&mut trial, &plan(vec![update("a", "a", "ay"), delete("b")])).await;
    assert_eq!(verdicts, ["holds", "moved: b@example.com has become login of this connection"]);
}
