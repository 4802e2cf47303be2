//! The `AIGC:` block in front matter and texts: found by lines, its values read by a YAML parser, so that a document
//! whose other front matter is no valid YAML still shows its label.

use std::ops::Range;

use biaoshi_container::Limits;
use biaoshi_container::text::{Document, yaml_key};
use biaoshi_label::{Dialect, Field, Label, Level, Parsed, Reading, read, read_fields};
use saphyr_parser::{Event, Parser, ScalarStyle};

/// An `AIGC` key and its value, as a run of lines.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// Indices of its lines.
    pub(crate) lines: Range<usize>,
    /// Its text, as found.
    pub(crate) raw: String,
    pub(crate) parsed: Parsed,
}

impl Block {
    /// Whether it says enough to be a label where no place says that it is one.
    pub(crate) fn is_evident(&self) -> bool {
        self.parsed.fields.iter().flatten().count() + self.parsed.misspelt.len() >= 2
    }
}

/// The blocks among the lines `within`, at column 0.
pub(crate) fn blocks<'a>(
    document: &'a Document,
    mut within: Range<usize>,
    limits: &'a Limits,
) -> impl Iterator<Item = Block> + 'a {
    std::iter::from_fn(move || {
        while !within.is_empty() {
            let (block, next) = block_at(document, within.clone(), Extent::Mapping, limits);
            within.start = next;
            if block.is_some() {
                return block;
            }
        }
        None
    })
}

/// How far a block goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// As far as YAML says: blank lines may be inside.
    Mapping,
    /// To a blank line: what is moved in behind it is somebody's text.
    Paragraph,
}

/// The block whose key stands on the first of these lines, and the index of the line behind it.
pub(crate) fn block_at(
    document: &Document,
    within: Range<usize>,
    extent: Extent,
    limits: &Limits,
) -> (Option<Block>, usize) {
    let at = within.start;
    let text = document.lines.get(at).map(|l| document.text(l)).unwrap_or_default();
    if !yaml_key(&text).is_some_and(|k| k.eq_ignore_ascii_case("AIGC")) {
        return (None, at + 1);
    }
    // An object that is whole on its line ends there.
    let value = text.split_once(':').map_or("", |(_, v)| v);
    let whole = matches!(read(value), Reading::Label(parsed) if !parsed.broken);
    let rest = at + 1..if whole { at + 1 } else { within.end };
    let is_blank = |i: usize| document.lines.get(i).is_none_or(|l| document.text(l).trim().is_empty());
    let ends = |i: &usize| !continues(document, *i) || (extent == Extent::Paragraph && is_blank(*i));
    let end = rest.clone().find(ends).unwrap_or(rest.end);
    // Blank lines at the end belong to what follows.
    let end = (at + 1..=end).rev().find(|i| !is_blank(i - 1)).unwrap_or(at + 1);
    (block(document, at..end, limits), end)
}

/// Whether a line belongs to the value of a key above it: indented, or blank.
fn continues(document: &Document, index: usize) -> bool {
    let Some(line) = document.lines.get(index) else { return false };
    let text = document.text(line);
    text.starts_with([' ', '\t']) || text.trim().is_empty() || text.starts_with('}')
}

fn block(document: &Document, lines: Range<usize>, limits: &Limits) -> Option<Block> {
    let first = document.lines.get(lines.start)?;
    let last = document.lines.get(lines.end.checked_sub(1)?)?;
    let end = last.content.end.min(first.content.start.saturating_add(limits.label));
    let raw = document.slice(first.content.start..end).into_owned();
    let mut parsed = parse(&raw)?;
    parsed.wrapped = false;
    parsed.broken |= end < last.content.end;
    if !raw.starts_with("AIGC") {
        parsed.dialects.insert(0, Dialect::SlotCase);
    }
    Some(Block { lines, raw, parsed })
}

/// Reads `AIGC: <value>`: an object of JSON, a mapping of YAML, or JSON in a string.
fn parse(raw: &str) -> Option<Parsed> {
    let value = raw.split_once(':').map_or("", |(_, v)| v).trim();
    if value.starts_with('{') {
        let json = match read(value) {
            Reading::Label(parsed) if !parsed.broken => Some(parsed),
            _ => None,
        };
        let mut parsed = json.or_else(|| mapping(raw)).or_else(|| match read(value) {
            Reading::Label(parsed) => Some(parsed),
            _ => None,
        })?;
        if !parsed.dialects.contains(&Dialect::YamlFlow) {
            parsed.dialects.insert(0, Dialect::YamlFlow);
        }
        return Some(parsed);
    }
    mapping(raw)
}

