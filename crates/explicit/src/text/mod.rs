//! The line in a text document (GB 45438-2025 clause 5.1): a line of its own, at the start or the end.

mod grammar;
mod insert;
mod lexicon;
mod middle;

pub use grammar::{has_label_sentence, is_corner_mark, is_label_line};
pub use insert::{insert, is_empty, superscript};

use biaoshi_container::text::{Document, Line, body, fenced};

use crate::words;

/// Blocks at either end of a document in which a label is looked for.
const BLOCKS: usize = 3;

/// Bytes of a line beyond which it is no label, nor looked through for one: a text may be one line.
const LONGEST: usize = 4096;

/// Where a line goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// Before the first content: behind a byte-order mark and front matter.
    #[default]
    Start,
    /// Behind the paragraph that ends nearest the middle; at the start where there is no such place.
    Middle,
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
    /// A sentence that says it, before or behind other text of its line.
    Sentence,
    /// A superscript `AI` behind a title or sentence (clause 5.1 c), as text shows it: `ᴬᴵ`.
    CornerMark,
}

/// Tells labels from other text: what states that a text was generated, and the words of one's own whatever they are.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    /// One's own words, folded; empty for none.
    own: String,
}

impl Matcher {
    /// Knows `line`, too, by equality after folding.
    pub fn new(line: &str) -> Self {
        Self { own: grammar::bare(line) }
    }

    /// What a piece of text is; only one that stands `alone` can be a label, a mark may stand behind any.
    pub fn kind(&self, text: &str, alone: bool) -> Option<Kind> {
        let alone = alone && text.len() <= LONGEST;
        match alone && (is_label_line(text) || self.is_own(text)) {
            true if words::conform(&grammar::fold(text).to_uppercase()) => Some(Kind::Conforming),
            true => Some(Kind::Line),
            false if is_corner_mark(text) => Some(Kind::CornerMark),
            false => (alone && has_label_sentence(text)).then_some(Kind::Sentence),
        }
    }

    /// Whether a piece of text is one's own line.
    pub fn is_own(&self, text: &str) -> bool {
        // Decoration and what is ignored may stand round it.
        let short = text.len() <= 4 * self.own.len() + 64;
        !self.own.is_empty() && short && grammar::bare(text) == self.own
    }
}

/// Labels among the first and the last three blocks, and one's own words as a block anywhere, in order. In Markdown a block is a paragraph, and code, quotes,
/// links and front matter do not count; in other text it is a line.
pub fn find(document: &Document, markdown: bool, matcher: &Matcher) -> Vec<Found> {
    let blocks = blocks(document, markdown);
    let mut found = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        let place = match n {
            _ if n < BLOCKS => Place::Start,
            _ if n + BLOCKS >= blocks.len() => Place::End,
            // Only one's own words are looked for there: articles about labels are full of them.
            _ => Place::Middle,
        };
        // A label is a block of its own; a mark may stand in any.
        for line in block.clone() {
            let Some(text) = document.lines.get(line).map(|l| document.text(l)) else { continue };
            let alone = block.len() == 1;
            let kind = match place {
                Place::Middle => (alone && matcher.is_own(&text)).then_some(Kind::Conforming),
                Place::Start | Place::End => matcher.kind(&text, alone),
            };
            let Some(kind) = kind else { continue };
            found.push(Found { line, text: text.trim().to_owned(), kind, place });
        }
    }
    found
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
