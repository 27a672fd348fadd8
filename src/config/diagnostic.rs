//! What is wrong with a configuration, as data: cli draws it, [`Problems`] also shows itself as plain text.

use std::fmt;

use crate::model::{Severity, Source, escape};

/// One problem of a configuration. Never holds a secret, not even in the excerpts of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// [`Severity::Error`] where the configuration cannot be used, else [`Severity::Warning`].
    pub severity: Severity,
    /// A stable word for this kind of problem, like `unknown-key`.
    pub code: &'static str,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// Where; none where it is about the configuration as a whole.
    pub at: Option<Excerpt>,
    /// Other places that have to do with it, like the first of two equal entries.
    pub related: Vec<Excerpt>,
    /// What to write instead, or what to do next.
    pub help: Option<String>,
}

/// A line of a file with the stretch of it that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The place.
    pub at: Source,
    /// The line, without what could disturb a terminal, secrets hidden, cut where it is very long.
    pub line: String,
    /// Where the stretch starts in `line`, in characters from 0.
    pub start: usize,
    /// How many characters it has; at least 1. It may reach one character beyond the line's end.
    pub length: usize,
    /// What stands there, in a few words; may be empty.
    pub label: String,
}

/// Everything that is wrong with a configuration, sorted by place: at least one error, and the warnings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems {
    /// The problems.
    pub diagnostics: Vec<Diagnostic>,
}

impl Problems {
    /// How many of them are errors.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// How many of them are warnings.
    pub fn warnings(&self) -> usize {
        self.diagnostics.len() - self.errors()
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Diagnostic {
    /// The problem as plain text of several lines, each ended.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        writeln!(f, "{word}[{}]: {}", self.code, escape(&self.message))?;
        if let Some(excerpt) = &self.at {
            write!(f, "  --> {excerpt}")?;
        }
        for excerpt in &self.related {
            write!(f, "  ::: {excerpt}")?;
        }
        if let Some(help) = &self.help {
            writeln!(f, "  help: {}", escape(help))?;
        }
        Ok(())
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", escape(&self.at.to_string()))?;
        let number = self.at.line.to_string();
        writeln!(f, "  {number} | {}", escape(&self.line))?;
        write!(
            f,
            "  {:width$} | {:start$}{:^<length$}",
            "",
            "",
            "",
            width = number.len(),
            start = self.start,
            length = self.length
        )?;
        if self.label.is_empty() { writeln!(f) } else { writeln!(f, " {}", escape(&self.label)) }
    }
}
