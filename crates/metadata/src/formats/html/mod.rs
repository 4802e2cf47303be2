//! HTML and XHTML. The label is `<meta name="AIGC" content="{json}">` in the head (our convention: no guide speaks of
//! HTML). Words of the page, programs, templates and other comments are never taken for a label.

mod data;
mod sniff;

use std::ops::Range;

use biaoshi_container::html::{Document, Meta, Part};
use biaoshi_container::{Error, Limits, Patch, Result, Source, phrase};
use biaoshi_label::{Dialect, Label};

use crate::around::around_label;
use crate::format::{Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::xmp::{Packet, Place};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "html",
    media_type: "text/html",
    extensions: sniff::EXTENSIONS,
    kind: Kind::Text,
    status: Status::Convention,
    placement: META,
    clause: "TC260-PG-20258A names no place in HTML",
    touches: "one meta in the head; labels in other metas, comments, scripts and XMP are cut out, the rest of the page stays as it is",
    families: &["html"],
    sniff: sniff::sniff,
    read,
    pointers: None,
    content: Some(|source, limits| around_label(read, source, limits)),
};

const NAME: &str = "HTML";
const META: &str = "html/head/meta";
const SCRIPT: &str = "html/script";
const COMMENT: &str = "html/comment";
const XMP: &str = "html/XMP";
const MANIFEST: &str = "html/head/C2PA";

/// What a writer needs to know.
struct Layout {
    document: Document,
    /// Ranges of the text that hold labels, and what stays of them.
    labels: Vec<(Range<usize>, &'static str)>,
    /// Packets that hold labels, and where their text begins.
    packets: Vec<(usize, Packet)>,
    /// Whether a script holds a label that cannot be cut out of it.
    stuck: bool,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let document = Document::read(source, limits)?;
    let mut reader =
        Reader { document: &document, limits, found, labels: Vec::new(), packets: Vec::new(), stuck: false };
    reader.run();
    let (labels, packets, stuck) = (reader.labels, reader.packets, reader.stuck);
    if is_cut(&document.markup.text) {
        found.damaged("html", phrase!("the document ends inside a tag or a comment", "文档在标签或注释中途结束"));
    }
    Ok(Box::new(Layout { document, labels, packets, stuck }))
}

/// Whether a text ends inside a tag or a comment, so that what it would have held is gone.
fn is_cut(text: &str) -> bool {
    let last = text.rfind('<').and_then(|at| text.get(at + 1..));
    last.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) && !rest.contains('>')
    })
}

/// One walk over the parts of a document that may hold a label.
struct Reader<'a> {
    document: &'a Document,
    limits: &'a Limits,
    found: &'a mut Found,
    labels: Vec<(Range<usize>, &'static str)>,
    packets: Vec<(usize, Packet)>,
    stuck: bool,
}

impl<'a> Reader<'a> {
    fn run(&mut self) {
        let outline = &self.document.outline;
        let metas = outline.metas.iter().map(|m| &m.span);
        let spans = metas.chain(outline.scripts.iter().map(|s| &s.part.span));
        let spans: Vec<_> = spans.chain(outline.comments.iter().map(|c| &c.span)).collect();
        let mut places = places(self.document, &spans).into_iter();
        for (meta, span) in outline.metas.iter().zip(places.by_ref()) {
            self.meta(meta, span);
        }
        for (script, span) in outline.scripts.iter().zip(places.by_ref()) {
            match script.kind.as_str() {
                "application/rdf+xml" => self.packet(&script.part, span),
                // C2PA 2.4, "Embedding manifests into HTML": in the page, or elsewhere, with a sum over the page.
                "application/c2pa" => self.found.c2pa_text(MANIFEST, self.inside(&script.part)),
                _ => self.script(&script.part, span),
            }
        }
        if let Some(address) = &outline.manifest {
            self.found.c2pa(MANIFEST, address.as_bytes());
        }
        for (comment, span) in outline.comments.iter().zip(places) {
            let text = self.inside(comment);
            if text.trim_start().starts_with('<') {
                self.packet(comment, span);
            } else {
                let slot = Slot { placement: COMMENT.into(), span, wrapped: false, dialects: &[Dialect::HtmlComment] };
                if self.found.offer(slot, text.trim(), self.limits) == Offer::Label {
                    self.cut(comment.span.clone());
                }
            }
        }
    }

