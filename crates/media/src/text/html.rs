//! HTML: a paragraph that people read, first in the body (or last). It looks the same without style sheets, and every
//! other byte of the document stays.

use std::ops::Range;

use biaoshi_container::html::{Block, Document, Gap, Outline};
use biaoshi_container::{Limits, Said, Source};
use biaoshi_explicit::Position;
use biaoshi_explicit::text::{Kind, Matcher};
use biaoshi_explicit::words;

use crate::{Content, Drawn, Explicit, ExplicitOptions, Found, Media, Outcome, Place, Result};

/// Dark on light, 15:1, so that a page with its own colours does not make it unreadable; 14 px.
const STYLE: &str = "display:block;margin:0;padding:8px 12px;font-size:14px;line-height:1.5;text-align:left;\
                     color:#1a1a1a;background:#f2f2f2";

/// Frames in place of a body.
static FRAMESET: Said = Said {
    code: "html.frameset",
    en: "a frameset document has no body for the label",
    zh: "框架集文档没有正文可放标识",
};

/// Front matter or tags of a template engine, and no body of its own: the page is made of it later.
static PART: Said = Said {
    code: "html.part",
    en: "the document is a part of a page (front matter or template tags) without a body of its own: label the finished page",
    zh: "文档只是网页的一部分(含 front matter 或模板标记),没有自己的 body;请标识生成后的网页",
};

/// No place where a paragraph is shown: an element that never ends holds the rest, or XML has no body.
static NO_BODY: Said =
    Said {
        code: "html.body", en: "the document has no body that shows the label", zh: "文档没有可显示标识的正文"
    };

pub(crate) static MEDIA: Media = Media {
    format: "html",
    explicit: Some(Explicit {
        apply: |source, options, limits| write(source, options, limits),
        find: |source, options, limits| find(source, options, limits),
        cost: super::line::cost,
    }),
    content: Content::Words(super::words::html::WORDS),
    says: &[&FRAMESET, &PART, &NO_BODY],
};

/// Writes the paragraph, or the corner mark, unless a conforming one is there.
///
/// # Errors
/// I/O, limits, an encoding that no insertion can be made in.
fn write(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let document = Document::read(source, limits)?;
    let outline = &document.outline;
    let does = |kind: &Kind| *kind == Kind::Conforming || options.superscript && *kind == Kind::CornerMark;
    let matcher = options.matcher(words::PAGE);
    if let Some((block, kind)) = labels(&document, &matcher).find(|(_, kind)| does(kind)) {
        return Ok(Outcome::Already(place(&document, block, kind)));
    }
    let (Some(body), false) = (&outline.body, outline.frameset) else {
        return Ok(Outcome::Skip(match (outline.frameset, outline.part) {
            (true, _) => FRAMESET.message(),
            (false, true) => PART.message(),
            (false, false) => NO_BODY.message(),
        }));
    };
    let words = options.line(words::PAGE);
    let mark = if options.superscript { corner_mark(outline, options.position) } else { None };
    let edits = match mark {
        Some(at) => vec![(at..at, format!("<{0}sup>AI</{0}sup>", outline.prefix))],
        None => match paragraphs(outline, body, &words, options.position) {
            Some(edits) => edits,
            None => return Ok(Outcome::Skip(NO_BODY.message())),
        },
    };
    let patch = document.patch(&edits)?;
    let before = document.markup.text.get(..edits.first().map_or(0, |e| e.0.start)).unwrap_or_default();
    let place = Place::Text { part: None, offset: before.chars().count(), length: words.chars().count(), words };
    let found = Found { place, score: 1.0 };
    Ok(Outcome::Drawn(Drawn { patch, found, notes: Vec::new(), outlasts: None, damage: None, confirm: None }))
}

/// Behind the words of the title, or of the last paragraph.
fn corner_mark(outline: &Outline, position: Position) -> Option<usize> {
    if position == Position::End { outline.paragraphs.last().map(|tag| tag.start) } else { outline.title }
}

/// Insertions that show a paragraph at a position; `None` where the end of the body is none.
fn paragraphs(outline: &Outline, body: &Gap, words: &str, position: Position) -> Option<Vec<(Range<usize>, String)>> {
    let prefix = &outline.prefix;
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let paragraph =
        format!("<{prefix}p class=\"aigc-label\" role=\"note\" lang=\"zh-CN\" style=\"{STYLE}\">{words}</{prefix}p>");
    if let Some(at) = middle(outline, body).filter(|_| position == Position::Middle) {
        return Some(vec![(at..at, paragraph)]);
    }
    let mut edits = Vec::new();
    if position.is_before() {
        edits.push((body.range.clone(), body.fill(&paragraph)));
    }
    if position.is_behind() {
        match (outline.end, body.is_inside()) {
            // An empty body of XML begins and ends at one place.
            (_, true) if position == Position::Both => {}
            (_, true) => edits.push((body.range.clone(), body.fill(&paragraph))),
            (Some(end), false) => edits.push((end..end, paragraph)),
            (None, false) => return None,
        }
    }
    Some(edits)
}

