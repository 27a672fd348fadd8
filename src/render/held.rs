//! What a connection holds for an address, gathered for `show`.

use crate::model::{Collection, ConnectionName, ObservedObject, Reason};

/// What one connection holds for an address.
#[derive(Debug)]
pub struct Held<'a> {
    /// The connection.
    pub connection: &'a ConnectionName,
    /// Its objects.
    pub objects: Vec<&'a ObservedObject>,
    /// What could not be read, and why.
    pub gaps: Vec<(Collection, Reason)>,
}
