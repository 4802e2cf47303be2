//! PNG: only the scanlines under the label are decoded and filtered again; the deflate blocks in front of them stay as
//! they are, so that a label at the bottom costs little time and few bytes. Interlaced pictures and full palettes are
//! decoded and coded anew, and so are the frames of an animation that touch the label.

mod animated;
mod bands;
mod confirm;
mod content;
mod convert;
mod filter;
mod frames;
mod header;
mod idat;
mod indexed;
mod whole;

use std::collections::HashSet;

use biaoshi_container::{Limits, Patch, Said, Source, png as grammar};
use biaoshi_explicit::image::{self, Channels, Corner, Depth, Layout, Match, Stamp};

use super::Stamped;
use super::raster::Raster;
use crate::picture::animation::FRAMES;
use crate::pixels::Pixels;
use crate::{Confirm, Content, Drawn, Error, Explicit, Found, Media, Outcome, Result};
use bands::Bands;
use confirm::Tail;
use content::{cost, lightness, open};
use header::Header;
use idat::Stream;
use indexed::Palette;

const NAME: &str = "PNG";

/// Was interlaced (Adam7), is not any more.
static DEINTERLACED: Said =
    Said { code: "png.deinterlaced", en: "the PNG is no longer interlaced", zh: "PNG 由隔行改为逐行" };

/// The palette was extended, the plate is opaque.
static PALETTE_EXTENDED: Said = Said {
    code: "png.palette-extended",
    en: "{} entries were added to the PNG's palette, and the plate is opaque",
    zh: "PNG 调色板增加 {} 项,底板不透明",
};

/// The palette had no room, the pixels are RGB or RGBA now.
static PALETTE_EXPANDED: Said = Said {
    code: "png.palette-full",
    en: "the PNG's palette was full, its pixels are RGB now",
    zh: "PNG 调色板已满,像素改为 RGB",
};

/// A palette has no colors in between, the pixels are RGB or RGBA now.
static PALETTE_TO_RGB: Said = Said {
    code: "png.palette-rgb",
    en: "the PNG's pixels are RGB now, in place of a palette",
    zh: "PNG 由调色板改为 RGB",
};

/// Samples had under 8 bits, or one color was transparent; now they have 8 bits, or alpha.
static SAMPLES_WIDENED: Said = Said {
    code: "png.widened",
    en: "the PNG's samples have 8 bits now, and alpha in place of a transparent color",
    zh: "PNG 采样改为 8 位,透明色改为透明通道",
};

pub(crate) static MEDIA: Media = Media {
    format: "png",
    explicit: Some(Explicit {
        apply: |source, options, limits| draw(source, options.on_picture(), options.corner, limits),
        find: |source, options, limits| Ok(find(source, options.on_picture(), limits)?.into_iter().collect()),
        cost: cost_of_drawing,
    }),
    content: Content::Pixels(Pixels { open: Some(open), lightness, cost }),
    says: &[&DEINTERLACED, &PALETTE_EXTENDED, &PALETTE_EXPANDED, &PALETTE_TO_RGB, &SAMPLES_WIDENED, &FRAMES],
};

/// A gray picture of 8 bits in a file of its own.
pub(crate) fn gray(width: u32, height: u32, samples: Vec<u8>) -> Option<Vec<u8>> {
    let layout = Layout { width, height, channels: Channels::Gray, depth: Depth::Eight };
    whole::encode(&Raster { layout, samples }).ok()
}

