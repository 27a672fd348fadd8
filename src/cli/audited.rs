//! What came of an audit, with where its configuration lies, in every form.

use std::path::{Component, Path};

use crate::config::Loaded;
use crate::model::AuditReport;
use crate::render::{Style, csv, json, markdown, sarif, text};

use super::args::Format;
use super::error::CliError;
use super::report::Report;

/// The file that a finding without a place stands at where the configuration tells of none.
const USUAL: &str = "mailwright.yaml";

/// What came of an audit.
#[derive(Debug)]
pub(super) struct Audited {
    report: AuditReport,
    root: String,
    fallback: String,
}

impl Audited {
    /// The report with the places of its configuration, as seen from the folder that the program runs in.
    pub(super) fn new(report: AuditReport, loaded: &Loaded, config: &Path) -> Self {
        let here = std::env::current_dir().ok();
        let fallback = if config.is_dir() {
            // The connections are what an audit reads, so what has no place is told where they are declared.
            let declared = loaded.desired.connections.values().find_map(|spec| spec.at.as_ref());
            declared.map_or_else(|| USUAL.to_owned(), |at| at.file.to_string())
        } else {
            config.file_name().map_or_else(|| USUAL.to_owned(), |name| name.to_string_lossy().into_owned())
        };
        Self { report, root: root(&loaded.root, here.as_deref()), fallback }
    }
}

/// A folder as a repository's host knows it: relative to where the program runs, parted by `/`.
fn root(folder: &Path, here: Option<&Path>) -> String {
    let inner = here.and_then(|here| folder.strip_prefix(here).ok()).unwrap_or(folder);
    let mut parts: Vec<String> = Vec::new();
    let mut absolute = false;
    for part in inner.components() {
        match part {
            Component::CurDir => {}
            Component::RootDir => absolute = true,
            Component::Prefix(_) | Component::ParentDir | Component::Normal(_) => {
                parts.push(part.as_os_str().to_string_lossy().into_owned());
            }
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}

impl Report for Audited {
    const NAME: &'static str = "an audit";
    const FORMS: &'static [Format] =
        &[Format::Text, Format::Json, Format::Markdown, Format::Sarif, Format::Csv];

    fn render(&self, format: Format, style: Style) -> Option<Result<String, CliError>> {
        let places = sarif::Places { root: &self.root, fallback: &self.fallback };
        Some(match format {
            Format::Text => Ok(text::audit(&self.report, style)),
            Format::Json => json::audit(&self.report).map_err(CliError::from),
            Format::Markdown => Ok(markdown::audit(&self.report)),
            Format::Sarif => sarif::audit(&self.report, places).map_err(CliError::from),
            Format::Csv => Ok(csv::audit(&self.report)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_told_as_the_repository_knows_it() {
        let here = Some(Path::new("/home/it/repo"));
        for (folder, told) in [
            ("mail", "mail"),
            ("./mail/", "mail"),
            (".", ""),
            ("", ""),
            ("/home/it/repo/mail", "mail"),
            ("/home/it/repo", ""),
            ("/srv/mail", "/srv/mail"),
            ("../mail", "../mail"),
        ] {
            assert_eq!(root(Path::new(folder), here), told, "{folder}");
        }
    }
}
