//! What the arguments that commands share come to.

use biaoshi::Limits;
use biaoshi::plan::Permits;
use biaoshi::report::Lang;

use super::{Color, Global, Offered};

/// One value of them for each run. What a command does not offer is as if nothing had been said.
#[derive(Debug)]
pub(crate) struct Common {
    /// JSON Lines on standard output.
    pub(crate) json: bool,
    /// Nothing for files that went well.
    pub(crate) quiet: bool,
    /// How much more than errors is told.
    pub(crate) verbose: u8,
    /// When there are colours.
    pub(crate) color: Color,
    /// This is a child that takes jobs.
    pub(crate) worker: bool,
    lang: Lang,
    jobs: Option<u16>,
    limits: Limits,
    memory: u64,
}

impl Common {
    /// From the options of every command and those that this one offers.
    pub(crate) fn new(global: &Global, offered: &Offered<'_>) -> Self {
        Self {
            json: offered.json,
            quiet: offered.quiet,
            verbose: offered.verbose,
            color: global.color,
            worker: global.worker,
            lang: global.lang(),
            jobs: offered.jobs,
            limits: offered.limits.map_or_else(Limits::default, |l| l.limits()),
            memory: offered.limits.map_or(u64::MAX, |l| l.limit_memory),
        }
    }

    /// The language of messages.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// Number of threads.
    pub(crate) fn jobs(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or_else(cores, usize::from)
    }

    /// The limits of one file.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Memory for decoded media: the limit, and never more than half the machine. A child process has one job, and a share.
    pub(crate) fn permits(&self) -> Permits {
        let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let total = meminfo
            .lines()
            .find_map(|l| l.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        let all = total.map_or(self.memory, |kb| self.memory.min(kb * 512));
        let share = if self.worker { self.jobs() as u64 } else { 1 };
        Permits::new(all / share)
    }
}
