//! Impress: a text box on every slide, in a corner.

use std::collections::HashMap;

use biaoshi_container::xml::{Tag, Token, escape};
use biaoshi_container::{Limits, Source};
use biaoshi_explicit::image::Corner;
use biaoshi_explicit::text::{Kind, Matcher};
use biaoshi_explicit::words::SLIDES as WORDS;

use super::style::{Styles, millimetres};
use super::{DRAW, FO, OFFICE, PRESENTATION, STYLE, SVG, TABLE, TEXT, open, unsigned};
use crate::document::package::{self, NO_TEXT, Package, Slot, skipping};
use crate::document::shapes::ems;
use crate::document::words::{Block, already, drawn, number};
use crate::{Confirm, Content, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Part as Place, Result};

pub(crate) static MEDIA: Media = Media {
    format: "odp",
    explicit: Some(Explicit {
        apply: |source, options, limits| skipping(write(source, options, limits)),
        find,
        cost: package::cost,
    }),
    content: Content::None,
    says: &[],
};

/// Millimetres of a slide that does not say its size.
const SIZE: (f64, f64) = (280.0, 157.5);

/// A slide.
#[derive(Debug, Default)]
struct Slide {
    master: String,
    /// Paragraphs that are all that their shape says.
    alone: Vec<Block>,
    /// Behind the last shape.
    slot: Option<Slot>,
}

/// The slides of a presentation.
#[derive(Default)]
struct Deck {
    slides: Vec<Slide>,
    styles: Styles,
    path: Vec<Role>,
    shape: Option<(Block, usize)>,
    started: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Show,
    Slide,
    Notes,
    Shape,
    Paragraph,
    Other,
}

