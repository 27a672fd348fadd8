//! What is shown while something runs: a bar where somebody watches, lines where nobody does or where they were asked
//! for.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::Event;
use crate::render::{escape, text};

use super::pace::{Pace, Reading, told};
use super::printer::{Printer, Volume};

/// The progress of an apply, fed by its events.
pub(super) struct Progress {
    printer: Printer,
    state: Mutex<State>,
}

struct State {
    begun: Instant,
    pace: Pace,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(printer: Printer) -> Self {
        let state = State { begun: Instant::now(), pace: Pace::new(0), bar: None };
        Self { printer, state: Mutex::new(state) }
    }

    /// Shows an event.
    pub(super) fn event(&self, event: &Event<'_>) {
        let mut state = self.state();
        match event {
            Event::Started { writes, .. } => {
                let length = u64::try_from(*writes).unwrap_or(u64::MAX);
                state.begun = Instant::now();
                state.pace = Pace::new(length);
                state.bar = self.printer.draws().then(|| bar(length));
            }
            Event::Ended(..) => {
                state.pace.advance();
                if let Some(bar) = &state.bar {
                    bar.inc(1);
                    bar.set_prefix(state.pace.rate(state.begun.elapsed()).unwrap_or_default());
                }
            }
            Event::Finished(_) => {
                if let Some(bar) = state.bar.take() {
                    bar.finish_and_clear();
                }
            }
            Event::Began(_) | Event::Waiting { .. } | Event::Checking(_) | Event::Stopping => {}
        }
        self.tell(&state, event);
        if state.bar.is_none()
            && self.printer.volume() == Volume::Normal
            && !matches!(event, Event::Finished(_))
        {
            let elapsed = state.begun.elapsed();
            if let Some(line) = state.pace.line(elapsed) {
                self.printer.say(&line);
            }
        }
    }

    /// The line of the event itself.
    fn tell(&self, state: &State, event: &Event<'_>) {
        let is_shown = state.bar.is_some()
            || self.printer.volume() == Volume::Verbose
            || matches!(event, Event::Stopping);
        if !is_shown {
            return;
        }
        let Some(line) = text::progress(event, self.printer.err_style()) else {
            if let (Some(bar), Event::Began(change)) = (&state.bar, event) {
                let subject = format!("{} {} {}", change.verb, change.identity.kind(), change.identity);
                bar.set_message(escape(&subject).into_owned());
            }
            return;
        };
        match &state.bar {
            Some(bar) if matches!(event, Event::Stopping) => bar.println(line),
            Some(bar) => bar.set_message(line.trim_end().to_owned()),
            None => self.printer.rendered(&line),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("  {bar:24} {pos}/{len}  {prefix}  {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

/// A sign of life while services are read. It goes when it is dropped.
pub(super) struct Spinner {
    printer: Printer,
    what: String,
    begun: Instant,
    bar: Option<ProgressBar>,
}

impl Spinner {
    pub(super) fn new(printer: Printer, what: &str) -> Self {
        let what = escape(what).into_owned();
        let bar = printer.draws().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar.set_message(what.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { printer, what, begun: Instant::now(), bar }
    }

    /// Shows how many calls were made so far, as long as `work` runs.
    pub(super) async fn follow<T>(&self, work: impl Future<Output = T>, calls: impl Fn() -> u64) -> T {
        let mut said = Reading::default();
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                _ = ticks.tick() => match &self.bar {
                    Some(bar) => bar.set_message(told(&self.what, calls())),
                    None if self.printer.volume() == Volume::Normal => {
                        if let Some(line) = said.line(&self.what, calls(), self.begun.elapsed()) {
                            self.printer.say(&line);
                        }
                    }
                    None => {}
                },
            }
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
