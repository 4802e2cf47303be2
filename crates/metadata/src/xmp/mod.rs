//! XMP packets (ISO 16684-1): every form in which a label stands in one, and merging by property.

mod unite;

use std::ops::Range;

use base64::Engine as _;
use biaoshi_container::xml::{self, Element, Name, Tree};
use biaoshi_container::{Error, Limits, Result};
use biaoshi_label::{Dialect, Field, Label, Reading, read, read_fields};

use crate::found::{Found, Offer, Slot};
use crate::trace;

pub(crate) use unite::write;

/// The namespace of the guides.
const NAMESPACE: &str = "http://www.tc260.org.cn/ns/AIGC/1.0/";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const NAME: &str = "XMP";

/// A packet as text, and where labels stand in it.
#[derive(Debug)]
pub(crate) struct Packet {
    text: String,
    tree: Tree,
    /// The spans of the properties that hold labels, to be removed when one is written.
    labels: Vec<Range<usize>>,
    /// Where metadata may stand when the text is more than a packet.
    scope: Option<Vec<Range<usize>>>,
}

/// Where a packet stands in its file.
pub(crate) struct Place {
    pub(crate) placement: &'static str,
    /// Offset of the packet's first byte, where it is stored as plain UTF-8.
    pub(crate) offset: Option<u64>,
    /// The part around it.
    pub(crate) part: Range<u64>,
    /// What is different about the place.
    pub(crate) dialects: &'static [Dialect],
}

impl Packet {
    /// Reads a packet and notes its labels and traces.
    pub(crate) fn read(bytes: &[u8], place: &Place, limits: &Limits, found: &mut Found) -> Self {
        let (text, plain) = decode(bytes);
        let mut tree = Tree::parse(&text, limits);
        if tree.damage.is_none() && tree.elements.is_empty() && text.contains("RDF") {
            tree.damage = Some("a packet whose elements lie inside a comment or an instruction".into());
        }
        let offset = place.offset.filter(|_| plain);
        let packet = Self { text, tree, labels: Vec::new(), scope: None }.scanned(offset, place, limits, found);
        match &packet.tree.damage {
            Some(damage) if packet.has_label() => found.pass_over(place.placement, format!("XMP: {damage}")),
            Some(damage) => found.damaged(place.placement, format!("XMP: {damage}")),
            None => {}
        }
        packet
    }

    /// Reads XMP inside a larger document: only what lies in `scope` counts.
    pub(crate) fn within(
        text: String,
        tree: Tree,
        scope: Vec<Range<usize>>,
        place: &Place,
        limits: &Limits,
        found: &mut Found,
    ) -> Self {
        Self { text, tree, labels: Vec::new(), scope: Some(scope) }.scanned(place.offset, place, limits, found)
    }

    fn scanned(mut self, offset: Option<u64>, place: &Place, limits: &Limits, found: &mut Found) -> Self {
        let first = found.records.len();
        let mut scan = Scan { packet: &self, place, offset, limits, found, labels: Vec::new(), done: 0 };
        scan.run();
        let labels = scan.labels;
        for record in found.records.iter_mut().skip(first) {
            place.dialects.iter().for_each(|d| record.add(*d));
        }
        self.labels = labels;
        self
    }

    /// Whether an element lies where no metadata can be.
    fn outside(&self, element: &Element) -> bool {
        let at = element.span.start;
        self.scope.as_ref().is_some_and(|ranges| {
            // The ranges are siblings, in order.
            let index = ranges.partition_point(|r| r.end <= at);
            ranges.get(index).is_none_or(|r| at < r.start)
        })
    }

    /// The `rdf:RDF` that takes a new description.
    fn rdf(&self) -> Option<&Element> {
        self.tree.elements.iter().find(|e| e.name.is(RDF, "RDF") && !self.outside(e))
    }

    /// Whether there is an `rdf:RDF`.
    pub(crate) fn has_rdf(&self) -> bool {
        self.rdf().is_some()
    }

    /// Whether a text stands anywhere in it.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// Whether a label stands in it.
    pub(crate) fn has_label(&self) -> bool {
        !self.labels.is_empty()
    }

