//! `users/list` and its pages. Contract section 3.
//!
//! Reads the present content at each call, so that a list can shift between two pages. Must not know envelopes.

use super::auth::Caller;
use super::params::Params;
use super::reply::{Item, Refusal, Reply};
use super::settings::{Order, Quirk, Settings};
use super::state::{Right, State, User, key};
use super::user_fields::record;

pub(super) fn list(state: &State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let (start, volume) = page(params, &state.settings)?;
    if let Err(denied) = caller.any_right(&[Right::UList]) {
        return empty_or(denied, &state.settings);
    }
    let ignored = state.settings.has(Quirk::DomainIgnored);
    let domain = params.text("domain")?.filter(|domain| !domain.is_empty() && !ignored);
    if let Some(domain) = domain {
        caller.at(domain)?;
    }
    let wanted = |user: &&User| {
        let own = domain.is_none_or(|domain| key(domain) == key(user.domain()));
        own && caller.sees(user.domain())
    };
    let mut users: Vec<&User> = state.users.values().filter(wanted).collect();
    match state.settings.order {
        Order::Id => users.sort_by_key(|user| user.id),
        Order::Account => users.sort_by_key(|user| key(&user.account)),
    }
    let start = if state.settings.has(Quirk::LastPageRepeated) && start >= users.len() {
        users.len().saturating_sub(1) / volume * volume
    } else {
        start
    };
    let page = users.into_iter().skip(start).take(volume);
    Ok(Reply::List(page.map(|user| item(user, &state.settings)).collect()))
}

fn item(user: &User, settings: &Settings) -> Item {
    if settings.has(Quirk::BareNames) {
        Item::Name(user.account.clone())
    } else {
        Item::Record(record(user, settings))
    }
}

/// The refusal of a list, or nothing in its place.
pub(super) fn empty_or(denied: Refusal, settings: &Settings) -> Result<Reply, Refusal> {
    if settings.has(Quirk::EmptyWhenDenied) { Ok(Reply::List(Vec::new())) } else { Err(denied) }
}

/// The first row and the number of rows.
fn page(params: &Params, settings: &Settings) -> Result<(usize, usize), Refusal> {
    let read = |name: &str| -> Result<Option<usize>, Refusal> {
        let number = params.write_number(name)?.value();
        number.map(|number| usize::try_from(number).map_err(|_| Refusal::invalid(name))).transpose()
    };
    let (start, volume) = (read("start")?.unwrap_or(0), read("volume")?);
    if volume == Some(0) {
        return Err(Refusal::invalid("volume"));
    }
    let first = usize::from(settings.has(Quirk::StartFromOne));
    let start = if settings.has(Quirk::StartIgnored) { 0 } else { start.saturating_sub(first) };
    let volume = volume.filter(|_| !settings.has(Quirk::VolumeIgnored));
    Ok((start, volume.unwrap_or(settings.default_volume).max(1)))
}