impl Deck {
    fn see(&mut self, token: &Token<'_>) {
        self.styles.see(token);
        match token {
            Token::Open(tag) => self.open(tag),
            Token::Close(span) => self.close(span.start),
            Token::Text(text, _) if self.path.contains(&Role::Paragraph) => {
                if let Some((block, _)) = &mut self.shape {
                    self.started |= !text.trim().is_empty();
                    block.words.push_str(text);
                }
            }
            Token::Text(_, _) => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let role = match tag.local {
            "presentation" if tag.is(OFFICE, "presentation") => Role::Show,
            "page" if tag.is(DRAW, "page") && self.path.last() == Some(&Role::Show) => Role::Slide,
            "notes" if tag.is(PRESENTATION, "notes") => Role::Notes,
            "frame" | "custom-shape" | "rect" if tag.is(DRAW, tag.local) => Role::Shape,
            "p" | "h" if tag.is(TEXT, tag.local) => Role::Paragraph,
            _ => Role::Other,
        };
        let top = self.path.last() == Some(&Role::Slide);
        match role {
            Role::Slide => {
                let slot = tag.empty.then(|| Slot::inside(tag.prefix, tag.local, tag.span.end));
                let master = tag.value(Some(DRAW), "master-page-name").unwrap_or_default();
                self.slides.push(Slide { master, slot, ..Slide::default() });
            }
            // What comes behind the shapes of a slide (ODF 1.3 part 3, 10.2.4).
            Role::Notes | Role::Other if top && !tag.is(OFFICE, "forms") => {
                let behind = tag.is(PRESENTATION, "notes") || tag.uri.is_some_and(|uri| uri.contains("animation"));
                let slot = self.slides.last_mut().map(|slide| &mut slide.slot).filter(|_| behind);
                slot.map(|slot| slot.get_or_insert(Slot::at(tag.span.start)));
            }
            Role::Shape => {
                // A title says what the slide is about.
                let title = tag.value(Some(PRESENTATION), "class").as_deref() == Some("title");
                self.shape = Some((Block { other: title, ..Block::default() }, 0));
            }
            // Cells of a table are none of the presentation's own words, and neither are links.
            Role::Other if tag.is(TEXT, "a") || tag.is(TABLE, "table") => {
                if let Some((block, _)) = &mut self.shape {
                    block.other = true;
                }
            }
            _ => {}
        }
        self.path.push(role);
    }

    fn close(&mut self, start: usize) {
        match self.path.pop() {
            Some(Role::Slide) => {
                if let Some(slide) = self.slides.last_mut() {
                    slide.slot.get_or_insert(Slot::at(start));
                }
            }
            Some(Role::Paragraph) => {
                if let Some((_, paragraphs)) = &mut self.shape {
                    *paragraphs += usize::from(std::mem::take(&mut self.started));
                }
            }
            Some(Role::Shape) => {
                let shape = self.shape.take().filter(|(_, paragraphs)| *paragraphs == 1);
                if let (Some((block, _)), Some(slide), false) =
                    (shape, self.slides.last_mut(), self.path.contains(&Role::Notes))
                {
                    slide.alone.push(block);
                }
            }
            _ => {}
        }
    }

    fn read(package: &Package<'_>, part: &package::Part) -> Result<Self> {
        let mut deck = Self::default();
        package.walk(part, &mut |token| deck.see(&token))?;
        if deck.slides.is_empty() { Err(Error::Unable(NO_TEXT.message())) } else { Ok(deck) }
    }
}

fn write(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let (package, part) = open(source, limits)?;
    let (deck, line, matcher) = (Deck::read(&package, &part)?, options.line(WORDS), options.matcher(WORDS));
    let (mut there, mut bare) = (None, Vec::new());
    for (index, slide) in deck.slides.iter().enumerate() {
        match label(slide, &matcher, index) {
            Some(found) => there = there.or(Some(found)),
            None => bare.push(slide),
        }
    }
    if let (Some(found), true) = (there, bare.is_empty()) {
        return Ok(Outcome::Already(found));
    }
    unsigned(&package)?;
    let masters = masters(&package)?;
    let (mut edits, mut styles, mut sizes) = (Vec::new(), String::new(), HashMap::new());
    let ground = deck.styles.free("AIGC_box");
    styles.push_str(&ground_style(&ground));
    for slide in bare {
        let (size, nth) = (masters.get(&slide.master).copied().unwrap_or(SIZE), sizes.len());
        // One style of characters for each height of a slide.
        let ink = sizes.entry(size.1.to_bits()).or_insert_with(|| {
            let name = deck.styles.free(&format!("AIGC_line_{nth}_"));
            styles.push_str(&line_style(&name, em(size.1)));
            name
        });
        let slot = slide.slot.as_ref().ok_or_else(|| Error::Unable(NO_TEXT.message()))?;
        edits.push(slot.fill(&frame(size, options.corner, &line, &ground, ink)));
    }
    edits.extend(deck.styles.add(&styles));
    edits.sort_by_key(|(range, _)| range.start);
    let patch = package.plan(&[part.change(&edits)?])?;
    Ok(drawn(patch, Some(Place::Slide(1)), line, Some(Box::new(Everywhere(matcher)))))
}

fn label(slide: &Slide, matcher: &Matcher, index: usize) -> Option<Found> {
    let place = Some(Place::Slide(number(index)));
    already(slide.alone.iter().filter_map(|block| Some((block, block.kind(matcher)?))), false, place)
}

/// Sizes of slides in millimetres by the names of their masters.
fn masters(package: &Package<'_>) -> Result<HashMap<String, (f64, f64)>> {
    let (mut layouts, mut masters, mut current) = (HashMap::new(), HashMap::new(), String::new());
    let Some(part) = package.part("styles.xml")? else { return Ok(masters) };
    package.walk(&part, &mut |token| {
        let Token::Open(tag) = token else { return };
        let side = |key| tag.value(Some(FO), key).and_then(|n| millimetres(&n)).filter(|n| *n > 1.0);
        if tag.is(STYLE, "page-layout") {
            current = tag.value(Some(STYLE), "name").unwrap_or_default();
        } else if tag.is(STYLE, "page-layout-properties") {
            layouts.extend(side("page-width").zip(side("page-height")).map(|size| (current.clone(), size)));
        } else if tag.is(STYLE, "master-page") {
            let (name, layout) = (tag.value(Some(STYLE), "name"), tag.value(Some(STYLE), "page-layout-name"));
            let size = layout.and_then(|layout| layouts.get(&layout).copied());
            masters.extend(name.zip(size));
        }
    })?;
    Ok(masters)
}

/// Millimetres of a character: 7.35 % of the height of the slide, as in PowerPoint.
fn em(height: f64) -> f64 {
    height * 0.0735
}

fn frame((across, down): (f64, f64), corner: Corner, line: &str, ground: &str, ink: &str) -> String {
    let (em, margin) = (em(down), across.min(down) / 50.0);
    let room = across - margin * 2.0;
    let wanted = (ems(line) + 0.5) * em;
    let width = wanted.min(room);
    let lines = if wanted > room { (wanted / (room - em).max(em)).ceil() } else { 1.0 };
    let height = (em * 1.3 * lines).min(down);
    let (right, bottom) = ((across - margin - width).max(0.0), (down - margin - height).max(0.0));
    let (x, y) = match corner {
        Corner::BottomRight => (right, bottom),
        Corner::BottomLeft => (margin, bottom),
        Corner::TopRight => (right, margin),
        Corner::TopLeft => (margin, margin),
    };
    let (draw, svg, text, line) = (DRAW[0], SVG[0], TEXT[0], escape(line));
    format!(
        "<d:frame xmlns:d=\"{draw}\" xmlns:v=\"{svg}\" xmlns:t=\"{text}\" d:style-name=\"{ground}\" d:name=\"AI生成标识\" d:layer=\"layout\" \
         v:width=\"{width:.2}mm\" v:height=\"{height:.2}mm\" v:x=\"{x:.2}mm\" v:y=\"{y:.2}mm\"><d:text-box>\
         <t:p t:style-name=\"{ink}\">{line}</t:p></d:text-box></d:frame>"
    )
}

/// Black of 60 %: white words can be read on it over any ground.
fn ground_style(name: &str) -> String {
    let (style, draw, fo) = (STYLE[0], DRAW[0], FO[0]);
    format!(
        "<s:style xmlns:s=\"{style}\" xmlns:d=\"{draw}\" xmlns:f=\"{fo}\" s:name=\"{name}\" s:family=\"graphic\"><s:graphic-properties \
         d:stroke=\"none\" d:fill=\"solid\" d:fill-color=\"#000000\" d:opacity=\"60%\" d:textarea-vertical-align=\"middle\" \
         d:auto-grow-height=\"false\" d:auto-grow-width=\"false\" f:padding-top=\"0cm\" f:padding-bottom=\"0cm\" \
         f:padding-left=\"0cm\" f:padding-right=\"0cm\" f:wrap-option=\"wrap\" d:shadow=\"hidden\"/></s:style>"
    )
}

fn line_style(name: &str, em: f64) -> String {
    let (style, fo, points) = (STYLE[0], FO[0], em * 72.0 / 25.4);
    format!(
        "<s:style xmlns:s=\"{style}\" xmlns:f=\"{fo}\" s:name=\"{name}\" s:family=\"paragraph\"><s:paragraph-properties f:text-align=\"center\" \
         f:margin-left=\"0cm\" f:margin-right=\"0cm\" f:margin-top=\"0cm\" f:margin-bottom=\"0cm\" f:text-indent=\"0cm\" s:writing-mode=\"lr-tb\"/>\
         <s:text-properties f:color=\"#ffffff\" f:font-family=\"Arial\" f:font-size=\"{points:.1}pt\" s:font-size-asian=\"{points:.1}pt\" \
         s:font-size-complex=\"{points:.1}pt\" f:font-weight=\"normal\" s:font-weight-asian=\"normal\" f:font-style=\"normal\" \
         s:text-position=\"0% 100%\"/></s:style>"
    )
}

fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Vec<Found>> {
    let (package, part) = open(source, limits)?;
    let (deck, matcher) = (Deck::read(&package, &part)?, options.matcher(WORDS));
    let all = deck.slides.iter().enumerate().flat_map(|(index, slide)| {
        let place = Place::Slide(number(index));
        slide.alone.iter().filter_map(|block| Some(block.found(block.kind(&matcher)?, Some(place)))).collect::<Vec<_>>()
    });
    Ok(all.collect())
}

/// The label is on every slide.
#[derive(Debug)]
struct Everywhere(Matcher);

impl Confirm for Everywhere {
    fn shows(&self, source: &dyn Source, limits: &Limits) -> Result<bool> {
        let (package, part) = open(source, limits)?;
        let has = |slide: &Slide| slide.alone.iter().any(|block| block.kind(&self.0) == Some(Kind::Conforming));
        Ok(Deck::read(&package, &part)?.slides.iter().all(has))
    }
}
