//! From a configuration to a plan: scopes, reading, planning.

use std::collections::BTreeMap;

use crate::config::{Loaded, SecretResolver};
use crate::model::{ConnectionName, Desired, Narrowing, Override, Plan, Scope};
use crate::plan;
use crate::provider::Capabilities;

use super::connect::capabilities;
use super::error::CliError;
use super::exit::Exit;
use super::shell::Shell;
use super::survey::{Survey, survey};

/// A plan with everything that it was made from.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) survey: Survey,
    pub(super) capabilities: BTreeMap<ConnectionName, Capabilities>,
}

/// Reads what is needed and plans.
pub(super) async fn make(
    shell: &Shell,
    loaded: &Loaded,
    narrowing: &Narrowing,
    overrides: &[Override],
    secrets: &SecretResolver,
) -> Result<Planned, CliError> {
    over(plan::scopes, shell, loaded, narrowing, overrides, secrets).await
}

/// Reads what an audit looks at, and plans.
pub(super) async fn make_to_audit(
    shell: &Shell,
    loaded: &Loaded,
    narrowing: &Narrowing,
    secrets: &SecretResolver,
) -> Result<Planned, CliError> {
    over(plan::audit_scopes, shell, loaded, narrowing, &[], secrets).await
}

type Scopes =
    fn(&Desired, &BTreeMap<ConnectionName, Capabilities>, &Narrowing) -> BTreeMap<ConnectionName, Scope>;

async fn over(
    scopes: Scopes,
    shell: &Shell,
    loaded: &Loaded,
    narrowing: &Narrowing,
    overrides: &[Override],
    secrets: &SecretResolver,
) -> Result<Planned, CliError> {
    let desired = &loaded.desired;
    let capabilities = capabilities(desired, &shell.catalogue);
    let scopes = scopes(desired, &capabilities, narrowing);
    let mut survey = survey(shell, loaded, &scopes, secrets).await?;
    let further = plan::further_scopes(desired, &survey.observed, &capabilities, narrowing);
    survey.read(shell, loaded, &further, secrets).await?;
    let plan = plan::plan(plan::Input {
        desired,
        observed: &survey.observed,
        capabilities: &capabilities,
        overrides,
        narrowing,
        today: shell.today,
    })
    .map_err(|proof| CliError::Bug(format!("the plan failed its own proof: {proof}")))?;
    Ok(Planned { plan, survey, capabilities })
}

/// Says that the state after a plan leaves out what the plan does not do.
pub(super) fn say_held_back(shell: &Shell, plan: &Plan) {
    let held = plan.totals().blocked;
    if held > 0 {
        shell.printer.say(&format!(
            "{held} of the plan's changes are blocked or wait, and are not counted here; `mailwright plan` says why"
        ));
    }
}

/// What a plan alone says about how the run ends.
pub(super) fn exits(plan: &Plan) -> impl Iterator<Item = Exit> {
    [plan.is_incomplete().then_some(Exit::Incomplete), plan.is_blocked().then_some(Exit::Blocked)]
        .into_iter()
        .flatten()
}
