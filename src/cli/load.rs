//! From the argument to a configuration, and what it was narrowed to.

use std::path::{Path, PathBuf};

use crate::config::{self, Loaded};
use crate::model::{Narrowing, Severity};
use crate::plan;
use crate::provider::Catalogue;

use super::args::Narrow;
use super::error::CliError;
use super::printer::Printer;

/// Loads a configuration and says its warnings; all its problems where it has errors.
pub(super) fn load(printer: Printer, path: &Path, catalogue: &Catalogue) -> Result<Loaded, CliError> {
    match config::load(path, catalogue) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                if warning.severity >= Severity::Warning {
                    printer.warning(warning);
                }
            }
            Ok(loaded)
        }
        Err(problems) => {
            printer.problems(&problems);
            Err(CliError::Config(problems))
        }
    }
}

/// What a plan is narrowed to; each name must be one of the configuration's.
pub(super) fn narrowing(narrow: &Narrow, loaded: &Loaded) -> Result<Narrowing, CliError> {
    let desired = &loaded.desired;
    for name in &narrow.provider {
        let known = desired.connections.keys().map(ToString::to_string).collect::<Vec<_>>();
        check("--provider", name, &known, "connection")?;
    }
    for name in &narrow.domain {
        let known = desired.domains.keys().map(ToString::to_string).collect::<Vec<_>>();
        check("--domain", name, &known, "domain")?;
    }
    plan::check_globs(narrow.only.iter().map(String::as_str))
        .map_err(|error| CliError::usage(format!("--only: {error}"), "write a glob like '*@example.com'"))?;
    Ok(Narrowing {
        only: narrow.only.clone(),
        providers: narrow.provider.clone(),
        domains: narrow.domain.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
    })
}

fn check(option: &str, name: &str, known: &[String], what: &str) -> Result<(), CliError> {
    if known.iter().any(|one| one.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let hint = if known.is_empty() {
        format!("the configuration has no {what}")
    } else {
        format!("the configuration has {}", known.join(", "))
    };
    Err(CliError::usage(format!("{option} {name}: there is no such {what}"), hint))
}

/// Where locks and journals are kept: beside the configuration, unless it was said otherwise.
pub(super) fn state_dir(picked: Option<&Path>, config: &Path) -> PathBuf {
    if let Some(picked) = picked {
        return picked.to_owned();
    }
    let folder = if config.is_dir() {
        config
    } else {
        match config.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    };
    folder.join(".mailwright")
}
