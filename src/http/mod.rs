//! The only folder that names reqwest: how every HTTP service is called.
//!
//! Owns the [`Client`] (one account at one service), what is sent ([`Call`]) and what comes back ([`Reply`]), the
//! signing hook ([`Dialect`]), retries of reads, the rate limits ([`Throttle`]), the mapping from what can happen
//! on a wire to [`ErrorKind`](crate::provider::ErrorKind), and redaction. Knows no service: what a status or a
//! text means beyond the defaults is the adapter's business.
//!
//! Three rules hold for every call:
//! * Credentials go to the host that the connection names and to no other: redirects are not followed, proxies of
//!   the environment are not used, plain `http` goes to loopback only.
//! * Only reads are repeated. A write is sent once; when nobody can know whether it was carried out, the error is
//!   [`Ambiguous`](crate::provider::ErrorKind::Ambiguous).
//! * Nothing that is sent or received is logged: method, path, status, sizes and the names of form fields are.

mod account;
mod call;
mod client;
mod config;
mod excerpt;
mod failure;
mod gate;
mod loose;
mod redirect;
mod reply;
mod retry;
mod throttle;
mod tls;
mod volume;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tls_tests;
#[cfg(test)]
mod wire_tests;

pub use account::{Accounts, account_key};
pub use call::{Call, Effect, Method, Text, segment};
pub use client::{Attempt, Client, Dialect, Standard, USER_AGENT};
pub use config::{
    CA_FILE, Config, MAX_IN_FLIGHT, READS_PER_MINUTE, TIMEOUT, WRITES_PER_MINUTE, base_url, limits,
};
pub use excerpt::excerpt;
pub use gate::Gate;
pub use loose::{Loose, Told};
pub use reply::Reply;
pub use throttle::Throttle;
pub use volume::Volume;
