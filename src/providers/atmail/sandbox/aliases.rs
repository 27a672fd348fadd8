//! Aliases. Contract sections 4 and 5.
//!
//! Must not know envelopes.

use super::auth::Caller;
use super::listing::empty_or;
use super::params::Params;
use super::reply::{Item, Refusal, Reply};
use super::settings::{Names, Quirk};
use super::state::{Alias, Right, State, domain_of, key, nullable};
use super::xml::Node;

const ARGUMENTS: [&str; 3] = ["AliasName", "AliasTo", "AliasMailDir"];

/// The parameters that a create looks at.
pub(super) fn of_create(names: Names) -> Vec<&'static str> {
    let mut all = ARGUMENTS.to_vec();
    if names.has_text() {
        all.push("AliasType");
    }
    if names.has_list() {
        all.push("aliasType");
    }
    all
}

/// The type that was asked for, in the spelling of the text.
fn kind(params: &Params, names: Names) -> Result<&'static str, Refusal> {
    let text = if names.has_text() { params.text("AliasType")? } else { None };
    let list = if names.has_list() { params.text("aliasType")? } else { None };
    let name = if names.has_text() { "AliasType" } else { "aliasType" };
    match text.or(list) {
        None | Some("") => Err(Refusal::missing(name)),
        Some("Local") => Ok("Local"),
        Some("Domain") => Ok("Domain"),
        Some("Deliver") if names.has_text() => Ok("Deliver"),
        Some("Divert") if names.has_list() => Ok("Deliver"),
        Some(_) => Err(Refusal::invalid(name)),
    }
}

/// A local part and a domain, nothing more.
fn is_address(text: &str) -> bool {
    let plain =
        |letter: char| !letter.is_whitespace() && !letter.is_control() && !matches!(letter, '@' | ',' | ';');
    text.rsplit_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && name.chars().chain(domain.chars()).all(plain)
    })
}

/// A domain, bare or behind an `@`.
fn is_domain(text: &str) -> bool {
    let name = text.strip_prefix('@').unwrap_or(text);
    name.contains('.') && is_address(&format!("x@{name}"))
}

pub(super) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let (name, to) = (params.required("AliasName")?, params.required("AliasTo")?);
    let kind = kind(params, state.settings.names)?;
    let mail_dir = params.text("AliasMailDir")?.and_then(nullable);
    caller.any_right(&[Right::UAlias])?;
    caller.at(domain_of(name))?;
    let fits = if kind == "Domain" { is_domain } else { is_address };
    for (argument, value) in [("AliasName", name), ("AliasTo", to)] {
        if !fits(value) {
            return Err(Refusal::invalid(argument));
        }
    }
    if kind != "Domain" && !state.has_domain(domain_of(name)) {
        return Err(Refusal::no_domain());
    }
    let by_name = state.settings.has(Quirk::DuplicateByName);
    let same = |alias: &Alias| key(&alias.name) == key(name) && (by_name || key(&alias.to) == key(to));
    if state.aliases.iter().any(same) {
        return Err(Refusal::new(format!("Duplicate {to}")));
    }
    state.insert_alias(name, to, mail_dir.as_deref(), kind);
    let to_self = |alias: &Alias| key(&alias.name) == key(name) && key(&alias.to) == key(name);
    if kind == "Deliver" && state.settings.has(Quirk::DeliverAddsSelf) && !state.aliases.iter().any(to_self) {
        state.insert_alias(name, name, None, kind);
    }
    Ok(Reply::done("Success"))
}

pub(super) fn list(state: &State, caller: &Caller) -> Result<Reply, Refusal> {
    if let Err(denied) = caller.any_right(&[Right::UAlias]) {
        return empty_or(denied, &state.settings);
    }
    let seen = state.aliases.iter().filter(|alias| caller.sees(&alias.domain));
    let tells_type = state.settings.has(Quirk::ShowsAliasType);
    let items = seen.map(|alias| {
        let mut record = vec![
            Node::text("id", alias.id),
            Node::text("AliasName", &alias.name),
            Node::text("AliasTo", &alias.to),
            Node::text("Domain", &alias.domain),
            Node::text("DateCreate", &alias.created),
            Node::column("AliasMailDir", alias.mail_dir.as_deref()),
        ];
        if tells_type {
            record.push(Node::text("AliasType", alias.kind));
        }
        Item::Record(record)
    });
    Ok(Reply::List(items.collect()))
}

/// Deletes the rows that match every argument given.
pub(super) fn delete(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    if let Some(unknown) = params.names().find(|name| !ARGUMENTS.contains(name)) {
        return Err(Refusal::new(format!("illegal argument name used: {unknown}")));
    }
    let (name, to, mail_dir) =
        (params.text("AliasName")?, params.text("AliasTo")?, params.text("AliasMailDir")?);
    if name.is_none() && to.is_none() && mail_dir.is_none() {
        return Err(Refusal::new("At least one argument must be used"));
    }
    caller.any_right(&[Right::UAlias])?;
    let is = |argument: Option<&str>, column: &str| argument.is_none_or(|value| key(value) == key(column));
    let matches = |alias: &Alias| {
        is(name, &alias.name) && is(to, &alias.to) && is(mail_dir, alias.mail_dir.as_deref().unwrap_or(""))
    };
    let mut found = state.aliases.iter().filter(|alias| matches(alias)).peekable();
    if found.peek().is_none() {
        return Err(Refusal::new("Alias does not exist"));
    }
    for alias in found {
        caller.at(&alias.domain)?;
    }
    state.aliases.retain(|alias| !matches(alias));
    Ok(Reply::done("Alias(s) removed"))
}
