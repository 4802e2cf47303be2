//! Which layers a file gets: what was asked for, what its format can carry, what that costs in memory.

mod permits;

use biaoshi_container::{Message, Said};
use biaoshi_media as media;
use serde::{Deserialize, Serialize};

pub use biaoshi_media::{ExplicitOptions, Position};
pub use permits::{Permit, Permits};

/// A way in which a file is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// More of them, which are skipped where they cannot be written.
    pub possible: Vec<Layer>,
}

impl Default for Layers {
    /// What GB 45438-2025 makes mandatory in the file: metadata and explicit.
    fn default() -> Self {
        Self { wanted: vec![Layer::Metadata, Layer::Explicit], named: false, possible: Vec::new() }
    }
}

impl Layers {
    /// Those that the user named, or without names those of a verb. No layer is `possible` that is named.
    pub fn new(named: Option<Vec<Layer>>, of_verb: Vec<Layer>, possible: Vec<Layer>) -> Self {
        Self { named: named.is_some(), wanted: named.unwrap_or(of_verb), possible }
    }

    /// The same with more layers that are tried.
    #[must_use]
    pub fn trying(mut self, more: &[Layer]) -> Self {
        let new = more.iter().copied().filter(|layer| !self.has(*layer)).collect::<Vec<_>>();
        self.possible.extend(new);
        self
    }

    /// The same with other names: what is named now is no longer only possible.
    pub(crate) fn naming(&self, wanted: Vec<Layer>) -> Self {
        let possible = self.possible.iter().copied().filter(|layer| !wanted.contains(layer)).collect();
        Self { wanted, named: true, possible }
    }

    /// Whether a layer is to be written.
    pub fn has(&self, layer: Layer) -> bool {
        self.wanted.contains(&layer) || self.possible.contains(&layer)
    }

    /// Whether a file is refused that cannot have it.
    pub fn must(&self, layer: Layer) -> bool {
        self.named && self.wanted.contains(&layer)
    }

    /// Whether it is only tried, so that nothing in which it fails may stop the others.
    pub fn may(&self, layer: Layer) -> bool {
        self.possible.contains(&layer)
    }
}

/// Reasons to leave a layer out that no format gives.
static SAYS: &[&Said] = &[
    &ASSUMED,
    &NO_EXPLICIT,
    &NO_WATERMARK,
    &MARK_SMALL,
    &MARK_LOST,
    &MARK_COVERS,
    &MARK_OTHER,
    &UNHASHED,
    &UNREAD,
    &BESIDE,
];

/// The production elements of a label that a platform wrote are its own.
pub(crate) static ASSUMED: Said = Said {
    code: "propagate.producer",
    en: "the producer is not known: the production elements take the propagation elements (Annex E note 1; our convention)",
    zh: "生成者未知:内容制作要素取内容传播要素的值(附录 E 注 1;本工具约定)",
};

/// All reasons to leave a layer out, and notes of what else had to change.
pub fn reasons() -> impl Iterator<Item = &'static Said> {
    media::reasons().chain(SAYS.iter().copied())
}

impl Layer {
    /// Why a format that has no such layer does not get it.
    pub(crate) fn missing(self, format: &str) -> Message {
        let said = if self == Self::Watermark { &NO_WATERMARK } else { &NO_EXPLICIT };
        said.with([format.into()])
    }
}

/// The format has no explicit layer; `{}` is its name.
static NO_EXPLICIT: Said =
    Said {
        code: "explicit.format", en: "no explicit label for {} files yet", zh: "{} 格式的显式标识尚未实现"
    };

/// The format's content is not known to the watermark; `{}` is its name.
static NO_WATERMARK: Said =
    Said { code: "watermark.format", en: "no watermark for {} files yet", zh: "{} 格式的水印尚未实现" };

/// A side is too short; `{}` is the least in pixels.
pub(crate) static MARK_SMALL: Said = Said {
    code: "watermark.small",
    en: "a picture with a side under {} pixels has no room for a watermark",
    zh: "图片有一边不足 {} 像素,放不下水印",
};

/// The mark was made and cannot be found: the picture is too small, or has too little texture.
pub(crate) static MARK_LOST: Said = Said {
    code: "watermark.lost",
    en: "the picture is too small or too plain: the watermark that was made cannot be found again",
    zh: "图片太小或纹理太少:写入的水印无法再次检出",
};

/// The picture has a mark of this key with another payload, which is `{}`.
pub(crate) static MARK_OTHER: Said = Said {
    code: "watermark.other",
    en: "the picture carries another payload of this key, {}; a watermark cannot be taken out: take a copy without one",
    zh: "图片已带有该密钥的另一载荷 {} 的水印;水印无法取出,请使用未加水印的副本",
};

/// A signature is not for a content, since the format has no hash of it; `{}` is its name.
pub(crate) static UNHASHED: Said = Said {
    code: "content.format",
    en: "the content of {} files cannot be hashed yet, so the signature does not say which content",
    zh: "{} 格式的内容尚不能计算散列值,签名不说明属于哪个内容",
};

/// A signature is not for a content, since that could not be hashed; `{}` is the error.
pub(crate) static UNREAD: Said = Said {
    code: "content.unread",
    en: "the content could not be hashed, so the signature does not say which content: {}",
    zh: "内容无法计算散列值,签名不说明属于哪个内容:{}",
};

/// A label in a sidecar was signed, and no content with it.
pub(crate) static BESIDE: Said = Said {
    code: "content.beside",
    en: "the label is beside the file, so its signature does not say which content",
    zh: "标识位于文件旁的边车中,签名不说明属于哪个内容",
};

/// The explicit label cannot be recognised under the mark.
pub(crate) static MARK_COVERS: Said = Said {
    code: "watermark.covers",
    en: "the explicit label could not be recognised under the watermark",
    zh: "加水印后无法辨认显式标识",
};
