//! The views for people: plain lines whose first character says what happens; colour only adds.

mod checks;
mod closing;
mod diff;
mod fields;
mod findings;
mod header;
mod layout;
mod objects;
mod outcome;
mod plan;
mod rows;
mod words;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use checks::checks;
pub use findings::findings;
pub use objects::objects;
pub use outcome::{outcome, progress};
pub use plan::{plan, plan_to_apply};
