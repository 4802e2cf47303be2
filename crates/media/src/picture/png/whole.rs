//! Every pixel of a still PNG, in and out. Frames of an animation are decoded and coded as stills of their own.

use std::io::Cursor;
use std::ops::Range;

use biaoshi_container::png as grammar;
use biaoshi_container::{Error as Damage, Limits, Message, Patch, Source, SourceExt, phrase};
use biaoshi_explicit::image::{Channels, Depth, Layout};
use biaoshi_watermark::image::Plane;
use png::{BitDepth, ColorType, Transformations};

use super::{DEINTERLACED, NAME, PALETTE_TO_RGB, SAMPLES_WIDENED};
use crate::picture::coded;
use crate::picture::raster::Raster;
use crate::pixels::Picture;
use crate::{Error, Result};

/// A picture with the chunks that carry it.
pub(super) struct Whole {
    decoded: Decoded,
    carriers: Carriers,
}

/// The chunks that change with the pixels.
#[derive(Default)]
pub(super) struct Carriers {
    ihdr: Range<u64>,
    /// From the first IDAT to the end of the last.
    idat: Range<u64>,
    /// Chunks that speak of another kind of pixels, when the pixels become RGB or deeper.
    dropped: Vec<Range<u64>>,
    /// Whether there are frames.
    pub(super) animated: bool,
}

/// Pixels of 8 or 16 bits, without a palette.
pub(super) struct Decoded {
    pub(super) raster: Raster,
    /// How they differ from the stored ones.
    pub(super) notes: Vec<Message>,
}

impl Carriers {
    pub(super) fn find(source: &dyn Source, limits: &Limits) -> Result<Self> {
        let mut found = Self::default();
        let mut control = false;
        for chunk in grammar::chunks(source, limits)? {
            let chunk = chunk?;
            match &chunk.kind {
                b"IHDR" => found.ihdr = chunk.range(),
                b"IDAT" if found.idat.is_empty() => found.idat = chunk.range(),
                b"IDAT" => found.idat.end = chunk.range().end,
                b"acTL" => control |= found.idat.is_empty(),
                b"fcTL" => found.animated |= control,
                b"PLTE" | b"tRNS" | b"bKGD" | b"hIST" | b"sBIT" => found.dropped.push(chunk.range()),
                _ => {}
            }
        }
        Ok(found)
    }

    /// Removes what speaks of another kind of pixels than there are now.
    pub(super) fn drop_stale(&self, notes: &[Message], patch: &mut Patch) {
        if notes.iter().any(|n| !n.is(&DEINTERLACED)) {
            for range in &self.dropped {
                patch.remove(range.clone());
            }
        }
    }
}

impl Whole {
    pub(super) fn read(source: &dyn Source, carriers: Carriers, limits: &Limits) -> Result<Self> {
        let bytes = coded(NAME, source, 0..source.len(), limits)?;
        Ok(Self { decoded: decode(&bytes, carriers.idat.start, limits)?, carriers })
    }
}

/// Decodes the picture of a PNG, for an animation the default one. Damage is told as being at `place`.
pub(super) fn decode(bytes: &[u8], place: u64, limits: &Limits) -> Result<Decoded> {
    let damage = |e: png::DecodingError| Error::from(damage(place, &e));
    let bound = usize::try_from(limits.decoded).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: bound });
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(damage)?;
    let (width, height) = (reader.info().width, reader.info().height);
    let limit = |what, limit: u64, option| Error::from(Damage::limit(NAME, what, limit, option));
    if width > limits.side || height > limits.side {
        return Err(limit(phrase!("the side of the picture", "图像的边长"), limits.side.into(), "--limit-side"));
    }
    let size = reader.output_buffer_size().filter(|&n| n as u64 <= limits.decoded);
    let size =
        size.ok_or_else(|| limit(phrase!("the decoded picture", "解码后的图像"), limits.decoded, "--limit-decoded"))?;
    let mut samples = vec![0; size];
    let (color, depth, interlaced) = (reader.info().color_type, reader.info().bit_depth, reader.info().interlaced);
    let info = reader.next_frame(&mut samples).map_err(damage)?;
    samples.truncate(info.buffer_size());
    let mut notes = Vec::new();
    if interlaced {
        notes.push(DEINTERLACED.message());
    }
    if (color, depth) != (info.color_type, info.bit_depth) {
        notes.push(if color == ColorType::Indexed { &PALETTE_TO_RGB } else { &SAMPLES_WIDENED }.into());
    }
    let channels = match info.color_type {
        ColorType::Grayscale => Channels::Gray,
        ColorType::GrayscaleAlpha => Channels::GrayAlpha,
        ColorType::Rgba => Channels::Rgba,
        ColorType::Rgb | ColorType::Indexed => Channels::Rgb,
    };
    let sixteen = info.bit_depth == BitDepth::Sixteen;
    let depth = if sixteen { Depth::Sixteen } else { Depth::Eight };
    Ok(Decoded { raster: Raster { layout: Layout { width, height, channels, depth }, samples }, notes })
}

