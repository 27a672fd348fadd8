//! `show`: what the services hold for an address.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::args::{Format, Narrow, Show};
use crate::cli::connect::capabilities;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::load::{load, narrowing};
use crate::cli::shell::Shell;
use crate::cli::survey::survey;
use crate::config::Loaded;
use crate::model::{
    Address, Collection, ConnectionName, ConnectionState, Extent, Identity, Kind, Scope, ScopePart,
};
use crate::provider::{Capabilities, KindCapabilities};
use crate::render::{Held, json, text};

pub(super) async fn run(shell: &Shell, typed: &Show) -> Result<Exit, CliError> {
    let address = Address::parse_or_domain(&typed.address).map_err(|error| {
        CliError::usage(format!("`{}`: {error}", typed.address), "write an address like jane.doe@example.com")
    })?;
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let names = connections(typed, &loaded, &address)?;
    let capabilities = capabilities(&loaded.desired, &shell.catalogue);
    let scopes: BTreeMap<ConnectionName, Scope> = names
        .iter()
        .filter_map(|name| Some((name.clone(), scope(capabilities.get(name)?, &address))))
        .collect();
    let secrets = shell.secrets(&loaded);
    let survey = survey(shell, &loaded, &scopes, &secrets).await?;
    let held: Vec<Held<'_>> = names
        .iter()
        .filter_map(|name| Some(held(name, survey.observed.connections.get(name)?, scopes.get(name)?)))
        .collect();
    shell.printer.data(&match typed.format {
        Format::Text => text::objects(&held, shell.printer.style()),
        Format::Json => json::objects(&held)?,
    })?;
    let incomplete = held.iter().any(|part| !part.gaps.is_empty());
    Ok(if incomplete { Exit::Incomplete } else { Exit::Done })
}

/// The connections that were named, or else those of the address's domain.
fn connections(typed: &Show, loaded: &Loaded, address: &Address) -> Result<Vec<ConnectionName>, CliError> {
    if !typed.provider.is_empty() {
        let narrow = Narrow { provider: typed.provider.clone(), ..Narrow::default() };
        let named = narrowing(&narrow, loaded)?.providers;
        return Ok(named.iter().map(|name| ConnectionName::new(name)).collect());
    }
    let domain = loaded.desired.domains.get(address.domain()).ok_or_else(|| {
        CliError::usage(
            format!("the configuration does not speak of {}", address.domain()),
            "declare the domain, or name a connection with --provider",
        )
    })?;
    let mut names: Vec<ConnectionName> = Vec::new();
    for name in domain.connections() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    Ok(names)
}

/// Everything that a connection may hold under an address, with every field that can be read.
fn scope(can: &Capabilities, address: &Address) -> Scope {
    let parts = can
        .kinds
        .iter()
        .filter_map(|(kind, can)| {
            let identity = match kind {
                Kind::Mailbox => Identity::Mailbox(address.clone()),
                Kind::Alias => Identity::Alias(address.clone()),
                Kind::Forward => Identity::Forward(address.clone()),
                Kind::SenderRules => Identity::SenderRules(address.clone()),
                Kind::Registration => Identity::Registration(address.clone()),
                Kind::Administrator => Identity::administrator(address.as_str()),
                Kind::Permission => {
                    return Some(part(can, Collection::parts_of(Kind::Permission, address)));
                }
                Kind::Domain if address.is_domain() => Identity::Domain(address.domain_name()),
                Kind::Domain | Kind::Object => return None,
            };
            // `@domain` is the identity of aliases and domains only.
            let fits = !address.is_domain() || matches!(kind, Kind::Alias | Kind::Domain);
            fits.then(|| part(can, Collection::object(&identity)))
        })
        .filter(|part| !address.is_domain() || part.collection.kind != Kind::Permission)
        .collect();
    Scope { parts, facts: true }
}

fn part(can: &KindCapabilities, collection: Collection) -> ScopePart {
    let fields: BTreeSet<_> =
        can.fields.iter().filter(|(_, can)| can.read.is_yes()).map(|(field, _)| field.clone()).collect();
    ScopePart { collection, fields }
}

fn held<'a>(name: &'a ConnectionName, state: &'a ConnectionState, scope: &Scope) -> Held<'a> {
    let objects = state.objects.values().filter(|object| scope.covers(&object.identity)).collect();
    let unknown = state
        .unknown
        .iter()
        .filter(|(identity, _)| scope.covers(identity))
        .map(|(identity, reason)| (Collection::object(identity), reason.clone()));
    let gaps = state
        .incomplete()
        .into_iter()
        .filter(|(collection, _)| {
            !matches!(collection.extent, Extent::Everything) || scope.asks(collection.kind)
        })
        .chain(unknown)
        .collect();
    Held { connection: name, objects, gaps }
}
