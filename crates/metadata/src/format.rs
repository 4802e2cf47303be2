use biaoshi_container::{Limits, Patch, Result, Source, text};
use biaoshi_label::{Dialect, Label};

use crate::{Content, Found, Walk};

/// Reads a file: notes what it finds, and returns what is needed to write.
pub type Read = fn(&dyn Source, &Limits, &mut Found) -> Result<Box<dyn Writer>>;

/// One row of the table of formats.
pub struct Format {
    /// Short name in reports and on the command line.
    pub name: &'static str,
    /// Media type (IANA).
    pub media_type: &'static str,
    /// Usual extensions, lower case, the first is the one to use.
    pub extensions: &'static [&'static str],
    /// What it holds.
    pub kind: Kind,
    /// On whose word the label sits where it sits.
    pub status: Status,
    /// Where the label is written, as a path of containers.
    pub placement: &'static str,
    /// The guide that names the place.
    pub clause: &'static str,
    /// What a write changes, as a phrase; every other byte stays.
    pub touches: &'static str,
    /// Families of dialects that its places know, by the first word of their names; see [`Format::reads`].
    pub families: &'static [&'static str],
    /// How sure a look at the bytes is that they are this format.
    pub sniff: fn(&Head<'_>) -> Confidence,
    /// Finds everything, and returns what is needed to write. On an error `Found` holds what came before the damage.
    pub read: Read,
    /// Lists the absolute offsets, for the read-back; `None` where a format has none.
    pub pointers: Option<Walk>,
    /// Lists the bytes that a signature can bind a label to; `None` where that is not settled.
    pub content: Option<Content>,
}

/// Families of dialects that are about the label's text, wherever it stands.
const EVERYWHERE: [&str; 6] = ["json", "key", "value", "prefix", "padding", "slot"];

impl Format {
    /// Whether labels of a dialect are read in this format.
    pub fn reads(&self, dialect: Dialect) -> bool {
        is_general(dialect) || self.families.contains(&family(dialect))
    }
}

/// Whether a dialect is about the label's text, wherever it stands.
pub fn is_general(dialect: Dialect) -> bool {
    EVERYWHERE.contains(&family(dialect))
}

fn family(dialect: Dialect) -> &'static str {
    dialect.name().split('-').next().unwrap_or_default()
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a carrier learned while it read a file, ready to write a label into it.
pub trait Writer {
    /// The changes that leave exactly one record in the file: `label`, in the prescribed form and place. Labels found
    /// elsewhere are removed by the same patch; every byte outside it stays.
    ///
    /// # Errors
    /// A structure that cannot take the label; the message says why.
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch>;
}

/// What a format holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pictures.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Plain or marked-up text.
    Text,
    /// Pages, sheets and slides: PDF, office files.
    Document,
}

impl Kind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Text => "text",
            Self::Document => "document",
        }
    }

    /// The name in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Image => "图片",
            Self::Audio => "音频",
            Self::Video => "视频",
            Self::Text => "文本",
            Self::Document => "文档",
        }
    }
}

/// On whose word a label sits where it sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A TC260 practice guide.
    Standard,
    /// Our own convention, where no guide speaks.
    Convention,
    /// No place: labels are read, and written only beside the file.
    Sidecar,
}

impl Status {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Convention => "convention",
            Self::Sidecar => "sidecar",
        }
    }

    /// The name in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Standard => "标准",
            Self::Convention => "约定",
            Self::Sidecar => "边车",
        }
    }
}

/// What sniffing looks at.
pub struct Head<'a> {
    /// The whole source, for formats whose magic lies elsewhere.
    pub source: &'a dyn Source,
    /// The first bytes, at most 4 KiB.
    pub bytes: Vec<u8>,
    /// The extension of the name, lower case, without the dot.
    pub extension: &'a str,
}

impl<'a> Head<'a> {
    /// Reads the first bytes.
    ///
    /// # Errors
    /// I/O.
    pub fn new(source: &'a dyn Source, extension: &'a str) -> std::io::Result<Self> {
        let mut bytes = vec![0; usize::try_from(source.len().min(4096)).unwrap_or(4096)];
        let got = source.read_at(0, &mut bytes)?;
        bytes.truncate(got);
        Ok(Self { source, bytes, extension })
    }

    /// The bytes `range` of the head, empty where it is shorter.
    pub fn get(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Whether the head can be the beginning of a text: no NUL (except in UTF-16 and UTF-32) and no magic of a binary
    /// format.
    pub fn is_text(&self) -> bool {
        self.has_few_controls(usize::MAX)
    }

    /// The same for a file that is called a text: a stray control character does not speak against its name.
    pub fn is_nearly_text(&self) -> bool {
        self.has_few_controls(64)
    }

    /// Whether there is at most one byte that texts do not have among so many.
    fn has_few_controls(&self, allowed: usize) -> bool {
        let binary: [&[u8]; 6] = [b"%PDF-", b"{\\rtf", b"PK\x03\x04", b"\x7fELF", b"\x1f\x8b", b"GIF8"];
        let wide = text::mark(&self.bytes).is_some_and(|(encoding, _)| encoding.unit() > 1)
            || text::unmarked(&self.bytes).is_some();
        let content = self.content();
        !content.is_empty()
            && !binary.iter().any(|magic| self.bytes.starts_with(magic))
            && (wide || self.controls() <= content.len() / allowed)
    }

    /// The head without blanks and NUL bytes at its end.
    fn content(&self) -> &[u8] {
        let end = self.bytes.iter().rposition(|b| *b != 0 && !b.is_ascii_whitespace());
        self.get(0..end.map_or(0, |n| n + 1))
    }

    /// How many bytes there are that texts do not have.
    fn controls(&self) -> usize {
        let is_plain = |b: &u8| *b >= 0x20 || matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x08);
        self.content().iter().filter(|b| !is_plain(b)).count()
    }
}

/// How sure sniffing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Not this format.
    No,
    /// Nothing speaks against it, and nothing better is known.
    Fallback,
    /// Plain text has no magic: there, and only there, the extension decides.
    Extension,
    /// The bytes look like it, as far as such bytes can.
    Likely,
    /// The bytes say so.
    Magic,
}
