//! Plain text. In a `.txt` the label is the last line `AIGC: {json}` (our convention: no guide speaks of plain text);
//! any other text is read, and labelled by a sidecar only, since a foreign line breaks a script or a table.

use std::ops::Range;

use biaoshi_container::text::{Document, Line};
use biaoshi_container::{Error, Limits, Patch, Result, Source};
use biaoshi_label::{Dialect, Label};

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::yaml;

/// The row of `.txt`.
pub(crate) static TXT: Format = Format {
    name: "txt",
    media_type: "text/plain",
    extensions: &["txt", "text"],
    kind: Kind::Text,
    status: Status::Convention,
    placement: LAST_LINE,
    clause: "TC260-PG-20258A names no place in plain text",
    touches: "the last line; label lines elsewhere are cut out",
    families: &["yaml", "text"],
    sniff: |head| by_extension(head, &["txt", "text"]),
    read: read_txt,
    pointers: None,
};

/// The row of every other text.
pub(crate) static OTHER: Format = Format {
    name: "text",
    media_type: "text/plain",
    extensions: &[],
    kind: Kind::Text,
    status: Status::Sidecar,
    placement: "sidecar/AIGC",
    clause: "",
    touches: "nothing: the sidecar beside the file",
    families: &["yaml", "text"],
    sniff: |head| if head.is_text() { Confidence::Fallback } else { Confidence::No },
    read: read_other,
    pointers: None,
};

const NAME: &str = "text";
const LAST_LINE: &str = "txt/last line";

/// How sure a text format can be: the bytes can only speak against it.
pub(crate) fn by_extension(head: &Head<'_>, extensions: &[&str]) -> Confidence {
    if extensions.contains(&head.extension) && head.is_text() { Confidence::Extension } else { Confidence::No }
}

/// A line or block that holds a label: its bytes from the first to behind its line end.
pub(crate) type Lines = Range<usize>;

fn read_txt(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let document = Document::read(source, limits)?;
    let labels = read_lines(&document, &[], limits, found);
    Ok(Box::new(Layout { document, labels }))
}

fn read_other(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let document = Document::read(source, limits)?;
    read_lines(&document, &[Dialect::TextOther], limits, found);
    Ok(Box::new(NoSlot))
}

/// Labels on the first and the last filled lines, and as a YAML block in the body.
pub(crate) fn read_lines(document: &Document, dialects: &[Dialect], limits: &Limits, found: &mut Found) -> Vec<Lines> {
    let mut labels = Vec::new();
    for (line, is_last) in label_lines(document) {
        let text = document.text(line);
        let Some(json) = label_line(&text) else { continue };
        let mut dialects = dialects.to_vec();
        if !is_last {
            dialects.push(Dialect::TextFirstLine);
        }
        if is_last && text.trim_end() != format!("AIGC: {json}") {
            dialects.push(Dialect::Prefix);
        }
        let placement = if is_last { LAST_LINE } else { "txt/first line" };
        let span = line.content.start as u64..line.content.end as u64;
        if found.offer(Slot { placement: placement.into(), span, wrapped: false, dialects: &dialects }, json, limits)
            == Offer::Label
        {
            labels.push(line.content.start..line.end);
        }
    }
    for block in yaml::blocks(document, 0..document.lines.len(), limits) {
        let (Some(open), Some(close)) =
            (document.lines.get(block.lines.start), document.lines.get(block.lines.end - 1))
        else {
            continue;
        };
        // Less than a label, or a line that was read above.
        if block.lines.len() < 3 || labels.iter().any(|l: &Lines| l.contains(&open.content.start)) {
            continue;
        }
        let mut dialects = dialects.to_vec();
        dialects.push(Dialect::YamlBody);
        let span = open.content.start as u64..close.content.end as u64;
        let slot = Slot { placement: "txt/body/YAML".into(), span, wrapped: false, dialects: &dialects };
        found.record(slot, block.parsed, block.raw, None, limits);
        labels.push(open.content.start..close.end);
    }
    labels
}

/// The lines `AIGC: {json}` with which a document begins and ends (where two programs wrote, there are two), and whether
/// each is the last one.
pub(crate) fn label_lines(document: &Document) -> Vec<(&Line, bool)> {
    let line = |index: usize| document.lines.get(index).filter(|l| label_line(&document.text(l)).is_some());
    let tail: Vec<usize> = document.filled().rev().take_while(|n| line(*n).is_some()).collect();
    let (last, end) = (tail.first().copied(), tail.last().copied().unwrap_or(usize::MAX));
    let head = document.filled().take_while(|n| *n < end && line(*n).is_some());
    head.chain(tail.iter().rev().copied()).filter_map(|n| Some((line(n)?, Some(n) == last))).collect()
}

/// The object of a line `AIGC: {json}`, comment marks in front of it allowed.
pub(crate) fn label_line(line: &str) -> Option<&str> {
    let body = line.trim().trim_start_matches(['#', '/', '-', ';', '*', '<', '!', '"']).trim_start();
    let head = body.get(..4).filter(|h| h.eq_ignore_ascii_case("AIGC"))?;
    let rest = body.get(head.len()..)?.trim_start();
    let rest = rest.strip_prefix([':', '=', '\u{ff1a}'])?.trim_start();
    let rest = rest.trim_end_matches("-->").trim_end().trim_end_matches("*/").trim_end();
    rest.starts_with('{').then_some(rest)
}

/// What a writer needs to know.
struct Layout {
    document: Document,
    labels: Vec<Lines>,
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let document = &self.document;
        if document.is_padded() {
            return Err(Error::unsupported(NAME, "a last line behind NUL bytes"));
        }
        let mut patch = Patch::new();
        for lines in &self.labels {
            patch.remove(lines.start as u64..lines.end as u64);
        }
        let kept_end = document.lines.iter().rev().find(|l| !self.labels.iter().any(|r| r.contains(&l.content.start)));
        let joined = kept_end.is_none_or(|l| l.end > l.content.end);
        let newline = document.newline;
        let line = format!("{}AIGC: {}{newline}", if joined { "" } else { newline }, label.to_json());
        let bytes = document.encoding.encode(&line);
        let bytes = bytes
            .ok_or_else(|| Error::unsupported(NAME, "a label with characters that the document's encoding lacks"))?;
        patch.insert(source.len(), bytes);
        Ok(patch)
    }
}

/// A text without a place for a label.
struct NoSlot;

impl Writer for NoSlot {
    fn plan(&self, _: &dyn Source, _: &Label, _: &Limits) -> Result<Patch> {
        Err(Error::unsupported(NAME, "a label inside this kind of text"))
    }
}
