//! What all connections with one login share.

use std::sync::Arc;

use secrecy::SecretString;

use crate::http::{Accounts, Gate, account_key};
use crate::provider::Limits;

static ACCOUNTS: Accounts<Gate> = Accounts::new();

/// The account of this login at this address.
pub(super) fn join(url: &str, username: &str, password: &SecretString, limits: Limits) -> Arc<Gate> {
    let account = ACCOUNTS.join(account_key(url, username, password), || Gate::new(limits));
    account.throttle().tighten(limits);
    account
}
