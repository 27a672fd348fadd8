//! Users of Cloud API v2: list, read, create, delete, permissions. Contract section 6.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::attributes::identity;
use super::contexts;
use super::directory::listed_now;
use super::edit::Edit;
use super::fields::Object;
use super::pattern::Pattern;
use super::reply::{Refusal, Reply};
use super::routes::Call;
use super::settings::{Quirk, Settings};
use super::state::{Context, State, User, is_address, same};

/// The refusal of something that exists.
pub(super) fn exists(state: &State, message: String) -> Refusal {
    if state.settings.has(Quirk::ExistsIsBadRequest) {
        Refusal::bad_request(message)
    } else {
        Refusal::conflict(message)
    }
}

/// What a read was asked to tell beside the rest.
#[derive(Clone, Copy)]
struct Asked {
    id: bool,
    permissions: bool,
    spam_level: bool,
}

fn shown(settings: &Settings, user: &User, aliases: &[String], asked: Asked) -> Value {
    let mut shown = Map::new();
    shown.insert("name".into(), user.name.as_str().into());
    if let Some(mail) = &user.mail {
        shown.insert("mail".into(), mail.as_str().into());
    }
    let primary = user.mail.iter().filter(|_| settings.has(Quirk::PrimaryInAliases));
    let aliases: Vec<&String> = primary.chain(aliases).collect();
    if !aliases.is_empty() {
        shown.insert("aliases".into(), json!(aliases));
    }
    if asked.id {
        shown.insert("uid".into(), identity(settings, user.id));
    }
    if !user.classes.is_empty() {
        shown.insert("classOfService".into(), json!(user.classes));
    }
    if asked.spam_level {
        shown.insert("spamLevel".into(), user.spam_level.as_str().into());
    }
    let quotas = user.quotas;
    let (mail, file) = user.used;
    let numbers = if quotas.apart() {
        [
            ("mailQuota", quotas.mail),
            ("usedMailQuota", Some(mail)),
            ("fileQuota", quotas.file),
            ("usedFileQuota", Some(file)),
        ]
    } else {
        [("unifiedQuota", quotas.unified), ("usedQuota", Some(mail + file)), ("", None), ("", None)]
    };
    for (key, number) in numbers {
        if let Some(number) = number {
            shown.insert(key.into(), number.into());
        }
    }
    if user.is_admin() {
        shown.insert("isContextAdmin".into(), true.into());
    }
    if let Some(guest) = user.guest {
        shown.insert("guest".into(), true.into());
        shown.insert("guestId".into(), identity(settings, guest));
    }
    if asked.permissions {
        let permissions = json!({"editPassword": user.edit_password, "weblogin": user.weblogin});
        shown.insert("userPermissions".into(), permissions);
    }
    if settings.has(Quirk::ProfileInReads) {
        shown.insert("givenName".into(), user.given_name.as_str().into());
        shown.insert("surName".into(), user.surname.as_str().into());
        for (key, text) in
            [("displayName", &user.display_name), ("language", &user.language), ("timezone", &user.timezone)]
        {
            if let Some(text) = text {
                shown.insert(key.into(), text.as_str().into());
            }
        }
    }
    Value::Object(shown)
}

/// `GET /users?pattern=&includeguests=&includeid=&includepermissions=`
pub(super) fn list(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let query = &mut call.query;
    let pattern = query.take("pattern").map_or_else(Pattern::all, |text| Pattern::of(&text));
    let guests = query.flag("includeguests")?;
    let settings = &state.settings;
    let asked = Asked {
        id: query.flag("includeid")? && !settings.has(Quirk::ListWithoutUid),
        permissions: query.flag("includepermissions")? && !settings.has(Quirk::ListWithoutPermissions),
        spam_level: settings.has(Quirk::SpamLevelInList),
    };
    let context = contexts::selected(state, query);
    call.bare()?;
    let context = match context {
        Err(refusal) if refusal.status == StatusCode::NOT_FOUND && settings.has(Quirk::AbsentContextIsOk) => {
            return Ok(Reply::Read(json!({"errors": [{"title": "Context not found"}]})));
        }
        context => context?,
    };
    let State { contexts, settings, .. } = state;
    let held = contexts.get_mut(&context).ok_or_else(|| Refusal::not_found("Context not found"))?;
    let absent = listed_now(held);
    let present = held.users.values_mut().filter(|user| {
        !absent.contains(&user.id) && (guests || user.guest.is_none()) && pattern.fits(&user.name)
    });
    let items = present.map(|user| {
        let (earlier, reads) = &mut user.stale_aliases;
        let aliases = if *reads > 0 { earlier.clone() } else { user.aliases.clone() };
        *reads = reads.saturating_sub(1);
        shown(settings, user, &aliases, asked)
    });
    Ok(Reply::Read(items.collect()))
}

