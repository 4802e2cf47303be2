//! SVG. The label is XMP inside `<metadata>` (our convention: no guide speaks of SVG).
//!
//! A document type is passed over and no entity of it is expanded, so that nothing can grow and nothing is fetched; a
//! namespace written as such an entity counts as unknown. Words of the drawing are never taken for a label.

use std::ops::Range;

use biaoshi_container::xml::{Element, Tree};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt};
use biaoshi_label::Label;

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::Found;
use crate::xmp::{self, Packet, Place};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "svg",
    media_type: "image/svg+xml",
    extensions: &["svg"],
    kind: Kind::Image,
    status: Status::Convention,
    placement: XMP,
    clause: "TC260-PG-20259A names no place in SVG",
    touches: "the description in `metadata`, which is made where it is missing; the rest of the drawing stays as it is",
    families: &["xmp"],
    sniff,
    read,
    pointers: None,
};

const NAME: &str = "SVG";
const XMP: &str = "svg/metadata/XMP";
const BOM: &str = "\u{feff}";

/// Whether the first element is `svg`. A text may begin with a drawing: then only its name or its end makes it one.
fn sniff(head: &Head<'_>) -> Confidence {
    let text = String::from_utf8_lossy(&head.bytes);
    let mut rest = text.trim_start_matches(BOM).trim_start();
    loop {
        let end = match rest {
            r if r.starts_with("<!--") => "-->",
            r if r.starts_with("<?") => "?>",
            r if r.get(..9).is_some_and(|d| d.eq_ignore_ascii_case("<!DOCTYPE")) => {
                let subset = r.find('[').is_some_and(|b| r.find('>').is_some_and(|e| b < e));
                if subset { "]>" } else { ">" }
            }
            _ => break,
        };
        let Some(at) = rest.find(end) else { break };
        rest = rest.get(at + end.len()..).unwrap_or_default().trim_start();
    }
    let name = rest.strip_prefix('<').and_then(|r| r.split([' ', '\t', '\r', '\n', '>', '/']).next());
    if name.is_none_or(|n| n.rsplit(':').next() != Some("svg")) {
        return Confidence::No;
    }
    let mut tail = [0; 64];
    let got = head.source.read_at(head.source.len().saturating_sub(64), &mut tail).unwrap_or(0);
    let tail = tail.get(..got).unwrap_or_default().trim_ascii_end();
    let whole = tail.ends_with(b"svg>") || tail.ends_with(b"/>") || tail.ends_with(b"-->");
    if whole || head.extension == "svg" { Confidence::Likely } else { Confidence::No }
}

/// What a writer needs to know.
struct Layout {
    /// Bytes in front of the text that was parsed.
    bom: u64,
    packet: Packet,
    /// The start tag of the first `metadata`, or else of the root.
    open: Range<usize>,
    /// The name of that element as written, and whether it is the root.
    name: String,
    in_root: bool,
    /// Whether the element has no end tag of its own.
    empty: bool,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    if source.len() > limits.text {
        return Err(Error::limit(NAME, "the size of the document", limits.text, "--limit-text"));
    }
    let bytes = source.bytes(NAME, 0..source.len(), limits.text, "the document")?;
    let text =
        String::from_utf8(bytes).map_err(|_| Error::unsupported(NAME, "a document in another encoding than UTF-8"))?;
    let body = text.strip_prefix(BOM).unwrap_or(&text).to_owned();
    let bom = (text.len() - body.len()) as u64;
    let tree = Tree::parse_document(&body, limits);
    let damage = tree.damage.clone();
    let (crowded, end) = (tree.elements.len() >= limits.parts, source.len());
    let places = layout(&tree, &body);
    let place = Place { placement: XMP, offset: Some(bom), part: 0..source.len(), dialects: &[] };
    let scope = scopes(&tree, &body);
    let packet = Packet::within(body, tree, scope, &place, limits, found);
    match damage {
        Some(_) if crowded => Err(Error::limit(NAME, "the number of elements", limits.parts as u64, "--limit-parts")),
        Some(damage) => Err(Error::invalid(NAME, end, damage)),
        None => {
            let (open, name, in_root, empty) = places.ok_or_else(|| Error::invalid(NAME, 0, "no svg element"))?;
            Ok(Box::new(Layout { bom, packet, open, name, in_root, empty }))
        }
    }
}

