//! Domains. Contract section 4.
//!
//! Must not know envelopes.

use super::auth::Caller;
use super::params::Params;
use super::reply::{Item, Refusal, Reply};
use super::settings::Quirk;
use super::state::{State, domain_of, key};
use super::xml::Node;

/// Labels of letters, digits and hyphens, at least two.
fn is_domain_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 128 && name.contains('.') && name.split('.').all(label)
}

pub(super) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let name = params.required("name")?;
    caller.only_master()?;
    if !is_domain_name(name) {
        return Err(Refusal::invalid("name"));
    }
    if state.has_domain(name) {
        return Err(Refusal::new(format!("{name} already exists")));
    }
    if state.settings.max_domains.is_some_and(|limit| state.domains.len() >= limit) {
        return Err(Refusal::new("No domain credits"));
    }
    state.insert_domain(name);
    Ok(Reply::done(format!("{name} added")))
}

pub(super) fn delete(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let name = params.required("name")?;
    caller.only_master()?;
    if !state.has_domain(name) {
        return Err(Refusal::new(format!("{name} does not exist")));
    }
    let inside = |address: &str| key(domain_of(address)) == key(name);
    if state.settings.has(Quirk::DomainDeleteCascades) {
        state.users.retain(|account, _| !inside(account));
        state.aliases.retain(|alias| !inside(&alias.name));
    } else if state.users_at(name).next().is_some() || state.aliases.iter().any(|alias| inside(&alias.name)) {
        return Err(Refusal::new(format!("{name} is in use")));
    }
    state.remove_domain(name);
    Ok(Reply::done(format!("{name} deleted")))
}

pub(super) fn check(state: &State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let name = params.required("name")?;
    if state.has_domain(name) && caller.sees(name) {
        Ok(Reply::done(format!("{name} exists")))
    } else {
        Err(Refusal::new(format!("{name} does not exist")))
    }
}

pub(super) fn list(state: &State, caller: &Caller) -> Reply {
    let seen = state.domains.values().filter(|domain| caller.sees(&domain.hostname));
    Reply::List(
        seen.map(|domain| {
            if state.settings.has(Quirk::BareNames) {
                return Item::Name(domain.hostname.clone());
            }
            Item::Record(vec![
                Node::text("Hostname", &domain.hostname),
                Node::text("Enable", u8::from(domain.enabled)),
            ])
        })
        .collect(),
    )
}
