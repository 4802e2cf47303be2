//! EPUB: a paragraph at the start of the first chapter with words (or at the end of the last one). The cover and the table of
//! contents are none: readers pass over the one and make the other a menu.

use std::collections::{HashMap, HashSet};

use biaoshi_container::xml::{Tag, Token, escape};
use biaoshi_container::{Limits, Patch, Said, Source};
use biaoshi_explicit::text::Matcher;
use biaoshi_explicit::{Position, words};
use biaoshi_watermark::text::{Cost, Marker};

use super::package::{self, ENCRYPTED, NO_TEXT, Package, Part, SIGNED, resolve, skipping};
use super::prose::Text;
use super::story::{Role, Story, Tongue};
use super::words::{already, drawn, number};
use crate::{Content, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Part as Place, Result, Words};

/// Pages whose parts stand where they were put.
static FIXED: Said = Said {
    code: "epub.fixed",
    en: "a book of fixed pages: a paragraph would move what stands on them",
    zh: "固定版式的电子书:插入段落会打乱页面",
};

pub(crate) static MEDIA: Media = Media {
    format: "epub",
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
    says: &[&FIXED],
};

const NAME: &str = "EPUB";
const PACKAGE: &[&str] = &["http://www.idpf.org/2007/opf"];
const XHTML: &[&str] = &["http://www.w3.org/1999/xhtml"];
const OPS: &[&str] = &["http://www.idpf.org/2007/ops"];
/// Dark on light, as in pages.
const STYLE: &str = "display:block;margin:0 0 1em 0;padding:8px 12px;font-size:14px;line-height:1.5;text-indent:0;text-align:left;\
                     color:#1a1a1a;background:#f2f2f2";

/// The elements that are blocks of their own.
const BLOCKS: [&str; 22] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "div",
    "section",
    "article",
    "header",
    "footer",
    "li",
    "dt",
    "dd",
    "td",
    "th",
    "pre",
    "figcaption",
    "caption",
    "aside",
    "main",
];

/// Elements that hold headings, code, formulas, what is said beside a word.
const NO_PROSE: [&str; 18] = [
    "pre", "code", "kbd", "samp", "var", "tt", "math", "svg", "textarea", "option", "rt", "title", "h1", "h2", "h3",
    "h4", "h5", "h6",
];

#[derive(Default)]
struct Chapter {
    /// Whether the page says that it is a cover or a table of contents.
    apart: bool,
}

impl Tongue for Chapter {
    fn role(&mut self, tag: &Tag<'_>) -> Role {
        if !tag.uri.is_some_and(|uri| XHTML.contains(&uri)) {
            return Role::Other;
        }
        let apart =
            tag.value(Some(OPS), "type").is_some_and(|kind| kind.split(' ').any(|k| k == "cover" || k == "toc"));
        self.apart |= apart && matches!(tag.local, "body" | "section" | "nav" | "div");
        match tag.local {
            "body" => Role::Body,
            "head" | "script" | "style" | "template" => Role::Skip,
            "sup" => Role::Run(true),
            "br" => Role::Blank,
            "a" if tag.value(None, "href").is_some() => Role::Link,
            "blockquote" => Role::Link,
            local if BLOCKS.contains(&local) => Role::Block,
            _ => Role::Other,
        }
    }

    fn is_loose(&self) -> bool {
        true
    }

    fn is_prose(&self, tag: &Tag<'_>) -> bool {
        !NO_PROSE.contains(&tag.local)
    }
}

/// A chapter of the book.
struct Item {
    place: Place,
    part: Part,
    story: Story,
}

/// The book: the names of its chapters in reading order, with their places in the spine.
struct Book<'a> {
    package: Package<'a>,
    chapters: Vec<(usize, String)>,
}

