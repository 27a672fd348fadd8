//! `access`: who can do what with an address, and what it can do itself.

use crate::audit;
use crate::cli::args::Asked;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::load::load;
use crate::cli::planning::{self, Planned};
use crate::cli::report::Reports;
use crate::cli::shell::Shell;
use crate::model::{Ability, AccessEntry, AccessReview, Address, Narrowing, StateOf};

pub(super) async fn run(shell: &Shell, typed: &Asked) -> Result<Exit, CliError> {
    let reports = Reports::of::<AccessReview>(&typed.output)?;
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let secrets = shell.secrets(&loaded);
    let Planned { plan, survey, capabilities } =
        planning::make_to_audit(shell, &loaded, &Narrowing::default(), &secrets).await?;
    let state = if typed.desired { StateOf::Desired } else { StateOf::Live };
    let mut review = audit::access_review(&plan, &loaded.desired, &survey.observed, &capabilities, state);
    review.address = Some(typed.address.clone());
    review.entries.retain(|entry| concerns(entry, &typed.address));
    if typed.desired {
        planning::say_held_back(shell, &plan);
    }
    reports.write(&review)?;
    reports.show(shell.printer, &review)?;
    Ok(if review.not_read.is_empty() { Exit::Done } else { Exit::Incomplete })
}

/// True where somebody can do it with the address, or the address with somebody.
fn concerns(entry: &AccessEntry, address: &Address) -> bool {
    let whole = Address::whole_domain(&address.domain_name());
    let whom = entry.whom == *address || entry.can == Ability::Administer && entry.whom == whole;
    whom || Address::parse_or_domain(&entry.who).is_ok_and(|who| who == *address)
}
