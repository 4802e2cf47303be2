//! The arguments about layers that `label` and `carry` share.

use biaoshi::plan::{Layer, Layers};
use clap::Args as ClapArgs;

use super::headings::LAYERS;
use super::values::layer;
use crate::exit::Stop;

/// Layers that are tried.
#[derive(Debug, ClapArgs)]
pub(crate) struct IfPossible {
    /// metadata, explicit, watermark: written too where that is possible; where not, the layer is skipped with its reason
    ///
    /// metadata、explicit、watermark:可行时一并写入;不可行时跳过该层并说明原因
    #[arg(long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", value_parser = layer)]
    if_possible: Vec<Layer>,
}

/// Layers without which a file is not as it should be.
#[derive(Debug, ClapArgs)]
pub(crate) struct Required {
    /// metadata, explicit, watermark: written too where that is possible; a file that lacks one in the end is exit 1
    ///
    /// `metadata`、`explicit`、`watermark`:可行时一并写入;最终仍缺少所列层的文件使退出码为 1
    #[arg(id = "require", long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", value_parser = layer)]
    pub(crate) layers: Vec<Layer>,
}

impl IfPossible {
    /// All layers of a run: those that were named, or else those of the verb, and these.
    pub(crate) fn beside(&self, named: Option<&[Layer]>, of_verb: Vec<Layer>) -> Result<Layers, Stop> {
        if let Some(layer) = self.if_possible.iter().find(|layer| named.is_some_and(|named| named.contains(layer))) {
            let name = layer.name();
            return Err(Stop::usage(
                format!("{name} is both in --layers, where it must be written, and in --if-possible; name it once"),
                format!("{name} 同时出现在 --layers(必须写入)和 --if-possible 中;请只写一处"),
            ));
        }
        let more =
            self.if_possible.iter().copied().filter(|layer| named.is_some() || !of_verb.contains(layer)).collect();
        Ok(Layers::new(named.map(<[Layer]>::to_vec), of_verb, more))
    }
}
