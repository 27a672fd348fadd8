//! What every command has at hand: the world around the program.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::{Loaded, SecretResolver};
use crate::provider::Catalogue;
use crate::providers;

use super::interrupt::Interrupt;
use super::printer::Printer;

/// The world around a command.
#[derive(Debug)]
pub(super) struct Shell {
    /// Where output goes.
    pub(super) printer: Printer,
    /// Whether somebody pressed Ctrl-C.
    pub(super) interrupt: Interrupt,
    /// The types of connections.
    pub(super) catalogue: Catalogue,
    /// Today, for expiry dates: the day in UTC, so that a plan does not depend on where it is made.
    pub(super) today: Date,
}

impl Shell {
    pub(super) fn new(printer: Printer, interrupt: Interrupt) -> Self {
        Self {
            printer,
            interrupt,
            catalogue: providers::catalogue(),
            today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
        }
    }

    /// What turns the references of a configuration into secrets, with this process's environment.
    pub(super) fn secrets(&self, loaded: &Loaded) -> SecretResolver {
        let _ = self;
        SecretResolver::new(|name| std::env::var(name).ok(), &loaded.root).keeping(loaded.secret_variables())
    }
}
