//! TXT and Markdown: the line that readers see.

use biaoshi_container::text::Document;
use biaoshi_container::{Limits, Patch, Said, Source};
use biaoshi_explicit::audio::Position;
use biaoshi_explicit::text::{self, Kind, Place as End};
use biaoshi_explicit::{self as explicit, words};

use crate::{Drawn, Error, Found, Outcome, Place, Result};

/// NUL bytes end the text: a line behind them is no text any more.
pub(super) static PADDED: Said = Said {
    code: "text.padded",
    en: "NUL bytes end the text; a line behind them would be no text",
    zh: "文本末尾是 NUL 字节,其后不能再写一行",
};

/// Writes the line, unless a conforming one is there.
///
/// # Errors
/// I/O, bytes that are no text.
pub(super) fn write(source: &dyn Source, position: Position, markdown: bool, limits: &Limits) -> Result<Outcome> {
    let document = Document::read(source, limits)?;
    let conforming = text::find(&document, markdown).into_iter().find(|f| f.kind == Kind::Conforming);
    if let Some(found) = conforming {
        return Ok(Outcome::Already(place(&document, &found)));
    }
    if document.is_padded() && position != Position::Start {
        return Ok(Outcome::Skip(PADDED.message()));
    }
    let ends: &[End] = match position {
        Position::Start => &[End::Start],
        Position::End => &[End::End],
        Position::Both if text::is_empty(&document, markdown) => &[End::Start],
        Position::Both => &[End::Start, End::End],
    };
    let mut patch = Patch::new();
    for end in ends {
        let insertion = match text::insert(&document, words::TEXT, *end, markdown) {
            Ok(insertion) => insertion,
            Err(e @ explicit::Error::Encoding) => return Ok(Outcome::Skip(e.message())),
            Err(e) => return Err(Error::Explicit(e)),
        };
        for edit in insertion.edits() {
            patch.replace(edit.range.clone(), edit.bytes.clone());
        }
    }
    let found = Found {
        place: Place::Text { offset: 0, length: words::TEXT.chars().count(), words: words::TEXT.into() },
        score: 1.0,
    };
    Ok(Outcome::Drawn(Drawn { patch, found, notes: Vec::new(), damage: None, confirm: None }))
}

/// Finds label lines at the start and the end.
///
/// # Errors
/// I/O, bytes that are no text.
pub(super) fn find(source: &dyn Source, markdown: bool, limits: &Limits) -> Result<Vec<Found>> {
    let document = Document::read(source, limits)?;
    Ok(text::find(&document, markdown).iter().map(|found| place(&document, found)).collect())
}

/// The document, its lines and its edits.
pub(super) fn cost(source: &dyn Source, _: &Limits) -> u64 {
    source.len().saturating_mul(8)
}

/// Where a found line is, in characters from the start of the document.
fn place(document: &Document, found: &text::Found) -> Found {
    let line = document.lines.get(found.line);
    let offset = line.map_or(0, |l| document.slice(document.bom..l.content.start).chars().count());
    let length = line.map_or(0, |l| document.text(l).chars().count());
    let score = if found.kind == Kind::Conforming { 1.0 } else { 0.5 };
    Found { place: Place::Text { offset, length, words: found.text.clone() }, score }
}
