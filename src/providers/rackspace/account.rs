//! What all connections with one pair of keys share.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use crate::http::{Accounts, Gate, account_key};
use crate::provider::Limits;

static ACCOUNTS: Accounts<Gate> = Accounts::new();

/// The account of these keys at this address.
pub(super) fn join(
    url: &str,
    user_key: &SecretString,
    secret_key: &SecretString,
    limits: Limits,
) -> Arc<Gate> {
    let account = ACCOUNTS.join(account_key(url, user_key.expose_secret(), secret_key), || Gate::new(limits));
    account.throttle().tighten(limits);
    account
}
