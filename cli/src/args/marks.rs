//! The arguments about watermarks that several commands share.

use std::path::PathBuf;

use biaoshi::watermark::image::Effort;
use clap::{Args as ClapArgs, ValueEnum};

use super::headings::LAYERS;

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

/// How marks are looked for.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LAYERS)]
pub(crate) struct MarkSearch {
    /// Key file of watermarks to look for, or `published`; may be given several times [default: the published key]
    ///
    /// 所查找水印的密钥文件,或 published;可给出多次 [默认:公开密钥]
    #[arg(long = "key", value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,
    /// How long to look for watermarks: fast for pictures that were not scaled or turned
    ///
    /// 查找水印的力度:fast 适用于未缩放、未旋转的图像
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
