//! `providers`: which services can be managed, and what each can do.

use std::collections::BTreeMap;

use crate::cli::args::{Providers, TableFormat};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::shell::Shell;
use crate::model::{ConnectionName, ConnectionSpec};
use crate::provider::{Capabilities, ProviderType};
use crate::render::table::Table;
use crate::render::{keys, matrix, settings, summary};

pub(super) fn run(shell: &Shell, typed: &Providers) -> Result<Exit, CliError> {
    let tables = match &typed.type_name {
        None => {
            let columns: Vec<(&str, Capabilities)> =
                shell.catalogue.iter().map(|entry| (entry.name, usual(entry))).collect();
            vec![summary(&shell.catalogue), matrix(&columns)]
        }
        Some(name) => {
            let entry = shell.catalogue.get(name).ok_or_else(|| {
                let known: Vec<&str> = shell.catalogue.iter().map(|entry| entry.name).collect();
                CliError::usage(
                    format!("there is no type `{name}`"),
                    format!("there are {}", known.join(", ")),
                )
            })?;
            vec![keys(entry), settings(entry), matrix(&[(entry.name, usual(entry))])]
        }
    };
    let shown: Vec<String> = tables
        .iter()
        .filter(|table| !table.rows.is_empty())
        .map(|table: &Table| match typed.format {
            TableFormat::Text => table.text(shell.printer.style()),
            TableFormat::Markdown => table.markdown(),
        })
        .collect();
    shell.printer.data(&shown.join("\n"))?;
    Ok(Exit::Done)
}

/// What a connection of this type can do where its optional keys are left out.
fn usual(entry: &ProviderType) -> Capabilities {
    (entry.capabilities)(&ConnectionSpec {
        name: ConnectionName::new(entry.name),
        type_name: entry.name.into(),
        params: BTreeMap::new(),
        at: None,
    })
}
