//! What came of applying a plan, and the lines on the way.

use crate::model::{Change, ChangeResult, Event, Outcome, Plan, ResultState};
use crate::render::line::Line;
use crate::render::style::{Ink, Style};

use super::words::span;

/// Skipped changes that are named; a hundred that wait for one failure say no more than ten.
const NAMED_SKIPS: usize = 10;

/// Files with new passwords that are named.
const NAMED_FILES: usize = 10;

/// What came of applying `plan`: whatever did not go well with its error and what to do next, what was done with
/// its remarks, and the totals.
pub fn outcome(plan: &Plan, outcome: &Outcome, style: Style) -> String {
    let mut results: Vec<(&ChangeResult, Option<&Change>)> = outcome
        .results
        .iter()
        .map(|result| (result, plan.changes.iter().find(|change| change.id == result.change)))
        .collect();
    // Stable: within a state the plan's order stays.
    results.sort_by_key(|(result, _)| rank(&result.state));
    let mut lines = Vec::new();
    let mut skipped = 0;
    for (result, change) in results {
        let quiet = matches!(result.state, ResultState::Done | ResultState::NotNeeded);
        if quiet && result.notes.is_empty() {
            continue;
        }
        if matches!(result.state, ResultState::Skipped { .. }) {
            skipped += 1;
            if skipped > NAMED_SKIPS {
                continue;
            }
        }
        lines.extend(result_lines(result, change, style));
    }
    if skipped > NAMED_SKIPS {
        lines.push(Line::plain(&format!(
            "  skipped   and {} more; --format json lists them all",
            skipped - NAMED_SKIPS
        )));
    }
    if !lines.is_empty() {
        lines.push(Line::new());
    }
    if !outcome.generated.is_empty() {
        lines.extend(generated(&outcome.generated));
        lines.push(Line::new());
    }
    lines.push(Line::plain(&sentence(plan, outcome)));
    let mut out = String::new();
    for line in lines {
        out.push_str(&line.render(style));
        out.push('\n');
    }
    out
}

/// A line about an event while a plan is applied; none for events that nobody needs to read.
pub fn progress(event: &Event<'_>, style: Style) -> Option<String> {
    let line = match event {
        Event::Started { .. } | Event::Began(_) | Event::Finished(_) => return None,
        Event::Waiting { change, delay, reason } => Line::of(Ink::Faint, "waits     ")
            .then(Ink::Plain, &format!("{} for {}: {reason}", subject(change), span(*delay))),
        Event::Checking(change) => Line::of(Ink::Faint, "checks    ")
            .then(Ink::Plain, &format!("{}: the answer did not say whether it was done", subject(change))),
        Event::Ended(change, result) => {
            let (word, ink) = word(&result.state);
            let mut line = Line::of(ink, &format!("{word:<10}")).then(Ink::Plain, &subject(change));
            if let ResultState::Failed { error: why, .. }
            | ResultState::Skipped { reason: why }
            | ResultState::InDoubt { reason: why } = &result.state
            {
                line.push(Ink::Plain, &format!(": {why}"));
            }
            line
        }
        Event::Stopping => Line::of(Ink::Alarm, "stopping  ")
            .then(Ink::Plain, "no new calls; those under way finish (Ctrl-C again ends at once)"),
    };
    Some(line.render(style))
}

fn rank(state: &ResultState) -> u8 {
    match state {
        ResultState::InDoubt { .. } => 0,
        ResultState::Failed { .. } => 1,
        ResultState::Skipped { .. } => 2,
        ResultState::Done | ResultState::NotNeeded => 3,
    }
}

fn word(state: &ResultState) -> (&'static str, Ink) {
    match state {
        ResultState::Done => ("done", Ink::Added),
        ResultState::NotNeeded => ("held", Ink::Faint),
        ResultState::Failed { .. } => ("failed", Ink::Alarm),
        ResultState::Skipped { .. } => ("skipped", Ink::Changed),
        ResultState::InDoubt { .. } => ("in doubt", Ink::Alarm),
    }
}

fn subject(change: &Change) -> String {
    format!("{} {} {} on {}", change.verb, change.identity.kind(), change.identity, change.connection)
}

fn result_lines(result: &ChangeResult, change: Option<&Change>, style: Style) -> Vec<Line> {
    const INDENT: usize = 12;
    let (word, ink) = word(&result.state);
    let mut first = Line::plain("  ").then(ink, word);
    first.pad_to(INDENT);
    match change {
        Some(change) => first.push(Ink::Strong, &subject(change)),
        None => first.push(Ink::Strong, result.change.as_str()),
    }
    if let Some(at) = change.and_then(|change| change.at.as_ref()) {
        first.push(Ink::Faint, &format!("  {at}"));
    }
    let mut lines = vec![first];
    let mut below: Vec<Line> = Vec::new();
    match &result.state {
        ResultState::Done | ResultState::NotNeeded => {}
        ResultState::Failed { error, hint } => {
            below.push(Line::plain(error));
            if let Some(hint) = hint {
                below.push(Line::of(Ink::Advice, "hint: ").then(Ink::Plain, hint));
            }
        }
        ResultState::Skipped { reason } => below.push(Line::plain(reason)),
        ResultState::InDoubt { reason } => {
            below.push(Line::plain(reason));
            below.push(
                Line::of(Ink::Advice, "hint: ").then(
                    Ink::Plain,
                    "the next plan reads what became of it; look there before anything else",
                ),
            );
        }
    }
    below.extend(result.notes.iter().map(|note| Line::plain(note)));
    for line in below {
        for part in line.wrap(style.width.saturating_sub(INDENT).max(30)) {
            let mut indented = Line::plain(&" ".repeat(INDENT));
            indented.append(part);
            lines.push(indented);
        }
    }
    lines
}

fn generated(files: &[String]) -> Vec<Line> {
    let mut lines = vec![Line::plain("New passwords, which only you can read:")];
    lines.extend(files.iter().take(NAMED_FILES).map(|file| Line::plain(&format!("  {file}"))));
    if files.len() > NAMED_FILES {
        lines.push(Line::plain(&format!("  and {} more beside them", files.len() - NAMED_FILES)));
    }
    lines
}

/// What is said where nothing was sent.
fn nothing(plan: &Plan) -> &'static str {
    if plan.is_blocked() { "Nothing was done: what is wanted is blocked." } else { "Nothing to do." }
}

fn sentence(plan: &Plan, outcome: &Outcome) -> String {
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
