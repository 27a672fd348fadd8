//! `plan`: shows what apply would do.

use crate::cli::args::Plan;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::files;
use crate::cli::load::{load, narrowing};
use crate::cli::planning;
use crate::cli::report::Reports;
use crate::cli::shell::Shell;
use crate::render::{json, quoted};

pub(super) async fn run(shell: &Shell, typed: &Plan) -> Result<Exit, CliError> {
    let reports = Reports::of::<crate::model::Plan>(&typed.output)?;
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let narrowing = narrowing(&typed.narrow, &loaded)?;
    let secrets = shell.secrets(&loaded);
    let planned = planning::make(shell, &loaded, &narrowing, &typed.brakes.allow, &secrets).await?;
    let plan = &planned.plan;
    if let Some(path) = &typed.out {
        files::replace(path, &json::plan(plan)?)?;
    }
    reports.write(plan)?;
    reports.show(shell.printer, plan)?;
    if let Some(path) = &typed.out {
        shell.printer.say(&format!(
            "Saved as {0}: apply it with `mailwright apply {1} --plan {0}`.",
            quoted(&path.display().to_string()),
            quoted(&typed.config.config.display().to_string())
        ));
    }
    let changes = (typed.detailed_exitcode && !plan.is_empty()).then_some(Exit::Changes);
    let exit = Exit::first(planning::exits(plan).chain(changes));
    // The process ends here. To take a hundred thousand objects apart one by one would cost a tenth of the run.
    std::mem::forget((loaded, planned.plan, planned.survey.observed));
    Ok(exit)
}
