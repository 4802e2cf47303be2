//! The arguments of `watermark` and `key`.

use std::path::PathBuf;

use biaoshi::watermark::Payload;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::marks::{EffortArg, MarkKey};

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
    #[arg(required_unless_present = "list", conflicts_with = "list", requires = "output")]
    pub(crate) input: Option<PathBuf>,
    /// The marked picture
    pub(crate) output: Option<PathBuf>,
    /// 1 to 16 hexadecimal digits
    #[arg(long, value_name = "HEX", required_unless_present = "list")]
    pub(crate) payload: Option<Payload>,
    #[command(flatten)]
    pub(crate) mark: MarkKey,
    /// Jobs, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// Replace outputs that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi watermark detect upload.png
  biaoshi watermark detect --list files.txt --key platform.key --json")]
pub(crate) struct DetectArgs {
    /// The picture
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    pub(crate) input: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) mark: MarkKey,
    /// Pictures, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// How long to look: fast for pictures that were not scaled or turned
    #[arg(long, value_enum, default_value = "normal")]
    pub(crate) effort: EffortArg,
}

/// `key`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key file
    New {
        /// What the key is for
        #[arg(value_enum)]
        purpose: Purpose,
        /// The key file; it is not replaced when it is there
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Name a key without telling it
    Show {
        /// The key file
        file: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Purpose {
    /// Watermarks
    Watermark,
}
