//! What a plan was made from: what was read, and what could not be.

use crate::model::{ConnectionName, ConnectionReading, Plan};
use crate::render::line::Line;
use crate::render::style::Ink;

use super::words::{counted, counted_kind, few};

/// Domains that a connection's line names; more are counted.
const NAMED_DOMAINS: usize = 3;

/// Collections of one cause that are named; more are counted.
const NAMED_GAPS: usize = 5;

/// The first lines of a plan.
pub(super) fn header(plan: &Plan) -> Vec<Line> {
    let title = Line::of(Ink::Strong, &format!("Plan {}", plan.short_id()));
    let mut lines = Vec::new();
    let mut connections = plan.connections.iter();
    match (connections.next(), connections.next()) {
        (Some((name, reading)), None) => {
            lines.push(title.then(Ink::Plain, &format!(" · {}", connection(name, reading))));
        }
        (None, _) => lines.push(title.then(Ink::Plain, " · nothing was read")),
        (Some(_), Some(_)) => {
            lines.push(title.then(Ink::Plain, &format!(" · {} connections", plan.connections.len())));
            for (name, reading) in &plan.connections {
                lines.push(Line::plain(&format!("  {}", connection(name, reading))));
            }
        }
    }
    if !plan.narrowing.is_whole() {
        let words = [
            ("--only", &plan.narrowing.only),
            ("--provider", &plan.narrowing.providers),
            ("--domain", &plan.narrowing.domains),
        ]
        .into_iter()
        .flat_map(|(option, values)| values.iter().map(move |value| format!("{option} {value}")))
        .collect::<Vec<_>>();
        lines.push(Line::plain(&format!("  narrowed by {}: the rest was not looked at", words.join(" "))));
    }
    if !plan.overrides.is_empty() {
        let words: Vec<String> = plan.overrides.iter().map(|allow| format!("--allow {allow}")).collect();
        lines.push(Line::of(Ink::Alarm, &format!("  released by {}", words.join(" "))));
    }
    lines.extend(gaps(plan));
    lines
}

fn connection(name: &ConnectionName, reading: &ConnectionReading) -> String {
    let account = reading.account.as_ref();
    let name = account.map_or_else(|| name.to_string(), |account| format!("{name} (account {account})"));
    let whose = if reading.domains.is_empty() {
        name
    } else {
        format!("{} on {name}", few(&reading.domains, NAMED_DOMAINS))
    };
    let complete = if reading.incomplete.is_empty() { "complete" } else { "incomplete" };
    let calls = match reading.calls {
        0 => String::new(),
        calls => format!(" · {}", counted(usize::try_from(calls).unwrap_or(usize::MAX), "call", "calls")),
    };
    format!("{whose} · {} read, {complete}{calls}", objects_read(reading))
}

/// How many objects of each kind were read.
fn objects_read(reading: &ConnectionReading) -> String {
    let words: Vec<String> = reading
        .read
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(kind, number)| counted_kind(*number, *kind))
        .collect();
    if words.is_empty() { "0 objects".to_owned() } else { words.join(", ") }
}

/// What could not be read and why, collections with one cause together.
fn gaps(plan: &Plan) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, reading) in &plan.connections {
        let mut causes: Vec<(&str, Vec<String>)> = Vec::new();
        for gap in &reading.incomplete {
            let collection = gap.collection.to_string();
            match causes.iter_mut().find(|(reason, _)| *reason == &*gap.reason) {
                Some((_, collections)) => collections.push(collection),
                None => causes.push((&gap.reason, vec![collection])),
            }
        }
        for (reason, collections) in causes {
            let what = few(&collections, NAMED_GAPS);
            lines.push(
                Line::of(Ink::Alarm, "  ! not read")
                    .then(Ink::Plain, &format!("  {what} on {name}: {reason}")),
            );
        }
    }
    lines
}
