//! Plans for a database: applied, even killed half-way, the next one is empty.

use std::collections::BTreeMap;

use super::fixture::{Scratch, address, secret, send_as, targets};
use super::{PostfixAdmin, provider_type};
use crate::model::{
    AccountState, ConnectionName, ConnectionSpec, Desired, Field, Fields, Identity, Kind, NeedKind,
    ObjectRef, Plan, Scope, Value, Wish,
};
use crate::providers::testing;

fn wishes(prune: &[Kind], objects: Vec<(Identity, Option<Fields>)>) -> Desired {
    let connection = ConnectionName::new("box");
    let spec = ConnectionSpec {
        name: connection.clone(),
        type_name: "postfixadmin".into(),
        params: BTreeMap::new(),
        at: None,
    };
    let domains = ["acme.test", "old.test", "other.test"];
    let domains = domains.map(|name| testing::domain(name, Some(&connection)));
    let mut desired = testing::desired(spec, domains, objects);
    desired.closed.extend(prune.iter().map(|kind| crate::model::ClosedWorld {
        connection: connection.clone(),
        extent: crate::model::ClosedExtent::Domain(*kind, "acme.test".parse().expect("a domain")),
        at: None,
    }));
    desired
}

async fn planned(provider: &PostfixAdmin, desired: &Desired) -> Plan {
    testing::planned(desired, provider_type().capabilities, async |scope: &Scope| provider.state(scope).await)
        .await
}

/// Plans, carries out at most `steps` changes, and says how many there were.
async fn apply(provider: &PostfixAdmin, desired: &Desired, steps: usize) -> usize {
    let plan = planned(provider, desired).await;
    for change in &plan.changes {
        assert!(change.is_ready(), "{:?} {:?}", change.id, change.status);
    }
    for change in plan.changes.iter().take(steps) {
        provider.written(change).await;
    }
    plan.changes.len()
}

async fn assert_reached(provider: &PostfixAdmin, desired: &Desired) {
    let plan = planned(provider, desired).await;
    let ids: Vec<&str> = plan.changes.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, [""; 0], "a plan after an apply is empty");
}

fn administrator(login: &str, domains: &[&str], full: bool) -> (Identity, Option<Fields>) {
    let domains = domains.iter().map(|name| name.parse().expect("a domain")).collect();
    let fields = Fields::new()
        .with(Field::Domains, Value::Domains(domains))
        .with(Field::Full, Value::Bool(full))
        .with(Field::Password, secret());
    (Identity::administrator(login), Some(fields))
}

fn mailbox(text: &str) -> Identity {
    Identity::Mailbox(address(text))
}

fn alias(text: &str) -> Identity {
    Identity::Alias(address(text))
}

fn forward(text: &str) -> Identity {
    Identity::Forward(address(text))
}

fn domain(text: &str) -> Identity {
    Identity::Domain(text.parse().expect("a domain"))
}

fn permission(mailbox: &str, grantee: &str) -> Identity {
    Identity::Permission { mailbox: address(mailbox), grantee: address(grantee) }
}

fn to(texts: &[&str]) -> Fields {
    Fields::new().with(Field::Targets, targets(texts))
}

fn copying(texts: &[&str], keep_copy: bool) -> Fields {
    to(texts).with(Field::KeepCopy, Value::Bool(keep_copy))
}

fn person(name: &str, quota: &str) -> Fields {
    Fields::new()
        .with(Field::DisplayName, Value::text(name))
        .with(Field::Quota, Value::Quota(quota.parse().expect("a quota")))
        .with(Field::Password, secret())
}

fn described(text: &str) -> Fields {
    Fields::new().with(Field::Setting("description".into()), Value::text(text))
}

const ANN: &str = "ann@acme.test";
const BOB: &str = "bob@acme.test";
const LI: &str = "li@other.test";

fn first() -> Desired {
    wishes(
        &[],
        vec![
            (domain("acme.test"), Some(described("Acme"))),
            (domain("other.test"), Some(Fields::new())),
            (mailbox(ANN), Some(person("Ann", "5 GiB"))),
            (mailbox(BOB), Some(person("Bob", "1000 B"))),
            (mailbox(LI), Some(person("Li", "unlimited"))),
            (alias("press@acme.test"), Some(to(&[BOB, "Out.Side@partner.example"]))),
            (alias("team@acme.test"), Some(to(&["press@acme.test", LI]))),
            (alias("@acme.test"), Some(to(&[ANN]))),
            (alias("@other.test"), Some(to(&["@acme.test"]))),
            (forward(ANN), Some(copying(&["ann@partner.example"], true))),
            (forward(BOB), Some(copying(&[ANN, "b@größe.example"], false))),
            (permission(ANN, BOB), Some(send_as())),
            (permission(LI, ANN), Some(send_as())),
            administrator("boss@acme.test", &[], true),
            administrator(ANN, &["acme.test", "other.test"], false),
            // What the other wish makes at these addresses.
            (alias(BOB), None),
            (mailbox("team@acme.test"), None),
        ],
    )
}

