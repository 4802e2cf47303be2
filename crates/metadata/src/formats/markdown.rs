//! Markdown. The label is a block `AIGC:` with seven single-quoted children in the YAML front matter (text guide).

use std::ops::Range;

use biaoshi_container::text::{Document, FrontMatter, Line, block_at, fenced, front_matter, yaml_key};
use biaoshi_container::{Error, Limits, Patch, Result, Source};
use biaoshi_label::{Dialect, Label};

use super::text::{Lines, by_extension, label_line, label_lines};
use crate::format::{Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::yaml;

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "markdown",
    media_type: "text/markdown",
    extensions: EXTENSIONS,
    kind: Kind::Text,
    status: Status::Standard,
    placement: FRONT,
    clause: "TC260-PG-20258A",
    touches: "seven lines of the front matter, which is made where there is none; labels in the body are cut out",
    families: &["yaml", "text"],
    sniff: |head| by_extension(head, EXTENSIONS),
    read,
    pointers: None,
};

const EXTENSIONS: &[&str] = &["md", "markdown", "mdown", "mkd", "mdx"];
const NAME: &str = "Markdown";
const FRONT: &str = "markdown/front matter";

/// What a writer needs to know.
struct Layout {
    document: Document,
    first: Option<FrontMatter>,
    labels: Vec<Lines>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let document = Document::read(source, limits)?;
    let blocks = front_matter(&document);
    let mut layout = Layout { first: blocks.first().cloned(), labels: Vec::new(), document };
    for (n, block) in blocks.iter().enumerate() {
        layout.block(block, n == 0, limits, found);
    }
    let body = blocks.last().map_or(0, |b| b.close + 1);
    layout.later_blocks(body, limits, found);
    layout.lines(limits, found);
    Ok(Box::new(layout))
}

impl Layout {
    /// Labels inside one front matter block.
    fn block(&mut self, block: &FrontMatter, first: bool, limits: &Limits, found: &mut Found) {
        let inside = block.open + 1..block.close;
        for label in yaml::blocks(&self.document, inside.clone(), limits) {
            let dialects: &[_] = if first { &[] } else { &[Dialect::YamlLater] };
            // A later block that holds nothing else goes as a whole, fences included.
            let alone = !first && filled(&self.document, inside.clone()) == filled(&self.document, label.lines.clone());
            let lines = if alone { block.open..block.close + 1 } else { label.lines.clone() };
            self.record(label, &lines, dialects, limits, found);
        }
    }

    fn record(
        &mut self,
        label: yaml::Block,
        lines: &Range<usize>,
        dialects: &[Dialect],
        limits: &Limits,
        found: &mut Found,
    ) {
        let document = &self.document;
        let bounds = |r: &Range<usize>| {
            Some((document.lines.get(r.start)?.clone(), document.lines.get(r.end.checked_sub(1)?)?.clone()))
        };
        let (Some((open, close)), Some((first, last))) = (bounds(&label.lines), bounds(lines)) else { return };
        let span = open.content.start as u64..close.content.end as u64;
        let slot = Slot { placement: FRONT.into(), span, wrapped: false, dialects };
        found.record(slot, label.parsed, label.raw, None, limits);
        self.labels.push(first.content.start..last.end);
    }

    /// Blocks between `---` further down, outside code fences: two documents that were joined.
    fn later_blocks(&mut self, body: usize, limits: &Limits, found: &mut Found) {
        let inside_code = fenced(&self.document);
        let mut at = body;
        while at < self.document.lines.len() {
            let block = block_at(&self.document, at).filter(|_| inside_code.get(at) == Some(&false));
            let Some(block) = block else {
                at += 1;
                continue;
            };
            let labels = yaml::blocks(&self.document, block.open + 1..block.close, limits);
            at = if labels.is_empty() { at + 1 } else { block.close + 1 };
            if !labels.is_empty() {
                self.block(&block, false, limits, found);
            }
        }
    }

    /// Lines `AIGC: {json}` at the very start or end, as in plain text.
    fn lines(&mut self, limits: &Limits, found: &mut Found) {
        let document = &self.document;
        for (line, last) in label_lines(document) {
            let text = document.text(line);
            let Some(json) = label_line(&text) else { continue };
            let span = line.content.start as u64..line.content.end as u64;
            let dialects = [if last { Dialect::YamlBody } else { Dialect::TextFirstLine }];
            let slot = Slot { placement: "markdown/line".into(), span, wrapped: false, dialects: &dialects };
            if found.offer(slot, json, limits) == Offer::Label {
                self.labels.push(line.content.start..line.end);
            }
        }
    }
}

/// How many lines of a range have something on them.
fn filled(document: &Document, lines: Range<usize>) -> usize {
    let lines = document.lines.get(lines).unwrap_or_default();
    lines.iter().filter(|l| !document.text(l).trim().is_empty()).count()
}

