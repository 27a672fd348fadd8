//! One folder per service.
//!
//! Owns the list of types. A provider knows the model, the contract in [`crate::provider`] and, where it is called
//! over HTTP, `http` and `sandbox`; it knows no other provider.

use crate::provider::Catalogue;

pub mod atmail;
pub mod censornet;
#[cfg(test)]
mod growth;
pub mod mailinabox;
pub mod open_xchange;
pub mod postfixadmin;
pub mod rackspace;
mod simulated;
#[cfg(test)]
mod testing;

pub use simulated::{SimulatedService, simulators};

/// Every type of connection.
pub fn catalogue() -> Catalogue {
    Catalogue::new([
        mailinabox::provider_type(),
        rackspace::provider_type(),
        open_xchange::provider_type(),
        atmail::provider_type(),
        censornet::provider_type(),
        postfixadmin::provider_type(),
    ])
}
