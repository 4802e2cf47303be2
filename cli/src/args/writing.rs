//! The arguments that `label` and `carry` share: where labelled files go, what they look like, how they are written.

use std::path::PathBuf;

use biaoshi::media::Corner;
use biaoshi::plan::{Layer, Position};
use clap::{Args as ClapArgs, ValueEnum};

use super::headings::{LAYERS, OUTPUTS, POLICY};

/// Where the labelled files go.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = OUTPUTS)]
pub(crate) struct Target {
    /// Folder for the labelled files, laid out as the inputs are
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "in_place"])]
    pub(crate) out: Option<PathBuf>,
    /// The labelled file, for one input
    #[arg(short, value_name = "FILE", conflicts_with = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the inputs
    #[arg(long)]
    pub(crate) in_place: bool,
}

/// How the explicit label looks.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LAYERS)]
pub(crate) struct Look {
    /// Words on pictures
    #[arg(long, default_value = "AI生成", value_name = "WORDS")]
    pub(crate) text: String,
    /// Corner of pictures
    #[arg(long, value_enum, default_value = "bottom-right")]
    pub(crate) corner: CornerArg,
    /// Place in sound and texts
    #[arg(long, value_enum, default_value = "start")]
    pub(crate) position: PositionArg,
}

/// How outputs are written.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = OUTPUTS)]
pub(crate) struct Writing {
    /// Replace outputs that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Change files although that breaks a C2PA manifest or a signature
    #[arg(long, help_heading = POLICY)]
    pub(crate) break_signatures: bool,
    /// Put the label into NAME.aigc.json beside files that have no place for one
    #[arg(long)]
    pub(crate) sidecar: bool,
    /// Sync every output to the disk
    #[arg(long)]
    pub(crate) durable: bool,
    /// Exit 3 for damaged files too, although they were labelled as far as they could be
    #[arg(long, help_heading = POLICY)]
    pub(crate) strict: bool,
    /// Do everything but write
    #[arg(long, conflicts_with = "resume")]
    pub(crate) dry_run: bool,
}

/// A layer, by name.
pub(super) fn layer(name: &str) -> Result<Layer, String> {
    Layer::parse(name).ok_or_else(|| format!("{name:?} is no layer: {}", Layer::names()))
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
