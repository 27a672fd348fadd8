//! A plan for the people who review it.

use std::cmp::Reverse;

use crate::model::{EffectKind, Plan, Risk};
use crate::render::parts::closing::closing;
use crate::render::parts::header::Basis;
use crate::render::parts::layout::{Block, layout};
use crate::render::parts::rows::{Row, rows};
use crate::render::parts::summary::{RowOf, Summary};
use crate::render::parts::words::counted;
use crate::render::style::Style;

use super::inline::{cell, code, prose};
use super::page::{Fold, Page, Section, Shape, Weight};
use super::shared::{item, limits, place, read};

/// How rows stand in from the margin as text. In a block of code the sign stands at the margin, so that a host
/// colours the line by it.
const MARGIN: &str = "  ";

/// A plan as a comment: what limits it, what is blocked, what happens by falling risk, and what that does to mail
/// and access.
pub fn plan(plan: &Plan) -> String {
    let basis = Basis::of_plan(plan);
    let last = if plan.is_empty() { "" } else { " Nothing was changed." };
    let sentences = format!("**{}**{last}", closing(plan));
    let title = format!("Mail plan {}", code(plan.short_id()));
    let mut page = Page::new(super::PLAN, &title, &sentences, "see the plan's text or JSON.");
    limits(&mut page, &basis);
    if let Some(summary) = Summary::of_large(plan) {
        page.push(by_domain_and_kind(&summary));
    }
    let (runs, blocked): (Vec<Row<'_>>, Vec<Row<'_>>) =
        rows(plan).into_iter().partition(|row| row.order.runs);
    let title = counted(blocked.len(), "object is blocked", "objects are blocked");
    let section = Section::new(Weight::Gravest, Shape::Block("diff"), Fold::Never, &title);
    page.push(with_rows(section, plan, blocked));
    for (risk, weight, fold) in [
        (Risk::Destructive, Weight::Grave, Fold::Open),
        (Risk::Exposure, Weight::Limits, Fold::Open),
        (Risk::Disruptive, Weight::Looked, Fold::Closed),
        (Risk::Safe, Weight::Background, Fold::Closed),
    ] {
        let mut of_risk: Vec<Row<'_>> = runs.iter().filter(|row| row.order.risk.0 == risk).cloned().collect();
        for row in &mut of_risk {
            // The title says it.
            row.order.risk = Reverse(Risk::Safe);
        }
        let title = counted(of_risk.len(), &format!("{risk} change"), &format!("{risk} changes"));
        let section = Section::new(weight, Shape::Block("diff"), fold, &format!("{title}{}", meaning(risk)));
        page.push(with_rows(section, plan, of_risk));
    }
    let effects = plan.effects.iter().map(|effect| {
        let kind = match effect.kind {
            EffectKind::Mail => "mail",
            EffectKind::Access => "access",
        };
        format!("- **{kind}** {}", prose(&effect.text))
    });
    page.push(
        Section::new(Weight::Grave, Shape::Lines, Fold::Never, "What happens to mail and access")
            .with(effects),
    );
    let notes = plan.notes.iter().map(|note| format!("- {}{}", prose(&note.text), place(note.at.as_ref())));
    page.push(Section::new(Weight::Known, Shape::Lines, Fold::Never, "Notes").with(notes));
    read(&mut page, &basis);
    page.render()
}

fn meaning(risk: Risk) -> &'static str {
    match risk {
        Risk::Destructive => ": content is lost",
        Risk::Exposure => ": somebody new can read or send, old mail returns, or mail leaves",
        Risk::Disruptive => ": mail stops or moves",
        Risk::Safe => "",
    }
}

fn by_domain_and_kind(summary: &Summary) -> Section {
    let head: Vec<String> = summary.kinds.iter().map(|kind| kind.plural().replace('_', " ")).collect();
    let rule = vec!["---"; summary.kinds.len() + 1].join(" | ");
    let before = format!(
        "Created (+), changed (~), deleted (-) and blocked (!), by domain and kind:\n\n|  | {} |\n| {rule} |\n",
        head.join(" | ")
    );
    let rows = summary.rows.iter().map(|(row, counts)| {
        let label = match row {
            RowOf::Domain(name) => cell(name),
            RowOf::More(_) | RowOf::NoDomain | RowOf::Total => row.label(),
        };
        let cells = summary.kinds.iter().map(|kind| match counts.get(kind) {
            Some(counts) => format!("`{}`", counts.signs()),
            None => String::new(),
        });
        let cells: Vec<String> = std::iter::once(label).chain(cells).collect();
        format!("| {} |", cells.join(" | "))
    });
    Section::after(Weight::Limits, &before).with(rows)
}

/// The rows in a section, each with how its brakes are released where the next one is released otherwise.
fn with_rows(section: Section, plan: &Plan, rows: Vec<Row<'_>>) -> Section {
    let blocks: Vec<Block> = layout(plan, rows, Style::plain()).collect();
    let mut release: Option<String> = None;
    let mut cut_by: Vec<Option<String>> = Vec::with_capacity(blocks.len());
    for block in blocks.iter().rev() {
        match (&block.release, block.is_released) {
            // It stands with the item itself.
            (Some(line), _) => {
                release = Some(bare(&item([line])));
                cut_by.push(None);
            }
            (None, true) => cut_by.push(release.clone()),
            (None, false) => cut_by.push(None),
        }
    }
    cut_by.reverse();
    let items = blocks.iter().map(|Block { lines, release, .. }| bare(&item(lines.iter().chain(release))));
    section.with(items).cut_by(cut_by)
}

/// Lines without the margin.
fn bare(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(MARGIN).unwrap_or(line)).collect();
    lines.join("\n")
}
