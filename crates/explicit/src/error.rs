use std::fmt;

use biaoshi_container::{Message, Said, said};

/// Why an explicit label cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The words lack an element of clause 5.1: `人工智能` or `AI`, and `生成` or `合成`.
    Words,
    /// The font has no ink for these characters.
    MissingGlyph(Vec<char>),
    /// The picture has no room for legible words (clause 5.2).
    TooSmall {
        /// Width as displayed, in pixels.
        width: u32,
        /// Height as displayed, in pixels.
        height: u32,
        /// Room that the words need, in pixels.
        needs: (u32, u32),
    },
    /// A font that does not parse, or has no usable outlines.
    Font,
    /// Fewer pixels than the layout says, or a picture without pixels.
    Pixels,
    /// The document's encoding lacks a character of the line, or is not known well enough.
    Encoding,
    /// A sample rate or channel count for which no tone can be made.
    Sound {
        /// Samples a second.
        rate: u32,
        /// Channels.
        channels: u32,
    },
    /// A recording that cannot stand for a spoken label.
    Clip(Unfit),
    /// A sample rate at which nothing of a recording is left.
    Faint {
        /// Samples a second.
        rate: u32,
    },
}

/// Why a recording cannot stand for a spoken label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing can be heard.
    Silent,
    /// It is shorter than any words of clause 5.1.
    Short,
    /// It is longer than a label should be.
    Long,
}

/// The errors for which a file goes without its explicit label.
pub static SAYS: &[&Said] = &[&TOO_SMALL, &ENCODING, &SOUND, &FAINT];

/// No room for legible words: width and height of the picture, and of the words.
pub static TOO_SMALL: Said = Said {
    code: "picture.small",
    en: "the picture is {} x {} pixels, and legible words need {} x {}: choose shorter words, or write the metadata label only",
    zh: "图片仅 {} x {} 像素，清晰的标识文字需要 {} x {} 像素；可换用更短的文字，或只写入元数据标识",
};

static ENCODING: Said = Said {
    code: "text.encoding",
    en: "the label cannot be written in the document's encoding: save it as UTF-8",
    zh: "标识文字无法以文档的编码写入；可将文档另存为 UTF-8",
};

static SOUND: Said = Said {
    code: "sound.rate",
    en: "no rhythm can be made for {} Hz and {} channels",
    zh: "无法为 {} Hz、{} 声道的音频生成节奏标识",
};

static FAINT: Said = Said {
    code: "sound.prompt-faint",
    en: "at {} Hz nothing of the spoken label can be heard",
    zh: "在 {} Hz 采样率下听不到语音标识",
};

impl Error {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Words => said!(
                "the words of the label must hold 人工智能 or AI, and 生成 or 合成 (GB 45438-2025 clause 5.1)",
                "标识文字须同时含有“人工智能”或“AI”，以及“生成”或“合成”（GB 45438-2025 第 5.1 条）",
            ),
            Self::MissingGlyph(missing) => {
                said!("the label font has no glyph for {}", "标识字体缺少字符：{}", quoted(missing))
            }
            Self::TooSmall { width, height, needs } => {
                TOO_SMALL.with([(*width).into(), (*height).into(), needs.0.into(), needs.1.into()])
            }
            Self::Font => said!("the label font does not parse", "标识字体无法解析"),
            Self::Pixels => said!("the pixels do not fit the size of the picture", "像素数据与图片尺寸不符"),
            Self::Encoding => ENCODING.message(),
            Self::Clip(Unfit::Silent) => said!("the clip is silent", "片段无声"),
            Self::Clip(Unfit::Short) => said!("the clip is shorter than half a second", "片段短于 0.5 秒"),
            Self::Clip(Unfit::Long) => said!("the clip is longer than ten seconds", "片段长于 10 秒"),
            Self::Faint { rate } => FAINT.with([(*rate).into()]),
            Self::Sound { rate, channels } => SOUND.with([(*rate).into(), (*channels).into()]),
        }
    }
}

fn quoted(characters: &[char]) -> String {
    characters.iter().map(|c| format!("‘{}’", c.escape_debug())).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for Error {}
