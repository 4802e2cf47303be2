//! Where a label goes in a document.

use biaoshi_container::Patch;
use biaoshi_container::text::{Document, Line, body};

use super::middle;
use super::{Kind, Matcher, Place, content_end, find, is_blank};
use crate::{Error, words};

/// The patch that adds `words` as a line (TXT) or a paragraph (Markdown); it is empty when a conforming label is there.
/// Encoding, line ends and every other byte stay.
///
/// # Errors
/// [`Error::Words`] for words that are no label line of clause 5.1, [`Error::Encoding`].
pub fn insert(document: &Document, words: &str, place: Place, markdown: bool) -> Result<Patch, Error> {
    if !words::conform(words) || words.contains(['\n', '\r']) {
        return Err(Error::Words);
    }
    if find(document, markdown, &Matcher::new(words)).iter().any(|f| f.kind == Kind::Conforming) {
        return Ok(Patch::new());
    }
    let middle = (place == Place::Middle).then(|| middle::paragraph(document, markdown)).flatten();
    match (place, middle) {
        (Place::End, _) => behind(document, content_end(document).checked_sub(1), words, markdown),
        (_, Some(line)) => behind(document, Some(line), words, markdown || middle::is_spaced(document)),
        (_, None) => before(document, words, markdown),
    }
}

/// The patch that sets the corner mark of clause 5.1 c behind the title (or, at the end, the last sentence): the letters ᴬᴵ,
/// in Markdown `<sup>AI</sup>`. `None` where the document has neither.
///
/// # Errors
/// [`Error::Encoding`].
pub fn superscript(document: &Document, place: Place, markdown: bool) -> Result<Option<Patch>, Error> {
    let at = if markdown { middle::sentence(document, place) } else { plain(document, place) };
    let Some(at) = at else { return Ok(None) };
    let bytes = document.encode(if markdown { "<sup>AI</sup>" } else { "ᴬᴵ" }).map_err(|_| Error::Encoding)?;
    let mut patch = Patch::new();
    patch.insert(at as u64, bytes);
    Ok(Some(patch))
}

/// Behind the words of the first or the last line of content.
fn plain(document: &Document, place: Place) -> Option<usize> {
    let words = |line: &Line| document.text(line).trim_end_matches(is_blank).len();
    let lines = document.lines.get(..content_end(document))?;
    let line = match place {
        Place::End => lines.last(),
        Place::Start | Place::Middle => lines.iter().find(|line| words(line) > 0),
    }?;
    document.offset(line, words(line))
}

/// Before the first content: behind a byte-order mark and front matter.
fn before(document: &Document, words: &str, markdown: bool) -> Result<Patch, Error> {
    let newline = document.newline;
    let body = if markdown { body(document) } else { 0 };
    let line = body.checked_sub(1).and_then(|n| document.lines.get(n));
    let at = line.map_or(document.bom, |l| l.end);
    // The closing line of the front matter may be the last of the file, without its end.
    let cut = line.is_some_and(|l| l.end == l.content.end);
    let lead = if body > 0 { format!("{}{newline}", if cut { newline } else { "" }) } else { String::new() };
    let rest = document.lines.get(body).is_some_and(|l| !document.text(l).trim().is_empty());
    let blank = if markdown && rest { newline } else { "" };
    patch(document, at, &format!("{lead}{words}{newline}{blank}"))
}

/// Behind a line, as a paragraph where they are `spaced`.
fn behind(document: &Document, line: Option<usize>, words: &str, spaced: bool) -> Result<Patch, Error> {
    let newline = document.newline;
    let last = line.and_then(|n| document.lines.get(n));
    let at = last.map_or(document.bom, |l| l.end);
    let lead = if last.is_some_and(|l| l.end == l.content.end) { newline } else { "" };
    let blank = if last.is_some() && spaced { newline } else { "" };
    let next = line.and_then(|n| document.lines.get(n + 1)).filter(|_| spaced);
    let inside = next.is_some_and(|l| !document.text(l).trim_matches(is_blank).is_empty());
    let rest = if inside && line.is_some_and(|n| n + 1 < content_end(document)) { newline } else { "" };
    patch(document, at, &format!("{lead}{blank}{words}{newline}{rest}"))
}

fn patch(document: &Document, at: usize, text: &str) -> Result<Patch, Error> {
    let mut patch = Patch::new();
    patch.insert(at as u64, document.encode(text).map_err(|_| Error::Encoding)?);
    Ok(patch)
}

/// Whether there is nothing but front matter, so that start and end are one place.
pub fn is_empty(document: &Document, markdown: bool) -> bool {
    content_end(document) <= if markdown { body(document) } else { 0 }
}
