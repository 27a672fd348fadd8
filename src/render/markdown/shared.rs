//! What a plan and an audit say of what they were made from.

use crate::model::Source;
use crate::render::line::Line;
use crate::render::parts::header::{Basis, connection, gaps};
use crate::render::style::Style;

use super::inline::{code, prose};
use super::page::{Fold, Page, Section, Shape, Weight};

/// What was not read, left out and released, for the top: it limits everything below.
pub(super) fn limits(page: &mut Page, basis: &Basis<'_>) {
    let gaps = gaps(basis.connections);
    page.push(
        Section::after(
            Weight::Limits,
            "> [!WARNING]\n> Not read to its end, so that nothing is said of it:\n",
        )
        .with(gaps.iter().map(|(what, reason)| format!("> - {}: {}", prose(what), prose(reason)))),
    );
    page.push(
        Section::after(Weight::Limits, "**Released** for this plan:\n\n")
            .with(basis.released_by().iter().map(|word| format!("- {}", code(word)))),
    );
    let narrowed = basis.narrowed_by().into_iter().map(|word| format!("- {}", code(&word)));
    let left_out = basis.left_out().map(|words| format!("- left out: {words}"));
    page.push(
        Section::after(Weight::Looked, "**Narrowed**; the rest was not looked at:\n\n")
            .with(narrowed.chain(left_out)),
    );
}

/// What was read, for the end.
pub(super) fn read(page: &mut Page, basis: &Basis<'_>) {
    page.push(Section::new(Weight::Known, Shape::Lines, Fold::Closed, "What was read").with(
        basis.connections.iter().map(|(name, reading)| format!("- {}", prose(&connection(name, reading)))),
    ));
}

/// A place at the end of an item.
pub(super) fn place(at: Option<&Source>) -> String {
    at.map_or_else(String::new, |at| format!(" — {}", code(&at.to_string())))
}

/// Lines as one item of a block of code.
pub(super) fn item<'a>(lines: impl IntoIterator<Item = &'a Line>) -> String {
    lines.into_iter().map(|line| line.render(Style::plain())).collect::<Vec<_>>().join("\n")
}
