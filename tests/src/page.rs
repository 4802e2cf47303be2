//! docs/formats.md, made from `FORMATS`, `MEDIA`, `DIALECTS` and the labelled fixtures: what the tables do not say is
//! measured.

use std::cell::Cell;
use std::fmt::Write;
use std::io;
use std::ops::Range;

use biaoshi::media;
use biaoshi_container::{Extent, Limits, Source};
use biaoshi_label::{DIALECTS, Dialect};
use biaoshi_metadata::{FORMATS, Format, Found, Head, Kind, Status, is_general, sniff};

use crate::{Fixture, fixtures};

/// How many bytes before the label and of the label are shown.
const SHOWN: (usize, usize) = (32, 48);

const HEAD: &str = "# Formats

Where the label of each format sits, on whose word, and what reading and writing touch. Made from the tables `FORMATS`,
`MEDIA` and `DIALECTS` and from the labelled fixtures; `BLESS=1 cargo test -p biaoshi-tests --test docs` makes it anew,
and the tests fail when it is not what the tables say.

*standard*: a TC260 guide names the place. *convention*: no guide does, so the place is ours. *sidecar*: the label goes
beside the file. *Bytes read* are those that `verify` asks for in the labelled fixture that is named: first the head, by
which the format is told, then what `read` asks for, twice what it asks for twice. The bytes shown are those around the
beginning of the label in that file.

";

/// A source that counts what is asked of it.
struct Counting<'a> {
    bytes: &'a [u8],
    read: Cell<u64>,
}

impl Source for Counting<'_> {
    fn len(&self) -> u64 {
        Source::len(self.bytes)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.bytes.read_at(offset, buf)?;
        self.read.set(self.read.get() + got as u64);
        Ok(got)
    }

    fn extents<'a>(&'a self, range: Range<u64>, out: &mut Vec<Extent<'a>>) {
        self.bytes.extents(range, out);
    }
}

/// The whole page.
pub fn formats() -> String {
    let mut out = HEAD.to_owned();
    let fixtures = fixtures();
    out.push_str("## Every format\n\nDialects of the label's text, read wherever it stands: ");
    out.push_str(&names(DIALECTS.iter().copied().filter(|d| is_general(*d))));
    out.push_str(".\n\n");
    for format in FORMATS {
        let mut of = fixtures.iter().filter(|f| f.format.name == format.name);
        let plain = of.clone().find(|f| f.name.split('.').next() == Some(format.name));
        let fixture = plain.or_else(|| of.next());
        section(&mut out, format, fixture);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn names(dialects: impl Iterator<Item = Dialect>) -> String {
    dialects.map(|d| format!("`{}`", d.name())).collect::<Vec<_>>().join(" ")
}

fn section(out: &mut String, format: &Format, fixture: Option<&Fixture>) {
    let extensions = format.extensions.iter().map(|e| format!("`.{e}`")).collect::<Vec<_>>().join(" ");
    let dialects = names(DIALECTS.iter().copied().filter(|d| format.reads(*d) && !is_general(*d)));
    let word = match (format.status, format.clause) {
        (status, "") => status.name().to_owned(),
        (status, clause) => format!("{}: {clause}", status.name()),
    };
    let _ = writeln!(out, "## {}\n\n| | |\n|---|---|", format.name);
    let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
    let mut rows = vec![
        ("media type", format!("`{}`, {}", format.media_type, format.kind.name())),
        ("extensions", or(extensions, "any other")),
        ("label", format!("`{}`", format.placement)),
        ("on whose word", word),
        ("explicit label", explicit(format).to_owned()),
        ("watermark", watermark(format).to_owned()),
        ("a write touches", format.touches.to_owned()),
        ("dialects of its places", or(dialects, "-")),
    ];
    let seen = fixture.filter(|_| format.status != Status::Sidecar).map(measure);
    if let (Some(seen), Some(fixture)) = (&seen, fixture) {
        rows.push((
            "bytes read",
            format!("{} + {} in the {} of `{}`", seen.head, seen.read, seen.bytes.len(), fixture.name),
        ));
    }
    for (what, text) in rows {
        let _ = writeln!(out, "| {what} | {text} |");
    }
    if let Some(seen) = seen {
        let _ = writeln!(out, "\n```text\n{}```", seen.dump());
    }
    out.push('\n');
}

/// The explicit label of a format: clause 5 has one form for each kind of content.
fn explicit(format: &Format) -> &'static str {
    match (media::explicit(format.name), format.kind) {
        (None, _) => "not written yet",
        (Some(_), Kind::Image) => "words in a corner (clause 5.2)",
        (Some(_), Kind::Audio) => "the rhythm 短长 短短 before or behind the sound (clause 5.3)",
        (Some(_), Kind::Video) => {
            "where there is nothing but sound, the rhythm 短长 短短 before or behind it (clause 5.3)"
        }
        (Some(_), Kind::Text | Kind::Document) => "a line at the beginning or the end (clause 5.1)",
    }
}

/// The watermark of a format.
fn watermark(format: &Format) -> &'static str {
    match (media::pixels(format.name), media::samples(format.name)) {
        (Some(row), _) if row.open.is_some() => "in the lightness of every pixel",
        (Some(_), _) => "found in the pixels, not written",
        (_, Some(row)) if row.add.is_some() => "in the loudness of tiles of time and frequency",
        (_, Some(row)) if row.anew.is_some() => "found in the sound; written with `--encoder`, which codes it anew",
        (_, Some(_)) => "found in the sound, not written",
        (None, None) if media::words(format.name).is_some() => "between the words of prose",
        (None, None) => "not written yet",
    }
}

struct Seen {
    bytes: Vec<u8>,
    head: u64,
    read: u64,
    span: Range<u64>,
}

/// Reads the labelled twin as `verify` does.
fn measure(fixture: &Fixture) -> Seen {
    let bytes = std::fs::read(fixture.twin()).unwrap();
    let source = Counting { bytes: &bytes, read: Cell::new(0) };
    let extension = fixture.name.rsplit('.').next().unwrap();
    let format = sniff(&Head::new(&source, extension).unwrap()).unwrap();
    let (head, mut found) = (source.read.get(), Found::default());
    (format.read)(&source, &Limits::default(), &mut found).unwrap();
    let (read, span) = (source.read.get() - head, found.records[0].span.clone());
    Seen { bytes, head, read, span }
}

impl Seen {
    /// Offset, sixteen bytes, and the same as text.
    fn dump(&self) -> String {
        let label = self.span.start as usize;
        let (start, end) = (label.saturating_sub(SHOWN.0), (label + SHOWN.1).min(self.bytes.len()));
        let mut out = String::new();
        for (n, line) in self.bytes[start..end].chunks(16).enumerate() {
            let hex: String = line.iter().map(|b| format!("{b:02x} ")).collect();
            let text: String =
                line.iter().map(|b| if matches!(b, 0x20..=0x7e) { char::from(*b) } else { '.' }).collect();
            let _ = writeln!(out, "{:08x}  {hex:<48} |{text}|", start + 16 * n);
        }
        out
    }
}
