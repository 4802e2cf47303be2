//! Markdown. The label is a block `AIGC:` with seven single-quoted children in the YAML front matter (text guide).

use biaoshi_container::text::{Document, FrontMatter, Line, front_matter, yaml_key};
use biaoshi_container::{Error, Limits, Patch, Result, Source};
use biaoshi_label::{Dialect, Label};

use super::text::labels::{self, Genre, Place, Spot};
use super::text::{Lines, by_extension, without_rest};
use crate::format::{Format, Kind, Status, Writer};
use crate::found::{Found, Slot};
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
    let mut layout = Layout { first: front_matter(&document).into_iter().next(), labels: Vec::new(), document };
    layout.front_matter(limits, found);
    let body = layout.first.as_ref().map_or(0, |b| b.close + 1);
    let describe = |spot: &Spot| match spot.place {
        Place::Fenced => (FRONT, vec![Dialect::YamlLater]),
        Place::Block => ("markdown/body/YAML", vec![Dialect::YamlBody]),
        Place::Line => ("markdown/line", vec![Dialect::YamlBody]),
        Place::Comment => ("markdown/comment", vec![Dialect::TextComment]),
    };
    let spots = labels::find(&layout.document, body, Genre::Markdown, limits);
    layout.labels.extend(labels::note(spots, describe, limits, found));
    Ok(Box::new(layout))
}

impl Layout {
    /// Labels in the front matter.
    fn front_matter(&mut self, limits: &Limits, found: &mut Found) {
        let Some(front) = &self.first else { return };
        for label in yaml::blocks(&self.document, front.open + 1..front.close, limits) {
            let lines = self.document.lines.get(label.lines).unwrap_or_default();
            let (Some(first), Some(last)) = (lines.first(), lines.last()) else { continue };
            let span = first.content.start as u64..last.content.end as u64;
            let slot = Slot { placement: FRONT.into(), span, wrapped: false, dialects: &[] };
            found.record(slot, label.parsed, label.raw, None, limits);
            self.labels.push(first.content.start..last.end);
        }
    }
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
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
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
                let ours = |l: &Line| self.labels.binary_search_by_key(&l.content.start, |r| r.start).is_ok();
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
        without_rest(patch, source, &self.labels, limits, read)
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
