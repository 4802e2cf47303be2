//! HTML documents: where a parser would put head and body, and the few parts that can hold metadata. The tokens are
//! those of the HTML standard; of the tree only what decides a place is followed. Positions are of the decoded text.

mod attributes;
mod declared;
mod names;
mod references;
mod template;
mod texts;
mod tokens;
mod walk;

pub use texts::Text;

use std::ops::Range;

use encoding_rs::UTF_8;

use self::template::Front;
use crate::markup::{self, Markup};
use crate::{Error, Limits, Patch, Result, Source, SourceExt, phrase, said, xml};

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
    /// The address of a C2PA manifest that is kept elsewhere.
    pub manifest: Option<String>,
    /// Where new metadata goes: behind the declared encoding, or first in the head.
    pub head: Option<Gap>,
    /// Where the content of the body begins.
    pub body: Option<Gap>,
    /// Where it ends.
    pub end: Option<usize>,
    /// Whether frames stand in place of a body.
    pub frameset: bool,
    /// Whether a generator or template engine makes a page of it, and it lacks a head or body of its own, which is no
    /// place then.
    pub part: bool,
    /// Where the inside of the first heading or paragraph ends that is shown.
    pub title: Option<usize>,
    /// The end tags of all paragraphs that are shown and are nobody else's words.
    pub paragraphs: Vec<Range<usize>>,
    /// The first and the last blocks of text in the body, at most [`BLOCKS`] of each, and the notes between them.
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
    /// Whether it says of itself that it is a note on the text (ARIA).
    pub note: bool,
}

/// A document.
#[derive(Debug)]
pub struct Document {
    /// Its characters.
    pub markup: Markup,
    /// What is in it.
    pub outline: Outline,
}

impl Document {
    /// Reads the whole source.
    ///
    /// # Errors
    /// I/O, more than [`Limits::text`] bytes or [`Limits::parts`] parts, an encoding that is no superset of ASCII.
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
        Self::parse(bytes, limits)
    }

    /// Decodes and walks a document.
    ///
    /// # Errors
    /// As for [`Document::read`].
    pub fn parse(bytes: Vec<u8>, limits: &Limits) -> Result<Self> {
        let (marked, bom) = markup::mark(&bytes);
        if let Some(encoding) = marked {
            return Self::walked(Markup::new(bytes, encoding, bom), limits);
        }
        // The declaration is ASCII: any superset of it shows where it stands.
        let first = Self::walked(Markup::new(bytes, UTF_8, 0), limits)?;
        let declared = first.outline.xml.then(|| markup::declared(page(&first.markup.text))).flatten();
        let declared = declared.or(first.outline.charset.as_deref());
        let encoding = match declared.map(markup::named) {
            Some(Some(encoding)) => encoding,
            Some(None) => {
                return Err(Error::unsupported(
                    NAME,
                    said!("a document in {}", "{} 编码的文档", declared.unwrap_or_default()),
                ));
            }
            None => first.markup.guess(),
        };
        let certain = declared.is_some();
        let mut document = match encoding == UTF_8 {
            true => first,
            false => Self::walked(Markup::new(first.markup.into_bytes(), encoding, 0), limits)?,
        };
        document.markup.certain = certain;
        Ok(document)
    }

    /// The patch of some edits: ranges of the text, and what comes there.
    ///
    /// # Errors
    /// A range that cannot be found in the file, edits that overlap, or that make XML of a document that is none.
    pub fn patch(&self, edits: &[(Range<usize>, String)]) -> Result<Patch> {
        let between = || said!("a label between {} characters", "在 {} 编码的字符之间写入标识", self.markup.encoding());
        let patch = self.markup.patch(edits).ok_or_else(|| Error::unsupported(NAME, between()))?;
        // A second reading by other rules would see another document.
        let declared = declares_xml(page(&self.markup.text));
        if declared && is_xml(page(&self.markup.edited(edits))) != self.outline.xml {
            return Err(Error::unsupported(
                NAME,
                phrase!("a document that is no XML, and would be with the label", "加入标识后才成为 XML 的文档"),
            ));
        }
        Ok(patch)
    }

    fn walked(markup: Markup, limits: &Limits) -> Result<Self> {
        let front = template::front(&markup.text);
        let outline = walk::walk(&markup.text, front, is_xml(page(&markup.text)), limits);
        let outline = outline.ok_or_else(|| {
            Error::limit(NAME, phrase!("the number of parts", "组成部分数"), limits.parts as u64, "--limit-parts")
        })?;
        Ok(Self { markup, outline })
    }
}

/// A text without its front matter.
fn page(text: &str) -> &str {
    match template::front(text) {
        Front::Until(at) => text.get(at..).unwrap_or_default(),
        Front::Nothing | Front::Unclear => text,
    }
}

/// Whether a text that declares to be XML is well formed. Other text is HTML, however it declares itself.
fn is_xml(text: &str) -> bool {
    declares_xml(text) && xml::root(text).is_some_and(|root| root == "html")
}

fn declares_xml(text: &str) -> bool {
    let head = text.as_bytes().get(..text.len().min(4096)).unwrap_or_default();
    text.trim_start().starts_with("<?xml ") || memchr::memmem::find(head, b"http://www.w3.org/1999/xhtml").is_some()
}

#[cfg(test)]
mod tests;
