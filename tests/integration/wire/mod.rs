//! The whole path, from YAML to the rows of a service and back, over real files and real sockets on loopback.
//!
//! Owns the fresh services ([`service`]), the drive from wish to outcome with everything that can cut it short
//! ([`site`]), the suite of full desired states ([`conformance`]), the laws over random wishes,
//! kills and faults, and the matrix of every fault at every call ([`matrix`]).
//! What a service holds is always read past the provider, from its rows.
//!
//! `MAILWRIGHT_WIRE_CASES` sets how many random cases each law is tried on, `MAILWRIGHT_WIRE_SEED` which ones.

mod atmail;
mod calls;
mod cases;
mod censornet;
mod conformance;
mod counted;
mod credentials;
mod dovecot;
mod exchange;
mod faults;
mod filtered;
mod kills;
mod lock_out;
mod locks;
mod lost;
mod mailinabox;
mod malicious;
mod matrix;
mod open_xchange;
mod pages;
mod postfixadmin;
mod races;
mod rackspace;
mod remains;
mod rich;
mod saved;
mod service;
mod sigkill;
mod site;
mod stale;
mod struck;
mod tables;
mod tampered;
mod wish;

pub(crate) use malicious::record::{Answered, answered};
pub(crate) use tampered::hex;
