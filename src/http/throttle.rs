//! How fast one account is called: calls at the same time, and reads and writes per minute.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::provider::Limits;

use super::call::Effect;
use super::retry;

/// A minute as the service may count it. A second is added because calls that leave evenly do not arrive evenly.
const MINUTE: Duration = Duration::from_secs(61);

/// The longest pause after a service that does not say how long to wait.
const MOST: Duration = Duration::from_secs(30);

/// The brake of one account, shared by every connection to it.
#[derive(Debug)]
pub struct Throttle {
    flight: Semaphore,
    size: Mutex<usize>,
    reads: Window,
    writes: Window,
}

impl Throttle {
    /// A brake with these limits.
    pub fn new(limits: Limits) -> Self {
        let size = limits.max_in_flight.max(1);
        Self {
            flight: Semaphore::new(size),
            size: Mutex::new(size),
            reads: Window::new(limits.reads_per_minute),
            writes: Window::new(limits.writes_per_minute),
        }
    }

    /// Lowers each limit to the one given where that is lower: of two connections to one account, the slower
    /// sets the pace.
    pub fn tighten(&self, limits: Limits) {
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = limits.max_in_flight.max(1);
        if wanted < *size {
            *size -= self.flight.forget_permits(*size - wanted);
        }
        self.reads.tighten(limits.reads_per_minute);
        self.writes.tighten(limits.writes_per_minute);
    }

    /// How many calls may be in flight.
    pub(super) fn size(&self) -> usize {
        *self.size.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until one more call may go out; it is in flight until the permit is dropped.
    pub(super) async fn pass(&self, effect: Effect) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so there always is a permit.
        let permit = self.flight.acquire().await.ok();
        self.window(effect).pass().await;
        permit
    }

    /// Lets no call of this sort out for so long, because the service asked for it.
    pub(super) fn hold(&self, effect: Effect, wait: Duration) {
        let mut state = self.window(effect).lock();
        let until = Instant::now() + wait;
        state.hold = Some(state.hold.map_or(until, |hold| hold.max(until)));
    }

    /// Lets no call of this sort out for a while, because the service said that there were too many and not how long
    /// to wait: longer each time in a row. Returns how long.
    pub(super) fn slow_down(&self, effect: Effect) -> (Duration, u32) {
        let mut state = self.window(effect).lock();
        let now = Instant::now();
        // Calls that were under way together are throttled together: that is once.
        if let Some(hold) = state.hold.filter(|hold| *hold > now) {
            return (hold - now, state.in_a_row);
        }
        state.in_a_row += 1;
        let wait = retry::backoff(state.in_a_row).min(MOST);
        state.hold = Some(now + wait);
        (wait, state.in_a_row)
    }

    /// Notes that the service bears the pace.
    pub(super) fn bears(&self, effect: Effect) {
        self.window(effect).lock().in_a_row = 0;
    }

    fn window(&self, effect: Effect) -> &Window {
        match effect {
            Effect::Read => &self.reads,
            Effect::Write => &self.writes,
        }
    }
}

/// At most so many calls within any minute. A window over the calls that were sent rather than even steps, so
/// that a small plan goes at full speed.
#[derive(Debug)]
struct Window(Mutex<State>);

#[derive(Debug)]
struct State {
    per_minute: Option<usize>,
    sent: VecDeque<Instant>,
    hold: Option<Instant>,
    /// How often in a row the service said that there were too many calls.
    in_a_row: u32,
}

impl Window {
    fn new(per_minute: Option<u32>) -> Self {
        Self(Mutex::new(State {
            per_minute: per_minute.map(count),
            sent: VecDeque::new(),
            hold: None,
            in_a_row: 0,
        }))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tighten(&self, per_minute: Option<u32>) {
        let mut state = self.lock();
        state.per_minute = match (state.per_minute, per_minute.map(count)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    async fn pass(&self) {
        loop {
            let until = self.lock().take(Instant::now());
            match until {
                None => return,
                Some(until) => tokio::time::sleep_until(until).await,
            }
        }
    }
}

impl State {
    /// Takes a place at `now`, or says when to ask again.
    fn take(&mut self, now: Instant) -> Option<Instant> {
        if let Some(hold) = self.hold {
            if hold > now {
                return Some(hold);
            }
            self.hold = None;
        }
        let per_minute = self.per_minute?;
        while self.sent.front().is_some_and(|&first| first + MINUTE <= now) {
            self.sent.pop_front();
        }
        if self.sent.len() >= per_minute {
            return self.sent.front().map(|&first| first + MINUTE);
        }
        self.sent.push_back(now);
        None
    }
}

fn count(per_minute: u32) -> usize {
    usize::try_from(per_minute.max(1)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn limits(max_in_flight: usize, reads: Option<u32>) -> Limits {
        Limits { max_in_flight, reads_per_minute: reads, writes_per_minute: None }
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_calls_within_a_minute_and_a_burst_goes_at_once() {
        let throttle = Throttle::new(limits(8, Some(3)));
        let start = Instant::now();
        let mut times = Vec::new();
        for _ in 0..7 {
            drop(throttle.pass(Effect::Read).await);
            times.push(start.elapsed().as_secs());
        }
        assert_eq!(times, [0, 0, 0, 61, 61, 61, 122]);
        drop(throttle.pass(Effect::Write).await);
        assert_eq!(start.elapsed().as_secs(), 122, "writes have a window of their own");
    }

    #[tokio::test(start_paused = true)]
    async fn holds_when_the_service_asks_for_it() {
        let throttle = Throttle::new(limits(1, None));
        throttle.hold(Effect::Write, Duration::from_secs(7));
        throttle.hold(Effect::Write, Duration::from_secs(3));
        let start = Instant::now();
        drop(throttle.pass(Effect::Read).await);
        assert_eq!(start.elapsed().as_secs(), 0);
        drop(throttle.pass(Effect::Write).await);
        assert_eq!(start.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn all_calls_wait_longer_each_time_until_the_service_bears_the_pace() {
        let throttle = Throttle::new(limits(4, None));
        let start = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..10 {
            let (wait, _) = throttle.slow_down(Effect::Read);
            assert_eq!(throttle.slow_down(Effect::Read).0, wait, "those under way count once");
            drop(throttle.pass(Effect::Read).await);
            waits.push(wait);
        }
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
        assert_eq!(waits.last(), Some(&MOST));
        assert!(start.elapsed() > Duration::from_mins(1), "{waits:?}");
        throttle.bears(Effect::Read);
        assert!(throttle.slow_down(Effect::Read).0 < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_slower_of_two_connections_sets_the_pace() {
        let throttle = Arc::new(Throttle::new(limits(4, None)));
        throttle.tighten(limits(2, Some(100)));
        throttle.tighten(limits(9, None));
        let now = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        let calls = (0..6).map(|_| {
            let (throttle, now, most) = (Arc::clone(&throttle), Arc::clone(&now), Arc::clone(&most));
            async move {
                let _permit = throttle.pass(Effect::Read).await;
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(1)).await;
                now.fetch_sub(1, Ordering::SeqCst);
            }
        });
        futures_util::future::join_all(calls).await;
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }
}
