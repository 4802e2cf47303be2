//! SVG, also in gzip. The label is XMP inside `<metadata>` (our convention: no guide speaks of SVG).
//!
//! A document type is passed over and no entity of it is expanded, so that nothing can grow and nothing is fetched; a
//! namespace written as such an entity counts as unknown. Words of the drawing are never taken for a label.

use std::ops::Range;

use biaoshi_container::gzip;
use biaoshi_container::inflate::Spent;
use biaoshi_container::markup::Markup;
use biaoshi_container::xml::{self, Element, Tree};
use biaoshi_container::{Error, Limits, Patch, Patched, Result, Source, SourceExt, phrase, said, to_vec};
use biaoshi_label::Label;

use crate::around::around_label;
use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::Found;
use crate::xmp::{self, Packet, Place};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "svg",
    media_type: "image/svg+xml",
    extensions: &["svg", "svgz"],
    kind: Kind::Image,
    status: Status::Convention,
    placement: XMP,
    clause: "TC260-PG-20259A names no place in SVG",
    touches: "the description in `metadata`, which is made where it is missing; the rest of the drawing stays as it is",
    families: &["xmp"],
    sniff,
    read,
    pointers: None,
    content: Some(|source, limits| around_label(read, source, limits)),
};

const NAME: &str = "SVG";
const XMP: &str = "svg/metadata/XMP";
const MANIFEST: &str = "svg/metadata/C2PA";

/// Bytes that sniffing inflates.
const HEAD: usize = 16 << 10;

/// Whether the first element is `svg`. A text may begin with a drawing: then only its name or its end makes it one.
fn sniff(head: &Head<'_>) -> Confidence {
    if head.bytes.starts_with(gzip::MAGIC) {
        let begins = is_drawing(&gzip::start(&head.bytes, HEAD));
        return if begins { Confidence::Likely } else { Confidence::No };
    }
    if !is_drawing(&head.bytes) {
        return Confidence::No;
    }
    let mut tail = [0; 128];
    let got = head.source.read_at(head.source.len().saturating_sub(128), &mut tail).unwrap_or(0);
    let tail: Vec<u8> = tail.iter().take(got).copied().filter(|b| *b != 0).collect();
    let tail = tail.trim_ascii_end();
    let whole = tail.ends_with(b"svg>") || tail.ends_with(b"/>") || tail.ends_with(b"-->");
    if whole || head.extension == "svg" { Confidence::Likely } else { Confidence::No }
}

fn is_drawing(head: &[u8]) -> bool {
    // In UTF-16 every second byte of the markup is zero.
    let wide = matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..]);
    // Markup begins with `<`: most files need no more than a look at their first bytes.
    let first = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    if !wide && !blanks_off(first).starts_with('<') {
        return false;
    }
    let head: Vec<u8> = head.iter().copied().filter(|b| !wide || !matches!(b, 0 | 0xfe | 0xff)).collect();
    let text = String::from_utf8_lossy(&head);
    let mut rest = blanks_off(&text);
    loop {
        let end = match rest {
            r if r.starts_with("<!--") => "-->",
            r if r.starts_with("<?") => "?>",
            // A page may begin with a drawing.
            r if r.get(..14).is_some_and(|d| d.eq_ignore_ascii_case("<!DOCTYPE html")) => return false,
            r if r.get(..9).is_some_and(|d| d.eq_ignore_ascii_case("<!DOCTYPE")) => match xml::doctype(r) {
                Some(end) => {
                    rest = r.get(end..).unwrap_or_default().trim_start();
                    continue;
                }
                // It goes on behind the head, and names the root.
                None => return is_svg(r.get(9..).unwrap_or_default().trim_start()),
            },
            _ => break,
        };
        let Some(at) = rest.find(end) else { break };
        rest = rest.get(at + end.len()..).unwrap_or_default().trim_start();
    }
    rest.strip_prefix('<').is_some_and(is_svg)
}

/// A text behind byte-order marks and blanks.
fn blanks_off(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim_start()
}

/// Whether a text begins with the name of a drawing's root.
fn is_svg(text: &str) -> bool {
    let name = text.split([' ', '\t', '\r', '\n', '>', '/', '[']).next();
    name.is_some_and(|n| n.rsplit(':').next() == Some("svg"))
}

/// What a writer needs to know.
struct Layout {
    markup: Markup,
    /// The bytes of the header, where the file is compressed.
    gzip: Option<usize>,
    packet: Packet,
    /// Where new RDF goes; none where any place would change the drawing.
    room: Option<Room>,
}

