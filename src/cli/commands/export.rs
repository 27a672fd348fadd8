//! `export`: writes what the services hold as YAML.

use crate::cli::args::Export;
use crate::cli::connect::capabilities;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::files::{self, Made};
use crate::cli::load::{load, narrowing};
use crate::cli::shell::Shell;
use crate::cli::survey::survey;
use crate::config::{self, ExportConnection, ExportInput};
use crate::plan;

pub(super) async fn run(shell: &Shell, typed: &Export) -> Result<Exit, CliError> {
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let narrowing = narrowing(&typed.narrow, &loaded)?;
    let capabilities = capabilities(&loaded.desired, &shell.catalogue);
    let scopes = plan::whole_scopes(&loaded.desired, &capabilities, &narrowing);
    let secrets = shell.secrets(&loaded);
    let survey = survey(shell, &loaded, &scopes, &secrets).await?;
    let connections = loaded.desired.connections.iter().filter_map(|(name, spec)| {
        let capabilities = capabilities.get(name)?;
        Some((name.clone(), ExportConnection { type_name: &spec.type_name, capabilities }))
    });
    let yaml = config::export(&ExportInput {
        observed: &survey.observed,
        connections: connections.collect(),
        domains: &loaded.desired.domains,
        adopt: None,
    });
    match &typed.out {
        None => shell.printer.data(&yaml)?,
        Some(path) => match files::make(path, &yaml)? {
            Made::New => shell.printer.say(&format!("wrote {}", path.display())),
            Made::Kept => {
                return Err(CliError::usage(
                    format!("{} is there already", path.display()),
                    "name a file that is not, or leave --out out",
                ));
            }
        },
    }
    let mut exit = Exit::Done;
    for (name, state) in &survey.observed.connections {
        for (collection, reason) in state.incomplete() {
            shell.printer.say(&format!("not read: {collection} on {name}: {reason}"));
            exit = Exit::Incomplete;
        }
    }
    Ok(exit)
}
