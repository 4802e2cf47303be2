//! Every pixel of a still PNG, in and out.

use std::io::Cursor;
use std::ops::Range;

use biaoshi_container::png as grammar;
use biaoshi_container::{Error as Damage, Limits, Patch, Source, SourceExt};
use biaoshi_explicit::image::{Channels, Depth, Layout};
use biaoshi_watermark::image::Plane;
use png::{BitDepth, ColorType, Transformations};

use super::NAME;
use crate::codec::picture::{Opened, Picture, Read, work};
use crate::codec::raster::Raster;
use crate::codec::{Error, Note, Reason, Result, coded};

/// A picture with the chunks that carry it.
struct Whole {
    raster: Raster,
    color: (ColorType, BitDepth),
    ihdr: Range<u64>,
    /// From the first IDAT to the end of the last.
    idat: Range<u64>,
    /// Chunks that speak of another kind of pixels, when the pixels become RGB or deeper.
    dropped: Vec<Range<u64>>,
    animated: bool,
    notes: Vec<Note>,
}

/// Decodes a still. Palettes become RGB, pixels of under 8 bits get 8, a transparent color becomes alpha.
///
/// # Errors
/// I/O, damage, limits.
pub fn open(source: &dyn Source, limits: &Limits) -> Result<Opened> {
    let whole = Whole::read(source, limits)?;
    Ok(if whole.animated { Opened::Skip(Reason::Animation) } else { Opened::Picture(Box::new(whole)) })
}

/// Lightness of a still, or of an animation's default picture.
///
/// # Errors
/// I/O, damage, limits.
pub fn lightness(source: &dyn Source, limits: &Limits) -> Result<Read> {
    Ok(Read::Plane(Whole::read(source, limits)?.raster.lightness()))
}

/// Memory for the file's bytes, its samples and what the watermark needs, by the numbers in the header.
pub fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    let head = source.array::<26>(NAME, 0, "the header").unwrap_or([0; 26]);
    let number = |at: usize| head.iter().skip(at).take(4).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let pixels = number(16).min(limits.side.into()) * number(20).min(limits.side.into());
    let [.., bits, color] = head;
    let samples = match color {
        0 => 1,
        4 => 2,
        6 => 4,
        _ => 3,
    };
    let decoded = pixels.saturating_mul(samples * u64::from(bits).div_ceil(8).max(1)).min(limits.decoded);
    source.len().saturating_mul(2).saturating_add(decoded).saturating_add(work(pixels))
}

impl Whole {
    fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let (mut ihdr, mut idat) = (0..0, 0..0);
        let (mut dropped, mut animated) = (Vec::new(), false);
        for chunk in grammar::chunks(source, limits)? {
            let chunk = chunk?;
            match &chunk.kind {
                b"IHDR" => ihdr = chunk.range(),
                b"IDAT" if idat.is_empty() => idat = chunk.range(),
                b"IDAT" => idat.end = chunk.range().end,
                b"acTL" => animated |= idat.is_empty(),
                b"PLTE" | b"tRNS" | b"bKGD" | b"hIST" | b"sBIT" => dropped.push(chunk.range()),
                _ => {}
            }
        }
        let bytes = coded(NAME, source, 0..source.len(), limits)?;
        let damage = |e: png::DecodingError| Error::from(Damage::invalid(NAME, idat.start, e.to_string()));
        let bound = usize::try_from(limits.decoded).unwrap_or(usize::MAX);
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: bound });
        decoder.set_transformations(Transformations::EXPAND);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let mut reader = decoder.read_info().map_err(damage)?;
        let (width, height) = (reader.info().width, reader.info().height);
        let limit = |what, limit: u64, option| Error::from(Damage::limit(NAME, what, limit, option));
        if width > limits.side || height > limits.side {
            return Err(limit("the side of the picture", limits.side.into(), "--limit-side"));
        }
        let size = reader.output_buffer_size().filter(|&n| n as u64 <= limits.decoded);
        let size = size.ok_or_else(|| limit("the decoded picture", limits.decoded, "--limit-decoded"))?;
        let mut samples = vec![0; size];
        let (color, depth, interlaced) = (reader.info().color_type, reader.info().bit_depth, reader.info().interlaced);
        let info = reader.next_frame(&mut samples).map_err(damage)?;
        samples.truncate(info.buffer_size());
        let mut notes = Vec::new();
        if interlaced {
            notes.push(Note::Deinterlaced);
        }
        if (color, depth) != (info.color_type, info.bit_depth) {
            notes.push(if color == ColorType::Indexed { Note::PaletteToRgb } else { Note::SamplesWidened });
        }
        let channels = match info.color_type {
            ColorType::Grayscale => Channels::Gray,
            ColorType::GrayscaleAlpha => Channels::GrayAlpha,
            ColorType::Rgba => Channels::Rgba,
            ColorType::Rgb | ColorType::Indexed => Channels::Rgb,
        };
        let sixteen = info.bit_depth == BitDepth::Sixteen;
        let depth = if sixteen { Depth::Sixteen } else { Depth::Eight };
        let raster = Raster { layout: Layout { width, height, channels, depth }, samples };
        Ok(Self { raster, color: (info.color_type, info.bit_depth), ihdr, idat, dropped, animated, notes })
    }
}

impl Picture for Whole {
    fn lightness(&self) -> Plane {
        self.raster.lightness()
    }

    fn add(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>)) {
        self.raster.add(row);
    }

    /// Other chunks stay, but for those that describe a kind of pixels that is there no more.
    fn patch(&self, _: &dyn Source, limits: &Limits) -> Result<Patch> {
        let failed = |e: png::EncodingError| Error::from(Damage::unsupported(NAME, e.to_string()));
        let mut made = Vec::new();
        let Layout { width, height, .. } = self.raster.layout;
        let mut encoder = png::Encoder::new(&mut made, width, height);
        encoder.set_color(self.color.0);
        encoder.set_depth(self.color.1);
        // Half the time of the usual level 6, for 1 to 2 % of a photograph: a mark leaves little that repeats.
        encoder.set_deflate_compression(png::DeflateCompression::Level(4));
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.raster.samples).map_err(failed)?;
        writer.finish().map_err(failed)?;
        let (mut header, mut pixels) = (0..0, 0..0);
        let made = &made;
        for chunk in grammar::chunks(made, limits)? {
            let chunk = chunk?;
            match &chunk.kind {
                b"IHDR" => header = chunk.range(),
                b"IDAT" if pixels.is_empty() => pixels = chunk.range(),
                b"IDAT" => pixels.end = chunk.range().end,
                _ => {}
            }
        }
        let part = |range: Range<u64>| made.bytes(NAME, range, u64::MAX, "the coded picture");
        let mut patch = Patch::new();
        patch.replace(self.idat.clone(), part(pixels)?);
        // The new header also says that nothing is interlaced.
        patch.replace(self.ihdr.clone(), part(header)?);
        if self.notes.iter().any(|n| *n != Note::Deinterlaced) {
            for range in &self.dropped {
                patch.remove(range.clone());
            }
        }
        Ok(patch)
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }
}
