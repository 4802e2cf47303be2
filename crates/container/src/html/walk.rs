//! One walk over the tokens: where head and body begin (HTML standard 13.2.6, as far as that goes), and what is in them.

use std::collections::VecDeque;
use std::ops::Range;

use html5gum::{State, Tokenizer};

use super::names::{breaks_out, is_inline, is_program, is_quote, of_head, raw};
use super::tokens::{Tag, Tokens};
use super::{BLOCKS, Block, Gap, Meta, Outline, Part, Script};
use crate::Limits;

/// Bytes of a block that are kept.
const WORDS: usize = 1024;

/// Walks a text; `None` when it has more parts than the limit.
pub(super) fn walk(text: &str, xml: bool, limits: &Limits) -> Option<Outline> {
    let mut walk = Walk {
        text,
        outline: Outline { xml, ..Outline::default() },
        room: limits.parts,
        crowded: false,
        mode: Mode::BeforeHead,
        passed: 0,
        raw: None,
        templates: 0,
        foreign: 0,
        islands: 0,
        quotes: 0,
        block: None,
        tail: VecDeque::new(),
    };
    // The emitter yields nothing, and reading a text does not fail.
    let _ = Tokenizer::new_with_emitter(text, Tokens::new(&mut walk)).finish();
    (!walk.crowded).then_some(walk.outline)
}

/// The insertion modes that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Mode {
    BeforeHead,
    InHead,
    AfterHead,
    Body,
    Frameset,
}

/// An element whose inside is no markup.
struct Raw {
    name: String,
    kind: Option<String>,
    open: Range<usize>,
}

pub(super) struct Walk<'a> {
    text: &'a str,
    outline: Outline,
    /// Parts that may still be kept.
    room: usize,
    crowded: bool,
    mode: Mode,
    /// End of the last tag, comment or document type.
    passed: usize,
    raw: Option<Raw>,
    /// Open templates.
    templates: usize,
    /// Open drawings and formulas.
    foreign: usize,
    /// Open elements in a drawing that hold HTML again.
    islands: usize,
    /// Open quotations.
    quotes: usize,
    /// The block that is being read.
    block: Option<Block>,
    /// The last blocks, beyond the first ones.
    tail: VecDeque<Block>,
}

