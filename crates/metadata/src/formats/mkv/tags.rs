//! Tags (RFC 9559 5.1.8): reading labels out of them, and building them anew.

use std::ops::Range;

use biaoshi_container::ebml::{self, Budget, Element};
use biaoshi_container::{Error, Limits, Result, Source, SourceExt, phrase};
use biaoshi_label::Dialect;

use super::extent::end_of;
use super::{NAME, PLACEMENT, id};
use crate::found::{Found, Offer, Slot};

/// Deepest nesting of simple tags.
const DEPTH: usize = 16;

/// One Tags element.
#[derive(Debug)]
pub(super) struct Tags {
    pub(super) element: Element,
    /// The tags and simple tags that are labels.
    pub(super) labels: Vec<Range<u64>>,
    /// Whether its structure is broken.
    pub(super) damaged: bool,
    /// Whether nothing is left without its labels.
    pub(super) emptied: bool,
}

/// Reads one Tags element.
pub(super) fn read(
    source: &dyn Source,
    element: &Element,
    limits: &Limits,
    found: &mut Found,
    budget: &mut Budget,
) -> Result<Tags> {
    let mut scan = Scan { source, limits, found, budget, labels: Vec::new(), kept: 0 };
    let damaged = match scan.tags(element) {
        Ok(()) => false,
        Err(e) if e.kind() == biaoshi_container::Kind::Malformed => {
            scan.found.damaged("mkv/Segment/Tags", phrase!("Tags with a lying length", "Tags 的长度有误"));
            true
        }
        Err(e) => return Err(e),
    };
    let emptied = scan.kept == 0;
    Ok(Tags { element: *element, labels: scan.labels, damaged, emptied })
}

struct Scan<'a, 'b> {
    source: &'a dyn Source,
    limits: &'a Limits,
    found: &'b mut Found,
    budget: &'b mut Budget,
    labels: Vec<Range<u64>>,
    /// Tags that are not labels as a whole.
    kept: usize,
}

impl Scan<'_, '_> {
    fn tags(&mut self, tags: &Element) -> Result<()> {
        let mut at = tags.body;
        // Tag by tag, so that what stands before a damaged one counts.
        while at < tags.end {
            self.budget.take()?;
            let tag = next(self.source, at, tags.end, self.budget)?;
            at = tag.end;
            if tag.id == id::TAG {
                self.tag(&tag)?;
            }
        }
        Ok(())
    }

    fn tag(&mut self, tag: &Element) -> Result<()> {
        let children = ebml::children(self.source, tag.contents(), self.budget)?;
        let mut whole = true;
        for targets in children.iter().filter(|c| c.id == id::TARGETS) {
            for target in ebml::children(self.source, targets.contents(), self.budget)? {
                // A UID of zero means "all of them".
                let uid = target.end - target.body <= 8 && self.bytes(&target)?.iter().all(|b| *b == 0);
                whole &= uid || !id::TARGET_UIDS.contains(&target.id);
            }
        }
        let dialects: &[Dialect] = if whole { &[] } else { &[Dialect::MkvTarget] };
        let before = self.labels.len();
        let simple: Vec<_> = children.iter().filter(|c| c.id == id::SIMPLE_TAG).collect();
        let mut ours = 0;
        for child in &simple {
            ours += usize::from(self.simple(child, dialects, 0)?);
        }
        // A tag may not be empty: when all it held are labels, it goes as a whole.
        if ours > 0 && ours == simple.len() {
            self.labels.truncate(before);
            self.labels.push(tag.range());
        } else {
            self.kept += 1;
        }
        Ok(())
    }

    /// Reads a simple tag; whether it is a label itself.
    fn simple(&mut self, simple: &Element, dialects: &[Dialect], depth: usize) -> Result<bool> {
        if depth > DEPTH {
            return Err(Error::invalid(NAME, simple.start, phrase!("tags nest too deeply", "标签嵌套过深")));
        }
        let children = ebml::children(self.source, simple.contents(), self.budget)?;
        let name = match children.iter().find(|c| c.id == id::TAG_NAME) {
            Some(name) => String::from_utf8_lossy(&self.bytes(name)?).trim_end_matches('\0').to_owned(),
            None => String::new(),
        };
        for value in children.iter().filter(|c| matches!(c.id, id::TAG_STRING | id::TAG_BINARY)) {
            // Pictures and the like are no label.
            if value.end - value.body > self.limits.part.min(16 << 20) {
                continue;
            }
            let bytes = self.bytes(value)?;
            let text = String::from_utf8_lossy(&bytes);
            let mut dialects = dialects.to_vec();
            let ours = name.eq_ignore_ascii_case("AIGC");
            if !ours || depth > 0 || value.id == id::TAG_BINARY {
                dialects.push(Dialect::MkvOtherTag);
            }
            if ours && name != "AIGC" {
                dialects.push(Dialect::SlotCase);
            }
            let slot =
                Slot { placement: PLACEMENT.into(), span: value.contents(), wrapped: false, dialects: &dialects };
            match self.found.offer_as(ours, slot, &text, self.limits) {
                Offer::Label => {
                    self.labels.push(simple.range());
                    return Ok(true);
                }
                Offer::Vendor => {}
                Offer::Nothing => self.found.look("mkv/Segment/Tags", known(&name), &text),
            }
        }
        for child in children.iter().filter(|c| c.id == id::SIMPLE_TAG) {
            self.simple(child, dialects, depth + 1)?;
        }
        Ok(false)
    }

