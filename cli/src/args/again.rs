//! What is there already: outputs of earlier runs, and ids that were given.

use clap::Args as ClapArgs;

use super::headings::{INPUTS, OUTPUTS};

/// What is done about outputs that are there.
#[derive(Debug, ClapArgs)]
pub(crate) struct Existing {
    /// Pass over outputs that are there and carry the label that is asked for; others are refused
    ///
    /// 输出已存在且带有所要求的标识时跳过;其他已存在的输出一律拒绝
    #[arg(long, conflicts_with_all = ["overwrite", "in_place"], help_heading = OUTPUTS)]
    pub(crate) skip_existing: bool,
}

/// What may have one ProduceID.
#[derive(Debug, ClapArgs)]
pub(crate) struct SharedIds {
    /// Let rows of the manifest have equal ids although no source names them as renditions of one content
    ///
    /// 允许清单中的多行使用相同编号,即使 `source` 列未注明它们是同一内容的不同版本
    #[arg(long, help_heading = INPUTS)]
    pub(crate) shared_ids: bool,
}
