//! What a plan or an audit was made from: what was read, what was left out, and what could not be read.

use std::collections::BTreeMap;

use crate::model::{AuditReport, ConnectionName, ConnectionReading, Kind, Narrowing, Override, Plan};
use crate::render::line::Line;
use crate::render::style::Ink;
use crate::render::word::quoted;

use super::words::{counted, counted_kind, few};

/// Domains that a connection's line names; more are counted.
const NAMED_DOMAINS: usize = 3;

/// Collections of one cause that are named; more are counted.
const NAMED_GAPS: usize = 5;

/// What something was made from.
#[derive(Debug, Clone, Copy)]
pub(in crate::render) struct Basis<'a> {
    /// What was read, by connection.
    pub(in crate::render) connections: &'a BTreeMap<ConnectionName, ConnectionReading>,
    narrowing: &'a Narrowing,
    left_out: &'a BTreeMap<Kind, u64>,
    overrides: &'a [Override],
}

impl<'a> Basis<'a> {
    pub(in crate::render) fn of_plan(plan: &'a Plan) -> Self {
        Self {
            connections: &plan.connections,
            narrowing: &plan.narrowing,
            left_out: &plan.left_out,
            overrides: &plan.overrides,
        }
    }

    pub(in crate::render) fn of_audit(report: &'a AuditReport) -> Self {
        Self {
            connections: &report.connections,
            narrowing: &report.narrowing,
            left_out: &report.left_out,
            overrides: &[],
        }
    }

    /// The options that narrowed it, as they were typed.
    pub(in crate::render) fn narrowed_by(&self) -> Vec<String> {
        [
            ("--only", &self.narrowing.only),
            ("--provider", &self.narrowing.providers),
            ("--domain", &self.narrowing.domains),
        ]
        .into_iter()
        .flat_map(|(option, values)| values.iter().map(move |value| format!("{option} {value}")))
        .collect()
    }

    /// How many declared objects the narrowing left out, by kind; none where that is not known.
    pub(in crate::render) fn left_out(&self) -> Option<String> {
        let words: Vec<String> = self
            .left_out
            .iter()
            .filter(|(_, number)| **number > 0)
            .map(|(kind, number)| counted_kind(*number, *kind))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// The brakes that were released, as they were typed.
    pub(in crate::render) fn released_by(&self) -> Vec<String> {
        self.overrides.iter().map(|allow| format!("--allow {}", quoted(&allow.to_string()))).collect()
    }
}

/// The first lines: the title, what was read, narrowed and released, and what was not read.
pub(in crate::render) fn header(title: &str, ground: &Basis<'_>) -> Vec<Line> {
    let title = Line::of(Ink::Strong, title);
    let mut lines = Vec::new();
    let mut connections = ground.connections.iter();
    match (connections.next(), connections.next()) {
        (Some((name, reading)), None) => {
            lines.push(title.then(Ink::Plain, &format!(" · {}", connection(name, reading))));
        }
        (None, _) => lines.push(title.then(Ink::Plain, " · nothing was read")),
        (Some(_), Some(_)) => {
            lines.push(title.then(Ink::Plain, &format!(" · {} connections", ground.connections.len())));
            for (name, reading) in ground.connections {
                lines.push(Line::plain(&format!("  {}", connection(name, reading))));
            }
        }
    }
    let narrowed = ground.narrowed_by();
    if !narrowed.is_empty() {
        let words = narrowed.join(" ");
        lines.push(Line::plain(&format!("  narrowed by {words}: the rest was not looked at")));
    }
    if let Some(words) = ground.left_out() {
        lines.push(Line::plain(&format!("  left out: {words}")));
    }
    let released = ground.released_by();
    if !released.is_empty() {
        lines.push(Line::of(Ink::Alarm, &format!("  released by {}", released.join(" "))));
    }
    for (what, reason) in gaps(ground.connections) {
        lines.push(Line::of(Ink::Alarm, "  ! not read").then(Ink::Plain, &format!("  {what}: {reason}")));
    }
    lines
}

/// What was read of one connection.
pub(in crate::render) fn connection(name: &ConnectionName, reading: &ConnectionReading) -> String {
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

/// What could not be read, each with its reason; collections with one cause together.
pub(in crate::render) fn gaps(
    connections: &BTreeMap<ConnectionName, ConnectionReading>,
) -> Vec<(String, &str)> {
    let mut all = Vec::new();
    for (name, reading) in connections {
        let mut causes: Vec<(&str, Vec<String>)> = Vec::new();
        for gap in &reading.incomplete {
            let collection = gap.collection.to_string();
            match causes.iter_mut().find(|(reason, _)| *reason == &*gap.reason) {
                Some((_, collections)) => collections.push(collection),
                None => causes.push((&gap.reason, vec![collection])),
            }
        }
        for (reason, collections) in causes {
            all.push((format!("{} on {name}", few(&collections, NAMED_GAPS)), reason));
        }
    }
    all
}
