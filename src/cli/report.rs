//! One result in the forms that were asked for: on standard output and in files.

use std::path::{Path, PathBuf};

use crate::render::Style;

use super::args::{Format, Output};
use super::error::CliError;
use super::files;
use super::printer::Printer;

/// A result that can be shown in every form.
pub(super) trait Report {
    /// As people read it.
    fn text(&self, style: Style) -> String;
    /// As machines read it.
    fn json(&self) -> serde_json::Result<String>;
}

/// The files that were asked for, each with its form.
#[derive(Debug)]
pub(super) struct Reports(Vec<(PathBuf, Format)>);

impl Reports {
    /// Reads the endings, before anything is done that could take long.
    pub(super) fn of(output: &Output) -> Result<Self, CliError> {
        output.report.iter().map(|path| Ok((path.clone(), ending(path)?))).collect::<Result<_, _>>().map(Self)
    }

    /// Writes the files.
    pub(super) fn write(&self, report: &dyn Report) -> Result<(), CliError> {
        for (path, format) in &self.0 {
            files::replace(path, &form(report, *format, Style::plain())?)?;
        }
        Ok(())
    }
}

/// Writes a result to standard output.
pub(super) fn show(printer: Printer, format: Format, report: &dyn Report) -> Result<(), CliError> {
    printer.data(&form(report, format, printer.style())?)
}

fn form(report: &dyn Report, format: Format, style: Style) -> Result<String, CliError> {
    Ok(match format {
        Format::Text => report.text(style),
        Format::Json => report.json()?,
    })
}

fn ending(path: &Path) -> Result<Format, CliError> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("txt") => Ok(Format::Text),
        Some("json") => Ok(Format::Json),
        _ => Err(CliError::usage(
            format!("--report {} does not say in which form", path.display()),
            "end its name in .txt or .json",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_picks_the_form() {
        assert_eq!(ending(Path::new("a/plan.json")).expect("known"), Format::Json);
        assert_eq!(ending(Path::new("plan.txt")).expect("known"), Format::Text);
        assert!(ending(Path::new("plan.pdf")).is_err());
        assert!(ending(Path::new("plan")).is_err());
    }
}
