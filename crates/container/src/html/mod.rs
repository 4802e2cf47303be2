//! HTML documents: where a parser would put head and body, and the few parts that can hold metadata. The tokens are
//! those of the HTML standard (html5gum); of the tree only what decides a place is followed. Positions are of the
//! decoded text, [`Document::offsets`] finds them in the file, so that every change is a patch.

mod encoding;
mod names;
mod tokens;
mod walk;

use std::ops::Range;

use encoding_rs::Encoding;

use crate::xml::Tree;
use crate::{Error, Limits, Patch, Result, Source, SourceExt};

const NAME: &str = "HTML";

/// What matters of a document.
#[derive(Debug, Default)]
pub struct Outline {
    /// Whether the document is well-formed XML: empty elements need a slash, and no tag is implied.
    pub xml: bool,
    /// What stands in front of the names of elements: empty, or a prefix with its colon (XML only).
    pub prefix: String,
    /// The encoding that the first `meta` with one declares.
    pub charset: Option<String>,
    /// Every `meta`, outside of templates and raw text.
    pub metas: Vec<Meta>,
    /// Scripts that hold data: their type is not that of a program.
    pub scripts: Vec<Script>,
    /// Comments that name AIGC or hold an XMP packet.
    pub comments: Vec<Part>,
    /// Where new metadata goes: behind the declared encoding, or first in the head.
    pub head: Option<Gap>,
    /// Where the content of the body begins.
    pub body: Option<Gap>,
    /// Where it ends.
    pub end: Option<usize>,
    /// Whether frames stand in place of a body.
    pub frameset: bool,
    /// The first and the last blocks of text in the body, at most [`BLOCKS`] of each.
    pub blocks: Vec<Block>,
}

/// Blocks at either end of a document that are kept.
pub const BLOCKS: usize = 3;

/// A `meta` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Its `name`, or else its `property`, character references resolved.
    pub name: String,
    /// Whether it has a `property` and no `name`.
    pub is_property: bool,
    /// Its `content`.
    pub content: String,
    /// The tag in the text.
    pub span: Range<usize>,
    /// Whether a parser puts it into the head.
    pub in_head: bool,
    /// Whether a drawing or formula ends at it.
    pub ends_drawing: bool,
}

/// An element or comment, and what is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// All of it in the text.
    pub span: Range<usize>,
    /// What is inside.
    pub content: Range<usize>,
}

/// A script that holds data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Its type, lower case, without parameters.
    pub kind: String,
    /// Where it is.
    pub part: Part,
}

/// A place for an insertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What is replaced in the text: nothing, or the `/>` of an empty element.
    pub range: Range<usize>,
    /// What stands before the insertion.
    pub before: String,
    /// What stands behind it.
    pub after: String,
}

impl Gap {
    fn at(at: usize) -> Self {
        Self { range: at..at, before: String::new(), after: String::new() }
    }

    /// The inside of an empty element `<name/>` that ends at `end`.
    fn inside(end: usize, name: &str) -> Self {
        Self { range: end.saturating_sub(2)..end, before: ">".into(), after: format!("</{name}>") }
    }

    /// Whether it opens an empty element.
    pub fn is_inside(&self) -> bool {
        !self.range.is_empty()
    }

    /// `text` with what stands round it.
    pub fn fill(&self, text: &str) -> String {
        format!("{}{text}{}", self.before, self.after)
    }
}

/// A block of text in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Where it begins in the text.
    pub start: usize,
    /// Its words; more than a kilobyte is cut.
    pub text: String,
    /// Whether it is a quotation, code or a link, or hidden: words of others, or of nobody.
    pub other: bool,
}

/// A document.
#[derive(Debug)]
pub struct Document {
    /// The document, decoded, without a byte-order mark.
    pub text: String,
    /// What is in it.
    pub outline: Outline,
    encoding: &'static Encoding,
    /// Bytes of the byte-order mark.
    bom: usize,
    /// The bytes as they are, where they are not those of `text`.
    bytes: Option<Vec<u8>>,
}