    /// The packet without its labels, and with `label` where one is given. Other properties stay as they are.
    ///
    /// # Errors
    /// Text that is no sound XMP.
    pub(crate) fn with(&self, label: Option<&Label>) -> Result<String> {
        self.with_more(label, "")
    }

    /// The same, with `more` descriptions in front of the label.
    fn with_more(&self, label: Option<&Label>, more: &str) -> Result<String> {
        if let (Some(label), None, true) = (label, &self.tree.damage, self.tree.elements.is_empty()) {
            return Ok(fresh(label));
        }
        let mut out = String::with_capacity(self.text.len() + 1024);
        let mut at = 0;
        for (range, new) in self.changes(label, more)? {
            out.push_str(self.text.get(at..range.start).unwrap_or_default());
            out.push_str(&new);
            at = range.end.max(at);
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        Ok(out)
    }

    /// The changes of [`Packet::with`], in order: ranges of the text, and what comes there.
    ///
    /// # Errors
    /// Text that is no sound XMP.
    pub(crate) fn edits(&self, label: Option<&Label>) -> Result<Vec<(Range<usize>, String)>> {
        self.changes(label, "")
    }

    fn changes(&self, label: Option<&Label>, more: &str) -> Result<Vec<(Range<usize>, String)>> {
        if let Some(damage) = &self.tree.damage {
            return Err(Error::invalid(NAME, 0, format!("the packet cannot be changed: {damage}")));
        }
        let mut edits: Vec<(Range<usize>, String)> =
            self.gone().iter().map(|span| (self.with_blanks(span), String::new())).collect();
        if let Some(label) = label {
            edits.push(self.insertion(label, more)?);
        }
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        Ok(edits)
    }

    /// The bytes of the packet with blanks in the place of its labels, so that nothing moves.
    ///
    /// # Errors
    /// A packet that is no sound XMP, or not stored in UTF-8 as `bytes`.
    pub(crate) fn blanked(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        if self.text.as_bytes() != bytes {
            return Err(Error::unsupported(NAME, "moving a label out of a packet that is not UTF-8"));
        }
        let mut out = bytes.to_vec();
        for (range, _) in self.edits(None)? {
            out.get_mut(range).unwrap_or_default().fill(b' ');
        }
        Ok(out)
    }

    /// What all descriptions are about (ISO 16684-1, 7.4: the same resource).
    fn about(&self) -> &str {
        let descriptions = self.tree.elements.iter().filter(|e| e.name.is(RDF, "Description"));
        descriptions.flat_map(|e| &e.attributes).find(|a| a.name.local == "about").map_or("", |a| &a.value)
    }

    /// Where the label goes: a description of its own, last inside `rdf:RDF`, with `more` in front of it.
    fn insertion(&self, label: &Label, more: &str) -> Result<(Range<usize>, String)> {
        let root = self.rdf().ok_or_else(|| Error::invalid(NAME, 0, "the packet has no rdf:RDF"))?;
        let prefix = prefixed(&root.name);
        let description = more.to_owned() + &description(label, &prefix, self.about());
        let source = self.text.get(root.span.clone()).unwrap_or_default();
        if root.open == root.span && source.ends_with("/>") {
            let slash = root.span.end - 2;
            return Ok((slash..root.span.end, format!(">\n{description}</{prefix}RDF>")));
        }
        let close = source.rfind("</").map(|i| root.span.start + i);
        let close = close.ok_or_else(|| Error::invalid(NAME, 0, "rdf:RDF is not closed"))?;
        Ok((close..close, description))
    }

    /// What goes with the labels: their spans, or the whole description where that would say nothing without them.
    fn gone(&self) -> Vec<Range<usize>> {
        let labels = Cover::new(&self.labels);
        let mut children = vec![(0usize, 0usize); self.tree.elements.len()];
        for element in &self.tree.elements {
            if let Some((all, gone)) = element.parent.and_then(|p| children.get_mut(p)) {
                *all += 1;
                *gone += usize::from(labels.holds(&element.span));
            }
        }
        let hollow = |(element, (all, gone)): &(&Element, (usize, usize))| {
            let described = element.name.is(RDF, "Description") && element.text.trim().is_empty();
            let emptied = *gone > 0 || element.attributes.iter().any(|a| labels.holds(&a.span));
            let said = element.attributes.iter().any(|a| !a.name.is(RDF, "about") && !labels.holds(&a.span));
            described && emptied && !said && all == gone && !labels.holds(&element.span)
        };
        let hollow = self.tree.elements.iter().zip(children).filter(hollow).map(|(element, _)| element.span.clone());
        let mut out: Vec<Range<usize>> = hollow.collect();
        let descriptions = Cover::new(&out);
        out.extend(self.labels.iter().filter(|l| !descriptions.holds(l)).cloned());
        out
    }

    /// A span widened by the blanks in front of it.
    fn with_blanks(&self, span: &Range<usize>) -> Range<usize> {
        let before = self.text.get(..span.start).unwrap_or_default();
        before.trim_end_matches([' ', '\t', '\r', '\n']).len()..span.end
    }
}

/// The prefix of a name with its colon, where it has one.
fn prefixed(name: &Name) -> String {
    if name.prefix.is_empty() { String::new() } else { format!("{}:", name.prefix) }
}

/// Answers quickly whether one of many ranges holds another one.
struct Cover(Vec<(usize, usize)>);

impl Cover {
    fn new(ranges: &[Range<usize>]) -> Self {
        let mut all: Vec<(usize, usize)> = ranges.iter().map(|r| (r.start, r.end)).collect();
        all.sort_unstable();
        // Each end becomes the farthest one so far.
        let mut farthest = 0;
        for (_, end) in &mut all {
            farthest = farthest.max(*end);
            *end = farthest;
        }
        Self(all)
    }

