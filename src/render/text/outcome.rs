//! What came of applying a plan, and the lines on the way.

use crate::model::{Change, ChangeResult, Event, Outcome, Plan, ResultState};
use crate::render::line::Line;
use crate::render::parts::outcome::{DOUBT, sentence, sorted, subject, word};
use crate::render::parts::words::span;
use crate::render::style::{Ink, Style};

/// Skipped changes that are named; a hundred that wait for one failure say no more than ten.
const NAMED_SKIPS: usize = 10;

/// Files with new passwords that are named.
const NAMED_FILES: usize = 10;

/// What came of applying `plan`: whatever did not go well with its error and what to do next, what was done with
/// its remarks, and the totals.
pub fn outcome(plan: &Plan, outcome: &Outcome, style: Style) -> String {
    let mut lines = Vec::new();
    let mut skipped = 0;
    for (result, change) in sorted(plan, outcome) {
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
            let (word, ink) = (word(&result.state), ink(&result.state));
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

fn ink(state: &ResultState) -> Ink {
    match state {
        ResultState::Done => Ink::Added,
        ResultState::NotNeeded => Ink::Faint,
        ResultState::Failed { .. } | ResultState::InDoubt { .. } => Ink::Alarm,
        ResultState::Skipped { .. } => Ink::Changed,
    }
}

fn result_lines(result: &ChangeResult, change: Option<&Change>, style: Style) -> Vec<Line> {
    const INDENT: usize = 12;
    let (word, ink) = (word(&result.state), ink(&result.state));
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
            below.push(Line::of(Ink::Advice, "hint: ").then(Ink::Plain, DOUBT));
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