impl Document {
    /// Reads the whole source.
    ///
    /// # Errors
    /// I/O, more than [`Limits::text`] bytes or [`Limits::parts`] parts, an encoding that is no superset of ASCII.
    pub fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        if source.len() > limits.text {
            return Err(Error::limit(NAME, "the size of the document", limits.text, "--limit-text"));
        }
        let bytes = source.bytes(NAME, 0..source.len(), limits.text, "the document")?;
        Self::parse(bytes, limits)
    }

    /// Decodes and walks a document.
    ///
    /// # Errors
    /// As for [`Document::read`].
    pub fn parse(bytes: Vec<u8>, limits: &Limits) -> Result<Self> {
        let (marked, bom) = encoding::mark(&bytes);
        if let Some(encoding) = marked {
            return Self::decoded(bytes, encoding, bom, limits);
        }
        // The declaration is ASCII: any superset of it shows where it stands.
        let first = Self::decoded(bytes, encoding_rs::UTF_8, 0, limits)?;
        let declared = first.outline.xml.then(|| encoding::of_declaration(&first.text)).flatten();
        let declared = declared.or(first.outline.charset.as_deref());
        let encoding = match declared.map(encoding::named) {
            Some(Some(encoding)) => encoding,
            Some(None) => {
                return Err(Error::unsupported(NAME, format!("a document in {}", declared.unwrap_or_default())));
            }
            None => first.bytes.as_deref().map_or(encoding_rs::UTF_8, encoding::guess),
        };
        if encoding == encoding_rs::UTF_8 {
            return Ok(first);
        }
        let bytes = first.bytes.unwrap_or_else(|| first.text.into_bytes());
        Self::decoded(bytes, encoding, 0, limits)
    }

    fn decoded(bytes: Vec<u8>, encoding: &'static Encoding, bom: usize, limits: &Limits) -> Result<Self> {
        let (text, bytes) = match encoding == encoding_rs::UTF_8 && bom == 0 {
            true => match String::from_utf8(bytes) {
                Ok(text) => (text, None),
                Err(e) => (String::from_utf8_lossy(e.as_bytes()).into_owned(), Some(e.into_bytes())),
            },
            false => {
                let body = bytes.get(bom..).unwrap_or_default();
                (encoding.decode_without_bom_handling(body).0.into_owned(), Some(bytes))
            }
        };
        let outline = walk::walk(&text, is_xml(&text, limits), limits);
        let outline =
            outline.ok_or_else(|| Error::limit(NAME, "the number of parts", limits.parts as u64, "--limit-parts"))?;
        Ok(Self { text, outline, encoding, bom, bytes })
    }

    /// Encodes an insertion; characters that the encoding lacks become numeric references.
    pub fn encode(&self, text: &str) -> Vec<u8> {
        match encoding::big_endian(self.encoding) {
            Some(true) => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Some(false) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            None => self.encoding.encode(text).0.into_owned(),
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
        let Some(bytes) = &self.bytes else {
            return positions.iter().map(|at| Some(*at as u64)).collect();
        };
        let mut order: Vec<usize> = (0..positions.len()).collect();
        order.sort_by_key(|n| positions.get(*n).copied());
        let mut map = encoding::Map::new(&self.text, bytes, self.encoding, self.bom);
        let mut found = vec![None; positions.len()];
        for n in order {
            if let (Some(at), Some(slot)) = (positions.get(n), found.get_mut(n)) {
                *slot = map.find(*at).map(|at| at as u64);
            }
        }
        found
    }
}

/// Whether a text that declares to be XML is well formed. Other text is HTML, however it declares itself.
fn is_xml(text: &str, limits: &Limits) -> bool {
    let declared = text.trim_start().starts_with("<?xml ");
    let head = text.as_bytes().get(..text.len().min(4096)).unwrap_or_default();
    (declared || memchr::memmem::find(head, b"http://www.w3.org/1999/xhtml").is_some()) && {
        let tree = Tree::parse_document(text, limits);
        tree.damage.is_none() && tree.elements.first().is_some_and(|root| root.name.local == "html")
    }
}

#[cfg(test)]
mod tests;
