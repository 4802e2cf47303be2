use std::fmt;
use std::io;
use std::path::PathBuf;

use biaoshi_container as container;
use biaoshi_label::InvalidLabel;
use biaoshi_media as media;
use biaoshi_watermark::Payload;

use crate::batch::isolate::Crash;
use crate::plan::{Layer, Skip};

/// Result of a verb.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a file was not done.
#[derive(Debug)]
pub enum Error {
    /// The operating system.
    Io(io::Error),
    /// The file's bytes, a limit, or a feature.
    Container(container::Error),
    /// The explicit layer.
    Media(media::Error),
    /// Nothing known starts with these bytes.
    UnknownFormat,
    /// There is nothing in the file.
    Empty,
    /// Not a regular file.
    NotAFile,
    /// Policy.
    Refused(Refusal),
    /// The read-back of the planned output did not show what it must. A fault of ours: nothing was written.
    ReadBack(&'static str),
    /// The input changed while it was read.
    Changed,
    /// A fault of ours that was caught; nothing was written.
    Internal(String),
    /// The process that worked on it died of it; see [`crate::batch::isolate`].
    Crashed(Crash),
}

/// What policy forbids, and what would allow it.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// A label of another producer.
    ForeignLabel(String),
    /// Our own label, but with another id or level than asked for.
    OtherLabel,
    /// Another label than the one that is to be carried over.
    NotCarried,
    /// The original that a label is to be taken from does not offer one.
    Original(Original),
    /// A label that cannot be read.
    BrokenLabel,
    /// Labels that contradict each other.
    Conflict,
    /// A watermark with another payload.
    OtherMark(Payload),
    /// Something covers the whole file and would break.
    Signed(&'static str),
    /// The format has no place for a label.
    NoSlot(&'static str),
    /// A layer asked for by name cannot be written.
    Layer(Layer, Skip),
    /// Another input of the same run has this output.
    SameOutput(PathBuf),
    /// The output is there already.
    Exists(PathBuf),
    /// The label itself.
    Label(InvalidLabel),
}

/// Why no label can be taken from an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Original {
    /// It carries none.
    Unlabelled,
    /// It carries none that conforms to Annex E.
    Broken,
    /// Its labels contradict each other.
    Conflict,
}

impl Original {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Unlabelled => ("the source carries no label that could be carried over", "来源文件没有可传递的标识"),
            Self::Broken => (
                "the source carries no label that conforms to Annex E; label it anew before it is carried over",
                "来源文件没有符合附录 E 的标识;请先重新标识再传递",
            ),
            Self::Conflict => (
                "the labels of the source contradict each other; label it anew before one is carried over",
                "来源文件的标识相互矛盾;请先重新标识再传递",
            ),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<container::Error> for Error {
    fn from(error: container::Error) -> Self {
        Self::Container(error)
    }
}

impl From<media::Error> for Error {
    fn from(error: media::Error) -> Self {
        match error {
            media::Error::Container(e) => Self::Container(e),
            other => Self::Media(other),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Error {
    /// The kind in JSON: one of `io`, `malformed`, `unsupported`, `limit`, `refused`, `invalid`, `changed`, `internal`,
    /// `crashed`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Io(_) => "io",
            Self::Container(e) => match e.kind() {
                container::Kind::Io => "io",
                container::Kind::Malformed => "malformed",
                container::Kind::Unsupported => "unsupported",
                container::Kind::Limit => "limit",
            },
            Self::Media(_) => "invalid",
            Self::UnknownFormat | Self::NotAFile => "unsupported",
            Self::Empty => "malformed",
            Self::Refused(_) => "refused",
            Self::Changed => "changed",
            Self::ReadBack(_) | Self::Internal(_) => "internal",
            Self::Crashed(_) => "crashed",
        }
    }

    /// Offset of the damage in the file, where there is one.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::Container(e) => e.offset,
            _ => None,
        }
    }

    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Io(e) => format!("读写失败:{e}"),
            Self::Container(e) => e.to_chinese(),
            Self::Media(e) => e.to_chinese(),
            Self::UnknownFormat => "无法识别的格式".into(),
            Self::Empty => "文件为空".into(),
            Self::NotAFile => "不是普通文件".into(),
            Self::Refused(r) => r.to_chinese(),
            Self::ReadBack(what) => format!("写前回读失败({what});未写入任何内容,请报告此问题"),
            Self::Changed => "处理期间文件被改动;请重试".into(),
            Self::Internal(what) => format!("内部错误:{what};未写入任何内容,请报告此问题"),
            Self::Crashed(crash) => {
                format!("处理此文件的进程{};没有留下半个文件,其他文件不受影响,请报告此问题", crash.to_chinese())
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) => e.fmt(f),
            Self::Container(e) => e.fmt(f),
            Self::Media(e) => e.fmt(f),
            Self::UnknownFormat => f.write_str("the format is not known"),
            Self::Empty => f.write_str("the file is empty"),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::Refused(r) => r.fmt(f),
            Self::ReadBack(what) => write!(f, "the read-back failed ({what}); nothing was written, please report this"),
            Self::Changed => f.write_str("the file changed while it was read; try again"),
            Self::Internal(what) => write!(f, "internal error: {what}; nothing was written, please report this"),
            Self::Crashed(crash) => write!(
                f,
                "the process that worked on it {crash}; no half-written file is left and the others went on, please report this"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(e) => Some(e),
            Self::Container(e) => Some(e),
            Self::Media(e) => Some(e),
            _ => None,
        }
    }
}

