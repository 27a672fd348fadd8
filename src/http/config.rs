//! What an HTTP connection is made of, and the keys that every HTTP provider takes.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use crate::model::ConnectionSpec;
use crate::provider::{ErrorKind, KeyKind, KeySpec, Limits, Places, ProviderError};

/// Calls at the same time.
pub const MAX_IN_FLIGHT: KeySpec =
    optional("max_in_flight", KeyKind::Count, "how many calls may be under way at the same time");
/// Reads per minute.
pub const READS_PER_MINUTE: KeySpec =
    optional("reads_per_minute", KeyKind::Count, "how many reading calls may be made in a minute");
/// Writes per minute.
pub const WRITES_PER_MINUTE: KeySpec =
    optional("writes_per_minute", KeyKind::Count, "how many writing calls may be made in a minute");
/// How long to wait.
pub const TIMEOUT: KeySpec = KeySpec {
    default: Some("90"),
    ..optional(
        "timeout",
        KeyKind::Seconds,
        "how long to wait for an answer to start and for each further piece of it; a whole reply may take four \
         times as long",
    )
};
/// A private authority.
pub const CA_FILE: KeySpec = optional(
    "ca_file",
    KeyKind::Path,
    "a PEM file with authorities to trust beside the system's, for a service with a certificate of its own",
);

const fn optional(name: &'static str, kind: KeyKind, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required: false, default: None, doc }
}

/// What a [`Client`](super::Client) is made of.
#[derive(Debug, Clone)]
pub struct Config {
    /// The service's address, with the path that every call's path is appended to.
    pub url: String,
    /// How long to wait for an answer to start, and for each further piece of it.
    pub timeout: Duration,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// Authorities to trust beside the system's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// How large a reply may be, decompressed, in bytes.
    pub max_body: usize,
    /// Headers that every call carries; none of them secret.
    pub headers: Vec<(&'static str, String)>,
}

impl Config {
    /// A configuration with the defaults.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            timeout: Duration::from_secs(90),
            connect_timeout: Duration::from_secs(10),
            ca_file: None,
            max_body: 64 << 20,
            headers: Vec::new(),
        }
    }

    /// The common keys of a connection. `default_url` holds where the connection names none.
    ///
    /// # Errors
    /// `Invalid` where there is no `url` at all.
    pub fn from_spec(
        spec: &ConnectionSpec,
        places: &Places,
        default_url: Option<&str>,
    ) -> Result<Self, ProviderError> {
        let url = spec.text("url").or(default_url).ok_or_else(|| {
            ProviderError::new(ErrorKind::Invalid, format!("connection `{}` has no `url`", spec.name))
        })?;
        let mut config = Self::new(url);
        if let Some(seconds) = positive(spec, "timeout") {
            config.timeout = Duration::from_secs(seconds);
        }
        config.ca_file = spec.text("ca_file").map(|file| places.root.join(file));
        Ok(config)
    }
}

/// The limits of a connection: those of its keys, else the service's.
pub fn limits(spec: &ConnectionSpec, service: Limits) -> Limits {
    let rate = |key| positive(spec, key).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    Limits {
        max_in_flight: positive(spec, "max_in_flight")
            .map_or(service.max_in_flight, |n| usize::try_from(n).unwrap_or(usize::MAX >> 3)),
        reads_per_minute: rate("reads_per_minute").or(service.reads_per_minute),
        writes_per_minute: rate("writes_per_minute").or(service.writes_per_minute),
    }
}

fn positive(spec: &ConnectionSpec, key: &str) -> Option<u64> {
    spec.int(key).and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0)
}

/// The address of a service in one spelling: without a slash at its end.
///
/// # Errors
/// `Invalid` where it is no `https` address (or `http` to loopback), or holds credentials, a query or a fragment.
pub fn base_url(text: &str) -> Result<String, ProviderError> {
    parse(text).map(|url| url.as_str().trim_end_matches('/').to_owned())
}

pub(super) fn parse(text: &str) -> Result<Url, ProviderError> {
    let invalid = |message: String, hint: &str| ProviderError::new(ErrorKind::Invalid, message).hint(hint);
    // A password may stand in the text, so no error quotes all of it.
    let url = Url::parse(text).map_err(|error| {
        invalid(format!("`url` is not an address: {error}"), "write it like https://box.example.com/admin")
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(
            "`url` holds credentials".into(),
            "give them in the connection's own keys, as references to secrets",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(
            format!("`url` {} may not hold a `?` or a `#`", url.path()),
            "give the address without them",
        ));
    }
    match url.scheme() {
        "https" if url.host().is_some() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(invalid(
            format!(
                "`url` is plain http to {}: credentials would go over the network in the clear",
                url.host_str().unwrap_or("nowhere")
            ),
            "write https; plain http is for 127.0.0.1, ::1 and localhost alone",
        )),
        other => Err(invalid(format!("`url` begins with `{other}:`"), "write an https address")),
    }
}

/// True where the address names this machine by a loopback address or as `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    host == "localhost"
        || host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_loopback_only() {
        for good in [
            "https://box.example.com/admin/",
            "https://box.example.com:8443",
            "http://127.0.0.1:10222",
            "http://127.9.9.9/admin",
            "http://[::1]:80/x",
            "http://localhost:1/",
        ] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://box.example.com/admin",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://[::ffff:127.0.0.1]/",
            "ftp://127.0.0.1/",
            "box.example.com/admin",
            "/admin",
            "https://me:s3cr3t@box.example.com/",
            "https://box.example.com/?key=s3cr3t",
            "https://box.example.com/#x",
        ] {
            let error = base_url(bad).expect_err(bad);
            assert_eq!(error.kind, ErrorKind::Invalid);
            assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
        }
        assert_eq!(
            base_url("https://Box.example.com/admin//").expect("valid"),
            "https://box.example.com/admin"
        );
    }
}
