//! Plain text. In a `.txt` the label is the last line `AIGC: {json}` (our convention: no guide speaks of plain text);
//! any other text is read, and labelled by a sidecar only, since a foreign line breaks a script or a table.

mod comments;
pub(super) mod labels;
mod notice;

use std::ops::Range;

use biaoshi_container::text::Document;
use biaoshi_container::{Error, Limits, Patch, Patched, Result, Source, phrase, said};
use biaoshi_label::{Dialect, Label};

use crate::around::around_label;
use crate::format::{Confidence, Format, Head, Kind, Read, Status, Writer};
use crate::found::Found;
use labels::{Genre, Place, Spot};

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
    content: Some(|source, limits| around_label(read_txt, source, limits)),
};

/// The row of other texts for people.
pub(crate) static PROSE: Format = Format {
    name: "prose",
    extensions: PROSE_EXTENSIONS,
    // A text without an extension is a README or a licence more often than a program.
    sniff: |head| match head.extension {
        "" => by_extension(head, &[""]),
        _ => by_extension(head, PROSE_EXTENSIONS),
    },
    read: |source, limits, found| read_other(source, Genre::Prose, limits, found),
    ..OTHER
};

/// The row of SubRip. Every line of it is shown, or is a number or a time: a label stands beside it.
pub(crate) static SRT: Format = Format {
    name: "srt",
    media_type: "application/x-subrip",
    extensions: &["srt"],
    sniff: |head| by_extension(head, &["srt"]),
    read: |source, limits, found| read_other(source, Genre::Prose, limits, found),
    ..OTHER
};

/// The row of WebVTT. A label could stand in its notes; no guide says so, and what cuts and joins subtitles drops them.
pub(crate) static VTT: Format = Format {
    name: "vtt",
    media_type: "text/vtt",
    extensions: &["vtt"],
    sniff: |head| {
        let mark = head.bytes.strip_prefix(b"\xef\xbb\xbf");
        let rest = mark.unwrap_or(&head.bytes).strip_prefix(b"WEBVTT");
        let is_vtt = rest.is_some_and(|rest| rest.first().is_none_or(|b| b.is_ascii_whitespace()));
        if is_vtt && head.is_nearly_text() { Confidence::Likely } else { Confidence::No }
    },
    read: |source, limits, found| read_other(source, Genre::Prose, limits, found),
    ..OTHER
};

/// The row of settings.
pub(crate) static SETTINGS: Format = Format {
    name: "settings",
    extensions: SETTINGS_EXTENSIONS,
    sniff: |head| by_extension(head, SETTINGS_EXTENSIONS),
    read: |source, limits, found| read_other(source, Genre::Settings, limits, found),
    ..OTHER
};

/// The row of every other text: programs, tables.
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
    read: |source, limits, found| read_other(source, Genre::Code, limits, found),
    pointers: None,
    content: None,
};

const PROSE_EXTENSIONS: &[&str] = &[
    "rst",
    "adoc",
    "asciidoc",
    "asc",
    "qmd",
    "rmd",
    "org",
    "textile",
    "wiki",
    "mediawiki",
    "tex",
    "typ",
    "log",
    "nfo",
];
const SETTINGS_EXTENSIONS: &[&str] = &["yaml", "yml", "toml", "ini", "cfg", "conf", "properties", "env"];

const NAME: &str = "text";
const LAST_LINE: &str = "txt/last line";

/// How sure a text format can be: the bytes can only speak against it.
pub(crate) fn by_extension(head: &Head<'_>, extensions: &[&str]) -> Confidence {
    if extensions.contains(&head.extension) && head.is_nearly_text() { Confidence::Extension } else { Confidence::No }
}

/// A line or block that holds a label: its bytes from the first to behind its line end.
pub(crate) type Lines = Range<usize>;

