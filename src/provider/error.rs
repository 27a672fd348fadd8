//! What can go wrong with a service.

use std::fmt;
use std::time::Duration;

/// What kind of failure it was; decides what the applier may do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The credentials were refused. Never tried again.
    Auth,
    /// The credentials are right but may not do this.
    Denied,
    /// The object is not there.
    NotFound,
    /// The object is there already, or in another state than expected.
    Conflict,
    /// The service refuses the values.
    Invalid,
    /// A quota, a licence or another limit of the account is used up.
    LimitReached,
    /// Too many calls; nothing was done. May be tried again.
    RateLimited,
    /// The service did not take the call; nothing was done. May be tried again.
    Unavailable,
    /// The call was sent and nobody knows whether it was carried out.
    Ambiguous,
    /// The service answered something that its contract does not allow.
    Protocol,
}

impl ErrorKind {
    /// True where the same call may succeed a moment later and nothing was done.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable)
    }
}

/// A failure, with what a person needs: what happened, at which call, what to do next. Never holds a secret.
#[derive(Debug, Clone)]
pub struct ProviderError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// What happened, a lower-case fragment.
    pub message: String,
    /// The call, like `POST https://box.example.com/admin/mail/users/add`, or the statement's purpose.
    pub call: Option<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// How long the service asked to wait.
    pub retry_after: Option<Duration>,
}

impl ProviderError {
    /// An error of a kind with its message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), call: None, hint: None, retry_after: None }
    }

    /// Adds the call.
    #[must_use]
    pub fn at(mut self, call: impl Into<String>) -> Self {
        self.call = Some(call.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(call) = &self.call {
            write!(f, " ({call})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ProviderError {}

impl From<super::SecretError> for ProviderError {
    fn from(error: super::SecretError) -> Self {
        let hint = error.hint.clone();
        Self { hint, ..Self::new(ErrorKind::Auth, error.to_string()) }
    }
}
