//! From a plan to an outcome: the only place from which services are written to.
//!
//! Owns the order in which changes start, how fast, what is tried again, what a lost answer means, the journal and
//! the lock. Decides nothing that the plan does not show: what differs, what is guarded and in which order things
//! depend on each other came with the plan. Knows no provider by name, prints nothing and asks nobody.

mod account;
#[cfg(test)]
mod fake;
mod grounds;
mod guard;
mod halt;
pub mod journal;
mod judge;
mod lock;
mod pair;
mod patience;
mod perform;
mod prepared;
mod private;
mod read_back;
mod run;
mod schedule;
#[cfg(test)]
mod tests;

pub use account::AccountKey;
pub use grounds::{Grounds, Verdict, verify_grounds};
pub use journal::{Journal, JournalError};
pub use lock::{Lock, LockError};
pub use run::{Context, OnFailure, apply};

/// Bytes in lower-case hex.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from(DIGITS[usize::from(half)]))
        .collect()
}
