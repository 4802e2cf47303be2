//! How far a run is: a bar on standard error when somebody watches, and a line every so often when that is asked for.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use biaoshi::batch::walk::Roots;
use biaoshi::report::Lang;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::args::{Common, Running};
use crate::out;

/// How many inputs there are.
pub(crate) enum Inputs<'a> {
    /// So many.
    Known(u64),
    /// Those below some roots: they are counted while the work has begun, since that walks all folders.
    Walked(&'a Arc<Roots>),
}

/// Tells how far a run is.
pub(crate) struct Progress {
    counts: Arc<Counts>,
    bar: ProgressBar,
    /// Who tells it every so often, until this end of the channel goes.
    teller: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Without a bar and without an interval nothing is counted.
    pub(crate) fn new(common: &Common, running: &Running, inputs: &Inputs<'_>) -> Self {
        let counts = Arc::new(Counts::new(common.lang()));
        let shown = std::io::stderr().is_terminal() && !running.no_progress;
        let bar = if shown { bar(&counts) } else { ProgressBar::hidden() };
        if shown || running.progress_every.is_some() {
            counts.count(inputs);
        }
        let teller = running.progress_every.and_then(|interval| teller(interval, &counts, &bar));
        Self { counts, bar, teller }
    }

    /// One file more.
    pub(crate) fn step(&self, bytes: u64, failed: bool) {
        let counts = &self.counts;
        counts.worked.fetch_add(1, Ordering::Relaxed);
        counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        counts.failed.fetch_add(u64::from(failed), Ordering::Relaxed);
        self.advance();
    }

    /// One that an earlier run finished: it says nothing of how fast this one is.
    pub(crate) fn skip(&self) {
        self.counts.earlier.fetch_add(1, Ordering::Relaxed);
        self.advance();
    }

    fn advance(&self) {
        if !self.bar.is_hidden() {
            self.bar.set_length(self.counts.inputs.load(Ordering::Relaxed));
            self.bar.inc(1);
        }
    }

    /// Prints without disturbing the bar, which is held meanwhile: no step may be taken in it.
    pub(crate) fn around<R>(&self, print: impl FnOnce() -> R) -> R {
        self.bar.suspend(print)
    }

    /// Takes the bar away; nothing is told any more.
    pub(crate) fn finish(self) {
        if let Some((end, thread)) = self.teller {
            drop(end);
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}

fn bar(counts: &Arc<Counts>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(8));
    let counts = Arc::clone(counts);
    let told = move |_: &ProgressState, out: &mut dyn Write| {
        let _ = out.write_str(&counts.now().line(counts.lang));
    };
    let style = ProgressStyle::with_template("{bar:16} {told}").map(|style| style.with_key("told", told));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}

/// Tells how far the run is at each interval.
fn teller(interval: Duration, counts: &Arc<Counts>, bar: &ProgressBar) -> Option<(Sender<()>, JoinHandle<()>)> {
    let (end, ended) = channel();
    let (counts, bar) = (Arc::clone(counts), bar.clone());
    let tell = move || {
        while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(interval) {
            bar.suspend(|| out::error(&counts.now().line(counts.lang)));
        }
    };
    let thread = std::thread::Builder::new().name("progress".into()).spawn(tell).ok()?;
    Some((end, thread))
}

/// What all threads know of the run.
struct Counts {
    lang: Lang,
    begun: Instant,
    /// Inputs that were counted, and whether those are all.
    inputs: AtomicU64,
    all: AtomicBool,
    worked: AtomicU64,
    earlier: AtomicU64,
    bytes: AtomicU64,
    failed: AtomicU64,
}

impl Counts {
    fn new(lang: Lang) -> Self {
        let [inputs, worked, earlier, bytes, failed] = [const { AtomicU64::new(0) }; 5];
        Self { lang, begun: Instant::now(), inputs, all: AtomicBool::new(false), worked, earlier, bytes, failed }
    }

    /// Counts the inputs, on a thread of its own where that takes a walk. Without one the run just does not say how many there are.
    fn count(self: &Arc<Self>, inputs: &Inputs<'_>) {
        let known = match inputs {
            Inputs::Known(known) => Some(*known),
            Inputs::Walked(roots) => roots.known(),
        };
        match (known, inputs) {
            (Some(known), _) => {
                self.inputs.store(known, Ordering::Relaxed);
                self.all.store(true, Ordering::Release);
            }
            (None, Inputs::Walked(roots)) if roots.is_known() => {
                let (counts, roots) = (Arc::clone(self), Arc::clone(roots));
                let walk = move || {
                    for _ in roots.walk() {
                        counts.inputs.fetch_add(1, Ordering::Relaxed);
                    }
                    counts.all.store(true, Ordering::Release);
                };
                let _ = std::thread::Builder::new().name("counting".into()).spawn(walk);
            }
            // They are still to come.
            (None, _) => {}
        }
    }