impl<'a> Book<'a> {
    fn read(source: &'a dyn Source, limits: &'a Limits) -> Result<Self> {
        let package = Package::open(NAME, source, limits)?;
        let none = || Error::Unable(NO_TEXT.message());
        let container = package.main("META-INF/container.xml")?;
        let mut path = None;
        package.walk(&container, &mut |token| {
            if let (Token::Open(tag), None) = (token, &path)
                && tag.local == "rootfile"
            {
                path = tag.value(None, "full-path");
            }
        })?;
        let path = path.ok_or_else(none)?;
        let opf = package.main(&path)?;
        let chapters = chapters(&package, &opf, path.rsplit_once('/').map_or("", |(folder, _)| folder))?;
        Ok(Self { package, chapters })
    }

    /// A chapter, if it has words and is neither cover nor contents.
    fn item(&self, index: usize, name: &str, matcher: &Matcher) -> Result<Option<Item>> {
        let Some(part) = self.package.part(name)? else { return Ok(None) };
        let mut chapter = Chapter::default();
        let story = Story::read(&self.package, &part, &mut chapter, matcher)?;
        let reads = story.body.is_some() && story.ends.outer().is_some() && !chapter.apart;
        Ok(reads.then(|| Item { place: Place::Item(number(index)), part, story }))
    }

