//! Which mailbox an extra address was seen at last: a place to look first, never an answer.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::Address;

/// Where addresses were seen.
#[derive(Debug, Default)]
pub(in crate::providers::rackspace) struct Holders(Mutex<BTreeMap<Address, Address>>);

impl Holders {
    /// Notes that a mailbox has, or is being given, an address.
    pub(in crate::providers::rackspace) fn note(&self, address: &Address, mailbox: &Address) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(address.clone(), mailbox.clone());
    }

    /// The mailbox that had an address.
    pub(in crate::providers::rackspace) fn of(&self, address: &Address) -> Option<Address> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }
}
