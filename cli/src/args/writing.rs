//! The arguments that `label` and `carry` share: where labelled files go, what they look like, how they are written.

use std::path::PathBuf;

use biaoshi::media::Corner;
use biaoshi::plan::{Position, Sheet};
use clap::{Args as ClapArgs, ValueEnum};

use super::headings::{LAYERS, OUTPUTS, POLICY};
use super::values::words;
use super::{Existing, Spoken};

/// Where the labelled files go.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = OUTPUTS)]
pub(crate) struct Target {
    /// Folder for the labelled files, laid out as the inputs are
    ///
    /// 存放已标识文件的文件夹,目录结构与输入相同
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "in_place"])]
    pub(crate) out: Option<PathBuf>,
    /// The labelled file, for one input
    ///
    /// 已标识的文件,仅用于单个输入
    #[arg(short, value_name = "FILE", conflicts_with = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the inputs
    ///
    /// 直接替换输入文件
    #[arg(long)]
    pub(crate) in_place: bool,
}

/// How the explicit label looks.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LAYERS)]
pub(crate) struct Look {
    /// Words of the explicit label, in place of those that each kind of file has
    ///
    /// 显式标识文字,代替各类文件的默认文字
    #[arg(long, value_name = "WORDS", value_parser = words)]
    pub(crate) text: Option<String>,
    /// Say it in English beside the Chinese words, in texts and documents
    ///
    /// 文本与文档中的标识文字附英文
    #[arg(long)]
    pub(crate) bilingual: bool,
    /// Set the superscript AI behind the title in place of a line, in texts and documents whose format has superscripts
    ///
    /// 文本与文档以标题后的上标 AI 代替整行文字(格式支持上标时)
    #[arg(long)]
    pub(crate) corner_mark: bool,
    /// Corner of pictures
    ///
    /// 标识文字所在的图像角落
    #[arg(long, value_enum, default_value = "bottom-right")]
    pub(crate) corner: CornerArg,
    /// Place in sound and texts
    ///
    /// 音频与文本中显式标识的位置
    #[arg(long, value_enum, default_value = "start")]
    pub(crate) position: PositionArg,
    /// Show it on every page of a document
    ///
    /// 文档每页均显示显式标识
    #[arg(long)]
    pub(crate) every_page: bool,
    /// Place in tables of several sheets
    ///
    /// 电子表格中显式标识的位置
    #[arg(long, value_enum, default_value = "textbox")]
    pub(crate) sheet: SheetArg,
    #[command(flatten)]
    pub(crate) spoken: Spoken,
}

/// How outputs are written, whatever is in them.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = OUTPUTS)]
pub(crate) struct Outputs {
    /// Replace outputs that are there
    ///
    /// 覆盖已存在的输出
    #[arg(long, conflicts_with = "in_place")]
    pub(crate) overwrite: bool,
    /// Put the label into NAME.aigc.json beside files that have no place for one
    ///
    /// 文件本身无处写入标识时,写入同目录的“文件名.aigc.json”
    #[arg(long)]
    pub(crate) sidecar: bool,
    /// Sync every output to the disk
    ///
    /// 每个输出都同步到磁盘
    #[arg(long)]
    pub(crate) durable: bool,
    /// Do everything but write
    ///
    /// 执行全部步骤,但不写入
    #[arg(long, conflicts_with = "resume")]
    pub(crate) dry_run: bool,
}

/// How outputs with a producer's label are written.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = OUTPUTS)]
pub(crate) struct Writing {
    #[command(flatten)]
    pub(crate) outputs: Outputs,
    #[command(flatten)]
    pub(crate) existing: Existing,
    /// Change files although that breaks a C2PA manifest or a signature
    ///
    /// 即使会破坏 C2PA 清单或签名也改动文件
    #[arg(long, help_heading = POLICY)]
    pub(crate) break_signatures: bool,
    /// Exit 3 for damaged files too, although they were labelled as far as they could be; refuse sounds that cannot have the
    /// recording of --audio-mark
    ///
    /// 已尽可能标识的损坏文件也以 3 退出;无法写入 --audio-mark 录音的音频则拒绝
    #[arg(long, help_heading = POLICY)]
    pub(crate) strict: bool,
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
    Middle,
    End,
    Both,
}

impl From<PositionArg> for Position {
    fn from(position: PositionArg) -> Self {
        match position {
            PositionArg::Start => Self::Start,
            PositionArg::Middle => Self::Middle,
            PositionArg::End => Self::End,
            PositionArg::Both => Self::Both,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SheetArg {
    Textbox,
    First,
}

impl From<SheetArg> for Sheet {
    fn from(sheet: SheetArg) -> Self {
        match sheet {
            SheetArg::Textbox => Self::TextBox,
            SheetArg::First => Self::First,
        }
    }
}
