use std::fmt;

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
}

impl Error {
    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Words => "标识文字须同时含有“人工智能”或“AI”，以及“生成”或“合成”（GB 45438-2025 第 5.1 条）".into(),
            Self::MissingGlyph(missing) => format!("标识字体缺少字符：{}", quoted(missing)),
            Self::TooSmall { width, height, needs } => format!(
                "图片仅 {width} x {height} 像素，清晰的标识文字需要 {} x {} 像素；可换用更短的文字，或只写入元数据标识",
                needs.0, needs.1
            ),
            Self::Font => "标识字体无法解析".into(),
            Self::Pixels => "像素数据与图片尺寸不符".into(),
            Self::Encoding => "标识文字无法以文档的编码写入；可将文档另存为 UTF-8".into(),
            Self::Sound { rate, channels } => format!("无法为 {rate} Hz、{channels} 声道的音频生成节奏标识"),
        }
    }
}

fn quoted(characters: &[char]) -> String {
    characters.iter().map(|c| format!("‘{}’", c.escape_debug())).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words => f.write_str(
                "the words of the label must hold 人工智能 or AI, and 生成 or 合成 (GB 45438-2025 clause 5.1)",
            ),
            Self::MissingGlyph(missing) => write!(f, "the label font has no glyph for {}", quoted(missing)),
            Self::TooSmall { width, height, needs } => write!(
                f,
                "the picture is {width} x {height} pixels, and legible words need {} x {}: choose shorter words, or \
                 write the metadata label only",
                needs.0, needs.1
            ),
            Self::Font => f.write_str("the label font does not parse"),
            Self::Pixels => f.write_str("the pixels do not fit the size of the picture"),
            Self::Encoding => f.write_str("the label cannot be written in the document's encoding: save it as UTF-8"),
            Self::Sound { rate, channels } => {
                write!(f, "no rhythm can be made for {rate} Hz and {channels} channels")
            }
        }
    }
}

impl std::error::Error for Error {}
