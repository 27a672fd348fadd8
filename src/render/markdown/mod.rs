//! Comments on pull and merge requests, in the Markdown that GitHub and GitLab read.
//!
//! The first line of each is a marker that no reader sees and that never changes, so that the next run finds its
//! comment and writes it anew. Each fits into a host's limit whatever it tells: the least important sections are
//! shortened first and say by how much. No text from a service or a configuration is markup.

mod access;
mod audit;
mod inline;
mod outcome;
mod page;
mod plan;
mod shared;
mod trace;

#[cfg(test)]
mod tests;

pub use access::access;
pub use audit::audit;
pub use outcome::outcome;
pub use plan::plan;
pub use trace::trace;

/// The first line of a plan.
pub const PLAN: &str = "<!-- mailwright:plan -->";
/// The first line of what came of an apply.
pub const OUTCOME: &str = "<!-- mailwright:outcome -->";
/// The first line of an audit.
pub const AUDIT: &str = "<!-- mailwright:audit -->";
/// The first line of a trace.
pub const TRACE: &str = "<!-- mailwright:trace -->";
/// The first line of an access review.
pub const ACCESS: &str = "<!-- mailwright:access -->";
