//! Who calls: the signature of every request. Contract section 2.
//!
//! Must not know the routes.

use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha1::{Digest as _, Sha1};

use super::reply::Refusal;
use super::settings::Settings;

/// The base64 text that signs one time.
pub(super) fn digest(user_key: &str, agent: &[u8], timestamp: &str, secret: &str) -> String {
    let mut sha1 = Sha1::new();
    sha1.update(user_key);
    sha1.update(agent);
    sha1.update(timestamp);
    sha1.update(secret);
    BASE64_STANDARD.encode(sha1.finalize())
}

/// The user key of a request that is signed as it should be.
pub(super) fn authenticate(
    settings: &Settings,
    now: Timestamp,
    headers: &HeaderMap,
) -> Result<String, Refusal> {
    user_key(settings, now, headers).ok_or_else(|| Refusal::unauthorized("Authentication failed."))
}

fn user_key(settings: &Settings, now: Timestamp, headers: &HeaderMap) -> Option<String> {
    let agent = only(headers, USER_AGENT.as_str())?;
    let signature = std::str::from_utf8(only(headers, "x-api-signature")?).ok()?;
    let mut parts = signature.split(':');
    let (user_key, timestamp, digest_sent) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !in_time(timestamp, now, settings.skew) {
        return None;
    }
    let secret = settings.credentials.get(user_key)?;
    (digest(user_key, agent, timestamp, secret) == digest_sent).then(|| user_key.to_owned())
}

/// The value of a header that is sent once and is not empty.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.as_bytes();
    (values.next().is_none() && !value.is_empty()).then_some(value)
}

fn in_time(timestamp: &str, now: Timestamp, skew: Duration) -> bool {
    if timestamp.len() != 14 || !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let signed = DateTime::strptime("%Y%m%d%H%M%S", timestamp)
        .and_then(|time| time.to_zoned(TimeZone::UTC))
        .map(|time| time.timestamp().as_second());
    signed.is_ok_and(|signed| signed.abs_diff(now.as_second()) <= skew.as_secs())
}
