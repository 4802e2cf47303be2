//! Markdown. The label is a block `AIGC:` with seven single-quoted children in the YAML front matter (text guide).

use std::ops::Range;

use biaoshi_container::text::{Document, Form, Front, Line, front, front_matter, yaml_key};
use biaoshi_container::{Error, Limits, Patch, Result, Source, phrase};
use biaoshi_label::{Dialect, Label};

use super::text::labels::{self, Genre, Place, Spot};
use super::text::{Lines, by_extension, open, without_rest};
use crate::around::around_label;
use crate::format::{Format, Kind, Status, Writer};
use crate::found::{Found, Slot};
use crate::front::{Table, is_cut_label};
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
    touches: "the front matter, which is made where there is none: seven lines, in TOML a table, in JSON a member; labels in the body are cut out",
    families: &["yaml", "text"],
    sniff: |head| by_extension(head, EXTENSIONS),
    read,
    pointers: None,
    content: Some(|source, limits| around_label(read, source, limits)),
};

const EXTENSIONS: &[&str] = &["md", "markdown", "mdown", "mkd", "mdx"];
const NAME: &str = "Markdown";
const FRONT: &str = "markdown/front matter";

/// What a writer needs to know.
struct Layout {
    document: Document,
    front: Option<Front>,
    /// Its place for a label, where it is not YAML.
    table: Option<Table>,
    labels: Vec<Lines>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let document = open(source, limits, found)?;
    let front = front(&document);
    let table = front.as_ref().and_then(|front| Table::read(&document, front, FRONT, limits, found));
    let mut layout = Layout { front, table, labels: Vec::new(), document };
    let read = layout.front_matter(limits, found) || layout.table.is_some();
    let body = layout.front.as_ref().filter(|_| read).map_or(0, |front| front.close + 1);
    let describe = |spot: &Spot| match spot.place {
        Place::Fenced => (FRONT, vec![Dialect::YamlLater]),
        Place::Block => ("markdown/body/YAML", vec![Dialect::YamlBody]),
        Place::Line => ("markdown/line", vec![Dialect::YamlBody]),
        Place::Comment => ("markdown/comment", vec![Dialect::TextComment]),
    };
    let spots = labels::find(&layout.document, body, Genre::Markdown, limits);
    layout.labels.extend(labels::note(spots, describe, limits, found));
    if layout.labels.is_empty() && is_cut_label(&layout.document, limits) {
        found.damaged(FRONT, phrase!("the line that ends it is missing", "缺少结束行"));
    }
    Ok(Box::new(layout))
}

impl Layout {
    /// Labels in front matter of YAML; whether there is any.
    fn front_matter(&mut self, limits: &Limits, found: &mut Found) -> bool {
        let Some((lines, dialects)) = self.yaml() else { return false };
        for label in yaml::blocks(&self.document, lines, limits) {
            let lines = self.document.lines.get(label.lines).unwrap_or_default();
            let (Some(first), Some(last)) = (lines.first(), lines.last()) else { continue };
            let span = first.content.start as u64..last.content.end as u64;
            let slot = Slot { placement: FRONT.into(), span, wrapped: false, dialects };
            found.record(slot, label.parsed, label.raw, None, limits);
            self.labels.push(first.content.start..last.end);
        }
        true
    }

    /// The lines of front matter of YAML, and what is different about it.
    fn yaml(&self) -> Option<(Range<usize>, &'static [Dialect])> {
        let front = self.front.as_ref()?;
        match front.form {
            Form::Toml | Form::Json => None,
            Form::Unopened => Some((front.open..front.close, &[Dialect::YamlBody])),
            Form::Yaml | Form::Other(_) => {
                front_matter(&self.document).first().map(|block| (block.open + 1..block.close, &[][..]))
            }
        }
    }

