//! What is shown while something runs: a bar where somebody watches, lines where they were asked for.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::Event;
use crate::render::{escape, text};

use super::printer::{Printer, Volume};

/// The progress of an apply, fed by its events.
pub(super) struct Progress {
    printer: Printer,
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    pub(super) fn new(printer: Printer) -> Self {
        Self { printer, bar: Mutex::new(None) }
    }

    /// Shows an event.
    pub(super) fn event(&self, event: &Event<'_>) {
        let mut bar = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            Event::Started { writes, .. } if self.printer.draws() => {
                let length = u64::try_from(*writes).unwrap_or(u64::MAX);
                let new = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
                if let Ok(style) = ProgressStyle::with_template("  {bar:24} {pos}/{len}  {wide_msg}") {
                    new.set_style(style);
                }
                *bar = Some(new);
            }
            Event::Ended(..) => {
                if let Some(bar) = &*bar {
                    bar.inc(1);
                }
            }
            Event::Finished(_) => {
                if let Some(bar) = bar.take() {
                    bar.finish_and_clear();
                }
            }
            Event::Started { .. }
            | Event::Began(_)
            | Event::Waiting { .. }
            | Event::Checking(_)
            | Event::Stopping => {}
        }
        let Some(line) = text::progress(event, self.printer.err_style()) else {
            if let (Some(bar), Event::Began(change)) = (&*bar, event) {
                let subject = format!("{} {} {}", change.verb, change.identity.kind(), change.identity);
                bar.set_message(escape(&subject).into_owned());
            }
            return;
        };
        match &*bar {
            Some(bar) if matches!(event, Event::Stopping) => bar.println(line),
            Some(bar) => bar.set_message(line.trim_end().to_owned()),
            None if self.printer.volume() == Volume::Verbose || matches!(event, Event::Stopping) => {
                self.printer.say(&line);
            }
            None => {}
        }
    }
}

/// A sign of life while services are read. It goes when it is dropped.
pub(super) struct Spinner(Option<ProgressBar>);

impl Spinner {
    pub(super) fn new(printer: Printer, message: String) -> Self {
        if !printer.draws() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(message);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
