//! PowerPoint: a text box on every slide. The master is no place: a slide may hide its shapes (`showMasterSp`).

use std::collections::HashSet;

use biaoshi_container::xml::{Tag, Token};
use biaoshi_container::zip::Change;
use biaoshi_container::{Limits, Patch, Source};
use biaoshi_explicit::image::Corner;
use biaoshi_explicit::text::{Kind, Matcher};
use biaoshi_explicit::words::SLIDES as WORDS;
use biaoshi_watermark::text::{Cost, Marker};

use super::ooxml::{self, BETWEEN, DRAWING, NAME, Relations, form};
use super::package::{self, Package, Part, qualified, skipping};
use super::prose::Text;
use super::shapes::{self, Shapes, TextBox, ems};
use super::story::{Role, Tongue};
use super::words::{already, drawn, number};
use crate::{Confirm, Content, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Part as Place, Result, Words};

pub(crate) static MEDIA: Media = Media {
    format: "pptx",
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

const SLIDES: &[&str; 2] =
    &["http://schemas.openxmlformats.org/presentationml/2006/main", "http://purl.oclc.org/ooxml/presentationml/main"];

/// Columns and rows of a slide that does not say them, in EMU: 10 by 7.5 inches.
const SIZE: (u64, u64) = (9_144_000, 6_858_000);
/// EMU in a hundredth of a point.
const POINT: u64 = 127;

/// The slides of a presentation.
struct Deck<'a> {
    package: Package<'a>,
    size: (u64, u64),
    /// The names of their parts, in order.
    slides: Vec<String>,
}

impl<'a> Deck<'a> {
    fn read(source: &'a dyn Source, limits: &'a Limits) -> Result<Self> {
        let package = Package::open(NAME, source, limits)?;
        let main = ooxml::main(&package)?;
        let (part, relations) = (package.main(&main)?, Relations::of(&package, &main)?);
        let targets = relations.targets("slide");
        let (mut size, mut slides, mut lost, mut seen) = (SIZE, Vec::new(), false, HashSet::new());
        package.walk(&part, &mut |token| match token {
            Token::Open(tag) if tag.is(SLIDES, "sldSz") => {
                let side = |key| tag.value(None, key).and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                size = (side("cx").unwrap_or(SIZE.0), side("cy").unwrap_or(SIZE.1));
            }
            Token::Open(tag) if tag.is(SLIDES, "sldId") => {
                let target = tag.value(Some(BETWEEN), "id").and_then(|id| targets.get(id.as_str()).copied());
                lost |= target.is_none();
                slides.extend(target.filter(|target| seen.insert(*target)).map(str::to_owned));
            }
            _ => {}
        })?;
        if slides.is_empty() || lost {
            return Err(Error::Unable(package::NO_TEXT.message()));
        }
        Ok(Self { package, size, slides })
    }

    /// The slides one after the other.
    fn each(&self, visit: &mut dyn FnMut(Place, Part, Shapes) -> Result<()>) -> Result<()> {
        for (index, name) in self.slides.iter().enumerate() {
            let part = self.package.main(name)?;
            let shapes = shapes::read(&self.package, &part, SLIDES, "spTree")?;
            visit(Place::Slide(number(index)), part, shapes)?;
        }
        Ok(())
    }
}

/// The label that a slide has.
fn label(shapes: &Shapes, matcher: &Matcher, place: Place) -> Option<Found> {
    already(shapes.alone.iter().filter_map(|block| Some((block, block.kind(matcher)?))), false, Some(place))
}

fn write(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let deck = Deck::read(source, limits)?;
    let (line, matcher) = (options.line(WORDS), options.matcher(WORDS));
    let (mut changes, mut there): (Vec<Change>, _) = (Vec::new(), None);
    deck.each(&mut |place, part, shapes| {
        match label(&shapes, &matcher, place) {
            Some(found) => there = there.take().or(Some(found)),
            None => changes.push(with_label(&deck, part, &shapes, options.corner, &line)?),
        }
        Ok(())
    })?;
    if let (Some(found), true) = (there, changes.is_empty()) {
        return Ok(Outcome::Already(found));
    }
    ooxml::unsigned(&deck.package)?;
    let first = Some(Place::Slide(1));
    Ok(drawn(deck.package.plan(&changes)?, first, line, Some(Box::new(Everywhere(matcher)))))
}