/// Reads `AIGC: <value>` with the YAML parser; `None` when no two of the value's keys are fields and none is a level.
fn mapping(text: &str) -> Option<Parsed> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let Ok((event, _)) = event else {
            reader.pairs = lines_as_pairs(text);
            reader.plain = true;
            break;
        };
        reader.event(event);
    }
    if let Some(Reading::Label(mut parsed)) = reader.scalar.as_deref().map(read) {
        parsed.dialects.splice(0..0, [Dialect::YamlFlow, Dialect::JsonInString]);
        return Some(parsed);
    }
    let fields = reader.pairs.iter().filter(|(k, _)| Field::from_key(k).is_some()).count();
    let level =
        |(k, v): &(String, Option<String>)| k == Field::Label.key() && v.as_deref().and_then(Level::parse).is_some();
    if fields < 2 && !reader.pairs.iter().any(level) {
        return None;
    }
    let mut parsed = read_fields(reader.pairs);
    if reader.plain {
        parsed.dialects.push(Dialect::YamlPlain);
    }
    if reader.nested {
        parsed.dialects.push(Dialect::ValueObject);
    }
    Some(parsed)
}

/// The pairs of the mapping below the first key, as the parser's events bring them.
#[derive(Default)]
struct Reader {
    pairs: Vec<(String, Option<String>)>,
    key: Option<String>,
    /// The value, where it is no mapping.
    scalar: Option<String>,
    /// Open collections: 1 outside, 2 among the fields, more inside a value.
    depth: usize,
    /// A nested value as JSON, while it is open.
    value: String,
    /// For each open collection inside it: whether it is a mapping, and how many items it has.
    stack: Vec<(bool, usize)>,
    plain: bool,
    nested: bool,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::MappingStart(..) => self.open('{'),
            Event::SequenceStart(..) => self.open('['),
            Event::MappingEnd => self.close('}'),
            Event::SequenceEnd => self.close(']'),
            Event::Scalar(value, style, ..) if self.depth == 2 => match self.key.take() {
                None => self.key = Some(value.into_owned()),
                Some(name) => {
                    self.plain |= style != ScalarStyle::SingleQuoted;
                    let null = style == ScalarStyle::Plain && matches!(&*value, "" | "~" | "null" | "Null" | "NULL");
                    self.pairs.push((name, (!null).then(|| value.into_owned())));
                }
            },
            // The key, and then the value in its place.
            Event::Scalar(value, ..) if self.depth == 1 => self.scalar = Some(value.into_owned()),
            Event::Scalar(value, ..) if self.depth > 2 => {
                self.separate();
                self.value.push_str(&serde_json::Value::from(&*value).to_string());
            }
            _ => {}
        }
    }

    fn open(&mut self, bracket: char) {
        self.depth += 1;
        if self.depth > 2 {
            self.separate();
            self.value.push(bracket);
            self.stack.push((bracket == '{', 0));
        }
    }

    fn close(&mut self, bracket: char) {
        if self.depth > 2 {
            self.value.push(bracket);
            self.stack.pop();
        }
        self.depth = self.depth.saturating_sub(1);
        if let (2, false, Some(name)) = (self.depth, self.value.is_empty(), self.key.take()) {
            self.nested = true;
            self.pairs.push((name, Some(std::mem::take(&mut self.value))));
        }
    }

    /// Writes what stands between two items: a colon behind a key, a comma behind a value.
    fn separate(&mut self) {
        if let Some((mapping, items)) = self.stack.last_mut() {
            match (*items, *mapping && *items % 2 == 1) {
                (0, _) => {}
                (_, true) => self.value.push(':'),
                (_, false) => self.value.push(','),
            }
            *items += 1;
        }
    }
}

/// What can be saved from a block that is no valid YAML: its lines `key: value`.
fn lines_as_pairs(text: &str) -> Vec<(String, Option<String>)> {
    let pairs = text.lines().skip(1).filter_map(|line| line.split_once(':'));
    // A service writes the lines of an object, commas and quoted keys included.
    let plain = |text: &str| text.trim().trim_end_matches(',').trim_matches(['"', '\'']).to_owned();
    pairs.map(|(k, v)| (plain(k), Some(plain(v)))).collect()
}

/// The block as the text guide prescribes it: seven single-quoted children.
pub(crate) fn encode(label: &Label, newline: &str) -> String {
    let mut out = format!("AIGC:{newline}");
    for field in Field::ALL {
        let value = label.get(field).replace('\'', "''");
        out.push_str(&format!("  {}: '{value}'{newline}", field.key()));
    }
    out
}
