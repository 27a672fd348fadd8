//! Whom a connection trusts: what the system trusts, and the authorities of `ca_file`.
//!
//! The system's are those of the platform (on Linux the files of the package ca-certificates), as the HTTP library's
//! own verifier reads them.

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
    let pem = std::fs::read(path)
        .map_err(|error| invalid(format!("`ca_file` {} cannot be read: {error}", path.display())))?;
    let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| {
        invalid(format!("`ca_file` {} is not PEM: {}", path.display(), super::client::chain(&error)))
    })?;
    if found.is_empty() {
        return Err(invalid(format!("`ca_file` {} holds no certificate", path.display())));
    }
    Ok(found)
}
