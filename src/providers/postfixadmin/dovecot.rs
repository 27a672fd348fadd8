//! Dovecot over its doveadm HTTP interface: who may open whose folders, and how full a mailbox is.
//!
//! The database cannot hold `full_access`: Dovecot keeps it in an access list per folder, beside the mail
//! (`contracts/postfixadmin.md §3 and §5`). Knows no SQL.

mod acl;
mod api;
mod grants;
mod usage;

pub(super) use acl::{Folders, Own, Sharing};
pub(super) use api::{Doveadm, KEYS};
pub(super) use grants::Set;

#[cfg(test)]
mod tests;
