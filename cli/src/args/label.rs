//! The arguments of `label`.

use biaoshi::plan::Layer;
use clap::Args as ClapArgs;

use super::headings::{LABEL, LAYERS, POLICY};
use super::shared::Batch;
use super::values::layer;
use super::{
    AllowUnsupported, CopyUnsupported, Counts, IfPossible, Keeping, Look, MarkEncoder, MarkKey, MarkStyle, Paths,
    Recording, Replacing, Reports, Required, Running, SharedIds, Signing, Sums, Target, Writing,
};

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi label photo.jpg -o labelled.jpg --producer 001191110000EXAMPLE03Q10000
  biaoshi label in/ --out out/ --producer 001191110000EXAMPLE03Q10000 --id '{stem}-{index}'
  biaoshi label --manifest m.csv --out out/ --resume j.log --producer 001191110000EXAMPLE03Q10000
  biaoshi label --manifest export.csv --map id=post_id --ignore-columns --out out/ --producer 001191110000EXAMPLE03Q10000
  biaoshi label a.png -o b.png --layers metadata,explicit,watermark --producer 001191110000EXAMPLE03Q10000
  biaoshi label a.md --in-place --layers metadata --producer 001191110000EXAMPLE03Q10000
  biaoshi label - --stdin-name a.txt --producer 001191110000EXAMPLE03Q10000 < a.txt > b.txt")]
pub(crate) struct LabelArgs {
    #[command(flatten)]
    pub(crate) paths: Paths,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Code of the provider that generated the content
    ///
    /// 生成内容的服务提供者编码
    #[arg(long, value_name = "CODE", help_heading = LABEL)]
    pub(crate) producer: String,
    /// Let --producer and --propagator be plain names
    ///
    /// 允许 --producer 和 --propagator 为普通名称
    #[arg(long, help_heading = LABEL)]
    pub(crate) allow_name: bool,
    /// ProduceID: uuid, sha256, name, or a template with {stem} {sha256} {uuid} {index}
    ///
    /// ProduceID:uuid、sha256、name,或含 {stem} {sha256} {uuid} {index} 的模板
    #[arg(long, value_name = "ID", default_value = "uuid", help_heading = LABEL)]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) shared: SharedIds,
    /// 1 is, 2 may be, 3 is suspected to be AI-generated [default: 1]
    ///
    /// 生成合成属性:1 属于,2 可能,3 疑似 [默认:1]
    #[arg(long, value_parser = ["1", "2", "3"], help_heading = LABEL)]
    pub(crate) level: Option<String>,
    /// ContentPropagator [default: the producer]
    ///
    /// ContentPropagator(传播者)[默认:同生成者]
    #[arg(long, value_name = "CODE", help_heading = LABEL)]
    pub(crate) propagator: Option<String>,
    /// PropagateID [default: ProduceID]
    ///
    /// PropagateID(传播编号)[默认:同 ProduceID]
    #[arg(long, value_name = "ID", help_heading = LABEL)]
    pub(crate) propagate_id: Option<String>,
    /// metadata, explicit, watermark [default: the first two; a named layer that cannot be written refuses the file]
    ///
    /// 写入哪些标识层:metadata(元数据)、explicit(显式标识)、watermark(数字水印)[默认:前两层;点名的层若无法写入则拒绝该文件]
    #[arg(long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", value_parser = layer)]
    pub(crate) layers: Option<Vec<Layer>>,
    #[command(flatten)]
    pub(crate) if_possible: IfPossible,
    #[command(flatten)]
    pub(crate) required: Required,
    #[command(flatten)]
    pub(crate) look: Look,
    #[command(flatten)]
    pub(crate) mark: MarkKey,
    #[command(flatten)]
    pub(crate) style: MarkStyle,
    #[command(flatten)]
    pub(crate) encoder: MarkEncoder,
    #[command(flatten)]
    pub(crate) signing: Signing,
    /// Replace a label of another producer, id or level (Measures Art. 10: only your own, or with a reason)
    ///
    /// 替换生成者、编号或属性不同的标识(《标识办法》第十条:仅限自有标识,或有正当理由)
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
