//! What can happen on a wire, told apart by whether the service can have carried out the call.
//!
//! The mapping is proven in `wire_tests.rs` against sockets that do each of these things.

use std::error::Error;
use std::time::Duration;

use crate::provider::{ErrorKind, ProviderError};

use super::call::Effect;

/// A call that brought no reply.
#[derive(Debug)]
pub(super) struct Failure {
    /// What to report.
    pub(super) error: ProviderError,
    /// True where trying again may help, for a call that may be repeated.
    pub(super) again: bool,
}

/// Tells what an error of the HTTP library means. `whole` is how long the whole reply was given.
pub(super) fn failure(error: reqwest::Error, effect: Effect, whole: Duration, call: &str) -> Failure {
    // The library's own text names the whole address, query included.
    let error = error.without_url();
    let cause = innermost(&error);
    let (kind, message, hint, again) = if error.is_builder() {
        (ErrorKind::Invalid, format!("the call cannot be written down: {cause}"), None, false)
    } else if error.is_connect() {
        let (message, hint, again) = unreached(&error, &cause);
        (ErrorKind::Unavailable, message, Some(hint), again)
    } else if error.is_timeout() {
        (
            lost(effect),
            format!("the whole reply was not there within {} s", whole.as_secs()),
            Some("raise `timeout` where the service is slow".to_owned()),
            false,
        )
    } else if error.is_decode() && !is_io(&error) {
        (unreadable(effect), format!("the reply's encoding is broken: {cause}"), None, false)
    } else {
        (lost(effect), format!("the connection broke before the whole reply was there: {cause}"), None, true)
    };
    let mut reported = ProviderError::new(kind, message).at(call);
    reported.hint = hint;
    Failure { error: reported, again }
}

/// The kind of a failure after which nobody knows what became of the call.
pub(super) fn lost(effect: Effect) -> ErrorKind {
    match effect {
        Effect::Read => ErrorKind::Unavailable,
        Effect::Write => ErrorKind::Ambiguous,
    }
}

/// The kind of a reply that cannot be understood: of a write, nobody knows whether it was carried out.
pub(super) fn unreadable(effect: Effect) -> ErrorKind {
    match effect {
        Effect::Read => ErrorKind::Protocol,
        Effect::Write => ErrorKind::Ambiguous,
    }
}

/// Why no connection came about: nothing was sent.
fn unreached(error: &reqwest::Error, cause: &str) -> (String, String, bool) {
    if cause.contains("certificate") || cause.contains("Certificate") {
        return (
            format!("the service's certificate is not accepted: {cause}"),
            "check the host in `url`; where the certificate comes from a private authority, give its PEM file \
             as `ca_file`"
                .into(),
            false,
        );
    }
    if error.is_dns() {
        return (
            format!("the host's name cannot be resolved: {cause}"),
            "check the host in `url` and this machine's name resolution".into(),
            true,
        );
    }
    if error.is_timeout() {
        return (
            "no connection came about in time".into(),
            "check the host and the port in `url`, and the firewalls between".into(),
            true,
        );
    }
    (
        format!("no connection came about: {cause}"),
        "check the host and the port in `url`, and that the service runs".into(),
        true,
    )
}

/// True where a broken connection stands behind the error.
fn is_io(error: &reqwest::Error) -> bool {
    sources(error).any(|source| {
        source.downcast_ref::<std::io::Error>().is_some_and(|io| {
            matches!(
                io.kind(),
                std::io::ErrorKind::ConnectionReset
                    | std::io::ErrorKind::ConnectionAborted
                    | std::io::ErrorKind::BrokenPipe
            )
        }) || source.to_string().contains("end of file before message length")
    })
}

fn innermost(error: &reqwest::Error) -> String {
    sources(error).last().map_or_else(|| error.to_string(), |source| super::excerpt(&source.to_string()))
}

fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let source = next?;
        next = source.source();
        Some(source)
    })
}
