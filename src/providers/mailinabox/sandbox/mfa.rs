//! TOTP: its tokens and the `/mfa` routes. Contract sections 2 and 6.

use serde_json::{Value, json};

use super::auth::Caller;
use super::state::{State, Totp};
use super::text::Reply;
use crate::sandbox::Form;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP: u64 = 30;
const NO_USER: &str = "User does not exist.";
const BAD_SECRET: &str = "Secret should be a 32 characters base32 string";

/// Stands in for the picture of a QR code.
const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// The 20 bytes of a secret of 32 characters.
pub(super) fn secret_bytes(secret: &str) -> Option<[u8; 20]> {
    let mut bytes = [0; 20];
    if secret.len() != 32 {
        return None;
    }
    for (group, chunk) in secret.as_bytes().chunks(8).zip(bytes.chunks_mut(5)) {
        let mut bits = 0_u64;
        for character in group {
            let digit = BASE32.iter().position(|digit| digit.eq_ignore_ascii_case(character))?;
            bits = bits << 5 | u64::try_from(digit).ok()?;
        }
        chunk.copy_from_slice(&bits.to_be_bytes()[3..]);
    }
    Some(bytes)
}

fn random_secret() -> String {
    let random: [u8; 32] = rand::random();
    random.iter().map(|byte| char::from(BASE32[usize::from(byte % 32)])).collect()
}

/// The time step whose token this is; one step of difference between the clocks is allowed.
fn step_of(secret: [u8; 20], token: &str, now: u64) -> Option<u64> {
    let totp = totp_rs::Builder::new()
        .with_secret(secret)
        .with_skew(1)
        .with_step_duration(STEP)
        .build_noncompliant();
    let six_digits = token.len() == 6 && token.bytes().all(|byte| byte.is_ascii_digit());
    six_digits.then(|| totp.check(token, now)).flatten()
}

impl State {
    /// Takes a token: each is good once. Users without MFA need none.
    pub(super) fn check_totp(&mut self, user_id: u64, token: &str) -> Result<(), String> {
        let now = self.now();
        let mut rows = self.mfa.iter_mut().filter(|row| row.user_id == user_id).peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        if token.is_empty() {
            return Err("missing-totp-token".into());
        }
        for row in rows {
            if let Some(step) = step_of(row.secret, token, now).filter(|step| !row.used.contains(step)) {
                row.used.retain(|used| used + 2 >= step);
                row.used.push(step);
                return Ok(());
            }
        }
        Err("invalid-totp-token".into())
    }

    /// Adds a TOTP row.
    pub(super) fn insert_totp(&mut self, user_id: u64, secret: [u8; 20], label: Option<String>) {
        self.last_mfa_id += 1;
        let id = self.last_mfa_id;
        self.mfa.push(Totp { id, user_id, secret, label, used: Vec::new() });
    }
}

/// The user that a request speaks of: its field `user`, else the caller.
fn subject(caller: &Caller, form: &Form) -> Option<String> {
    form.get("user").map(str::to_owned).or_else(|| caller.email.clone())
}

/// `POST /mfa/status`
pub(super) fn status(state: &State, caller: &Caller, form: &Form) -> Reply {
    let email = subject(caller, form);
    let Some(user) = email.as_ref().and_then(|email| state.users.get(email)) else {
        return Reply::refused(NO_USER);
    };
    let enabled: Vec<Value> = state
        .mfa
        .iter()
        .filter(|row| row.user_id == user.id)
        .map(|row| json!({ "id": row.id, "label": row.label, "type": "totp" }))
        .collect();
    if email == caller.email {
        let fresh = json!({ "qr_code_base64": PICTURE, "secret": random_secret(), "type": "totp" });
        Reply::json(&json!({ "enabled_mfa": enabled, "new_mfa": { "totp": fresh } }))
    } else {
        Reply::json(&json!({ "enabled_mfa": enabled }))
    }
}

/// `POST /mfa/totp/enable`, for the caller only.
pub(super) fn enable(state: &mut State, caller: &Caller, form: &Form) -> Reply {
    let Some(token) = form.get("token") else {
        return Reply::refused("Bad Input");
    };
    let secret = form.text("secret");
    if secret.trim().is_empty() {
        return Reply::refused("No secret provided.");
    }
    let Some(bytes) = secret_bytes(secret) else {
        return Reply::refused(BAD_SECRET);
    };
    if step_of(bytes, token, state.now()).is_none() {
        return Reply::refused("Invalid token.");
    }
    let Some(user_id) = caller.email.as_ref().and_then(|email| state.users.get(email)).map(|user| user.id)
    else {
        return Reply::refused(NO_USER);
    };
    state.insert_totp(user_id, bytes, form.get("label").map(str::to_owned));
    Reply::ok("OK")
}

/// `POST /mfa/disable`: one row by `mfa-id`, or all.
pub(super) fn disable(state: &mut State, caller: &Caller, form: &Form) -> Reply {
    let email = subject(caller, form);
    let Some(user_id) = email.and_then(|email| state.users.get(&email)).map(|user| user.id) else {
        return Reply::refused(NO_USER);
    };
    let wanted = form.text("mfa-id");
    let before = state.mfa.len();
    state.mfa.retain(|row| row.user_id != user_id || !(wanted.is_empty() || row.id.to_string() == wanted));
    if state.mfa.len() == before { Reply::refused("Invalid user or MFA id.") } else { Reply::ok("OK") }
}
