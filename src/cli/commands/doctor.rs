//! `doctor`: checks each connection; it only reads.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::cli::args::{Doctor, TextOrJson};
use crate::cli::connect::try_connect;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::load::{load, narrowing};
use crate::cli::progress::Spinner;
use crate::cli::shell::Shell;
use crate::model::ConnectionName;
use crate::provider::{Check, CheckState, Provider, ProviderError};
use crate::render::{json, text};

pub(super) async fn run(shell: &Shell, typed: &Doctor) -> Result<Exit, CliError> {
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let narrow = crate::cli::args::Narrow { provider: typed.provider.clone(), ..Default::default() };
    let picked = narrowing(&narrow, &loaded)?.providers;
    let names: Vec<&ConnectionName> = loaded
        .desired
        .connections
        .keys()
        .filter(|name| picked.is_empty() || picked.iter().any(|one| one == name.as_str()))
        .collect();
    let secrets = shell.secrets(&loaded);
    let spinner = Spinner::new(shell.printer, "checking");
    let connected = shell.interrupt.or(try_connect(shell, &loaded, names, &secrets)).await?;
    let checks = shell
        .interrupt
        .or(join_all(connected.into_iter().map(|(name, result)| async { (name, ask(result).await) })))
        .await?;
    drop(spinner);
    shell.printer.data(&match typed.format {
        TextOrJson::Text => text::checks(&checks, shell.printer.style()),
        TextOrJson::Json => json::checks(&checks)?,
    })?;
    let failed = checks.iter().flat_map(|(_, checks)| checks).any(|check| check.state == CheckState::Failed);
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

async fn ask(result: Result<Arc<dyn Provider>, ProviderError>) -> Vec<Check> {
    match result {
        Ok(provider) => provider.check().await,
        Err(error) => {
            let hint = error.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
            vec![Check {
                name: "connect".to_owned(),
                state: CheckState::Failed,
                detail: format!("{error}{hint}"),
            }]
        }
    }
}
