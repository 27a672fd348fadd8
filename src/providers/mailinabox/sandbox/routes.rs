//! The routes of the daemon, in its order of refusals: unknown path, wrong verb, credentials, the route itself.

use axum::http::Method;
use axum::http::request::Parts;

use super::auth::Caller;
use super::state::State;
use super::text::{Crash, Reply};
use super::{Version, aliases, auth, mfa, users};
use crate::sandbox::Form;

/// What a path answers to, as its `Allow` header says.
const GET: &str = "OPTIONS, HEAD, GET";
const POST: &str = "POST, OPTIONS";
const BOTH: &str = "POST, OPTIONS, HEAD, GET";

/// The verbs of a path; `None` where there is no such path.
fn allowed(version: Version, path: &str) -> Option<&'static str> {
    Some(match path {
        "/mail/users" | "/mail/users/privileges" | "/mail/aliases" | "/mail/domains" | "/system/version" => {
            GET
        }
        "/mail/users/quota" if version >= Version::V75 => BOTH,
        "/login"
        | "/logout"
        | "/mail/users/add"
        | "/mail/users/remove"
        | "/mail/users/password"
        | "/mail/users/privileges/add"
        | "/mail/users/privileges/remove"
        | "/mail/aliases/add"
        | "/mail/aliases/remove"
        | "/mfa/status"
        | "/mfa/totp/enable"
        | "/mfa/disable"
        | "/dns/update"
        | "/web/update" => POST,
        _ => return None,
    })
}

/// Answers one request.
pub(super) fn answer(state: &mut State, path: &str, parts: &Parts, body: &[u8]) -> Reply {
    let Some(allow) = allowed(state.version, path) else {
        return Reply::not_found();
    };
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
    if method == Method::OPTIONS {
        return Reply::options(allow);
    }
    if !allow.split(", ").any(|verb| verb == method.as_str()) {
        return Reply::method_not_allowed(allow);
    }
    match path {
        "/login" => return auth::login(state, &parts.headers),
        "/logout" => return auth::logout(state, &parts.headers),
        _ => {}
    }
    let caller = match auth::authorize(state, &parts.headers) {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    if method == Method::GET {
        read(state, path, &Form::urlencoded(parts.uri.query().unwrap_or("").as_bytes()))
    } else {
        let form = Form::of_body(&parts.headers, body);
        write(state, path, &caller, &form).unwrap_or_else(Reply::from)
    }
}

fn read(state: &State, path: &str, query: &Form) -> Reply {
    match path {
        "/mail/users" => users::list(state, query),
        "/mail/users/privileges" => users::privileges(state, query),
        "/mail/users/quota" => users::get_quota(state, query),
        "/mail/aliases" => aliases::list(state, query),
        "/mail/domains" => aliases::domains(state),
        "/system/version" => Reply::ok(match state.version {
            Version::V72 => "v72",
            Version::V75 => "v75",
        }),
        _ => Reply::not_found(),
    }
}

fn write(state: &mut State, path: &str, caller: &Caller, form: &Form) -> Result<Reply, Crash> {
    match path {
        "/mail/users/add" => users::add(state, form),
        "/mail/users/remove" => users::remove(state, form),
        "/mail/users/password" => Ok(users::set_password(state, form)),
        "/mail/users/privileges/add" => Ok(users::add_privilege(state, form)),
        "/mail/users/privileges/remove" => Ok(users::remove_privilege(state, form)),
        "/mail/users/quota" => users::set_quota(state, form),
        "/mail/aliases/add" => aliases::add(state, form),
        "/mail/aliases/remove" => aliases::remove(state, form),
        "/mfa/status" => Ok(mfa::status(state, caller, form)),
        "/mfa/totp/enable" => Ok(mfa::enable(state, caller, form)),
        "/mfa/disable" => Ok(mfa::disable(state, caller, form)),
        "/dns/update" => Ok(Reply::ok(state.update_dns(form.text("force") == "1")?)),
        "/web/update" => Ok(Reply::ok(state.update_web()?)),
        _ => Ok(Reply::not_found()),
    }
}
