//! What this connection has learnt of users, so that each is found again without another look at all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{MutexGuard, PoisonError};

use crate::model::Address;

use super::Api;

/// What was learnt of users.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The names of users that are not called by their address, by address.
    logins: BTreeMap<Address, String>,
    /// The names, in small letters, of users whose aliases the list of users told.
    with_aliases: BTreeSet<String>,
    /// Users that this connection renamed, by their old name in small letters.
    moved: BTreeMap<String, Moved>,
}

/// Where a user went that was renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::providers::open_xchange) struct Moved {
    /// Its name now.
    pub(in crate::providers::open_xchange) login: String,
    /// Its address now.
    pub(in crate::providers::open_xchange) address: Address,
}

impl Api {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how a user is called that was seen.
    pub(in crate::providers::open_xchange) fn note_login(&self, address: &Address, login: &str) {
        if login.eq_ignore_ascii_case(address.as_str()) {
            self.known().logins.remove(address);
        } else {
            self.known().logins.insert(address.clone(), login.to_owned());
        }
    }

    /// How the user of an address was called when it was seen, where that is not its address.
    pub(in crate::providers::open_xchange) fn login_of(&self, address: &Address) -> Option<String> {
        self.known().logins.get(address).cloned()
    }

    /// Notes that the list of users told aliases of a user.
    pub(in crate::providers::open_xchange) fn note_aliases(&self, login: &str) {
        self.known().with_aliases.insert(login.to_lowercase());
    }

    /// True where the list of users told aliases of a user.
    pub(in crate::providers::open_xchange) fn had_aliases(&self, login: &str) -> bool {
        self.known().with_aliases.contains(&login.to_lowercase())
    }

    /// Notes that a user was renamed: changes that were planned before name it as it was.
    pub(in crate::providers::open_xchange) fn note_moved(&self, old: &str, moved: Moved) {
        self.note_login(&moved.address, &moved.login);
        if self.had_aliases(old) {
            self.note_aliases(&moved.login);
        }
        self.known().moved.insert(old.to_lowercase(), moved);
    }

    /// Where the user went that had this name.
    pub(in crate::providers::open_xchange) fn moved(&self, old: &str) -> Option<Moved> {
        self.known().moved.get(&old.to_lowercase()).cloned()
    }
}
