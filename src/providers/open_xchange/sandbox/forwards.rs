//! Forwarding aliases, which have no mailbox: those of Cloud-Plugins and of Cloud API v2 are the same. Contract
//! sections 3 and 6.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::contexts;
use super::fields::{self, Object};
use super::reply::{Refusal, Reply};
use super::routes::Call;
use super::settings::Quirk;
use super::state::{Context, State, is_address, same};

/// The number of the context that is named in the path by number or name.
fn context(state: &State, call: &Call<'_>) -> Result<u64, Refusal> {
    let found = state.context_of(call.hole("context"));
    call.caller.check_context(found)?;
    found.ok_or_else(|| Refusal::not_found("Context does not exist"))
}

fn absent(alias: &str) -> Refusal {
    Refusal::not_found(format!("{alias} does not exist"))
}

fn no_context() -> Refusal {
    Refusal::not_found("Context does not exist")
}

fn held(state: &mut State, context: u64) -> Result<&mut Context, Refusal> {
    state.contexts.get_mut(&context).ok_or_else(no_context)
}

/// The recipients of an alias that exists.
fn recipients<'a>(state: &'a mut State, context: u64, alias: &str) -> Result<&'a mut Vec<String>, Refusal> {
    let forwards = &mut held(state, context)?.forwards;
    forwards.get_mut(&alias.to_lowercase()).ok_or_else(|| absent(alias))
}

/// Addresses as a body tells them: each once, every one well formed, at least one.
fn checked(recipients: Vec<String>) -> Result<Vec<String>, Refusal> {
    let mut checked: Vec<String> = Vec::new();
    for recipient in recipients {
        if !is_address(&recipient) {
            return Err(Refusal::bad_request(format!("{recipient} is no address")));
        }
        if !checked.iter().any(|known| same(known, &recipient)) {
            checked.push(recipient);
        }
    }
    if checked.is_empty() {
        return Err(Refusal::bad_request("At least one recipient is required"));
    }
    Ok(checked)
}

/// The recipients of a body: an array, or an object with one.
fn sent(state: &State, value: Value) -> Result<Vec<String>, Refusal> {
    if value.is_array() && !state.settings.has(Quirk::OneRecipient) {
        return checked(fields::texts("recipient", value)?);
    }
    let mut object = Object::of(value)?;
    let recipient = object.required("recipient")?;
    object.finish()?;
    checked(vec![recipient])
}

/// Refuses an address that cannot be a forwarding alias of the context.
fn check_alias(state: &State, context: u64, alias: &str) -> Result<(), Refusal> {
    let domain = alias.rsplit_once('@').map(|(_, domain)| domain).filter(|_| is_address(alias));
    let domain = domain.ok_or_else(|| Refusal::bad_request(format!("{alias} is no address")))?;
    if !state.knows_domain(context, domain) {
        return Err(Refusal::bad_request(format!("{domain} is no domain of the context")));
    }
    let elsewhere = |held: &Context| held.id != context && held.forwards.contains_key(&alias.to_lowercase());
    if state.user_holding(alias, None) || state.contexts.values().any(elsewhere) {
        return Err(Refusal::conflict(format!("{alias} is in use")));
    }
    Ok(())
}

/// `GET …/forwards/{context}`
pub(super) fn list(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let context = context(state, &call)?;
    call.bare()?;
    Ok(Reply::Read(json!(held(state, context)?.forwards)))
}

/// `DELETE …/forwards/{context}`
pub(super) fn delete_all(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let context = context(state, &call)?;
    call.bare()?;
    held(state, context)?.forwards.clear();
    state.counts.forward_wipes += 1;
    Ok(Reply::done())
}

/// `GET …/forwards/{context}/{alias}`
pub(super) fn show(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let (context, alias) = (context(state, &call)?, call.hole("alias").to_owned());
    call.bare()?;
    Ok(Reply::Read(json!(recipients(state, context, &alias)?)))
}

/// `HEAD …/forwards/{context}/{alias}`
pub(super) fn exists(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let (context, alias) = (context(state, &call)?, call.hole("alias").to_owned());
    call.bare()?;
    recipients(state, context, &alias)?;
    Ok(Reply::Read(Value::Null))
}

/// Creates an alias or replaces it whole.
pub(super) fn replace(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let wanted = sent(state, call.body.json()?)?;
    let (context, alias) = (context(state, &call)?, call.hole("alias").to_lowercase());
    call.query.finish()?;
    check_alias(state, context, &alias)?;
    let existed = held(state, context)?.forwards.contains_key(&alias);
    if existed && state.settings.has(Quirk::ExistingForwardKept) {
        return Ok(Reply::Written(StatusCode::NO_CONTENT, Value::Null));
    }
    held(state, context)?.forwards.insert(alias, wanted);
    let quirk = if existed { Quirk::ReplacedForwardIs204 } else { Quirk::CreatedForwardIs204 };
    Ok(Reply::Written(status(state, quirk), Value::Null))
}

