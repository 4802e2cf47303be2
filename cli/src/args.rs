//! The command line.

use std::path::PathBuf;

use biaoshi::plan::{Layer, Position};
use biaoshi_explicit::image::Corner;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use crate::common::{Color, Common};

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
    /// Give the label of an original to its renditions: resized, transcoded, thumbnails
    Carry(CarryArgs),
    /// Say which labels and traces were kept, lost, changed or broken between two files or folders
    Diff(DiffArgs),
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

/// What to work on.
#[derive(Debug, ClapArgs)]
pub(crate) struct Paths {
    /// Files, folders (walked in sorted order), or - for standard input
    #[arg(required_unless_present = "files_from", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Read more paths from a file, or - for standard input: one a line, or separated by NUL
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,
    /// Name of standard input: its extension counts for texts
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin_name: Option<String>,
    /// Also hidden files and folders
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Also folders behind symbolic links
    #[arg(long)]
    pub(crate) follow: bool,
}

impl Paths {
    /// Whether the file itself comes from standard input.
    pub(crate) fn is_stdin(&self) -> bool {
        self.paths.iter().any(|p| crate::inputs::is_stdin(p))
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi label photo.jpg -o labelled.jpg --producer 001191110000EXAMPLE03Q10000
  biaoshi label in/ --out out/ --producer 001191110000EXAMPLE03Q10000 --id '{stem}-{index}'
  biaoshi label a.md --in-place --layers metadata --producer 001191110000EXAMPLE03Q10000
  biaoshi label - --stdin-name a.txt --producer 001191110000EXAMPLE03Q10000 < a.txt > b.txt")]
pub(crate) struct LabelArgs {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// Folder for the labelled files, laid out as the inputs are
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "in_place"])]
    pub(crate) out: Option<PathBuf>,
    /// The labelled file, for one input
    #[arg(short, value_name = "FILE", conflicts_with = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the inputs
    #[arg(long)]
    pub(crate) in_place: bool,
    /// Code of the provider that generated the content
    #[arg(long, value_name = "CODE")]
    pub(crate) producer: String,
    /// Let --producer and --propagator be plain names
    #[arg(long)]
    pub(crate) allow_name: bool,
    /// ProduceID: uuid, sha256, name, or a template with {stem} {sha256} {uuid} {index}
    #[arg(long, value_name = "ID", default_value = "uuid")]
    pub(crate) id: String,
    /// 1 is, 2 may be, 3 is suspected to be AI-generated [default: 1]
    #[arg(long, value_parser = ["1", "2", "3"])]
    pub(crate) level: Option<String>,
    /// ContentPropagator [default: the producer]
    #[arg(long, value_name = "CODE")]
    pub(crate) propagator: Option<String>,
    /// PropagateID [default: ProduceID]
    #[arg(long, value_name = "ID")]
    pub(crate) propagate_id: Option<String>,
    /// metadata, explicit [default: both; a named layer that cannot be written refuses the file]
    #[arg(long, value_delimiter = ',', value_name = "LAYERS", value_parser = layer)]
    pub(crate) layers: Option<Vec<Layer>>,
    /// Words on pictures
    #[arg(long, default_value = "AI生成", value_name = "WORDS")]
    pub(crate) text: String,
    /// Corner of pictures
    #[arg(long, value_enum, default_value = "bottom-right")]
    pub(crate) corner: CornerArg,
    /// Place in sound and texts
    #[arg(long, value_enum, default_value = "start")]
    pub(crate) position: PositionArg,
    /// Replace a label of another producer, id or level (Measures Art. 10: only your own, or with a reason)
    #[arg(long)]
    pub(crate) replace: bool,
    /// Replace outputs that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Change files although that breaks a C2PA manifest or a signature
    #[arg(long)]
    pub(crate) break_signatures: bool,
    /// Put the label into NAME.aigc.json beside files that have no place for one
    #[arg(long)]
    pub(crate) sidecar: bool,
    /// Sync every output to the disk
    #[arg(long)]
    pub(crate) durable: bool,
    /// Do everything but write
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi carry original.png thumb.webp small.jpg --in-place
  biaoshi carry original.png renditions/ --out labelled/")]
pub(crate) struct CarryArgs {
    /// The original: its label is read, it is not changed
    pub(crate) source: PathBuf,
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// Folder for the labelled files, laid out as the inputs are
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "in_place"])]
    pub(crate) out: Option<PathBuf>,
    /// The labelled file, for one input
    #[arg(short, value_name = "FILE", conflicts_with = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the inputs
    #[arg(long)]
    pub(crate) in_place: bool,
    /// metadata, explicit [default: metadata; a named layer that cannot be written refuses the file]
    #[arg(long, value_delimiter = ',', value_name = "LAYERS", value_parser = layer)]
    pub(crate) layers: Option<Vec<Layer>>,
    /// Words on pictures, with --layers explicit
    #[arg(long, default_value = "AI生成", value_name = "WORDS")]
    pub(crate) text: String,
    /// Corner of pictures
    #[arg(long, value_enum, default_value = "bottom-right")]
    pub(crate) corner: CornerArg,
    /// Place in sound and texts
    #[arg(long, value_enum, default_value = "start")]
    pub(crate) position: PositionArg,
    /// Replace another label than that of the source (Measures Art. 10: only your own, or with a reason)
    #[arg(long)]
    pub(crate) replace: bool,
    /// Replace outputs that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Change files although that breaks a C2PA manifest or a signature
    #[arg(long)]
    pub(crate) break_signatures: bool,
    /// Put the label into NAME.aigc.json beside files that have no place for one
    #[arg(long)]
    pub(crate) sidecar: bool,
    /// Sync every output to the disk
    #[arg(long)]
    pub(crate) durable: bool,
    /// Do everything but write
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi diff original.png downloaded.jpg
  biaoshi diff originals/ transcoded/ --json --layers metadata
Exit codes: 0 nothing was lost · 1 a mark was lost or broken · 3 a file could not be read")]
pub(crate) struct DiffArgs {
    /// File or folder as it was
    pub(crate) before: PathBuf,
    /// File or folder as it is now: files of folders belong together by path, else by path without extension
    pub(crate) after: PathBuf,
    /// metadata, traces, explicit
    #[arg(long, value_delimiter = ',', value_name = "LAYERS", default_value = "metadata,traces", value_parser = ["metadata", "traces", "explicit"])]
    pub(crate) layers: Vec<String>,
    /// Also hidden files and folders
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Also folders behind symbolic links
    #[arg(long)]
    pub(crate) follow: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi verify upload.jpg
  biaoshi verify uploads/ --json
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

fn layer(name: &str) -> Result<Layer, String> {
    Layer::parse(name).ok_or_else(|| format!("{name:?} is no layer: metadata, explicit"))
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CornerArg {
    BottomRight,
    BottomLeft,
    TopRight,
    TopLeft,
}

impl From<CornerArg> for Corner {
    fn from(corner: CornerArg) -> Self {
        match corner {
            CornerArg::BottomRight => Self::BottomRight,
            CornerArg::BottomLeft => Self::BottomLeft,
            CornerArg::TopRight => Self::TopRight,
            CornerArg::TopLeft => Self::TopLeft,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PositionArg {
    Start,
    End,
    Both,
}

impl From<PositionArg> for Position {
    fn from(position: PositionArg) -> Self {
        match position {
            PositionArg::Start => Self::Start,
            PositionArg::End => Self::End,
            PositionArg::Both => Self::Both,
        }
    }
}