/// Behind the paragraph that ends nearest the middle and is not the last.
fn middle(outline: &Outline, body: &Gap) -> Option<usize> {
    let (_, others) = outline.paragraphs.split_last()?;
    let middle = body.range.end.midpoint(outline.end?);
    others.iter().map(|tag| tag.end).min_by_key(|end| end.abs_diff(middle))
}

/// Finds label paragraphs at the start and the end.
///
/// # Errors
/// I/O, limits, an encoding that cannot be read.
fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Vec<Found>> {
    let document = Document::read(source, limits)?;
    Ok(labels(&document, &options.matcher(words::PAGE)).map(|(block, kind)| place(&document, block, kind)).collect())
}

/// The blocks that are labels: words of others, and hidden ones, are none.
fn labels<'a>(document: &'a Document, matcher: &'a Matcher) -> impl Iterator<Item = (&'a Block, Kind)> {
    let own = document.outline.blocks.iter().filter(|block| !block.other);
    own.filter_map(|block| Some((block, matcher.kind(&block.text, true)?)))
}

/// Where a found paragraph is, in characters from the start of the document.
fn place(document: &Document, block: &Block, kind: Kind) -> Found {
    let offset = document.markup.text.get(..block.start).unwrap_or_default().chars().count();
    let words = block.text.trim().to_owned();
    let score = if kind == Kind::Conforming { 1.0 } else { 0.5 };
    Found { place: Place::Text { part: None, offset, length: words.chars().count(), words }, score }
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_container::{Patched, to_vec};

    fn written(text: &str, position: Position) -> Option<String> {
        let (bytes, limits) = (text.as_bytes().to_vec(), Limits::default());
        let Outcome::Drawn(drawn) = write(&bytes, &ExplicitOptions::at(position), &limits).unwrap() else {
            return None;
        };
        let out = to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap();
        let found = find(&out, &ExplicitOptions::default(), &limits).unwrap();
        assert_eq!(found.len(), if position == Position::Both { 2 } else { 1 }, "{text}");
        assert!(matches!(write(&out, &ExplicitOptions::at(position), &limits).unwrap(), Outcome::Already(_)), "{text}");
        Some(String::from_utf8(out).unwrap())
    }

    /// `@` stands for the paragraph.
    fn assert_place(expected: &str, position: Position) {
        let out = written(&expected.replace('@', ""), position).unwrap();
        let start = out.find("<p class=\"aigc-label\"").unwrap();
        let paragraph = &out[start..start + out[start..].find("</p>").unwrap() + 4];
        assert_eq!(out.replace(paragraph, "@"), expected);
    }

    #[test]
    fn the_paragraph_is_first_or_last_in_the_body() {
        for expected in [
            "<head></head><body class='a'>@words</body>",
            "<!doctype html><title>t</title>\n@<h1>b</h1>",
            "@words",
            "<html xmlns='http://www.w3.org/1999/xhtml'><head/><body>@<p/></body></html>",
            "<head><script>'<body>'</script></head><body>@",
        ] {
            assert_place(expected, Position::Start);
        }
        assert_place("<body><h1>a</h1>@</body></html>", Position::End);
        assert_place("words@", Position::End);
        assert_place("<body>@<h1>a</h1>@</body></html>", Position::Both);
        let empty = written("<html xmlns='http://www.w3.org/1999/xhtml'><head/><body/></html>", Position::Start);
        assert!(empty.is_some_and(|text| text.ends_with("</p></body></html>")));
    }

    #[test]
    fn what_shows_nothing_is_skipped_and_labels_are_not_doubled() {
        for none in
            ["<frameset><frame></frameset>", "<title>a", "<body>AI生成</body>", "<p>【本文由豆包<b>AI</b>生成】"]
        {
            assert_eq!(written(none, Position::Start), None, "{none}");
        }
        for other in [
            "<blockquote>本文由AI生成</blockquote>",
            "<p hidden>AI生成",
            "<a href=x>AI生成</a>",
            "<p>如何判断本文由AI生成？",
        ] {
            assert!(written(other, Position::Start).is_some(), "{other}");
        }
    }

    #[test]
    fn a_document_that_ends_in_the_middle_has_the_paragraph_in_front() {
        let out = written("<!doctype html", Position::Start).unwrap();
        assert!(out.starts_with("<p class=\"aigc-label\"") && out.ends_with("</p><!doctype html"), "{out}");
    }
}
