//! How much was tried: each suite of faults, kills, canaries and hostile inputs writes its count down, and `tests/run`
//! prints the sums and fails where a suite did not run.

use std::fs;
use std::path::Path;

/// What a suite tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Runs in which a call or a page went wrong.
    Faults,
    /// Runs that were killed.
    Kills,
    /// Runs that met another run, or whose saved plan no longer fits.
    Races,
    /// Plans that were searched for a way to lock the tool out.
    LockOuts,
    /// Places that were searched for each planted secret.
    Canaries,
    /// Inputs made to do harm: files, addresses, replies, saved plans.
    HostileInputs,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Faults => "faults",
            Self::Kills => "kills",
            Self::Races => "races",
            Self::LockOuts => "lock-outs",
            Self::Canaries => "canaries",
            Self::HostileInputs => "hostile-inputs",
        }
    }
}

/// Writes down that the suite `suite` tried `count` of `what` and that all held. Called once by a suite, at its end.
pub(crate) fn held(what: What, suite: &str, count: usize) {
    assert!(count > 0, "{suite} tried nothing");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tally").join(what.name());
    fs::create_dir_all(&folder).expect("a folder for the count");
    fs::write(folder.join(suite), format!("{count}\n")).expect("the count is written");
}
