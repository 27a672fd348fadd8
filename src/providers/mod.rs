//! One folder per service.
//!
//! Owns the list of types. A provider knows the model, the contract in [`crate::provider`] and, where it is called
//! over HTTP, `http` and `sandbox`; it knows no other provider.

use crate::provider::Catalogue;

pub mod postfixadmin;

/// Every type of connection.
pub fn catalogue() -> Catalogue {
    Catalogue::new([postfixadmin::provider_type()])
}
