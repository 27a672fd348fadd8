//! `show`: what the services hold for an address, a login, or an object of a service's own kind.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::args::{Narrow, Show, TextOrJson};
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
    let sought = Sought::parse(&typed.address)?;
    let loaded = load(shell.printer, &typed.config.config, &shell.catalogue)?;
    let capabilities = capabilities(&loaded.desired, &shell.catalogue);
    let names = connections(typed, &loaded, &capabilities, &sought)?;
    let scopes: BTreeMap<ConnectionName, Scope> =
        names.iter().filter_map(|name| Some((name.clone(), sought.scope(capabilities.get(name)?)))).collect();
    let secrets = shell.secrets(&loaded);
    let survey = survey(shell, &loaded, &scopes, &secrets).await?;
    let held: Vec<Held<'_>> = names
        .iter()
        .filter_map(|name| Some(held(name, survey.observed.connections.get(name)?, scopes.get(name)?)))
        .collect();
    shell.printer.data(&match typed.format {
        TextOrJson::Text => text::objects(&held, shell.printer.style()),
        TextOrJson::Json => json::objects(&held)?,
    })?;
    let incomplete = held.iter().any(|part| !part.gaps.is_empty());
    Ok(if incomplete { Exit::Incomplete } else { Exit::Done })
}

/// What is to be shown.
enum Sought {
    Address(Address),
    /// An administrator whose login is no address, or an object of a service's own kind.
    Named(Identity),
}

impl Sought {
    fn parse(typed: &str) -> Result<Self, CliError> {
        match (Address::parse_or_domain(typed), typed.split_once('/')) {
            (Ok(address), _) => Ok(Self::Address(address)),
            (Err(_), Some((kind, name))) if !kind.is_empty() && !name.is_empty() && !typed.contains('@') => {
                Ok(Self::Named(Identity::Object { kind: kind.into(), name: name.into() }))
            }
            (Err(_), None) if !typed.contains('@') && !typed.trim().is_empty() => {
                Ok(Self::Named(Identity::administrator(typed)))
            }
            (Err(error), _) => Err(CliError::usage(
                format!("`{typed}`: {error}"),
                "write an address like jane.doe@example.com, a login, or KIND/NAME for an object of a service's own kind",
            )),
        }
    }

    /// Everything that a connection may hold under it, with every field that can be read.
    fn scope(&self, can: &Capabilities) -> Scope {
        match self {
            Self::Address(address) => scope(can, address),
            Self::Named(identity) => {
                let kind = can.kind(identity.kind());
                let parts = kind.map(|can| part(can, Collection::object(identity)));
                Scope { facts: true, ..Scope::of(parts.into_iter().collect()) }
            }
        }
    }
}

/// The connections that were named, or else those of the address's domain, or those that have the kind.
fn connections(
    typed: &Show,
    loaded: &Loaded,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    sought: &Sought,
) -> Result<Vec<ConnectionName>, CliError> {
    if !typed.provider.is_empty() {
        let narrow = Narrow { provider: typed.provider.clone(), ..Narrow::default() };
        let named = narrowing(&narrow, loaded)?.providers;
        return Ok(named.iter().map(|name| ConnectionName::new(name)).collect());
    }
    let address = match sought {
        Sought::Address(address) => address,
        Sought::Named(identity) => {
            let kind = identity.kind();
            let holds = |can: &Capabilities| can.kind(kind).is_some();
            let names: Vec<ConnectionName> =
                capabilities.iter().filter(|(_, can)| holds(can)).map(|(name, _)| name.clone()).collect();
            return if names.is_empty() {
                Err(CliError::usage(
                    format!(
                        "`{}`: no connection of this configuration holds {}",
                        typed.address,
                        kind.plural()
                    ),
                    "write an address like jane.doe@example.com",
                ))
            } else {
                Ok(names)
            };
        }
    };
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
    Scope { facts: true, ..Scope::of(parts) }
}

fn part(can: &KindCapabilities, collection: Collection) -> ScopePart {
    let fields: BTreeSet<_> =
        can.fields.iter().filter(|(_, can)| can.read.is_yes()).map(|(field, _)| field.clone()).collect();
    ScopePart { collection, fields }
}

fn held<'a>(name: &'a ConnectionName, state: &'a ConnectionState, scope: &Scope) -> Held<'a> {
    let objects = state.objects.values().map(|object| &**object);
    let objects = objects.filter(|object| scope.covers(&object.identity)).collect();
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
