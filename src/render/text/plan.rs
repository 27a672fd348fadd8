//! The view of a plan.

use crate::model::{EffectKind, Plan};
use crate::render::line::Line;
use crate::render::style::{Colour, Ink, Style};

use crate::render::parts::closing::closing;
use crate::render::parts::header::{Basis, header};
use crate::render::parts::layout::layout;
use crate::render::parts::rows::rows;
use crate::render::parts::summary::Summary;
use crate::render::table::Table;

use super::Blocks;

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
    let mut out = Blocks::new(style);
    out.add(header(&format!("Plan {}", plan.short_id()), &Basis::of_plan(plan)));
    out.add(Summary::of_large(plan).map_or_else(Vec::new, |summary| by_domain_and_kind(&summary, style)));
    out.add(layout(plan, rows(plan), style).flat_map(|block| block.lines.into_iter().chain(block.release)));
    out.add(remarks(plan, style));
    out.add([Line::plain(&closing(plan)).then(Ink::Plain, last)]);
    out.text
}

/// The summary that a large plan opens with.
fn by_domain_and_kind(summary: &Summary, style: Style) -> Vec<Line> {
    let kinds = summary.kinds.iter().map(|kind| kind.plural().replace('_', " "));
    let mut table = Table::new(std::iter::once(String::new()).chain(kinds));
    for (row, counts) in &summary.rows {
        let cells = summary.kinds.iter().map(|kind| counts.get(kind).copied().unwrap_or_default().signs());
        table.row(std::iter::once(row.label()).chain(cells));
    }
    let text = table.text(Style { colour: Colour::Never, ..style });
    text.lines().map(|line| Line::plain(&format!("  {line}"))).collect()
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
