//! What simulators of mail services share: the loopback server, the request log and the fault layer.
//!
//! ```text
//! client ──TCP──▶ wire ──HTTP──▶ fault layer ──▶ the simulator's router
//!                  ▲                  │ log, counters
//!                  └── close, reset ──┘
//! ```
//!
//! A simulator is a [`Simulator`]: an axum router and the few things that the fault layer cannot say for it (how this
//! service words "too many requests", its 500 page, how its sessions end). [`serve`] puts it on loopback and hands
//! back a [`Running`], through which a test or a command adds [`Fault`]s and reads what arrived.
//!
//! This module knows no service, no model and no client. It never prints.

mod door;
mod fault;
mod form;
mod layer;
mod requests;
mod server;
mod simulator;
mod wire;

#[cfg(test)]
pub(crate) mod raw;
#[cfg(test)]
pub(crate) mod rules;
#[cfg(test)]
mod tests;

pub use fault::{Fault, FaultKind, Faults};
pub use form::Form;
pub use layer::hung_up;
pub use requests::{Counters, Recorded};
pub use server::{Running, ServeError, serve, start};
pub use simulator::Simulator;
