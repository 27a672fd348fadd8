//! Input made to do harm: texts that services and configurations tell ([`strings`]) in every rendering ([`render`]) and
//! from the running program ([`program`]), files that are no configuration ([`yaml`]), addresses that are not what they
//! seem ([`addresses`]), and paths that lead elsewhere ([`paths`]).
//!
//! What makes a rendering safe is told by [`oracle`], which shares nothing with the renderers.

mod addresses;
mod oracle;
mod paths;
mod program;
mod render;
mod strings;
mod yaml;

use crate::tally::{What, held};

/// What was tried, and what did not hold: all of it is told at the end.
#[derive(Debug, Default)]
struct Tries {
    count: usize,
    flaws: Vec<String>,
}

impl Tries {
    /// One more was tried.
    fn that(&mut self, holds: bool, flaw: impl FnOnce() -> String) {
        self.count += 1;
        if !holds {
            self.flaws.push(flaw().chars().take(3000).collect());
        }
    }

    /// One more was tried; there is a flaw where it did not hold.
    fn none(&mut self, what: &str, flaw: Option<String>) {
        self.that(flaw.is_none(), || format!("{what}: {}", flaw.unwrap_or_default()));
    }

    /// All was tried.
    fn end(self, suite: &str) {
        let Self { count, flaws } = self;
        assert!(flaws.is_empty(), "{} of {count} do not hold:\n{}", flaws.len(), flaws.join("\n"));
        held(What::HostileInputs, suite, count);
    }
}
