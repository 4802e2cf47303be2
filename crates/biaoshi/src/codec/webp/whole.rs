//! Every pixel of a WebP, in and out.

use biaoshi_container::{Error as Damage, Limits, Patch, Source, riff};
use biaoshi_watermark::image::Plane;

use super::NAME;
use super::layout::Layout;
use super::pixels::{Picture as Pixels, encode};
use crate::codec::animation::Screen;
use crate::codec::picture::{Opened, Picture, Read};
use crate::codec::raster::Raster;
use crate::codec::{Reason, Result};

/// A lossless still.
struct Whole {
    layout: Layout,
    raster: Raster,
}

/// Decodes a lossless still.
///
/// # Errors
/// I/O, damage, limits.
pub fn open(source: &dyn Source, limits: &Limits) -> Result<Opened> {
    let layout = Layout::read(source, limits)?;
    if layout.animated() {
        return Ok(Opened::Skip(Reason::Animation));
    }
    let raster = match layout.parts.first() {
        Some(part) if !part.is_lossy() => raster(Pixels::decode(source, part, limits)?),
        _ => return Ok(Opened::Skip(Reason::Lossy)),
    };
    Ok(Opened::Picture(Box::new(Whole { layout, raster })))
}

/// Lightness of a still, lossy or not, or of an animation's first canvas, which is black where nothing is.
///
/// # Errors
/// I/O, damage, limits.
pub fn lightness(source: &dyn Source, limits: &Limits) -> Result<Read> {
    let layout = Layout::read(source, limits)?;
    let part = layout.parts.first().ok_or_else(|| Damage::invalid(NAME, 12, "no picture"))?;
    let pixels = Pixels::decode(source, part, limits)?;
    if !layout.animated() {
        return Ok(Read::Plane(raster(pixels).lightness()));
    }
    let mut screen = Screen::new(layout.width, layout.height);
    screen.show(&part.frame, &pixels.rgba());
    Ok(Read::Plane(screen.lightness()))
}

fn raster(pixels: Pixels) -> Raster {
    Raster { layout: pixels.layout(), samples: pixels.data }
}

impl Picture for Whole {
    fn lightness(&self) -> Plane {
        self.raster.lightness()
    }

    fn add(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>)) {
        self.raster.add(row);
    }

    fn patch(&self, _: &dyn Source, _: &Limits) -> Result<Patch> {
        let failed = || Damage::unsupported(NAME, "a picture that cannot be compressed");
        let coded = encode(&self.raster.layout, &self.raster.samples).ok_or_else(failed)?;
        let part = self.layout.parts.first().ok_or_else(failed)?;
        let mut patch = Patch::new();
        let chunk = riff::encode(*b"VP8L", &coded);
        self.layout.replace(part, part.frame.rect, &chunk, self.raster.has_alpha(), &mut patch)?;
        self.layout.resize(&mut patch)?;
        Ok(patch)
    }
}
