//! Lines of text that are safe to print, with their width on a terminal.

use unicode_width::UnicodeWidthStr as _;

use super::style::{Colour, Ink, Style};
use crate::model::escape;

/// A piece of a line: text with a meaning. Everything that enters it is escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line(Vec<(Ink, String)>);

impl Line {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn of(ink: Ink, text: &str) -> Self {
        let mut line = Self::new();
        line.push(ink, text);
        line
    }

    pub(super) fn plain(text: &str) -> Self {
        Self::of(Ink::Plain, text)
    }

    pub(super) fn push(&mut self, ink: Ink, text: &str) {
        if !text.is_empty() {
            self.0.push((ink, escape(text).into_owned()));
        }
    }

    /// Adds text, for chaining.
    #[must_use]
    pub(super) fn then(mut self, ink: Ink, text: &str) -> Self {
        self.push(ink, text);
        self
    }

    pub(super) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.width()).sum()
    }

    /// Adds spaces until the line is `width` wide.
    pub(super) fn pad_to(&mut self, width: usize) {
        let missing = width.saturating_sub(self.width());
        self.push(Ink::Plain, &" ".repeat(missing));
    }

    /// Breaks the line at spaces so that each part stays within `width`, where it has spaces to break at.
    pub(super) fn wrap(self, width: usize) -> Vec<Self> {
        if self.width() <= width {
            return vec![self];
        }
        let mut lines = vec![Self::new()];
        let mut used = 0;
        let mut after_space = false;
        for (ink, text) in self.0 {
            for word in text.split_inclusive(' ') {
                let bare = word.trim_end_matches(' ').width();
                if after_space && used > 0 && used + bare > width {
                    lines.push(Self::new());
                    used = 0;
                }
                after_space = word.ends_with(' ');
                if let Some(line) = lines.last_mut() {
                    // It is escaped already.
                    line.0.push((ink, word.to_owned()));
                }
                used += word.width();
            }
        }
        lines
    }

    /// Writes it behind what is there, without the spaces at its end.
    pub(super) fn render_to(&self, out: &mut String, style: Style) {
        let start = out.len();
        for alike in self.0.chunk_by(|(one, _), (next, _)| one == next) {
            let texts = alike.iter().map(|(_, text)| text.as_str());
            if style.colour == Colour::Never {
                out.extend(texts);
            } else {
                out.push_str(&style.paint(alike[0].0, &texts.collect::<String>()));
            }
        }
        out.truncate(start + out[start..].trim_end_matches(' ').len());
    }

    pub(super) fn render(&self, style: Style) -> String {
        let mut text = String::new();
        self.render_to(&mut text, style);
        text
    }
}

/// A line whose tail is broken below itself where it is too wide.
#[derive(Debug)]
pub(super) struct Hanging {
    /// What stands before the tail, which begins where this ends.
    pub(super) head: Line,
    /// What is broken at its spaces.
    pub(super) tail: Line,
}

impl Hanging {
    /// On one line.
    pub(super) fn line(self) -> Line {
        let Self { mut head, tail } = self;
        head.append(tail);
        head
    }

    /// On as many lines as it needs to stay within `width`, unless that left too little room for the tail.
    pub(super) fn lines(self, width: usize) -> Vec<Line> {
        const NARROWEST: usize = 30;
        let Self { head, tail } = self;
        let at = head.width();
        let mut head = Some(head);
        tail.wrap(width.saturating_sub(at).max(NARROWEST))
            .into_iter()
            .map(|part| {
                let mut line = head.take().unwrap_or_else(|| Line::plain(&" ".repeat(at)));
                line.append(part);
                line
            })
            .collect()
    }
}

/// Lays parts out in lines, parted by `, `; a part that is wider than a line is broken at its spaces.
pub(super) fn flow(parts: Vec<Line>, width: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let last = parts.len().saturating_sub(1);
    for (index, mut part) in parts.into_iter().enumerate() {
        if index < last {
            part.push(Ink::Plain, ",");
        }
        match lines.last_mut() {
            Some(line) if line.width() + 1 + part.width() <= width => {
                line.push(Ink::Plain, " ");
                line.append(part);
            }
            _ => lines.extend(part.wrap(width)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_passes() {
        for (raw, shown) in [
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("a\u{9b}2Jb", "a\\u{9b}2Jb"),
            ("a\u{200b}b\u{2066}", "a\\u{200b}b\\u{2066}"),
            ("Jörg 日本 👍", "Jörg 日本 👍"),
        ] {
            assert_eq!(escape(raw), shown);
            assert_eq!(Line::plain(raw).render(Style::plain()), shown);
        }
    }

    #[test]
    fn width_counts_columns_and_wrapping_keeps_every_word() {
        assert_eq!(Line::plain("日本").width(), 4);
        let wrapped = Line::plain("one two three four").wrap(9);
        let shown: Vec<String> = wrapped.iter().map(|line| line.render(Style::plain())).collect();
        assert_eq!(shown, ["one two", "three", "four"]);
    }
}
