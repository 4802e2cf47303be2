//! WebP: lossless pictures are decoded, drawn on and coded losslessly; of an animation only the frames that touch the
//! label. All other chunks stay as they are. Lossy pictures are searched for labels, not drawn on.

mod layout;
mod lossless;
mod pixels;
mod whole;

use biaoshi_container::riff;
use biaoshi_container::{Error as Damage, Limits, Patch, Said, Source, phrase};
use biaoshi_explicit::image::{self, Canvas, Corner, Rect};

use super::Stamped;
use super::animation::{self, Costs, Cover, Mark};
use crate::picture::animation::FRAMES;
use crate::pixels::Pixels;
use crate::{Content, Drawn, Error, Explicit, Found, Media, Outcome, Result};
use layout::{Layout, Part};
use pixels::Picture;
use whole::{cost as cost_of_all, lightness, open};

const NAME: &str = "WebP";

/// Lossy pictures are not coded anew.
static LOSSY: Said = Said {
    code: "webp.lossy",
    en: "lossy WebP (VP8) is not coded anew yet; lossless WebP is",
    zh: "有损 WebP(VP8)尚不能重新编码;无损 WebP 可以",
};

pub(crate) static MEDIA: Media = Media {
    format: "webp",
    explicit: Some(Explicit {
        apply: |source, options, limits| draw(source, options.on_picture(), options.corner, limits),
        find: |source, options, limits| Ok(find(source, options.on_picture(), limits)?.into_iter().collect()),
        cost,
    }),
    content: Content::Pixels(Pixels { open: Some(open), lightness, cost: cost_of_all }),
    says: &[&LOSSY, &FRAMES],
};

/// Measured: 16 bytes of memory a pixel of one color, 50 a pixel of noise, which is three bytes of the file.
const COSTS: Costs = Costs { pixel: 20, byte: 10, steps: 8 };

/// Draws `words` in a corner of the picture, or of every displayed frame.
///
/// # Errors
/// I/O, damage, limits; words that do not conform or have no glyphs.
fn draw(source: &dyn Source, words: &str, corner: Corner, limits: &Limits) -> Result<Outcome> {
    let layout = Layout::read(source, limits)?;
    let stamp = match super::stamp(&layout.canvas(), words, corner)? {
        Stamped::Stamp(stamp) => stamp,
        Stamped::Skip(reason) => return Ok(Outcome::Skip(reason)),
    };
    if let Some(found) = look(&layout, source, words, limits)? {
        return Ok(Outcome::Already(found));
    }
    let mut patch = Patch::new();
    let mut cover = Cover::new(&stamp);
    for part in &layout.parts {
        // Frames begin at even columns and rows (RFC 9649 2.7.1.1).
        let mark = match cover.next(&part.frame, 2) {
            Ok(Some(mark)) => mark,
            Ok(None) => continue,
            Err(reason) => return Ok(Outcome::Skip(reason)),
        };
        if part.is_lossy() {
            return Ok(Outcome::Skip(LOSSY.message()));
        }
        let picture = Picture::decode(source, part, limits)?;
        redraw(&layout, part, picture, &mark, &mut patch)?;
    }
    layout.resize(&mut patch)?;
    Ok(Outcome::Drawn(Drawn {
        patch,
        found: super::in_picture(&stamp, words),
        notes: Vec::new(),
        outlasts: None,
        damage: None,
        confirm: None,
    }))
}

/// Looks for our label with `words`, which every displayed frame has to show.
///
/// # Errors
/// I/O, damage, limits.
fn find(source: &dyn Source, words: &str, limits: &Limits) -> Result<Option<Found>> {
    look(&Layout::read(source, limits)?, source, words, limits)
}

fn look(layout: &Layout, source: &dyn Source, words: &str, limits: &Limits) -> Result<Option<Found>> {
    let frames: Vec<_> = layout.parts.iter().map(|p| p.frame).collect();
    animation::look(
        &layout.canvas(),
        words,
        |stamp| vec![stamp.clone()],
        &frames,
        |n| match layout.parts.get(n) {
            Some(part) => Ok(Picture::decode(source, part, limits)?.rgba()),
            None => Ok(Vec::new()),
        },
    )
}

/// Memory that drawing and finding take.
fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    Layout::read(source, limits).map_or(0, |layout| {
        // The canvas, what was below a frame, and one frame: as the decoder has it, drawn on, and with what repeats.
        COSTS.memory((layout.width, layout.height), layout.parts.iter().map(|p| p.frame.rect), source.len())
    })
}

/// Draws on one picture and codes it anew.
fn redraw(layout: &Layout, part: &Part, mut picture: Picture, mark: &Mark, patch: &mut Patch) -> Result<()> {
    if mark.rect != part.frame.rect {
        picture = picture.widened(part.frame.rect, mark.rect);
    }
    let pixels = picture.layout();
    image::draw_over(&pixels, &mut picture.data, &mark.stamp, &mark.shown).map_err(Error::Explicit)?;
    let coded = picture
        .encode()
        .ok_or_else(|| Damage::unsupported(NAME, phrase!("a picture that cannot be compressed", "无法压缩的图像")))?;
    layout.replace(part, mark.rect, &riff::encode(*b"VP8L", &coded), picture.alpha, patch)?;
    Ok(())
}

#[cfg(test)]
mod tests;
