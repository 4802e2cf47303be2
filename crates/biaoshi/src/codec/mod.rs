//! Pixels and samples in and out: each format's codec puts the explicit label of `biaoshi-explicit` into a file, as a
//! [`Patch`] over it, and finds it again.
//!
//! A patch touches the coded pixels or samples and the sizes that count them; every other byte of the file stays.

use std::fmt;
use std::ops::Range;

use biaoshi_container::{self as container, Limits, Patch, Source, SourceExt};
use biaoshi_explicit::image::{Canvas, Corner, Match, Rect, Stamp, Style, fill, may_show};
use biaoshi_explicit::words::WORDINGS;
use biaoshi_explicit::{self as explicit};

mod animation;
pub mod flac;
pub mod gif;
pub mod html;
pub mod jpeg;
pub mod picture;
pub mod png;
mod raster;
pub mod text;
pub mod tiff;
pub mod wav;
pub mod webp;
mod work;

/// Result of a codec.
pub type Result<T> = std::result::Result<T, Error>;

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// The label is in the patched file.
    Drawn(Drawn),
    /// The file already shows our label with these words: nothing to do.
    Already(Found),
    /// This file cannot take the layer.
    Skip(Reason),
}

/// A label put into a file.
#[derive(Debug)]
pub struct Drawn {
    /// The change, over the source that was given.
    pub patch: Patch,
    /// Where the label is, in the patched file.
    pub found: Found,
    /// What else had to change.
    pub notes: Vec<Note>,
    /// How to see the label in the patched file without decoding the rest; where there is none, it is looked for.
    pub confirm: Option<Box<dyn Confirm>>,
}

/// Sees a label that was just drawn.
pub trait Confirm: fmt::Debug {
    /// Decodes the place of the label in the patched file, and says whether it is found there.
    ///
    /// # Errors
    /// I/O, damage, limits.
    fn shows(&self, source: &dyn Source, limits: &Limits) -> Result<bool>;
}

/// Our own label in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Where it is.
    pub place: Place,
    /// How surely: correlation with the drawing or the rhythm, 0-1; 1 for one just made.
    pub score: f32,
}

/// Where a label is.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// In a picture.
    Picture {
        /// The label with its plate, in stored pixels.
        rect: Rect,
        /// Ink height of the smallest glyph over the short side (clause 5.2: at least 0.05).
        height_ratio: f32,
        /// What it says.
        words: String,
    },
    /// In sound, in seconds from the start.
    Sound(Vec<Range<f64>>),
    /// In a text, in characters.
    Text {
        /// First character.
        offset: usize,
        /// Number of characters.
        length: usize,
        /// What it says.
        words: String,
    },
}

/// What a codec changed besides the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// PNG: was interlaced (Adam7), is not any more.
    Deinterlaced,
    /// PNG: the palette was extended, the plate is opaque.
    PaletteExtended {
        /// Entries added.
        entries: usize,
    },
    /// PNG: the palette had no room, the pixels are RGB or RGBA now.
    PaletteExpanded,
    /// PNG: a palette has no colors in between, the pixels are RGB or RGBA now.
    PaletteToRgb,
    /// PNG: samples had under 8 bits, or one color was transparent; now they have 8 bits, or alpha.
    SamplesWidened,
    /// GIF: a full palette gave up some colors for the label's, and their pixels took the nearest that are left.
    ColorsMerged {
        /// Colors given up, in all frames.
        colors: usize,
    },
    /// WAV: a broadcast time reference counts from the start of the file, which is the label now.
    TimeReference,
    /// JPEG: the end-of-image marker was missing.
    Ended,
}

/// Why a file cannot take the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The label was drawn and cannot be recognised: the file's own coding is too coarse for it.
    Lost,
    /// No room for legible words.
    TooSmall(explicit::Error),
    /// Texts: an encoding that lacks a character of the line, or that is not known well enough.
    Encoding(explicit::Error),
    /// NUL bytes end the text: a line behind them is no text any more.
    Padded,
    /// A frame of an animation leaves the label's place empty, and cannot be made larger without changing the picture.
    Frames,
    /// WebP: lossy pictures, which are not coded anew.
    Lossy,
    /// JPEG: a coding process without baseline or progressive Huffman coding (T.81 table B.1).
    JpegProcess {
        /// Second byte of the frame marker.
        marker: u8,
    },
    /// JPEG: samples of more than 8 bits.
    JpegPrecision {
        /// Bits of a sample.
        bits: u8,
    },
    /// JPEG: a number of components or a subsampling without a known meaning.
    JpegComponents,
    /// JPEG: tables that change between scans, or a height that comes after them.
    JpegScans,
    /// Pictures in the inks of a press: what they look like, only a color profile tells.
    Inks,
    /// TIFF: a first page of palette indices, floating point, under 8 bits, alpha multiplied into the colors, or raw
    /// pixels of a camera.
    TiffPixels,
    /// TIFF: strips that are neither plain nor LZW nor deflate.
    TiffCompression {
        /// Value of the tag Compression.
        scheme: u64,
    },
    /// Pictures whose coded form the decoder does not take.
    Decoder {
        /// The decoder's own words.
        message: String,
    },
    /// HTML: frames in place of a body.
    Frameset,
    /// HTML: front matter or tags of a template engine, and no body of its own: the page is made of it later.
    Part,
    /// HTML: no place where a paragraph is shown: an element that never ends holds the rest, or XML has no body.
    NoBody,
    /// WAV: samples that are not linear PCM or floating point.
    NotPcm {
        /// Format tag.
        tag: u16,
        /// Bits of a sample.
        bits: u16,
    },
    /// WAV: with the label the file would be larger than its 32-bit sizes can say.
    SizeField,
    /// WAV: no rhythm for this sample rate or channel count.
    Sound(explicit::Error),
}

