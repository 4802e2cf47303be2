//! Text documents: encoding, lines, line ends, Markdown fences and front matter. Offsets are always bytes of the file,
//! so that every change is a patch and the rest of the document stays as it is.

mod encoding;
mod front;
mod pieces;

use std::borrow::Cow;
use std::ops::Range;

use crate::{Error, Limits, Message, Result, Source, SourceExt, phrase, said};

use encoding::{Detected, Sureness, detect};
pub use encoding::{Encoding, mark, unmarked};
pub use front::{Form, Front, body, front, is_yaml, unclosed};
pub use pieces::{Piece, each_block, each_piece, opening};

const NAME: &str = "text";

/// A document cut into lines.
#[derive(Debug)]
pub struct Document {
    bytes: Bytes,
    /// How characters are stored.
    pub encoding: Encoding,
    sureness: Sureness,
    /// Bytes of the byte-order mark at the front.
    pub bom: usize,
    /// Offset of the first bytes that are no character.
    pub damage: Option<usize>,
    /// The document's line end: that of its first line, `\n` when there is none.
    pub newline: &'static str,
    /// Every line.
    pub lines: Vec<Line>,
}

/// The bytes of a document.
#[derive(Debug)]
enum Bytes {
    /// Those that are UTF-8 were looked at once: a line may be as long as the file, and is asked for again and again.
    Text(String),
    Other(Vec<u8>),
}

impl Bytes {
    fn new(bytes: Vec<u8>, encoding: Encoding) -> Self {
        match encoding {
            Encoding::Utf8 => String::from_utf8(bytes).map_or_else(|e| Self::Other(e.into_bytes()), Self::Text),
            _ => Self::Other(bytes),
        }
    }

    fn all(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Other(bytes) => bytes,
        }
    }

    fn decode(&self, range: Range<usize>, encoding: Encoding) -> Cow<'_, str> {
        match self {
            Self::Text(text) if text.is_char_boundary(range.start) && text.is_char_boundary(range.end) => {
                Cow::Borrowed(text.get(range).unwrap_or_default())
            }
            _ => encoding.decode(self.all().get(range).unwrap_or_default()),
        }
    }
}

/// One line: byte ranges of its content and of its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Without the line end.
    pub content: Range<usize>,
    /// Offset behind the line end.
    pub end: usize,
}

impl Document {
    /// Reads the whole source as text.
    ///
    /// # Errors
    /// I/O, more than [`Limits::text`] bytes, or bytes that are no text in an encoding known here.
    pub fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        if source.len() > limits.text {
            return Err(Error::limit(
                NAME,
                phrase!("the size of the document", "文档大小"),
                limits.text,
                "--limit-text",
            ));
        }
        let bytes = source.bytes(NAME, 0..source.len(), limits.text, phrase!("the document", "文档"))?;
        if memchr::memchr_iter(b'\n', &bytes).count() > limits.lines {
            return Err(Error::limit(
                NAME,
                phrase!("the number of lines", "行数"),
                limits.lines as u64,
                "--limit-lines",
            ));
        }
        Self::parse(bytes)
    }

    /// Finds encoding and lines.
    ///
    /// # Errors
    /// Bytes that are no text.
    pub fn parse(bytes: Vec<u8>) -> Result<Self> {
        let Detected { encoding, bom, sureness, damage } = detect(&bytes)?;
        let lines = lines(&bytes, encoding, bom);
        let newline = lines.first().map_or("\n", |line| match (line.end - line.content.end) / encoding.unit() {
            2 => "\r\n",
            _ => "\n",
        });
        Ok(Self { bytes: Bytes::new(bytes, encoding), encoding, sureness, bom, damage, newline, lines })
    }

    /// The text of a line, without its end.
    pub fn text(&self, line: &Line) -> Cow<'_, str> {
        self.bytes.decode(line.content.clone(), self.encoding)
    }

    /// The text of a byte range.
    pub fn slice(&self, range: Range<usize>) -> Cow<'_, str> {
        self.bytes.decode(range, self.encoding)
    }

    /// Offset in the file of the character at `at` of a line's text; `None` where the text cannot be coded back.
    pub fn offset(&self, line: &Line, at: usize) -> Option<usize> {
        let text = self.text(line);
        let before = text.get(..at)?;
        let offset = line.content.start + self.encoding.encode(before)?.len();
        (self.slice(line.content.start..offset) == before).then_some(offset)
    }

    /// The bytes of `text` as they can go into this document, whatever program reads it.
    ///
    /// # Errors
    /// An encoding that lacks a character or is not known well enough, or a document that ends inside a character.
    pub fn encode(&self, text: &str) -> Result<Vec<u8>> {
        let refuse = |what: Message| Err(Error::unsupported(NAME, what));
        if self.sureness == Sureness::Unmarked {
            return refuse(said!(
                "a change of UTF-16 without a byte-order mark (save it with one, or as UTF-8)",
                "修改没有字节顺序标记的 UTF-16 文本(请加上标记或另存为 UTF-8)"
            ));
        }
        if !(self.len() - self.bom).is_multiple_of(self.encoding.unit()) {
            return refuse(said!(
                "a change of {} that ends inside a character",
                "修改在字符中途结束的 {} 文本",
                self.encoding.name()
            ));
        }
        if self.sureness == Sureness::Vague && !text.is_ascii() {
            return refuse(said!(
                "a line beyond ASCII in a text whose encoding is not clear (save it as UTF-8)",
                "在编码不明的文本中写入含非 ASCII 字符的行(请另存为 UTF-8)"
            ));
        }
        match self.encoding.encode(text) {
            Some(bytes) => Ok(bytes),
            None => refuse(said!(
                "a line with characters that {} lacks (save it as UTF-8)",
                "写入含有 {} 所缺字符的行(请另存为 UTF-8)",
                self.encoding.name()
            )),
        }
    }

    /// Bytes of the document.
    pub fn len(&self) -> usize {
        self.bytes.all().len()
    }

    /// Whether there is no character besides a byte-order mark.
    pub fn is_empty(&self) -> bool {
        self.len() <= self.bom
    }

    /// Whether NUL bytes stand at its end, as a page of memory leaves them: what is written behind makes it no text.
    pub fn is_padded(&self) -> bool {
        self.encoding.unit() == 1 && self.bytes.all().last() == Some(&0)
    }

    /// Whether the last line has a line end (or there is no line).
    pub fn ends_with_newline(&self) -> bool {
        self.lines.last().is_none_or(|l| l.end > l.content.end)
    }

    /// Indices of the lines with something on them; NUL bytes are nothing.
    pub fn filled(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let blank = |c: char| c.is_whitespace() || c == '\0';
        let lines = self.lines.iter().enumerate();
        lines.filter(move |(_, l)| !self.text(l).trim_matches(blank).is_empty()).map(|(index, _)| index)
    }

    /// Index of the first line with something on it, among `lines`.
    pub fn first_filled(&self) -> Option<usize> {
        self.filled().next()
    }

    /// Index of the last line with something on it.
    pub fn last_filled(&self) -> Option<usize> {
        self.filled().next_back()
    }
}

