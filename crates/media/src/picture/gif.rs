//! GIF: frames that touch the label are decoded and coded anew, in their own palette where that has black and white;
//! every other block stays as it is.

mod lzw;
mod palette;
mod picture;
mod whole;

use biaoshi_container::{Error as Damage, Limits, Patch, Said, Source, phrase};
use biaoshi_explicit::image::{Corner, Rect, Stamp};

use super::Stamped;
use super::animation::{self, Costs, Cover, Mark};
use crate::picture::animation::FRAMES;
use crate::pixels::Pixels;
use crate::{Content, Drawn, Explicit, Found, Media, Outcome, Result};
use palette::Colors;
use picture::{Gif, Image};
use whole::lightness;

const NAME: &str = "GIF";

/// Full palettes gave up colors for the label's, and their pixels took the nearest that are left.
static COLORS_MERGED: Said = Said {
    code: "gif.colors",
    en: "palettes of the GIF were full: {} rare colors became their nearest ones",
    zh: "GIF 调色板已满,{} 种少用的颜色并入相近颜色",
};

pub(crate) static MEDIA: Media = Media {
    format: "gif",
    explicit: Some(Explicit {
        apply: |source, options, limits| draw(source, options.on_picture(), options.corner, limits),
        find: |source, options, limits| Ok(find(source, options.on_picture(), limits)?.into_iter().collect()),
        cost,
    }),
    content: Content::Pixels(Pixels { open: None, lightness, cost }),
    says: &[&COLORS_MERGED, &FRAMES],
};

/// Measured: 12 bytes of memory a pixel, and 1 to 4 steps.
const COSTS: Costs = Costs { pixel: 16, byte: 1, steps: 3 };

/// Draws `words` in a corner of every displayed frame.
///
/// # Errors
/// I/O, damage, limits; words that do not conform or have no glyphs.
fn draw(source: &dyn Source, words: &str, corner: Corner, limits: &Limits) -> Result<Outcome> {
    let gif = Gif::read(source, limits)?;
    let stamp = match super::stamp(&gif.canvas(), words, corner)? {
        Stamped::Stamp(stamp) => stamp,
        Stamped::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    if let Some(found) = look(&gif, source, words, limits)? {
        return Ok(Outcome::Already(found));
    }
    let mut patch = Patch::new();
    let mut merged = 0;
    let mut cover = Cover::new(&stamp);
    let mut rects: Vec<_> = gif.images.iter().map(|i| i.frame.rect).collect();
    for (image, rect) in gif.images.iter().zip(&mut rects) {
        let mark = match cover.next(&image.frame, 1) {
            Ok(Some(mark)) => mark,
            Ok(None) => continue,
            Err(reason) => return Ok(Outcome::Skip(reason)),
        };
        *rect = mark.rect;
        // A frame may lie far outside of the canvas: one that grows from there to the label can become huge.
        check(&gif, source, std::iter::once(*rect), limits)?;
        let indices = image.indices(source, limits)?;
        merged += redraw(&gif, image, indices, &mark, &mut patch)?;
    }
    check(&gif, source, rects.into_iter(), limits)?;
    let found = super::in_picture(&stamp, words);
    let notes = if merged > 0 { vec![COLORS_MERGED.with([merged.into()])] } else { Vec::new() };
    Ok(Outcome::Drawn(Drawn { patch, found, notes, outlasts: None, damage: None, confirm: None }))
}

/// The limits of reading, for frames as they will be.
fn check(
    gif: &Gif,
    source: &dyn Source,
    frames: impl Iterator<Item = Rect> + Clone,
    limits: &Limits,
) -> biaoshi_container::Result<()> {
    COSTS.check(NAME, source, (gif.width, gif.height), frames, limits)
}

/// Looks for our label with `words`, which every displayed frame has to show.
///
/// # Errors
/// I/O, damage, limits. A file that [`draw`] would skip has none.
fn find(source: &dyn Source, words: &str, limits: &Limits) -> Result<Option<Found>> {
    look(&Gif::read(source, limits)?, source, words, limits)
}

fn look(gif: &Gif, source: &dyn Source, words: &str, limits: &Limits) -> Result<Option<Found>> {
    let frames: Vec<_> = gif.images.iter().map(|i| i.frame).collect();
    animation::look(&gif.canvas(), words, palette::looks, &frames, |n| {
        let Some(image) = gif.images.get(n) else { return Ok(Vec::new()) };
        Ok(gif.pixels(image, source, limits)?)
    })
}

/// Memory that drawing and finding take.
fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    Gif::read(source, limits).map_or(0, |gif| {
        // The canvas, one frame with its colors and what was below it, and the indices of one frame, twice.
        COSTS.memory((gif.width, gif.height), gif.images.iter().map(|i| i.frame.rect), source.len())
    })
}