/// Where new RDF goes.
struct Room {
    /// What is replaced: nothing, or the `/>` of an empty element.
    range: Range<usize>,
    /// The element that it goes into, as written, and whether it is the root.
    name: String,
    in_root: bool,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    if source.len() > limits.text {
        return Err(Error::limit(NAME, phrase!("the size of the document", "文档大小"), limits.text, "--limit-text"));
    }
    let bytes = source.bytes(NAME, 0..source.len(), limits.text, phrase!("the document", "文档"))?;
    let (bytes, gzip, sound) = if bytes.starts_with(gzip::MAGIC) {
        let file = gzip::read(&bytes, limits, &found.inflated)?;
        (file.data, Some(file.head), file.sound)
    } else {
        (bytes, None, true)
    };
    let markup = Markup::xml(bytes)
        .map_err(|name| Error::unsupported(NAME, said!("a document in {}", "{} 编码的文档", name)))?;
    let tree = Tree::parse_document(&markup.text, limits);
    let damage = tree.damage.clone();
    let (crowded, end) = (tree.elements.len() >= limits.parts, source.len());
    let is_drawing = tree.elements.first().is_some_and(|e| e.name.local == "svg");
    let room = room(&tree, &markup.text);
    let offset = markup.start().filter(|_| gzip.is_none());
    let place = Place { placement: XMP, offset, part: 0..source.len(), dialects: &[] };
    let scope = scopes(&tree, &markup.text);
    for manifest in tree.elements.iter().filter(is_manifest) {
        found.c2pa_text(MANIFEST, &manifest.text);
    }
    let packet = Packet::within(markup.text.clone(), tree, scope, &place, limits, found);
    match damage {
        Some(_) if crowded => {
            Err(Error::limit(NAME, phrase!("the number of elements", "元素数"), limits.parts as u64, "--limit-parts"))
        }
        Some(damage) => Err(Error::invalid(NAME, end, damage)),
        None if !sound => Err(Error::invalid(
            NAME,
            end,
            phrase!("the gzip trailer does not fit what the file holds", "gzip 尾部与内容不符"),
        )),
        None if !is_drawing => Err(Error::invalid(NAME, 0, phrase!("no svg element", "没有 svg 元素"))),
        None => Ok(Box::new(Layout { markup, gzip, packet, room })),
    }
}

/// Whether an element holds a C2PA manifest in Base64 (C2PA 2.4, "Embedding manifests into SVG").
fn is_manifest(element: &&Element) -> bool {
    let name = &element.name;
    name.local == "manifest"
        && match &name.uri {
            Some(uri) => uri.contains("c2pa.org"),
            None => name.prefix == "c2pa",
        }
}

/// The `metadata` elements of the root.
fn metadata(tree: &Tree) -> impl Iterator<Item = &Element> {
    tree.elements.iter().filter(|e| e.name.local == "metadata" && e.parent == Some(0))
}

/// What is inside those elements.
fn scopes(tree: &Tree, text: &str) -> Vec<Range<usize>> {
    metadata(tree).filter_map(|e| Some(e.open.end..close(e, text)?)).collect()
}

/// Where the end tag of an element begins; `None` for an empty one.
fn close(element: &Element, text: &str) -> Option<usize> {
    let at = text.get(element.span.clone())?.rfind("</").map_or(element.span.end, |at| element.span.start + at);
    (element.open.end <= at && element.open != element.span).then_some(at)
}

/// In the first `metadata`, or last in the root: in front of the drawing a new element would be the `:first-child`, and
/// the other half of `* + rect`. It goes there only where the style counts from the end and not from the start.
fn room(tree: &Tree, text: &str) -> Option<Room> {
    let root = tree.elements.first()?;
    let first = metadata(tree).next();
    let element = first.unwrap_or(root);
    let prefix = &element.name.prefix;
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}:") };
    let range = match close(element, text) {
        None => element.open.end - 2..element.open.end,
        Some(_) if first.is_some() => element.open.end..element.open.end,
        Some(end) => match counted(tree) {
            (_, false) => end..end,
            (false, true) => element.open.end..element.open.end,
            (true, true) => return None,
        },
    };
    Some(Room { range, name: format!("{prefix}{}", element.name.local), in_root: first.is_none() })
}

/// Whether the styles of a drawing choose elements by what stands before them, and by what stands behind them.
fn counted(tree: &Tree) -> (bool, bool) {
    let mut found = (false, false);
    let alone = tree.elements.iter().filter(|e| e.parent == Some(0)).count() == 1;
    for style in tree.elements.iter().filter(|e| e.name.local == "style") {
        let text = style.text.to_ascii_lowercase();
        let any = |selectors: &[&str]| selectors.iter().any(|s| text.contains(s));
        // An only child, and no other, would not be one any more.
        let only = alone && any(&[":only-child"]);
        found.0 |= only || any(&[":first-child", ":nth-child", "+", "~"]);
        found.1 |= only || any(&[":last-child", ":nth-last-child"]);
    }
    found
}

