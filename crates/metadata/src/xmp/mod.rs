//! XMP packets (ISO 16684-1): every form in which a label stands in one, and merging by property.

mod bytes;
mod scan;
mod unite;

use std::ops::Range;

use biaoshi_container::xml::{self, Element, Name, Tree};
use biaoshi_container::{Error, Limits, Result, phrase, said};
use biaoshi_label::{Dialect, Label};

use self::bytes::Coded;
use self::scan::Scan;
use crate::found::Found;

pub(crate) use self::bytes::{padded, unpadded};
pub(crate) use self::unite::write;

/// The namespace of the guides.
const NAMESPACE: &str = "http://www.tc260.org.cn/ns/AIGC/1.0/";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
/// The namespace of the element round the RDF.
const META: &str = "adobe:ns:meta/";
const NAME: &str = "XMP";

/// A packet as text, and where labels stand in it.
#[derive(Debug)]
pub(crate) struct Packet {
    text: String,
    /// The bytes that the text stands for.
    coded: Coded,
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
        let (mut text, coded) = Coded::read(bytes);
        let mut tree = Tree::parse(&text, limits);
        if tree.damage.is_some()
            && let Some(end) = end(&text, &tree)
        {
            tree.elements.retain(|e| e.span.start < end);
            tree.damage = None;
            text.truncate(end);
        }
        if tree.damage.is_none() && tree.elements.is_empty() && text.contains("RDF") {
            tree.damage = Some(said!(
                "a packet whose elements lie inside a comment or an instruction",
                "元素位于注释或处理指令中的包"
            ));
        }
        let packet = Self { text, coded, tree, labels: Vec::new(), scope: None }.scanned(place, limits, found);
        match &packet.tree.damage {
            Some(damage) if packet.has_label() => {
                found.pass_over(place.placement, said!("XMP: {}", "XMP:{}", damage.clone()))
            }
            Some(damage) => found.damaged(place.placement, said!("XMP: {}", "XMP:{}", damage.clone())),
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
        let coded = Coded::Plain;
        Self { text, coded, tree, labels: Vec::new(), scope: Some(scope) }.scanned(place, limits, found)
    }

