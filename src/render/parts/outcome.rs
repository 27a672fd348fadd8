//! What came of applying a plan, in the words that every format uses.

use crate::model::{Change, ChangeResult, Outcome, Plan, ResultState};

/// What to do about a change that is in doubt.
pub(in crate::render) const DOUBT: &str =
    "the next plan reads what became of it; look there before anything else";

/// The results with their changes: what did not go well first, each state in the plan's order.
pub(in crate::render) fn sorted<'a>(
    plan: &'a Plan,
    outcome: &'a Outcome,
) -> Vec<(&'a ChangeResult, Option<&'a Change>)> {
    let changes: std::collections::BTreeMap<_, _> =
        plan.changes.iter().map(|change| (&change.id, change)).collect();
    let mut results: Vec<(&ChangeResult, Option<&Change>)> =
        outcome.results.iter().map(|result| (result, changes.get(&result.change).copied())).collect();
    // Stable: within a state the plan's order stays.
    results.sort_by_key(|(result, _)| rank(&result.state));
    results
}

fn rank(state: &ResultState) -> u8 {
    match state {
        ResultState::InDoubt { .. } => 0,
        ResultState::Failed { .. } => 1,
        ResultState::Skipped { .. } => 2,
        ResultState::Done | ResultState::NotNeeded => 3,
    }
}

/// The word for what became of a change.
pub(in crate::render) fn word(state: &ResultState) -> &'static str {
    match state {
        ResultState::Done => "done",
        ResultState::NotNeeded => "held",
        ResultState::Failed { .. } => "failed",
        ResultState::Skipped { .. } => "skipped",
        ResultState::InDoubt { .. } => "in doubt",
    }
}

/// The change in words.
pub(in crate::render) fn subject(change: &Change) -> String {
    format!("{} {} {} on {}", change.verb, change.identity.kind(), change.identity, change.connection)
}

/// What is said where nothing was sent.
fn nothing(plan: &Plan) -> &'static str {
    if plan.is_blocked() { "Nothing was done: what is wanted is blocked." } else { "Nothing to do." }
}

/// The totals, and what to do next.
pub(in crate::render) fn sentence(plan: &Plan, outcome: &Outcome) -> String {
    let count = |pick: fn(&ResultState) -> bool| outcome.count(pick);
    let counts: Vec<String> = [
        (count(|state| matches!(state, ResultState::Done)), "done"),
        (count(|state| matches!(state, ResultState::NotNeeded)), "held already"),
        (count(|state| matches!(state, ResultState::Failed { .. })), "failed"),
        (count(|state| matches!(state, ResultState::Skipped { .. })), "skipped"),
        (count(|state| matches!(state, ResultState::InDoubt { .. })), "in doubt"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect();
    let mut text =
        if counts.is_empty() { nothing(plan).to_owned() } else { format!("{}.", counts.join(", ")) };
    if outcome.interrupted {
        text.push_str(" Interrupted: run it again to do the rest.");
    } else if outcome.is_partial() {
        text.push_str(" What is done stays done; plan again to see what is left.");
    }
    text
}
