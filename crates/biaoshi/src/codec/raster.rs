//! Whole pictures in and out, for layers that touch every pixel: PNG of every kind but animations.

use std::io::Cursor;
use std::ops::Range;

use biaoshi_container::png as grammar;
use biaoshi_container::{Error as Damage, Limits, Patch, Source, SourceExt};
use biaoshi_watermark::image::Plane;
use png::{BitDepth, ColorType, Transformations};

use super::{Error, Result};

const NAME: &str = "PNG";

/// Interleaved samples of 8 or 16 bits (big endian): gray, gray and alpha, RGB or RGBA.
pub struct Raster {
    width: u32,
    height: u32,
    color: ColorType,
    depth: BitDepth,
    samples: Vec<u8>,
    chunks: Layout,
}

/// The chunks that carry the pixels.
struct Layout {
    ihdr: Range<u64>,
    /// From the first IDAT to the end of the last.
    idat: Range<u64>,
    /// Chunks that speak of another kind of pixels, when the pixels become RGB or deeper.
    dropped: Vec<Range<u64>>,
    /// Whether the kind of pixels is another than in the file.
    converted: bool,
}

impl Raster {
    /// Decodes a PNG. Palettes become RGB, pixels of under 8 bits get 8, a transparent colour becomes alpha.
    ///
    /// # Errors
    /// I/O, damage, limits; animations.
    pub fn read(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let mut chunks = Layout { ihdr: 0..0, idat: 0..0, dropped: Vec::new(), converted: false };
        for chunk in grammar::chunks(source, limits)? {
            let chunk = chunk?;
            match &chunk.kind {
                b"IHDR" => chunks.ihdr = chunk.range(),
                b"IDAT" if chunks.idat.is_empty() => chunks.idat = chunk.range(),
                b"IDAT" => chunks.idat.end = chunk.range().end,
                b"acTL" => return Err(Damage::unsupported(NAME, "a watermark in an animation").into()),
                b"PLTE" | b"tRNS" | b"bKGD" | b"hIST" | b"sBIT" => chunks.dropped.push(chunk.range()),
                _ => {}
            }
        }
        let bytes = source.bytes(NAME, 0..source.len(), limits.decoded, "the picture")?;
        let damage = |e: png::DecodingError| Error::from(Damage::invalid(NAME, chunks.idat.start, e.to_string()));
        let mut decoder = png::Decoder::new_with_limits(
            Cursor::new(bytes),
            png::Limits { bytes: usize::try_from(limits.decoded).unwrap_or(usize::MAX) },
        );
        decoder.set_transformations(Transformations::EXPAND);
        let mut reader = decoder.read_info().map_err(damage)?;
        let (width, height) = (reader.info().width, reader.info().height);
        let limit = |what, limit: u64, option| Error::from(Damage::limit(NAME, what, limit, option));
        if width > limits.side || height > limits.side {
            return Err(limit("the side of the picture", limits.side.into(), "--limit-side"));
        }
        let size = reader.output_buffer_size().filter(|&n| n as u64 <= limits.decoded);
        let size = size.ok_or_else(|| limit("the decoded picture", limits.decoded, "--limit-decoded"))?;
        let mut samples = vec![0; size];
        let stored = (reader.info().color_type, reader.info().bit_depth);
        let info = reader.next_frame(&mut samples).map_err(damage)?;
        samples.truncate(info.buffer_size());
        chunks.converted = stored != (info.color_type, info.bit_depth);
        Ok(Self { width, height, color: info.color_type, depth: info.bit_depth, samples, chunks })
    }

    /// Whether the file's pixels were of another kind: a palette, or under 8 bits.
    pub fn is_converted(&self) -> bool {
        self.chunks.converted
    }

    fn channels(&self) -> usize {
        self.color.samples()
    }

    fn has_alpha(&self) -> bool {
        matches!(self.color, ColorType::GrayscaleAlpha | ColorType::Rgba)
    }

    /// Bytes of one sample.
    fn bytes(&self) -> usize {
        if self.depth == BitDepth::Sixteen { 2 } else { 1 }
    }

    /// Lightness of every pixel, 0 to 255 (BT.601 luma of the stored values).
    pub fn lightness(&self) -> Plane {
        let value = |s: &[u8]| match s {
            [high, low] => f32::from(u16::from_be_bytes([*high, *low])) / 257.0,
            _ => s.first().map_or(0.0, |&v| v.into()),
        };
        let pixel = |p: &[u8]| {
            let mut samples = p.chunks_exact(self.bytes()).map(value);
            match (self.channels(), samples.next(), samples.next(), samples.next()) {
                (3.., Some(r), Some(g), Some(b)) => 0.299 * r + 0.587 * g + 0.114 * b,
                (_, Some(gray), ..) => gray,
                _ => 0.0,
            }
        };
        let data = self.samples.chunks_exact(self.channels() * self.bytes()).map(pixel).collect();
        Plane { width: self.width as usize, height: self.height as usize, data }
    }

    /// Adds to the lightness of every row what `row` gives for it; pixels that cannot be seen stay.
    pub fn add(&mut self, mut row: impl FnMut(usize, &mut Vec<f32>)) {
        let (bytes, channels, alpha) = (self.bytes(), self.channels(), self.has_alpha());
        let mut delta = Vec::new();
        let stride = self.width as usize * channels * bytes;
        for (y, line) in self.samples.chunks_exact_mut(stride.max(1)).enumerate() {
            row(y, &mut delta);
            for (pixel, d) in line.chunks_exact_mut(channels * bytes).zip(&delta) {
                let (colors, opacity) = pixel.split_at_mut((channels - usize::from(alpha)) * bytes);
                if alpha && opacity.iter().all(|&b| b == 0) {
                    continue;
                }
                for sample in colors.chunks_exact_mut(bytes) {
                    match sample {
                        [v] => *v = (f32::from(*v) + d).round().clamp(0.0, 255.0) as u8,
                        [high, low] => {
                            let v = f32::from(u16::from_be_bytes([*high, *low])) + d * 257.0;
                            [*high, *low] = (v.round().clamp(0.0, 65_535.0) as u16).to_be_bytes();
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// The change that puts these pixels into the file they came from; other chunks stay, but for those that describe a
    /// kind of pixels that is there no more.
    ///
    /// # Errors
    /// The encoder's.
    pub fn patch(&self) -> Result<Patch> {
        let failed = |e: png::EncodingError| Error::from(Damage::unsupported(NAME, e.to_string()));
        let mut coded = Vec::new();
        let mut encoder = png::Encoder::new(&mut coded, self.width, self.height);
        encoder.set_color(self.color);
        encoder.set_depth(self.depth);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.samples).map_err(failed)?;
        writer.finish().map_err(failed)?;
        let (mut header, mut pixels) = (0..0, 0..0);
        let made = &coded;
        for chunk in grammar::chunks(made, &Limits::default())? {
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
        patch.replace(self.chunks.idat.clone(), part(pixels)?);
        // The new header also says that nothing is interlaced.
        patch.replace(self.chunks.ihdr.clone(), part(header)?);
        if self.chunks.converted {
            for range in &self.chunks.dropped {
                patch.replace(range.clone(), Vec::new());
            }
        }
        Ok(patch)
    }
}
