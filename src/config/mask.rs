//! Keeps secrets out of the excerpts of files.
//!
//! Two ways: the stretches that a pass found to hold a literal where a reference belongs, and, for text that no pass
//! understood (a file that is no YAML, the second of two equal keys), whatever follows a key that holds secrets.

use std::collections::HashMap;

use super::text::Span;

const HIDDEN: &str = "[hidden]";

/// What no excerpt may show.
pub(super) struct Mask<'m> {
    spans: &'m [Span],
    keys: &'m [&'m str],
}

/// A line without its secrets.
pub(super) struct ShownLine {
    /// The line.
    pub(super) text: String,
    /// Byte offset in the file of each shown character, and one for the end; a hidden stretch has its start for all
    /// of its characters.
    origins: Vec<usize>,
}

impl ShownLine {
    /// The column, in characters from 0, at which the byte `offset` of the file is shown: where it is hidden, the
    /// start of what stands for it.
    pub(super) fn column(&self, offset: usize) -> usize {
        let after = self.origins.partition_point(|origin| *origin <= offset);
        let Some(origin) = after.checked_sub(1).and_then(|at| self.origins.get(at)) else {
            return 0;
        };
        self.origins.partition_point(|other| other < origin)
    }

    /// The column after the last character that stands before the byte `offset`.
    pub(super) fn end_column(&self, offset: usize) -> usize {
        self.origins.partition_point(|origin| *origin < offset).min(self.origins.len().saturating_sub(1))
    }
}

impl<'m> Mask<'m> {
    /// Hides these stretches, sorted, and whatever follows one of these keys as a literal.
    pub(super) fn new(spans: &'m [Span], keys: &'m [&'m str]) -> Self {
        Self { spans, keys }
    }

    /// The piece at `from..to` of a line of which these stretches are hidden; see [`Self::hidden`].
    pub(super) fn piece(text: &str, from: usize, to: usize, hidden: &[(usize, usize)]) -> ShownLine {
        let mut shown =
            ShownLine { text: String::with_capacity(to - from), origins: Vec::with_capacity(to - from + 1) };
        let mut at = from;
        for (start, end) in hidden {
            let (start, end) = ((*start).max(at), (*end).min(to));
            if start >= end {
                continue;
            }
            shown.keep(text, at, start);
            shown.text.push_str(HIDDEN);
            shown.origins.extend(std::iter::repeat_n(start, HIDDEN.len()));
            at = end;
        }
        shown.keep(text, at, to);
        shown.origins.push(to);
        shown
    }

    /// The stretches of the line at `from..to` that are hidden, sorted by their starts.
    pub(super) fn hidden(&self, text: &str, from: usize, to: usize, file: u32) -> Vec<(usize, usize)> {
        let line = &text[from..to];
        let mut found: Vec<(usize, usize)> = Vec::new();
        for span in self.spans.iter().filter(|span| span.file == file) {
            let (start, end) = (span.start as usize, (span.end as usize).min(text.len()));
            if start >= to || end <= from || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
                continue;
            }
            // A block text ends where the next key starts: what stands between is not part of it.
            let end = start + text[start..end].trim_end().len();
            if end > from {
                let start = start.max(from);
                let lead = text[start..end].len() - text[start..end].trim_start().len();
                found.push((start + lead, end.min(to)));
            }
        }
        // Where a pass saw the literal, it knows where it ends, but for a ` #` that ends a plain text.
        let seen: HashMap<usize, usize> = found.iter().copied().collect();
        let comment = line.rfind('#').map(|index| from + index);
        let ends = |start: &usize| seen.get(start).is_some_and(|end| comment.is_none_or(|at| at < *end));
        // One that does not end hides the rest of the line, so the first counts.
        found.extend(
            self.literals(line)
                .into_iter()
                .map(|start| from + start)
                .filter(|at| !ends(at))
                .min()
                .map(|at| (at, to)),
        );
        if found.is_empty() && self.continues_literal(text, from) {
            found.push((from + line.len() - line.trim_start().len(), to));
        }
        found.sort_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)));
        found
    }

    /// Where in a line a literal begins behind one of the keys. A reference (`{env: …}`) is none. It works on raw text,
    /// so that it also holds where the file is no YAML.
    fn literals(&self, line: &str) -> Vec<usize> {
        let mut found = Vec::new();
        for key in self.keys {
            let mut from = 0;
            while let Some(index) = line[from..].find(key) {
                // What stands before does not matter: `old_password` is as secret.
                let mut end = from + index + key.len();
                from = end;
                if line[end..].starts_with(['"', '\'']) {
                    end += 1;
                }
                let Some(value) = line[end..].trim_start().strip_prefix(':') else {
                    continue;
                };
                let value = value.trim_start();
                let harmless = value.is_empty()
                    || value.starts_with(['{', '#', '|', '>'])
                    || value.starts_with("sqlite:");
                if !harmless {
                    found.push(line.len() - value.len());
                }
            }
        }
        found
    }

    /// True where the line at `from` has no key of its own and goes on with what a line with a secret key began.
    fn continues_literal(&self, text: &str, from: usize) -> bool {
        let mut end = from;
        let mut line = first_line(&text[from..]);
        // A literal that goes on for more lines than this is no password that somebody typed.
        for _ in 0..16 {
            if has_key(line) || end == 0 {
                return end != from && self.opens_literal(line);
            }
            let start = text[..end - 1].rfind('\n').map_or(0, |index| index + 1);
            line = first_line(&text[start..]);
            end = start;
        }
        false
    }

    fn opens_literal(&self, line: &str) -> bool {
        let head = line.trim_end().trim_end_matches(['|', '>', '-', '+', ' ']);
        let bare = head.strip_suffix(':').map(|rest| rest.trim_end_matches(['"', '\'']));
        !self.literals(line).is_empty()
            || bare.is_some_and(|bare| self.keys.iter().any(|key| bare.ends_with(key)))
    }
}