/// What the decoder says, in our words: its own are those of a debugger.
pub(super) fn damage(place: u64, error: &png::DecodingError) -> Damage {
    match error {
        png::DecodingError::IoError(_) => {
            Damage::truncated(NAME, place, phrase!("the compressed picture", "压缩的图像"))
        }
        png::DecodingError::LimitsExceeded => {
            Damage::invalid(NAME, place, phrase!("a chunk that is larger than the picture", "块大于图像"))
        }
        _ => Damage::invalid(NAME, place, phrase!("the compressed picture is damaged", "压缩的图像有误")),
    }
}

/// A still of these pixels, in a file of its own: IHDR, IDAT and IEND.
pub(super) fn encode(raster: &Raster) -> Result<Vec<u8>> {
    let failed = |e: png::EncodingError| {
        Error::from(Damage::unsupported(NAME, Message::pair(e.to_string(), format!("图像无法编码(编码器原文:{e})"))))
    };
    let mut made = Vec::new();
    let Layout { width, height, channels, depth } = raster.layout;
    let mut encoder = png::Encoder::new(&mut made, width, height);
    encoder.set_color(match channels {
        Channels::Gray => ColorType::Grayscale,
        Channels::GrayAlpha => ColorType::GrayscaleAlpha,
        Channels::Rgb => ColorType::Rgb,
        Channels::Rgba => ColorType::Rgba,
    });
    encoder.set_depth(if depth == Depth::Sixteen { BitDepth::Sixteen } else { BitDepth::Eight });
    // Half the time of the usual level 6, for 1 to 2 % of a photograph: a mark leaves little that repeats.
    encoder.set_deflate_compression(png::DeflateCompression::Level(4));
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&raster.samples).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(made)
}

impl Picture for Whole {
    fn lightness(&self) -> Plane {
        self.decoded.raster.lightness()
    }

    fn add(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>)) {
        self.decoded.raster.add(row);
    }

    /// Other chunks stay, but for those that describe a kind of pixels that is there no more.
    fn patch(&self, source: &dyn Source, limits: &Limits) -> Result<Patch> {
        let made = &encode(&self.decoded.raster)?;
        let (mut header, mut pixels) = (0..0, 0..0);
        for chunk in grammar::chunks(made, limits)? {
            let chunk = chunk?;
            match &chunk.kind {
                b"IHDR" => header = chunk.range(),
                b"IDAT" if pixels.is_empty() => pixels = chunk.range(),
                b"IDAT" => pixels.end = chunk.range().end,
                _ => {}
            }
        }
        let part = |range: Range<u64>| made.bytes(NAME, range, u64::MAX, phrase!("the coded picture", "编码后的图像"));
        let mut patch = Patch::new();
        patch.replace(self.carriers.idat.clone(), part(pixels)?);
        // The new header also says that nothing is interlaced.
        patch.replace(self.carriers.ihdr.clone(), part(header)?);
        self.carriers.drop_stale(&self.decoded.notes, &mut patch);
        grammar::drop_halves(source, limits, &mut patch)?;
        Ok(patch)
    }

    fn notes(&self) -> Vec<Message> {
        self.decoded.notes.clone()
    }
}
