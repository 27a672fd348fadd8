//! How a provider gets at a secret.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::model::SecretRef;

/// Turns references into secrets, where and when they are used.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret that `reference` names. `subject` is the address or connection that it is for; a generated
    /// password is kept per subject.
    async fn reveal(&self, reference: &SecretRef, subject: &str) -> Result<SecretString, SecretError>;
}

/// Why a secret could not be had. Names the reference, never its content.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the secret {reference} for {subject} cannot be read: {reason}")]
pub struct SecretError {
    /// The reference, as shown.
    pub reference: String,
    /// What it was for.
    pub subject: String,
    /// What went wrong.
    pub reason: String,
    /// What to do next.
    pub hint: Option<String>,
}
