//! The arguments of `label`.

use std::path::PathBuf;

use biaoshi::plan::{Layer, Position};
use biaoshi_explicit::image::Corner;
use clap::{Args as ClapArgs, ValueEnum};

use super::{Paths, Reports};

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi label photo.jpg -o labelled.jpg --producer 001191110000EXAMPLE03Q10000
  biaoshi label in/ --out out/ --producer 001191110000EXAMPLE03Q10000 --id '{stem}-{index}'
  biaoshi label --manifest m.csv --out out/ --resume j.log --producer 001191110000EXAMPLE03Q10000
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
    corner: CornerArg,
    /// Place in sound and texts
    #[arg(long, value_enum, default_value = "start")]
    position: PositionArg,
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
    #[arg(long, conflicts_with = "resume")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) reports: Reports,
}

impl LabelArgs {
    /// The corner of pictures.
    pub(crate) fn corner(&self) -> Corner {
        self.corner.into()
    }

    /// The place in sound and texts.
    pub(crate) fn position(&self) -> Position {
        self.position.into()
    }
}

fn layer(name: &str) -> Result<Layer, String> {
    Layer::parse(name).ok_or_else(|| format!("{name:?} is no layer: metadata, explicit"))
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CornerArg {
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
enum PositionArg {
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
