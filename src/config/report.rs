//! Gathers problems while the passes run, and turns them into [`Diagnostic`]s with their excerpts at the end.

use std::collections::{BTreeMap, HashSet};

use crate::model::{Severity, Source, escape, is_hidden};

use super::diagnostic::{Diagnostic, Excerpt};
use super::limits::MAX_PROBLEMS;
use super::mask::{Mask, ShownLine};
use super::text::{SourceText, Span};

/// A problem on its way to becoming a [`Diagnostic`].
#[derive(Debug, Clone)]
pub(super) struct Report {
    severity: Severity,
    code: &'static str,
    message: String,
    at: Option<Span>,
    label: String,
    related: Vec<(Span, String)>,
    help: Option<String>,
}

impl Report {
    /// An error at a place.
    pub(super) fn error(code: &'static str, at: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            at: Some(at),
            label: String::new(),
            related: Vec::new(),
            help: None,
        }
    }

    /// A warning at a place.
    pub(super) fn warning(code: &'static str, at: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, at, message) }
    }

    /// The same without a place.
    pub(super) fn nowhere(mut self) -> Self {
        self.at = None;
        self
    }

    /// Says what stands at the place.
    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do, where something is known.
    pub(super) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Adds another place.
    pub(super) fn related(mut self, at: Span, label: impl Into<String>) -> Self {
        self.related.push((at, label.into()));
        self
    }
}

/// Where the passes put what they find.
#[derive(Debug, Default)]
pub(super) struct Sink {
    reports: Vec<Report>,
    hidden: Vec<Span>,
    errors: usize,
    dropped: usize,
    known: HashSet<(Option<Span>, String)>,
}

impl Sink {
    /// Takes a problem. One that was put before (an anchored value used twice, a profile's field at many
    /// mailboxes) is not taken again.
    pub(super) fn put(&mut self, report: Report) {
        if report.severity == Severity::Error {
            self.errors += 1;
        }
        let key = (report.at, report.message.clone());
        if self.known.contains(&key) {
            return;
        }
        if self.reports.len() < MAX_PROBLEMS {
            self.known.insert(key);
        }
        if self.reports.len() < MAX_PROBLEMS {
            self.reports.push(report);
        } else {
            self.dropped += 1;
        }
    }

    /// Keeps a stretch of a file out of every excerpt.
    pub(super) fn hide(&mut self, span: Span) {
        self.hidden.push(span);
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// All problems, sorted by place, each once. `secret_keys` are keys whose literal values no excerpt shows.
    pub(super) fn finish(mut self, files: &[SourceText], secret_keys: &[&str]) -> Vec<Diagnostic> {
        let key = |report: &Report| (report.at, report.severity != Severity::Error, report.code);
        self.reports.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message)));
        self.hidden.sort_unstable();
        let mask = Mask::new(&self.hidden, secret_keys);
        let mut excerpts = Excerpts { files, mask, lines: BTreeMap::new() };
        let mut diagnostics: Vec<Diagnostic> = self
            .reports
            .into_iter()
            .map(|report| Diagnostic {
                severity: report.severity,
                code: report.code,
                message: report.message,
                at: report.at.and_then(|span| excerpts.excerpt(span, report.label)),
                related: report
                    .related
                    .into_iter()
                    .filter_map(|(span, label)| excerpts.excerpt(span, label))
                    .collect(),
                help: report.help,
            })
            .collect();
        if self.dropped > 0 {
            diagnostics.push(Diagnostic {
                severity: if self.errors > 0 { Severity::Error } else { Severity::Warning },
                code: "more-problems",
                message: format!("{} more problems are not shown", self.dropped),
                at: None,
                related: Vec::new(),
                help: Some("mend these first".into()),
            });
        }
        diagnostics
    }
}

/// The most characters of a line that are shown.
const WIDTH: usize = 140;
/// The characters before the meant stretch that are kept of a longer line.
const BEFORE: usize = 60;

/// The bytes on each side of the meant stretch that are looked at: enough for [`WIDTH`] characters of any script.
const REACH: usize = 1024;

/// The end of a line, and the stretches of it that are hidden.
type KnownLine = (usize, Vec<(usize, usize)>);

/// Makes excerpts. What a line hides is found once, however many problems it has: a line may have millions of
/// characters.
struct Excerpts<'x> {
    files: &'x [SourceText],
    mask: Mask<'x>,
    /// By file and start.
    lines: BTreeMap<(u32, usize), KnownLine>,
}

impl Excerpts<'_> {
    fn line(&mut self, text: &str, file: u32, at: usize) -> (usize, usize, &[(usize, usize)]) {
        let known = self.lines.range(..=(file, at)).next_back();
        let from = match known {
            Some(((of, from), (to, _))) if *of == file && at <= *to => *from,
            _ => text[..at].rfind(['\n', '\r']).map_or(0, |index| index + 1),
        };
        let (to, hidden) = self.lines.entry((file, from)).or_insert_with(|| {
            let to = text[at..].find(['\n', '\r']).map_or(text.len(), |index| at + index);
            (to, self.mask.hidden(text, from, to, file))
        });
        (from, *to, hidden)
    }

    fn excerpt(&mut self, span: Span, label: String) -> Option<Excerpt> {
        let files = self.files;
        let text = &files.get(span.file as usize)?.text;
        let at = text.floor_char_boundary(span.start as usize);
        let (from, to, hidden) = self.line(text, span.file, at);
        let stretch_end = (span.end as usize).clamp(at, to);
        let (low, high) = (from.max(at.saturating_sub(REACH)), to.min(at + REACH));
        let shown = Mask::piece(text, text.floor_char_boundary(low), text.floor_char_boundary(high), hidden);
        Some(drawn(&shown, at, stretch_end, span.source(files), label))
    }
}

fn drawn(shown: &ShownLine, at: usize, stretch_end: usize, place: Source, label: String) -> Excerpt {
    let start = shown.column(at);
    let end = shown.end_column(stretch_end).max(start);
    let chars: Vec<char> = shown.text.chars().collect();
    let first = if chars.len() > WIDTH { start.saturating_sub(BEFORE) } else { 0 };
    let last = chars.len().min(first + WIDTH);
    let mut line: String = chars[first..last].iter().map(|c| harmless(*c)).collect();
    if last < chars.len() {
        line.push('…');
    }
    let mut start_shown = start - first;
    if first > 0 {
        line.insert(0, '…');
        start_shown += 1;
    }
    Excerpt {
        at: place,
        length: (end - start).min(last.saturating_sub(start)).max(1),
        start: start_shown,
        line: line.trim_end().to_owned(),
        label,
    }
}

/// A character that neither moves the cursor nor the columns.
fn harmless(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_hidden(c) => '\u{fffd}',
        c => c,
    }
}

/// A text of the configuration in a message: in backquotes, harmless, cut where it is long.
pub(super) fn quoted(text: &str) -> String {
    let (head, rest) = match text.char_indices().nth(80) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    };
    format!("`{}{rest}`", escape(head))
}

/// A key in a message. What follows a `:` in it is cut off: it is a value whose space was forgotten, maybe a secret.
pub(super) fn key_shown(key: &str) -> String {
    match key.split_once(':') {
        Some((head, rest)) if !rest.is_empty() => quoted(&format!("{head}:…")),
        _ => quoted(key),
    }
}

/// A text of the configuration as part of a message, harmless and cut where it is long.
pub(super) fn shown(text: &str) -> String {
    let quoted = quoted(text);
    quoted[1..quoted.len() - 1].to_owned()
}
