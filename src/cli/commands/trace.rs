//! `trace`: where mail for an address ends up, and by which way.

use std::collections::BTreeSet;

use crate::cli::args::Asked;
use crate::cli::connect::capabilities;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::load::load;
use crate::cli::planning;
use crate::cli::report::Reports;
use crate::cli::shell::Shell;
use crate::cli::survey::Survey;
use crate::model::{self, Address, Narrowing};
use crate::plan::{self, Network};

pub(super) async fn run(shell: &Shell, typed: &Asked) -> Result<Exit, CliError> {
    let reports = Reports::of::<model::Trace>(&typed.output)?;
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let desired = &loaded.desired;
    if !desired.domains.contains_key(typed.address.domain()) {
        return Err(CliError::usage(
            format!("the configuration does not speak of {}", typed.address.domain()),
            "declare the domain under `domains`: mail to any other one leaves for the internet",
        ));
    }
    let secrets = shell.secrets(&loaded);
    let capabilities = capabilities(desired, &shell.catalogue);
    let (mut survey, changes) = if typed.desired {
        let planned = planning::make(shell, &loaded, &Narrowing::default(), &[], &secrets).await?;
        planning::say_held_back(shell, &planned.plan);
        (planned.survey, Some(planned.plan.changes))
    } else {
        (Survey::default(), None)
    };
    let mut asked: BTreeSet<(Address, bool)> = BTreeSet::new();
    loop {
        let network = match &changes {
            Some(changes) => Network::after(desired, &survey.observed, &capabilities, changes),
            None => Network::live(desired, &survey.observed, &capabilities),
        };
        // The first look at an address says whether a mailbox is there, the second one asks for aliases.
        let new: BTreeSet<Address> = network
            .path(&typed.address)
            .into_iter()
            .filter(|address| asked.insert((address.clone(), false)) || asked.insert((address.clone(), true)))
            .collect();
        if new.is_empty() {
            let trace = network.trace(&typed.address);
            reports.write(&trace)?;
            reports.show(shell.printer, &trace)?;
            return Ok(if trace.ends.unknown.is_empty() { Exit::Done } else { Exit::Incomplete });
        }
        let scopes = plan::trace_scopes(desired, &capabilities, &survey.observed, &new);
        survey.read(shell, &loaded, &scopes, &secrets).await?;
    }
}
