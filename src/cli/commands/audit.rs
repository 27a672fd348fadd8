//! `audit`: says where the services are not as declared, and who can do what.

use std::path::Path;

use crate::audit::{self, Baseline};
use crate::cli::args::Audit;
use crate::cli::audited::Audited;
use crate::cli::baseline;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::load::{load, narrowing};
use crate::cli::planning::{self, Planned};
use crate::cli::report::Reports;
use crate::cli::shell::Shell;
use crate::config::Loaded;
use crate::model::{AccessReview, AuditReport, StateOf};

mod explain;

pub(super) async fn run(shell: &Shell, typed: &Audit) -> Result<Exit, CliError> {
    if let Some(rule) = &typed.explain {
        return explain::run(shell, &typed.output, rule);
    }
    let reports = if typed.access_review {
        Reports::of::<AccessReview>(&typed.output)?
    } else {
        Reports::of::<Audited>(&typed.output)?
    };
    let baseline =
        typed.baseline.as_deref().map(|path| read_baseline(path, &typed.output.report)).transpose()?;
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let narrowing = narrowing(&typed.narrow, &loaded)?;
    let secrets = shell.secrets(&loaded);
    let planned = planning::make_to_audit(shell, &loaded, &narrowing, &secrets).await?;
    if typed.access_review {
        let review = access_review(&loaded, &planned);
        reports.write(&review)?;
        reports.show(shell.printer, &review)?;
        return Ok(if review.not_read.is_empty() { Exit::Done } else { Exit::Incomplete });
    }
    let report = findings(shell, &loaded, &planned, baseline.as_ref());
    let exit = exit(&report);
    let audited = Audited::new(report, &loaded, &typed.config.config);
    reports.write(&audited)?;
    reports.show(shell.printer, &audited)?;
    Ok(exit)
}

fn read_baseline(path: &Path, reports: &[std::path::PathBuf]) -> Result<Baseline, CliError> {
    let is_it = |report: &std::path::PathBuf| {
        report == path || matches!((report.canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b)
    };
    if reports.iter().any(is_it) {
        return Err(CliError::usage(
            format!("--report {} would overwrite the baseline with what is new alone", path.display()),
            "name another file, or leave --baseline out to write it anew",
        ));
    }
    baseline::read(path)
}

fn access_review(loaded: &Loaded, planned: &Planned) -> AccessReview {
    let Planned { plan, survey, capabilities } = planned;
    audit::access_review(plan, &loaded.desired, &survey.observed, capabilities, StateOf::Live)
}

fn findings(shell: &Shell, loaded: &Loaded, planned: &Planned, baseline: Option<&Baseline>) -> AuditReport {
    let Planned { plan, survey, capabilities } = planned;
    let report = audit::audit(plan, &loaded.desired, &survey.observed, capabilities);
    let Some(baseline) = baseline else { return report };
    if !audit::knows_gone(&report, baseline) {
        shell.printer.say(
            "what of the baseline is gone is not counted: this audit could not read everything, or looked at less or more",
        );
    }
    audit::compare(report, baseline)
}

/// An audit makes nothing, so that nothing can be blocked: what a brake holds back has drifted all the same. What could
/// not be read is a finding too: where a baseline holds it, somebody has accepted that.
fn exit(report: &AuditReport) -> Exit {
    let incomplete = audit::has_gaps(&report.findings).then_some(Exit::Incomplete);
    let drift = audit::has_drift(&report.findings).then_some(Exit::Changes);
    Exit::first(incomplete.into_iter().chain(drift))
}