impl Room {
    /// New RDF, with `metadata` round it where there is none.
    fn insertion(&self, label: &Label) -> (Range<usize>, String) {
        let rdf = xmp::rdf(label);
        let text = if self.in_root {
            let prefix = self.name.strip_suffix("svg").unwrap_or_default();
            format!("<{prefix}metadata>\n{rdf}</{prefix}metadata>\n")
        } else {
            format!("\n{rdf}")
        };
        let text = if self.range.is_empty() { text } else { format!(">{text}</{}>", self.name) };
        (self.range.clone(), text)
    }
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let edits = if self.packet.has_rdf() {
            self.packet.edits(Some(label))?
        } else {
            let room = self.room.as_ref().ok_or_else(|| {
                Error::unsupported(
                    NAME,
                    phrase!(
                        "a drawing whose style counts its elements from both ends (use --sidecar)",
                        "样式从两端计数元素的图形(请用 --sidecar)"
                    ),
                )
            })?;
            let mut edits = self.packet.edits(None)?;
            edits.push(room.insertion(label));
            edits.sort_by_key(|(range, _)| (range.start, range.end));
            edits
        };
        let mut end = 0;
        let apart = edits.into_iter().filter(|(range, _)| {
            // A label inside another one goes with it.
            let apart = range.start >= end;
            end = end.max(range.end);
            apart
        });
        let patch = self.markup.patch(&apart.collect::<Vec<_>>());
        let patch = patch.ok_or_else(|| {
            Error::unsupported(
                NAME,
                said!("a label between {} characters", "在 {} 编码的字符之间写入标识", self.markup.encoding()),
            )
        })?;
        let Some(head) = self.gzip else { return Ok(patch) };
        let bytes = source.bytes(NAME, 0..source.len(), limits.text, phrase!("the document", "文档"))?;
        let drawing = gzip::read(&bytes, limits, &Spent::default())?.data;
        let drawing = to_vec(&Patched::new(&drawing, &patch), limits.inflated)?;
        let mut whole = Patch::new();
        whole.replace(head as u64..source.len(), gzip::body(&drawing));
        Ok(whole)
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

    fn label() -> Label {
        Label::new(biaoshi_label::Level::Confirmed, "p", "i", false).unwrap()
    }

    fn found(bytes: &[u8]) -> Found {
        let mut found = Found::default();
        read(&bytes.to_vec(), &Limits::default(), &mut found).unwrap();
        found
    }

    fn labelled(bytes: &[u8]) -> Vec<u8> {
        let bytes = bytes.to_vec();
        let writer = read(&bytes, &Limits::default(), &mut Found::default()).unwrap();
        let patch = writer.plan(&bytes, &label(), &Limits::default()).unwrap();
        let out = to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap();
        let records = found(&out).records;
        assert!(records.len() == 1 && label().equals(&records[0]) && records[0].dialects.is_empty(), "{records:?}");
        out
    }

    fn is_svg(bytes: &[u8]) -> bool {
        sniff(&Head::new(&bytes.to_vec(), "svg").unwrap()) >= Confidence::Likely
    }

