//! The arguments of `watermark` and `key`.

use std::path::PathBuf;

use biaoshi::watermark::Payload;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::headings::{INPUTS, LABEL, LAYERS, OUTPUTS};
use super::limits::LimitArgs;
use super::marks::{EffortArg, MarkKey};
use super::shared::{Machine, Offered, Threads};

/// `watermark`.
#[derive(Debug, Subcommand)]
pub(crate) enum WatermarkCommand {
    /// Put a payload into the pixels of a picture
    Embed(EmbedArgs),
    /// Print the payload in the pixels of a picture, or none
    Detect(DetectArgs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi watermark embed in.png out.png --payload 0123456789abcdef
  biaoshi watermark embed --list jobs.tsv --key platform.key
A list has one job a line: IN, OUT and the payload, separated by tabs.")]
pub(crate) struct EmbedArgs {
    /// The picture
    #[arg(required_unless_present = "list", conflicts_with = "list", requires = "output", help_heading = INPUTS)]
    pub(crate) input: Option<PathBuf>,
    /// The marked picture
    #[arg(help_heading = OUTPUTS)]
    pub(crate) output: Option<PathBuf>,
    /// 1 to 16 hexadecimal digits
    #[arg(long, value_name = "HEX", required_unless_present = "list", help_heading = LABEL)]
    pub(crate) payload: Option<Payload>,
    #[command(flatten)]
    pub(crate) mark: MarkKey,
    /// Jobs, one a line
    #[arg(long, value_name = "FILE", help_heading = INPUTS)]
    pub(crate) list: Option<PathBuf>,
    /// Replace outputs that are there
    #[arg(long, help_heading = OUTPUTS)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi watermark detect upload.png
  biaoshi watermark detect --list files.txt --key platform.key --json")]
pub(crate) struct DetectArgs {
    /// The picture
    #[arg(required_unless_present = "list", conflicts_with = "list", help_heading = INPUTS)]
    pub(crate) input: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) mark: MarkKey,
    /// Pictures, one a line
    #[arg(long, value_name = "FILE", help_heading = INPUTS)]
    pub(crate) list: Option<PathBuf>,
    /// How long to look: fast for pictures that were not scaled or turned
    #[arg(long, value_enum, default_value = "normal", help_heading = LAYERS)]
    pub(crate) effort: EffortArg,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    limits: LimitArgs,
}

impl WatermarkCommand {
    /// Its shared options.
    pub(super) fn offered(&self) -> Offered<'_> {
        let (machine, threads, limits) = match self {
            Self::Embed(EmbedArgs { machine, threads, limits, .. })
            | Self::Detect(DetectArgs { machine, threads, limits, .. }) => (machine, threads, limits),
        };
        Offered { jobs: threads.jobs, limits: Some(limits), ..machine.into() }
    }
}

/// `key`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key file
    New {
        /// What the key is for
        #[arg(value_enum, help_heading = LABEL)]
        purpose: Purpose,
        /// The key file; it is not replaced when it is there
        #[arg(long, id = "new_key", value_name = "FILE", help_heading = OUTPUTS)]
        out: PathBuf,
        #[command(flatten)]
        machine: Machine,
    },
    /// Name a key without telling it
    Show {
        /// The key file
        #[arg(help_heading = INPUTS)]
        file: PathBuf,
        #[command(flatten)]
        machine: Machine,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Purpose {
    /// Watermarks
    Watermark,
}
