use std::fmt;
use std::io;

use crate::{Message, Said, said, trouble};

/// Result of reading or planning a container.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with the bytes of one file, and where.
#[derive(Debug)]
pub struct Error {
    /// Name of the grammar that gave up, as people write it: `PNG`, `RIFF`, `ID3v2`. One that is no proper name stands in
    /// `DESCRIBED`.
    pub format: &'static str,
    /// Offset in the file (or in the patched view of it) where the damage was seen.
    pub offset: Option<u64>,
    /// The damage itself.
    pub problem: Problem,
}

/// The closed list of things that can be wrong. `what` is the field's own term (`chunk IDAT`, `box moov`).
#[derive(Debug)]
pub enum Problem {
    /// The operating system failed to read or write.
    Io(io::Error),
    /// The file ends inside `what`.
    Truncated {
        /// The part that is cut off.
        what: Message,
    },
    /// `what` declares `length` bytes, more than its parent or the file holds.
    PastEnd {
        /// The part with the lying length.
        what: Message,
        /// The declared length in bytes.
        length: u64,
    },
    /// The bytes break the grammar.
    Invalid {
        /// The rule that is broken, as a noun phrase.
        what: Message,
    },
    /// The bytes are well formed, but this feature cannot be handled.
    Unsupported {
        /// The feature, as a noun phrase.
        what: Message,
    },
    /// A limit of [`crate::Limits`] was reached.
    Limit {
        /// What there is too much of.
        what: Message,
        /// The limit in force.
        limit: u64,
        /// The option that raises it; `None` where nothing does.
        option: Option<&'static str>,
    },
}

/// The grammars that go by a description.
static DESCRIBED: [Said; 6] = [
    Said { code: "", en: "file", zh: "文件" },
    Said { code: "", en: "tags behind the sound", zh: "音频之后的标签" },
    Said { code: "", en: "text", zh: "文本" },
    Said { code: "", en: "trailer", zh: "尾部数据" },
    Said { code: "", en: "Vorbis comments", zh: "Vorbis 注释" },
    Said { code: "", en: "watermark", zh: "水印" },
];

/// By whose fault: decides the exit code and the `kind` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The operating system.
    Io,
    /// The bytes.
    Malformed,
    /// The feature.
    Unsupported,
    /// A limit.
    Limit,
}

impl Error {
    /// An I/O error without a place.
    pub fn io(format: &'static str, error: io::Error) -> Self {
        Self { format, offset: None, problem: Problem::Io(error) }
    }

    /// Bytes that break the grammar at `offset`.
    pub fn invalid(format: &'static str, offset: u64, what: impl Into<Message>) -> Self {
        Self { format, offset: Some(offset), problem: Problem::Invalid { what: what.into() } }
    }

    /// The file ends inside `what`, which starts at `offset`.
    pub fn truncated(format: &'static str, offset: u64, what: impl Into<Message>) -> Self {
        Self { format, offset: Some(offset), problem: Problem::Truncated { what: what.into() } }
    }

    /// A declared length that does not fit.
    pub fn past_end(format: &'static str, offset: u64, what: impl Into<Message>, length: u64) -> Self {
        Self { format, offset: Some(offset), problem: Problem::PastEnd { what: what.into(), length } }
    }

    /// A feature that cannot be handled.
    pub fn unsupported(format: &'static str, what: impl Into<Message>) -> Self {
        Self { format, offset: None, problem: Problem::Unsupported { what: what.into() } }
    }

    /// A limit that was reached, and the option that raises it (`None` where nothing does).
    pub fn limit(
        format: &'static str,
        what: impl Into<Message>,
        limit: u64,
        option: impl Into<Option<&'static str>>,
    ) -> Self {
        Self { format, offset: None, problem: Problem::Limit { what: what.into(), limit, option: option.into() } }
    }

    /// By whose fault.
    pub fn kind(&self) -> Kind {
        match self.problem {
            Problem::Io(_) => Kind::Io,
            Problem::Truncated { .. } | Problem::PastEnd { .. } | Problem::Invalid { .. } => Kind::Malformed,
            Problem::Unsupported { .. } => Kind::Unsupported,
            Problem::Limit { .. } => Kind::Limit,
        }
    }

    /// The message, in both languages.
    pub fn message(&self) -> Message {
        let text = match &self.problem {
            Problem::Io(e) => trouble(e),
            Problem::Truncated { what } => said!("the file ends inside {}", "文件在{}中途结束", what.clone()),
            Problem::PastEnd { what, length } => said!(
                "{} declares {} bytes and runs past the end of the file",
                "{}声明的长度 {} 超出文件末尾",
                what.clone(),
                *length
            ),
            Problem::Invalid { what } => said!("{}", "数据损坏:{}", what.clone()),
            Problem::Unsupported { what } => said!("{} is not supported", "不支持:{}", what.clone()),
            Problem::Limit { what, limit, option: Some(option) } => said!(
                "{} is over the limit of {} (raise it with {})",
                "{}超过上限 {},可用 {} 提高",
                what.clone(),
                *limit,
                *option
            ),
            Problem::Limit { what, limit, option: None } => said!(
                "{} is over the limit of {} (raise it with nothing)",
                "{}超过上限 {},该上限不可提高",
                what.clone(),
                *limit
            ),
        };
        let described = DESCRIBED.iter().find(|name| name.en == self.format);
        let format = described.map_or_else(|| Message::term(self.format), Message::from);
        match self.offset {
            Some(at) => said!("{}: {} (at byte {})", "{}:{}(字节 {})", format, text, at),
            None => said!("{}: {}", "{}:{}", format, text),
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
        match &self.problem {
            Problem::Io(e) => Some(e),
            _ => None,
        }
    }
}
