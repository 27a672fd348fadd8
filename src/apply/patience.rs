//! How long to wait for what: tries, pauses, limits.

use std::time::Duration;

/// How often one write is sent where the service takes no call.
pub(super) const TRIES: u32 = 6;

/// How often one write is sent where the service says that there were too many calls: with the pauses below these are
/// minutes, for services that count by the minute and do not say how long to wait.
pub(super) const THROTTLED: u32 = 12;

/// How often one write is sent where its answer was lost and reading back shows that it was not done.
pub(super) const ROUNDS: u32 = 3;

/// How often an object is read back at the least, where readings fail.
pub(super) const LOOKS: u32 = 4;

/// The longest that a service may ask to wait. One that asks for more is left alone for the rest of the run: the
/// person who waits for it can run it again.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// The most that one call of an adapter may take. Adapters have time-outs of their own, in seconds; this one
/// only keeps a run from hanging on an adapter that has lost its way.
pub(super) const CALL_LIMIT: Duration = Duration::from_mins(10);

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_LOOK_PAUSE: Duration = Duration::from_secs(10);

/// The pause after the `tries`th try, counted from 1: doubling, between half and all of it at random, so that those
/// who were turned away together do not come back together. A service's own wish is never undercut.
pub(super) fn pause(tries: u32, wished: Option<Duration>) -> Duration {
    let spread: f64 = rand::random();
    match wished {
        Some(wished) => wished + wished.min(FIRST_PAUSE * 10).mul_f64(spread / 10.0),
        None => doubled(tries, LONGEST_PAUSE).mul_f64(0.5 + spread / 2.0),
    }
}

/// The pause after the `looks`th reading, counted from 1.
pub(super) fn look_pause(looks: u32) -> Duration {
    doubled(looks, LONGEST_LOOK_PAUSE)
}

fn doubled(count: u32, longest: Duration) -> Duration {
    FIRST_PAUSE.saturating_mul(1_u32.checked_shl(count.saturating_sub(1)).unwrap_or(u32::MAX)).min(longest)
}
