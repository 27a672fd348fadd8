//! Whom a connection trusts: what the system trusts, and the authorities of `ca_file`.
//!
//! The system's are those of the platform (on Linux the files of the package ca-certificates), as the HTTP library's
//! own verifier reads them.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use crate::provider::{ErrorKind, ProviderError};

use super::Config;

/// The authorities that a connection names beside the system's.
///
/// # Errors
/// `Invalid` where their file cannot be read or holds none.
pub(super) fn authorities(config: &Config) -> Result<Vec<reqwest::Certificate>, ProviderError> {
    let Some(path) = &config.ca_file else {
        return Ok(Vec::new());
    };
    let invalid = |message: String| {
        ProviderError::new(ErrorKind::Invalid, message)
            .hint("`ca_file` holds one or more certificates between BEGIN CERTIFICATE and END CERTIFICATE")
    };
    let pem = bounded(path)
        .map_err(|error| invalid(format!("`ca_file` {} cannot be read: {error}", path.display())))?;
    let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| {
        invalid(format!("`ca_file` {} is not PEM: {}", path.display(), super::client::chain(&error)))
    })?;
    if found.is_empty() {
        return Err(invalid(format!("`ca_file` {} holds no certificate", path.display())));
    }
    Ok(found)
}

/// The most bytes of such a file: a system's whole list of authorities takes a quarter of a MiB.
const MOST: u64 = 4 << 20;

/// What a file holds. A pipe or a device might never end.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no ordinary file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(io::Error::other("it is larger than 4 MiB, and so no list of certificates"));
    }
    Ok(bytes)
}
