//! One walk over the tokens: where head and body begin (HTML standard 13.2.6, as far as that goes), and what is in them.

use std::collections::VecDeque;
use std::ops::Range;

use super::declared::{charset_in, kind, manifest};
use super::names::{breaks_out, is_inline, is_island, is_program, is_quote, is_raw, of_head};
use super::references;
use super::template::{self, Front};
use super::tokens::{Tag, Token, Tokens};
use super::{BLOCKS, Block, Gap, Meta, Outline, Part, Script};
use crate::Limits;

/// Bytes of a block that are kept.
const WORDS: usize = 1024;

/// Walks a text behind its front matter; `None` when it has more parts than the limit.
pub(super) fn walk(text: &str, front: Front, xml: bool, limits: &Limits) -> Option<Outline> {
    let start = if let Front::Until(at) = front { at } else { 0 };
    let mut walk = Walk {
        text,
        outline: Outline { xml, ..Outline::default() },
        room: limits.parts,
        crowded: false,
        mode: Mode::BeforeHead,
        passed: start,
        unfinished: front != Front::Nothing,
        engines: !xml,
        own_head: false,
        own_body: false,
        extends: front == Front::Unclear,
        raw: None,
        templates: 0,
        foreign: 0,
        islands: Vec::new(),
        quotes: 0,
        hidden: None,
        superscript: false,
        block: None,
        tail: VecDeque::new(),
    };
    walk.run(start);
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

struct Walk<'a> {
    text: &'a str,
    outline: Outline,
    /// Parts that may still be kept.
    room: usize,
    crowded: bool,
    mode: Mode,
    /// End of the last tag, comment or document type.
    passed: usize,
    /// Whether a generator or a template engine makes a page of it.
    unfinished: bool,
    /// Whether tags of template engines are passed over.
    engines: bool,
    /// Whether the document type, `html` or `head` is written out.
    own_head: bool,
    /// Whether `body` is.
    own_body: bool,
    /// Whether another template has the page.
    extends: bool,
    raw: Option<Raw>,
    /// Open templates.
    templates: usize,
    /// Open drawings and formulas, in the innermost element that holds HTML again.
    foreign: usize,
    /// The same outside of each such element, outermost first.
    islands: Vec<usize>,
    /// Open quotations.
    quotes: usize,
    /// The element that hides what is inside, and how many of its name are open.
    hidden: Option<(String, usize)>,
    /// Whether the text is raised.
    superscript: bool,
    /// The block that is being read.
    block: Option<Block>,
    /// The last blocks, beyond the first ones.
    tail: VecDeque<Block>,
}