    fn holds(&self, range: &Range<usize>) -> bool {
        let before = self.0.partition_point(|(start, _)| *start <= range.start);
        before.checked_sub(1).and_then(|i| self.0.get(i)).is_some_and(|(_, end)| *end >= range.end)
    }
}

/// A new packet that holds nothing but the label.
pub(crate) fn fresh(label: &Label) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
         {}</x:xmpmeta>\n<?xpacket end=\"w\"?>",
        rdf(label)
    )
}

/// New RDF that holds nothing but the label, with a line end.
pub(crate) fn rdf(label: &Label) -> String {
    format!("<rdf:RDF xmlns:rdf=\"{RDF}\">\n{}</rdf:RDF>\n", description(label, "rdf:", ""))
}

fn description(label: &Label, rdf: &str, about: &str) -> String {
    format!(
        "<{rdf}Description {rdf}about=\"{}\" xmlns:TC260=\"{NAMESPACE}\">\n<TC260:AIGC>{}</TC260:AIGC>\n</{rdf}Description>\n",
        quoted(about),
        xml::escape(&label.to_json())
    )
}

/// Text escaped for an attribute in double quotes.
fn quoted(text: &str) -> String {
    xml::escape(text).replace('"', "&quot;")
}

/// The packet's text, and whether its bytes are that text as they are.
fn decode(bytes: &[u8]) -> (String, bool) {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|p| p.try_into().ok().map(from));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes {
        [0xfe, 0xff, ..] | [0, b'<', ..] => (wide(u16::from_be_bytes), false),
        [0xff, 0xfe, ..] | [b'<', 0, ..] => (wide(u16::from_le_bytes), false),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), true),
            Err(_) => (String::from_utf8_lossy(bytes).into_owned(), false),
        },
    }
}

/// One walk over a packet's elements.
struct Scan<'a> {
    packet: &'a Packet,
    place: &'a Place,
    offset: Option<u64>,
    limits: &'a Limits,
    found: &'a mut Found,
    labels: Vec<Range<usize>>,
    /// Elements before this index lie inside a label that was read already.
    done: usize,
}

