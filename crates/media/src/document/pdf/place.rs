//! Where the label stands on pages, and the update that puts it there.

use biaoshi_container::pdf::{File, Page, Side, Update};
use biaoshi_container::{Limits, Message, Patch, Source};
use biaoshi_explicit::print::Printed;
use biaoshi_explicit::{self as explicit, words};

use super::font::{self, codes};
use super::letters;
use super::objects::{Objects, reference, stream};
use super::page::{self, Scene};
use super::tags::{Tag, Tree};
use super::{ARTIFACT, GLYPHS, SMALL, UPDATE, find, open, sealed};
use crate::{Drawn, Error, ExplicitOptions, Found, Outcome, Part, Place, Result};

/// Height of the letters in points; no clause gives one. Text of this size is read like a footnote.
const SIZE: f64 = 10.0;
/// The same as a share of the shorter side, for posters and slides.
const SHARE: f64 = 0.016;
/// The smallest that is still legible in print.
const LEAST: f64 = 5.0;
/// Between the label and the edges, and between its words and its ground, in heights of the letters.
const MARGIN: f64 = 0.8;
const PADDING: f64 = 0.5;
/// From the lower edge of the ground to the line that the words stand on, and its height, in heights of the letters.
const BASELINE: f64 = 0.45;
const HEIGHT: f64 = 1.6;

/// Puts the words on pages, unless they are there.
///
/// # Errors
/// I/O, damage, limits.
pub(super) fn write(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let file = open(source, limits)?;
    if let Some(why) = sealed(&file, options.break_signatures)? {
        return Ok(Outcome::Skip(why));
    }
    if let Some(there) = find::conforming(&file, options)? {
        return Ok(Outcome::Already(there));
    }
    let mut update = match Update::of(&file) {
        Ok(update) => update,
        Err(why) => return Ok(Outcome::Skip(UPDATE.with([why.into()]))),
    };
    let words = options.line(words::TEXT);
    let printed = match Printed::new(&words) {
        Ok(printed) => printed,
        Err(e @ explicit::Error::MissingGlyph(_)) => return Ok(Outcome::Skip(GLYPHS.with([e.message().into()]))),
        Err(e) => return Err(Error::Explicit(e)),
    };
    let (mut objects, mut notes) = (Objects::new(), Vec::new());
    let form = form(&printed, &mut update, &mut objects);
    let mut tree = Tree::of(&file)?;
    let mut first = None;
    for (number, page) in pages(&file, options)? {
        let Some(scene) = scene(&page, &printed, &letters::places(&file, &page)?) else {
            return Ok(Outcome::Skip(SMALL.message()));
        };
        let tag: Option<Option<Tag>> = tree.as_mut().map(|tree| tree.tag(&page.object, &mut update)).transpose()?;
        if matches!(tag, Some(None)) && notes.is_empty() {
            notes.push(ARTIFACT.message());
        }
        page::draw(&file, &page, &scene, (form, tag.as_ref()), &mut update, &mut objects)?;
        first.get_or_insert(number);
    }
    if let Some(tree) = tree {
        tree.finish(&mut objects);
    }
    drawn(source, (update, objects), (first.unwrap_or(1), words), notes)
}

fn drawn(
    source: &dyn Source,
    (update, objects): (Update, Objects),
    (page, words): (u32, String),
    notes: Vec<Message>,
) -> Result<Outcome> {
    let mut patch = Patch::new();
    patch.insert(source.len(), update.encode(source.len(), objects, None)?);
    let place = Place::Text { part: Some(Part::Page(page)), offset: 0, length: words.chars().count(), words };
    let found = Found { place, score: 1.0 };
    Ok(Outcome::Drawn(Drawn { patch, found, notes, outlasts: None, damage: None, confirm: None }))
}

/// The pages that get the words, with their numbers.
fn pages(file: &File<'_>, options: &ExplicitOptions) -> Result<Vec<(u32, Page)>> {
    let all = options.every_page || options.position.is_behind();
    let pages = file.pages(Side::Front, if all { usize::MAX } else { 1 })?;
    let last = pages.len();
    let wanted = |n: &u32| {
        let (first, last) = (*n == 1, *n as usize == last);
        options.every_page || first && options.position.is_before() || last && options.position.is_behind()
    };
    Ok((1..).zip(pages).filter(|(n, _)| wanted(n)).collect())
}

/// The words on a plate, one unit for the height of the letters; its lower left corner is at 0.
fn form(printed: &Printed, update: &mut Update, objects: &mut Objects) -> biaoshi_container::pdf::Ref {
    let font = font::add(printed, update, objects);
    let id = update.fresh();
    let width = printed.advance() + 2.0 * PADDING;
    let content = format!(
        "q 0.95 g 0 0 {width:.3} {HEIGHT} re f Q\nBT 0.1 g /F0 1 Tf {PADDING} {BASELINE} Td <{}> Tj ET",
        codes(printed)
    );
    let entries = format!(
        "/Type /XObject /Subtype /Form /BBox [0 0 {width:.3} {HEIGHT}] /Resources << /Font << /F0 {} >> >> ",
        reference(font)
    );
    objects.push((id, stream(&entries, content.as_bytes())));
    id
}

/// How the plate comes to the top of what is shown: to the left, the right or the middle, wherever there is no text, else to the
/// left. `None` where it would be too small.
fn scene(page: &Page, printed: &Printed, taken: &[[f64; 4]]) -> Option<Scene> {
    let [left, bottom, right, top] = page.area;
    let (mut width, mut height) = (right - left, top - bottom);
    // From places on the shown page, in units, to places of its own.
    let turn = match page.turned {
        90 => [0.0, 1.0, -1.0, 0.0, right, bottom],
        180 => [-1.0, 0.0, 0.0, -1.0, right, top],
        270 => [0.0, -1.0, 1.0, 0.0, left, top],
        _ => [1.0, 0.0, 0.0, 1.0, left, bottom],
    };
    if page.turned % 180 == 90 {
        (width, height) = (height, width);
    }
    let fits = width / (printed.advance() + 2.0 * (PADDING + MARGIN));
    let size = (SIZE / page.unit).max(width.min(height) * SHARE).min(fits);
    if size * page.unit < LEAST || size * (HEIGHT + 2.0 * MARGIN) > height {
        return None;
    }
    let (plate, y) = ((printed.advance() + 2.0 * PADDING) * size, height - (MARGIN + HEIGHT) * size);
    let left = MARGIN * size;
    let is_free = |x: &f64| {
        let beside = |[a, b, c, d]: &[f64; 4]| *c < *x || *a > x + plate || *d < y || *b > y + HEIGHT * size;
        taken.iter().all(beside)
    };
    let x = [left, width - plate - left, (width - plate) / 2.0].into_iter().find(is_free).unwrap_or(left);
    let [a, b, c, d, e, f] = turn;
    Some(Scene { matrix: [a * size, b * size, c * size, d * size, a * x + c * y + e, b * x + d * y + f] })
}
