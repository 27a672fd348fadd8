//! Who calls: HTTP Basic and the classes of credentials. Contract section 1.
//!
//! Must not know the routes beyond their schemes.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::catalogue::Scheme;
use super::reply::Refusal;
use super::settings::Quirk;
use super::state::State;

/// Whose credentials came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Brand,
    /// The admin of the context with this id.
    Context(u64),
    Tenant,
}

impl Caller {
    /// Refuses a context admin outside its own context.
    pub(super) fn check_context(self, id: Option<u64>) -> Result<(), Refusal> {
        match self {
            Self::Context(own) if id != Some(own) => Err(Refusal::unauthorized()),
            _ => Ok(()),
        }
    }
}

/// The caller of a request.
pub(super) fn authenticate(state: &State, headers: &HeaderMap) -> Result<Caller, Refusal> {
    caller(state, headers).ok_or_else(Refusal::unauthorized)
}

fn caller(state: &State, headers: &HeaderMap) -> Option<Caller> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let value = sent.next()?.to_str().ok()?;
    if sent.next().is_some() {
        return None;
    }
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, secret) = pair.split_once(':')?;
    let brand = &state.settings.brand;
    if name == brand.name && secret == brand.secret {
        return Some(Caller::Brand);
    }
    if state.settings.tenant.as_ref().is_some_and(|login| name == login.name && secret == login.secret) {
        return Some(Caller::Tenant);
    }
    let (login, context) = name.rsplit_once('@')?;
    let context = state.contexts.values().find(|held| {
        (held.name == context || held.id.to_string() == context)
            && held.admin_login == login
            && held.admin_password == secret
    })?;
    Some(Caller::Context(context.id))
}

/// Refuses credentials of a class that may not call this.
pub(super) fn check_class(state: &State, scheme: Scheme, caller: Caller) -> Result<(), Refusal> {
    let settings = &state.settings;
    let allowed = match (scheme, caller) {
        (Scheme::Either, Caller::Brand) => !settings.has(Quirk::OverrideOff),
        (Scheme::Either, Caller::Context(_))
        | (Scheme::Brand, Caller::Brand)
        | (Scheme::Tenant, Caller::Tenant) => true,
        (Scheme::Tenant, Caller::Brand) => settings.tenant.is_none(),
        _ => false,
    };
    if allowed { Ok(()) } else { Err(Refusal::unauthorized()) }
}