    /// The first chapter with words, from one side.
    fn first(&self, mut all: impl Iterator<Item = &'a (usize, String)>, matcher: &Matcher) -> Result<Option<Item>>
    where
        Self: 'a,
    {
        all.find_map(|(index, name)| self.item(*index, name, matcher).transpose()).transpose()
    }
}

/// The chapters that readers turn to one after the other (EPUB 3.3, 5.7.1).
fn chapters(package: &Package<'_>, opf: &Part, folder: &str) -> Result<Vec<(usize, String)>> {
    let (mut manifest, mut spine, mut fixed, mut inside, mut cover) = (HashMap::new(), Vec::new(), false, false, None);
    package.walk(opf, &mut |token| {
        match &token {
            Token::Text(text, _) if inside => fixed |= text.trim() == "pre-paginated",
            Token::Close(_) => inside = false,
            _ => {}
        }
        let Token::Open(tag) = token else { return };
        if !tag.uri.is_some_and(|uri| PACKAGE.contains(&uri)) {
            return;
        }
        let value = |key| tag.value(None, key);
        let has = |key, word: &str| value(key).is_some_and(|all| all.split(' ').any(|one| one == word));
        match tag.local {
            "meta" => {
                inside = value("property").as_deref() == Some("rendition:layout");
                let old = matches!(value("name").as_deref(), Some("fixed-layout" | "rendition:layout"));
                fixed |= old && matches!(value("content").as_deref(), Some("true" | "pre-paginated"));
            }
            "item" if !has("properties", "nav") => {
                let href = value("href").map(|href| resolve(folder, &unquoted(&href)));
                manifest.extend(value("id").zip(href));
            }
            "itemref" => {
                let reads =
                    value("linear").as_deref() != Some("no") && !has("properties", "rendition:layout-pre-paginated");
                spine.push(value("idref").filter(|_| reads));
            }
            "reference" if value("type").as_deref() == Some("cover") => {
                cover =
                    value("href").map(|href| resolve(folder, &unquoted(href.split('#').next().unwrap_or_default())));
            }
            _ => {}
        }
    })?;
    if fixed {
        return Err(Error::Unable(FIXED.message()));
    }
    let names = spine.into_iter().enumerate().filter_map(|(n, id)| Some((n, manifest.get(&id?)?.clone())));
    let mut seen = HashSet::new();
    Ok(names.filter(|(_, name)| Some(name) != cover.as_ref() && seen.insert(name.clone())).collect())
}

/// A reference without its percent signs (RFC 3986, 2.1).
fn unquoted(href: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = href.as_bytes();
    while let Some((first, rest)) = bytes.split_first() {
        let coded = rest.first_chunk::<2>().filter(|_| *first == b'%').and_then(|two| {
            let text = std::str::from_utf8(two).ok()?;
            u8::from_str_radix(text, 16).ok()
        });
        out.push(coded.unwrap_or(*first));
        bytes = if coded.is_some() { rest.get(2..).unwrap_or_default() } else { rest };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn write(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let (book, matcher) = (Book::read(source, limits)?, options.matcher(words::TEXT));
    let none = || Error::Unable(NO_TEXT.message());
    let first = book.first(book.chapters.iter(), &matcher)?.ok_or_else(none)?;
    let last = book.first(book.chapters.iter().rev(), &matcher)?.ok_or_else(none)?;
    let there = |item: &Item| already(item.story.ends.labels(&matcher), options.superscript, Some(item.place));
    if let Some(found) = there(&first).or_else(|| there(&last)) {
        return Ok(Outcome::Already(found));
    }
    may_change(&book.package, [first.part.name()].into_iter())?;
    let line = options.line(words::TEXT);
    let (one, place) =
        (first.place == last.place, if options.position == Position::End { last.place } else { first.place });
    let changes = match options.position {
        Position::End => vec![with_line(last, options.position, &line)?],
        Position::Both if !one => {
            vec![with_line(first, Position::Start, &line)?, with_line(last, Position::End, &line)?]
        }
        position => vec![with_line(first, position, &line)?],
    };
    Ok(drawn(book.package.plan(&changes)?, Some(place), line, None))
}

/// The chapter with the paragraph.
fn with_line(item: Item, position: Position, line: &str) -> Result<biaoshi_container::zip::Change> {
    let body = item.story.body.as_ref().ok_or_else(|| Error::Unable(NO_TEXT.message()))?;
    let name = package::qualified(&body.prefix, "p");
    let line = escape(line);
    let label =
        format!("<{name} class=\"aigc-label\" xml:lang=\"zh-CN\" dir=\"ltr\" style=\"{STYLE}\">{line}</{name}>");
    let edits: Vec<_> = body.slots(position).iter().map(|slot| slot.fill(&label)).collect();
    item.part.change(&edits)
}

/// Signatures and encryption of what would change (OCF 3.3, 4.2.6.3.2 and 4.2.6.3.6).
fn may_change<'n>(package: &Package<'_>, mut names: impl Iterator<Item = &'n str>) -> Result<()> {
    if package.has("META-INF/signatures.xml") {
        return Err(Error::Unable(SIGNED.message()));
    }
    let mut encrypted = HashSet::new();
    if let Some(part) = package.part("META-INF/encryption.xml")? {
        package.walk(&part, &mut |token| {
            if let Token::Open(tag) = token {
                encrypted.extend(tag.value(None, "URI").map(|uri| resolve("", &unquoted(&uri))));
            }
        })?;
    }
    if names.any(|name| encrypted.contains(name)) { Err(Error::Unable(ENCRYPTED.message())) } else { Ok(()) }
}

/// The chapters one after the other.
fn text<'a>(source: &'a dyn Source, limits: &'a Limits) -> Result<Text<'a>> {
    let Book { package, chapters } = Book::read(source, limits)?;
    let parts = chapters.into_iter().map(|(_, name)| name).collect();
    Ok(Text { package, parts, tongue: || Box::<Chapter>::default() })
}

fn weave(source: &dyn Source, marker: Marker, limits: &Limits) -> Result<(Patch, Cost)> {
    let text = text(source, limits)?;
    may_change(&text.package, text.parts.iter().map(String::as_str))?;
    text.weave(marker)
}

fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Vec<Found>> {
    let (book, matcher) = (Book::read(source, limits)?, options.matcher(words::TEXT));
    let first = book.first(book.chapters.iter(), &matcher)?;
    let last = book.first(book.chapters.iter().rev(), &matcher)?;
    let last = last.filter(|last| first.as_ref().is_none_or(|first| first.place != last.place));
    let labels = |item: Item| {
        let labels = item.story.ends.labels(&matcher);
        labels.map(|(block, kind)| block.found(kind, Some(item.place))).collect::<Vec<_>>()
    };
    Ok(first.into_iter().chain(last).flat_map(labels).collect())
}
