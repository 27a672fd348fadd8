//! Who calls: the login and the headers of every other call. Contract §2.
//!
//! Must not know mailboxes.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;

use super::options::{Options, Tokens};
use super::reply::{Refusal, Reply};
use super::state::State;
use crate::sandbox::Form;

const ACCOUNT: &str = "x-uss-account-id";

/// `POST /auth`
pub(super) fn login(
    options: &Options,
    state: &mut State,
    parts: &Parts,
    body: &[u8],
) -> Result<Reply, Refusal> {
    if parts.uri.query().is_some() {
        return Err(Refusal::bad_request("Credentials belong into the form, not into the address."));
    }
    let (username, password) = credentials(&parts.headers, body)?;
    if (username.as_str(), password.as_str()) != (options.username.as_str(), options.password.as_str()) {
        state.failed_logins += 1;
        return Err(Refusal::unauthorized("Invalid username or password."));
    }
    if options.two_factor {
        let challenge =
            json!({ "2fa_required": true, "2fa_type": "totp", "accounts_id": options.account.as_str() });
        return Ok(Reply::json(&challenge));
    }
    if options.tokens == Tokens::Newest {
        state.end_tokens();
    }
    state.logins += 1;
    let token = state.issue(options.lifetime.unwrap_or(options.expires_in));
    Ok(Reply::json(&json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": options.expires_in.as_secs(),
        "accounts_id": options.account.as_str(),
        "users_id": "0b0f7c2e-1f0e-4f6b-8f0c-7d3c2a9b5e11",
        "locale": "en_GB",
        "products": ["email"],
    })))
}

/// The two fields of the form, nothing else in it.
fn credentials(headers: &HeaderMap, body: &[u8]) -> Result<(String, String), Refusal> {
    let content_type = only(headers, CONTENT_TYPE.as_str()).unwrap_or("");
    let boundary = content_type
        .strip_prefix("multipart/form-data")
        .and_then(|rest| rest.split(';').find_map(|part| part.trim().strip_prefix("boundary=")))
        .map(|boundary| boundary.trim_matches('"'))
        .filter(|boundary| !boundary.is_empty())
        .ok_or_else(|| Refusal::bad_request("The login is no multipart/form-data."))?;
    let text = std::str::from_utf8(body).map_err(|_| Refusal::bad_request("The form is no UTF-8."))?;
    let delimiter = format!("--{boundary}");
    let closed = text.trim_end().ends_with(&format!("\r\n{delimiter}--"));
    if !text.starts_with(&delimiter) || !closed {
        return Err(Refusal::bad_request("The form is not complete."));
    }
    let form = Form::multipart(boundary, body);
    let mut fields: Vec<(&str, &str)> = form.iter().collect();
    fields.sort_unstable();
    match (text.matches(&delimiter).count(), fields.as_slice()) {
        (3, [("password", password), ("username", username)]) => {
            Ok(((*username).to_owned(), (*password).to_owned()))
        }
        _ => Err(Refusal::bad_request("The form needs username and password, once each and nothing else.")),
    }
}

/// The account that a call addresses, once its headers are in order.
pub(super) fn authorize(options: &Options, state: &State, headers: &HeaderMap) -> Result<String, Refusal> {
    let token = only(headers, AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    if !token.is_some_and(|token| state.is_valid(token)) {
        return Err(Refusal::unauthorized("The access token is missing, invalid or expired."));
    }
    let account =
        only(headers, ACCOUNT).ok_or_else(|| Refusal::bad_request("X-Uss-Account-Id is required, once."))?;
    if !state.accounts.contains_key(account) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "Access to this account is denied."));
    }
    if !options.manages_mailboxes {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "The role does not allow this."));
    }
    let content_type = only(headers, CONTENT_TYPE.as_str()).unwrap_or("").to_ascii_lowercase();
    let (kind, parameter) = content_type.split_once(';').unwrap_or((&content_type, ""));
    if kind.trim() != "application/json" || !matches!(parameter.trim(), "" | "charset=utf-8") {
        let message = "Content-Type must be application/json.";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    Ok(account.to_owned())
}

/// The header's value where it stands exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
