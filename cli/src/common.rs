//! The options of every command.

use std::path::PathBuf;

use biaoshi::Limits;
use biaoshi::plan::Permits;
use biaoshi::report::Lang;
use clap::{ArgAction, Args as ClapArgs, ValueEnum};

/// Options of every command.
#[derive(Debug, ClapArgs)]
pub(crate) struct Common {
    /// JSON Lines on standard output, and nothing else there
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Threads [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Print nothing for files that went well
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print warnings, and with -vv every finding
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Language of messages [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, global = true, value_enum)]
    lang: Option<LangArg>,
    /// Colours
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub(crate) color: Color,
    /// File of settings [default: biaoshi.toml here, else biaoshi/config.toml in the user's config folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print the settings and where each was written, and do nothing
    #[arg(long, global = true)]
    pub(crate) show_config: bool,
    /// Do the jobs that come on standard input: what `--isolate` starts
    #[arg(long, global = true, hide = true)]
    pub(crate) worker: bool,
    /// Largest input in bytes (K, M, G allowed)
    #[arg(long, global = true, value_name = "SIZE", value_parser = size, default_value = "64G", hide_short_help = true)]
    limit_input: u64,
    /// Largest text document
    #[arg(long, global = true, value_name = "SIZE", value_parser = size, default_value = "64M", hide_short_help = true)]
    limit_text: u64,
    /// Most lines of a text document
    #[arg(long, global = true, value_name = "N", default_value_t = 4_000_000, hide_short_help = true)]
    limit_lines: usize,
    /// Largest metadata part
    #[arg(long, global = true, value_name = "SIZE", value_parser = size, default_value = "64M", hide_short_help = true)]
    limit_part: u64,
    /// Most parts of one file
    #[arg(long, global = true, value_name = "N", default_value_t = 100_000, hide_short_help = true)]
    limit_parts: usize,
    /// Largest inflated stream
    #[arg(long, global = true, value_name = "SIZE", value_parser = size, default_value = "16M", hide_short_help = true)]
    limit_inflated: u64,
    /// Deepest nesting of XML elements and of values in PDF
    #[arg(long, global = true, value_name = "N", default_value_t = 128, value_parser = depth, hide_short_help = true)]
    limit_xml_depth: usize,
    /// Most attributes of one XML element
    #[arg(long, global = true, value_name = "N", default_value_t = 256, hide_short_help = true)]
    limit_xml_attributes: usize,
    /// Largest text of one label
    #[arg(long, global = true, value_name = "SIZE", value_parser = label_size, default_value = "64K", hide_short_help = true)]
    limit_label: usize,
    /// Most labels of one file
    #[arg(long, global = true, value_name = "N", default_value_t = 64, value_parser = records, hide_short_help = true)]
    limit_records: usize,
    /// Largest picture side in pixels
    #[arg(long, global = true, value_name = "PIXELS", default_value_t = 16_384, hide_short_help = true)]
    limit_side: u32,
    /// Largest decoded picture
    #[arg(long, global = true, value_name = "SIZE", value_parser = size, default_value = "1G", hide_short_help = true)]
    limit_decoded: u64,
    /// Longest sound in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 86_400, hide_short_help = true)]
    limit_seconds: u64,
    /// Most work on the pixels or samples of one layer of a file of up to 4 MiB, in steps of about five nanoseconds; a larger
    /// file may cost as much for each 4 MiB
    #[arg(long, global = true, value_name = "STEPS", value_parser = size, default_value = "400M", hide_short_help = true)]
    limit_work: u64,
    /// Memory for decoded media of all threads together
    #[arg(long, global = true, value_name = "SIZE", value_parser = size, default_value = "2G", hide_short_help = true)]
    limit_memory: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LangArg {
    En,
    Zh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Common {
    /// The language of messages.
    pub(crate) fn lang(&self) -> Lang {
        let from_environment = || {
            let value =
                ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()));
            if value.is_some_and(|v| v.starts_with("zh")) { Lang::Zh } else { Lang::En }
        };
        match self.lang {
            Some(LangArg::En) => Lang::En,
            Some(LangArg::Zh) => Lang::Zh,
            None => from_environment(),
        }
    }

    /// Number of threads.
    pub(crate) fn jobs(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or_else(cores, usize::from)
    }

    /// The limits of one file.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            input: self.limit_input,
            text: self.limit_text,
            lines: self.limit_lines,
            part: self.limit_part,
            parts: self.limit_parts,
            xml_depth: self.limit_xml_depth,
            xml_attributes: self.limit_xml_attributes,
            inflated: self.limit_inflated,
            label: self.limit_label,
            records: self.limit_records,
            side: self.limit_side,
            decoded: self.limit_decoded,
            seconds: self.limit_seconds,
            work: self.limit_work,
        }
    }

    /// Memory for decoded media: the limit, and never more than half the machine. A child process has one job, and a share.
    pub(crate) fn permits(&self) -> Permits {
        let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let total = meminfo
            .lines()
            .find_map(|l| l.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        let all = total.map_or(self.limit_memory, |kb| self.limit_memory.min(kb * 512));
        let share = if self.worker { self.jobs() as u64 } else { 1 };
        Permits::new(all / share)
    }
}

/// A number of bytes with an optional K, M or G (powers of 1024).
fn size(text: &str) -> Result<u64, String> {
    let upper = text.to_ascii_uppercase();
    let body = upper.trim_end_matches("IB").trim_end_matches('B');
    let (digits, shift) = match body.as_bytes().last() {
        Some(b'K') => (&body[..body.len() - 1], 10),
        Some(b'M') => (&body[..body.len() - 1], 20),
        Some(b'G') => (&body[..body.len() - 1], 30),
        _ => (body, 0),
    };
    let number: u64 = digits.parse().map_err(|_| format!("{text:?} is no size; write 1000, 64K, 16M or 4G"))?;
    number.checked_mul(1 << shift).ok_or_else(|| format!("{text:?} is too large"))
}

/// A size that a label may have: it is held in memory.
fn label_size(text: &str) -> Result<usize, String> {
    let most = 64 << 20;
    let size = usize::try_from(size(text)?).unwrap_or(usize::MAX);
    if size <= most { Ok(size) } else { Err(format!("a label may be allowed at most {most} bytes")) }
}

/// A number of labels: each is compared with the others.
fn records(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| (1..=4096).contains(n)).ok_or_else(|| format!("{text:?} is not in 1..=4096"))
}

/// A depth that the stack of a thread can bear.
fn depth(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|d| (1..=512).contains(d)).ok_or_else(|| format!("{text:?} is not in 1..=512"))
}