    const WORDS: &str = r#"<svg xmlns="http://www.w3.org/2000/svg"><metadata/><text>标识é</text></svg>"#;

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn every_encoding_keeps_its_bytes() {
        let latin = WORDS.replace("标识", "");
        let latin: Vec<u8> = latin.chars().map(|c| c as u8).collect();
        let declared =
            |name: &str, body: &[u8]| [format!("<?xml version='1.0' encoding='{name}'?>").as_bytes(), body].concat();
        let gbk =
            [WORDS.split('标').next().unwrap().as_bytes(), b"\xb1\xea\xca\xb6", "</text></svg>".as_bytes()].concat();
        for bytes in [
            utf16(&format!("\u{feff}{WORDS}"), u16::to_le_bytes),
            utf16(&format!("\u{feff}{WORDS}"), u16::to_be_bytes),
            utf16(WORDS, u16::to_le_bytes),
            utf16(&format!("<?xml version='1.0' encoding='UTF-16'?>{WORDS}"), u16::to_be_bytes),
            declared("ISO-8859-1", &latin),
            declared("GBK", &gbk),
            declared("utf-8", WORDS.as_bytes()),
            format!("\u{feff}{WORDS}").into_bytes(),
            gbk.clone(),
        ] {
            assert!(is_svg(&bytes), "{bytes:?}");
            let out = labelled(&bytes);
            let tail = bytes.len() - 12;
            assert!(out.len() > bytes.len() && out.ends_with(&bytes[tail..]) && out[..40] == bytes[..40]);
        }
        for (bytes, name) in [(declared("UTF-7", b"<svg/>"), "UTF-7"), (b"<\0\0\0s\0\0\0".to_vec(), "UTF-32")] {
            let Err(error) = read(&bytes, &Limits::default(), &mut Found::default()) else { panic!("{name}") };
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn compressed_drawings_are_read_and_made_anew() {
        let head = [gzip::MAGIC, b"\x08\0\0\0\0\0\x03a.svg\0"].concat();
        let bytes = [head.as_slice(), &gzip::body(WORDS.as_bytes())].concat();
        assert!(!is_svg(b"<!doctype html><svg/>"));
        assert!(is_svg(&bytes) && !is_svg(&[gzip::MAGIC, &[0; 7], &gzip::body(b"words")].concat()));
        let out = labelled(&bytes);
        assert!(out.starts_with(&head));
        let drawing = gzip::read(&out, &Limits::default(), &Spent::default()).unwrap();
        assert!(drawing.sound && drawing.data.ends_with("<text>标识é</text></svg>".as_bytes()));
        let two = [bytes.as_slice(), &bytes].concat();
        assert!(read(&two, &Limits::default(), &mut Found::default()).is_err());
        let limits = Limits { inflated: 10, ..Limits::default() };
        assert!(read(&bytes, &limits, &mut Found::default()).is_err());
    }

    #[test]
    fn what_a_style_counts_stays_what_it_is() {
        let drawing = |style: &str| {
            format!("<svg xmlns='http://www.w3.org/2000/svg'><style>{style}</style><g><a/></g><g/></svg>").into_bytes()
        };
        for (style, first) in [
            ("", false),
            ("svg > :first-child {}", false),
            ("* + g {} :NTH-CHILD(2) {}", false),
            ("g:last-child {}", true),
            ("g:nth-last-child(2) {}", true),
            ("a:only-child {}", false),
        ] {
            let out = labelled(&drawing(style));
            assert_eq!(String::from_utf8(out).unwrap().contains("svg'><metadata>"), first, "{style}");
        }
        let alone = b"<svg xmlns='http://www.w3.org/2000/svg'><style>:only-child {}</style></svg>".to_vec();
        for bytes in [drawing(":nth-child(2) {} g:last-child {}"), alone] {
            let writer = read(&bytes, &Limits::default(), &mut Found::default()).unwrap();
            assert!(writer.plan(&bytes, &label(), &Limits::default()).is_err());
        }
    }

    #[test]
    fn a_document_type_may_hold_its_own_end() {
        let drawing = "<svg xmlns='http://www.w3.org/2000/svg'><g/></svg>";
        let long = "x".repeat(HEAD * 8);
        for subset in ["<!-- ]> ' -->", "<!ENTITY a 'x]>y'>", "<?p ]> \" ?>", &format!("<!-- {long} ]> -->")] {
            let text = format!("<?xml version='1.0'?><!DOCTYPE svg [{subset}]>\n{drawing}");
            assert!(is_svg(text.as_bytes()));
            labelled(text.as_bytes());
        }
        assert!(!is_svg(format!("<!DOCTYPE note [<!-- {long} -->]><note/>").as_bytes()));
        assert!(!is_svg(b"<!DOCTYPE note [<!-- ]><svg> -->]><note/>"));
    }

    #[test]
    fn manifests_are_seen() {
        let made = |inside: &str| {
            format!("<svg xmlns='http://www.w3.org/2000/svg' xmlns:c2pa='http://c2pa.org/manifest'>{inside}</svg>")
        };
        let text = "<metadata><c2pa:manifest>anVtYmMycGEgdHJhaW5lZEFsZ29yaXRo\nbWljTWVkaWE</c2pa:manifest></metadata>";
        let found_in = |inside: &str| found(made(inside).as_bytes());
        let found = found_in(text);
        assert_eq!((found.blockers.len(), found.traces[0].strength), (1, crate::Strength::Strong));
        let damaged = found_in("<metadata><c2pa:manifest>&#0;</c2pa:manifest></metadata>");
        assert_eq!((damaged.blockers.len(), damaged.traces[0].strength), (1, crate::Strength::Weak));
        for none in ["<metadata><c2pa:manifest/></metadata>", "<manifest>x</manifest>"] {
            assert_eq!(found_in(none).blockers, []);
        }
    }
}