/// Every object changes, goes, or turns into another kind.
fn second() -> Desired {
    let suspended = Fields::new().with(Field::State, Value::State(AccountState::Suspended));
    wishes(
        &[],
        vec![
            (domain("acme.test"), Some(described("Acme Ltd"))),
            (mailbox(ANN), Some(person("Anna", "unlimited"))),
            (mailbox(BOB), None),
            (forward(BOB), None),
            (permission(ANN, BOB), None),
            (alias(BOB), Some(to(&[ANN]))),
            (mailbox(LI), Some(suspended)),
            (alias("press@acme.test"), Some(to(&[ANN]))),
            (alias("team@acme.test"), None),
            (mailbox("team@acme.test"), Some(person("Team", "2 GiB"))),
            (alias("@acme.test"), None),
            (alias("@other.test"), Some(to(&["team@acme.test"]))),
            (forward(ANN), Some(copying(&["ann@partner.example", LI], false))),
            (permission(LI, ANN), None),
            administrator("boss@acme.test", &["other.test"], false),
            administrator(ANN, &["acme.test"], true),
        ],
    )
}

/// The first wish again, where the second one has left people switched off.
fn third() -> Desired {
    let mut desired = first();
    let li = ObjectRef { connection: ConnectionName::new("box"), identity: mailbox(LI) };
    let active = person("Li", "1 GiB").with(Field::State, Value::State(AccountState::Active));
    desired.objects.insert(li, Wish::present(active));
    desired
}

#[tokio::test]
async fn an_applied_plan_leaves_nothing_to_do() {
    let scratch = Scratch::empty();
    let provider = scratch.creating();
    for desired in [first(), second(), third()] {
        assert!(apply(&provider, &desired, usize::MAX).await > 10);
        assert_reached(&provider, &desired).await;
    }
}

#[tokio::test]
async fn a_run_that_is_killed_half_way_is_finished_by_the_next() {
    let scratch = Scratch::empty();
    let total = apply(&scratch.creating(), &first(), usize::MAX).await;
    for steps in (0..total).step_by(6) {
        let scratch = Scratch::empty();
        apply(&scratch.creating(), &first(), steps).await;
        apply(&scratch.creating(), &first(), usize::MAX).await;
        let provider = scratch.provider();
        assert_reached(&provider, &first()).await;
        apply(&provider, &second(), steps).await;
        drop(provider);
        let provider = scratch.provider();
        apply(&provider, &second(), usize::MAX).await;
        assert_reached(&provider, &second()).await;
    }
}

/// The hard needs of a change.
fn needs<'p>(plan: &'p Plan, change: &str) -> Vec<&'p str> {
    let found = plan.changes.iter().find(|found| found.id.as_str() == change);
    let hard = found.expect(change).needs.iter().filter(|need| need.kind == NeedKind::Hard);
    hard.map(|need| need.change.as_str()).collect()
}

#[tokio::test]
async fn a_domain_is_there_while_another_one_stands_for_it() {
    let scratch = Scratch::empty();
    let provider = scratch.creating();
    let both = wishes(
        &[],
        vec![
            (domain("acme.test"), Some(Fields::new())),
            (domain("other.test"), Some(Fields::new())),
            (alias("@other.test"), Some(to(&["@acme.test"]))),
        ],
    );
    let plan = planned(&provider, &both).await;
    assert_eq!(
        needs(&plan, "create:alias:box:@other.test"),
        ["create:domain:box:acme.test", "create:domain:box:other.test"]
    );
    apply(&provider, &both, usize::MAX).await;
    assert_reached(&provider, &both).await;

    let gone = wishes(
        &[],
        vec![
            (domain("acme.test"), None),
            (domain("other.test"), Some(Fields::new())),
            (alias("@other.test"), None),
        ],
    );
    let plan = planned(&provider, &gone).await;
    assert_eq!(needs(&plan, "delete:domain:box:acme.test"), ["delete:alias:box:@other.test"]);
    apply(&provider, &gone, usize::MAX).await;
    assert_reached(&provider, &gone).await;
}

#[tokio::test]
async fn a_database_of_postfixadmin_is_taken_over() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    let desired = wishes(
        &[Kind::Forward, Kind::Permission],
        vec![
            (mailbox(ANN), Some(person("Ann", "1 GiB"))),
            // Off with its alias row, and a forward that waits.
            (mailbox("cat@acme.test"), Some(Fields::new())),
            (forward("cat@acme.test"), Some(to(&[ANN]))),
            // With an auto-reply.
            (forward("dan@acme.test"), Some(copying(&["d@partner.example"], true))),
            (mailbox("eve@acme.test"), Some(Fields::new().with(Field::DisplayName, Value::text("Eva")))),
            (alias("sales@acme.test"), Some(to(&[ANN]))),
            (alias("@old.test"), Some(to(&["@acme.test"]))),
            (mailbox("new@acme.test"), Some(person("New", "unlimited"))),
            (forward(BOB), None),
        ],
    );
    let plan = planned(&provider, &desired).await;
    let mut ids: Vec<String> = plan
        .changes
        .iter()
        .map(|change| format!("{}{}", change.id.as_str(), if change.is_ready() { "" } else { " (not run)" }))
        .collect();
    ids.sort();
    assert_eq!(
        ids,
        [
            "create:forward:box:dan@acme.test",
            "create:mailbox:box:new@acme.test",
            "delete:forward:box:bob@acme.test",
            "delete:forward:box:gus@acme.test",
            "update:alias:box:sales@acme.test",
            "update:mailbox:box:ann@acme.test",
            "update:mailbox:box:eve@acme.test",
        ]
    );
    for change in plan.ready() {
        provider.written(change).await;
    }
    assert_reached(&provider, &desired).await;
}
