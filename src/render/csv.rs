//! Lists for spreadsheets: comma-separated values as RFC 4180 has them, with a row of headings.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, their full-width forms, a tab or a carriage return,
//! also behind blanks and quotes. Such a cell begins with an apostrophe here, which shows as text; so does a catch-all,
//! `@example.com`. In some countries a spreadsheet parts cells at `;`, so the same holds for what follows one within a
//! cell. Whoever reads the file with a program takes one apostrophe off wherever one or more of them stand before such
//! a beginning. What cannot be seen is shown as an escape, as everywhere.

use crate::model::{AccessReview, AuditReport, LedgerLine, Source, is_hidden};

use super::escape;
use super::parts::findings::{sorted, word};

/// The columns of an audit.
pub const AUDIT: [&str; 12] = [
    "rule",
    "severity",
    "kind",
    "identity",
    "connection",
    "message",
    "declared",
    "remote",
    "file",
    "line",
    "column",
    "fingerprint",
];

/// The columns of an access review.
pub const ACCESS: [&str; 13] = [
    "whom",
    "can",
    "who",
    "outside",
    "through",
    "because",
    "connection",
    "file",
    "line",
    "ledger_entry",
    "ledger_reason",
    "ledger_owner",
    "ledger_expires",
];

/// The findings of an audit, a row each, the gravest first.
pub fn audit(report: &AuditReport) -> String {
    let mut sheet = Sheet::new(&AUDIT);
    for finding in sorted(&report.findings) {
        let object = finding.object.as_ref();
        let (file, line, column) = place(finding.at.as_ref());
        sheet.row(&[
            finding.rule.0,
            word(finding.severity),
            object.map_or("", |object| object.identity.kind().singular()),
            &object.map_or_else(String::new, |object| object.identity.to_string()),
            object.map_or("", |object| object.connection.as_str()),
            &finding.message,
            finding.declared.as_deref().unwrap_or_default(),
            finding.remote.as_deref().unwrap_or_default(),
            &file,
            &line,
            &column,
            &finding.fingerprint,
        ]);
    }
    sheet.0
}

/// The entries of an access review, a row each, in its order.
pub fn access(review: &AccessReview) -> String {
    let mut sheet = Sheet::new(&ACCESS);
    for entry in &review.entries {
        let through: Vec<String> = entry.through.iter().map(ToString::to_string).collect();
        let (file, line, _) = place(entry.at.as_ref());
        let ledger = entry.ledger.as_ref();
        sheet.row(&[
            &entry.whom.to_string(),
            entry.can.as_str(),
            &entry.who,
            if entry.outside { "true" } else { "false" },
            &through.join(" "),
            &entry.because,
            entry.connection.as_str(),
            &file,
            &line,
            &ledger.map_or_else(String::new, |line| line.entry.to_string()),
            ledger.map_or("", |line| &line.reason),
            ledger.and_then(|line| line.owner.as_deref()).unwrap_or_default(),
            &ledger.and_then(owned_expiry).unwrap_or_default(),
        ]);
    }
    sheet.0
}

fn owned_expiry(line: &LedgerLine) -> Option<String> {
    line.expires.map(|day| day.to_string())
}

fn place(at: Option<&Source>) -> (String, String, String) {
    at.map_or_else(Default::default, |at| (at.file.to_string(), at.line.to_string(), at.column.to_string()))
}

struct Sheet(String);

impl Sheet {
    fn new(columns: &[&str]) -> Self {
        let mut sheet = Self(String::new());
        sheet.row(columns);
        sheet
    }

    fn row(&mut self, cells: &[&str]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.cell(cell);
        }
        self.0.push_str("\r\n");
    }

    fn cell(&mut self, raw: &str) {
        let text = escape(raw);
        let mut inert = String::with_capacity(text.len() + 2);
        // No escape holds a `;`, so the pieces of both are the same.
        for (index, (piece, shown)) in raw.split(';').zip(text.split(';')).enumerate() {
            if index > 0 {
                inert.push(';');
            }
            if runs(piece) {
                inert.push('\'');
            }
            inert.push_str(shown);
        }
        if inert == raw && !inert.contains([',', '"']) {
            self.0.push_str(&inert);
            return;
        }
        self.0.push('"');
        self.0.push_str(&inert.replace('"', "\"\""));
        self.0.push('"');
    }
}

/// True for what a spreadsheet runs at the start of a cell, and for what would look like such a text made inert.
fn runs(piece: &str) -> bool {
    let ignored =
        |c: char| c == '"' || c == '\'' || c != '\t' && c != '\r' && (c.is_whitespace() || is_hidden(c));
    piece.trim_start_matches(ignored).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r'])
}

#[cfg(test)]
mod tests;
