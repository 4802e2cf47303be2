//! The command line.

mod carry;
mod headings;
mod label;
mod limits;
mod marks;
mod paths;
mod shared;
mod values;
mod watermark;
mod writing;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::destination::{Destination, Outlet};

pub(crate) use crate::common::Common;
pub(crate) use carry::CarryArgs;
use headings::{INPUTS, LABEL, LAYERS, OUTPUTS, POLICY, REPORTS};
pub(crate) use label::LabelArgs;
use limits::LimitArgs;
pub(crate) use marks::{MarkKey, MarkSearch};
pub(crate) use paths::{BELONGS, DEFAULT_LAYERS, OF_LAYERS, Paths, is_stdin};
use shared::{Batch, Machine, Verbose};
pub(crate) use shared::{Color, Global, Offered};
pub(crate) use watermark::{DetectArgs, EmbedArgs, KeyCommand, Purpose, WatermarkCommand};
pub(crate) use writing::{Look, Target, Writing};

/// Label AI-generated content as GB 45438-2025 demands, and verify labels.
/// 按 GB 45438-2025 为生成合成内容添加标识,并核验标识。
#[derive(Debug, Parser)]
#[command(name = "biaoshi", version, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    /// What the shared options of the command come to.
    pub(crate) fn common(&self) -> Common {
        Common::new(&self.global, &self.command.offered())
    }
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
    /// Put a payload into the pixels of a picture, or find it there
    #[command(subcommand)]
    Watermark(WatermarkCommand),
    /// Keys of watermarks
    #[command(subcommand)]
    Key(KeyCommand),
    /// The support table
    Formats(Machine),
    /// Print the completions of a shell
    Completions {
        /// The shell
        #[arg(help_heading = INPUTS)]
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder
        #[arg(help_heading = OUTPUTS)]
        dir: PathBuf,
    },
}

impl Command {
    /// Its shared options.
    fn offered(&self) -> Offered<'_> {
        match self {
            Self::Label(args) => (&args.batch).into(),
            Self::Carry(args) => (&args.batch).into(),
            Self::Diff(args) => (&args.batch).into(),
            Self::Verify(args) => Offered { verbose: args.verbose.verbose, ..(&args.batch).into() },
            Self::Inspect(args) => Offered { limits: Some(&args.limits), ..(&args.machine).into() },
            Self::Watermark(command) => command.offered(),
            Self::Key(KeyCommand::New { machine, .. } | KeyCommand::Show { machine, .. })
            | Self::Code(CodeCommand::Make { machine, .. } | CodeCommand::Check { machine, .. })
            | Self::Formats(machine) => machine.into(),
            Self::Completions { .. } | Self::Man { .. } => Offered::default(),
        }
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi diff original.png downloaded.jpg
  biaoshi diff originals/ transcoded/ --json --layers metadata,watermark
Exit codes: 0 nothing was lost · 1 a mark was lost or broken · 3 a file could not be read")]
pub(crate) struct DiffArgs {
    /// File or folder as it was
    #[arg(help_heading = INPUTS)]
    pub(crate) before: PathBuf,
    /// File or folder as it is now: files of folders belong together by path, else by path without extension
    #[arg(help_heading = INPUTS)]
    pub(crate) after: PathBuf,
    /// metadata, traces, explicit, watermark
    #[arg(long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", default_value = "metadata,traces", value_parser = ["metadata", "traces", "explicit", "watermark"])]
    pub(crate) layers: Vec<String>,
    #[command(flatten)]
    pub(crate) marks: MarkSearch,
    /// Also hidden files and folders
    #[arg(long, help_heading = INPUTS)]
    pub(crate) hidden: bool,
    /// Also folders behind symbolic links
    #[arg(long, help_heading = INPUTS)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) batch: Batch,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi verify upload.jpg
  biaoshi verify uploads/ --json
  biaoshi verify --manifest uploads.csv --resume uploads.journal --report uploads.jsonl
  biaoshi verify uploads/ --allow-unlabelled --layers metadata,traces,explicit
  biaoshi verify upload.png --layers metadata,watermark --registry providers.csv")]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// metadata, traces, explicit, watermark
    #[arg(long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", default_value = "metadata,traces", value_parser = ["metadata", "traces", "explicit", "watermark"])]
    pub(crate) layers: Vec<String>,
    #[command(flatten)]
    pub(crate) marks: MarkSearch,
    /// Table of provider codes and names (.csv or .jsonl: code, name): tells whose a watermark is
    #[arg(long, value_name = "FILE", help_heading = LAYERS)]
    pub(crate) registry: Option<PathBuf>,
    /// The uploader says that the files are AI-generated
    #[arg(long, help_heading = POLICY)]
    pub(crate) declared: bool,
    /// Exit 0 although a file has no label
    #[arg(long, help_heading = POLICY)]
    pub(crate) allow_unlabelled: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    verbose: Verbose,
    #[command(flatten)]
    pub(crate) batch: Batch,
}

/// Reports beside what is printed.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Reports {
    /// Also write a report: .jsonl (as --json) or .csv by extension, -:jsonl or -:csv to standard output, fd:N:jsonl or fd:N:csv
    /// to an open file descriptor; may be given several times
    ///
    /// 另写一份报告:按扩展名为 .jsonl(同 --json)或 .csv;-:jsonl、-:csv 写到标准输出;fd:N:jsonl、fd:N:csv 写到已打开的
    /// 文件描述符;可多次给出
    #[arg(long = "report", value_name = "FILE", allow_hyphen_values = true)]
    pub(crate) files: Vec<Destination>,
}

impl Reports {
    /// Whether a report goes to standard output, so that nothing else may.
    pub(crate) fn take_stdout(&self) -> bool {
        self.files.iter().any(|report| report.outlet == Outlet::Stdout)
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InspectArgs {
    /// The file, or - for standard input
    #[arg(help_heading = INPUTS)]
    pub(crate) file: PathBuf,
    /// Name of standard input
    #[arg(long, value_name = "NAME", help_heading = INPUTS)]
    pub(crate) stdin_name: Option<String>,
    #[command(flatten)]
    pub(crate) marks: MarkSearch,
    /// Table of provider codes and names (.csv or .jsonl: code, name): tells whose a watermark is
    #[arg(long, value_name = "FILE", help_heading = LAYERS)]
    pub(crate) registry: Option<PathBuf>,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CodeCommand {
    /// Make a provider code from a credit code or an ID card number
    Make {
        /// The 18 characters of the unified social credit code or ID card number
        #[arg(help_heading = INPUTS)]
        subject: String,
        /// The number is that of an ID card
        #[arg(long, help_heading = LABEL)]
        individual: bool,
        /// The service that the code is for [default: none stated]
        #[arg(long, value_enum, help_heading = LABEL)]
        service: Option<ServiceArg>,
        /// The four self-assigned characters, with --service
        #[arg(long, default_value = "0000", requires = "service", help_heading = LABEL)]
        extension: String,
        #[command(flatten)]
        machine: Machine,
    },
    /// Check structure and check digits of provider codes
    Check {
        /// The codes
        #[arg(required = true, help_heading = INPUTS)]
        codes: Vec<String>,
        #[command(flatten)]
        machine: Machine,
    },
}

/// A service type of a provider code.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ServiceArg {
    Generation,
    Propagation,
}
