//! Lists for spreadsheets: comma-separated values as RFC 4180 has them, with a row of headings.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return. Such a cell begins with
//! an apostrophe here, which shows as text; so does a catch-all, `@example.com`. Whoever reads the file with a program
//! takes one apostrophe off a cell that begins with an apostrophe and one of these characters. Control characters and
//! marks that turn the direction of writing are shown as escapes, as everywhere.

use crate::model::{AccessReview, AuditReport, LedgerLine, Source};

use super::line::escape;
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
        let runs = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let inert = if runs(raw) || raw.strip_prefix('\'').is_some_and(runs) { "'" } else { "" };
        if inert.is_empty() && !text.contains([',', '"', '\r', '\n']) {
            self.0.push_str(&text);
            return;
        }
        self.0.push('"');
        self.0.push_str(inert);
        self.0.push_str(&text.replace('"', "\"\""));
        self.0.push('"');
    }
}

#[cfg(test)]
mod tests;
