//! HTML and XML in any encoding. Positions are of the decoded text, [`Markup::offsets`] finds them in the file, so that
//! every change is a patch and every other byte stays, also one that is no character.

mod map;

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use self::map::Map;
use crate::Patch;

/// A decoded text.
#[derive(Debug)]
pub struct Markup {
    /// The characters, without a byte-order mark.
    pub text: String,
    encoding: &'static Encoding,
    /// Whether the document says its encoding. Else readers guess it, from other words than we do: only ASCII is written.
    pub(crate) certain: bool,
    /// Bytes of the byte-order mark.
    bom: usize,
    /// The bytes as they are, where they are not those of `text`.
    bytes: Option<Vec<u8>>,
}

impl Markup {
    /// Decodes bytes; what is no character becomes U+FFFD in the text.
    pub fn new(bytes: Vec<u8>, encoding: &'static Encoding, bom: usize) -> Self {
        let (text, bytes) = match encoding == UTF_8 && bom == 0 {
            true => match String::from_utf8(bytes) {
                Ok(text) => (text, None),
                Err(e) => (String::from_utf8_lossy(e.as_bytes()).into_owned(), Some(e.into_bytes())),
            },
            false => {
                let body = bytes.get(bom..).unwrap_or_default();
                (encoding.decode_without_bom_handling(body).0.into_owned(), Some(bytes))
            }
        };
        Self { text, encoding, certain: true, bom, bytes }
    }

    /// Decodes an XML document (XML 1.0, appendix F): by its mark, by how its first character stands there, or by its
    /// declaration. The error is the name of an encoding that cannot be taken.
    pub fn xml(bytes: Vec<u8>) -> Result<Self, String> {
        if matches!(
            bytes.as_slice(),
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [b'<', 0, 0, 0, ..] | [0, 0, 0, b'<', ..]
        ) {
            return Err("UTF-32".to_owned());
        }
        let (marked, bom) = mark(&bytes);
        let marked = marked.or(match bytes.as_slice() {
            [b'<', 0, ..] => Some(UTF_16LE),
            [0, b'<', ..] => Some(UTF_16BE),
            _ => None,
        });
        if let Some(encoding) = marked {
            return Ok(Self::new(bytes, encoding, bom));
        }
        let first = Self::new(bytes, UTF_8, 0);
        let Some(name) = declared(&first.text) else { return Ok(first) };
        // What is unknown to a parser of XML is an error to it (section 4.3.3).
        let known = Encoding::for_label(name.as_bytes()).and_then(|_| named(name)).ok_or_else(|| name.to_owned())?;
        Ok(if known == UTF_8 { first } else { Self::new(first.into_bytes(), known, 0) })
    }