impl Walk<'_> {
    fn run(&mut self, start: usize) {
        let xml = self.outline.xml;
        let mut tokens = Tokens::new(self.text, start, xml);
        loop {
            while let Some(length) = self.template_tag(tokens.position()) {
                tokens.skip(length);
                self.passed = tokens.position();
            }
            let start = tokens.position();
            let Some(token) = tokens.next(xml || self.is_foreign()) else { return self.finish(start) };
            let span = start..tokens.position();
            match token {
                Token::Text(text) => self.text(text),
                Token::Data(text) => self.text(&text.replace('&', "&amp;")),
                Token::Start(tag) => {
                    if let Some(name) = self.start_tag(&tag, span) {
                        tokens.skip_raw(&name);
                    }
                }
                Token::End(tag) => self.end_tag(&tag, span),
                Token::Comment(inside) => self.comment(inside, span),
                Token::Other => {
                    let kind = self.text.get(span.start..).and_then(|t| t.get(..9));
                    self.own_head |=
                        self.mode == Mode::BeforeHead && kind.is_some_and(|k| k.eq_ignore_ascii_case("<!doctype"));
                    self.passed = span.end;
                }
            }
        }
    }

    /// The length of the blanks and the tag of a template engine that come next, before the body begins: there they are
    /// no words. In the body it makes no difference.
    fn template_tag(&mut self, at: usize) -> Option<usize> {
        if !self.engines || self.mode >= Mode::Body || self.raw.is_some() || self.templates > 0 {
            return None;
        }
        let rest = self.text.get(at..)?;
        let words = rest.trim_ascii_start();
        let Some((inside, length)) = template::tag(words)? else {
            // Nor would the next one have an end.
            self.engines = false;
            return None;
        };
        self.unfinished = true;
        self.extends |= template::extends(inside);
        Some(rest.len() - words.len() + length)
    }

    /// Whether tags are those of a drawing or formula here.
    fn is_foreign(&self) -> bool {
        self.foreign > 0
    }

    /// Returns the name of an element whose inside is to be passed over.
    fn start_tag(&mut self, tag: &Tag, span: Range<usize>) -> Option<String> {
        let name = self.local(&tag.name).to_owned();
        if self.raw.is_some() {
            return None;
        }
        let raw = is_raw(&name) && !self.is_foreign();
        if self.templates == 0 {
            self.place(&name, tag, &span);
            self.note(&name, tag, &span);
        }
        self.passed = span.end;
        self.enter(&name, tag);
        let xml = self.outline.xml;
        if !raw || xml && (tag.empty || name != "script") {
            return None;
        }
        let kind = (name == "script" && self.templates == 0).then(|| kind(tag));
        self.raw = Some(Raw { name: name.clone(), kind, open: span });
        (!xml).then_some(name)
    }

    fn end_tag(&mut self, tag: &Tag, span: Range<usize>) {
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
        self.paragraph(&name, &span);
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

    fn text(&mut self, text: &str) {
        let blank = text.trim_ascii().is_empty();
        if self.raw.is_some() || self.templates > 0 || blank && self.block.is_none() {
            return;
        }
        if self.mode < Mode::Body && !self.outline.xml {
            let rest = self.text.get(self.passed..).unwrap_or_default();
            let blanks = rest.len() - rest.trim_ascii_start().len();
            self.begin_body(self.passed + blanks);
        }
        if self.mode != Mode::Body || self.is_foreign() {
            return;
        }
        let other = self.quotes > 0;
        let block =
            self.block.get_or_insert_with(|| Block { start: self.passed, text: String::new(), other, note: false });
        block.other |= other && !blank;
        let text = if self.superscript && text.trim() == "AI" { "ᴬᴵ" } else { text };
        let room = WORDS.saturating_sub(block.text.len());
        let end = (0..=room.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        block.text.push_str(text.get(..end.unwrap_or_default()).unwrap_or_default());
    }

    fn comment(&mut self, inside: &str, span: Range<usize>) {
        self.passed = span.end;
        let named = self.raw.is_none() && self.templates == 0 && is_of_interest(inside);
        if named && self.has_room() {
            let start = span.start + 4;
            self.outline.comments.push(Part { content: start..start + inside.len(), span });
        }
    }

    /// The end of the text, or the beginning of what is not complete at its end.
    fn finish(&mut self, end: usize) {
        self.end_block();
        // What is inserted at the end would be inside of an open script, title or template.
        let open = self.raw.is_some() || self.templates > 0;
        if self.mode < Mode::Body && !self.outline.xml && !open {
            self.begin_body(end);
        }
        if !open && !self.outline.xml && self.mode == Mode::Body {
            self.outline.end.get_or_insert(end);
        }
        self.outline.blocks.extend(std::mem::take(&mut self.tail));
        self.keep_own();
    }

    /// Of a page that is not finished only its own head and body are places: what is implied would be that of another page.
    fn keep_own(&mut self) {
        if !self.unfinished {
            return;
        }
        let (head, body) = (self.own_head && !self.extends, self.own_body && !self.extends);
        self.outline.head.take_if(|_| !head);
        self.outline.body.take_if(|_| !body);
        self.outline.end.take_if(|_| !body);
        self.outline.part = !head || !body;
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
        if self.mode < Mode::Body {
            self.own_head |= matches!(name, "html" | "head");
            self.own_body |= name == "body";
        }
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

    /// Keeps a `meta`, and the `link` to a manifest.
    fn note(&mut self, name: &str, tag: &Tag, span: &Range<usize>) {
        if name == "link" && self.outline.manifest.is_none() {
            self.outline.manifest = manifest(tag);
        }
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
        let ends_drawing = self.is_foreign() && !self.outline.xml;
        self.outline.metas.push(Meta { name, is_property, content, span: span.clone(), in_head, ends_drawing });
    }

    /// Depths and blocks at a start tag.
    fn enter(&mut self, name: &str, tag: &Tag) {
        if !self.outline.xml && breaks_out(name) {
            self.foreign = 0;
        }
        // In XML, and there alone, an element of any name may be empty.
        if self.outline.xml && tag.empty {
            if !is_inline(name) {
                self.end_block();
            }
            return;
        }
        match name {
            "template" if !self.is_foreign() => self.templates += 1,
            "svg" | "math" if !tag.empty => self.foreign += 1,
            name if is_island(name) && self.is_foreign() && !tag.empty => {
                self.islands.push(std::mem::take(&mut self.foreign));
            }
            _ => {}
        }
        self.superscript = name == "sup";
        if let Some((_, open)) = self.hidden.as_mut().filter(|(hides, _)| hides == name) {
            *open += 1;
        }
        if is_quote(name) {
            self.quotes += 1;
        } else if !is_inline(name) {
            self.end_block();
            let style = tag.attribute("style").unwrap_or_default();
            let hidden = tag.attribute("hidden").is_some() || style.replace(' ', "").contains("display:none");
            if hidden && self.templates == 0 {
                self.hidden.get_or_insert_with(|| (name.to_owned(), 1));
            }
            let note = tag.attribute("role").is_some_and(|role| role == "note");
            if (hidden || note) && self.mode == Mode::Body && self.templates == 0 {
                self.block = Some(Block { start: self.passed, text: String::new(), other: hidden, note });
            }
        }
    }

    /// Depths and blocks at an end tag.
    fn leave(&mut self, name: &str) {
        match name {
            "template" if !self.is_foreign() => self.templates = self.templates.saturating_sub(1),
            "br" | "p" if !self.outline.xml => self.foreign = 0,
            "svg" | "math" => self.foreign = self.foreign.saturating_sub(1),
            name if is_island(name) => self.foreign = self.islands.pop().unwrap_or(self.foreign),
            _ => {}
        }
        self.superscript = false;
        if let Some((_, open)) = self.hidden.as_mut().filter(|(hides, _)| hides == name) {
            *open -= 1;
        }
        self.hidden.take_if(|(_, open)| *open == 0);
        if is_quote(name) {
            self.quotes = self.quotes.saturating_sub(1);
        } else if !is_inline(name) {
            self.end_block();
        }
    }

    /// Keeps where a paragraph or a heading ends that people see and that is nobody else's.
    fn paragraph(&mut self, name: &str, span: &Range<usize>) {
        let heading = matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
        let shown = self.mode == Mode::Body && !self.is_foreign() && self.templates == 0 && self.hidden.is_none();
        if !shown || self.quotes > 0 || !(name == "p" || heading) {
            return;
        }
        self.outline.title.get_or_insert(span.start);
        if name == "p" {
            self.outline.paragraphs.push(span.clone());
        }
    }

    fn end_block(&mut self) {
        let Some(mut block) = self.block.take() else { return };
        block.text = references::text(&block.text);
        if block.text.trim().is_empty() {
            return;
        }
        if self.outline.blocks.len() < BLOCKS {
            self.outline.blocks.push(block);
            return;
        }
        self.tail.push_back(block);
        if self.tail.len() > BLOCKS {
            let amid = self.tail.pop_front().filter(|block| block.note);
            self.outline.blocks.extend(amid);
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

/// Whether a comment names AIGC or holds a packet.
fn is_of_interest(comment: &str) -> bool {
    let body = comment.trim_start().as_bytes();
    let head = body.get(..body.len().min(16)).unwrap_or_default().to_ascii_uppercase();
    ["AIGC", "{\"AIGC\"", "<?XPACKET", "<X:XMPMETA", "<RDF:RDF"].iter().any(|start| head.starts_with(start.as_bytes()))
}
