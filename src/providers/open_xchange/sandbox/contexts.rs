//! Contexts of Cloud API v2. Contract section 6.

use serde_json::{Map, Value};

use super::attributes::identity;
use super::content::Query;
use super::fields::{Change, Object};
use super::pattern::Pattern;
use super::reply::{Refusal, Reply};
use super::routes::Call;
use super::settings::{Quirk, Settings};
use super::state::{Context, State, is_address, same};

fn absent() -> Refusal {
    Refusal::not_found("Context not found")
}

/// The number of the context that the parameters `id` or `name` choose, exactly one of which must be sent.
pub(super) fn selected(state: &State, query: &mut Query) -> Result<u64, Refusal> {
    match (query.take("id"), query.take("name")) {
        (Some(id), None) => {
            let id = id.parse().map_err(|_| Refusal::bad_request("id must be a number"))?;
            Some(id).filter(|id| state.contexts.contains_key(id)).ok_or_else(absent)
        }
        (None, Some(name)) => state.context_named(&name).ok_or_else(absent),
        _ => Err(Refusal::bad_request("Exactly one of id and name is required")),
    }
}

fn shown(settings: &Settings, context: &Context) -> Map<String, Value> {
    let mut shown = Map::new();
    if settings.has(Quirk::ContextIdShown) {
        shown.insert("id".into(), identity(settings, context.id));
    }
    shown.insert("name".into(), context.name.as_str().into());
    let used: u64 = context.users.values().map(|user| user.used.0 + user.used.1).sum();
    shown.insert("usedQuota".into(), used.into());
    for (key, value) in [("maxQuota", context.max_quota), ("maxUser", context.max_user)] {
        if let Some(value) = value {
            shown.insert(key.into(), value.into());
        }
    }
    if let Some(theme) = &context.theme {
        shown.insert("theme".into(), theme.clone());
    }
    shown
}

/// `GET /contexts?pattern=`
pub(super) fn list(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let pattern = call.query.take("pattern").map_or_else(Pattern::all, |text| Pattern::of(&text));
    call.bare()?;
    let listed = state.contexts.values().filter(|context| pattern.fits(&context.name));
    Ok(Reply::Read(listed.map(|context| Value::Object(shown(&state.settings, context))).collect()))
}

/// The number of the context in the path.
fn in_path(state: &State, call: &Call<'_>) -> Result<u64, Refusal> {
    state.context_of(call.hole("context")).ok_or_else(absent)
}

/// `GET /contexts/{context}?includebrand=`
pub(super) fn show(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let with_brand = call.query.flag("includebrand")?;
    let number = in_path(state, &call)?;
    call.bare()?;
    let context = state.contexts.get(&number).ok_or_else(absent)?;
    let mut shown = shown(&state.settings, context);
    if with_brand {
        shown.insert("brand".into(), state.settings.brand.name.as_str().into());
    }
    Ok(Reply::Read(Value::Object(shown)))
}

/// A theme: an object, or null to have none.
fn theme(object: &mut Object) -> Result<Change<Value>, Refusal> {
    match object.any("theme") {
        None => Ok(Change::Keep),
        Some(Value::Null) => Ok(Change::Clear),
        Some(theme) if theme.is_object() => Ok(Change::Set(theme)),
        Some(_) => Err(Refusal::bad_request("Invalid value for theme: an object expected")),
    }
}

/// `POST /contexts`: the name is short, it is stored with the brand in front.
pub(super) fn create(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let mut object = Object::of(call.body.json()?)?;
    let short = object.required("name")?;
    let max_quota = object.nullable_number("maxQuota")?.over(None);
    let login = object.filled("adminLogin")?.unwrap_or_else(|| "oxadmin".into());
    let email = object.filled("adminEmail")?;
    let password = object.filled("adminPassword")?;
    let theme = theme(&mut object)?.over(None);
    object.finish()?;
    call.query.finish()?;
    if !short.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        return Err(Refusal::bad_request("Invalid value for name"));
    }
    if email.as_deref().is_some_and(|email| !is_address(email)) {
        return Err(Refusal::bad_request("Invalid value for adminEmail"));
    }
    let name = state.full_name(&short);
    if state.contexts.values().any(|context| same(&context.name, &name)) {
        return Err(super::users::exists(state, format!("Context {name} exists")));
    }
    let context = state.insert_context(&name);
    context.max_quota = max_quota;
    context.theme = theme;
    context.admin_login.clone_from(&login);
    context.admin_email = email;
    if let Some(password) = password {
        context.admin_password = password;
    }
    if let Some(admin) = context.users.get_mut(&super::state::ADMIN) {
        admin.name.clone_from(&login);
        admin.uid_name = login;
    }
    Ok(Reply::changed())
}

/// `PUT /contexts/{context}`
pub(super) fn change(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let mut object = Object::of(call.body.json()?)?;
    let max_quota = object.nullable_number("maxQuota")?;
    let max_user = object.nullable_number("maxUser")?;
    let theme = theme(&mut object)?;
    object.finish()?;
    let number = in_path(state, &call)?;
    call.query.finish()?;
    let context = state.contexts.get_mut(&number).ok_or_else(absent)?;
    context.max_quota = max_quota.over(context.max_quota);
    context.max_user = max_user.over(context.max_user);
    context.theme = theme.over(context.theme.take());
    Ok(Reply::changed())
}

/// `DELETE /contexts/{context}`: goes with all that is in it.
pub(super) fn delete(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let number = in_path(state, &call)?;
    call.bare()?;
    state.contexts.remove(&number);
    state.counts.context_deletes += 1;
    Ok(Reply::changed())
}