/// Front matter that site generators read and we do not write into: TOML between `+++`, YAML that is indented. A block
/// of ours in front of it would hide it from them.
fn has_other_front_matter(document: &Document) -> bool {
    let text = |n: usize| document.lines.get(n).map(|l| document.text(l).trim_end().to_owned());
    let Some(open) = document.first_filled() else { return false };
    let closes = |fence: &str| (open + 1..document.lines.len()).any(|n| text(n).is_some_and(|t| t == fence));
    match text(open).as_deref() {
        Some("+++") => closes("+++"),
        Some("---") => text(open + 1).is_some_and(|t| yaml_key(t.trim_start()).is_some()) && closes("---"),
        _ => false,
    }
}

impl Writer for Layout {
    fn plan(&self, _: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let document = &self.document;
        let newline = document.newline;
        if label.fields().iter().flatten().any(|v| v.contains(char::is_control)) {
            return Err(Error::unsupported(NAME, "a kept label with line breaks or control characters in a value"));
        }
        let block = yaml::encode(label, newline);
        let (at, text) = match &self.first {
            Some(front) => {
                let flow = document.lines.get(front.open + 1..front.close).unwrap_or_default();
                if flow.iter().any(|l| document.text(l).starts_with('{')) {
                    return Err(Error::unsupported(NAME, "front matter in flow style ({…})"));
                }
                let other = |l: &&Line| yaml_key(&document.text(l)).is_some_and(|k| k.eq_ignore_ascii_case("AIGC"));
                let ours = |l: &Line| self.labels.iter().any(|r| r.contains(&l.content.start));
                if flow.iter().filter(other).any(|l| !ours(l)) {
                    return Err(Error::unsupported(NAME, "front matter whose key AIGC is no label"));
                }
                (document.lines.get(front.open).map_or(0, |l| l.end), block)
            }
            None if has_other_front_matter(document) => {
                return Err(Error::unsupported(NAME, "front matter in TOML, or indented"));
            }
            None => {
                // A first line `---` that opens no front matter must not become one.
                let gap = if document.is_empty() { "" } else { newline };
                (document.bom, format!("---{newline}{block}---{newline}{gap}"))
            }
        };
        let bytes = document.encoding.encode(&text);
        let bytes = bytes
            .ok_or_else(|| Error::unsupported(NAME, "a label with characters that the document's encoding lacks"))?;
        let mut patch = Patch::new();
        patch.insert(at as u64, bytes);
        for lines in &self.labels {
            patch.remove(lines.start as u64..lines.end as u64);
        }
        Ok(patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_label::Level;

    fn label_twice(text: &str) -> String {
        let limits = Limits::default();
        let label = Label::new(Level::Confirmed, "p'q", "i", false).unwrap();
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..2 {
            let writer = read(&bytes, &limits, &mut Found::default()).unwrap();
            let patch = writer.plan(&bytes, &label, &limits).unwrap();
            bytes = biaoshi_container::to_vec(&biaoshi_container::Patched::new(&bytes, &patch), u64::MAX).unwrap();
            let mut found = Found::default();
            read(&bytes, &limits, &mut found).unwrap();
            assert_eq!(found.records.len(), 1, "{}", String::from_utf8_lossy(&bytes));
            assert!(label.equals(&found.records[0]) && found.records[0].dialects.is_empty(), "{:?}", found.records);
        }
        String::from_utf8(bytes).unwrap()
    }

    const BLOCK: &str = "AIGC:\n  Label: '1'\n  ContentProducer: 'p''q'\n  ProduceID: 'i'\n  ReservedCode1: ''\n  ContentPropagator: 'p''q'\n  PropagateID: 'i'\n  ReservedCode2: ''\n";

    #[test]
    fn the_block_joins_existing_front_matter() {
        assert_eq!(label_twice("---\ntitle: x\n---\ntext\n"), format!("---\n{BLOCK}title: x\n---\ntext\n"));
        assert_eq!(label_twice("# Title\n"), format!("---\n{BLOCK}---\n\n# Title\n"));
    }

    #[test]
    fn labels_in_later_blocks_are_moved() {
        let old = "AIGC:\n    Label: \"1\"\n    ContentProducer: x\n    ProduceID: y\n";
        assert_eq!(
            label_twice(&format!("---\ntitle: x\n---\n\n---\n{old}---\ntext\n")),
            format!("---\n{BLOCK}title: x\n---\n\ntext\n")
        );
        assert_eq!(label_twice(&format!("---\n{old}title: x\n---\n")), format!("---\n{BLOCK}title: x\n---\n"));
    }

    #[test]
    fn quoted_labels_are_no_labels() {
        let mut found = Found::default();
        let text = "# How to\n\n```yaml\n---\nAIGC:\n  Label: '1'\n  ContentProducer: x\n---\n```\n\nPut `AIGC: {\"Label\":\"1\"}` there.\n";
        read(&text.as_bytes().to_vec(), &Limits::default(), &mut found).unwrap();
        assert!(found.records.is_empty());
    }
}