/// Reads a document and notes where its bytes are no characters.
pub(crate) fn open(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Document> {
    let document = Document::read(source, limits)?;
    if let Some(at) = document.damage {
        found.pass_over("text", said!("byte {} (not {})", "字节 {}(不是 {})", at, document.encoding.name()));
    }
    Ok(document)
}

fn read_txt(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let document = open(source, limits, found)?;
    let labels = read_labels(&document, Genre::Prose, &[], limits, found);
    Ok(Box::new(Layout { document, labels }))
}

fn read_other(source: &dyn Source, genre: Genre, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let document = open(source, limits, found)?;
    read_labels(&document, genre, &[Dialect::TextOther], limits, found);
    Ok(Box::new(NoSlot))
}

/// Notes the labels of a document, and returns what goes with them, in order.
pub(super) fn read_labels(
    document: &Document,
    genre: Genre,
    dialects: &[Dialect],
    limits: &Limits,
    found: &mut Found,
) -> Vec<Lines> {
    let last = document.last_filled().and_then(|n| document.lines.get(n)).map(|l| l.content.start);
    let describe = |spot: &Spot| {
        let is_last = last == Some(spot.span.start);
        let (placement, dialect) = match spot.place {
            Place::Line if is_last => (LAST_LINE, None),
            Place::Line => ("txt/first line", Some(Dialect::TextFirstLine)),
            Place::Block | Place::Fenced => ("txt/body/YAML", Some(Dialect::YamlBody)),
            Place::Comment => ("txt/comment", Some(Dialect::TextComment)),
        };
        let mut dialects: Vec<_> = dialects.iter().copied().chain(dialect).collect();
        let line = document.slice(spot.span.clone());
        if placement == LAST_LINE && !(line.starts_with("AIGC: {") && line.trim_end().ends_with('}')) {
            dialects.push(Dialect::Prefix);
        }
        (placement, dialects)
    };
    labels::note(labels::find(document, 0, genre, limits), describe, limits, found)
}

/// The patch, if what it takes out brings no other label to light: two programs may have put theirs one into the other.
pub(crate) fn without_rest(
    patch: Patch,
    source: &dyn Source,
    taken: &[Lines],
    limits: &Limits,
    read: Read,
) -> Result<Patch> {
    if !taken.is_empty() {
        let mut found = Found::default();
        read(&Patched::new(source, &patch), limits, &mut found)?;
        if found.records.len() != 1 {
            return Err(Error::unsupported(NAME, phrase!("labels that stand inside each other", "相互嵌套的标识")));
        }
    }
    Ok(patch)
}

/// What a writer needs to know.
struct Layout {
    document: Document,
    labels: Vec<Lines>,
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let document = &self.document;
        if document.is_padded() {
            return Err(Error::unsupported(NAME, phrase!("a last line behind NUL bytes", "在 NUL 字节之后写入末行")));
        }
        let mut patch = Patch::new();
        for lines in &self.labels {
            patch.remove(lines.start as u64..lines.end as u64);
        }
        let newline = document.newline;
        let line = format!("{}AIGC: {}{newline}", if self.ends_a_line() { "" } else { newline }, label.to_json());
        patch.insert(source.len(), document.encode(&line)?);
        without_rest(patch, source, &self.labels, limits, read_txt)
    }
}

impl Layout {
    /// Whether what stays ends with a line end, or is nothing.
    fn ends_a_line(&self) -> bool {
        let document = &self.document;
        let behind = |end: usize, taken: &Lines| if taken.end == end { taken.start } else { end };
        let end = self.labels.iter().rev().fold(document.len(), behind);
        let line = document.lines.partition_point(|l| l.end < end);
        end <= document.bom || document.lines.get(line).is_some_and(|l| l.end == end && l.end > l.content.end)
    }
}

/// A text without a place for a label.
pub(super) struct NoSlot;

impl Writer for NoSlot {
    fn plan(&self, _: &dyn Source, _: &Label, _: &Limits) -> Result<Patch> {
        Err(Error::unsupported(NAME, phrase!("a label inside this kind of text", "位于此类文本中的标识")))
    }
}
