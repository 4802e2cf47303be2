mod foreign;
mod obstacle;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use biaoshi_container::{self as container, Message, Said, said, trouble};
use biaoshi_label::InvalidLabel;
use biaoshi_media as media;
use biaoshi_security::Party;
use biaoshi_watermark::Payload;

pub use obstacle::Obstacle;

use crate::crash::Crash;
use crate::plan::{Layer, MARK_OTHER};

/// Result of a verb.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a file was not done.
#[derive(Debug)]
pub enum Error {
    /// The operating system, about the input.
    Io(io::Error),
    /// The operating system, about the output, and what cannot be written.
    Output(PathBuf, io::Error),
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
    /// It could not be recorded, and must not be done without: why.
    Unrecorded(Message),
    /// Nothing is there; were the backslashes of the path slashes, this would be.
    Backslashes(PathBuf),
    /// The original whose label a file was to get, and what is wrong with it.
    Source(PathBuf, Arc<Error>),
    /// The read-back of the planned output did not show what it must. A fault of ours: nothing was written.
    ReadBack(&'static Said),
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
    /// A label of our own code that a platform may have written, which did not know the producer.
    Assumed,
    /// An own label with the propagation elements of another platform.
    OtherPropagator(String),
    /// A label of this other provider is to be replaced, and nobody says why.
    NoReason(String),
    /// A platform's elements cannot be written.
    Propagation(Obstacle),
    /// There is no original that a label can be taken from.
    Original(Original),
    /// A label that cannot be read.
    BrokenLabel,
    /// Labels that contradict each other.
    Conflict,
    /// A label that states a key more than once, and not the same.
    SelfConflict,
    /// What is to be delivered without an explicit label cannot get its label in the metadata: why.
    Undeliverable(Message),
    /// An explicit label in what is to be delivered without one.
    Explicit,
    /// A watermark with another payload.
    OtherMark(Payload),
    /// Something covers the whole file and would break.
    Signed(&'static Said),
    /// The format is not known.
    UnknownFormat,
    /// The format has no place for a label.
    NoSlot(&'static str),
    /// A layer asked for by name cannot be written.
    Layer(Layer, Message),
    /// Another input of the same run has this output.
    SameOutput(PathBuf),
    /// An earlier input, which is another content, has this ProduceID.
    SameId(PathBuf),
    /// The output is there already.
    Exists(PathBuf),
    /// The output is there already, and nothing may replace it.
    Taken(PathBuf),
    /// Something else has the name of the backup.
    Backup(PathBuf),
    /// The output is there, and `--skip-existing` cannot pass over it.
    NotOurs(PathBuf, Existing),
    /// A signature of the label would not be valid any more.
    Signature(Party),
    /// The label itself.
    Label(InvalidLabel),
}

/// Why no label can be taken from an original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original {
    /// No original belongs to the file.
    Missing,
    /// It is the file itself.
    Itself,
    /// Two originals belong to it equally well.
    Several(PathBuf, PathBuf),
    /// It carries none.
    Unlabelled,
    /// It carries none that conforms to Annex E.
    Broken,
    /// Its labels contradict each other.
    Conflict,
}

impl Original {
    fn message(&self) -> Message {
        match self {
            Self::Missing => said!(
                "none of the originals belongs to it; --match says how files are called after their originals",
                "没有对应的原文件;--match 可指明文件如何按原文件命名"
            ),
            Self::Itself => said!(
                "it is the original itself; name only what was made of it, or leave it out with --exclude",
                "它就是原文件本身;请只给出由其生成的文件,或用 --exclude 排除"
            ),
            Self::Several(one, other) => said!(
                "{} and {} belong to it equally well; rename one, or say with --match how names belong together",
                "{} 与 {} 都可对应;请改名,或用 --match 指明命名规则",
                one.display(),
                other.display()
            ),
            Self::Unlabelled => {
                said!("the source carries no label that could be carried over", "来源文件没有可传递的标识")
            }
            Self::Broken => said!(
                "the source carries no label that conforms to Annex E; label it anew before it is carried over",
                "来源文件没有符合附录 E 的标识;请先重新标识再传递",
            ),
            Self::Conflict => said!(
                "the labels of the source contradict each other; label it anew before one is carried over",
                "来源文件的标识相互矛盾;请先重新标识再传递",
            ),
        }
    }
}

/// Why an output that is there is not that of its input.
#[derive(Debug, Clone)]
pub enum Existing {
    /// It cannot be read to its end: why.
    Unreadable(Message),
    /// It carries no label.
    Unlabelled,
    /// A label that cannot be read, or does not conform to Annex E.
    Broken,
    /// Several labels.
    Several,
    /// The label of another producer.
    Foreign(String),
    /// This producer's label with another id or level; of a carried label, another one than the source has.
    Other,
}

impl Existing {
    fn message(&self) -> Message {
        match self {
            Self::Unreadable(why) => said!("cannot be read ({})", "无法读取({})", why.clone()),
            Self::Unlabelled => said!("carries no label", "没有标识"),
            Self::Broken => said!("carries a label that does not conform to Annex E", "带有不符合附录 E 的标识"),
            Self::Several => said!("carries several labels", "带有多个标识"),
            Self::Foreign(who) => {
                said!("carries the label of another producer, {}", "带有其他服务提供者 {} 的标识", format!("{who:?}"))
            }
            Self::Other => said!("carries another label than is to be written", "带有与应写标识不同的标识"),
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
            Self::Io(_) | Self::Unrecorded(_) | Self::Output(..) | Self::Backslashes(_) => "io",
            Self::Source(_, error) => error.kind(),
            Self::Container(e) => match e.kind() {
                container::Kind::Io => "io",
                container::Kind::Malformed => "malformed",
                container::Kind::Unsupported => "unsupported",
                container::Kind::Limit => "limit",
            },
            Self::Media(_) => "invalid",
            Self::UnknownFormat | Self::NotAFile => "unsupported",
            Self::Empty => "malformed",
            Self::Refused(Refusal::UnknownFormat) => "unsupported",
            Self::Refused(_) => "refused",
            Self::Changed => "changed",
            Self::ReadBack(_) | Self::Internal(_) => "internal",
            Self::Crashed(_) => "crashed",
        }
    }

    /// Whether the file's format is none of ours. A damaged file of one of them, or a feature that cannot be handled, is another matter.
    pub fn is_unknown_format(&self) -> bool {
        matches!(self, Self::UnknownFormat | Self::Refused(Refusal::UnknownFormat))
    }

    /// Offset of the damage in the file, where there is one.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::Container(e) => e.offset,
            _ => None,
        }
    }

    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Io(e) => trouble(e),
            Self::Output(path, e) => said!("cannot write {}: {}", "无法写入 {}:{}", path.display(), trouble(e)),
            Self::Container(e) => e.message(),
            Self::Media(e) => e.message(),
            Self::UnknownFormat => said!("the format is not known", "无法识别的格式"),
            Self::Empty => said!("the file is empty", "文件为空"),
            Self::NotAFile => said!("not a regular file", "不是普通文件"),
            Self::Refused(r) => r.message(),
            Self::Unrecorded(why) => {
                said!("it cannot be recorded, so it was not done: {}", "无法记入台账,因此未执行:{}", why.clone())
            }
            Self::Backslashes(path) => said!(
                "there is no such file, but {} is there: write / for each \\ in the path, as Linux does",
                "没有此文件,但存在 {}:路径中的 \\ 请改写为 /(Linux 的写法)",
                path.display()
            ),
            Self::Source(shown, error) => said!("source {}: {}", "来源 {}:{}", shown.display(), error.message()),
            Self::ReadBack(what) => said!(
                "the read-back failed ({}); nothing was written, please report this",
                "写前回读失败({});未写入任何内容,请报告此问题",
                *what
            ),
            Self::Changed => said!("the file changed while it was read; try again", "处理期间文件被改动;请重试"),
            Self::Internal(what) => said!(
                "internal error: {}; nothing was written, please report this",
                "内部错误:{};未写入任何内容,请报告此问题",
                what
            ),
            Self::Crashed(crash) => said!(
                "the process that worked on it {}; no half-written file is left and the others went on, please report this",
                "处理此文件的进程{};没有留下半个文件,其他文件不受影响,请报告此问题",
                crash.message()
            ),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(e) => Some(e),
            Self::Container(e) => Some(e),
            Self::Media(e) => Some(e),
            Self::Source(_, e) => Some(e.as_ref()),
            _ => None,
        }
    }
}

