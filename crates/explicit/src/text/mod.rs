//! The line in a text document (GB 45438-2025 clause 5.1): a line of its own, at the start or the end.

mod grammar;

pub use grammar::{is_corner_mark, is_label_line};

use biaoshi_container::Patch;
use biaoshi_container::text::{Document, Line, body, fenced};

use crate::{Error, words};

/// Blocks at either end of a document in which a label is looked for.
const BLOCKS: usize = 3;

/// Where a line goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// Before the first content: behind a byte-order mark and front matter.
    #[default]
    Start,
    /// After the last content, before a metadata line `AIGC: {…}`.
    End,
}

/// A label in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Index of the line in [`Document::lines`].
    pub line: usize,
    /// What it says.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// At which end of the document.
    pub place: Place,
}

/// How strong a found label is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line that holds both elements of clause 5.1.
    Conforming,
    /// A line that says it in other words (`大模型`, `创作`).
    Line,
    /// A superscript `AI` behind a title or sentence (clause 5.1 c), as text shows it: `ᴬᴵ`.
    CornerMark,
}

/// Labels among the first and the last three blocks, in order. In Markdown a block is a paragraph, and code, quotes,
/// links and front matter do not count; in other text it is a line.
pub fn find(document: &Document, markdown: bool) -> Vec<Found> {
    let blocks = blocks(document, markdown);
    let mut found = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        let place = match n {
            _ if n < BLOCKS => Place::Start,
            _ if n + BLOCKS >= blocks.len() => Place::End,
            _ => continue,
        };
        // A label is a block of its own; a mark may stand in any.
        for line in block.clone() {
            let Some(text) = document.lines.get(line).map(|l| document.text(l)) else { continue };
            let Some(kind) = kind(&text, block.len() == 1) else { continue };
            found.push(Found { line, text: text.trim().to_owned(), kind, place });
        }
    }
    found
}

/// What a piece of text is; only one that stands `alone` can be a label, a mark may stand behind any.
pub fn kind(text: &str, alone: bool) -> Option<Kind> {
    match alone && is_label_line(text) {
        true if words::conform(&grammar::fold(text).to_uppercase()) => Some(Kind::Conforming),
        true => Some(Kind::Line),
        false => is_corner_mark(text).then_some(Kind::CornerMark),
    }
}

/// The patch that adds `words` as a line (TXT) or a paragraph (Markdown); it is empty when a conforming label is there.
/// Encoding, line ends and every other byte stay.
///
/// # Errors
/// [`Error::Words`] for words that are no label line of clause 5.1, [`Error::Encoding`].
pub fn insert(document: &Document, words: &str, place: Place, markdown: bool) -> Result<Patch, Error> {
    if !words::conform(words) || words.contains(['\n', '\r']) {
        return Err(Error::Words);
    }
    if find(document, markdown).iter().any(|f| f.kind == Kind::Conforming) {
        return Ok(Patch::new());
    }
    let newline = document.newline;
    let blank = if markdown { newline } else { "" };
    let (at, text) = match place {
        Place::Start => {
            let body = if markdown { body(document) } else { 0 };
            let line = body.checked_sub(1).and_then(|n| document.lines.get(n));
            let at = line.map_or(document.bom, |l| l.end);
            // The closing line of the front matter may be the last of the file, without its end.
            let cut = line.is_some_and(|l| l.end == l.content.end);
            let lead = if body > 0 { format!("{}{newline}", if cut { newline } else { "" }) } else { String::new() };
            let rest = document.lines.get(body).is_some_and(|l| !document.text(l).trim().is_empty());
            (at, format!("{lead}{words}{newline}{}", if rest { blank } else { "" }))
        }
        Place::End => {
            let last = content_end(document).checked_sub(1).and_then(|n| document.lines.get(n));
            let at = last.map_or(document.bom, |l| l.end);
            let lead = if last.is_some_and(|l| l.end == l.content.end) { newline } else { "" };
            let blank = if last.is_some() { blank } else { "" };
            (at, format!("{lead}{blank}{words}{newline}"))
        }
    };
    let bytes = document.encode(&text).map_err(|_| Error::Encoding)?;
    let mut patch = Patch::new();
    patch.insert(at as u64, bytes);
    Ok(patch)
}

/// Whether there is nothing but front matter, so that start and end are one place.
pub fn is_empty(document: &Document, markdown: bool) -> bool {
    content_end(document) <= if markdown { body(document) } else { 0 }
}

/// Index behind the last line of content: blank lines and metadata lines at the end do not count, however many: one more
/// must not hide a label.
fn content_end(document: &Document) -> usize {
    let is_content = |line: &Line| {
        let text = document.text(line);
        let metadata = text.trim_start().strip_prefix("AIGC:").is_some_and(|rest| rest.trim_start().starts_with('{'));
        !metadata && !text.trim_matches(is_blank).is_empty()
    };
    document.lines.iter().rposition(is_content).map_or(0, |n| n + 1)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\0' || c == '\u{feff}'
}

/// The blocks of content as ranges of lines.
fn blocks(document: &Document, markdown: bool) -> Vec<std::ops::Range<usize>> {
    let fences = if markdown { fenced(document) } else { Vec::new() };
    let start = if markdown { body(document) } else { 0 };
    let mut blocks: Vec<std::ops::Range<usize>> = Vec::new();
    let mut open = false;
    for n in start..content_end(document) {
        let text = document.lines.get(n).map(|l| document.text(l)).unwrap_or_default();
        let blank = text.trim_matches(is_blank).is_empty();
        let skipped = markdown && (fences.get(n) == Some(&true) || is_other(&text));
        match blocks.last_mut().filter(|_| open && markdown && !skipped) {
            _ if blank => {}
            Some(block) => block.end = n + 1,
            // What does not count still is a block, so that the third paragraph stays the third; its range is empty.
            None if skipped && open => {}
            None => blocks.push(if skipped { n..n } else { n..n + 1 }),
        }
        open = !blank;
    }
    blocks
}

/// Markdown that shows text of others or as it is: quotes, indented code, links and pictures.
fn is_other(text: &str) -> bool {
    let body = text.trim_start();
    body.starts_with('>') || text.starts_with("    ") || text.starts_with('\t') || text.contains("](")
}

#[cfg(test)]
mod tests;