/// The `metadata` elements of the root.
fn metadata(tree: &Tree) -> impl Iterator<Item = &Element> {
    tree.elements.iter().filter(|e| e.name.local == "metadata" && e.parent == Some(0))
}

/// What is inside those elements.
fn scopes(tree: &Tree, text: &str) -> Vec<Range<usize>> {
    let inside = |e: &Element| {
        let close = text.get(e.span.clone())?.rfind("</").map_or(e.span.end, |at| e.span.start + at);
        (e.open.end <= close).then_some(e.open.end..close)
    };
    metadata(tree).filter_map(inside).collect()
}

fn layout(tree: &Tree, text: &str) -> Option<(Range<usize>, String, bool, bool)> {
    let root = tree.elements.first().filter(|e| e.name.local == "svg")?;
    let first = metadata(tree).next();
    let element = first.unwrap_or(root);
    let empty = element.open == element.span && text.get(element.open.clone())?.ends_with("/>");
    let prefix = &element.name.prefix;
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}:") };
    Some((element.open.clone(), format!("{prefix}{}", element.name.local), first.is_none(), empty))
}

impl Layout {
    /// New RDF, with `metadata` round it where there is none.
    fn insertion(&self, label: &Label) -> (Range<usize>, String) {
        let rdf = xmp::rdf(label);
        let text = if self.in_root {
            let prefix = self.name.strip_suffix("svg").unwrap_or_default();
            format!("\n<{prefix}metadata>\n{rdf}</{prefix}metadata>")
        } else {
            format!("\n{rdf}")
        };
        if self.empty {
            (self.open.end - 2..self.open.end, format!(">{text}\n</{}>", self.name))
        } else {
            (self.open.end..self.open.end, text)
        }
    }
}

impl Writer for Layout {
    fn plan(&self, _: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let edits = if self.packet.has_rdf() {
            self.packet.edits(Some(label))?
        } else {
            let mut edits = self.packet.edits(None)?;
            edits.push(self.insertion(label));
            edits.sort_by_key(|(range, _)| (range.start, range.end));
            edits
        };
        let (mut patch, mut end) = (Patch::new(), 0);
        for (range, text) in edits {
            // A label inside another one goes with it.
            if range.start < end {
                continue;
            }
            end = range.end;
            patch.replace(self.bom + range.start as u64..self.bom + range.end as u64, text);
        }
        Ok(patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_drawing_are_no_label() {
        let text = r#"<svg xmlns="http://www.w3.org/2000/svg"><text>{"Label":"1","ContentProducer":"p","ProduceID":"i"}</text></svg>"#;
        let mut found = Found::default();
        read(&text.as_bytes().to_vec(), &Limits::default(), &mut found).unwrap();
        assert!(found.records.is_empty(), "{:?}", found.records);
    }

    #[test]
    fn a_bare_label_in_metadata_is_moved_and_the_drawing_stays() {
        let text = r#"<svg xmlns="http://www.w3.org/2000/svg"><metadata><AIGC>{"Label":"1","ContentProducer":"p","ProduceID":"i"}</AIGC></metadata><g/></svg>"#;
        let (bytes, limits, mut found) = (text.as_bytes().to_vec(), Limits::default(), Found::default());
        let writer = read(&bytes, &limits, &mut found).unwrap();
        assert_eq!(found.records.len(), 1);
        let label = Label::new(biaoshi_label::Level::Confirmed, "p", "i", false).unwrap();
        let patch = writer.plan(&bytes, &label, &limits).unwrap();
        let out = biaoshi_container::to_vec(&biaoshi_container::Patched::new(&bytes, &patch), u64::MAX).unwrap();
        let mut found = Found::default();
        read(&out, &limits, &mut found).unwrap();
        assert!(found.records.len() == 1 && found.records[0].dialects.is_empty(), "{:?}", found.records);
        assert!(String::from_utf8(out).unwrap().ends_with("</metadata><g/></svg>"));
    }
}
