//! Markdown: the texts that a parser sees as such, where they stand in the source as they are read.

use std::iter::zip;
use std::ops::Range;

use biaoshi_container::text::{Document, each_piece};
use biaoshi_container::{Limits, Patch, Patched, Source};
use biaoshi_watermark::text::{Cost, Marker, is_mark};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag};

use super::weave::Weave;
use super::{SHAPE, check_encoding, encoder, shield, txt, unable};
use crate::text::line;
use crate::{Result, Words};

pub(in crate::text) const WORDS: Words = Words { each: txt::each, weave: Some(weave), cost: line::cost };

fn weave(source: &dyn Source, mut marker: Marker, limits: &Limits) -> Result<(Patch, Cost)> {
    let document = Document::read(source, limits)?;
    check_encoding(&document)?;
    let (text, front) = (body(&document), txt::front(&document));
    let prose = prose(&text);
    let mut weave = Weave::new(source, encoder(document.encoding));
    // Where the piece begins in the text, and which range of prose is next.
    let (mut start, mut next, mut closed) = (0, 0, Vec::new());
    let (mut defined, mut blank, mut before) = (false, false, 0);
    each_piece(source, document.encoding, document.bom, |piece| {
        let end = start + piece.text.len();
        closed.clear();
        defined = is_definition(&piece.text) || defined && (!blank || is_indented(&piece.text));
        blank = piece.text.trim().is_empty();
        // A line of a list that stands less far in than those before it, and yet far enough for code, is that to some parsers.
        let indent = indent(&piece.text);
        let unclear = !blank && indent >= 4 && indent < before;
        before = if blank { before } else { indent };
        if piece.exact && piece.offset >= front && !defined && !unclear {
            shield::closed(&piece.text, false, &mut closed);
            next = others(&prose, next, start..end, &mut closed);
            closed.sort_by_key(|range| range.start);
        } else {
            closed.push(0..piece.text.len());
        }
        start = end;
        marker.push(&piece.text, &closed, piece.offsets());
        weave.take(marker.insertions())
    })?;
    let (patch, cost) = weave.finish(marker)?;
    let after = Document::read(&Patched::new(source, &patch), limits)?;
    if patch.is_empty() || same(&text, &body(&after)) { Ok((patch, cost)) } else { Err(unable(&SHAPE)) }
}

/// Whether a line defines the label of a link.
fn is_definition(line: &str) -> bool {
    line.trim_start().starts_with('[') && line.contains("]:")
}

/// Columns in front of the first character of a line.
fn indent(line: &str) -> usize {
    let blanks = line.bytes().take_while(|b| matches!(b, b' ' | b'\t'));
    blanks.map(|b| if b == b'\t' { 4 } else { 1 }).sum()
}

/// Whether a line is blank or indented: behind a definition that is code to other parsers.
fn is_indented(line: &str) -> bool {
    line.starts_with("    ") || line.starts_with('\t') || line.trim().is_empty()
}

/// The text of a document, without its byte-order mark.
fn body(document: &Document) -> String {
    document.slice(document.bom..document.len()).into_owned()
}

/// What is read by any dialect: what one of them takes for more than text is left alone.
fn parser(text: &str) -> Parser<'_> {
    let tables = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let lists = Options::ENABLE_TASKLISTS | Options::ENABLE_DEFINITION_LIST | Options::ENABLE_MATH;
    let front = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    Parser::new_ext(text, tables | lists | front | Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_GFM)
}

/// The ranges of a text that are prose, in rising order.
fn prose(text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    // Elements in which nothing is put: of Markdown, and of HTML in it, which may have no end.
    let (mut kept, mut tags) = (0_usize, 0_usize);
    for (event, range) in parser(text).into_offset_iter() {
        match event {
            Event::Start(tag) => kept += usize::from(is_kept(&tag)),
            Event::End(end) => kept = kept.saturating_sub(usize::from(ends_kept(end))),
            Event::InlineHtml(html) | Event::Html(html) => tags = tag_depth(&html, tags),
            Event::Text(read) if kept == 0 && tags == 0 && text.get(range.clone()) == Some(&*read) => {
                match out.last_mut().filter(|last| last.end == range.start) {
                    Some(last) => last.end = range.end,
                    None => out.push(range),
                }
            }
            _ => {}
        }
    }
    out
}

/// Headings become the targets of links, tables are wide, texts of links are labels.
fn is_kept(tag: &Tag<'_>) -> bool {
    ends_kept(tag.to_end())
}

fn ends_kept(end: pulldown_cmark::TagEnd) -> bool {
    use pulldown_cmark::TagEnd;
    matches!(
        end,
        TagEnd::Heading(_)
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::Table
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::MetadataBlock(_)
            | TagEnd::DefinitionListTitle
    )
}

/// Open elements of HTML that hold no prose, behind some more tags.
fn tag_depth(html: &CowStr<'_>, mut depth: usize) -> usize {
    const KEPT: [&str; 14] = [
        "code", "pre", "kbd", "samp", "script", "style", "textarea", "title", "option", "svg", "math", "tt", "var",
        "select",
    ];
    for part in html.split('<').skip(1) {
        let name = part.trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if KEPT.iter().any(|kept| kept.eq_ignore_ascii_case(name)) {
            depth = if part.starts_with('/') { depth.saturating_sub(1) } else { depth + 1 };
        }
    }
    depth
}

/// Adds to `closed` what of a piece is outside of all ranges; returns the first range that may go on behind it.
fn others(prose: &[Range<usize>], mut next: usize, piece: Range<usize>, closed: &mut Vec<Range<usize>>) -> usize {
    let mut at = piece.start;
    while let Some(range) = prose.get(next).filter(|range| range.start < piece.end) {
        if range.start > at {
            closed.push(at - piece.start..range.start - piece.start);
        }
        at = at.max(range.end.min(piece.end));
        if range.end > piece.end {
            break;
        }
        next += 1;
    }
    if at < piece.end {
        closed.push(at - piece.start..piece.end - piece.start);
    }
    next
}

/// Whether two texts are the same but for marks in their prose.
fn same(before: &str, after: &str) -> bool {
    let (mut old, mut new) = (parser(before), parser(after));
    let bare = |event: Event<'_>| match event {
        Event::Text(text) if text.contains(is_mark) => Event::Text(text.replace(is_mark, "").into()),
        other => other.into_static(),
    };
    zip(&mut old, &mut new).all(|(old, new)| bare(old) == bare(new)) && old.next().is_none() && new.next().is_none()
}