impl Refusal {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::ForeignLabel(who) => foreign::label(who),
            Self::Assumed => foreign::assumed(),
            Self::OtherPropagator(who) => foreign::propagator(who),
            Self::NoReason(who) => foreign::without_reason(who),
            Self::Propagation(obstacle) => obstacle.message(),
            Self::OtherLabel => said!(
                "the file carries this producer's label with another id or level; --replace replaces it",
                "已有本提供者的标识,但编号或级别不同;--replace 可替换"
            ),
            Self::NotCarried => foreign::not_carried(),
            Self::Original(original) => original.message(),
            Self::BrokenLabel => said!(
                "the file carries a label that cannot be read; --replace replaces it",
                "已有无法读取的标识;--replace 可替换"
            ),
            Self::Conflict => said!(
                "the file carries labels that contradict each other; --replace replaces them",
                "已有相互矛盾的标识;--replace 可替换"
            ),
            Self::SelfConflict => foreign::contradicting_itself(),
            Self::Undeliverable(why) => why.clone(),
            Self::Explicit => foreign::explicit(),
            Self::OtherMark(payload) => MARK_OTHER.with([payload.to_string().into()]),
            Self::Signed(what) => said!(
                "the file carries {}, which a change would break; --break-signatures goes on",
                "文件带有{},修改会使其失效;--break-signatures 可强制",
                *what
            ),
            Self::UnknownFormat => said!(
                "the format is not known; --sidecar puts the label beside the file, --copy-unsupported copies it as it is",
                "无法识别的格式;--sidecar 可写在文件旁,--copy-unsupported 可原样复制"
            ),
            Self::NoSlot(format) => said!(
                "{} files have no place for a label; --sidecar puts it beside the file",
                "{} 格式没有标识位置;--sidecar 可写在文件旁",
                *format
            ),
            Self::Layer(layer, why) => {
                said!("the layer {} cannot be written: {}", "无法写入 {} 层:{}", layer.name(), why.clone())
            }
            Self::SameOutput(path) => {
                said!("another input has the same output, {}", "另一个输入的输出也是 {}", path.display())
            }
            Self::SameId(path) => same_id(path),
            Self::NotOurs(path, why) => not_ours(path, why),
            Self::Exists(path) => said!(
                "{} is there already; --skip-existing passes over outputs that are labelled, --resume over files that are done, --overwrite replaces them",
                "输出 {} 已存在;--skip-existing 可跳过已标识的输出,--resume 可跳过已完成的文件,--overwrite 可覆盖",
                path.display()
            ),
            Self::Taken(path) => taken(path),
            Self::Backup(path) => backup(path),
            Self::Signature(party) => foreign::signature(*party),
            Self::Label(e) => Message::pair(e.to_string(), e.to_chinese()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

fn taken(path: &Path) -> Message {
    said!(
        "{} is there already, and a delivered file is never replaced; name another output",
        "{} 已存在,已提供的文件从不覆盖;请另取输出名",
        path.display()
    )
}

fn backup(path: &Path) -> Message {
    said!(
        "the backup {} is there already and holds something else; move it away, or give --backup another suffix",
        "备份 {} 已存在且内容不同;请将其移走,或为 --backup 换一个后缀",
        path.display()
    )
}

fn same_id(path: &Path) -> Message {
    said!(
        "the ProduceID was given to {}, which is another content; put {} or {} into --id",
        "编号已用于内容不同的 {};请在 --id 中加入 {} 或 {}",
        path.display(),
        "{index}",
        "{uuid}"
    )
}

fn not_ours(path: &Path, why: &Existing) -> Message {
    said!(
        "{} is there already, and {}; --overwrite replaces it",
        "输出 {} 已存在,且{};--overwrite 可覆盖",
        path.display(),
        why.message()
    )
}
