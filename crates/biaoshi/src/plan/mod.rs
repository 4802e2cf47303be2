//! Which layers a file gets: what was asked for, what its format can carry, what that costs in memory.

mod permits;

use std::fmt;
use std::sync::Arc;

use biaoshi_container as container;
use biaoshi_media::Reason;
use biaoshi_watermark::image::SMALLEST;
use serde::{Deserialize, Serialize};

pub use biaoshi_explicit::audio::Position;
pub use biaoshi_media::ExplicitOptions;
pub use permits::{Permit, Permits};

/// A way in which a file is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The record in the metadata (clause 6.1).
    Metadata,
    /// What people see, hear or read (clause 5).
    Explicit,
    /// A payload in the pixels, which no person sees (clause 6.2).
    Watermark,
}

impl Layer {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Metadata, Self::Explicit, Self::Watermark];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Explicit => "explicit",
            Self::Watermark => "watermark",
        }
    }

    /// All names, for messages.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.name() == name)
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

/// Why a layer is left out.
#[derive(Debug, Clone)]
pub enum Skip {
    /// No codec for this layer of this format.
    Format(Layer, &'static str),
    /// This very file.
    File(Reason),
    /// A watermark in this very picture.
    Mark(Unmarkable),
    /// The decoder met damage or a limit.
    Undecoded(Arc<container::Error>),
}

/// Why a picture cannot carry a watermark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmarkable {
    /// A side is too short.
    TooSmall,
    /// The mark was made and cannot be found: the picture is too small, or has too little texture.
    Lost,
    /// The explicit label cannot be recognised under the mark.
    Covers,
}

impl Unmarkable {
    fn words(self) -> (String, String) {
        match self {
            Self::TooSmall => (
                format!("a picture with a side under {SMALLEST} pixels has no room for a watermark"),
                format!("图片有一边不足 {SMALLEST} 像素,放不下水印"),
            ),
            Self::Lost => (
                "the picture is too small or too plain: the watermark that was made cannot be found again".into(),
                "图片太小或纹理太少:写入的水印无法再次检出".into(),
            ),
            Self::Covers => (
                "the explicit label could not be recognised under the watermark".into(),
                "加水印后无法辨认显式标识".into(),
            ),
        }
    }
}

impl Skip {
    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Format(Layer::Watermark, name) => format!("{name} 格式的水印尚未实现"),
            Self::Format(_, name) => format!("{name} 格式的显式标识尚未实现"),
            Self::File(reason) => reason.to_chinese(),
            Self::Mark(why) => why.words().1,
            Self::Undecoded(error) => error.to_chinese(),
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(Layer::Watermark, name) => write!(f, "no watermark for {name} files yet"),
            Self::Format(_, name) => write!(f, "no explicit label for {name} files yet"),
            Self::File(reason) => reason.fmt(f),
            Self::Mark(why) => f.write_str(&why.words().0),
            Self::Undecoded(error) => error.fmt(f),
        }
    }
}