fn lines(bytes: &[u8], encoding: Encoding, bom: usize) -> Vec<Line> {
    let unit = encoding.unit();
    let big_endian = matches!(encoding, Encoding::Utf16Be | Encoding::Utf32Be);
    let lead = if big_endian { unit - 1 } else { 0 };
    let is = |at: usize, c: u8| {
        let unit = bytes.get(at..at + unit).unwrap_or_default();
        unit.iter().enumerate().all(|(n, b)| *b == if n == lead { c } else { 0 }) && !unit.is_empty()
    };
    let mut out = Vec::new();
    let mut start = bom;
    // 0x0A never is the second byte of a longer character in an encoding without units; with units it counts only at a
    // whole number of them from the mark.
    for at in memchr::memchr_iter(b'\n', bytes) {
        let at = at.saturating_sub(lead);
        if at < start || !(at - bom).is_multiple_of(unit) || !is(at, b'\n') {
            continue;
        }
        let content = if at >= start + unit && is(at - unit, b'\r') { start..at - unit } else { start..at };
        out.push(Line { content, end: at + unit });
        start = at + unit;
    }
    if start < bytes.len() {
        out.push(Line { content: start..bytes.len(), end: bytes.len() });
    }
    out
}

/// A block between two lines `---`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontMatter {
    /// Index of the opening line.
    pub open: usize,
    /// Index of the closing line.
    pub close: usize,
}

/// The front matter blocks at the top of a Markdown document, one after the other (blank lines between them allowed).
/// A block counts only when its first filled line looks like a YAML mapping: `---` is also a thematic break.
pub fn front_matter(document: &Document) -> Vec<FrontMatter> {
    let mut blocks = Vec::new();
    let Some(mut at) = document.first_filled() else { return blocks };
    while let Some(block) = block_at(document, at) {
        at = block.close + 1;
        blocks.push(block);
        while document.lines.get(at).is_some_and(|l| document.text(l).trim().is_empty()) {
            at += 1;
        }
    }
    blocks
}

/// The block that opens at line `open`, if it is one.
pub fn block_at(document: &Document, open: usize) -> Option<FrontMatter> {
    let is_fence = |line: &Line| document.text(line).trim_end() == "---";
    if !document.lines.get(open).is_some_and(is_fence) {
        return None;
    }
    let inside = document.lines.get(open + 1..)?;
    let close = open + 1 + inside.iter().position(|l| is_fence(l) || document.text(l).trim_end() == "...")?;
    let mapping = first_entry(document, open + 1..close).is_none_or(|t| {
        let t = t.trim_start();
        yaml_key(t).is_some() || t.starts_with(['{', '?', '!', '&'])
    });
    mapping.then_some(FrontMatter { open, close })
}

