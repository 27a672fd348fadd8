//! The whole path, from YAML to the rows of a service and back, over real files and real sockets on loopback.
//!
//! Owns the fresh services ([`service`]), the drive from wish to outcome with everything that can cut it short
//! ([`site`]), the suite of full desired states ([`conformance`]), and the laws over random wishes, kills and faults.
//! What a service holds is always read past the provider, from its rows.
//!
//! `MAILWRIGHT_WIRE_CASES` sets how many random cases each law is tried on, `MAILWRIGHT_WIRE_SEED` which ones.

mod atmail;
mod cases;
mod censornet;
mod conformance;
mod credentials;
mod exchange;
mod faults;
mod filtered;
mod kills;
mod locks;
mod lost;
mod mailinabox;
mod open_xchange;
mod pages;
mod postfixadmin;
mod rackspace;
mod remains;
mod service;
mod site;
mod tables;
mod wish;
