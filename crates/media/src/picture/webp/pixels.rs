//! Pixels of one WebP picture, in and out.

use std::io::Cursor;

use biaoshi_container::{Error, Limits, Message, Result, Source, phrase, riff};
use biaoshi_explicit::image::{Channels, Depth, Layout};
use image_webp::{DecodingError, WebPDecoder};

use super::layout::Part;
use super::{NAME, Rect, lossless};
use crate::picture::animation::Pixel;
use crate::picture::coded;

/// A decoded picture: red, green, blue and perhaps alpha.
pub(super) struct Picture {
    width: u32,
    height: u32,
    pub(super) alpha: bool,
    pub(super) data: Vec<u8>,
}

impl Picture {
    /// Decodes a picture, as a file of its own.
    pub(super) fn decode(source: &dyn Source, part: &Part, limits: &Limits) -> Result<Self> {
        let Rect { width, height, .. } = part.frame.rect;
        let chunk =
            |c: &riff::Chunk| -> Result<Vec<u8>> { Ok(riff::encode(c.id, &coded(NAME, source, c.data(), limits)?)) };
        let mut body = b"WEBP".to_vec();
        if let Some(alpha) = &part.alpha {
            let [w0, w1, w2, _] = (width - 1).to_le_bytes();
            let [h0, h1, h2, _] = (height - 1).to_le_bytes();
            body.extend(riff::encode(*b"VP8X", &[0x10, 0, 0, 0, w0, w1, w2, h0, h1, h2]));
            body.extend(chunk(alpha)?);
        }
        body.extend(chunk(&part.picture)?);
        let file = riff::encode(*b"RIFF", &body);
        let place = part.picture.start;
        let broken = |e| match e {
            DecodingError::IoError(_) => Error::truncated(NAME, place, phrase!("the picture", "图像")),
            e => Error::invalid(NAME, place, Message::pair(e.to_string(), format!("图像无法解码(解码器原文:{e})"))),
        };
        let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(broken)?;
        decoder.set_memory_limit(usize::try_from(limits.decoded).unwrap_or(usize::MAX));
        let alpha = decoder.has_alpha();
        let size = decoder.output_buffer_size().filter(|_| decoder.dimensions() == (width, height));
        let mut data = vec![
            0;
            size.ok_or_else(|| Error::invalid(
                NAME,
                place,
                phrase!("the chunks and the decoder disagree", "块与解码器的结果不一致")
            ))?
        ];
        decoder.read_image(&mut data).map_err(broken)?;
        Ok(Self { width, height, alpha, data })
    }

    /// The picture in a larger rectangle, transparent around.
    pub(super) fn widened(&self, own: Rect, rect: Rect) -> Self {
        let mut data = vec![0; rect.width as usize * rect.height as usize * 4];
        let pixels = self.rgba();
        for (row, line) in (0..).zip(pixels.chunks_exact(own.width.max(1) as usize)) {
            let start = ((own.y - rect.y + row) as usize * rect.width as usize + (own.x - rect.x) as usize) * 4;
            if let Some(target) = data.get_mut(start..start + line.len() * 4) {
                target.copy_from_slice(line.as_flattened());
            }
        }
        Self { width: rect.width, height: rect.height, alpha: true, data }
    }

    pub(super) fn layout(&self) -> Layout {
        let channels = if self.alpha { Channels::Rgba } else { Channels::Rgb };
        Layout { width: self.width, height: self.height, channels, depth: Depth::Eight }
    }

    pub(super) fn rgba(&self) -> Vec<Pixel> {
        match self.alpha {
            true => self.data.as_chunks::<4>().0.to_vec(),
            false => self.data.as_chunks::<3>().0.iter().map(|[r, g, b]| [*r, *g, *b, 255]).collect(),
        }
    }

    /// The data of a `VP8L` chunk; `None` for sides that it cannot have.
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        encode(&self.layout(), &self.data)
    }
}

/// The data of a `VP8L` chunk for pixels of 8 bits in color; `None` for sides that it cannot have.
pub(super) fn encode(layout: &Layout, data: &[u8]) -> Option<Vec<u8>> {
    let (sides, alpha) = (1..=lossless::LARGEST, layout.channels == Channels::Rgba);
    let whole = layout.pixel() * layout.width as usize * layout.height as usize == data.len();
    if !whole || !sides.contains(&layout.width) || !sides.contains(&layout.height) {
        return None;
    }
    let pixels: Vec<u32> = match alpha {
        true => data.as_chunks::<4>().0.iter().map(|[r, g, b, a]| u32::from_be_bytes([*a, *r, *g, *b])).collect(),
        false => data.as_chunks::<3>().0.iter().map(|[r, g, b]| u32::from_be_bytes([255, *r, *g, *b])).collect(),
    };
    Some(lossless::encode(layout.width, layout.height, &pixels, alpha))
}