impl Walk<'_> {
    /// A document type, or anything else without meaning, ended here.
    pub(super) fn passed(&mut self, end: usize) {
        self.passed = end;
    }

    /// Whether `<![CDATA[` begins a section here.
    pub(super) fn takes_cdata(&self) -> bool {
        self.outline.xml || (self.foreign > 0 && self.islands == 0)
    }

    pub(super) fn start_tag(&mut self, tag: &Tag, span: Range<usize>) -> Option<State> {
        let name = self.local(&tag.name).to_owned();
        if self.raw.is_some() {
            return None;
        }
        if self.templates == 0 {
            self.place(&name, tag, &span);
            self.note(&name, tag, &span);
        }
        self.passed = span.end;
        self.enter(&name, tag);
        let state = raw(&name).filter(|_| self.foreign == 0 || self.islands > 0)?;
        if self.outline.xml && (tag.empty || name != "script") {
            return None;
        }
        let kind = (name == "script" && self.templates == 0).then(|| kind(tag));
        self.raw = Some(Raw { name, kind, open: span });
        (!self.outline.xml).then_some(state)
    }

    pub(super) fn end_tag(&mut self, tag: &Tag, span: Range<usize>) {
        let name = self.local(&tag.name).to_owned();
        if let Some(raw) = self.raw.take_if(|raw| raw.name == name) {
            self.script(raw, &span);
            self.passed = span.end;
            return;
        }
        if self.raw.is_some() {
            return;
        }
        self.leave(&name);
        if self.templates == 0 && !self.outline.xml {
            match (self.mode, name.as_str()) {
                (Mode::Body | Mode::Frameset, _) => {}
                (Mode::BeforeHead, "head") => {
                    self.outline.head = Some(Gap::at(span.start));
                    self.mode = Mode::AfterHead;
                }
                (Mode::InHead, "head") => self.mode = Mode::AfterHead,
                (_, "body" | "html" | "br") => self.begin_body(span.start),
                _ => {}
            }
        }
        if self.templates == 0 && matches!(name.as_str(), "body" | "html") {
            let known = self.outline.end.is_some();
            if name == "body" || !known {
                self.outline.end = Some(span.start);
            }
        }
        self.passed = span.end;
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        if self.raw.is_some() || self.templates > 0 || text.trim_ascii().is_empty() && self.block.is_none() {
            return;
        }
        if self.mode < Mode::Body && !self.outline.xml {
            let rest = self.text.get(self.passed..).unwrap_or_default();
            let blanks = rest.len() - rest.trim_ascii_start().len();
            self.begin_body(self.passed + blanks);
        }
        if self.mode != Mode::Body || (self.foreign > 0 && self.islands == 0) {
            return;
        }
        let other = self.quotes > 0;
        let block = self.block.get_or_insert_with(|| Block { start: self.passed, text: String::new(), other });
        block.other |= other && !text.trim_ascii().is_empty();
        if block.text.len() < WORDS {
            let part = text.get(..WORDS.min(text.len())).unwrap_or_default();
            block.text.push_str(&String::from_utf8_lossy(part));
        }
    }

    /// Whether the comment has an end.
    pub(super) fn comment(&mut self, span: Range<usize>) -> bool {
        let whole = self.text.get(span.clone()).unwrap_or_default();
        let closed = match whole.starts_with("<!--") {
            true => whole.ends_with("-->") || whole.ends_with("--!>"),
            false => whole.ends_with('>'),
        };
        if closed {
            self.passed = span.end;
        }
        let Some(inside) = whole.strip_prefix("<!--").and_then(|w| w.strip_suffix("-->")) else { return closed };
        let named = self.raw.is_none() && self.templates == 0 && is_of_interest(inside);
        if named && self.has_room() {
            let start = span.start + 4;
            self.outline.comments.push(Part { content: start..start + inside.len(), span });
        }
        closed
    }

    /// The end of the text, or the beginning of what is not complete at its end.
    pub(super) fn finish(&mut self, end: usize) {
        self.end_block();
        if self.mode < Mode::Body && !self.outline.xml {
            match self.raw {
                // What is inserted here would be inside of it.
                Some(_) => self.mode = Mode::Frameset,
                None => self.begin_body(end),
            }
        }
        if self.raw.is_none() && !self.outline.xml && self.mode == Mode::Body {
            self.outline.end.get_or_insert(end);
        }
        self.outline.blocks.extend(std::mem::take(&mut self.tail));
    }

    /// A name without the prefix that XML allows.
    fn local<'n>(&self, name: &'n str) -> &'n str {
        if self.outline.xml { name.rsplit(':').next().unwrap_or(name) } else { name }
    }

    fn has_room(&mut self) -> bool {
        self.crowded |= self.room == 0;
        self.room = self.room.saturating_sub(1);
        !self.crowded
    }

    fn begin_body(&mut self, at: usize) {
        self.outline.head.get_or_insert_with(|| Gap::at(at));
        self.outline.body = Some(Gap::at(at));
        self.mode = Mode::Body;
    }

    /// Follows the insertion modes.
    fn place(&mut self, name: &str, tag: &Tag, span: &Range<usize>) {
        if self.outline.xml {
            return self.place_xml(name, tag, span);
        }
        match (self.mode, name) {
            (Mode::Body | Mode::Frameset, _) => {}
            (_, "html") => {}
            (Mode::BeforeHead, "head") => {
                self.outline.head = Some(Gap::at(span.end));
                self.mode = Mode::InHead;
            }
            (_, "head") => {}
            (_, "body") => {
                self.begin_body(span.start);
                self.outline.body = Some(Gap::at(span.end));
            }
            (_, "frameset") => {
                self.outline.head.get_or_insert_with(|| Gap::at(span.start));
                self.outline.frameset = true;
                self.mode = Mode::Frameset;
            }
            (Mode::BeforeHead, name) if of_head(name) => {
                self.outline.head = Some(Gap::at(span.start));
                self.mode = Mode::InHead;
            }
            (Mode::InHead, name) if of_head(name) => {}
            (Mode::AfterHead, name) if of_head(name) && name != "noscript" => {}
            _ => self.begin_body(span.start),
        }
    }

    /// In XML no tag is implied.
    fn place_xml(&mut self, name: &str, tag: &Tag, span: &Range<usize>) {
        let gap = |name: &str| if tag.empty { Gap::inside(span.end, name) } else { Gap::at(span.end) };
        match (self.mode, name) {
            (Mode::BeforeHead, "html") => {
                self.outline.prefix = tag.name.strip_suffix("html").unwrap_or_default().to_owned();
                let prefix = &self.outline.prefix;
                let mut gap = gap(&tag.name);
                gap.before.push_str(&format!("<{prefix}head>"));
                gap.after.insert_str(0, &format!("</{prefix}head>"));
                self.outline.head = Some(gap);
                self.mode = Mode::AfterHead;
            }
            (Mode::AfterHead, "head") => {
                self.outline.head = Some(gap(&tag.name));
                self.mode = Mode::InHead;
            }
            (Mode::InHead | Mode::AfterHead, "body") => {
                self.outline.body = Some(gap(&tag.name));
                self.mode = Mode::Body;
            }
            (Mode::InHead | Mode::AfterHead, "frameset") => {
                self.outline.frameset = true;
                self.mode = Mode::Frameset;
            }
            _ => {}
        }
    }

    /// Keeps a `meta`.
    fn note(&mut self, name: &str, tag: &Tag, span: &Range<usize>) {
        if name != "meta" || !self.has_room() {
            return;
        }
        let in_head = matches!(self.mode, Mode::InHead | Mode::AfterHead);
        let content = tag.attribute("content").unwrap_or_default();
        let pragma = tag.attribute("http-equiv").is_some_and(|v| v.eq_ignore_ascii_case("content-type"));
        let charset = tag.attribute("charset").or_else(|| charset_in(&content).filter(|_| pragma));
        if let (true, None, Some(charset)) = (in_head, &self.outline.charset, charset) {
            self.outline.charset = Some(charset.trim().to_owned());
            // The declaration has to stay within the first kilobyte.
            if self.mode == Mode::InHead {
                self.outline.head = Some(Gap::at(span.end));
            }
        }
        let (name, property) = (tag.attribute("name"), tag.attribute("property"));
        let is_property = name.is_none() && property.is_some();
        let name = name.or(property).unwrap_or_default();
        let ends_drawing = self.foreign > 0 && self.islands == 0 && !self.outline.xml;
        self.outline.metas.push(Meta { name, is_property, content, span: span.clone(), in_head, ends_drawing });
    }

    /// Depths and blocks at a start tag.
    fn enter(&mut self, name: &str, tag: &Tag) {
        if self.foreign > 0 && self.islands == 0 && !self.outline.xml && breaks_out(name) {
            self.foreign = 0;
        }
        let into = usize::from(!tag.empty);
        match name {
            "template" => self.templates += 1,
            "svg" | "math" => self.foreign += into,
            "foreignobject" | "desc" | "title" if self.foreign > 0 => self.islands += into,
            _ => {}
        }
        if is_quote(name) {
            self.quotes += 1;
        } else if !is_inline(name) {
            self.end_block();
            let style = tag.attribute("style").unwrap_or_default();
            let hidden = tag.attribute("hidden").is_some() || style.replace(' ', "").contains("display:none");
            if hidden && self.mode == Mode::Body && self.templates == 0 {
                self.block = Some(Block { start: self.passed, text: String::new(), other: true });
            }
        }
    }

    /// Depths and blocks at an end tag.
    fn leave(&mut self, name: &str) {
        let out = |depth: &mut usize| *depth = depth.saturating_sub(1);
        match name {
            "template" => out(&mut self.templates),
            "svg" | "math" => {
                out(&mut self.foreign);
                self.islands = if self.foreign == 0 { 0 } else { self.islands };
            }
            "foreignobject" | "desc" | "title" if self.foreign > 0 => out(&mut self.islands),
            _ => {}
        }
        if is_quote(name) {
            out(&mut self.quotes);
        } else if !is_inline(name) {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        let Some(block) = self.block.take().filter(|b| !b.text.trim().is_empty()) else { return };
        if self.outline.blocks.len() < BLOCKS {
            self.outline.blocks.push(block);
            return;
        }
        self.tail.push_back(block);
        if self.tail.len() > BLOCKS {
            self.tail.pop_front();
        }
    }

    /// Keeps a script that holds data.
    fn script(&mut self, raw: Raw, close: &Range<usize>) {
        let Some(kind) = raw.kind.filter(|kind| !is_program(kind)) else { return };
        if self.has_room() {
            let part = Part { span: raw.open.start..close.end, content: raw.open.end..close.start };
            self.outline.scripts.push(Script { kind, part });
        }
    }
}

/// The type of a script, lower case, without parameters.
fn kind(tag: &Tag) -> String {
    let kind = tag.attribute("type").unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The encoding in a content type.
fn charset_in(content: &str) -> Option<String> {
    let lower = content.to_ascii_lowercase();
    let value = lower.split_once("charset")?.1.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    value.split(['"', '\'', ';', ' ']).next().map(str::to_owned)
}

/// Whether a comment names AIGC or holds a packet.
fn is_of_interest(comment: &str) -> bool {
    let body = comment.trim_start().as_bytes();
    let head = body.get(..body.len().min(16)).unwrap_or_default().to_ascii_uppercase();
    ["AIGC", "{\"AIGC\"", "<?XPACKET", "<X:XMPMETA", "<RDF:RDF"].iter().any(|start| head.starts_with(start.as_bytes()))
}
