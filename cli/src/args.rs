//! The command line.

mod again;
mod carry;
mod common;
mod counts;
mod deliver;
mod destination;
mod filters;
mod headings;
mod judging;
mod keeping;
mod key;
mod label;
mod layers;
mod ledger;
mod limits;
mod marks;
mod notice;
mod outside;
mod pairing;
mod paths;
mod propagate;
mod replacing;
mod running;
mod shared;
mod shown;
mod signing;
mod spoken;
mod stopping;
mod table;
pub(crate) mod values;
mod watermark;
mod writing;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use again::{Existing, SharedIds};
pub(crate) use carry::CarryArgs;
pub(crate) use common::Common;
pub(crate) use counts::{Counts, Sums};
pub(crate) use deliver::DeliverArgs;
pub(crate) use destination::{Destination, Form, Outlet};
pub(crate) use filters::Filters;
pub(crate) use headings::{GENERAL, HEADINGS};
use headings::{INPUTS, LABEL, LAYERS, OUTPUTS, POLICY, REPORTS};
pub(crate) use judging::PolicyArgs;
pub(crate) use keeping::Keeping;
pub(crate) use key::{KeyCommand, Purpose};
pub(crate) use label::LabelArgs;
pub(crate) use layers::{IfPossible, Required};
pub(crate) use ledger::{
    ExportForm, FindKey, LedgerCommand, LedgerExportArgs, LedgerFindArgs, LedgerHeadArgs, LedgerIndexArgs,
    LedgerRetentionArgs, LedgerVerifyArgs, Recording,
};
use limits::LimitArgs;
pub(crate) use marks::{MarkEncoder, MarkKey, MarkSearch, MarkStyle};
pub(crate) use notice::{NoticeArgs, NoticeFormat};
pub(crate) use outside::{AllowUnsupported, CopyUnsupported};
pub(crate) use pairing::Pairing;
pub(crate) use paths::{BELONGS, DEFAULT_LAYERS, OF_FILES, OF_LAYERS, OF_OUTPUTS, OF_WALKS, Paths, is_stdin};
pub(crate) use propagate::PropagateArgs;
pub(crate) use replacing::Replacing;
pub(crate) use running::Running;
use shared::{Batch, Machine, Verbose};
pub(crate) use shared::{Color, Global, Offered, environment};
pub(crate) use shown::Shown;
pub(crate) use signing::{Signing, Trusting};
pub(crate) use spoken::Spoken;
use stopping::Stopping;
pub(crate) use table::TableArgs;
use values::code_extension;
pub(crate) use watermark::{DetectArgs, EmbedArgs, WatermarkCommand};
pub(crate) use writing::{Look, Outputs, Target, Writing};

/// Label AI-generated content as GB 45438-2025 demands, and verify labels
///
/// 按 GB 45438-2025 为生成合成内容添加标识,并核验标识
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

const EXAMPLES: &str = "
  biaoshi label in/ --out out/ --producer 001191110000EXAMPLE03Q10000
  biaoshi verify upload.png
  biaoshi verify uploads/ --json > reports.jsonl";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the labels that the standard demands
    ///
    /// 按标准要求添加标识
    Label(LabelArgs),
    /// Say what files carry, what is wrong with it, and the verdict
    ///
    /// 报告文件所含标识、其中的问题与结论
    Verify(VerifyArgs),
    /// Do what a platform must that spreads files: verify, write its own elements, say what to show
    ///
    /// 履行传播平台的义务:核验、写入传播要素、给出应展示的提示
    Propagate(PropagateArgs),
    /// Show every label and trace of one file with placement, offset and raw text
    ///
    /// 显示单个文件的全部标识与痕迹,含位置、偏移与原文
    Inspect(InspectArgs),
    /// Give the label of an original to its renditions: resized, transcoded, thumbnails
    ///
    /// 将原件的标识写入其衍生版本:缩放、转码、缩略图
    Carry(CarryArgs),
    /// Say which labels and traces were kept, lost, changed or broken between two files or folders
    ///
    /// 比较两个文件或文件夹,报告哪些标识与痕迹保留、丢失、改变或损坏
    Diff(DiffArgs),
    /// Print the words that a platform shows beside content of a verdict (clause 5.6, Measures Art. 6)
    ///
    /// 输出平台应按结论在内容旁显示的提示文字(5.6 条,《标识办法》第六条)
    Notice(NoticeArgs),
    /// Provider codes (TC260-PG-20252A)
    ///
    /// 服务提供者编码(TC260-PG-20252A)
    #[command(subcommand)]
    Code(CodeCommand),
    /// Put a payload into the pixels of a picture, or find it there
    ///
    /// 在图像像素中嵌入载荷,或从中检出
    #[command(subcommand)]
    Watermark(WatermarkCommand),
    /// Keys of watermarks and signatures
    ///
    /// 水印与签名的密钥
    #[command(subcommand)]
    Key(KeyCommand),
    /// Deliver a file without an explicit label to a user who asked for it, and record that (Measures Art. 9)
    ///
    /// 应用户申请提供不含显式标识的文件,并留存记录(《标识办法》第九条)
    DeliverUnlabelled(DeliverArgs),
    /// The record of what was done: check it, find lines in it, print it, shorten it
    ///
    /// 处理记录(台账):核验、查找、导出与保存期管理
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Say what a code of a report means, who says so, and what to do
    ///
    /// 说明报告中某个代码的含义、依据与处理方法
    Explain(ExplainArgs),
    /// The support table
    ///
    /// 支持的格式一览表
    #[command(after_help = "
  biaoshi formats
  biaoshi formats --json")]
    Formats(Machine),
    /// Print the completions of a shell
    ///
    /// 输出外壳程序的补全脚本
    #[command(after_help = "
  biaoshi completions bash > /etc/bash_completion.d/biaoshi
  biaoshi completions zsh > ~/.zfunc/_biaoshi")]
    Completions {
        /// The shell
        ///
        /// 外壳程序
        #[arg(help_heading = INPUTS)]
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    ///
    /// 将手册页写入文件夹
    #[command(after_help = "
  biaoshi man /usr/local/share/man/man1
  biaoshi man --lang zh /usr/local/share/man/zh_CN/man1")]
    Man {
        /// The folder
        ///
        /// 目标文件夹
        #[arg(required_unless_present = "dump", help_heading = OUTPUTS)]
        dir: Option<PathBuf>,
        // All pages as JSON on standard output: documents and tests are made from them.
        #[arg(long, hide = true)]
        dump: bool,
    },
}

