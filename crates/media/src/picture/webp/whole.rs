//! Every pixel of a WebP, in and out.

use biaoshi_container::{Error as Damage, Limits, Patch, Source, phrase, riff};
use biaoshi_watermark::image::Plane;

use super::layout::{Layout, Part};
use super::pixels::{Picture as Pixels, encode};
use super::{LOSSY, NAME};
use crate::Result;
use crate::picture::animation::delta::{self, Coded, Delta, canvas};
use crate::picture::check;
use crate::picture::raster::Raster;
use crate::pixels::{Opened, Picture, Read};

/// A lossless still.
struct Whole {
    layout: Layout,
    raster: Raster,
}

/// An animation of lossless frames, which stay in the file until they are coded anew, one after the other.
struct Frames {
    layout: Layout,
    delta: Delta,
}

/// Decodes a lossless still, or the first frame of an animation that has no others.
///
/// # Errors
/// I/O, damage, limits.
pub(super) fn open(source: &dyn Source, limits: &Limits) -> Result<Opened> {
    let layout = Layout::read(source, limits)?;
    if layout.parts.iter().any(Part::is_lossy) {
        return Ok(Opened::Skip(LOSSY.message()));
    }
    check(NAME, source, (layout.width, layout.height), limits)?;
    let raster = first(source, &layout, limits)?;
    Ok(Opened::Picture(if layout.animated() {
        let delta = Delta::new(shown(&layout, &raster));
        Box::new(Frames { layout, delta })
    } else {
        Box::new(Whole { layout, raster })
    }))
}

/// Lightness of a still, lossy or not, or of an animation's first canvas, which is black where nothing is.
///
/// # Errors
/// I/O, damage, limits.
pub(super) fn lightness(source: &dyn Source, limits: &Limits) -> Result<Read> {
    let layout = Layout::read(source, limits)?;
    check(NAME, source, (layout.width, layout.height), limits)?;
    let raster = first(source, &layout, limits)?;
    Ok(Read::Plane(if layout.animated() { shown(&layout, &raster) } else { raster.lightness() }))
}

/// Memory that changing a picture takes, with all frames as they are coded then.
pub(super) fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    let growth = |l: Layout| delta::growth(l.parts.iter().map(|p| p.frame.rect), limits);
    super::cost(source, limits).saturating_add(Layout::read(source, limits).map_or(0, growth))
}

/// Pixels of a still, or of the first frame.
fn first(source: &dyn Source, layout: &Layout, limits: &Limits) -> Result<Raster> {
    let part = layout.parts.first().ok_or_else(|| Damage::invalid(NAME, 12, phrase!("no picture", "没有图像")))?;
    Ok(raster(Pixels::decode(source, part, limits)?))
}

/// Lightness of the canvas with the first frame.
fn shown(layout: &Layout, raster: &Raster) -> Plane {
    let rect = layout.parts.first().map_or(layout.whole(), |p| p.frame.rect);
    canvas(layout.width, layout.height, rect, raster.lightness())
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
        let part = self.layout.parts.first().ok_or_else(uncodable)?;
        let mut patch = Patch::new();
        let chunk = chunk(&self.raster)?;
        self.layout.replace(part, part.frame.rect, &chunk, self.raster.has_alpha(), &mut patch)?;
        self.layout.resize(&mut patch)?;
        Ok(patch)
    }
}

impl Picture for Frames {
    fn lightness(&self) -> Plane {
        self.delta.lightness()
    }

    fn add(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>)) {
        self.delta.collect(row);
    }

    /// All other chunks stay, with the frames' places, times and ways to be laid.
    fn patch(&self, source: &dyn Source, limits: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        let mut coded = Coded::default();
        for part in &self.layout.parts {
            let rect = part.frame.rect;
            let mut raster = raster(Pixels::decode(source, part, limits)?);
            raster.add(&mut self.delta.under(rect));
            let chunk = chunk(&raster)?;
            coded.add(NAME, chunk.len(), limits)?;
            // Alpha is as it was, and so is what VP8X says of it.
            self.layout.replace(part, rect, &chunk, false, &mut patch)?;
        }
        self.layout.resize(&mut patch)?;
        Ok(patch)
    }
}

/// A picture as a chunk.
fn chunk(raster: &Raster) -> Result<Vec<u8>> {
    Ok(riff::encode(*b"VP8L", &encode(&raster.layout, &raster.samples).ok_or_else(uncodable)?))
}

fn uncodable() -> Damage {
    Damage::unsupported(NAME, phrase!("a picture that cannot be compressed", "无法压缩的图像"))
}