impl Scan<'_> {
    fn run(&mut self) {
        let packet = self.packet;
        for (index, element) in packet.tree.elements.iter().enumerate() {
            if index < self.done || packet.outside(element) {
                continue;
            }
            self.attributes(element);
            match property(&element.name) {
                Some(dialect) => self.element(index, element, dialect),
                None => self.other(index, element),
            }
        }
    }

    /// A property named AIGC (or a known alias), as an element: its text, or fields inside it.
    fn element(&mut self, index: usize, element: &Element, dialects: Vec<Dialect>) {
        let inner = self.packet.tree.descendants(index).count();
        let all: String = std::iter::once(element)
            .chain(self.packet.tree.descendants(index).map(|(_, e)| e))
            .map(|e| e.text.trim())
            .filter(|t| !t.is_empty())
            .collect();
        let nodes = self.packet.tree.descendants(index).map(|(_, e)| e);
        let pairs = nodes.map(|e| (e.name.local.clone(), e.text.trim().to_owned()));
        let attributes = element.attributes.iter().map(|a| (a.name.local.clone(), a.value.clone()));
        if !self.fields(element.span.clone(), attributes.chain(pairs).collect(), dialects.clone(), 1) {
            self.named(element.span.clone(), &element.name, &all, &dialects);
        }
        self.done = index + 1 + inner;
    }

    /// Any other element: fields of their own, a label in another property, a trace.
    fn other(&mut self, index: usize, element: &Element) {
        if element.name.is(RDF, "Description") {
            let below = self.packet.tree.descendants(index).map(|(_, e)| e);
            let children = below.filter(|e| e.parent == Some(index));
            let fields: Vec<_> =
                children.filter(|e| is_ours(&e.name) && Field::from_key(&e.name.local).is_some()).collect();
            let pairs = fields.iter().map(|e| (e.name.local.clone(), e.text.trim().to_owned())).collect();
            if let (Some(first), Some(last)) = (fields.first(), fields.last())
                && self.fields(first.span.start..last.span.end, pairs, Vec::new(), 2)
            {
                self.labels.pop();
                self.labels.extend(fields.iter().map(|e| e.span.clone()));
            }
            return;
        }
        let text = element.text.trim();
        if text.is_empty() {
            return;
        }
        // The property is the child of a node (a description, or a typed node right below rdf:RDF): an rdf:li tells
        // its place, not its name.
        let packet = self.packet;
        let elements = &packet.tree.elements;
        let parent = |i: usize| elements.get(i).and_then(|e| e.parent);
        let is = |i: usize, local: &str| elements.get(i).is_some_and(|e| e.name.is(RDF, local));
        let is_node = |i: usize| is(i, "Description") || parent(i).is_some_and(|p| is(p, "RDF"));
        let own = std::iter::once(index).chain(packet.tree.ancestors(index));
        let property = own.into_iter().find(|i| parent(*i).is_some_and(is_node)).and_then(|i| elements.get(i));
        let property = property.unwrap_or(element);
        if self.text(property.span.clone(), text, &[Dialect::XmpOtherProperty]) == Offer::Nothing {
            trace::look(self.found, self.place.placement, &property.name.local, text);
        }
    }

    fn attributes(&mut self, element: &Element) {
        let mut fields = Vec::new();
        for attribute in &element.attributes {
            if let Some(mut dialects) = property(&attribute.name) {
                dialects.push(Dialect::XmpAttribute);
                self.named(attribute.span.clone(), &attribute.name, &attribute.value, &dialects);
            } else if is_ours(&attribute.name) && Field::from_key(&attribute.name.local).is_some() {
                fields.push(attribute);
            } else if self.text(attribute.span.clone(), &attribute.value, &[Dialect::XmpOtherProperty])
                == Offer::Nothing
            {
                trace::look(self.found, self.place.placement, &attribute.name.local, &attribute.value);
            }
        }
        let pairs = fields.iter().map(|a| (a.name.local.clone(), a.value.clone())).collect();
        if let (Some(first), Some(last)) = (fields.first(), fields.last())
            && self.fields(first.span.start..last.span.end, pairs, vec![Dialect::XmpAttribute], 2)
        {
            self.labels.pop();
            self.labels.extend(fields.iter().map(|a| a.span.clone()));
        }
    }

    /// Fields that stand on their own, `least` of them or more.
    fn fields(
        &mut self,
        span: Range<usize>,
        pairs: Vec<(String, String)>,
        mut dialects: Vec<Dialect>,
        least: usize,
    ) -> bool {
        if pairs.iter().filter(|(k, _)| Field::from_key(k).is_some()).count() < least {
            return false;
        }
        let raw = self.packet.text.get(span.clone()).unwrap_or_default().to_owned();
        dialects.push(Dialect::XmpFields);
        let parsed = read_fields(pairs.into_iter().map(|(k, v)| (k, Some(v))));
        let slot = self.slot(&span, &dialects);
        self.found.record(slot, parsed, raw, None, self.limits);
        self.labels.push(span);
        true
    }

    /// The text of a property that by its name holds a label. `XmpKvBase64` holds anything.
    fn named(&mut self, span: Range<usize>, name: &Name, text: &str, dialects: &[Dialect]) {
        let slot = self.slot(&span, dialects);
        let offer = match name.local.as_str() {
            "XmpKvBase64" => self.found.offer(slot, &decoded(text), self.limits),
            _ => self.found.offer_named(slot, text, self.limits),
        };
        // Whatever else stands in the guide's own property makes way when a label is written: no property stands twice.
        if offer == Offer::Label || name.is(NAMESPACE, "AIGC") {
            self.labels.push(span);
        }
    }

    fn text(&mut self, span: Range<usize>, text: &str, dialects: &[Dialect]) -> Offer {
        let slot = self.slot(&span, dialects);
        // The image guide's Annex B wraps the object inside UserComment; in a property of its own it stays bare.
        let wrapped =
            dialects.contains(&Dialect::XmpOtherProperty) && matches!(read(text), Reading::Label(p) if p.wrapped);
        let offer = self.found.offer(Slot { wrapped, ..slot }, text, self.limits);
        if offer == Offer::Label {
            self.labels.push(span);
        }
        offer
    }

    fn slot<'d>(&self, span: &Range<usize>, dialects: &'d [Dialect]) -> Slot<'d> {
        let span = match self.offset {
            Some(at) => at + span.start as u64..at + span.end as u64,
            None => self.place.part.clone(),
        };
        Slot { placement: self.place.placement.into(), span, wrapped: false, dialects }
    }
}

