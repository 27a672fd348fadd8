//! How far something is, how fast it goes and how long it will take. Knows no clock: it is told how long it runs.

use std::time::Duration;

use crate::render::span;

/// How often a line is said where nobody watches.
const EVERY: Duration = Duration::from_secs(15);

/// The progress of something with a known end.
#[derive(Debug)]
pub(super) struct Pace {
    total: u64,
    done: u64,
    said: Duration,
}

impl Pace {
    pub(super) fn new(total: u64) -> Self {
        Self { total, done: 0, said: Duration::ZERO }
    }

    /// One more is done.
    pub(super) fn advance(&mut self) {
        self.done += 1;
    }

    /// How fast it goes and how long it will still take, like `95 a minute, about 4 min left`; nothing before that
    /// can be told.
    pub(super) fn rate(&self, elapsed: Duration) -> Option<String> {
        let seconds = elapsed.as_secs();
        if self.done == 0 || seconds == 0 {
            return None;
        }
        let left = self.total.saturating_sub(self.done);
        let rest = elapsed.saturating_mul(u32::try_from(left).unwrap_or(u32::MAX))
            / u32::try_from(self.done).unwrap_or(u32::MAX);
        let speed = match self.done.saturating_mul(60) / seconds {
            0 => format!("{} an hour", self.done.saturating_mul(3600) / seconds),
            minute => format!("{minute} a minute"),
        };
        Some(if left == 0 { speed } else { format!("{speed}, about {} left", span(rest)) })
    }

    /// The whole of it in a line, where none was said for a while and something is still to be done.
    pub(super) fn line(&mut self, elapsed: Duration) -> Option<String> {
        if self.done >= self.total || elapsed.saturating_sub(self.said) < EVERY {
            return None;
        }
        self.said = elapsed;
        let rate = self.rate(elapsed).map_or_else(String::new, |rate| format!(", {rate}"));
        Some(format!("{} of {} done{rate}", self.done, self.total))
    }
}

/// When to say again how far a reading is.
#[derive(Debug, Default)]
pub(super) struct Reading {
    said: Duration,
}

impl Reading {
    /// A line, where none was said for a while.
    pub(super) fn line(&mut self, what: &str, calls: u64, elapsed: Duration) -> Option<String> {
        if elapsed.saturating_sub(self.said) < EVERY {
            return None;
        }
        self.said = elapsed;
        Some(format!("{}, for {}", told(what, calls), span(elapsed)))
    }
}

/// What is being read, and by how many calls so far.
pub(super) fn told(what: &str, calls: u64) -> String {
    match calls {
        0 => what.to_owned(),
        1 => format!("{what}: 1 call"),
        calls => format!("{what}: {calls} calls"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn after(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn rate_and_time_left_follow_what_was_done() {
        let mut pace = Pace::new(500);
        assert_eq!(pace.rate(after(10)), None);
        for _ in 0..120 {
            pace.advance();
        }
        assert_eq!(pace.rate(Duration::from_millis(900)), None);
        assert_eq!(pace.rate(after(60)).as_deref(), Some("120 a minute, about 4 min left"));
        assert_eq!(pace.rate(after(36_000)).as_deref(), Some("12 an hour, about 31 h 40 min left"));
        for _ in 120..500 {
            pace.advance();
        }
        assert_eq!(pace.rate(after(60)).as_deref(), Some("500 a minute"));
    }

    #[test]
    fn a_line_is_said_at_most_every_fifteen_seconds_and_none_at_the_end() {
        let mut pace = Pace::new(3);
        pace.advance();
        assert_eq!(pace.line(after(14)), None);
        assert_eq!(pace.line(after(15)).as_deref(), Some("1 of 3 done, 4 a minute, about 30 s left"));
        assert_eq!(pace.line(after(29)), None);
        pace.advance();
        assert_eq!(pace.line(after(30)).as_deref(), Some("2 of 3 done, 4 a minute, about 15 s left"));
        pace.advance();
        assert_eq!(pace.line(after(90)), None);
    }

    #[test]
    fn a_reading_says_its_calls() {
        let mut reading = Reading::default();
        assert_eq!(reading.line("reading box", 3, after(14)), None);
        assert_eq!(
            reading.line("reading box", 31, after(16)).as_deref(),
            Some("reading box: 31 calls, for 16 s")
        );
        assert_eq!(reading.line("reading box", 40, after(30)), None);
        assert_eq!(told("reading box", 0), "reading box");
    }
}