    /// The label as a block of YAML, in front matter that is made where there is none.
    fn block_of(&self, label: &Label) -> Result<(usize, String)> {
        let document = &self.document;
        let newline = document.newline;
        let block = yaml::encode(label, newline);
        let Some(front) = &self.front else {
            // A first line `---` that opens no front matter must not become one.
            let gap = if document.is_empty() { "" } else { newline };
            return Ok((document.bom, format!("---{newline}{block}---{newline}{gap}")));
        };
        if let Form::Other(what) = front.form {
            return Err(Error::unsupported(NAME, what));
        }
        let lines = self.yaml().and_then(|(lines, _)| document.lines.get(lines)).unwrap_or_default();
        let other = |l: &&Line| yaml_key(&document.text(l)).is_some_and(|k| k.eq_ignore_ascii_case("AIGC"));
        let ours = |l: &Line| self.labels.binary_search_by_key(&l.content.start, |r| r.start).is_ok();
        if lines.iter().filter(other).any(|l| !ours(l)) {
            return Err(Error::unsupported(
                NAME,
                phrase!("front matter whose key AIGC is no label", "AIGC 键不是标识的 front matter"),
            ));
        }
        match front.form {
            Form::Unopened => Ok((document.bom, format!("---{newline}{block}"))),
            _ => Ok((document.lines.get(front.open).map_or(0, |l| l.end), block)),
        }
    }
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        if label.fields().iter().flatten().any(|v| v.contains(char::is_control)) {
            return Err(Error::unsupported(
                NAME,
                phrase!(
                    "a kept label with line breaks or control characters in a value",
                    "保留值中含换行或控制字符的标识"
                ),
            ));
        }
        let mut patch = match &self.table {
            Some(table) => table.plan(NAME, &self.document, label)?,
            None => {
                let (at, text) = self.block_of(label)?;
                let mut patch = Patch::new();
                patch.insert(at as u64, self.document.encode(&text)?);
                patch
            }
        };
        for lines in &self.labels {
            patch.remove(lines.start as u64..lines.end as u64);
        }
        without_rest(patch, source, &self.labels, limits, read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_label::{Code, Level};

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
        assert_eq!(label_twice(&format!("title: x\n{old}---\n")), format!("---\n{BLOCK}title: x\n---\n"));
    }

    #[test]
    fn front_matter_that_was_cut_off_hides_no_label() {
        let block = "AIGC:\n  Label: '1'\n  ContentProducer: x\n  ProduceID: y\ntags:\n- a\n";
        let object = "{\"title\": \"x\", \"AIGC\": {\"Label\": \"1\", \"ContentProducer\": \"x\", \"ProduceID\": \"y\"}, \"a\": 1}\n";
        let table = "[AIGC]\nLabel = '1'\nContentProducer = 'x'\nProduceID = 'y'\n";
        for (whole, named) in [
            (format!("---\ntitle: x\n{block}---\ntext\n"), "AIGC:"),
            (format!("\u{feff}---\r\n{}---\r\ntext\r\n", block.replace('\n', "\r\n")), "AIGC:"),
            (format!("+++\ntitle = 'x'\n{table}+++\ntext\n"), "AIGC]"),
            (object.to_owned(), "AIGC\":"),
        ] {
            let from = whole.find(named).unwrap() + named.len();
            for cut in (0..=whole.len()).filter(|n| whole.is_char_boundary(*n)) {
                let mut found = Found::default();
                read(&whole.as_bytes()[..cut].to_vec(), &Limits::default(), &mut found).unwrap();
                let damaged = found.findings.iter().any(|f| f.code == Code::Damaged);
                assert_eq!(found.records.is_empty() && !damaged, cut < from, "{:?}: {found:?}", &whole[..cut]);
            }
        }
    }

    #[test]
    fn a_rule_before_words_about_labels_is_no_damage() {
        for text in [
            "---\n\nSome words.\n\nAIGC: what is it?\n",
            "---\nNote: how to write it\n\n```yaml\nAIGC:\n  Label: '1'\n```\n",
            "---\ntitle: never closed\nabout AIGC: x\n",
            "{{< figure caption=\"AIGC\" >}}\n",
            "{\"AIGC\": 1} and words\n",
            "+++\n# [AIGC]\n",
        ] {
            let mut found = Found::default();
            read(&text.as_bytes().to_vec(), &Limits::default(), &mut found).unwrap();
            assert!(found.records.is_empty() && found.findings.is_empty(), "{text}: {found:?}");
        }
    }

    #[test]
    fn quoted_labels_are_no_labels() {
        let mut found = Found::default();
        let text = "# How to\n\n```yaml\n---\nAIGC:\n  Label: '1'\n  ContentProducer: x\n---\n```\n\nPut `AIGC: {\"Label\":\"1\"}` there.\n";
        read(&text.as_bytes().to_vec(), &Limits::default(), &mut found).unwrap();
        assert!(found.records.is_empty());
    }
}
