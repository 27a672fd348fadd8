//! The `/mail/aliases` and `/mail/domains` routes. Contract sections 4 and 5.
//!
//! Validation runs in the order in which the box refuses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::state::{Alias, Listed, State};
use super::text::{Crash, Reply, lines};
use super::{address, order};
use crate::sandbox::Form;

const DCV_ONLY_ADMINISTRATORS: &str = "This alias can only have administrators of this system as destinations because \
    the address is frequently used for domain control validation.";

/// `GET /mail/aliases`
pub(super) fn list(state: &State, query: &Form) -> Reply {
    let listed = state.listed_aliases();
    if query.text("format") != "json" {
        let line = |alias: &Listed| {
            let senders = alias.permitted_senders.as_deref().unwrap_or("");
            format!("{}\t{}\t{senders}", alias.address, alias.destination)
        };
        return Reply::ok(lines(listed.iter().map(line)));
    }
    // By domain, explicit aliases before automatic ones, then by address.
    let mut domains: BTreeMap<String, BTreeMap<(bool, &str), Value>> = BTreeMap::new();
    for alias in listed.iter().filter(|alias| !(alias.auto && alias.address.starts_with('@'))) {
        let entry = json!({
            "address": alias.address,
            "address_display": address::prettified(&alias.address),
            "auto": alias.auto,
            "forwards_to": shown_list(&alias.destination),
            "permitted_senders": alias.permitted_senders.as_deref().map(shown_list),
        });
        let key = (alias.auto, alias.address.as_str());
        domains.entry(address::shown_domain(&alias.address)).or_default().insert(key, entry);
    }
    let names: BTreeSet<String> = domains.keys().cloned().collect();
    let grouped: Vec<Value> = order::sort_domains(&names, &state.primary)
        .into_iter()
        .map(|domain| {
            let aliases: Vec<Value> = domains.remove(&domain).unwrap_or_default().into_values().collect();
            json!({ "aliases": aliases, "domain": domain })
        })
        .collect();
    Reply::json(&Value::from(grouped))
}

/// An empty text is a list of one empty entry.
fn shown_list(joined: &str) -> Vec<String> {
    joined.split(',').map(|entry| address::prettified(entry.trim())).collect()
}

/// Entries of a field that are separated by commas or lines; blanks are dropped.
fn entries(field: &str) -> impl Iterator<Item = &str> {
    field.split(['\n', ',']).map(str::trim).filter(|entry| !entry.is_empty())
}

/// `POST /mail/aliases/add`
pub(super) fn add(state: &mut State, form: &Form) -> Result<Reply, Crash> {
    let source = address::encoded(form.text("address")).to_lowercase().trim().to_owned();
    let row = match checked_alias(state, &source, form) {
        Ok(row) => row,
        Err(refusal) => return Ok(Reply::refused(refusal)),
    };
    let exists = state.aliases.contains_key(&source);
    if exists && form.text("update_if_exists") != "1" {
        return Ok(Reply::refused(format!("Alias already exists ({source}).")));
    }
    state.aliases.insert(source, row);
    Ok(Reply::ok(state.kick(if exists { "alias updated" } else { "alias added" })?))
}

/// The row to store, or the first refusal.
fn checked_alias(state: &State, source: &str, form: &Form) -> Result<Alias, String> {
    if source.is_empty() {
        return Err("No email address provided.".into());
    }
    if !address::is_valid(source, address::Form::Alias) {
        return Err(format!("Invalid email address ({source})."));
    }
    let destinations = checked_destinations(state, source, form.text("forwards_to").trim())?;
    let mut senders = Vec::new();
    for login in entries(form.text("permitted_senders")) {
        if !state.users.contains_key(login) {
            return Err(format!("Invalid permitted sender: {login} is not a user on this system."));
        }
        senders.push(login);
    }
    if destinations.is_empty() && senders.is_empty() {
        return Err("The alias must either forward to an address or have a permitted sender.".into());
    }
    Ok(Alias {
        destination: destinations.join(","),
        permitted_senders: (!senders.is_empty()).then(|| senders.join(",")),
    })
}

fn checked_destinations(state: &State, source: &str, forwards_to: &str) -> Result<Vec<String>, String> {
    let restricted = address::is_dcv(source);
    let whole = address::encoded(forwards_to);
    if !restricted && address::is_valid(&whole, address::Form::Alias) {
        return Ok(vec![whole]);
    }
    let mut destinations = Vec::new();
    for entry in entries(forwards_to) {
        let destination = address::encoded(entry);
        if !address::is_valid(&destination, address::Form::Mailbox) {
            return Err(format!("Invalid receiver email address ({destination})."));
        }
        if restricted && !address::is_dcv(&destination) && !is_administrator(state, &destination) {
            return Err(DCV_ONLY_ADMINISTRATORS.into());
        }
        destinations.push(destination);
    }
    Ok(destinations)
}

fn is_administrator(state: &State, destination: &str) -> bool {
    let user = state.users.get(&address::without_tag(destination));
    user.is_some_and(|user| user.privileges.iter().any(|privilege| privilege == "admin"))
}

/// `POST /mail/aliases/remove`: converts the domain, but neither lower-cases nor strips.
pub(super) fn remove(state: &mut State, form: &Form) -> Result<Reply, Crash> {
    let source = address::encoded(form.text("address"));
    if state.aliases.remove(&source).is_none() {
        return Ok(Reply::refused(format!("That's not an alias ({source}).")));
    }
    Ok(Reply::ok(state.kick("alias removed")?))
}

/// `GET /mail/domains`, in no order that means anything.
pub(super) fn domains(state: &State) -> Reply {
    Reply::ok(lines(state.mail_domains(|_| true).iter().rev()))
}