/// The numbers of the context that is chosen and of the user in the path.
fn in_path(state: &State, call: &mut Call<'_>) -> Result<(u64, u64), Refusal> {
    let context = contexts::selected(state, &mut call.query)?;
    let login = call.hole("login");
    let is_meant = |user: &&User| {
        let local = user.name.split('@').next().unwrap_or("");
        same(&user.name, login) || (state.settings.has(Quirk::ShortLogins) && same(local, login))
    };
    let held = state.contexts.get(&context);
    let found = held.and_then(|held| held.user_named(login).or_else(|| held.users.values().find(is_meant)));
    found.map(|user| (context, user.id)).ok_or_else(absent)
}

fn absent() -> Refusal {
    Refusal::not_found("User not found")
}

fn user_at(state: &mut State, (context, user): (u64, u64)) -> Result<&mut User, Refusal> {
    state.contexts.get_mut(&context).and_then(|held| held.users.get_mut(&user)).ok_or_else(absent)
}

/// `GET /users/{login}?includeid=&includepermissions=`
pub(super) fn show(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let id = call.query.flag("includeid")?;
    let permissions = call.query.flag("includepermissions")?;
    let (context, user) = in_path(state, &mut call)?;
    call.bare()?;
    let held = state.contexts.get(&context).and_then(|held| held.users.get(&user)).ok_or_else(absent)?;
    let asked = Asked { id, permissions, spam_level: true };
    let mut told = shown(&state.settings, held, &held.aliases, asked);
    if let Some(told) = told.as_object_mut().filter(|_| state.settings.has(Quirk::UserWithoutAliases)) {
        told.remove("aliases");
    }
    Ok(Reply::Read(told))
}

/// Refuses an address that a user of the context cannot have.
fn check_address(
    state: &State,
    context: u64,
    address: &str,
    except: Option<(u64, u64)>,
) -> Result<(), Refusal> {
    let domain = address.rsplit_once('@').map(|(_, domain)| domain).filter(|_| is_address(address));
    let domain = domain.ok_or_else(|| Refusal::bad_request(format!("{address} is no address")))?;
    if !state.knows_domain(context, domain) {
        return Err(Refusal::bad_request(format!("{domain} is no domain of the context")));
    }
    if state.is_in_use(address, except) {
        return Err(exists(state, format!("{address} is in use")));
    }
    Ok(())
}

/// Refuses a name that another user has; each context has an admin of the same name.
fn check_name(state: &State, context: u64, name: &str, except: Option<(u64, u64)>) -> Result<(), Refusal> {
    if name.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err(Refusal::bad_request("Invalid value for name"));
    }
    let clashes = |(held, user): (&Context, &User)| {
        Some((held.id, user.id)) != except
            && (held.id == context || !user.is_admin())
            && (same(&user.name, name) || same(&user.uid_name, name))
    };
    if state.users().any(clashes) {
        return Err(exists(state, format!("User {name} exists")));
    }
    Ok(())
}

