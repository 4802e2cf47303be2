//! A progress bar on standard error, when somebody watches.

use std::io::IsTerminal;

use biaoshi::batch::walk::Roots;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::Common;

/// Files done, bytes, rate, time left, failures so far.
pub(crate) struct Progress {
    bar: ProgressBar,
    bytes: u64,
    failures: u64,
}

impl Progress {
    /// Counts the inputs first, so that the time left is known; without a terminal nothing is counted or drawn.
    pub(crate) fn new(common: &Common, roots: &Roots) -> Self {
        let shown = std::io::stderr().is_terminal() && !common.quiet;
        let bar = if shown { ProgressBar::new(roots.count()) } else { ProgressBar::hidden() };
        if shown {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
            let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {per_sec} {eta} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        Self { bar, bytes: 0, failures: 0 }
    }

    /// One file more.
    pub(crate) fn step(&mut self, bytes: u64, failed: bool) {
        if self.bar.is_hidden() {
            return;
        }
        self.bytes += bytes;
        self.failures += u64::from(failed);
        self.bar.set_message(format!("{} MB, {} failed", self.bytes / 1_000_000, self.failures));
        self.bar.inc(1);
    }

    /// Prints without disturbing the bar.
    pub(crate) fn around<R>(&self, print: impl FnOnce() -> R) -> R {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