/// The slide with the text box as its last shape, which lies over all others.
fn with_label(deck: &Deck<'_>, part: Part, shapes: &Shapes, corner: Corner, line: &str) -> Result<Change> {
    let slot = shapes.slot.as_ref().ok_or_else(|| Error::Unable(package::NO_TEXT.message()))?;
    let id = shapes.id.checked_add(1).ok_or_else(|| Error::Unable(package::NO_TEXT.message()))?;
    let strict = shapes.uri == SLIDES[1];
    let p = |local| qualified(&shapes.prefix, local);
    let shape = place(deck.size, corner, line).shape(&shapes.prefix, form(DRAWING, strict));
    let new = format!(
        "<{sp}><{named}><{props} id=\"{id}\" name=\"AI生成标识\"/><{boxed} txBox=\"1\"/><{nv} userDrawn=\"1\"/></{named}>{shape}</{sp}>",
        sp = p("sp"),
        named = p("nvSpPr"),
        props = p("cNvPr"),
        boxed = p("cNvSpPr"),
        nv = p("nvPr"),
    );
    part.change(&[slot.fill(&new)])
}

/// White on black of 60 %, so that it can be read on any ground (5.7:1 over white), in a corner. The ink of the smallest
/// character, a Latin capital of Arial, is 0.716 em: 7.35 % of the height of the slide give it 5.2 %.
fn place(size: (u64, u64), corner: Corner, line: &str) -> TextBox<'_> {
    let (across, down) = size;
    let em = (down.saturating_mul(735) / 10_000).clamp(POINT * 100, POINT * 400_000);
    let margin = across.min(down) / 50;
    let room = across.saturating_sub(margin * 2).max(1);
    let wanted = (ems(line) * em as f64) as u64 + em / 2;
    let width = wanted.min(room);
    // Lines break where they like: one more than the words need.
    let lines = if wanted > room { wanted.div_ceil(room.saturating_sub(em).max(1)) } else { 1 };
    let height = (em * 13 / 10).saturating_mul(lines).min(down);
    let (right, bottom) = (across.saturating_sub(margin + width), down.saturating_sub(margin + height));
    let (left, top) = match corner {
        Corner::BottomRight => (right, bottom),
        Corner::BottomLeft => (margin, bottom),
        Corner::TopRight => (right, margin),
        Corner::TopLeft => (margin, margin),
    };
    let (ground, ink) = (("000000", 60_000), "FFFFFF");
    TextBox { left, top, width, height, size: em / POINT, ground, ink, words: line }
}

/// What slides say.
struct Slide;

impl Tongue for Slide {
    fn role(&mut self, tag: &Tag<'_>) -> Role {
        match tag.local {
            "Fallback" => Role::Skip,
            _ if !tag.uri.is_some_and(|uri| DRAWING.contains(&uri)) => Role::Other,
            "p" => Role::Block,
            "r" => Role::Run(false),
            "t" => Role::Words,
            "br" => Role::Blank,
            // A page number, a date.
            "fld" => Role::Skip,
            _ => Role::Other,
        }
    }

    fn is_loose(&self) -> bool {
        false
    }
}

/// The slides one after the other.
fn text<'a>(source: &'a dyn Source, limits: &'a Limits) -> Result<Text<'a>> {
    let Deck { package, slides, .. } = Deck::read(source, limits)?;
    Ok(Text { package, parts: slides, tongue: || Box::new(Slide) })
}

fn weave(source: &dyn Source, marker: Marker, limits: &Limits) -> Result<(Patch, Cost)> {
    let text = text(source, limits)?;
    ooxml::unsigned(&text.package)?;
    text.weave(marker)
}

fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Vec<Found>> {
    let (deck, matcher, mut found) = (Deck::read(source, limits)?, options.matcher(WORDS), Vec::new());
    deck.each(&mut |place, _, shapes| {
        let labels = shapes.alone.iter().filter_map(|block| Some(block.found(block.kind(&matcher)?, Some(place))));
        found.extend(labels);
        Ok(())
    })?;
    Ok(found)
}

/// The label is on every slide.
#[derive(Debug)]
struct Everywhere(Matcher);

impl Confirm for Everywhere {
    fn shows(&self, source: &dyn Source, limits: &Limits) -> Result<bool> {
        let (deck, mut all) = (Deck::read(source, limits)?, true);
        deck.each(&mut |_, _, shapes| {
            all &= shapes.alone.iter().any(|block| block.kind(&self.0) == Some(Kind::Conforming));
            Ok(())
        })?;
        Ok(all)
    }
}