/// Why a codec failed.
#[derive(Debug)]
pub enum Error {
    /// The bytes of the file.
    Container(container::Error),
    /// The words asked for.
    Explicit(explicit::Error),
}

impl From<container::Error> for Error {
    fn from(error: container::Error) -> Self {
        Self::Container(error)
    }
}

impl Error {
    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Container(e) => e.to_chinese(),
            Self::Explicit(e) => e.to_chinese(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(e) => e.fmt(f),
            Self::Explicit(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Container(e) => Some(e),
            Self::Explicit(e) => Some(e),
        }
    }
}

impl Reason {
    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::TooSmall(e) | Self::Encoding(e) | Self::Sound(e) => e.to_chinese(),
            Self::Padded => "文本末尾是 NUL 字节,其后不能再写一行".into(),
            Self::Lost => "文件自身的编码过于粗糙,画上的标识无法辨认".into(),
            Self::Frames => "动画中有一帧使标识处空白,且无法在不改变画面的情况下扩大该帧".into(),
            Self::Lossy => "有损 WebP(VP8)尚不能重新编码;无损 WebP 可以".into(),
            Self::JpegProcess { marker } => format!("JPEG 编码方式 0x{marker:02x} 不是基线或渐进式霍夫曼编码"),
            Self::JpegPrecision { bits } => format!("JPEG 采样为 {bits} 位,仅支持 8 位"),
            Self::JpegComponents => "JPEG 的分量数或子采样方式不支持".into(),
            Self::JpegScans => "JPEG 在扫描之间更换量化表或补写高度".into(),
            Self::Inks => "画面为印刷油墨(CMYK),其亮度须由颜色特性文件确定".into(),
            Self::TiffPixels => "TIFF 首页的像素类型不支持:仅支持 8 或 16 位灰度与 RGB".into(),
            Self::TiffCompression { scheme } => format!("TIFF 压缩方式 {scheme} 不支持:仅支持无压缩、LZW 和 Deflate"),
            Self::Decoder { message } => format!("解码器不支持此文件:{message}"),
            Self::Frameset => "框架集文档没有正文可放标识".into(),
            Self::Part => "文档只是网页的一部分(含 front matter 或模板标记),没有自己的 body;请标识生成后的网页".into(),
            Self::NoBody => "文档没有可显示标识的正文".into(),
            Self::NotPcm { tag, bits } => format!("WAV 格式 0x{tag:04x}({bits} 位)不是线性 PCM 或浮点"),
            Self::SizeField => "加入标识后 WAV 会超出 32 位长度字段".into(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall(e) | Self::Encoding(e) | Self::Sound(e) => e.fmt(f),
            Self::Padded => f.write_str("NUL bytes end the text; a line behind them would be no text"),
            Self::Lost => {
                f.write_str("the file's own coding is too coarse: the label that was drawn cannot be recognised")
            }
            Self::Frames => f.write_str(
                "a frame of the animation leaves the label's place empty, and cannot grow without changing the picture",
            ),
            Self::Lossy => f.write_str("lossy WebP (VP8) is not coded anew yet; lossless WebP is"),
            Self::JpegProcess { marker } => {
                write!(f, "JPEG process 0x{marker:02x} is neither baseline nor progressive Huffman coding")
            }
            Self::JpegPrecision { bits } => write!(f, "JPEG samples of {bits} bits; 8 are supported"),
            Self::JpegComponents => f.write_str("a number of JPEG components or a subsampling that is not supported"),
            Self::JpegScans => f.write_str("JPEG scans with their own quantisation tables or a late height"),
            Self::Inks => f.write_str("a picture in inks (CMYK), whose lightness only a color profile tells"),
            Self::TiffPixels => {
                f.write_str("the TIFF's first page is not of plain gray or RGB samples with 8 or 16 bits")
            }
            Self::TiffCompression { scheme } => {
                write!(f, "TIFF compression {scheme}; plain strips, LZW and deflate are supported")
            }
            Self::Decoder { message } => write!(f, "the decoder does not take this file: {message}"),
            Self::Frameset => f.write_str("a frameset document has no body for the label"),
            Self::Part => f.write_str(
                "the document is a part of a page (front matter or template tags) without a body of its own: label the finished page",
            ),
            Self::NoBody => f.write_str("the document has no body that shows the label"),
            Self::NotPcm { tag, bits } => {
                write!(f, "WAV format 0x{tag:04x} with {bits} bits is neither linear PCM nor floating point")
            }
            Self::SizeField => f.write_str("with the label the WAV would outgrow its 32-bit sizes"),
        }
    }
}