    /// The bytes that it was made from.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes.unwrap_or_else(|| self.text.into_bytes())
    }

    /// The encoding of a text that was taken for UTF-8, has no mark and declares nothing.
    pub(crate) fn guess(&self) -> &'static Encoding {
        let chinese = |bytes: &Vec<u8>| GB18030.decode_without_bom_handling_and_without_replacement(bytes).is_some();
        match &self.bytes {
            Some(bytes) if chinese(bytes) => GB18030,
            Some(_) => WINDOWS_1252,
            None => UTF_8,
        }
    }

    /// Where the text begins in the file, if it stands there as it is.
    pub fn start(&self) -> Option<u64> {
        let Some(bytes) = &self.bytes else { return Some(0) };
        (bytes.get(self.bom..) == Some(self.text.as_bytes())).then_some(self.bom as u64)
    }

    /// Whether the file is these characters and no byte else.
    pub fn is_exact(&self) -> bool {
        let Some(bytes) = self.bytes.as_ref().and_then(|bytes| bytes.get(self.bom..)) else { return true };
        self.stored(&self.text).is_some_and(|own| own == bytes)
    }

    /// Bytes that a part of the text takes in a file that is exact, which begins behind [`Markup::bom`].
    pub fn length(&self, part: &str) -> u64 {
        match self.encoding == UTF_8 {
            true => part.len() as u64,
            false => self.stored(part).map_or(0, |bytes| bytes.len() as u64),
        }
    }

    /// Bytes of the byte-order mark.
    pub fn bom(&self) -> u64 {
        self.bom as u64
    }

    /// Whether an insertion is read in the encoding of the document: it says which it is, or shows it.
    pub fn is_shown(&self) -> bool {
        self.certain || self.encoding == UTF_8 && !self.text.is_ascii()
    }

    /// Characters as the encoding has them; `None` where it lacks one.
    fn stored<'a>(&self, text: &'a str) -> Option<Cow<'a, [u8]>> {
        match big_endian(self.encoding) {
            Some(true) => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Some(false) => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            None => {
                let (bytes, _, lossy) = self.encoding.encode(text);
                (!lossy).then_some(bytes)
            }
        }
    }

    /// Encodes an insertion; characters that the encoding lacks, or may have elsewhere, become numeric references.
    pub fn encode(&self, text: &str) -> Vec<u8> {
        match big_endian(self.encoding) {
            Some(true) => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Some(false) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            None if self.certain => self.encoding.encode(text).0.into_owned(),
            None => ascii(text).into_bytes(),
        }
    }

    /// The patch of some edits: ranges of the text, and what comes there. `None` where a range cannot be found in the
    /// file, or two overlap.
    pub fn patch(&self, edits: &[(Range<usize>, String)]) -> Option<Patch> {
        let ends: Vec<usize> = edits.iter().flat_map(|(range, _)| [range.start, range.end]).collect();
        let offsets = self.offsets(&ends);
        let mut patch = Patch::new();
        for ((_, text), pair) in edits.iter().zip(offsets.chunks_exact(2)) {
            let [Some(start), Some(end)] = *pair else { return None };
            patch.replace(start..end, self.encode(text));
        }
        patch.is_sound().then_some(patch)
    }

    /// The text with some edits, which do not overlap.
    pub(crate) fn edited(&self, edits: &[(Range<usize>, String)]) -> String {
        let mut edits: Vec<_> = edits.iter().collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut out, mut at) = (String::with_capacity(self.text.len()), 0);
        for (range, new) in edits {
            out.push_str(self.text.get(at..range.start).unwrap_or_default());
            out.push_str(new);
            at = range.end;
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        out
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> u64 {
        self.bytes.as_ref().map_or(self.text.len(), Vec::len) as u64
    }

    /// The name of the encoding, as the Encoding standard has it.
    pub fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Where positions of the text are in the file; `None` for one that is not at a tag, or behind one with nothing
    /// but ASCII in between.
    ///
    /// A decoder neither makes nor loses a `<` or `>`: the n-th of the text is the n-th of the file.
    pub fn offsets(&self, positions: &[usize]) -> Vec<Option<u64>> {
        if let Some(start) = self.start() {
            return positions.iter().map(|at| Some(start + *at as u64)).collect();
        }
        let Some(bytes) = &self.bytes else { return vec![None; positions.len()] };
        let mut order: Vec<usize> = (0..positions.len()).collect();
        order.sort_by_key(|n| positions.get(*n).copied());
        let mut map = Map::new(&self.text, bytes, self.encoding, self.bom);
        let mut found = vec![None; positions.len()];
        for n in order {
            if let (Some(at), Some(slot)) = (positions.get(n), found.get_mut(n)) {
                *slot = map.find(*at).map(|at| at as u64);
            }
        }
        found
    }
}

/// The encoding that a byte-order mark tells, which beats every declaration, and the bytes of the mark.
pub(crate) fn mark(bytes: &[u8]) -> (Option<&'static Encoding>, usize) {
    Encoding::for_bom(bytes).map_or((None, 0), |(encoding, length)| (Some(encoding), length))
}

/// A declared encoding. One that could not be read this far counts as UTF-8, as in browsers; `None` for encodings in
/// which bytes of markup also stand for other characters.
pub(crate) fn named(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(label.as_bytes()).unwrap_or(UTF_8).output_encoding();
    encoding.is_ascii_compatible().then_some(encoding)
}

/// The encoding in an XML declaration.
pub(crate) fn declared(text: &str) -> Option<&str> {
    let declaration = text.trim_start().strip_prefix("<?xml ")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name)
}

/// A text of markup in ASCII alone.
fn ascii(text: &str) -> String {
    let coded = |c: char| if c.is_ascii() { c.to_string() } else { format!("&#{};", u32::from(c)) };
    text.chars().map(coded).collect()
}

/// For UTF-16, whether the first byte of a pair is the high one.
fn big_endian(encoding: &'static Encoding) -> Option<bool> {
    (encoding == UTF_16BE).then_some(true).or((encoding == UTF_16LE).then_some(false))
}