    fn inside(&self, part: &Part) -> &'a str {
        self.document.markup.text.get(part.content.clone()).unwrap_or_default()
    }

    fn meta(&mut self, meta: &Meta, span: Range<u64>) {
        let name = meta.name.trim();
        let named = name.eq_ignore_ascii_case("AIGC");
        let mut dialects = Vec::new();
        if !named || meta.is_property {
            dialects.push(Dialect::HtmlOtherMeta);
        } else if name != "AIGC" {
            dialects.push(Dialect::SlotCase);
        }
        if !meta.in_head {
            dialects.push(Dialect::HtmlBody);
        }
        let slot = Slot { placement: META.into(), span, wrapped: false, dialects: &dialects };
        let offer = self.found.offer_as(named, slot, &meta.content, self.limits);
        // Whatever else stands under the label's own name makes way when a label is written.
        if offer == Offer::Label || (meta.name == "AIGC" && !meta.is_property) {
            match meta.ends_drawing {
                // What ends a drawing has to go on ending it.
                true => self.labels.push((meta.span.clone(), "<meta>")),
                false => self.cut(meta.span.clone()),
            }
        } else if offer == Offer::Nothing {
            let name = if name.eq_ignore_ascii_case("generator") { "Software" } else { name };
            self.found.look(META, name, &meta.content);
        }
    }

    /// JSON, as a rule JSON-LD: the label is the object, or a member of it.
    fn script(&mut self, part: &Part, span: Range<u64>) {
        let text = data::unwrapped(self.inside(part), self.document.outline.xml).into_owned();
        let dialects = [Dialect::HtmlScript];
        let slot = Slot { placement: SCRIPT.into(), span, wrapped: data::is_wrapped(&text), dialects: &dialects };
        if self.found.offer(slot, &text, self.limits) == Offer::Label {
            let member = data::member(self.inside(part), "AIGC");
            self.stuck |= member.is_some() && data::is_repeated(&text, "AIGC");
            match member {
                Some(member) => {
                    self.labels.push((part.content.start + member.start..part.content.start + member.end, ""));
                }
                None => self.cut(part.span.clone()),
            }
        }
        if let Some(source) = data::digital_source(&text) {
            self.found.look(SCRIPT, "DigitalSourceType", &source);
        }
    }

    /// Takes a whole tag or comment out. The words around it must not become one tag or one character reference: an
    /// empty comment keeps `<` and `x`, or `&` and `lt;`, apart.
    fn cut(&mut self, span: Range<usize>) {
        let before = self.document.markup.text.get(..span.start).unwrap_or_default();
        let word = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '#');
        let joins = before.ends_with('<') || word.ends_with('&');
        self.labels.push((span, if joins { "<!---->" } else { "" }));
    }

    fn packet(&mut self, part: &Part, span: Range<u64>) {
        let place = Place { placement: XMP, offset: None, part: span, dialects: &[Dialect::HtmlXmp] };
        let packet = Packet::read(self.inside(part).as_bytes(), &place, self.limits, self.found);
        if packet.has_label() {
            self.packets.push((part.content.start, packet));
        }
    }
}

/// Where ranges of the text are in the file; a place that cannot be told counts as the whole file.
fn places(document: &Document, spans: &[&Range<usize>]) -> Vec<Range<u64>> {
    let ends: Vec<usize> = spans.iter().flat_map(|s| [s.start, s.end]).collect();
    let offsets = document.markup.offsets(&ends);
    let pairs = offsets.chunks_exact(2);
    pairs
        .map(|pair| if let [Some(start), Some(end)] = *pair { start..end } else { 0..document.markup.bytes() })
        .collect()
}

impl Layout {
    /// The tag, as HTML and XML both read it.
    fn tag(&self, label: &Label) -> String {
        let outline = &self.document.outline;
        let json = label.to_json();
        let value = json.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
        let end = if outline.xml { "/>" } else { ">" };
        format!("<{}meta name=\"AIGC\" content=\"{value}\"{end}", outline.prefix)
    }
}

impl Writer for Layout {
    fn plan(&self, _: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        if self.stuck {
            return Err(Error::unsupported(
                NAME,
                phrase!("a script in which AIGC stands twice", "出现两次 AIGC 的脚本"),
            ));
        }
        let gap = self.document.outline.head.as_ref();
        let none = match self.document.outline.part {
            true => {
                phrase!(
                    "a page without a head of its own behind front matter or template tags (label the finished page, or use --sidecar)",
                    "含 front matter 或模板标记而没有自己的 head 的网页(请标识生成后的网页,或用 --sidecar)"
                )
            }
            false => phrase!("a document without a place for metadata", "没有元数据位置的文档"),
        };
        let gap = gap.ok_or_else(|| Error::unsupported(NAME, none))?;
        let mut edits = vec![(gap.range.clone(), gap.fill(&self.tag(label)))];
        edits.extend(self.labels.iter().map(|(range, rest)| (range.clone(), (*rest).to_owned())));
        for (start, packet) in &self.packets {
            let changes = packet.edits(None)?.into_iter();
            edits.extend(changes.map(|(range, text)| (start + range.start..start + range.end, text)));
        }
        self.document.patch(&edits)
    }
}

#[cfg(test)]
mod tests;
