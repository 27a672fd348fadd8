//! Rows in aligned columns, with what stands below each.

use crate::model::{Plan, Risk};
use crate::render::line::{Line, flow};
use crate::render::style::{Ink, Style};

use super::rows::Row;

/// Addresses wider than this push the rest of their row to the right instead of all rows.
const WIDEST_IDENTITY: usize = 36;

/// The narrowest that the column of differences becomes beside a column of places.
const NARROWEST_BESIDE: usize = 40;

/// The narrowest that the column of differences becomes on a narrow terminal.
const NARROWEST_WHAT: usize = 28;

/// The lines of one row.
#[derive(Debug)]
pub(in crate::render) struct Block {
    /// The row, and what stands below it.
    pub(in crate::render) lines: Vec<Line>,
    /// How its brakes are released, where it is the last of those that are released alike.
    pub(in crate::render) release: Option<Line>,
    /// Whether its brakes can be released, with those of the rows that follow where `release` does not say so.
    pub(in crate::render) is_released: bool,
}

/// Lays the rows out in columns, a block each. What is too wide for its column moves the rest of its own row only.
///
/// On a terminal that is too narrow for a column of places, each place stands below its row.
pub(in crate::render) fn layout<'a>(
    plan: &Plan,
    mut rows: Vec<Row<'a>>,
    style: Style,
) -> impl Iterator<Item = Block> + use<'a> {
    let mut columns = Columns::of(plan, &rows);
    let natural = rows.iter().map(natural_width).max().unwrap_or(0);
    if style.width < columns.what_at + natural.min(NARROWEST_BESIDE) + columns.right {
        for row in rows.iter_mut().filter(|row| !row.place.is_empty()) {
            row.below.push(Line::of(Ink::Faint, &std::mem::take(&mut row.place)));
        }
        columns = Columns::of(plan, &rows);
    }
    let next: Vec<Option<String>> = rows.iter().skip(1).map(|row| row.release.clone()).collect();
    let indent = columns.identity_at;
    let laid: Vec<Laid<'_>> = rows.into_iter().map(|row| Laid::of(row, &columns, style)).collect();
    let what = laid.iter().filter_map(|laid| laid.aligned_width(&columns)).max().unwrap_or(0);
    let mut alike = 0;
    laid.into_iter().enumerate().map(move |(index, laid)| {
        let mut lines = Vec::new();
        let row = laid.push(&mut lines, &columns, what);
        for below in row.below {
            let wrapped = below.wrap(style.width.saturating_sub(indent).max(NARROWEST_WHAT));
            lines.extend(wrapped.into_iter().map(|part| indented(indent, part)));
        }
        alike += 1;
        let mut block = Block { lines, release: None, is_released: row.release.is_some() };
        if next.get(index) != Some(&row.release) {
            block.release = row.release.map(|release| {
                let subject = if alike > 1 {
                    format!("release these {alike} once with ")
                } else {
                    "release once with ".to_owned()
                };
                indented(indent, Line::of(Ink::Advice, &subject).then(Ink::Advice, &release))
            });
            alike = 0;
        }
        block
    })
}

/// Where the columns of a plan begin, and how wide they are.
struct Columns {
    identity_at: usize,
    connection_at: Option<usize>,
    what_at: usize,
    risk: usize,
    /// What stands to the right of the differences: the risk and the place.
    right: usize,
}

impl Columns {
    fn of(plan: &Plan, rows: &[Row<'_>]) -> Self {
        let widest = |measure: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(measure).max().unwrap_or(0);
        let kind = widest(&|row| row.order.kind.singular().len());
        let identity = widest(&|row| {
            let width = Line::plain(&row.subject).width();
            if width > WIDEST_IDENTITY { 0 } else { width }
        });
        let identity_at = "  + ".len() + kind + 2;
        let after_identity = identity_at + identity + 2;
        let several = plan.connections.len() > 1;
        let connection = widest(&|row| Line::plain(row.order.connection.as_str()).width() + "on ".len());
        let risk = widest(&|row| risk_word(row.order.risk.0).len());
        let place = widest(&|row| Line::plain(&row.place).width());
        let column = |width: usize| if width > 0 { width + 2 } else { 0 };
        Self {
            identity_at,
            connection_at: several.then_some(after_identity),
            what_at: if several { after_identity + connection + 2 } else { after_identity },
            risk,
            right: column(risk) + column(place),
        }
    }
}

/// A row with its differences broken into lines.
struct Laid<'a> {
    row: Row<'a>,
    head: Line,
    what_at: usize,
    what: Vec<Line>,
}

impl<'a> Laid<'a> {
    fn of(mut row: Row<'a>, columns: &Columns, style: Style) -> Self {
        let mut head = Line::plain("  ").then(row.ink, row.sigil).then(Ink::Plain, " ");
        head.push(Ink::Plain, row.order.kind.singular());
        head.pad_to(columns.identity_at);
        head.push(Ink::Strong, &row.subject);
        if let Some(at) = columns.connection_at {
            head.pad_to(at.saturating_sub(2));
            head.push(Ink::Faint, &format!("  on {}", row.order.connection));
        }
        let what_at = columns.what_at.max(head.width() + 2);
        let room = style.width.saturating_sub(what_at + columns.right).max(NARROWEST_WHAT);
        let what = flow(std::mem::take(&mut row.what), room);
        Self { row, head, what_at, what }
    }

    /// How wide its first line of differences is, where it stands in its column.
    fn aligned_width(&self, columns: &Columns) -> Option<usize> {
        let width = self.what.first()?.width();
        (self.what_at == columns.what_at).then_some(width)
    }

    fn push(self, lines: &mut Vec<Line>, columns: &Columns, what: usize) -> Row<'a> {
        let Self { row, head: mut line, what_at, what: parts } = self;
        let mut parts = parts.into_iter();
        if let Some(first) = parts.next() {
            line.pad_to(what_at);
            line.append(first);
        }
        let risk = row.order.risk.0;
        if !row.place.is_empty() || risk > Risk::Safe {
            line.pad_to(columns.what_at + what);
            if columns.risk > 0 {
                line.push(Ink::Plain, "  ");
                line.push(risk_ink(risk), risk_word(risk));
                line.push(Ink::Plain, &" ".repeat(columns.risk - risk_word(risk).len()));
            }
            line.push(Ink::Plain, "  ");
            line.push(Ink::Faint, &row.place);
        }
        lines.push(line);
        lines.extend(parts.map(|part| indented(what_at, part)));
        row
    }
}

/// How wide the differences of a row are on one line.
fn natural_width(row: &Row<'_>) -> usize {
    row.what.iter().map(|part| part.width() + ", ".len()).sum::<usize>().saturating_sub(", ".len())
}

fn indented(columns: usize, line: Line) -> Line {
    let mut all = Line::plain(&" ".repeat(columns));
    all.append(line);
    all
}

fn risk_word(risk: Risk) -> &'static str {
    match risk {
        Risk::Safe => "",
        Risk::Disruptive => "disruptive",
        Risk::Exposure => "exposure",
        Risk::Destructive => "destructive",
    }
}

fn risk_ink(risk: Risk) -> Ink {
    match risk {
        Risk::Safe => Ink::Plain,
        Risk::Disruptive => Ink::Changed,
        Risk::Exposure => Ink::Alarm,
        Risk::Destructive => Ink::Removed,
    }
}