/// Draws `words` in a corner of the picture as displayed.
///
/// # Errors
/// I/O, damage, limits; words that do not conform or have no glyphs.
fn draw(source: &dyn Source, words: &str, corner: Corner, limits: &Limits) -> Result<Outcome> {
    let header = Header::read(source, limits)?;
    let stamp = match super::stamp(&header.canvas(), words, corner)? {
        Stamped::Stamp(stamp) => stamp,
        Stamped::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    if !header.parts.is_empty() {
        return animated::draw(source, &header, &stamp, words, limits);
    }
    let palette = Palette::of(&header);
    let extended = palette.as_ref().map(|p| p.with_ramp(header.depth()));
    let mut patch = Patch::new();
    let (mut notes, mut confirm) = (Vec::new(), None);
    if header.interlaced || matches!(extended, Some(None)) {
        let mut picture = convert::decode(source, header.clone(), limits)?;
        if let Some(found) = picture.look(words) {
            return Ok(Outcome::Already(found));
        }
        notes.extend(picture.prepare());
        picture.draw(&stamp, &[])?;
        picture.write_header(&header, &mut patch);
        picture.write(&mut patch);
    } else {
        let stream = Stream::read(source, &header, limits)?;
        let mut lines = stream.inflate(&header, stamp.place().y as usize)?;
        let bands = Bands::of(&header, &lines.raw, Some(&stamp));
        if let Some(found) = bands.look(&header, palette.as_ref(), words) {
            return Ok(Outcome::Already(found));
        }
        let ramp = extended.flatten();
        notes.extend(ramp.as_ref().and_then(|r| r.note(palette.as_ref())));
        let mut band = bands.take(&header, &stamp);
        band.redraw(&header, &mut lines.raw, &stamp, ramp.as_ref())?;
        if let (Some(ramp), Some(plte)) = (&ramp, header.plte) {
            ramp.write(palette.as_ref(), plte, &mut patch);
        }
        stream.splice(&lines, &mut patch)?;
        confirm =
            Some(Box::new(Tail::new(&stream, &lines, stamp.clone(), band.above(&header, &stamp))) as Box<dyn Confirm>);
    }
    grammar::drop_halves(source, limits, &mut patch)?;
    Ok(Outcome::Drawn(Drawn {
        patch,
        found: super::in_picture(&stamp, words),
        notes,
        outlasts: None,
        damage: None,
        confirm,
    }))
}

/// Looks for our label with `words`, in every corner.
///
/// # Errors
/// I/O, damage, limits. A file that [`draw`] would skip has none.
fn find(source: &dyn Source, words: &str, limits: &Limits) -> Result<Option<Found>> {
    let header = Header::read(source, limits)?;
    if !header.parts.is_empty() {
        return animated::find(source, &header, words, limits);
    }
    if header.interlaced {
        return Ok(convert::decode(source, header, limits)?.look(words));
    }
    let lines = Stream::read(source, &header, limits)?.inflate(&header, 0)?;
    Ok(Bands::of(&header, &lines.raw, None).look(&header, Palette::of(&header).as_ref(), words))
}

/// Memory that drawing and finding take.
fn cost_of_drawing(source: &dyn Source, limits: &Limits) -> u64 {
    Header::read(source, limits).map_or(0, |header| header.cost(source.len()))
}

/// What a pixel of rows in the header's own layout looks like, as 8-bit luma.
fn luma(header: &Header, rows: &[u8], palette: Option<&Palette>, x: u32, y: u32) -> u8 {
    match palette {
        Some(palette) => palette.luma(header, rows, x, y),
        None => header.layout(rows.len()).map_or(0, |layout| layout.luma(rows, x, y)),
    }
}

/// Whether rows in the header's own layout show a stamp.
fn seen(header: &Header, rows: &[u8], stamp: &Stamp, palette: Option<&Palette>) -> Option<Match> {
    match palette {
        Some(palette) => {
            // A label in these colors had to do with the grays among them.
            let hard = palette.with_ramp(0)?.hard(stamp);
            image::find_with(&hard, |x, y| palette.luma(header, rows, x, y))
        }
        None => image::find(&header.layout(rows.len())?, rows, stamp),
    }
}

/// Draws on rows in the header's own layout. `shown` is for frames, as [`image::draw_over`] has it.
fn draw_on(
    header: &Header,
    rows: &mut [u8],
    stamp: &Stamp,
    ramp: Option<&indexed::Ramp>,
    shown: &[bool],
) -> Result<()> {
    let shown_at = |n: usize| shown.get(n).copied().unwrap_or(false);
    if let Some(ramp) = ramp {
        ramp.draw(header, rows, stamp, shown_at);
        return Ok(());
    }
    let layout = header.layout(rows.len()).ok_or(Error::Explicit(biaoshi_explicit::Error::Pixels))?;
    let key = header.color_key();
    // Transparent pixels through which the label is seen.
    let mut holes = HashSet::new();
    if let Some(key) = &key {
        indexed::each_pixel(&layout, rows, stamp, |n, pixel| {
            if pixel == key.as_slice() {
                pixel.fill(0);
                holes.extend(shown_at(n).then_some(n));
            }
        });
    }
    image::draw_over(&layout, rows, stamp, shown).map_err(Error::Explicit)?;
    if let Some(key) = &key {
        indexed::each_pixel(&layout, rows, stamp, |n, pixel| {
            if holes.contains(&n) {
                pixel.copy_from_slice(key);
            } else if let (true, Some(low)) = (pixel == key.as_slice(), pixel.last_mut()) {
                // A drawn pixel must not become the transparent color by chance.
                *low ^= 1;
            }
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