/// `POST /users`: the reply tells no number.
pub(super) fn create(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let mut object = Object::of(call.body.json()?)?;
    let (name, mail) = (object.required("name")?, object.required("mail")?);
    let password = object.required("password")?;
    let edit = Edit::of_create(&mut object)?;
    object.finish()?;
    let context = contexts::selected(state, &mut call.query)?;
    call.query.finish()?;
    check_name(state, context, &name, None)?;
    check_address(state, context, &mail, None)?;
    let (failures, hidden) = (state.settings.fresh_failures, state.settings.list_lag);
    let held = state.contexts.get_mut(&context).ok_or_else(|| Refusal::not_found("Context not found"))?;
    let count = held.users.values().filter(|user| !user.is_admin()).count();
    if held.max_user.is_some_and(|most| u64::try_from(count).is_ok_and(|count| count >= most)) {
        return Err(Refusal::bad_request("The maximum number of users has been reached"));
    }
    let user = held.insert_user(&name);
    user.mail = Some(mail);
    (user.password, user.password_writes) = (password, 1);
    (user.failures, user.hidden) = (failures, hidden);
    edit.apply(user, 0);
    Ok(Reply::changed())
}

/// `PUT /users/{login}`: partial.
pub(super) fn change(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let mut object = Object::of(call.body.json()?)?;
    let permissions = match object.any("userPermissions") {
        Some(permissions) if state.settings.has(Quirk::PermissionsInUserChange) => {
            Some(Permissions::of(permissions)?)
        }
        Some(_) => return Err(Refusal::bad_request("Unknown field: userPermissions")),
        None => None,
    };
    let mut edit = Edit::of_change(&mut object)?;
    object.finish()?;
    let at = writable(state, &mut call)?;
    call.query.finish()?;

    let held = user_at(state, at)?.clone();
    edit.check_quotas(held.quotas)?;
    if let Some(name) = &edit.name {
        check_name(state, at.0, name, Some(at))?;
    }
    if let Some(mail) = &edit.mail {
        check_address(state, at.0, mail, Some(at))?;
    }
    if let Some(aliases) = &mut edit.aliases {
        for alias in aliases.iter() {
            check_address(state, at.0, alias, Some(at))?;
        }
        let primary = edit.mail.as_deref().or(held.mail.as_deref()).unwrap_or_default();
        let before = aliases.len();
        aliases.retain(|alias| !same(alias, primary));
        if before == aliases.len() && state.settings.has(Quirk::PrimaryInAliases) {
            return Err(Refusal::bad_request("Aliases must include the primary address"));
        }
    }
    let lag = state.settings.list_lag;
    let user = user_at(state, at)?;
    edit.apply(user, lag);
    if let Some(permissions) = permissions {
        permissions.apply(user);
    }
    Ok(Reply::changed())
}

/// The user in the path, unless it is the context admin.
fn writable(state: &State, call: &mut Call<'_>) -> Result<(u64, u64), Refusal> {
    let at = in_path(state, call)?;
    if at.1 == super::state::ADMIN {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "The context admin cannot be changed"));
    }
    Ok(at)
}

/// `DELETE /users/{login}`: goes with its mail and its addresses.
pub(super) fn delete(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let (context, user) = writable(state, &mut call)?;
    call.bare()?;
    if let Some(held) = state.contexts.get_mut(&context) {
        held.users.remove(&user);
    }
    Ok(Reply::changed())
}

/// Switches of a user; what is not sent stays.
struct Permissions {
    edit_password: Option<bool>,
    weblogin: Option<bool>,
}

impl Permissions {
    fn of(value: Value) -> Result<Self, Refusal> {
        let mut object = Object::of(value)?;
        let (edit_password, weblogin) = (object.flag("editPassword")?, object.flag("weblogin")?);
        object.finish()?;
        Ok(Self { edit_password, weblogin })
    }

    fn apply(&self, user: &mut User) {
        user.edit_password = self.edit_password.unwrap_or(user.edit_password);
        user.weblogin = self.weblogin.unwrap_or(user.weblogin);
    }
}

/// `PUT /users/{login}/permissions`
pub(super) fn permit(state: &mut State, mut call: Call<'_>) -> Result<Reply, Refusal> {
    let permissions = Permissions::of(call.body.json()?)?;
    let at = writable(state, &mut call)?;
    call.query.finish()?;
    permissions.apply(user_at(state, at)?);
    Ok(Reply::changed())
}
