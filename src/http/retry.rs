//! When a read is tried again, and what `Retry-After` means.

use std::time::Duration;

use rand::RngExt as _;

/// How often a read is sent at most. With the waits below, a service that is down is given up after four seconds.
pub(super) const TRIES: u32 = 5;

/// The first wait; each next one is twice as long.
const FIRST: Duration = Duration::from_millis(250);

/// The longest wait that a service may ask for before the call is given up: longer, and a person should know.
pub(super) const LONGEST: Duration = Duration::from_mins(2);

/// How long to wait after the try of this number, from 1. Half of it is chance, so that clients that failed
/// together do not come back together.
pub(super) fn backoff(tried: u32) -> Duration {
    let whole = FIRST * 2_u32.saturating_pow(tried.saturating_sub(1).min(8));
    whole.mul_f64(rand::rng().random_range(0.5..=1.0))
}

/// The wait that a `Retry-After` asks for: seconds, or a date. None where it is neither.
pub(super) fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are more than anybody waits.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(until.duration_since(now).try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_each_time_within_bounds() {
        for (tried, most) in [(1, 250), (2, 500), (3, 1000), (4, 2000)] {
            for _ in 0..50 {
                let wait = backoff(tried).as_millis();
                assert!(wait <= most && wait >= most / 2, "{tried}: {wait}");
            }
        }
    }

    #[test]
    fn reads_retry_after_as_seconds_and_as_a_date() {
        let now = "2026-11-21T08:00:00Z".parse().expect("a time");
        let seconds = |value: &str| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("99999999999999999999999"), Some(u64::MAX));
        assert_eq!(seconds("Sat, 21 Nov 2026 08:01:30 GMT"), Some(90));
        assert_eq!(seconds("Sat, 21 Nov 2026 07:00:00 GMT"), Some(0), "the past");
        for bad in ["", "soon", "-5", "1.5", "2026-11-21"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