fn status(state: &State, no_content: Quirk) -> StatusCode {
    if state.settings.has(no_content) { StatusCode::NO_CONTENT } else { StatusCode::CREATED }
}

/// Adds recipients to those there are.
pub(super) fn add(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let wanted = sent(state, call.body.json()?)?;
    let (context, alias) = (context(state, &call)?, call.hole("alias").to_lowercase());
    call.query.finish()?;
    check_alias(state, context, &alias)?;
    if state.settings.has(Quirk::AddNeedsForward) {
        recipients(state, context, &alias)?;
    }
    let created = !held(state, context)?.forwards.contains_key(&alias);
    let known = held(state, context)?.forwards.entry(alias).or_default();
    for recipient in wanted {
        if !known.iter().any(|known| same(known, &recipient)) {
            known.push(recipient);
        }
    }
    let status = if created { status(state, Quirk::CreatedForwardIs204) } else { StatusCode::CREATED };
    Ok(Reply::Written(status, Value::Null))
}

/// `DELETE …/forwards/{context}/{alias}`
pub(super) fn delete(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let (context, alias) = (context(state, &call)?, call.hole("alias").to_owned());
    call.bare()?;
    let removed = held(state, context)?.forwards.remove(&alias.to_lowercase());
    removed.map(|_| Reply::done()).ok_or_else(|| absent(&alias))
}

/// `HEAD …/forwards/{context}/{alias}/{recipient}`
pub(super) fn recipient_exists(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let (context, alias) = (context(state, &call)?, call.hole("alias").to_owned());
    let wanted = call.hole("recipient").to_owned();
    call.bare()?;
    let known = recipients(state, context, &alias)?;
    if known.iter().any(|known| same(known, &wanted)) {
        Ok(Reply::Read(Value::Null))
    } else {
        Err(absent(&wanted))
    }
}

/// `DELETE …/forwards/{context}/{alias}/{recipient}`: the alias goes with its last recipient.
pub(super) fn delete_recipient(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let (context, alias) = (context(state, &call)?, call.hole("alias").to_owned());
    let unwanted = call.hole("recipient").to_owned();
    call.bare()?;
    let known = recipients(state, context, &alias)?;
    let before = known.len();
    known.retain(|known| !same(known, &unwanted));
    if known.len() == before {
        return Err(absent(&unwanted));
    }
    if known.is_empty() {
        held(state, context)?.forwards.remove(&alias.to_lowercase());
    }
    Ok(Reply::done())
}

/// `GET /mail/forwards`
pub(super) fn cloud_list(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let context = contexts::selected(state, &mut call.query)?;
    call.bare()?;
    let as_map = state.settings.has(Quirk::ForwardsAsMap);
    let forwards = &held(state, context)?.forwards;
    if as_map {
        return Ok(Reply::Read(json!(forwards)));
    }
    let item = |(alias, recipients): (&String, &Vec<String>)| {
        let mut item = Map::new();
        item.insert("address".into(), alias.as_str().into());
        item.insert("forwardTo".into(), json!(recipients));
        Value::Object(item)
    };
    Ok(Reply::Read(forwards.iter().map(item).collect()))
}

/// `POST /mail/forwards`: what exists stays as it is.
pub(super) fn cloud_create(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let mut object = Object::of(call.body.json()?)?;
    let alias = object.required("address")?.to_lowercase();
    let wanted = object.filled_texts("forwardTo")?.ok_or_else(|| Refusal::missing("forwardTo"))?;
    object.finish()?;
    let wanted = checked(wanted)?;
    let context = contexts::selected(state, &mut call.query)?;
    call.query.finish()?;
    check_alias(state, context, &alias)?;
    if held(state, context)?.forwards.contains_key(&alias) {
        return Ok(Reply::Written(StatusCode::NO_CONTENT, Value::Null));
    }
    held(state, context)?.forwards.insert(alias, wanted);
    Ok(Reply::changed())
}

/// `PUT /mail/forwards/{address}`: replaces whole.
pub(super) fn cloud_change(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let wanted = sent(state, call.body.json()?)?;
    let alias = call.hole("address").to_owned();
    let context = contexts::selected(state, &mut call.query)?;
    call.query.finish()?;
    *recipients(state, context, &alias)? = wanted;
    Ok(Reply::Written(StatusCode::CREATED, json!({})))
}

/// `DELETE /mail/forwards/{address}`
pub(super) fn cloud_delete(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let alias = call.hole("address").to_owned();
    let context = contexts::selected(state, &mut call.query)?;
    call.bare()?;
    let removed = held(state, context)?.forwards.remove(&alias.to_lowercase());
    removed.map(|_| Reply::changed()).ok_or_else(|| absent(&alias))
}
