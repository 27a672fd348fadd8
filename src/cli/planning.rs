//! From a configuration to a plan: scopes, reading, planning.

use std::collections::BTreeMap;

use crate::config::{Loaded, SecretResolver};
use crate::model::{ConnectionName, Narrowing, Override, Plan};
use crate::plan;
use crate::provider::Capabilities;

use super::connect::capabilities;
use super::error::CliError;
use super::exit::Exit;
use super::report::Report;
use super::shell::Shell;
use super::survey::{Survey, survey};
use crate::render::{Style, json, text};

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
    let desired = &loaded.desired;
    let capabilities = capabilities(desired, &shell.catalogue);
    let scopes = plan::scopes(desired, &capabilities, narrowing);
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

impl Report for Plan {
    fn text(&self, style: Style) -> String {
        text::plan(self, style)
    }

    fn json(&self) -> serde_json::Result<String> {
        json::plan(self)
    }
}

/// What a plan alone says about how the run ends.
pub(super) fn exits(plan: &Plan) -> impl Iterator<Item = Exit> {
    [plan.is_incomplete().then_some(Exit::Incomplete), plan.is_blocked().then_some(Exit::Blocked)]
        .into_iter()
        .flatten()
}
