//! `audit --explain`: the page of a rule, or all rules in short.

use serde::Serialize;

use crate::audit::{RULES, Rule};
use crate::cli::args::{Format, Output};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::report::{Report, Reports};
use crate::cli::shell::Shell;
use crate::model::{RuleId, Severity};
use crate::render::{Style, json};

pub(super) fn run(shell: &Shell, output: &Output, word: &str) -> Result<Exit, CliError> {
    let reports = Reports::of::<Explained>(output)?;
    let explained = if word.is_empty() { Explained::All } else { Explained::One(find(word)?) };
    reports.show(shell.printer, &explained)?;
    Ok(Exit::Done)
}

/// A rule by its id or its name.
fn find(word: &str) -> Result<&'static Rule, CliError> {
    let is_it = |rule: &&Rule| rule.id.0.eq_ignore_ascii_case(word) || rule.name.eq_ignore_ascii_case(word);
    RULES.iter().find(is_it).ok_or_else(|| {
        CliError::usage(
            format!("--explain {word}: there is no such rule"),
            "`mailwright audit --explain` lists the rules; where a configuration is named too, it comes first",
        )
    })
}

enum Explained {
    One(&'static Rule),
    All,
}

/// A rule as machines read it.
#[derive(Serialize)]
struct Described {
    id: RuleId,
    name: &'static str,
    severity: Severity,
    doc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static str>,
}

impl Described {
    fn of(rule: &Rule, page: Option<&'static str>) -> Self {
        let Rule { id, name, severity, doc, .. } = *rule;
        Self { id, name, severity, doc, page }
    }
}

impl Explained {
    fn text(&self) -> String {
        match self {
            Self::One(rule) => rule.page().to_owned(),
            Self::All => {
                let widest = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
                let line = |rule: &Rule| {
                    let severity = match rule.severity {
                        Severity::Note => "note",
                        Severity::Warning => "warning",
                        Severity::Error => "error",
                    };
                    format!("{}  {severity:<7}  {:<widest$}  {}\n", rule.id.0, rule.name, rule.doc)
                };
                RULES.iter().map(line).collect()
            }
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        match self {
            Self::One(rule) => json::pretty(&Described::of(rule, Some(rule.page()))),
            Self::All => {
                json::pretty(&RULES.iter().map(|rule| Described::of(rule, None)).collect::<Vec<_>>())
            }
        }
    }
}

impl Report for Explained {
    const NAME: &'static str = "a rule";
    const FORMS: &'static [Format] = &[Format::Text, Format::Json];

    fn render(&self, format: Format, _: Style) -> Option<Result<String, CliError>> {
        match format {
            Format::Text => Some(Ok(self.text())),
            Format::Json => Some(self.json().map_err(CliError::from)),
            _ => None,
        }
    }
}
