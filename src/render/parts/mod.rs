//! What the views for people have in common, whatever their format: rows, differences, what was read, sums.

pub(super) mod access;
pub(super) mod closing;
mod diff;
pub(super) mod fields;
pub(super) mod findings;
pub(super) mod header;
pub(super) mod layout;
pub(super) mod outcome;
pub(super) mod rows;
pub(super) mod summary;
pub(super) mod trace;
pub(super) mod words;