    fn scanned(mut self, place: &Place, limits: &Limits, found: &mut Found) -> Self {
        let first = found.records.len();
        let labels = Scan::run(&self, place, limits, found);
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

    /// The packet without its labels, and with `label` where one is given. Other properties stay as they are, byte by
    /// byte, also those that are not in UTF-8.
    ///
    /// # Errors
    /// Text that is no sound XMP, or has characters that cannot be read.
    pub(crate) fn with(&self, label: Option<&Label>) -> Result<Vec<u8>> {
        self.with_more(label, "")
    }

    /// The same, with `more` descriptions in front of the label.
    fn with_more(&self, label: Option<&Label>, more: &str) -> Result<Vec<u8>> {
        if let (Some(label), None, true) = (label, &self.tree.damage, self.says_nothing()) {
            return Ok(fresh(label).into_bytes());
        }
        let mut out = Vec::with_capacity(self.text.len() + 1024);
        let mut at = 0;
        for (range, new) in self.changes(label, more)? {
            out.extend(self.coded.bytes(&self.text, at..range.start));
            out.extend(new.as_bytes());
            at = range.end.max(at);
        }
        out.extend(self.coded.bytes(&self.text, at..self.text.len()));
        Ok(out)
    }

    /// Whether there is neither an element nor a word.
    fn says_nothing(&self) -> bool {
        let text = self.text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\0'));
        self.tree.elements.is_empty() && (text.is_empty() || text.starts_with('<'))
    }

    /// The changes of [`Packet::with`], in order: ranges of the text, and what comes there.
    ///
    /// # Errors
    /// Text that is no sound XMP, or has characters that cannot be read.
    pub(crate) fn edits(&self, label: Option<&Label>) -> Result<Vec<(Range<usize>, String)>> {
        self.changes(label, "")
    }

    fn changes(&self, label: Option<&Label>, more: &str) -> Result<Vec<(Range<usize>, String)>> {
        if let Some(damage) = &self.tree.damage {
            return Err(Error::invalid(
                NAME,
                0,
                said!("the packet cannot be changed: {}", "无法修改该包:{}", damage.clone()),
            ));
        }
        if matches!(self.coded, Coded::Lost) {
            return Err(Error::unsupported(
                NAME,
                phrase!("changing a packet with characters that cannot be read", "修改含无法读取字符的包"),
            ));
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
    /// A packet that is no sound XMP, or in UTF-16 or the like.
    pub(crate) fn blanked(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut out = bytes.to_vec();
        for (range, _) in self.edits(None)? {
            let place = self.coded.range(&range).and_then(|range| out.get_mut(range));
            let place = place.ok_or_else(|| {
                Error::unsupported(
                    NAME,
                    phrase!("taking a label out of a packet in UTF-16 without moving it", "从 UTF-16 包中原位取出标识"),
                )
            })?;
            place.fill(b' ');
        }
        Ok(out)
    }

    /// What all descriptions are about (ISO 16684-1, 7.4: the same resource).
    fn about(&self) -> &str {
        let descriptions = self.tree.elements.iter().filter(|e| e.name.is(RDF, "Description"));
        descriptions.flat_map(|e| &e.attributes).find(|a| a.name.local == "about").map_or("", |a| &a.value)
    }

    /// Where the label goes: a description of its own, last inside `rdf:RDF`, with `more` in front of it; with new RDF
    /// round it in an `x:xmpmeta` that has none.
    fn insertion(&self, label: &Label, more: &str) -> Result<(Range<usize>, String)> {
        let Some(root) = self.rdf() else {
            let first = self.tree.elements.first();
            let around = first.filter(|e| e.name.is(META, "xmpmeta") || e.name.is(META, "xapmeta"));
            let around = around
                .ok_or_else(|| Error::invalid(NAME, 0, phrase!("the packet has no rdf:RDF", "包中没有 rdf:RDF")))?;
            return self.inside(around, &rdf(label));
        };
        let description = description(label, &prefixed(&root.name), self.about());
        self.inside(root, &[more, &description].concat())
    }

    /// A text that becomes the last one in an element, which is opened where it is empty.
    fn inside(&self, element: &Element, text: &str) -> Result<(Range<usize>, String)> {
        let source = self.text.get(element.span.clone()).unwrap_or_default();
        if element.open == element.span && source.ends_with("/>") {
            let slash = element.span.end - 2;
            let name = prefixed(&element.name) + &element.name.local;
            return Ok((slash..element.span.end, format!(">\n{text}</{name}>")));
        }
        let close = source.rfind("</").map(|i| element.span.start + i);
        let close = close.ok_or_else(|| {
            Error::invalid(NAME, 0, phrase!("an element of the packet is not closed", "包中有元素未闭合"))
        })?;
        Ok((close..close, text.to_owned()))
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

/// Where a packet ends with damage behind it: behind its root, and its trailer. A shorter packet that was written over a longer
/// one leaves the end of that behind its own, which no reader counts.
fn end(text: &str, tree: &Tree) -> Option<usize> {
    let root = tree.elements.first()?;
    let is_root = root.name.is(RDF, "RDF") || root.name.is(META, "xmpmeta") || root.name.is(META, "xapmeta");
    let behind = text.get(root.span.end..).filter(|behind| is_root && !behind.is_empty())?;
    let blanks = behind.len() - behind.trim_start().len();
    let trailer = behind.get(blanks..).filter(|t| t.starts_with("<?xpacket end")).and_then(|t| t.find('>'));
    Some(root.span.end + trailer.map_or(0, |length| blanks + length + 1))
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

#[cfg(test)]
mod tests;
