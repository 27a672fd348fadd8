//! One result in the forms that were asked for: on standard output and in files.

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use crate::model::{AccessReview, Plan, Trace};
use crate::render::{Style, csv, json, markdown, text};

use super::args::{Format, Output};
use super::error::CliError;
use super::files;
use super::printer::Printer;

/// A result that can be shown.
pub(super) trait Report {
    /// What it is called where it cannot be shown in a form.
    const NAME: &'static str;

    /// The forms that it has. Asked before anything is done that could take long.
    const FORMS: &'static [Format];

    /// The result in this form; none in a form that it does not have.
    fn render(&self, format: Format, style: Style) -> Option<Result<String, CliError>>;
}

/// The forms that were asked for: on standard output, and each file with its own.
#[derive(Debug)]
pub(super) struct Reports {
    shown: Format,
    files: Vec<(PathBuf, Format)>,
}

impl Reports {
    /// Reads what was typed, and refuses a form that such a result does not have.
    pub(super) fn of<R: Report>(output: &Output) -> Result<Self, CliError> {
        if !R::FORMS.contains(&output.format) {
            return Err(unknown::<R>(output.format, "--format"));
        }
        let files = output
            .report
            .iter()
            .map(|path| {
                let format = ending(path).ok_or_else(|| {
                    CliError::usage(
                        format!("--report {} does not say in which form", path.display()),
                        format!("end its name in {}", endings(R::FORMS)),
                    )
                })?;
                if R::FORMS.contains(&format) {
                    Ok((path.clone(), format))
                } else {
                    Err(unknown::<R>(format, &format!("--report {}", path.display())))
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { shown: output.format, files })
    }

    /// Writes the files.
    pub(super) fn write<R: Report>(&self, report: &R) -> Result<(), CliError> {
        for (path, format) in &self.files {
            files::replace(path, &form(report, *format, Style::plain())?)?;
        }
        Ok(())
    }

    /// Writes the result to standard output.
    pub(super) fn show<R: Report>(&self, printer: Printer, report: &R) -> Result<(), CliError> {
        printer.data(&form(report, self.shown, printer.style())?)
    }
}

fn form<R: Report>(report: &R, format: Format, style: Style) -> Result<String, CliError> {
    report.render(format, style).unwrap_or_else(|| Err(unknown::<R>(format, "--format")))
}

fn unknown<R: Report>(format: Format, option: &str) -> CliError {
    let forms: Vec<String> = R::FORMS.iter().map(|form| word(*form)).collect();
    CliError::usage(
        format!("{option}: {} cannot be shown as {}", R::NAME, word(format)),
        match option {
            "--format" => format!("it can be shown as {}", forms.join(", ")),
            _ => format!("end its name in {}", endings(R::FORMS)),
        },
    )
}

fn word(format: Format) -> String {
    format.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// The endings, and the form that each picks.
const ENDINGS: [(&str, Format); 5] = [
    ("txt", Format::Text),
    ("json", Format::Json),
    ("md", Format::Markdown),
    ("sarif", Format::Sarif),
    ("csv", Format::Csv),
];

fn ending(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    if name.ends_with(".sarif.json") {
        return Some(Format::Sarif);
    }
    let (stem, ending) = name.rsplit_once('.')?;
    let (_, format) = ENDINGS.iter().find(|(known, _)| *known == ending)?;
    (!stem.is_empty()).then_some(*format)
}

fn endings(forms: &[Format]) -> String {
    let words: Vec<String> = ENDINGS
        .iter()
        .filter(|(_, format)| forms.contains(format))
        .map(|(ending, _)| format!(".{ending}"))
        .collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

impl Report for Plan {
    const NAME: &'static str = "a plan";
    const FORMS: &'static [Format] = &[Format::Text, Format::Json, Format::Markdown];

    fn render(&self, format: Format, style: Style) -> Option<Result<String, CliError>> {
        match format {
            Format::Text => Some(Ok(text::plan(self, style))),
            Format::Json => Some(json::plan(self).map_err(CliError::from)),
            Format::Markdown => Some(Ok(markdown::plan(self))),
            Format::Sarif | Format::Csv => None,
        }
    }
}

impl Report for Trace {
    const NAME: &'static str = "the way of mail";
    const FORMS: &'static [Format] = &[Format::Text, Format::Json, Format::Markdown];

    fn render(&self, format: Format, style: Style) -> Option<Result<String, CliError>> {
        match format {
            Format::Text => Some(Ok(text::trace(self, style))),
            Format::Json => Some(json::trace(self).map_err(CliError::from)),
            Format::Markdown => Some(Ok(markdown::trace(self))),
            Format::Sarif | Format::Csv => None,
        }
    }
}

impl Report for AccessReview {
    const NAME: &'static str = "an access review";
    const FORMS: &'static [Format] = &[Format::Text, Format::Json, Format::Markdown, Format::Csv];

    fn render(&self, format: Format, style: Style) -> Option<Result<String, CliError>> {
        match format {
            Format::Text => Some(Ok(text::access(self, style))),
            Format::Json => Some(json::access(self).map_err(CliError::from)),
            Format::Markdown => Some(Ok(markdown::access(self))),
            Format::Csv => Some(Ok(csv::access(self))),
            Format::Sarif => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_picks_the_form() {
        for (name, format) in [
            ("a/plan.json", Some(Format::Json)),
            ("plan.txt", Some(Format::Text)),
            ("PLAN.MD", Some(Format::Markdown)),
            ("audit.sarif", Some(Format::Sarif)),
            ("audit.sarif.json", Some(Format::Sarif)),
            ("audit.csv", Some(Format::Csv)),
            ("plan.pdf", None),
            ("plan", None),
            (".json", None),
        ] {
            assert_eq!(ending(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn a_form_that_a_result_does_not_have_is_refused_with_those_that_it_has() {
        let ask = |format, report: &[&str]| {
            let report = report.iter().map(PathBuf::from).collect();
            Reports::of::<Plan>(&Output { format, report })
                .map(|_| ())
                .map_err(|error| (error.to_string(), error.hint().unwrap_or_default()))
        };
        assert_eq!(ask(Format::Markdown, &["a.md", "b.json", "c.txt"]), Ok(()));
        assert_eq!(
            ask(Format::Sarif, &[]),
            Err((
                "--format: a plan cannot be shown as sarif".into(),
                "it can be shown as text, json, markdown".into()
            ))
        );
        assert_eq!(
            ask(Format::Text, &["x.sarif.json"]),
            Err((
                "--report x.sarif.json: a plan cannot be shown as sarif".into(),
                "end its name in .txt, .json or .md".into()
            ))
        );
    }
}
