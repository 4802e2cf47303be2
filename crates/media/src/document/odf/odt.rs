//! Writer: a paragraph of its own, first in the text (or last). Where the first paragraph begins a page by its style, which
//! would leave a label in front of it alone on a page, the label stands right behind it. When asked for, one stands in the header
//! of every page, too.

use biaoshi_container::xml::{Tag, escape};
use biaoshi_container::{Limits, Patch, Source};
use biaoshi_explicit::{Position, words};
use biaoshi_watermark::text::{Cost, Marker};

use super::style::Styles;
use super::{CONTENT, FO, OFFICE, STYLE, TEXT, headers, open, unsigned};
use crate::document::package::{self, Edit, NO_TEXT, Slot, skipping};
use crate::document::prose::Text;
use crate::document::story::{Role, Story, Tongue};
use crate::document::words::{already, drawn};
use crate::{Content, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Result, Words};

pub(crate) static MEDIA: Media = Media {
    format: "odt",
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
    says: &[],
};

/// What stands in a text in front of its paragraphs (ODF 1.3 part 3, 3.4).
const PRELUDE: [&str; 7] = [
    "tracked-changes",
    "variable-decls",
    "sequence-decls",
    "user-field-decls",
    "dde-connection-decls",
    "alphabetical-index-auto-mark-file",
    "forms",
];

/// What a program makes out of the rest of the text (ODF 1.3 part 3, 8).
const INDEXES: [&str; 7] = [
    "table-of-content",
    "illustration-index",
    "table-index",
    "object-index",
    "user-index",
    "alphabetical-index",
    "bibliography",
];

#[derive(Default)]
struct Writer {
    styles: Styles,
    /// Whether the first paragraph begins a page.
    begins: Option<bool>,
}

impl Tongue for Writer {
    fn role(&mut self, tag: &Tag<'_>) -> Role {
        self.styles.tag(tag);
        let style = || tag.value(Some(TEXT), "style-name").unwrap_or_default();
        match tag.local {
            "text" if tag.is(OFFICE, "text") => Role::Body,
            "annotation" | "annotation-end" => Role::Skip,
            "forms" => Role::Prelude,
            _ if !tag.uri.is_some_and(|uri| TEXT.contains(&uri)) => Role::Other,
            "p" | "h" => {
                self.begins.get_or_insert_with(|| self.styles.breaking.contains(&style()));
                Role::Block
            }
            "span" => Role::Run(self.styles.raised.contains(&style())),
            "s" | "tab" | "line-break" => Role::Blank,
            "a" => Role::Link,
            "note" | "ruby-text" | "hidden-text" => Role::Skip,
            local if PRELUDE.contains(&local) => Role::Prelude,
            _ => Role::Other,
        }
    }

    fn is_loose(&self) -> bool {
        true
    }

    /// Indexes and tables of contents are made anew.
    fn is_prose(&self, tag: &Tag<'_>) -> bool {
        !INDEXES.contains(&tag.local)
    }
}

fn write(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let (package, part) = open(source, limits)?;
    let (mut writer, matcher) = (Writer::default(), options.matcher(words::TEXT));
    let mut story = Story::read(&package, &part, &mut writer, &matcher)?;
    let there = already(story.ends.labels(&matcher), options.superscript, None);
    let line = options.line(words::TEXT);
    let body = story.body.as_mut().ok_or_else(|| Error::Unable(NO_TEXT.message()))?;
    if writer.begins == Some(true) {
        body.start_behind_first();
    }
    let edits = if there.is_none() { in_body(&writer.styles, &story, options, &line) } else { Vec::new() };
    let mut changes = Vec::new();
    if options.every_page {
        changes.extend(headers::plan(&package, &matcher, &plain, &|name| paragraph(name, &line))?);
    }
    if let (Some(found), true, true) = (there, edits.is_empty(), changes.is_empty()) {
        return Ok(Outcome::Already(found));
    }
    unsigned(&package)?;
    if !edits.is_empty() {
        changes.push(part.change(&edits)?);
    }
    Ok(drawn(package.plan(&changes)?, None, line, None))
}

/// The paragraphs, or the corner mark, as insertions into the text, with their styles.
fn in_body(styles: &Styles, story: &Story, options: &ExplicitOptions, line: &str) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    if let Some((first, last)) = story.ends.outer().filter(|_| options.superscript) {
        let (block, name) = (if options.position == Position::End { last } else { first }, styles.free("AIGC_mark"));
        edits.extend(styles.add(&raised(&name)));
        let mark = format!("<t:span xmlns:t=\"{0}\" t:style-name=\"{name}\">AI</t:span>", TEXT[0]);
        edits.push(Slot::at(block.close).fill(&mark));
    } else if let Some(body) = &story.body {
        let name = styles.free("AIGC_label");
        edits.extend(styles.add(&plain(&name)));
        let label = paragraph(&name, line);
        edits.extend(body.slots(options.position).iter().map(|slot| slot.fill(&label)));
    }
    edits
}

fn paragraph(style: &str, line: &str) -> String {
    format!("<t:p xmlns:t=\"{0}\" t:style-name=\"{style}\">{1}</t:p>", TEXT[0], escape(line))
}

/// The text of the document.
fn text<'a>(source: &'a dyn Source, limits: &'a Limits) -> Result<Text<'a>> {
    let (package, _) = open(source, limits)?;
    Ok(Text { package, parts: vec![CONTENT.into()], tongue: || Box::<Writer>::default() })
}

fn weave(source: &dyn Source, marker: Marker, limits: &Limits) -> Result<(Patch, Cost)> {
    let text = text(source, limits)?;
    unsigned(&text.package)?;
    text.weave(marker)
}

fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Vec<Found>> {
    let (package, part) = open(source, limits)?;
    let matcher = options.matcher(words::TEXT);
    let story = Story::read(&package, &part, &mut Writer::default(), &matcher)?;
    Ok(story.ends.labels(&matcher).map(|(block, kind)| block.found(kind, None)).collect())
}

/// A paragraph that looks the same whatever the default style says: 10.5 points, in the color that the ground asks for, from
/// left to right.
fn plain(name: &str) -> String {
    let (style, fo) = (STYLE[0], FO[0]);
    format!(
        "<s:style xmlns:s=\"{style}\" xmlns:f=\"{fo}\" s:name=\"{name}\" s:family=\"paragraph\"><s:paragraph-properties f:margin-left=\"0cm\" \
         f:margin-right=\"0cm\" f:margin-top=\"0cm\" f:margin-bottom=\"0.2cm\" f:text-indent=\"0cm\" f:text-align=\"left\" f:line-height=\"100%\" \
         f:break-before=\"auto\" f:keep-with-next=\"auto\" s:writing-mode=\"lr-tb\"/><s:text-properties s:use-window-font-color=\"true\" \
         f:font-size=\"10.5pt\" s:font-size-asian=\"10.5pt\" s:font-size-complex=\"10.5pt\" f:font-weight=\"normal\" f:font-style=\"normal\" \
         s:font-weight-asian=\"normal\" s:font-style-asian=\"normal\" s:text-position=\"0% 100%\" s:text-line-through-style=\"none\" \
         s:language-asian=\"zh\" s:country-asian=\"CN\"/></s:style>"
    )
}

/// The corner mark of clause 5.1 c.
fn raised(name: &str) -> String {
    format!(
        "<s:style xmlns:s=\"{}\" s:name=\"{name}\" s:family=\"text\"><s:text-properties s:text-position=\"super 58%\"/></s:style>",
        STYLE[0]
    )
}