    fn bytes(&self, element: &Element) -> Result<Vec<u8>> {
        self.source.bytes(NAME, element.contents(), self.limits.part, phrase!("a tag", "标签"))
    }
}

/// The name by which a trace knows a tag.
fn known(name: &str) -> &str {
    match name {
        "ENCODER" | "ENCODED_BY" => "Software",
        "SUMMARY" | "SYNOPSIS" => "Description",
        "DIRECTOR" | "PRODUCER" => "Artist",
        other => other,
    }
}

/// The child of Tags at `at`. One of unknown size may have none; it ends where the next tag starts.
fn next(source: &dyn Source, at: u64, end: u64, budget: &mut Budget) -> Result<Element> {
    let child = ebml::read(source, at, end)?;
    let end = if child.unknown { end_of(source, &child, |kind| kind == id::TAG, budget)? } else { child.end };
    Ok(Element { end, ..child })
}

/// The contents of Tags, without the elements at `labels` (sorted), and with `more`; a check sum is computed anew.
pub(super) fn contents(source: &dyn Source, tags: &Tags, more: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let (mut body, mut crc, mut at) = (Vec::new(), false, tags.element.body);
    let budget = &mut Budget::new(limits);
    while at < tags.element.end {
        budget.take()?;
        let child = next(source, at, tags.element.end, budget)?;
        at = child.end;
        crc |= child.id == ebml::CRC32;
        body.extend(without(source, &child, &tags.labels, limits, 0)?);
    }
    body.extend(more);
    Ok(if crc { ebml::with_crc(&body) } else { body })
}

/// An element without those at `gone` inside it (sorted), or nothing. Its check sum goes to whoever puts it together; its
/// size is told, since what follows would else be inside it.
fn without(
    source: &dyn Source,
    element: &Element,
    gone: &[Range<u64>],
    limits: &Limits,
    depth: usize,
) -> Result<Vec<u8>> {
    let first = gone.partition_point(|g| g.start < element.start);
    let Some(next) = gone.get(first).filter(|g| g.start < element.end) else {
        let width = usize::try_from(element.body - element.size_at).unwrap_or(1);
        return match (element.id, element.unknown) {
            (ebml::CRC32, _) => Ok(Vec::new()),
            (_, false) => source.bytes(NAME, element.range(), limits.part, phrase!("the tags", "标签")),
            (kind, true) => {
                let body = source.bytes(NAME, element.contents(), limits.part, phrase!("the tags", "标签"))?;
                Ok(ebml::encode_wide(kind, &body, width))
            }
        };
    };
    if next.start == element.start {
        return Ok(Vec::new());
    }
    if depth > DEPTH + 2 {
        return Err(Error::invalid(NAME, element.start, phrase!("tags nest too deeply", "标签嵌套过深")));
    }
    let (mut body, mut crc) = (Vec::new(), false);
    for child in ebml::children(source, element.contents(), &mut Budget::new(limits))? {
        crc |= child.id == ebml::CRC32;
        body.extend(without(source, &child, gone, limits, depth + 1)?);
    }
    let body = if crc { ebml::with_crc(&body) } else { body };
    Ok(ebml::encode_wide(element.id, &body, usize::try_from(element.body - element.size_at).unwrap_or(1)))
}

/// A tag for the whole file that holds nothing but the label.
pub(super) fn tag(json: &str) -> Vec<u8> {
    let mut simple = ebml::encode(id::TAG_NAME, b"AIGC");
    simple.extend(ebml::encode(id::TAG_LANGUAGE, b"und"));
    simple.extend(ebml::encode(id::TAG_STRING, json.as_bytes()));
    let mut tag = ebml::encode(id::TARGETS, b"");
    tag.extend(ebml::encode(id::SIMPLE_TAG, &simple));
    ebml::encode(id::TAG, &tag)
}
