//! Which layers a file gets: what was asked for, what its format can carry, what that costs in memory.

mod permits;

use biaoshi_container::{Message, Said};
use biaoshi_media as media;
use serde::{Deserialize, Serialize};

pub use biaoshi_media::{ExplicitOptions, Position, Sheet};
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
    &MARK_CODED,
    &ENCODER,
    &MARK_RATE,
    &MARK_EMPTY,
    &MARK_WEAK,
    &MARK_BESIDE,
    &MARK_COVERS,
    &MARK_PLACES,
    &MARK_LOST_IN_TEXT,
    &MARK_STRANGE,
    &MARK_GROWTH,
    &MARK_COST,
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

/// What a mark adds would not survive the coding; `{}` is the format.
pub(crate) static MARK_CODED: Said = Said {
    code: "watermark.coded",
    en: "no watermark is put into {} files, whose coding loses: put it into the sound before it is encoded (MP3, AAC, Opus and Vorbis take it with --encoder)",
    zh: "{} 为有损编码,不写入水印:请在编码之前嵌入(MP3、AAC、Opus 与 Vorbis 可加 --encoder)",
};

/// The program that codes sound anew: which, and what it says.
pub(crate) static ENCODER: Said =
    Said { code: "watermark.encoder", en: "the encoder {} failed: {}", zh: "编码器 {} 出错:{}" };

/// The sound's rate and channels, and what is taken.
pub(crate) static MARK_RATE: Said = Said {
    code: "watermark.rate",
    en: "a sound of {} Hz and {} channels; the watermark is for {} to {} Hz and 1 to {} channels",
    zh: "声音为 {} Hz、{} 声道;水印适用于 {} 至 {} Hz、1 至 {} 声道",
};

/// Nothing in the sound hides a mark.
pub(crate) static MARK_EMPTY: Said = Said {
    code: "watermark.empty",
    en: "the sound is too short or too quiet to carry a watermark",
    zh: "声音太短或太安静,无法承载水印",
};

/// A film of which one part is marked.
pub(crate) static MARK_BESIDE: Said = Said {
    code: "watermark.pictures",
    en: "the watermark is in the sound: the pictures of films take none yet",
    zh: "水印写入声音;视频画面的水印尚未实现",
};

/// The mark was made, and little of it is needed to lose it.
pub(crate) static MARK_WEAK: Said = Said {
    code: "watermark.weak",
    en: "the sound carries the watermark weakly: excerpts and strong compression lose it",
    zh: "声音对水印的承载较弱:截取片段或高压缩后水印可能丢失",
};

/// No prose in a text.
pub(crate) static MARK_PLACES: Said = Said {
    code: "watermark.places",
    en: "the text has no place for a watermark: it is empty, or code, names and headings, or in scripts whose letters join",
    zh: "文本中没有可放水印之处:内容为空,或仅有代码、名称、标题,或属于字母相连的文字",
};

/// The mark was made and cannot be found: other invisible characters stand in its way.
pub(crate) static MARK_LOST_IN_TEXT: Said = Said {
    code: "watermark.lost-in-text",
    en: "the watermark that was made cannot be found again in the text",
    zh: "写入文本的水印无法再次检出",
};

/// Shards that no key of ours reads; `{}` is how many.
pub(crate) static MARK_STRANGE: Said = Said {
    code: "watermark.strange",
    en: "the text carries {} pieces of a watermark of another key, or of one that is too damaged to be read; it is not marked over",
    zh: "文本已带有 {} 个水印分片,属于其他密钥或已损坏无法读取;不再叠加水印",
};

/// What the mark would cost, and what it may, both as shares of the characters that are read.
pub(crate) static MARK_GROWTH: Said = Said {
    code: "watermark.growth",
    en: "the watermark would add {} % of the characters, and --max-growth allows {} %",
    zh: "水印将使字符数增加 {}%,超过 --max-growth 允许的 {}%",
};

/// What a mark in a text costs: characters, bytes, and the share of the characters that are read.
pub(crate) static MARK_COST: Said = Said {
    code: "watermark.cost",
    en: "the watermark adds {} invisible characters, {} bytes, {} % of the characters",
    zh: "水印增加 {} 个不可见字符、{} 字节,占字符数的 {}%",
};

/// The file has a mark of this key with another payload, which is `{}`.
pub(crate) static MARK_OTHER: Said = Said {
    code: "watermark.other",
    en: "the file carries another payload of this key, {}; a watermark cannot be taken out: take a copy without one",
    zh: "文件已带有该密钥的另一载荷 {} 的水印;水印无法取出,请使用未加水印的副本",
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
