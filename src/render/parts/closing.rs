//! The sentence that a plan ends with.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::Plan;

use super::words::{counted, span};

/// The sentence with the totals, without what is said after it.
pub(in crate::render) fn closing(plan: &Plan) -> String {
    let totals = plan.totals();
    if plan.is_empty() {
        let word = if plan.is_incomplete() {
            "what could be read is as declared, the rest is not known"
        } else if plan.narrowing.is_whole() {
            "everything is as declared"
        } else {
            "what was looked at is as declared"
        };
        return format!("No changes: {word}.");
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
    format!("{}.", sentence.join(" · "))
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
