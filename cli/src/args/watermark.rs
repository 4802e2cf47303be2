//! The arguments of `watermark` and `key`.

use std::path::PathBuf;

use biaoshi::watermark::Payload;
use clap::{Args as ClapArgs, Subcommand};

use super::Running;
use super::headings::{INPUTS, LABEL, LAYERS, OUTPUTS};
use super::limits::LimitArgs;
use super::marks::{EffortArg, MarkEncoder, MarkKey, MarkStyle};
use super::shared::{Machine, Offered, Threads};
use super::values::payload;

/// `watermark`.
#[derive(Debug, Subcommand)]
pub(crate) enum WatermarkCommand {
    /// Put a payload into the pixels of a picture, the samples of a sound or between the words of a text
    ///
    /// 在图像像素、声音采样或文本字间嵌入载荷
    Embed(EmbedArgs),
    /// Print the payload in a picture, a sound or a text, or none
    ///
    /// 输出图像、声音或文本中的载荷;没有则输出 none
    Detect(DetectArgs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi watermark embed in.png out.png --payload 0123456789abcdef
  biaoshi watermark embed speech.wav out.wav --payload 0123456789abcdef
  biaoshi watermark embed --list jobs.tsv --key platform.key")]
pub(crate) struct EmbedArgs {
    /// The picture, the sound or the text
    ///
    /// 图像、声音或文本
    #[arg(value_name = "IN", required_unless_present = "list", conflicts_with = "list", requires = "output", help_heading = INPUTS)]
    pub(crate) input: Option<PathBuf>,
    /// The marked file
    ///
    /// 嵌入水印后的文件
    #[arg(value_name = "OUT", help_heading = OUTPUTS)]
    pub(crate) output: Option<PathBuf>,
    /// 1 to 16 hexadecimal digits
    ///
    /// 1 至 16 位十六进制数字
    #[arg(long, value_name = "HEX", value_parser = payload, required_unless_present = "list", conflicts_with = "list", help_heading = LABEL)]
    pub(crate) payload: Option<Payload>,
    #[command(flatten)]
    pub(crate) mark: MarkKey,
    #[command(flatten)]
    pub(crate) style: MarkStyle,
    #[command(flatten)]
    pub(crate) encoder: MarkEncoder,
    /// Jobs, one a line: IN, OUT and the payload, separated by tabs
    ///
    /// 任务列表,每行一个:输入、输出与载荷,以制表符分隔
    #[arg(long, value_name = "FILE", help_heading = INPUTS)]
    pub(crate) list: Option<PathBuf>,
    /// Replace outputs that are there
    ///
    /// 覆盖已存在的输出
    #[arg(long, help_heading = OUTPUTS)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    pub(crate) running: Running,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi watermark detect upload.png
  biaoshi watermark detect --list files.txt --key platform.key --json")]
pub(crate) struct DetectArgs {
    /// The picture, the sound or the text; - reads standard input
    ///
    /// 图像、声音或文本;- 表示标准输入
    #[arg(value_name = "IN", required_unless_present = "list", conflicts_with = "list", help_heading = INPUTS)]
    pub(crate) input: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) mark: MarkKey,
    /// Files, one a line
    ///
    /// 文件列表,每行一个
    #[arg(long, value_name = "FILE", help_heading = INPUTS)]
    pub(crate) list: Option<PathBuf>,
    /// How long to look: fast for pictures that were not scaled or turned, and sounds at their own speed and pitch
    ///
    /// 查找的力度:fast 适用于未缩放、未旋转的图像,以及速度和音高未变的声音
    #[arg(long, value_enum, default_value = "normal", help_heading = LAYERS)]
    pub(crate) effort: EffortArg,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    pub(crate) running: Running,
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
