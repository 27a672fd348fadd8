//! The routes, in the order of refusals: unknown path, wrong verb, credentials and headers, the call itself.

use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};

use super::options::{Options, Refusals};
use super::reply::{Refusal, Reply};
use super::state::State;
use super::{auth, create, delete, list, update};

/// The verbs of a path, as `Allow` tells them; `None` where there is no such path.
fn allowed(options: &Options, path: &str) -> Option<&'static str> {
    match path {
        "/auth" => Some("POST"),
        "/email/mailbox/v2" => Some("GET"),
        "/email/mailbox" if options.updates => Some("POST, PUT, DELETE"),
        "/email/mailbox" => Some("POST, DELETE"),
        _ => None,
    }
}

/// Answers one request.
pub(super) fn answer(options: &Options, state: &mut State, parts: &Parts, body: &[u8]) -> Reply {
    process(options, state, parts, body).unwrap_or_else(|refusal| refusal.reply(options.refusals))
}

fn process(options: &Options, state: &mut State, parts: &Parts, body: &[u8]) -> Result<Reply, Refusal> {
    let path = parts.uri.path();
    let allow = allowed(options, path)
        .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "There is nothing at this address."))?;
    if !allow.split(", ").any(|verb| verb == parts.method.as_str()) {
        return Err(Refusal::method_not_allowed(allow));
    }
    if path == "/auth" {
        return auth::login(options, state, parts, body);
    }
    let account = auth::authorize(options, state, &parts.headers)?;
    if parts.method == Method::DELETE && !parts.headers.contains_key(CONTENT_LENGTH) {
        return Err(Refusal::new(StatusCode::LENGTH_REQUIRED, "Content-Length is required."));
    }
    let State { accounts, fresh, .. } = state;
    let Some(account) = accounts.get_mut(&account) else {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "Access to this account is denied."));
    };
    if parts.method == Method::GET {
        return list::answer(options, account, parts.uri.query().unwrap_or(""), body);
    }
    let written = match parts.method {
        _ if parts.uri.query().is_some() => Err(Refusal::bad_request("A change has no parameters.")),
        Method::POST => create::answer(options, account, fresh, body),
        Method::PUT => update::answer(options, account, body),
        _ => delete::answer(options, account, body),
    };
    match written {
        Err(refusal) if options.refusals == Refusals::Unsuccessful => Ok(Reply::unsuccessful(&refusal)),
        written => written,
    }
}
