//! The service's own request limits. Contract section 5.
//!
//! Runs on tokio time, so that tests can pause it. Must not know the routes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::http::Method;
use tokio::time::Instant;

use super::reply::Refusal;
use super::settings::Settings;

const WINDOW: Duration = Duration::from_mins(1);

/// Processed requests of the last minute, by user key and by whether they wrote.
#[derive(Default)]
pub(super) struct Throttle(BTreeMap<(String, bool), VecDeque<Instant>>);

impl Throttle {
    /// Counts a request, or refuses it; a refused one does not count.
    pub(super) fn pass(
        &mut self,
        settings: &Settings,
        user_key: &str,
        method: &Method,
    ) -> Result<(), Refusal> {
        let writes = matches!(*method, Method::POST | Method::PUT | Method::DELETE);
        let limit = if writes { settings.writes_per_minute } else { settings.reads_per_minute };
        let Some(limit) = limit else {
            return Ok(());
        };
        let now = Instant::now();
        let passed = self.0.entry((user_key.to_owned(), writes)).or_default();
        while passed.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            passed.pop_front();
        }
        if passed.len() >= limit {
            return Err(Refusal::throttled());
        }
        passed.push_back(now);
        Ok(())
    }
}
