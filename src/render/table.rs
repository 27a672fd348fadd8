//! Tables, in text and in Markdown.

use std::fmt::Write as _;

use super::escape;
use super::line::Line;
use super::style::{Ink, Style};

/// The narrowest that the last column becomes on a narrow terminal.
const NARROWEST_LAST: usize = 30;

/// Rows of cells under headings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The headings.
    pub head: Vec<String>,
    /// The rows; a short one leaves its last cells empty.
    pub rows: Vec<Vec<String>>,
    /// Numbered remarks that cells refer to.
    pub remarks: Vec<String>,
}

impl Table {
    /// A table with these headings.
    pub fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Self {
        Self { head: head.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Adds a row.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Adds a remark, unless it stands there already, and returns its number from 1.
    pub fn remark(&mut self, text: &str) -> usize {
        if let Some(index) = self.remarks.iter().position(|known| known == text) {
            return index + 1;
        }
        self.remarks.push(text.to_owned());
        self.remarks.len()
    }

    /// The table with aligned columns.
    pub fn text(&self, style: Style) -> String {
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| {
                std::iter::once(&self.head)
                    .chain(&self.rows)
                    .filter_map(|row| row.get(column))
                    .map(|cell| Line::plain(cell).width())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut out = String::new();
        for (index, row) in std::iter::once(&self.head).chain(&self.rows).enumerate() {
            let ink = if index == 0 { Ink::Strong } else { Ink::Plain };
            let mut line = Line::new();
            let mut end = 0;
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                line.pad_to(end);
                if column + 1 == widths.len() {
                    // The last column is the one with sentences.
                    let room = style.width.saturating_sub(end).max(NARROWEST_LAST);
                    for (nth, part) in Line::of(ink, cell).wrap(room).into_iter().enumerate() {
                        if nth > 0 {
                            out.push_str(&line.render(style));
                            out.push('\n');
                            line = Line::new();
                            line.pad_to(end);
                        }
                        line.append(part);
                    }
                } else {
                    line.push(ink, cell);
                }
                end += width + 2;
            }
            out.push_str(&line.render(style));
            out.push('\n');
        }
        for (index, remark) in self.remarks.iter().enumerate() {
            if index == 0 {
                out.push('\n');
            }
            let number = format!("{:>3}  ", index + 1);
            for (nth, part) in
                Line::plain(remark).wrap(style.width.saturating_sub(5).max(20)).into_iter().enumerate()
            {
                let mut line = Line::plain(if nth == 0 { &number } else { "     " });
                line.append(part);
                out.push_str(&line.render(style));
                out.push('\n');
            }
        }
        out
    }

    /// The table in Markdown, remarks as a numbered list.
    pub fn markdown(&self) -> String {
        let cell = |text: &str| escape(text).replace('|', "\\|");
        let mut out = String::new();
        let mut row = |cells: Vec<String>| {
            out.push_str("| ");
            out.push_str(&cells.join(" | "));
            out.push_str(" |\n");
        };
        row(self.head.iter().map(|text| cell(text)).collect());
        row(self.head.iter().map(|_| "---".to_owned()).collect());
        for cells in &self.rows {
            row((0..self.head.len())
                .map(|column| cells.get(column).map_or_else(String::new, |text| cell(text)))
                .collect());
        }
        for (index, remark) in self.remarks.iter().enumerate() {
            if index == 0 {
                out.push('\n');
            }
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{}. {}", index + 1, escape(remark));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_hold_every_cell() {
        let mut table = Table::new(["kind", "a|b"]);
        let number = table.remark("the service has no call for it");
        assert_eq!(number, table.remark("the service has no call for it"));
        table.row(["mailbox".to_owned(), "yes".to_owned()]);
        table.row(["日本".to_owned(), format!("no {number}")]);
        insta::assert_snapshot!(table.text(Style::plain()), @"
kind     a|b
mailbox  yes
日本     no 1

  1  the service has no call for it
");
        insta::assert_snapshot!(table.markdown(), @r#"
| kind | a\|b |
| --- | --- |
| mailbox | yes |
| 日本 | no 1 |

1. the service has no call for it
"#);
    }
}
