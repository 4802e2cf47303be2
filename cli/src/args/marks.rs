//! The arguments about watermarks that several commands share.

use std::path::PathBuf;

use biaoshi::encoder::Ffmpeg;
use biaoshi::job::Style;
use biaoshi::watermark::Effort;
use biaoshi::watermark::text::{Alphabet, Density};
use clap::{Args as ClapArgs, ValueEnum};

use super::headings::LAYERS;
use super::values::number;

/// What marks are made with.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LAYERS)]
pub(crate) struct MarkKey {
    /// Key file of the watermark, or `published` [default: the published key]
    ///
    /// 水印密钥文件,或 published [默认:公开密钥]
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

/// How marks in texts are made.
#[derive(Debug, Clone, Copy, ClapArgs)]
#[command(next_help_heading = LAYERS)]
pub(crate) struct MarkStyle {
    /// How close the watermark of a text stands: every excerpt of 400, 250 or 150 characters shows it
    ///
    /// 文本水印的疏密:任一 400、250 或 150 字的片段均可检出
    #[arg(long, value_enum, default_value = "normal")]
    density: DensityArg,
    /// Characters of the watermark of a text: invisible operators, or every other piece in joiners, against filters
    ///
    /// 文本水印所用字符:不可见运算符;both 另以零宽连字符交替写入,以防过滤
    #[arg(long, value_enum, default_value = "operators")]
    alphabet: AlphabetArg,
    /// Skip texts that the watermark would make longer than this, in percent of their characters
    ///
    /// 水印使字符数增加超过此百分比的文本不写入
    #[arg(long, value_name = "PERCENT", value_parser = number(1_u32, 10_000))]
    max_growth: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DensityArg {
    Light,
    Normal,
    Dense,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AlphabetArg {
    Operators,
    Both,
}

impl From<MarkStyle> for Style {
    fn from(args: MarkStyle) -> Self {
        let density = match args.density {
            DensityArg::Light => Density::Light,
            DensityArg::Normal => Density::Normal,
            DensityArg::Dense => Density::Dense,
        };
        let alphabet = match args.alphabet {
            AlphabetArg::Operators => Alphabet::Operators,
            AlphabetArg::Both => Alphabet::Both,
        };
        Self { density, alphabet, max_growth: args.max_growth }
    }
}

/// What marks sound in codings that lose.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LAYERS)]
pub(crate) struct MarkEncoder {
    /// Put the watermark into MP3, AAC, Opus and Vorbis too: they are decoded, marked and coded anew by this program, an ffmpeg
    ///
    /// MP3、AAC、Opus 与 Vorbis 亦写入水印:先解码并嵌入,再以此程序(ffmpeg)重新编码
    #[arg(long, value_name = "PROGRAM")]
    encoder: Option<PathBuf>,
}

impl MarkEncoder {
    /// The encoder.
    pub(crate) fn ffmpeg(&self) -> Option<Ffmpeg> {
        self.encoder.as_deref().map(Ffmpeg::new)
    }
}

/// How marks are looked for.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LAYERS)]
pub(crate) struct MarkSearch {
    /// Key file of watermarks to look for, or `published`; may be given several times [default: the published key]
    ///
    /// 所查找水印的密钥文件,或 published;可给出多次 [默认:公开密钥]
    #[arg(long = "key", value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,
    /// How long to look for watermarks: fast for pictures that were not scaled or turned, and sounds at their own speed and pitch
    ///
    /// 查找水印的力度:fast 适用于未缩放、未旋转的图像,以及速度和音高未变的声音
    #[arg(long, value_enum, default_value = "normal")]
    pub(crate) effort: EffortArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum EffortArg {
    Fast,
    Normal,
    Deep,
}

impl From<EffortArg> for Effort {
    fn from(effort: EffortArg) -> Self {
        match effort {
            EffortArg::Fast => Self::Fast,
            EffortArg::Normal => Self::Normal,
            EffortArg::Deep => Self::Deep,
        }
    }
}
