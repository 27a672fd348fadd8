//! The contract between the core and a mail service.
//!
//! An implementation translates: it reads what a [`Scope`] asks, carries out one [`Change`], and tells what the
//! service can do ([`Capabilities`]). It never decides, diffs, orders, sleeps, prints or reads the environment.

use std::fmt::Debug;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::model::{Change, Collection, Completeness, Identity, ObservedObject, Reason, Scope};

mod capabilities;
mod catalogue;
mod check;
mod error;
mod problems;
mod read;
mod redaction;
mod secrets;

pub use capabilities::{
    Ability, AddressRule, AtCreate, Capabilities, Deletion, FieldCapability, KindCapabilities, Limits,
    QuotaRule, StoredIn, Suspension, TargetRule,
};
pub use catalogue::{
    Catalogue, ConnectFuture, KeyKind, KeySpec, Places, ProviderType, SettingSpec, SettingType,
};
pub use check::{Check, CheckState};
pub use error::{ErrorKind, ProviderError};
pub use problems::Problem;
pub use read::read;
pub use redaction::Redaction;
pub use secrets::{SecretError, Secrets};

/// A connected mail service.
#[async_trait]
pub trait Provider: Debug + Send + Sync {
    /// Reads what `scope` asks. Objects stream as pages arrive; a failed detail is an object with fields that
    /// were not read. Every collection of the scope ends with a [`Found::End`], unless the whole reading ends
    /// with [`Found::Failed`].
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found>;

    /// Carries out one change. One that already holds is [`Done::NotNeeded`]. After an error other than
    /// [`ErrorKind::Ambiguous`] the service is as it was.
    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError>;

    /// Carries out, in one write, a change that gives an address up and the one that takes it over: nobody ever finds
    /// the address without either. Called only where [`Capabilities::hands_over`] says so, with the delete of a mailbox
    /// or an alias and the create of the other at the same address. After an error other than
    /// [`ErrorKind::Ambiguous`] the service is as it was before both.
    async fn hand_over(
        &self,
        release: &Change,
        claim: &Change,
        _secrets: &dyn Secrets,
    ) -> Result<(Done, Done), ProviderError> {
        let both = format!("{} and {}", release.id, claim.id);
        Err(ProviderError::new(ErrorKind::Invalid, "the service takes one change at a time").at(both))
    }

    /// Read-only checks for `doctor`: reach, credentials, rights, clock, account, unproven paths.
    async fn check(&self) -> Vec<Check>;

    /// The account that the service says this connection works on, where it says so: whoever reads a plan can see
    /// that it is the right one.
    fn account(&self) -> Option<String> {
        None
    }

    /// How many calls were sent to the service so far; 0 for a service that is not called.
    fn calls(&self) -> u64 {
        0
    }
}

/// One piece of a reading.
#[derive(Debug)]
pub enum Found {
    /// An object, or the remains of one.
    Object(ObservedObject),
    /// The service says too little to know whether this object exists.
    Unknown {
        /// Which object.
        identity: Identity,
        /// Why.
        reason: Reason,
    },
    /// A collection ends here. It may reach further than the scope asked.
    End {
        /// Which collection.
        collection: Collection,
        /// Whether all of it was seen.
        completeness: Completeness,
    },
    /// The reading failed as a whole; what was found before still holds.
    Failed(ProviderError),
}

/// What carrying out a change brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It was written.
    Written {
        /// What a person should know of it, like words of the service.
        notes: Vec<String>,
    },
    /// It held already; nothing was written.
    NotNeeded,
}

impl Done {
    /// Written, with nothing to add.
    pub fn written() -> Self {
        Self::Written { notes: Vec::new() }
    }
}
