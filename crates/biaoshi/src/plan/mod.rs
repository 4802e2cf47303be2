//! Which layers a file gets: what was asked for, what its format can carry, what that costs in memory.

mod layers;
mod permits;

use std::fmt;

use biaoshi_explicit::image::Corner;

pub use biaoshi_explicit::audio::Position;
pub use layers::{ExplicitLayer, LAYERS, explicit_layer};
pub use permits::{Permit, Permits};

use crate::codec;

/// A way in which a file is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The record in the metadata (clause 6.1).
    Metadata,
    /// What people see, hear or read (clause 5).
    Explicit,
}

impl Layer {
    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Explicit => "explicit",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Metadata, Self::Explicit].into_iter().find(|l| l.name() == name)
    }
}

/// Which layers are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers {
    /// The layers.
    pub wanted: Vec<Layer>,
    /// Whether the user named them: a named layer that cannot be written refuses the file, a default one is skipped.
    pub named: bool,
}

impl Default for Layers {
    /// What GB 45438-2025 makes mandatory in the file: metadata and explicit.
    fn default() -> Self {
        Self { wanted: vec![Layer::Metadata, Layer::Explicit], named: false }
    }
}

impl Layers {
    /// Whether a layer is wanted.
    pub fn has(&self, layer: Layer) -> bool {
        self.wanted.contains(&layer)
    }
}

/// How the explicit label looks and where it sits.
#[derive(Debug, Clone)]
pub struct ExplicitOptions {
    /// The words on pictures.
    pub words: String,
    /// The corner of pictures.
    pub corner: Corner,
    /// Before or after the sound or the text.
    pub position: Position,
}

impl Default for ExplicitOptions {
    fn default() -> Self {
        Self { words: "AI生成".into(), corner: Corner::default(), position: Position::default() }
    }
}

/// Why a layer is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// No codec for this format.
    Format(&'static str),
    /// This very file.
    File(codec::Reason),
}

impl Skip {
    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Format(name) => format!("{name} 格式的显式标识尚未实现"),
            Self::File(reason) => reason.to_chinese(),
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(name) => write!(f, "no explicit label for {name} files yet"),
            Self::File(reason) => reason.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_belongs_to_a_format() {
        for layer in LAYERS {
            assert!(biaoshi_metadata::FORMATS.iter().any(|f| f.name == layer.format), "{}", layer.format);
        }
    }
}