impl Note {
    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Deinterlaced => "PNG 由隔行改为逐行".into(),
            Self::PaletteExtended { entries } => format!("PNG 调色板增加 {entries} 项,底板不透明"),
            Self::PaletteExpanded => "PNG 调色板已满,像素改为 RGB".into(),
            Self::PaletteToRgb => "PNG 由调色板改为 RGB".into(),
            Self::SamplesWidened => "PNG 采样改为 8 位,透明色改为透明通道".into(),
            Self::ColorsMerged { colors } => format!("GIF 调色板已满,{colors} 种少用的颜色并入相近颜色"),
            Self::TimeReference => "bext 的时间参考现从标识开始计算".into(),
            Self::Ended => "JPEG 缺少的图像结束标记已补上".into(),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deinterlaced => f.write_str("the PNG is no longer interlaced"),
            Self::PaletteExtended { entries } => {
                write!(f, "{entries} entries were added to the PNG's palette, and the plate is opaque")
            }
            Self::PaletteExpanded => f.write_str("the PNG's palette was full, its pixels are RGB now"),
            Self::PaletteToRgb => f.write_str("the PNG's pixels are RGB now, in place of a palette"),
            Self::SamplesWidened => {
                f.write_str("the PNG's samples have 8 bits now, and alpha in place of a transparent color")
            }
            Self::ColorsMerged { colors } => {
                write!(f, "palettes of the GIF were full: {colors} rare colors became their nearest ones")
            }
            Self::TimeReference => f.write_str("the bext time reference counts from the label now"),
            Self::Ended => f.write_str("the JPEG has the end-of-image marker that it had not"),
        }
    }
}

/// Bytes of a picture as it is coded, all at once; they are held to the limit of decoded ones.
fn coded(name: &'static str, source: &dyn Source, range: Range<u64>, limits: &Limits) -> container::Result<Vec<u8>> {
    if range.end.saturating_sub(range.start) > limits.decoded {
        return Err(container::Error::limit(name, "the picture as it is coded", limits.decoded, "--limit-decoded"));
    }
    source.bytes(name, range, limits.decoded, "the picture")
}

/// A stamp, or why there is none.
enum Stamped {
    Stamp(Stamp),
    Skip(Reason),
}

fn stamp(canvas: &Canvas, words: &str, corner: Corner) -> Result<Stamped> {
    match Stamp::new(canvas, words, corner, Style::default()) {
        Ok(stamp) => Ok(Stamped::Stamp(stamp)),
        Err(e @ explicit::Error::TooSmall { .. }) => Ok(Stamped::Skip(Reason::TooSmall(e))),
        Err(e) => Err(Error::Explicit(e)),
    }
}

/// Tries our label with `words`, and with every wording that we know, in every corner and style. `luma` gives what is seen
/// (0-255) at a stored pixel: in most corners of most pictures a few of these rule out every label, and none is drawn.
fn look(
    canvas: &Canvas,
    words: &str,
    luma: impl Fn(u32, u32) -> u8,
    mut seen: impl FnMut(&Stamp) -> Option<Match>,
) -> Option<Found> {
    let likely: Vec<Corner> = Corner::ALL.into_iter().filter(|corner| may_show(canvas, *corner, &luma)).collect();
    let corners = |words: &str| if fill(words) { likely.as_slice() } else { &Corner::ALL };
    let wordings = std::iter::once(words).chain(WORDINGS.into_iter().filter(|w| *w != words));
    let worth = wordings.filter(|words| !corners(words).is_empty());
    let stamps = worth.flat_map(|words| Style::ALL.map(|style| (words, style)));
    stamps
        .filter_map(|(words, style)| Some((words, Stamp::new(canvas, words, Corner::default(), style).ok()?)))
        .find_map(|(words, stamp)| {
            corners(words).iter().map(|corner| stamp.at(*corner)).find_map(|stamp| {
                let found = seen(&stamp)?;
                Some(Found { score: found.score, ..in_picture(&stamp, words) })
            })
        })
}

fn in_picture(stamp: &Stamp, words: &str) -> Found {
    let place = Place::Picture { rect: stamp.place(), height_ratio: stamp.height_ratio(), words: words.to_owned() };
    Found { place, score: 1.0 }
}
