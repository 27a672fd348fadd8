//! What connections to one account share: its rate, its calls in flight, its login.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use base64::Engine as _;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// The accounts of one type that this process talks to. An adapter holds one in a `static`; an account lives as
/// long as a connection uses it.
#[derive(Debug)]
pub struct Accounts<T>(Mutex<BTreeMap<String, Weak<T>>>);

impl<T> Accounts<T> {
    /// No account.
    pub const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// The account of this key, made anew where no connection uses it.
    pub fn join(&self, key: String, make: impl FnOnce() -> T) -> Arc<T> {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.retain(|_, account| account.strong_count() > 0);
        if let Some(account) = accounts.get(&key).and_then(Weak::upgrade) {
            return account;
        }
        let account = Arc::new(make());
        accounts.insert(key, Arc::downgrade(&account));
        account
    }
}

impl<T> Default for Accounts<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The key of an account: the service's address and who logs in. The credential enters as a hash.
pub fn account_key(url: &str, user: &str, credential: &SecretString) -> String {
    let mut hash = Sha256::new();
    // The lengths keep ("ab", "c") and ("a", "bc") apart.
    for part in [url, user, credential.expose_secret()] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_per_key_for_as_long_as_it_is_used() {
        let accounts = Accounts::new();
        let key = || account_key("https://a.example", "me", &SecretString::from("s"));
        let first = accounts.join(key(), || 1);
        let second = accounts.join(key(), || 2);
        assert!(Arc::ptr_eq(&first, &second));
        let other = accounts.join(account_key("https://a.example", "mes", &SecretString::from("")), || 3);
        assert_eq!(*other, 3);
        drop((first, second));
        assert_eq!(*accounts.join(key(), || 4), 4);
    }
}