    fn now(&self) -> Now {
        let all = self.all.load(Ordering::Acquire);
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Now {
            all,
            inputs: of(&self.inputs),
            worked: of(&self.worked),
            earlier: of(&self.earlier),
            bytes: of(&self.bytes),
            failed: of(&self.failed),
            elapsed: self.begun.elapsed(),
        }
    }
}

/// How far a run is at one moment.
#[derive(Debug, Clone, Copy)]
struct Now {
    inputs: u64,
    all: bool,
    worked: u64,
    earlier: u64,
    bytes: u64,
    failed: u64,
    elapsed: Duration,
}

impl Now {
    /// Done, share, rates, time left, failures.
    #[allow(clippy::cast_precision_loss, reason = "rates for people")]
    fn line(&self, lang: Lang) -> String {
        let done = self.worked + self.earlier;
        let inputs = self.inputs.max(done);
        let seconds = self.elapsed.as_secs_f64().max(1e-3);
        let (files, megabytes) = (self.worked as f64 / seconds, self.bytes as f64 / 1e6 / seconds);
        let share = (done * 100).checked_div(inputs).filter(|_| self.all);
        let left = self.left(inputs - done, files).map(|left| plain(left, lang));
        match lang {
            Lang::En => {
                let of = share.map_or(format!("{inputs} or more files"), |share| format!("{inputs} files ({share} %)"));
                let left = left.map_or(String::new(), |left| format!(", {left} left"));
                format!("{done} of {of}, {files:.1} files/s, {megabytes:.1} MB/s{left}, {} failed", self.failed)
            }
            Lang::Zh => {
                let of =
                    share.map_or(format!("至少 {inputs} 个文件"), |share| format!("{inputs} 个文件({share}%)"));
                let left = left.map_or(String::new(), |left| format!(",剩余 {left}"));
                format!("已完成 {done}/{of},每秒 {files:.1} 个,{megabytes:.1} MB/秒{left},失败 {}", self.failed)
            }
        }
    }

    /// How long so many more files take, where anything is known about that.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    fn left(&self, files: u64, a_second: f64) -> Option<Duration> {
        let known = self.all && self.worked > 0;
        known.then(|| Duration::try_from_secs_f64(files as f64 / a_second).ok()).flatten()
    }
}

/// A time in two units at most, as people say it.
fn plain(time: Duration, lang: Lang) -> String {
    const UNITS: [(u64, &str, &str); 4] = [(86_400, "d", "天"), (3600, "h", "小时"), (60, "min", "分"), (1, "s", "秒")];
    let seconds = time.as_secs();
    let first = UNITS.iter().position(|(unit, ..)| seconds >= *unit).unwrap_or(UNITS.len() - 1);
    let mut rest = seconds;
    let parts = UNITS.iter().skip(first).take(2).map(|(unit, en, zh)| {
        let count = rest / unit;
        rest %= unit;
        format!("{count} {}", if lang == Lang::Zh { zh } else { en })
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_plain_units() {
        let plain = |seconds, lang| super::plain(Duration::from_secs(seconds), lang);
        assert_eq!(plain(200, Lang::En), "3 min 20 s");
        assert_eq!((&*plain(0, Lang::En), &*plain(59, Lang::En), &*plain(60, Lang::En)), ("0 s", "59 s", "1 min 0 s"));
        assert_eq!((&*plain(7265, Lang::Zh), &*plain(90_000, Lang::En)), ("2 小时 1 分", "1 d 1 h"));
    }

    #[test]
    fn a_line_says_what_is_known() {
        let elapsed = Duration::from_secs(10);
        let now = Now { inputs: 1000, all: true, worked: 100, earlier: 400, bytes: 125_000_000, failed: 2, elapsed };
        assert_eq!(now.line(Lang::En), "500 of 1000 files (50 %), 10.0 files/s, 12.5 MB/s, 50 s left, 2 failed");
        assert_eq!(now.line(Lang::Zh), "已完成 500/1000 个文件(50%),每秒 10.0 个,12.5 MB/秒,剩余 50 秒,失败 2");
        let counting = Now { all: false, ..now };
        assert_eq!(counting.line(Lang::En), "500 of 1000 or more files, 10.0 files/s, 12.5 MB/s, 2 failed");
        // Nothing is done yet: nobody knows how long it takes.
        let begun = Now { worked: 0, earlier: 0, bytes: 0, failed: 0, ..now };
        assert_eq!(begun.line(Lang::En), "0 of 1000 files (0 %), 0.0 files/s, 0.0 MB/s, 0 failed");
    }
}