impl Command {
    /// Its shared options.
    fn offered(&self) -> Offered<'_> {
        match self {
            Self::Label(args) => (&args.batch).into(),
            Self::Carry(args) => (&args.batch).into(),
            Self::Propagate(args) => Offered { verbose: args.verbose.verbose, ..(&args.batch).into() },
            Self::Diff(args) => Offered { verbose: args.shown.verbose, ..(&args.batch).into() },
            Self::Verify(args) => Offered { verbose: args.verbose.verbose, ..(&args.batch).into() },
            Self::Inspect(args) => Offered { limits: Some(&args.limits), ..(&args.machine).into() },
            Self::Watermark(command) => command.offered(),
            Self::Key(command) => command.offered(),
            Self::Ledger(command) => command.offered(),
            Self::DeliverUnlabelled(args) => args.offered(),
            Self::Code(CodeCommand::Make { machine, .. } | CodeCommand::Check { machine, .. })
            | Self::Explain(ExplainArgs { machine, .. })
            | Self::Formats(machine) => machine.into(),
            Self::Notice(_) | Self::Completions { .. } | Self::Man { .. } => Offered::default(),
        }
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi diff original.png downloaded.jpg
  biaoshi diff originals/ transcoded/ --json --layers metadata,watermark
  biaoshi diff originals/ renditions/ --match '{stem}-*' --only lost,broken --report lost.csv")]
pub(crate) struct DiffArgs {
    /// File or folder as it was
    ///
    /// 原先的文件或文件夹
    #[arg(help_heading = INPUTS)]
    pub(crate) before: PathBuf,
    /// File or folder as it is now; --match says which files of folders belong together
    ///
    /// 现在的文件或文件夹;文件夹中的文件如何配对见 --match
    #[arg(help_heading = INPUTS)]
    pub(crate) after: PathBuf,
    /// What to look for: labels in the metadata, traces of generators, explicit labels, watermarks
    ///
    /// 检查哪些标识层:metadata(元数据)、traces(痕迹)、explicit(显式标识)、watermark(数字水印)
    #[arg(long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", default_value = "metadata,traces", value_parser = ["metadata", "traces", "explicit", "watermark"])]
    pub(crate) layers: Vec<String>,
    #[command(flatten)]
    pub(crate) marks: MarkSearch,
    /// Also hidden files and folders
    ///
    /// 包括隐藏的文件和文件夹
    #[arg(long, help_heading = INPUTS)]
    pub(crate) hidden: bool,
    /// Also folders behind symbolic links
    ///
    /// 进入符号链接指向的文件夹
    #[arg(long, help_heading = INPUTS)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) pairing: Pairing,
    #[command(flatten)]
    pub(crate) shown: Shown,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) batch: Batch,
    #[command(flatten)]
    pub(crate) filters: Filters,
    #[command(flatten)]
    pub(crate) running: Running,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi verify upload.jpg
  biaoshi verify uploads/ --json
  biaoshi verify --manifest uploads.csv --resume uploads.journal --report uploads.jsonl
  biaoshi verify uploads/ --allow-unlabelled --layers metadata,traces,explicit
  biaoshi verify upload.png --layers metadata,watermark --registry providers.csv
  biaoshi verify downloads/ --require metadata,explicit --expect-producer 001191110000EXAMPLE03Q10000
  biaoshi verify uploads/ --policy policy.toml --fail-on suspected")]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// What to look for: labels in the metadata, traces of generators, explicit labels, watermarks
    ///
    /// 检查哪些标识层:metadata(元数据)、traces(痕迹)、explicit(显式标识)、watermark(数字水印)
    #[arg(long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", default_value = "metadata,traces", value_parser = ["metadata", "traces", "explicit", "watermark"])]
    pub(crate) layers: Vec<String>,
    #[command(flatten)]
    pub(crate) spoken: Spoken,
    #[command(flatten)]
    pub(crate) marks: MarkSearch,
    /// Table of provider codes and names (.csv or .jsonl: code, name): tells whose a watermark is
    ///
    /// 服务提供者编码与名称表(.csv 或 .jsonl,列为 code、name):用于判断水印属于谁
    #[arg(long, value_name = "FILE", help_heading = LAYERS)]
    pub(crate) registry: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trusting: Trusting,
    /// The uploader says that the files are AI-generated
    ///
    /// 上传者声明文件为生成合成内容
    #[arg(long, help_heading = POLICY)]
    pub(crate) declared: bool,
    /// Exit 0 although a file has no label
    ///
    /// 文件没有标识时仍以 0 退出
    #[arg(long, help_heading = POLICY)]
    pub(crate) allow_unlabelled: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) unsupported: AllowUnsupported,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) recording: Recording,
    #[command(flatten)]
    pub(crate) counts: Counts,
    #[command(flatten)]
    pub(crate) sums: Sums,
    #[command(flatten)]
    verbose: Verbose,
    #[command(flatten)]
    pub(crate) batch: Batch,
    #[command(flatten)]
    pub(crate) running: Running,
}