/// Draws on one frame; gives the number of colors that had to go.
fn redraw(gif: &Gif, image: &Image, indices: Vec<u8>, mark: &Mark, patch: &mut Patch) -> Result<usize> {
    let grown = mark.rect != image.frame.rect;
    let stamp = mark.stamp.hard(|gray| gray);
    let under = covered(&stamp, mark, image, &indices);
    let mut colors = Colors::new(gif.table(image), image.transparent);
    colors.count(indices.iter().zip(&under).filter(|(_, under)| !**under).map(|(index, _)| *index));
    if grown && !image.shines_through(gif.table(image)) {
        colors.add_transparent();
    }
    colors.add_grays();
    let mut pixels = match grown {
        true => widened(image, &colors.mapped(indices), mark.rect, colors.transparent.unwrap_or(0)),
        false => colors.mapped(indices),
    };
    let place = stamp.place();
    let mut shown = mark.shown.iter().copied();
    for row in 0..place.height {
        let start = (place.y + row) as usize * mark.rect.width as usize + place.x as usize;
        let Some(line) = pixels.get_mut(start..start + place.width as usize) else { continue };
        for ((index, (alpha, light)), shown) in line.iter_mut().zip(stamp.row(row)).zip(shown.by_ref()) {
            if alpha > 0 && !(shown && colors.transparent == Some(*index)) {
                *index = colors.gray(light);
            }
        }
    }
    let written = image.write(mark.rect, &colors, &pixels, patch);
    written.ok_or_else(|| {
        Damage::unsupported(NAME, phrase!("a frame whose picture cannot be compressed", "图像无法压缩的帧"))
    })?;
    Ok(colors.merged)
}

/// For each pixel of a frame whether the label hides it.
fn covered(stamp: &Stamp, mark: &Mark, image: &Image, indices: &[u8]) -> Vec<bool> {
    let own = image.frame.rect;
    let place = stamp.place();
    let mut out = vec![false; indices.len()];
    for row in 0..place.height {
        for (column, (alpha, _)) in (0..).zip(stamp.row(row)) {
            let (x, y) = (mark.rect.x + place.x + column, mark.rect.y + place.y + row);
            if alpha > 0 && own.holds(&Rect { x, y, width: 1, height: 1 }) {
                let n = (y - own.y) as usize * own.width as usize + (x - own.x) as usize;
                if let Some(hidden) = out.get_mut(n) {
                    *hidden = true;
                }
            }
        }
    }
    out
}

/// A frame's pixels in a larger rectangle, transparent around.
fn widened(image: &Image, indices: &[u8], rect: Rect, transparent: u8) -> Vec<u8> {
    let own = image.frame.rect;
    let mut out = vec![transparent; rect.width as usize * rect.height as usize];
    for (row, line) in (0..).zip(indices.chunks_exact(own.width.max(1) as usize)) {
        let start = (own.y - rect.y + row) as usize * rect.width as usize + (own.x - rect.x) as usize;
        if let Some(target) = out.get_mut(start..start + line.len()) {
            target.copy_from_slice(line);
        }
    }
    out
}

#[cfg(test)]
mod tests;
