//! TXT and Markdown: the line that readers see.

use biaoshi_container::text::Document;
use biaoshi_container::{Limits, Patch, Said, Source};
use biaoshi_explicit::Position;
use biaoshi_explicit::text::{self, Kind, Matcher, Place as End};
use biaoshi_explicit::{self as explicit, words};

use crate::{Drawn, Error, ExplicitOptions, Found, Outcome, Place, Result};

/// NUL bytes end the text: a line behind them is no text any more.
pub(super) static PADDED: Said = Said {
    code: "text.padded",
    en: "NUL bytes end the text; a line behind them would be no text",
    zh: "文本末尾是 NUL 字节,其后不能再写一行",
};

/// Writes the line, or the corner mark, unless a conforming one is there.
///
/// # Errors
/// I/O, bytes that are no text.
pub(super) fn write(
    source: &dyn Source,
    options: &ExplicitOptions,
    markdown: bool,
    limits: &Limits,
) -> Result<Outcome> {
    let document = Document::read(source, limits)?;
    let there = text::find(&document, markdown, &options.matcher(words::TEXT));
    let does = |kind| kind == Kind::Conforming || options.superscript && kind == Kind::CornerMark;
    if let Some(found) = there.into_iter().find(|found| does(found.kind)) {
        return Ok(Outcome::Already(place(&document, &found)));
    }
    if document.is_padded() && options.position != Position::Start {
        return Ok(Outcome::Skip(PADDED.message()));
    }
    let ends: &[End] = match options.position {
        Position::Start => &[End::Start],
        Position::Middle => &[End::Middle],
        Position::End => &[End::End],
        Position::Both if text::is_empty(&document, markdown) => &[End::Start],
        Position::Both => &[End::Start, End::End],
    };
    let patch = match edits(&document, options, ends, markdown) {
        Ok(patch) => patch,
        Err(e @ explicit::Error::Encoding) => return Ok(Outcome::Skip(e.message())),
        Err(e) => return Err(Error::Explicit(e)),
    };
    let words = options.line(words::TEXT);
    let place = Place::Text { part: None, offset: 0, length: words.chars().count(), words };
    let found = Found { place, score: 1.0 };
    Ok(Outcome::Drawn(Drawn { patch, found, notes: Vec::new(), outlasts: None, damage: None, confirm: None }))
}

/// The line at all of these ends; a corner mark where it is asked for and there are words that it can stand behind.
fn edits(
    document: &Document,
    options: &ExplicitOptions,
    ends: &[End],
    markdown: bool,
) -> std::result::Result<Patch, explicit::Error> {
    let mut patch = Patch::new();
    for end in ends {
        let mark = if options.superscript { text::superscript(document, *end, markdown)? } else { None };
        let edits = match mark {
            Some(mark) => mark,
            None => text::insert(document, &options.line(words::TEXT), *end, markdown)?,
        };
        for edit in edits.edits() {
            patch.replace(edit.range.clone(), edit.bytes.clone());
        }
    }
    Ok(patch)
}

/// Finds label lines at the start and the end, and one's own anywhere.
///
/// # Errors
/// I/O, bytes that are no text.
pub(super) fn find(
    source: &dyn Source,
    options: &ExplicitOptions,
    markdown: bool,
    limits: &Limits,
) -> Result<Vec<Found>> {
    let document = Document::read(source, limits)?;
    let matcher: Matcher = options.matcher(words::TEXT);
    Ok(text::find(&document, markdown, &matcher).iter().map(|found| place(&document, found)).collect())
}

/// The document, its lines and its edits.
pub(super) fn cost(source: &dyn Source, _: &Limits) -> u64 {
    source.len().saturating_mul(8)
}

/// Where a found line is, in characters from the start of the document.
pub(super) fn place(document: &Document, found: &text::Found) -> Found {
    let line = document.lines.get(found.line);
    let offset = line.map_or(0, |l| document.slice(document.bom..l.content.start).chars().count());
    let length = line.map_or(0, |l| document.text(l).chars().count());
    let score = if found.kind == Kind::Conforming { 1.0 } else { 0.5 };
    Found { place: Place::Text { part: None, offset, length, words: found.text.clone() }, score }
}