impl ShownLine {
    fn keep(&mut self, text: &str, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let kept = &text[from..to];
        self.text.push_str(kept);
        self.origins.extend(kept.char_indices().map(|(index, _)| from + index));
    }
}

fn first_line(text: &str) -> &str {
    text.split(['\n', '\r']).next().unwrap_or("")
}

/// True where a line looks as if it began with a key.
fn has_key(line: &str) -> bool {
    let trimmed = line.trim_start().trim_start_matches("- ");
    let word = trimmed.split(|c: char| c == ':' || c.is_whitespace()).next().unwrap_or("");
    !word.is_empty() && trimmed[word.len()..].trim_start().starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str, line: usize, spans: &[Span]) -> String {
        let from: usize = text.lines().take(line).map(|line| line.len() + 1).sum();
        let to = text[from..].find('\n').map_or(text.len(), |index| from + index);
        let mask = Mask::new(spans, &["password", "api_key"]);
        Mask::piece(text, from, to, &mask.hidden(text, from, to, 0)).text
    }

    #[test]
    fn what_follows_a_secret_key_is_hidden_also_where_nobody_understood_the_file() {
        for (text, line, shown) in [
            ("password: hunter2", 0, "password: [hidden]"),
            ("  \"password\": 'x' # y", 0, "  \"password\": [hidden]"),
            ("{user: a, api_key: x, b: c}", 0, "{user: a, api_key: [hidden]"),
            ("password: {env: A}", 0, "password: {env: A}"),
            ("password_scheme: X", 0, "password_scheme: X"),
            ("password: *anchor", 0, "password: [hidden]"),
            ("password: !tag", 0, "password: [hidden]"),
            ("password: |\n  hunter2\n  b\nc: d", 2, "  [hidden]"),
            ("password:\n  hunter2", 1, "  [hidden]"),
            ("password: \"a\n  b\nc: d\n", 2, "c: d"),
        ] {
            assert_eq!(masked(text, line, &[]), shown, "{text}");
        }
    }

    #[test]
    fn a_stretch_that_was_found_is_hidden_and_no_more() {
        let span = |start, end| Span { start, end, ..Span::default() };
        let text = "{password: abc, b: c}";
        assert_eq!(masked(text, 0, &[span(11, 14)]), "{password: [hidden], b: c}");
        let text = "{password: abc, b: c} # d";
        assert_eq!(masked(text, 0, &[span(11, 14)]), "{password: [hidden]", "a comment may be part of it");
        let line = Mask::piece(
            "aaa bbbb ccc",
            0,
            12,
            &Mask::new(&[span(4, 8)], &[]).hidden("aaa bbbb ccc", 0, 12, 0),
        );
        assert_eq!(line.text, "aaa [hidden] ccc");
        assert_eq!((line.column(2), line.column(6), line.column(9)), (2, 4, 13));
        assert_eq!(line.end_column(8), 12);
    }
}
