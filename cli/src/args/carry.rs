//! The arguments of `carry`.

use std::path::PathBuf;

use biaoshi::plan::Layer;
use clap::Args as ClapArgs;

use super::headings::{INPUTS, LAYERS, POLICY};
use super::shared::Batch;
use super::values::layer;
use super::{
    AllowUnsupported, CopyUnsupported, Counts, IfPossible, Keeping, Look, MarkEncoder, MarkKey, MarkStyle, Pairing,
    Paths, Recording, Replacing, Reports, Running, Sums, Target, Writing,
};

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi carry original.png thumb.webp small.jpg --in-place
  biaoshi carry original.png renditions/ --out labelled/
  biaoshi carry originals/ renditions/ --match '{stem}-*' --out labelled/
  biaoshi carry --manifest renditions.csv --in-place")]
pub(crate) struct CarryArgs {
    /// The original: its label is read, it is not changed. A folder: --match says which of its files is whose original. With
    /// --manifest it may be left out: then each row names its own
    ///
    /// 原件:只读取其标识,不作改动。可为文件夹:哪个文件是谁的原件见 --match。使用 --manifest 时可省略,由每行指明原件
    #[arg(help_heading = INPUTS, required_unless_present = "manifest")]
    pub(crate) source: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) pairing: Pairing,
    #[command(flatten)]
    pub(crate) paths: Paths,
    #[command(flatten)]
    pub(crate) target: Target,
    /// metadata, explicit, watermark [default: metadata; a named layer that cannot be written refuses the file]
    ///
    /// 写入哪些标识层:metadata(元数据)、explicit(显式标识)、watermark(数字水印)[默认:metadata;点名的层若无法写入则拒绝该文件]
    #[arg(long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", value_parser = layer)]
    pub(crate) layers: Option<Vec<Layer>>,
    #[command(flatten)]
    pub(crate) if_possible: IfPossible,
    #[command(flatten)]
    pub(crate) look: Look,
    #[command(flatten)]
    pub(crate) mark: MarkKey,
    #[command(flatten)]
    pub(crate) style: MarkStyle,
    #[command(flatten)]
    pub(crate) encoder: MarkEncoder,
    /// Replace another label than that of the source (Measures Art. 10: only your own, or with a reason)
    ///
    /// 替换与原件不同的标识(《标识办法》第十条:仅限自有标识,或有正当理由)
    #[arg(long, help_heading = POLICY)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) replacing: Replacing,
    #[command(flatten)]
    pub(crate) writing: Writing,
    #[command(flatten)]
    pub(crate) keeping: Keeping,
    #[command(flatten)]
    pub(crate) copy: CopyUnsupported,
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
    pub(crate) batch: Batch,
    #[command(flatten)]
    pub(crate) running: Running,
}