/// Reports beside what is printed.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Reports {
    /// Also write a report: .jsonl (as --json, with time and version), .csv, .html (a page for people) or .sarif by extension;
    /// -:jsonl to standard output, fd:N:jsonl to an open file descriptor, so also the others; may be given several times
    ///
    /// 另写一份报告:按扩展名为 .jsonl(同 --json,另含时间与版本)、.csv、.html(供人阅读的页面)或 `.sarif`;-:jsonl 写到标准输出,
    /// fd:N:jsonl 写到已打开的文件描述符,其他格式同理;可多次给出
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
#[command(after_help = "
  biaoshi inspect upload.jpg
  biaoshi inspect - --stdin-name a.txt < a.txt
  biaoshi inspect upload.png --key platform.key --json")]
pub(crate) struct InspectArgs {
    /// The file, or - for standard input
    ///
    /// 文件;- 表示标准输入
    #[arg(help_heading = INPUTS)]
    pub(crate) file: PathBuf,
    /// Name of standard input
    ///
    /// 标准输入的名称
    #[arg(long, value_name = "NAME", help_heading = INPUTS)]
    pub(crate) stdin_name: Option<String>,
    #[command(flatten)]
    pub(crate) marks: MarkSearch,
    /// Table of provider codes and names (.csv or .jsonl: code, name): tells whose a watermark is
    ///
    /// 服务提供者编码与名称表(.csv 或 .jsonl,列为 code、name):用于判断水印属于谁
    #[arg(long, value_name = "FILE", help_heading = LAYERS)]
    pub(crate) registry: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trusting: Trusting,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi explain label.characters
  biaoshi explain dialect.json-wrapped --lang zh
  biaoshi explain --json")]
pub(crate) struct ExplainArgs {
    /// A finding, dialect, trace, reason, error or verdict, as reports have it [default: lists all]
    ///
    /// 报告中的代码:问题、非规定形式、痕迹、依据、错误或结论 [默认:全部列出]
    #[arg(id = "explained", value_name = "CODE", help_heading = INPUTS)]
    pub(crate) code: Option<String>,
    #[command(flatten)]
    machine: Machine,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CodeCommand {
    /// Make a provider code from a credit code or an ID card number
    ///
    /// 由统一社会信用代码或身份证号生成服务提供者编码
    #[command(after_help = "
  biaoshi code make 91110000EXAMPLE03Q --service generation")]
    Make {
        /// The 18 characters of the unified social credit code or ID card number
        ///
        /// 18 位统一社会信用代码或身份证号
        #[arg(help_heading = INPUTS)]
        subject: String,
        /// The number is that of an ID card
        ///
        /// 号码为身份证号
        #[arg(long, help_heading = LABEL)]
        individual: bool,
        /// The service that the code is for [default: none stated]
        ///
        /// 编码对应的服务 [默认:不声明]
        #[arg(long, value_enum, help_heading = LABEL)]
        service: Option<ServiceArg>,
        /// The four self-assigned characters, with --service
        ///
        /// 四位自定义字符,与 --service 同用
        #[arg(long, value_name = "XXXX", default_value = "0000", value_parser = code_extension, requires = "service", help_heading = LABEL)]
        extension: String,
        #[command(flatten)]
        machine: Machine,
    },
    /// Check structure and check digits of provider codes
    ///
    /// 检查服务提供者编码的结构与校验位
    #[command(after_help = "
  biaoshi code check 001191110000EXAMPLE03Q10000")]
    Check {
        /// The codes
        ///
        /// 编码
        #[arg(required = true, value_name = "CODE", help_heading = INPUTS)]
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