/// Whether a name is in a namespace used for labels, however it is spelt, or has such a prefix that was never declared.
fn is_ours(name: &Name) -> bool {
    match &name.uri {
        // Longer ones are nobody's namespace, and folding them for every element would cost.
        Some(uri) if uri.len() > 256 => false,
        Some(uri) => {
            let uri = uri.to_ascii_lowercase();
            uri.contains("aigc") && (uri.contains("tc260.org.cn") || uri.contains("cvdca.org.cn"))
        }
        None => ["TC260", "tc260", "tc", "C260", "AIGC", "aigc"].contains(&name.prefix.as_str()),
    }
}

/// The dialects of a property that by its name holds a label; `None` for any other.
fn property(name: &Name) -> Option<Vec<Dialect>> {
    let ours = is_ours(name);
    let mut dialects = match name.local.as_str() {
        "XmpKvBase64" => vec![Dialect::XmpBase64],
        "Info" if ours => Vec::new(),
        local if ours && local.eq_ignore_ascii_case("AIGC") => {
            if local == "AIGC" {
                Vec::new()
            } else {
                vec![Dialect::SlotCase]
            }
        }
        "AIGC" => Vec::new(),
        _ => return None,
    };
    if name.uri.as_deref() != Some(NAMESPACE) {
        dialects.push(Dialect::XmpNamespace);
    } else if name.prefix != "TC260" {
        dialects.push(Dialect::XmpPrefix);
    }
    Some(dialects)
}

/// A text with Base64 undone, where it is any.
fn decoded(text: &str) -> String {
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed.trim_end_matches('=').as_bytes()).ok();
    let bytes = bytes.or_else(|| base64::engine::general_purpose::STANDARD.decode(&packed).ok());
    bytes.and_then(|b| String::from_utf8(b).ok()).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests;