impl Refusal {
    fn to_chinese(&self) -> String {
        match self {
            Self::ForeignLabel(who) => format!("已有其他服务提供者 {who} 的标识;--replace 可替换(办法第十条)"),
            Self::OtherLabel => "已有本提供者的标识,但编号或级别不同;--replace 可替换".into(),
            Self::NotCarried => "已有与来源文件不同的标识;--replace 可替换".into(),
            Self::Original(original) => original.words().1.into(),
            Self::BrokenLabel => "已有无法读取的标识;--replace 可替换".into(),
            Self::Conflict => "已有相互矛盾的标识;--replace 可替换".into(),
            Self::OtherMark(payload) => {
                format!("图片已带有该密钥的另一载荷 {payload} 的水印;水印无法取出,请使用未加水印的副本")
            }
            Self::Signed(what) => format!("文件带有{what},修改会使其失效;--break-signatures 可强制"),
            Self::NoSlot("unknown") => "无法识别的格式;--sidecar 可写在文件旁".into(),
            Self::NoSlot(format) => format!("{format} 格式没有标识位置;--sidecar 可写在文件旁"),
            Self::Layer(layer, why) => format!("无法写入 {} 层:{}", layer.name(), why.to_chinese()),
            Self::SameOutput(path) => format!("另一个输入的输出也是 {}", path.display()),
            Self::Exists(path) => format!("输出 {} 已存在;--overwrite 可覆盖", path.display()),
            Self::Label(e) => e.to_chinese(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignLabel(who) => write!(
                f,
                "the file carries the label of another producer, {who:?}; --replace replaces it (Measures Art. 10)"
            ),
            Self::OtherLabel => {
                f.write_str("the file carries this producer's label with another id or level; --replace replaces it")
            }
            Self::NotCarried => {
                f.write_str("the file carries another label than the source; --replace replaces it (Measures Art. 10)")
            }
            Self::Original(original) => f.write_str(original.words().0),
            Self::BrokenLabel => f.write_str("the file carries a label that cannot be read; --replace replaces it"),
            Self::Conflict => {
                f.write_str("the file carries labels that contradict each other; --replace replaces them")
            }
            Self::OtherMark(payload) => write!(
                f,
                "the picture carries another payload of this key, {payload}; a watermark cannot be taken out: take a copy without one"
            ),
            Self::Signed(what) => {
                write!(f, "the file carries {what}, which a change would break; --break-signatures goes on")
            }
            Self::NoSlot("unknown") => f.write_str("the format is not known; --sidecar puts the label beside the file"),
            Self::NoSlot(format) => {
                write!(f, "{format} files have no place for a label; --sidecar puts it beside the file")
            }
            Self::Layer(layer, why) => write!(f, "the layer {} cannot be written: {why}", layer.name()),
            Self::SameOutput(path) => write!(f, "another input has the same output, {}", path.display()),
            Self::Exists(path) => write!(f, "{} is there already; --overwrite replaces it", path.display()),
            Self::Label(e) => e.fmt(f),
        }
    }
}
