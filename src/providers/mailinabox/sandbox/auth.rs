//! Who calls: HTTP Basic with a password, a session key or the API key, and TOTP. Contract section 2.
//!
//! Must not know the routes.

use axum::http::header::{AUTHORIZATION, HeaderName, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::json;

use super::state::{Session, State};
use super::text::Reply;

const SESSIONS: usize = 64;
const SESSION_SECONDS: u64 = 2 * 24 * 60 * 60;
const INCORRECT: &str = "Incorrect email address or password.";
const HEADER_INVALID: &str = "Authorization header invalid.";

/// Why a request shows its credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Call,
    /// Only a password counts.
    Login,
    /// A session key ends its session.
    Logout,
}

/// A caller that is known.
pub(super) struct Caller {
    /// `None` for the API key.
    pub(super) email: Option<String>,
    privileges: Vec<String>,
}

/// 32 random bytes as the daemon makes its keys.
pub(super) fn random_hex() -> String {
    let halves: [u128; 2] = rand::random();
    format!("{:032x}{:032x}", halves[0], halves[1])
}

/// The caller of a protected route, or the refusal.
pub(super) fn authorize(state: &mut State, headers: &HeaderMap) -> Result<Caller, Reply> {
    let reason = match authenticate(state, headers, Purpose::Call) {
        Ok(caller) if caller.privileges.iter().any(|privilege| privilege == "admin") => return Ok(caller),
        Ok(_) => "You are not an administrator.".to_owned(),
        Err(reason) => {
            if headers.contains_key(AUTHORIZATION) {
                state.failed_logins += 1;
            }
            reason
        }
    };
    let accept = text(headers, "accept");
    let json = !matches!(accept, "" | "*/*");
    if text(headers, "x-requested-with") == "XMLHttpRequest" {
        return Err(Reply::unauthorized(StatusCode::FORBIDDEN, &reason, json));
    }
    Err(Reply::unauthorized(StatusCode::UNAUTHORIZED, &reason, json)
        .with(WWW_AUTHENTICATE, "Basic realm=\"Mail-in-a-Box Management Server\"")
        .with(HeaderName::from_static("x-reason"), reason))
}

/// `POST /login`: always 200.
pub(super) fn login(state: &mut State, headers: &HeaderMap) -> Reply {
    match authenticate(state, headers, Purpose::Login) {
        Ok(Caller { email: Some(email), privileges }) => {
            let key = random_hex();
            let token = state.credential_token(&email).unwrap_or_default();
            let used_at = state.now();
            state.sessions.push(Session { key: key.clone(), email: email.clone(), token, used_at });
            if state.sessions.len() > SESSIONS {
                state.sessions.remove(0);
            }
            Reply::json(&json!({ "api_key": key, "email": email, "privileges": privileges, "status": "ok" }))
        }
        Ok(Caller { email: None, .. }) => Reply::json(&json!({ "reason": INCORRECT, "status": "invalid" })),
        Err(reason) if reason == "missing-totp-token" => {
            Reply::json(&json!({ "reason": reason, "status": reason }))
        }
        Err(reason) => {
            state.failed_logins += 1;
            Reply::json(&json!({ "reason": reason, "status": "invalid" }))
        }
    }
}

/// `POST /logout`: always 200.
pub(super) fn logout(state: &mut State, headers: &HeaderMap) -> Reply {
    // Whoever calls is let go, known or not.
    let _ = authenticate(state, headers, Purpose::Logout);
    Reply::json(&json!({ "status": "ok" }))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

fn authenticate(state: &mut State, headers: &HeaderMap, purpose: Purpose) -> Result<Caller, String> {
    let (name, password) = credentials(text(headers, "authorization"))?;
    if name.is_empty() {
        return Err(HEADER_INVALID.into());
    }
    if name.trim().is_empty() && password.trim().is_empty() {
        return Err("No email address, password, session key, or API key provided.".into());
    }
    if purpose != Purpose::Login && name == state.api_key && password.is_empty() {
        return Ok(Caller { email: None, privileges: vec!["admin".into()] });
    }
    if purpose == Purpose::Login || !state.take_session(&name, &password, purpose) {
        if password.trim().is_empty() {
            return Err("Enter a password.".into());
        }
        state.check_password(&name, &password, text(headers, "x-auth-token"))?;
    }
    let privileges = state.users.get(&name).map(|user| user.privileges.clone());
    let privileges = privileges.ok_or_else(|| INCORRECT.to_owned())?;
    Ok(Caller { email: Some(name), privileges })
}

/// Name and password of an `Authorization` header.
fn credentials(header: &str) -> Result<(String, String), String> {
    let invalid = || HEADER_INVALID.to_owned();
    let (scheme, encoded) = header.split_once(' ').ok_or_else(invalid)?;
    if scheme != "Basic" {
        return Err(invalid());
    }
    // The daemon's decoder drops characters that are not base64.
    let kept: Vec<u8> =
        encoded.bytes().filter(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).collect();
    let lenient = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    let decoded = GeneralPurpose::new(&STANDARD, lenient).decode(kept).map_err(|_| invalid())?;
    if let Some(position) = decoded.iter().position(|byte| !byte.is_ascii()) {
        return Err(format!(
            "'ascii' codec can't decode byte {:#04x} in position {position}: ordinal not in range(128)",
            decoded[position]
        ));
    }
    let decoded = String::from_utf8(decoded).map_err(|_| invalid())?;
    let (name, password) = decoded.split_once(':').ok_or_else(invalid)?;
    Ok((name.to_owned(), password.to_owned()))
}

impl State {
    /// What a session depends on: it ends when the user's password or MFA changes.
    fn credential_token(&self, email: &str) -> Option<String> {
        let user = self.users.get(email)?;
        let mfa: Vec<u64> = self.mfa.iter().filter(|row| row.user_id == user.id).map(|row| row.id).collect();
        Some(format!("{} {mfa:?}", user.salt))
    }

    /// Whether the key is a live session of this user; using it prolongs it, logging out ends it.
    fn take_session(&mut self, email: &str, key: &str, purpose: Purpose) -> bool {
        let now = self.now();
        self.sessions.retain(|session| now.saturating_sub(session.used_at) < SESSION_SECONDS);
        let token = self.credential_token(email);
        let Some(position) = self.sessions.iter().position(|session| {
            session.key == key && session.email == email && Some(&session.token) == token.as_ref()
        }) else {
            return false;
        };
        let mut session = self.sessions.remove(position);
        if purpose != Purpose::Logout {
            session.used_at = now;
            self.sessions.push(session);
        }
        true
    }

    fn check_password(&mut self, email: &str, password: &str, token: &str) -> Result<(), String> {
        let user = self.users.get(email).filter(|user| user.password == password);
        let user_id = user.ok_or_else(|| INCORRECT.to_owned())?.id;
        self.check_totp(user_id, token)
    }
}
