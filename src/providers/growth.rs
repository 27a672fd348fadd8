//! No step of a run grows with the square of what it is given: the comparisons of addresses are counted, not the time,
//! from the YAML to the plan.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::date;

use crate::config;
use crate::model::{
    AccountState, Address, Completeness, ConnectionState, Field, Identity, Narrowing, Observed,
    ObservedObject, Plan, Quota, Readings, Value, comparisons,
};
use crate::plan::{self, Input};

use super::catalogue;

const HEAD: &str = "\
version: 1
providers: {directory: {type: postfixadmin, database: \"sqlite:mail.db\", create: true}}
policy: {max_creates: {mailboxes: 99999, aliases: 99999}, max_deletes: {mailboxes: 99999, aliases: 99999}}
profiles: {staff: {quota: 5 GiB, password: {env: INITIAL}}}
";

/// What is declared, what is there, and how many changes come of it.
struct Shape {
    name: &'static str,
    declared: fn(usize) -> String,
    there: fn(usize) -> Vec<ObservedObject>,
    changes: fn(usize) -> usize,
}

const SHAPES: [Shape; 6] = [
    Shape { name: "nothing to do", declared: mailboxes, there: |count| all("m", count, 5), changes: |_| 0 },
    Shape { name: "creates", declared: mailboxes, there: |_| Vec::new(), changes: |count| count },
    Shape { name: "updates", declared: mailboxes, there: |count| all("m", count, 4), changes: |count| count },
    Shape { name: "renames", declared: renamed, there: |count| all("old", count, 5), changes: |count| count },
    Shape { name: "deletes", declared: |_| String::new(), there: |count| all("m", count, 5), changes: |n| n },
    Shape { name: "lists", declared: lists, there: |_| Vec::new(), changes: |count| count + count / 5 },
];

fn mailboxes(count: usize) -> String {
    (0..count).fold("mailboxes:\n".to_owned(), |mut yaml, number| {
        let _ = writeln!(yaml, "  m{number:05}@example.com: {{profile: staff}}");
        yaml
    })
}

fn renamed(count: usize) -> String {
    (0..count).fold("mailboxes:\n".to_owned(), |mut yaml, number| {
        let _ = writeln!(
            yaml,
            "  m{number:05}@example.com: {{profile: staff, was: [old{number:05}@example.com]}}"
        );
        yaml
    })
}

/// A fifth as many lists as mailboxes, of five members each.
fn lists(count: usize) -> String {
    (0..count / 5).fold(mailboxes(count) + "aliases:\n", |mut yaml, list| {
        let member = |nth: usize| format!("m{:05}@example.com", list * 5 + nth);
        let members: Vec<String> = (0..5).map(member).collect();
        let _ = writeln!(yaml, "  l{list:05}@example.com: [{}]", members.join(", "));
        yaml
    })
}

fn all(prefix: &str, count: usize, gibibytes: u64) -> Vec<ObservedObject> {
    let one = |number: usize| {
        let address: Address = format!("{prefix}{number:05}@example.com").parse().expect("an address");
        let fields = Readings::new()
            .known(Field::Quota, Value::Quota(Quota::Bytes(gibibytes << 30)))
            .known(Field::State, Value::State(AccountState::Active));
        ObservedObject::plain(Identity::Mailbox(address), fields)
    };
    (0..count).map(one).collect()
}

/// How often two addresses are compared on the way to a plan of this size.
fn compared(shape: &Shape, count: usize) -> u64 {
    let prune = "domains: {example.com: {provider: directory, manage: true, prune: [mailboxes]}}\n";
    let yaml = format!("{HEAD}{prune}{}", (shape.declared)(count));
    let there = (shape.there)(count);
    let before = comparisons();
    let loaded =
        config::load_sources(vec![("mail.yaml".to_owned(), yaml.into_bytes())], Path::new(""), &catalogue())
            .expect("a configuration");
    let desired = &loaded.desired;
    let capabilities = catalogue().all_capabilities(&desired.connections);
    let narrowing = Narrowing::default();
    let mut observed = Observed::default();
    for (connection, scope) in plan::scopes(desired, &capabilities, &narrowing) {
        let mut state = ConnectionState::default();
        let domain = ObservedObject::plain(
            Identity::Domain("example.com".parse().expect("a domain")),
            Readings::new(),
        );
        state.tell(there.iter().cloned().chain([domain]).map(Box::new).collect());
        for part in scope.parts {
            state.end(part.collection, &Completeness::Complete);
        }
        observed.connections.insert(connection, state);
    }
    let further = plan::further_scopes(desired, &observed, &capabilities, &narrowing);
    for (connection, scope) in further {
        let state = observed.connections.entry(connection).or_default();
        scope.parts.into_iter().for_each(|part| state.end(part.collection, &Completeness::Complete));
    }
    let plan = planned(desired, &observed, &capabilities, &narrowing);
    assert_eq!(plan.changes.len(), (shape.changes)(count), "{}: {:?}", shape.name, plan.changes.first());
    comparisons() - before
}

fn planned(
    desired: &crate::model::Desired,
    observed: &Observed,
    capabilities: &BTreeMap<crate::model::ConnectionName, crate::provider::Capabilities>,
    narrowing: &Narrowing,
) -> Plan {
    let today = date(2026, 11, 25);
    plan::plan(Input { desired, observed, capabilities, overrides: &[], narrowing, today }).expect("a plan")
}

#[test]
fn comparisons_grow_hardly_faster_than_what_is_given() {
    for shape in &SHAPES {
        let (small, large) = (compared(shape, 250), compared(shape, 1_000));
        // Sorting four times as much compares five times as often; every pair, sixteen times.
        assert!(large < 7 * small, "{}: {small} comparisons of 250, {large} of 1,000", shape.name);
    }
}