/// The first line among `lines` that is neither blank nor a comment.
fn first_entry(document: &Document, lines: Range<usize>) -> Option<Cow<'_, str>> {
    let lines = document.lines.get(lines)?.iter().map(|l| document.text(l));
    let mut entries = lines.filter(|t| !t.trim().is_empty() && !t.trim_start().starts_with('#'));
    entries.next()
}

/// The key of a line `key: value` or `key:` at column 0 (quotes removed), as block mappings have them.
pub fn yaml_key(line: &str) -> Option<&str> {
    if line.starts_with([' ', '\t', '#', '-', '>']) {
        return None;
    }
    let (key, rest) = line.split_once(':')?;
    let plain = !key.is_empty() && (rest.is_empty() || rest.starts_with([' ', '\t', '\r']));
    let key = key.trim();
    let quoted = |quote: char| key.strip_prefix(quote).map(|k| k.strip_suffix(quote).unwrap_or_default());
    // A quote that opens before the colon and closes behind it is a text with a colon in it.
    plain.then(|| quoted('"').or_else(|| quoted('\'')).unwrap_or(key)).filter(|k| !k.is_empty())
}

/// A Markdown code fence that is open (CommonMark 0.31 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// Backtick or tilde.
    pub mark: char,
    run: usize,
}

impl Fence {
    /// The fence that a line opens.
    pub fn opens(line: &str) -> Option<Self> {
        let (fence, rest) = Self::marks(line)?;
        // Backticks behind it make it code inside a line.
        (fence.mark != '`' || !rest.contains('`')).then_some(fence)
    }

    /// Whether a line closes it.
    pub fn is_closed_by(self, line: &str) -> bool {
        Self::marks(line).is_some_and(|(f, rest)| f.mark == self.mark && f.run >= self.run && rest.trim().is_empty())
    }

    fn marks(line: &str) -> Option<(Self, &str)> {
        let body = line.trim_start_matches(' ');
        let mark = body.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let rest = body.trim_start_matches(mark);
        let run = body.len() - rest.len();
        (run >= 3 && line.len() - body.len() <= 3).then_some((Self { mark, run }, rest))
    }
}

/// For every line, whether it lies inside (or is) a Markdown code fence.
pub fn fenced(document: &Document) -> Vec<bool> {
    let mut open: Option<Fence> = None;
    let lines = document.lines.iter().map(|line| {
        let text = document.text(line);
        let inside = open.is_some();
        open = match open {
            Some(fence) => Some(fence).filter(|f| !f.is_closed_by(&text)),
            None => Fence::opens(&text),
        };
        inside || open.is_some()
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn doc(text: &str) -> Document {
        Document::parse(text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn lines_of_wide_characters_keep_their_offsets() {
        let encodings = [Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Utf32Le, Encoding::Utf32Be];
        for encoding in encodings {
            let bytes = encoding.encode("\u{feff}上\r\nਊ\u{0a0a}b").unwrap();
            let d = Document::parse(bytes).unwrap();
            assert_eq!((d.encoding, d.bom), (encoding, encoding.unit()));
            let texts: Vec<_> = d.lines.iter().map(|l| d.text(l).into_owned()).collect();
            assert_eq!(texts, ["上", "ਊ\u{0a0a}b"]);
            assert_eq!(d.newline, "\r\n");
        }
    }

    #[test]
    fn front_matter_is_told_from_thematic_breaks() {
        assert_eq!(front_matter(&doc("---\ntitle: x\n---\ntext\n")).len(), 1);
        assert_eq!(front_matter(&doc("---\na: 1\n---\n\n---\nb: 2\n---\n")).len(), 2);
        assert!(front_matter(&doc("---\n\nSome prose.\n\n---\n")).is_empty());
        assert!(front_matter(&doc("---\ntitle: never closed\n")).is_empty());
    }

    #[test]
    fn fences_are_seen() {
        let d = doc("a\n```yaml\nAIGC:\n```\nb\n~~~~\n```\n~~~~\nc\n");
        let inside: Vec<_> = fenced(&d);
        assert_eq!(inside, [false, true, true, true, false, true, true, true, false]);
        assert_eq!(fenced(&doc("```code``` in a line\n~~~ a`b\n")), [false, true]);
    }

    proptest! {
        #[test]
        fn lines_cover_the_document(bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200)) {
            if let Ok(d) = Document::parse(bytes.clone()) {
                let mut at = d.bom;
                for l in &d.lines {
                    prop_assert_eq!(l.content.start, at);
                    prop_assert!(l.content.end <= l.end);
                    at = l.end;
                }
                prop_assert_eq!(at.max(d.bom), bytes.len());
            }
        }
    }
}
