//! Word: a paragraph of its own, first in the body (or last), which is copied and exported with the text; when asked for, one
//! in the header of every page, too.

mod headers;

use biaoshi_container::xml::{Tag, escape};
use biaoshi_container::{Limits, Patch, Source};
use biaoshi_explicit::{Position, words};
use biaoshi_watermark::text::{Cost, Marker};

use crate::document::ooxml::{self, NAME};
use crate::document::package::{self, Edit, Package, Slot, skipping};
use crate::document::prose::Text;
use crate::document::story::{Body, Role, Story, Tongue};
use crate::document::words::{already, drawn};
use crate::{Content, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Result, Words};

pub(crate) static MEDIA: Media = Media {
    format: "docx",
    explicit: Some(Explicit {
        apply: |source, options, limits| skipping(write(source, options, limits)),
        find,
        cost: package::cost,
    }),
    content: Content::Words(Words {
        each: |source, tell, limits| text(source, limits)?.each(tell),
        weave: Some(weave),
        cost: package::cost,
    }),
    says: &package::SAYS,
};

const WORD: &[&str; 2] = &[
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
];
/// Alternatives of one content: readers that know the first pass over the fallback.
const ALTERNATIVES: &[&str] = &["http://schemas.openxmlformats.org/markup-compatibility/2006"];

/// The vocabulary, with the element that holds the text.
struct Word(&'static str);

impl Tongue for Word {
    fn role(&mut self, tag: &Tag<'_>) -> Role {
        if tag.is(ALTERNATIVES, "Fallback") {
            return Role::Skip;
        }
        if !tag.uri.is_some_and(|uri| WORD.contains(&uri)) {
            return Role::Other;
        }
        let value = || tag.value(Some(WORD), "val");
        match tag.local {
            local if local == self.0 => Role::Body,
            "sectPr" => Role::Tail,
            "p" => Role::Block,
            "r" => Role::Run(false),
            "t" => Role::Words,
            "tab" | "br" | "cr" => Role::Blank,
            "hyperlink" => Role::Link,
            "del" | "moveFrom" => Role::Skip,
            "vanish" if !matches!(value().as_deref(), Some("0" | "false" | "off")) => Role::Hidden,
            "vertAlign" if value().as_deref() == Some("superscript") => Role::Raised,
            _ => Role::Other,
        }
    }

    fn is_loose(&self) -> bool {
        false
    }
}

fn write(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let package = Package::open(NAME, source, limits)?;
    let name = ooxml::main(&package)?;
    let (part, matcher) = (package.main(&name)?, options.matcher(words::TEXT));
    let story = Story::read(&package, &part, &mut Word("body"), &matcher)?;
    let there = already(story.ends.labels(&matcher), options.superscript, None);
    let body = story.body.as_ref().ok_or_else(|| Error::Unable(package::NO_TEXT.message()))?;
    let line = options.line(words::TEXT);
    let mut edits = if there.is_none() { in_body(&story, body, options, &line) } else { Vec::new() };
    let mut changes = Vec::new();
    // A body without anything in it is opened once.
    if options.every_page && !body.start.is_empty() {
        let (headers, references) =
            headers::plan(&package, (&name, &part), body, &paragraph(&body.uri, true, &line), &matcher)?;
        changes.extend(headers);
        edits.extend(references);
    }
    if let (Some(found), true, true) = (there, edits.is_empty(), changes.is_empty()) {
        return Ok(Outcome::Already(found));
    }
    ooxml::unsigned(&package)?;
    if !edits.is_empty() {
        changes.push(part.change(&edits)?);
    }
    Ok(drawn(package.plan(&changes)?, None, line, None))
}

/// The paragraphs, or the corner mark, as insertions into the body.
fn in_body(story: &Story, body: &Body, options: &ExplicitOptions, line: &str) -> Vec<Edit> {
    match story.ends.outer().filter(|_| options.superscript) {
        Some((first, last)) => {
            let block = if options.position == Position::End { last } else { first };
            vec![Slot::at(block.close).fill(&mark(body))]
        }
        None => {
            let label = paragraph(&body.uri, body.prefix != "w", line);
            body.slots(options.position).iter().map(|slot| slot.fill(&label)).collect()
        }
    }
}

/// The text of the body.
fn text<'a>(source: &'a dyn Source, limits: &'a Limits) -> Result<Text<'a>> {
    let package = Package::open(NAME, source, limits)?;
    let parts = vec![ooxml::main(&package)?];
    Ok(Text { package, parts, tongue: || Box::new(Word("body")) })
}

fn weave(source: &dyn Source, marker: Marker, limits: &Limits) -> Result<(Patch, Cost)> {
    let text = text(source, limits)?;
    ooxml::unsigned(&text.package)?;
    text.weave(marker)
}

fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Vec<Found>> {
    let package = Package::open(NAME, source, limits)?;
    let part = package.main(&ooxml::main(&package)?)?;
    let matcher = options.matcher(words::TEXT);
    let story = Story::read(&package, &part, &mut Word("body"), &matcher)?;
    Ok(story.ends.labels(&matcher).map(|(block, kind)| block.found(kind, None)).collect())
}

/// The corner mark of clause 5.1 c, behind the words of a paragraph.
fn mark(body: &Body) -> String {
    let declared = declared(&body.uri, body.prefix != "w");
    format!(
        "<w:r{declared}><w:rPr><w:vanish w:val=\"0\"/><w:vertAlign w:val=\"superscript\"/><w:rtl w:val=\"0\"/></w:rPr>\
         <w:t>AI</w:t></w:r>"
    )
}

/// The prefix `w`, where it means something else.
fn declared(uri: &str, declare: bool) -> String {
    if declare { format!(" xmlns:w=\"{uri}\"") } else { String::new() }
}

/// A paragraph that looks the same whatever the styles of the document say: 10.5 points, in the color that the ground
/// asks for, from left to right, without number, indent and page break (ECMA-376 part 1, 17.3).
fn paragraph(uri: &str, declare: bool, line: &str) -> String {
    let strict = uri == WORD[1];
    let declared = declared(uri, declare);
    let left = if strict { "start" } else { "left" };
    format!(
        "<w:p{declared}><w:pPr><w:keepNext w:val=\"0\"/><w:pageBreakBefore w:val=\"0\"/>\
         <w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"0\"/></w:numPr><w:bidi w:val=\"0\"/>\
         <w:spacing w:before=\"0\" w:after=\"120\" w:line=\"240\" w:lineRule=\"auto\"/>\
         <w:ind w:left=\"0\" w:right=\"0\" w:firstLine=\"0\"/><w:jc w:val=\"{left}\"/></w:pPr>\
         <w:r><w:rPr><w:rFonts w:hint=\"eastAsia\"/><w:caps w:val=\"0\"/><w:smallCaps w:val=\"0\"/><w:strike w:val=\"0\"/>\
         <w:vanish w:val=\"0\"/><w:color w:val=\"auto\"/><w:sz w:val=\"21\"/><w:szCs w:val=\"21\"/>\
         <w:vertAlign w:val=\"baseline\"/><w:rtl w:val=\"0\"/><w:lang w:val=\"zh-CN\" w:eastAsia=\"zh-CN\"/></w:rPr>\
         <w:t>{}</w:t></w:r></w:p>",
        escape(line)
    )
}
