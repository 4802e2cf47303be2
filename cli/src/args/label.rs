//! The arguments of `label`.

use biaoshi::plan::Layer;
use clap::Args as ClapArgs;

use super::headings::{LABEL, LAYERS, POLICY};
use super::shared::Batch;
use super::writing::layer;
use super::{Look, MarkKey, Paths, Reports, Target, Writing};

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  biaoshi label photo.jpg -o labelled.jpg --producer 001191110000EXAMPLE03Q10000
  biaoshi label in/ --out out/ --producer 001191110000EXAMPLE03Q10000 --id '{stem}-{index}'
  biaoshi label --manifest m.csv --out out/ --resume j.log --producer 001191110000EXAMPLE03Q10000
  biaoshi label a.png -o b.png --layers metadata,explicit,watermark --producer 001191110000EXAMPLE03Q10000
  biaoshi label a.md --in-place --layers metadata --producer 001191110000EXAMPLE03Q10000
  biaoshi label - --stdin-name a.txt --producer 001191110000EXAMPLE03Q10000 < a.txt > b.txt")]
pub(crate) struct LabelArgs {
    #[command(flatten)]
    pub(crate) paths: Paths,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Code of the provider that generated the content
    #[arg(long, value_name = "CODE", help_heading = LABEL)]
    pub(crate) producer: String,
    /// Let --producer and --propagator be plain names
    #[arg(long, help_heading = LABEL)]
    pub(crate) allow_name: bool,
    /// ProduceID: uuid, sha256, name, or a template with {stem} {sha256} {uuid} {index}
    #[arg(long, value_name = "ID", default_value = "uuid", help_heading = LABEL)]
    pub(crate) id: String,
    /// 1 is, 2 may be, 3 is suspected to be AI-generated [default: 1]
    #[arg(long, value_parser = ["1", "2", "3"], help_heading = LABEL)]
    pub(crate) level: Option<String>,
    /// ContentPropagator [default: the producer]
    #[arg(long, value_name = "CODE", help_heading = LABEL)]
    pub(crate) propagator: Option<String>,
    /// PropagateID [default: ProduceID]
    #[arg(long, value_name = "ID", help_heading = LABEL)]
    pub(crate) propagate_id: Option<String>,
    /// metadata, explicit, watermark [default: the first two; a named layer that cannot be written refuses the file]
    #[arg(long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", value_parser = layer)]
    pub(crate) layers: Option<Vec<Layer>>,
    #[command(flatten)]
    pub(crate) look: Look,
    #[command(flatten)]
    pub(crate) mark: MarkKey,
    /// Replace a label of another producer, id or level (Measures Art. 10: only your own, or with a reason)
    #[arg(long, help_heading = POLICY)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) writing: Writing,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) batch: Batch,
}
