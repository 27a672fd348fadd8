//! The view of a plan.

use crate::model::{EffectKind, Plan};
use crate::render::line::Line;
use crate::render::style::{Ink, Style};

use super::closing::closing;
use super::header::header;
use super::layout::layout;
use super::rows::rows;

/// A plan as `plan` shows it: it ends by saying that nothing was changed.
pub fn plan(plan: &Plan, style: Style) -> String {
    let last = if plan.is_empty() { "" } else { " Nothing was changed." };
    whole(plan, style, last)
}

/// The same lines as `apply` shows them before it begins.
pub fn plan_to_apply(plan: &Plan, style: Style) -> String {
    whole(plan, style, "")
}

fn whole(plan: &Plan, style: Style, last: &str) -> String {
    let mut blocks = vec![header(plan)];
    blocks.push(layout(plan, rows(plan), style));
    blocks.push(remarks(plan, style));
    let mut end: Vec<Line> = closing(plan).iter().map(|line| Line::plain(line)).collect();
    if let Some(line) = end.last_mut() {
        line.push(Ink::Plain, last);
    }
    blocks.push(end);
    blocks.retain(|lines| !lines.is_empty());
    let mut out = String::new();
    for (index, lines) in blocks.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for line in lines {
            out.push_str(&line.render(style));
            out.push('\n');
        }
    }
    out
}

/// What happens to mail and access, and the notes.
fn remarks(plan: &Plan, style: Style) -> Vec<Line> {
    const LABEL: usize = 11;
    let effects = plan.effects.iter().map(|effect| {
        let label = match effect.kind {
            EffectKind::Mail => "mail",
            EffectKind::Access => "access",
        };
        (label, Line::plain(&effect.text))
    });
    let notes = plan.notes.iter().map(|note| {
        let place = note.at.as_ref().map_or_else(String::new, |at| format!("  {at}"));
        ("note", Line::plain(&note.text).then(Ink::Faint, &place))
    });
    let mut lines = Vec::new();
    for (label, text) in effects.chain(notes) {
        for (index, part) in text.wrap(style.width.saturating_sub(LABEL).max(30)).into_iter().enumerate() {
            let mut line = Line::plain("  ");
            if index == 0 {
                line.push(Ink::Strong, label);
            }
            line.pad_to(LABEL);
            line.append(part);
            lines.push(line);
        }
    }
    lines
}
