//! TIFF: every pixel of the first page, in and out (TIFF 6.0). Strips and tiles are coded anew with the file's own
//! compression; all other tags, pages and private data stay where they are.

mod layout;
mod strips;
mod write;

use biaoshi_container::{Limits, Message, Patch, Said, Source};
use biaoshi_watermark::image::Plane;

use super::raster::Raster;
use super::{check, memory};
use crate::picture::INKS;
use crate::pixels::{Opened, Picture, Pixels, Read};
use crate::{Content, Media, Result};
use layout::{Layout, Shape};

const NAME: &str = "TIFF";

/// A first page of palette indices, floating point, under 8 bits, alpha multiplied into the colors, or raw pixels of a camera.
static SAMPLES: Said = Said {
    code: "tiff.samples",
    en: "the TIFF's first page is not of plain gray or RGB samples with 8 or 16 bits",
    zh: "TIFF 首页的像素类型不支持:仅支持 8 或 16 位灰度与 RGB",
};

/// Strips that are neither plain nor LZW nor deflate; `{}` is the value of the tag Compression.
static COMPRESSION: Said = Said {
    code: "tiff.compression",
    en: "TIFF compression {}; plain strips, LZW and deflate are supported",
    zh: "TIFF 压缩方式 {} 不支持:仅支持无压缩、LZW 和 Deflate",
};

pub(crate) static MEDIA: Media = Media {
    format: "tiff",
    explicit: None,
    content: Content::Pixels(Pixels { open: Some(open), lightness, cost }),
    says: &[&SAMPLES, &COMPRESSION, &INKS],
};

/// The first page.
struct Whole {
    layout: Layout,
    raster: Raster,
}

/// Decodes the first page; others stay without a mark.
///
/// # Errors
/// I/O, damage, limits.
fn open(source: &dyn Source, limits: &Limits) -> Result<Opened> {
    Ok(match Whole::read(source, limits)? {
        Ok(whole) => Opened::Picture(Box::new(whole)),
        Err(reason) => Opened::Skip(reason),
    })
}

/// Lightness of the first page.
///
/// # Errors
/// I/O, damage, limits.
fn lightness(source: &dyn Source, limits: &Limits) -> Result<Read> {
    Ok(match Whole::read(source, limits)? {
        Ok(whole) => Read::Plane(whole.raster.lightness()),
        Err(reason) => Read::Skip(reason),
    })
}

/// Memory for the samples, the strips as they are coded and what the watermark needs.
fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    match Layout::read(source, limits) {
        Ok(Shape::Known(layout)) => {
            let pixels = u64::from(layout.image.width) * u64::from(layout.image.height);
            let samples = pixels.saturating_mul(layout.image.pixel() as u64);
            samples.saturating_mul(2).saturating_add(memory(pixels))
        }
        _ => 0,
    }
}

impl Whole {
    fn read(source: &dyn Source, limits: &Limits) -> Result<std::result::Result<Self, Message>> {
        let layout = match Layout::read(source, limits)? {
            Shape::Known(layout) => layout,
            Shape::Skip(reason) => return Ok(Err(reason)),
        };
        check(NAME, source, (layout.image.width, layout.image.height), limits)?;
        let samples = strips::decode(source, &layout, limits)?;
        Ok(Ok(Self { raster: Raster { layout: layout.image, samples }, layout }))
    }
}

impl Picture for Whole {
    fn lightness(&self) -> Plane {
        self.raster.lightness()
    }

    fn add(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>)) {
        self.raster.add(row);
    }

    fn patch(&self, source: &dyn Source, limits: &Limits) -> Result<Patch> {
        Ok(write::patch(source, &self.layout, &self.raster.samples, limits)?)
    }
}

#[cfg(test)]
mod tests;
