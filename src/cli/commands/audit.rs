//! `audit`: says where the services are not as declared.

use crate::audit;
use crate::cli::args::Audit;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::load::{load, narrowing};
use crate::cli::planning;
use crate::cli::report::{Report, Reports, show};
use crate::cli::shell::Shell;
use crate::model::Finding;
use crate::render::{Style, json, text};

pub(super) async fn run(shell: &Shell, typed: &Audit) -> Result<Exit, CliError> {
    let reports = Reports::of(&typed.output)?;
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let narrowing = narrowing(&typed.narrow, &loaded)?;
    let secrets = shell.secrets(&loaded);
    let planned = planning::make(shell, &loaded, &narrowing, &[], &secrets).await?;
    let findings = audit::audit(&planned.plan, &loaded.desired, &planned.survey.observed);
    let findings = Findings(findings);
    reports.write(&findings)?;
    show(shell.printer, typed.output.format, &findings)?;
    // An audit makes nothing, so that nothing can be blocked: what a brake holds back has drifted all the same.
    let incomplete = planned.plan.is_incomplete().then_some(Exit::Incomplete);
    let drift = audit::has_drift(&findings.0).then_some(Exit::Changes);
    Ok(Exit::first(incomplete.into_iter().chain(drift)))
}

struct Findings(Vec<Finding>);

impl Report for Findings {
    fn text(&self, style: Style) -> String {
        text::findings(&self.0, style)
    }

    fn json(&self) -> serde_json::Result<String> {
        json::findings(&self.0)
    }
}
