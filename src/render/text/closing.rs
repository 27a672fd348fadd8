//! The sentence that a plan ends with.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Kind, Plan, Verb};

use super::words::{counted, counted_kind, span};

/// Plans with more objects than this are also summed up by kind.
const LARGE: usize = 20;

/// The closing lines without the last sentence.
pub(super) fn closing(plan: &Plan) -> Vec<String> {
    let totals = plan.totals();
    if plan.is_empty() {
        let word = if plan.is_incomplete() {
            "what could be read is as declared, the rest is not known"
        } else if plan.narrowing.is_whole() {
            "everything is as declared"
        } else {
            "what was looked at is as declared"
        };
        return vec![format!("No changes: {word}.")];
    }
    let counts: Vec<String> =
        [(totals.create, "create"), (totals.update, "change"), (totals.delete, "delete")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, verb)| format!("{number} to {verb}"))
            .chain((totals.blocked > 0).then(|| format!("{} blocked", totals.blocked)))
            .collect();
    let mut sentence = vec![counts.join(", ")];
    if totals.writes > 0 {
        let time = estimate(plan).map_or_else(String::new, |(time, services)| {
            let whose = if services > 1 { "these services' rates" } else { "this service's rate" };
            format!(", about {} at {whose}", span(time))
        });
        sentence.push(format!("{}{time}", counted(totals.writes, "write", "writes")));
    }
    let mut lines = Vec::new();
    if totals.create + totals.update + totals.delete + totals.blocked > LARGE {
        lines.push(by_kind(plan));
    }
    lines.push(format!("{}.", sentence.join(" · ")));
    lines
}

/// How long the writes take at the stated rates, and how many services they go to. Connections are written to at
/// the same time, so the slowest one counts.
fn estimate(plan: &Plan) -> Option<(Duration, usize)> {
    let mut writes = BTreeMap::new();
    for change in plan.ready() {
        *writes.entry(&change.connection).or_insert(0_u64) += u64::from(change.calls);
    }
    let slowest = writes
        .iter()
        .filter_map(|(connection, number)| {
            let rate = plan.connections.get(*connection)?.writes_per_minute?;
            Some(Duration::from_secs((number * 60).div_ceil(u64::from(rate.max(1)))))
        })
        .max()?;
    Some((slowest, writes.len()))
}

fn by_kind(plan: &Plan) -> String {
    let mut objects = BTreeMap::new();
    for change in &plan.changes {
        let entry = objects
            .entry((change.identity.kind(), &change.connection, &change.identity))
            .or_insert((change.verb, true));
        entry.0 = entry.0.min(change.verb);
        entry.1 &= change.is_ready();
    }
    let mut kinds: BTreeMap<Kind, [u64; 4]> = BTreeMap::new();
    for ((kind, _, _), (verb, ready)) in objects {
        let column = match (ready, verb) {
            (false, _) => 3,
            (true, Verb::Create) => 0,
            (true, Verb::Update | Verb::Rename) => 1,
            (true, Verb::Delete) => 2,
        };
        kinds.entry(kind).or_default()[column] += 1;
    }
    let words: Vec<String> = kinds
        .into_iter()
        .map(|(kind, counts)| {
            let signs: Vec<String> = ["+", "~", "-", "!"]
                .iter()
                .zip(counts)
                .filter(|(_, number)| *number > 0)
                .map(|(sigil, number)| format!("{sigil}{number}"))
                .collect();
            format!("{} ({})", counted_kind(counts.iter().sum(), kind), signs.join(" "))
        })
        .collect();
    words.join(" · ")
}
