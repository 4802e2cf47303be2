//! The command line.

mod label;
mod paths;

use std::path::PathBuf;

use biaoshi::Limits;
use biaoshi::plan::Permits;
use biaoshi::report::Lang;
use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use label::LabelArgs;
pub(crate) use paths::Paths;

/// Label AI-generated content as GB 45438-2025 demands, and verify labels.
/// 按 GB 45438-2025 为生成合成内容添加标识,并核验标识。
#[derive(Debug, Parser)]
#[command(name = "biaoshi", version, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  biaoshi label in/ --out out/ --producer 001191110000EXAMPLE03Q10000
  biaoshi verify upload.png
  biaoshi verify uploads/ --json > reports.jsonl
Exit codes: 0 as asked · 1 error findings or no label · 2 wrong command line · 3 a file failed or was refused · 130 interrupted";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the labels that the standard demands
    Label(LabelArgs),
    /// Say what files carry, what is wrong with it, and the verdict
    Verify(VerifyArgs),
    /// Show every label and trace of one file with placement, offset and raw text
    Inspect(InspectArgs),
    /// Provider codes (TC260-PG-20252A)
    #[command(subcommand)]
    Code(CodeCommand),
    /// The support table
    Formats,
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder
        dir: PathBuf,
    },
}

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
    /// Largest picture side in pixels
    #[arg(long, global = true, value_name = "PIXELS", default_value_t = 16_384, hide_short_help = true)]
    limit_side: u32,
    /// Largest decoded picture
    #[arg(long, global = true, value_name = "SIZE", value_parser = size, default_value = "1G", hide_short_help = true)]
    limit_decoded: u64,
    /// Longest sound in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 86_400, hide_short_help = true)]
    limit_seconds: u64,
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
            inflated: self.limit_inflated,
            side: self.limit_side,
            decoded: self.limit_decoded,
            seconds: self.limit_seconds,
            ..Limits::default()
        }
    }

    /// Memory for decoded media: the limit, and never more than half the machine.
    pub(crate) fn permits(&self) -> Permits {
        let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let total = meminfo
            .lines()
            .find_map(|l| l.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        Permits::new(total.map_or(self.limit_memory, |kb| self.limit_memory.min(kb * 512)))
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

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi verify upload.jpg
  biaoshi verify uploads/ --json
  biaoshi verify --manifest uploads.csv --resume uploads.journal --report uploads.jsonl
  biaoshi verify uploads/ --allow-unlabelled --layers metadata,traces,explicit")]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// metadata, traces, explicit
    #[arg(long, value_delimiter = ',', value_name = "LAYERS", default_value = "metadata,traces", value_parser = ["metadata", "traces", "explicit"])]
    pub(crate) layers: Vec<String>,
    /// The uploader says that the files are AI-generated
    #[arg(long)]
    pub(crate) declared: bool,
    /// Exit 0 although a file has no label
    #[arg(long)]
    pub(crate) allow_unlabelled: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
}

/// Reports beside what is printed.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reports {
    /// Also write a report: .jsonl (as --json) or .csv, by extension; may be given several times
    #[arg(long = "report", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InspectArgs {
    /// The file, or - for standard input
    pub(crate) file: PathBuf,
    /// Name of standard input
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin_name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CodeCommand {
    /// Make a provider code from a credit code or an ID card number
    Make {
        /// The 18 characters of the unified social credit code or ID card number
        subject: String,
        /// The number is that of an ID card
        #[arg(long)]
        individual: bool,
        /// The service that the code is for [default: none stated]
        #[arg(long, value_enum)]
        service: Option<ServiceArg>,
        /// The four self-assigned characters, with --service
        #[arg(long, default_value = "0000", requires = "service")]
        extension: String,
    },
    /// Check structure and check digits of provider codes
    Check {
        /// The codes
        #[arg(required = true)]
        codes: Vec<String>,
    },
}

/// A service type of a provider code.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ServiceArg {
    Generation,
    Propagation,
}
