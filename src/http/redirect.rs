//! Redirects, which are not followed: credentials never leave the host that the connection names.

use std::sync::Arc;

use reqwest::header::LOCATION;

use crate::provider::{ErrorKind, ProviderError};

use super::call::Effect;
use super::failure::{Failure, unreadable};

/// The error of a redirect, naming where to. 301, 307 and 308 say that nothing was done; 302 and 303 may come after
/// the deed.
pub(super) fn redirected(response: &reqwest::Response, effect: Effect, name: &Arc<str>) -> Failure {
    let status = response.status().as_u16();
    let to = response
        .headers()
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .map_or_else(|| "an unnamed place".to_owned(), without_query);
    let kind = match status {
        302 | 303 => unreadable(effect),
        _ => ErrorKind::Protocol,
    };
    Failure {
        error: ProviderError::new(
            kind,
            format!("the service sends elsewhere (status {status}) to {to}; redirects are not followed"),
        )
        .at(&**name)
        .hint("if that is the service, write its address in `url`; it may also be a login page"),
        again: false,
    }
}

fn without_query(location: &str) -> String {
    let end = location.find(['?', '#']).unwrap_or(location.len());
    let place = match location[..end].split_once("//") {
        // Credentials in it are not for showing either.
        Some((scheme, rest)) => format!("{scheme}//{}", rest.rsplit_once('@').map_or(rest, |(_, host)| host)),
        None => location[..end].to_owned(),
    };
    super::excerpt(&place)
}
