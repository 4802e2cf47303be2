//! Places inside of a document: between paragraphs, behind a title or a sentence.

use biaoshi_container::text::{Document, body};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Place, content_end, is_blank};

/// The line that ends the paragraph nearest the middle and is not the last of the content.
pub(super) fn paragraph(document: &Document, markdown: bool) -> Option<usize> {
    let ends = if markdown { Marked::new(document).paragraphs() } else { plain(document) };
    let last = content_end(document).checked_sub(1)?;
    let place = |n: usize| document.lines.get(n).map_or(0, |line| line.content.end);
    let first = document.lines.iter().map(|line| line.content.start).next().unwrap_or(0);
    let middle = first.midpoint(place(last));
    ends.into_iter().filter(|end| *end < last).min_by_key(|end| place(*end).abs_diff(middle))
}

/// Whether blank lines separate the paragraphs of a plain text.
pub(super) fn is_spaced(document: &Document) -> bool {
    let lines = document.lines.get(..content_end(document)).unwrap_or_default();
    lines.iter().skip_while(|line| is_empty(document, line)).any(|line| is_empty(document, line))
}

fn is_empty(document: &Document, line: &biaoshi_container::text::Line) -> bool {
    document.text(line).trim_matches(is_blank).is_empty()
}

/// The last lines of paragraphs: those before blank lines, or all where there are none.
fn plain(document: &Document) -> Vec<usize> {
    let spaced = is_spaced(document);
    let end = content_end(document);
    let ends = |n: &usize| {
        let (line, next) = (document.lines.get(*n), document.lines.get(n + 1));
        let words = line.is_some_and(|line| !is_empty(document, line));
        words && (!spaced || next.is_some_and(|next| is_empty(document, next)))
    };
    (0..end).filter(ends).collect()
}

/// Where the corner mark goes in Markdown: behind the words of the first heading or paragraph, or of the last paragraph.
pub(super) fn sentence(document: &Document, place: Place) -> Option<usize> {
    Marked::new(document).sentence(place)
}

/// Markdown behind its front matter, as one text.
pub(super) struct Marked<'a> {
    document: &'a Document,
    text: String,
    /// Index of the first line, and where each line begins in the text.
    first: usize,
    starts: Vec<usize>,
}

impl<'a> Marked<'a> {
    fn new(document: &'a Document) -> Self {
        let first = body(document);
        let (mut text, mut starts) = (String::new(), Vec::new());
        for line in document.lines.get(first..content_end(document)).unwrap_or_default() {
            starts.push(text.len());
            text.push_str(&document.text(line));
            text.push('\n');
        }
        Self { document, text, first, starts }
    }

    /// The line that holds a place of the text.
    fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The last lines of the paragraphs that stand in nothing else.
    fn paragraphs(&self) -> Vec<usize> {
        let (mut depth, mut ends) = (0_usize, Vec::new());
        for (event, range) in Parser::new_ext(&self.text, options()).into_offset_iter() {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(kind) => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && kind == TagEnd::Paragraph {
                        ends.push(self.first + self.line(range.end.saturating_sub(1)));
                    }
                }
                _ => {}
            }
        }
        ends
    }

    fn sentence(&self, place: Place) -> Option<usize> {
        let (mut depth, mut open, mut found) = (0_usize, None, None);
        for (event, range) in Parser::new_ext(&self.text, options()).into_offset_iter() {
            let inside = match event {
                Event::Start(tag) => {
                    let counts =
                        matches!(tag, Tag::Paragraph) || place != Place::End && matches!(tag, Tag::Heading { .. });
                    open = if depth == 0 { counts.then_some(0) } else { open };
                    depth += 1;
                    false
                }
                Event::End(_) => {
                    depth = depth.saturating_sub(1);
                    depth > 0
                }
                _ => true,
            };
            if inside {
                open = open.map(|end: usize| end.max(range.end));
            } else if depth == 0 {
                found = open.take().filter(|end| *end > 0).or(found);
                if place != Place::End && found.is_some() {
                    break;
                }
            }
        }
        let (at, line) = (found?, self.line(found?.checked_sub(1)?));
        let column = at - self.starts.get(line)?;
        self.document.offset(self.document.lines.get(self.first + line)?, column)
    }
}

/// What the common readers of Markdown know.
fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}
