//! Users of a context, search, brands, sessions. Contract section 2.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::attributes::record;
use super::auth::Caller;
use super::reply::{Refusal, Reply};
use super::routes::Call;
use super::settings::Quirk;
use super::snapshot::CloseRow;
use super::state::{Context, State, User, same};

/// The context whose number is in the path.
fn context_in_path(state: &State, call: &Call<'_>) -> Result<u64, Refusal> {
    let number = call.number("context")?;
    call.caller.check_context(Some(number))?;
    if state.contexts.contains_key(&number) {
        Ok(number)
    } else {
        Err(Refusal::not_found("Context does not exist"))
    }
}

/// `GET …/contexts/{context}/users?uids=`
pub(super) fn list_users(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let context = context_in_path(state, &call)?;
    let wanted: Option<Vec<u64>> = match call.query.take("uids") {
        None => None,
        Some(text) => {
            let numbers = text.split(',').map(|uid| uid.trim().parse().ok());
            let numbers: Option<Vec<u64>> = numbers.collect();
            Some(numbers.ok_or_else(|| Refusal::bad_request("uids must be numbers"))?)
        }
    };
    call.bare()?;
    let State { contexts, settings, .. } = state;
    let mut listed = Map::new();
    if let Some(held) = contexts.get_mut(&context) {
        let hidden = listed_now(held);
        for user in held.users.values().filter(|user| !hidden.contains(&user.id)) {
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(&user.id)) {
                listed.insert(user.name.clone(), record(settings, held, user));
            }
        }
    }
    Ok(Reply::Read(Value::Object(listed)))
}

/// Counts a list of the context's users; says which of them are not in it yet.
pub(super) fn listed_now(context: &mut Context) -> Vec<u64> {
    let mut hidden = Vec::new();
    for user in context.users.values_mut().filter(|user| user.hidden > 0) {
        user.hidden -= 1;
        hidden.push(user.id);
    }
    hidden
}

/// Where search looks.
const FIELDS: [&str; 5] = ["UIDNAME", "MSISDN", "OXDELIVERYSTATUS", "CUSTOM", "ANY"];

/// `GET …/users?search=&field=`
pub(super) fn search(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.query.take("search").filter(|text| !text.is_empty());
    let wanted = wanted.ok_or_else(|| Refusal::bad_request("search is required"))?;
    let field = call.query.take("field").unwrap_or_else(|| "ANY".into());
    if !FIELDS.contains(&field.as_str()) {
        return Err(Refusal::bad_request(format!("Invalid value for field: {field}")));
    }
    let caller = call.caller;
    call.bare()?;
    let settings = &state.settings;
    let fits = |value: &str| {
        if settings.has(Quirk::SearchContains) {
            value.to_lowercase().contains(&wanted.to_lowercase())
        } else {
            same(value, &wanted)
        }
    };
    let matches = |user: &User| {
        let looks = |name: &str| field == name || field == "ANY";
        (looks("UIDNAME") && fits(&user.uid_name))
            || (looks("MSISDN") && user.msisdn.as_deref().is_some_and(fits))
            || (looks("OXDELIVERYSTATUS") && user.delivery_status.as_deref().is_some_and(fits))
            || (looks("CUSTOM") && user.custom.iter().any(|custom| fits(custom)))
    };
    let mut found: Vec<Value> = state
        .users()
        .filter(|(context, _)| caller.check_context(Some(context.id)).is_ok())
        .filter(|(_, user)| matches(user))
        .map(|(context, user)| record(settings, context, user))
        .collect();
    if found.is_empty() && settings.has(Quirk::SearchNoneIs404) {
        return Err(Refusal::not_found("No user found"));
    }
    if found.len() == 1 && !settings.has(Quirk::SearchAlwaysArray) {
        return Ok(Reply::Read(found.remove(0)));
    }
    Ok(Reply::Read(found.into()))
}

/// `GET …/contexts/{context}/brand`
pub(super) fn brand(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    context_in_path(state, &call)?;
    call.bare()?;
    let mut brand = Map::new();
    brand.insert("brandname".into(), state.settings.brand.name.as_str().into());
    if let Some(toplevel) = &state.settings.toplevel_brand {
        brand.insert("toplevel-brand".into(), toplevel.as_str().into());
    }
    Ok(Reply::Read(Value::Object(brand)))
}

/// `DELETE …/sessions/`: without a user, the sessions of everybody in the context.
pub(super) fn close_sessions(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let by_number = call.query.take("contextId");
    let by_name = call.query.take("contextName");
    let selectors = [
        ("userId", call.query.take("userId")),
        ("userName", call.query.take("userName")),
        ("userMail", call.query.take("userMail")),
    ];
    let caller = call.caller;
    call.bare()?;
    let mut chosen = selectors.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)));
    let selector = chosen.next();
    if chosen.next().is_some() {
        return Err(Refusal::bad_request("More than one user selector"));
    }
    let context = match (by_number, by_name, caller) {
        (Some(_), Some(_), _) => return Err(Refusal::bad_request("More than one context selector")),
        (Some(number), None, _) => {
            let number = number.parse().map_err(|_| Refusal::bad_request("contextId must be a number"))?;
            Some(number).filter(|number| state.contexts.contains_key(number))
        }
        (None, Some(name), _) => state.context_named(&name),
        (None, None, Caller::Context(own)) => Some(own),
        (None, None, _) => return Err(Refusal::bad_request("A context is required")),
    };
    caller.check_context(context)?;
    let held = context.and_then(|context| state.contexts.get_mut(&context));
    let held = held.ok_or_else(|| Refusal::not_found("Context does not exist"))?;
    let is_meant = |user: &User| match &selector {
        None => true,
        Some(("userId", number)) => user.id.to_string() == *number,
        Some(("userName", name)) => same(&user.name, name),
        Some((_, mail)) => user.holds(mail),
    };
    let mut closed = Vec::new();
    let mut meant = 0_usize;
    for user in held.users.values_mut().filter(|user| is_meant(user)) {
        meant += 1;
        closed.append(&mut user.sessions);
    }
    if meant == 0 {
        return Err(Refusal::not_found("User does not exist"));
    }
    if selector.is_none() {
        state.counts.context_wide_closes += 1;
    }
    let user = selector.map(|(name, value)| format!("{name}={value}"));
    state.closed.push(CloseRow { context: held.id, user, sessions: closed.clone() });
    Ok(Reply::Written(StatusCode::OK, json!({"closed": closed})))
}
