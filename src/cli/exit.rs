//! The exit codes. Documented, and stable: scripts rest on them.

use std::process::ExitCode;

/// How a run ended. Where several fit, the first in this order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 130: interrupted.
    Interrupted,
    /// 6: locked by another run, or the saved plan as a whole is stale or foreign.
    Refused,
    /// 1: wrong usage or YAML; a connection or credential failed and nothing was done.
    Failed,
    /// 5: `apply`: a change failed, was skipped or is in doubt.
    Partial,
    /// 4: a read was incomplete.
    Incomplete,
    /// 3: something is blocked.
    Blocked,
    /// 2: `plan --detailed-exitcode`: there are changes; `audit`: declared state drifted, or a pruned kind has
    /// undeclared objects.
    Changes,
    /// 0: otherwise.
    Done,
}

impl Exit {
    /// Every exit, in the order in which they count.
    pub const ALL: [Self; 8] = [
        Self::Interrupted,
        Self::Refused,
        Self::Failed,
        Self::Partial,
        Self::Incomplete,
        Self::Blocked,
        Self::Changes,
        Self::Done,
    ];

    /// The number that the process leaves with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Interrupted => 130,
            Self::Refused => 6,
            Self::Failed => 1,
            Self::Partial => 5,
            Self::Incomplete => 4,
            Self::Blocked => 3,
            Self::Changes => 2,
            Self::Done => 0,
        }
    }

    /// What it means, as `--help` says it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Refused => "locked by another run, or the saved plan is stale or foreign",
            Self::Failed => "wrong usage or YAML; a connection or credential failed and nothing was done",
            Self::Partial => "apply: a change failed, was skipped or is in doubt",
            Self::Incomplete => "a read was incomplete",
            Self::Blocked => "something is blocked",
            Self::Changes => "plan --detailed-exitcode: there are changes; audit: something drifted",
            Self::Done => "otherwise",
        }
    }

    /// The one that counts among those that fit.
    pub fn first(fitting: impl IntoIterator<Item = Self>) -> Self {
        fitting.into_iter().min().unwrap_or(Self::Done)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_and_their_order_are_those_that_are_documented() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [130, 6, 1, 5, 4, 3, 2, 0]);
        assert!(Exit::ALL.is_sorted());
        assert_eq!(Exit::first([Exit::Changes, Exit::Incomplete, Exit::Blocked]), Exit::Incomplete);
        assert_eq!(Exit::first([]), Exit::Done);
    }
}
